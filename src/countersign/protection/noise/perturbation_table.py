"""Perturbation table: the law by which a published count differs from the count, for each count.

Of all laws that keep to the stated limits it is the one of largest entropy: it adds nothing that was not stated. The
table is no secret. It is published, so that analysts can reckon with it; secret are the keys that draw from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular

_STEPS = 200  # Newton's method needs about ten; at the edge of what can be met up to a hundred
_EXACT = 1e-15  # by how much mean and variance may miss, relative to the largest change and its square
_NEAR = 1e-6  # so near the solution a whole step of Newton's method doubles the digits


@dataclass(frozen=True)
class PerturbationTable(Tabular):
    """P(change = d | count = i).

    Parameters
    ----------
    largest: D, no count is changed by more. variance: V of the change, equal for every count above 0.
    hidden: counts from 1 to this one are never published; 0 = no such rule.
    laws: (R, 2 D + 1), row i for the count i, the last row for all larger counts; column k for the change k - D. Every
        row has mean 0; no count becomes negative; 0 stays 0.

    Source: Fraser and Wooton (2005); Marley and Leaver (2011); Giessing (2016).
    """

    largest: int
    variance: float
    hidden: int
    laws: Floats

    @cached_property
    def changes(self) -> Integers:
        """(2 D + 1,) the changes -D to D."""
        return np.arange(-self.largest, self.largest + 1, dtype=np.int64)

    @cached_property
    def _cumulated(self) -> Floats:
        sums: Floats = np.cumsum(self.laws, axis=1)
        return sums / sums[:, -1:]

    def law(self, count: int) -> Floats:
        """Return the probabilities of the changes -D to D of a count, (2 D + 1,)."""
        row: Floats = self.laws[min(count, len(self.laws) - 1)]
        return row

    def drawn(self, counts: npt.ArrayLike, draws: npt.ArrayLike) -> Integers:
        """Return the change of each count: the inverse of its law's distribution at the draw.

        Parameters
        ----------
        counts: (C,) whole numbers from 0 on. draws: (C,) from 0 to below 1, uniform.
        """
        rows = np.minimum(np.asarray(counts, dtype=np.int64), len(self.laws) - 1)
        above = self._cumulated[rows] <= np.asarray(draws, dtype=np.float64)[:, None]
        found: Integers = above.sum(axis=1, dtype=np.int64) - self.largest
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each count and change that can happen: count, published, change, probability."""
        return [
            {"count": count, "published": count + int(change), "change": int(change), "probability": float(p)}
            for count, law in enumerate(self.laws)
            for change, p in zip(self.changes, law, strict=True)
            if p > 0
        ]


@lru_cache(maxsize=64)
def perturbation_table(largest: int, variance: float, *, hidden: int = 0) -> PerturbationTable:
    """Return the perturbation table of largest entropy.

    Parameters
    ----------
    largest: D, at least 1. variance: V, the same for every count from 1 on. hidden: counts 1 to `hidden` never appear
        in a publication.

    Notes
    -----
    Row i maximises -sum p log p subject to sum p = 1, sum p d = 0, sum p d^2 = V, over the changes d from
    max(-i, -D) to D for which i + d is not one of 1 to `hidden`. The solution is p ~ exp(a d + b d^2).

    Raises
    ------
    ProtectionError: no law can meet the limits; the message says between which numbers V may lie.

    Source: Marley and Leaver (2011), A method for confidentialising user-defined tables; Giessing (2016),
    Computational issues in the design of transition probabilities and disclosure risk estimation for additive noise.
    """
    _refuse(largest, variance, hidden)
    changes = np.arange(-largest, largest + 1)
    laws = np.zeros((largest + hidden + (2 if hidden else 1), 2 * largest + 1))
    laws[0, largest] = 1.0
    for count in range(1, len(laws)):
        allowed = _allowed(count, largest, hidden)
        laws[count, allowed] = _law(changes[allowed].astype(float), variance)
    laws.flags.writeable = False
    return PerturbationTable(largest, float(variance), hidden, laws)


