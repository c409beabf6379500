"""Content: the sheets of a form as rows of texts, whether it came as a workbook or as JSON.

Kobo keeps a form as JSON in which a translated text is a list, one text per language of ``translations``.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.errors import FormError
from countersign.forms.headers import Column, column, folded

SHEETS = ("survey", "choices", "external_choices", "osm", "settings")
WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods")
_OTHER_NAMES = {"choices_external": "external_choices"}


@dataclass(frozen=True)
class Row:
    """One row: its number as the reader of the file counts, and its filled cells."""

    number: int
    cells: Mapping[Column, str]

    def text(self, name: str) -> str:
        """Return the text of a column that is not translated, or an empty text."""
        return self.cells.get(Column(name), "")

    def texts(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield (language as written, text) of a column."""
        for each, text in self.cells.items():
            if each.name == name:
                yield each.language, text


@dataclass(frozen=True)
class Content:
    """The sheets of a form.

    Parameters
    ----------
    file: its path as given. sheets: sheet -> rows. settings: key -> text. counted: how rows are called in messages.
    unused: sheet -> columns that nobody reads.
    """

    file: str
    sheets: Mapping[str, Sequence[Row]]
    settings: Mapping[str, str] = field(default_factory=dict)
    counted: str = "row"
    unused: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def where(self, sheet: str, row: int = 0, name: str = "") -> str:
        """Return a place in the form as messages name it."""
        parts = [self.file, f"sheet '{sheet}'" if self.counted == "row" else sheet]
        parts += [f"{self.counted} {row}"] if row else []
        return ", ".join(parts + ([f"column '{name}'"] if name else []))


def read_content(path: Path) -> Content:
    """Read the sheets of a workbook or the parts of a JSON form.

    Raises
    ------
    FormError: the file is neither, cannot be read, has no sheet ``survey``, or two columns of one meaning differ.
    """
    if path.suffix.casefold() in WORKBOOKS:
        return _of_workbook(path)
    if path.suffix.casefold() == ".json":
        return _of_json(path)
    raise FormError(
        f"A form cannot be read from a file that ends in '{path.suffix}'.",
        where=str(path),
        expected=f"an XLSForm ({', '.join(WORKBOOKS[:2])}) or the JSON content of a Kobo form",
        action="export the form as XLSForm",
    )


def _of_workbook(path: Path) -> Content:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        given = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except Exception as problem:
        raise FormError(
            "The file is not a readable workbook.",
            where=str(path),
            expected="an XLSForm: an .xlsx or .xls workbook with a sheet 'survey'",
            action="open it in a spreadsheet and save it again (a password must be taken off)",
        ) from problem
    names = {folded(name): name for name in given}
    if "survey" not in names:
        raise FormError(
            "The workbook has no sheet 'survey'.",
            where=str(path),
            expected="an XLSForm, whose questions are on a sheet 'survey'",
            action=f"name the sheet of the questions 'survey'; there are: {', '.join(given)}",
        )
    sheets: dict[str, Sequence[Row]] = {}
    unused: dict[str, Sequence[str]] = {}
    settings: Mapping[str, str] = {}
    for key in SHEETS:
        rows = given[names[key]] if key in names else []
        where = f"{path}, sheet '{names.get(key, key)}'"
        if key == "settings":
            settings = _settings(rows)
        else:
            sheets[key], unused[key] = _rows(rows, where=where)
    return Content(str(path), sheets, settings, unused=unused)


def _rows(given: Sequence[Sequence[Any]], *, where: str) -> tuple[Sequence[Row], Sequence[str]]:
    """Rows below the header, which is the first row with anything in it."""
    start = next((at for at, row in enumerate(given) if any(_text(cell) for cell in row)), None)
    if start is None:
        return (), ()
    header = [_text(cell) for cell in given[start]]
    places: dict[int, Column] = {}
    unused = []
    for at, name in enumerate(header):
        what = column(name) if name else None
        if what is None:
            unused += [name] if name else []
            continue
        places[at] = what
    rows = []
    for number, row in enumerate(given[start + 1 :], start + 2):
        cells: dict[Column, str] = {}
        for at, what in places.items():
            text = _text(row[at]) if at < len(row) else ""
            if text and cells.setdefault(what, text) != text:
                first = next(header[place] for place, each in places.items() if each == what)
                raise FormError(
                    f"The columns '{first}' and '{header[at]}' say different things.",
                    where=f"{where}, row {number}",
                    expected="each column once (per language)",
                    action="keep one of the two",
                )
        if cells:
            rows.append(Row(number, cells))
    return rows, unused


def _settings(given: Sequence[Sequence[Any]]) -> Mapping[str, str]:
    rows = [row for row in given if any(_text(cell) for cell in row)]
    if len(rows) < 2:
        return {}
    return {
        folded(_text(name)): _text(cell)
        for name, cell in zip(rows[0], rows[1], strict=False)
        if _text(name) and _text(cell)
    }


def _of_json(path: Path) -> Content:
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as problem:
        raise FormError(
            "The file is not readable JSON.",
            where=str(path),
            expected="the JSON content of a Kobo form",
            action="export the form again, or export it as XLSForm",
        ) from problem
    content = given.get("content", given) if isinstance(given, dict) else None
    if not isinstance(content, dict) or not isinstance(content.get("survey"), list):
        raise FormError(
            "The JSON has no list 'survey'.",
            where=str(path),
            expected="the content of a form: {survey: [...], choices: [...]}",
            action="export the form itself, not its submissions",
        )
    translations = [str(name or "") for name in content.get("translations") or [""]]
    sheets, unused = {}, {}
    for key, rows in content.items():
        sheet = _OTHER_NAMES.get(key, key)
        if sheet in SHEETS and sheet != "settings" and rows is not None:
            sheets[sheet], unused[sheet] = _entries(rows, translations, where=f"{path}, {key}")
    settings = content.get("settings")
    settings = settings[0] if isinstance(settings, list) and settings else settings
    said = {folded(str(key)): _text(value) for key, value in settings.items()} if isinstance(settings, dict) else {}
    for key, names in {
        "id_string": ("id_string", "uid"),
        "title": ("title", "name"),
        "version": ("version", "version_id"),
    }.items():
        said.setdefault(key, next((_text(given[name]) for name in names if given.get(name)), ""))
    return Content(str(path), sheets, {key: text for key, text in said.items() if text}, "entry", unused)


def _entries(given: Any, translations: Sequence[str], *, where: str) -> tuple[Sequence[Row], Sequence[str]]:
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise FormError(
            "This is not a list of rows.",
            where=where,
            expected="[{type: ..., name: ...}, ...]",
            action="export the form again",
        )
    rows, unused = [], dict[str, None]()
    for number, entry in enumerate(given, 1):
        cells: dict[Column, str] = {}
        for key, value in entry.items():
            what = column(str(key))
            if what is None:
                unused[str(key)] = None
                continue
            if isinstance(value, list):
                if len(value) > len(translations):
                    raise FormError(
                        f"'{key}' has {len(value)} texts, and the form has {len(translations)} languages.",
                        where=f"{where}, entry {number}",
                        expected="one text per language of 'translations'",
                        action="export the form again",
                    )
                for language, text in zip(translations, value, strict=False):
                    if _text(text):
                        cells[Column(what.name, language)] = _text(text)
            elif isinstance(value, dict):
                # Kobo has written {"select_one": "list"} for a type.
                cells[what] = " ".join(_text(part) for pair in value.items() for part in pair)
            elif _text(value):
                cells[what] = _text(value)
        if cells:
            rows.append(Row(number, cells))
    return rows, list(unused)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell).strip()
