"""Crossing: numbers of the finest categories -> a table with every total, and the equations between its cells.

The cells of a crossed table are all combinations of the codes of D hierarchies, the last dimension running fastest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, TypeVar

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable
from countersign.model.cells import Floats, Integers
from countersign.model.hierarchy import Hierarchy

MOST_CELLS = 5_000_000
"""More cells than this are no table that anybody reads: it would only fill the memory."""
TOP = 3
"""Largest contributions that are kept of each cell."""

Numbers = TypeVar("Numbers", Floats, Integers)


def refuse_names(names: Sequence[str]) -> None:
    """Refuse a table of no variable, or of one crossed with itself."""
    if not names or len(set(names)) < len(names):
        raise ProtectionError(
            "A table needs at least one variable." if not names else "A variable crosses itself.",
            where=", ".join(sorted({name for name in names if names.count(name) > 1})),
            expected="one hierarchy for each of the table's variables",
            action="name each variable once",
        )


class Crossing:
    """All combinations of the codes of several hierarchies.

    Parameters
    ----------
    hierarchies: one per dimension, of different names.

    Raises
    ------
    ProtectionError: no dimension, the same twice, or more cells than can be worked with.
    """

    def __init__(self, hierarchies: Sequence[Hierarchy]) -> None:
        self.hierarchies = tuple(hierarchies)
        names = [hierarchy.variable for hierarchy in self.hierarchies]
        refuse_names(names)
        self.codes = [tuple(hierarchy.parents) for hierarchy in self.hierarchies]
        self.shape = tuple(map(len, self.codes))
        if prod(self.shape) > MOST_CELLS:
            raise ProtectionError(
                f"The table would have {prod(self.shape):,} cells.",
                where=" x ".join(names),
                expected=f"at most {MOST_CELLS:,}",
                action="cross fewer variables, or make several tables of them",
            )

    @cached_property
    def leaves(self) -> list[Integers]:
        """Per dimension, the places of the finest codes among its codes, in their order."""
        return [
            np.array([codes.index(leaf) for leaf in hierarchy.leaves], dtype=np.int64)
            for codes, hierarchy in zip(self.codes, self.hierarchies, strict=True)
        ]

    @cached_property
    def levels(self) -> list[Integers]:
        """Per dimension, for each leaf the places of the codes it is part of: (leaves, depth), -1 below the leaf.

        The first column is the total. Every code stands in one column only.
        """
        found = []
        for codes, hierarchy in zip(self.codes, self.hierarchies, strict=True):
            place = {code: number for number, code in enumerate(codes)}
            paths = [[place[code] for code in reversed(hierarchy.path(leaf))] for leaf in hierarchy.leaves]
            depth = max(map(len, paths))
            found.append(np.array([path + [-1] * (depth - len(path)) for path in paths], dtype=np.int64))
        return found

    def cells(self) -> tuple[tuple[str, ...], ...]:
        """Return the codes of every cell."""
        return tuple(product(*self.codes))

    def added(self, leaves: Numbers) -> Numbers:
        """Add numbers of the finest cells up, (L_1, .. L_D) -> (C,)."""
        numbers: Any = leaves
        for axis, (levels, count) in enumerate(zip(self.levels, self.shape, strict=True)):
            moved: Any = np.moveaxis(numbers, axis, 0)
            sums = np.zeros((count, *moved.shape[1:]), dtype=leaves.dtype)
            for level in levels.T:
                np.add.at(sums, level[level >= 0], moved[level >= 0])
            numbers = np.moveaxis(sums, 0, axis)
        found: Numbers = numbers.ravel()
        return found

    def topped(self, leaves: Floats) -> Floats:
        """Return the largest numbers in every cell, (L_1, .. L_D, k) -> (C, k), descending.

        Right where nobody contributes to two of the finest cells.
        """
        numbers, most = leaves, leaves.shape[-1]
        for axis, hierarchy in enumerate(self.hierarchies):
            moved = np.moveaxis(numbers, axis, 0)
            place = {code: number for number, code in enumerate(self.codes[axis])}
            found = np.zeros((self.shape[axis], *moved.shape[1:]))
            found[self.leaves[axis]] = moved
            for code in sorted(hierarchy.children, key=lambda code: -len(hierarchy.path(code))):
                below = found[[place[part] for part in hierarchy.children[code]]]
                flat = np.moveaxis(below, 0, -2).reshape(*below.shape[1:-1], -1)
                found[place[code]] = -np.sort(-flat)[..., :most]
            numbers = np.moveaxis(found, 0, axis)
        return numbers.reshape(-1, most)

    def ancestors(self, leaves: Sequence[Integers]) -> list[tuple[Integers, Integers]]:
        """Return every cell that rows count in.

        Parameters
        ----------
        leaves: per dimension, the number of each row's finest code, D arrays of (n,).

        Returns
        -------
        For each combination of levels: places of rows, and the cell each of them is part of.
        """
        found = []
        for combination in product(*(range(levels.shape[1]) for levels in self.levels)):
            codes = [levels[leaf, level] for levels, leaf, level in zip(self.levels, leaves, combination, strict=True)]
            rows = np.flatnonzero(np.all([code >= 0 for code in codes], axis=0))
            found.append((rows, np.ravel_multi_index([code[rows] for code in codes], self.shape)))
        return found

    def equations(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return (total, parts) of every cell and dimension in which its code has parts."""
        places = np.arange(prod(self.shape)).reshape(self.shape)
        found: list[tuple[int, tuple[int, ...]]] = []
        for axis, hierarchy in enumerate(self.hierarchies):
            number = {code: place for place, code in enumerate(self.codes[axis])}
            for code, parts in hierarchy.children.items():
                totals = places.take(number[code], axis=axis).ravel()
                below = np.moveaxis(places.take([number[part] for part in parts], axis=axis), axis, -1)
                found += zip(totals.tolist(), map(tuple, below.reshape(len(totals), -1).tolist()), strict=True)
        return tuple(found)

    def table(
        self,
        values: Floats,
        contributors: Integers,
        *,
        households: Integers | None = None,
        largest: Floats | None = None,
        counted: bool = True,
    ) -> AdditiveTable:
        """Return the table of numbers that are already added up, each (C,)."""
        return AdditiveTable(
            dimensions=tuple(hierarchy.variable for hierarchy in self.hierarchies),
            cells=self.cells(),
            values=np.asarray(values, dtype=np.float64),
            contributors=np.asarray(contributors, dtype=np.int64),
            equations=self.equations(),
            households=households,
            largest=largest,
            counted=counted,
        )
