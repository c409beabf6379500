"""Small forms for the tests: written as workbooks, altered, read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """Write a workbook: sheet -> rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def altered(source: Path, target: Path, change: Callable[[Any], None]) -> Path:
    """Write a copy of a workbook with one change."""
    book = load_workbook(source)
    change(book)
    book.save(target)
    return target


def survey(*rows: Sequence[Any], header: Sequence[str] = ("type", "name", "label")) -> list[Sequence[Any]]:
    """Rows of a sheet under a header."""
    return [header, *rows]


YES_NO = [("list_name", "name", "label"), ("yn", "yes", "Yes"), ("yn", "no", "No")]
