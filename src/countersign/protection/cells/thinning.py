"""Thinning: a safe pattern without the cells it can do without."""

from __future__ import annotations

import time

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Integers
from countersign.protection.cells.attacking import Attacker, System


def thinned(attacker: Attacker, hidden: Bools, places: Integers, tried: Integers, moment: float) -> Bools:
    """Return a safe pattern without cells that it can do without.

    Parameters
    ----------
    hidden: (C,) a pattern that protects `places`. tried: the cells to do without, in this order.
    moment: processor time at which to stop.

    Notes
    -----
    The attacker's solutions are kept. A cell that none of those moves which show that the others are protected can go
    at once; else only the cells that such solutions protect are looked at again.
    """
    left = hidden.copy()
    rank = np.full(len(hidden), -1)
    rank[tried] = np.arange(len(tried))
    left[tried] = False
    for system, inside in attacker.systems(attacker.open(hidden), places):
        cells = system.columns[rank[system.columns] >= 0]
        left[cells] = True
        if not cells.size or system.widen(inside, first=True).size:
            continue
        for cell in cells[np.argsort(rank[cells])]:
            if time.process_time() > moment:
                break
            left[cell] = not _without(system, inside, system.place[int(cell)])
    return left


def _without(system: System, places: Integers, column: int) -> bool:
    """Fix one cell if all `places` stay protected; return whether they do."""
    at = np.array([system.place[int(place)] for place in places])
    used = np.array([moved[column] for moved in system.moved])
    below, above = _among(used, system.low_from[at]), _among(used, system.high_from[at])
    hit = below | above
    if not hit.any():
        _fix(system, column)
        return True
    before = system.low.copy(), system.high.copy(), system.low_from.copy(), system.high_from.copy()
    system.low[at[below]] = system.high[at[above]] = 0.0
    system.low_from[at[below]] = system.high_from[at[above]] = -1
    _fix(system, column)
    if not system.widen(places[hit], first=True).size:
        return True
    system.low, system.high, system.low_from, system.high_from = before
    system.move(np.array([column]), system.down[[column]], system.up[[column]])
    return False


def _fix(system: System, column: int) -> None:
    system.move(np.array([column]), np.zeros(1), np.zeros(1))


def _among(used: Bools, numbers: Integers) -> Bools:
    """Return which solution numbers are used ones; -1 is none."""
    return (numbers >= 0) & used[numbers]
