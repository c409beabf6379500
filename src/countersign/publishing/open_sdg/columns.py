"""Names and cells of the tables: what sdg-build reads as text must stay text, and no name may mean two things."""

from __future__ import annotations

import re
from collections.abc import Iterable

from countersign.publishing.delimited import cell

YEAR, UNITS, SERIES, GEOCODE, VALUE = "Year", "Units", "Series", "GeoCode", "Value"
STATUS, OBS_STATUS, COMMENT = "STATUS", "OBS_STATUS", "COMMENT_OBS"
LOWER, UPPER, INTERVAL = "LOWER_BOUND", "UPPER_BOUND", "INTERVAL"
PLAUSIBLE = "PLAUSIBLE"
PLAUSIBLE_LOWER, PLAUSIBLE_UPPER = "PLAUSIBLE_LOWER", "PLAUSIBLE_UPPER"
FITNESS, TIME, FIGURE = "FITNESS", "TIME_DETAIL", "FIGURE_ID"

ATTRIBUTES = (
    STATUS, OBS_STATUS, LOWER, UPPER, INTERVAL, PLAUSIBLE, PLAUSIBLE_LOWER, PLAUSIBLE_UPPER, FITNESS, COMMENT, TIME,
    FIGURE,
)  # fmt: skip
"""Columns about one figure, in their order; none of them is a breakdown."""

NOT_BREAKDOWNS = (YEAR, UNITS, SERIES, VALUE, GEOCODE, *ATTRIBUTES)
COMPOSITE = "COMPOSITE_BREAKDOWN"  # sdg-build leaves this name untranslated

# What pandas takes for a missing cell, of all versions that sdg-build runs with.
TAKEN_AS_MISSING = frozenset(
    ("#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>", "n/a", "na", "null", "nan",
     "none")
)  # fmt: skip


def column(name: str) -> str:
    """Return the column of a variable: letters, digits, ``_`` and ``-``; ``by_year`` where the name is taken."""
    made = re.sub(r"[^\w-]+", "_", name).strip("_") or "breakdown"
    taken = {one.casefold() for one in (*NOT_BREAKDOWNS, COMPOSITE)}
    return f"by_{made}" if made.casefold() in taken else made


def columns(names: Iterable[str]) -> dict[str, str]:
    """Return variable -> column, every column once, also where letters differ in case alone."""
    found: dict[str, str] = {}
    for name in names:
        made, number = column(name), 1
        while made.casefold() in {one.casefold() for one in found.values()}:
            number += 1
            made = f"{column(name)}_{number}"
        found[name] = made
    return found


def category(text: str, *, label: str) -> str:
    """Return a category as a cell: without blanks at its ends, and never a number or a word for a missing value.

    A column of numbers with blanks is read as fractions (1 becomes ``1.0``), and NA, the code of a country, as nothing:
    such a category is written with the label of its variable before it, ``Age: 1``.
    """
    plain = harmless(" ".join(text.split())) or "-"
    if plain.casefold() in TAKEN_AS_MISSING or _numeric(plain) or plain == "-":
        plain = f"{label}: {plain}"
    return cell(plain)


def harmless(text: str) -> str:
    """Return a text in which nothing begins a tag: the site puts categories and labels into its pages as they are."""
    return re.sub(r"<(?=[A-Za-z/!?])", "\u2039", text)


def is_plain(text: str) -> bool:
    """Return whether a text stays as it is in a table that is read as sdg-build reads it."""
    return text == " ".join(text.split()) and text.casefold() not in TAKEN_AS_MISSING and not _numeric(text)


def _numeric(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
