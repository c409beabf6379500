"""new, check, one edit, run: any table gives a first report, or one sentence says what to mend."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from small_study import countersign

from countersign.study.schema import study_schema

SEXES = [f"{number};{'fm'[number % 2]};{number % 40 + 18}" for number in range(30)]


def lines(header: str, rows: Sequence[str]) -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode("utf-8")


TABLES: dict[str, bytes] = {
    "decimal commas": lines(
        "nom;poids;prix", [f"{'Âne' if k % 2 else 'Bœuf'};{k},25;1.234,{k + 10}" for k in range(30)]
    ),
    "sep line": lines("sep=;\nid;sex;age", SEXES),
    "titles above": lines("Water points;;\nMinistry;;\nid;sex;age", SEXES),
    "a separator too many": lines("id,sex,age,", [row.replace(";", ",") + "," for row in SEXES]),
    "columns without names": lines(",sex,", [row.replace(";", ",") for row in SEXES]),
    "names twice": lines("id,sex,sex", [row.replace(";", ",") for row in SEXES]),
    "names that differ in capitals": lines("id,Sex,sex", [row.replace(";", ",") for row in SEXES]),
    "names with dots and quotes": lines('pm2.5,"a ""b""",_row', [row.replace(";", ",") for row in SEXES]),
    "a column called ?": lines("?,null,tru: e", [row.replace(";", ",") for row in SEXES]),
    "texts only": lines("name,remark", [f"Person {k},said {k * 7919} things" for k in range(30)]),
    "signs beside numbers": lines("ward,share,cost", [f"ward {k},{k}%,KES {k * 37}" for k in range(30)]),
    "values that YAML would cut": lines("district", [f"District # {k % 3}" for k in range(30)]),
    "one column": lines("age", [str(k % 40) for k in range(30)]),
    "Arabic": lines("الجنس,العمر", [f"{'ذكر' if k % 2 else 'أنثى'},{k}" for k in range(30)]),
}


def first_example(text: str) -> str:
    """Return the first example of the draft, as a person would copy it."""
    found = re.search(r"^  #   ((?:proportion|mean|distribution): .*)$", text, re.MULTILINE)
    assert found
    return found.group(1)


def run_after_one_edit(folder: Path, table: Path) -> None:
    made = countersign("new", folder, "--from", table)
    assert made.exit_code == 0, made.output
    checked = countersign("check", folder)
    assert checked.exit_code == 0, checked.output
    assert "* What do you want to know?" in checked.output
    file = folder / "study.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count('    proportion: "?"') == 1
    file.write_text(text.replace('proportion: "?"', first_example(text)), encoding="utf-8")
    result = countersign("run", folder)
    assert result.exit_code == 0, result.output
    assert (folder / "release" / "report.html").is_file()


@pytest.mark.parametrize("name", TABLES)
def test_an_ugly_table_gives_a_first_report(name: str, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(TABLES[name])
    run_after_one_edit(tmp_path / "study", table)


def test_a_workbook_with_titles_notes_and_a_readme_gives_a_first_report(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active.append(["An export"])
    sheet = book.create_sheet("Answers")
    sheet.append(["Household survey"])
    sheet.append([])
    sheet.append(["id", "sex", "age"])
    for number in range(30):
        sheet.append([number, "fm"[number % 2], 20 + number])
    sheet.append([])
    sheet.append(["Source: own survey"])
    book.save(tmp_path / "table.xlsx")
    run_after_one_edit(tmp_path / "study", tmp_path / "table.xlsx")
    text = (tmp_path / "study" / "study.yaml").read_text(encoding="utf-8")
    assert 'sheet: "Answers"' in text
    assert "sheets with data: Read me, Answers" in text
    assert "footer: 2" in text
    assert "# 30 rows, 3 columns" in text
    other = countersign("new", tmp_path / "other", "--from", tmp_path / "table.xlsx", "--sheet", "Nope")
    assert other.exit_code == 2
    assert "Read me, Answers" in other.output


def test_reading_options_can_be_given_and_are_written_down(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(lines("id;sex;age", SEXES))
    made = countersign("new", tmp_path / "study", "--from", table, "--skip", "0", "--delimiter", ";")
    assert made.exit_code == 0, made.output
    text = (tmp_path / "study" / "study.yaml").read_text(encoding="utf-8")
    assert "    skip: 0 " in text
    assert '    delimiter: ";" ' in text


def test_the_schema_lies_beside_the_study_for_editors(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(lines("id;sex;age", SEXES))
    countersign("new", tmp_path / "study", "--from", table)
    first = (tmp_path / "study" / "study.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=study.schema.json"
    assert json.loads((tmp_path / "study" / "study.schema.json").read_text(encoding="utf-8")) == study_schema()


def test_check_names_in_plain_words_what_is_open_and_what_to_do_next(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(lines("id;sex;age", SEXES))
    countersign("new", tmp_path / "study", "--from", table)
    said = countersign("check", tmp_path / "study").stdout
    order = [
        "Who organises it?",
        "How did people or places get in?",
        "Who decides about the data?",
        "Whom are",
        "census",
    ]
    assert sorted(order, key=said.index) == order
    assert "study.yaml has no 'benchmark:' yet" in said
    assert re.search(r"Next: answer question \d+ in .*then countersign run", said)
    assert said.count("What should stand for") == 0
