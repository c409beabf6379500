"""Duplicates (E8): records that repeat another, as a whole or in the columns that should tell them apart."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from countersign.model.finding import Finding
from countersign.quality.context import KEPT, Context, gone, listed, number, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate


def exact_duplicates(context: Context) -> Sequence[Finding]:
    """Records that repeat an earlier one in every column of the file."""
    columns = [variable.name for variable in context.from_file]
    if not columns:
        return [not_assessed("E8", "exact_duplicates", "The data set has no columns to compare.")]
    repeats, kept, records, _ = _repeats(context, columns)
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


def key_duplicates(context: Context) -> Sequence[Finding]:
    """Records that agree with an earlier one in columns declared to tell records apart (`unique`, and the role id)."""
    declared = [tuple(columns) for columns in (context.source.unique if context.source else ()) if columns]
    keys = [context.dataset.roles.get("id", ()), *declared]
    keys = [key for key in dict.fromkeys(keys) if key and all(name in context.schema for name in key)]
    if not keys:
        why = "The study does not say which columns tell records apart."
        fix = "Add 'unique' with the columns in which no two records may agree, such as collector, place and date."
        return [not_assessed("E8", "key_duplicates", why, fix=fix)] if context.is_main else []
    findings = []
    for key in keys:
        repeats, kept, records, without = _repeats(context, list(key))
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


def _repeats(context: Context, columns: list[str]) -> tuple[int, int, int, int]:
    """Count rows beyond the first of each combination: in the file, among those kept; rows kept; rows without a key."""
    whole = len(columns) == len(context.from_file)
    table = context.dataset.table
    blank = nw.any_horizontal(*[nw.col(name).is_null() for name in columns], ignore_nulls=True)
    totals = aggregate(
        table,
        records=nw.when(KEPT).then(1).otherwise(0).sum(),
        blank=nw.when(blank).then(1).otherwise(0).sum(),
    )
    if not whole:
        table = table.filter(~blank)
    groups = table.select([*columns, nw.when(KEPT).then(1).otherwise(0).alias("_in")])
    sizes = groups.group_by(*columns).agg(_n=nw.len(), _k=nw.col("_in").sum())
    found = aggregate(
        sizes.filter(nw.col("_n") > 1),
        repeats=(nw.col("_n") - 1).sum(),
        kept=nw.when(nw.col("_k") > 1).then(nw.col("_k") - 1).otherwise(0).sum(),
    )
    return (
        int(found["repeats"] or 0),
        int(found["kept"] or 0),
        int(totals["records"] or 0),
        0 if whole else totals["blank"],
    )
