"""The heuristic leaves no unsafe cell to an attacker who shares no code with it, and says so where it cannot."""

from __future__ import annotations

import time

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square, tables
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.protection.cells.heuristic import hide
from countersign.protection.cells.searching import Effort


def check(table: AdditiveTable, protect: Protect, *, rounds: int) -> None:
    """No unsafe cell can be computed better than allowed, unless it could be if everything were hidden."""
    found = hide(table, protect, limit=60, effort=Effort(rounds=rounds))
    assert exposed(table, protect, found.hidden) == found.left.tolist()
    assert not (found.hidden & protect.known).any()
    assert found.hidden[protect.unsafe].all()
    if found.left.size:
        assert exposed(table, protect, ~protect.known) == found.left.tolist()


@pytest.mark.parametrize("width", [0, 1, 3])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_no_cell_can_be_computed_back(seed: int, width: float, counted: bool) -> None:
    check(*random_table(seed, width=width, counted=counted), rounds=2)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(tables(), st.integers(1, 8))
def test_no_count_of_hundreds_of_tables_is_given_away(drawn: tuple[AdditiveTable, Protect], rounds: int) -> None:
    check(*drawn, rounds=rounds)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(tables(counted=False), st.integers(1, 8))
def test_no_amount_of_hundreds_of_tables_can_be_computed_back(
    drawn: tuple[AdditiveTable, Protect], rounds: int
) -> None:
    check(*drawn, rounds=rounds)


def test_one_unsafe_cell_takes_the_cheapest_rectangle() -> None:
    table = square([[2, 30], [40, 50]])
    found = hide(table, asked(table, 4), limit=10)
    assert found.safe
    assert found.hidden.tolist() == [False] * 4 + [True, True, False, True, True]


def test_costs_decide_what_is_hidden() -> None:
    costs = np.ones(9)
    costs[[5, 7, 8]] = 100.0  # the other inner cells are dear: hide totals instead
    table = square([[2, 30], [40, 50]], costs=costs)
    found = hide(table, asked(table, 4), limit=10)
    assert found.safe
    assert np.flatnonzero(found.hidden).tolist() == [0, 1, 3, 4]


def test_a_cell_that_is_hidden_anyway_costs_nothing() -> None:
    table = square([[2, 30], [40, 50]])
    before = np.zeros(9, dtype=bool)
    before[[0, 1, 3]] = True
    found = hide(table, asked(table, 4), limit=10, hidden=before)
    assert found.safe
    assert np.flatnonzero(found.hidden).tolist() == [0, 1, 3, 4]


def test_nothing_unsafe_hides_nothing() -> None:
    table = square([[2, 30], [40, 50]])
    found = hide(table, asked(table), limit=10)
    assert found.safe
    assert not found.hidden.any()


def test_a_cell_that_everybody_knows_is_not_hidden_for_others() -> None:
    table = square([[2, 30], [40, 50]])
    found = hide(table, asked(table, 4, known=(5,)), limit=10)
    assert found.safe
    assert not found.hidden[5]


def test_what_no_pattern_can_protect_is_named() -> None:
    table = square([[2, 30], [40, 50]])
    found = hide(table, asked(table, 4, known=(0, 1, 2, 3, 5, 6, 7, 8)), limit=10)
    assert not found.safe
    assert found.left.tolist() == [4]
    assert found.reason == "1 of 1 unsafe cells cannot be protected by hiding other cells"


def test_without_time_it_says_how_many_are_left() -> None:
    table = square([[2, 30], [40, 50]])
    found = hide(table, asked(table, 4), limit=0)
    assert found.left.tolist() == [4]
    assert found.reason == "after 0 seconds 1 of 1 unsafe cells were not protected yet"
    assert found.hidden[4]


def test_a_wide_interval_needs_cells_that_can_fall_far_enough() -> None:
    table = square([[2, 3], [40, 50]])  # 3 can fall by 3 only: 2 can rise to 5 at most inside its row
    assert exposed(table, asked(table, 4, width=5), hide(table, asked(table, 4, width=5), limit=10).hidden) == []
    assert exposed(table, asked(table, 4, width=6), hide(table, asked(table, 4, width=6), limit=10).hidden) == []


def test_the_same_table_gives_the_same_pattern() -> None:
    # A second run that hides other cells would, with the first, give away what both hide.
    table = square([[2, 30], [40, 50]])
    assert (hide(table, asked(table, 4), limit=10).hidden == hide(table, asked(table, 4), limit=10).hidden).all()


def test_seconds_are_of_the_processor() -> None:
    table = square([[2, 30], [40, 50]])
    start = time.process_time()
    assert 0 <= hide(table, asked(table, 4), limit=10).seconds <= time.process_time() - start
