"""Denominators (G2): one share, three numbers, according to what counts as one: an item, a record, one with any."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from countersign.catalogue import threshold
from countersign.errors import ExpressionError
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan
from countersign.quality.context import Context, is_of, number
from countersign.quality.findings import judged
from countersign.tables import aggregate, compile_expression


def means_differ(context: Context) -> Sequence[Finding]:
    """Hold three means of each ratio a / b against each other; records are events where the role ``psu`` names them.

    Pooled: sum a / sum b. Equal: mean of a / b over records with b > 0. Conditional: the same over those with a > 0
    too. The value is the largest difference as a share of the largest of the three.
    """
    if context.is_published_table or is_of(context.dataset.unit, ("figure",)):
        return []
    findings = []
    for name, indicator in context.plan.indicators.items():
        mine = (indicator.data or context.plan.main.name) == context.dataset.name
        if mine and indicator.statistic == "ratio":
            found = _means(context, indicator)
            if found is not None:
                findings.append(_judged(name, found, "events" if context.role("psu") else "records"))
    return findings


def _means(context: Context, indicator: IndicatorPlan) -> dict[str, float] | None:
    table, psu = context.dataset.kept(), context.role("psu")
    try:
        above, _ = compile_expression(indicator.numerator, context.types)
        below, _ = compile_expression(indicator.denominator, context.types)
        if indicator.where:
            table = table.filter(compile_expression(indicator.where, context.types)[0].fill_null(False))
    except ExpressionError:  # estimation says so, with its place in the study file
        return None
    groups = [nw.col(psu).alias("_g")] if psu else []
    parts = table.select(above.cast(nw.Float64).alias("_a"), below.cast(nw.Float64).alias("_b"), *groups)
    parts = parts.filter(~(nw.col("_a").is_null() | nw.col("_b").is_null()))
    if psu:
        parts = parts.group_by("_g").agg(_a=nw.col("_a").sum(), _b=nw.col("_b").sum())
    a, b = nw.col("_a"), nw.col("_b")
    each = nw.when(b > 0).then(a / b)
    some = nw.when((b > 0) & (a > 0)).then(a / b)
    found = aggregate(
        parts, a=a.sum(), b=b.sum(), equal=each.mean(), all=each.count(), given=some.mean(), some=some.count()
    )
    if not found["b"] or found["b"] <= 0 or not found["some"]:
        return None
    return {
        "pooled": found["a"] / found["b"],
        "equal": float(found["equal"]),
        "conditional": float(found["given"]),
        "records": float(found["all"]),
        "records_with_any": float(found["some"]),
    }


def _judged(name: str, found: dict[str, float], what: str) -> Finding:
    three = [found["pooled"], found["equal"], found["conditional"]]
    apart = (max(three) - min(three)) / max(three) if max(three) > 0 else 0.0
    share = max(three) <= 1
    pooled, equal, conditional = (f"{100 * value:.1f} %" if share else f"{value:,.4g}" for value in three)
    told = (
        f"{pooled} of everything added up, {equal} as the mean over {number(found['records'])} {what}, "
        f"{conditional} as the "
        f"mean over the {number(found['records_with_any'])} {what} that have any"
    )
    close = threshold("means_differ").keeps(apart, threshold("means_differ").good)
    message = f"'{name}' hardly depends on what is counted as one: {told}."
    if not close:
        message = f"'{name}' has three honest values: {told}. Nobody knows which one is meant unless it is said."
    return judged(
        "G2",
        "means_differ",
        apart,
        message,
        limit="means_differ",
        subject=name,
        count=int(found["records"] - found["records_with_any"]),
        evidence={key: round(value, 6) for key, value in found.items()},
        harshest=State.WARN,
        fix="Write beside the figure what is divided by what, and show the other two.",
    )
