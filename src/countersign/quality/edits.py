"""Edits (E9, G2): the study's own checks and gates, plausible ranges, and zeros where a figure divides."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import narwhals as nw

from countersign.errors import ExpressionError
from countersign.model.dataset import Variable
from countersign.model.expression import Binary, Name, parse
from countersign.model.finding import Finding, State
from countersign.quality.context import (
    KEPT,
    Asking,
    Context,
    Totals,
    count,
    gone,
    in_file_and_kept,
    number,
    percent,
    share,
)
from countersign.quality.findings import judged


def checks(context: Context) -> Asking:
    """Rows that fail each of the study's own rules, and rows where a rule cannot be evaluated for a missing value."""
    if not context.is_main:
        return []
    questions: dict[str, nw.Expr] = {"rows": count(KEPT)}
    for place, check in enumerate(context.plan.checks):
        rule = context.condition(check.rule, where=f"checks, rule {place + 1}")
        questions |= in_file_and_kept(f"fails {place}", ~rule)
        questions |= in_file_and_kept(f"unknown {place}", rule.is_null())
    found = yield questions
    findings = []
    for place, check in enumerate(context.plan.checks):
        fails, kept = found[f"fails {place}"], found[f"fails {place} kept"]
        unknown = found[f"unknown {place} kept"]
        name = check.name or check.rule
        broken = "1 record breaks" if fails == 1 else f"{number(fails)} records break"
        message = f"{broken} the rule '{name}'." + gone(fails, kept)
        if not fails:
            message = f"No record breaks the rule '{name}'."
        if unknown:
            message += f" In {number(unknown)} records it cannot be evaluated, because a value is missing."
        if check.why:
            message += f" ({check.why.rstrip('.')}.)"
        evaluated = found["rows"] - unknown
        findings.append(
            judged(
                check.criterion,
                "check",
                share(kept, evaluated),
                message,
                limit="edit_failures",
                subject=name,
                count=fails,
                evidence={
                    "rule": check.rule,
                    "kept": kept,
                    "unknown": found[f"unknown {place}"],
                    "evaluated": evaluated,
                },
                fix=f"Correct the records that break '{name}', or set them aside with a gate under 'keep'.",
            )
        )
    return findings


def gates(context: Context) -> Asking:
    """What each quality gate did, and the share of records that passed all of them (the plausible rate)."""
    found = yield {"rows": nw.len(), "kept": count(KEPT)}
    findings = []
    for gate in context.dataset.gates:
        why = f" Reason: {gate.why.rstrip('.')}." if gate.why else ""
        findings.append(
            Finding(
                "E9",
                State.PASS,
                "gate",
                f"The gate '{gate.name}' set {number(gate.dropped)} records aside; {number(gate.failed)} fail it.{why}",
                subject=gate.name,
                value=share(gate.dropped, found["rows"]),
                unit="share",
                count=gate.failed,
                evidence={"rule": gate.rule, "failed": gate.failed, "dropped": gate.dropped},
            )
        )
    rate = share(found["kept"], found["rows"])
    message = f"{number(found['kept'])} of {number(found['rows'])} records passed every quality gate ({percent(rate)})."
    evidence = {"records": found["rows"], "kept": found["kept"], "gates": len(context.dataset.gates)}
    subject = "" if context.is_main else context.dataset.name
    return [
        *findings,
        judged(
            "E9",
            "plausible",
            rate,
            message,
            limit="plausible",
            subject=subject,
            count=found["rows"] - found["kept"],
            evidence=evidence,
            harshest=State.WARN,
            fix="Say in the report which records are left out, and look for the cause in the field.",
        ),
    ]


MANY = 5  # answers that are all within their ranges make one finding


def _all_within(variables: list[Variable], found: Totals) -> Finding:
    known = sum(found[f"known {variable.name}"] for variable in variables)
    return judged(
        "E9",
        "out_of_range",
        share(0, known),
        f"In {number(len(variables))} answers no value is outside the plausible range.",
        limit="out_of_range",
        subject="answers",
        count=0,
        evidence={"variables": len(variables), "values": known},
    )


