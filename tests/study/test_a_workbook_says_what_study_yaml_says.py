"""study.yaml -> study.xlsx -> study.yaml: nothing is lost, whatever stands in it."""

from __future__ import annotations

import datetime as dt
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schema_documents import AWKWARD, documents
from small_study import STUDY, countersign, write_study

from countersign.errors import StudyError
from countersign.study import Study
from countersign.study.document import Document, parse_document, read_document
from countersign.study.reading import read_plan, read_study
from countersign.study.schema import check_schema, study_schema
from countersign.study.sheets.canonical import canonical
from countersign.study.sheets.cells import read_cell, same, write_cell
from countersign.study.sheets.reading import read_book
from countersign.study.sheets.shapes import at
from countersign.study.sheets.writing import write_book
from countersign.study.yaml_text import yaml_text
from real_data import PROJECT

STUDIES = sorted([*PROJECT.glob("examples/*/study.yaml"), *PROJECT.glob("src/countersign/demonstration/*/study.yaml")])
DRAW = (Phase.explicit, Phase.reuse, Phase.generate)  # whole studies take minutes to shrink
VALIDATOR = Draft202012Validator(study_schema())


@pytest.mark.parametrize("path", STUDIES, ids=[one.parent.name for one in STUDIES])
def test_every_study_of_this_project_comes_back(path: Path, tmp_path: Path) -> None:
    document = read_document(path)
    write_book(document, tmp_path / "study.xlsx")
    book = read_book(tmp_path / "study.xlsx")
    assert same(book.values, canonical(document.values))
    assert read_plan(book) == read_plan(document)
    # The text made from a workbook is the same study, and makes the same workbook again.
    text = parse_document(book.text)
    assert same(text.values, book.values)
    write_book(text, tmp_path / "again.xlsx")
    assert read_book(tmp_path / "again.xlsx").text == book.text


def test_comments_come_along(tmp_path: Path) -> None:
    text = STUDY.replace("weights:", "# why we weight\nweights:").replace(
        "      day:", "      # the day of the visit\n      day:"
    )
    write_book(parse_document("# the head\n" + text), tmp_path / "study.xlsx")
    again = read_book(tmp_path / "study.xlsx").text
    for remark in ("# the head", "# why we weight", "# the day of the visit"):
        assert remark in again
    assert same(parse_document(again).values, canonical(parse_document(text).values))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=DRAW)
@given(documents())
def test_whatever_the_schema_allows_comes_back(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    if list(VALIDATOR.iter_errors(values)):
        return
    folder = tmp_path_factory.mktemp("book")
    write_book(Document("study.yaml", "", values), folder / "study.xlsx")
    book = read_book(folder / "study.xlsx")
    assert same(book.values, canonical(values))
    assert same(parse_document(book.text).values, book.values)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=DRAW)
@given(documents())
def test_every_value_can_be_written_as_yaml(values: dict[str, Any]) -> None:
    assert same(parse_document(yaml_text(values)).values, values)


FORMS = {
    "text": ({"type": "string"},),
    "expression": ({"type": ["string", "number", "boolean"]},),
    "text or list": ({"type": "string"}, {"type": "array", "items": {"type": "string"}}),
    "list": ({"type": "array", "items": {}},),
    "pairs": ({"type": "object"},),
    "number or pairs": ({"type": "number"}, {"type": "object"}),
    "yes, no or pairs": ({"type": "boolean"}, {"type": "object"}),
    "anything": ({},),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=DRAW)
def test_every_value_survives_a_cell(form: tuple[dict[str, Any], ...], data: st.DataObject) -> None:
    from schema_documents import drawn

    value = data.draw(st.one_of([drawn(one) for one in form]))
    assert same(read_cell(write_cell(value, form), form, where=""), value)


def test_what_a_spreadsheet_destroys_is_kept(tmp_path: Path) -> None:
    values = parse_document(STUDY).values
    awkward = [text for text in AWKWARD if text]
    values["title"] = {"en": awkward[-1], "fr": "=1+1"}
    values["data"]["people"]["variables"]["water"]["missing"] = {text: text for text in awkward}
    for number, text in enumerate(awkward):
        values["indicators"][text] = {"title": text, "proportion": text, "time": text, "by": [text, [text, "x"]]}
        values["population"].setdefault("groups", {})[text] = text if number % 2 else [text]
    write_book(Document("study.yaml", "", values), tmp_path / "study.xlsx")
    assert same(read_book(tmp_path / "study.xlsx").values, canonical(values))
    book = openpyxl.load_workbook(tmp_path / "study.xlsx")
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type in "fe"]


