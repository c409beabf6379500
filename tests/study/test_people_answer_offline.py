"""A data lead sends out a questionnaire, gets it back filled in, and the verdict moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from small_study import STUDY, countersign, write_study

from countersign.evidence.store import digest_of


def add(folder: Path, *files: str) -> None:
    path = folder / "study.yaml"
    text = STUDY.replace("selection: open-web", "selection: open-web, consent: Asked first")
    path.write_text(text + f"answers: [{', '.join(files)}]\n", encoding="utf-8")


def fill(path: Path, answers: dict[str, str], **head: str) -> None:
    book = openpyxl.load_workbook(path)
    for row in book["Start"].iter_rows():
        if row[0].value in head:
            row[1].value = head[row[0].value]
    page = book["Questions"]
    columns = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        if row[0].value in answers:
            row[columns.index("answer")].value = answers[row[0].value]
            row[columns.index("evidence")].value = "proof.txt"
    book.save(path)


GOOD = {
    "A1.understood": "yes", "A1.free": "yes", "A1.withdrawal": "nobody", "A1.children": "nobody", "A2.harm": "yes",
    "A2.referral": "not_needed",
}  # fmt: skip


def assessed(folder: Path) -> dict[str, Any]:
    answer = countersign("assess", folder, "--json")
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.output)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_study(tmp_path)
    (tmp_path / "proof.txt").write_text("minutes of the meeting")
    return tmp_path


def test_the_verdict_moves_when_the_community_answers(folder: Path) -> None:
    assert assessed(folder)["use"] == ""
    answer = countersign("questionnaire", folder, "--role", "community")
    assert answer.exit_code == 0, answer.output
    assert "answers: [answers-community.xlsx]" in answer.output
    fill(folder / "answers-community.xlsx", GOOD, who="Amina", date="2026-03-01")
    add(folder, "answers-community.xlsx")
    assert assessed(folder)["use"] == "U0"
    fill(folder / "answers-community.xlsx", {"A2.harm": "no"})
    assert assessed(folder)["use"] == ""


def test_no_name_leaves_and_every_file_is_on_the_trail_by_its_digest(folder: Path) -> None:
    countersign("questionnaire", folder, "--role", "community")
    fill(folder / "answers-community.xlsx", GOOD, who="Amina Zebedee", date="2026-03-01")
    add(folder, "answers-community.xlsx")
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    released = [path for path in (folder / "release").rglob("*") if path.is_file()]
    assert len(released) > 3
    assert [path.name for path in released if b"Zebedee" in path.read_bytes()] == []
    assert [path.name for path in released if b"Amina" in path.read_bytes()] == []
    own, out = ((place / "trail.jsonl").read_text(encoding="utf-8") for place in (folder, folder / "release"))
    for name in ("answers-community.xlsx", "proof.txt"):
        assert digest_of((folder / name).read_bytes()) in own
        assert digest_of((folder / name).read_bytes()) not in out  # there by a salted commitment


def test_who_agrees_to_it_is_named_in_the_release(folder: Path) -> None:
    path = folder / "a.yaml"
    path.write_text(
        "questionnaire: 1\nwho: Amina Zebedee\nrole: community\ndate: 2026-03-01\npublish: yes\n"
        "answers:\n  - question: A2.harm\n    answer: no\n    comment: The map shows houses.\n",
        encoding="utf-8",
    )
    add(folder, "a.yaml")
    (folder / "study.yaml").write_text(
        (folder / "study.yaml").read_text(encoding="utf-8") + "publish: [report, dossier]\n", encoding="utf-8"
    )
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    page = next((folder / "release").rglob("dossier*.html")).read_text(encoding="utf-8")
    assert "Amina Zebedee" in page
    assert "The map shows houses." in page
    path.write_text(path.read_text(encoding="utf-8").replace("publish: yes\n", ""), encoding="utf-8")
    countersign("run", folder)
    page = next((folder / "release").rglob("dossier*.html")).read_text(encoding="utf-8")
    assert "Amina" not in page
    assert "The map shows houses." not in page


def test_changed_evidence_is_another_step(folder: Path) -> None:
    countersign("questionnaire", folder, "--role", "community")
    fill(folder / "answers-community.xlsx", GOOD, who="Amina", date="2026-03-01")
    add(folder, "answers-community.xlsx")
    countersign("run", folder)
    first = (folder / "release" / "assessment.json").read_text(encoding="utf-8")
    (folder / "proof.txt").write_text("other minutes")
    countersign("run", folder)
    second = (folder / "release" / "assessment.json").read_text(encoding="utf-8")
    assert first != second
    assert digest_of(b"other minutes") in (folder / "trail.jsonl").read_text(encoding="utf-8")
    assert digest_of(b"other minutes") not in second


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--role", "comunity"), "Did you mean 'community'"),
        (("--role", "user"), "Nothing is asked of the role 'user'"),
        (("--out", "answers.docx"), "ends in .xlsx or .yaml"),
    ],
)
def test_what_cannot_be_asked_is_refused(folder: Path, words: tuple[str, ...], message: str) -> None:
    answer = countersign("questionnaire", folder, *words)
    assert answer.exit_code == 2
    assert message in answer.output


def test_a_file_with_answers_is_never_written_over(folder: Path) -> None:
    assert countersign("questionnaire", folder, "--out", folder / "a.yaml").exit_code == 0
    again = countersign("questionnaire", folder, "--out", folder / "a.yaml")
    assert again.exit_code == 2
    assert "answers in it would be lost" in again.output


def test_a_wrong_answer_stops_the_run_with_its_row(folder: Path) -> None:
    countersign("questionnaire", folder, "--role", "community")
    fill(folder / "answers-community.xlsx", {"A2.harm": "maybe"}, who="Amina", date="2026-03-01")
    add(folder, "answers-community.xlsx")
    answer = countersign("assess", folder)
    assert answer.exit_code == 2
    assert "answers-community.xlsx, sheet 'Questions', row " in answer.output
    assert "one of yes, partly, no" in answer.output
    assert "maybe" not in answer.output


def test_answers_that_are_not_there_are_named_with_the_line(folder: Path) -> None:
    countersign("questionnaire", folder, "--role", "community")
    add(folder, "answer-community.xlsx")
    answer = countersign("assess", folder)
    assert answer.exit_code == 2
    assert "Did you mean 'answers-community.xlsx'" in answer.output
    assert "answers" in answer.output


def test_no_report_without_the_attendance_of_both_sides(folder: Path) -> None:
    answer = countersign("questionnaire", folder, "--scorecard", "--out", folder / "card.yaml")
    assert answer.exit_code == 0, answer.output
    path = folder / "card.yaml"
    text = (
        path.read_text(encoding="utf-8")
        .replace("date:", "date: 2026-03-01")
        .replace("place:", "place: Clinic")
        .replace("item:", "item: Waiting")
    )
    text = text.replace("agreed:", "agreed: 3").replace("  rights_holder:", "  rights_holder: 3")
    path.write_text(text, encoding="utf-8")
    add(folder, "card.yaml")
    refused = countersign("run", folder)
    assert refused.exit_code == 2
    assert "how many duty-bearers were there" in refused.output
    assert not (folder / "release").exists()
    path.write_text(text.replace("  duty_bearer:", "  duty_bearer: 4", 1), encoding="utf-8")
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    assert "agreed_scores" in (folder / "release" / "assessment.json").read_text(encoding="utf-8")
