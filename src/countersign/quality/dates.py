"""Dates (E11): periods observed between the first and the last record, their balance, and impossible dates."""

from __future__ import annotations

import datetime

import narwhals as nw

from countersign.model.finding import Finding
from countersign.quality.context import KEPT, Asking, Context, gone, in_file_and_kept, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import groups

WEEKEND = (6, 7)


def periods(context: Context) -> Asking:
    """Share of months (and years) with records between the first and the last, balance of quarters and weekdays."""
    name = context.role("time")
    if not name or not _is_date(context, name):
        why = "The study does not say which column holds the date."
        if name:
            why = f"'{name}' is not a date, so periods cannot be judged."
        fix = "Add 'roles: time:' and declare the column as a date with its format."
        return [not_assessed("E11", "periods_observed", why, fix=fix)] if context.is_main else []
    day = nw.col(name)
    where = KEPT & ~day.is_null()
    counts = (yield {"days": groups({"_day": day.cast(nw.Date)}, where=where, n=nw.len())})["days"]
    # Engines number the days of the week differently; the calendar is the same in all.
    cells = [
        (one.year, one.month, one.isoweekday(), int(n))
        for one, n in zip(counts["_day"].tolist(), counts["n"].tolist(), strict=True)
    ]
    if not cells:
        return [not_assessed("E11", "periods_observed", f"No record has a date in '{name}'.")]
    return _judged(cells)


def _judged(cells: list[tuple[int, int, int, int]]) -> list[Finding]:
    months: dict[int, int] = {}
    quarters = dict.fromkeys((1, 2, 3, 4), 0)
    weekend = records = 0
    for year, month, weekday, n in cells:
        months[year * 12 + month - 1] = months.get(year * 12 + month - 1, 0) + n
        quarters[(month + 2) // 3] += n
        weekend += n if weekday in WEEKEND else 0
        records += n
    first, last = min(months), max(months)
    span = last - first + 1
    years = sorted({place // 12 for place in months})
    gaps = [str(year) for year in range(years[0], years[-1] + 1) if year not in years]
    observed = len(months) / span
    busiest = max(quarters, key=lambda quarter: quarters[quarter])
    by_year: dict[str, int] = {}
    for place, n in months.items():
        by_year[str(place // 12)] = by_year.get(str(place // 12), 0) + n
    message = (
        f"Records from {_month(first)} to {_month(last)}; {len(months)} of {span} months have at least one "
        f"({percent(observed)})."
    )
    if gaps:
        message += f" Nothing from {listed(gaps)}."
    findings = [
        judged(
            "E11",
            "periods_observed",
            observed,
            message,
            limit="periods_observed",
            count=span - len(months),
            evidence={
                "first": _month(first),
                "last": _month(last),
                "months": span,
                "observed": len(months),
                "years": dict(sorted(by_year.items())),
                "years_without": gaps,
            },
        )
    ]
    if span >= 12:
        part = quarters[busiest] / records
        findings.append(
            judged(
                "E11",
                "season_balance",
                part,
                f"{percent(part)} of the records are from quarter {busiest} of the year (evenly spread: 25 %).",
                limit="season_share",
                count=quarters[busiest],
                evidence={"quarters": {str(quarter): n for quarter, n in quarters.items()}},
                fix="Collect in the other seasons as well, or state that the figure is about this season.",
            )
        )
    part = weekend / records
    findings.append(
        judged(
            "E11",
            "weekday_balance",
            part,
            f"{percent(part)} of the records are from a Saturday or Sunday (evenly spread: 29 %).",
            limit="weekday_share",
            count=weekend,
            evidence={"weekend": weekend, "records": records},
            fix="Collect on working days as well, if what is observed differs between days.",
        )
    )
    return findings


def impossible_dates(context: Context) -> Asking:
    """Dates in the future, and dates outside the period the study states."""
    name = context.role("time")
    if not name or not _is_date(context, name):
        return []
    day = nw.col(name).cast(nw.Date)
    start, end = _bounds(context.plan.population.start, context.plan.population.end)
    questions = in_file_and_kept("future", day > nw.lit(context.today, dtype=nw.Date))
    questions |= {"dated": nw.col(name).count()}
    nobody = nw.lit(False)
    early = nobody if start is None else day < nw.lit(start, dtype=nw.Date)
    late = nobody if end is None else day > nw.lit(end, dtype=nw.Date)
    questions |= in_file_and_kept("early", early) | in_file_and_kept("late", late)
    found = yield questions
    dated = found["dated"]
    findings = [
        judged(
            "E11",
            "impossible_dates",
            share(found["future kept"], dated),
            f"{number(found['future'])} records are dated in the future." + gone(found["future"], found["future kept"])
            if found["future"]
            else "No record is dated in the future.",
            limit="impossible_dates",
            count=found["future"],
            evidence={"kept": found["future kept"], "dated": dated},
            fix="Correct the dates, or set these records aside with a gate.",
        )
    ]
    if start is not None or end is not None:
        in_file = found["early"] + found["late"]
        kept = found["early kept"] + found["late kept"]
        message = f"No record is dated outside the stated period ({context.plan.population.time})."
        if in_file:
            message = (
                f"{number(found['early'])} records are dated before and {number(found['late'])} after the stated "
                f"period ({context.plan.population.time})." + gone(in_file, kept)
            )
        findings.append(
            judged(
                "E11",
                "outside_period",
                share(kept, dated),
                message,
                limit="impossible_dates",
                count=in_file,
                evidence={"before": found["early"], "after": found["late"], "kept": kept},
                fix="Widen the stated period, or keep only records from within it with a gate.",
            )
        )
    return findings


def _bounds(start: str, end: str) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and last day of a period written as years, months or days."""
    return _day(start, last=False), _day(end or start, last=True)


def _day(text: str, *, last: bool) -> datetime.date | None:
    parts = text.strip().split("-")
    if not all(part.isdigit() for part in parts) or not 1 <= len(parts) <= 3:
        return None
    numbers = [int(part) for part in parts]
    try:
        if len(numbers) == 3:
            return datetime.date(*numbers)
        year, month = numbers[0], numbers[1] if len(numbers) == 2 else (12 if last else 1)
        if not last:
            return datetime.date(year, month, 1)
        following = datetime.date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return following - datetime.timedelta(days=1)


def _month(place: int) -> str:
    return f"{place // 12}-{place % 12 + 1:02d}"


def _is_date(context: Context, name: str) -> bool:
    return isinstance(context.schema[name], nw.Date | nw.Datetime)
