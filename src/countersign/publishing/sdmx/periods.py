"""Times of a study -> time periods of SDMX, in the frequency of the data.

A figure over several periods stands at the middle one, and an attribute says which: the concept TIME_DETAIL of
IAEG-SDGs:SDG(1.4) asks for that (2001-2003 stands at 2002). A structure without such an attribute gets the range
itself, as SDMX writes it: start and duration.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_YEAR = re.compile(r"\d{4}")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
_HALF = re.compile(r"(\d{4})-?[SH]([12])", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTHS = {"A": 12, "S": 6, "Q": 3, "M": 1}


class Period(NamedTuple):
    """A time period: as SDMX writes it; and what it covers where that is more than one period, else empty."""

    text: str
    detail: str = ""


def days(text: str) -> tuple[date, date] | None:
    """Return first and last day of a year, half-year, quarter, month, day or ``start/end``; None if it is none."""
    if "/" in text:
        ends = [days(part.strip()) for part in text.split("/")]
        if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0][0] > ends[1][1]:
            return None
        return ends[0][0], ends[1][1]
    try:
        if found := _DAY.fullmatch(text):
            day = date(*map(int, found.groups()))
            return day, day
        for pattern, length in ((_MONTH, 1), (_QUARTER, 3), (_HALF, 6)):
            if found := pattern.fullmatch(text):
                return _months(int(found[1]), (int(found[2]) - 1) * length + 1, length)
        return _months(int(text), 1, 12) if _YEAR.fullmatch(text) else None
    except ValueError:
        return None


def period_of(text: str, *, frequency: str, detailed: bool) -> Period | None:
    """Return the time period of a figure, or None where the text is no time.

    Parameters
    ----------
    frequency: code of CL_FREQ: A, S, Q, M; other frequencies write the day. detailed: the structure has an attribute
    for what a period covers.
    """
    covered = days(text.strip())
    if covered is None:
        return None
    start, end = covered
    first, last = _name(start, frequency), _name(end, frequency)
    if first == last:
        # A survey of some weeks stands at its year, and says which weeks.
        return Period(first, "" if days(first) == covered or not detailed else text.strip())
    if not detailed:
        return Period(f"{start.isoformat()}/P{_duration(start, end)}")
    return Period(_name(start + (end - start) // 2, frequency), text.strip())


def _months(year: int, month: int, length: int) -> tuple[date, date]:
    start = date(year, month, 1)
    after = date(year + (month + length - 1) // 12, (month + length - 1) % 12 + 1, 1)
    return start, after - timedelta(days=1)


def _name(day: date, frequency: str) -> str:
    part = (day.month - 1) // _MONTHS.get(frequency, 1) + 1
    match frequency:
        case "A":
            return f"{day.year:04}"
        case "S":
            return f"{day.year:04}-S{part}"
        case "Q":
            return f"{day.year:04}-Q{part}"
        case "M":
            return f"{day.year:04}-{day.month:02}"
    return day.isoformat()


def _duration(start: date, end: date) -> str:
    """Whole years if it is that, else months, else days (ISO 8601)."""
    after = end + timedelta(days=1)
    if start.day == after.day == 1:
        months = (after.year - start.year) * 12 + after.month - start.month
        return f"{months // 12}Y" if months % 12 == 0 else f"{months}M"
    return f"{(after - start).days}D"
