"""The verbs on plain tables: roles, given columns, conditions, medians and what is refused, on both fast engines."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

import countersign
from countersign import inference
from countersign.model.estimate import Status

ENGINES = ["duckdb", "polars"]


def survey(engine, rows=300, seed=3, **more):
    random = np.random.default_rng(seed)
    h = np.arange(rows) % 5
    table = {
        "region": [["Nord", "Süd", "Ost", "West", "Mitte"][k] for k in h],
        "village": (np.arange(rows) // 5) % 6,
        "sex": [("f", "m")[k] for k in random.integers(0, 2, rows)],
        "d": random.gamma(2, 3, rows) + 0.5,
        "income": np.where(random.random(rows) < 0.1, np.nan, np.round(random.normal(50, 10, rows), 1)),
        **{name: make(random, rows) for name, make in more.items()},
    }
    income = pa.array(table.pop("income"), from_pandas=True)
    return countersign.read(pa.table({**table, "income": income}), engine=engine)


def one(table, replicates, **asked):
    return next(iter(inference.estimate_with_replicates(table, replicates, **asked)))


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_answers_are_left_out_and_their_units_kept(engine):
    table = survey(engine)
    found = inference.replicate(table, "JKn", strata="region", psu="village", weight="d")
    mean = one(table, found, mean="income")
    linear = next(iter(countersign.estimate(table, mean="income", weights=None)))
    assert 0 < mean.n < 300
    assert mean.n == linear.n
    assert mean.degrees == 25
    assert (mean.convention, mean.status) == ("t", Status.PUBLISHED)
    assert mean.method == "base weights; 30 JKn replicates, centred on their mean"


@pytest.mark.parametrize("engine", ENGINES)
def test_roles_of_the_table_are_used_where_nothing_else_is_said(engine):
    table = survey(engine)
    plain = inference.replicate(table, "JKn", strata="region", psu="village", weight="d")
    roles = {"stratum": "region", "psu": "village", "weight": "d"}
    declared = countersign.read(countersign_arrow(table), roles=roles, engine=engine)
    found = inference.replicate(declared, "JKn")
    assert (found.strata, found.unit, found.weight) == (("region",), "village", "d")
    assert one(declared, found, mean="income").standard_error == pytest.approx(
        one(table, plain, mean="income").standard_error, rel=1e-12
    )


def countersign_arrow(table):
    from countersign.tables import collect

    columns = collect(table.kept(), list(table.codebook.names))
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


@pytest.mark.parametrize(("engine", "combined"), [("duckdb", True), ("polars", False)])
def test_columns_that_hold_the_factors_give_what_the_factors_give(engine, combined):
    """The same replicates, once as factors of units and once as columns of the table: everything agrees."""
    table = survey(engine)
    made = inference.replicate(table, "Rao-Wu", strata="region", psu="village", weight="d", replicates=30)
    arrow = countersign_arrow(table)
    place = {(h, int(i)): u for u, (h, i) in enumerate(zip(made.keys["region"], made.keys["village"], strict=True))}
    pairs = zip(arrow["region"].to_pylist(), arrow["village"].to_pylist(), strict=True)
    own = [place[h, int(i)] for h, i in pairs]
    factors = made.factors[own] * (np.array(arrow["d"].to_pylist())[:, None] if combined else 1.0)
    for r in range(30):
        arrow = arrow.append_column(f"rep_{r + 1}", pa.array(factors[:, r]))
    columns = countersign.read(arrow, engine=engine)
    given = inference.replicate(
        columns, columns="rep_*", weight="d", combined=combined, scale=made.scale, degrees=made.degrees
    )
    assert given.columns[:3] == ("rep_1", "rep_2", "rep_3")
    weights = countersign.weight(table, {"sex": {"f": 500.0, "m": 400.0}}, base="d")
    made_again = inference.replicate(
        table, "Rao-Wu", strata="region", psu="village", weight="d", replicates=30, weights=weights
    )
    given_again = inference.replicate(
        columns, columns="rep_*", weight="d", combined=combined, scale=made.scale, degrees=made.degrees, weights=weights
    )
    for again, asked in (
        (True, {"mean": "income", "by": ["sex", ("region", "sex")], "where": "income > 35"}),
        (False, {"total": "income"}),
        (True, {"proportion": "income > 50", "by": "region"}),
        (False, {"ratio": ("income", "d")}),
        (True, {"median": "income", "by": "sex"}),
        (False, {"quantile": (0.25, "income"), "interval": "t"}),
        (False, {"totals": {"a": "income", "b": "d"}, "function": lambda t: t["a"] / t["b"] ** 0.5}),
    ):
        left = inference.estimate_with_replicates(table, made_again if again else made, **asked)
        right = inference.estimate_with_replicates(columns, given_again if again else given, **asked)
        for a, b in zip(left, right, strict=True):
            assert (a.figure_id, a.n) == (b.figure_id, b.n)
            assert a.value == pytest.approx(b.value, rel=1e-10)
            assert a.standard_error == pytest.approx(b.standard_error, rel=1e-8)
    assert one(columns, given, mean="income").method.startswith("base weights; 30 replicate weights that came with")


def test_degrees_of_freedom_of_given_columns_are_their_rank_less_one():
    """Factors of 30 villages in 5 regions, each summing to the villages of its region: rank 26, as R counts."""
    table = survey("duckdb")
    made = inference.replicate(table, "JKn", strata="region", psu="village", weight="d")
    arrow = countersign_arrow(table)
    place = {(h, int(i)): u for u, (h, i) in enumerate(zip(made.keys["region"], made.keys["village"], strict=True))}
    own = [place[h, int(i)] for h, i in zip(arrow["region"].to_pylist(), arrow["village"].to_pylist(), strict=True)]
    for r in range(len(made)):
        arrow = arrow.append_column(f"rep{r}", pa.array(made.factors[own, r]))
    found = inference.replicate(
        countersign.read(arrow), columns="rep*", weight="d", combined=False, scale=1.0, rscales=made.rscales
    )
    assert found.degrees == made.degrees == 25


@pytest.mark.parametrize("engine", ENGINES)
def test_records_that_are_their_own_units(engine):
    table = survey(engine, rows=60)
    found = inference.replicate(table, "JKn", strata="region", weight="d")
    assert (found.unit, len(found), found.degrees) == ("_row", 60, 55)
    assert one(table, found, mean="income").standard_error > 0
    assert one(table, found, median="income").convention == "woodruff-mean"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "JKn", "columns": "d"}, "makes new replicates, but columns of given ones are named"),
        ({"columns": "rep*", "scale": 1.0}, "No column is named like 'rep"),
        ({"columns": ["d"], "scale": 1.0}, "One replicate has no spread"),
        ({"columns": ["d", "village"], "scale": 1.0}, "need the full-sample weight"),
        ({"kind": "JKn", "strata": "regoin"}, "Did you mean 'region'"),
        ({"kind": "Rao-Wu", "weight": "income"}, "Weights are missing or negative: 'income'"),
        ({"kind": "BRR", "strata": "region", "psu": "village"}, "need two units in every stratum"),
    ],
)
def test_what_cannot_be_made_is_refused_in_plain_words(asked, told):
    with pytest.raises(countersign.CountersignError, match=told):
        inference.replicate(survey("duckdb", rows=60), **asked)


def test_what_cannot_be_estimated_is_refused_in_plain_words():
    table = survey("duckdb", rows=60)
    found = inference.replicate(table, "JKn", strata="region", weight="d")
    for asked, told in (
        ({"mean": "income", "where": "income > 1000"}, "selects nobody"),
        ({"median": "income", "where": "income > 1000"}, "selects nobody"),
        ({"mean": "income", "by": "sexx"}, "Did you mean 'sex'"),
        ({"mean": "income", "totals": {"a": "d"}}, "needs both, and no other statistic"),
        ({"distribution": "sex"}, "category by category"),
        ({"median": "income", "interval": "wilson"}, "no interval convention 'wilson'"),
    ):
        with pytest.raises(countersign.CountersignError, match=told):
            inference.estimate_with_replicates(table, found, **asked)


def test_shares_of_nothing_and_of_all_keep_an_interval():
    table = survey("duckdb")
    found = inference.replicate(table, "Rao-Wu", strata="region", psu="village", weight="d", replicates=20)
    for condition, value in (("income > 1000", 0.0), ("income > 0", 1.0)):
        share = one(table, found, proportion=condition)
        assert share.value == value
        assert 0.0 <= share.lower < share.upper <= 1.0


def test_replicates_show_themselves_as_tables():
    table = survey("duckdb", rows=60)
    found = inference.replicate(table, "Rao-Wu", strata="region", psu="village", weight="d", replicates=3)
    assert list(found.rows()[0]) == ["region", "village", "r1", "r2", "r3"]
    assert "Rao-Wu: 3 replicates, 30 units" in found._repr_html_()
    assert found.to_arrow().num_rows == 30
    totals = inference.replicate_totals(table, found, measures={"n": "1", "y": "income"}, by=["region", "sex"])
    assert totals.to_pandas().shape == (20, 7)
    assert not math.isnan(totals.full.sum())


def test_weights_and_replicates_must_start_from_the_same_base_weights():
    table = survey("duckdb", rows=60)
    plain = countersign.weight(table, {"sex": {"f": 500.0, "m": 400.0}})
    with pytest.raises(countersign.CountersignError, match="fitted with no base weights"):
        inference.replicate(table, "Fay", strata="region", psu="village", weight="d", weights=plain)
    based = countersign.weight(table, {"sex": {"f": 500.0, "m": 400.0}}, base="d")
    assert inference.replicate(table, "JKn", strata="region", psu="village", weights=based).weight == "d"
    roles = {"weight": "d"}
    declared = countersign.read(countersign_arrow(table), roles=roles)
    assert inference.replicate(declared, "JKn", strata="region", psu="village", weights=plain).weight == ""
