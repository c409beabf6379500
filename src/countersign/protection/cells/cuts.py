"""Cuts: why a pattern does not protect a cell, as an inequality that every pattern that does so fulfils.

For any multipliers m of the equations, the change of cell p is at most

    sum over the other cells i of  hidden_i * (r_i^+ * down_i + r_i^- * up_i),     r = -e_p - A' m

and likewise in the other direction. The multipliers of the attacker's two programmes make this bound narrower than the
interval needed. So more cells with r_i != 0 must be hidden: at least as many as make up what is missing.

Source: M. Fischetti and J.J. Salazar, Solving the cell suppression problem on tabular data with linear constraints
(2001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.attacking import SLACK, Attacker, System

NUDGE = 1e-3
"""How far, in widths, cells that are not hidden may change so that the multipliers touch as few of them as they can."""

TINY = 1e-9


@dataclass(frozen=True)
class Cut:
    """sum of weights * hidden[columns] >= 1 for every pattern that protects `place`."""

    place: int
    columns: Integers
    weights: Floats


def cuts(attacker: Attacker, hidden: Bools, places: Integers, usable: Bools) -> Iterator[Cut]:
    """Yield a cut for each of `places`, unsafe cells that `hidden` does not protect.

    Parameters
    ----------
    usable: (C,) cells that the attacker does not know whatever is hidden. Only these can be in a cut.
    """
    for system, inside in attacker.systems(hidden & usable, places, closed=True):
        for place in inside:
            yield _cut(attacker, system, int(place), hidden, usable)


def _cut(attacker: Attacker, system: System, place: int, hidden: Bools, usable: Bools) -> Cut:
    need = attacker.need[place]
    closed = np.flatnonzero(~hidden[system.columns])
    cells = system.columns[closed]
    down, up = np.minimum(attacker.down[cells], NUDGE * need), np.minimum(attacker.up[cells], NUDGE * need)
    for nudge in (1.0, 0.0):
        system.move(closed, nudge * down, nudge * up)
        reach = np.zeros(len(attacker.table))
        for way in (1.0, -1.0):
            system.reach(system.place[place], way)
            found = _reach(attacker, system, place, way)
            reach += found
            if nudge:
                # What the first direction already touches costs the second nothing.
                touched = found[cells] > TINY
                system.move(closed, np.where(touched, 0.0, down), np.where(touched, 0.0, up))
        missing = need - float(reach[hidden].sum())
        if missing > SLACK * need:
            break
    columns = np.flatnonzero((reach > TINY * need) & ~hidden & usable)
    weights = np.minimum(1.0, reach[columns] / missing) if missing > SLACK * need else np.ones(len(columns))
    return Cut(place, columns, weights)


def _reach(attacker: Attacker, system: System, place: int, way: float) -> Floats:
    """Return (C,) how far each cell, if hidden, lets `place` rise or fall by the multipliers of the last programme."""
    rest = -(attacker.matrix[system.rows].T @ system.duals())
    rest[place] -= way
    rest[np.abs(rest) < TINY] = 0.0
    found: Floats = np.where(rest > 0, rest * attacker.down, -rest * attacker.up)
    return found
