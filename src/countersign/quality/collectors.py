"""Collectors (E7): whether a few people or groups make up the data, and whether answers depend on who asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from countersign.errors import EstimationError, ExpressionError
from countersign.model.cells import Floats
from countersign.model.finding import Finding, State
from countersign.model.intraclass import Intraclass, one_way
from countersign.model.plan import IndicatorPlan
from countersign.quality.context import KEPT, Asking, Context, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import Groups, Question, compile_expression, groups


def concentration(context: Context) -> Asking:
    """Share of records from the biggest collector, the top 1 % and 10 % of collectors, and the Gini coefficient."""
    name = context.role("collector")
    if not name:
        why = "The study does not say which column names the collector."
        fix = "Add 'roles: collector:' to the study file."
        return [not_assessed("E7", "collector_concentration", why, fix=fix)] if context.is_main else []
    counts = (yield {"sizes": groups([name], where=KEPT)})["sizes"]
    known = [n for key, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True) if key is not None]
    if not known:
        return [not_assessed("E7", "collector_concentration", "No record names its collector.", subject=context.about)]
    sizes = np.sort(np.asarray(known, dtype=np.float64))[::-1]
    biggest, one, ten = sizes[0] / sizes.sum(), top(sizes, 0.01), top(sizes, 0.10)
    message = (
        f"{number(len(sizes))} collectors; the biggest made {percent(biggest)} of the records, the top 10 % of them "
        f"{percent(ten)} (Gini {gini(sizes):.2f})."
    )
    evidence = {
        "collectors": len(sizes),
        "records": int(sizes.sum()),
        "top_1_percent": round(one, 6),
        "top_10_percent": round(ten, 6),
        "gini": round(gini(sizes), 6),
        "unnamed": int(counts["_n"].sum() - sizes.sum()),
    }
    return [
        judged(
            "E7",
            "collector_concentration",
            float(biggest),
            message,
            limit="biggest_collector",
            subject=context.about,
            count=len(sizes),
            evidence=evidence,
        )
    ]


def collector_effect(context: Context) -> Asking:
    """How alike the records of one collector are in what each indicator measures: ICC(1,1) by collector.

    One-way analysis of variance on sums by collector, n0 for unequal sizes; beside it the design effect
    1 + (m - 1) ICC with m records a collector (Kish 1965). Collectors often work in different places, so it never says
    more than a warning: only collectors that were sent by chance can be blamed for a difference. Where the interval
    holds zero, chance alone can do it, and it does not warn.
    """
    name = context.role("collector")
    if not name:
        return []
    measured = []
    for indicator in context.plan.indicators.values():
        mine = (indicator.data or context.plan.main.name) == context.dataset.name
        value = _measured(context, indicator) if mine else None
        if value is not None:
            measured.append((indicator.name, *value))
    numbers = {subject: value for subject, value, whole in measured if whole is not None}
    middles = yield {subject: nw.when(KEPT).then(value).mean() for subject, value, whole in measured if whole is False}
    there = KEPT & ~nw.col(name).is_null()
    questions: dict[str, Question] = {}
    steps = {
        f"_y{place}": value - float(middles.get(subject) or 0.0)
        for place, (subject, value) in enumerate(numbers.items())
    }
    sums: dict[str, nw.Expr] = {}
    for step in steps:
        y = nw.col(step)
        sums |= {f"_n{step}": y.count(), f"_t{step}": y.sum(), f"_q{step}": (y * y).sum()}
    if sums:
        questions["sums"] = Groups({name: nw.col(name)}, sums, there, steps=steps)
    for subject, answer, whole in measured:
        if whole is None:
            made = {"_who": nw.col(name), "_y": answer}
            questions[subject] = groups(made, where=there & ~answer.is_null(), _n=nw.len())
    found = yield questions
    findings: list[Finding] = []
    for subject, _, whole in measured:
        if whole is None:
            findings.append(_effect(found[subject], subject))
            continue
        step, sums_ = f"_y{list(numbers).index(subject)}", found["sums"]
        some = sums_[f"_n{step}"] > 0
        findings.append(_effect({key: sums_[f"{key}{step}"][some] for key in ("_n", "_t", "_q")}, subject))
    return findings


def _measured(context: Context, indicator: IndicatorPlan) -> tuple[nw.Expr, bool | None] | None:
    """Return what an indicator measures, and whether it is a condition (None: a category).

    None alone: its expression is not understood.
    """
    try:
        value, kind = compile_expression(indicator.numerator, context.types)
        if indicator.denominator:
            below, _ = compile_expression(indicator.denominator, context.types)
            value = value.cast(nw.Float64) / nw.when(below != 0).then(below)
        if indicator.where:
            value = nw.when(compile_expression(indicator.where, context.types)[0]).then(value)
    except ExpressionError:  # estimation says so, with its place in the study file
        return None
    if kind == "boolean":
        return value.cast(nw.Int8).cast(nw.Float64), True
    if kind in ("number", "integer") or indicator.denominator:
        return value.cast(nw.Float64), False
    return value, None


def _effect(counts: Mapping[str, Any], subject: str) -> Finding:
    try:
        found, n = _by_category(counts) if "_y" in counts else _by_sums(counts)
    except EstimationError as error:
        return not_assessed("E7", "collector_effect", f"'{subject}', by collector: {error.problem}", subject=subject)
    size = float(n.sum()) / len(n)
    effect = 1 + (size - 1) * found.value
    chance = found.lower <= 0
    return judged(
        "E7",
        "collector_effect",
        found.value,
        f"'{subject}': {percent(max(found.value, 0.0))} of the differences between records lie between collectors "
        f"(intraclass correlation {found.value:.3f}, {found.lower:.3f} to {found.upper:.3f}); with {size:.3g} records "
        f"a collector that is a design effect of {effect:.2f}."
        + (" Chance alone could do that." if chance and found.value > 0 else ""),
        limit="collector_icc",
        subject=subject,
        count=len(n),
        evidence={
            "collectors": len(n),
            "records": int(n.sum()),
            "n0": round(found.size, 6),
            "interval": [round(found.lower, 6), round(found.upper, 6)],
            "method": found.method,
            "design_effect": round(effect, 6),
        },
        harshest=State.PASS if chance else State.WARN,
        fix="Compare collectors who worked in the same place, and train those who differ.",
    )


def _by_sums(sums: Mapping[str, Any]) -> tuple[Intraclass, Floats]:
    n = sums["_n"].astype(float)
    return one_way(n, np.asarray(sums["_t"], dtype=float), np.asarray(sums["_q"], dtype=float)), n


def _by_category(counts: Mapping[str, Any]) -> tuple[Intraclass, Floats]:
    who, place = np.unique(counts["_who"].astype(str), return_inverse=True)
    answers, column = np.unique(counts["_y"].astype(str), return_inverse=True)
    table = np.zeros((len(who), len(answers)))
    np.add.at(table, (place, column), counts["_n"])
    n = table.sum(1)
    return one_way(n, table, n), n


def top(sizes: Floats, part: float) -> float:
    """Return the share of records from the top `part` of collectors (rounded up to whole collectors), sizes sorted."""
    many = math.ceil(part * len(sizes) - 1e-9)
    return float(sizes[:many].sum() / sizes.sum())


def gini(sizes: Floats) -> float:
    """Return the Gini coefficient: 0 = all collectors the same, towards 1 = one made everything.

    G = 2 sum_i i x_(i) / (n sum x) - (n + 1) / n with x in ascending order.
    """
    ascending = np.sort(sizes)
    n = len(ascending)
    return float(2 * (np.arange(1, n + 1) * ascending).sum() / (n * ascending.sum()) - (n + 1) / n)
