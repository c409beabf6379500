"""Completeness (E4): answers missing among those that apply, by reason, and blanks that may mean none.

Not asked is not missing; a blank beside explicit zeros is neither until somebody says what it means.
"""

from __future__ import annotations

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.context import (
    KEPT,
    Asking,
    Context,
    Totals,
    count,
    gone,
    in_file_and_kept,
    listed,
    number,
    percent,
    share,
)
from countersign.quality.findings import judged, not_assessed


def count_columns(context: Context) -> tuple[Variable, ...]:
    """Return the answers that look like counts of things: numbers without codes, reasons or a skip condition."""
    found = [
        variable
        for variable in context.answers
        if variable.type in ("integer", "number")
        and not (variable.values or variable.missing or variable.asked_if or variable.derived)
    ]
    return tuple(found) if len(found) >= threshold("count_columns").good else ()


def completeness(context: Context) -> Asking:
    """Share of answers missing among those that apply, over all answers and per variable.

    A question applies where its `asked_if` holds. A block of counts in which blanks are ambiguous (see
    `blank_or_zero`) is left out: there a blank may be an answer.
    """
    counts = count_columns(context)
    answers, variables = context.answers, context.from_file
    looked_at = {variable.name: variable for variable in (*answers, *variables)}
    questions: dict[str, nw.Expr] = {"file": nw.len(), "rows": count(KEPT)}
    for name, variable in looked_at.items():
        applies = context.applies(variable)
        cell = nw.col(name)
        if applies is None:  # what is present is cheaper to ask for than what is missing
            questions |= {f"present {name}": cell.count(), f"present {name} kept": nw.when(KEPT).then(cell).count()}
        else:
            questions |= in_file_and_kept(f"missing {name}", cell.is_null() & applies)
            questions[f"applies {name}"] = count(applies & KEPT)
    if counts and len(counts) == len(answers):
        # Nothing but blanks and zeros: nothing was found, or nobody wrote it down.
        questions |= in_file_and_kept("nothing", _all([nw.col(v.name).fill_null(0) == 0 for v in counts]))
    found = dict((yield questions))
    rows = found["rows"]
    for name in looked_at:
        if f"present {name}" in found:
            found[f"missing {name}"] = found["file"] - found[f"present {name}"]
            found[f"missing {name} kept"] = rows - found[f"present {name} kept"]
    if counts and _many_blanks(counts, found, rows):
        found |= dict((yield {f"zero {v.name}": count((nw.col(v.name) == 0) & KEPT) for v in counts}))
    if answers:
        found |= {"empty": 0, "empty kept": 0}
        if all(found[f"missing {v.name}"] for v in answers if not v.asked_if):  # else every record has this answer
            found |= dict((yield in_file_and_kept("empty", _all([nw.col(v.name).is_null() for v in answers]))))
    ambiguous = {v.name for v in counts} if is_ambiguous(counts, found, rows) else set()
    findings: list[Finding] = []
    missing = applicable = not_asked = 0
    for variable in answers:
        asked = found.get(f"applies {variable.name}", rows)
        not_asked += rows - asked
        if variable.name not in ambiguous:
            missing += found[f"missing {variable.name} kept"]
            applicable += asked
    reasons = _reasons(context, [v.name for v in answers if v.name not in ambiguous])
    if applicable:
        findings.append(_overall(missing, applicable, not_asked, reasons))
    elif ambiguous:
        why = "All answers are counts in which a blank may mean none, so it cannot be said how many are missing."
        fix = "Ask collectors to write 0 for what they looked for and did not find."
        findings.append(not_assessed("E4", "missing_answers", why, fix=fix))
    else:
        findings.append(not_assessed("E4", "missing_answers", "The data set has no answers to look at."))
    for name in looked_at:
        in_file = found[f"missing {name}"]
        if name in ambiguous or not in_file:
            continue
        asked = found.get(f"applies {name}", rows)
        kept = found[f"missing {name} kept"]
        findings.append(
            judged(
                "E4",
                "missing_variable",
                share(kept, asked),
                f"'{name}' is missing in {number(in_file)} records of the file; among those still in and asked, in "
                f"{percent(share(kept, asked))}.",
                limit="missing_variable",
                subject=name,
                count=in_file,
                evidence={"missing": kept, "asked": asked, "reasons": _reasons(context, [name])},
                fix=f"Find out why '{name}' is left out, or use another variable for this purpose.",
            )
        )
    findings += _empty_records(found)
    return findings


