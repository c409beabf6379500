"""The one writer of workbooks: sheets with wrapped columns, a header that stays, and lists to choose from.

Texts stay texts: none becomes a formula, whatever it begins with. The bytes of a file depend on what stands in it, not
on when it was written.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.model.harmless import runs
from countersign.publishing.writing import write_whole

INK, HEAD, OPEN = "1D1C1A", "14506B", "FFF8E5"
LONGEST_LIST = 255  # signs that a list of choices may have inside a validation rule
LONGEST_TEXT = 32_767  # signs that a cell can hold
CHOICES = "# choices"  # the sheet with lists that are too long for a rule
_UNWRITABLE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Number:
    """A number with the way it is shown, such as ``0.0%``."""

    value: float
    format: str


Value = str | int | float | Number | None


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in letters, and whether people fill it in.

    Parameters
    ----------
    format: how numbers are shown, such as ``0.0``. choices: the only words for its cells. hint: what is expected there.
    """

    heading: str
    width: float
    open: bool = False
    format: str = ""
    choices: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Parameters
    ----------
    notes: lines of text above the table, the first one large. header: whether the headings are written.
    choices, hints: (row, column) from 0 -> what may be chosen there, or what is expected.
    open_columns: further columns that people fill in. frozen: columns that stay when one scrolls.
    spare: empty rows below that are made ready to be filled in. filtered: whether the header has buttons to filter by.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...] = ()
    choices: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    hints: Mapping[tuple[int, int], str] = field(default_factory=dict)
    header: bool = False
    frozen: int = 0
    open_columns: tuple[int, ...] = ()
    spare: int = 0
    filtered: bool = False


def save_workbook(path: Path, sheets: tuple[Sheet, ...], *, title: str = "", made: str = "") -> None:
    """Write sheets as an XLSX file, whole or not at all; the same sheets give the same bytes.

    Parameters
    ----------
    title: of the document. made: UTC, ISO 8601, when what it holds was made; the file's properties say it.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, workbook_bytes(sheets, title=title, made=made))


def workbook_bytes(sheets: tuple[Sheet, ...], *, title: str = "", made: str = "") -> bytes:
    """Return the bytes that `save_workbook` writes."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title = _UNWRITABLE.sub("\ufffd", title) or None
    book.properties.creator = "Countersign"
    lists: list[tuple[str, ...]] = []
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet, lists)
    if lists:
        page = book.create_sheet(CHOICES)
        page.sheet_state = "hidden"
        for column, choices in enumerate(lists, 1):
            for row, choice in enumerate(choices, 1):
                _put(page.cell(row, column), choice)
    held = io.BytesIO()
    book.save(held)
    return _timeless(held.getvalue(), made or "1980-01-01T00:00:00Z")


