"""Auxiliaries: what weights are calibrated to, kept as codes and numbers, never as a table of dummies.

A margin is one code a cell; a number with a known total is a code (its part of the population) and a value. What a fit
and its variance need, X b, X'a and X'AX, are look-ups and counts. Margins overlap, so X'AX has no inverse but a
generalised one; everything computed with it (fitted values) is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from countersign.model.benchmark import Column, Margin, NumberTotal
from countersign.model.cells import Cells, Floats, Integers

RANK = 1e-12
"""Eigenvalues of the scaled X'AX below this share of the largest are zero: columns that others determine."""


@dataclass(frozen=True)
class Auxiliaries:
    """L columns for C cells.

    Parameters
    ----------
    size: L.
    codes: for each margin or number the column of each cell, (C,).
    values: for each the value of each cell, (C,), or None for margins: 1.
    columns: what each column stands for, ``(names, categories)``: the variables of its margin and their categories as
        text; for a number its own name comes first, with an empty category.
    centre: what was taken off each number, (L,); 0 for margins.
    """

    size: int
    codes: tuple[Integers, ...]
    values: tuple[Floats | None, ...]
    columns: tuple[Column, ...] = ()
    centre: Floats = field(default_factory=lambda: np.zeros(0))

    def times(self, b: Floats) -> Floats:
        """Return X b: (C,) for b (L,)."""
        found = np.zeros(len(self.codes[0]))
        for code, value in zip(self.codes, self.values, strict=True):
            found += b[code] if value is None else b[code] * value
        return found

    def sums(self, amount: Floats) -> Floats:
        """Return X'a: (L,) for a (C,)."""
        found = np.zeros(self.size)
        for code, value in zip(self.codes, self.values, strict=True):
            found += np.bincount(code, amount if value is None else amount * value, self.size)
        return found

    def gram(self, amount: Floats, at: Integers | slice = slice(None)) -> Floats:
        """Return X' diag(a) X of all cells, or of some, (L, L)."""
        size = self.size
        found = np.zeros((size, size))
        for place, (one, u) in enumerate(zip(self.codes, self.values, strict=True)):
            first = amount[at] if u is None else amount[at] * u[at]
            own = np.bincount(one[at], first if u is None else first * u[at], size)
            found[np.arange(size), np.arange(size)] += own
            for other, v in zip(self.codes[place + 1 :], self.values[place + 1 :], strict=True):
                both = first if v is None else first * v[at]
                block = np.bincount(one[at] * size + other[at], both, size * size).reshape(size, size)
                found += block + block.T
        return found

    def grouped(self, amount: Floats, group: Integers, count: int) -> Floats:
        """Return X'a of each group 0 .. G - 1, (G, L)."""
        found = np.zeros((count, self.size))
        for code, value in zip(self.codes, self.values, strict=True):
            held = amount if value is None else amount * value
            found += np.bincount(group * self.size + code, held, count * self.size).reshape(count, self.size)
        return found

    def uncentred(self, b: Floats) -> Floats:
        """Return coefficients for the numbers as they are, from those for the centred ones; (L,) or (L, K)."""
        found = b.copy()
        for place in np.flatnonzero(self.centre):
            (_, *within), (_, *part) = self.columns[place]
            for other in self._sizes(tuple(within), tuple(part)):
                found[other] -= self.centre[place] * b[place]
        return found

    def _sizes(self, within: tuple[str, ...], part: tuple[str, ...]) -> list[int]:
        """Return the columns of one margin that together count a part of the population."""
        covering = next(names for names, label in self.columns if "" not in label[:1] and set(within) <= set(names))
        return [
            place
            for place, (names, label) in enumerate(self.columns)
            if names == covering and tuple(label[names.index(name)] for name in within) == part
        ]


def auxiliaries_of(cells: Cells, margins: Sequence[Margin], numbers: Sequence[NumberTotal] = ()) -> Auxiliaries:
    """Return the columns of margins and numbers for `cells`, in the sorted order of the categories the cells have.

    Parameters
    ----------
    cells: keys hold the variables. A missing value of a number counts 0 here; weighting refuses it first.
    """
    codes: list[Integers] = []
    values: list[Floats | None] = []
    columns: list[Column] = []
    centre: list[float] = []
    for margin in margins:
        code, found = cells.codes(margin.variables)
        codes.append(code + len(columns))
        values.append(None)
        columns += [(margin.variables, tuple(str(part) for part in label)) for label in found]
        centre += [0.0] * len(found)
    for number in numbers:
        code, found = cells.codes(number.within)
        codes.append(code + len(columns))
        value = np.nan_to_num(cells.keys[number.variable].astype(float))
        mean = np.zeros(len(found))
        if covered(number, margins):
            # With the size of each part among the columns, a number may be taken from its mean: the same space, and
            # numbers far from zero, such as years, do not look like the size itself.
            weight = np.bincount(code, cells.weight, len(found))
            mean = np.bincount(code, cells.weight * value, len(found)) / np.where(weight > 0, weight, 1.0)
            value = value - mean[code]
        values.append(value)
        columns += [((number.variable, *number.within), ("", *(str(part) for part in label))) for label in found]
        centre += mean.tolist()
    return Auxiliaries(len(columns), tuple(codes), tuple(values), tuple(columns), np.array(centre))


def covered(number: NumberTotal, margins: Sequence[Margin]) -> bool:
    """Whether some margin gives the size of each part in which a number's total is known."""
    return any(set(number.within) <= set(margin.variables) for margin in margins)


def generalised_inverse(gram: Floats) -> Floats:
    """Return a symmetric generalised inverse of X'AX, (L, L), block by block where columns never meet.

    Columns are scaled to one first, so that euros and persons have the same say in what counts as zero.
    """
    scale = np.sqrt(np.diag(gram))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = gram / scale[:, None] / scale
    found = np.zeros_like(gram)
    block = _blocks(scaled != 0)
    for number in np.unique(block):
        at = np.flatnonzero(block == number)
        own = np.ix_(at, at)
        found[own] = np.linalg.pinv(scaled[own], rcond=RANK, hermitian=True)
    inverse: Floats = found / scale[:, None] / scale
    return inverse


def _blocks(meets: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Integers:
    """Number the groups of columns that are joined by cells, directly or through others."""
    size = len(meets)
    meets = meets | np.eye(size, dtype=bool)
    own = np.arange(size)
    while True:
        new = np.where(meets, own[None, :], size).min(axis=1)
        new = new[new]
        if (new == own).all():
            return own.astype(np.int64)
        own = new
