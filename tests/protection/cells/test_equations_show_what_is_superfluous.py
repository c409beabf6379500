"""Cells that the equations alone show to be superfluous are published again, dearest first; held against the SVD."""

from __future__ import annotations

import time

import numpy as np
import pytest
from attackers import random_table
from scipy.linalg import null_space
from scipy.sparse import csr_array

from countersign.model.additive_table import AdditiveTable, Bools
from countersign.protection.cells.dependence import Dependence
from countersign.protection.cells.reducing import thin

LATER, PAST = np.inf, -1.0


def movable(matrix: csr_array, hidden: Bools) -> Bools:
    """Return the hidden cells that the equations do not determine, (C,)."""
    moves = null_space(matrix.toarray()[:, hidden])
    found = np.zeros(len(hidden), dtype=bool)
    found[hidden] = (np.abs(moves) > 1e-9).any(axis=1)
    return found


def without(hidden: Bools, cell: int) -> Bools:
    found = hidden.copy()
    found[cell] = False
    return found


def mask(count: int, *places: int) -> Bools:
    return np.isin(np.arange(count), places)


def drawn(seed: int) -> tuple[AdditiveTable, Bools, Bools]:
    """A table, what is hidden in it and, of that, what is unsafe and not determined."""
    table, protect = random_table(seed, shape=(2, 2))
    hidden = protect.unsafe | (np.random.default_rng(seed).random(len(table)) < 0.85)
    return table, hidden, protect.unsafe & movable(table.matrix, hidden)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_left_that_no_unsafe_cell_needs(seed: int) -> None:
    table, hidden, unsafe = drawn(seed)
    found, directions = thin(Dependence(table.matrix), hidden, unsafe, table.price, until=LATER)
    assert unsafe.any()
    assert not (found & ~hidden).any()
    assert np.count_nonzero(found) < np.count_nonzero(hidden)
    free = movable(table.matrix, found)
    assert free.tolist() == found.tolist()
    assert free[unsafe].all()
    for cell in np.flatnonzero(found & ~unsafe):
        assert not movable(table.matrix, without(found, int(cell)))[unsafe].all()
    assert directions.shape == (len(table), 3)
    assert directions.any(axis=1).tolist() == found.tolist()
    assert np.abs(table.matrix @ directions).max() < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_without_time_only_determined_cells_are_published(seed: int) -> None:
    table, hidden, unsafe = drawn(seed)
    found, directions = thin(Dependence(table.matrix), hidden, unsafe, table.price, until=PAST)
    assert found.tolist() == movable(table.matrix, hidden).tolist()
    assert directions.any(axis=1).tolist() == found.tolist()


def test_time_is_up_at_the_moment_that_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 5.0)
    sides = Dependence(csr_array(np.array([[1.0, 1.0, 1.0]])))
    for until, left in ((5.0, 3), (5.5, 2)):
        found, _ = thin(sides, np.ones(3, dtype=bool), mask(3, 0), np.array([1.0, 2.0, 3.0]), until=until)
        assert np.count_nonzero(found) == left


def test_of_cells_that_serve_alike_the_cheapest_is_kept() -> None:
    many = 9
    sides = Dependence(csr_array(np.ones((1, many))))
    for cheapest in range(1, many):
        costs = np.where(np.arange(many) == cheapest, 1.0, 2.0 + np.arange(many))
        found, _ = thin(sides, np.ones(many, dtype=bool), mask(many, 0), costs, until=LATER)
        assert np.flatnonzero(found).tolist() == [0, cheapest]


def test_of_groups_that_serve_alike_the_one_that_is_cheapest_as_a_whole_is_kept() -> None:
    # 0 needs 1, or 2 and 3 together, or 4 and 5 together.
    loops = csr_array(np.array([[1.0, 1, 1, 0, 1, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1]]))
    for costs, kept in (((9, 5, 3, 3, 3, 3), [1]), ((9, 7, 3, 3, 9, 1), [2, 3]), ((9, 7, 5, 5, 4, 2), [4, 5])):
        found, _ = thin(Dependence(loops), np.ones(6, dtype=bool), mask(6, 0), np.array(costs, float), until=LATER)
        assert np.flatnonzero(found).tolist() == [0, *kept]


def test_cells_that_cost_nothing_stay_where_they_can_move() -> None:
    sides = Dependence(csr_array(np.array([[1.0, 1, 1, 0, 0], [0, 0, 0, 1, 0]])))
    found, _ = thin(sides, np.ones(5, dtype=bool), mask(5, 0), np.array([1.0, 0, 2, 0, 1]), until=LATER)
    assert np.flatnonzero(found).tolist() == [0, 1]


def test_an_unsafe_cell_stays_and_so_does_what_stands_or_falls_with_it() -> None:
    pairs = Dependence(csr_array(np.array([[1.0, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1]])))
    costs = np.array([1.0, 9, 5, 5, 2, 7])
    found, _ = thin(pairs, np.ones(6, dtype=bool), mask(6, 0, 5), costs, until=LATER)
    assert np.flatnonzero(found).tolist() == [0, 1, 4, 5]
    nothing, _ = thin(pairs, np.ones(6, dtype=bool), mask(6), costs, until=LATER)
    assert not nothing.any()


def test_cells_that_cost_nothing_are_no_reason_to_publish_them() -> None:
    sides = Dependence(csr_array(np.ones((1, 5))))
    found, _ = thin(sides, np.ones(5, dtype=bool), mask(5, 0), np.array([1.0, 0, 3, 0, 2]), until=LATER)
    assert np.flatnonzero(found).tolist() == [0, 1, 3]


def test_of_two_that_cannot_both_go_the_dearer_one_goes() -> None:
    # 0 needs 1 or 2, and 3 needs 4 or 5.
    both = Dependence(csr_array(np.array([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])))
    for costs, kept in (((1, 9, 8, 1, 5, 4), [2, 5]), ((1, 8, 9, 1, 5, 4), [1, 5]), ((1, 5, 4, 1, 8, 9), [2, 4])):
        found, _ = thin(both, np.ones(6, dtype=bool), mask(6, 0, 3), np.array(costs, float), until=LATER)
        assert np.flatnonzero(found).tolist() == sorted([0, 3, *kept])
