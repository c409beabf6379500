"""Estimates from replicates: the block-wise sums are those of plain loops over rows; nothing is dropped silently."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reduction import field, one, reduced

from countersign.errors import EstimationError, WeightingError
from countersign.estimation import estimate_ratio, replication
from countersign.estimation.replication import (
    estimate_function,
    estimate_ratio_of,
    replicate_covariance,
    replicate_totals,
    replicate_variance,
)
from countersign.estimation.replication_figures import design_effect, replicate_figures
from countersign.estimation.replication_quantile import estimate_quantile_by_replicates
from countersign.model.benchmark import Margin
from countersign.model.cells import _order
from countersign.model.design import Design
from countersign.model.estimate import Status
from countersign.model.plan import IndicatorPlan
from countersign.weighting import post_stratify, rake, trim
from countersign.weighting.replication import replicate_weights
from countersign.weighting.replication_calibration import refit

DESIGN = Design(strata=("h",), psu="i")
MEASURES = {"y": field("y"), "one": one, "y^2": lambda row: row["y"] ** 2}


def drawn(seed, strata=3, units=3, rows=40):
    """Return rows of a small clustered sample; every unit and category has rows."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(rows):
        h = number % strata
        found.append(
            {
                "h": h, "i": f"å{number // strata % units}", "sex": "fm"[number % 2],
                "age": ["young", "old", 3][int(random.integers(3))], "d": float(random.gamma(2, 5) + 0.1),
                "y": float(random.normal(10 + h, 3)),
            }
        )  # fmt: skip
    return found


def slowly(rows, replicates, by, weights=None, fit=None):
    """Totals of y and of rows by domain in the full sample and in every replicate, row by row."""
    place = {tuple(replicates.keys[name][u] for name in replicates.names): u for u in range(len(replicates.factors))}
    labels = sorted({tuple(row[name] for name in by) for row in rows}, key=lambda key: tuple(map(_order, key)))
    found = np.zeros((len(replicates), len(labels), 2))
    for r in range(len(replicates)):
        w = [row["d"] * replicates.factors[place[tuple(row[n] for n in replicates.names)], r] for row in rows]
        if fit:
            w = fit(rows, w)
        for row, weight in zip(rows, w, strict=True):
            k = labels.index(tuple(row[name] for name in by))
            found[r, k] += weight * row["y"], weight
    return labels, found


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6), kind=st.sampled_from(["JKn", "Rao-Wu", "bootstrap"]), rows=st.integers(18, 60),
    by=st.sampled_from([(), ("sex",), ("age", "sex")]), held=st.sampled_from([1, 7, 4_000_000]),
)  # fmt: skip
def test_totals_are_those_of_a_loop_over_rows(seed, kind, rows, by, held):
    sample = drawn(seed, rows=rows)
    cells = reduced(sample, ["h", "i", "sex", "age"], MEASURES, "d")
    replicates = replicate_weights(cells, kind, design=DESIGN, replicates=12, seed=seed)
    before, small = replication.HELD, replication.SMALL
    try:
        replication.HELD, replication.SMALL = held, (0 if held == 7 else small)
        found = replicate_totals(cells, replicates, measures=("y", "one"), by=[by])[0]
    finally:
        replication.HELD, replication.SMALL = before, small
    labels, wanted = slowly(sample, replicates, by)
    assert list(found.domains) == labels
    np.testing.assert_allclose(found.replicates, wanted, rtol=1e-11, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(["raking", "post-stratification"]))
def test_replicates_fitted_again_are_those_of_a_loop_over_rows(seed, method):
    sample = drawn(seed, rows=60)
    ages = {"young": 300.0, "old": 500.0, 3: 200.0}
    cells = reduced(sample, ["h", "i", "sex", "age"], MEASURES, "d")
    margins = [
        Margin(("sex",), {("f",): 600.0, ("m",): 400.0}),
        Margin(("age",), {(str(a),): n for a, n in ages.items()}),
    ]
    margins = margins if method == "raking" else margins[:1]
    weights = rake(cells, margins, tolerance=1e-13) if method == "raking" else post_stratify(cells, margins[0])
    replicates = replicate_weights(
        cells, "JKn", design=DESIGN, calibration=weights
    )  # fmt: skip

    def fit(rows, w):
        w = np.array(w)
        for _ in range(40):
            for margin in margins:
                for (label,), target in margin.counts.items():
                    own = np.array([str(row[margin.variables[0]]) == label for row in rows])
                    w[own] *= target / w[own].sum()
        return w

    found = replicate_totals(
        cells, replicates, measures=("y", "one"), by=[("age",), ()], refit=refit(weights, tolerance=1e-13)
    )
    for each, by in zip(found, (("age",), ()), strict=True):
        _, wanted = slowly(sample, replicates, by, fit=fit)
        np.testing.assert_allclose(each.replicates, wanted, rtol=1e-9)
    np.testing.assert_allclose(found[1].replicates[:, 0, 1], 1000, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), q=st.sampled_from([0.1, 0.5, 0.77]), ties=st.booleans())
