"""Movements (E8): whether somebody was at two places too soon one after the other, or in two interviews at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.finding import Finding
from countersign.model.sphere import EARTH
from countersign.quality.context import Context, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate


def impossible_travel(context: Context) -> Sequence[Finding]:
    """Consecutive records of one collector (else device) that are further apart than anybody can travel in the time.

    With d the great-circle distance and t the time between the starts of both: a record counts where d, less what both
    positions may be off, is more than the speed of the catalogue times t plus the slack of clocks. How far a position
    may be off is the role ``accuracy`` in metres, else the catalogue's.
    """
    places = context.role("longitude"), context.role("latitude")
    if not all(places) or not all(context.schema[name].is_numeric() for name in places):
        return []
    who, moment = _who(context), _moment(context)
    if not who or not moment:
        lacks = "who collected" if not who else "at what time of the day"
        why = f"Places are given, but not {lacks}, so nobody can say whether one person could be at all of them."
        fix = "Let the form record start and device or collector, and name them under 'roles'."
        return [not_assessed("E8", "impossible_travel", why, subject=context.about, fix=fix)] if context.is_main else []
    speed, slack = threshold("travel_speed").good, threshold("travel_slack").good
    rows = _in_order(context, who, moment, _positions(context, *places))
    hours = (nw.col("_t") - nw.col("_before_t")).dt.total_seconds().cast(nw.Float64) / 3600
    reach = nw.col("_off") + nw.col("_before_off") + speed * (hours + slack / 60)
    most = math.pi * EARTH
    # d > reach, both as parts of the globe, without an inverse sine: sin^2(d / 2R) > sin^2(reach / 2R).
    bound = (nw.when(reach < most).then(reach).otherwise(most) / (2 * EARTH)).sin() ** 2
    moved = (nw.col("_phi") - nw.col("_before_phi")) / 2, (nw.col("_lam") - nw.col("_before_lam")) / 2
    apart = moved[0].sin() ** 2 + nw.col("_phi").cos() * nw.col("_before_phi").cos() * moved[1].sin() ** 2
    following = ~nw.col("_before_t").is_null()
    found = aggregate(
        rows,
        n=nw.when(following).then(1).otherwise(0).sum(),
        far=nw.when(following & (apart > bound + 1e-15)).then(1).otherwise(0).sum(),
    )
    n, far = int(found["n"] or 0), int(found["far"] or 0)
    if not n:
        return [
            not_assessed(
                "E8", "impossible_travel", "Nobody made two records with a place and a time.", subject=context.about
            )
        ]
    message = (
        f"{number(far)} of {number(n)} records ({percent(share(far, n))}) lie so far from the one before by the same "
        f"{_kind(context)} that he or she would have had to travel faster than {speed:g} km/h."
        if far
        else f"No {_kind(context)} would have had to travel faster than {speed:g} km/h between records."
    )
    return [
        judged(
            "E8",
            "impossible_travel",
            share(far, n),
            message,
            limit="impossible_travel",
            subject=context.about,
            count=far,
            evidence={"compared": n, "by": _kind(context), "kilometres_an_hour": speed, "slack_minutes": slack},
            fix="Ask those concerned how these records were made: moved pins, shared accounts and wrong clocks are "
            "commoner than invention.",
        )
    ]


def overlaps(context: Context) -> Sequence[Finding]:
    """Interviews that one collector began before an earlier one of his or hers had ended."""
    who, start, end = _who(context), context.role("start"), context.role("end")
    timed = start and end and all(isinstance(context.schema[name], nw.Datetime) for name in (start, end))
    if not who or not timed:
        return []
    kept = context.dataset.kept().filter(~nw.col(who).is_null(), ~nw.col(start).is_null(), ~nw.col(end).is_null())
    rows = kept.select(nw.col(who).alias("_who"), nw.col(start).alias("_t"), nw.col(end).alias("_end"), nw.col("_row"))
    order = ["_t", "_row"]
    rows = rows.with_columns(nw.col("_end").cum_max().over("_who", order_by=order).alias("_latest"))
    rows = rows.with_columns(nw.col("_latest").shift(1).over("_who", order_by=order).alias("_before"))
    both = nw.col("_t") < nw.col("_before")
    found = aggregate(rows, n=nw.len(), both=nw.when(both).then(1).otherwise(0).sum())
    n, several = int(found["n"]), int(found["both"] or 0)
    if not n:
        return [
            not_assessed(
                "E8", "overlapping_interviews", "No record names who collected, start and end.", subject=context.about
            )
        ]
    message = (
        f"{number(several)} of {number(n)} interviews ({percent(share(several, n))}) began before an earlier one by "
        f"the same {_kind(context)} had ended."
        if several
        else f"No {_kind(context)} was in two interviews at once."
    )
    return [
        judged(
            "E8",
            "overlapping_interviews",
            share(several, n),
            message,
            limit="overlaps",
            subject=context.about,
            count=several,
            evidence={"timed": n, "by": _kind(context)},
            fix="Ask whether people were interviewed in a group, or forms left open; look at the rest one by one.",
        )
    ]


def _who(context: Context) -> str:
    return context.role("collector") or context.role("device")


def _kind(context: Context) -> str:
    return "collector" if context.role("collector") else "device"


def _moment(context: Context) -> str:
    """The column that says when a record was made, with a time of the day."""
    names = (context.role(role) for role in ("start", "time", "end"))
    return next((name for name in names if name and isinstance(context.schema[name], nw.Datetime)), "")


def _positions(context: Context, longitude: str, latitude: str) -> dict[str, nw.Expr]:
    radians = math.pi / 180
    off = nw.lit(threshold("travel_accuracy").good / 1000)
    accuracy = context.role("accuracy")
    if accuracy and context.schema[accuracy].is_numeric():
        told = nw.col(accuracy).cast(nw.Float64) / 1000
        off = nw.when(told >= 0).then(told).otherwise(off)
    return {
        "_lam": nw.col(longitude).cast(nw.Float64) * radians,
        "_phi": nw.col(latitude).cast(nw.Float64) * radians,
        "_off": off,
    }


def _in_order(context: Context, who: str, moment: str, made: dict[str, nw.Expr]) -> nw.LazyFrame[Any]:
    """Return records on the globe, with what the one before by the same person said under ``_before...``."""
    rows = context.dataset.kept().select(
        nw.col(who).alias("_who"),
        nw.col(moment).alias("_t"),
        nw.col("_row"),
        *(expression.alias(name) for name, expression in made.items()),
    )
    there = [~nw.col(name).is_null() for name in ("_who", "_t", "_lam", "_phi")]
    on_globe = (nw.col("_lam").abs() <= math.pi + 1e-9) & (nw.col("_phi").abs() <= math.pi / 2 + 1e-9)
    nowhere = (nw.col("_lam") == 0) & (nw.col("_phi") == 0)
    rows = rows.filter(*there, on_globe & ~nowhere)
    return rows.with_columns(
        *(
            nw.col(name).shift(1).over("_who", order_by=["_t", "_row"]).alias(f"_before{name}")
            for name in ("_t", "_lam", "_phi", "_off")
        )
    )
