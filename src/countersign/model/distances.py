"""Distances of calibration: how a calibration factor g = F(u) follows from the linear predictor u = x'b.

Deville and Sarndal (1992): weights near the base weights that meet totals solve sum d F(x'b) x = T; the distance that
is least decides F. All are the gradient of a convex function, so that the solution is the minimum of
sum d P(x'b) - T'b, P the primitive of F.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from countersign.model.cells import Floats

Distance = Literal["linear", "raking", "logit"]
DISTANCES: tuple[Distance, ...] = ("linear", "raking", "logit")
STEEPEST = 700.0
"""exp of more than this is no number."""

Curve: TypeAlias = Callable[[Floats], tuple[Floats, Floats, Floats]]


def curve(distance: Distance, lower: float = -np.inf, upper: float = np.inf) -> Curve:
    """Return the function u -> (F, slope of F, primitive of F).

    Parameters
    ----------
    distance: ``linear`` F = 1 + u, ``raking`` F = exp(u), both cut at the bounds; ``logit``, between the bounds:
        F = [L(U-1) + U(1-L) e^(Au)] / [(U-1) + (1-L) e^(Au)], A = (U-L) / [(1-L)(U-1)].
    """

    def linear(u: Floats) -> tuple[Floats, Floats, Floats]:
        g = np.clip(1 + u, lower, upper)
        inside = (1 + u >= lower) & (1 + u <= upper)
        at = g - 1  # where the line was cut; beyond it P goes on straight
        return g, inside.astype(np.float64), at + at**2 / 2 + (u - at) * g

    def raking(u: Floats) -> tuple[Floats, Floats, Floats]:
        low = np.log(lower) if lower > 0 else -np.inf
        at = np.clip(u, low, min(float(np.log(upper)), STEEPEST))
        g = np.exp(at)
        return g, np.where(at == u, g, 0.0), g + np.where(at == u, 0.0, u - at) * g

    def logit(u: Floats) -> tuple[Floats, Floats, Floats]:
        a = (upper - lower) / ((1 - lower) * (upper - 1))
        e = np.exp(np.clip(a * u, -STEEPEST, STEEPEST))
        bottom = (upper - 1) + (1 - lower) * e
        g = (lower * (upper - 1) + upper * (1 - lower) * e) / bottom
        slope = e * a * (upper - lower) * ((1 - lower) / bottom) * ((upper - 1) / bottom)
        beyond = np.logaddexp(np.log(upper - 1), np.log(1 - lower) + a * u)
        return g, slope, lower * u + (upper - lower) / a * beyond

    return {"linear": linear, "raking": raking, "logit": logit}[distance]
