"""Raking meets every margin, says how far it got, and refuses what cannot be weighted."""

from __future__ import annotations

import csv
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "estimation"))
from reduction import expected, one, reduced, schools

from countersign.errors import BenchmarkError, WeightingError
from countersign.model.benchmark import Margin
from countersign.weighting import balance, base_weights, post_stratify, rake, trim
from real_data import shared

SEX = Margin(("sex",), {("f",): 60.0, ("m",): 40.0})
AGE = Margin(("age",), {("young",): 50.0, ("old",): 50.0})


def rows_of(table: dict[tuple[str, str], int], base: float = 1.0) -> list[dict[str, object]]:
    return [{"sex": s, "age": a, "d": base} for (s, a), count in table.items() for _ in range(count)]


FOUR = rows_of({("f", "young"): 10, ("f", "old"): 20, ("m", "young"): 30, ("m", "old"): 40})


def cells_of(rows, weight=None, by=("sex", "age")):
    return reduced(rows, by, {"one": one}, weight)


# post-stratification by hand: 30 women stand for 60, 70 men for 40
BY_HAND = [("f", 60 / 30), ("m", 40 / 70)]


@pytest.mark.parametrize(("sex", "factor"), BY_HAND)
def test_post_stratification_divides_people_by_rows(sex, factor):
    weights = post_stratify(cells_of(FOUR), SEX)
    found = dict(zip(weights.keys["sex"], weights.factor, strict=True))
    assert found[sex] == pytest.approx(factor, rel=1e-15)


def test_raking_two_by_two_solves_the_odds_equation():
    # the raked table keeps the odds ratio (10*40)/(20*30) = 2/3; with margins 60/40 and 50/50 and x = (f, young):
    # x (x - 10) / ((60 - x)(50 - x)) = 2/3  ->  x^2 + 190 x - 6000 = 0
    x = (-190 + np.sqrt(190**2 + 4 * 6000)) / 2
    weights = rake(cells_of(FOUR), [SEX, AGE])
    found = {(s, a): w for s, a, w in zip(weights.keys["sex"], weights.keys["age"], weights.weight, strict=True)}
    assert found["f", "young"] == pytest.approx(x, rel=1e-9)
    assert found["f", "old"] == pytest.approx(60 - x, rel=1e-9)
    assert weights.total == pytest.approx(100)


def test_it_reports_every_pass_and_the_margin_that_was_furthest():
    weights = rake(cells_of(FOUR), [SEX, AGE])
    assert [step.number for step in weights.iterations] == list(range(1, len(weights.iterations) + 1))
    assert weights.iterations[0].distance == pytest.approx(1.0)  # women: 60/30 - 1
    assert weights.iterations[0].margin == "sex"
    assert weights.iterations[-1].distance <= 1e-10


