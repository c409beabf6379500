"""Linking: several tables that share cells -> one AdditiveTable, which is what an attacker has before him.

Two cells are the same if they are of the same people: the same codes in the same dimensions, where a dimension at its
total says nothing and may as well be lacking. Women in the North of a table region x sex are those of a table region x
sex x age at all ages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import TOLERANCE, AdditiveTable, Bools, Protect
from countersign.model.cells import Floats, Integers

Key = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Linked:
    """Several tables as one.

    Parameters
    ----------
    table: all their cells, each once, with all equations.
    places: for each of the tables, where its cells are in `table`, (C_t,).
    apart: pairs of places of `table` that would be the same cell if they did not differ in value: what a release says
        now, and what an earlier one said before the data changed.
    """

    table: AdditiveTable
    places: tuple[Integers, ...]
    apart: tuple[tuple[int, int], ...] = ()

    def hidden(self, masks: Sequence[Bools]) -> Bools:
        """Return the cells that none of the tables shows, (C,), from what each of them hides."""
        shown = np.zeros(len(self.table), dtype=bool)
        for places, mask in zip(self.places, masks, strict=True):
            shown[places[~np.asarray(mask, dtype=bool)]] = True
        return ~shown

    def protect(self, rules: Sequence[Protect]) -> Protect:
        """Return the rules of all tables as rules of the whole: unsafe where any says so, known where all do."""
        unsafe, known = np.zeros(len(self.table), dtype=bool), np.ones(len(self.table), dtype=bool)
        width = np.zeros(len(self.table))
        reasons: dict[int, tuple[str, ...]] = {}
        for places, protect in zip(self.places, rules, strict=True):
            unsafe[places] |= protect.unsafe
            known[places] &= protect.known
            width[places] = np.maximum(width[places], protect.width)
            for place, said in protect.reasons.items():
                whole = int(places[place])
                reasons[whole] = tuple(dict.fromkeys((*reasons.get(whole, ()), *said)))
        return Protect(unsafe=unsafe, width=width, known=known & ~unsafe, reasons=reasons)

    def small_differences(self, hidden: Bools, *, minimum: float) -> tuple[tuple[int, int], ...]:
        """Return the pairs of `apart` that are both shown and differ by fewer than `minimum`.

        Such a pair tells of the few people who came or went between two releases.
        """
        values = self.table.values
        return tuple(
            (one, other)
            for one, other in self.apart
            if not hidden[one] and not hidden[other] and abs(values[one] - values[other]) < minimum
        )


def linked(
    tables: Sequence[AdditiveTable],
    *,
    totals: Mapping[str, str] | None = None,
    differing: Literal["refuse", "apart"] = "refuse",
) -> Linked:
    """Return several tables as one.

    Parameters
    ----------
    totals: dimension -> the code of its total. The others are found from the equations: the code that is a total and
        never a part.
    differing: what to do where the same cell has two values: ``refuse``, or keep the two ``apart``, which is right for
        releases of different days.

    Returns
    -------
    Contributors and households of a shared cell are the fewest that any table gives; its cost is the highest.

    Raises
    ------
    ProtectionError: no table; a dimension with two totals; a cell with two values; counts beside magnitudes.

    Source: de Wolf and Giessing (2009), Adjusting the tau-Argus modular approach to deal with linked tables, Data and
    Knowledge Engineering 68.
    """
    if not tables or len({table.counted for table in tables}) > 1:
        raise ProtectionError(
            "There are no tables to link." if not tables else "A table of counts has no cell in common with sums.",
            where="tables",
            expected="tables of the same people, all counts or all sums of the same magnitude",
            action="link counts with counts",
        )
    tops = {**_tops(tables, set(totals or ())), **(totals or {})}
    names = tuple(dict.fromkeys(name for table in tables for name in table.dimensions))
    versions: dict[Key, list[int]] = {}
    cells: list[tuple[str, ...]] = []
    values: list[float] = []
    places: list[Integers] = []
    for table in tables:
        own: list[int] = []
        for codes, value in zip(table.cells, table.values.tolist(), strict=True):
            key = frozenset(
                (name, code) for name, code in zip(table.dimensions, codes, strict=True) if code != tops.get(name)
            )
            there = versions.setdefault(key, [])
            same = next((place for place in there if _equal(values[place], value, counted=table.counted)), None)
            if same is None:
                if there and differing == "refuse":
                    raise ProtectionError(
                        "Two tables give different values for the same cell.",
                        where=table.named(len(own)),
                        expected="tables of the same people",
                        action="correct one of them, or say differing='apart' if the data changed between two releases",
                    )
                same = len(cells)
                said = dict(key)
                cells.append((*(said.get(name, tops.get(name, "")) for name in names), str(len(there) or "")))
                values.append(value)
                there.append(same)
            own.append(same)
        places.append(np.array(own, dtype=np.int64))
    changed = any(len(there) > 1 for there in versions.values())
    equations = dict.fromkeys(
        (int(own[total]), tuple(int(own[part]) for part in parts))
        for table, own in zip(tables, places, strict=True)
        for total, parts in table.equations
    )
    homes = [table.households for table in tables if table.households is not None]
    return Linked(
        table=AdditiveTable(
            dimensions=(*names, "version") if changed else names,
            cells=tuple(cells) if changed else tuple(cell[:-1] for cell in cells),
            values=np.array(values),
            contributors=_least([table.contributors for table in tables], places, len(cells)).astype(np.int64),
            equations=tuple(equations),
            costs=-_least([-table.price for table in tables], places, len(cells)),
            households=_least(homes, places, len(cells)).astype(np.int64) if len(homes) == len(tables) else None,
            largest=_largest(tables, places, len(cells)),
            counted=tables[0].counted,
        ),
        places=tuple(places),
        apart=tuple((there[0], later) for there in versions.values() for later in there[1:]),
    )


def _tops(tables: Sequence[AdditiveTable], told: set[str]) -> dict[str, str]:
    """Return for each dimension the one code that has parts in some table and is a part in none."""
    wholes: dict[str, set[str]] = {}
    parts_: dict[str, set[str]] = {}
    for table in tables:
        for total, parts in table.equations:
            above, below = table.cells[total], table.cells[parts[0]]
            for axis, name in enumerate(table.dimensions):
                if above[axis] != below[axis]:
                    wholes.setdefault(name, set()).add(above[axis])
                    parts_.setdefault(name, set()).update(table.cells[part][axis] for part in parts)
    found = {}
    for name, codes in wholes.items():
        tops = codes - parts_[name]
        if name in told:
            continue
        if len(tops) != 1:
            raise ProtectionError(
                f"'{name}' has {len(tops)} totals: {', '.join(repr(code) for code in sorted(tops)[:5])}.",
                where=name,
                expected="one total in all tables, so that cells can be compared",
                action=f"say which it is: totals={{'{name}': ...}}",
            )
        found[name] = tops.pop()
    return found


def _equal(one: float, other: float, *, counted: bool) -> bool:
    return abs(one - other) <= (0.5 if counted else TOLERANCE * max(1.0, abs(one)))


def _least(arrays: Sequence[Floats | Integers], places: Sequence[Integers], count: int) -> Floats:
    """Return the smallest number that any table gives for each cell, (count,)."""
    found = np.full(count, np.inf)
    for array, own in zip(arrays, places, strict=True):
        np.minimum.at(found, own, array)
    return found


def _largest(tables: Sequence[AdditiveTable], places: Sequence[Integers], count: int) -> Floats | None:
    """Return the largest contributions, as many as every table keeps."""
    kept = [table.largest for table in tables if table.largest is not None]
    if len(kept) < len(tables):
        return None
    found = np.zeros((count, min(largest.shape[1] for largest in kept)))
    for largest, own in zip(kept, places, strict=True):
        found[own] = largest[:, : found.shape[1]]
    return found
