"""Wholes (G2): categories that stand for everybody, such as 'both', among the groups they are made of.

A mean of everybody lies between the means of the groups; a number of everybody is their sum. What is neither cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from countersign.catalogue import load, threshold
from countersign.model.finding import Finding, State
from countersign.model.source import WholePlan
from countersign.quality.context import Context, is_of, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate, group

_Key = tuple[Any, ...]
_PARTIES = ("id", "collector", "longitude", "latitude", "weight", "size", "standard_error")


@dataclass(frozen=True)
class _Compared:
    """Groups in which a whole can be held against its parts.

    Parameters
    ----------
    whole, low, high, total: (G,) the whole, its smallest and largest part, their sum. keys: of each group.
    rows: rows of wholes in the file.
    """

    keys: list[_Key]
    whole: np.ndarray[Any, np.dtype[np.float64]]
    low: np.ndarray[Any, np.dtype[np.float64]]
    high: np.ndarray[Any, np.dtype[np.float64]]
    total: np.ndarray[Any, np.dtype[np.float64]]
    rows: int

    def holds(self, kind: str, tolerance: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each whole lies between its parts (``mean``) or is their sum (``sum``)."""
        room = tolerance * np.maximum(np.abs(self.whole), np.abs(self.total) if kind == "sum" else 0.0) + 1e-9
        if kind == "sum":
            held: np.ndarray[Any, np.dtype[np.bool_]] = np.abs(self.whole - self.total) <= room
            return held
        between: np.ndarray[Any, np.dtype[np.bool_]] = (self.whole >= self.low - room) & (
            self.whole <= self.high + room
        )
        return between


def parts_and_wholes(context: Context) -> Sequence[Finding]:
    """Wholes that are impossible beside their parts: those the study declares, and those found by their words.

    A column is taken for one with wholes if one of its categories is such a word (catalogue: ``whole_words``) and, in
    at least the share of groups of the catalogue (``whole_share``), that category is the sum of the others or lies
    between them. Groups are the combinations of all other categories. Only groups with one row for the whole and for
    each of two parts or more are compared.
    """
    if context.is_published_table:  # taken apart while they were read; see `published`
        return []
    findings = []
    declared = tuple(context.source.wholes) if context.source else ()
    for plan in declared:
        compared = _compared(context, plan.value, plan.variable, plan.whole, plan.parts, plan.by)
        findings.append(
            _judged(context, plan, compared, found=False) if len(compared.keys) else _never_beside(plan, compared)
        )
    rows = int(aggregate(context.dataset.table, _n=nw.len())["_n"])
    if is_of(context.dataset.unit, ("person", "case")) or rows > threshold("whole_rows").good:
        return findings
    for variable, word, by in _suspected(context):
        for value in _values(context):
            if any((one.value, one.variable) == (value, variable) for one in declared):
                continue
            compared = _compared(context, value, variable, word, (), by)
            if len(compared.keys) < threshold("whole_groups").good:
                continue
            kind, part = max(
                ((each, float(compared.holds(each, _tolerance()).mean())) for each in ("sum", "mean")),
                key=lambda pair: pair[1],
            )
            if part < threshold("whole_share").good:
                continue
            plan = WholePlan(value, variable, word, (), "sum" if kind == "sum" else "mean", by, _tolerance())
            findings += [_judged(context, plan, compared, found=True), _among_details(context, plan, compared)]
    return findings


def _tolerance() -> float:
    return threshold("whole_tolerance").good


def _values(context: Context) -> list[str]:
    playing = {name for role in _PARTIES for name in context.dataset.roles.get(role, ())} | {context.role("time")}
    return [
        name
        for name, kind in context.types.items()
        if kind in ("number", "integer") and name not in playing and context.schema[name].is_numeric()
    ]


