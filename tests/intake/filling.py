"""Fills a questionnaire as a person would: in a spreadsheet, or in a text editor."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from countersign.intake.answers import Given, read_given

TODAY = dt.date(2026, 6, 1)


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fill_sheet(path: Path, answers: Mapping[tuple[str, str], Mapping[str, Any]], **head: Any) -> None:
    """Write answers, (question, about) -> column -> value, into a workbook as exported."""
    book = openpyxl.load_workbook(path)
    for row in book["Start"].iter_rows():
        if row[0].value in head:
            row[1].value = head[row[0].value]
    page = book["Questions"]
    columns = [cell.value for cell in page[1]]
    left = dict(answers)
    for row in page.iter_rows(min_row=2):
        cells = dict(zip(columns, row, strict=True))
        key = (cells["question"].value, cells["about"].value or "")
        for name, value in left.pop(key, {}).items():
            cells[name].value = value
            if isinstance(value, str):
                cells[name].data_type = "s"
    assert not left, left
    book.save(path)


def fill_text(path: Path, answers: Mapping[tuple[str, str], Mapping[str, Any]], **head: Any) -> None:
    """Write answers into a YAML file as exported."""
    filled = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    filled.update(head)
    left = dict(answers)
    for entry in filled["answers"]:
        entry.update(left.pop((entry["question"], entry.get("about", "")), {}))
    assert not left, left
    path.write_text(yaml.safe_dump(filled, allow_unicode=True, sort_keys=False), encoding="utf-8")


def given(*files: Path, indicators: tuple[str, ...] = ("water",), folder: Path | None = None) -> Given:
    return read_given(files, folder=folder or files[0].parent, indicators=indicators, today=TODAY, keep=sha)