# What people type into Excel or LibreOffice -------------------------------------------------------------------------


@cache
def small_book() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_book(parse_document(STUDY), Path(folder) / "study.xlsx")
        return (Path(folder) / "study.xlsx").read_bytes()


def typed(folder: Path, sheet: str, row: int, heading: str, value: Any) -> Path:
    """Return the workbook of the small study after somebody typed into one cell."""
    path = folder / "study.xlsx"
    if not path.exists():
        path.write_bytes(small_book())
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    headings = [cell.value for cell in page[1]]
    if heading not in headings:
        page.cell(1, len(headings) + 1).value = heading
        headings.append(heading)
    page.cell(row, headings.index(heading) + 1).value = value
    book.save(path)
    return path


def row_of(path: Path, sheet: str, first: str) -> int:
    page = openpyxl.load_workbook(path)[sheet]
    return next(number for number in range(2, page.max_row + 1) if page.cell(number, 1).value == first)


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        ("population.period", 2024.0, 2024),
        ("population.period", dt.datetime(2024, 3, 1), "2024-03-01"),  # noqa: DTZ001
        ("population.period", dt.date(2024, 3, 1), "2024-03-01"),
        ("population.area_code", 404.0, "404"),
        ("population.area_code", "007", "007"),
        ("population.size", "41200", 41200),
        ("population.size", 0.5, 0.5),
        ("synthetic", True, True),
        ("synthetic", "TRUE", True),
        ("synthetic", "yes", True),
        ("title", True, "true"),
        ("title", "  spaces around ", "spaces around"),
        ("initiative.permitted_uses", "U0, U1", ["U0", "U1"]),
        ("initiative.permitted_uses", "?", "?"),
    ],
)
def test_cells_as_people_type_them_are_understood(tmp_path: Path, key: str, value: Any, meant: Any) -> None:
    (tmp_path / "study.xlsx").write_bytes(small_book())
    number = row_of(tmp_path / "study.xlsx", "study", key)
    found = read_book(typed(tmp_path, "study", number, "value", value))
    check_schema(found)
    inner: Any = found.values
    for part in key.split("."):
        inner = inner[part]
    assert same(inner, meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("5", 5), ("1.5", 1.5), ("3.0e+22", 3e22), ("upper: 5", {"upper": 5}), ("{upper: 5}", {"upper": 5})],
)
def test_a_number_that_stands_as_text_is_no_pair(text: str, meant: Any) -> None:
    """A number of 16 digits or more is written as text; where pairs may stand too, it was read as the key of one."""
    assert same(read_cell(text, at(("weights", "trim")), where=""), meant)


def test_a_list_needs_no_brackets(tmp_path: Path) -> None:
    found = read_book(typed(tmp_path, "indicators", 2, "by", "sex, [sex, region]"))
    assert found.values["indicators"]["piped"]["by"] == ["sex", ["sex", "region"]]
    found = read_book(typed(tmp_path, "indicators", 2, "by", "sex"))
    assert found.values["indicators"]["piped"]["by"] == ["sex"]


def test_a_language_is_a_column(tmp_path: Path) -> None:
    found = read_book(typed(tmp_path, "indicators", 2, "title::fr", "Eau courante"))
    assert found.values["indicators"]["piped"]["title"] == {"fr": "Eau courante"}


# What is wrong is said with sheet, row and column -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "row", "heading", "value", "said"),
    [
        ("indicators", 2, "mean", "minutes", "sheet indicators, row 2"),
        ("indicators", 2, "q", "half", "study.xlsx, sheet indicators, row 2, column q"),
        ("indicators", 2, "interval", "logitt", "column interval"),
        ("indicators", 2, "proprotion", "x", "Did you mean 'proportion'"),
        ("indicators", 2, "where", "=A1+1", "sheet indicators, row 2, column where: The cell holds a formula"),
        ("indicators", 3, "name", "piped", "'piped' stands twice: here and in sheet indicators, row 2"),
        ("indicators", 4, "unit", "people", "The row has no name"),
        ("indicators", 2, "by", "sex, [sex", "cannot be read as a list"),
        ("variables", 2, "source", "peeple", "There is no data source 'peeple'"),
        ("variables", 2, "type", "colour", "sheet variables, row 2, column type"),
        ("variables", 2, "missing", "9: a, 9: b", "stands twice in this cell"),
        ("weights", 2, "value", "cencus", "sheet weights, row 2"),
        ("weights", 2, "key", "rakee", "Did you mean 'rake'"),
        ("study", 3, "key", "a..b", "is not a key"),
        ("study", 3, "key", "countersign", "The same is said twice"),
        ("data", 2, "rows", 3, "The column 'rows' is not known here"),
    ],
)
def test_an_error_names_sheet_row_and_column(
    tmp_path: Path, sheet: str, row: int, heading: str, value: Any, said: str
) -> None:
    path = typed(tmp_path, sheet, row, heading, value)
    with pytest.raises(StudyError) as caught:
        read_study(path)
    assert said in str(caught.value)
    assert caught.value.expected
    assert caught.value.action


