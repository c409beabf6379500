"""Rules: AdditiveTable -> Protect: which cells are unsafe by themselves, and how little an attacker may learn of them.

The rules are data of the catalogue's list ``protection_rules``; here is what each of them computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError, nearest
from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Floats

ROUNDING = 1e-9
"""Relative difference below which a sum of contributions and its limit are equal; equal is safe."""


def judge(
    table: AdditiveTable,
    *,
    minimum: int = 3,
    households: int = 0,
    p_percent: float | None = None,
    dominance: tuple[int, float] | None = None,
    group_disclosure: Sequence[str] = (),
    zeros: Literal["show", "protect"] = "show",
    width: float | None = None,
) -> Protect:
    """Return the unsafe cells of a table.

    Parameters
    ----------
    minimum: a cell of n contributors is unsafe if 0 < n < `minimum`; 0 = no rule. households: the same of households.
    p_percent: p; a cell is unsafe if X - x1 - x2 < p/100 x1: the second largest contributor could estimate the
        largest to within p %.
    dominance: (n, k); a cell is unsafe if its n largest contributions are more than k % of it.
    group_disclosure: dimensions along which no part may hold all of its total; the empty parts beside it are unsafe
        too, for they would tell it.
    zeros: ``protect``: cells of nobody are unsafe, and not known beforehand.
    width: how wide the interval of an unsafe cell must be, in the table's unit; 0 = it must not be a point. None = the
        minimum for counts; for magnitudes twice the upper protection level: of p %, p/100 x1 - (X - x1 - x2), of
        dominance, 100/k (x1 + .. + xn) - X, and p/100 x1 for other rules, p of the catalogue if none is given.

    Raises
    ------
    ProtectionError: a limit out of its range, a rule that needs households or contributions the table does not have,
        a dimension it does not have.

    Source: Hundepool et al., Statistical Disclosure Control (2012), sections 4.2 and 4.3.
    """
    _refuse_limits(table, minimum, households, p_percent, dominance, zeros, width)
    _refuse_dimensions(table, group_disclosure)
    people = np.asarray(table.contributors)
    other = _width_of_others(table, max(minimum, households, 1), p_percent)
    rules: dict[str, tuple[Bools, Floats]] = {"minimum_contributors": ((people > 0) & (people < minimum), other)}
    if table.households is not None:
        rules["minimum_households"] = ((table.households > 0) & (table.households < households), other)
    if p_percent is not None and table.largest is not None:
        short = shortfall_of_p(table.values, table.largest, p_percent)
        rules["p_percent"] = (short > 0, 2 * short)
    if dominance is not None and table.largest is not None:
        excess = excess_of_dominance(table.values, table.largest, *dominance)
        rules["dominance"] = (excess > 0, 2 * excess)
    rules["group_disclosure"] = (whole_groups(table, group_disclosure), other)
    rules["zeros"] = ((people == 0) & (zeros == "protect"), other)
    unsafe = np.any([cells for cells, _ in rules.values()], axis=0)
    wide = np.max([np.where(cells, needed, 0.0) for cells, needed in rules.values()], axis=0)
    return Protect(
        unsafe=unsafe,
        width=wide if width is None else np.where(unsafe, float(width), 0.0),
        known=(table.values == 0) & ~unsafe & (zeros == "show"),
        reasons={
            int(place): tuple(rule for rule, (cells, _) in rules.items() if cells[place])
            for place in np.flatnonzero(unsafe)
        },
    )


def shortfall_of_p(values: Floats, largest: Floats, p: float) -> Floats:
    """Return p/100 x1 - (X - x1 - x2), (C,); above 0 the cell is unsafe, and must be protected by so much upwards.

    Parameters
    ----------
    values: X, (C,). largest: x1, x2, .., descending, (C, 2 or more).
    """
    remainder = values - largest[:, 0] - largest[:, 1]
    short = p / 100 * largest[:, 0] - remainder
    return np.where(short > ROUNDING * values, short, 0.0)


def excess_of_dominance(values: Floats, largest: Floats, n: int, k: float) -> Floats:
    """Return 100/k (x1 + .. + xn) - X, (C,); above 0 the cell is unsafe, and must be protected by so much upwards."""
    excess = 100 / k * largest[:, :n].sum(axis=1) - values
    return np.where(excess > ROUNDING * values, excess, 0.0)


def whole_groups(table: AdditiveTable, dimensions: Sequence[str]) -> Bools:
    """Return the cells that hold all of a total along one of the dimensions, and the empty ones beside them, (C,).

    A total of one part only says nothing: the part is the total by definition. Empty cells that are part of a zero that
    everybody knows are left out: nothing can hide them, and nothing need.
    """
    full, empty = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    axes = [table.dimensions.index(name) for name in dimensions]
    alike = table.matrix @ np.sign(table.values) == 0  # one part has people if the total has, else none
    for row in np.flatnonzero(alike) if axes else ():
        total, parts = table.equations[row]
        along = any(table.cells[total][axis] != table.cells[parts[0]][axis] for axis in axes)
        if along and len(parts) > 1 and table.values[total]:
            members = np.array(parts)
            full[members[table.values[members] > 0]] = True
            empty[members[table.values[members] == 0]] = True
    nobody = [(total, np.array(parts)) for total, parts in table.equations if empty.any() and not table.values[total]]
    before = -1
    while before != (before := int(empty.sum())):
        for total, members in nobody:
            empty[members] &= empty[total]
            empty[total] &= empty[members].any()
    return full | empty


def _width_of_others(table: AdditiveTable, people: int, p_percent: float | None) -> Floats:
    """Return the width of cells that are unsafe by other rules than those on contributions, (C,)."""
    if table.counted:
        return np.full(len(table), float(people))
    p = p_percent if p_percent is not None else protection_limit("p_percent")
    return 2 * p / 100 * (table.largest[:, 0] if table.largest is not None else table.values)


def _refuse_limits(
    table: AdditiveTable,
    minimum: int,
    households: int,
    p_percent: float | None,
    dominance: tuple[int, float] | None,
    zeros: str,
    width: float | None,
) -> None:
    for name, limit in (("minimum", minimum), ("households", households)):
        if limit < 0 or limit == 1 or limit != int(limit):
            raise ProtectionError(
                f"With a minimum of {limit:g} nobody is protected.",
                where=name,
                expected="a whole number from 2 on, or 0 for no rule",
                action="raise it; 3 is usual, 10 where the subject can harm",
            )
    if households and table.households is None:
        raise ProtectionError(
            "It is not known how many households stand behind the cells.",
            where="households",
            expected="a table made with household=",
            action="name the column that says who lives together, or leave the rule out",
        )
    kept = 0 if table.largest is None else table.largest.shape[1]
    if p_percent is not None:
        if not 0 < p_percent <= 100:
            raise ProtectionError(
                f"p = {p_percent:g} is out of range.",
                where="p_percent",
                expected="a number above 0 and up to 100",
                action="correct the limit; 10 is usual",
            )
        _refuse_without_contributions(kept, 2, "p_percent")
    if dominance is not None:
        n, k = dominance
        if n < 1 or n != int(n) or not 0 < k < 100:
            raise ProtectionError(
                f"n = {n:g}, k = {k:g} is out of range.",
                where="dominance",
                expected="n from 1 on, and k above 0 and below 100",
                action="correct the limits; n = 2 and k = 90 are usual",
            )
        _refuse_without_contributions(kept, n, "dominance")
    if zeros not in ("show", "protect"):
        raise ProtectionError(
            f"zeros='{zeros}' is not understood.",
            where="zeros",
            expected="'show' or 'protect'",
            action="correct the word",
        )
    if width is not None and not 0 <= width < np.inf:
        raise ProtectionError(
            f"A width of {width:g} is out of range.",
            where="width",
            expected="a number from 0 on",
            action="correct the width, or leave it out",
        )


def _refuse_without_contributions(kept: int, needed: int, rule: str) -> None:
    if kept < needed:
        raise ProtectionError(
            f"The rule looks at the {needed} largest contributions, and the table keeps {kept or 'none'}.",
            where=rule,
            expected="a table of a magnitude, made from records",
            action="tabulate a magnitude from records, or look at fewer contributors",
        )


def _refuse_dimensions(table: AdditiveTable, names: Sequence[str]) -> None:
    for name in names:
        if name not in table.dimensions:
            raise ProtectionError(
                f"The table has no dimension '{name}'. {nearest(name, table.dimensions)}".rstrip(),
                where="group_disclosure",
                expected=f"one of: {', '.join(table.dimensions)}",
                action="correct the name",
            )
