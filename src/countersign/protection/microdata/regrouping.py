"""Regrouping: the groups of some classes chosen anew as an integer programme, those of all others as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.groups import Groups
from countersign.protection.microdata.optimising import Programme


@dataclass(frozen=True)
class _Column:
    """Columns of a group: rows of helpers that fill it up, and whether it has members (-1: it has some anyway)."""

    group: int
    helpers: int
    opened: int


def regroup(
    groups: Groups, counts: Integers, chosen: Integers, free: Bools, spare: Integers, *, k: int, nodes: int
) -> tuple[Integers, float]:
    """Choose the groups of some classes anew, with the least cost.

    Parameters
    ----------
    chosen: set of keys of each member, (V,). free: members to choose for, (V,). spare: rows each helper may give, (H,).
    nodes: most nodes of the search.

    Returns
    -------
    The choice, and a bound on what it costs (`improving.price`); the given choice where nothing better is found.

    Notes
    -----
    x_cP: class c joins group P; y_P: rows of helpers that fill it up; z_P: it has members. Minimise
    sum n_c cost_cP x_cP + sum w_P y_P with  sum_c n_c x_cP + y_P >= k z_P,  x_cP <= z_P,  sum_P x_cP = 1.
    """
    rows = counts[groups.members].astype(float)
    everybody = np.arange(len(rows))
    who, fixed = everybody[free], ~free
    theirs = groups.of[chosen[fixed], everybody[fixed]]
    base = np.bincount(theirs, weights=rows[fixed], minlength=len(groups)).astype(float)
    donors = groups.sum_helpers(spare.astype(float))
    useful = _useful(groups, free, rows[free], base, donors, k=k)
    useful[groups.of[chosen[free], who]] = True
    programme = Programme()
    joins: list[tuple[int, int]] = []
    held: dict[int, list[int]] = {}
    for each in who.tolist():
        mine = np.flatnonzero(useful[groups.of[:, each]]).tolist()
        for set_ in mine:
            x = programme.column(float(groups.cost[set_, each] * rows[each]), 1.0)
            held.setdefault(int(groups.of[set_, each]), []).append(x)
            joins.append((each, set_))
        programme.row([(x, 1.0) for x in range(len(joins) - len(mine), len(joins))], 1.0, 1.0)
    columns = [_fill(programme, groups, group, held[group], joins, rows, base, donors, k=k) for group in held]
    start = _start(programme, chosen, joins, held, columns, rows, base, k=k)
    solution, bound = programme.solve(nodes=nodes, start=start)
    result = chosen.copy()
    if solution is not None:
        for x, (each, set_) in enumerate(joins):
            if solution[x] > 0.5:
                result[each] = set_
    elsewhere = (base > 0) & ~np.isin(np.arange(len(groups)), list(held))
    constant = (groups.weight[groups.mask] * np.maximum(0.0, k - base))[elsewhere].sum()
    constant += (groups.cost[chosen[fixed], everybody[fixed]] * rows[fixed]).sum()
    return result, bound + float(constant)


def _fill(
    programme: Programme,
    groups: Groups,
    group: int,
    terms: list[int],
    joins: list[tuple[int, int]],
    rows: Floats,
    base: Floats,
    donors: Floats,
    *,
    k: int,
) -> _Column:
    """Write that a group with members holds k rows."""
    held = float(base[group])
    sizes = [(x, float(rows[joins[x][0]])) for x in terms]
    y = programme.column(float(groups.weight[groups.mask[group]]), float(min(donors[group], k)))
    if held:
        programme.row([*sizes, (y, 1.0)], k - held)
        return _Column(group, y, -1)
    z = programme.column(0.0, 1.0)
    programme.row([*sizes, (y, 1.0), (z, -float(k))], 0.0)
    for x in terms:
        programme.row([(z, 1.0), (x, -1.0)], 0.0)
    return _Column(group, y, z)


def _start(
    programme: Programme,
    chosen: Integers,
    joins: list[tuple[int, int]],
    held: dict[int, list[int]],
    columns: list[_Column],
    rows: Floats,
    base: Floats,
    *,
    k: int,
) -> Floats:
    """Return the choice there is as a solution."""
    values = np.zeros(len(programme.cost))
    for x, (each, set_) in enumerate(joins):
        values[x] = float(chosen[each] == set_)
    for column in columns:
        size = float(base[column.group]) + sum(values[x] * rows[joins[x][0]] for x in held[column.group])
        if size:
            values[column.helpers] = max(0.0, k - size)
        if column.opened >= 0:
            values[column.opened] = float(size > 0)
    return values


def _useful(groups: Groups, free: Bools, rows: Floats, base: Floats, donors: Floats, *, k: int) -> Bools:
    """Return the groups that can reach k, without those that a cheaper one with the same members stands for, (G,).

    The sets of keys come cheapest first, but a member that lacks an answer may pay less for a dearer set.
    """
    of, cost = groups.of[:, free], groups.cost[:, free].ravel()
    possible = np.bincount(of.ravel(), weights=np.tile(rows, len(of)), minlength=len(groups))
    useful = (possible > 0) & (base + possible + donors >= k)
    seen: dict[tuple[tuple[int, ...], float], list[Floats]] = {}
    order = np.argsort(of.ravel(), kind="stable")
    flat = of.ravel()[order]
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(flat)], strict=True):
        group = int(flat[start])
        if useful[group] and not base[group]:
            members, paid = order[start:stop] % of.shape[1], cost[order[start:stop]]
            cheaper = seen.setdefault((tuple(members.tolist()), float(min(donors[group], k))), [])
            useful[group] = not any((before <= paid).all() for before in cheaper)
            cheaper.append(paid)
    return useful
