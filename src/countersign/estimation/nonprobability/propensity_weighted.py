"""Propensity weighted: means and totals with weights 1/pi, for all domains of a breakdown.

Hajek mean: sum_A y/pi over sum_A 1/pi; Horvitz-Thompson: over a known size N. Both are solutions of sum_A u/pi = 0 or
totals of u/pi, u = (y - mu)/sum_A 1/pi inside the domain, so one formula gives the standard errors of all (Chen, Li and
Wu 2020): the fitted chances enter by b'(scores of the model), b = H^-1 sum_A (-d(1/pi)) u x.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.estimation.nonprobability.target import (
    Denominator,
    Population,
    Target,
    TwoPartResult,
    blocks,
    local,
    sizes,
    whole,
)
from countersign.estimation.nonprobability.two_parts import (
    Linearised,
    ReferencePart,
    Score,
    answer_to,
    joint_covariance,
    outer,
    variances,
)
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.propensity import Propensity


def estimate_weighted(
    propensity: Propensity,
    target: Target,
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
    part: ReferencePart | None = None,
) -> TwoPartResult:
    """Estimate a mean or a total in every domain of `by`, each with its own standard error.

    Parameters
    ----------
    propensity: fitted on cells whose keys hold `by` and whose measures hold the target.
    estimator: ``hajek`` divides a mean by the weighted number of answers; ``horvitz-thompson`` by the known size of the
        domain, so that `population` must tell it.
    population: known size. With it a Hajek total is scaled to that size: the sum of weights then does not matter.
    part: the reference's part, if it is at hand already.

    Raises
    ------
    EstimationError: unknown measures or variables; sizes that are needed and not known; missing answers that would
        count as zero.
    """
    cells = propensity.volunteers
    domain, labels = domains_of(cells, by)
    y, counted = target.places(cells)
    there = cells.n.astype(float) if counted is None else cells.plain[:, counted]
    w, count = 1 / propensity.rate, len(labels)
    part = part or ReferencePart(propensity)
    found = [
        (
            each := _linearised(propensity, target, domain, labels, by, estimator, population, low, high),
            *variances(propensity, part, each),
        )
        for low, high in blocks(count, len(cells))
    ]

    def add(amount: Floats) -> Floats:
        return np.bincount(domain, amount, count).astype(np.float64)

    with np.errstate(invalid="ignore", divide="ignore"):
        raw = add(cells.plain[:, y]) / (add(there) if target.statistic == "mean" else 1.0)
        kish = add(w * there) ** 2 / add(w**2 * there)
    return TwoPartResult(
        target=target,
        by=tuple(by),
        domains=tuple(labels),
        value=np.concatenate([each.value for each, _, _ in found]),
        own=np.concatenate([own for _, own, _ in found]),
        reference=np.concatenate([reference for _, _, reference in found]),
        n=np.rint(add(there)).astype(np.int64),
        raw=raw,
        kish=kish,
        size=add(w * there),
    )


def value_weighted(
    propensity: Propensity,
    target: Target,
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
) -> Floats:
    """Return the values of `estimate_weighted` alone, (K,)."""
    domain, labels = domains_of(propensity.volunteers, by)
    return _linearised(propensity, target, domain, labels, by, estimator, population, 0, len(labels)).value


def covariance_weighted(
    propensity: Propensity,
    targets: Sequence[Target],
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
) -> Floats:
    """Return the covariance of several targets in all domains: of T targets in K domains (T K, T K), target by target.

    For some dozens of figures. The diagonal holds the squared standard errors of `estimate_weighted`.
    """
    domain, labels = domains_of(propensity.volunteers, by)
    return joint_covariance(
        propensity,
        [
            _linearised(propensity, target, domain, labels, by, estimator, population, 0, len(labels))
            for target in targets
        ],
    )


def domains_of(cells: Cells, by: Sequence[str]) -> tuple[Integers, list[tuple[object, ...]]]:
    """Number the combinations of `by`, refusing a name that is not among the cells."""
    for name in by:
        if name not in cells.keys:
            raise EstimationError(
                f"The variable '{name}' is not among the cells. {nearest(name, cells.keys)}".strip(),
                where="by",
                expected=f"one of: {', '.join(cells.keys)}",
                action="reduce the rows by this variable too",
            )
    return cells.codes(by)


def _linearised(
    propensity: Propensity,
    target: Target,
    domain: Integers,
    labels: Sequence[tuple[object, ...]],
    by: Sequence[str],
    estimator: Denominator,
    population: Population,
    low: int,
    high: int,
) -> Linearised:
    """Linearise the statistics of the domains low .. high - 1: u = everybody + answered r + value y."""
    cells, w = propensity.volunteers, 1 / propensity.rate
    y, counted = target.places(cells)
    there = cells.n.astype(float) if counted is None else cells.plain[:, counted]
    own, count = local(domain, low, high), high - low
    inside = own >= 0

    def add(amount: Floats) -> Floats:
        return np.bincount(own[inside], amount[inside], count).astype(np.float64)

    top, bottom, nothing = add(w * cells.plain[:, y]), add(w * there), np.zeros(count)
    everybody, answered = nothing, nothing
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(bottom > 0, top / bottom, np.nan)
    if estimator not in ("hajek", "horvitz-thompson"):
        raise EstimationError(
            f"There is no estimator '{estimator}'.", where="estimator", expected="hajek or horvitz-thompson"
        )
    if target.statistic == "mean" and estimator == "hajek":
        value, slope = mean, 1 / np.where(bottom > 0, bottom, 1.0)
        answered = -np.nan_to_num(mean) * slope
    elif target.statistic == "mean":
        whole(cells, target)
        known = sizes(population, labels, by, needed="A Horvitz-Thompson mean")
        slope = 1 / (known[low:high] if known is not None else np.ones(count))
        value = top * slope
    elif estimator == "horvitz-thompson" or population is None:
        whole(cells, target)
        value, slope = top, np.ones(count)
    else:
        known = sizes(population, labels, by)
        if known is not None:
            slope = known[low:high] / np.where(bottom > 0, bottom, 1.0)
            value, answered = known[low:high] * mean, -np.nan_to_num(mean) * slope
        else:
            whole(cells, target)
            weight = float(w @ cells.n)
            slope = np.full(count, float(population) / weight)  # type: ignore[arg-type]
            value = top * slope
            everybody = -value / weight
    u = (
        cells.n[:, None] * everybody
        + there[:, None] * outer(own, answered)
        + cells.plain[:, [y]] * outer(own, slope)
    )  # fmt: skip
    b = answer_to(propensity, u)
    score = Score(
        measure=y,
        counted=counted,
        every=w[:, None] * everybody - propensity.pull[:, None] * propensity.regressors.times(b),
        answered=w[:, None] * outer(own, answered),
        value=w[:, None] * outer(own, slope),
    )
    return Linearised(value, score, b)
