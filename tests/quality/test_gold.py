"""Data held against a gold standard: shares right, what is found, and limits of agreement."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from making import dataset, found, plan, shared

from countersign.errors import EstimationError
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.held_against import GoldPlan
from countersign.model.limits_of_agreement import PairSums, limits_of_agreement
from countersign.model.protection_plan import ProtectionPlan
from countersign.quality.gold import rates

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
"""First readings of both peak flow meters, litres a minute: Bland and Altman (1986), table 1."""


def sums_of(a: list[float], b: list[float]) -> PairSums:
    x, y = np.asarray(a, float), np.asarray(b, float)
    dx, dy = x - x.mean(), y - y.mean()
    return PairSums(len(x), x.mean(), y.mean(), float(dx @ dx), float(dy @ dy), float(dx @ dy))


def test_limits_of_agreement_are_those_of_bland_and_altman() -> None:
    found_ones = limits_of_agreement(sums_of(WRIGHT, MINI))
    assert round(found_ones.mean, 1) == -2.1
    assert round(found_ones.deviation, 1) == 38.8
    # They take twice the deviation: -79.7 and 75.5.
    assert found_ones.mean - 2 * found_ones.deviation == pytest.approx(-79.7, abs=0.1)
    assert found_ones.mean + 2 * found_ones.deviation == pytest.approx(75.5, abs=0.1)
    assert found_ones.mean_ends == pytest.approx((-22.0, 17.8), abs=0.1)
    # Their interval of a limit uses sqrt(3 s^2 / n): -114.3 to -45.1 about -79.7.
    assert found_ones.lower_ends[1] - found_ones.lower_ends[0] == pytest.approx(114.3 - 45.1, abs=0.6)


def test_slope_concordance_and_root_mean_square_agree_with_slow_ones() -> None:
    generator = np.random.default_rng(4)
    b = generator.normal(50, 10, 40)
    a = 1.3 * b - 9 + generator.normal(0, 3, 40)
    found_ones = limits_of_agreement(sums_of(list(a), list(b)))
    d, m = a - b, (a + b) / 2
    slope, constant = np.polyfit(m, d, 1)
    rest = d - slope * m - constant
    error = np.sqrt(rest @ rest / 38 / ((m - m.mean()) @ (m - m.mean())))
    assert found_ones.slope == pytest.approx(slope, rel=1e-9)
    assert found_ones.slope_ends == pytest.approx((slope - 2.0243942 * error, slope + 2.0243942 * error), rel=1e-6)
    assert found_ones.tilted
    assert found_ones.root_mean_square == pytest.approx(np.sqrt((d**2).mean()), rel=1e-12)
    expected = 2 * np.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    assert found_ones.concordance == pytest.approx(expected, rel=1e-12)


def test_two_units_are_too_few_for_limits() -> None:
    with pytest.raises(EstimationError, match="fewer than three"):
        limits_of_agreement(sums_of([1, 2], [1, 3]))


def test_rates_of_a_screening_table_by_hand() -> None:
    # 20 found of 30, 1820 of 2000 cleared: sensitivity 0.667, specificity 0.91, PPV 0.1, NPV 0.9945
    told = rates(np.array([[20.0, 180], [10, 1820]]), 0)
    assert told["sensitivity"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert told["specificity"]["value"] == pytest.approx(0.91)
    assert told["positive_predictive_value"]["value"] == pytest.approx(0.1)
    assert told["negative_predictive_value"]["value"] == pytest.approx(1820 / 1830, abs=1e-6)
    # Wilson by hand for 20 of 30: centre 0.647748, half 0.159947
    assert (told["sensitivity"]["lower"], told["sensitivity"]["upper"]) == (0.487801, 0.807695)


def held(engine, columns, gold, of=None, **more):
    data = dataset(engine, columns)
    reference = replace(dataset(engine, gold), name="gold")
    spec = {key: more.pop(key) for key in ("rater", "positive") if key in more}
    the_plan = plan(gold=(GoldPlan(gold="gold", unit=("u",), of=of or {"y": "y"}, **spec),), **more)
    return found(data, "validity", plan=the_plan, documents=Documents(datasets={"d": data, "gold": reference}))


def test_single_answers_against_gold_by_hand(engine) -> None:
    given = ["yes"] * 9 + ["no"] * 1 + ["yes"] * 2 + ["no"] * 8
    finding = held(
        engine,
        {"u": list(range(25)), "y": [*given, "no", "no", "no", "yes", None]},
        {"u": [str(u) for u in range(20)] + ["24"], "y": ["yes"] * 10 + ["no"] * 11},
        positive={"y": "yes"},
    )
    assert (finding.count, finding.value) == (20, pytest.approx(0.85))
    assert finding.evidence["kappa"] == pytest.approx(0.7)
    assert finding.state is State.WARN
    assert finding.evidence["sensitivity"]["value"] == pytest.approx(0.9)
    assert finding.evidence["specificity"]["value"] == pytest.approx(0.8)
    assert finding.evidence["confusion"]["yes given, no true"] == 2


def test_the_majority_of_several_answers_counts_and_ties_count_by_parts(engine) -> None:
    finding = held(
        engine,
        {"u": [1, 1, 1, 2, 2, 3, 3, 3], "who": list("abcabace"), "y": ["x", "x", "z", "x", "z", "z", "z", "z"]},
        {"u": [1, 2, 3], "y": ["x", "x", "z"]},
        rater="who",
    )
    assert finding.value == pytest.approx(2.5 / 3, abs=1e-6)
    assert finding.evidence["single_answers"]["accuracy"]["value"] == pytest.approx(6 / 8)
    assert finding.evidence["tied"] == 1
    assert "majority" in finding.message


def test_small_cells_are_withheld_and_cannot_be_worked_out(engine) -> None:
    given = ["yes"] * 9 + ["no"] * 1 + ["yes"] * 2 + ["no"] * 8
    finding = held(
        engine,
        {"u": list(range(20)), "y": given},
        {"u": list(range(20)), "y": ["yes"] * 10 + ["no"] * 10},
        protection=ProtectionPlan(minimum_contributors=3),
    )
    assert finding.evidence["confusion"]["no given, yes true"] is None
    assert "n" not in finding.evidence["sensitivity"]


def test_numbers_against_gold(engine) -> None:
    finding = held(
        engine,
        {"u": list(range(17)), "y": [float(v) for v in WRIGHT]},
        {"u": list(range(17)), "y": [float(v) for v in MINI]},
    )
    assert finding.evidence["mean"] == pytest.approx(-2.11765, abs=1e-4)
    assert finding.evidence["within_limits"] == pytest.approx(16 / 17, abs=1e-6)
    assert finding.state is State.PASS
    assert finding.value == pytest.approx(0.94, abs=0.01)


def test_a_shifted_measurement_warns(engine) -> None:
    truth = [float(v) for v in range(1, 31)]
    finding = held(
        engine,
        {"u": list(range(30)), "y": [v + 1 + 0.1 * (-1) ** place for place, v in enumerate(truth)]},
        {"u": list(range(30)), "y": truth},
    )
    assert finding.state is State.WARN
    assert finding.evidence["mean"] == pytest.approx(1.0)


def test_what_cannot_be_compared_is_not_assessed(engine) -> None:
    two = held(engine, {"u": [1, 2], "y": ["x", "z"]}, {"u": [1, 1], "y": ["x", "z"]})
    assert (two.state, "more than one reference value" in two.message) == (State.NOT_ASSESSED, True)
    none = held(engine, {"u": [1, 2], "y": ["x", "z"]}, {"u": [7, 8], "y": ["x", "z"]})
    assert (none.state, "None of the units" in none.message) == (State.NOT_ASSESSED, True)
    lost = held(engine, {"u": [1, 2], "y": ["x", "z"]}, {"u": [7, 8], "y": ["x", "z"]}, of={"y": "other"})
    assert (lost.state, "There is no" in lost.message) == (State.NOT_ASSESSED, True)


@pytest.mark.parametrize(("name", "majority"), [("duck_identification", 0.759), ("jn_product", 0.897)])
def test_majorities_of_two_crowds_are_as_right_as_others_measured(engine, name, majority) -> None:
    folder = shared("cases", "crowd_labels_duck_product")
    with (folder / f"{name}_answer.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (folder / f"{name}_truth.csv").open(encoding="utf-8") as file:
        truths = list(csv.DictReader(file))
    finding = held(
        engine,
        {"u": [r["question"] for r in rows], "who": [r["worker"] for r in rows], "y": [r["answer"] for r in rows]},
        {"u": [r["question"] for r in truths], "y": [r["truth"] for r in truths]},
        rater="who",
    )
    assert finding.value == pytest.approx(majority, abs=0.0005)


def test_one_unit_tells_nothing_about_the_others(engine) -> None:
    one = held(engine, {"u": [1, 2], "y": ["x", "z"]}, {"u": [1, 9], "y": ["z", "z"]})
    assert (one.state, "Only one unit" in one.message) == (State.NOT_ASSESSED, True)
    two = held(engine, {"u": [1, 2], "y": ["x", "z"]}, {"u": [1, 2], "y": ["x", "z"]})
    assert (two.state, two.count) == (State.PASS, 2)


def test_an_answer_that_nobody_gave_is_said_to_be_one(engine) -> None:
    three = list("xyz")
    for named, says in (("w", True), ("x", False)):
        finding = held(engine, {"u": [1, 2, 3], "y": three}, {"u": [1, 2, 3], "y": three}, positive={"y": named})
        assert ("Nobody answered 'w'" in finding.message) is says
