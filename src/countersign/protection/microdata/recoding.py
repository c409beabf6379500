"""Recoding: answers made wider for everybody, and numbers cut off at both ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import Bools
from countersign.model.cells import Floats
from countersign.model.hierarchy import Hierarchy


def band_labels(limits: Sequence[float]) -> tuple[str, ...]:
    """Return the names of bands: ``under 18``, ``18-29``, ``30+``; with fractions ``0.5 to under 1.5``.

    Raises
    ------
    ProtectionError: no limits, or limits that do not rise.
    """
    if not limits or any(b <= a for a, b in pairwise(limits)):
        raise ProtectionError(
            "The limits of bands do not rise.",
            where="bands",
            expected="numbers in ascending order, such as [18, 30, 45]",
            action="correct them",
        )
    whole = all(float(limit).is_integer() for limit in limits)
    words = [repr(float(limit)).removesuffix(".0") for limit in limits]
    inner = [
        (f"{low}-{int(high) - 1}" if str(int(high) - 1) != low else low) if whole else f"{low} to under {top}"
        for low, high, top in zip(words, limits[1:], words[1:], strict=False)
    ]
    return (f"under {words[0]}", *inner, f"{words[-1]}+")


def banded(values: Floats, limits: Sequence[float]) -> list[str | None]:
    """Return the band of each number; None for nan. A limit belongs to the band above it."""
    labels = band_labels(limits)
    place = np.searchsorted(list(limits), values, side="right")
    return [
        None if missing else labels[at] for at, missing in zip(place.tolist(), np.isnan(values).tolist(), strict=True)
    ]


def climbed(codes: Sequence[Any], hierarchy: Hierarchy, *, up: int) -> Mapping[Any, str]:
    """Return code -> the code `up` levels above it, the total at most.

    Raises
    ------
    ProtectionError: a code that the hierarchy lacks; less than one level.
    """
    if up < 1:
        raise ProtectionError(
            f"A code cannot be made wider by {up} levels.", where="up", expected="1 or more", action="correct it"
        )
    found: dict[Any, str] = {}
    for code in codes:
        if str(code) not in hierarchy.parents:
            raise ProtectionError(
                f"'{hierarchy.variable}' holds a code that its hierarchy lacks.",
                where=hierarchy.variable,
                expected="every code of the column in the hierarchy",
                action="add the code with its parent",
            )
        path = hierarchy.path(str(code))
        found[code] = path[min(up, len(path) - 1)]
    return found


def cut(
    values: Floats, *, bottom: float | None, top: float | None, replace: str, fewest: int
) -> tuple[Floats, Bools, Bools]:
    """Replace numbers below one limit and above another.

    Parameters
    ----------
    values: (N,), nan for missing. bottom, top: limits, None for none; numbers beyond them are replaced.
    replace: by the ``limit``, or by the ``mean`` of all that are beyond it, which keeps totals.
    fewest: numbers that a mean must be of.

    Returns
    -------
    The numbers, and which lay below and above, (N,) each.

    Raises
    ------
    ProtectionError: no limit, the lower above the upper; a mean of fewer than `fewest` numbers.
    """
    if (bottom is None and top is None) or (bottom is not None and top is not None and bottom >= top):
        raise ProtectionError(
            "There is no limit, or the lower one is not below the upper one.",
            where="bottom and top",
            expected="at least one of them, the lower below the upper",
            action="correct them",
        )
    low, high = values < (-np.inf if bottom is None else bottom), values > (np.inf if top is None else top)
    result = values.copy()
    for beyond, limit in ((low, bottom), (high, top)):
        if limit is None or not beyond.any():
            continue
        if replace == "mean" and beyond.sum() < fewest:
            raise ProtectionError(
                f"A mean of {int(beyond.sum())} people would tell too much about them.",
                where="replace",
                expected=f"at least {fewest} people beyond the limit",
                action="move the limit, or replace by the limit",
            )
        result[beyond] = values[beyond].mean() if replace == "mean" else limit
    return result, low, high
