"""Period: the first and the last day of what ISO 8601 calls a year, a month, a day, or ``start/end``."""

from __future__ import annotations

import datetime

Day = datetime.date


def first_day(text: str) -> Day | None:
    """Return the first day of a period, or None where the text is no year, month, day or ``start/end``.

    >>> first_day("2024-02"), first_day("2023/2024")
    (datetime.date(2024, 2, 1), datetime.date(2023, 1, 1))
    """
    return _day(text.split("/")[0].strip(), last=False)


def last_day(text: str) -> Day | None:
    """Return the last day of a period; see `first_day`.

    >>> last_day("2024-02"), last_day("2023/2024")
    (datetime.date(2024, 2, 29), datetime.date(2024, 12, 31))
    """
    return _day(text.split("/")[-1].strip(), last=True)


def years_of(text: str) -> range:
    """Return the calendar years that a period touches; none where it is no period."""
    first, last = first_day(text), last_day(text)
    return range(0) if first is None or last is None else range(first.year, last.year + 1)


def _day(text: str, *, last: bool) -> Day | None:
    parts = text.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) > 3 or len(parts[0]) != 4:
        return None
    numbers = [int(part) for part in parts]
    try:
        if len(numbers) == 3:
            return Day(*numbers)
        year, month = numbers[0], numbers[1] if len(numbers) == 2 else (12 if last else 1)
        if not last:
            return Day(year, month, 1)
        return Day(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
    except ValueError:
        return None
