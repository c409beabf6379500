"""Thinning: cells that a safe pattern can do without are published, in the order asked for, and it stays safe."""

from __future__ import annotations

import time
from math import inf

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square

from countersign.model.additive_table import AdditiveTable, Protect
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


def twice(*unsafe: int, width: dict[int, float]) -> list[int]:
    """Return what is left of two squares that have nothing in common, 0 to 8 and 9 to 17, totals tried first."""
    one = square([[2, 30], [40, 50]])
    table = AdditiveTable(
        ("cell",),
        tuple((str(place),) for place in range(18)),
        np.tile(one.values, 2),
        np.tile(one.contributors, 2),
        tuple((total + of, tuple(part + of for part in parts)) for of in (0, 9) for total, parts in one.equations),
    )
    wide = np.array([width.get(place, 0.0) for place in range(18)])
    protect = Protect(np.isin(np.arange(18), unsafe), wide, np.zeros(18, dtype=bool))
    tried = np.array([place + of for of in (0, 9) for place in (0, 1, 2, 3, 6, 5, 7, 8)])
    left = thinned(Attacker(table, protect, None), np.ones(18, dtype=bool), np.array(unsafe), tried, inf)
    return np.flatnonzero(left).tolist()


def test_each_part_of_a_table_is_thinned_for_itself() -> None:
    both = [4, 5, 7, 8, 13, 14, 16, 17]
    assert twice(4, 13, width={}) == both
    assert twice(4, 13, width={4: 1e9}) == [*range(9), *both[4:]]
    assert twice(4, 13, width={13: 1e9}) == [*both[:4], *range(9, 18)]


def test_cells_that_protect_nobody_are_published_wherever_they_are() -> None:
    # 4 and 13 are not tried.
    assert twice(4, width={}) == [4, 5, 7, 8, 13]
    assert twice(13, width={}) == [4, 13, 14, 16, 17]


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
