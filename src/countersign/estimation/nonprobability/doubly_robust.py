"""Doubly robust: a model of the answer, corrected by the weighted residuals of those who took part.

mean = sum_A (y - m)/pi over sum_A 1/pi, plus sum_B d m over sum_B d (Chen, Li and Wu 2020). It is right if either the
chances pi or the model m are right. In a domain both sums run over the domain. With a known size N both divide by N.

Both models are estimated, so both enter the standard error: the chances by b'(their scores), the model by
h'x (y - m), h = (sum m' x x')^-1 times the derivative of the estimator by the model's coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.outcome import Family, Outcome, fit_outcome
from countersign.estimation.nonprobability.propensity_weighted import domains_of
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
from countersign.model.cells import Floats, Integers
from countersign.model.propensity import Propensity
from countersign.model.reference import columns_of
from countersign.model.regressors import Regressors, Term


@dataclass(frozen=True)
class DoubleModel:
    """Chances of taking part and a model of one answer, in the same cells.

    Parameters
    ----------
    propensity, outcome: the two models. seen: the columns of the outcome model for each reference.
    """

    propensity: Propensity
    outcome: Outcome
    target: Target
    seen: tuple[Regressors, ...]


def fit_double(
    propensity: Propensity,
    target: Target,
    *,
    family: Family | None = None,
    on: Sequence[Term] | None = None,
    numeric: Sequence[str] = (),
) -> DoubleModel:
    """Fit the model of the answer beside the chances of taking part.

    Parameters
    ----------
    family: ``linear`` or ``logistic``; None = logistic for a share with both answers, else linear.
    on: auxiliary variables of the model of the answer; None = those of the propensity. numeric: as there.

    Raises
    ------
    EstimationError: known totals in place of a reference sample; what `fit_outcome` refuses.
    """
    if not propensity.references:
        raise EstimationError(
            "A doubly robust estimate adds up predictions over a reference sample, and only totals are given.",
            where="totals",
            expected="a probability sample with the auxiliary variables",
            action="use estimate_by_propensity with method: calibrated, which needs totals only",
        )
    cells = propensity.volunteers
    if on is None:
        own, seen = propensity.regressors, propensity.seen
    else:
        own, seen = columns_of(cells, propensity.references, tuple(on), numeric=numeric)
    y, counted = target.places(cells)
    if family is None:
        answers = float(cells.n.sum() if counted is None else cells.plain[:, counted].sum())
        family = "logistic" if target.share and 0 < cells.plain[:, y].sum() < answers else "linear"
    outcome = fit_outcome(cells, target.measure, own, family, counted=target.counted)
    return DoubleModel(propensity, outcome, target, seen)


def estimate_double(
    model: DoubleModel,
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
    part: ReferencePart | None = None,
) -> TwoPartResult:
    """Estimate a mean or a total in every domain of `by`.

    Parameters
    ----------
    by: variables that both sides have. estimator, population: as in `estimate_weighted`.

    Returns
    -------
    Domains that either side has, in sorted order; nan where one side has nobody.
    """
    propensity, target = model.propensity, model.target
    cells = propensity.volunteers
    own, theirs, labels = _domains(model, by)
    y, counted = target.places(cells)
    there = cells.n.astype(float) if counted is None else cells.plain[:, counted]
    w, count = 1 / propensity.rate, len(labels)
    part = part or ReferencePart(propensity)
    longest = max(len(cells), *(len(reference.cells) for reference in propensity.references))
    found = [
        (
            each := _linearised(model, own, theirs, labels, by, estimator, population, low, high),
            *variances(propensity, part, each),
        )
        for low, high in blocks(count, longest)
    ]

    def add(amount: Floats) -> Floats:
        return np.bincount(own, amount, count).astype(np.float64)

    with np.errstate(invalid="ignore", divide="ignore"):
        raw = add(cells.plain[:, y]) / (add(there) if target.statistic == "mean" else 1.0)
        kish = add(w * there) ** 2 / add(w**2 * there)
    return TwoPartResult(
        target=target,
        by=tuple(by),
        domains=tuple(labels),
        value=np.concatenate([each.value for each, _, _ in found]),
        own=np.concatenate([mine for _, mine, _ in found]),
        reference=np.concatenate([reference for _, _, reference in found]),
        n=np.rint(add(there)).astype(np.int64),
        raw=raw,
        kish=kish,
        size=add(w * there),
    )


def value_double(
    model: DoubleModel, *, by: Sequence[str] = (), estimator: Denominator = "hajek", population: Population = None
) -> Floats:
    """Return the values of `estimate_double` alone, (K,)."""
    own, theirs, labels = _domains(model, by)
    return _linearised(model, own, theirs, labels, by, estimator, population, 0, len(labels)).value


def covariance_double(
    models: Sequence[DoubleModel],
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
) -> Floats:
    """Return the covariance of several targets in all domains, (T K, T K), target by target; one propensity for all."""
    found = []
    for model in models:
        own, theirs, labels = _domains(model, by)
        found.append(_linearised(model, own, theirs, labels, by, estimator, population, 0, len(labels)))
    return joint_covariance(models[0].propensity, found)


def _domains(model: DoubleModel, by: Sequence[str]) -> tuple[Integers, tuple[Integers, ...], list[tuple[object, ...]]]:
    """Number the domains on both sides in the same way."""
    propensity = model.propensity
    code, labels = domains_of(propensity.volunteers, by)
    sides = [domains_of(reference.cells, by) for reference in propensity.references]
    if not by:
        return code, tuple(theirs for theirs, _ in sides), labels
    from countersign.model.cells import _order

    every = set(labels)
    for (theirs, known), reference in zip(sides, propensity.references, strict=True):
        weight = np.bincount(theirs, reference.cells.weight, len(known))
        every |= {label for label, size in zip(known, weight.tolist(), strict=True) if size > 0}
    union = sorted(every, key=lambda label: tuple(_order(part) for part in label))
    place = {label: number for number, label in enumerate(union)}

    def renumbered(own: Integers, known: list[tuple[object, ...]]) -> Integers:
        return np.array([place.get(label, -1) for label in known], dtype=np.int64)[own]

    return renumbered(code, labels), tuple(renumbered(theirs, known) for theirs, known in sides), union


def _linearised(
    model: DoubleModel,
    domain: Integers,
    theirs: Sequence[Integers],
    labels: Sequence[tuple[object, ...]],
    by: Sequence[str],
    estimator: Denominator,
    population: Population,
    low: int,
    high: int,
) -> Linearised:
    propensity, target, outcome = model.propensity, model.target, model.outcome
    cells, w, m = propensity.volunteers, 1 / propensity.rate, outcome.predicted
    y, counted = target.places(cells)
    there = cells.n.astype(float) if counted is None else cells.plain[:, counted]
    count, own = high - low, local(domain, low, high)
    others = [local(code, low, high) for code in theirs]
    weights = [
        share * reference.cells.weight
        for share, reference in zip(propensity.shares, propensity.references, strict=True)
    ]  # fmt: skip
    predicted = [outcome.predict(x) for x in model.seen]
    left, bottom = _add(own, w * outcome.residual, count), _add(own, w * there, count)
    imputed = sum(
        (_add(at, d * p, count) for at, d, p in zip(others, weights, predicted, strict=True)), np.zeros(count)
    )
    size = sum((_add(at, d, count) for at, d in zip(others, weights, strict=True)), np.zeros(count))
    nobody = (bottom <= 0) | (size <= 0)
    bottom, size = np.where(bottom > 0, bottom, 1.0), np.where(size > 0, size, 1.0)
    none = np.zeros(count)
    # slope: of y inside the domain; level: of the answered inside, besides -slope m; everybody: of all volunteers;
    # theirs_slope, theirs_level, theirs_all: the same for m in the reference.
    level, everybody, theirs_level, theirs_all = none, none, none, none
    if estimator not in ("hajek", "horvitz-thompson"):
        raise EstimationError(
            f"There is no estimator '{estimator}'.", where="estimator", expected="hajek or horvitz-thompson"
        )
    known = sizes(
        population,
        labels,
        by,
        needed="A Horvitz-Thompson mean" if target.statistic == "mean" and estimator != "hajek" else "",
    )
    hajek = estimator == "hajek"
    if hajek and (target.statistic == "mean" or known is not None):
        factor = np.ones(count) if target.statistic == "mean" or known is None else known[low:high]
        slope, theirs_slope = factor / bottom, factor / size
        value = left * slope + imputed * theirs_slope
        level, theirs_level = -left / bottom * slope, -imputed / size * theirs_slope
    elif hajek and population is not None:
        whole(cells, target)
        total = float(population)  # type: ignore[arg-type]
        all_own, all_theirs = float(w @ cells.n), float(sum(d.sum() for d in weights))
        slope, theirs_slope = np.full(count, total / all_own), np.full(count, total / all_theirs)
        value = left * slope + imputed * theirs_slope
        everybody, theirs_all = -left * slope / all_own, -imputed * theirs_slope / all_theirs
    else:
        whole(cells, target)
        factor = known[low:high] if known is not None and target.statistic == "mean" else np.ones(count)
        slope = theirs_slope = 1 / factor
        value = (left + imputed) * slope
    answered = outer(own, level) - m[:, None] * outer(own, slope)
    u = cells.n[:, None] * everybody + there[:, None] * answered + cells.plain[:, [y]] * outer(own, slope)
    b = answer_to(propensity, u)
    bend = outcome.slope(outcome.regressors)
    moved = -outcome.regressors.sums((w * there * bend)[:, None] * outer(own, slope))
    for x, at, d in zip(model.seen, others, weights, strict=True):
        moved = moved + x.sums((d * outcome.slope(x))[:, None] * outer(at, theirs_slope))
    pulled = outcome.regressors.times(outcome.inverse @ moved)
    score = Score(
        measure=y,
        counted=counted,
        every=w[:, None] * everybody - propensity.pull[:, None] * propensity.regressors.times(b),
        answered=w[:, None] * answered - m[:, None] * pulled,
        value=w[:, None] * outer(own, slope) + pulled,
    )
    more = tuple(
        p[:, None] * outer(at, theirs_slope) + outer(at, theirs_level) + theirs_all
        for p, at in zip(predicted, others, strict=True)
    )
    return Linearised(np.where(nobody, np.nan, value), score, b, more)


def _add(code: Integers, amount: Floats, count: int) -> Floats:
    inside = code >= 0
    return np.bincount(code[inside], amount[inside], count).astype(np.float64)
