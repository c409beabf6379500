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


def test_a_lower_ceiling_makes_intervals_narrower() -> None:
    table = square([[2, 30], [40, 50]])
    protect = asked(table, 4, width=6)
    found = reduce(table, protect, np.ones(9, dtype=bool), limit=10, ceiling=122.0)
    assert exposed(table, protect, found) == []
