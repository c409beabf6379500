"""Dominance (E7): whether one place makes up the records, or one record or event the amounts that are added up."""

from __future__ import annotations

from collections.abc import Generator

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.errors import ExpressionError
from countersign.model.finding import Finding, State
from countersign.quality.collectors import gini, top
from countersign.quality.context import KEPT, Asking, Context, Questions, Totals, is_of, number, percent
from countersign.quality.findings import judged
from countersign.tables import add_up, aggregate, compile_expression, groups


def place_concentration(context: Context) -> Asking:
    """Share of records from the biggest place: the role ``psu``, else ``area``.

    Of a handful of places each has a large share; none dominates that has little more than if all had the same
    (``even_places``: records of the biggest / records a place).
    """
    if context.dataset.selection in ("probability", "enumeration"):
        return []  # where units are is how the population is spread, or how the sample was planned
    name = context.role("psu") or context.role("area")
    if not name or not context.is_main or context.is_published_table or is_of(context.dataset.unit, ("figure",)):
        return []
    counts = (yield {"sizes": groups([name], where=KEPT & ~nw.col(name).is_null())})["sizes"]
    sizes = np.sort(counts["_n"].astype(np.float64))[::-1]
    if len(sizes) < 2:
        return []
    part = float(sizes[0] / sizes.sum())
    message = (
        f"{number(len(sizes))} places ('{name}'); the biggest has {percent(part)} of the records, the top 10 % of them "
        f"{percent(top(sizes, 0.1))} (Gini {gini(sizes):.2f})."
    )
    return [
        judged(
            "E7",
            "place_concentration",
            part,
            message,
            limit="biggest_place",
            harshest=State.PASS if threshold("even_places").state(part * len(sizes)) is State.PASS else State.FAIL,
            subject=name,
            count=len(sizes),
            evidence={
                "places": len(sizes),
                "records": int(sizes.sum()),
                "biggest": int(sizes[0]),
                "top_10_percent": round(top(sizes, 0.1), 6),
                "gini": round(gini(sizes), 6),
            },
            fix="Show the figure without the biggest place beside it, or take the mean of places.",
        )
    ]


def amount_concentration(context: Context) -> Asking:
    """Share of what totals add up and ratios divide by from the biggest record (or event, role ``psu``)."""
    if context.is_published_table or is_of(context.dataset.unit, ("figure",)):
        return []
    findings = []
    for text, users in _amounts(context).items():
        try:
            value, kind = compile_expression(text, context.types)
        except ExpressionError:  # estimation says so, with its place in the study file
            continue
        if kind not in ("number", "integer"):
            continue
        sizes = yield from _sizes(context, value)
        if sizes is not None:
            findings.append(_judged(text, users, sizes, "events" if context.role("psu") else "records"))
    return findings


def _amounts(context: Context) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, indicator in context.plan.indicators.items():
        if (indicator.data or context.plan.main.name) != context.dataset.name:
            continue
        text = {"total": indicator.numerator, "ratio": indicator.denominator}.get(indicator.statistic, "")
        if text:
            found.setdefault(text, []).append(name)
    return found


def _sizes(context: Context, value: nw.Expr) -> Generator[Questions, Totals, tuple[float, float, float, int] | None]:
    """Return the largest amount, the sum, the median and the number of all records, or of all events."""
    psu = context.role("psu")
    totals: Totals
    if psu:
        amounts = context.dataset.kept().select(value.cast(nw.Float64).alias("_y"), nw.col(psu).alias("_g"))
        amounts = amounts.filter(~nw.col("_y").is_null()).filter(~nw.col("_g").is_null())
        amounts = add_up(amounts, ["_g"], _y=nw.col("_y").sum())
        totals = aggregate(amounts, _n=nw.len(), s=nw.col("_y").sum(), m=nw.col("_y").max(), h=nw.col("_y").median())
    else:
        y = nw.when(KEPT).then(value.cast(nw.Float64))
        totals = yield {"_n": y.count(), "s": y.sum(), "m": y.max(), "h": y.median()}
    if int(totals["_n"]) < 2 or not totals["s"] or totals["s"] <= 0:
        return None
    return float(totals["m"]), float(totals["s"]), float(totals["h"]), int(totals["_n"])


def _judged(text: str, users: list[str], sizes: tuple[float, float, float, int], what: str) -> Finding:
    biggest, total, middle, n = sizes
    part = biggest / total
    message = f"The biggest of {number(n)} {what} has {percent(part)} of all '{text}'" + (
        f", as much as {number(biggest / middle)} middle ones together." if middle > 0 else "."
    )
    return judged(
        "E7",
        "amount_concentration",
        part,
        message,
        limit="biggest_amount",
        subject=text,
        count=int(n),
        evidence={"indicators": users, what: int(n), "share": round(part, 6)},
        fix=f"Show the figure without the biggest of the {what} beside it, or take the mean over {what}.",
    )
