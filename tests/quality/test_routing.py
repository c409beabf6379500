"""The way through the decision tree follows the findings; what people have not said is hoped for, and marked so."""

from __future__ import annotations

import pytest
from making import plan

from countersign.model.finding import Finding, State
from countersign.quality import judge
from countersign.quality.routing import route


def findings(**states):
    """Criterion -> one finding of that state; E3 may be a number of points."""
    told = {}
    for criterion, state in states.items():
        if criterion == "E3":
            told["E3"] = [Finding("E3", State.WARN, "residual_bias", "m", value=state)]
        else:
            check = {"A1": "answer", "A2": "answer", "A5": "answer", "E10": "effort_stated"}.get(criterion, "c")
            told[criterion] = [Finding(criterion, state, check, "m")]
    return told


GOOD = {"A1": State.PASS, "A2": State.PASS, "A6": State.PASS, "A5": State.PASS}
EXACT = {"E1": State.PASS, "E2": State.PASS, "E12": State.WARN}


def way(unit="person", selection="open-web", **states):
    return route(plan(), findings(**states), unit=unit, selection=selection)


@pytest.mark.parametrize(
    ("unit", "selection", "states", "ceiling"),
    [
        ("person", "open-web", {**GOOD, "A2": State.FAIL}, "U0"),
        ("person", "open-web", {**GOOD, "A5": State.FAIL}, "U5"),
        ("case record", "list", GOOD, "U2"),
        ("community", "opportunistic", GOOD, "U4"),
        ("qualitative interview", "opportunistic", GOOD, "U4"),
        ("published figure", "opportunistic", GOOD, "U4"),
        ("person", "open-web", GOOD, "U3"),
        ("person", "open-web", {**GOOD, **EXACT, "E3": 7.3}, "U4"),
        ("person", "quota", {**GOOD, **EXACT, "E3": 7.3}, "U4"),
        ("person", "probability", {**GOOD, **EXACT, "E2": State.FAIL}, "U4"),
        ("survey event", "opportunistic", {**GOOD, "E10": State.PASS, "D4": State.WARN}, "U5"),
        ("survey event", "enumeration", {**GOOD, "E10": State.PASS, "D4": State.PASS}, "U6"),
        ("survey event", "opportunistic", {**GOOD, "E10": State.FAIL, "D4": State.WARN}, "U2"),
    ],
)
def test_each_kind_of_data_has_its_own_end(unit, selection, states, ceiling):
    assert way(unit, selection, **states).ceiling == ceiling


@pytest.mark.parametrize(("points", "end"), [(5.0, ""), (5.01, "U4")])
def test_an_error_of_five_points_on_known_answers_parts_the_ways(points, end):
    found = way(**GOOD, **EXACT, E3=points)
    assert found.ceiling == end
    assert bool(found.open) is not bool(end)


def test_who_signs_is_not_known_before_they_have():
    found = way("person", "probability", **GOOD, **EXACT)
    assert (found.outcome, found.ceiling) == ("", "")
    assert "sign" in found.open


def test_what_nobody_has_answered_is_hoped_for_and_marked():
    steps = dict(way(**EXACT, E3=7.3).steps)
    marked = [question for question, answer in steps.items() if answer.endswith("(if people confirm it)")]
    assert len(marked) == 3
    assert way(**GOOD, **EXACT, E3=7.3).steps[0][1] == "Yes"


def test_a_kind_of_row_nobody_knows_ends_the_way():
    found = way("thing", **GOOD)
    assert (found.ceiling, bool(found.open)) == ("", True)


def test_the_verdict_cannot_go_beyond_the_end_of_the_way():
    everything = [one for own in findings(**GOOD).values() for one in own]
    verdict = judge(everything, plan=plan(source={"unit": "case record"}))
    assert verdict.reach == "U2"
    assert set(verdict.blocked) == {"U3", "U4", "U5", "U6"}
    assert "number of cases" in verdict.outcome
    assert any(one.use == "U3" and one.failed and "number of cases" in one.why for one in verdict.blockers)
