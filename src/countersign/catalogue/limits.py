"""Limits as a study sets them: the catalogue's own, with the changes of the study in force while it is at work.

A change says who made it, when and why; it travels with every limit that is applied (`Threshold.record`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from countersign.catalogue.entries import Listing, Threshold, Use
from countersign.catalogue.loading import load
from countersign.catalogue.loading import threshold as _default
from countersign.catalogue.loading import uses as _ladder
from countersign.catalogue.parts import Must
from countersign.errors import CatalogueError, nearest
from countersign.model.held_against import LimitChange

_CHANGED: ContextVar[Mapping[str, LimitChange]] = ContextVar("limits", default={})  # noqa: B039 - never changed in place

# Unit of a limit -> smallest and largest value it can take; units that are not named here are counts or amounts.
RANGES: Mapping[str, tuple[float, float]] = {
    "share": (0.0, 1.0),
    "share of the median": (0.0, 1.0),
    "share of the mean": (0.0, 1.0),
    "probability": (0.0, 1.0),
    "p-value": (0.0, 1.0),
    "correlation": (-1.0, 1.0),
    "coefficient": (-1.0, 1.0),
    "rung": (1.0, 5.0),
    "percentage points": (0.0, 100.0),
}
ANY = (0.0, float("inf"))


@contextmanager
def changed_limits(changes: Sequence[LimitChange]) -> Iterator[None]:
    """Let the limits of a study stand in for those of the catalogue inside the block."""
    token = _CHANGED.set({change.limit: change for change in changes})
    try:
        yield
    finally:
        _CHANGED.reset(token)


def threshold(key: str) -> Threshold:
    """Return the limits of one measure, as the study at work sets them; CatalogueError names the nearest known one."""
    own, change = _default(key), _CHANGED.get().get(key)
    return own if change is None else _changed(own, change)


def uses() -> Listing[Use]:
    """Return the use ladder U0 .. U6, lowest first, with the limits that the study at work sets."""
    ladder = _ladder()
    changes = {name: one for name, one in _CHANGED.get().items() if name.partition(".")[0] in ladder.entries}
    if not changes:
        return ladder
    entries = {use.id: replace(use, musts=tuple(_must(use.id, must, changes) for must in use.musts)) for use in ladder}
    return replace(ladder, entries=entries)


def check_change(change: LimitChange, *, where: str) -> None:
    """Refuse a change that names no limit, leaves the range of its unit, or makes *warn* better than *good*.

    Raises
    ------
    CatalogueError: names the nearest limit, or the range.
    """
    names = (*load("thresholds").entries, *_of_ladder())
    if change.limit not in names:
        raise CatalogueError(
            f"There is no limit '{change.limit}'. {nearest(change.limit, names)}".rstrip(),
            where=where,
            expected="a limit of docs/thresholds.md, or one of the use ladder such as U5.E3",
            action="correct the name",
        )
    if change.limit in _of_ladder():
        use, _, criterion = change.limit.partition(".")
        must = next(one for one in _ladder()[use].musts if one.criterion == criterion)
        if change.good is None or change.warn is not None:
            raise CatalogueError(
                f"'{change.limit}' is a limit of the use ladder: it has one value.",
                where=where,
                expected="'good' alone",
                action="leave 'warn' out",
            )
        # The measure of a must is held against a limit of the same unit; shares and coefficients stay within 0 and 1.
        low, high = (
            (0.0, 1.0) if must.limit is not None and must.limit < 1 else RANGES.get(_UNITS.get(criterion, ""), ANY)
        )
        _within(change.good, low, high, where=where)
        return
    limit = _changed(_default(change.limit), change)
    low, high = RANGES.get(limit.unit, ANY)
    for value in (change.good, change.warn):
        if value is not None:
            _within(value, low, high, where=where)
    if limit.warn is not None and not limit.keeps(limit.good, limit.warn):
        raise CatalogueError(
            f"'{change.limit}' would warn from {limit.warn:g}, but pass only from {limit.good:g}.",
            where=where,
            expected=f"'good' {'at most' if limit.better == 'lower' else 'at least'} 'warn'",
            action="exchange the two, or change both",
        )


_UNITS = {"B1": "rung", "E3": "percentage points"}


def _within(value: float, low: float, high: float, *, where: str) -> None:
    if low <= value <= high and value == value:
        return
    span = f"from {low:g} to {high:g}" if high < float("inf") else f"{low:g} or more"
    raise CatalogueError(
        f"The limit {value:g} is out of range.",
        where=where,
        expected=f"a number {span}",
        action="shares are written as parts of 1, such as 0.05 for 5 %",
    )


def _of_ladder() -> tuple[str, ...]:
    return tuple(f"{use.id}.{must.criterion}" for use in _ladder() for must in use.musts if must.limit is not None)


def _changed(own: Threshold, change: LimitChange) -> Threshold:
    before: dict[str, Any] = {"good": own.good, "warn": own.warn, "source": own.source}
    return replace(
        own,
        good=own.good if change.good is None else change.good,
        warn=own.warn if change.warn is None else change.warn,
        source=f"Changed by this study: {change.why}",
        author=change.by,
        date=change.date,
        facts={**own.facts, "instead_of": before},
    )


def _must(use: str, must: Must, changes: Mapping[str, LimitChange]) -> Must:
    change = changes.get(f"{use}.{must.criterion}")
    if change is None or change.good is None:
        return must
    words = f"{must.words} (this study: {change.good:g} instead of {must.limit:g}; {change.by}, {change.date})"
    return replace(must, limit=change.good, words=words)
