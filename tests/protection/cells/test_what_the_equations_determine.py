"""Which hidden cells the equations determine, and which stand or fall together, against the null space by SVD."""

from __future__ import annotations

import numpy as np
import pytest
from attackers import random_table
from scipy.linalg import null_space
from scipy.sparse import csr_array

from countersign.model.additive_table import AdditiveTable, Bools
from countersign.protection.cells.dependence import Dependence

ROW = csr_array(np.array([[1.0, -1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, -1.0]]))


def movable(table: AdditiveTable, hidden: Bools) -> Bools:
    """Return the cells that are not 0 in every vector of the null space, (C,), by singular values."""
    moves = null_space(table.matrix.toarray()[:, hidden])
    found = np.zeros(len(table), dtype=bool)
    found[hidden] = (np.abs(moves) > 1e-9).any(axis=1)
    return found


def hidden_part(seed: int, share: float) -> tuple[AdditiveTable, Bools]:
    table, _ = random_table(seed, shape=(2, 2))
    return table, np.random.default_rng(seed).random(len(table)) < share


@pytest.mark.parametrize(
    ("seed", "share", "free"), [(0, 0.5, 0), (0, 0.7, 8), (2, 0.7, 30), (0, 0.8, 56), (1, 0.8, 42), (4, 0.8, 30)]
)
def test_free_cells_are_those_of_the_null_space(seed: int, share: float, free: int) -> None:
    table, hidden = hidden_part(seed, share)
    found = Dependence(table.matrix).free(hidden)
    assert found.tolist() == movable(table, hidden).tolist()
    assert np.count_nonzero(found) == free < np.count_nonzero(hidden)


@pytest.mark.parametrize(("seed", "share"), [(0, 0.7), (2, 0.7), (1, 0.8), (4, 0.8)])
def test_publishing_a_cell_determines_those_it_stands_or_falls_with(seed: int, share: float) -> None:
    table, hidden = hidden_part(seed, share)
    dependence = Dependence(table.matrix)
    free = movable(table, hidden)
    group = dependence.together(dependence.directions(hidden, 3))
    assert ((group >= 0) == free).all()
    for cell in np.flatnonzero(free):
        without = hidden.copy()
        without[cell] = False
        lost = free & ~movable(table, without)
        assert (lost == (group == group[cell])).all()


def test_directions_move_hidden_cells_only_and_keep_every_sum() -> None:
    hidden = np.array([False, True, True, False, True])
    found = Dependence(ROW).directions(hidden, 4)
    assert found.shape == (5, 4)
    assert np.abs(ROW @ found).max() < 1e-8
    assert (found[1] == 0).sum() == 0
    assert np.allclose(found[1], -found[2])
    assert (found[[0, 3, 4]] == 0).all()


def test_nothing_hidden_has_no_direction() -> None:
    dependence = Dependence(ROW)
    assert not dependence.directions(np.zeros(5, dtype=bool), 2).any()
    assert dependence.together(np.zeros((5, 3))).tolist() == [-1] * 5


def test_equations_with_one_unknown_are_solved_again_and_again() -> None:
    chain = csr_array(np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0], [0.0, 0.0, 1.0, -1.0]]))
    assert Dependence(chain).unsolved(np.array([False, True, True, True])).tolist() == [False] * 4
    assert Dependence(chain).unsolved(np.array([True] * 4)).tolist() == [True] * 4


def test_directions_from_a_wider_pattern_are_directions() -> None:
    dependence = Dependence(csr_array(np.array([[1.0, -1.0, -1.0, -1.0]])))
    wide = dependence.directions(np.ones(4, dtype=bool), 2)
    fewer = dependence.directions(np.array([False, True, True, True]), 2, start=wide)
    assert np.abs(fewer.sum(axis=0)).max() < 1e-8
    assert (np.abs(fewer[1:]) > 0).all()
    assert (fewer[0] == 0).all()


def test_dear_cells_move_less_where_movement_is_to_be_cheap() -> None:
    matrix = csr_array(np.array([[1.0, -1.0, -1.0, -1.0, -1.0]]))
    ease = np.array([1e-3, 1.0, 1.0, 1.0, 1e-3])
    found = np.abs(Dependence(matrix).directions(np.ones(5, dtype=bool), 200, ease=ease)).mean(axis=1)
    assert found[[0, 4]].max() < 0.01 * found[1:4].min()


