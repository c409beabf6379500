"""Denominators (G2): one share, three numbers, according to what counts as one: an item, a record, one with any."""

from __future__ import annotations

from collections.abc import Generator

import narwhals as nw

from countersign.catalogue import threshold
from countersign.errors import ExpressionError
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan
from countersign.quality.context import KEPT, Asking, Context, Questions, Totals, is_of, number
from countersign.quality.findings import judged
from countersign.tables import add_up, aggregate, compile_expression


def means_differ(context: Context) -> Asking:
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
            found = yield from _means(context, indicator)
            if found is not None:
                findings.append(_judged(name, found, "events" if context.role("psu") else "records"))
    return findings


def _means(context: Context, indicator: IndicatorPlan) -> Generator[Questions, Totals, dict[str, float] | None]:
    psu, there = context.role("psu"), KEPT
    try:
        above, _ = compile_expression(indicator.numerator, context.types)
        below, _ = compile_expression(indicator.denominator, context.types)
        if indicator.where:
            there = there & compile_expression(indicator.where, context.types)[0].fill_null(False)
    except ExpressionError:  # estimation says so, with its place in the study file
        return None
    a, b = above.cast(nw.Float64), below.cast(nw.Float64)
    there = there & ~(a.is_null() | b.is_null())
    found: Totals
    if psu:
        parts = context.dataset.table.filter(there).select(a.alias("_a"), b.alias("_b"), nw.col(psu).alias("_g"))
        parts = add_up(parts, ["_g"], _a=nw.col("_a").sum(), _b=nw.col("_b").sum())
        found = aggregate(parts, **_questions(nw.col("_a"), nw.col("_b")))
    else:
        found = yield _questions(nw.when(there).then(a), nw.when(there).then(b))
    if not found["b"] or found["b"] <= 0 or not found["some"]:
        return None
    return {
        "pooled": found["a"] / found["b"],
        "equal": float(found["equal"]),
        "conditional": float(found["given"]),
        "records": float(found["all"]),
        "records_with_any": float(found["some"]),
    }


def _questions(a: nw.Expr, b: nw.Expr) -> dict[str, nw.Expr]:
    each, some = nw.when(b > 0).then(a / b), nw.when((b > 0) & (a > 0)).then(a / b)
    return {
        "a": a.sum(), "b": b.sum(), "equal": each.mean(), "all": each.count(), "given": some.mean(),
        "some": some.count(),
    }  # fmt: skip


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
