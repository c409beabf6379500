"""YAML text -> Document: plain values, and the line each key stands on.

Only the simple part of YAML is read: mappings, lists, text, numbers, true/false, null. Words such as `no` stay words,
dates stay text, and a key that stands twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.errors import StudyError

Place = tuple[str | int, ...]

# Stands for a question nobody has answered yet.
OPEN = "?"

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
# A code such as 007 is not a number.
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$")


@dataclass(frozen=True)
class Document:
    """A YAML file as plain values.

    Parameters
    ----------
    file: its name, for messages. text: as read. values: dicts, lists and scalars. lines: place of a key -> line number.
    """

    file: str
    text: str
    values: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def where(self, *place: str | int) -> str:
        """Return ``study.yaml, line 12, weights.by`` for messages; the nearest known line if the key has none."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                line = self.lines[place[:length]]
                dotted = ".".join(str(part) for part in place)
                return f"{self.file}, line {line}" + (f", {dotted}" if dotted else "")
        return self.file


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    StudyError: the file is missing, empty, not UTF-8 or not YAML, or names a key twice.
    """
    name = path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(
            f"There is no file '{name}' in '{path.parent}'.",
            where=str(path),
            expected="a study folder with a study.yaml in it, or the path of such a file",
            action="make one with: countersign new FOLDER --from data.csv",
        ) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise StudyError(
            "The study file is not UTF-8 text.",
            where=f"{name}, line {line}",
            expected="text saved as UTF-8",
            action="save the file again with the encoding UTF-8",
        ) from None
    return parse_document(text, file=name)


def parse_document(text: str, *, file: str = "study.yaml") -> Document:
    """Turn YAML text into a Document; see `read_document` for errors."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise StudyError(
            f"The study file is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}.",
            where=f"{file}, line {mark.line + 1}" if mark else file,
            expected="`key: value` lines, indented with spaces; text that holds ': ' or '#' stands in quotes",
            action="compare the line with docs/study-file.md",
        ) from None
    if node is None:
        raise StudyError(
            "The study file is empty.",
            where=file,
            expected="at least: countersign, title, data, indicators",
            action="make one with: countersign new FOLDER --from data.csv",
        )
    lines: dict[Place, int] = {}
    values = _value(node, (), lines, file)
    return Document(file=file, text=text, values=values, lines=lines)


def _value(node: Any, place: Place, lines: dict[Place, int], file: str) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    kind = node.id
    if kind == "scalar":
        return node.value if node.style in ("'", '"', "|", ">") else _scalar(node.value)
    if kind == "sequence":
        return [_value(item, (*place, number), lines, file) for number, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in result:
            raise StudyError(
                f"The key '{name}' stands twice.",
                where=f"{file}, line {key.start_mark.line + 1}, {'.'.join(str(part) for part in (*place, name))}",
                expected="each key once",
                action="remove or rename one of the two",
            )
        lines[(*place, name)] = key.start_mark.line + 1
        result[name] = _value(value, (*place, name), lines, file)
    return result


def _scalar(text: str) -> Any:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return text


def unanswered(document: Document) -> Iterator[Place]:
    """Yield the places whose value is the mark ``?``, in the order of the file."""

    def walk(value: Any, place: Place) -> Iterator[Place]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from walk(item, (*place, key))
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from walk(item, (*place, number))
        elif value == OPEN:
            yield place

    yield from walk(document.values, ())
