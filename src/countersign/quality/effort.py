"""Effort (E10): whether a length, area, time or number of people is recorded, without which counts give no density."""

from __future__ import annotations

import re

import narwhals as nw

from countersign.catalogue import load
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, count, is_of, listed, percent, share
from countersign.quality.findings import judged


def effort_stated(context: Context) -> Asking:
    """Share of the events with a measure of effort above 0 that makes a density, of the measure most often recorded.

    A measure is known by its unit or a word of its name (catalogue: ``effort_measures``), or by the role minutes.
    People alone are no density: they warn. No measure at all fails: counts then depend on how long and how far
    somebody looked.
    """
    if not is_of(context.dataset.unit, ("event",)):
        return []
    kinds = {v.name: kind for v in context.from_file if (kind := kind_of(v)) and context.schema[v.name].is_numeric()}
    minutes = context.role("minutes")
    if minutes and context.schema[minutes].is_numeric():
        kinds[minutes] = "time"
    found = yield {
        "rows": count(KEPT),
        **{f"with {name}": count(KEPT & (nw.col(name).cast(nw.Float64) > 0)) for name in kinds},
    }
    subject = "" if context.is_main else context.dataset.name
    filled = {name: share(found[f"with {name}"], found["rows"]) for name in kinds}
    known = load("effort_measures")
    dense = {name: value for name, value in filled.items() if known[kinds[name]]["density"] and value > 0}
    evidence = {"measures": {name: round(value, 6) for name, value in filled.items()}}
    fix = "Record at every event the length or area that was searched, the minutes and the people."
    if dense:
        best = max(dense, key=lambda name: dense[name])
        message = f"Effort is recorded: {listed([f'{name} ({percent(value)})' for name, value in dense.items()])}."
        return [
            judged("E10", "effort_stated", dense[best], message, limit="effort_stated", subject=subject,
                   count=int(found["rows"] - found[f"with {best}"]), evidence=evidence, fix=fix)
        ]  # fmt: skip
    people = [name for name, value in filled.items() if value > 0]
    message = "No length, area, time or other measure of effort is recorded: counts give no density and no trend."
    if people:
        message = f"Of the effort only people are recorded ({listed(people)}): counts give no density."
    state = State.WARN if people else State.FAIL
    return [
        Finding("E10", state, "effort_stated", message, subject=subject, value=0.0, unit="share",
                count=int(found["rows"]), evidence=evidence, fix=fix)
    ]  # fmt: skip


def kind_of(variable: Variable) -> str:
    """Return which measure of effort a variable is by its unit or a word of its name or label, or an empty text."""
    parts = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text) for text in (variable.name, variable.column)]
    names = [" ".join(re.split(r"[\W_]+", text.casefold())) for text in parts]
    for entry in load("effort_measures"):
        if variable.unit and variable.unit.casefold() in entry["units"]:
            return entry.id
        words = [word.replace("_", " ") for word in entry["words"]]
        if any(f" {word} " in f" {name} " for name in names for word in words):
            return entry.id
    return ""
