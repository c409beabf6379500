"""Curvature of a multilevel model with its largest grouping factor eliminated.

No answer comes from two categories of one factor, so in H = X'WX + Q the block of a grouping factor is diagonal. With
the largest one first, H = [[D, B], [B', C]] is an arrowhead: a diagonal, and a border as wide as all other columns.
Its inverse needs the border and the Schur complement S = C - B'D^-1 B only: work grows with the number of categories of
the largest factor, not with its cube.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.model.regressors import Regressors


@dataclass(frozen=True)
class Parts:
    """Columns in two parts: the largest grouping factor, and the rest.

    Parameters
    ----------
    columns: all. block: the columns of the largest grouping factor, A. level: category of each cell in it, (C,).
    rest: the other r columns, in their order.
    """

    columns: Regressors
    block: slice
    level: Integers
    rest: Regressors

    @property
    def levels(self) -> int:
        """Number of categories of the largest factor, A."""
        return len(range(*self.block.indices(self.columns.size)))

    @cached_property
    def _pairs(self) -> list[Integers]:
        wide = self.rest.size + 1
        return [self.level * wide + np.where(code < 0, self.rest.size, code) for code in self.rest.codes]

    def gram(self, amount: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the parts D (A,), B (A, r) and C (r, r) of X' diag(a) X, for a (C,)."""
        wide = self.rest.size + 1
        border: Floats = np.zeros((self.levels, wide))
        for pair in self._pairs:
            border += np.bincount(pair, amount, border.size).reshape(border.shape)
        for place, x in self.rest.numbers.items():
            border[:, place] += np.bincount(self.level, amount * x, self.levels)
        own: Floats = np.bincount(self.level, amount, self.levels).astype(np.float64)
        return own, border[:, :-1], self.rest.gram(amount)


def part_columns(columns: Regressors, blocks: Sequence[slice]) -> Parts:
    """Part columns whose grouping factors, the last of `columns.codes`, have the columns `blocks`."""
    size = [block.stop - block.start for block in blocks]
    k = size.index(max(size))
    block, own = blocks[k], len(columns.codes) - len(blocks) + k
    codes = tuple(
        np.where(code >= block.stop, code - size[k], code) for at, code in enumerate(columns.codes) if at != own
    )
    numbers = {place - size[k] * (place >= block.stop): x for place, x in columns.numbers.items()}
    names = columns.columns[: block.start] + columns.columns[block.stop :]
    return Parts(columns, block, columns.codes[own] - block.start, Regressors(names, codes, numbers))


@dataclass(frozen=True)
class Arrowhead:
    """H = [[D, B], [B', C]], factored.

    Parameters
    ----------
    block: the place of D among the columns. d: diagonal of D, (A,). tilt: D^-1 B, (A, r). root: lower triangle of the
        Cholesky factor of S = C - B'D^-1 B, (r, r).
    """

    block: slice
    d: Floats
    tilt: Floats
    root: Floats

    def solve(self, g: Floats) -> Floats:
        """Return H^-1 g, for g (q,)."""
        from scipy.linalg.lapack import dpotrs

        large, rest = _part(g, self.block)
        below = dpotrs(self.root, rest - large @ self.tilt, lower=1)[0]
        return _join(large / self.d - self.tilt @ below, below, self.block)

    @property
    def logdet(self) -> float:
        """Logarithm of the determinant of H."""
        return float(np.log(self.d).sum() + 2 * np.log(np.diag(self.root)).sum())

    @cached_property
    def inverse(self) -> Floats:
        """S^-1: the covariance of the rest, (r, r)."""
        from scipy.linalg.lapack import dpotri

        lower = np.tril(dpotri(self.root, lower=1)[0])
        found: Floats = lower + np.tril(lower, -1).T
        return found

    @cached_property
    def _border(self) -> Floats:
        return self.tilt @ self.inverse

    @cached_property
    def diagonal(self) -> Floats:
        """Variances, the diagonal of H^-1, (q,)."""
        return _join(1 / self.d + (self._border * self.tilt).sum(axis=1), np.diag(self.inverse), self.block)

    def quadratic(self, parts: Parts) -> Floats:
        """Return x_c' H^-1 x_c for every cell, (C,)."""
        rest, level = parts.rest, parts.level
        cross = np.zeros(len(level))
        wide = np.column_stack([self._border, np.zeros(len(self.d))])
        for code in rest.codes:
            cross += wide[level, code]
        for place, x in rest.numbers.items():
            cross += x * self._border[level, place]
        return self.diagonal[self.block][level] - 2 * cross + quadratic(rest, self.inverse)

    def quadratic_of_sums(self, parts: Parts, amount: Floats, group: Integers, groups: int) -> Floats:
        """Return v'H^-1 v for v = X'a within each group 0 .. groups - 1, (groups,), for a (C,) and group (C,)."""
        from scipy.sparse import csr_array

        large = csr_array((amount, (group, parts.level)), shape=(groups, len(self.d)))
        large.sum_duplicates()
        left = parts.rest.sums_by(amount, group, groups) - large @ self.tilt
        found: Floats = large.power(2) @ (1 / self.d) + ((left @ self.inverse) * left).sum(axis=1)
        return found

    def dense(self) -> Floats:
        """Return H^-1 as a plain matrix, (q, q): for small models."""
        size = len(self.d) + len(self.root)
        large = np.arange(size)[self.block]
        rest = np.delete(np.arange(size), self.block)
        found = np.zeros((size, size))
        found[np.ix_(rest, rest)] = self.inverse
        found[np.ix_(large, rest)] = -self._border
        found[np.ix_(rest, large)] = -self._border.T
        found[np.ix_(large, large)] = np.diag(1 / self.d) + self._border @ self.tilt.T
        return found


def factor(parts: Parts, amount: Floats, prior: Floats) -> Arrowhead | None:
    """Factor X' diag(a) X + diag(prior), for a (C,) and prior (q,), above 0 for grouping factors; None if singular."""
    from scipy.linalg.lapack import dpotrf

    d, border, rest = parts.gram(amount)
    own, other = _part(prior, parts.block)
    d = d + own
    tilt = border / d[:, None]
    rest = rest - border.T @ tilt
    rest[np.diag_indices_from(rest)] += other
    root, failed = dpotrf(rest, lower=1)
    return None if failed else Arrowhead(parts.block, d, tilt, root)


def quadratic(columns: Regressors, matrix: Floats) -> Floats:
    """Return x_c'M x_c for every cell, (C,), for a symmetric M (q, q)."""
    wide = np.zeros((columns.size + 1, columns.size + 1))
    wide[:-1, :-1] = matrix
    found = np.zeros(len(columns))
    for at, one in enumerate(columns.codes):
        found += wide[one, one]
        for other in columns.codes[at + 1 :]:
            found += 2 * wide[one, other]
    for j, x in columns.numbers.items():
        for code in columns.codes:
            found += 2 * x * wide[j, code]
        for k, z in columns.numbers.items():
            found += x * z * wide[j, k]
    return found


def _part(v: Floats, block: slice) -> tuple[Floats, Floats]:
    return v[block], np.concatenate([v[: block.start], v[block.stop :]])


def _join(large: Floats, rest: Floats, block: slice) -> Floats:
    return np.concatenate([rest[: block.start], large, rest[block.start :]])
