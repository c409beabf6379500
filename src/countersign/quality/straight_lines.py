"""Straight lines (E8): one answer to every question of a battery, where it is not what most people answer anyway."""

from __future__ import annotations

from functools import reduce as fold

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.dataset import Variable
from countersign.quality.context import KEPT, Asking, Context, count, listed, number, percent, share
from countersign.quality.findings import judged


def batteries(context: Context) -> list[list[Variable]]:
    """Return runs of neighbouring answers with the same declared categories, or the same short range of whole numbers.

    A run has at least so many questions, and a question so many answers to choose from, as the catalogue says.
    """
    least, choices = int(threshold("battery_length").good), int(threshold("battery_choices").good)
    found: list[list[Variable]] = []
    before: object = None
    for variable in context.answers:
        options = _options(variable)
        alike = bool(options) and len(options) >= choices and (variable.type, options) == before
        if alike:
            found[-1].append(variable)
        elif options and len(options) >= choices:
            found.append([variable])
        before = variable.type, options
    return [battery for battery in found if len(battery) >= least]


def straight_lines(context: Context) -> Asking:
    """Share of records with one and the same answer to every question of a battery.

    A line of the answer that at least half (catalogue: ``usual_answer``) of all give to each of the questions is not
    counted: most people truly have no difficulty in any of six domains.
    """
    found_ones = batteries(context)
    if not found_ones:
        return []
    questions: dict[str, nw.Expr] = {"rows": count(KEPT)}
    for variable in {v.name: v for battery in found_ones for v in battery}.values():
        questions[f"known {variable.name}"] = count(~nw.col(variable.name).is_null() & KEPT)
        for option in _options(variable):
            questions[f"says {variable.name} {option}"] = count(_is(variable, option) & KEPT)
    counts = yield questions
    usual = threshold("usual_answer").good
    lines: dict[str, nw.Expr] = {}
    for place, battery in enumerate(found_ones):
        answered = _all([~nw.col(v.name).is_null() for v in battery])
        odd = [
            option
            for option in _options(battery[0])
            if not all(share(counts[f"says {v.name} {option}"], counts[f"known {v.name}"]) >= usual for v in battery)
        ]
        lines[f"whole {place}"] = count(answered & KEPT)
        alike = _all([nw.col(v.name) == nw.col(battery[0].name) for v in battery[1:]])
        unusual = _any([_is(battery[0], option) for option in odd]) if odd else nw.lit(False)
        lines[f"line {place}"] = count(alike & unusual & KEPT)
    told = yield lines
    findings = []
    for place, battery in enumerate(found_ones):
        whole, line = told[f"whole {place}"], told[f"line {place}"]
        name = f"{battery[0].name} to {battery[-1].name}"
        findings.append(
            judged(
                "E8",
                "straight_lines",
                share(line, whole),
                f"{number(line)} of {number(whole)} records ({percent(share(line, whole))}) give the same unusual "
                f"answer to all {len(battery)} questions from '{battery[0].name}' to '{battery[-1].name}'.",
                limit="straight_lines",
                subject=name,
                count=line,
                evidence={"questions": [v.name for v in battery], "answered_all": whole},
                fix=f"Look at these records together with their times; turn some questions of {listed([name])} round.",
            )
        )
    return findings


def _options(variable: Variable) -> tuple[str, ...]:
    """The answers one can choose from: declared codes, or whole numbers of a short range; nothing where it is open."""
    if variable.values:
        return tuple(code for code in variable.values if code not in variable.missing)
    low, high = variable.range
    if variable.type == "integer" and low is not None and high is not None and high - low <= _LONGEST:
        return tuple(str(number) for number in range(int(low), int(high) + 1))
    return ()


_LONGEST = 10  # a scale from 0 to 10 is the longest that is asked as a battery


def _is(variable: Variable, option: str) -> nw.Expr:
    if variable.type in ("integer", "number"):
        return nw.col(variable.name) == float(option)
    return nw.col(variable.name) == option


def _all(conditions: list[nw.Expr]) -> nw.Expr:
    return fold(lambda a, b: a & b, conditions)


def _any(conditions: list[nw.Expr]) -> nw.Expr:
    return fold(lambda a, b: a | b, conditions)
