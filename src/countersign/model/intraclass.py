"""Intraclass correlation: how alike numbers within a group are, from sums by group; groups are units or collectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats


@dataclass(frozen=True)
class Intraclass:
    """An intraclass correlation with its interval.

    Parameters
    ----------
    definition: ``ICC(1,1)`` or ``ICC(2,1)`` of Shrout and Fleiss (1979). value, lower, upper: of one observation.
    groups: groups compared. size: observations a group, n0 where they differ. method: of the interval, in words.
    within: standard deviation within a group.
    """

    definition: str
    value: float
    lower: float
    upper: float
    groups: int
    size: float
    method: str
    within: float


def one_way(n: Floats, total: Floats, squares: Floats, *, level: float = 0.95) -> Intraclass:
    """Return ICC(1,1) by one-way analysis of variance, (MSB - MSW) / (MSB + (n0 - 1) MSW).

    n0 = (N - sum n_i^2 / N) / (k - 1) stands for the size of a group where sizes differ. The interval is that of the F
    ratio, exact for equal sizes.

    Parameters
    ----------
    n, total, squares: observations of each of k groups, their sum, and their sum of squares, (k,). To keep digits, take
        a number near the mean off all observations first: the result does not change. Of an answer in K categories,
        counts by category, (k, K), with n for squares: the sums of squares of all categories are added.

    Raises
    ------
    EstimationError: fewer than two groups, no group with two observations, or no variation at all.

    Notes
    -----
    Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428; n0: Snedecor and Cochran (1967).
    """
    n, total, squares = (np.asarray(part, dtype=float)[np.asarray(n) > 0] for part in (n, total, squares))
    k, N = len(n), float(n.sum())
    if k < 2 or k + 0.5 > N:
        raise EstimationError(
            "There are not two groups with two observations.",
            where="groups",
            expected="several groups, some with two observations or more",
            action="observe more units twice",
        )
    total = total.reshape(len(n), -1)
    mean = total.sum(0) / N
    between = float((n[:, None] * (total / n[:, None] - mean) ** 2).sum()) / (k - 1)
    within = max(float(squares.sum() - (total**2 / n[:, None]).sum()), 0.0) / (N - k)
    if between <= 0 and within <= 0:
        raise EstimationError("Every number is the same, so nothing can go together.", where="numbers")
    size = (N - float((n**2).sum()) / N) / (k - 1)
    value = (between - within) / (between + (size - 1) * within)
    ends = (1.0, 1.0)
    if within > 0:
        low, high = _ratio(between / within, k - 1, N - k, level)
        ends = (low - 1) / (low + size - 1), (high - 1) / (high + size - 1)
    exact = bool((n == n[0]).all())
    method = "F ratio (Shrout and Fleiss 1979)" + ("" if exact else ", with n0 for unequal groups")
    return Intraclass("ICC(1,1)", value, *ends, k, size, method, within**0.5)


def two_way(units: Floats, raters: Floats, squares: float, *, level: float = 0.95) -> Intraclass:
    """Return ICC(2,1), the absolute agreement of raters who stand for others, all of whom saw all units.

    ``(MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)`` with mean squares of n units (MSR), k raters (MSC) and the
    rest (MSE); interval of Shrout and Fleiss (1979) by Satterthwaite's degrees of freedom.

    Parameters
    ----------
    units, raters: sums of the observations of each unit, (n,), and each rater, (k,). squares: of all observations.

    Raises
    ------
    EstimationError: fewer than two units or raters, or no variation at all.
    """
    n, k = len(units), len(raters)
    if n < 2 or k < 2:
        raise EstimationError("There are not two units seen by two raters.", where="groups")
    correction = float(units.sum()) ** 2 / (n * k)
    by_unit, by_rater = float((units**2).sum()) / k - correction, float((raters**2).sum()) / n - correction
    rest = max(squares - correction - by_unit - by_rater, 0.0)
    msr, msc, mse = by_unit / (n - 1), by_rater / (k - 1), rest / ((n - 1) * (k - 1))
    below = msr + (k - 1) * mse + k * (msc - mse) / n
    if below <= 0:
        raise EstimationError("Every number is the same, so nothing can go together.", where="numbers")
    value = (msr - mse) / below
    ends = (1.0, 1.0)
    if mse > 0:
        ends = _satterthwaite(value, msr, msc, mse, n, k, level)
    within = max((msc - mse) / n + mse, 0.0) ** 0.5
    method = "Satterthwaite (Shrout and Fleiss 1979)"
    return Intraclass("ICC(2,1)", value, *ends, n, float(k), method, within)


def _satterthwaite(
    value: float, msr: float, msc: float, mse: float, n: int, k: int, level: float
) -> tuple[float, float]:
    from scipy.special import fdtri

    ratio = msc / mse
    top = (k - 1) * (n - 1) * (k * value * ratio + n * (1 + (k - 1) * value) - k * value) ** 2
    bottom = (n - 1) * k**2 * value**2 * ratio**2 + (n * (1 + (k - 1) * value) - k * value) ** 2
    degrees = top / bottom
    tail = 1 - (1 - level) / 2
    upper_f, lower_f = float(fdtri(n - 1, degrees, tail)), float(fdtri(degrees, n - 1, tail))
    spread = k * msc + (k * n - k - n) * mse
    low = n * (msr - upper_f * mse) / (upper_f * spread + n * msr)
    high = n * (lower_f * msr - mse) / (spread + n * lower_f * msr)
    return low, high


def _ratio(ratio: float, above: float, below: float, level: float) -> tuple[float, float]:
    """Return the limits of a ratio of two variances."""
    from scipy.special import fdtri

    tail = 1 - (1 - level) / 2
    return ratio / float(fdtri(above, below, tail)), ratio * float(fdtri(below, above, tail))
