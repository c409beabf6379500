"""Calibration of rows held as a plain matrix, for small problems and for other methods that need one more fit.

Deville and Sarndal (1992): g = F(x'lambda) with sum d g x = T. For cells and for columns of many rows see
`countersign.weighting.calibrating`, which never makes a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import WeightingError
from countersign.model.cells import Floats
from countersign.model.distances import DISTANCES, Distance, curve
from countersign.weighting.fitting import fit

__all__ = ["DISTANCES", "Calibration", "Distance", "calibrate", "check_bounds"]


@dataclass(frozen=True)
class Calibration:
    """Factors g of n rows, passes made, largest relative distance from a total.

    `residuals` takes scores off their regression on the auxiliary variables, for variances.
    """

    factor: Floats
    passes: int
    distance: float
    x: Floats
    base: Floats

    def residuals(self, u: Floats) -> Floats:
        """Return z = d g (u - x'B), B the regression with base weights; `u` is (n,) or (n, K)."""
        root = np.sqrt(self.base)[:, None]
        b, *_ = np.linalg.lstsq(self.x * root, u.reshape(len(self.x), -1) * root, rcond=None)
        left = u.reshape(len(self.x), -1) - self.x @ b
        found: Floats = ((self.base * self.factor)[:, None] * left).reshape(u.shape)
        return found


@dataclass(frozen=True)
class _Matrix:
    """A plain matrix as columns of a fit."""

    x: Floats

    def times(self, b: Floats) -> Floats:
        return self.x @ b

    def sums(self, amount: Floats) -> Floats:
        return self.x.T @ amount

    def gram(self, amount: Floats) -> Floats:
        found: Floats = self.x.T @ (amount[:, None] * self.x)
        return found


def calibrate(
    x: Floats,
    totals: Floats,
    *,
    base: Floats | None = None,
    distance: Distance = "linear",
    lower: float = 0.0,
    upper: float = np.inf,
    tolerance: float = 1e-10,
    most: int = 200,
) -> Calibration:
    """Fit factors so that weighted sums of the columns of x equal `totals`.

    Parameters
    ----------
    x: (n, q), with a column of ones for the population size. totals: (q,). base: base weights d, (n,); None = 1.
    lower, upper: bounds of g below and above 1; needed for ``logit``; where the others reach them they are cut and the
        rest is fitted again.

    Raises
    ------
    WeightingError: missing values, bounds that do not enclose 1, no solution.
    """
    x, totals = np.asarray(x, dtype=float), np.asarray(totals, dtype=float)
    d = np.ones(len(x)) if base is None else np.asarray(base, dtype=float)
    if not (np.isfinite(x).all() and np.isfinite(totals).all() and np.isfinite(d).all()):
        raise WeightingError(
            "An auxiliary variable, total or base weight is missing.",
            expected="numbers throughout",
            action="complete the auxiliary variables, or leave the rows out first",
        )
    check_bounds(distance, lower, upper)
    scale = np.maximum(np.abs(totals), np.abs(x).T @ d * 1e-9)
    with np.errstate(over="ignore", invalid="ignore"):
        found = fit(_Matrix(x), d, totals, scale, curve(distance, lower, upper), tolerance=tolerance, most=most)
    gap = float(found.gaps.max(initial=0.0))
    if not found.met:
        raise WeightingError(
            f"Calibration did not converge: after {found.passes} passes a total is still {gap:.3g} of itself away.",
            expected=f"every total met within {tolerance:g}",
            action="check the totals, use fewer auxiliary variables, or widen the bounds",
        )
    return Calibration(found.factor, found.passes, gap, x, d)


def check_bounds(distance: str, lower: float, upper: float, *, where: str = "") -> None:
    """Refuse an unknown distance, and bounds that leave no room.

    Raises
    ------
    WeightingError: see above.
    """
    if distance not in DISTANCES:
        raise WeightingError(
            f"There is no distance '{distance}'.", where=where, expected=f"one of: {', '.join(DISTANCES)}"
        )
    if not lower < 1 < upper or (distance == "logit" and not (np.isfinite(upper) and np.isfinite(lower))):
        raise WeightingError(
            f"The bounds {lower:g} and {upper:g} cannot be used.",
            where=where,
            expected="a lower bound below 1 and an upper bound above it, both finite for logit",
            action="for example 0.5 and 2",
        )
