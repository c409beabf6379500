"""Quantiles and their intervals are those of R survey 4.5, and plain ones can be read off by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from reduction import expected, one, reduced, schools

from countersign.errors import EstimationError
from countersign.estimation import estimate_quantile, estimate_ratio
from countersign.model.benchmark import Margin
from countersign.model.design import Design
from countersign.weighting import rake

sys.path.insert(0, str(Path(__file__).resolve().parent))
TEXT = {"stype", "sch.wide", "awards"}
FILES = [
    ("apistrat_taylor.json", Design(strata=("stype",), fpc="fpc")),
    ("apistrat_nofpc_taylor.json", Design(strata=("stype",))),
]


def columns(rows=None):
    rows = rows or schools()
    names = ("api00", "stype", "pw", "fpc", "sch.wide", "awards")
    return {n: np.array([row[n] for row in rows], dtype=object if n in TEXT else float) for n in names}


@pytest.mark.parametrize(("file", "design"), FILES)
def test_quantiles_with_all_four_sets_of_rules(file, design):
    """The set "score" is reproduced by ``score-r``: R reads an unweighted share back through weighted data."""
    for told in expected(file)["quantile"]:
        kind = told["interval"].replace("score", "score-r")
        for place, p in enumerate(told["p"]):
            found = estimate_quantile(
                columns(), "api00", q=p, weight="pw", design=design, interval=kind, rule=told["qrule"]
            )
            mine = [found.value[0], found.lower[0], found.upper[0]]
            np.testing.assert_allclose(mine, [told[key][place] for key in ("q", "lo", "hi")], rtol=1e-10)
            np.testing.assert_allclose(found.se[0], told["se"][place], rtol=1e-8)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_medians_of_domains(file, design):
    found = estimate_quantile(columns(), "api00", by=("stype",), weight="pw", design=design)
    for row in expected(file)["domain_median"]:
        place = [label[0] for label in found.domains].index(row["stype"])
        assert found.value[place] == row["api00"]
        np.testing.assert_allclose(found.se[place], row["se.api00"], rtol=1e-8)


# weights 1 2 1 of 10 20 30: half of 4 is reached at 20; a quarter at 10; three quarters at 20
SPEC = [(0.25, 10.0), (0.26, 20.0), (0.5, 20.0), (0.75, 20.0), (0.76, 30.0)]


@pytest.mark.parametrize(("q", "value"), SPEC)
def test_the_smallest_value_whose_share_reaches_q(q, value):
    rows = {"x": np.array([30.0, 10.0, 20.0, np.nan]), "w": np.array([1.0, 1.0, 2.0, 9.0])}
    assert estimate_quantile(rows, "x", q=q, weight="w").value[0] == value


def test_interpolation_without_weights_is_that_of_numpy():
    x = np.array([5.0, 1.0, 4.0, 2.0, 9.0, 7.0])
    found = estimate_quantile({"x": x}, "x", q=0.3, rule="hf7")
    assert found.value[0] == pytest.approx(np.quantile(x, 0.3))


def test_the_score_interval_holds_the_values_that_are_not_rejected():
    rng = np.random.default_rng(5)
    x = rng.normal(size=80)
    found = estimate_quantile({"x": x}, "x", q=0.5, interval="score")
    from scipy.stats import t

    kept = []
    for limit in np.sort(x):
        below = x <= limit
        se = np.sqrt(below.mean() * (1 - below.mean()) / 79)
        if se and abs(below.mean() - 0.5) < t.ppf(0.975, 79) * se:
            kept.append(limit)
    assert found.lower[0] == kept[0]
    assert found.upper[0] == np.sort(x)[np.searchsorted(np.sort(x), kept[-1]) + 1]


def test_calibrated_weights_move_the_median_and_use_calibration_residuals():
    counts = expected("api_population_totals.json")
    margins = [
        Margin((name,), {(key,): float(value) for key, value in counts[name].items()})
        for name in ("stype", "sch.wide", "awards")
    ]
    design = FILES[0][1]
    rows = schools()
    weights = rake(reduced(rows, ["stype", "sch.wide", "awards"], {"one": one}, "pw"), margins)
    found = estimate_quantile(columns(rows), "api00", weight="pw", design=design, weights=weights)
    # the same share, estimated from cells
    low = {"low": lambda row: float(row["api00"] <= found.value[0]), "one": one}
    cells = reduced(rows, ["stype", "fpc", "sch.wide", "awards"], low, "pw")
    share = estimate_ratio(cells, "low", "one", design=design, weights=weights)
    from scipy.stats import t

    half = t.ppf(0.975, 197) * share.se[0]
    upper = estimate_quantile(
        columns(rows), "api00", q=share.value[0] + half, weight="pw", design=design, weights=weights
    )
    assert found.upper[0] == upper.value[0]


def test_a_group_without_values_has_no_quantile():
    rows = {
        "x": np.array([1.0, 2.0, 3.0, np.nan]),
        "g": np.array(["a", "a", "a", "b"], dtype=object),
    }
    found = estimate_quantile(rows, "x", by=("g",))
    assert found.n.tolist() == [3, 0]
    assert np.isnan(found.value[1])


def test_it_refuses_unknown_columns_and_impossible_quantiles():
    rows = {"income": np.array([1.0, 2.0])}
    with pytest.raises(EstimationError, match="Did you mean 'income'"):
        estimate_quantile(rows, "incomes")
    with pytest.raises(EstimationError, match="not defined"):
        estimate_quantile(rows, "income", q=1.0)
    with pytest.raises(EstimationError, match="no value"):
        estimate_quantile({"income": np.array([np.nan])}, "income")
