"""Cells: rows reduced to what the methods need, once, by the engine.

Every linear estimator of a stratified, clustered, calibrated sample is a function of the moments kept here, so 10^3
rows and 10^8 rows run the same code after the reduction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Texts: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Cells:
    """Moments of p measures by C cells.

    With base weight d and measures v_1 .. v_p of a row (a missing measure counts 0):

    Parameters
    ----------
    keys: variable -> the category of each cell, C objects (text, number, bool, or None for missing).
    measures: the p names, in the order of the axes below.
    n: rows, (C,).
    weight: sum d, (C,).
    weight2: sum d^2, (C,).
    first: sum d v_j, (C, p).
    cross: sum d^2 v_j, (C, p).
    second: sum d^2 v_j v_k, (C, p, p), symmetric.
    plain: sum v_j, (C, p): unweighted, for raw figures and for counts.

    Cells are ordered by their keys, so that sums come out the same in every run.
    """

    keys: Mapping[str, Texts]
    measures: tuple[str, ...]
    n: Integers
    weight: Floats
    weight2: Floats
    first: Floats
    cross: Floats
    second: Floats
    plain: Floats

    def __len__(self) -> int:
        return len(self.n)

    @cached_property
    def _coded(self) -> dict[str, tuple[Integers, list[object]]]:
        return {}

    def coded(self, name: str) -> tuple[Integers, list[object]]:
        """Number the categories of one variable, once.

        Returns
        -------
        For each cell the number of its category (C,), and the categories in sorted order.
        """
        if name not in self._coded:
            values = self.keys[name].tolist()
            distinct = sorted(set(values), key=_order)
            place = {value: number for number, value in enumerate(distinct)}
            own = np.fromiter(map(place.__getitem__, values), dtype=np.int64, count=len(values))
            self._coded[name] = (own, distinct)
        return self._coded[name]

    def codes(self, variables: Sequence[str]) -> tuple[Integers, list[tuple[object, ...]]]:
        """Number the combinations of `variables`.

        Returns
        -------
        For each cell the number of its combination (C,), and the combinations in sorted order. With no variables
        there is one combination, ``()``.
        """
        if not variables:
            return np.zeros(len(self), dtype=np.int64), [()]
        code = np.zeros(len(self), dtype=np.int64)
        levels: list[list[object]] = []
        for name in variables:
            own, distinct = self.coded(name)
            code = code * len(distinct) + own
            levels.append(distinct)
        span = math.prod(map(len, levels))
        if span <= 16 * len(self):  # few enough to count: sorting is slower
            seen = np.bincount(code, minlength=span) > 0
            used, code = np.flatnonzero(seen), (np.cumsum(seen) - 1)[code]
        else:
            used, code = np.unique(code, return_inverse=True)
        combinations: list[tuple[object, ...]] = []
        for number in used.tolist():
            parts: list[object] = []
            rest = int(number)
            for distinct in reversed(levels):
                rest, place_ = divmod(rest, len(distinct))
                parts.append(distinct[place_])
            combinations.append(tuple(reversed(parts)))
        return code.astype(np.int64), combinations


def _order(value: object) -> tuple[int, float, str]:
    """Sort numbers before text, missing last."""
    if value is None:
        return (2, 0.0, "")
    if isinstance(value, bool | int | float | np.integer | np.floating):
        return (0, float(value), "")
    return (1, 0.0, str(value))


@dataclass(frozen=True)
class Domain:
    """A part of the population: variable -> category; empty = everybody."""

    of: Mapping[str, object] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """``sex=female, region=North``; ``all`` for everybody."""
        return ", ".join(f"{name}={value}" for name, value in self.of.items()) or "all"