def test_a_push_near_one_cell_leaves_others_alone() -> None:
    apart = csr_array(np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]))
    dependence = Dependence(apart)
    near = dependence.near(0, np.ones(4, dtype=bool))
    assert near.tolist() == [True, True, False, False]
    found = dependence.directions(np.ones(4, dtype=bool), 1, near=near)
    assert (np.abs(found[:2]) > 0.01).all()
    assert np.abs(found[2:]).max() == 0


def test_a_push_is_another_one_every_time() -> None:
    dependence = Dependence(csr_array(np.array([[1.0, 1.0]])))
    both = np.ones(2, dtype=bool)
    found = dependence.directions(both, 3, near=both)
    assert np.allclose(found[0], -found[1])
    assert len(set(found[0].tolist())) == 3
    assert np.abs(found).min() > 0


def test_linked_cells_share_an_equation() -> None:
    chain = csr_array(np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0], [0.0, 0.0, 1.0, -1.0]]))
    one = np.array([True, False, False, False])
    assert Dependence(chain).linked(one).tolist() == [True, True, False, False]
    assert Dependence(chain).near(0, np.array([True, False, True, True])).tolist() == [True, False, True, False]


def test_a_direction_that_has_arrived_waits_for_the_others() -> None:
    # The first column keeps the sum already, the second moves nothing, the third has to be corrected.
    dependence = Dependence(csr_array(np.array([[1.0, -1.0, -1.0, -1.0]])))
    start = np.array([[1.0, 0.0, 1.0], [1.0, 0.0, 2.0], [0.0, 0.0, 3.0], [0.0, 0.0, 4.0]])
    found = dependence.directions(np.ones(4, dtype=bool), 3, start=start)
    assert np.allclose(found.T, [[1, 1, 0, 0], [0, 0, 0, 0], [3, 0, 1, 2]])


def test_a_short_direction_is_as_exact_as_a_long_one() -> None:
    dependence = Dependence(csr_array(np.array([[1.0, -1.0, -1.0, -1.0]])))
    start = np.array([[1.0, 1e12], [2.0, 1e12], [3.0, 0.0], [4.0, 0.0]])  # the long one keeps the sum already
    found = dependence.directions(np.ones(4, dtype=bool), 2, start=start)
    assert np.allclose(found[:, 0], [3, 0, 1, 2])


def test_a_direction_is_the_nearest_that_keeps_every_sum() -> None:
    table, _ = random_table(3, shape=(2, 2))
    everything = np.ones(len(table), dtype=bool)
    start = np.random.default_rng(0).normal(size=(len(table), 2)) * [1.0, 1e6]
    moves = null_space(table.matrix.toarray())
    found = Dependence(table.matrix).directions(everything, 2, start=start)
    assert found == pytest.approx(moves @ (moves.T @ start), abs=1e-7 * 1e6)
    assert found[:, 0] == pytest.approx(moves @ (moves.T @ start[:, 0]), abs=1e-7)
    assert np.abs(table.matrix @ found).max(axis=0) == pytest.approx(np.zeros(2), abs=1e-2)


def test_a_direction_that_is_not_found_moves_nothing() -> None:
    # Cells that move a billionth of what others do: no digits are left to say that a sum is kept.
    table, _ = random_table(0, shape=(3, 2), mean=4)
    ease = np.logspace(-12, 0, len(table))[np.random.default_rng(1).permutation(len(table))]
    assert not Dependence(table.matrix).directions(np.ones(len(table), dtype=bool), 2, ease=ease).any()


def test_the_same_equations_are_moved_in_the_same_directions() -> None:
    table, _ = random_table(1)
    everything = np.ones(len(table), dtype=bool)
    one, other = (Dependence(table.matrix).directions(everything, 2) for _ in range(2))
    assert (one == other).all()
    assert (Dependence(table.matrix, seed=8).directions(everything, 2) != one).any()


def test_cells_of_one_ray_are_together_however_long_and_whichever_way_they_move() -> None:
    together = Dependence(ROW).together
    ray, other = np.array([3.0, -4.0, 12.0]), np.array([3.0, -4.0, 12.1])
    numbers = together(np.array([ray, -2e-4 * ray, np.zeros(3), other, 7e3 * other, ray + 1e-6]))
    assert numbers[0] == numbers[1] == numbers[5] != numbers[3] == numbers[4]
    assert numbers.min() == numbers[2] == -1
    assert sorted({*numbers.tolist()}) == [-1, 0, 1]
