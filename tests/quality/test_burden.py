"""Length of the form, time of an interview, interviews broken off (I1)."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.catalogue import threshold
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.form import Choice, Form, FormGroup, FormQuestion
from countersign.model.process import Process
from countersign.quality import assess
from countersign.quality.burden import expected_minutes, form_length


def asked(name: str, **more) -> FormQuestion:
    return FormQuestion(name, "text", label={"en": "one two three"}, **more)


def test_expected_minutes_are_words_and_answers():
    """Two questions of 3 words, one with a hint of 2 and choices of 1 and 2 words: 11 words, 2 answers."""
    choices = (Choice("1", {"en": "four"}), Choice("2", {"en": "five six"}))
    form = Form((asked("a"), asked("b", hint={"en": "seven eight"}, choices=choices)), languages={"en": "English"})
    speed, pause = threshold("words_per_minute").good, threshold("seconds_to_answer").good
    assert expected_minutes(form) == pytest.approx(11 / speed + 2 * pause / 60)


@pytest.mark.parametrize(
    ("questions", "state"), [(1, State.PASS), (60, State.PASS), (61, State.WARN), (600, State.WARN)]
)
def test_a_long_form_is_a_warning_and_never_a_failure(questions, state):
    finding = form_length(Form(tuple(asked(f"q{n}") for n in range(questions))))
    assert (finding.state, finding.value) == (state, questions)


def test_conditions_and_repeats_are_told():
    group = FormGroup("r", repeated=True)
    form = Form((asked("a"), asked("b", path=("r",)), asked("c", relevant="${a} = 1")), groups=(group,))
    assert "3 questions, 1 of them under a condition and 1 in a repeat" in form_length(form).message


@pytest.mark.parametrize(("minutes", "state"), [(30, State.PASS), (31, State.WARN), (60, State.WARN), (61, State.FAIL)])
def test_the_median_time_is_judged_at_its_limits(engine, minutes, state):
    data = dataset(engine, {"took": [1, minutes, 300, None, -5]}, roles={"minutes": ("took",)}, unit="person")
    finding = found(data, "interview_minutes")
    assert (finding.state, finding.value, finding.count) == (state, minutes, 3)


def test_without_a_time_nobody_can_say_how_long_it_took(engine):
    assert found(dataset(engine, {"a": [1]}), "interview_minutes").state is State.NOT_ASSESSED


FORM = Form((*(asked(f"q{n}") for n in range(1, 5)), asked("later", relevant="${q1} = 'x'")))


def people(engine, *rows, **more):
    """Rows such as ``ab--``: an answer or none to q1 .. q4; ``later`` is never answered."""
    columns = {f"q{n}": [None if row[n - 1] == "-" else row[n - 1] for row in rows] for n in range(1, 5)}
    return dataset(engine, columns | {"later": [None] * len(rows)}, unit="person", **more)


def broken(data, **documents):
    return found(data, "break_off", documents=Documents(**documents))


def test_less_than_half_of_the_questions_put_to_everybody_is_broken_off(engine):
    finding = broken(people(engine, "abcd", "ab--", "a---", "----"), forms={"f": FORM})
    assert (finding.value, finding.count, finding.state) == (0.5, 2, State.FAIL)
    assert "(4 at most)" in finding.message


def test_records_set_aside_do_not_count(engine):
    data = people(engine, "abcd", "abcd", "a---", kept=[True, True, False])
    assert broken(data, forms={"f": FORM}).value == 0.0


def test_without_the_form_a_skip_counts_as_unanswered_and_the_state_is_a_warning_at_worst(engine):
    finding = broken(people(engine, "a---", "a---"))
    assert (finding.value, finding.state) == (1.0, State.WARN)
    assert "(5 at most)" in finding.message
    assert "skipped on purpose" in finding.message


def test_only_an_interview_can_be_broken_off(engine):
    data = dataset(engine, {"bottles": [1, None, None]}, unit="beach survey")
    assert broken(data).state is State.NOT_ASSESSED


def test_questions_of_a_repeat_are_those_of_its_table(engine):
    group = FormGroup("person", repeated=True)
    form = Form((asked("town"), *(asked(f"q{n}", path=("person",)) for n in range(1, 5))), groups=(group,))
    assert broken(people(engine, "abcd", "a---"), forms={"f": form}).value == 0.5


def test_a_study_without_a_form_is_told_what_to_do(engine):
    findings = assess(dataset(engine, {"a": [1]}), plan=plan())
    lacking = [
        f
        for f in findings
        if f.check in ("form_length", "form_rules", "translations", "identity_options", "form_versions")
    ]
    assert len(lacking) == 5
    assert {f.state for f in lacking} == {State.NOT_ASSESSED}
    assert all("form:" in f.fix for f in lacking)


@pytest.mark.parametrize(("asks", "state"), [(4, State.PASS), (5, State.WARN), (12, State.WARN), (13, State.FAIL)])
def test_how_often_people_are_asked_is_judged_at_its_limits(engine, asks, state):
    said = plan(process=Process(asks_per_year=asks))
    assert found(dataset(engine, {"a": [1]}), "asks_per_year", plan=said).state is state
    assert found(dataset(engine, {"a": [1]}), "asks_per_year").state is State.NOT_ASSESSED


def test_a_question_counts_where_it_was_put(engine):
    """Rows of 5 answers, the fifth asked of adults only: 2 of 4 and 2 of 5 answered."""
    columns = {f"q{n}": ["a", "a"] if n < 3 else [None, None] for n in range(1, 5)}
    columns |= {"later": [None, None], "adult": ["no", "yes"]}
    said = {"later": {"asked_if": "adult = 'yes'"}}
    data = dataset(engine, columns, unit="person", variables=said, answers=(*(f"q{n}" for n in range(1, 5)), "later"))
    assert broken(data, forms={"f": FORM}).count == 1


def test_a_few_questions_say_nothing_about_break_off(engine):
    rows = {f"q{n}": ["a", None] for n in range(1, 4)}
    assert broken(dataset(engine, rows, unit="person")).state is State.NOT_ASSESSED
    assert broken(dataset(engine, rows | {"q4": ["a", None]}, unit="person")).value == 0.5
