"""The highest point of a likelihood in one variance: every local maximum is looked at, and the best is solved for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError

SPAN = 10
"""Decades on either side of the scale that are searched."""
PER_DECADE = 5


@dataclass(frozen=True)
class Highest:
    """Where the likelihood is largest.

    Parameters
    ----------
    at: the variance, 0 or more. boundary: it is 0 because the likelihood falls from there on.
    maxima: number of local maxima found; more than one is told.
    """

    at: float
    boundary: bool
    maxima: int


def highest(score: Callable[[float], float], height: Callable[[float], float], *, scale: float) -> Highest:
    """Return the variance with the largest likelihood among all local maxima.

    Parameters
    ----------
    score: derivative of the log-likelihood. height: the log-likelihood. scale: a variance of the usual size.

    Notes
    -----
    The score is looked at five times a decade from 1e-10 to 1e10 times `scale` and at 0; each change from rising to
    falling is solved to the last digits (Brent 1973).

    Raises
    ------
    EstimationError: the likelihood still rises at the end of the search.
    """
    grid = np.concatenate([[0.0], scale * np.logspace(-SPAN, SPAN, 2 * SPAN * PER_DECADE + 1)])
    slopes = np.array([score(float(a)) for a in grid])
    if not np.isfinite(slopes).all() or slopes[-1] > 0:
        raise EstimationError(
            "The variance between areas did not converge: the likelihood has no largest value.",
            where="small areas",
            expected="values and variances of one unit, and more areas than columns of the model",
            action="check the units of the values and their variances; leave columns out",
        )
    candidates = [0.0] if slopes[0] <= 0 else []
    for low, high, before, after in zip(grid[:-1], grid[1:], slopes[:-1], slopes[1:], strict=True):
        if before > 0 >= after:
            candidates.append(_solved(score, float(low), float(high)))
    best = max(candidates, key=height)
    return Highest(best, best == 0.0, len(candidates))


def _solved(score: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    if score(high) == 0:
        return high
    found, told = brentq(score, low, high, xtol=1e-300, rtol=1e-15, maxiter=500, full_output=True)
    if not told.converged:
        raise EstimationError(
            "The variance between areas did not converge.",
            where="small areas",
            expected="a likelihood with a largest value",
            action="check the units of the values and their variances",
        )
    return float(found)
