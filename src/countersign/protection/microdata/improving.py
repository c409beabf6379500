"""Improving: rows are moved between groups while that saves blanks; then neighbours are grouped anew, exactly."""

from __future__ import annotations

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.gathering import SLACK
from countersign.protection.microdata.groups import Groups
from countersign.protection.microdata.optimising import LARGEST
from countersign.protection.microdata.regrouping import regroup

NEIGHBOURS = 120
"""Classes that are grouped anew at once."""
ROUNDS = 16
"""Times that neighbours are grouped anew: the same neighbours in every run."""
SEVERAL = 3_000
"""Up to this many classes at risk neighbours are grouped anew; above it rows are only moved."""
ALL = 300
"""Up to this many classes at risk all are grouped anew in the end, which proves the optimum."""
NODES, LAST_NODES = 30, 200


def price(groups: Groups, counts: Integers, chosen: Integers, *, k: int) -> float:
    """Return what a choice of groups costs: the blanks of its rows and of those that fill groups up."""
    rows = counts[groups.members].astype(float)
    everybody = np.arange(len(rows))
    size = np.bincount(groups.of[chosen, everybody], weights=rows, minlength=len(groups))
    short = np.where(size > 0, np.maximum(0.0, k - size), 0.0)
    return float((groups.cost[chosen, everybody] * rows).sum() + (groups.weight[groups.mask] * short).sum())


def improve(
    groups: Groups, counts: Integers, chosen: Integers, spare: Integers, *, k: int, exact: bool
) -> tuple[Integers, float]:
    """Return a choice of groups that costs no more, and a bound that none is below; 0 if none is known.

    Parameters
    ----------
    counts: rows of all classes. chosen: set of keys blanked in each member, (V,). spare: rows of each helper, (H,).
    k: rows that must look alike. exact: group neighbours anew, and all where they are few.

    Notes
    -----
    A class is moved to another set of keys if that lowers the cost, the best moves first, as many at once as touch
    different groups. Neighbours are the classes that differ in the fewest keys from one drawn by lot, always the same.
    """
    best = _move(groups, counts, chosen, spare, k=k)
    if not exact or len(best) > SEVERAL:
        return best, 0.0
    lot = np.random.default_rng(0)
    sets = len(groups.masks)
    neighbours = min(NEIGHBOURS, max(2, LARGEST // (2 * sets)))
    for _ in range(ROUNDS if len(best) > neighbours else 0):
        near = (groups.of == groups.of[:, [int(lot.integers(len(best)))]]).sum(axis=0)
        free = np.zeros(len(best), dtype=bool)
        free[np.lexsort((lot.random(len(best)), -near))[:neighbours]] = True
        best, _ = regroup(groups, counts, best, free, spare, k=k, nodes=NODES)
    if len(best) > ALL or len(best) * sets > LARGEST:
        return best, 0.0
    return regroup(groups, counts, best, np.ones(len(best), dtype=bool), spare, k=k, nodes=LAST_NODES)


def _move(groups: Groups, counts: Integers, chosen: Integers, spare: Integers, *, k: int) -> Integers:
    chosen = chosen.copy()
    rows = counts[groups.members].astype(float)
    everybody = np.arange(len(rows))
    donors = groups.sum_helpers(spare.astype(float))
    while True:
        now = groups.of[chosen, everybody]
        size = np.bincount(now, weights=rows, minlength=len(groups)).astype(float)
        saved = _less(groups, size, now, rows, donors, k=k) + groups.cost[chosen, everybody] * rows
        gain = saved[None, :] - _more(groups, size, rows, donors, k=k)
        gain[chosen, everybody] = 0.0
        best = gain.argmax(axis=0)
        gained = gain[best, everybody]
        moving = np.flatnonzero(gained > SLACK)
        if not len(moving):
            return chosen
        moving = moving[np.lexsort((moving, -gained[moving]))]
        touched = np.zeros(len(groups), dtype=bool)
        for each in moving.tolist():
            there = groups.of[best[each], each]
            if not (touched[now[each]] or touched[there]):
                touched[[now[each], there]] = True
                chosen[each] = best[each]


def _less(groups: Groups, size: Floats, now: Integers, rows: Floats, donors: Floats, *, k: int) -> Floats:
    """Return what filling up costs less once each member has left its group, (V,): negative if it costs more.

    It is minus infinite where too few could fill up what is left.
    """
    left = size[now] - rows
    before, after = np.maximum(0.0, k - size[now]), np.where(left > 0, np.maximum(0.0, k - left), 0.0)
    return np.where(after > donors[now], -np.inf, groups.weight[groups.mask[now]] * (before - after))


def _more(groups: Groups, size: Floats, rows: Floats, donors: Floats, *, k: int) -> Floats:
    """Return what it costs each member to come by each set, (L, V), infinite where too few could fill the group up."""
    held = size[groups.of]
    before = np.where(held > 0, np.maximum(0.0, k - held), 0.0)
    after = np.maximum(0.0, k - held - rows[None, :])
    cost = groups.cost * rows[None, :] + groups.weight[:, None] * (after - before)
    return np.where(after > donors[groups.of], np.inf, cost)
