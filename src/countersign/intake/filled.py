"""Filled-in files, YAML or XLSX -> texts with their places: what a person wrote, and in which line or row.

Every value stays the text it was: ``no``, ``2026-03-01`` and ``4`` are what the person wrote, nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.errors import AnswerError, nearest


@dataclass(frozen=True)
class Said:
    """One value: its text, and where it stands (file and line, or file, sheet, row and column)."""

    text: str
    where: str


@dataclass(frozen=True)
class Part:
    """A row of a table, or an entry of a list: key -> value, and where it begins. `lists`: key -> several values."""

    values: Mapping[str, Said]
    where: str
    lists: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a value, or an empty text."""
        return self.values[key].text if key in self.values else ""

    def place(self, key: str) -> str:
        """Return where a value stands; of one that is not there, where its part begins."""
        return self.values[key].where if key in self.values else f"{self.where}, {key}"

    def several(self, key: str) -> tuple[Said, ...]:
        """Return the values of a list; of a text, its parts between semicolons or lines."""
        if key in self.lists:
            return self.lists[key]
        said = self.values.get(key)
        if said is None:
            return ()
        parts = [part.strip() for line in said.text.splitlines() for part in line.split(";")]
        return tuple(Said(part, said.where) for part in parts if part)


@dataclass(frozen=True)
class Filled:
    """A filled-in file.

    Parameters
    ----------
    file: its name. kind: the key that says what it is, such as ``questionnaire``. head: values given once.
    parts: rows or entries, by the name of their table.
    """

    file: str
    kind: str
    head: Part
    parts: Mapping[str, tuple[Part, ...]]


@dataclass(frozen=True)
class Form:
    """What a kind of file looks like.

    Parameters
    ----------
    kind: key at the top of a YAML file. head: keys given once; sheet: the sheet of a workbook that holds them.
    table: key of the list; table_sheet: the sheet that holds it; columns: keys of one entry, `needed` among them.
    """

    kind: str
    head: tuple[str, ...]
    sheet: str
    table: str
    table_sheet: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    ignored: tuple[str, ...] = ("study",)


