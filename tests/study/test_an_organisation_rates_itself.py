"""The maturity form: at the keyboard, in a file, and many files together."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
import yaml
from click.testing import CliRunner, Result
from small_study import countersign

from countersign.catalogue import maturity
from countersign.cli import main

PARTS = maturity().ids


def filled(path: Path, *levels: str, organisation: str = "", comment: str = "") -> Path:
    """Export the empty form and fill it in."""
    answer = countersign("maturity", "--form", path)
    assert answer.exit_code == 0, answer.output
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        for row in book["Start"].iter_rows():
            if row[0].value == "organisation":
                row[1].value = organisation
        page = book["Levels"]
        columns = [cell.value for cell in page[1]]
        for row, level in zip(page.iter_rows(min_row=2), levels, strict=False):
            row[columns.index("level")].value = int(level) if level else None
            row[columns.index("comment")].value = comment or None
        book.save(path)
        return path
    form = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    form["organisation"] = organisation
    for entry, level in zip(form["answers"], levels, strict=False):
        entry |= {"level": level, "comment": comment}
    path.write_text(yaml.safe_dump(form, sort_keys=False), encoding="utf-8")
    return path


def rated(*files: Path, out: Path) -> Result:
    words = [word for file in files for word in ("--answers", file)]
    return countersign("maturity", *words, "--out", out)


@pytest.mark.parametrize("kind", ["xlsx", "yaml"])
def test_a_filled_form_gives_a_page_with_next_steps(tmp_path: Path, kind: str) -> None:
    path = filled(
        tmp_path / f"form.{kind}", "1", "2", "3", "4", "", "1", "2", organisation="Hill <Group>", comment="Ours <all>"
    )
    answer = rated(path, out=tmp_path / "page.html")
    assert answer.exit_code == 0, answer.output
    assert "Ask ten people of the community what they need to know." in answer.output
    assert "I3.maturity is 1" in answer.output
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Hill &lt;Group&gt;" in page
    assert "Ours &lt;all&gt;" in page
    # A dot on the axis of every part that was rated, on the wide drawing and on that for a telephone.
    assert [dots.count("<path") for dots in re.findall(r'<g class="dot".*?</g>', page)] == [6, 6]
    assert page.count('stroke-dasharray="3,4"') == 2  # the axis of the part that was not, on both
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")  # the name of a format, not an address


def test_the_terminal_asks_and_keeps_the_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(main, ["maturity"], input="Hilltown\n1\n9\n2\n3\n4\n\n1\n2\n")
    assert answer.exit_code == 0, answer.output
    kept = yaml.safe_load((tmp_path / "maturity.yaml").read_text(encoding="utf-8"))
    assert [one["level"] for one in kept["answers"]] == ["1", "2", "3", "4", "1", "2"]
    assert kept["organisation"] == "Hilltown"
    first = (tmp_path / "maturity.html").read_text(encoding="utf-8")
    again = rated(tmp_path / "maturity.yaml", out=tmp_path / "again.html")
    assert again.exit_code == 0, again.output
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == first


def test_answers_at_the_keyboard_never_replace_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "maturity.yaml").write_text("mine")
    answer = CliRunner().invoke(main, ["maturity"], input="\n" + "1\n" * 7)
    assert answer.exit_code == 2
    assert (tmp_path / "maturity.yaml").read_text() == "mine"


def test_three_files_make_a_summary_without_names(tmp_path: Path) -> None:
    files = [
        filled(tmp_path / f"{name}.yaml", *levels, organisation=f"Group {name}", comment="We know who.")
        for name, levels in {"a": "1111111", "b": "1211111", "c": "4111111"}.items()
    ]
    answer = rated(*files, out=tmp_path / "all.html")
    assert answer.exit_code == 0, answer.output
    assert "Purpose and participation: 2 at level 1, 1 at level 4" in answer.output
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "Group" not in page
    assert "We know who" not in page
    two = rated(*files[:2], out=tmp_path / "two.html")
    assert two.exit_code == 2
    assert not (tmp_path / "two.html").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("maturity: 1\nanswers:\n  - part: sharring\n    level: 1\n", "line 3, part: .*Did you mean 'sharing'"),
        ("maturity: 1\nanswers:\n  - part: sharing\n    level: 5\n", "line 4, level: This is not a level"),
        ("maturity: 1\nanswers:\n  - part: sharing\n  - part: sharing\n", "stands twice"),
        ("maturity: 1\nanswers:\n  - part: sharing\n", "No part is answered"),
        ("maturity: 1\ndate: 2999-01-01\nanswers:\n  - part: sharing\n    level: 1\n", "lies in the future"),
        ("questionnaire: 1\n", "does not say what it is"),
    ],
)
def test_a_wrong_form_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    import re

    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    answer = rated(tmp_path / "m.yaml", out=tmp_path / "page.html")
    assert answer.exit_code == 2
    assert re.search(message, answer.output), answer.output
    assert not (tmp_path / "page.html").exists()


def test_a_form_that_is_not_there_and_a_format_nobody_reads(tmp_path: Path) -> None:
    assert "There is no file 'm.yaml'" in rated(tmp_path / "m.yaml", out=tmp_path / "p.html").output
    answer = countersign("maturity", "--form", tmp_path / "form.docx")
    assert answer.exit_code == 2
    assert "ends in .xlsx or .yaml" in answer.output


def test_one_organisation_is_never_counted_as_several(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.yaml", *"1111111")
    (tmp_path / "copy.yaml").write_bytes(file.read_bytes())
    other = filled(tmp_path / "b.yaml", *"2111111")
    for files in ((file, file, other), (file, tmp_path / "copy.yaml", other)):
        answer = rated(*files, out=tmp_path / "all.html")
        assert answer.exit_code == 2
        assert "one file for each organisation" in answer.output
        assert not (tmp_path / "all.html").exists()


def test_the_page_never_takes_the_place_of_the_answers(tmp_path: Path) -> None:
    file = filled(tmp_path / "a.yaml", *"1111111")
    before = file.read_bytes()
    answer = rated(file, out=file)
    assert answer.exit_code == 2
    assert "would take the place" in answer.output
    assert file.read_bytes() == before