def test_quantiles_of_replicates_are_those_of_a_loop(seed, q, ties):
    rows = drawn(seed, rows=30)
    values = np.array([round(row["y"]) if ties else row["y"] for row in rows], dtype=float)
    cells = reduced(rows, ["h", "i"], {}, "d")
    replicates = replicate_weights(cells, "Rao-Wu", design=DESIGN, replicates=9, weight="d", centre="full")
    columns = {name: np.array([row[name] for row in rows], dtype=object) for name in ("h", "i", "sex")}
    columns |= {"d": np.array([row["d"] for row in rows]), "y": values}
    found = estimate_quantile_by_replicates(columns, "y", replicates, q=q, by=("sex",), interval="direct")
    unit = [list(zip(replicates.keys["h"], replicates.keys["i"], strict=True)).index((r["h"], r["i"])) for r in rows]
    for k, (sex,) in enumerate(found.domains):
        own = [place for place, row in enumerate(rows) if row["sex"] == sex]
        theta = []
        for factors in [np.ones(len(replicates.factors)), *replicates.factors.T]:
            w = {place: rows[place]["d"] * factors[unit[place]] for place in own}
            order = sorted(own, key=lambda place: values[place])
            total, running = sum(w.values()), 0.0
            for place in order:
                running += w[place]
                if running >= q * total * (1 - 1e-12):
                    break
            theta.append(values[place])
        assert found.value[k] == theta[0]
        wanted = math.sqrt(sum((each - theta[0]) ** 2 for each in theta[1:]) / 8)
        assert found.se[k] == pytest.approx(wanted, rel=1e-12, abs=1e-12)


# --- variance --------------------------------------------------------------------------------------------------------


def test_the_variance_by_hand_with_both_centres():
    theta = np.array([[1.0, 10.0], [2.0, 10.0], [6.0, 13.0]])
    full, rscales = np.array([4.0, 11.0]), np.array([0.5, 0.5, 1.0])
    np.testing.assert_allclose(replicate_variance(theta, full, 2.0, rscales), [2 * (2 + 0.5 + 9), 2 * (0.5 + 0.5 + 4)])
    np.testing.assert_allclose(
        replicate_variance(theta, full, 2.0, rscales, "full"), [2 * (4.5 + 2 + 4), 2 * (0.5 + 0.5 + 4)]
    )
    matrix = replicate_covariance(theta, full, 2.0, rscales)
    np.testing.assert_allclose(np.diag(matrix), replicate_variance(theta, full, 2.0, rscales))
    np.testing.assert_allclose(matrix[0, 1], 2 * (0.5 * -2 * -1 + 0.5 * -1 * -1 + 3 * 2))


def test_replicates_with_a_scale_of_zero_do_not_enter_the_mean_as_in_r():
    theta = np.array([[1.0], [3.0], [100.0]])
    assert replicate_variance(theta, np.zeros(1), 1.0, np.array([1.0, 1.0, 0.0]))[0] == pytest.approx(2.0)


def test_estimates_far_from_zero_keep_their_digits():
    theta = 1e12 + np.array([[1.0], [2.0], [3.0]])
    assert replicate_variance(theta, np.zeros(1), 1.0)[0] == 2.0


@pytest.mark.parametrize("kind", ["JKn", "Rao-Wu"])
def test_a_constant_has_no_variance(kind):
    rows = [{**row, "y": 7.0} for row in drawn(1)]
    cells = reduced(rows, ["h", "i"], MEASURES, "d")
    totals = replicate_totals(cells, replicate_weights(cells, kind, design=DESIGN), measures=("y", "one"))[0]
    found = estimate_ratio_of(totals, "y", "one")
    assert found.se[0] == pytest.approx(0, abs=1e-12)
    assert math.isnan(design_effect(totals, found, "y", "one")[0])


