"""Tipping: how strong selection on the answer must be to move a figure across a threshold that matters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from countersign.errors import EstimationError
from countersign.estimation.sensitivity.bounds import shift
from countersign.estimation.sensitivity.defect import break_even
from countersign.model.cells import Floats
from countersign.model.sensitivity import Tipping

FURTHEST = 1e6
"""Ratio of odds beyond which a threshold counts as out of reach."""


def tip(
    value: float,
    *,
    threshold: float,
    n: float,
    population: float | None,
    sd: float | None = None,
    cv: float = 0.0,
    seen: float | None = None,
    selection: Callable[[float], float] | None = None,
    share: Floats | None = None,
    weight: Floats | None = None,
) -> Tipping:
    """Return what it would take to put the truth on the threshold.

    Parameters
    ----------
    value: the figure. threshold: the one that matters. n, population, sd, cv: as for `defect`; population may be
        None.
    seen: typical correlation on questions with a known answer (see `typical`).
    selection: phi -> adjusted value, for the smallest phi across the threshold.
    share, weight: of each weighting cell, for the ratio of odds.
    """
    rho = None if population is None else break_even(value, threshold, n=n, population=population, sd=sd, cv=cv)
    ratio = None if not seen or rho is None else abs(rho) / seen
    return Tipping(
        threshold=threshold,
        value=value,
        correlation=rho,
        seen=seen,
        ratio=ratio,
        phi=None if selection is None else _phi(selection, value, threshold),
        odds=None if share is None or weight is None else _odds(share, weight, threshold),
    )


def _phi(selection: Callable[[float], float], value: float, threshold: float) -> float | None:
    """Smallest phi at which the adjusted value is on the other side of the threshold than the figure."""
    side = np.sign(value - threshold)
    grid = np.linspace(0, 1, 201)
    gap = np.array([selection(float(phi)) for phi in grid]) - threshold
    across = np.flatnonzero(np.sign(gap) != side)
    if not len(across):
        return None
    first = int(across[0])
    if first == 0:
        return 0.0
    return float(brentq(lambda phi: selection(phi) - threshold, grid[first - 1], grid[first]))


def _odds(share: Floats, weight: Floats, threshold: float) -> float | None:
    if not 0 < threshold < 1:
        raise EstimationError(
            f"A share never reaches {threshold:g}.",
            expected="a threshold between 0 and 1",
            action="give the threshold as a share, such as 0.05 for 5 %",
        )

    def gap(log: float) -> float:
        return shift(share, weight, odds=float(np.exp(log))) - threshold

    low, high = -np.log(FURTHEST), np.log(FURTHEST)
    if gap(low) * gap(high) > 0:
        return None
    return float(np.exp(brentq(gap, low, high, xtol=1e-12)))
