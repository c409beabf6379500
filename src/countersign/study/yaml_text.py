"""Plain values -> YAML text that reads back as the same values: one way of writing, whoever wrote them first.

Texts that other programs could take for something else (``no``, ``1``, ``2025``, signs of YAML) stand in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from countersign.study.document import Place, scalar

WIDTH = 110
_PLAIN = re.compile(
    r"[^\W\d_][^\n]*|[0-9]{4}-[0-9]{2}(-[0-9]{2})?|[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_IN_FLOW = re.compile(r"[^\W\d_][\w ./()<>=*+'-]*|[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# Spreadsheets read _x0041_ as the letter A.
SPREADSHEET = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """Return a text in double quotes, with everything invisible written out."""
    inner = "".join(_SHORT.get(sign) or (sign if _visible(sign) else _escaped(sign)) for sign in text)
    return '"' + SPREADSHEET.sub(r"\\x5f\1", inner) + '"'


def _visible(sign: str) -> bool:
    return sign.isprintable() and sign not in "\ufeff\ufffe\uffff"


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def in_line(value: Any) -> str:
    """Return a value on one line, as it stands inside brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_text(key)}: {in_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(in_line(item) for item in value) + "]"
    return _scalar_text(value, _IN_FLOW)


def key_text(key: str) -> str:
    """Return a key, in quotes where it would be taken for something else."""
    return _scalar_text(key, _IN_FLOW)


def _scalar_text(value: Any, plain: re.Pattern[str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    safe = (
        plain.fullmatch(text)
        and text.isprintable()
        and text.casefold() not in _WORDS
        and isinstance(scalar(text), str)
        and ": " not in text
        and " #" not in text
        and not text.endswith((":", " "))
        and "\ufeff" not in text
        and not SPREADSHEET.search(text)
    )
    return text if safe else quoted(text)


def yaml_text(values: Mapping[str, Any], *, remarks: Mapping[Place, str] | None = None) -> str:
    """Return a study as YAML, key by key in the order of `values`, with a blank line between its sections.

    Parameters
    ----------
    remarks: place -> what a person wrote beside it; it stands above the key as a comment. ``()`` is the head of the
        file.
    """
    remarks = remarks or {}
    lines: list[str] = [*_remark(remarks.get(()), 0)]
    before = 0
    for key, value in values.items():
        own = [*_remark(remarks.get((key,)), 0), *_entry(key_text(key), value, (key,), 0, remarks)]
        if before and (len(own) > 1 or before > 1):
            lines.append("")
        before = len(own)
        lines += own
    return "\n".join(lines) + "\n"


def _remark(text: str | None, depth: int) -> list[str]:
    if not text:
        return []
    return [f"{'  ' * depth}# {''.join(sign if _visible(sign) else ' ' for sign in line)}".rstrip()
            for line in re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)]  # fmt: skip


def _entry(head: str, value: Any, place: Place, depth: int, remarks: Mapping[Place, str]) -> list[str]:
    """The lines of ``head: value``."""
    pad = "  " * depth
    if isinstance(value, Mapping) and value:
        short = f"{pad}{head}: {in_line(value)}"
        if depth and len(short) <= WIDTH and _flat(value) and not _inside(place, remarks):
            return [short]
        lines = [f"{pad}{head}:"]
        for key, item in value.items():
            lines += _remark(remarks.get((*place, key)), depth + 1)
            lines += _entry(key_text(key), item, (*place, key), depth + 1, remarks)
        return lines
    if isinstance(value, list) and value:
        short = f"{pad}{head}: {in_line(value)}"
        if len(short) <= WIDTH and not any(isinstance(item, Mapping) for item in value) and not _inside(place, remarks):
            return [short]
        lines = [f"{pad}{head}:"]
        for number, item in enumerate(value):
            lines += _remark(remarks.get((*place, number)), depth + 1)
            lines += _item(item, (*place, number), depth + 1, remarks)
        return lines
    if isinstance(value, str) and (block := _block(value, depth + 1)):
        return [f"{pad}{head}: {block[0]}", *block[1:]]
    return [f"{pad}{head}: {in_line(value) if isinstance(value, Mapping | list) else _scalar_text(value, _PLAIN)}"]


def _item(item: Any, place: Place, depth: int, remarks: Mapping[Place, str]) -> list[str]:
    """The lines of one entry of a list."""
    pad = "  " * depth
    short = f"{pad}- {in_line(item)}"
    if not isinstance(item, Mapping) or not item or (len(short) <= WIDTH and not _inside(place, remarks)):
        return [short]
    lines: list[str] = []
    for key, value in item.items():
        lines += _remark(remarks.get((*place, key)), depth + 1)
        lines += _entry(key_text(key), value, (*place, key), depth + 1, remarks)
    first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#"))
    lines[first] = f"{pad}- {lines[first][len(pad) + 2 :]}"
    # A comment may not stand between the dash and its first key.
    return [*(line[2:] for line in lines[:first]), *lines[first:]]


def _inside(place: Place, remarks: Mapping[Place, str]) -> bool:
    return any(len(one) > len(place) and one[: len(place)] == place for one in remarks)


def _flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(item, Mapping) for item in value.values())


def _block(text: str, depth: int) -> list[str]:
    """A text of several lines, each on its own line; nothing where its spaces would not survive."""
    lines = text.split("\n")
    ends = lines[-1] == ""
    kept = lines[:-1] if ends else lines
    if len(kept) < 2 or not all(line.strip() and line == line.strip() and line.isprintable() for line in kept):
        return []
    if "\ufeff" in text:
        return []
    return ["|" if ends else "|-", *("  " * depth + line for line in kept)]
