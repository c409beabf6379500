"""Physical (E9): numbers that cannot be in the unit they are said to have, such as 25 hours of a day."""

from __future__ import annotations

import narwhals as nw

from countersign.catalogue import Entry, load
from countersign.quality.context import Asking, Context, gone, in_file_and_kept, number, share
from countersign.quality.findings import judged


def impossible_values(context: Context) -> Asking:
    """Values outside what their unit allows (catalogue: ``physical_ranges``), unless the variable has its own range."""
    limited = [
        (variable, entry)
        for variable in context.dataset.codebook.variables.values()
        if variable.name in context.schema
        and variable.range == (None, None)
        and context.schema[variable.name].is_numeric()
        and (entry := _of_unit(variable.unit)) is not None
    ]
    questions: dict[str, nw.Expr] = {}
    for variable, entry in limited:
        value, nobody = nw.col(variable.name), nw.lit(False)
        low, high = entry.get("low"), entry.get("high")
        questions |= in_file_and_kept(f"low {variable.name}", nobody if low is None else value < float(low))
        questions |= in_file_and_kept(f"high {variable.name}", nobody if high is None else value > float(high))
        questions |= in_file_and_kept(f"known {variable.name}", ~value.is_null())
    if not limited:
        return []
    found = yield questions
    findings = []
    for variable, entry in limited:
        low, high = found[f"low {variable.name}"], found[f"high {variable.name}"]
        kept = found[f"low {variable.name} kept"] + found[f"high {variable.name} kept"]
        span = _span(entry)
        if not low + high:
            continue
        told = "1 value is" if low + high == 1 else f"{number(low + high)} values are"
        message = f"'{variable.name}' is in {variable.unit}, and {told} outside {span}: that cannot be."
        message += gone(low + high, kept)
        findings.append(
            judged(
                "E9",
                "impossible_values",
                share(kept, found[f"known {variable.name} kept"]),
                message,
                limit="out_of_range",
                subject=variable.name,
                count=low + high,
                evidence={"below": low, "above": high, "kept": kept, "unit": variable.unit, "rule": entry.id},
                fix=f"Correct '{variable.name}' in these records or set them aside with a gate; if the unit is wrong, "
                "correct it in the study file.",
            )
        )
    if not findings:
        known = sum(found[f"known {variable.name} kept"] for variable, _ in limited)
        message = f"In {number(len(limited))} variables with a unit no value is outside what the unit allows."
        evidence = {"variables": [variable.name for variable, _ in limited], "values": known}
        limit = "out_of_range"
        findings = [judged("E9", "impossible_values", 0.0, message, limit=limit, count=0, evidence=evidence)]
    return findings


def _of_unit(unit: str) -> Entry | None:
    plain = " ".join(unit.casefold().split())
    if not plain:
        return None
    return next((entry for entry in load("physical_ranges") if plain in entry["units"]), None)


def _span(entry: Entry) -> str:
    low, high = entry.get("low"), entry.get("high")
    if high is None:
        return f"{low:g} and more"
    return f"{low:g} to {high:g}" if low is not None else f"at most {high:g}"
