"""Thinning: cells that a safe pattern can do without are published, in the order asked for, and it stays safe."""

from __future__ import annotations

import time
from math import inf

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square

from countersign.protection.cells.attacking import Attacker
from countersign.protection.cells.thinning import thinned

EVERYTHING = np.ones(9, dtype=bool)
INNER = [4, 5, 7, 8]


def without(tried: list[int], *, unsafe: int = 4, width: float = 0.0, moment: float = inf) -> list[int]:
    table = square([[2, 30], [40, 50]])
    protect = asked(table, unsafe, width=width)
    attacker = Attacker(table, protect, None)
    found = thinned(attacker, EVERYTHING, np.array([unsafe]), np.array(tried), moment)
    return np.flatnonzero(found).tolist()


def test_the_totals_are_not_needed() -> None:
    assert without([0, 1, 2, 3, 6]) == INNER


def test_only_cells_that_are_tried_are_published() -> None:
    assert without([0]) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert 8 in without([0, 1, 2, 3, 6, 5])


def test_the_first_of_the_list_goes_first() -> None:
    # Either the other three inner cells keep 2 safe, or totals do: what is tried first is given up first.
    assert without([5, 7, 8, 0, 1, 2, 3, 6]) != without([0, 1, 2, 3, 6, 5, 7, 8])
    assert without([0, 1, 2, 3, 6, 5, 7, 8]) == INNER
    assert not {5, 7} <= set(without([5, 7, 8, 0, 1, 2, 3, 6]))


def test_after_the_time_nothing_more_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 10.0)
    assert without([0, 1, 2, 3, 6], moment=9.0) == list(range(9))
    assert without([0, 1, 2, 3, 6], moment=10.0) == INNER


def test_a_pattern_that_is_not_safe_is_left_as_it_is() -> None:
    assert without([0, 1, 2, 3, 6], width=1e9) == list(range(9))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("width", [0.0, 3.0])
def test_it_stays_safe_and_no_cell_tried_could_go(seed: int, width: float) -> None:
    table, protect = random_table(seed, width=width)
    whole = np.ones(len(table), dtype=bool)
    open_ = exposed(table, protect, whole)
    places = np.setdiff1d(np.flatnonzero(protect.unsafe & ~protect.known), open_)
    tried = np.flatnonzero(~protect.unsafe & ~protect.known)[::-1]
    attacker = Attacker(table, protect, None)
    left = thinned(attacker, whole, places, tried, inf)
    assert exposed(table, protect, left) == open_
    for cell in np.flatnonzero(left & np.isin(np.arange(len(table)), tried)):
        fewer = left.copy()
        fewer[cell] = False
        assert exposed(table, protect, fewer) != open_