def blank_or_zero(context: Context) -> Asking:
    """Count blank cells beside explicit zeros in columns of counts: there was none, or nobody looked."""
    counts = count_columns(context)
    if not counts:
        return []
    found = dict((yield {"rows": nw.len()} | {f"present {v.name}": nw.col(v.name).count() for v in counts}))
    for variable in counts:
        found[f"missing {variable.name}"] = found["rows"] - found[f"present {variable.name}"]
    if not _many_blanks(counts, found, found["rows"]):
        return []
    questions: dict[str, nw.Expr] = {}
    for variable in counts:
        cell = nw.col(variable.name)
        questions |= {f"zero {variable.name}": count(cell == 0), f"least {variable.name}": cell.min()}
    found |= dict((yield questions))
    if not is_ambiguous(counts, found, found["rows"]) or any((found[f"least {v.name}"] or 0) < 0 for v in counts):
        return []
    cells = found["rows"] * len(counts)
    blanks = sum(found[f"missing {v.name}"] for v in counts)
    zeros = sum(found[f"zero {v.name}"] or 0 for v in counts)
    message = (
        f"In {len(counts)} columns of counts, {number(blanks)} of {number(cells)} cells are blank "
        f"({percent(blanks / cells)}), while {number(zeros)} say 0. A blank may mean that there was none, or that "
        f"nobody looked."
    )
    return [
        judged(
            "E4",
            "blank_or_zero",
            blanks / cells,
            message,
            limit="blank_cells",
            count=blanks,
            evidence={"columns": len(counts), "cells": cells, "blank": blanks, "zero": zeros},
            mildest=State.WARN,
            fix="State in the protocol what is looked for, and ask collectors to write 0 for what was not there.",
        )
    ]


def is_ambiguous(counts: tuple[Variable, ...], found: Totals, rows: int) -> bool:
    """Whether blanks among counts may mean none: many blanks, and few of the recorded counts are zeros."""
    if not counts or not rows or not _many_blanks(counts, found, rows):
        return False
    zeros = sum(found[f"zero {v.name}"] or 0 for v in counts)
    return share(zeros, rows * len(counts) - _blanks(counts, found)) <= threshold("zeros_recorded").good


def _many_blanks(counts: tuple[Variable, ...], found: Totals, rows: int) -> bool:
    """Whether so many counts are blank that the zeros among the others matter."""
    return bool(rows) and _blanks(counts, found) / (rows * len(counts)) > threshold("blank_cells").good


def _blanks(counts: tuple[Variable, ...], found: Totals) -> int:
    suffix = " kept" if f"missing {counts[0].name} kept" in found else ""
    return sum(int(found[f"missing {v.name}{suffix}"]) for v in counts)


def _overall(missing: int, applicable: int, not_asked: int, reasons: dict[str, int]) -> Finding:
    message = (
        f"{number(missing)} of {number(applicable)} answers that apply are missing ({percent(missing / applicable)})."
    )
    if not_asked:
        message += f" A further {number(not_asked)} were rightly not asked."
    if reasons:
        told = [f"{reason} {number(n)}" for reason, n in sorted(reasons.items(), key=lambda item: -item[1])]
        message += f" Reasons in the file: {listed(told)}."
    return judged(
        "E4",
        "missing_answers",
        missing / applicable,
        message,
        limit="missing",
        count=missing,
        evidence={"missing": missing, "applicable": applicable, "not_asked": not_asked, "reasons": reasons},
    )


def _empty_records(found: Totals) -> list[Finding]:
    key = "nothing" if "nothing" in found else "empty"
    if key not in found:
        return []
    in_file, kept, rows = found[key], found[f"{key} kept"], found["rows"]
    what = "nothing but blanks and zeros" if key == "nothing" else "no answer at all"
    message = f"{number(in_file)} records hold {what}." + gone(in_file, kept)
    evidence = {"all_blank": found.get("empty", 0), "kept": kept, "records": rows}
    return [
        judged(
            "E4",
            "empty_records",
            share(kept, rows),
            message,
            limit="empty_records",
            count=in_file,
            evidence=evidence,
            fix="Find out whether nothing was there or nothing was written down, and set the latter aside with a gate.",
        )
    ]


def _reasons(context: Context, names: list[str]) -> dict[str, int]:
    """Return reason -> cells of the file, as the reader counted them."""
    reasons: dict[str, int] = {}
    for reading in context.dataset.readings:
        for name in names:
            for reason, n in reading.missing.get(name, {}).items():
                reasons[reason] = reasons.get(reason, 0) + n
    return reasons


def _all(conditions: list[nw.Expr]) -> nw.Expr:
    """All conditions at once, joined pairwise so that hundreds of columns nest only a few levels deep."""
    while len(conditions) > 1:
        pairs = [conditions[at : at + 2] for at in range(0, len(conditions), 2)]
        conditions = [pair[0] & pair[1] if len(pair) == 2 else pair[0] for pair in pairs]
    return conditions[0]
