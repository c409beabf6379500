"""The limits that a study sets otherwise than the catalogue, as every output shows them: which, who, when, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.catalogue import load, uses
from countersign.catalogue.loading import threshold  # as they are without the change
from countersign.catalogue.loading import uses as default_uses
from countersign.model.held_against import LimitChange
from countersign.publishing.digits import number
from countersign.publishing.labels import plain
from countersign.publishing.language import Words
from countersign.publishing.reference import criterion_title, use_title


@dataclass(frozen=True)
class Changed:
    """One changed limit as text: its id and name, what it was and is, who changed it, when and why."""

    key: str
    name: str
    before: str
    now: str
    by: str
    date: str
    why: str


def criterion_of(change: LimitChange) -> str:
    """Return the criterion that a changed limit serves, or an empty text where the catalogue names none."""
    use, _, criterion = change.limit.partition(".")
    if use in uses():
        return criterion
    listing = load("thresholds")
    return threshold(change.limit).criterion if change.limit in listing else ""


def changed(limits: Sequence[LimitChange], words: Words) -> tuple[Changed, ...]:
    """Return every changed limit as text, in the order of the study file."""
    return tuple(_changed(change, words) for change in limits)


def _changed(change: LimitChange, words: Words) -> Changed:
    use, _, criterion = change.limit.partition(".")
    good: float | None = None
    warn: float | None = None
    unit = ""
    if use in uses():
        name = f"{use_title(use, words)}: {criterion_title(criterion, words)}"
        good = next((must.limit for must in default_uses()[use].musts if must.criterion == criterion), None)
    elif change.limit in load("thresholds"):
        own = threshold(change.limit)
        name, good, warn, unit = words.gettext(own.title), own.good, own.warn, own.unit
    else:
        name = plain(change.limit)
    new = good if change.good is None else change.good, warn if change.warn is None else change.warn
    return Changed(
        change.limit, name, _said(good, warn, unit, words), _said(*new, unit, words), change.by, change.date, change.why
    )


def _said(good: float | None, warn: float | None, unit: str, words: Words) -> str:
    parts = []
    if good is not None:
        parts.append(words.gettext("good {limit}").format(limit=_number(good, words)))
    if warn is not None:
        parts.append(words.gettext("warning {limit}").format(limit=_number(warn, words)))
    text = ", ".join(parts)
    return f"{text} ({unit})" if unit and text else text


def _number(value: float, words: Words) -> str:
    text = f"{value:.6g}"
    places = len(text.partition(".")[2]) if "e" not in text else 6
    return number(value, places, words)
