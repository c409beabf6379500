"""Devices (E8): whether many records came from one device, one person's or several people's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate

FIX = "Find out with those concerned whether devices are shared, lent or handed on."


def devices(context: Context) -> Sequence[Finding]:
    """What the role ``device`` tells.

    Where collectors are named: records from devices that several collectors used, and collectors who used several
    devices. Where people answer for themselves: records beyond the first from one device. And with days: records from
    devices that made more on one day than the catalogue holds possible (`device_day_most`).
    """
    device, who = context.role("device"), context.role("collector")
    if not device:
        return []
    rows = context.dataset.kept().filter(~nw.col(device).is_null())
    records = int(aggregate(rows, n=nw.len())["n"])
    if not records:
        return [not_assessed("E8", "same_device", "No record names its device.", subject=context.about)]
    findings = [_shared(rows, device, who, records) if who else _again(rows, device, records)]
    if who:
        findings.append(_several(rows, device, who))
    day = next(
        (name for role in ("start", "time", "end") if (name := context.role(role)) and _dated(context, name)), ""
    )
    if day:
        findings.append(_busy(rows, device, nw.col(day).cast(nw.Date), records))
    return [replace(finding, subject=context.about) for finding in findings]


def _dated(context: Context, name: str) -> bool:
    return isinstance(context.schema[name], nw.Date | nw.Datetime)


def _total(condition: nw.Expr, amount: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(amount).otherwise(0).sum()


def _shared(rows: nw.LazyFrame[Any], device: str, who: str, records: int) -> Finding:
    users = rows.group_by(device).agg(_n=nw.len(), _who=nw.col(who).n_unique())
    several = nw.col("_who") > 1
    found = aggregate(users, devices=nw.len(), shared=_total(several, nw.lit(1)), records=_total(several, nw.col("_n")))
    return judged(
        "E8",
        "same_device",
        share(found["records"], records),
        f"{number(found['shared'])} of {number(found['devices'])} devices were used by several collectors; "
        f"{number(found['records'])} records come from them.",
        limit="same_device",
        count=int(found["records"]),
        evidence={"devices": int(found["devices"]), "shared": int(found["shared"]), "records": records},
        harshest=State.WARN,
        fix=FIX,
    )


def _again(rows: nw.LazyFrame[Any], device: str, records: int) -> Finding:
    sizes = rows.group_by(device).agg(_n=nw.len())
    found = aggregate(
        sizes,
        devices=nw.len(),
        several=_total(nw.col("_n") > 1, nw.lit(1)),
        more=(nw.col("_n") - 1).sum(),
        most=nw.col("_n").max(),
    )
    return judged(
        "E8",
        "same_device",
        share(found["more"], records),
        f"{number(found['more'])} of {number(records)} records ({percent(share(found['more'], records))}) come from a "
        f"device that had made one before; one device made {number(found['most'])}.",
        limit="same_device",
        count=int(found["more"]),
        evidence={"devices": int(found["devices"]), "several": int(found["several"]), "most": int(found["most"])},
        harshest=State.WARN,
        fix="Find out whether households or groups share a device, or one person answered several times.",
    )


def _several(rows: nw.LazyFrame[Any], device: str, who: str) -> Finding:
    most = threshold("collector_devices").good
    used = rows.filter(~nw.col(who).is_null()).group_by(who).agg(_d=nw.col(device).n_unique())
    found = aggregate(used, n=nw.len(), many=_total(nw.col("_d") > most, nw.lit(1)), most=nw.col("_d").max())
    return judged(
        "E8",
        "collector_devices",
        float(found["most"] or 0),
        f"{number(found['many'] or 0)} of {number(found['n'])} collectors used more than {most:g} devices; the most "
        f"was {number(found['most'] or 0)}.",
        limit="collector_devices",
        count=int(found["many"] or 0),
        evidence={"collectors": int(found["n"])},
        fix=FIX,
    )


def _busy(rows: nw.LazyFrame[Any], device: str, day: nw.Expr, records: int) -> Finding:
    most = threshold("device_day_most").good
    days = rows.select(nw.col(device).alias("_device"), day.alias("_day")).filter(~nw.col("_day").is_null())
    sizes = days.group_by("_device", "_day").agg(_n=nw.len())
    over = nw.col("_n") > most
    found = aggregate(sizes, days=_total(over, nw.lit(1)), records=_total(over, nw.col("_n")), most=nw.col("_n").max())
    made = int(found["records"] or 0)
    return judged(
        "E8",
        "device_day",
        share(made, records),
        f"On {number(found['days'] or 0)} days a device made more than {most:g} records, {number(made)} in all; the "
        f"most on one day was {number(found['most'] or 0)}.",
        limit="device_day",
        count=made,
        evidence={"most_on_a_day": int(found["most"] or 0), "records": records, "limit": most},
        harshest=State.WARN,
        fix="Look at these days together with those who collected.",
    )
