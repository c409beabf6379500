"""Exact suppression: the cheapest pattern that protects every unsafe cell, and the proof that none is cheaper.

1. Cells the attacker knows whatever is hidden are set aside; unsafe cells that the others already protect need nothing.
2. The relaxation of the master problem is solved; where what it hides in part does not protect a cell, a cut says so.
3. Everything it hides in part, hidden as a whole, is safe: thinned out it is a first pattern. Cells that the relaxation
   prices above the difference to it cannot be in a cheaper one.
4. The 0-1 problem of what is left is solved, its pattern attacked, cuts added, until the attacker finds nothing.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.attacking import Attacker, narrow
from countersign.protection.cells.cuts import cuts
from countersign.protection.cells.master import Master, Relaxed

ROUNDING = 1e-6
"""Relative error of a bound that comes from a solver."""


@dataclass(frozen=True)
class Proof:
    """The best pattern found, and how good it is.

    Parameters
    ----------
    hidden: (C,) all hidden cells; safe. cost: of those that are neither unsafe nor hidden before.
    bound: no safe pattern costs less. lost: unsafe cells that no pattern protects, as places; they are hidden too.
    rounds: times the attacker was asked. cuts: what he showed.
    """

    hidden: Bools
    cost: float
    bound: float
    lost: Integers
    rounds: int = 0
    cuts: int = 0


@dataclass
class Search:
    """The search for the cheapest pattern of one table.

    Parameters
    ----------
    already: (C,) cells that are hidden anyway. moment: processor time at which to stop.
    """

    attacker: Attacker
    already: Bools
    moment: float
    rounds: int = 0

    @cached_property
    def table(self) -> AdditiveTable:
        """The table."""
        return self.attacker.table

    @cached_property
    def protect(self) -> Protect:
        """What must be protected."""
        return self.attacker.protect

    @cached_property
    def usable(self) -> Bools:
        """(C,) cells that the attacker does not know even if everything is hidden."""
        return self.attacker.open(np.ones(len(self.table), dtype=bool))

    @cached_property
    def lost(self) -> Integers:
        """Unsafe cells that are not protected even if everything is hidden."""
        return self.unprotected(np.ones(len(self.table), dtype=bool), np.flatnonzero(self.protect.unsafe))

    @cached_property
    def given(self) -> Bools:
        """(C,) hidden before anything is done: unsafe, hidden already, connected with cells that are lost."""
        given = np.asarray(self.protect.unsafe | self.already, dtype=bool)
        return given | self.attacker.connected(self.lost)

    @cached_property
    def master(self) -> Master:
        """The master problem."""
        settled = self.protect.unsafe & self.usable
        settled[self.lost] = False
        required = np.zeros(len(self.table), dtype=bool)
        required[self.unprotected(self.given, np.flatnonzero(settled))] = True
        costs = np.where(self.given, 0.0, self.table.price)
        found = Master(self.attacker, costs, settled, self.usable, required)
        found.add(found.started())
        return found

    @cached_property
    def step(self) -> float:
        """Costs of patterns are multiples of it; 0 where they can be any number."""
        costs = self.table.price[~self.given & self.usable]
        if costs.size and (costs == np.round(costs)).all() and costs.max() < 2**53:
            return float(np.gcd.reduce(costs.astype(np.int64)))
        return 0.0

    def unprotected(self, hidden: Bools, places: Integers) -> Integers:
        """Ask the attacker which of `places` he can compute."""
        self.rounds += 1
        return narrow(self.attacker, hidden, places)

    def cost(self, hidden: Bools) -> float:
        """Return what a pattern costs."""
        return float(self.table.price[hidden & ~self.protect.unsafe & ~self.already].sum())

    def least(self, bound: float) -> float:
        """Return a solver's bound as one that can be relied on: less its error, and up to the next possible cost."""
        bound -= ROUNDING * max(1.0, abs(bound))
        return self.cost(self.given) + max(0.0, math.ceil(bound / self.step) * self.step if self.step else bound)

    def late(self) -> bool:
        """The time is up."""
        return time.process_time() > self.moment

    def run(self) -> Proof:
        """Return the best pattern found until the time is up."""
        master = self.master
        if not master.required.any():
            return self._proof(self.given, self.cost(self.given))
        relaxed = self._relaxation()
        bound = self.least(relaxed.value)
        best = self.thinned(self.given | (relaxed.hidden > ROUNDING), relaxed.hidden)
        while self.cost(best) > bound and not self.late():
            slack = self.cost(best) - self.cost(self.given) - relaxed.value + ROUNDING * max(1.0, relaxed.value)
            lower, upper = (relaxed.reduced < -slack), ~(relaxed.reduced > slack)
            whole = master.whole(lower=lower, upper=upper, moment=self.moment)
            bound = max(bound, min(self.least(whole.bound), self.cost(best)))
            if whole.hidden is None:
                break
            hidden = whole.hidden | self.given
            open_ = self.unprotected(hidden, np.flatnonzero(master.required))
            if not open_.size:
                best = hidden if self.cost(hidden) < self.cost(best) else best
                break
            master.add(list(cuts(self.attacker, hidden, open_, self.usable)))
        return self._proof(best, bound)

    def _relaxation(self) -> Relaxed:
        """Solve the relaxation until what it hides in part protects everything."""
        while True:
            relaxed = self.master.relaxed()
            hidden = self.given | (relaxed.hidden > ROUNDING)
            open_ = self.unprotected(hidden, np.flatnonzero(self.master.required))
            if not open_.size or self.late():
                return relaxed
            self.master.add(list(cuts(self.attacker, hidden, open_, self.usable)))

    def thinned(self, hidden: Bools, share: Floats) -> Bools:
        """Return a safe pattern without cells it can do without, tried from the least to the most needed.

        Parameters
        ----------
        share: (C,) how much of each cell the relaxation hides. Cells it hides as a whole stay.
        """
        left = hidden.copy()
        tried = np.flatnonzero(left & ~self.given & (share < 1 - ROUNDING))
        for cell in sorted(tried, key=lambda cell: (share[cell], -self.table.price[cell])):
            if self.late():
                break
            left[cell] = False
            if self.unprotected(left, np.flatnonzero(self.master.required)).size:
                left[cell] = True
        return left

    def _proof(self, hidden: Bools, bound: float) -> Proof:
        cost = self.cost(hidden)
        if cost - bound <= ROUNDING * max(1.0, cost):
            bound = cost
        return Proof(hidden, cost, bound, self.lost, self.rounds, len(self.master.found))


def prove(
    table: AdditiveTable,
    protect: Protect,
    *,
    limit: float = 60.0,
    already: Bools | None = None,
    ceiling: float | None = None,
) -> Proof:
    """Return the cheapest safe pattern, or the best that was found in `limit` seconds of processor time and a bound.

    Parameters
    ----------
    already: (C,) cells that are hidden anyway. ceiling: no cell is larger, as everybody knows; see `Attacker`.
    """
    already = np.zeros(len(table), dtype=bool) if already is None else np.asarray(already, dtype=bool)
    return Search(Attacker(table, protect, ceiling), already, time.process_time() + limit).run()


def lost(table: AdditiveTable, protect: Protect, *, ceiling: float | None = None) -> Integers:
    """Return the unsafe cells that cannot be protected even if everything is hidden, as places."""
    return Search(Attacker(table, protect, ceiling), np.zeros(len(table), dtype=bool), np.inf).lost
