"""What people fill in is read as they wrote it, in both formats; whatever cannot be an answer is refused."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from countersign.catalogue import choices, questions
from countersign.errors import AnswerError
from countersign.model.plan import IndicatorPlan, Initiative, Plan, Source
from countersign.publishing.language import speak
from countersign.publishing.questionnaire import write_questionnaire
from countersign.quality.asking import ask

from .filling import fill_sheet, fill_text, given, sha

PLAN = Plan(
    title={"en": "=Water in Hilltown", "fr": "L'eau à Hilltown"},
    data={"d": Source(name="d", file="d.csv")},
    indicators={"water": IndicatorPlan(name="water", statistic="proportion", numerator="x", title={"en": "=1+1 cups"})},
    initiative=Initiative(consent="Asked first", participation={"identify": 4}),
)
FORMATS = ("xlsx", "yaml")


def exported(folder: Path, kind: str, **how: Any) -> Path:
    path = folder / f"answers.{kind}"
    path.unlink(missing_ok=True)
    write_questionnaire(ask(PLAN, **how), path, words=speak(how.get("language", "en")))
    return path


def fill(path: Path, answers: dict[tuple[str, str], dict[str, Any]], **head: Any) -> None:
    (fill_sheet if path.suffix == ".xlsx" else fill_text)(path, answers, **head)


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_questionnaire_holds_no_answer(tmp_path: Path, kind: str) -> None:
    assert given(exported(tmp_path, kind)).answers == ()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_role_is_asked_only_what_it_may_answer(tmp_path: Path, kind: str) -> None:
    path = exported(tmp_path, kind, role="opd")
    fill(path, {("B4.access", ""): {"answer": "yes"}}, who="Ada", date="2026-03-01")
    assert [(one.question, one.role) for one in given(path).answers] == [("B4.access", "opd")]
    with pytest.raises(AssertionError):
        fill(path, {("A5.gap", "water"): {"answer": "none"}})


@pytest.mark.parametrize("kind", FORMATS)
def test_evidence_is_known_by_its_digest(tmp_path: Path, kind: str) -> None:
    (tmp_path / "consent.txt").write_text("We agree.")
    path = exported(tmp_path, kind)
    fill(
        path,
        {("A1.understood", ""): {"answer": "yes", "evidence": "consent.txt"}},
        who="Ada",
        role="community",
        date="2026-03-01",
    )
    (answer,) = given(path).answers
    assert [(file.name, file.digest) for file in answer.evidence] == [("consent.txt", sha(tmp_path / "consent.txt"))]


SIGNS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\u2028\u2029\x85")
words = st.text(SIGNS, max_size=30).map(str.strip)
names = words.filter(lambda text: bool(text) and text not in ("~", "null"))
ASKED = [(one, "water" if one.per == "indicator" else "collect" if one.per == "step" else "") for one in questions()]


@st.composite
def answered(draw: Any) -> dict[tuple[str, str], dict[str, str]]:
    found = {}
    for question, about in draw(
        st.lists(st.sampled_from(ASKED), min_size=1, max_size=6, unique_by=lambda pair: pair[0].id)
    ):
        known = choices(question)
        if known:
            value = draw(st.sampled_from(sorted(known)))
        elif question.scale == "number":
            value = str(draw(st.integers(0, 100)))
        elif question.scale == "date":
            value = draw(st.dates(min_value=dt.date(1990, 1, 1))).isoformat()
        else:
            value = draw(names)
        found[question.id, about] = {
            "answer": value,
            "role": draw(st.sampled_from(question.roles)),
            "who": draw(names),
            "comment": draw(words.filter(lambda text: text not in ("~", "null"))),
            "language": draw(st.sampled_from(["en", "fr", "sw", "pt-BR"])),
            "date": "2026-03-01",
            "publish": draw(st.sampled_from(["yes", ""])),
            "evidence": "proof.txt" if question.evidence == "required" else "",
        }
    return found


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@drawn(answers=answered())
@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_filled_in_comes_back_without_loss(answers: dict[tuple[str, str], dict[str, str]], kind: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "proof.txt").write_text("proof")
        path = exported(folder, kind)
        fill(path, answers)
        back = {
            (one.question, one.about): {
                "answer": one.value, "role": one.role, "who": one.who, "comment": one.comment, "language": one.language,
                "date": one.date, "publish": "yes" if one.publish else "",
                "evidence": one.evidence[0].name if one.evidence else "",
            }
            for one in given(path).answers
        }  # fmt: skip
    assert back == answers


def test_a_cell_that_begins_like_a_formula_is_text(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(exported(tmp_path, "xlsx"))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert all(cell.quotePrefix for cell in cells if str(cell.value)[:1] in "=+-@")


def test_the_sheet_offers_the_allowed_answers_and_its_header_stays(tmp_path: Path) -> None:
    page = openpyxl.load_workbook(exported(tmp_path, "xlsx"))["Questions"]
    columns = [cell.value for cell in page[1]]
    assert page.freeze_panes == "B2"
    row = next(row for row in page.iter_rows(min_row=2) if row[0].value == "A1.understood")
    answer = row[columns.index("answer")]
    rules = [rule.formula1 for rule in page.data_validations.dataValidation if answer.coordinate in rule.sqref]
    assert rules == ['"yes,partly,no"']
    assert all(cell.alignment.wrap_text for cell in row)


def test_questions_come_in_another_language_and_say_that_nobody_reviewed_it(tmp_path: Path) -> None:
    text = exported(tmp_path, "yaml", language="fr").read_text(encoding="utf-8")
    assert "traduction que personne n’a encore relue" in text
    assert 'study: "L\'eau à Hilltown"' in text
    assert "language: fr" in text
    assert ask(PLAN, language="xx").worded == "en"


GOOD: dict[str, str] = {
    "question": "A5.need",
    "about": "water",
    "answer": "yes",
    "who": "Ada",
    "role": "community",
    "date": "2026-03-01",
}


def written(folder: Path, kind: str, *rows: dict[str, str]) -> Path:
    """A file with these rows alone, as somebody might write it by hand."""
    path = folder / f"by-hand.{kind}"
    if kind == "yaml":
        lines = ["questionnaire: 1", "answers:"]
        for row in rows:
            lines += [
                f'{"  - " if not place else "    "}{key}: "{value}"' for place, (key, value) in enumerate(row.items())
            ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Questions"
    columns = list(dict.fromkeys(key for row in ({"question": "", "answer": ""}, *rows) for key in row))
    page.append(columns)
    for row in rows:
        page.append([row.get(key) for key in columns])
    book.save(path)
    return path


BAD = {
    "a criterion that is not there": ({"question": "Z9.need"}, "no criterion 'Z9'", "question"),
    "a question that is not there": ({"question": "A5.nead"}, "Did you mean 'A5.need'", "question"),
    "a criterion, no question": ({"question": "B1", "about": "collect"}, "Did you mean 'B1.rung'", "question"),
    "a criterion that is only computed": ({"question": "E7"}, "it is computed", "question"),
    "an indicator that is not there": ({"about": "watre"}, "Did you mean 'water'", "about"),
    "no indicator": ({"about": ""}, "not said which indicator", "about"),
    "an answer outside the scale": ({"answer": "yep"}, "Did you mean 'yes'", "answer"),
    "a role that may not answer": ({"role": "nso"}, r"may not answer A5.need[\s\S]*Expected: community", "role"),
    "a role that is not there": ({"role": "comunity"}, "Did you mean 'community'", "role"),
    "no role": ({"role": ""}, "not said in which role", "role"),
    "no name": ({"who": ""}, "not said who answered", "who"),
    "a day that is none": ({"date": "2026-02-30"}, "not a day of the calendar", "date"),
    "no day": ({"date": ""}, "not said on which day", "date"),
    "a day in the future": ({"date": "2026-06-02"}, "lies in the future", "date"),
    "neither yes nor no to being named": ({"publish": "maybe"}, "may be shown", "publish"),
    "evidence that is not there": ({"evidence": "by-hand.yml"}, "is not there. Did you mean", "evidence"),
    "evidence from elsewhere on this computer": ({"evidence": "../outside.txt"}, "is not there", "evidence"),
    "evidence missing": (
        {"question": "A6.agreed", "about": ""}, "needs evidence, and none is named", "evidence"),
    "one figure, asked once for all": ({"question": "A1.free"}, "asked once for the whole study", "about"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("what", BAD)
def test_it_is_refused_with_its_place(tmp_path: Path, what: str, kind: str) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    change, message, key = BAD[what]
    path = written(folder, kind, {**GOOD, **change})
    with pytest.raises(AnswerError, match=message) as error:
        given(path)
    place = error.value.where
    assert place.startswith("by-hand")
    assert ("line" in place) if kind == "yaml" else ("sheet 'Questions', row 2" in place)
    assert key in place


def test_the_last_day_allowed_is_today(tmp_path: Path) -> None:
    path = written(tmp_path, "yaml", {**GOOD, "date": "2026-06-01"})
    assert given(path).answers[0].date == "2026-06-01"


def test_an_answer_against_the_data_needs_no_evidence(tmp_path: Path) -> None:
    path = written(tmp_path, "yaml", {**GOOD, "question": "A6.agreed", "about": "", "answer": "no"})
    assert given(path).answers[0].value == "no"


def test_the_same_person_answers_once(tmp_path: Path) -> None:
    first = written(tmp_path, "yaml", GOOD)
    second = written(tmp_path, "xlsx", {**GOOD, "who": " ada", "answer": "no"})
    with pytest.raises(AnswerError, match=r"answered A5.need twice about 'water' \(first: by-hand.yaml, line 3\)"):
        given(first, second)
    other = written(tmp_path, "xlsx", {**GOOD, "who": "Ben", "answer": "no"})
    assert [one.value for one in given(first, other).answers] == ["yes", "no"]


def test_a_comment_without_an_answer_is_kept(tmp_path: Path) -> None:
    (answer,) = given(written(tmp_path, "yaml", {**GOOD, "answer": "", "comment": "Ask Ben."})).answers
    assert (answer.value, answer.comment) == ("", "Ask Ben.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file is empty"),
        ("a: [", "not YAML"),
        ("questionaire: 1\nanswers: []\n", "Did you mean 'questionnaire'"),
        ("questionnaire: 1\nanswer: []\n", "Unknown key 'answer'"),
        ("questionnaire: 1\nanswers:\n  - questoin: A5.need\n", "line 3.*Did you mean 'question'"),
        ("questionnaire: 1\nanswers: yes\n", "not a list"),
        ("questionnaire: 1\nwho: a\nwho: b\nanswers: []\n", "stands twice"),
    ],
)
def test_a_file_that_is_no_questionnaire_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AnswerError, match=message):
        given(path)


def test_a_workbook_without_the_sheet_or_the_columns_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(AnswerError, match="None of the sheets 'Sheet'"):
        given(tmp_path / "a.xlsx")
    book.active.title = "Questions"
    book.active.append(["question", "anwser"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(AnswerError, match="The column 'answer' is missing"):
        given(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").write_text("no workbook")
    with pytest.raises(AnswerError, match="not a readable workbook"):
        given(tmp_path / "b.xlsx")
    (tmp_path / "c.txt").write_text("text")
    with pytest.raises(AnswerError, match=r"ends in \.yaml or \.xlsx"):
        given(tmp_path / "c.txt")
