"""Calibration: weights near the base weights that meet totals of any auxiliary variables, from rows.

Deville and Sarndal (1992): g = F(x'lambda) with sum d g x = T. The distance decides F: linear (GREG) 1 + u, raking
exp(u), logit between two bounds. Numbers such as last year's turnover can be used, which margins cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from countersign.errors import WeightingError
from countersign.model.cells import Floats

Distance = Literal["linear", "raking", "logit"]
DISTANCES: tuple[Distance, ...] = ("linear", "raking", "logit")


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


def calibrate(
    x: Floats,
    totals: Floats,
    *,
    base: Floats | None = None,
    distance: Distance = "linear",
    lower: float = 0.0,
    upper: float = np.inf,
    tolerance: float = 1e-12,
    most: int = 100,
) -> Calibration:
    """Fit factors so that weighted sums of the columns of x equal `totals`.

    Parameters
    ----------
    x: (n, q), with a column of ones for the population size. totals: (q,). base: base weights d, (n,); None = 1.
    lower, upper: bounds of g below and above 1; needed for ``logit``, used by ``linear`` when they bind (cut
        and the rest fitted again), not used by ``raking``.

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
    if distance not in DISTANCES:
        raise WeightingError(f"There is no distance '{distance}'.", expected=f"one of: {', '.join(DISTANCES)}")
    if not lower < 1 < upper or (distance == "logit" and not np.isfinite(upper)):
        raise WeightingError(
            f"The bounds {lower:g} and {upper:g} cannot be used.",
            expected="a lower bound below 1 and an upper bound above it, both finite for logit",
            action="for example 0.5 and 2",
        )
    curve = _curve(distance, lower, upper)
    scale = np.maximum(np.abs(totals), np.abs(x).T @ d * 1e-9)
    beta, gap = np.zeros(x.shape[1]), np.inf
    for number in range(1, most + 1):
        g, slope = curve(x @ beta)
        off = totals - x.T @ (d * g)
        gap = float((np.abs(off) / scale).max())
        if gap <= tolerance:
            return Calibration(g, number - 1, gap, x, d)
        step = np.linalg.pinv(x.T @ ((d * slope)[:, None] * x), rcond=1e-14, hermitian=True) @ off
        size = 1.0
        while size > 1e-6 and _worse(curve, x, d, totals, scale, beta + size * step, gap):
            size /= 2
        beta = beta + size * step
    raise WeightingError(
        f"Calibration did not converge: after {most} passes a total is still {gap:.3g} of itself away.",
        expected=f"every total met within {tolerance:g}",
        action="check the totals, use fewer auxiliary variables, or widen the bounds",
    )


Curve = Callable[[Floats], tuple[Floats, Floats]]


def _worse(curve: Curve, x: Floats, d: Floats, totals: Floats, scale: Floats, beta: Floats, gap: float) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        g, _ = curve(x @ beta)
        new = (np.abs(totals - x.T @ (d * g)) / scale).max()
    return not new < gap


def _curve(distance: Distance, lower: float, upper: float) -> Curve:
    """Return F and its slope."""

    def linear(u: Floats) -> tuple[Floats, Floats]:
        g = 1 + u
        inside = (g >= lower) & (g <= upper)
        return np.clip(g, lower, upper), inside.astype(np.float64)

    def raking(u: Floats) -> tuple[Floats, Floats]:
        g = np.exp(u)
        return g, g

    def logit(u: Floats) -> tuple[Floats, Floats]:
        a = (upper - lower) / ((1 - lower) * (upper - 1))
        e = np.exp(np.clip(a * u, -700, 700))
        bottom = (upper - 1) + (1 - lower) * e
        g = (lower * (upper - 1) + upper * (1 - lower) * e) / bottom
        return g, e * a * (upper - lower) * (1 - lower) * (upper - 1) / bottom**2

    return {"linear": linear, "raking": raking, "logit": logit}[distance]
