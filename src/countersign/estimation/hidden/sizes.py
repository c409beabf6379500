"""Size: how many there are, seen and unseen, with an interval that never falls below those seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scipy.special import ndtri

from countersign import catalogue
from countersign.errors import EstimationError, nearest
from countersign.model.estimate import Estimate, Status

SIZE_INTERVALS = ("log-normal", "transformed-logit", "profile-likelihood")
"""Conventions for the size of a population."""

CLOSED = (
    "nobody enters or leaves the population between the lists; persons are matched without error; everybody could have"
    " been on every list"
)


@dataclass(frozen=True)
class Size:
    """An estimated number of persons.

    Parameters
    ----------
    estimator: ``Chapman``, ``Lincoln-Petersen``, ``model average``, ``lower bound (Chao)`` or a log-linear model.
    value: estimated persons. standard_error: of it. lower, upper: limits. seen: different persons on any list.
    """

    estimator: str
    value: float
    standard_error: float
    lower: float
    upper: float
    seen: int
    convention: str
    method: str
    assumption: str
    level: float = 0.95
    status: Status = Status.PUBLISHED
    flags: tuple[str, ...] = ()
    note: str = ""

    def estimate(self, *, name: str, domain: Mapping[str, str]) -> Estimate:
        """Return the figure."""
        tail = ",".join(f"{key}={value}" for key, value in domain.items())
        head = f"{name}:{self.estimator}"
        return Estimate(
            indicator=name,
            statistic="count",
            domain=domain,
            value=self.value,
            standard_error=self.standard_error,
            lower=self.lower,
            upper=self.upper,
            n=self.seen,
            method=self.method,
            convention=self.convention,
            level=self.level,
            unit="persons",
            assumption=self.assumption,
            status=self.status,
            flags=self.flags,
            note=self.note,
            figure_id=f"{head}/{tail}" if tail else head,
        )

    def marked(self, status: Status, flag: str, note: str) -> Size:
        """Return the size with one more warning; a status only ever gets worse."""
        order = [Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE]
        worst = max(self.status, status, key=order.index)
        return replace(self, status=worst, flags=(*self.flags, flag), note=" ".join(filter(None, [self.note, note])))


def size_convention(name: str) -> str:
    """Return the convention, or refuse one that does not exist."""
    if name not in SIZE_INTERVALS:
        raise EstimationError(
            f"There is no interval '{name}' for the size of a population. {nearest(name, SIZE_INTERVALS)}".strip(),
            where="interval",
            expected=f"one of: {', '.join(SIZE_INTERVALS)}",
            action="choose one of these",
        )
    return name


def normal_quantile(level: float) -> float:
    """Return the two-sided normal quantile of a level between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise EstimationError(
            f"The level is {level:g}.", where="level", expected="between 0 and 1", action="95 % is 0.95"
        )
    return float(ndtri(0.5 + level / 2))


def log_normal(value: float, se: float, seen: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the log-normal limits of a population size (Burnham et al. 1987; Chao 1987).

    The unseen part u = value - seen is taken to be log-normal: limits seen + u / C and seen + u C with
    C = exp(z sqrt(log(1 + se^2 / u^2))). So the lower limit is never below the persons seen.
    """
    unseen = value - seen
    if unseen <= 0:
        return value, value
    stretch = math.exp(normal_quantile(level) * math.sqrt(math.log1p((se / unseen) ** 2)))
    return seen + unseen / stretch, seen + unseen * stretch


def few_recaptures(size: Size, recaptures: int) -> Size:
    """Mark a size that rests on fewer recaptures than the catalogue's limit ``recaptures``."""
    limit = catalogue.threshold("recaptures")
    if limit.keeps(recaptures, limit.good):
        return size
    return size.marked(
        Status.UNRELIABLE,
        "recaptures",
        f"Only {recaptures} persons are on two lists or more; below {limit.good:g} the estimate may be far off"
        f" ({limit.source}).",
    )