def _timeless(packed: bytes, made: str) -> bytes:
    """Take out of a workbook when it was written."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                stamp = made.encode() if re.fullmatch(r"[0-9T:+-]+Z?", made) else b"1980-01-01T00:00:00Z"
                content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            new.writestr(entry, content)
    return held.getvalue()


def _write(page: Any, sheet: Sheet, lists: list[tuple[str, ...]]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    wrapped = Alignment(wrap_text=True, vertical="top")
    line = Side(style="thin", color="D9D4C9")
    for place, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(place)].width = column.width
    row = 0
    for number, note in enumerate(sheet.notes):
        row += 1
        page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(sheet.columns))
        cell = _put(page.cell(row, 1), note)
        cell.font = Font(
            name="Calibri", size=16 if not number else 11, bold=not number, color=HEAD if not number else INK
        )
        cell.alignment = wrapped
        width = sum(column.width for column in sheet.columns) / (1.6 if not number else 1)
        page.row_dimensions[row].height = _height([(note, width)], size=22 if not number else 15)
    if sheet.notes:
        row += 1
    if sheet.header:
        row += 1
        for place, column in enumerate(sheet.columns, start=1):
            cell = _put(page.cell(row, place), column.heading)
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", fgColor=HEAD)
            cell.alignment = wrapped
        page.row_dimensions[row].height = 32
        page.freeze_panes = page.cell(row + 1, sheet.frozen + 1)
        page.print_title_rows = f"{row}:{row}"
    open_places = {place for place, column in enumerate(sheet.columns) if column.open} | set(sheet.open_columns)
    first = row + 1
    for values in sheet.rows:
        row += 1
        for place, value in enumerate(values):
            cell = _put(page.cell(row, place + 1), value)
            cell.alignment = wrapped
            cell.border = Border(bottom=line)
            if place in open_places:
                cell.fill = PatternFill("solid", fgColor=OPEN)
                cell.number_format = "@"
            elif sheet.columns[place].format and isinstance(value, int | float):
                cell.number_format = sheet.columns[place].format
        page.row_dimensions[row].height = _height(
            [
                (value, column.width)
                for value, column in zip(values, sheet.columns, strict=True)
                if isinstance(value, str)
            ]
        )
    for spare in range(row + 1, row + 1 + sheet.spare):
        for place in open_places:
            page.cell(spare, place + 1).number_format = "@"
    if sheet.filtered and sheet.header and sheet.rows:
        page.auto_filter.ref = f"A{first - 1}:{get_column_letter(len(sheet.columns))}{row}"
    _validate(page, sheet, first)
    _column_rules(page, sheet, first, row + sheet.spare, lists)
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _put(cell: Any, value: Value) -> Any:
    if isinstance(value, Number):
        cell.value, cell.number_format = value.value, value.format
        return cell
    if not isinstance(value, str):
        cell.value = value
        return cell
    cell.value = _ESCAPE.sub(r"_x005F_\1", _plain(value))[:LONGEST_TEXT] or None
    if value:
        cell.data_type = "s"  # a text, whatever it begins with
        cell.quotePrefix = runs(value)
    return cell


def _plain(text: str) -> str:
    """A text without the signs that no workbook can hold."""
    return _UNWRITABLE.sub("\ufffd", re.sub("\r\n?", "\n", text))


def _height(cells: list[tuple[str, float]], *, size: float = 15) -> float:
    """Points that the longest text of a row needs, at a little over one letter a unit of width."""
    lines = max(
        (
            sum(1 + int(len(part) / max(width * 1.05, 1)) for part in value.split("\n"))
            for value, width in cells
            if value
        ),
        default=1,
    )
    return min(409.0, size * lines + 3)


def _validate(page: Any, sheet: Sheet, first: int) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rules: dict[tuple[str, ...], Any] = {}
    for (row, place), choices in sheet.choices.items():
        text = ",".join(choices)
        if len(text) > LONGEST_LIST or any(set(',"\n') & set(choice) for choice in choices) or _plain(text) != text:
            continue
        if choices not in rules:
            rule = DataValidation(type="list", formula1=f'"{text}"', allow_blank=True, showErrorMessage=True)
            rule.errorTitle, rule.error = "?", _plain(text)[:LONGEST_LIST]
            rules[choices] = rule
            page.add_data_validation(rule)
        rules[choices].add(page.cell(first + row, place + 1))
    hints: dict[str, Any] = {}
    for (row, place), hint in sheet.hints.items():
        if hint not in hints:
            hints[hint] = DataValidation(showInputMessage=True, allow_blank=True)
            hints[hint].prompt = _plain(hint)[:LONGEST_LIST]
            page.add_data_validation(hints[hint])
        hints[hint].add(page.cell(first + row, place + 1))


def _column_rules(page: Any, sheet: Sheet, first: int, last: int, lists: list[tuple[str, ...]]) -> None:
    """Offer the choices of a column, and say what is expected in it, in every row down to the last spare one."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for place, column in enumerate(sheet.columns, 1):
        if not (column.choices or column.hint) or last < first:
            continue
        rule = DataValidation(allow_blank=True)
        if column.choices:
            rule.type, rule.formula1 = "list", _list(column.choices, lists)
            rule.showErrorMessage, rule.errorTitle = True, "?"
            rule.error = _plain(", ".join(column.choices))[: LONGEST_LIST - 30]
        if column.hint:
            rule.showInputMessage, rule.prompt = True, _plain(column.hint)[:LONGEST_LIST]
        letter = get_column_letter(place)
        rule.add(f"{letter}{first}:{letter}{last}")
        page.add_data_validation(rule)


def _list(choices: tuple[str, ...], lists: list[tuple[str, ...]]) -> str:
    """A list inside the rule; or the address of one on a sheet of its own, where it is too long."""
    from openpyxl.utils import get_column_letter

    text = ",".join(choices)
    if len(text) <= LONGEST_LIST and _plain(text) == text and not any(set(',"\n') & set(choice) for choice in choices):
        return f'"{text}"'
    if choices not in lists:
        lists.append(choices)
    letter = get_column_letter(lists.index(choices) + 1)
    return f"'{CHOICES}'!${letter}$1:${letter}${len(choices)}"
