"""Pooling: neighbouring periods put together, so that a small group has enough people in one figure."""

from __future__ import annotations

from collections.abc import Iterable

from countersign.errors import ProtectionError


def pooled(periods: Iterable[str], size: int) -> dict[str, str]:
    """Return period -> the longer period it becomes part of, such as ``2023`` -> ``2022-2023``.

    Periods are put together from the newest backwards, so that the newest figures are complete; the oldest that are
    left over stay as they are.

    Parameters
    ----------
    periods: as the data write them; they sort in time as text, like ISO 8601. size: how many become one, 2 or more.

    Raises
    ------
    ProtectionError: `size` is below 2.
    """
    if size < 2:
        raise ProtectionError(
            "Fewer than two periods cannot be put together.",
            where="protection.pool.periods",
            expected="a whole number from 2 on",
            action="correct the number, or take 'pool' out",
        )
    newest_first = sorted(set(periods), reverse=True)
    found: dict[str, str] = {}
    for start in range(0, len(newest_first) - size + 1, size):
        own = newest_first[start : start + size]
        found |= dict.fromkeys(own, f"{own[-1]}-{own[0]}")
    return found
