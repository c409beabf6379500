"""What was filled in or set aside moves figures, and by how much."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.model.dataset import Gate
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.quality import assess


def study(numerator: str = "y", statistic: str = "mean", **more):
    return {"i": IndicatorPlan("i", statistic, numerator, **more)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "flags", [[True, False, False, None], ["yes", "no", "", None], [1, 0, 0, None], ["TRUE", "x", "0", None]]
)
def test_values_filled_in_are_counted_and_the_mean_told_without_them(engine, flags) -> None:
    data = dataset(engine, {"y": [10.0, 1.0, 2.0, 3.0], "f": flags})
    source = {"imputed": {"y": "f"}}
    finding = found(data, "imputed", plan=plan(source=source))
    assert (finding.count, finding.value, finding.state) == (1, 0.25, State.WARN)
    assert (finding.evidence["mean"], finding.evidence["mean_observed"]) == (pytest.approx(4), pytest.approx(2))
    effect = found(data, "imputation_effect", plan=plan(source=source, indicators=study()))
    assert (effect.evidence["before"], effect.evidence["after"]) == (pytest.approx(4), pytest.approx(2))
    assert effect.value == pytest.approx(0.5)


@pytest.mark.parametrize(("filled", "state"), [(1, State.PASS), (2, State.WARN)])
def test_a_twentieth_may_be_filled_in(engine, filled, state) -> None:
    data = dataset(engine, {"y": ["a"] * 20, "f": [True] * filled + [False] * (20 - filled)})
    assert found(data, "imputed", plan=plan(source={"imputed": {"y": "f"}})).state is state


def test_an_indicator_of_other_variables_is_not_touched(engine) -> None:
    data = dataset(engine, {"y": [1.0, 2.0], "z": [1.0, 2.0], "f": [True, False]})
    findings = assess(data, plan=plan(source={"imputed": {"y": "f"}}, indicators=study("z")))
    assert not any(f.check == "imputation_effect" for f in findings)


GATES = (Gate("g", "y < 50", failed=1, dropped=1),)


@pytest.mark.parametrize(
    ("indicator", "before", "after"),
    [
        (study(), 28.0, 4.0),
        (study("y > 3", "proportion"), 0.75, 2 / 3),
        (study("y", "quantile"), 5.0, 4.0),
        (study("y", "ratio", denominator="w"), 112 / 5, 12 / 3),
        (study("y", where="w = 1"), 4.0, 4.0),
    ],
)
def test_gates_move_figures(engine, indicator, before, after) -> None:
    data = dataset(
        engine, {"y": [2.0, 4.0, 6.0, 100.0], "w": [1, 1, 1, 2]}, kept=[True, True, True, False], gates=GATES
    )
    finding = found(data, "gate_effect", plan=plan(indicators=indicator))
    assert (finding.evidence["before"], finding.evidence["after"]) == (pytest.approx(before), pytest.approx(after))
    assert finding.value == pytest.approx(abs(after - before) / before)


def test_outliers_are_told_with_the_mean_without_them(engine) -> None:
    values = [10.0, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 100000, 0]
    data = dataset(engine, {"y": values})
    finding = found(data, "outliers", plan=plan(indicators=study()))
    assert finding.count == 1
    assert finding.evidence["mean"] == pytest.approx(sum(values) / 13)
    assert finding.evidence["mean_without"] == pytest.approx(165 / 12)