def test_an_unknown_sheet_is_refused_and_a_private_one_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "study.xlsx"
    write_book(parse_document(STUDY), path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("# my notes")["A1"] = "=1+1"
    book["indicators"].cell(1, 30).value = "# mine"
    book["indicators"].cell(2, 30).value = "=1+1"
    book.save(path)
    assert read_study(path).plan == read_plan(parse_document(STUDY))
    book.create_sheet("indicatores")["A1"] = "name"
    book.save(path)
    with pytest.raises(StudyError, match="Did you mean 'indicators'"):
        read_study(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"name,file\n", b"\xd0\xcf\x11\xe0" * 40])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.xlsx").write_bytes(content)
    with pytest.raises(StudyError, match="not a workbook"):
        read_study(tmp_path)


# A study folder -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_study_runs_from_its_workbook_and_the_release_holds_the_text(tmp_path: Path) -> None:
    text, book = write_study(tmp_path / "text"), write_study(tmp_path / "book")
    assert countersign("workbook", book).exit_code == 0
    (book / "study.yaml").unlink()
    figures = []
    for folder in (text, book):
        with Study.open(folder) as study:
            release = study.run()
        figures.append((release / "estimates.csv").read_bytes())
        assert read_study(release / "study.yaml").plan == read_plan(parse_document(STUDY))
    assert figures[0] == figures[1]
    assert countersign("retrace", book / "release", "piped").exit_code == 0


def test_both_forms_may_lie_together_only_if_they_say_the_same(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    said = countersign("workbook", folder)
    assert said.exit_code == 0, said.output
    assert "Next: countersign check" in said.output
    assert read_study(folder).document.file == "study.yaml"
    (folder / "study.yaml").write_text("# a comment more\n" + STUDY, encoding="utf-8")
    read_study(folder)
    (folder / "study.yaml").write_text(STUDY.replace("by: [sex]", "by: [region]"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"say different things: indicators\.fetching\.by") as caught:
        read_study(folder)
    assert "countersign workbook" in caught.value.action


def test_the_command_goes_both_ways_and_replaces_nothing_unasked(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    assert countersign("workbook", folder, "--out", tmp_path / "w.xlsx").exit_code == 0
    assert countersign("workbook", tmp_path / "w.xlsx", "--out", tmp_path / "w.yaml").exit_code == 0
    assert same(read_document(tmp_path / "w.yaml").values, canonical(parse_document(STUDY).values))
    refused = countersign("workbook", folder, "--out", tmp_path / "w.xlsx")
    assert refused.exit_code == 2
    assert "--force" in refused.output
    assert countersign("workbook", folder, "--out", tmp_path / "w.xlsx", "--force").exit_code == 0
    assert countersign("workbook", folder, "--out", tmp_path / "w.csv").exit_code == 2


def test_the_same_study_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_book(parse_document(STUDY), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_workbook_explains_itself_and_offers_what_may_be_chosen(tmp_path: Path) -> None:
    write_book(parse_document(STUDY), tmp_path / "study.xlsx")
    book = openpyxl.load_workbook(tmp_path / "study.xlsx")
    assert book.sheetnames[0] == "read me"
    assert "countersign check" in str(book["read me"]["A2"].value)
    for page in book.worksheets[1:]:
        if page.sheet_state == "visible":
            assert page.freeze_panes, page.title
    rules = {rule.formula1 for rule in book["variables"].data_validations.dataValidation}
    assert '"number,integer,category,text,date,boolean"' in rules
    assert '"data.people,benchmark.census"' in rules
