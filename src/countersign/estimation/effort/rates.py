"""Rates and totals: what a count model says about the effort observed, or about every site of a frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.estimation.effort.count_models import CountModel, t_quantile
from countersign.model.cells import Floats
from countersign.model.estimate import Estimate, Status
from countersign.model.regressors import Regressors

LIKE = (
    "model-based interval, assuming that the mean count grows in proportion to effort, given the covariates; that"
    " nothing is missed or counted twice; that sites are independent of each other"
)
FRAME = "that sites not visited are like visited ones with the same covariates"


def rate(
    fitted: CountModel,
    x: Regressors,
    effort: Floats,
    *,
    name: str = "rate",
    unit: str = "",
    domain: Mapping[str, str] | None = None,
    at: Floats | None = None,
    frame: bool = False,
    n: int | None = None,
) -> Estimate:
    """Return the mean rate R = sum e exp(x b) / sum e over rows with effort or size e.

    Parameters
    ----------
    x, effort: rows to average over, those of the data or of a frame. at: share of each row that counts, 0 or 1, (n,).
    n: records behind the figure.

    Notes
    -----
    Standard error by the delta method; limits R exp(-+ t se / R), convention ``log-t``. With site effects the mean over
    sites is exp(x b + s^2 / 2).
    """
    _sized(effort)
    e = effort if at is None else effort * at
    value, gradient = _mean(fitted, x, e)
    size = float(e.sum())
    return _estimate(fitted, value / size, gradient / size, "ratio", name, unit, domain, frame, n)


def total(
    fitted: CountModel,
    x: Regressors,
    size: Floats,
    *,
    name: str = "total",
    unit: str = "",
    domain: Mapping[str, str] | None = None,
    at: Floats | None = None,
    n: int | None = None,
) -> Estimate:
    """Return the expected total sum e exp(x b) over every site of a frame, e its size in units of effort."""
    _sized(size)
    value, gradient = _mean(fitted, x, size if at is None else size * at)
    return _estimate(fitted, value, gradient, "total", name, unit, domain, True, n)


def _sized(size: Floats) -> None:
    if size.dtype == object or not np.isfinite(size).all() or (size <= 0).any() or not len(size):
        raise EstimationError(
            "Some sites have no size: missing, text, 0 or below; or there are none.",
            where="size",
            expected="for every site its size in the unit of effort, above 0",
            action="complete the frame",
        )


def _mean(fitted: CountModel, x: Regressors, e: Floats) -> tuple[float, Floats]:
    mu = e * np.exp(x.times(fitted.b) + fitted.between**2 / 2)
    gradient = x.sums(mu)
    if fitted.family == "site effects":
        gradient = np.append(gradient, fitted.between * mu.sum())
    return float(mu.sum()), gradient


def _estimate(
    fitted: CountModel,
    value: float,
    gradient: Floats,
    statistic: str,
    name: str,
    unit: str,
    domain: Mapping[str, str] | None,
    frame: bool,
    n: int | None,
) -> Estimate:
    se = math.sqrt(max(float(gradient @ fitted.covariance @ gradient), 0.0))
    alike = not se > 1e-9 * value  # rounding only
    stretch = math.exp(t_quantile(fitted.level, fitted.degrees) * se / value)
    limit = catalogue.threshold("overdispersion")
    scattered = not limit.keeps(fitted.dispersion.p, limit.good)
    note = fitted.note
    if scattered and fitted.family == "poisson":
        note = f"{note} Counts are more scattered than Poisson; the interval allows for it.".strip()
    if alike:
        note = f"{note} All sites here have the same rate, so their spread says nothing about chance.".strip()
    tail = ",".join(f"{key}={each}" for key, each in (domain or {}).items())
    facts: dict[str, Any] = {"flags": (*(("overdispersed",) if scattered else ()), *(("no-spread",) if alike else ()))}
    return Estimate(
        indicator=name,
        statistic=statistic,
        domain=dict(domain or {}),
        value=value,
        standard_error=se,
        lower=value / stretch,
        upper=value * stretch,
        n=fitted.n if n is None else n,
        degrees=fitted.degrees,
        method=f"{fitted.family} with effort as offset, {fitted.sites} sites, {fitted.variance}",
        convention="log-t",
        level=fitted.level,
        unit=unit,
        assumption=f"{LIKE}; {FRAME}" if frame else LIKE,
        status=Status.UNRELIABLE if alike else Status.PUBLISHED,
        note=note,
        figure_id=f"{name}/{tail}" if tail else name,
        **facts,
    )