def test_design_effects_are_those_of_the_linearised_estimate():
    """The same simple random variance; and for a total in a domain the stratified jackknife is Taylor itself."""
    rows = drawn(8, rows=60)
    cells = reduced(rows, ["h", "i", "sex"], MEASURES, "d")
    totals = replicate_totals(
        cells, replicate_weights(cells, "JKn", design=DESIGN), measures=("y", "one"), by=[("sex",)], square="y^2"
    )[0]
    for denominator in ("one", None):
        found = estimate_ratio_of(totals, "y", denominator)
        told = estimate_ratio(cells, "y", denominator, by=("sex",), design=DESIGN)
        deff = design_effect(totals, found, "y", denominator)
        np.testing.assert_allclose(found.se**2 / deff, told.se**2 / told.deff, rtol=1e-9)
        np.testing.assert_array_equal(totals.degrees, told.degrees)
    np.testing.assert_allclose(found.se, told.se, rtol=1e-12)


def test_any_function_of_totals_and_one_that_is_none():
    cells = reduced(drawn(2), ["h", "i", "sex"], MEASURES, "d")
    totals = replicate_totals(
        cells, replicate_weights(cells, "JKn", design=DESIGN), measures=("y", "one"), by=[("sex",)]
    )[0]
    same = estimate_function(totals, lambda t: t["y"] / t["one"])
    np.testing.assert_array_equal(same.se, estimate_ratio_of(totals, "y", "one").se)
    with pytest.raises(EstimationError, match="does not give one number"):
        estimate_function(totals, lambda t: t["y"].sum())


# --- domains that vanish, rows that are not known --------------------------------------------------------------------


def test_a_domain_that_some_replicate_has_nobody_of_is_shown_as_too_few():
    """Three replicates of nine leave out its only unit of a stratum; dropping those would leave a smaller variance."""
    rows = [{**row, "part": "rare" if (row["h"], row["i"]) == (0, "å0") else "rest"} for row in drawn(3)]
    cells = reduced(rows, ["h", "i", "part"], MEASURES, "d")
    replicates = replicate_weights(cells, "Rao-Wu", design=DESIGN, replicates=40)
    totals = replicate_totals(cells, replicates, measures=("y", "one"), by=[("part",)])[0]
    found = estimate_ratio_of(totals, "y", "one")
    place = totals.domains.index(("rare",))
    assert math.isnan(found.se[place])
    assert found.without[place] == (replicates.factors[0] == 0).sum() > 0
    assert np.isfinite(found.se[1 - place])
    indicator = IndicatorPlan(name="mean y", statistic="mean", numerator="y")
    rare = replicate_figures(totals, indicator, numerator="y", denominator="one")[place]
    assert rare.status is Status.TOO_FEW
    assert rare.value is None
    assert rare.n == 5


def test_two_strata_with_the_rare_group_say_in_how_many_replicates_it_is_lost():
    own = {(0, "å0"), (0, "å1"), (1, "å0")}
    rows = [{**row, "part": "rare" if (row["h"], row["i"]) in own else "rest"} for row in drawn(3)]
    cells = reduced(rows, ["h", "i", "part"], MEASURES, "d")
    replicates = replicate_weights(cells, "Rao-Wu", design=DESIGN, replicates=400)
    totals = replicate_totals(cells, replicates, measures=("y", "one"), by=[("part",)])[0]
    place = totals.domains.index(("rare",))
    assert totals.degrees[place] == 1
    indicator = IndicatorPlan(name="mean y", statistic="mean", numerator="y")
    rare = replicate_figures(totals, indicator, numerator="y", denominator="one")[place]
    lost = (replicates.factors[[0, 1, 3]] == 0).all(axis=0).sum()
    assert f"in {lost} of 400 replicates nobody of this group is left" in rare.note


def test_a_unit_the_replicates_do_not_know_is_refused():
    cells = reduced(drawn(3), ["h", "i"], MEASURES, "d")
    replicates = replicate_weights(cells, "JKn", design=DESIGN)
    more = reduced([*drawn(3), {**drawn(3)[0], "i": "new"}], ["h", "i"], MEASURES, "d")
    with pytest.raises(EstimationError, match="no replicate factors"):
        replicate_totals(more, replicates, measures=("y",))


