"""A scorecard is read only with both sides' attendance; scores outside the scale are refused."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import yaml

from countersign.errors import AnswerError
from countersign.publishing.language import speak
from countersign.publishing.questionnaire import write_scorecard

from .filling import given

CARD = {
    "scorecard": "1", "place": "Clinic", "date": "2026-03-01",
    "attendance": {"rights_holder": "23", "duty_bearer": "4"},
    "scores": [
        {"item": "Waiting", "rights_holder": "2", "duty_bearer": "4", "agreed": "3", "why": {"rights_holder": "Hours"},
         "action": "A second nurse", "responsible": "The clinic", "due": "2026-09-01"},
        {"item": "=Drugs", "rights_holder": "1.5", "duty_bearer": "", "agreed": ""},
    ],
}  # fmt: skip


def written(folder: Path, **change: object) -> Path:
    path = folder / "card.yaml"
    path.write_text(yaml.safe_dump({**CARD, **change}, sort_keys=False), encoding="utf-8")
    return path


def test_three_scores_stand_side_by_side(tmp_path: Path) -> None:
    (card,) = given(written(tmp_path)).scorecards
    assert (card.place, card.date, card.attendance) == ("Clinic", "2026-03-01", {"rights_holder": 23, "duty_bearer": 4})
    first, second = card.scores
    assert (first.rights_holder, first.duty_bearer, first.agreed, first.gap) == (2, 4, 3, -2)
    assert (first.why, first.action, first.due) == ({"rights_holder": "Hours"}, "A second nurse", "2026-09-01")
    assert (second.rights_holder, second.duty_bearer, second.agreed, second.gap) == (1.5, None, None, None)


def test_the_sheet_holds_what_the_text_holds(tmp_path: Path) -> None:
    path = tmp_path / "card.xlsx"
    write_scorecard({"en": "Water"}, path, words=speak("en"))
    book = openpyxl.load_workbook(path)
    head = {"place": "Clinic", "date": "2026-03-01", "attendance_rights_holder": 23, "attendance_duty_bearer": 4}
    for row in book["Start"].iter_rows():
        if row[0].value in head:
            row[1].value = head[row[0].value]
    page = book["Scores"]
    columns = [cell.value for cell in page[1]]
    for number, score in enumerate(CARD["scores"], start=2):
        flat = {**score, **{f"why_{side}": text for side, text in score.get("why", {}).items()}}
        for key, value in flat.items():
            if key in columns and value:
                cell = page.cell(number, columns.index(key) + 1, value)
                cell.data_type = "s"
    book.save(path)
    (sheet,), (text,) = given(path).scorecards, given(written(tmp_path)).scorecards
    assert (sheet.scores, sheet.attendance, sheet.place, sheet.date) == (
        text.scores, text.attendance, text.place, text.date,
    )  # fmt: skip


@pytest.mark.parametrize("people", [{"rights_holder": "23"}, {"rights_holder": "23", "duty_bearer": "0"}, {}])
def test_one_side_alone_is_no_scorecard(tmp_path: Path, people: dict[str, str]) -> None:
    with pytest.raises(AnswerError, match=r"It is not recorded how many (duty-bearers|rights-holders) were there"):
        given(written(tmp_path, attendance=people))


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ({"rights_holder": "0.9"}, "not a score[\\s\\S]*from 1 to 5"),
        ({"rights_holder": "5.1"}, "not a score"),
        ({"rights_holder": "good"}, "not a score"),
        ({"item": ""}, "not said what was scored"),
        ({"due": "soon"}, "not a day of the calendar"),
        ({"agred": "3"}, "Did you mean 'agreed'"),
    ],
)
def test_a_wrong_score_is_refused_with_its_line(tmp_path: Path, score: dict[str, str], message: str) -> None:
    with pytest.raises(AnswerError, match=message) as error:
        given(written(tmp_path, scores=[{"item": "Waiting", "rights_holder": "3", **score}]))
    assert "card.yaml, line" in error.value.where


@pytest.mark.parametrize("value", ["1", "5"])
def test_the_ends_of_the_scale_are_scores(tmp_path: Path, value: str) -> None:
    (card,) = given(written(tmp_path, scores=[{"item": "Waiting", "agreed": value}])).scorecards
    assert card.scores[0].agreed == float(value)


def test_an_item_stands_once_and_something_is_scored(tmp_path: Path) -> None:
    twice = [{"item": "Waiting", "agreed": "3"}, {"item": "waiting", "agreed": "4"}]
    with pytest.raises(AnswerError, match="stands twice"):
        given(written(tmp_path, scores=twice))
    with pytest.raises(AnswerError, match="Nothing was scored"):
        given(written(tmp_path, scores=[]))
    with pytest.raises(AnswerError, match="not said where the meeting was"):
        given(written(tmp_path, place=""))
    with pytest.raises(AnswerError, match="lies in the future"):
        given(written(tmp_path, date="2027-01-01"))
