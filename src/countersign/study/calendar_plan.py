"""The key `calendar` of a study file -> Calendar: what was promised, which vintage this is, what was put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countersign.errors import StudyError
from countersign.model.calendar import (
    TAKEN,
    VINTAGE,
    Announcement,
    Calendar,
    Comment,
    Correction,
    EarlyAccess,
)
from countersign.study.document import Document
from countersign.study.process_plan import read_day

_KEY = "calendar"


def read_calendar(spec: Mapping[str, Any] | None, document: Document) -> Calendar:
    """Turn `calendar` into a noun.

    Raises
    ------
    StudyError: a day that is none; a vintage that cannot be a folder's name; a revision without a note, or of itself;
        a correction that does not say which release was wrong; an address that is none.
    """
    spec = spec or {}
    vintage = _vintage(spec.get("vintage"), document, "vintage")
    revises = _vintage(spec.get("revises"), document, "revises")
    if revises and not str(spec.get("note") or "").strip():
        raise StudyError(
            "A revision needs a note: readers must learn why figures changed.",
            where=document.where(_KEY, "revises"),
            expected=f"'note' beside 'revises: {revises}'",
            action="add calendar: note: with one or two sentences for readers, such as 'Two villages that came late "
            "are in.'",
        )
    if revises and revises.casefold() == vintage.casefold():
        raise StudyError(
            f"The release revises itself: both are called '{vintage}'.",
            where=document.where(_KEY, "revises"),
            expected="another name under 'vintage' than under 'revises'",
            action="give the new release a name of its own; the old one keeps its name",
        )
    return Calendar(
        announced=read_day(str(spec.get("announced", "")), document, _KEY, "announced"),
        vintage=vintage,
        revises=revises,
        note=str(spec.get("note") or "").strip(),
        corrections=tuple(
            _correction(one, number, document, revises=revises)
            for number, one in enumerate(spec.get("corrections") or ())
        ),
        address=_address(spec.get("address"), document),
        coming=tuple(
            Announcement(
                date=read_day(str(one["date"]), document, _KEY, "coming", number, "date"),
                vintage=_vintage(one["vintage"], document, "coming", number, "vintage"),
                note=one.get("note", ""),
            )
            for number, one in enumerate(spec.get("coming") or ())
        ),
        comments=tuple(
            Comment(
                date=read_day(str(one["date"]), document, _KEY, "comments", number, "date"),
                about=one["about"],
                comment=one["comment"],
                figures=tuple(one.get("figures") or ()),
            )
            for number, one in enumerate(spec.get("comments") or ())
        ),
        early_access=tuple(
            EarlyAccess(who=one["who"], why=one["why"], when=str(one.get("when", "")))
            for one in spec.get("early_access") or ()
        ),
    )


def _correction(one: Mapping[str, Any], number: int, document: Document, *, revises: str) -> Correction:
    vintage = _vintage(one.get("vintage"), document, "corrections", number, "vintage")
    if not vintage and not revises:
        raise StudyError(
            "The correction does not say which release was wrong.",
            where=document.where(_KEY, "corrections", number),
            expected="'vintage' of the release that was wrong, or 'revises' and 'note' for the whole release",
            action="name the vintage; a correction comes with a new vintage, so that the wrong one can still be found",
        )
    return Correction(
        date=read_day(str(one.get("date", "")), document, _KEY, "corrections", number, "date"),
        what=one["what"],
        why=one["why"],
        figures=tuple(one.get("figures") or ()),
        vintage=vintage or revises,
    )


def _vintage(value: Any, document: Document, *place: str | int) -> str:
    text = "" if value is None or value == "?" else str(value)
    if text and (not VINTAGE.fullmatch(text) or text.casefold() in TAKEN or text.endswith(".")):
        raise StudyError(
            "This cannot be the name of a vintage.",
            where=document.where(_KEY, *place),
            expected="1 to 40 letters (A-Z), digits and . _ - such as 2026-12; it becomes a folder's name and part of "
            f"addresses, so it is none of {', '.join(sorted(TAKEN))}",
            action="choose a short name, such as the month of the release",
        )
    return text


def _address(value: Any, document: Document) -> str:
    text = "" if value in (None, "?") else str(value).rstrip("/")
    if text and (not text.startswith(("https://", "http://")) or any(sign in text for sign in " \t\n\"'<>\\")):
        raise StudyError(
            "This is no address on the web.",
            where=document.where(_KEY, "address"),
            expected="an address that begins with https://",
            action="write where the site of this study will stand, such as https://example.org/water",
        )
    return text
