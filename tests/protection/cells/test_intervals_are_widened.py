"""A pattern with intervals that are too narrow has cells added until they are wide enough, or says that none do."""

from __future__ import annotations

import time
from itertools import chain, repeat
from typing import Any

import numpy as np
import pytest
from attackers import asked, exposed, square
from small_tables import crossed, patterns, protects, safe

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.protection.cells.attacking import unprotected
from countersign.protection.cells.heuristic import Attempt, confirm, hide

SQUARE = square([[2, 3], [40, 50]])
#      c0   c1  c2        0 1 2
# r0   95   42  53        3 4 5
# r1    5    2   3        6 7 8
# r2   90   40  50


def widened(table: AdditiveTable, protect: Protect, *hidden: int, **options: Any) -> Attempt:
    """Return what becomes of a pattern of the unsafe cells and some more."""
    pattern = protect.unsafe | np.isin(np.arange(len(table)), hidden)
    given = {"limit": 60.0, "start": time.process_time(), **options}
    return confirm(table, protect, pattern, protect.unsafe.copy(), **given)


def places(found: Attempt) -> list[int]:
    return np.flatnonzero(found.hidden).tolist()


@pytest.mark.parametrize(
    ("width", "hidden"),
    [
        # With the inner cells alone 2 can rise by 3 and fall by 2.
        (0.0, [4, 5, 7, 8]),
        (4.0, [4, 5, 7, 8]),
        (5.0, [4, 5, 7, 8]),
        # With the totals of the rows it can rise by 40; the total of all cannot rise.
        (6.0, [3, 4, 6, 7]),
        (42.0, [3, 4, 6, 7]),
        (43.0, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_cells_are_added_until_the_interval_is_wide_enough(width: float, hidden: list[int]) -> None:
    protect = asked(SQUARE, 4, width=width)
    for found in (widened(SQUARE, protect), hide(SQUARE, protect, limit=60)):
        assert (found.safe, found.reason) == (True, "")
        assert places(found) == hidden


def test_a_width_that_no_pattern_gives_is_told() -> None:
    for width, safe_ in ((95.0, True), (96.0, False)):  # as large as the total of all, no larger
        found = widened(SQUARE, asked(SQUARE, 4, width=width))
        assert found.safe == safe_
    assert found.left.tolist() == [4]
    assert found.reason == "1 of 1 unsafe cells cannot be protected by hiding other cells"


def test_a_cell_that_cannot_be_protected_does_not_keep_others_from_it() -> None:
    protect = Protect(np.isin(np.arange(9), [4, 8]), np.where(np.arange(9) == 8, 1e4, 6.0), np.zeros(9, dtype=bool))
    found = widened(SQUARE, protect)
    assert found.left.tolist() == [8]
    assert found.reason == "1 of 2 unsafe cells cannot be protected by hiding other cells"
    assert not unprotected(SQUARE, asked(SQUARE, 4, width=6.0), found.hidden).size


def test_what_everybody_knows_is_neither_attacked_nor_hidden() -> None:
    protect = asked(SQUARE, 4, width=6.0, known=(7,))
    found = widened(SQUARE, protect)
    assert (found.safe, places(found)) == (True, [1, 2, 3, 4, 6, 8])
    assert exposed(SQUARE, protect, found.hidden) == []
    sure = asked(SQUARE, 4, width=6.0, known=(4,))
    assert (widened(SQUARE, sure).left.tolist(), places(widened(SQUARE, sure))) == ([], [4])


@pytest.mark.parametrize(("width", "left"), [(5.0, []), (6.0, [4])])
def test_a_total_that_everybody_knows_bounds_its_parts(width: float, left: list[int]) -> None:
    assert widened(SQUARE, asked(SQUARE, 4, width=width, known=(3,))).left.tolist() == left


def test_a_pattern_that_is_wide_enough_stays_as_it_is() -> None:
    assert places(widened(SQUARE, asked(SQUARE, 4, width=5.0), *range(9))) == list(range(9))


@pytest.mark.parametrize(
    ("before", "hidden"), [([], [3, 4, 6, 7]), ([2], [2, 3, 4, 6, 7]), ([0, 1], [0, 1, 3, 4, 6, 7])]
)
def test_cells_hidden_whatever_happens_stay_hidden_and_cost_nothing(before: list[int], hidden: list[int]) -> None:
    fixed = np.isin(np.arange(9), [4, *before])
    found = confirm(SQUARE, asked(SQUARE, 4, width=6.0), fixed, fixed, limit=60, start=time.process_time())
    assert places(found) == hidden


def test_a_way_through_hidden_cells_is_taken_though_others_are_cheap() -> None:
    # 2 is protected with the totals of the second row, or of the third; of that all but its own total is hidden.
    costs = np.where(np.isin(np.arange(12), [6, 7]), 0.5, 1.0)
    table = crossed(np.array([[2.0, 3], [40, 50], [40, 50]]), costs=costs)
    fixed = np.isin(np.arange(12), [4, 9, 10])
    found = confirm(table, asked(table, 4, width=6.0), fixed, fixed, limit=60, start=time.process_time())
    assert (found.safe, places(found)) == (True, [3, 4, 9, 10])


def test_only_the_cells_of_the_cheapest_change_are_hidden() -> None:
    # All cells hidden, and then cleared of superfluous ones, would be six cells for 171 in place of three for 112.
    table = crossed(np.array([[25.0, 49, 9], [36, 0, 16], [9, 0, 25]]))
    assert places(widened(table, asked(table, 0, width=10.0))) == [0, 3, 12, 15]


@pytest.mark.parametrize(("ceiling", "safe_"), [(99.0, False), (100.0, True)])
def test_a_higher_ceiling_leaves_more_room(ceiling: float, safe_: bool) -> None:
    wide = asked(SQUARE, 4, width=100.0)
    for found in (widened(SQUARE, wide, ceiling=ceiling), hide(SQUARE, wide, limit=60, ceiling=ceiling)):
        assert found.safe == safe_
        assert (unprotected(SQUARE, wide, found.hidden, ceiling=ceiling).size == 0) == safe_


def random_case(seed: int, shape: tuple[int, ...]) -> tuple[AdditiveTable, Protect]:
    random = np.random.default_rng(seed)
    counted = bool(seed % 2)
    table = crossed(random.integers(0, 9, shape) / (1 if counted else 4), counted=counted)
    unsafe = np.isin(np.arange(len(table)), random.choice(len(table), 1 + seed % 3, replace=False))
    width = np.where(unsafe, random.choice([0.0, 1.0, 2.5, 4.0], len(table)), 0.0)
    return table, Protect(unsafe, width, (table.values == 0) & ~unsafe & (seed % 4 > 1))


@pytest.mark.parametrize("shape", [(2, 2), (2, 3)])
@pytest.mark.parametrize("seed", range(16))
def test_it_is_safe_wherever_hiding_everything_is(seed: int, shape: tuple[int, ...]) -> None:
    table, protect = random_case(seed, shape)
    every = np.flatnonzero(protect.unsafe).tolist()
    beyond = [place for place in every if not safe(table, protect, ~protect.known, place)]
    found = widened(table, protect)
    assert found.left.tolist() == beyond
    assert protects(table, protect, found.hidden, [place for place in every if place not in beyond])


@pytest.mark.parametrize("seed", [9, 10, 12, 17, 28, 46])
def test_any_width_that_hiding_everything_gives_is_given(seed: int) -> None:
    random = np.random.default_rng(seed)
    counted = bool(random.integers(2))
    table = crossed(random.integers(0, 9, (2, 2)) ** 2 / (1 if counted else 4), counted=counted)
    unsafe = np.isin(np.arange(9), random.choice(9, 1 + int(random.integers(2)), replace=False))
    width = np.where(unsafe, random.integers(1, max(2, int(table.values.max())), 9), 0.0)
    protect = Protect(unsafe, width, np.zeros(9, dtype=bool))
    every = np.flatnonzero(unsafe).tolist()
    beyond = [place for place in every if not safe(table, protect, np.ones(9, dtype=bool), place)]
    assert widened(table, protect).left.tolist() == beyond


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 7, 9])
def test_a_small_table_is_protected_near_the_least_cost(seed: int) -> None:
    table, protect = random_case(seed, (2, 2))
    every = np.flatnonzero(protect.unsafe).tolist()
    within = [place for place in every if safe(table, protect, ~protect.known, place)]
    found, nothing = widened(table, protect), np.zeros(len(table), dtype=bool)
    least = next(cost for cost, some in patterns(table, protect, nothing) if protects(table, protect, some, within))
    assert table.price[found.hidden & ~protect.unsafe].sum() <= 1.5 * least + 1e-9


def test_the_search_by_equations_comes_first() -> None:
    # One programme for each cell alone would hide cells for 8.25 here.
    table, protect = random_case(4, (2, 2))
    found = hide(table, protect, limit=60)
    assert (found.safe, table.price[found.hidden & ~protect.unsafe].sum()) == (True, 5.5)


def test_the_search_is_told_what_is_hidden_whatever_happens() -> None:
    found = hide(SQUARE, asked(SQUARE, 4), limit=60, hidden=np.isin(np.arange(9), [0, 1, 3]))
    assert (found.safe, places(found)) == (True, [0, 1, 3, 4])


def test_an_amount_is_protected_though_a_small_interval_is_all_that_is_asked() -> None:
    # The total of all cannot rise: no change to that side is cheap, but it leaves the cell as known as before.
    table = crossed(np.array([[1.25, 0.5], [2.0, 2.0]]), counted=False)
    assert widened(table, asked(table, 0)).safe


@pytest.mark.parametrize(("now", "hidden"), [(9.9, [4, 5, 7, 8]), (10.0, [4]), (10.1, [4])])
def test_after_its_time_nothing_is_added(monkeypatch: pytest.MonkeyPatch, now: float, hidden: list[int]) -> None:
    monkeypatch.setattr(time, "process_time", lambda: now)
    found = widened(SQUARE, asked(SQUARE, 4), start=4.0, limit=6.0)
    assert places(found) == hidden
    assert found.seconds == pytest.approx(now - 4.0)
    late = "after 6 seconds 1 of 1 unsafe cells were not protected yet"
    assert found.reason == ("" if now < 10 else late)


@pytest.mark.parametrize(("now", "word"), [(9.9, "cannot be protected"), (10.0, "not protected yet")])
def test_what_is_left_in_time_can_never_be_protected(monkeypatch: pytest.MonkeyPatch, now: float, word: str) -> None:
    monkeypatch.setattr(time, "process_time", lambda: now)
    assert word in widened(SQUARE, asked(SQUARE, 4, width=1e6), start=4.0, limit=6.0).reason


def test_a_cell_is_left_when_time_ends_while_it_is_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = chain([4.0, 9.9], repeat(20.0))
    monkeypatch.setattr(time, "process_time", lambda: next(moments))
    table = crossed(np.arange(48.0).reshape(6, 8))
    more = [30, 31, 39, 40]  # superfluous, but there is no time to find out
    found = widened(table, asked(table, 12, width=6.0), *more, start=4.0, limit=6.0)
    assert (places(found), found.left.tolist()) == ([12, *more], [12])
    assert found.reason == "after 6 seconds 1 of 1 unsafe cells were not protected yet"
