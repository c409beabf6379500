"""Age labels of published tables: what span of years a label means, and which labels are sums of others.

Tables mix single years, groups and totals in one column, spell groups in many ways, and misprint them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from countersign.intake.words import fold, known

OPEN = 10_000  # upper end of an open group such as 100+
_DASH = r"\s*(?:-+|\u2010|\u2011|\u2012|\u2013|\u2014|\bto\b|/|\ba\b|\u00e0)\s*"
_UNIT = r"\s*(?:years?|yrs?|ans|anos|a\u00f1os)?\s*(?:old)?"
_OVER = r"(?:\+|-|(?:and|&)\s*(?:over|above|more|older)|or\s+(?:over|more|older)|et plus|y m\u00e1s)"


@dataclass(frozen=True, order=True)
class Span:
    """Ages `low` to `high`, both included; `high` is `OPEN` for "and over"."""

    low: int
    high: int

    @property
    def label(self) -> str:
        """``30``, ``30-34``, ``100+``."""
        if self.high == OPEN:
            return f"{self.low}+"
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.low <= other.low and other.high <= self.high


@dataclass(frozen=True)
class AgeCheck:
    """One label that is a sum of others, and whether it is.

    Parameters
    ----------
    label: as printed; span: what it says. agrees: its numbers are the sums of its parts. really: the span whose sum it
        holds instead, if there is exactly one (a misprinted label). difference: largest difference over the columns.
    """

    label: str
    span: Span
    agrees: bool
    really: Span | None = None
    difference: float = 0.0


def parse_age(label: str) -> Span | str | None:
    """Return the span of a label, ``"total"``, ``"not stated"``, or None if it is no age label.

    >>> parse_age("5 -- 9"), parse_age("100+"), parse_age("Not Stated")
    (Span(low=5, high=9), Span(low=100, high=10000), 'not stated')
    """
    text = " ".join(label.casefold().split())
    folded = fold(text)
    if folded in known("total"):
        return "total"
    if folded in known("not_stated") or folded.replace(" ", "") == "notstated":
        return "not stated"
    if match := re.fullmatch(rf"(?:age\s*)?(\d{{1,3}})(?:\.0+)?{_UNIT}", text):
        return Span(int(match[1]), int(match[1]))
    if match := re.fullmatch(rf"(?:aged?\s*)?(\d{{1,3}}){_DASH}(\d{{1,3}}){_UNIT}", text):
        low, high = int(match[1]), int(match[2])
        return Span(low, high) if low <= high else None
    if match := re.fullmatch(rf"(?:aged?\s*)?(\d{{1,3}}){_UNIT}\s*{_OVER}", text):
        return Span(int(match[1]), OPEN)
    if match := re.fullmatch(rf"(?:under|below|less than|<)\s*(\d{{1,3}}){_UNIT}", text):
        return Span(0, int(match[1]) - 1) if int(match[1]) else None
    return None


def split_ages(
    rows: Mapping[str, Sequence[float]], spans: Mapping[str, Span]
) -> tuple[dict[str, Span], list[AgeCheck], list[str]]:
    """Split age labels into details and sums of details, and check the sums.

    Parameters
    ----------
    rows: label -> numbers of its row. spans: label -> span.

    Returns
    -------
    The details (label -> span, none overlapping another), a check of every other label, and notes about overlaps.
    """
    details: dict[str, Span] = {}
    sums: dict[str, Span] = {}
    notes: list[str] = []
    for label, span in sorted(spans.items(), key=lambda item: (_width(item[1]), item[1])):
        inside = [other for other in details.values() if span.covers(other)]
        if not inside:
            details[label] = span
        elif _covered(span, inside):
            sums[label] = span
        elif gap := _gap(span, inside):
            details[label] = gap
            notes.append(f"'{label}' stands beside groups inside it; it is taken as {gap.label}")
        else:
            sums[label] = span
            notes.append(f"'{label}' stands beside some of its single years only; it is left out")
    ordered = sorted(details.items(), key=lambda item: item[1])
    for (_, before), (label, span) in pairwise(ordered):
        if span.low <= before.high < span.high:
            details[label] = Span(before.high + 1, span.high)
            notes.append(f"'{label}' overlaps {before.label}; it is taken as {details[label].label}")
    return details, [_check(label, span, rows, details) for label, span in sums.items()], notes


def _width(span: Span) -> int:
    return span.high - span.low


def _covered(span: Span, inside: Sequence[Span]) -> bool:
    at = span.low
    for other in sorted(inside):
        if other.low != at:
            return False
        at = other.high + 1
    return at == span.high + 1


def _gap(span: Span, inside: Sequence[Span]) -> Span | None:
    """The one run of years inside `span` that no other label covers, if single years are not what is there."""
    if all(_width(other) == 0 for other in inside):
        return None
    free: list[Span] = []
    at = span.low
    for other in sorted(inside):
        if other.low > at:
            free.append(Span(at, other.low - 1))
        at = max(at, other.high + 1)
    if at <= span.high:
        free.append(Span(at, span.high))
    return free[0] if len(free) == 1 else None


def _check(label: str, span: Span, rows: Mapping[str, Sequence[float]], details: Mapping[str, Span]) -> AgeCheck:
    parts = sorted(details.items(), key=lambda item: item[1])
    own = list(rows[label])
    expected = [sum(rows[part][place] for part, inner in parts if span.covers(inner)) for place in range(len(own))]
    difference = max((abs(a - b) for a, b in zip(own, expected, strict=True)), default=0.0)
    if difference == 0:
        return AgeCheck(label, span, True)
    found = []
    for first in range(len(parts)):
        total = [0.0] * len(own)
        for last in range(first, len(parts)):
            total = [a + b for a, b in zip(total, rows[parts[last][0]], strict=True)]
            if total == own and last > first:
                found.append(Span(parts[first][1].low, parts[last][1].high))
    return AgeCheck(label, span, False, found[0] if len(found) == 1 else None, difference)


def group_of(span: Span, width: int, top: int) -> str:
    """Return the label of the group of `width` years that a span lies in; open from `top` on.

    A span that reaches over a border keeps its own label: nothing can be split.
    """
    if span.low >= top:
        return f"{top}+"
    low = span.low // width * width
    return Span(low, low + width - 1).label if span.high <= low + width - 1 else span.label
