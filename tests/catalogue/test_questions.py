"""Questions to people: complete, answerable by somebody, and clear about what an answer means."""

from __future__ import annotations

import dataclasses

import pytest

from countersign.catalogue import (
    Fix,
    choices,
    criteria,
    load,
    questions,
    questions_of,
    scales,
    state_of,
    threshold,
    understand,
)
from countersign.catalogue.loading import read
from countersign.errors import CatalogueError
from countersign.model.finding import State

LETTERS = list("ABCDEFGHI")


def test_every_criterion_that_people_answer_has_questions_and_no_other():
    for criterion in criteria():
        assert bool(questions_of(criterion.id)) == bool(criterion.answered_by), criterion.id
        assert criterion.mode == "auto" or questions_of(criterion.id), criterion.id


def test_questions_stand_in_the_order_of_their_criteria_and_name_them():
    order = [question.criterion for question in questions()]
    assert order == sorted(order, key=lambda key: (LETTERS.index(key[0]), int(key[1:])))
    for question in questions():
        assert question.id.split(".")[0] == question.criterion
        assert question.criterion in criteria()
        assert question.ask.endswith("?"), question.id
        assert question.technical, question.id
        assert len(question.ask.split()) <= 16, question.id


def test_only_roles_of_the_criterion_may_answer_and_enough_of_them_exist():
    for question in questions():
        assert question.roles, question.id
        assert set(question.roles) <= set(criteria()[question.criterion].answered_by), question.id
        assert set(question.not_only) < set(question.roles), question.id
        assert 1 <= question.min_roles <= len(question.roles), question.id
        assert all(role in load("roles") for role in question.roles)
    for criterion in criteria():
        asked = {role for question in questions_of(criterion.id) for role in question.roles}
        assert asked == set(criterion.answered_by), criterion.id


def test_a_criterion_requires_evidence_where_one_of_its_questions_does():
    for criterion in criteria():
        required = any(question.evidence == "required" for question in questions_of(criterion.id))
        assert criterion.evidence_required == required, criterion.id


def test_every_answer_has_words_and_a_state_and_no_key_was_read_as_true_or_false():
    for question in questions():
        for answer, words in choices(question).items():
            assert answer not in ("True", "False"), question.id
            assert words, question.id
            assert isinstance(state_of(question, answer), State)
        if question.scale == "choice":
            assert len(choices(question)) > 1, question.id
            known = set(choices(question))
            assert not question.states or set(question.states) == known, question.id
        if question.form:
            assert load(question.form)
        if question.limit:
            assert threshold(question.limit).criterion == question.criterion
        if question.scale == "number":
            assert question.unit


def test_the_rung_is_asked_of_two_roles_at_every_step_and_never_of_the_organiser_alone():
    (rung,) = questions_of("B1")
    assert (rung.per, rung.min_roles, rung.not_only, rung.evidence) == ("step", 2, ("cso",), "required")
    assert [state_of(rung, step) for step in (1, 2, 3, 4, 5)] == [
        State.FAIL, State.FAIL, State.WARN, State.PASS, State.PASS,
    ]  # fmt: skip


def test_the_concept_is_compared_in_four_elements_for_every_indicator():
    four = questions_of("C1")
    assert [question.id for question in four] == ["C1.numerator", "C1.denominator", "C1.period", "C1.population"]
    assert {(question.scale, question.per) for question in four} == {("same-close-different", "indicator")}
    assert [state_of(four[0], word) for word in ("same", "close", "different")] == [
        State.PASS, State.WARN, State.FAIL,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer", "state"),
    [
        ("D2.pilot", 29, State.WARN),
        ("D2.pilot", 30, State.PASS),
        ("D2.pilot", 31, State.PASS),
        ("D2.pilot", 0, State.WARN),
        ("H4.contact", 14, State.PASS),
        ("H4.contact", 15, State.WARN),
        ("H4.contact", 30, State.WARN),
        ("H4.contact", 31, State.FAIL),
        ("A5.gap", "adequate", State.FAIL),
        ("A5.gap", "improves", State.PASS),
        ("A1.children", "nobody", State.NOT_APPLICABLE),
        ("I2.cost", "1200.50", State.PASS),
        ("D4.eligible", "Everybody above 15", State.PASS),
        ("D4.mechanism", "open-web", State.WARN),
        ("A6.until", "2027-01-31", State.PASS),
        ("B3.self", True, State.PASS),
        ("B3.self", False, State.FAIL),
    ],
)
def test_an_answer_means_a_state(question, answer, state):
    assert state_of(questions()[question], answer) is state


