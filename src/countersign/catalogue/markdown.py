"""Markdown: the head of a drawn page, its tables, and the names of roles."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue.entries import Entry, Listing
from countersign.catalogue.loading import load


def head(listing: Listing[Entry]) -> list[str]:
    """Return the first lines of a page: title, where it comes from, version, status and note."""
    lines = [
        f"# {listing.title}",
        "",
        f"<!-- Drawn from catalogue/{listing.name}.yaml by countersign.catalogue.drawing; edit that file. -->",
        "",
        f"Version {listing.version}, status **{listing.status}**. Source: {listing.source}.",
    ]
    if listing.note:
        lines += ["", listing.note.strip()]
    return [*lines, ""]


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a table as lines; a bar in a cell is escaped."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def role_names(roles: tuple[str, ...]) -> str:
    """Return the titles of roles in one phrase."""
    known = load("roles")
    return ", ".join(known[role].title[:1].lower() + known[role].title[1:] for role in roles)
