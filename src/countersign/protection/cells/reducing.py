"""Publishing again what need not be hidden: superfluous secondary cells of any pattern, dearest first.

Publishing one secondary cell determines exactly the cells that stand or fall together with it (`dependence`). So a
group without an unsafe cell can be published, all of it: its other members have become useless too. Whether intervals
stay wide enough is asked of the attacker (`attacking`) afterwards; groups that are needed for it are hidden again.
"""

from __future__ import annotations

import time

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.attacking import Attacker, narrow
from countersign.protection.cells.dependence import Dependence

TRIES = 150
"""How often the attacker is asked whether a batch of groups can be published."""

FEW = 40
"""Unsafe cells that are asked of the attacker at a time."""

BATCHES = 16
"""Batches of groups at first; one that cannot be published as a whole is halved."""

RAYS = 3
"""Random directions by which groups are told apart."""


def reduce(
    table: AdditiveTable, protect: Protect, hidden: Bools, *, limit: float, ceiling: float | None = None
) -> Bools:
    """Return the pattern without secondary cells that are not needed.

    Parameters
    ----------
    hidden: (C,) a pattern; unsafe cells stay hidden. limit: seconds of processor time.
    ceiling: no cell is larger, as everybody knows. Default: the largest value.

    Returns
    -------
    (C,) a part of `hidden` that protects what `hidden` protects; where time ran out, with more cells than needed.
    """
    until = time.process_time() + limit
    attacker = Attacker(table, protect, ceiling)
    unsafe = np.asarray(protect.unsafe & ~protect.known)
    secondary = np.asarray(hidden & ~protect.unsafe & ~protect.known)
    hidden = secondary | protect.unsafe
    lost = narrow(attacker, hidden, np.flatnonzero(unsafe))
    safe = unsafe.copy()
    safe[lost] = False
    targets = np.flatnonzero(safe)
    dependence = Dependence(table.matrix)
    thinned, _ = thin(dependence, secondary | unsafe, safe, table.price, until=until)
    if not narrow(attacker, thinned | protect.unsafe, targets).size:
        return thinned | protect.unsafe
    directions = dependence.directions(secondary | unsafe, RAYS)
    group, dearest = _removable(dependence.together(directions), secondary | unsafe, safe, table.price)
    batches = list(np.array_split(dearest, BATCHES))[::-1]
    for _ in range(TRIES):
        if not batches or time.process_time() >= until:
            break
        batch = batches.pop()
        without = (hidden & ~np.isin(group, batch)) | protect.unsafe
        lost = _first_lost(attacker, without, targets)
        if not lost.size:
            hidden = without
            continue
        targets = np.concatenate([lost, np.setdiff1d(targets, lost, assume_unique=True)])
        if len(batch) > 1:
            batches += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]
    return hidden


def _first_lost(attacker: Attacker, hidden: Bools, targets: Integers) -> Integers:
    """Return some of `targets` that are not protected, or none: those lost before are asked first, a few at a time."""
    for start in range(0, len(targets), FEW):
        lost = narrow(attacker, hidden, targets[start : start + FEW])
        if lost.size:
            return lost
    return targets[:0]


def thin(dependence: Dependence, hidden: Bools, unsafe: Bools, costs: Floats, *, until: float) -> tuple[Bools, Floats]:
    """Return the pattern without secondary cells that the equations alone show to be superfluous.

    Parameters
    ----------
    hidden, unsafe: (C,) without known cells; unsafe cells are hidden, none of them determined. costs: (C,).
    until: processor time of the process at which to stop.

    Returns
    -------
    The pattern, (C,), and random directions in it, (C, 3).
    """
    directions = dependence.directions(hidden, RAYS)
    hidden = hidden & (unsafe | directions.any(axis=1))
    share = 0.5
    while time.process_time() < until:
        group, dearest = _removable(dependence.together(directions), hidden, unsafe, costs)
        while dearest.size:
            batch = dearest[: max(1, int(len(dearest) * share))]
            fewer = hidden & ~np.isin(group, batch)
            after = dependence.directions(fewer, RAYS, start=directions)
            free = np.asarray(after.any(axis=1))
            if free[unsafe].all():
                hidden, directions = fewer & (unsafe | free), after
                share = min(1.0, share * 1.5)
                break
            if len(batch) == 1:
                dearest = dearest[1:]
            share /= 2
        else:
            break
    return hidden, directions


def _removable(group: Integers, hidden: Bools, unsafe: Bools, costs: Floats) -> tuple[Integers, Integers]:
    """Return the group of each hidden cell, (C,) or -1, and those that cost and hold no unsafe cell, dearest first."""
    group = np.where(hidden, group, -1)
    inside = group >= 0
    label = group[inside]
    needed = np.bincount(label, unsafe[inside]) > 0
    cost = np.bincount(label, costs[inside])
    order = np.argsort(-cost, kind="stable")
    return group, order[(~needed & (cost > 0))[order]]