def test_what_a_question_says_of_an_answer_goes_before_what_its_scale_says():
    turned = dataclasses.replace(questions()["B3.self"], states={"yes": "fail"})
    assert state_of(turned, "yes") is State.FAIL
    assert state_of(turned, "partly") is State.WARN


@pytest.mark.parametrize(
    ("question", "answer", "message"),
    [
        ("B3.self", "yse", "Did you mean 'yes'"),
        ("B1.rung", 6, "one of 1, 2, 3, 4, 5"),
        ("B1.rung", 0, "one of 1, 2, 3, 4, 5"),
        ("D4.mechanism", "quotas", "Did you mean 'quota'"),
        ("I2.cost", -1, "0 or more money"),
        ("I2.cost", "nan", "0 or more money"),
        ("I2.cost", "many", "0 or more money"),
        ("D5.again", 101, "0 to 100"),
        ("A6.until", "31.01.2027", "This is not a date"),
        ("D4.eligible", "  ", "The answer is empty"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_the_question_named(question, answer, message):
    with pytest.raises(CatalogueError, match=f"question {question}") as caught:
        understand(questions()[question], answer)
    assert message in str(caught.value)


def test_a_question_that_does_not_exist_names_the_nearest():
    with pytest.raises(CatalogueError, match=r"Did you mean 'B1\.rung'"):
        questions()["B1.rang"]


HEAD = "list: x\nholds: {holds}\ntitle: X\nsource: a book\nstatus: read\nentries:\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{title: A, scale: yes-no}", "Did you mean 'yes-partly-no'"),
        ("{title: A, evidence: requird}", "Did you mean 'required'"),
        ("{title: A, per: indicators}", "Did you mean 'indicator'"),
        ("{title: A, states: {a: passed}}", "Did you mean 'pass'"),
        ("{title: A, rolls: [cso]}", "Did you mean 'roles'"),
    ],
)
def test_a_mistake_in_a_question_is_named_with_its_place(body, message):
    with pytest.raises(CatalogueError, match=r"x\.yaml, entries\.A1\.q") as caught:
        read(HEAD.format(holds="question") + f"  A1.q: {body}\n", where="x.yaml")
    assert message in str(caught.value)


def test_next_steps_come_cheapest_first_and_the_first_is_the_usual_one():
    for criterion in criteria():
        costs = [fix.cost for fix in criterion.fixes]
        assert costs == sorted(costs), criterion.id
        assert criterion.fix == criterion.fixes[0].do
        assert all(fix.do.endswith(".") and fix.effort for fix in criterion.fixes), criterion.id
    assert [Fix("A.", effort).cost for effort in ("answer", "repair", "collect")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("fixes", "message"),
    [("[{do: Go., effort: colect}]", "Did you mean 'collect'"), ("[Go.]", "'effort' is missing"), ("{a: b}", "a list")],
)
def test_a_mistake_in_a_next_step_is_named_with_its_place(fixes, message):
    text = HEAD.format(holds="criterion") + f"  A1: {{title: A, fixes: {fixes}}}\n"
    with pytest.raises(CatalogueError, match=r"x\.yaml, entries\.A1\.fixes") as caught:
        read(text, where="x.yaml")
    assert message in str(caught.value)


def test_scales_are_those_a_question_may_name():
    assert scales().ids == ("yes-partly-no", "same-close-different", "rung", "choice", "number", "date", "text")
