"""Figures: results of estimation as `Estimate` objects, each with its method, interval, assumption and reliability.

This is the only place where arrays become published figures, so no number leaves the room without its words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from countersign.errors import EstimationError
from countersign.estimation.interval import DEFAULTS, Interval, interval
from countersign.estimation.quantile import Columns, estimate_quantile
from countersign.estimation.ratio import estimate_ratio
from countersign.estimation.reliability import APPLIES, Precision, judge
from countersign.estimation.sample import Residuals, Sample, prepare
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.estimate import Estimate, Status
from countersign.model.plan import IndicatorPlan
from countersign.model.weights import Weights

ASSUMPTIONS = {
    "probability": "design-based: the interval holds over repeated draws of the sample",
    "self-selected": "model-based interval, assuming that within each weighting cell those who took part are like"
    " those who did not",
    "unweighted": "model-based interval, assuming that those who took part are like those who did not",
    "enumeration": "full count: no sampling error; coverage and measurement error are not in the interval",
}

OBSERVED = "observed range"
TOO_FEW = "too-few"
PRECISE_ENOUGH = {
    Status.CAUTION: "use with caution: imprecise",
    Status.UNRELIABLE: "not precise enough to be quoted",
}
ALONE = "too few answers for an interval, so no figure is shown"


@dataclass(frozen=True)
class FigureContext:
    """What all figures of a study share.

    Parameters
    ----------
    level: confidence level. time, area: of the population. truth: figure_id -> known value, for synthetic data.
    residuals: see `prepare`. rules: statistic -> reliability rules; the statistics not named keep `APPLIES`.
    """

    level: float = 0.95
    time: str = ""
    area: str = ""
    truth: Mapping[str, float] = field(default_factory=dict)
    residuals: Residuals = "joint"
    rules: Mapping[str, Sequence[str]] = field(default_factory=dict)


def figures(
    cells: Cells | Sample,
    indicator: IndicatorPlan,
    *,
    measures: tuple[str, str | None],
    by: Sequence[str] = (),
    design: Design | None = None,
    weights: Weights | None = None,
    context: FigureContext | None = None,
    selection: str = "opportunistic",
    category: str = "",
    counted: str = "",
) -> list[Estimate]:
    """Estimate one indicator in every domain of `by`.

    Parameters
    ----------
    cells: reduced rows, or a `Sample` already prepared: then `design`, `weights` and `residuals` are in it, and
        `weights` is only used for the words.
    measures: numerator and denominator (None = total), as in `estimate_ratio`.
    selection: how units got in: ``probability``, ``enumeration``, or one of the self-selected kinds.
    category: for distributions, the category that the numerator counts: it enters the figure's id and its domain,
        under the variable's name.
    counted: see `estimate_ratio`.

    Returns
    -------
    One estimate a domain, in sorted order. A domain where nobody answered has status ``no_data``; one
    that is too small for an interval ``too_few``.
    """
    context = context or FigureContext()
    if selection == "enumeration":
        design = replace(design or Design(), enumeration=True)
    sample = cells if isinstance(cells, Sample) else prepare(
        cells, design=design, weights=weights, residuals=context.residuals
    )  # fmt: skip
    result = estimate_ratio(sample, measures[0], measures[1], by=by, counted=counted)
    full = selection == "enumeration" or sample.design.enumeration
    method = _method(sample, weights, full)
    effective = result.n_effective
    made = []
    for k, labels in enumerate(result.domains):
        spread = 0.0 if full else float(result.se[k])
        limits, note = _limits(
            indicator,
            context.level,
            float(result.value[k]),
            spread,
            float(result.n[k]),
            float(result.degrees[k]),
            float(effective[k]),
            full=full,
        )
        made.append(
            _figure(
                indicator,
                context,
                labels=dict(zip(by, (_text(part) for part in labels), strict=True)),
                category=category,
                precision=_precision(result.value[k], spread, limits, result.n[k], effective[k], result.degrees[k]),
                n=int(result.n[k]),
                convention=limits.convention if limits else "",
                method=method,
                assumption=_assumption(selection, weights, full),
                deff=float(result.deff[k]),
                raw=float(result.raw[k]),
                note="; ".join(part for part in (note, limits.note if limits else "") if part),
                full=full,
            )
        )
    return made


def quantile_figures(
    columns: Columns,
    indicator: IndicatorPlan,
    *,
    variable: str,
    by: Sequence[str] = (),
    weight: str = "",
    design: Design | None = None,
    weights: Weights | None = None,
    context: FigureContext | None = None,
    selection: str = "opportunistic",
) -> list[Estimate]:
    """Estimate a quantile indicator in every domain of `by`, from rows (see `estimate_quantile`).

    Parameters
    ----------
    columns: name -> array: the variable, breakdowns, design, weighting variables. The interval convention of the
        indicator is ``woodruff-mean`` (default), ``woodruff-beta`` or ``score``.
    """
    context, design = context or FigureContext(), design or Design()
    full = selection == "enumeration" or design.enumeration
    design = replace(design, enumeration=full)
    convention = indicator.interval or DEFAULTS["quantile"]
    kinds = {"woodruff-mean": "mean", "mean": "mean", "woodruff-beta": "beta", "beta": "beta", "score": "score"}
    if convention not in kinds:
        raise EstimationError(
            f"There is no interval convention '{convention}' for quantiles.",
            where=f"indicators.{indicator.name}.interval",
            expected="woodruff-mean, woodruff-beta or score",
            action="leave it out for woodruff-mean",
        )
    result = estimate_quantile(
        columns,
        variable,
        q=indicator.q,
        by=by,
        weight=weight,
        design=design,
        weights=weights,
        interval=kinds[convention],  # type: ignore[arg-type]
        level=context.level,
        residuals=context.residuals,
    )
    method = _quantile_method(indicator.q, weights, full)
    made = []
    for k, labels in enumerate(result.domains):
        value = float(result.value[k])
        limits: Interval | None = Interval(float(result.lower[k]), float(result.upper[k]), result.convention)
        note = ""
        if full:
            limits = Interval(value, value, "full count")
        elif math.isnan(value):
            limits, note = None, "nobody answered"
        elif result.n[k] < 2:
            limits, note = None, ALONE
        elif math.isnan(result.lower[k]) or math.isnan(result.upper[k]):
            # A small group stays visible: what was observed is shown, and said to be no more than that.
            limits = Interval(float(result.smallest[k]), float(result.largest[k]), OBSERVED)
            note = (
                f"too few answers for a {context.level:.0%} interval; the range of what was observed is shown instead"
            )
        spread = 0.0 if full or math.isnan(result.se[k]) else float(result.se[k])
        made.append(
            _figure(
                indicator,
                context,
                labels=dict(zip(by, (_text(part) for part in labels), strict=True)),
                category="",
                precision=_precision(value, spread, limits, result.n[k], result.n_effective[k], result.degrees[k]),
                n=int(result.n[k]),
                convention=limits.convention if limits else "",
                method=method,
                assumption=_assumption(selection, weights, full),
                deff=math.nan,
                raw=float(result.raw[k]),
                note=note,
                full=full,
            )
        )
    return made


def figure_id(name: str, *, category: str = "", domain: Mapping[str, str] | None = None) -> str:
    """Return the stable name: ``indicator``, ``indicator:category``, ``indicator/sea=Black Sea,year=2018``."""
    head = f"{name}:{category}" if category else name
    tail = ",".join(f"{key}={value}" for key, value in (domain or {}).items())
    return f"{head}/{tail}" if tail else head


def _limits(
    indicator: IndicatorPlan,
    level: float,
    value: float,
    se: float,
    n: float,
    degrees: float,
    effective: float,
    *,
    full: bool,
) -> tuple[Interval | None, str]:
    """Return the interval, or None with the reason why there is none."""
    if math.isnan(value) or n == 0:
        return None, "nobody answered"
    if full:
        return Interval(value, value, "full count"), ""
    convention = indicator.interval or DEFAULTS[indicator.statistic]
    try:
        limits = interval(convention, value=value, se=se, n=n, degrees=degrees, level=level, n_effective=effective)
    except EstimationError:
        if degrees >= 1:
            raise
        return None, ALONE
    return limits, ""


def _precision(
    value: float, se: float, limits: Interval | None, n: float, effective: float, degrees: float
) -> Precision | None:
    if limits is None:
        return None
    return Precision(
        value=float(value),
        se=se,
        lower=limits.lower,
        upper=limits.upper,
        n=float(n),
        n_effective=float(effective),
        degrees=float(degrees),
    )


def _figure(
    indicator: IndicatorPlan,
    context: FigureContext,
    *,
    labels: dict[str, str],
    category: str,
    precision: Precision | None,
    n: int,
    convention: str,
    method: str,
    assumption: str,
    deff: float,
    raw: float,
    note: str,
    full: bool,
) -> Estimate:
    name = figure_id(indicator.name, category=category, domain=labels)
    domain = {indicator.numerator: category, **labels} if category else labels
    statistic = "proportion" if indicator.statistic == "distribution" else indicator.statistic
    common = {
        "indicator": indicator.name,
        "statistic": statistic,
        "domain": domain,
        "method": method,
        "level": context.level,
        "unit": indicator.unit,
        "series": indicator.series,
        "time": indicator.time or context.time,
        "area": context.area,
        "assumption": assumption,
        "figure_id": name,
        "truth": context.truth.get(name),
    }
    if precision is None:
        return Estimate(
            **common,  # type: ignore[arg-type]
            value=None,
            standard_error=None,
            lower=None,
            upper=None,
            n=n,
            convention=convention or "none",
            status=Status.TOO_FEW if n else Status.NO_DATA,
            flags=(TOO_FEW,) if n else (),
            note=note,
        )
    rules = context.rules.get(indicator.statistic, APPLIES[indicator.statistic])
    status, flags = (Status.PUBLISHED, ()) if full else judge(precision, rules)
    if convention == OBSERVED:
        status, flags = Status.UNRELIABLE, (TOO_FEW,)
    words = PRECISE_ENOUGH.get(status, "")
    return Estimate(
        **common,  # type: ignore[arg-type]
        value=precision.value,
        standard_error=None if convention == OBSERVED else precision.se,
        lower=precision.lower,
        upper=precision.upper,
        n=n,
        convention=convention,
        n_effective=precision.n if full else precision.n_effective,
        degrees=None if full else precision.degrees,
        design_effect=None if full or not math.isfinite(deff) else deff,
        status=status,
        flags=flags,
        note="; ".join(part for part in (words, note) if part),
        raw=raw if math.isfinite(raw) else None,
    )


def _text(part: object) -> str:
    if part is None:
        return "(missing)"
    return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part)


def _weighted(weights: Weights | None) -> str:
    if weights is None or weights.method == "base":
        return "base weights"
    names = ", ".join(weights.met)
    verb = {"raking": "raked to", "post-stratification": "post-stratified by"}.get(
        weights.method, f"{weights.method} to"
    )
    if weights.error is not None:
        names += " (totals from a sample, whose error is in the interval)"
    trimmed = ", weights trimmed" if weights.trimmed.get("rows") else ""
    return f"{verb} {names}{trimmed}" if names else f"{weights.method}{trimmed}"


def _method(sample: Sample, weights: Weights | None, full: bool) -> str:
    if full:
        return "full count"
    how = "Taylor linearisation"
    if sample.calibrated:
        how += " with calibration residuals, " + (
            "joint regression" if sample.residuals == "joint" else "alternating margin means"
        )
    parts = [name for name, used in (("strata", sample.design.strata), ("PSUs", sample.design.psu)) if used]
    return f"{_weighted(weights)}; {how}" + (f"; {' and '.join(parts)} of the design" if parts else "")


def _quantile_method(q: float, weights: Weights | None, full: bool) -> str:
    what = f"quantile {q:g}, smallest value whose cumulated share reaches it"
    return f"full count; {what}" if full else f"{_weighted(weights)}; {what}; Taylor linearisation of the share"


def _assumption(selection: str, weights: Weights | None, full: bool) -> str:
    if full:
        return ASSUMPTIONS["enumeration"]
    if selection == "probability":
        return ASSUMPTIONS["probability"]
    return ASSUMPTIONS["unweighted" if weights is None or weights.method == "base" else "self-selected"]