def _suspected(context: Context) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (column, category that stands for everybody, columns of the groups)."""
    words = {word for entry in load("whole_words") for word in entry["words"]}
    playing = {name for role in _PARTIES for name in context.dataset.roles.get(role, ())}
    categories = [
        variable.name
        for variable in context.from_file
        if variable.type == "category"
        and variable.name not in playing
        and not context.schema[variable.name].is_numeric()
    ]
    if not categories or not _values(context):
        return
    table = context.dataset.table
    said = {f"v{at}": nw.col(name).str.to_lowercase().is_in(sorted(words)) for at, name in enumerate(categories)}
    hits = aggregate(table, **{name: nw.when(hit).then(1).otherwise(0).sum() for name, hit in said.items()})
    for at, name in enumerate(categories):
        if not hits[f"v{at}"]:
            continue
        time = context.role("time")
        by = tuple(one for one in categories if one != name) + ((time,) if time and time not in categories else ())
        labels = group(table.filter(said[f"v{at}"]), [name], _n=nw.len())[name].tolist()
        for label in labels:
            yield name, str(label), by


def _compared(
    context: Context, value: str, variable: str, whole: str, parts: Sequence[str], by: Sequence[str]
) -> _Compared:
    table = context.dataset.table.filter(~nw.col(value).is_null() & ~nw.col(variable).is_null())
    words = {word for entry in load("whole_words") for word in entry["words"]}
    cells = group(
        table.select(*(nw.col(name) for name in (*by, variable)), nw.col(value).cast(nw.Float64).alias("_value")),
        [*by, variable],
        _n=nw.len(),
        _v=nw.col("_value").mean(),
    )
    found: dict[_Key, dict[str, tuple[float, int]]] = {}
    rows = 0
    columns = [cells[name].tolist() for name in (*by, variable)]
    for *key, label, n, mean in zip(*columns, cells["_n"].tolist(), cells["_v"].tolist(), strict=True):
        rows += int(n) if label == whole else 0
        found.setdefault(tuple(key), {})[str(label)] = (float(mean), int(n))
    keys, numbers = [], []
    for place, held in found.items():
        others = (
            [held[part] for part in parts if part in held]
            if parts
            else [cell for label, cell in held.items() if label != whole and label.casefold() not in words]
        )
        wanted = len(parts) or 2
        if whole not in held or len(others) < wanted or any(n != 1 for _, n in (*others, held[whole])):
            continue
        sizes = [mean for mean, _ in others]
        if not parts and min(sizes) == max(sizes):  # what is the same for all groups, such as a page, tells nothing
            continue
        keys.append(place)
        numbers.append((held[whole][0], min(sizes), max(sizes), sum(sizes)))
    table_of = np.asarray(numbers, dtype=np.float64).reshape(-1, 4)
    return _Compared(keys, table_of[:, 0], table_of[:, 1], table_of[:, 2], table_of[:, 3], rows)


def _never_beside(plan: WholePlan, compared: _Compared) -> Finding:
    why = f"In '{plan.variable}', '{plan.whole}' stands in {number(compared.rows)} rows, "
    why += f"never once beside exactly one of each of its parts ({listed(list(plan.parts))})."
    fix = "Correct the categories under 'wholes', or name under 'by' all columns that tell the groups apart."
    return not_assessed("G2", "parts_and_whole", why, subject=f"{plan.value}: {plan.variable}", fix=fix)


def _judged(context: Context, plan: WholePlan, compared: _Compared, *, found: bool) -> Finding:
    held = compared.holds(plan.kind, plan.tolerance)
    wrong = np.flatnonzero(~held).tolist()
    where = [_named(compared.keys[at]) for at in wrong]
    rule = "be the sum of the groups" if plan.kind == "sum" else "lie between the groups"
    message = f"'{plan.value}' of '{plan.whole}' ({plan.variable}) must {rule}: it does in all {len(held)} cases."
    if wrong:
        message = (
            f"'{plan.value}' of '{plan.whole}' ({plan.variable}) must {rule} and does not in {len(wrong)} of "
            f"{len(held)} cases: {listed(where)}."
        )
        if is_of(context.dataset.unit, ("figure",)):
            at = wrong[0]
            message += (
                f" In the first, {_digits(compared.whole[at])} stands beside groups of {_digits(compared.low[at])} to "
                f"{_digits(compared.high[at])}."
            )
    return judged(
        "G2",
        "parts_and_whole",
        share(len(wrong), len(held)),
        message,
        limit="parts_and_whole",
        subject=f"{plan.value}: {plan.variable}",
        count=len(wrong),
        evidence={
            "whole": plan.whole,
            "kind": plan.kind,
            "cases": len(held),
            "impossible": where[:20],
            "declared": not found,
        },
        fix="Ask whoever published them which of the numbers is right; use none of these cases until then.",
    )


def _among_details(context: Context, plan: WholePlan, compared: _Compared) -> Finding:
    part = percent(share(compared.rows, int(aggregate(context.dataset.table, _n=nw.len())["_n"])))
    return Finding(
        "G2",
        State.WARN,
        "totals_among_details",
        f"'{plan.whole}' in '{plan.variable}' stands for everybody: {number(compared.rows)} rows ({part}) are "
        "totals of "
        "other rows. Whoever adds up or averages the column counts people twice.",
        subject=f"{plan.value}: {plan.variable}",
        value=float(compared.rows),
        unit="rows",
        count=compared.rows,
        evidence={"whole": plan.whole, "kind": plan.kind, "cases": len(compared.keys)},
        fix=f"Leave them out of sums and means: set them aside with a gate on '{plan.variable}'.",
    )


def _named(key: _Key) -> str:
    return " / ".join(str(part) for part in key if part is not None) or "the whole file"


def _digits(value: Any) -> str:
    return f"{float(value):,.6g}"
