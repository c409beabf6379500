"""Outliers (E9): values far from those of their own group, on the scale of logarithms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from countersign.catalogue import threshold
from countersign.errors import ExpressionError
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, number, percent, share
from countersign.quality.edits import divisors
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate, compile_expression

CONSISTENT = 1.4826  # MAD of a normal distribution to its standard deviation
CONSISTENT_MEAN = 1.2533141373155001  # mean absolute deviation to the standard deviation: sqrt(pi / 2)


@dataclass(frozen=True)
class _Measured:
    subject: str
    value: nw.Expr
    strata: tuple[str, ...]


def outliers(context: Context) -> Sequence[Finding]:
    """Values with |log y - median| / s above the limit (3.5) within their group.

    s = 1.4826 MAD of log y; where more than half of the values are the same and MAD is 0, s = 1.2533 times the mean
    absolute deviation (Iglewicz and Hoaglin 1993). Where MAD would call more than a tenth of the values outliers, most
    values sit on a few round numbers: then the larger of the two is used for all.

    Looked at are the numbers behind each indicator, within its first breakdown, and the numbers by which a figure
    divides. Values of 0 or less have no logarithm and do not count.
    """
    findings: list[Finding] = []
    if context.is_published_table:
        return findings
    for measured in _measured(context):
        findings.append(_found(context, measured))
    return findings


def _measured(context: Context) -> list[_Measured]:
    types = context.types
    found = [_Measured(name, nw.col(name), ()) for name in divisors(context)]
    for name, indicator in context.plan.indicators.items():
        mine = indicator.data == context.dataset.name or (not indicator.data and context.is_main)
        if not mine or indicator.statistic not in ("mean", "total", "ratio", "quantile"):
            continue
        try:
            value, kind = compile_expression(indicator.numerator, types)
            if indicator.denominator:
                below, _ = compile_expression(indicator.denominator, types)
                value = value.cast(nw.Float64) / nw.when(below != 0).then(below)
            if indicator.where:
                value = nw.when(compile_expression(indicator.where, types)[0]).then(value)
        except ExpressionError:  # estimation says so, with its place in the study file
            continue
        strata = next((by for by in indicator.by if by and all(part in context.schema for part in by)), ())
        if kind in ("number", "integer"):
            found.append(_Measured(name, value, tuple(strata)))
    return found


def _found(context: Context, measured: _Measured) -> Finding:
    strata = [f"_s{place}" for place in range(len(measured.strata))] or ["_s0"]
    keys = [nw.col(name).alias(f"_s{place}") for place, name in enumerate(measured.strata)] or [nw.lit(1).alias("_s0")]
    table = context.dataset.kept().select(*keys, measured.value.cast(nw.Float64).alias("_y")).filter(nw.col("_y") > 0)
    for name in strata:
        table = table.filter(~nw.col(name).is_null())
    logs = table.with_columns(nw.col("_y").log().alias("_l"))
    middle = logs.group_by(*strata).agg(_m=nw.col("_l").median())
    apart = logs.join(middle, on=strata, how="inner").with_columns((nw.col("_l") - nw.col("_m")).alias("_d"))
    spread = apart.group_by(*strata).agg(_s=nw.col("_d").abs().median(), _a=nw.col("_d").abs().mean(), _n=nw.len())
    mean = CONSISTENT_MEAN * nw.col("_a")
    sigma = nw.when(nw.col("_s") > 0).then(CONSISTENT * nw.col("_s")).otherwise(mean)
    wide = nw.when(mean > sigma).then(mean).otherwise(sigma)
    limit, least = threshold("outlier_distance").good, int(threshold("outlier_stratum").good)
    judgeable = (sigma > 0) & (nw.col("_n") >= least)
    totals = aggregate(
        apart.join(spread, on=strata, how="inner").with_columns(sigma.alias("_sigma"), wide.alias("_wide")),
        looked=_count(judgeable),
        high=_count(judgeable & (nw.col("_d") > limit * nw.col("_sigma"))),
        low=_count(judgeable & (nw.col("_d") < -limit * nw.col("_sigma"))),
        wide_high=_count(judgeable & (nw.col("_d") > limit * nw.col("_wide"))),
        wide_low=_count(judgeable & (nw.col("_d") < -limit * nw.col("_wide"))),
        positive=nw.len(),
        groups=nw.when(judgeable).then(1.0 / nw.col("_n")).sum(),
        amount=nw.col("_y").sum(),
        far=_amount(judgeable & (nw.col("_d").abs() > limit * nw.col("_sigma"))),
        wide_far=_amount(judgeable & (nw.col("_d").abs() > limit * nw.col("_wide"))),
    )
    looked, high, low = (int(totals[name] or 0) for name in ("looked", "high", "low"))
    if not looked:
        why = f"'{measured.subject}' has no group of {least} positive values or more that differ."
        return not_assessed("E9", "outliers", why, subject=measured.subject)
    scale = "median absolute deviation"
    if share(high + low, looked) > threshold("outliers_heaped").good:
        high, low, scale = int(totals["wide_high"] or 0), int(totals["wide_low"] or 0), "mean absolute deviation"
        totals["far"] = totals["wide_far"]
    where = f" within {' x '.join(measured.strata)}" if measured.strata else ""
    message = (
        f"'{measured.subject}': {number(high)} values are far above and {number(low)} far below the others{where} "
        f"({percent(share(high + low, looked))} of {number(looked)})."
    )
    effect = _effect(context, measured, totals, high + low)
    if effect:
        message += f" The mean is {effect['mean']:.4g} with them and {effect['mean_without']:.4g} without."
    return judged(
        "E9",
        "outliers",
        share(high + low, looked),
        message,
        limit="outliers",
        subject=measured.subject,
        count=high + low,
        evidence={
            "high": high,
            "low": low,
            "looked_at": looked,
            "in_small_groups": int(totals["positive"]) - looked,
            "groups": round(totals["groups"] or 0),
            "strata": list(measured.strata),
            "distance": limit,
            "scale": scale,
            **effect,
        },
        harshest=State.WARN,
        fix=f"Look at the extreme values of '{measured.subject}'; use a median where they are real.",
    )


def _effect(context: Context, measured: _Measured, totals: Mapping[str, Any], many: int) -> dict[str, float]:
    """Return the plain mean with and without the outliers; values of 0 or less are in both."""
    if not many:
        return {}
    rows = context.dataset.kept().select(measured.value.cast(nw.Float64).alias("_y"))
    strata = [nw.col(name).is_null() for name in measured.strata]
    if strata:
        rows = context.dataset.kept().filter(~nw.any_horizontal(*strata, ignore_nulls=True))
        rows = rows.select(measured.value.cast(nw.Float64).alias("_y"))
    low = aggregate(rows.filter(nw.col("_y") <= 0), n=nw.len(), amount=nw.col("_y").sum())
    n, amount = totals["positive"] + low["n"], totals["amount"] + (low["amount"] or 0.0)
    if n <= many:
        return {}
    return {"mean": amount / n, "mean_without": (amount - (totals["far"] or 0.0)) / (n - many)}


def _amount(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.col("_y")).otherwise(0.0).sum()


def _count(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(1).otherwise(0).sum()
