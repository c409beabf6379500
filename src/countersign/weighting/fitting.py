"""Fitting: the coefficients of calibration, found as the minimum of a convex function.

sum d F(x'b) x = T is the gradient of sum d P(x'b) - T'b (Deville and Sarndal 1992), so Newton's steps with a search
along the line always lead downhill: bounds that bind need no special treatment, and totals that no weights within the
bounds can meet show as a minimum that runs away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from countersign.model.auxiliaries import generalised_inverse
from countersign.model.cells import Floats
from countersign.model.distances import Curve

EXACT = 1e-13
"""Relative distance from the totals below which nothing is left to gain."""
ENOUGH = 1e-10
"""Relative distance that rounding may leave where many rows are added."""


class Columns(Protocol):
    """What a fit needs of the auxiliaries; see `countersign.model.auxiliaries.Auxiliaries`."""

    def times(self, b: Floats) -> Floats:
        """X b."""

    def sums(self, amount: Floats) -> Floats:
        """X'a."""

    def gram(self, amount: Floats) -> Floats:
        """X' diag(a) X."""


@dataclass(frozen=True)
class Fit:
    """Coefficients (L,), factors F (C,), passes made, each total's relative distance (L,), and whether all are met."""

    coefficients: Floats
    factor: Floats
    passes: int
    gaps: Floats
    met: bool


def fit(
    x: Columns,
    d: Floats,
    totals: Floats,
    scale: Floats,
    curve: Curve,
    *,
    tolerance: float = ENOUGH,
    most: int = 200,
    gram: Floats | None = None,
) -> Fit:
    """Find b with sum d F(x'b) x = T.

    Parameters
    ----------
    x: L columns of C cells. d: base weights summed by cell, (C,). totals: T, (L,).
    scale: what a distance from a total is relative to, (L,).
    curve: F, its slope and primitive. tolerance: relative distance at which the totals count as met.
    gram: X' diag(d) X, where it is known already.
    """
    b = np.zeros(len(totals))
    start = generalised_inverse(x.gram(d) if gram is None else gram)
    safe = np.where(scale > 0, scale, 1.0)
    g, slope, primitive = curve(x.times(b))
    value = float(d @ primitive - totals @ b)
    off = totals - x.sums(d * g)
    best = Fit(b, g, 0, np.abs(off) / safe, False)
    for number in range(1, most + 1):
        if best.gaps.max(initial=0.0) <= EXACT:
            break
        inverse = start if (slope == 1).all() else generalised_inverse(_steep(x, d, slope))
        step = inverse @ off
        gain = float(off @ step)
        size, moved = 1.0, False
        while size > 1e-10:
            trial = b + size * step
            g, slope, primitive = curve(x.times(trial))
            new = float(d @ primitive - totals @ trial)
            if new <= value - 1e-4 * size * gain + 1e-12 * abs(value):
                moved = True
                break
            size /= 2
        if not moved:
            break
        b, value = trial, new
        off = totals - x.sums(d * g)
        gaps = np.abs(off) / safe
        if gaps.max(initial=0.0) >= best.gaps.max(initial=0.0) and best.gaps.max(initial=0.0) <= tolerance:
            break  # rounding: no step comes nearer
        if gaps.max(initial=0.0) < best.gaps.max(initial=0.0) or best.gaps.max(initial=0.0) > tolerance:
            best = Fit(b, g, number, gaps, False)
        if not np.isfinite(b).all() or np.abs(b).max(initial=0.0) > 1e12:
            break
    return Fit(best.coefficients, best.factor, best.passes, best.gaps, bool(best.gaps.max(initial=0.0) <= tolerance))


def _steep(x: Columns, d: Floats, slope: Floats) -> Floats:
    """Return X' diag(d slope) X; cells at a bound keep a trace, so that every direction can be tried."""
    return x.gram(d * np.maximum(slope, 1e-7 * max(float(slope.max(initial=0.0)), 1e-7)))
