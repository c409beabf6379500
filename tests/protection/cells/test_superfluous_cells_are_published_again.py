"""A pattern that hides too much is reduced, and stays as safe as it was."""

from __future__ import annotations

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square, tables
from hypothesis import given, settings

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.protection.cells.reducing import reduce


def check(table: AdditiveTable, protect: Protect) -> None:
    """What was protected with everything hidden stays so."""
    everything = np.ones(len(table), dtype=bool)
    found = reduce(table, protect, everything, limit=60)
    assert exposed(table, protect, found) == exposed(table, protect, everything)
    assert not (found & protect.known & ~protect.unsafe).any()
    assert found[protect.unsafe].all()


@pytest.mark.parametrize("width", [0, 3])
@pytest.mark.parametrize("seed", range(3))
def test_what_was_protected_stays_protected(seed: int, width: float) -> None:
    check(*random_table(seed, width=width))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(tables())
def test_what_was_protected_stays_protected_in_hundreds_of_tables(drawn: tuple[AdditiveTable, Protect]) -> None:
    check(*drawn)


@pytest.mark.parametrize("seed", range(2))
def test_no_single_cell_more_can_be_published(seed: int) -> None:
    table, protect = random_table(seed)
    found = reduce(table, protect, np.ones(len(table), dtype=bool), limit=60)
    before = exposed(table, protect, found)
    for cell in np.flatnonzero(found & ~protect.unsafe):
        fewer = found.copy()
        fewer[cell] = False
        assert exposed(table, protect, fewer) != before


def test_the_dearest_are_published_first() -> None:
    table = square([[2, 30], [40, 50]])
    found = reduce(table, asked(table, 4), np.ones(9, dtype=bool), limit=10)
    assert np.flatnonzero(found).tolist() == [4, 5, 7, 8]


def test_a_width_keeps_the_cells_it_needs() -> None:
    # With the four inner cells alone, 2 can only rise by 3 and fall by 2: six whole numbers.
    table = square([[2, 3], [40, 50]])
    narrow = reduce(table, asked(table, 4, width=5), np.ones(9, dtype=bool), limit=10)
    wide = reduce(table, asked(table, 4, width=6), np.ones(9, dtype=bool), limit=10)
    assert np.flatnonzero(narrow).tolist() == [4, 5, 7, 8]
    assert exposed(table, asked(table, 4, width=6), wide) == []
    assert np.flatnonzero(wide).tolist() == [3, 4, 6, 7]  # and the totals of the rows, with which 2 can rise by 40


def test_without_time_nothing_is_published() -> None:
    table = square([[2, 30], [40, 50]])
    assert reduce(table, asked(table, 4), np.ones(9, dtype=bool), limit=0).all()


def test_a_lower_ceiling_needs_other_cells() -> None:
    # Where nobody believes more than 52, 50 can rise by 2 only, and 2 with it: the inner cells are not enough.
    table = square([[2, 30], [40, 50]])
    protect = asked(table, 4, width=6)
    assert np.flatnonzero(reduce(table, protect, np.ones(9, dtype=bool), limit=10)).tolist() == [4, 5, 7, 8]
    lower = reduce(table, protect, np.ones(9, dtype=bool), limit=10, ceiling=52.0)
    assert lower[4]
    assert np.flatnonzero(lower).tolist() != [4, 5, 7, 8]


def test_only_hidden_cells_stay_hidden() -> None:
    table = square([[2, 30], [40, 50]])
    pattern = np.zeros(9, dtype=bool)
    pattern[[0, 1, 3, 4, 5, 7, 8]] = True
    assert not (reduce(table, asked(table, 4), pattern, limit=10) & ~pattern).any()


def test_a_cell_that_the_pattern_does_not_protect_is_no_reason_to_hide_others() -> None:
    table = square([[2, 30], [40, 50]])
    pattern = np.ones(9, dtype=bool)
    pattern[[3, 6]] = False  # the totals of the rows tell the total of all, 0
    assert np.flatnonzero(reduce(table, asked(table, 0, 4), pattern, limit=10)).tolist() == [0, 4, 5, 7, 8]
