"""Translations, ways to answer, and who breaks off (B4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import dataset, plan, shared

from countersign.forms import read_form
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.form import Choice, Form, FormGroup, FormQuestion
from countersign.model.process import Process
from countersign.quality import assess
from countersign.quality.translations import accessible_ways, completeness, language_coverage, translations

BOTH = {"en": "English", "fr": "Français"}
YES = (Choice("1", {"en": "Yes", "fr": "Oui"}), Choice("0", {"en": "No", "fr": "Non"}))
ASKED = FormQuestion(
    "q", "select_one", closed=True, list_name="yn", choices=YES, label={"en": "Well?", "fr": "Alors ?"}
)
FORM = Form((ASKED,), languages=BOTH)


def one(found):
    assert len(found) == 1
    return found[0]


def test_a_complete_form_is_complete_in_each_language():
    assert completeness(FORM) == {"en": 1.0, "fr": 1.0}
    assert one(translations(FORM)).state is State.PASS


@pytest.mark.parametrize(
    ("form", "french"),
    [
        (replace(FORM, questions=(replace(ASKED, label={"en": "Well?"}),)), 2 / 3),
        (replace(FORM, questions=(replace(ASKED, choices=(YES[0], Choice("0", {"en": "No"}))),)), 2 / 3),
        (replace(FORM, questions=(replace(ASKED, hint={"en": "Say"}),)), 3 / 4),
        (replace(FORM, groups=(FormGroup("g", label={"en": "Part"}),)), 3 / 4),
        # The list of two questions counts once, a calculation has no text, a picture without words needs none.
        (
            replace(FORM, questions=(ASKED, replace(ASKED, name="r"), FormQuestion("c", "calculate", kind="computed"))),
            1.0,
        ),
        (replace(FORM, questions=(ASKED, FormQuestion("p", "image"))), 1.0),
    ],
)
def test_every_text_that_is_there_in_one_language_counts_in_all(form, french):
    assert completeness(form)["fr"] == pytest.approx(french)
    assert completeness(form)["en"] == 1.0


@pytest.mark.parametrize(("missing", "state"), [(0, State.PASS), (1, State.WARN), (2, State.FAIL)])
def test_translations_are_judged_at_their_limits(missing, state):
    """Ten texts: none, one and two of them without French."""
    asked = [FormQuestion(f"q{n}", "text", label={"en": "A"} | ({} if n < missing else {"fr": "B"})) for n in range(10)]
    finding = one(translations(Form(tuple(asked), languages=BOTH)))
    assert (finding.state, finding.value) == (state, pytest.approx(1 - missing / 10))
    assert ("Français (fr)" in finding.fix) is bool(missing)


def test_the_share_of_people_with_a_complete_translation():
    finding = one(language_coverage(FORM, {"en": 0.5, "fr-CA": 0.25, "wo": 0.25}))
    assert (finding.value, finding.state, finding.count) == (0.75, State.FAIL, 1)
    assert "wo (25 %)" in finding.message
    assert one(language_coverage(FORM, {"en": 0.6, "fr": 0.4})).state is State.PASS


def test_a_regional_translation_reaches_those_of_its_region():
    form = Form((FormQuestion("q", "text", label={"pt-BR": "Sim?"}),), languages={"pt-BR": "Português"})
    assert one(language_coverage(form, {"pt-BR": 0.75, "pt": 0.25})).value == 0.75


def test_a_language_that_is_not_complete_reaches_nobody():
    form = replace(FORM, questions=(replace(ASKED, label={"en": "Well?"}),))
    assert one(language_coverage(form, {"en": 0.5, "fr": 0.5})).value == 0.5


def test_whom_a_form_reaches_is_not_assessed_without_the_languages_people_speak_or_those_of_the_form():
    assert one(language_coverage(FORM, {})).state is State.NOT_ASSESSED
    nameless = Form((FormQuestion("q", "text", label={"": "Well?"}),), languages={"": ""})
    assert one(language_coverage(nameless, {"en": 1.0})).state is State.NOT_ASSESSED


def test_ways_to_answer_count_where_every_question_has_them_and_are_a_warning_until_tested():
    heard = replace(ASKED, media={"audio": {"en": "q.mp3"}})
    assert one(accessible_ways(replace(FORM, questions=(heard,)), ())).value == 1
    assert one(accessible_ways(replace(FORM, questions=(heard, replace(ASKED, name="r"))), ())).value == 0
    finding = one(accessible_ways(FORM, ("large type", "audio")))
    assert (finding.value, finding.state) == (2, State.WARN)
    assert "Nobody has confirmed" in finding.message
    assert "no way to answer but reading" in one(accessible_ways(FORM, ())).message


SIX = Form(tuple(FormQuestion(f"q{n}", "text", label={"en": "A"}) for n in range(1, 5)), languages={"en": "English"})


def interviews(engine, *groups):
    """Groups of (language, records, of which broken off); one broken off answers 1 of 4 questions, else all."""
    columns: dict[str, list] = {"spoken": [], "q1": [], "q2": [], "q3": [], "q4": []}
    for language, records, broken in groups:
        for at in range(records):
            columns["spoken"].append(language)
            for n in range(1, 5):
                columns[f"q{n}"].append("a" if n == 1 or at >= broken else None)
    return dataset(engine, columns, unit="person", roles={"language": ("spoken",)})


def gap(data, **more):
    findings = assess(data, plan=plan(**more), documents=Documents(forms={"f": SIX}))
    return one([f for f in findings if (f.check, f.subject) == ("break_off_gap", "language")])


def test_break_off_is_compared_between_languages(engine):
    finding = gap(interviews(engine, ("en", 40, 2), ("fr", 40, 10), (None, 5, 5)))
    assert finding.value == pytest.approx(8 / 40)
    assert finding.state is State.FAIL
    assert "25 % of 'fr' and 5.0 % of 'en'" in finding.message


@pytest.mark.parametrize(("broken", "state"), [(2, State.PASS), (3, State.WARN), (4, State.WARN), (5, State.FAIL)])
def test_a_gap_is_judged_at_its_limits(engine, broken, state):
    assert gap(interviews(engine, ("en", 40, 0), ("fr", 40, broken))).state is state


def test_groups_alike_are_told_as_such(engine):
    assert "alike in all 2 groups: 5.0 %" in gap(interviews(engine, ("en", 40, 2), ("fr", 40, 2))).message


def test_groups_too_small_are_told_and_not_compared(engine):
    finding = gap(interviews(engine, ("en", 40, 0), ("fr", 29, 29)))
    assert finding.state is State.NOT_ASSESSED
    assert finding.evidence["too_small"] == ["fr"]
    assert gap(interviews(engine, ("en", 40, 0), ("fr", 30, 30))).value == 1.0


def test_a_form_in_two_languages_and_a_study_that_says_who_speaks_them(engine):
    form = read_form(shared("forms", "authored", "wg_ss_roster.xlsx"))
    data = dataset(engine, {"age": [1, 2]}, unit="person")
    said = plan(process=Process(languages={"fr": 0.7, "en": 0.2, "wo": 0.1}))
    found = {f.check: f for f in assess(data, plan=said, documents=Documents(forms={"f": form}))}
    assert found["translations"].state is State.PASS
    assert found["language_coverage"].value == pytest.approx(0.9)
    assert found["language_coverage"].state is State.WARN
