"""Calendar: when figures were announced, which vintage they are, and what was corrected."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Correction:
    """Something that was wrong in a release that is out, and is right now.

    Parameters
    ----------
    date: ISO 8601. what: which figures, in words. why: the reason. figures: ids; empty = all.
    """

    date: str
    what: str
    why: str
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """The place of a release in time.

    Parameters
    ----------
    announced: the day on which publication was promised. vintage: name of this release, such as ``2026-12``; empty =
    the day on which it was made. revises: the vintage that it replaces. note: why figures were revised, for readers.
    corrections: of releases that are out. address: where the releases stand on the web; a figure's stable address is
    ``<address>/<vintage>/figures/<figure_id>``.
    """

    announced: str = ""
    vintage: str = ""
    revises: str = ""
    note: str = ""
    corrections: tuple[Correction, ...] = ()
    address: str = ""
