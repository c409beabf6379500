"""E1 support and E12 sensitivity: from the numbers of a figure to a state, at and beside each limit."""

from __future__ import annotations

from typing import Any

import pytest

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.fan import Alternative, Fan, Part, PartKind, PlausibleRange
from countersign.model.finding import State
from countersign.model.sensitivity import Selected, SelectionRange, Tipping
from countersign.model.support import Support
from countersign.quality.sensitivity import sensitivity, supported

RANGE = PlausibleRange((Part(PartKind.SAMPLING, 0.4, 0.6, "chance"), Part(PartKind.METHODS, 0.3, 0.5, "methods")))


def figure(**more: Any) -> Estimate:
    """A share of 0.5 with a standard error of 0.125, a power of two: products with it have no rounding."""
    given = {"plausible": RANGE, **more}
    return Estimate(
        indicator="water",
        statistic="proportion",
        domain=given.pop("domain", {}),
        value=0.5,
        standard_error=0.125,
        lower=0.4,
        upper=0.6,
        n=100,
        method="raked",
        convention="logit",
        figure_id=given.pop("figure_id", "water"),
        **given,
    )


def fan(*values: float) -> Fan:
    names = ("raking", "inverse propensity", "mass imputation", "doubly robust")
    return Fan(
        (
            Alternative("unweighted", 0.9, 0.1, 0.8, 1.0, "all alike"),
            *(Alternative(name, value, 0.1, 0.0, 1.0, "alike") for name, value in zip(names, values, strict=False)),
        )
    )


def strength(rho: float) -> SelectionRange:
    return SelectionRange("MUBP", 0.5, rho, 0.0, (Selected(0.0, 0.0, 0.5), Selected(0.5, 0.1, 0.4)))


def tipping(ratio: float | None) -> Tipping:
    return Tipping(0.6, 0.5, None, 0.1, ratio, 0.4, 1.5)


def state(*figures: Estimate) -> State:
    (found,) = sensitivity(EstimateTable(figures))
    return found.state


@pytest.mark.parametrize(
    ("standard_errors", "expected"),
    [(1.0, State.PASS), (1.0001, State.WARN), (2.0, State.WARN), (2.0001, State.FAIL), (0.0, State.PASS)],
)
def test_the_spread_of_methods(standard_errors: float, expected: State) -> None:
    assert (threshold("method_spread").good, threshold("method_spread").warn) == (1, 2)
    assert state(figure(fan=fan(0.5, 0.5 + standard_errors * 0.125, 0.5))) is expected


def test_the_unweighted_value_is_no_rival_of_the_adjusted_ones() -> None:
    (found,) = sensitivity(EstimateTable((figure(fan=fan(0.5, 0.5, 0.5)),)))
    assert found.value == 0
    assert found.state is State.PASS


@pytest.mark.parametrize(
    ("rho", "expected"), [(0.5, State.PASS), (0.4999, State.WARN), (0.3, State.WARN), (0.2999, State.FAIL)]
)
def test_the_strength_of_the_proxy(rho: float, expected: State) -> None:
    assert state(figure(selection=strength(rho))) is expected


@pytest.mark.parametrize(
    ("ratio", "expected"), [(3.0, State.PASS), (2.9999, State.WARN), (1.0, State.WARN), (0.9999, State.FAIL)]
)
def test_the_way_to_the_threshold(ratio: float, expected: State) -> None:
    assert state(figure(tipping=tipping(ratio))) is expected


def test_the_worst_of_the_three_counts() -> None:
    one = figure(fan=fan(0.5, 0.5, 0.5), selection=strength(0.4), tipping=tipping(5.0))
    assert state(one) is State.WARN


def test_without_questions_with_a_known_answer_the_way_is_not_judged() -> None:
    assert state(figure(tipping=tipping(None), selection=strength(0.9))) is State.PASS


def test_a_range_that_none_of_the_three_explains_is_a_warning() -> None:
    assert state(figure()) is State.WARN


def test_figures_without_a_range_were_not_assessed() -> None:
    (found,) = sensitivity(EstimateTable((figure(plausible=None),)))
    assert found.state is State.NOT_ASSESSED
    assert "Nobody has tried" in found.message


def test_the_figure_for_everybody_is_judged_not_a_part() -> None:
    part = figure(domain={"sex": "f"}, figure_id="water/sex=f", selection=strength(0.1))
    assert state(part, figure(selection=strength(0.9))) is State.PASS


def test_what_is_withheld_is_not_spoken_of() -> None:
    hidden = Estimate("water", "proportion", {}, None, None, None, None, 0, "", "", status=Status.SUPPRESSED)
    (found,) = sensitivity(EstimateTable((hidden,)))
    assert found.state is State.NOT_ASSESSED


def test_the_sentence_names_the_range_and_the_evidence_its_parts() -> None:
    (found,) = sensitivity(EstimateTable((figure(selection=strength(0.2)),)))
    assert "from 0.3 to 0.6" in found.message
    assert "weights cannot repair much" in found.message
    assert found.evidence["parts"] == {"sampling": [0.4, 0.6], "methods": [0.3, 0.5]}


@pytest.mark.parametrize(
    ("few", "expected"), [(0.0, State.PASS), (1e-6, State.WARN), (0.05, State.WARN), (0.0501, State.FAIL)]
)
def test_groups_that_hardly_anybody_took_part_from(few: float, expected: State) -> None:
    (found,) = supported(Support("sex x age", 0.0, few, 5))
    assert (found.criterion, found.check, found.state) == ("E1", "empty_cells", expected)


@pytest.mark.parametrize(
    ("overlap", "expected"), [(0.01, State.PASS), (0.0101, State.WARN), (0.05, State.WARN), (0.0501, State.FAIL)]
)
def test_people_who_hardly_take_part(overlap: float, expected: State) -> None:
    _, found = supported(Support("sex", 0.0, 0.0, 5, overlap))
    assert (found.check, found.state) == ("overlap", expected)


def test_without_a_population_to_hold_against_nothing_is_said_of_support() -> None:
    assert list(supported(None)) == []


def test_a_sample_drawn_by_chance_is_not_told_to_weight() -> None:
    (found,) = sensitivity(EstimateTable((figure(plausible=None),)), selection="probability")
    assert found.state is State.NOT_ASSESSED
    assert "drawn by chance" in found.message
    assert "Weight" not in found.fix
