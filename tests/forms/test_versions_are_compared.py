"""Two versions of a form: what changed, and what of it breaks comparability."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.forms import compare_forms, read_form
from countersign.model.form import Choice, Form, FormGroup, FormQuestion
from countersign.model.wording import is_slip, same_text
from real_data import shared

AGE = FormQuestion("age", "integer", number=True, label={"en": "How old are you?"}, constraint=". >= 0")
SEX = FormQuestion(
    "sex", "select_one", closed=True, list_name="s", label={"en": "Sex?"},
    choices=(Choice("1", {"en": "Male"}), Choice("2", {"en": "Female"})),
)  # fmt: skip
JOB = FormQuestion("job", "text", label={"en": "What is your work?"}, relevant="${age} > 17")
FORM = Form((AGE, SEX, JOB), languages={"en": "English"}, version="1")


def changed(at: int, **what) -> Form:
    questions = list(FORM.questions)
    questions[at] = replace(questions[at], **what)
    return replace(FORM, questions=tuple(questions), version="2")


def told(after: Form, before: Form = FORM) -> list[tuple[str, str, str]]:
    return [(each.question, each.what, each.weight) for each in compare_forms(before, after).differences]


def test_a_form_does_not_differ_from_itself():
    found = compare_forms(FORM, FORM)
    assert found.differences == ()
    assert found.common == ("age", "sex", "job")
    assert (found.broken, found.to_look_at) == ((), ())


MALE = Choice("1", {"en": "Male"})


@pytest.mark.parametrize(
    ("at", "what", "expected"),
    [
        (0, {"label": {"en": "How old is your child?"}}, ("age", "label", "break")),
        (0, {"label": {"en": "How old are yuo?"}}, ("age", "label", "break")),  # a word of three letters: not sure
        (2, {"label": {"en": "Whaat is your work?"}}, ("job", "label", "break")),
        (0, {"label": {"en": "how old are you"}}, ("age", "label", "none")),
        (0, {"hint": {"en": "In years"}}, ("age", "hint", "look")),
        (0, {"type": "decimal"}, ("age", "type", "break")),
        (0, {"constraint": ". >= 5"}, ("age", "constraint", "break")),
        (0, {"required": "true()"}, ("age", "required", "look")),
        (0, {"default": "18"}, ("age", "default", "look")),
        (2, {"relevant": "${age} > 15"}, ("job", "relevance", "break")),
        (2, {"relevant": ""}, ("job", "relevance", "break")),
        (1, {"choices": (*SEX.choices, Choice("3", {"en": "Other"}))}, ("sex", "option_added", "break")),
        (1, {"other": True}, ("sex", "option_added", "break")),
        (1, {"choices": (MALE,)}, ("sex", "option_removed", "break")),
        (1, {"choices": (MALE, Choice("2", {"en": "Woman"}))}, ("sex", "option_label", "break")),
        (1, {"choices": (MALE, Choice("2", {"en": "Femaale"}))}, ("sex", "option_label", "look")),
        (1, {"choices": SEX.choices[::-1]}, ("sex", "option_order", "look")),
        (1, {"choice_filter": "a = ${age}"}, ("sex", "choice_filter", "break")),
        (2, {"name": "work"}, ("work", "renamed", "look")),
    ],
)
def test_one_change_is_one_difference_with_its_weight(at, what, expected):
    assert told(changed(at, **what)) == [expected]


@pytest.mark.parametrize(
    "what",
    [{"constraint": ".>=0"}, {"constraint": " .  >=  0 "}, {"appearance": "slider"}, {"row": 99},
     {"constraint_message": {"en": "No"}}, {"bank": "X/age"}],
)  # fmt: skip
def test_what_does_not_touch_the_answers_is_no_difference(what):
    assert told(changed(0, **what)) == []


def test_blanks_inside_a_text_of_an_expression_do_count():
    before = changed(2, relevant="${sex} = 'a b'")
    assert told(changed(2, relevant="${sex}='a b'"), before) == []
    assert told(changed(2, relevant="${sex} = 'ab'"), before) == [("job", "relevance", "break")]


def test_added_and_removed_questions_are_told_and_do_not_break_the_others():
    after = replace(FORM, questions=(AGE, SEX, FormQuestion("town", "text", label={"en": "Where?"})))
    found = compare_forms(FORM, after)
    assert [(each.question, each.what) for each in found.differences] == [("town", "added"), ("job", "removed")]
    assert found.common == ("age", "sex")
    assert found.broken == ()


def test_only_the_question_that_moved_is_out_of_order():
    after = replace(FORM, questions=(JOB, AGE, SEX))
    assert told(after) == [("job", "order", "look")]
    difference = compare_forms(FORM, after).differences[0]
    assert (difference.before, difference.after) == ("3", "1")


def test_the_condition_of_a_group_is_the_condition_of_its_questions():
    def grouped(relevant: str, *, repeated: bool = False) -> Form:
        group = FormGroup("g", relevant=relevant, repeated=repeated)
        return Form((replace(AGE, path=("g",)), SEX), groups=(group,), languages=FORM.languages)

    assert told(grouped("${sex} = '1'"), grouped("")) == [("g/age", "relevance", "break")]
    assert told(grouped("", repeated=True), grouped("")) == [("g/age", "moved", "break")]
    assert told(grouped(""), Form((AGE, SEX), languages=FORM.languages)) == [("g/age", "moved", "look")]


def test_a_new_translation_changes_nothing_and_a_lost_one_is_told():
    after = replace(
        changed(0, label={"en": "How old are you?", "fr": "Quel âge ?"}), languages={"en": "English", "fr": "Français"}
    )
    assert told(after) == [("", "language_added", "none")]
    assert told(FORM, after) == [("", "language_removed", "look")]


def test_a_form_that_starts_to_name_its_language_has_not_changed():
    before = replace(FORM, questions=(replace(AGE, label={"": "How old are you?"}),), languages={"": ""})
    after = replace(FORM, questions=(replace(AGE, label={"en": "How old are you?", "fr": "Quel âge ?"}),))
    assert [each for each in told(after, before) if each[0]] == []
    after = replace(FORM, questions=(replace(AGE, label={"en": "How old is she?"}),))
    assert [each for each in told(after, before) if each[0]] == [("age", "label", "break")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Do you smoke?", "do you  smoke", True), ("Café", "Cafe\u0301", True), ("Children < 5", "Children > 5", False),
     ("5 $", "5 €", False), ("-5 degrees", "5 degrees", False), ("0 - 4", "0 to 4", False), ("के", "का", False),
     ("🙂", "🙁", False), ("", "", True), ("العمر؟", "العمر", True)],
)  # fmt: skip
def test_texts_are_the_same_but_for_capitals_blanks_and_punctuation(one, other, same):
    assert same_text(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("seeing well", "seeign well", True),
        ("seeing", "seein", True),
        ("seeing", "seeings", True),
        ("seeing", "being", False),
        ("hear", "here", False),
        ("seeing well", "hearing bad", False),
        ("seeing", "seeing now", False),
        ("seeing", "seeing", False),
    ],
)
def test_a_slip_is_one_letter_of_one_long_word(one, other, slip):
    assert is_slip(one, other, length=5) is slip


@pytest.mark.parametrize(("length", "slip"), [(5, True), (6, True), (7, False)])
def test_a_slip_needs_a_word_long_enough(length, slip):
    assert is_slip("seeing", "seeign", length=length) is slip


NAMES = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=4), min_size=1, max_size=8, unique=True)


@settings(max_examples=100, deadline=None)
@given(NAMES, st.randoms())
def test_questions_out_of_order_are_as_few_as_can_be(names, random):
    shuffled = list(names)
    random.shuffle(shuffled)
    before = Form(tuple(FormQuestion(name, "text") for name in names))
    after = Form(tuple(FormQuestion(name, "text") for name in shuffled))
    moved = {each.question for each in compare_forms(before, after).of("order")}
    kept = [name for name in shuffled if name not in moved]
    assert kept == sorted(kept, key=names.index)
    best = max(
        sum(1 for at in range(len(shuffled)) if mask >> at & 1)
        for mask in range(1 << len(shuffled))
        if (run := [names.index(shuffled[at]) for at in range(len(shuffled)) if mask >> at & 1]) == sorted(run)
    )
    assert len(kept) == best


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_added_and_removed_are_the_difference_of_sets(one, other):
    before = Form(tuple(FormQuestion(name, "text") for name in one))
    after = Form(tuple(FormQuestion(name, "text") for name in other))
    found = compare_forms(before, after)
    assert {each.question for each in found.of("added")} == set(other) - set(one)
    assert {each.question for each in found.of("removed")} == set(one) - set(other)
    assert list(found.common) == [name for name in other if name in one]


def kobo(form: str, version: int) -> Form:
    return read_form(shared("forms", "exports", "formpack_fixtures", form, f"v{version}.json"))


def test_an_inspection_whose_codes_changed_from_yes_and_no_to_1_and_0():
    found = compare_forms(kobo("site_inspection", 1), kobo("site_inspection", 2))
    assert "did_you_find_the_site" in found.broken
    assert {each.option for each in found.of("option_removed")} == {"yes", "no"}
    assert {each.option for each in found.of("option_added")} == {"0", "1"}


def test_a_restaurant_form_that_got_languages_then_a_question():
    assert compare_forms(kobo("restaurant_profile", 1), kobo("restaurant_profile", 2)).broken == ()
    found = compare_forms(kobo("restaurant_profile", 2), kobo("restaurant_profile", 3))
    assert [each.question for each in found.of("added")] == ["eatery_type"]
    found = compare_forms(kobo("restaurant_profile", 3), kobo("restaurant_profile", 4))
    assert found.broken == ("eatery_type",)
    assert [(each.before, each.after) for each in found.of("type")] == [("select_one", "select_multiple")]
