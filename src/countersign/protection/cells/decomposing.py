"""Secondary suppression of tables with 10,000 cells and more, piece by piece.

The dimension with the most codes, mostly geography, is cut into families: a code and those that add up to it, such as a
district and its villages, crossed with all other dimensions. Each family is a table of a few thousand cells.

1. Every family is protected by itself (`searching`); what other families hide already is free.
2. What no family can protect alone is protected in the whole table, by one programme.
3. Superfluous cells are published again (`reducing`).
4. Each family gives up its secondary cells and is protected anew, together with the hidden cells around it. The new
   pattern is kept if it is cheaper and, in the whole table, determines no unsafe cell: else it is tracked back.

Decomposition by a hierarchy is the idea of HITAS (P.-P. de Wolf, HiTaS: a heuristic approach to cell suppression in
hierarchical tables, 2002); there the families are solved from the top, here in any order, and checked as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Integers
from countersign.protection.cells.dependence import Dependence
from countersign.protection.cells.heuristic import Attempt, confirm
from countersign.protection.cells.reducing import thin
from countersign.protection.cells.searching import Effort, Part, search

PIECE = 1_500
"""Families are put together until they have so many cells."""

FIRST = Effort(rounds=4, starts=2, patience=4)
AGAIN = Effort(rounds=12, starts=2, patience=6)
WHOLE = Effort(rounds=2, starts=1, patience=2)

SWEEPS = 2
"""How often all families are protected anew."""

RESERVE = 0.3
"""Share of the time that is kept for the attack on the finished pattern."""


def hide(
    table: AdditiveTable,
    protect: Protect,
    *,
    limit: float,
    hidden: Bools | None = None,
    ceiling: float | None = None,
    sweeps: int = SWEEPS,
) -> Attempt:
    """Return a pattern of hidden cells that protects the unsafe ones, at low cost.

    Parameters
    ----------
    limit: seconds of processor time. hidden: (C,) cells that are hidden whatever happens.
    ceiling: no cell is larger, as everybody knows. Default: the largest value.
    sweeps: how often all families are protected anew.

    Returns
    -------
    The pattern, checked by `attacking`; not safe where time ran out or where cells cannot be protected by any pattern.
    """
    start = time.process_time()
    until = start + limit * (1 - RESERVE)
    fixed = np.asarray(protect.unsafe if hidden is None else protect.unsafe | hidden)
    movable = np.asarray(~protect.known)
    work = _Work(table, protect, fixed & movable, movable, until)
    families = [np.asarray(family[movable[family]]) for family in pieces(table)]
    for family in families:
        work.add(family)
    work.complete()
    for sweep in range(sweeps):
        for family in families:
            work.improve(family, replace(AGAIN, seed=AGAIN.seed + sweep))
    return confirm(table, protect, work.hidden | fixed, fixed, limit=limit, start=start, ceiling=ceiling)


class _Work:
    """The pattern in the making."""

    def __init__(self, table: AdditiveTable, protect: Protect, fixed: Bools, movable: Bools, until: float) -> None:
        self.table, self.fixed, self.movable, self.until = table, fixed, movable, until
        self.hidden = fixed.copy()
        self.dependence = Dependence(table.matrix)
        self.unsafe = np.asarray(protect.unsafe & movable & self.dependence.free(movable))
        self.columns = table.matrix.tocsc()

    def add(self, family: Integers) -> None:
        """Protect what a family can protect."""
        inside = np.zeros(len(self.table), dtype=bool)
        inside[family] = True
        exposed = np.asarray(self.unsafe & inside & ~self.dependence.free(self.hidden))
        if exposed.any() and not self.late():
            self.hidden = self.solved(family, self.hidden, exposed, FIRST)

    def complete(self) -> None:
        """Protect in the whole table what is left, and publish again what is superfluous."""
        exposed = np.asarray(self.unsafe & ~self.dependence.free(self.hidden))
        if exposed.any():
            self.hidden = self.solved(np.flatnonzero(self.movable), self.hidden, exposed, WHOLE)
            exposed = np.asarray(self.unsafe & ~self.dependence.free(self.hidden))
        thinned, _ = thin(self.dependence, self.hidden, self.unsafe & ~exposed, self.table.price, until=self.until)
        self.hidden = thinned | self.fixed

    def improve(self, family: Integers, effort: Effort) -> None:
        """Protect a family anew, and keep that only if it is cheaper and safe."""
        given_up = family[(self.hidden & ~self.fixed)[family]]
        if not given_up.size or self.late():
            return
        without = self.hidden.copy()
        without[given_up] = False
        exposed = np.asarray(self.unsafe & ~self.dependence.free(without))
        again = self.solved(family, without, exposed, effort)
        price = self.table.price
        if price[again].sum() < price[self.hidden].sum() and self.dependence.free(again)[self.unsafe].all():
            self.hidden = again

    def solved(self, family: Integers, hidden: Bools, exposed: Bools, effort: Effort) -> Bools:
        """Return the pattern with cells of a family added that protect `exposed`; other cells stay as they are."""
        inside = np.zeros(len(self.table), dtype=bool)
        inside[family] = True
        cells = np.flatnonzero(inside | (hidden & self.dependence.linked(inside)))
        matrix = self.columns[:, cells].tocsr()
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        part = Part(matrix, self.table.price[cells], hidden[cells], exposed[cells])
        found = hidden.copy()
        found[cells] = search(part, effort, until=self.until)
        return found

    def late(self) -> bool:
        """Time is over."""
        return time.process_time() > self.until


def pieces(table: AdditiveTable) -> list[Integers]:
    """Return the cells of each family of the dimension with the most codes, small neighbouring families as one.

    Every cell with a code of the family is in it, so a code that has parts and is a part is in two.
    """
    axis = max(range(len(table.dimensions)), key=lambda place: len({cell[place] for cell in table.cells}))
    codes = [cell[axis] for cell in table.cells]
    parts: dict[str, dict[str, None]] = {}
    for total, of in table.equations:
        if codes[of[0]] != codes[total]:
            parts.setdefault(codes[total], {}).update(dict.fromkeys(codes[part] for part in of))
    cells: dict[str, list[int]] = {}
    for place, code in enumerate(codes):
        cells.setdefault(code, []).append(place)
    found: list[Integers] = []
    for family in _in_order(parts):
        places = np.array(sorted(place for code in family for place in cells[code]))
        if found and len(found[-1]) < PIECE:
            found[-1] = np.union1d(found[-1], places)
        else:
            found.append(places)
    alone = np.setdiff1d(np.arange(len(table)), np.concatenate(found) if found else [])
    return [*found, alone] if alone.size else found


def _in_order(parts: dict[str, dict[str, None]]) -> Iterable[list[str]]:
    """Yield each code with its parts, a code's parts right after each other, the lowest first."""
    for code in reversed(list(parts)):
        yield [code, *parts[code]]
