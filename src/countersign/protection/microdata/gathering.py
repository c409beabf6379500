"""Gathering: rows at risk come together in groups that look alike, the cheapest groups first."""

from __future__ import annotations

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.groups import Groups

SLACK = 1e-9


def gather(
    groups: Groups, counts: Integers, *, k: int, spare: Integers
) -> tuple[Integers, Integers, list[tuple[int, int, int]]]:
    """Choose for each class at risk the group it joins, the group with the least cost for each row it saves first.

    Parameters
    ----------
    counts: rows of all classes, (C,). k: rows that must look alike. spare: rows each helper may give, (H,); changed.

    Returns
    -------
    The set of keys blanked in each member, (V,), -1 for none found; rows each helper can still spare, (H,);
    (helper, set of keys, rows) that join to fill groups up.

    Notes
    -----
    With N rows of members a group costs the blanks of its members and of max(0, k - N) rows of helpers. It is opened
    when the members that choose it make it as cheap a row as all that could; so groups that do not compete are opened
    together.
    """
    rows = np.asarray(counts[groups.members], dtype=float)
    chosen = np.full(len(rows), -1, dtype=np.int64)
    helped: list[tuple[int, int, int]] = []
    spent = groups.cost * rows[None, :]
    stay = np.broadcast_to(rows, groups.cost.shape)
    everybody = np.arange(len(rows))
    while (active := chosen < 0).any():
        donors = groups.sum_helpers(np.asarray(spare, dtype=float))
        ratio = _ratio(groups, groups.sum_members(stay, active), groups.sum_members(spent, active), donors, k)
        among = ratio[groups.of[:, active]]
        best = among.argmin(axis=0)
        who = everybody[active]
        open_to = np.isfinite(among[best, np.arange(len(who))])
        who, best = who[open_to], best[open_to]
        if not len(who):
            break
        group = groups.of[best, who]
        size = np.asarray(np.bincount(group, weights=rows[who], minlength=len(groups)), dtype=float)
        paid = np.asarray(np.bincount(group, weights=spent[best, who], minlength=len(groups)), dtype=float)
        opened = _ratio(groups, size, paid, donors, k) <= ratio + SLACK
        short = np.maximum(0, k - size)
        for each in np.flatnonzero(opened & (size > 0) & (short > 0)).tolist():
            taken = borrow(groups, each, int(short[each]), spare)
            opened[each] = bool(taken)
            helped += taken
        joins = opened[group]
        chosen[who[joins]] = best[joins]
    return chosen, spare, helped


def _ratio(groups: Groups, size: Floats, paid: Floats, donors: Floats, k: int) -> Floats:
    """Return the cost of each group for a row it saves, (G,), infinite where too few could join."""
    short = np.maximum(0.0, k - size)
    enough = (size > 0) & (donors >= short)
    ratio = np.full(len(groups), np.inf)
    ratio[enough] = (paid + groups.weight[groups.mask] * short)[enough] / size[enough]
    return ratio


def borrow(groups: Groups, group: int, short: int, spare: Integers) -> list[tuple[int, int, int]]:
    """Take rows of helpers, of those with most to spare first; nothing if they cannot fill the group up."""
    there = groups.helpers_in(group)
    there = there[np.lexsort((there, -spare[there]))]
    taken: list[tuple[int, int, int]] = []
    if spare[there].sum() < short:
        return taken
    for helper in there.tolist():
        if not short:
            break
        rows = min(short, int(spare[helper]))
        taken.append((helper, int(groups.mask[group]), rows))
        spare[helper] -= rows
        short -= rows
    return taken
