"""Row types: what the text in the column ``type`` asks for.

``select_one LIST or_other``, ``select all that apply from LIST or specify other``, ``begin repeat``, ``integer``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from countersign.catalogue import Entry, load

_GROUPS: Mapping[str, str] = {
    "group": "group",
    "repeat": "repeat",
    "lgroup": "repeat",
    "looped group": "repeat",
    "loop": "loop",
    "score": "score",
    "rank": "rank",
    "kobomatrix": "matrix",
}
_BOUND = re.compile(r"(?P<side>begin|end)[\s_]+(?P<what>looped group|[a-z]+)(?:\s+over\s+(?P<list>\S+))?", re.I)
_OTHER = re.compile(r"\s+(or[\s_]other|or specify other)$", re.I)


@dataclass(frozen=True)
class RowType:
    """A row's type, taken apart.

    Parameters
    ----------
    base: id in ``form_types``; ``set title``, ``set id`` for settings among the rows; empty for groups.
    side: ``begin`` or ``end`` of a group; group: ``group``, ``repeat``, ``loop`` ... where it begins or ends one.
    list_name: list of answers or file. other: whether the form adds 'other'.
    """

    base: str
    side: str = ""
    group: str = ""
    list_name: str = ""
    other: bool = False
    entry: Entry | None = None


@cache
def _types() -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in load("form_types"):
        for name in (entry.id, *entry.get("names", ())):
            found[name] = entry
    return found


@cache
def _selects() -> tuple[str, ...]:
    """Names of types that carry a list, longest first, so that ``select one from`` is not ``select one``."""
    names = [name for name, entry in _types().items() if entry.get("select") or entry.get("list")]
    return tuple(sorted(names, key=len, reverse=True))


def known_types() -> tuple[str, ...]:
    """Return every name of a type, for hints."""
    return (*_types(), "begin_group", "end_group", "begin_repeat", "end_repeat")


def row_type(text: str) -> RowType | None:
    """Return what a type asks for, or None if nobody knows it."""
    text = " ".join(text.split())
    if match := _BOUND.fullmatch(text):
        what = match["what"].casefold()
        if what in _GROUPS:
            return RowType("", match["side"].casefold(), _GROUPS[what], match["list"] or "")
        return None
    lowered = text.casefold()
    if lowered in ("set form title", "set form id"):
        return RowType(lowered.replace(" form", ""))
    other = _OTHER.search(text)
    if other:
        text, lowered = text[: other.start()], lowered[: other.start()]
    for name in _selects():
        if lowered == name or lowered.startswith(name + " "):
            return RowType(
                _types()[name].id, list_name=text[len(name) :].strip(), other=bool(other), entry=_types()[name]
            )
    entry = _types().get(lowered)
    return RowType(entry.id, entry=entry) if entry is not None and not other else None
