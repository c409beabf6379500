"""Headers: what a column of a form holds, and in which language.

``label::Français (fr)``, ``Label : french`` and ``bind:relevant`` are all in use; older names are in the catalogue
(``form_columns``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from countersign.catalogue import load

# Parts of a header that say where the value goes in the converted form, not what it is.
_PLACES = frozenset({"bind", "control", "body", "media", "instance"})
_PREFIXES = frozenset({"jr", "countersign"})
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_NAMED = re.compile(r"(?P<name>.*?)\s*\(\s*(?P<tag>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)")


class Column(NamedTuple):
    """What a column holds (id in ``form_columns``) and the language as the form names it, ``""`` where it does not."""

    name: str
    language: str = ""


class Language(NamedTuple):
    """A language: its tag, and its name as the form writes it."""

    tag: str
    name: str


@cache
def _columns() -> Mapping[str, tuple[str, bool]]:
    found = {}
    for entry in load("form_columns"):
        for name in (entry.id, *entry.get("names", ())):
            found[name] = (entry.id, bool(entry.get("translated", False)))
    return found


@cache
def _languages() -> Mapping[str, str]:
    return {name: entry.id for entry in load("languages") for name in entry["names"]}


def folded(text: str) -> str:
    """Return a header or sheet name as it is compared: lower case, blanks and hyphens as underscores."""
    return re.sub(r"[\s\-_]+", "_", text.strip()).strip("_").casefold()


def column(header: str) -> Column | None:
    """Return what a header says, or None for a column this project does not use.

    Parts are separated by ``::``, in older forms by ``:``.
    """
    parts = [part.strip() for part in header.split("::" if "::" in header else ":")]
    while len(parts) > 1 and folded(parts[0]) in _PLACES:
        parts = parts[1:]
    if len(parts) > 1 and folded(parts[0]) in _PREFIXES:
        parts = [":".join(parts[:2]), *parts[2:]]
    known = _columns().get(folded(parts[0]))
    if known is None:
        return None
    name, translated = known
    return Column(name, "::".join(parts[1:]).strip() if translated else "")


def language(text: str) -> Language:
    """Return tag and name of a language as a form writes it: ``English (en)``, ``English``, ``en``.

    A language without a tag is looked up by its name (catalogue: ``languages``); an unknown one is its own tag, in
    lower case.
    """
    text = " ".join(text.split())
    if match := _NAMED.fullmatch(text):
        return Language(_spelled(match["tag"]), match["name"] or match["tag"])
    if tag := _languages().get(text.casefold()):
        return Language(tag, text)
    if _TAG.fullmatch(text) and len(text.split("-")[0]) <= 3:
        return Language(_spelled(text), text)
    return Language(text.casefold(), text)


def _spelled(tag: str) -> str:
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
