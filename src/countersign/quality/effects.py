"""Effects (E9): what was filled in or set aside, and how far that moves each figure; plain values without weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from countersign.errors import ExpressionError
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan
from countersign.quality.confidentiality import fewest_told
from countersign.quality.context import KEPT, Asking, Context, count, number, percent, share
from countersign.quality.edits import names_in
from countersign.quality.findings import judged
from countersign.tables import compile_expression

TRUE = ("true", "yes", "1")


def imputed(context: Context) -> Asking:
    """Share of values that somebody filled in (`imputed` of the data source), with the mean beside that of others."""
    flags = _flags(context)
    questions: dict[str, nw.Expr] = {}
    for name, flag in flags.items():
        there = ~nw.col(name).is_null() & KEPT
        questions |= {f"values {name}": count(there), f"imputed {name}": count(there & flag)}
        if context.schema[name].is_numeric():
            value = nw.col(name).cast(nw.Float64)
            questions |= {
                f"mean {name}": nw.when(there).then(value).mean(),
                f"observed {name}": nw.when(there & ~flag).then(value).mean(),
            }
    if not flags:
        return []
    found = yield questions
    squares = yield {
        name: nw.when(~nw.col(name).is_null() & KEPT & ~flag)
        .then((nw.col(name) - found[f"observed {name}"]) ** 2)
        .sum()
        for name, flag in flags.items()
        if found.get(f"observed {name}") is not None
    }
    findings = []
    for name in flags:
        values, filled = found[f"values {name}"], found[f"imputed {name}"]
        evidence: dict[str, Any] = {"values": values, "imputed": filled}
        part = percent(share(filled, values))
        message = f"{number(filled)} of {number(values)} values of '{name}' ({part}) were filled in."
        mean, observed = found.get(f"mean {name}"), found.get(f"observed {name}")
        apart = min(filled, values - filled) >= fewest_told(
            context.plan, context.dataset.unit
        )  # else subtracting gives single values away
        if mean is not None and observed is not None and apart:
            evidence |= {
                "mean": mean,
                "mean_observed": observed,
                "deviation_observed": _deviation(squares[name], values - filled),
            }
            message += f" The mean is {mean:.4g} with them and {observed:.4g} without."
        findings.append(
            judged(
                "E9",
                "imputed",
                share(filled, values),
                message,
                limit="imputed",
                subject=name,
                count=filled,
                evidence=evidence,
                harshest=State.WARN,
                fix=f"Say in the report how '{name}' was filled in, and show figures without these records.",
            )
        )
    return findings


def _deviation(squares: float, n: int) -> float | None:
    return math.sqrt(squares / (n - 1)) if n > 1 else None


def effects(context: Context) -> Asking:
    """How far gates and imputation move what each indicator measures.

    The plain value of all records of the file, of those that pass the gates, and of those without a value filled in.
    Value of a finding: the difference over the larger of both values.
    """
    if context.is_published_table:
        return []
    flags = _flags(context)
    questions: dict[str, nw.Expr] = {}
    asked: dict[str, tuple[IndicatorPlan, list[str]]] = {}
    for name, indicator in context.plan.indicators.items():
        if (indicator.data or context.plan.main.name) != context.dataset.name:
            continue
        filled = [v for v in flags if v in names_in(indicator.numerator, indicator.denominator, indicator.where)]
        conditions = {"kept": KEPT}
        if context.dataset.gates:
            conditions["all"] = KEPT | ~KEPT
        if filled:
            conditions["observed"] = KEPT & _none_of([flags[v] for v in filled])
        parts = _plain(context, indicator, conditions) if len(conditions) > 1 else {}
        if parts:
            asked[name] = indicator, filled
            questions |= {f"{name} {key}": part for key, part in parts.items()}
    if not asked:
        return []
    found = yield questions
    findings: list[Finding] = []
    fewest = fewest_told(context.plan, context.dataset.unit)
    for name, (indicator, filled) in asked.items():
        value = {key: _ratio(found, f"{name} {key}") for key in ("kept", "all", "observed")}
        n = {key: int(found.get(f"{name} {key} n") or 0) for key in value}
        if context.dataset.gates and value["all"] is not None and value["kept"] is not None:
            findings.append(
                _moved(indicator, "gate_effect", value["all"], value["kept"], "all records", "those kept")
                if _many(n["kept"], n["all"] - n["kept"], fewest=fewest)
                else _untold(indicator, "gate_effect", "records were set aside")
            )
        if filled and value["observed"] is not None and value["kept"] is not None:
            findings.append(
                _untold(indicator, "imputation_effect", "values were filled in")
                if not _many(n["observed"], n["kept"] - n["observed"], fewest=fewest)
                else _moved(
                    indicator,
                    "imputation_effect",
                    value["kept"],
                    value["observed"],
                    "values that were filled in",
                    "those observed alone",
                )
            )
    return findings


def _moved(indicator: IndicatorPlan, check: str, before: float, after: float, first: str, second: str) -> Finding:
    most = max(abs(before), abs(after))
    moved = abs(after - before) / most if most else 0.0
    return judged(
        "E9",
        check,
        moved,
        f"'{indicator.name}', without weights, is {before:.4g} with {first} and {after:.4g} with {second}: "
        f"{percent(moved)} apart.",
        limit="edit_effect",
        subject=indicator.name,
        evidence={"before": before, "after": after, "statistic": indicator.statistic},
        harshest=State.WARN,
        fix="Show the figure both ways, and say why the records left out are wrong.",
    )


def _many(rest: int, between: int, *, fewest: int) -> bool:
    """Whether neither what stays nor what two values differ by is of so few people that it would be given away."""
    return rest >= fewest and (not between or between >= fewest)


def _untold(indicator: IndicatorPlan, check: str, what: str) -> Finding:
    message = f"So few {what} or stay that it is not told how far that moves '{indicator.name}'."
    return Finding("E9", State.NOT_APPLICABLE, check, message, subject=indicator.name)


def _flags(context: Context) -> Mapping[str, nw.Expr]:
    """Variable -> whether its value was filled in."""
    found = {}
    for name, flag in (context.source.imputed if context.source else {}).items():
        if name not in context.schema or flag not in context.schema:
            continue
        kind, column = context.schema[flag], nw.col(flag)
        if kind == nw.Boolean:
            told = column
        elif kind.is_numeric():
            told = column == 1
        else:
            told = column.str.to_lowercase().is_in(TRUE)
        found[name] = told.fill_null(False)
    return found


def _none_of(flags: list[nw.Expr]) -> nw.Expr:
    found = ~flags[0]
    for flag in flags[1:]:
        found = found & ~flag
    return found


def _plain(context: Context, indicator: IndicatorPlan, conditions: Mapping[str, nw.Expr]) -> dict[str, nw.Expr]:
    """Return what to ask for: sums above and below a line, or a median, under each condition."""
    try:
        above, kind = compile_expression(indicator.numerator, context.types)
        below = compile_expression(indicator.denominator, context.types)[0] if indicator.denominator else None
        where = compile_expression(indicator.where, context.types)[0] if indicator.where else None
    except ExpressionError:  # estimation says so, with its place in the study file
        return {}
    if kind not in ("number", "integer", "boolean") or (indicator.statistic == "quantile" and indicator.q != 0.5):
        return {}
    value = above.cast(nw.Int8).cast(nw.Float64) if kind == "boolean" else above.cast(nw.Float64)
    parts: dict[str, nw.Expr] = {}
    for key, condition in conditions.items():
        chosen = condition if where is None else condition & where.fill_null(False)
        if indicator.statistic == "quantile":
            line = value if below is None else value / nw.when(below != 0).then(below.cast(nw.Float64))
            parts[f"{key} middle"] = nw.when(chosen).then(line).median()
            parts[f"{key} n"] = count(chosen & ~line.is_null())
        elif below is None:
            parts[f"{key} above"] = nw.when(chosen).then(value).sum()
            parts[f"{key} below"] = parts[f"{key} n"] = count(chosen & ~value.is_null())
        else:
            both = chosen & ~value.is_null() & ~below.is_null()
            parts[f"{key} above"] = nw.when(both).then(value).sum()
            parts[f"{key} below"] = nw.when(both).then(below.cast(nw.Float64)).sum()
            parts[f"{key} n"] = count(both)
    return parts


def _ratio(found: Mapping[str, Any], key: str) -> float | None:
    if found.get(f"{key} middle") is not None:
        return float(found[f"{key} middle"])
    above, below = found.get(f"{key} above"), found.get(f"{key} below")
    return float(above) / float(below) if above is not None and below else None
