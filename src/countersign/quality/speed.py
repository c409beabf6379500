"""Speed (E8): interviews far faster than the usual one."""

from __future__ import annotations

import narwhals as nw

from countersign.catalogue import threshold
from countersign.quality.context import KEPT, Asking, Context, count, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed


def speeders(context: Context) -> Asking:
    """Share of records that took less than a third (catalogue: ``speeder_pace``) of the median time.

    The time is the role ``minutes``, or the end minus the start where both are times of day, not only dates.
    """
    minutes = minutes_of(context)
    if minutes is None:
        why = "The study does not say how long an interview took."
        named = [name for name in (context.role("start"), context.role("end")) if name]
        other = [name for name in named if context.types.get(name) != "date"]
        if other:
            why = f"No times can be read in {listed(other)}, so nobody can say how long an interview took."
        elif len(named) == 2:
            why = "Start and end are dates without a time of day, so nobody can say how long an interview took."
        elif named:
            why = f"Only '{named[0]}' is named, so nobody can say how long an interview took."
        fix = "Let the form record start and end, and name them under 'roles'."
        return [not_assessed("E8", "speeders", why, fix=fix)] if context.is_main else []
    timed = nw.when(KEPT & (minutes >= 0)).then(minutes)
    found = yield {"median": timed.median(), "timed": timed.count()}
    median = found["median"]
    if not found["timed"] or not median:
        return [not_assessed("E8", "speeders", "No record says how long the interview took.")]
    pace = threshold("speeder_pace").good
    fast = (yield {"fast": count(timed < median * pace)})["fast"]
    part = "a third" if abs(pace - 1 / 3) < 1e-9 else f"{pace:.2f}"
    message = (
        f"{number(fast)} of {number(found['timed'])} interviews ({percent(share(fast, found['timed']))}) took less "
        f"than {median * pace:.3g} minutes, {part} of the median of {median:.3g}."
    )
    return [
        judged(
            "E8",
            "speeders",
            share(fast, found["timed"]),
            message,
            limit="speeders",
            count=fast,
            evidence={"median_minutes": float(median), "pace": pace, "timed": found["timed"]},
            fix="Look at the fast interviews with the collectors, and show the figures without them.",
        )
    ]


def minutes_of(context: Context) -> nw.Expr | None:
    """Return how long an interview took, in minutes: the role ``minutes``, else end minus start; None if unknown."""
    name = context.role("minutes")
    if name and context.schema[name].is_numeric():
        return nw.col(name).cast(nw.Float64)
    start, end = context.role("start"), context.role("end")
    if start and end and all(isinstance(context.schema[each], nw.Datetime) for each in (start, end)):
        return (nw.col(end) - nw.col(start)).dt.total_seconds().cast(nw.Float64) / 60
    return None
