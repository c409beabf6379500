"""Scale breaks (G3): a round in which all groups move at once, as they do when the scale or the method changed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.model.dataset import Dataset
from countersign.model.expression import names, parse
from countersign.model.finding import Finding, State
from countersign.quality.context import Asking, Context, is_of, percent
from countersign.quality.findings import judged
from countersign.tables import group

MAD = 1.482602218505602  # of a normal distribution
MOST = 30  # measures looked at; more are no table of figures

Levels = Mapping[tuple[str, ...], Mapping[int, float]]  # group -> year -> mean


@dataclass(frozen=True)
class Shift:
    """How the groups moved from one round to the next.

    Parameters
    ----------
    years: before and after. groups: seen in both. median: of their shifts. uniform: |median| over 1.4826 MAD of the
    shifts (infinite where all moved alike). same: share of the groups that moved in its direction. relative: |median|
    over the median level before.
    """

    years: tuple[int, int]
    groups: int
    median: float
    uniform: float
    same: float
    relative: float


def scale_breaks(context: Context) -> Asking:
    """Find rounds in which every group of a measure moved in one direction by about the same amount.

    Groups: area (role) crossed with the study's breakdown variables, or with all categories where rows are published
    figures; rounds: years of the role time, over all data sources that have the same columns. A step is a break if at
    least five groups are in both rounds, all moved in one direction, and the median shift is 3.5 robust standard
    deviations of the shifts or more; its size is the median shift over the level before. A rise that everybody shares
    looks the same: the finding says where to look.
    """
    if not context.is_main or not context.role("time"):
        return []
    keys, measures = _columns(context)
    if not keys or not measures:
        return []
    present = yield {"rows": nw.len(), **{f"present {name}": nw.col(name).count() for name in measures}}
    filled = {name for name in measures if present[f"present {name}"] == present["rows"]}
    alike = _alike(context, [context.role("time"), *keys, *measures])
    levels = _levels(alike, context.role("time"), keys, measures, filled=filled)
    findings: list[Finding] = []
    compared = 0
    for measure in measures:
        steps = shifts(levels[measure])
        compared += len(steps)
        moved = [step for step in steps if _is_common(step)]
        worst = max(moved, key=lambda step: step.relative, default=None)
        if worst is not None and threshold("scale_break").state(worst.relative) is not State.PASS:
            findings += [_told(measure, worst, len(steps), subject) for subject in _about(context, measure)]
    if compared and not findings:
        message = f"No measure moved in all groups at once between two rounds; {compared} steps were looked at."
        findings.append(Finding("G3", State.PASS, "scale_break", message, count=0, evidence={"steps": compared}))
    return findings


def shifts(levels: Levels) -> tuple[Shift, ...]:
    """Return every step between two rounds that follow each other, with at least as many groups as needed.

    Parameters
    ----------
    levels: group -> year -> mean of the measure.
    """
    years = sorted({year for own in levels.values() for year in own})
    found = []
    for before, after in itertools.pairwise(years):
        pairs = [(own[before], own[after]) for own in levels.values() if before in own and after in own]
        if len(pairs) < threshold("scale_break_groups").good:
            continue
        level = np.array([first for first, _ in pairs])
        moved = np.array([second for _, second in pairs]) - level
        median = float(np.median(moved))
        spread = MAD * float(np.median(np.abs(moved - median)))
        base = abs(float(np.median(level)))
        found.append(
            Shift(
                years=(before, after),
                groups=len(pairs),
                median=median,
                uniform=abs(median) / spread if spread > 0 else (np.inf if median else 0.0),
                same=float(np.mean(np.sign(moved) == np.sign(median))) if median else 0.0,
                relative=abs(median) / base if base > 0 else 0.0,
            )
        )
    return tuple(found)


def _is_common(step: Shift) -> bool:
    return step.same == 1.0 and step.uniform >= threshold("scale_break_uniform").good


def _about(context: Context, measure: str) -> list[str]:
    """Return the indicators that are computed from a measure; the measure itself where there are none."""
    columns = tuple(context.dataset.codebook.names)
    found = []
    for name, indicator in context.plan.indicators.items():
        texts = [text for text in (indicator.numerator, indicator.denominator) if text]
        if any(measure in names(parse(text), columns) for text in texts):
            found.append(name)
    return found or [measure]


def _told(measure: str, step: Shift, steps: int, subject: str) -> Finding:
    way = "up" if step.median > 0 else "down"
    message = (
        f"'{measure}' went {way} by {percent(step.relative)} of its level from {step.years[0]} to {step.years[1]} in "
        f"all {step.groups} groups at once. A new scale, question or method does that; a change in life seldom does."
    )
    return judged(
        "G3",
        "scale_break",
        step.relative,
        message,
        limit="scale_break",
        subject=subject,
        count=step.groups,
        evidence={
            "measure": measure,
            "from": step.years[0],
            "to": step.years[1],
            "shift": round(step.median, 6),
            "uniform": None if np.isinf(step.uniform) else round(step.uniform, 3),
            "groups": step.groups,
            "steps": steps,
        },
        fix="Find out what changed between the two rounds; mark the break, and compare only within the parts.",
    )


def _columns(context: Context) -> tuple[list[str], list[str]]:
    """Return the columns that make groups, and the numbers that may have moved."""
    parts = {name for names in context.dataset.roles.values() for name in names}
    asked = [name for indicator in context.plan.indicators.values() for by in indicator.by for name in by]
    time = context.role("time")
    kinds = context.types
    keys = [context.role("area"), *(name for name in asked if kinds.get(name) in ("category", "text"))]
    keys = [name for name in dict.fromkeys(keys) if name and name != time and name in context.schema]
    if not asked or is_of(context.dataset.unit, ("figure",)):
        keys += [v.name for v in context.answers if v.type == "category" and v.name not in keys]
    measures = [
        variable.name
        for variable in context.answers
        if variable.name not in parts and variable.name not in keys and context.schema[variable.name].is_numeric()
    ]
    return keys, measures[:MOST]


def _alike(context: Context, columns: Sequence[str]) -> list[Dataset]:
    """Return the data sources that have the same columns as the main one, the main one first."""
    others = [data for name, data in context.documents.datasets.items() if name != context.dataset.name]
    return [
        context.dataset,
        *(data for data in others if set(columns) <= set(data.table.collect_schema().names())),
    ]


def _levels(
    datasets: Sequence[Dataset], time: str, keys: Sequence[str], measures: Sequence[str], *, filled: Collection[str]
) -> dict[str, dict[tuple[str, ...], dict[int, float]]]:
    """Return measure -> group -> year -> mean over the records that are in."""
    sums: dict[str, dict[tuple[str, ...], dict[int, tuple[float, float]]]] = {name: {} for name in measures}
    for data in datasets:
        kind = data.table.collect_schema()[time]
        if not (kind.is_integer() or kind in (nw.Date, nw.Datetime)):
            continue
        year = nw.col(time) if kind.is_integer() else nw.col(time).dt.year()
        table = data.kept().filter(~nw.col(time).is_null()).with_columns(_year=year.cast(nw.Int64))
        asked = {f"sum_{place}": nw.col(name).sum() for place, name in enumerate(measures)}
        sure = filled if data is datasets[0] else ()  # what is never missing in the first data set is not counted
        asked |= {f"n_{place}": nw.col(name).count() for place, name in enumerate(measures) if name not in sure}
        found = group(table, ["_year", *keys], _n=nw.len(), **asked)
        for row in range(len(found["_year"])):
            # One area in two spellings is one group: 'Riftvalley', 'Rift Valley'.
            own = tuple("".join(str(found[key][row]).casefold().split()) for key in keys)
            for place, name in enumerate(measures):
                n, total = float(found.get(f"n_{place}", found["_n"])[row]), float(found[f"sum_{place}"][row])
                if n and np.isfinite(total):
                    years = sums[name].setdefault(own, {})
                    before = years.get(int(found["_year"][row]), (0.0, 0.0))
                    years[int(found["_year"][row])] = (before[0] + total, before[1] + n)
    return {
        name: {key: {year: total / n for year, (total, n) in years.items()} for key, years in own.items()}
        for name, own in sums.items()
    }
