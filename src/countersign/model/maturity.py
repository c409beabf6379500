"""Maturity: how far an organisation says it is in each part of its work, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The keys of a filled form, and the sheet of a workbook that holds the levels.
HEAD = ("organisation", "date", "language")
PER_PART = ("part", "level", "comment")
LEVELS = "Levels"


@dataclass(frozen=True)
class SelfRating:
    """What one organisation says of itself.

    Parameters
    ----------
    levels: part -> level 1 to 4; parts nobody answered are left out. organisation, date: empty if not said.
    comments: part -> in its own words. source: file, for messages.
    """

    levels: Mapping[str, int]
    organisation: str = ""
    date: str = ""
    language: str = "en"
    comments: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class PartResult:
    """One part: its level (None = not answered), what that level is like, and the next steps from there."""

    id: str
    title: str
    question: str
    level: int | None = None
    level_title: str = ""
    says: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Maturity:
    """The result of one organisation.

    Parameters
    ----------
    parts: all parts, in order. first_steps: what to do first, (title of the part, step), the weakest part first.
    weakest: the lowest level. highest: of the scale. status: of the form's source.
    """

    rating: SelfRating
    parts: tuple[PartResult, ...]
    first_steps: tuple[tuple[str, str], ...]
    weakest: int
    highest: int = 4
    status: str = ""


@dataclass(frozen=True)
class MaturitySummary:
    """Many organisations together: counts only, no names.

    Parameters
    ----------
    organisations: how many. parts: id -> title. levels: level -> title. counts: part -> level -> organisations; the
    level 0 counts those that did not answer the part.
    """

    organisations: int
    parts: Mapping[str, str]
    levels: Mapping[int, str]
    counts: Mapping[str, Mapping[int, int]]
    status: str = ""
