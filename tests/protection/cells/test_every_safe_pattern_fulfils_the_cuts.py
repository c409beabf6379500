"""A cut asks nothing that a safe pattern lacks, and asks for more than there is in the pattern it was found for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from drawn_problems import drawn

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.protection.cells.attacking import Attacker, narrow
from countersign.protection.cells.cuts import Cut, Separation
from countersign.protection.cells.master import Master

KNOWN = 1000
SEEDS = (15, 31, 33, KNOWN + 15, KNOWN + 33)


def problem(seed: int) -> tuple[Attacker, Bools, Bools]:
    """Return an attacker, the cells hidden in every pattern, and those that can be of use.

    From `KNOWN` on everybody knows the cells of the last row, from which its total follows.
    """
    table, protect, _, ceiling = drawn(seed % KNOWN)
    if seed >= KNOWN:
        known = np.array([cell[0] == table.cells[-1][0] for cell in table.cells])
        protect = Protect(protect.unsafe, protect.width, known & (np.cumsum(known) > 1))
    attacker = Attacker(table, protect, ceiling)
    usable = attacker.open(np.ones(len(table), dtype=bool))
    return attacker, protect.unsafe & usable, usable


@cache
def safe_patterns(seed: int, place: int) -> list[Bools]:
    """Return patterns that protect a cell and would not without any one of their other cells."""
    attacker, settled, usable = problem(seed)
    random, found = np.random.default_rng(seed), []
    for _ in range(2):
        hidden = usable.copy()
        for cell in random.permutation(np.flatnonzero(usable & ~settled)):
            hidden[cell] = False
            hidden[cell] = narrow(attacker, hidden, np.array([place])).size > 0
        found.append(hidden)
    return found


def hold(seed: int, cuts: list[Cut], share: np.ndarray) -> None:
    """Hold cuts against the pattern they were found for and against safe ones."""
    _, _, usable = problem(seed)
    for cut in cuts:
        assert usable[cut.columns].all()
        assert (cut.weights > 0).all()
        assert cut.weights @ share[cut.columns] < 1 - 1e-4
        assert all(cut.weights @ hidden[cut.columns] >= 1 - 1e-6 for hidden in safe_patterns(seed, cut.place))


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_pattern(seed: int) -> None:
    attacker, settled, usable = problem(seed)
    random = np.random.default_rng(seed)
    separation, found = Separation(attacker, settled, usable), 0
    for _ in range(3):
        hidden = settled | (usable & (random.random(len(usable)) < 0.5))
        left = narrow(attacker, hidden, np.flatnonzero(settled))
        cuts = separation.of_pattern(hidden, left)
        assert {cut.place for cut in cuts} == set(left.tolist())
        hold(seed, cuts, hidden)
        found += len(cuts)
    assert found


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_pattern_in_part(seed: int) -> None:
    attacker, settled, usable = problem(seed)
    random = np.random.default_rng(seed)
    separation, found = Separation(attacker, settled, usable), 0
    for _ in range(3):
        share = np.where(settled, 1.0, np.where(usable, random.choice([0.0, 0.1, 0.5, 1.0], len(usable)), 0.0))
        cuts = separation.of_shares(share, np.flatnonzero(settled))
        hold(seed, cuts, share)
        found += len(cuts)
    assert found


@pytest.mark.parametrize("seed", SEEDS)
def test_of_single_equations(seed: int) -> None:
    attacker, settled, usable = problem(seed)
    cuts = Master(attacker, attacker.table.price, settled, usable, settled).started()
    for cut in cuts:
        assert all(cut.weights @ hidden[cut.columns] >= 1 - 1e-6 for hidden in safe_patterns(seed, cut.place))


def chain(value: float, part: float) -> tuple[AdditiveTable, Protect]:
    """Return 0 + 1 + 2 = 3 with cell 0 unsafe."""
    values = np.array([value, part, 4.0, value + part + 4.0])
    table = AdditiveTable(
        ("cell",), tuple((str(place),) for place in range(4)), values, values.astype(np.int64), ((3, (0, 1, 2)),)
    )
    return table, Protect(np.arange(4) == 0, np.full(4, 6.0), np.zeros(4, dtype=bool))


@pytest.mark.parametrize(
    ("value", "weights"), [(6.0, None), (5.0, [1, 1, 1]), (3.0, [2 / 3, 1, 1]), (0.0, [1 / 3, 4 / 6, 1])]
)
def test_a_cell_that_cannot_fall_far_enough_needs_others_that_make_up_for_it(
    value: float, weights: list[float] | None
) -> None:
    table, protect = chain(value, 2.0)
    attacker = Attacker(table, protect)
    every = np.ones(4, dtype=bool)
    cuts = Master(attacker, table.price, protect.unsafe, every, protect.unsafe).started()
    if weights is None:
        assert cuts == []
    else:
        (cut,) = cuts
        assert (cut.place, cut.columns.tolist()) == (0, [1, 2, 3])
        assert cut.weights == pytest.approx(weights)


def test_each_equation_of_a_cell_but_those_it_is_the_total_of_asks_for_others_that_can_be_of_use() -> None:
    # 0 = 1 + 2, 3 = 0 + 4, 5 = 0 + 6; cell 6 is known whatever is hidden.
    values = np.array([3.0, 1.0, 2.0, 7.0, 4.0, 9.0, 6.0])
    names = tuple((str(place),) for place in range(7))
    equations = ((0, (1, 2)), (3, (0, 4)), (5, (0, 6)))
    table = AdditiveTable(("cell",), names, values, values.astype(np.int64), equations)
    protect = Protect(np.arange(7) == 0, np.full(7, 5.0), np.zeros(7, dtype=bool))
    cuts = Master(Attacker(table, protect), table.price, protect.unsafe, np.arange(7) != 6, protect.unsafe).started()
    assert [(cut.place, cut.columns.tolist()) for cut in cuts] == [(0, [4, 3]), (0, [5])]


@pytest.mark.parametrize("settled", [(0,), (0, 1, 2, 3, 5)])
def test_an_interval_that_is_wide_enough_but_holds_too_few_whole_numbers_is_cut_too(settled: tuple[int, ...]) -> None:
    # As 3 is 0 to 2, cell 2 is 1 to 3, and 0 half of that: 0.5 to 1.5, with one whole number.
    values = np.array([1.0, 1.0, 2.0, 1.0, 3.0, 1.0, 2.0])
    equations = ((1, (0,)), (2, (0, 1)), (4, (2, 3)), (6, (3, 5)))
    names = tuple((str(place),) for place in range(7))
    table = AdditiveTable(("cell",), names, values, values.astype(np.int64), equations)
    protect = Protect(np.arange(7) == 0, np.ones(7), np.zeros(7, dtype=bool))
    hidden, every = np.isin(np.arange(7), [0, 1, 2, 3, 5]), np.ones(7, dtype=bool)
    separation = Separation(Attacker(table, protect), np.isin(np.arange(7), settled), every)
    cuts = separation.of_pattern(hidden, np.array([0]))
    assert cuts
    for cut in cuts:
        assert cut.weights @ hidden[cut.columns] < 1
        assert cut.weights.sum() >= 1
        assert {4, 6} & set(cut.columns.tolist())
