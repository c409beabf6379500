"""The master problem against all patterns of a small table: no cell is alone in an equation, and every cut holds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from small_tables import crossed

from countersign.model.additive_table import Bools, Protect
from countersign.model.cells import Floats
from countersign.protection.cells.attacking import Attacker
from countersign.protection.cells.cuts import Cut
from countersign.protection.cells.master import Master

FREE = {"lower": np.zeros(9, dtype=bool), "upper": np.ones(9, dtype=bool), "moment": np.inf}


def problem(seed: int, cuts: int = 0) -> Master:
    """Return a problem of nine cells with random costs, hidden and useless cells, and cuts."""
    random = np.random.default_rng(seed)
    table = crossed(random.integers(1, 9, (2, 2)))
    settled, usable = random.random(9) < 0.2, random.random(9) < 0.9
    settled[4 + seed % 5], usable[4 + seed % 5] = True, True
    nothing = np.zeros(9, dtype=bool)
    costs = np.where(settled, 0.0, random.integers(1, 30, 9) / 4)
    found = Master(Attacker(table, Protect(settled, np.zeros(9), nothing)), costs, settled & usable, usable, nothing)
    found.add([cut(random, usable) for _ in range(cuts)])
    return found


def cut(random: np.random.Generator, usable: Bools) -> Cut:
    """Return what asks for some cells to be hidden, two of them or so."""
    columns = random.permutation(np.flatnonzero(usable))[:4]
    return Cut(0, columns, random.choice([0.25, 0.5, 1.0], len(columns)))


def cheapest(master: Master, lower: Bools, upper: Bools) -> float:
    """Return the least cost of all patterns that the master problem allows, infinite where there is none."""
    every = np.array(list(product([0, 1], repeat=9)))
    inside = abs(master.attacker.table.matrix.toarray())
    good = ~(every @ inside.T == 1).any(axis=1)
    good &= (every >= master.settled).all(axis=1) & (every <= master.usable).all(axis=1)
    free = master.usable & ~master.settled
    good &= ((every >= lower) | ~free).all(axis=1) & ((every <= upper) | ~free).all(axis=1)
    for one in master.found:
        good &= every[:, one.columns] @ one.weights >= 1 - 1e-9
    return float((every[good] @ master.costs).min(initial=np.inf))


def allowed(master: Master, hidden: Floats) -> bool:
    """Return whether a solution, in whole cells or not, is within its bounds and the cuts."""
    fits = (hidden >= master.settled - 1e-9).all() and (hidden <= master.usable + 1e-9).all()
    return bool(fits and all(one.weights @ hidden[one.columns] >= 1 - 1e-6 for one in master.found))


@pytest.mark.parametrize("cuts", [0, 3])
@pytest.mark.parametrize("seed", range(8))
def test_the_cheapest_pattern_is_that_of_all(seed: int, cuts: int) -> None:
    master = problem(seed, cuts)
    expected, found = cheapest(master, FREE["lower"], FREE["upper"]), master.whole(**FREE)
    assert (found.hidden is None) == (expected == np.inf)
    if found.hidden is not None:
        assert master.costs @ found.hidden == pytest.approx(expected)
        assert found.bound == pytest.approx(expected)
        assert allowed(master, found.hidden)


@pytest.mark.parametrize("seed", range(8))
def test_a_pattern_that_costs_no_more_than_is_enough_is_taken(seed: int) -> None:
    master = problem(seed, 3)
    expected = cheapest(master, FREE["lower"], FREE["upper"])
    if expected == np.inf:
        assert master.whole(**FREE, enough=100.0).hidden is None
        return
    for enough in (expected - 0.25, expected, expected + 0.25, expected + 10):
        found = master.whole(**FREE, enough=enough)
        assert found.hidden is not None
        assert allowed(master, found.hidden)
        assert expected - 1e-6 <= master.costs @ found.hidden <= max(enough, expected) + 1e-6
        assert found.bound <= expected + 1e-6


def test_the_search_ends_with_a_pattern_that_is_cheap_enough_and_else_with_the_proof() -> None:
    # So many cuts of three cells that the solver has a pattern long before it has proven the cheapest one.
    random, nothing = np.random.default_rng(0), np.zeros(25, dtype=bool)
    table = crossed(random.integers(1, 9, (4, 4)))
    cuts = [Cut(0, random.choice(25, 3, replace=False), np.ones(3)) for _ in range(64)]
    master = Master(Attacker(table, Protect(nothing, np.zeros(25), nothing)), table.price, nothing, ~nothing, nothing)
    master.add(cuts)
    bounds = {"lower": nothing, "upper": ~nothing, "moment": np.inf}
    best = master.whole(**bounds)
    assert best.hidden is not None
    least = master.costs @ best.hidden
    assert best.bound == pytest.approx(least)
    ended, proven = (master.whole(**bounds, enough=enough) for enough in (10 * least, least - 1))
    assert ended.hidden is not None
    assert allowed(master, ended.hidden)
    assert ended.bound < least - 1
    assert proven.bound == pytest.approx(least)


@pytest.mark.parametrize("seed", range(8))
def test_cells_are_kept_in_and_out_as_told(seed: int) -> None:
    master, random = problem(seed), np.random.default_rng(seed + 100)
    lower, upper = random.random(9) < 0.2, random.random(9) < 0.8
    upper |= lower
    expected = cheapest(master, lower, upper)
    found = master.whole(lower=lower, upper=upper, moment=np.inf)
    assert (found.hidden is None) == (expected == np.inf)
    if found.hidden is not None:
        assert master.costs @ found.hidden == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(8))
def test_the_relaxation_is_a_bound_and_tells_what_more_a_cell_would_cost(seed: int) -> None:
    master = problem(seed, 2)
    expected, found = cheapest(master, FREE["lower"], FREE["upper"]), master.relaxed(np.inf)
    if found is None:
        assert expected == np.inf
        return
    assert allowed(master, found.hidden)
    assert found.value == pytest.approx(master.costs @ found.hidden)
    assert found.value <= expected + 1e-6
    assert not found.reduced[~(master.usable & ~master.settled)].any()
    for cell in np.flatnonzero(master.usable & ~master.settled):
        fixed = np.arange(9) == cell
        hidden, shown = (
            cheapest(master, fixed, FREE["upper"]), cheapest(master, FREE["lower"], ~fixed),
        )  # fmt: skip
        assert hidden >= found.value + found.reduced[cell] - 1e-6
        assert shown >= found.value - found.reduced[cell] - 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_cuts_that_come_later_count_as_those_from_the_start(seed: int) -> None:
    late, early, random = problem(seed), problem(seed), np.random.default_rng(seed)
    first = late.relaxed(np.inf)
    for _ in range(2):
        more = [cut(random, late.usable) for _ in range(2)]
        late.add(more)
        early = problem(seed)
        early.add(list(late.found))
        found, expected = late.relaxed(np.inf), early.relaxed(np.inf)
        assert (found is None) == (expected is None)
        if found is None or expected is None:
            return
        assert found.value == pytest.approx(expected.value)
        assert first is not None
        assert found.value >= first.value - 1e-9
        assert allowed(late, found.hidden)
    late.add([])
    again = late.relaxed(np.inf)
    assert again is not None
    assert again.value == pytest.approx(found.value)


def test_without_time_nothing_is_hidden_beyond_what_is_settled_and_nothing_is_bounded() -> None:
    master = problem(1, 3)
    relaxed = master.relaxed(-1.0)
    assert relaxed is not None
    assert (relaxed.value, relaxed.hidden.tolist()) == (0.0, master.settled.astype(float).tolist())
    assert not relaxed.reduced.any()
    assert len(relaxed.reduced) == 9
    whole = problem(1, 3).whole(lower=FREE["lower"], upper=FREE["upper"], moment=-1.0)
    assert (whole.hidden, whole.bound) == (None, 0.0)
