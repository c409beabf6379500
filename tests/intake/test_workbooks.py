"""Sheets of workbooks and Parquet files come in like text files do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from countersign.errors import DataError
from countersign.tables import Engine

from .taking import column, take, write


def workbook(folder: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "data.xlsx"
    book.save(path)
    return path


ROWS: list[list[object]] = [
    ["id", "sex", "share", "day", "ok"],
    [1, "f", 0.5, dt.date(2024, 3, 1), True],
    [2, "m", None, dt.date(2024, 3, 2), False],
]


def test_numbers_dates_and_truth_are_typed(tmp_path: Path, engine: Engine) -> None:
    data = take(workbook(tmp_path, Answers=ROWS), engine)
    assert data.codebook.types() == {
        "id": "integer", "sex": "category", "share": "number", "day": "date", "ok": "boolean",
    }  # fmt: skip
    assert column(data, "day") == [dt.date(2024, 3, 1), dt.date(2024, 3, 2)]
    assert column(data, "ok") == [True, False]
    assert data.readings[0].missing == {"share": {"blank": 1}}


def test_rows_above_the_names_are_reported(tmp_path: Path, engine: Engine) -> None:
    data = take(workbook(tmp_path, Answers=[["Survey 2024"], [], *ROWS]), engine)
    assert column(data, "id") == [1, 2]
    assert "row 3" in data.readings[0].notes[0]


def test_several_sheets_ask_which(tmp_path: Path, engine: Engine) -> None:
    path = workbook(tmp_path, People=ROWS, Places=ROWS[:2], Empty=[])
    with pytest.raises(DataError, match="People, Places"):
        take(path, engine)
    assert len(column(take(path, engine, options={"sheet": "Places"}), "id")) == 1
    with pytest.raises(DataError, match="Did you mean 'People'"):
        take(path, engine, options={"sheet": "Peopel"})


def test_lines_of_a_sheet_are_named(tmp_path: Path, engine: Engine) -> None:
    path = workbook(tmp_path, Answers=[["title"], [], ["id", "n"], [1, 2], [2, "n/a"]])
    with pytest.raises(DataError, match="line 5"):
        take(path, engine, variables={"n": {"type": "integer"}})


def test_a_renamed_text_file_is_no_workbook(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError, match="not a readable workbook"):
        take(write(tmp_path, "a,b\n1,2\n", name="data.xlsx"), engine)


def test_parquet_keeps_its_types_and_takes_missing_codes(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "data.parquet"
    table = pa.table({"n": [1, 9, 3], "x": [0.5, None, 2.0], "s": ["a", "NULL", None], "d": [dt.date(2024, 1, 1)] * 3})
    pq.write_table(table, path)
    data = take(path, engine, missing={"NULL": "not given"}, variables={"n": {"missing": {"9": "refused"}}})
    assert data.codebook.types() == {"n": "integer", "x": "number", "s": "category", "d": "date"}
    assert column(data, "n") == [1, None, 3]
    assert data.readings[0].missing["s"] == {"blank": 1, "not given": 1}
    assert pq.read_table(path).equals(table), "the original stays as it was"
