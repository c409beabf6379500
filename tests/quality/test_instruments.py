"""The form itself: identity questions, rules, required answers (B3, D5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import shared

from countersign.catalogue import threshold
from countersign.forms import read_form
from countersign.model.finding import State
from countersign.model.form import Choice, Form, FormQuestion
from countersign.quality.instrument import (
    form_rules,
    identity_of,
    identity_options,
    number_ranges,
    offered,
    required_answers,
)


def select(name: str, label: str, *options: str, language: str = "en", **more) -> FormQuestion:
    choices = tuple(Choice(str(at), {language: text}) for at, text in enumerate(options, 1))
    return FormQuestion(
        name, "select_one", closed=True, list_name=name, choices=choices, label={language: label}, **more
    )


def one(found):
    assert len(found) == 1
    return found[0]


SEX = select("q1", "What is your sex?", "Male", "Female", "Other", "Prefer not to say")


def test_an_identity_question_with_both_answers_passes():
    finding = one(identity_options(Form((SEX,))))
    assert (finding.state, finding.value, finding.count, finding.fix) == (State.PASS, 1.0, 0, "")


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        (("Male", "Female"), ["other", "decline"]),
        (("Male", "Female", "Other"), ["decline"]),
        (("Male", "Female", "Refused"), ["other"]),
        (("Male", "Female", "Non-binary", "I would rather not say"), []),
        (("Male", "Female", "Others", "Declined to answer"), []),
        (("Mother", "Brother"), ["other", "decline"]),  # 'other' inside a word is no answer
    ],
)
def test_what_an_identity_question_lacks_is_named(options, lacking):
    finding = one(identity_options(Form((select("q1", "What is your gender?", *options),))))
    assert finding.evidence["lacking"].get("q1", []) == lacking
    assert finding.state is (State.WARN if lacking else State.PASS)


def test_recognised_by_words_it_is_a_hint_and_by_the_bank_a_failure():
    lacking = select("q1", "What is your sex?", "Male", "Female")
    assert one(identity_options(Form((lacking,)))).state is State.WARN
    assert one(identity_options(Form((replace(lacking, bank="BASE/sex"),)))).state is State.FAIL


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        (select("q", "Quel est votre sexe ?", "H", "F", language="fr"), "sex"),
        (select("q", "Quel est votre sexe ?", "H", "F", language="en"), None),
        (select("religion", "x", "a"), "religion"),
        (select("hh_ethnic_group", "x", "a"), "ethnicity"),
        (select("q", "What is your mother tongue?", "a"), "mother_tongue"),
        (select("q", "Is it a unisex toilet?", "yes"), None),
        (select("q", "ما هو الجنس؟", "ذكر", language="ar"), "sex"),
        (select("q", "Do you have difficulty seeing?", "No", bank="WG-SS/seeing"), None),
        (FormQuestion("n", "integer", number=True, label={"en": "How many people of each sex?"}), None),
        (select("q", "Which sex?", "a", language=""), "sex"),
    ],
)
def test_identity_questions_are_recognised_by_words_in_their_language_by_name_or_by_the_bank(question, topic):
    found = identity_of(question)
    assert (found and found.id) == topic


def test_answers_in_other_languages_and_added_by_the_form_are_understood():
    french = select("q", "Sexe ?", "Homme", "Femme", "Autre", "Préfère ne pas répondre", language="fr")
    assert offered(french) == {"other", "decline"}
    assert offered(replace(SEX, choices=SEX.choices[:2], other=True)) == {"other"}
    coded = replace(SEX, choices=(Choice("m", {"en": "M"}), Choice("prefer_not", {"en": "—"})))
    assert offered(coded) == {"decline"}


def test_answers_nobody_understands_are_not_assessed_rather_than_failed():
    strange = select("sex", "?", "Aa", "Bb", language="xx")
    assert offered(strange) is None
    assert one(identity_options(Form((strange,)))).state is State.NOT_ASSESSED
    from_file = replace(strange, type="select_one_from_file", choices=())
    assert one(identity_options(Form((from_file,)))).state is State.NOT_ASSESSED


def test_a_free_text_is_open_to_every_answer_unless_it_is_required():
    text = FormQuestion("gender", "text", label={"en": "Your gender?"})
    assert one(identity_options(Form((text,)))).state is State.PASS
    assert one(identity_options(Form((replace(text, required="true()"),)))).evidence["lacking"] == {
        "gender": ["decline"]
    }


def test_a_form_without_identity_questions_is_not_judged():
    assert one(identity_options(Form((FormQuestion("n", "integer", number=True),)))).state is State.NOT_APPLICABLE


NUMBER = FormQuestion("n", "integer", number=True)


@pytest.mark.parametrize(
    ("constraint", "ends"),
    [("", 0), (". >= 0", 1), (". < 120", 1), (". >= 0 and . <= 120", 2), (". = 5", 0)],
)
def test_a_range_has_two_ends(constraint, ends):
    finding = one(number_ranges(Form((replace(NUMBER, constraint=constraint),))))
    assert finding.value == (1.0 if ends == 2 else 0.0)
    assert finding.evidence["one_end"] == (["n"] if ends == 1 else [])


def test_scales_have_their_ends_and_a_form_without_numbers_has_no_ranges():
    assert one(number_ranges(Form((FormQuestion("r", "range", number=True, closed=True),)))).value == 1.0
    assert one(number_ranges(Form((SEX,)))).state is State.NOT_APPLICABLE


@pytest.mark.parametrize(("open_ones", "state"), [(2, State.PASS), (3, State.WARN), (5, State.WARN), (6, State.FAIL)])
def test_rules_are_judged_at_their_limits(open_ones, state):
    """Ten questions: 8, 7, 5 and 4 of them with a rule."""
    limits = threshold("form_rules")
    assert (limits.good, limits.warn) == (0.8, 0.5)
    asked = [replace(NUMBER, name=f"n{at}", constraint="" if at < open_ones else ". > 0") for at in range(10)]
    finding = one(form_rules(Form(tuple(asked))))
    assert (finding.state, finding.count) == (state, open_ones)


def test_pictures_need_no_rule_and_notes_are_no_questions():
    form = Form((SEX, FormQuestion("p", "image"), FormQuestion("x", "note", kind="note")))
    assert one(form_rules(form)).value == 1.0
    assert one(form_rules(Form((FormQuestion("p", "image"),)))).state is State.NOT_APPLICABLE


def test_what_need_not_be_answered_is_counted():
    form = Form((SEX, replace(NUMBER, required="true()"), replace(NUMBER, name="m", required="${n} > 1")))
    finding = one(required_answers(form))
    assert finding.value == pytest.approx(2 / 3)
    assert finding.evidence["not_required"] == ["q1"]
    assert one(required_answers(Form((FormQuestion("x", "note", kind="note"),)))).state is State.NOT_APPLICABLE


def test_the_roster_offers_other_but_nobody_can_decline_to_say_their_sex():
    finding = one(identity_options(read_form(shared("forms", "authored", "wg_ss_roster.xlsx"))))
    assert finding.evidence["questions"] == {"sex": "sex"}
    assert finding.evidence["lacking"] == {"sex": ["decline"]}
    assert "'sex' without 'prefer not to say'" in finding.message
