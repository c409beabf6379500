"""Two lists: Lincoln-Petersen and Chapman, and the intervals that go with them."""

from __future__ import annotations

import math

from countersign.errors import EstimationError
from countersign.estimation.hidden.histories import Histories
from countersign.estimation.hidden.sizes import (
    CLOSED,
    Size,
    few_recaptures,
    log_normal,
    normal_quantile,
    size_convention,
)
from countersign.model.estimate import Status

INDEPENDENT = f"being on one list makes nobody more or less likely to be on the other; {CLOSED}"


def chapman(found: Histories, *, interval: str = "log-normal", level: float = 0.95) -> Size:
    """Return Chapman's estimate from two lists.

    N = (n1 + 1)(n2 + 1) / (m + 1) - 1, variance (n1 + 1)(n2 + 1)(n1 - m)(n2 - m) / ((m + 1)^2 (m + 2)), with n1 and n2
    persons on the lists and m on both. Unlike n1 n2 / m it is nearly unbiased and exists where nobody is on both.

    Parameters
    ----------
    interval: ``log-normal`` (Burnham et al. 1987) or ``transformed-logit`` (Sadinle 2009).

    Raises
    ------
    EstimationError: not two lists; an unknown interval.

    Notes
    -----
    Chapman (1951); variance of Seber (1970).
    """
    m, n1, n2 = _two(found)
    value = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    se = math.sqrt((n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2)))
    lower, upper = _limits(interval, value, se, (m, n1, n2), level)
    return _marked(
        Size(
            estimator="Chapman",
            value=value,
            standard_error=se,
            lower=lower,
            upper=upper,
            seen=found.persons,
            convention=interval,
            method="two lists, Chapman's estimator with Seber's variance",
            assumption=INDEPENDENT,
            level=level,
        ),
        m,
    )


def lincoln_petersen(found: Histories, *, interval: str = "log-normal", level: float = 0.95) -> Size:
    """Return the Lincoln-Petersen estimate n1 n2 / m from two lists, variance n1 n2 (n1 - m)(n2 - m) / m^3.

    Raises
    ------
    EstimationError: not two lists; nobody on both, where it is infinite; an unknown interval.
    """
    m, n1, n2 = _two(found)
    if not m:
        raise EstimationError(
            "Nobody is on both lists, so the Lincoln-Petersen estimate is infinite.",
            where="lists",
            expected="persons on both lists",
            action="use Chapman's estimator, and read it as a lower limit at best",
        )
    value = n1 * n2 / m
    se = math.sqrt(n1 * n2 * (n1 - m) * (n2 - m) / m**3)
    lower, upper = _limits(interval, value, se, (m, n1, n2), level)
    return _marked(
        Size(
            estimator="Lincoln-Petersen",
            value=value,
            standard_error=se,
            lower=lower,
            upper=upper,
            seen=found.persons,
            convention=interval,
            method="two lists, Lincoln-Petersen estimator",
            assumption=INDEPENDENT,
            level=level,
        ),
        m,
    )


def transformed_logit(m: float, n1: float, n2: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return Sadinle's (2009) limits: n1 + n2 - m - 1/2 + u exp(-+ z s), u = (n10 + 1/2)(n01 + 1/2)/(m + 1/2).

    s^2 = 1/(m + 1/2) + 1/(n10 + 1/2) + 1/(n01 + 1/2) + (m + 1/2)/((n10 + 1/2)(n01 + 1/2)), where n10 and n01 are on one
    list only. The lower limit is raised to the number of persons seen where it falls below.
    """
    n10, n01 = n1 - m, n2 - m
    unseen = (n10 + 0.5) * (n01 + 0.5) / (m + 0.5)
    s = math.sqrt(1 / (m + 0.5) + 1 / (n10 + 0.5) + 1 / (n01 + 0.5) + 1 / unseen)
    stretch = math.exp(normal_quantile(level) * s)
    seen = n10 + n01 + m
    return max(seen, seen - 0.5 + unseen / stretch), seen - 0.5 + unseen * stretch


def _two(found: Histories) -> tuple[float, float, float]:
    if len(found.lists) != 2:
        raise EstimationError(
            f"There are {len(found.lists)} lists.",
            where="lists",
            expected="two",
            action="use the log-linear models for three lists and more",
        )
    by = {tuple(map(int, on)): float(count) for on, count in zip(found.seen, found.counts, strict=True)}
    return by[1, 1], by[1, 1] + by[1, 0], by[1, 1] + by[0, 1]


def _limits(
    interval: str, value: float, se: float, counts: tuple[float, float, float], level: float
) -> tuple[float, float]:
    m, n1, n2 = counts
    if size_convention(interval) == "transformed-logit":
        return transformed_logit(m, n1, n2, level=level)
    if interval == "profile-likelihood":
        raise EstimationError(
            "Chapman's estimator has no likelihood of its own.",
            where="interval",
            expected="log-normal or transformed-logit",
            action="choose one of these, or use log-linear models",
        )
    return log_normal(value, se, n1 + n2 - m, level=level)


def _marked(size: Size, m: float) -> Size:
    marked = size.marked(
        Status.CAUTION,
        "two_lists",
        "With two lists independence cannot be checked: lists that share people give too few, lists that avoid each"
        " other too many.",
    )
    return few_recaptures(marked, round(m))
