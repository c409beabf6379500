"""A study may set a limit otherwise: who, when and why travel with it, and nothing else changes."""

from __future__ import annotations

import pytest

from countersign.catalogue import changed_limits, check_change, load, threshold, uses
from countersign.errors import CatalogueError
from countersign.model.finding import State
from countersign.model.held_against import LimitChange


def change(limit: str, **more: float) -> LimitChange:
    return LimitChange(limit, "pilot of 2024", "A. Lead", "2026-01-01", **more)


def test_a_changed_limit_is_in_force_inside_the_block_and_nowhere_else():
    before = threshold("missing")
    with changed_limits([change("missing", good=0.01)]):
        inside = threshold("missing")
        assert (inside.good, inside.warn) == (0.01, before.warn)
        assert inside.state(0.011) is State.WARN
        assert threshold("cv") == load("thresholds")["cv"]
    assert threshold("missing") == before


def test_the_record_of_a_changed_limit_says_who_when_why_and_what_it_was():
    with changed_limits([change("missing", good=0.01, warn=0.02)]):
        record = threshold("missing").record()
    assert (record["author"], record["date"]) == ("A. Lead", "2026-01-01")
    assert record["source"] == "Changed by this study: pilot of 2024"
    assert (record["instead_of"]["good"], record["instead_of"]["warn"]) == (0.05, 0.20)


def test_an_unchanged_limit_records_no_change():
    assert "instead_of" not in threshold("missing").record()


def test_a_limit_of_the_use_ladder_is_changed_with_its_words():
    with changed_limits([change("U5.E3", good=4.0)]):
        must = next(one for one in uses()["U5"].musts if one.criterion == "E3")
    assert must.limit == 4.0
    assert "4 instead of 5; A. Lead, 2026-01-01" in must.words
    assert next(one for one in uses()["U5"].musts if one.criterion == "E3").limit == 5.0


def test_changes_inside_changes_end_with_their_own_block():
    with changed_limits([change("missing", good=0.01)]):
        with changed_limits([]):
            assert threshold("missing").good == 0.05
        assert threshold("missing").good == 0.01


@pytest.mark.parametrize(
    ("limit", "good", "is_allowed"),
    [
        ("missing", 0.0, True),
        ("missing", 0.2, True),
        ("missing", -0.0001, False),
        ("missing", 1.0001, False),
        ("rung", 5.0, True),
        ("rung", 5.1, False),
        ("rung", 0.9, False),
        ("mean_absolute_bias", 0.0, True),
        ("effective_n", 1e6, True),
        ("effective_n", -1.0, False),
        ("proxy_strength", 1.0, True),
        ("proxy_strength", 1.1, False),
        ("U2.E4", 1.0, True),
        ("U2.E4", 1.1, False),
        ("U2.B1", 5.0, True),
        ("U2.B1", 6.0, False),
        ("U5.E3", 100.0, True),
        ("U5.E3", 101.0, False),
        ("missing", float("nan"), False),
    ],
)
def test_a_limit_stays_in_the_range_of_its_unit(limit, good, is_allowed):
    if is_allowed:
        check_change(change(limit, good=good), where="here")
        return
    with pytest.raises(CatalogueError) as caught:
        check_change(change(limit, good=good), where="study.yaml, line 3, limits")
    assert "out of range" in caught.value.problem
    assert caught.value.where == "study.yaml, line 3, limits"


@pytest.mark.parametrize(("good", "warn", "is_allowed"), [(0.1, 0.1, True), (0.1, 0.2, True), (0.2, 0.1, False)])
def test_a_warning_is_not_better_than_a_pass_where_lower_is_better(good, warn, is_allowed):
    _either(change("missing", good=good, warn=warn), is_allowed)


@pytest.mark.parametrize(("good", "warn", "is_allowed"), [(60, 60, True), (60, 30, True), (30, 60, False)])
def test_a_warning_is_not_better_than_a_pass_where_higher_is_better(good, warn, is_allowed):
    _either(change("effective_n", good=good, warn=warn), is_allowed)


def _either(one: LimitChange, is_allowed: bool) -> None:
    if is_allowed:
        check_change(one, where="here")
        return
    with pytest.raises(CatalogueError, match="would warn from"):
        check_change(one, where="here")


@pytest.mark.parametrize(("limit", "near"), [("mising", "missing"), ("U5.E33", "U5.E3"), ("U9.E3", "")])
def test_an_unknown_limit_names_the_nearest(limit, near):
    with pytest.raises(CatalogueError) as caught:
        check_change(change(limit, good=0.1), where="here")
    assert near in caught.value.problem


def test_a_limit_of_the_ladder_has_one_value():
    with pytest.raises(CatalogueError, match="it has one value"):
        check_change(change("U5.E3", good=4, warn=5), where="here")