def variances(largest: int, *, hidden: int = 0) -> tuple[float, float]:
    """Return the smallest and the largest variance that a perturbation table with these limits can have.

    The smallest is that of a count that may not be published at all and goes to the nearest that may, i (hidden + 1 -
    i); the largest that of the count 1, which becomes 0 or 1 + D: 1 x D.
    """
    smallest = max((i * (hidden + 1 - i) for i in range(1, hidden + 1)), default=0)
    return float(smallest), float(largest)


def _refuse(largest: int, variance: float, hidden: int) -> None:
    if largest < 1 or hidden < 0:
        raise ProtectionError(
            f"A largest change of {largest} with counts hidden up to {hidden} makes no sense.",
            where="noise",
            expected="a largest change of 1 or more, and 0 or more hidden counts",
            action="correct the numbers",
        )
    smallest, highest = variances(largest, hidden=hidden)
    least = max(math.ceil(smallest), hidden + 1)
    if hidden and largest < least:
        raise ProtectionError(
            f"Counts from 1 to {hidden} cannot all be hidden if none may change by more than {largest}.",
            where="noise.largest",
            expected=f"a largest change of {least} or more",
            action="allow larger changes, or hide fewer counts",
        )
    if not max(smallest, 1e-9) <= variance <= highest:
        raise ProtectionError(
            f"No noise without bias has the variance {variance:g} and changes no count by more than {largest}.",
            where="noise.variance",
            expected=f"a variance from {smallest:g} to {highest:g}, and above 0",
            action="choose a variance in between, or another largest change",
        )


def _allowed(count: int, largest: int, hidden: int) -> npt.NDArray[np.bool_]:
    published = count + np.arange(-largest, largest + 1)
    return (published >= 0) & ~((published >= 1) & (published <= hidden))


def _law(changes: Floats, variance: float) -> Floats:
    """Return p ~ exp(a d + b d^2) with mean 0 and the given variance, or its limit where only two changes are left."""
    low, high = changes[0], changes[-1]
    if variance >= -low * high * (1 - 1e-12):
        return _between(changes, low, high)
    if 0 not in changes:
        below, above = changes[changes < 0].max(), changes[changes > 0].min()
        if variance <= -below * above * (1 + 1e-12):
            return _between(changes, below, above)
    scale = max(-low, high)
    z = changes / scale
    features = np.stack([z, z * z - variance / scale**2])
    at = np.zeros(2)
    for _ in range(_STEPS):
        p = _weighed(at, features)
        gradient = features @ p
        off = float(np.abs(gradient).max())
        if off < _EXACT:
            break
        step = np.linalg.solve((features * p) @ features.T - np.outer(gradient, gradient), -gradient)
        at = at + step if off < _NEAR else _shortened(at, step, gradient, features)
    return _weighed(at, features)


def _weighed(at: Floats, features: Floats) -> Floats:
    exponent = at @ features
    p: Floats = np.exp(exponent - exponent.max())
    p /= p.sum()
    return p


def _shortened(at: Floats, step: Floats, gradient: Floats, features: Floats) -> Floats:
    """Return where Newton's step leads, halved until log sum exp, which is convex, falls."""

    def height(point: Floats) -> float:
        exponent = point @ features
        most = float(exponent.max())
        return most + math.log(float(np.exp(exponent - most).sum()))

    start, slope, length = height(at), float(gradient @ step), 1.0
    while length > 1e-10 and height(at + length * step) > start + 1e-4 * length * slope:
        length /= 2
    further: Floats = at + length * step
    return further


def _between(changes: Floats, below: float, above: float) -> Floats:
    """Return the law on two changes with mean 0."""
    p = np.zeros(len(changes))
    p[changes == below] = above / (above - below)
    p[changes == above] = -below / (above - below)
    return p
