"""A place in a study <-> its key in a cell: ``initiative.organiser.name``, ``title::fr``, ``tables[2].file``."""

from __future__ import annotations

import re

from countersign.errors import StudyError
from countersign.study.document import Place
from countersign.study.yaml_text import SPREADSHEET, quoted

_PART = re.compile(
    r'::([A-Za-z][A-Za-z0-9-]*)|\[([0-9]+)\]|(?:^|\.)("(?:[^"\\]|\\.)*"|[^."\[\]:][^."\[\]]*?(?=::|\.|\[|$))'
)
_BARE = re.compile(r"[^\W][\w /()<>=*+-]*")
LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,20}")


def key_of(place: Place, *, language: str = "") -> str:
    """Return the key of a place; parts with signs of their own stand in double quotes."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            bare = _BARE.fullmatch(part) and part == part.strip() and not SPREADSHEET.search(part)
            text += ("." if text else "") + (part if bare else quoted(part))
    return f"{text}::{language}" if language else text


def place_of(key: str, *, where: str) -> Place:
    """Return the place that a key names.

    Raises
    ------
    StudyError: it is no key.
    """
    from countersign.study.sheets.cells import unquoted

    place: list[str | int] = []
    at = 0
    key = key.strip()
    while at < len(key):
        found = _PART.match(key, at)
        if not found or found.end() == at or (found.group(2) == "0"):
            break
        language, number, name = found.groups()
        if language:
            place.append(language)
        elif number:
            place.append(int(number) - 1)
        else:
            place.append((unquoted(name) or "") if name.startswith('"') else name.strip())
        at = found.end()
    if at < len(key) or not place or isinstance(place[0], int):
        raise StudyError(
            f"'{key}' is not a key.",
            where=where,
            expected="names separated by dots, such as initiative.organiser.name, with [2] for the second of a list and"
            " ::fr for a language",
            action="correct it; a name with a dot or a bracket in it stands in double quotes",
        )
    return tuple(place)
