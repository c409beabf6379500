"""The cheapest change of a table that keeps its equations: as cheap as a second solver finds it, within its bounds."""

from __future__ import annotations

from itertools import product
from math import inf

import numpy as np
import pytest
from attackers import square
from scipy.optimize import linprog
from scipy.sparse import csr_array
from small_tables import crossed

from countersign.model.additive_table import AdditiveTable
from countersign.protection.cells.moving import Moves

SQUARE = square([[2, 30], [40, 50]])
#      c0   c1  c2        0 1 2
# r0  122   42  80        3 4 5
# r1   32    2  30        6 7 8
# r2   90   40  50
ALIKE = np.ones(9)


def moves(table: AdditiveTable, costs: np.ndarray, *, bounded: bool = False) -> Moves:
    """Return the programme of a table; bounded: values stay between 0 and the grand total."""
    found = Moves(table.matrix, costs, until=inf)
    if bounded:
        found.bound(table.values, table.values.max() - table.values)
    return found


def cheapest(
    table: AdditiveTable, costs: np.ndarray, least: np.ndarray, most: np.ndarray, *, aim: np.ndarray | None = None
) -> float:
    """Return the least sum of costs |v| of all v with A v = 0 and least <= v <= most; or the largest aim @ v."""
    count = len(table)
    ends, width = table.matrix.toarray(), len(table.equations)
    if aim is not None:
        solved = linprog(-aim, A_eq=ends, b_eq=np.zeros(width), bounds=np.transpose([least, most]))
        return -float(solved.fun)
    # v and a size of at least |v| for each cell
    one = np.eye(count)
    solved = linprog(
        np.concatenate([np.zeros(count), costs]),
        A_ub=np.block([[one, -one], [-one, -one]]),
        b_ub=np.zeros(2 * count),
        A_eq=np.hstack([ends, np.zeros_like(ends)]),
        b_eq=np.zeros(width),
        bounds=[*zip(least, most, strict=True), *[(0, None)] * count],
    )
    return float(solved.fun) if solved.status == 0 else inf


def random_case(seed: int) -> tuple[AdditiveTable, np.ndarray]:
    random = np.random.default_rng(seed)
    table = crossed(random.integers(0, 9, [(2, 3), (3, 3), (2, 2, 2)][seed % 3]).astype(float))
    return table, random.choice([0.0, 0.0, 1.0, 3.0, 20.0], len(table))


@pytest.mark.parametrize("seed", range(6))
def test_several_cells_move_to_their_sides_at_the_least_cost(seed: int) -> None:
    table, costs = random_case(seed)
    random, work = np.random.default_rng(seed), moves(table, costs)
    for count in (1, 2, 3):  # again and again, from where the last programme ended
        cells = random.choice(len(table), count, replace=False)
        sides = random.choice([-0.3, 2.0], count)
        least, most = np.full(len(table), -inf), np.full(len(table), inf)
        least[cells[sides > 0]], most[cells[sides < 0]] = 1.0, -1.0
        change, price = work.together(cells, sides), cheapest(table, costs, least, most)
        if change is None:
            assert price == inf
            continue
        assert np.abs(table.matrix @ change).max() < 1e-9
        assert (change * np.sign(sides[0]))[cells[0]] >= 1 - 1e-9
        assert (change[cells] * np.sign(sides) >= 1 - 1e-9).all()
        assert costs @ np.abs(change) == pytest.approx(price)


def test_cells_that_cannot_move_as_asked_are_told() -> None:
    # Both parts of a row rise and its total falls.
    work = moves(SQUARE, ALIKE)
    assert work.together(np.array([4, 5, 3]), np.array([1.0, 1.0, -1.0])) is None
    assert work.together(np.array([4, 5]), np.array([1.0, 1.0])) is not None


@pytest.mark.parametrize(("side", "rises"), [(-0.1, False), (0.0, False), (0.1, True)])
def test_a_cell_rises_whose_side_is_above_zero(side: float, rises: bool) -> None:
    change = moves(SQUARE, ALIKE).together(np.array([4]), np.array([side]))
    assert change is not None
    assert (change[4] > 0) == rises


def test_a_programme_without_cells_has_no_change() -> None:
    nothing = np.zeros(0, dtype=int)
    work = Moves(SQUARE.matrix[:, nothing].tocsr(), np.zeros(0), until=inf)
    assert work.together(nothing, np.zeros(0)) is None


def test_equations_that_say_the_same_again_change_nothing() -> None:
    # Two cells, of which each rises by as much as the other, as three equations say.
    change = Moves(csr_array(np.array([[1.0, -1.0]] * 3)), np.ones(2), until=inf).together(np.array([0]), np.ones(1))
    assert change is not None
    assert change.tolist() == pytest.approx([1.0, 1.0])


def test_a_cell_that_costs_nothing_moves_all_the_same_and_not_back_and_forth() -> None:
    work = moves(SQUARE, np.zeros(9))
    for side in (1.0, -1.0):
        change = work.together(np.array([4]), np.array([side]))
        assert change is not None
        assert side * change[4] >= 1