def ranges(context: Context) -> Asking:
    """Values outside the plausible range that the codebook declares."""
    limited = [
        variable
        for variable in context.dataset.codebook.variables.values()
        if variable.name in context.schema
        and variable.range != (None, None)
        and context.schema[variable.name].is_numeric()
    ]
    questions: dict[str, nw.Expr] = {}
    for variable in limited:
        low, high = variable.range
        value = nw.col(variable.name)
        nobody = nw.lit(False)
        below, above = nobody if low is None else value < low, nobody if high is None else value > high
        questions |= in_file_and_kept(f"low {variable.name}", below) | in_file_and_kept(f"high {variable.name}", above)
        questions[f"zero {variable.name}"] = count((value == 0) & below)
        questions[f"known {variable.name}"] = count(~value.is_null() & KEPT)
    if not limited:
        return []
    found = yield questions
    findings = []
    answers = {variable.name for variable in context.answers}
    within = [v for v in limited if v.name in answers and not (found[f"low {v.name}"] or found[f"high {v.name}"])]
    # A form with two hundred counts is not two hundred findings when all is well.
    together = within if len(within) >= MANY else []
    if together:
        findings.append(_all_within(together, found))
    for variable in [v for v in limited if v not in together]:
        low, high = found[f"low {variable.name}"], found[f"high {variable.name}"]
        kept = found[f"low {variable.name} kept"] + found[f"high {variable.name} kept"]
        limits = (
            f"{_bound(variable.range[0])} to {_bound(variable.range[1])}{' ' + variable.unit if variable.unit else ''}"
        )
        message = f"No value of '{variable.name}' is outside {limits}."
        if low or high:
            message = f"'{variable.name}': {number(low)} values below and {number(high)} above the range {limits}."
            if found[f"zero {variable.name}"]:
                message += f" {number(found[f'zero {variable.name}'])} of them are 0."
            message += gone(low + high, kept)
        findings.append(
            judged(
                "E9",
                "out_of_range",
                share(kept, found[f"known {variable.name}"]),
                message,
                limit="out_of_range",
                subject=variable.name,
                count=low + high,
                evidence={
                    "range": list(variable.range),
                    "below": low,
                    "above": high,
                    "zeros": found[f"zero {variable.name}"],
                    "kept": kept,
                },
                fix=f"Correct '{variable.name}' in the records concerned, or set them aside with a gate.",
            )
        )
    return findings


def zeros(context: Context) -> Asking:
    """Zeros in a variable by which a figure divides: such records have no figure at all."""
    names = divisors(context)
    if not names:
        return []
    questions: dict[str, nw.Expr] = {}
    for name in names:
        questions |= in_file_and_kept(f"zero {name}", nw.col(name) == 0)
        questions |= in_file_and_kept(f"below {name}", nw.col(name) < 0)
    found = yield questions
    findings = []
    for name in names:
        in_file = found[f"zero {name}"] + found[f"below {name}"]
        kept = found[f"zero {name} kept"] + found[f"below {name} kept"]
        message = f"No zero in '{name}', by which a figure is divided."
        if in_file:
            message = (
                f"'{name}', by which a figure is divided, is 0 in {number(found[f'zero {name}'])} records and below 0 "
                f"in {number(found[f'below {name}'])}; these have no figure." + gone(in_file, kept)
            )
        findings.append(
            judged(
                "E9",
                "zero_values",
                float(kept),
                message,
                limit="zero_in_measure",
                subject=name,
                count=in_file,
                evidence={"zero": found[f"zero {name}"], "below_zero": found[f"below {name}"], "kept": kept},
                fix=f"Correct '{name}' in these records, or set them aside with a gate such as '{name} > 0'.",
            )
        )
    return findings


def divisors(context: Context) -> tuple[str, ...]:
    """Return the numbers by which an indicator or a derived variable divides, as named in the codebook."""
    found: dict[str, None] = {}
    texts = [variable.derived for variable in context.dataset.codebook.variables.values() if variable.derived]
    for indicator in context.plan.indicators.values():
        if indicator.data in ("", context.dataset.name) and (indicator.data or context.is_main):
            texts.append(indicator.numerator)
            if indicator.denominator:
                found |= dict.fromkeys(_names(indicator.denominator))
    for text in texts:
        for node in _parts(text):
            if isinstance(node, Binary) and node.operator == "/":
                found |= dict.fromkeys(part.name for part in _nodes(node.right) if isinstance(part, Name))
    types = context.dataset.codebook.types()
    return tuple(name for name in found if name in context.schema and types.get(name) in ("number", "integer"))


def names_in(*texts: str) -> set[str]:
    """Return the variables that expressions name; none of one that cannot be understood."""
    return {name for text in texts if text for name in _names(text)}


def _names(text: str) -> list[str]:
    return [node.name for node in _parts(text) if isinstance(node, Name)]


def _parts(text: str) -> Iterator[object]:
    try:
        yield from _nodes(parse(text))
    except ExpressionError:  # whoever computes the expression says so, with its place in the study file
        return


def _nodes(node: object) -> Iterator[object]:
    yield node
    if dataclasses.is_dataclass(node):
        for part in dataclasses.fields(node):
            content = getattr(node, part.name)
            for child in content if isinstance(content, tuple) else (content,):
                if dataclasses.is_dataclass(child):
                    yield from _nodes(child)


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:,.10g}"