def test_a_part_of_the_sample_keeps_its_replicates():
    """Rows outside the part count nothing in any replicate, so leaving them out changes nothing."""
    rows = drawn(5, rows=60)
    cells = reduced(rows, ["h", "i", "sex"], MEASURES, "d")
    replicates = replicate_weights(cells, "Rao-Wu", design=DESIGN, replicates=30)
    whole = replicate_totals(cells, replicates, measures=("y", "one"), by=[("sex",)])[0]
    part = reduced([row for row in rows if row["sex"] == "f"], ["h", "i", "sex"], MEASURES, "d")
    found = estimate_ratio_of(replicate_totals(part, replicates, measures=("y", "one"))[0], "y", "one")
    assert found.se[0] == pytest.approx(estimate_ratio_of(whole, "y", "one").se[0], rel=1e-12)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"measures": ("z",)}, "no measure 'z'"),
        ({"by": [("nowhere",)]}, "'nowhere' is not among the cells"),
        ({"counted": "z"}, "no measure 'z'"),
    ],
)
def test_names_that_are_not_there_are_refused(change, told):
    cells = reduced(drawn(3), ["h", "i"], MEASURES, "d")
    with pytest.raises(EstimationError, match=told):
        replicate_totals(cells, replicate_weights(cells, "JKn", design=DESIGN), **{"measures": ("y",), **change})


# --- refusals of fitting again ---------------------------------------------------------------------------------------


def fitted():
    cells = reduced(drawn(3), ["h", "i", "sex"], MEASURES, "d")
    return cells, rake(cells, [Margin(("sex",), {("f",): 600.0, ("m",): 400.0})])


def test_calibrated_replicates_without_their_fit_are_refused():
    cells, weights = fitted()
    replicates = replicate_weights(cells, "JKn", design=DESIGN, calibration=weights)
    with pytest.raises(EstimationError, match="nothing fits them again"):
        replicate_totals(cells, replicates, measures=("y",))


def test_trimmed_weights_are_not_fitted_again():
    cells = reduced(drawn(3), ["sex"], MEASURES)
    margins = [Margin(("sex",), {("f",): 900.0, ("m",): 100.0})]
    with pytest.raises(WeightingError, match="Trimmed weights cannot be fitted again"):
        refit(trim(rake(cells, margins), upper=1.2))


def test_a_category_that_a_replicate_loses_is_named():
    rows = [{**row, "part": "rare" if (row["h"], row["i"]) == (0, "å0") else "rest"} for row in drawn(3)]
    cells = reduced(rows, ["h", "i", "part"], MEASURES, "d")
    weights = rake(cells, [Margin(("part",), {("rare",): 100.0, ("rest",): 900.0})])
    replicates = replicate_weights(cells, "JKn", design=DESIGN, calibration=weights)
    with pytest.raises(WeightingError, match=r"In 1 of 9 replicates nobody of part = 'rare' is left"):
        replicate_totals(cells, replicates, measures=("y",), refit=refit(weights))


def test_a_fit_that_does_not_converge_is_an_error():
    cells, weights = fitted()
    margins = (
        Margin(("sex",), {("f",): 600.0, ("m",): 400.0}),
        Margin(("h",), {("0",): 300.0, ("1",): 300.0, ("2",): 400.0}),
    )
    weights = rake(cells, margins)
    replicates = replicate_weights(cells, "JKn", design=DESIGN, calibration=weights)
    with pytest.raises(WeightingError, match="of 9 replicates did not converge in 1 passes"):
        replicate_totals(cells, replicates, measures=("y",), refit=refit(weights, most=1))


# --- coverage --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_rescaled_bootstrap_keeps_its_level_with_three_units_a_stratum():
    """1,000 samples of 12 strata x 3 of 20 clusters, 200 replicates: coverage of a ratio at 95 %, within 2.5 points."""
    random = np.random.default_rng(20260303)
    strata, size, n = 12, 20, 3
    x = random.gamma(4, 5, (strata, size))
    y = (0.4 + 0.05 * random.normal(size=(strata, 1))) * x + random.normal(0, 2, (strata, size))
    truth = y.sum() / x.sum()
    hits = {"Rao-Wu": 0, "JKn": 0}
    for seed in range(1000):
        own = np.argsort(random.random((strata, size)), axis=1)[:, :n]
        rows = [
            {"h": h, "i": int(i), "N": float(size), "d": size / n, "y": float(y[h, i]), "x": float(x[h, i])}
            for h in range(strata)
            for i in own[h]
        ]
        cells = reduced(rows, ["h", "i", "N"], {"y": field("y"), "x": field("x")}, "d")
        for kind in hits:
            replicates = replicate_weights(
                cells, kind, design=Design(strata=("h",), psu="i", fpc="N"), replicates=200, seed=seed
            )
            found = estimate_ratio_of(replicate_totals(cells, replicates, measures=("y", "x"))[0], "y", "x")
            hits[kind] += bool(abs(found.value[0] - truth) <= 2.0639 * found.se[0])  # t with 24 degrees of freedom
    assert {kind: 0.925 <= hit / 1000 <= 0.975 for kind, hit in hits.items()} == dict.fromkeys(hits, True), hits
