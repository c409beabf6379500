"""The figures as a workbook, as Parquet, for Stata and SPSS: the same numbers, the same states, the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import math
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_samples import SECRET, survey

from countersign.model.anonymised import Anonymised, AnonymisedColumn
from countersign.model.release import Release
from countersign.publishing.anonymised import write_rows
from countersign.publishing.exports import shown, write_estimates
from countersign.publishing.files.figures import FileColumn, FileTable
from countersign.publishing.files.statistical import coded, labelled_bytes, short_names
from countersign.study.outputs import OUTPUTS, load_output

FILES = {"xlsx": "figures.xlsx", "codebook": "codebook.csv", "parquet": "estimates.parquet", "stata": "estimates.dta",
         "spss": "estimates.sav"}  # fmt: skip


@pytest.fixture(scope="module")
def release() -> Release:
    return survey()


@pytest.fixture(scope="module")
def folder(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    for name in FILES:
        load_output(OUTPUTS[name])(release, made)
    write_estimates(release.estimates, made / "estimates.csv", limits=release.plan.limits)
    return made


def figures(folder: Path) -> list[dict[str, str]]:
    with (folder / "estimates.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stata(path: Path) -> tuple[list[dict[str, Any]], Any]:
    import pyreadstat

    read = pyreadstat.read_dta if path.suffix == ".dta" else pyreadstat.read_sav
    frame, about = read(str(path), user_missing=True)
    return frame.to_dict("records"), about


@pytest.mark.parametrize("name", FILES)
def test_the_same_release_gives_the_same_bytes(name: str, release: Release, folder: Path, tmp_path: Path) -> None:
    load_output(OUTPUTS[name])(release, tmp_path)
    assert (tmp_path / FILES[name]).read_bytes() == (folder / FILES[name]).read_bytes()


def test_parquet_says_what_csv_says(folder: Path) -> None:
    table = pq.read_table(folder / "estimates.parquet")
    said = figures(folder)
    assert table.column_names == list(said[0])
    for mine, theirs in zip(table.to_pylist(), said, strict=True):
        for name, text in theirs.items():
            value = mine[name]
            if isinstance(value, float):
                assert float(text) == pytest.approx(value, rel=1e-14), name
            else:
                assert str("" if value is None else value) == text, name
    assert table.schema.field("value").metadata[b"description"]
    assert table.schema.metadata[b"countersign.synthetic"]
    assert str(table.schema.field("n").type) == "int64"


@pytest.mark.parametrize("name", ["estimates.dta", "estimates.sav"])
def test_labelled_files_say_what_csv_says(name: str, folder: Path) -> None:
    rows, about = stata(folder / name)
    said = figures(folder)
    assert len(rows) == len(said)
    for mine, theirs in zip(rows, said, strict=True):
        assert mine["figure_id"] == theirs["figure_id"]
        if theirs["value"]:
            assert mine["value"] == pytest.approx(float(theirs["value"]), rel=1e-14)
        else:
            word = about.variable_value_labels["value"][mine["value"]]
            assert word == about.variable_value_labels["status"][mine["status"]]
        sex = about.variable_value_labels["sex"][mine["sex"]]
        assert sex == {"female": "Women", "male": "Men", "other": "Other", "": "All"}.get(theirs["sex"], theirs["sex"])
    assert all(about.column_labels)
    assert about.creation_time.year == 2026
    assert "SYNTHETIC" in about.file_label


def test_the_workbook_explains_itself_and_says_why_a_number_is_missing(release: Release, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "figures.xlsx")
    assert book.sheetnames[:2] == ["read me", "figures"]
    said = " ".join(str(cell.value) for row in book["read me"].iter_rows() for cell in row if cell.value)
    for words in ("Synthetic data", "Good enough for", "An empty cell is not zero", "chose to take part"):
        assert words in said
    assert book.properties.created.isoformat() == release.made.removesuffix("Z")
    page = book["figures"]
    heads = next(row for row in page.iter_rows() if row[0].value == "indicator")
    place = {cell.value: cell.column - 1 for cell in heads}
    rows = {row[place["figure_id"]].value: row for row in page.iter_rows(min_row=heads[0].row + 1)}
    assert len(rows) == len(release.estimates)
    for one in release.estimates:
        value = rows[one.figure_id][place["figure"]].value
        assert isinstance(value, str) != shown(one), one.figure_id
    assert rows["water"][place["figure"]].value == pytest.approx(44.13)
    assert rows["water"][place["unit"]].value.startswith("%")
    assert page.freeze_panes
    assert page.auto_filter.ref


def test_nothing_of_a_withheld_figure_is_in_any_file(folder: Path) -> None:
    for path in folder.iterdir():
        content = path.read_bytes()
        assert str(SECRET).encode() not in content
    cells = [
        c.value for page in openpyxl.load_workbook(folder / "figures.xlsx") for row in page.iter_rows() for c in row
    ]
    assert not [cell for cell in cells if isinstance(cell, float) and math.isclose(cell, SECRET)]
    for name in ("estimates.dta", "estimates.sav"):
        assert SECRET not in [value for row in stata(folder / name)[0] for value in row.values()]


def test_a_missing_package_is_named(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from countersign.errors import CommandError

    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(CommandError, match=r"countersign\[files\]"):
        load_output(OUTPUTS["stata"])(release, tmp_path)
    assert not list(tmp_path.iterdir())


@given(st.lists(st.text(max_size=50), max_size=8), st.sampled_from([32, 64]))
def test_names_are_short_plain_and_each_once(names: list[str], longest: int) -> None:
    found = short_names(names, longest)
    assert len({one.casefold() for one in found}) == len(names)
    assert all(one.isascii() and one[0].isalpha() and len(one) <= longest and one.isidentifier() for one in found)


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert short_names(["a" * 40, "a" * 41, "A" * 42], 32) == ["a" * 32, "a" * 30 + "_2", "A" * 30 + "_3"]


def test_codes_that_are_numbers_keep_them() -> None:
    assert coded({"7": "refused", "1": "yes"}) == {"7": 7, "1": 1}
    assert coded({"01": "a", "1": "b"}) == {"01": 1, "1": 2}
    assert coded({"": "All", "0": "none"}) == {"": 0, "0": 1}


@pytest.mark.parametrize("ending", [".dta", ".sav"])
def test_awkward_tables_survive(ending: str, tmp_path: Path) -> None:
    table = FileTable(
        "Überschrift " * 20,
        (
            FileColumn("Größe des Hauses", "number", "ü" * 200, [1.5, None, math.nan], unit="m²"),
            FileColumn("if", "category", "", ["a", None, "ä" * 300], values={"a": "x" * 400, "ä" * 300: "水"}),
            FileColumn("day", "date", "Day", [dt.date(2024, 2, 29), None, dt.date(1959, 12, 31)]),
            FileColumn("yes", "boolean", "Yes", [True, None, False]),
            FileColumn("story", "text", "Story", ["=1+1", None, "z" * 5000]),
            FileColumn("whole", "integer", "Whole", [2**40, None, -3]),
        ),
    )
    (tmp_path / f"t{ending}").write_bytes(labelled_bytes(table, ending, made=""))
    rows, about = stata(tmp_path / f"t{ending}")
    assert list(rows[0]) == ["Groe_des_Hauses", "if_", "day", "yes", "story", "whole"]
    assert rows[0]["whole"] == 2**40
    assert rows[0]["day"] == dt.date(2024, 2, 29)
    assert about.variable_value_labels["if_"][2] == "水"
    assert rows[0]["story"] == "=1+1"


@pytest.mark.parametrize("format", ["csv", "parquet", "stata", "spss"])
def test_anonymous_rows_come_in_the_format_asked_for(format: str, tmp_path: Path) -> None:
    def column(name: str, kind: str) -> AnonymisedColumn:
        return AnonymisedColumn(name=name, label=name.title(), type=kind, treated="", kept=1.0, answers=2)

    found = Anonymised(
        columns=(column("sex", "category"), column("age", "integer"), column("income", "number")), left_out=(), rows=3,
        keys=("sex",), k=2, missing="own", reason="", blanked=0, proven=True, before={}, after={},
    )  # fmt: skip
    columns = {"_record": [1, 2, 3], "sex": ["f", None, "m"], "age": ["18-29", "30+", None], "income": [1.5, None, 2.0]}
    write_rows(found, columns, tmp_path, title="Wells", format=format, values={"sex": {"f": "Women", "m": "Men"}})
    made = next(path for path in tmp_path.iterdir() if path.stem == "microdata")
    assert made.suffix == {"csv": ".csv", "parquet": ".parquet", "stata": ".dta", "spss": ".sav"}[format]
    assert "f = Women; m = Men" in (tmp_path / "codebook.csv").read_text()
    if format in ("stata", "spss"):
        rows, about = stata(made)
        assert about.variable_value_labels["sex"] == {1: "Women", 2: "Men"}
        assert about.variable_value_labels["age"] == {1: "18-29", 2: "30+"}
        assert [row["income"] for row in rows][::2] == [1.5, 2.0]
    if format == "parquet":
        assert pq.read_table(made).column("age").to_pylist() == ["18-29", "30+", None]