def read_filled(path: Path, forms: Sequence[Form]) -> Filled:
    """Read a file that people filled in.

    Parameters
    ----------
    forms: the kinds of files that are understood.

    Raises
    ------
    AnswerError: the file cannot be read, is none of these kinds, or has a key or column that nobody knows; it names
        the line, or the sheet and row.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        return _yaml(path, forms)
    if path.suffix.lower() in (".xlsx", ".xls", ".ods"):
        return _workbook(path, forms)
    raise AnswerError(
        "This is not a file that people can have filled in.",
        where=path.name,
        expected="a file that ends in .yaml or .xlsx",
        action="make one with: countersign questionnaire STUDY --out answers.xlsx",
    )


def day(part: Part, key: str, head: Part | None = None, *, today: dt.date | None) -> str:
    """Return a day as ISO 8601; what the part does not say, its head does.

    Parameters
    ----------
    today: the last day that is allowed; None = any.

    Raises
    ------
    AnswerError: the day is missing, not in the calendar, or lies in the future.
    """
    holder = part if part.text(key) or head is None else head
    text = holder.text(key)
    try:
        found = dt.date.fromisoformat(text[:10] if len(text) == 19 else text)
    except ValueError:
        raise AnswerError(
            "This is not a day of the calendar." if text else "It is not said on which day this was.",
            where=holder.place(key) if text else f"{part.where}, {key}",
            expected="year-month-day, such as 2026-03-01",
            action="correct it",
        ) from None
    if today is not None and found > today:
        raise AnswerError(
            f"The day {found.isoformat()} lies in the future.",
            where=holder.place(key),
            expected=f"{today.isoformat()} or earlier",
            action="correct it",
        )
    return found.isoformat()


# YAML ---------------------------------------------------------------------------------------------------------------


def _yaml(path: Path, forms: Sequence[Form]) -> Filled:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=loader)
    except UnicodeDecodeError:
        raise AnswerError("The file is not UTF-8 text.", where=path.name, action="save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise AnswerError(
            "The file is not YAML.",
            where=f"{path.name}, line {mark.line + 1}" if mark else path.name,
            expected="'key: value' lines, indented with spaces; text that holds ': ' or '#' stands in quotes",
            action="compare the line with docs/answers.md",
        ) from None
    top = _mapping(root, path.name, "a questionnaire or a scorecard")
    form = next((form for form in forms if form.kind in top), None)
    if form is None:
        raise AnswerError(
            f"The file does not say what it is. {nearest(next(iter(top), ''), [form.kind for form in forms])}".rstrip(),
            where=f"{path.name}, line 1",
            expected="a line such as " + " or ".join(f"'{form.kind}: 1'" for form in forms),
            action="start from a file made with: countersign questionnaire STUDY --out answers.yaml",
        )
    head: dict[str, Said] = {}
    for key, (node, line) in top.items():
        if key in (form.kind, form.table, *form.ignored):
            continue
        _known(key, form.head, where=f"{path.name}, line {line}")
        head.update(_scalars(key, node, f"{path.name}, line {line}", form.head))
    entries = top.get(form.table)
    if entries is not None and entries[0].id == "scalar" and not entries[0].value:
        entries = None
    if entries is not None and entries[0].id != "sequence":
        raise AnswerError(
            f"'{form.table}' is not a list.",
            where=f"{path.name}, line {entries[1]}, {form.table}",
            expected="entries that begin with '- '",
        )
    parts = [_entry(node, path.name, form) for node in (entries[0].value if entries else ())]
    return Filled(path.name, form.kind, Part(head, path.name), {form.table: tuple(parts)})


def _entry(node: Any, file: str, form: Form) -> Part:
    where = f"{file}, line {node.start_mark.line + 1}"
    values: dict[str, Said] = {}
    lists: dict[str, tuple[Said, ...]] = {}
    for key, (value, line) in _mapping(node, file, f"an entry of '{form.table}'").items():
        place = f"{file}, line {line}, {key}"
        if value.id == "sequence":
            _known(key, form.columns, where=place)
            if any(item.id != "scalar" for item in value.value):
                raise AnswerError(f"'{key}' holds more than texts.", where=place, expected="a text or a list of texts")
            lists[key] = tuple(
                Said(item.value.strip(), f"{file}, line {item.start_mark.line + 1}, {key}") for item in value.value
            )
        else:
            values.update(_scalars(key, value, place, form.columns))
    return Part(values, where, lists)


def _scalars(key: str, node: Any, where: str, known: Sequence[str]) -> dict[str, Said]:
    """One text; or a mapping such as ``why: {rights_holder: ...}``, whose keys are joined: ``why_rights_holder``."""
    if node.id == "scalar":
        _known(key, known, where=where)
        text = "" if node.style is None and node.value in ("~", "null") else node.value.strip()
        return {key: Said(text, where)} if text else {}
    if node.id == "sequence":
        raise AnswerError(f"'{key}' is a list.", where=where, expected="one text")
    found: dict[str, Said] = {}
    for inner, (value, line) in _mapping(node, where, key).items():
        place = f"{where.split(', line')[0]}, line {line}, {key}.{inner}"
        _known(f"{key}_{inner}", known, where=place)
        if value.id != "scalar":
            raise AnswerError(f"'{inner}' holds more than a text.", where=place, expected="one text")
        if value.value.strip():
            found[f"{key}_{inner}"] = Said(value.value.strip(), place)
    return found


def _mapping(node: Any, file: str, what: str) -> dict[str, tuple[Any, int]]:
    if node is None or node.id != "mapping":
        line = f", line {node.start_mark.line + 1}" if node is not None else ""
        raise AnswerError(
            "The file is empty." if node is None else f"This is not {what}.",
            where=f"{file}{line}",
            expected="'key: value' lines",
            action="start from a file made with: countersign questionnaire STUDY --out answers.yaml",
        )
    found: dict[str, tuple[Any, int]] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = str(key.value) if key.id == "scalar" else ""
        if name in found:
            raise AnswerError(f"The key '{name}' stands twice.", where=f"{file}, line {line}", expected="each key once")
        found[name] = (value, line)
    return found


def _known(key: str, known: Sequence[str], *, where: str) -> None:
    if key not in known and not any(one.startswith(f"{key}_") for one in known):
        raise AnswerError(
            f"Unknown key '{key}'. {nearest(key, known)}".rstrip(), where=where, expected="one of " + ", ".join(known)
        )


# Workbooks ------------------------------------------------------------------------------------------------------------


def _workbook(path: Path, forms: Sequence[Form]) -> Filled:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except Exception as problem:
        raise AnswerError(
            "The file is not a readable workbook.",
            where=path.name,
            expected="an .xlsx file",
            action="open it in a spreadsheet and save it again (a password must be taken off)",
        ) from problem
    form = next((form for form in forms if form.table_sheet in book.sheet_names), None)
    if form is None:
        raise AnswerError(
            f"None of the sheets {', '.join(repr(name) for name in book.sheet_names)} is a questionnaire.",
            where=path.name,
            expected="a sheet " + " or ".join(f"'{form.table_sheet}'" for form in forms),
            action="start from a file made with: countersign questionnaire STUDY --out answers.xlsx",
        )
    head = _named_cells(book, path.name, form) if form.sheet in book.sheet_names else {}
    rows = book.get_sheet_by_name(form.table_sheet).to_python(skip_empty_area=False)
    place = f"{path.name}, sheet '{form.table_sheet}'"
    header = next((number for number, row in enumerate(rows) if form.needed[0] in [_text(cell) for cell in row]), None)
    if header is None:
        raise AnswerError(
            f"The sheet has no column '{form.needed[0]}'.",
            where=place,
            expected="the columns " + ", ".join(form.columns),
            action="do not change the headings",
        )
    columns = [_text(cell) for cell in rows[header]]
    for name in form.needed:
        if columns.count(name) != 1:
            raise AnswerError(
                f"The column '{name}' is {'missing' if name not in columns else 'there twice'}.",
                where=f"{place}, row {header + 1}",
                expected="the columns " + ", ".join(form.needed),
                action="do not change the headings",
            )
    parts = []
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        values = {
            name: Said(text, f"{place}, row {number}, column '{name}'")
            for name, cell in zip(columns, row, strict=False)
            if name in form.columns and (text := _text(cell))
        }
        if values:
            parts.append(Part(values, f"{place}, row {number}"))
    return Filled(path.name, form.kind, Part(head, path.name), {form.table: tuple(parts)})


def _named_cells(book: Any, file: str, form: Form) -> dict[str, Said]:
    """Values that stand to the right of their key."""
    found: dict[str, Said] = {}
    for number, row in enumerate(book.get_sheet_by_name(form.sheet).to_python(skip_empty_area=False), start=1):
        key = _text(row[0]) if row else ""
        if key in form.head and len(row) > 1 and (text := _text(row[1])):
            found[key] = Said(text, f"{file}, sheet '{form.sheet}', row {number}, '{key}'")
    return found


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell).strip()
