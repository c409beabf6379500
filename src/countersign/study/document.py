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
    cells: of a workbook, place of a key -> sheet, row and column; its `lines` only say what comes first.
    """

    file: str
    text: str
    values: Any
    lines: dict[Place, int] = field(default_factory=dict)
    cells: dict[Place, str] = field(default_factory=dict)

    def where(self, *place: str | int) -> str:
        """Return ``study.yaml, line 12, weights.by`` for messages; the nearest known line if the key has none.

        In a workbook: ``study.xlsx, sheet weights, row 3, column value``.
        """
        for length in range(len(place), -1, -1):
            if cell := self.cells.get(place[:length], ""):
                further = ".".join(str(part) for part in place) if length < len(place) else ""
                return f"{self.file}, {cell}" + (f", {further}" if further else "")
            if not self.cells and place[:length] in self.lines:
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
        raise _not_yaml(error, text, file) from None
    except RecursionError:
        raise _too_deep(file) from None
    if node is None:
        raise StudyError(
            "The study file is empty.",
            where=file,
            expected="at least: countersign, title, data, indicators",
            action="make one with: countersign new FOLDER --from data.csv",
        )
    lines: dict[Place, int] = {}
    try:
        values = _value(node, (), lines, file, set())
    except RecursionError:
        raise _too_deep(file) from None
    return Document(file=file, text=text, values=values, lines=lines)


def _not_yaml(error: Any, text: str, file: str) -> StudyError:
    """Say where a text stops being YAML; tabs and invisible signs, which nobody sees, by name."""
    mark = getattr(error, "problem_mark", None)
    line = 1 + (mark.line if mark is not None else text[: getattr(error, "position", 0)].count("\n"))
    own = [*text.split("\n"), ""][line - 1]
    problem = f"The study file is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}."
    action = "compare the line with docs/study-file.md"
    if "\t" in own[: len(own) - len(own.lstrip())]:
        problem = "The line begins with a tab."
        action = "replace the tab by spaces, as many as the lines around it have"
    elif mark is None:
        problem, action = "The line holds an invisible sign that no text should hold.", "write the line anew"
    elif "mapping values are not allowed" in problem:
        action = "put the text after the first ':' in quotes, or check that the line is indented like its neighbours"
    return StudyError(
        problem,
        where=f"{file}, line {line}",
        expected="`key: value` lines, indented with spaces; text that holds ': ' or '#' stands in quotes",
        action=action,
    )


def _too_deep(file: str) -> StudyError:
    return StudyError(
        "Brackets or lists are nested too deeply.",
        where=file,
        expected="a handful of levels, as in docs/study-file.md",
        action="look for brackets that are opened and never closed",
    )


def _value(node: Any, place: Place, lines: dict[Place, int], file: str, seen: set[int]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    kind = node.id
    if id(node) in seen:
        raise StudyError(
            "A part of the file is used a second time, with '&' and '*'.",
            where=f"{file}, line {node.start_mark.line + 1}, {'.'.join(str(part) for part in place)}",
            expected="everything written where it belongs; a text that begins with & or * in quotes",
            action="write the part out in both places",
        )
    seen.add(id(node))
    if kind == "scalar":
        return node.value if node.style in ("'", '"', "|", ">") else scalar(node.value)
    if kind == "sequence":
        return [_value(item, (*place, number), lines, file, seen) for number, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value) if key.id == "scalar" else ""
        if not name.strip():
            raise StudyError(
                "A key is empty or not a text.",
                where=f"{file}, line {key.start_mark.line + 1}",
                expected="a name before the ':'",
                action="write the name; a line that begins with '?', '[' or '{' needs quotes around its key",
            )
        if name in result:
            raise StudyError(
                f"The key '{name}' stands twice.",
                where=f"{file}, line {key.start_mark.line + 1}, {'.'.join(str(part) for part in (*place, name))}",
                expected="each key once",
                action="remove or rename one of the two",
            )
        lines[(*place, name)] = key.start_mark.line + 1
        result[name] = _value(value, (*place, name), lines, file, seen)
    return result


def scalar(text: str) -> Any:
    """Return what a word without quotes means: nothing, true or false, a number, else the text itself."""
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
        elif value == OPEN and place[-1:] != ("column",):  # a column may be called so
            yield place

    yield from walk(document.values, ())
