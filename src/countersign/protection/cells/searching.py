"""The cheapest pattern that determines no unsafe cell, by one linear programme for all of them.

A pattern protects when there is a change v of the hidden cells that no published number notices, A v = 0, and that
moves every unsafe cell. So instead of one programme for each unsafe cell, one is solved for all of them:

    min  sum costs |v|    subject to    A v = 0,    s v >= 1 for each cell that could be recovered

with costs 0 for cells that are hidden anyway. All cells that move are hidden. The signs s decide how well cells protect
each other. They are taken from a random v that is possible, first in the whole table, then in the best pattern so far,
in all of it or near one of its cells. Each pattern is cleared of superfluous cells (`reducing`); the cheapest is kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats
from countersign.protection.cells.dependence import Dependence
from countersign.protection.cells.moving import MOVED, Moves
from countersign.protection.cells.reducing import thin

if TYPE_CHECKING:
    from scipy.sparse import csr_array


KEEP = 0.2
"""Share of its cost that a hidden cell of the best pattern counts when a pattern near another cell is sought."""

WORTH = 1.2
"""A pattern is cleared only where it costs at most so many times the best one."""

PUSH = 3.0
"""A push near one cell is so many times as large as the direction it is added to."""

SINGLY = 40
"""Up to so many exposed cells, the first pattern is made with one programme for each."""

EASE = (0.5, 0.0, 1.0)
"""First directions move cells in proportion to cost to the power of minus these, in turn."""


@dataclass(frozen=True)
class Part:
    """N cells that can move, of a table or a piece of it, and their equations.

    Parameters
    ----------
    matrix: (E, N). costs: (N,) positive. fixed: (N,) hidden whatever happens. unsafe: (N,) to be protected; all fixed.
    """

    matrix: csr_array
    costs: Floats
    fixed: Bools
    unsafe: Bools


@dataclass(frozen=True)
class Effort:
    """How long to search.

    Parameters
    ----------
    rounds: patterns tried. starts: of them from the whole table. patience: patterns in a row that are no better, after
        which no more are tried. seed: of the random directions.
    """

    rounds: int = 60
    starts: int = 5
    patience: int = 25
    seed: int = 7


def search(part: Part, effort: Effort, *, until: float) -> Bools:
    """Return the cheapest pattern found, (N,), that determines no unsafe cell but those that every pattern determines.

    Parameters
    ----------
    until: processor time of the process at which to stop.
    """
    work = _Search(part, effort, until)
    if not work.exposed.size:
        return part.fixed
    work.consider(work.every)
    if len(work.exposed) <= SINGLY:
        work.consider(work.one_by_one())
    for number in range(effort.rounds):
        if work.waited >= effort.patience or time.process_time() > until:
            break
        change = work.moves.together(work.exposed, work.direction(number)[work.exposed])
        if change is not None:
            work.consider(part.fixed | (np.abs(change) > MOVED))
    return work.best


class _Search:
    """The best pattern so far, and the way to the next one."""

    def __init__(self, part: Part, effort: Effort, until: float) -> None:
        self.part, self.effort, self.until = part, effort, until
        self.dependence = Dependence(part.matrix, seed=effort.seed)
        self.every = np.ones(len(part.costs), dtype=bool)
        self.unsafe = np.asarray(part.unsafe & self.dependence.free(self.every))
        self.exposed = np.flatnonzero(self.unsafe & ~self.dependence.free(part.fixed))
        self.costs = np.where(part.fixed, 0.0, part.costs)
        self.moves = Moves(part.matrix, self.costs, until=until)
        self.random = np.random.default_rng(effort.seed)
        self.best, self.least, self.waited = part.fixed, np.inf, 0
        self.steady: Floats

    def one_by_one(self) -> Bools:
        """Return a pattern from one programme for each exposed cell, in which what the former opened is free."""
        moves = Moves(self.part.matrix, self.costs, until=self.until)
        found = self.part.fixed.copy()
        for cell in self.exposed:
            change = moves.together(np.array([cell]), np.ones(1))
            if change is not None:
                added = np.flatnonzero((np.abs(change) > MOVED) & ~found)
                found[added] = True
                moves.open(added)
        return found

    def direction(self, number: int) -> Floats:
        """Return a possible change, (N,), whose signs the next programme takes."""
        if number < self.effort.starts or self.least == np.inf:
            ease = np.asarray(self.part.costs ** -EASE[number % len(EASE)])
            return self.dependence.directions(self.every, 1, ease=ease)[:, 0]
        free = np.flatnonzero(self.best & ~self.part.fixed)
        near = self.best if number % 3 == 0 else self.dependence.near(int(self.random.choice(free)), self.best)
        self.moves.discount(np.where(self.best & ~near, KEEP, 1.0))
        push = self.dependence.directions(self.best, 1, near=near)[:, 0]
        pushed: Floats = self.steady + PUSH * np.abs(self.steady).max() * push
        return pushed

    def consider(self, found: Bools) -> None:
        """Clear a pattern that is safe by its programme of superfluous cells, and keep it if it is the cheapest."""
        self.waited += 1
        if self.costs[found].sum() >= self.least * WORTH:
            return
        found, directions = thin(self.dependence, found, self.unsafe, self.costs, until=self.until)
        cost = float(self.costs[found].sum())
        late = time.process_time() > self.until  # then more may be hidden than is needed
        if not late and cost < self.least and np.asarray(directions.any(axis=1))[self.unsafe].all():
            self.best, self.least, self.waited = found | self.part.fixed, cost, 0
            self.steady = directions[:, 0]