@given(
    counts=st.lists(st.integers(1, 30), min_size=12, max_size=12),
    first=st.lists(st.floats(1, 100), min_size=3, max_size=3),
    second=st.lists(st.floats(1, 100), min_size=4, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_weights_sum_to_every_margin(counts, first, second):
    rows = [
        {"a": f"a{i}", "b": f"b{j}"}
        for (i, j), count in zip(itertools.product(range(3), range(4)), counts, strict=True)
        for _ in range(count)
    ]
    scale = sum(first) / sum(second)
    margins = [
        Margin(("a",), {(f"a{i}",): value for i, value in enumerate(first)}),
        Margin(("b",), {(f"b{j}",): value * scale for j, value in enumerate(second)}),
    ]
    weights = rake(cells_of(rows, by=("a", "b")), margins)
    for margin in margins:
        for (category,), count in margin.counts.items():
            mask = weights.keys[margin.variables[0]] == category
            assert weights.weight[mask].sum() == pytest.approx(count, rel=1e-8)


def test_cells_finer_than_the_margins_are_added_up():
    rows = [{**row, "region": i % 3} for i, row in enumerate(FOUR)]
    fine = rake(cells_of(rows, by=("region", "sex", "age")), [SEX, AGE])
    coarse = rake(cells_of(rows), [SEX, AGE])
    assert len(fine.factor) == len(coarse.factor) == 4
    one_way = {(s, a): g for s, a, g in zip(fine.keys["sex"], fine.keys["age"], fine.factor, strict=True)}
    other = {(s, a): g for s, a, g in zip(coarse.keys["sex"], coarse.keys["age"], coarse.factor, strict=True)}
    assert one_way == pytest.approx(other)


def test_a_joint_margin_is_met():
    joint = Margin(
        ("sex", "age"),
        {("f", "young"): 1.0, ("f", "old"): 2.0, ("m", "young"): 3.0, ("m", "old"): 4.0},
    )
    weights = rake(cells_of(FOUR), [joint])
    assert weights.factor == pytest.approx(np.full(4, 0.1))


def test_it_refuses_margins_with_different_totals_and_names_both():
    other = Margin(("age",), {("young",): 50.0, ("old",): 50.001})
    with pytest.raises(BenchmarkError) as caught:
        rake(cells_of(FOUR), [SEX, other])
    assert "sex" in str(caught.value)
    assert "age" in str(caught.value)
    assert "100.001" in str(caught.value)


def test_it_scales_to_the_first_total_when_told_or_when_the_difference_is_rounding():
    other = Margin(("age",), {("young",): 60.0, ("old",): 60.0})
    weights = rake(cells_of(FOUR), [SEX, other], totals="scale")
    assert weights.total == pytest.approx(100)
    assert weights.margins[1].total == pytest.approx(100)
    close = Margin(("age",), {("young",): 50.0, ("old",): 50.00005})
    assert rake(cells_of(FOUR), [SEX, close]).total == pytest.approx(100)


def test_it_refuses_a_category_that_the_benchmark_lacks():
    margin = Margin(("sex",), {("f",): 60.0})
    with pytest.raises(BenchmarkError, match=r"sex = 'm' is not in the benchmark, but 70 rows"):
        rake(cells_of(FOUR), [margin])


def test_it_refuses_people_whom_nobody_speaks_for():
    margin = Margin(("sex",), {("f",): 60.0, ("m",): 40.0, ("x",): 1.0})
    with pytest.raises(BenchmarkError, match=r"sex = 'x' has 1 people .* no row") as caught:
        rake(cells_of(FOUR), [margin])
    assert "merge categories with recode" in caught.value.action


def test_it_ignores_an_empty_category_that_the_benchmark_counts_as_zero():
    margin = Margin(("sex",), {("f",): 60.0, ("m",): 40.0, ("x",): 0.0})
    assert rake(cells_of(FOUR), [margin]).total == pytest.approx(100)


def test_it_refuses_rows_in_a_category_counted_as_zero():
    margin = Margin(("sex",), {("f",): 60.0, ("m",): 0.0})
    with pytest.raises(BenchmarkError, match="count of zero"):
        rake(cells_of(FOUR), [margin])


def test_it_counts_missing_values_of_a_weighting_variable():
    rows = [*FOUR, {"sex": None, "age": "old", "d": 1.0}, {"sex": None, "age": "young", "d": 1.0}]
    with pytest.raises(WeightingError, match="2 rows have no value of the weighting variable 'sex'"):
        rake(cells_of(rows), [SEX, AGE])


def test_it_names_the_nearest_variable():
    with pytest.raises(WeightingError, match="Did you mean 'age'"):
        rake(cells_of(FOUR), [SEX, Margin(("ages",), {("young",): 100.0})])


def test_no_convergence_is_an_error_that_names_the_margin():
    rows = rows_of({("f", "young"): 10, ("m", "old"): 10})  # 60/40 and 50/50 cannot both hold
    with pytest.raises(WeightingError, match=r"Raking did not converge: after 500 passes the margin (sex|age)"):
        rake(cells_of(rows), [SEX, AGE])


def test_it_refuses_base_weights_of_zero():
    rows = rows_of({("f", "young"): 10}, base=0.0)
    with pytest.raises(WeightingError, match="sum to zero"):
        rake(cells_of(rows, "d"), [Margin(("sex",), {("f",): 60.0})])


def test_no_margin_is_refused():
    with pytest.raises(WeightingError, match="no margin"):
        rake(cells_of(FOUR), [])


def test_numbers_in_the_data_match_text_in_the_benchmark():
    rows = [{"year": 2018 + i % 2} for i in range(10)]
    weights = rake(cells_of(rows, by=("year",)), [Margin(("year",), {("2018",): 3.0, ("2019",): 7.0})])
    assert weights.total == pytest.approx(10)


def test_it_records_where_the_base_weight_is_and_asks_for_it_only_where_factors_differ_by_it():
    rows = rows_of({("f", "young"): 10, ("m", "old"): 10}, base=2.0)
    weights = rake(cells_of(rows, "d"), [SEX], base_column="d")
    assert weights.base_column == "d"
    assert weights.base is None
    assert len(weights.factor_of(cells_of(rows, "d"))[0]) == 2
    split = rake(cells_of(rows, "d", by=("sex", "d")), [SEX], base="d")
    assert split.base_column == "d"
    assert split.base is not None
    with pytest.raises(WeightingError, match="differ by d"):
        split.factor_of(cells_of(rows, "d"))
    with pytest.raises(WeightingError, match="10 rows are in cells that have no weight"):
        weights.factor_of(cells_of([*rows, *rows_of({("x", "old"): 10})], "d"))


def test_base_weights_change_nothing():
    weights = base_weights(cells_of(FOUR, "d"))
    assert weights.total == 100
    assert weights.design_effect == pytest.approx(1.0)
    assert weights.factor_of(cells_of(FOUR))[0] == pytest.approx(np.ones(4))


def test_balance_shows_both_sides_of_weighting_also_on_unused_margins():
    cells = cells_of(FOUR)
    weights = rake(cells, [SEX])
    women = next(entry for entry in weights.balance if entry.category == "f")
    # |0.3 - 0.6| / sqrt(0.6 * 0.4)
    assert women.before == pytest.approx(0.3 / np.sqrt(0.24), rel=1e-14)
    assert women.after == pytest.approx(0, abs=1e-12)
    unused = {entry.category: entry for entry in balance(cells, [AGE], weights=weights)}
    # young: 40 of 100 before; after weighting 10 * 2 + 30 * 4/7 of 100
    assert unused["young"].share_data == pytest.approx(0.4)
    assert unused["young"].share_weighted == pytest.approx((20 + 120 / 7) / 100)
    assert unused["young"].before == pytest.approx(0.1 / 0.5)


# --- against R survey 4.5 ------------------------------------------------------------------------------------------


def margin(name):
    counts = expected("api_population_totals.json")[name]
    return Margin((name,), {(key,): float(value) for key, value in counts.items()})


def joint():
    counts = expected("api_population_totals.json")["stype_x_sch.wide"]
    return Margin(("stype", "sch.wide"), {(row["stype"], row["sch.wide"]): row["Freq"] for row in counts})


def api_weights(case):
    cells = cells_of(schools(), "pw", by=("stype", "sch.wide", "awards", "pw"))
    three = [margin("stype"), margin("sch.wide"), margin("awards")]
    if case == "rake2":
        return rake(cells, three[:2], base="pw", tolerance=1e-12)
    if case == "poststrat_stype":
        return post_stratify(cells, three[0], base="pw")
    if case == "poststrat_stype_schwide":
        return post_stratify(cells, joint(), base="pw")
    raked = rake(cells, three, base="pw", tolerance=1e-12)
    bounds = expected("apistrat_calibration.json")["trim_bounds"]
    if case == "rake3_trim":
        return trim(raked, upper=bounds["upper"], lower=bounds["lower"], absolute=True)
    if case == "rake3_trim_strict":
        return trim(raked, upper=bounds["upper"], absolute=True, strict=True)
    return raked


CASES = [
    "rake2", "rake3", "cal_raking_3margins", "poststrat_stype", "poststrat_stype_schwide",
    "rake3_trim", "rake3_trim_strict",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_weights_are_those_of_r_survey(case):
    rows = schools()
    weights = api_weights(case)
    names = [*weights.by, "pw"]
    factor = {
        tuple(weights.keys[name][place] for name in names): weights.factor[place]
        for place in range(len(weights.factor))
    }
    mine = np.array([row["pw"] * factor[tuple(row[name] for name in names)] for row in rows])
    with shared("inference", "apistrat_calibration_weights.csv").open(newline="") as lines:
        theirs = np.array([float(row[case]) for row in csv.DictReader(lines)])
    np.testing.assert_allclose(mine, theirs, rtol=1e-8)
    told = expected("apistrat_calibration.json")[case]["weights"]
    assert weights.total == pytest.approx(told["sum"], rel=1e-8)
    assert weights.design_effect == pytest.approx(told["deff_kish"], rel=1e-8)
    assert weights.effective_n == pytest.approx(told["n_eff_kish"], rel=1e-8)


def test_the_balance_is_that_of_the_balance_package():
    """ASMD of balance 0.23.0 divides by the unbiased variance of its weighted reference sample.

    Ours divides by p (1 - p): our benchmark is the population. The factor between is exactly known.
    """
    with shared("inference", "admin.csv").open(newline="") as lines:
        admin = list(csv.DictReader(lines))
    with shared("inference", "jvs.csv").open(newline="") as lines:
        reference = list(csv.DictReader(lines))
    margins = []
    for name in ("size", "nace"):
        counts: dict[tuple[str, ...], float] = {}
        for row in reference:
            counts[(row[name],)] = counts.get((row[name],), 0.0) + float(row["weight"])
        margins.append(Margin((name,), counts))
    cells = cells_of(admin, by=("size", "nace"))
    weights = rake(cells, margins)
    told = expected("asmd_balance.json")
    w = np.array([float(row["weight"]) for row in reference])
    unbiased = np.sqrt(w.sum() / (w.sum() - (w**2).sum() / w.sum()))
    for entry in weights.balance:
        key = f"{entry.variable}[T.{entry.category}]" if entry.variable == "nace" else f"size[{entry.category}]"
        if key in told["asmd"]["unadjusted"]:
            assert entry.before == pytest.approx(told["asmd"]["unadjusted"][key] * unbiased, rel=1e-10)
            assert entry.after < 1e-9
    assert weights.design_effect == pytest.approx(told["design_effect"], rel=1e-4)
