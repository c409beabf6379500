"""Replicate totals -> figures, each with its interval, method and assumption."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.figures import (
    FigureContext,
    _assumption,
    _figure,
    _limits,
    _precision,
    _text,
    _weighted,
)
from countersign.estimation.replication import ReplicateEstimate, estimate_function, estimate_ratio_of
from countersign.model.cells import Floats
from countersign.model.estimate import Estimate
from countersign.model.plan import IndicatorPlan
from countersign.model.replicates import ReplicateTotals, ReplicateWeights

LEAST_REPLICATES = 2


def replicate_figures(
    totals: ReplicateTotals,
    indicator: IndicatorPlan,
    *,
    numerator: str,
    denominator: str | None = None,
    function: Callable[[Mapping[str, Floats]], Any] | None = None,
    context: FigureContext | None = None,
    selection: str = "opportunistic",
) -> list[Estimate]:
    """Estimate one indicator in every domain of `totals`.

    Parameters
    ----------
    numerator, denominator: measures of the totals; None = a total. function: instead of these, any smooth function of
        the totals.
    selection: how units got in, for the words of the assumption.

    Notes
    -----
    The interval is that of the statistic (`estimation.interval`) with the degrees of freedom of the domain. A domain
    that some replicate has nobody of has no standard error, so it is shown as too few, not from the replicates left.
    """
    context = context or FigureContext()
    found = (
        estimate_function(totals, function)
        if function is not None
        else estimate_ratio_of(totals, numerator, denominator)
    )
    deff = (
        design_effect(totals, found, numerator, denominator) if function is None else np.full(len(found.value), np.nan)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        kish = np.minimum(totals.weight**2 / totals.weight2, totals.n)
        effective = np.where(np.isfinite(deff) & (deff > 0), totals.n / np.where(deff > 0, deff, 1.0), kish)
        raw = _raw(totals, numerator, denominator, function)
    made = []
    for k, labels in enumerate(totals.domains):
        value, se, n = float(found.value[k]), float(found.se[k]), int(totals.n[k])
        degrees = float(totals.degrees[k])
        limits, note = _limits(
            indicator, context.level, value, 0.0 if math.isnan(se) else se, n, degrees, float(effective[k]), full=False
        )
        if limits is not None and math.isnan(se):
            limits, note = None, lost(int(found.without[k]), len(totals.design))
        made.append(
            _figure(
                indicator,
                context,
                labels=dict(zip(totals.by, (_text(part) for part in labels), strict=True)),
                category="",
                precision=_precision(value, se, limits, n, float(effective[k]), degrees),
                n=n,
                convention=limits.convention if limits else "",
                method=method_of(totals.design),
                assumption=_assumption(selection, totals.design.calibration, False),
                deff=float(deff[k]),
                raw=float(raw[k]),
                note="; ".join(part for part in (note, limits.note if limits else "") if part),
                full=False,
            )
        )
    return made


def lost(without: int, total: int) -> str:
    """Say why there is no standard error."""
    return f"in {without} of {total} replicates nobody of this group is left, so it has no standard error"


def method_of(replicates: ReplicateWeights) -> str:
    """Return the words for weights and variance."""
    kind = (
        "replicate weights that came with the data" if replicates.kind == "given" else f"{replicates.kind} replicates"
    )
    centre = "the full estimate" if replicates.centre == "full" else "their mean"
    again = ", fitted again in each" if replicates.calibration is not None else ""
    return f"{_weighted(replicates.calibration)}; {len(replicates)} {kind}{again}, centred on {centre}"


def design_effect(totals: ReplicateTotals, found: ReplicateEstimate, numerator: str, denominator: str | None) -> Floats:
    """Return the variance over that of a simple random sample with replacement of the same rows, (K,).

    Mean: s^2 / n with s^2 = n/(n-1) sum w (y - mean)^2 / sum w; total: times (sum w)^2. nan for ratios of two
    variables, and where the square of the measure was not summed. R's svymean on replicate designs divides by the
    rows of the whole design; here by those behind the figure.
    """
    w, n = totals.weight, totals.n.astype(float)
    place = totals.measures.index(numerator)
    with np.errstate(invalid="ignore", divide="ignore"):
        if denominator is None:
            mean, factor = totals.full[:, place] / w, w**2
        else:
            bottom = totals.full[:, totals.measures.index(denominator)]
            counts = np.isclose(bottom, w, rtol=1e-9)  # the denominator counts the rows behind the figure
            mean, factor = np.where(counts, found.value, np.nan), np.ones(len(w))
        square = totals.square / w
        spread = square - mean**2
        spread = np.where(spread > 1e-12 * np.abs(square), spread, np.where(np.isnan(spread), np.nan, 0.0))
        simple = factor * spread / (n - 1)
        ratio: Floats = np.where((n > 1) & (simple > 0), found.se**2 / simple, np.nan)
    return ratio


def _raw(
    totals: ReplicateTotals,
    numerator: str,
    denominator: str | None,
    function: Callable[[Mapping[str, Floats]], Any] | None,
) -> Floats:
    plain = {name: totals.plain[:, place] for place, name in enumerate(totals.measures)}
    if function is not None:
        return np.asarray(function(plain), dtype=float)
    if denominator is None:
        return plain[numerator]
    return plain[numerator] / plain[denominator]


def refuse_direct(replicates: ReplicateWeights) -> None:
    """Refuse the spread of replicate quantiles where it is known not to estimate the variance.

    Raises
    ------
    EstimationError: a jackknife that leaves out one unit at a time.
    """
    if replicates.kind in ("JK1", "JKn"):
        raise EstimationError(
            "The jackknife does not estimate the variance of a quantile: leaving out one unit hardly moves it.",
            where="interval",
            expected="woodruff-mean or woodruff-beta; or balanced half samples or a bootstrap",
            action="leave interval out for woodruff-mean",
        )
