"""Contributors (F4): how many of one year's contributors are there the next; a hint, no verdict."""

from __future__ import annotations

import narwhals as nw

from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, number, percent
from countersign.tables import groups


def retention(context: Context) -> Asking:
    """Share of the contributors of one year who also contributed in the next, over all pairs of years.

    Whether the source goes on is answered by people; the finding stays *not assessed* and carries the number.
    """
    who, time = context.role("collector"), context.role("time")
    kind = context.schema.get(time)
    if not context.is_main or not who or kind is None or not (kind.is_integer() or kind in (nw.Date, nw.Datetime)):
        return []
    year = nw.col(time) if kind.is_integer() else nw.col(time).dt.year()
    there = KEPT & ~nw.col(time).is_null() & ~nw.col(who).is_null()
    found = (yield {"active": groups({"_year": year.cast(nw.Int64), who: nw.col(who)}, where=there)})["active"]
    active: dict[int, set[object]] = {}
    for one, person in zip(found["_year"], found[who], strict=True):
        active.setdefault(int(one), set()).add(person)
    pairs = [(active[one], active[one + 1]) for one in sorted(active) if one + 1 in active]
    before = sum(len(first) for first, _ in pairs)
    if not before:
        return []
    stayed = sum(len(first & second) for first, second in pairs)
    message = (
        f"A hint: of {number(before)} contributors in one year, {number(stayed)} ({percent(stayed / before)}) were "
        f"there in the next, over {len(pairs)} pairs of years."
    )
    return [
        Finding(
            "F4",
            State.NOT_ASSESSED,
            "contributors_stay",
            message,
            value=stayed / before,
            unit="share",
            count=stayed,
            evidence={"pairs": len(pairs), "before": before},
            fix="Say who pays and who carries on in the next years.",
        )
    ]
