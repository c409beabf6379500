"""Patterns (E8): whether the records of one collector repeat each other more than those of different collectors."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, number, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate


def identical_answers(context: Context) -> Sequence[Finding]:
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
    blank = nw.all_horizontal(*[nw.col(name).is_null() for name in names], ignore_nulls=True)
    rows = context.dataset.kept().filter(~nw.col(who).is_null(), ~blank)
    keys = [f"_a{place}" for place in range(len(names))]
    rows = rows.select(nw.col(who).alias("_who"), *(nw.col(n).alias(k) for n, k in zip(names, keys, strict=True)))
    n = nw.col("_n")
    pairs = (n * (n - 1)).cast(nw.Float64) / 2
    alike = rows.group_by("_who", *keys).agg(_n=nw.len())
    # One pass: what is alike within collectors is added up while records are brought together across them.
    alike = alike.with_columns(pairs.alias("_p"), nw.when(n > 1).then(n).otherwise(0).alias("_r"))
    whole = alike.group_by(*keys).agg(_n=n.sum(), _p=nw.col("_p").sum(), _r=nw.col("_r").sum())
    same = aggregate(whole, rows=n.sum(), all=pairs.sum(), pairs=nw.col("_p").sum(), records=nw.col("_r").sum())
    total = int(same["rows"] or 0)
    possible = aggregate(rows.group_by("_who").agg(_n=nw.len()), pairs=pairs.sum(), collectors=nw.len())
    within, between = float(possible["pairs"] or 0), total * (total - 1) / 2 - float(possible["pairs"] or 0)
    if not within or not between:
        return [not_assessed("E8", "identical_answers", "There are not two collectors of whom one made two records.")]
    inside, outside = float(same["pairs"] or 0), float(same["all"] or 0) - float(same["pairs"] or 0)
    records = int(same["records"] or 0)
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
                "collectors": int(possible["collectors"]),
                "pairs_within": round(inside),
                "pairs_between": round(outside),
                "ratio": round(ratio, 6),
            },
            harshest=State.WARN if enough else State.PASS,
            fix="Look at the identical records with the collectors concerned.",
        )
    ]
