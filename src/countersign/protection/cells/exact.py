"""Exact suppression: the cheapest pattern that protects every unsafe cell, and the proof that none is cheaper.

1. Cells the attacker knows whatever is hidden are set aside; unsafe cells that the others already protect need nothing.
2. The relaxation of the master problem is solved; where what it hides in part does not protect a cell, a cut says so.
3. Everything it hides in part, hidden as a whole, is safe: thinned out it is a first pattern. Cells that the relaxation
   prices above the difference to it cannot be in a cheaper one.
4. In the 0-1 problem of what is left, a pattern cheaper than the best so far is looked for and attacked, and cuts are
   added, until there is none. So only the last of these problems is solved to its end.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Integers
from countersign.protection.cells.attacking import Attacker, narrow
from countersign.protection.cells.cuts import Separation
from countersign.protection.cells.master import Master, Relaxed
from countersign.protection.cells.thinning import thinned

ROUNDING = 1e-6
"""Relative error of a bound that comes from a solver."""

ROUNDS = 40
"""How often the relaxation is tightened at most."""

IDLE = 2
RAISED = 1e-4
"""It ends when so many rounds raised the bound by less than this share."""


@dataclass(frozen=True)
class Proof:
    """The best pattern found, and how good it is.

    Parameters
    ----------
    hidden: (C,) all hidden cells. cost: of those that are neither unsafe nor hidden before.
    bound: no safe pattern costs less. lost: unsafe cells that no pattern protects, as places; they are hidden too.
    given: (C,) cells that every safe pattern hides: unsafe, hidden before, connected with lost ones.
    safe: all cells but the lost are protected. False only where the time was up before any safe pattern was found.
    rounds: times the attacker was asked. cuts: what he showed.
    """

    hidden: Bools
    cost: float
    bound: float
    lost: Integers
    given: Bools
    safe: bool = True
    rounds: int = 0
    cuts: int = 0


@dataclass
class Search:
    """The search for the cheapest pattern of one table.

    Parameters
    ----------
    already: (C,) cells that are hidden anyway. lost: unsafe cells known to be beyond protection, as places.
    moment: processor time at which to stop.
    """

    attacker: Attacker
    already: Bools
    lost: Integers
    moment: float
    rounds: int = 0
    safe: bool = True

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
    def separation(self) -> Separation:
        """The search for cuts."""
        return Separation(self.attacker, self.master.settled, self.usable)

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

    def below(self, best: Bools) -> float:
        """Return what a cheaper pattern than the best so far costs at most, beside what is given."""
        left = self.cost(best) - self.cost(self.given)
        return left - (self.step / 2 or ROUNDING * max(1.0, left))

    def refuted(self, hidden: Bools) -> bool:
        """Attack a pattern; where it does not protect every cell, take in the cuts that say so."""
        open_ = self.unprotected(hidden, np.flatnonzero(self.master.required))
        self.master.add(self.separation.of_pattern(hidden, open_))
        return bool(open_.size)

    def late(self) -> bool:
        """The time is up."""
        return time.process_time() > self.moment

    def run(self) -> Proof | None:
        """Return the best pattern found until the time is up; None where more cells are lost than is known."""
        master = self.master
        if not master.required.any():
            return self._proof(self.given, self.cost(self.given))
        relaxed = self._relaxation()
        if relaxed is None:
            return None
        bound = self.least(relaxed.value)
        if not self.safe:
            return self._proof(self.given, bound)
        best = self.first(relaxed)
        relaxed = self._tightened(relaxed)
        bound = max(bound, self.least(relaxed.value))
        while not self.met(best, bound) and not self.late():
            slack = self.cost(best) - self.cost(self.given) - relaxed.value + ROUNDING * max(1.0, relaxed.value)
            lower, upper = (relaxed.reduced < -slack), ~(relaxed.reduced > slack)
            whole = master.whole(lower=lower, upper=upper, enough=self.below(best), moment=self.moment)
            bound = max(bound, min(self.least(whole.bound), self.cost(best)))
            if whole.hidden is None:
                break
            hidden = whole.hidden | self.given
            if self.refuted(hidden):
                hidden = self.repaired(hidden, best)
            elif self.cost(hidden) >= self.cost(best):
                break
            best = min(best, hidden, key=self.cost)
        return self._proof(best, bound)

    def _relaxation(self) -> Relaxed | None:
        """Solve the relaxation until what it hides in part protects everything; None where nothing does."""
        while True:
            relaxed = self.master.relaxed(self.moment)
            if relaxed is None:
                return None
            hidden = self.given | (relaxed.hidden > ROUNDING)
            open_ = self.unprotected(hidden, np.flatnonzero(self.master.required))
            self.safe = not open_.size
            if self.safe or self.late():
                return relaxed
            self.master.add(self.separation.of_pattern(hidden, open_))

    def _tightened(self, relaxed: Relaxed) -> Relaxed:
        """Add cuts that the relaxation violates, as long as that raises its value."""
        places, idle = np.flatnonzero(self.master.required), 0
        for _ in range(ROUNDS):
            more = self.separation.of_shares(relaxed.hidden, places)
            if not more or idle > IDLE or self.late():
                break
            self.master.add(more)
            before, relaxed = relaxed.value, self.master.relaxed(self.moment) or relaxed
            idle = 0 if relaxed.value > before + RAISED * max(1.0, before) else idle + 1
        return relaxed

    def first(self, relaxed: Relaxed) -> Bools:
        """Return everything that the relaxation hides in part, without what it can do without."""
        share = relaxed.hidden
        hidden = self.given | (share > ROUNDING)
        tried = np.flatnonzero(hidden & ~self.given & (share < 1 - ROUNDING))
        return self.thinned(hidden, tried[np.lexsort((-self.table.price[tried], share[tried]))])

    def repaired(self, hidden: Bools, best: Bools) -> Bools:
        """Return a safe pattern near one that is not, with cells of the best so far."""
        tried = np.flatnonzero(best & ~hidden)
        return self.thinned(hidden | best, tried[np.argsort(-self.table.price[tried], kind="stable")])

    def thinned(self, hidden: Bools, tried: Integers) -> Bools:
        """Return a safe pattern without those cells of `tried` that it can do without."""
        return thinned(self.attacker, hidden, np.flatnonzero(self.master.required), tried, self.moment)

    def met(self, hidden: Bools, bound: float) -> bool:
        """A pattern costs no more than a bound, as far as solvers can tell."""
        cost = self.cost(hidden)
        return cost - bound <= 2 * ROUNDING * max(1.0, cost)

    def _proof(self, hidden: Bools, bound: float) -> Proof:
        cost = self.cost(hidden)
        if self.met(hidden, bound):
            bound = cost
        return Proof(hidden, cost, bound, self.lost, self.given, self.safe, self.rounds, len(self.master.found))


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
    attacker, moment = Attacker(table, protect, ceiling), time.process_time() + limit
    already = np.zeros(len(table), dtype=bool) if already is None else np.asarray(already, dtype=bool)
    everything = np.ones(len(table), dtype=bool)
    known = np.flatnonzero(protect.unsafe & ~attacker.open(everything))

    def search(beyond: Integers) -> Proof | None:
        return Search(attacker, already, beyond, moment).run()

    found = search(known) or search(lost(table, protect, ceiling=ceiling))
    assert found is not None
    return found


def lost(table: AdditiveTable, protect: Protect, *, ceiling: float | None = None) -> Integers:
    """Return the unsafe cells that cannot be protected even if everything is hidden, as places."""
    return narrow(Attacker(table, protect, ceiling), np.ones(len(table), dtype=bool), np.flatnonzero(protect.unsafe))