def test_bounds_hold_for_several_cells_too() -> None:
    work = moves(SQUARE, ALIKE)
    work.bound(np.where(np.arange(9) == 5, 0.5, inf), np.where(np.arange(9) == 7, 0.5, inf))
    change = work.together(np.array([4]), np.array([1.0]))
    assert change is not None
    assert change[5] >= -0.5
    assert change[7] <= 0.5
    work.bound(np.full(9, 0.9), np.full(9, 0.9))
    assert work.together(np.array([4]), np.array([1.0])) is None
    work.bound(np.full(9, 1.0), np.full(9, 1.0))
    assert work.together(np.array([4]), np.array([1.0])) is not None


def moved(change: np.ndarray | None) -> list[int]:
    assert change is not None
    return np.flatnonzero(np.abs(change) > 1e-6).tolist()


def test_opened_cells_cost_nothing_from_then_on() -> None:
    costs = np.array([3.0, 3, 3, 3, 3, 1, 3, 1, 1])  # the inner rectangle is the cheapest
    work, up = moves(SQUARE, costs), np.array([1.0])
    assert moved(work.together(np.array([4]), up)) == [4, 5, 7, 8]
    work.open(np.array([0, 1, 3]))
    assert moved(work.together(np.array([4]), up)) == [0, 1, 3, 4]
    assert moved(work.together(np.array([4]), -up)) == [0, 1, 3, 4]


def test_a_discount_is_of_the_first_cost_and_for_the_next_programmes_only() -> None:
    costs = np.array([3.0, 3, 3, 3, 3, 1, 3, 1, 1])
    work = moves(SQUARE, costs)
    for share, cells in ((0.5, [4, 5, 7, 8]), (0.3, [0, 1, 3, 4]), (0.5, [4, 5, 7, 8])):
        work.discount(np.where(np.isin(np.arange(9), [0, 1, 3]), share, 1.0))
        for side in (1.0, -1.0):
            assert moved(work.together(np.array([4]), np.array([side]))) == cells


@pytest.mark.parametrize(("side", "size"), list(product((1.0, -1.0), (1.0, 3.0, 31.0, 200.0))))
def test_a_cell_moves_by_the_size_or_as_far_as_it_goes_at_the_least_cost(side: float, size: float) -> None:
    costs = SQUARE.price / SQUARE.price.max()
    work = moves(SQUARE, costs, bounded=True)
    lower, upper = -SQUARE.values, SQUARE.values.max() - SQUARE.values
    for cell in (4, 0, 4):
        found = work.towards(cell, side, size)
        assert found is not None
        change, paid = found
        assert np.abs(SQUARE.matrix @ change).max() < 1e-9
        assert (change >= lower - 1e-9).all()
        assert (change <= upper + 1e-9).all()
        farthest = cheapest(SQUARE, costs, lower, upper, aim=side * (np.arange(9) == cell))
        assert side * change[cell] == pytest.approx(min(size, farthest), abs=1e-9)
        exactly = np.where(np.arange(9) == cell, change, 0.0)
        least, most = np.where(exactly, exactly, lower), np.where(exactly, exactly, upper)
        assert costs @ np.abs(change) == pytest.approx(cheapest(SQUARE, costs, least, most))
        # What is paid is the price of the cells that move; where the change falls short, more than that of all.
        price = costs[np.abs(change) > 1e-6].sum()
        if size <= farthest:
            assert paid == pytest.approx(price)
        else:
            assert paid > price + costs.sum()


@pytest.mark.parametrize("unit", [0.01, 1.0])
def test_what_is_paid_is_in_shares_of_the_dearest_cell_and_nothing_for_opened_ones(unit: float) -> None:
    work = moves(SQUARE, unit * np.array([9.0, 9, 9, 9, 2, 3, 9, 4, 10]), bounded=True)
    found = work.towards(4, 1.0, 5.0)
    assert found is not None
    assert (moved(found[0]), found[1]) == ([4, 5, 7, 8], pytest.approx(0.2 + 0.3 + 0.4 + 1.0))
    work.open(np.array([5, 8]))
    found = work.towards(4, -1.0, 2.0)
    assert found is not None
    assert found[1] == pytest.approx(0.2 + 0.4)


def test_where_nothing_costs_anything_a_cell_moves_as_far_as_it_goes() -> None:
    for side, far in ((1.0, 80.0), (-1.0, 2.0)):
        found = moves(SQUARE, np.zeros(9), bounded=True).towards(4, side, far)
        assert found is not None
        assert (side * found[0][4], found[1]) == (pytest.approx(far), 0.0)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
def test_falling_short_costs_more_than_every_cell_together_whatever_the_unit(scale: float) -> None:
    work, paid = moves(SQUARE, ALIKE, bounded=True), []
    work.bound(SQUARE.values * scale, (SQUARE.values.max() - SQUARE.values) * scale)
    for size in (1.9, 2.0, 2.1, 3.0, 4.0):  # it can fall by 2
        found = work.towards(4, -1.0, size * scale)
        assert found is not None
        paid.append(found[1])
    assert paid[:2] == pytest.approx([4.0, 4.0])
    assert paid[2] > paid[1] + 9
    assert paid[2] < paid[3] < paid[4]


def test_a_programme_ends_with_its_time() -> None:
    table = crossed(np.random.default_rng(1).integers(1, 99, (12, 12, 4)).astype(float))
    cells = np.arange(len(table))[-60:]
    sides = np.where(np.arange(60) % 2, 1.0, -1.0)
    late = Moves(table.matrix, table.price, until=0.0)
    assert late.together(cells, sides) is None
    assert Moves(table.matrix, table.price, until=inf).together(cells, sides) is not None
