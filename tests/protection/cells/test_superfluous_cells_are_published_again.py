"""A pattern that hides too much is reduced, and stays as safe as it was."""

from __future__ import annotations

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square, tables
from hypothesis import given, settings
from small_tables import crossed, protects

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.protection.cells import reducing
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


@pytest.mark.parametrize(("seed", "unit"), [(1, 1.0), (5, 1.0), (9, 1.0), (9, 0.5)])
def test_where_intervals_must_be_wide_no_single_cell_more_can_be_published(seed: int, unit: float) -> None:
    random = np.random.default_rng(seed)
    table = crossed(random.integers(0, 7, (3, 4)) * unit, counted=unit == 1)
    unsafe = (table.values > 0) & (table.values <= 2)
    width = np.where(unsafe, random.choice([1, 3, 5, 8], len(table)), 0.0)
    protect = Protect(unsafe, width, (table.values == 0) & (random.random(len(table)) < 0.5))
    found = reduce(table, protect, np.ones(len(table), dtype=bool), limit=60)
    places = np.flatnonzero(unsafe).tolist()
    assert protects(table, protect, found, places)
    for cell in np.flatnonzero(found & ~unsafe):
        assert not protects(table, protect, found & (np.arange(len(table)) != cell), places)


def row(*parts: float, costs: list[float]) -> AdditiveTable:
    """A total, which is shown and dear, and its parts."""
    values = np.array([sum(parts), *parts])
    return AdditiveTable(
        ("x",), tuple((str(n),) for n in range(len(values))), values, values.astype(int),
        ((0, tuple(range(1, len(values)))),), costs=np.array([1e6, 1.0, *costs]),
    )  # fmt: skip


@pytest.mark.parametrize("width", [1, 2, 3, 4, 9, 20])
def test_as_many_of_the_cheapest_are_kept_as_the_width_needs(width: int) -> None:
    # One person each in the unsafe cell and in twenty others: with w - 1 of these it is anything from 0 to w.
    costs = np.random.default_rng(width).permutation(np.arange(1.0, 21.0))
    table = row(*[1.0] * 21, costs=costs.tolist())
    hidden = np.arange(22) > 0
    found = reduce(table, asked(table, 1, width=float(width)), hidden, limit=60)
    kept = np.flatnonzero(found).tolist()
    assert kept[0] == 1
    assert sorted(costs[place - 2] for place in kept[1:]) == list(range(1, max(width, 2)))


def rows(count: int) -> AdditiveTable:
    """Totals that are shown, and in each an unsafe cell, a cheap one and a dear one, of one person each."""
    values = np.array([3.0, 1.0, 1.0, 1.0] * count)
    equations = tuple((4 * n, (4 * n + 1, 4 * n + 2, 4 * n + 3)) for n in range(count))
    return AdditiveTable(
        ("x",), tuple((str(n),) for n in range(len(values))), values, values.astype(int), equations,
        costs=np.array([9.0, 1.0, 1.0, 2.0] * count),
    )  # fmt: skip


@pytest.mark.parametrize("wide", range(5))
def test_of_many_unsafe_cells_the_one_that_needs_a_width_keeps_what_it_needs(
    wide: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reducing, "FEW", 2)  # so many are asked of the attacker at a time
    table = rows(5)
    place = np.arange(len(table))
    protect = asked(table, *place[place % 4 == 1].tolist())
    protect.width[4 * wide + 1] = 3
    found = reduce(table, protect, place % 4 > 0, limit=60)
    dear = np.flatnonzero(found & (place % 4 == 3)).tolist()
    assert found[(place % 4 == 1) | (place % 4 == 2)].all()
    assert dear == [4 * wide + 3]


def test_what_is_needed_in_one_batch_of_many_is_no_reason_to_keep_the_others() -> None:
    table, wide = rows(20), 19
    place = np.arange(len(table))
    protect = asked(table, *place[place % 4 == 1].tolist())
    protect.width[4 * wide + 1] = 3
    found = reduce(table, protect, place % 4 > 0, limit=60)
    assert np.flatnonzero(found & (place % 4 == 3)).tolist() == [4 * wide + 3]


@pytest.mark.parametrize("order", [(3.0, 5.0), (5.0, 3.0)])
def test_an_unsafe_cell_that_cannot_be_protected_stays_hidden(order: tuple[float, float]) -> None:
    # Three cells of one person each can be wide by 3, so one unsafe cell keeps both others and one is narrow for ever.
    table = rows(2)
    protect = asked(table, 1, 5)
    protect.width[[1, 5]] = order
    found = reduce(table, protect, np.arange(8) % 4 > 0, limit=60)
    wide = 4 * order.index(3.0)
    assert np.flatnonzero(found).tolist() == sorted({1, 5, wide + 1, wide + 2, wide + 3})
