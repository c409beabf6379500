"""Data defect: an error on a known quantity as the correlation of taking part with the answer.

Meng (2018), Annals of Applied Statistics 12: error = rho sqrt((1 - f + cv^2) / f) sigma, with the sampling fraction f,
the coefficient of variation cv of the weights and the population's standard deviation sigma. A correlation of half a
percent can undo millions of answers, because its effect does not shrink with n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from countersign.errors import EstimationError
from countersign.model.sensitivity import Defect


def defect(
    estimate: float, truth: float, *, n: float, population: float, sd: float | None = None, cv: float = 0.0
) -> Defect:
    """Return the data defect correlation behind an error.

    Parameters
    ----------
    estimate, truth: mean or share, of the sample and of the population. n, population: their sizes.
    sd: standard deviation in the population; None = sqrt(p (1 - p)) of a share.
    cv: coefficient of variation of the weights, sqrt(design effect - 1); 0 without weights.

    Returns
    -------
    rho and the effective sample size f / ((1 - f) rho^2), that of the simple random sample with the same expected
    squared error.

    Raises
    ------
    EstimationError: sizes that do not fit, or a quantity that does not vary.
    """
    scale = _scale(n, population, cv) * _deviation(truth, sd)
    error = estimate - truth
    rho = error / scale
    f = n / population
    size = math.inf if rho == 0 else f / ((1 - f) * rho**2) if f < 1 else math.inf
    return Defect(rho, size, error, n, population)


def break_even(
    estimate: float, threshold: float, *, n: float, population: float, sd: float | None = None, cv: float = 0.0
) -> float:
    """Return the correlation at which the truth would lie exactly on `threshold`; see `defect`.

    For a share the standard deviation is that of a population on the threshold.
    """
    return defect(estimate, threshold, n=n, population=population, sd=sd, cv=cv).correlation


def typical(defects: Sequence[Defect]) -> float:
    """Return the root mean square of the correlations seen on known quantities: large ones are not averaged away.

    Raises
    ------
    EstimationError: there is none.
    """
    if not defects:
        raise EstimationError(
            "No question with a known answer was compared, so no correlation has been seen.",
            expected="at least one question that the benchmark answers too",
            action="name such questions under 'compare'",
        )
    return math.sqrt(sum(one.correlation**2 for one in defects) / len(defects))


def _scale(n: float, population: float, cv: float) -> float:
    if not 0 < n <= population or not math.isfinite(population):
        raise EstimationError(
            f"A sample of {n:g} does not fit into a population of {population:g}.",
            expected="a population that is at least as large as the sample",
            action="give the number of people the figure speaks for",
        )
    f = n / population
    found = math.sqrt((1 - f + cv**2) / f)
    if found == 0:
        raise EstimationError(
            "Everybody took part, so there is no selection to measure.",
            expected="a sample smaller than its population",
            action="leave the data defect out",
        )
    return found


def _deviation(truth: float, sd: float | None) -> float:
    if sd is None:
        if not 0 <= truth <= 1:
            raise EstimationError(
                "Only a share has a standard deviation that follows from it.",
                expected="a share between 0 and 1, or sd=",
                action="give the standard deviation in the population",
            )
        sd = math.sqrt(truth * (1 - truth))
    if not sd > 0:
        raise EstimationError(
            "The quantity does not vary in the population, so taking part cannot be correlated with it.",
            expected="a standard deviation above 0",
            action="leave this quantity out",
        )
    return sd
