"""Versions of the form: what must not be compared over time (G3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import dataset, plan

from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.form import Form, FormQuestion
from countersign.model.plan import IndicatorPlan
from countersign.model.process import Process, Round
from countersign.quality import assess

NOW = Form(
    tuple(FormQuestion(f"q{n}", "integer", number=True, label={"en": f"Question number {n}?"}) for n in range(10))
)


def before(**what) -> Form:
    """The version before, in which some questions were put otherwise: q3={"constraint": ". > 0"}."""
    return Form(tuple(replace(question, **what.get(question.name, {})) for question in NOW.questions))


def findings(engine, forms, **more):
    data = dataset(engine, {f"q{n}": [1, 2, 3] for n in range(10)}, unit="person")
    found = assess(data, plan=plan(**more), documents=Documents(forms=forms))
    return [f for f in found if f.check in ("form_versions", "series_break")]


def one(found):
    assert len(found) == 1, [(f.check, f.subject) for f in found]
    return found[0]


def test_equal_versions_pass(engine):
    finding = one(findings(engine, {"now": NOW, "then": before()}))
    assert (finding.state, finding.value, finding.subject) == (State.PASS, 0.0, "then")


@pytest.mark.parametrize(("changed", "state"), [(1, State.WARN), (2, State.WARN), (3, State.FAIL)])
def test_breaks_are_judged_at_their_limits(engine, changed, state):
    then = before(**{f"q{n}": {"label": {"en": "Something else?"}} for n in range(changed)})
    finding = one(findings(engine, {"now": NOW, "then": then}))
    assert (finding.state, finding.value, finding.count) == (state, changed / 10, changed)
    assert "'q0' (wording, en)" in finding.message
    assert finding.evidence["differences"][0]["before"] == "Something else?"


def test_what_needs_a_look_is_a_warning(engine):
    finding = one(findings(engine, {"now": NOW, "then": before(q1={"required": "true()"})}))
    assert (finding.state, finding.value) == (State.WARN, 0.0)
    assert "'q1' (whether it must be answered)" in finding.message


def test_each_earlier_version_is_held_against_the_one_in_use(engine):
    found = findings(engine, {"now": NOW, "then": before(), "first": before(q0={"type": "text"})})
    assert {f.subject: f.count for f in found} == {"then": 0, "first": 1}


def test_versions_with_nothing_in_common_cannot_be_compared(engine):
    finding = one(findings(engine, {"now": NOW, "then": Form((FormQuestion("x", "text"),))}))
    assert finding.state is State.FAIL


def test_an_indicator_that_rests_on_a_changed_question_has_a_break(engine):
    indicators = {
        "hit": IndicatorPlan("hit", "mean", "q3 + q4"),
        "missed": IndicatorPlan("missed", "mean", "q4"),
        "filtered": IndicatorPlan("filtered", "mean", "q4", where="q3 > 1"),
    }
    found = findings(engine, {"now": NOW, "then": before(q3={"constraint": ". > 0"})}, indicators=indicators)
    broken = {f.subject: f for f in found if f.check == "series_break"}
    assert set(broken) == {"hit", "filtered"}
    assert {f.state for f in broken.values()} == {State.FAIL}
    assert "'q3' changed (rule)" in broken["hit"].message


def rounds(*forms):
    return Process(rounds=tuple(Round(f"20{at + 20}", form=form) for at, form in enumerate(forms)))


@pytest.mark.parametrize(
    ("used", "state"),
    [((), State.NOT_ASSESSED), (("now",), State.NOT_APPLICABLE), (("now", "now"), State.PASS),
     (("now", ""), State.NOT_ASSESSED), (("now", "old"), State.NOT_ASSESSED)],
)  # fmt: skip
def test_one_form_is_judged_by_its_rounds(engine, used, state):
    assert one(findings(engine, {"now": NOW}, process=rounds(*used))).state is state


def columns(engine, *versions):
    """Versions of (name, records, whether q was asked)."""
    data = {"version": [], "q": [], "r": []}
    for name, records, asked in versions:
        data["version"] += [name] * records
        data["q"] += ["a" if asked else None] * records
        data["r"] += ["b"] * records
    made = dataset(engine, data, unit="person", roles={"form_version": ("version",)})
    return one([f for f in assess(made, plan=plan()) if f.check == "version_columns"])


def test_answers_that_only_some_versions_have_are_named(engine):
    finding = columns(engine, ("v1", 30, False), ("v2", 30, True))
    assert (finding.value, finding.count, finding.state) == (0.5, 1, State.WARN)
    assert finding.evidence["only_in"] == {"q": ["v2"]}
    assert columns(engine, ("v1", 30, True), ("v2", 30, True)).state is State.PASS


def test_versions_with_few_records_are_not_compared(engine):
    assert columns(engine, ("v1", 29, False), ("v2", 30, True)).state is State.NOT_APPLICABLE
    assert columns(engine, ("v1", 29, False), ("v2", 30, True), ("v3", 30, True)).value == 0.0


def test_without_the_role_no_version_is_compared(engine):
    data = dataset(engine, {"q": ["a"]}, unit="person")
    assert [f for f in assess(data, plan=plan()) if f.check == "version_columns"] == []
