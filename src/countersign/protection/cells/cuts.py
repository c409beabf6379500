"""Cuts: why a pattern does not protect a cell, as an inequality that every pattern that does so fulfils.

For any multipliers m of the equations, the change of cell p is at most

    sum over the other cells i of  hidden_i * (r_i^+ * down_i + r_i^- * up_i),     r = -e_p - A' m

and likewise in the other direction. The multipliers of the attacker's two programmes make this bound narrower than the
interval needed. So more cells with r_i != 0 must be hidden: at least as many as make up what is missing.

Source: M. Fischetti and J.J. Salazar, Solving the cell suppression problem on tabular data with linear constraints
(2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.attacking import SLACK, Attacker, System

NUDGE = 1e-3
"""How far, in widths, cells that are not hidden may change so that the multipliers touch as few of them as they can."""

TINY = 1e-9

VIOLATED = 1e-3
"""How much a cut must ask for beyond what is there to be worth taking in."""


@dataclass(frozen=True)
class Cut:
    """sum of weights * hidden[columns] >= 1 for every pattern that protects `place`."""

    place: int
    columns: Integers
    weights: Floats


@dataclass(frozen=True)
class Separation:
    """The search for cuts.

    Parameters
    ----------
    settled: (C,) cells that are hidden in every pattern.
    usable: (C,) cells that the attacker does not know whatever is hidden. Only these can be in a cut.
    """

    attacker: Attacker
    settled: Bools
    usable: Bools

    def of_pattern(self, hidden: Bools, places: Integers) -> list[Cut]:
        """Return cuts for `places`, unsafe cells that the pattern `hidden` does not protect; at least one for each."""
        share, found = (hidden & self.usable).astype(float), []
        for system, inside in self.attacker.systems(share > 0, places, closed=True):
            for place in inside:
                reach = self._reach(system, int(place), share, whole=True)
                found += self._cuts(int(place), reach, share, whole=True)
        return found

    def of_shares(self, share: Floats, places: Integers) -> list[Cut]:
        """Return cuts that a solution of the relaxation violates.

        Parameters
        ----------
        share: (C,) how much of each cell is hidden. It is taken as how much of its room a cell may use.
        """
        share, found = np.where(self.usable, share, 0.0), []
        for system, inside in self.attacker.systems(share > TINY, places, closed=True):
            system.whole = False
            need = float(self.attacker.need[inside].max())
            here = share[system.columns]
            every = np.arange(len(here))
            down, up = self.attacker.down[system.columns], self.attacker.up[system.columns]
            system.move(every, here * np.minimum(down, need), here * np.minimum(up, need))
            for place in system.widen(inside):
                reach = self._reach(system, int(place), share, whole=False)
                found += self._cuts(int(place), reach, share, whole=False)
        return found

    def _reach(self, system: System, place: int, share: Floats, *, whole: bool) -> Floats:
        """Return (C,) how far each cell, if hidden, lets `place` move, by the multipliers of its two programmes."""
        attacker = self.attacker
        need = attacker.need[place]
        cells = system.columns
        here, every = share[cells], np.arange(len(cells))
        closed = here <= TINY
        most = np.inf if whole else need
        down, up = np.minimum(attacker.down[cells], most), np.minimum(attacker.up[cells], most)
        for nudge in (NUDGE * need, 0.0):
            touched = np.zeros(len(cells), dtype=bool)
            reach = np.zeros(len(attacker.table))
            for way in (1.0, -1.0):
                # What the first direction touches costs the second nothing.
                room = np.where(closed, np.where(touched, 0.0, np.minimum(nudge, np.maximum(down, up))), np.inf)
                system.move(
                    every,
                    np.minimum(np.where(closed, down, here * down), room),
                    np.minimum(np.where(closed, up, here * up), room),
                )
                system.reach(system.place[place], way)
                found = _reach(attacker, system, place, way)
                reach += found
                touched = found[cells] > TINY
            if reach @ share < need * (1 - SLACK):
                break
        return np.where(self.usable & (reach > TINY * need), reach, 0.0)

    def _cuts(self, place: int, reach: Floats, share: Floats, *, whole: bool) -> list[Cut]:
        need, found = self.attacker.need[place], []
        always = [self.settled, share > 0] if whole else [self.settled]
        for inside in always:
            missing = need - float(reach[inside].sum())
            columns = np.flatnonzero((reach > 0) & ~inside)
            if missing > SLACK * need:
                weights = np.minimum(1.0, reach[columns] / missing)
            elif whole and inside is always[1]:
                # The interval is wide enough, but holds too few whole numbers.
                weights = np.ones(len(columns))
            else:
                continue
            if weights @ share[columns] < 1 - VIOLATED:
                found.append(Cut(place, columns, weights))
        return found


def _reach(attacker: Attacker, system: System, place: int, way: float) -> Floats:
    """Return (C,) how far each cell, if hidden, lets `place` rise or fall by the multipliers of the last programme."""
    rest = -(attacker.matrix[system.rows].T @ system.duals())
    rest[place] -= way
    rest[np.abs(rest) < TINY] = 0.0
    found: Floats = np.where(rest > 0, rest * attacker.down, -rest * attacker.up)
    return found
