"""Interval: limits for an estimate by a named convention; the name travels with the figure.

Packages use one name for different formulas and one formula under different names, so every convention is an entry of
the reference list ``intervals``: formula in words, source, when to use it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from countersign import catalogue
from countersign.errors import EstimationError, nearest
from countersign.model.agreement import wilson

DEFAULTS = {
    "mean": "t",
    "ratio": "t",
    "total": "t",
    "count": "t",
    "proportion": "korn-graubard",
    "distribution": "korn-graubard",
    "quantile": "woodruff-mean",
}
"""Statistic -> convention, unless the study names one. Shares: Korn and Graubard keeps its level at small shares, small
samples and at 0 % or 100 %, and release rules are written for it."""


@dataclass(frozen=True)
class Interval:
    """Two limits.

    Parameters
    ----------
    convention: the one used, which may not be the one asked for: then `note` says why.
    """

    lower: float
    upper: float
    convention: str
    note: str = ""

    @property
    def width(self) -> float:
        """Upper minus lower limit."""
        return self.upper - self.lower


def conventions() -> tuple[str, ...]:
    """Return the names of all conventions."""
    return tuple(entry.id for entry in catalogue.load("intervals"))


def interval(
    convention: str,
    *,
    value: float,
    se: float,
    n: float,
    degrees: float,
    level: float = 0.95,
    n_effective: float | None = None,
) -> Interval:
    """Return the limits of an estimate.

    Parameters
    ----------
    value, se: estimate and standard error. n: rows behind it. degrees: degrees of freedom of the variance.
    n_effective: effective sample size to use at shares of 0 and 1, where the variance is 0 and says nothing; None = n.

    Notes
    -----
    At shares of 0 and 1 the logit, arcsine, likelihood, Wilson and Wald limits are undefined or empty. The one-sided
    Korn and Graubard limits (exact binomial with the effective sample size) are used; `Interval.convention` says so.

    Raises
    ------
    EstimationError: unknown convention; a value that is no share where one is needed; no degrees of freedom.
    """
    if convention not in conventions():
        raise EstimationError(
            f"There is no interval convention '{convention}'. {nearest(convention, conventions())}".strip(),
            where="interval",
            expected=f"one of: {', '.join(conventions())}",
            action="see the reference list of intervals for when to use which",
        )
    shares_only = bool(catalogue.load("intervals")[convention]["shares_only"])
    if convention in ("clopper-pearson", "wilson-plain"):
        _share(value)
        low, high = _exact(value, n, level) if convention == "clopper-pearson" else _plain_wilson(value, n, level)
        return Interval(low, high, convention)
    if not shares_only:
        if degrees < 1:
            raise EstimationError(
                f"{n:g} rows give no degrees of freedom, so there is no interval.",
                expected="more sampling units than strata",
                action="merge groups until each has at least two sampling units",
            )
        half = _t(level, degrees) * se
        return Interval(value - half, value + half, convention)
    value = _share(value)
    if degrees < 1:
        return Interval(0.0, 1.0, convention, "no degrees of freedom: nothing between 0 and 1 is excluded")
    size = n if n_effective is None else min(n, n_effective)
    if value in (0.0, 1.0):
        low, high = _exact(value, _adjusted(size, n, degrees, level), level)
        if convention == "korn-graubard":
            return Interval(low, high, convention)
        note = f"{convention} is not defined at {value:.0%}; Korn and Graubard limits are used"
        return Interval(low, high, "korn-graubard", note)
    if se == 0 and convention != "korn-graubard":
        return Interval(value, value, convention, "the variance is 0 by design")
    low, high = _limits(convention, value, se, n, degrees, level)
    return Interval(low, high, convention)


def _limits(convention: str, p: float, se: float, n: float, degrees: float, level: float) -> tuple[float, float]:
    """Limits of a share strictly between 0 and 1."""
    t = _t(level, degrees)
    effective = p * (1 - p) / se**2 if se > 0 else math.inf
    match convention:
        case "logit" | "xlogit":
            odds, half = math.log(p / (1 - p)), t * se / (p * (1 - p))
            return _expit(odds - half), _expit(odds + half)
        case "asin":
            angle, half = math.asin(math.sqrt(p)), t * se / (2 * math.sqrt(p * (1 - p)))
            low, high = max(angle - half, 0.0), min(angle + half, math.pi / 2)
            return math.sin(low) ** 2, math.sin(high) ** 2
        case "wilson":
            return wilson(p, effective, t)
        case "wilson-svy":
            return wilson(p, _adjusted(effective, n, degrees, level), t)
        case "beta":
            return _exact(p, _adjusted(effective, n, degrees, level), level)
        case "korn-graubard":
            adjusted = _adjusted(effective, n, degrees, level) if math.isfinite(effective) else n
            return _exact(p, min(n, adjusted), level)
        case _:
            return _likelihood(p, se, n, t)


def _likelihood(p: float, se: float, n: float, t: float) -> tuple[float, float]:
    """Solve for the shares whose scaled likelihood ratio is t^2."""
    from scipy.optimize import brentq

    variance_ratio = se**2 / (p * (1 - p) / n)
    goal = t**2 * variance_ratio * n / (n - 1) if n > 1 else math.inf

    def gap(q: float) -> float:
        ratio = p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))
        return 2 * n * ratio - goal

    tiny = 1e-300
    low = float(brentq(gap, tiny, p, xtol=1e-14, rtol=1e-13)) if gap(tiny) > 0 else 0.0
    top = 1 - 1e-15
    high = float(brentq(gap, p, top, xtol=1e-14, rtol=1e-13)) if gap(top) > 0 else 1.0
    return low, high


def _share(value: float) -> float:
    if not -1e-9 <= value <= 1 + 1e-9:
        raise EstimationError(
            f"{value:g} is not a share, so this interval convention does not apply.",
            where="interval",
            expected="a value from 0 to 1",
            action="use the convention t",
        )
    return 0.0 if value < 1e-12 else 1.0 if value > 1 - 1e-12 else value


def _t(level: float, degrees: float) -> float:
    from scipy.special import ndtri, stdtrit

    tail = (1 + level) / 2
    return float(stdtrit(degrees, tail)) if math.isfinite(degrees) else float(ndtri(tail))


def _adjusted(effective: float, n: float, degrees: float, level: float) -> float:
    """Effective size times (t with n - 1 over t with df)^2; n - 1 below 1 counts as 1."""
    return effective * (_t(level, max(n - 1, 1)) / _t(level, degrees)) ** 2


def _plain_wilson(p: float, n: float, level: float) -> tuple[float, float]:
    return wilson(_share(p), n, _t(level, math.inf))


def _exact(p: float, size: float, level: float) -> tuple[float, float]:
    """Clopper and Pearson limits for a size that need not be whole."""
    from scipy.special import betaincinv

    p, tail = _share(p), (1 - level) / 2
    low = 0.0 if p == 0 else float(betaincinv(size * p, size * (1 - p) + 1, tail))
    high = 1.0 if p == 1 else float(betaincinv(size * p + 1, size * (1 - p), 1 - tail))
    return low, high


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
