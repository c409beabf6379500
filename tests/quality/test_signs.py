"""Estimators that disagree in the sign of what they say are found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import plan
from test_sensitivity import fan, figure

from countersign.model.estimate import EstimateTable
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.quality.signs import agreeing, sign_stability


def told(*figures, threshold=None):
    indicator = IndicatorPlan("water", "proportion", "water", threshold=threshold)
    return sign_stability(plan(indicators={"water": indicator}), EstimateTable(figures))


@pytest.mark.parametrize(
    ("signs", "share"), [([1, 2, 3], 1), ([1, 2, -3], 2 / 3), ([0, 0, -1], 1), ([1, -1, 0], 2 / 3), ([0, 0, 0], 1)]
)
def test_the_share_on_the_side_of_most(signs, share) -> None:
    assert agreeing(signs) == pytest.approx(share)


def test_all_adjusted_estimators_below_the_unweighted_one_agree() -> None:
    # unweighted 0.9
    (finding,) = told(figure(fan=fan(0.5, 0.6, 0.7)))
    assert (finding.state, finding.value) == (State.PASS, 1.0)


def test_one_of_three_on_the_other_side_warns() -> None:
    (finding,) = told(figure(fan=fan(0.5, 0.6, 0.95)))
    assert (finding.state, finding.value) == (State.WARN, pytest.approx(2 / 3))


@pytest.mark.parametrize(("threshold", "state"), [(0.4, State.PASS), (0.55, State.WARN), (0.8, State.PASS)])
def test_the_side_of_the_threshold(threshold, state) -> None:
    (finding,) = told(figure(fan=fan(0.5, 0.6, 0.7)), threshold=threshold)
    assert finding.state is state


def test_which_group_is_higher() -> None:
    groups = [
        replace(figure(domain={"sex": "f"}, fan=fan(0.5, 0.6, 0.7), figure_id="f"), value=0.6),
        replace(figure(domain={"sex": "m"}, fan=fan(0.4, 0.5, 0.8), figure_id="m"), value=0.4),
    ]
    (finding,) = told(*groups)
    assert finding.evidence["highest against lowest sex"] == {"estimators": 3, "above": 2, "below": 1}
    assert finding.state is State.WARN


def test_two_estimators_are_too_few() -> None:
    assert told(figure(fan=fan(0.5, 0.6))) == []
    assert told(figure()) == []
