"""Duplicates (E8): records that repeat another, as a whole or in the columns that should tell them apart."""

from __future__ import annotations

import narwhals as nw

from countersign.model.finding import Finding
from countersign.quality.context import KEPT, Asking, Context, count, gone, listed, number, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import Question, Repeats


def exact_duplicates(context: Context) -> Asking:
    """Records that repeat an earlier one in every column of the file."""
    columns = [variable.name for variable in context.from_file]
    if not columns:
        return [not_assessed("E8", "exact_duplicates", "The data set has no columns to compare.")]
    found = yield {"same": Repeats(tuple(columns), among=KEPT), "records": count(KEPT)}
    repeats, kept, records = found["same"]["repeats"], found["same"]["among"], found["records"]
    message = (
        f"{number(repeats)} records repeat another one in every column." + gone(repeats, kept)
        if repeats
        else "No record repeats another in every column."
    )
    return [
        judged(
            "E8",
            "exact_duplicates",
            share(kept, records),
            message,
            limit="duplicates",
            count=repeats,
            evidence={"kept": kept, "records": records},
            fix="Set the copies aside with 'unique: [[]]' in the study file.",
        )
    ]


def key_duplicates(context: Context) -> Asking:
    """Records that agree with an earlier one in columns declared to tell records apart (`unique`, and the role id)."""
    declared = [tuple(columns) for columns in (context.source.unique if context.source else ()) if columns]
    keys = [context.dataset.roles.get("id", ()), *declared]
    keys = [key for key in dict.fromkeys(keys) if key and all(name in context.schema for name in key)]
    if not keys:
        why = "The study does not say which columns tell records apart."
        fix = "Add 'unique' with the columns in which no two records may agree, such as collector, place and date."
        return [not_assessed("E8", "key_duplicates", why, fix=fix)] if context.is_main else []
    whole = len(context.from_file)
    questions: dict[str, Question] = {"records": count(KEPT)}
    for place, key in enumerate(keys):
        questions[f"same {place}"] = Repeats(tuple(key), among=KEPT, blanks=len(key) == whole)
    columns = dict.fromkeys(name for key in keys for name in key)
    questions |= {"rows": nw.len()} | {f"present {name}": nw.col(name).count() for name in columns}
    found = dict((yield questions))
    blanks: dict[str, nw.Expr] = {}
    for place, key in enumerate(keys):
        partly = [name for name in key if found[f"present {name}"] < found["rows"]]
        if partly and len(key) < whole:
            blank = nw.any_horizontal(*[nw.col(name).is_null() for name in partly], ignore_nulls=True)
            blanks[f"blank {place}"] = count(blank)
    if blanks:
        found |= dict((yield blanks))
    findings: list[Finding] = []
    for place, key in enumerate(keys):
        repeats, kept = found[f"same {place}"]["repeats"], found[f"same {place}"]["among"]
        records, without = found["records"], found.get(f"blank {place}", 0)
        name = " + ".join(key)
        message = (
            f"{number(repeats)} records agree with another one in {name}." + gone(repeats, kept)
            if repeats
            else f"No two records agree in {name}."
        )
        if without:
            message += f" {number(without)} records have a blank there and were not compared."
        findings.append(
            judged(
                "E8",
                "key_duplicates",
                share(kept, records),
                message,
                limit="duplicates",
                subject=name,
                count=repeats,
                evidence={"columns": list(key), "kept": kept, "records": records, "without_key": without},
                fix=f"Look at the records that agree in {listed(list(key))}; set copies aside with 'unique'.",
            )
        )
    return findings
