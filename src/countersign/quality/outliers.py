"""Outliers (E9): values far from those of their own group, on the scale of logarithms."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import narwhals as nw

from countersign.catalogue import threshold
from countersign.errors import ExpressionError
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, Questions, Totals, number, percent, share, together
from countersign.quality.edits import divisors
from countersign.quality.findings import judged, not_assessed
from countersign.quality.spread import Spreads, spread
from countersign.tables import columns_of, compile_expression


@dataclass(frozen=True)
class _Measured:
    subject: str
    value: nw.Expr
    strata: tuple[str, ...]


def outliers(context: Context) -> Asking:
    """Values with |log y - median| / s above the limit (3.5) within their group.

    s = 1.4826 MAD of log y; where more than half of the values are the same and MAD is 0, s = 1.2533 times the mean
    absolute deviation (Iglewicz and Hoaglin 1993). Where MAD would call more than a tenth of the values outliers, most
    values sit on a few round numbers: then the larger of the two is used for all.

    Looked at are the numbers behind each indicator, within its first breakdown, and the numbers by which a figure
    divides. Values of 0 or less have no logarithm and do not count.
    """
    if context.is_published_table:
        return []
    measured = _measured(context)
    found = yield from together([_spread(context, each) for each in measured])
    return [_found(each, spreads) for each, spreads in zip(measured, found, strict=True)]


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


def _spread(context: Context, measured: _Measured) -> Generator[Questions, Totals, Spreads]:
    names = columns_of(measured.value) or ()
    alone = next(iter(names)) if len(names) == 1 and not measured.strata else ""
    return spread(
        measured.value,
        {f"_s{place}": nw.col(name) for place, name in enumerate(measured.strata)},
        KEPT,
        limit=threshold("outlier_distance").good,
        size=context.rows.count,
        few_values=bool(alone) and context.rows.has_few_values(alone),
    )


def _found(measured: _Measured, spreads: Spreads) -> Finding:
    limit, least = threshold("outlier_distance").good, int(threshold("outlier_stratum").good)
    judgeable = [each for each in spreads.groups if each.n >= least and each.scale > 0]
    looked, high, low = (sum(getattr(each, name) for each in judgeable) for name in ("n", "high", "low"))
    if not looked:
        why = f"'{measured.subject}' has no group of {least} positive values or more that differ."
        return not_assessed("E9", "outliers", why, subject=measured.subject)
    scale, far = "median absolute deviation", sum(each.far for each in judgeable)
    if share(high + low, looked) > threshold("outliers_heaped").good:
        high, low = (sum(getattr(each, name) for each in judgeable) for name in ("wide_high", "wide_low"))
        scale, far = "mean absolute deviation", sum(each.wide_far for each in judgeable)
    where = f" within {' x '.join(measured.strata)}" if measured.strata else ""
    message = (
        f"'{measured.subject}': {number(high)} values are far above and {number(low)} far below the others{where} "
        f"({percent(share(high + low, looked))} of {number(looked)})."
    )
    effect = _effect(spreads, far=far, many=high + low)
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
            "in_small_groups": sum(each.n for each in spreads.groups) - looked,
            "groups": len(judgeable),
            "strata": list(measured.strata),
            "distance": limit,
            "scale": scale,
            **effect,
        },
        harshest=State.WARN,
        fix=f"Look at the extreme values of '{measured.subject}'; use a median where they are real.",
    )


def _effect(spreads: Spreads, *, far: float, many: int) -> dict[str, float]:
    """Return the plain mean with and without the outliers; values of 0 or less are in both."""
    n = sum(each.n for each in spreads.groups) + spreads.others
    amount = sum(each.amount for each in spreads.groups) + spreads.others_amount
    if not many or n <= many:
        return {}
    return {"mean": amount / n, "mean_without": (amount - far) / (n - many)}
