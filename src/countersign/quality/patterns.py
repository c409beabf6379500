"""Patterns (E8): whether the records of one collector repeat each other more than those of different collectors."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.finding import State
from countersign.quality.context import KEPT, Asking, Context, number, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import Repeats, groups


def identical_answers(context: Context) -> Asking:
    """Records that have all answers in common with another of the same collector, beside those of other collectors.

    Value: the chance that two records of one collector are identical over the chance for two of different collectors
    (one pair added to each side, so that none is divided by nothing). Few answers repeat by themselves; the second
    chance says how often. It warns from a share of records on (catalogue: ``pattern_records``).
    """
    who = context.role("collector")
    names = [variable.name for variable in context.answers if variable.name != who]
    if not who or not context.is_main:
        return []
    least = int(threshold("pattern_answers").good)
    if len(names) < least:
        why = f"With {len(names)} answers a record repeats another by itself ({least} needed)."
        return [not_assessed("E8", "identical_answers", why)]
    present = yield {"rows": nw.len(), **{f"v{at}": nw.col(name).count() for at, name in enumerate(names)}}
    there = KEPT & ~nw.col(who).is_null()
    if all(present[f"v{at}"] < present["rows"] for at in range(len(names))):  # else no record is blank
        there = there & ~nw.all_horizontal(*[nw.col(name).is_null() for name in names], ignore_nulls=True)
    found = yield {
        "own": Repeats((who, *names), among=there),
        "all": Repeats(tuple(names), among=there),
        "made": groups([who], where=there),
    }
    own, all_, made = found["own"]["sizes"], found["all"]["sizes"], found["made"]["_n"].astype(float)
    total, within = int(made.sum()), float((made * (made - 1) / 2).sum())
    between = total * (total - 1) / 2 - within
    if not within or not between:
        return [not_assessed("E8", "identical_answers", "There are not two collectors of whom one made two records.")]
    inside = _pairs(own)
    outside = _pairs(all_) - inside
    records = sum(size * times for size, times in own.items())
    ratio = (inside + 1) / (within + 1) / ((outside + 1) / (between + 1)) if inside else 0.0
    enough = share(records, total) > threshold("pattern_records").good
    message = f"{number(records)} of {number(total)} records repeat all answers of another one of the same collector."
    if inside:
        times = f"{ratio:,.{0 if ratio > 10 else 1}f}"
        message += f" Two records of one collector are identical {times} times as often as two of different ones."
    return [
        judged(
            "E8",
            "identical_answers",
            ratio,
            message,
            limit="identical_answers",
            count=records,
            evidence={
                "answers": len(names),
                "records": total,
                "collectors": len(made),
                "pairs_within": round(inside),
                "pairs_between": round(outside),
                "ratio": round(ratio, 6),
            },
            harshest=State.WARN if enough else State.PASS,
            fix="Look at the identical records with the collectors concerned.",
        )
    ]


def _pairs(sizes: Mapping[int, int]) -> float:
    """Return the pairs in groups of these sizes."""
    return float(sum(times * (size * (size - 1) // 2) for size, times in sizes.items()))
