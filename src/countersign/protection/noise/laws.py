"""Laws: how counts and amounts are changed before they are published, by cell keys or by rounding.

Both laws answer the same two questions, so what protects figures does not know which of them it holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from countersign.model.cells import Floats, Integers
from countersign.protection.noise.keys import draws
from countersign.protection.noise.perturbation_table import PerturbationTable
from countersign.protection.noise.rounding import round_at_random, round_to_nearest

_STEPS = (1.0, 2.0, 5.0, 10.0)


class Law(Protocol):
    """How counts and amounts are changed.

    Attributes
    ----------
    largest: no count is changed by more. variance: of the change of a count. drawn: the change is drawn, independent of
        the count; else it follows from it, so that errors add up at worst. slack: by how much less than published a
        base may well be. secret: what the record keys were made with.
    """

    @property
    def secret(self) -> bytes:
        """What the record keys were made with."""
        ...

    @property
    def largest(self) -> float:
        """No count is changed by more."""
        ...

    @property
    def drawn(self) -> bool:
        """Whether changes are drawn."""
        ...

    @property
    def slack(self) -> float:
        """By how much less than published a base may well be."""
        ...

    @property
    def variance(self) -> float:
        """Of the change of a count."""
        ...

    def counts(self, counts: npt.ArrayLike, sums: npt.ArrayLike, about: Sequence[str] = ()) -> Integers:
        """Return the counts to be published, (C,), given the sums of the record keys and what the cells are about."""
        ...

    def amounts(
        self,
        totals: npt.ArrayLike,
        tops: npt.ArrayLike,
        people: npt.ArrayLike,
        sums: npt.ArrayLike,
        about: Sequence[str] = (),
    ) -> Floats:
        """Return the totals to be published, (C,), given the largest single contribution and the number of people."""
        ...

    def told(self) -> Mapping[str, float]:
        """Return what is published about the law, name -> number."""
        ...


@dataclass(frozen=True)
class CellKeyNoise:
    """Noise by cell keys.

    Parameters
    ----------
    table: the law of the change of a count. secret: what the record keys were made with.
    hide_presence: the noise also depends on what a cell is about. Then the same people have other noise as another
        cell, so that a difference that is not 0 does not tell that there is somebody in between; in turn, who finds the
        same people as several cells may average.
    """

    table: PerturbationTable
    secret: bytes = field(repr=False)
    hide_presence: bool = False
    drawn = True
    slack = 0.0

    @property
    def largest(self) -> float:
        """D: no count is changed by more."""
        return float(self.table.largest)

    @property
    def variance(self) -> float:
        """V: of the change of every count above 0."""
        return self.table.variance

    def counts(self, counts: npt.ArrayLike, sums: npt.ArrayLike, about: Sequence[str] = ()) -> Integers:
        """Return counts + changes drawn from the perturbation table with the cell keys, (C,)."""
        whole = np.asarray(counts, dtype=np.int64)
        draw = draws(sums, self.secret, purpose="count", about=about if self.hide_presence else ())
        changed: Integers = whole + self.table.drawn(whole, draw)
        return changed

    def amounts(
        self,
        totals: npt.ArrayLike,
        tops: npt.ArrayLike,
        people: npt.ArrayLike,
        sums: npt.ArrayLike,
        about: Sequence[str] = (),
    ) -> Floats:
        """Return T + (e + u) s, (C,).

        Notes
        -----
        e is the change of the count of people, drawn anew for amounts; u is uniform between -1/2 and 1/2, without
        which a small total could be computed back; s is the largest single contribution rounded up to 1, 2 or 5 times
        a power of ten. So the noise hides one person's amount as well as it hides one person in a count. The draw
        depends on the people and on T over the largest contribution: an amount in another unit has the same noise. A
        total that is not negative does not become negative.
        """
        total, top = np.asarray(totals, dtype=np.float64), np.abs(np.asarray(tops, dtype=np.float64))
        shape = _shapes(total, top, about if self.hide_presence else ())
        e = self.table.drawn(people, draws(sums, self.secret, purpose="amount", about=shape))
        u = draws(sums, self.secret, purpose="between", about=shape) - 0.5
        changed = total + np.where(np.asarray(people) > 0, e + u, 0.0) * unit_of(top)
        found: Floats = np.where(total >= 0, np.maximum(changed, 0.0), changed)
        return found

    def told(self) -> Mapping[str, float]:
        """Return largest change, variance, and the largest count above 0 that is never published."""
        return {"largest": self.largest, "variance": self.variance, "never_published_up_to": float(self.table.hidden)}


@dataclass(frozen=True)
class Rounding:
    """Rounding to multiples of a base.

    Parameters
    ----------
    how: ``random``: up with the chance that keeps the mean, drawn from the cell key; ``nearest``: half goes up.
    hide_presence: as with cell keys, for ``random``.
    """

    base: int
    secret: bytes = field(repr=False, default=b"")
    how: Literal["random", "nearest"] = "random"
    hide_presence: bool = False

    @property
    def drawn(self) -> bool:
        """Whether it is drawn if a count goes up or down."""
        return self.how == "random"

    @property
    def slack(self) -> float:
        """Half the base."""
        return self.base / 2

    @property
    def largest(self) -> float:
        """No count is changed by more."""
        return float(self.base - 1 if self.how == "random" else self.base // 2)

    @property
    def variance(self) -> float:
        """Mean variance of the change over all remainders: (b^2 - 1) / 6 at random, about (b^2 - 1) / 12 to nearest."""
        parts = np.arange(self.base, dtype=float)
        if self.how == "random":
            return float((parts * (self.base - parts)).mean())
        return float(((round_to_nearest(parts, self.base) - parts) ** 2).mean())

    def counts(self, counts: npt.ArrayLike, sums: npt.ArrayLike, about: Sequence[str] = ()) -> Integers:
        """Return multiples of the base, (C,)."""
        whole = np.asarray(counts, dtype=np.int64)
        if self.how == "nearest":
            return round_to_nearest(whole, self.base).astype(np.int64)
        draw = draws(sums, self.secret, purpose="round", about=about if self.hide_presence else ())
        return round_at_random(whole, self.base, draw).astype(np.int64)

    def amounts(
        self,
        totals: npt.ArrayLike,
        tops: npt.ArrayLike,
        people: npt.ArrayLike,
        sums: npt.ArrayLike,
        about: Sequence[str] = (),
    ) -> Floats:
        """Return multiples of base times s, (C,); s as with cell keys: the largest contribution, rounded up."""
        total, top = np.asarray(totals, dtype=np.float64), np.abs(np.asarray(tops, dtype=np.float64))
        unit = np.where(top > 0, unit_of(top), 1.0)
        if self.how == "nearest":
            return round_to_nearest(total / unit, self.base) * unit
        shape = _shapes(total, top, about if self.hide_presence else ())
        draw = draws(sums, self.secret, purpose="round amount", about=shape)
        return round_at_random(total / unit, self.base, draw) * unit

    def told(self) -> Mapping[str, float]:
        """Return base, largest change and mean variance."""
        return {"base": float(self.base), "largest": self.largest, "variance": self.variance}


def _shapes(totals: Floats, tops: Floats, about: Sequence[str]) -> list[str]:
    """Return what the noise of an amount depends on besides the people: the total in units of the largest part."""
    shapes = [f"{t / m:.9g}" if m else "" for t, m in zip(totals.tolist(), tops.tolist(), strict=True)]
    return [f"{shape} {cell}" for shape, cell in zip(shapes, about, strict=True)] if about else shapes


def unit_of(top: npt.ArrayLike) -> Floats:
    """Return the next number of the row 1, 2, 5, 10, 20, ... that is not smaller; 0 for 0.

    It says how large the largest contribution is to within a factor of 2.5, and no better.
    """
    return np.asarray([_rounded_up(float(each)) for each in np.asarray(top, dtype=np.float64).ravel()])


def _rounded_up(value: float) -> float:
    if value <= 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * (1 - 1e-12))
