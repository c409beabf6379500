"""A workbook to be filled in: sheets with wrapped columns, a header that stays, and lists to choose from.

Every value is written as text. A text that begins with ``=``, ``+``, ``-`` or ``@`` is marked as text, so that no
program takes it for a formula.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.publishing.writing import write_whole

INK, HEAD, OPEN = "1D1C1A", "14506B", "FFF8E5"
LONGEST_LIST = 255  # signs that a list of choices may have inside a validation rule


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in letters, and whether people fill it in."""

    heading: str
    width: float
    open: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Parameters
    ----------
    notes: lines of text above the table, the first one large. header: whether the headings are written.
    choices, hints: (row, column) from 0 -> what may be chosen there, or what is expected.
    open_columns: further columns that people fill in. frozen: columns that stay when one scrolls.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    choices: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    hints: Mapping[tuple[int, int], str] = field(default_factory=dict)
    header: bool = False
    frozen: int = 0
    open_columns: tuple[int, ...] = ()


def save_workbook(path: Path, sheets: tuple[Sheet, ...]) -> None:
    """Write sheets as an XLSX file, whole or not at all.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    made = io.BytesIO()
    book.save(made)
    write_whole(path, made.getvalue())


def _write(page: Any, sheet: Sheet) -> None:
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
        page.row_dimensions[row].height = _height(
            [(value, column.width) for value, column in zip(values, sheet.columns, strict=True)]
        )
    _validate(page, sheet, first)
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _put(cell: Any, value: str) -> Any:
    cell.value = value or None
    if value:
        cell.data_type = "s"  # a text, whatever it begins with
        cell.quotePrefix = value[:1] in "=+-@"
    return cell


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
        if len(text) > LONGEST_LIST or any("," in choice or '"' in choice for choice in choices):
            continue
        if choices not in rules:
            rule = DataValidation(type="list", formula1=f'"{text}"', allow_blank=True, showErrorMessage=True)
            rule.errorTitle, rule.error = "?", text[:LONGEST_LIST]
            rules[choices] = rule
            page.add_data_validation(rule)
        rules[choices].add(page.cell(first + row, place + 1))
    hints: dict[str, Any] = {}
    for (row, place), hint in sheet.hints.items():
        if hint not in hints:
            hints[hint] = DataValidation(showInputMessage=True, allow_blank=True)
            hints[hint].prompt = hint
            page.add_data_validation(hints[hint])
        hints[hint].add(page.cell(first + row, place + 1))
