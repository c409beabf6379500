"""Calendar: when figures were announced, which vintage they are, what was corrected, and what was said of them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

VINTAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""What a vintage may be called: it is a folder's name and a part of addresses."""

TAKEN = frozenset({"about", "calendar", "figures", "groups", "indicators", "release", "search", "site", "vintages"})
"""Names of other things that stand beside the vintages on a site."""


@dataclass(frozen=True)
class Correction:
    """Something that was wrong in a release that is out, and is right now.

    Parameters
    ----------
    date: ISO 8601. what: which figures, in words. why: the reason. figures: ids; empty = all.
    vintage: the release that was wrong; empty = the one that this release revises.
    """

    date: str
    what: str
    why: str
    figures: tuple[str, ...] = ()
    vintage: str = ""

    def concerns(self, figure_id: str) -> bool:
        """Return whether it is about this figure."""
        return not self.figures or figure_id in self.figures


@dataclass(frozen=True)
class Comment:
    """What the organisers say when figures are misread or misused (UN Fundamental Principle 4).

    Parameters
    ----------
    date: ISO 8601. about: what was said or done with the figures, and where. comment: what is right.
    figures: ids; empty = all.
    """

    date: str
    about: str
    comment: str
    figures: tuple[str, ...] = ()

    def concerns(self, figure_id: str) -> bool:
        """Return whether it is about this figure."""
        return not self.figures or figure_id in self.figures


@dataclass(frozen=True)
class Announcement:
    """A release that is still to come: the promised day and the name it will have."""

    date: str
    vintage: str
    note: str = ""


@dataclass(frozen=True)
class EarlyAccess:
    """Who is given figures before everybody else, when and why (UN Fundamental Principle 1)."""

    who: str
    why: str
    when: str = ""


@dataclass(frozen=True)
class Calendar:
    """The place of a release in time.

    Parameters
    ----------
    announced: the day on which publication was promised. vintage: name of this release, such as ``2026-12``; empty =
    the day on which it was made. revises: the vintage that it replaces. note: why figures were revised, for readers.
    corrections: of releases that are out. address: where the releases stand on the web; a figure's stable address is
    ``<address>/<vintage>/figures/<path>``, where ``model.address.figure_path`` gives the path of a figure_id.
    coming: releases that are announced. comments: on misreadings. early_access: who gets figures before others.
    """

    announced: str = ""
    vintage: str = ""
    revises: str = ""
    note: str = ""
    corrections: tuple[Correction, ...] = ()
    address: str = ""
    coming: tuple[Announcement, ...] = ()
    comments: tuple[Comment, ...] = ()
    early_access: tuple[EarlyAccess, ...] = ()

    def named(self, made: str) -> str:
        """Return the name of the vintage of a release that was made at this time (UTC, ISO 8601)."""
        return self.vintage or made[:10]


def days_late(announced: str, made: str) -> int | None:
    """Return how many days after the promised day a release was made; negative = before; None where it cannot be told.

    A promise of a month or a year is kept until its last day.
    """
    try:
        day = datetime.date.fromisoformat(made[:10])
        if len(announced) == 10:
            promised = datetime.date.fromisoformat(announced)
            return (day - promised).days
        year, month = int(announced[:4]), int(announced[5:7] or 12)
        first = datetime.date(year, month if len(announced) > 4 else 1, 1)
        after = datetime.date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    last = after - datetime.timedelta(days=1)
    return 0 if first <= day <= last else (day - last).days if day > last else (day - first).days
