"""What people answered: each answer stands for itself, several roles score, disagreement is shown."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from making import dataset, plan

from countersign.catalogue import criteria, load
from countersign.model.answer import Answer, EvidenceFile
from countersign.model.documents import Documents
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan, Initiative
from countersign.quality import assess
from countersign.quality.answers import answers, participation, shown
from countersign.quality.description import participation as as_stated

WATER = {"water": IndicatorPlan(name="water", statistic="proportion", numerator="x > 0")}
CHECKS = ("answer", "disagreement", "confirmed_by", "rung")


def said(question: str, value: str, role: str = "community", **more: Any) -> Answer:
    return Answer(
        criterion=question.partition(".")[0], question=question, role=role, value=value,
        **{"who": f"Somebody in the {role}", "date": "2026-03-01", **more},
    )  # fmt: skip


def told(engine: Any, *given: Answer, check: str = "", criterion: str = "", **more: Any) -> list[Finding]:
    findings = assess(
        dataset(engine, {"x": [1, 2]}), plan=plan(**more), measures=[answers, as_stated], today=dt.date(2026, 6, 1),
        documents=Documents(answers=given),
    )  # fmt: skip
    return [one for one in findings if check in ("", one.check) and criterion in ("", one.criterion)]


def test_every_answer_is_a_finding_with_its_own_state_role_and_day(engine):
    proof = EvidenceFile("minutes.txt", "a" * 64)
    findings = told(
        engine, said("A2.harm", "yes", evidence=(proof,)), said("A2.referral", "partly"), check="answer", criterion="A2"
    )
    assert [one.state for one in findings] == [State.PASS, State.WARN]
    assert findings[0].evidence == {
        "question": "A2.harm", "role": "community", "date": "2026-03-01", "language": "en", "answer": "yes",
        "evidence": ["a" * 64],
    }  # fmt: skip
    assert "A representative of the community answered on 2026-03-01: Yes." in findings[0].message
    assert findings[1].fix
    assert not findings[0].fix


def test_no_name_no_comment_and_no_free_words_reach_a_finding(engine):
    findings = told(engine, said("D4.eligible", "Zebedee knows", "cso", who="Zebedee", comment="Ask Zebedee."))
    assert any(one.evidence.get("question") == "D4.eligible" for one in findings)
    assert "Zebedee" not in repr(findings)


def test_answers_that_differ_are_shown_side_by_side_and_both_stand(engine):
    given = (said("A4.public", "yes", "cso"), said("A4.public", "no", "nso"))
    findings = told(engine, *given, criterion="A4")
    assert [(one.check, one.state) for one in findings if one.check in ("answer", "disagreement")] == [
        ("answer", State.PASS), ("answer", State.FAIL), ("disagreement", State.WARN),
    ]  # fmt: skip
    (odd,) = [one for one in findings if one.check == "disagreement"]
    assert "the data lead of the organisation: Yes; the statistical office: No" in odd.message.replace(
        "The data", "the data"
    )
    assert [(one["role"], one["answer"]) for one in odd.evidence["answers"]] == [("cso", "yes"), ("nso", "no")]
    assert odd.value is None
    assert not told(engine, given[0], said("A4.public", "yes", "nso"), check="disagreement")


def test_numbers_differ_only_where_they_mean_something_else(engine):
    near = (said("H4.contact", "3", "cso"), said("H4.contact", "5", "cso", who="Ben"))
    far = (near[0], said("H4.contact", "60", "cso", who="Ben"))
    assert not told(engine, *near, check="disagreement")
    (odd,) = told(engine, *far, check="disagreement")
    assert "3 days" in odd.message
    assert "60 days" in odd.message


def test_answers_about_an_indicator_belong_to_it(engine):
    findings = told(engine, said("A5.need", "yes", about="water"), indicators=WATER, check="answer", criterion="A5")
    assert [one.subject for one in findings] == ["water"]


def test_an_agreement_that_has_run_out_fails_and_one_that_ends_today_does_not(engine):
    states = {
        day: told(engine, said("A6.until", day), check="answer", criterion="A6")[0].state
        for day in ("2026-05-31", "2026-06-01", "2026-06-02")
    }
    assert states == {"2026-05-31": State.FAIL, "2026-06-01": State.PASS, "2026-06-02": State.PASS}


def test_a_use_beyond_what_the_community_allows_is_a_warning(engine):
    states = {
        use: told(engine, said("A6.uses", use), use="U4", check="answer", criterion="A6")[0].state
        for use in ("U3", "U4", "U5")
    }
    assert states == {"U3": State.WARN, "U4": State.PASS, "U5": State.PASS}


def test_what_nobody_has_answered_is_not_assessed_and_says_who_should(engine):
    findings = {(one.criterion, one.check): one for one in told(engine)}
    semi = {one.id for one in criteria() if one.mode == "semi"}
    human = {one.id for one in criteria() if one.mode == "human"}
    assert {key for key, check in findings if check == "confirmed_by"} == semi
    assert {key for key, check in findings if check == "answer"} == human - {"B1"}
    assert {one.state for one in findings.values()} == {State.NOT_ASSESSED}
    assert "a representative of the community" in findings["A1", "confirmed_by"].fix
    assert findings["A1", "confirmed_by"].evidence["roles"] == ["community", "dpo"]


def test_a_criterion_answered_in_part_names_what_is_open(engine):
    (open_,) = told(engine, said("A1.understood", "yes"), check="confirmed_by", criterion="A1")
    assert "3 of 4 questions" in open_.message
    assert open_.evidence["open"] == ["A1.free", "A1.withdrawal", "A1.children"]
    every = [said(key, "yes") for key in ("A1.understood", "A1.free", "A1.withdrawal", "A1.children")]
    assert not told(engine, *every, check="confirmed_by", criterion="A1")


def test_a_comment_alone_is_no_answer(engine):
    (open_,) = told(
        engine, said("D1.repeatable", "", "reviewer", comment="Later"), criterion="D1", check="confirmed_by"
    )
    assert open_.state is State.NOT_ASSESSED


def rung(value: int, role: str, step: str = "collect", **more: Any) -> Answer:
    return said("B1.rung", str(value), role, about=step, **more)


def overall(engine: Any, *given: Answer) -> Finding:
    return next(one for one in told(engine, *given) if one.check == "participation_stated")


def test_the_lowest_of_several_rungs_counts_and_their_spread_is_shown(engine):
    (step,) = told(engine, rung(5, "cso"), rung(3, "community"), check="rung")
    assert (step.value, step.state) == (3, State.WARN)
    assert step.evidence["spread"] == 2
    assert [(one["role"], one["answer"]) for one in step.evidence["scores"]] == [("cso", "5"), ("community", "3")]
    assert told(engine, rung(5, "cso"), rung(3, "community"), check="disagreement")


def test_of_design_and_collection_the_higher_counts(engine):
    found = overall(
        engine, rung(2, "cso", "identify"), rung(2, "community", "identify"), rung(4, "cso"), rung(5, "community")
    )
    assert (found.value, found.state) == (4, State.PASS)
    assert overall(engine, rung(5, "cso", "release"), rung(5, "community", "release")).state is State.NOT_ASSESSED


def test_the_organiser_alone_is_not_assessed_and_says_why(engine):
    for given in ((rung(5, "cso"),), (rung(5, "cso"), rung(4, "cso", who="Ben")), (rung(5, "community"),)):
        found = overall(engine, *given)
        assert found.state is State.NOT_ASSESSED
        assert "at least two roles" in found.message
        (step,) = told(engine, *given, check="rung")
        assert step.state is State.NOT_ASSESSED
    assert overall(engine, rung(5, "nso"), rung(5, "cso")).state is State.PASS


def test_where_nobody_scored_the_study_file_speaks(engine):
    who = Initiative(participation={"collect": 4}, scored_by=("organiser", "community"))
    (found,) = told(engine, check="participation_stated", initiative=who)
    assert (found.value, found.state) == (4, State.PASS)


def test_every_check_made_here_is_in_the_catalogue(engine):
    made = {(one.criterion, one.check) for one in told(engine, rung(5, "cso"), said("A4.public", "yes", "cso"))}
    for key, check in made:
        assert check in load("answer_checks") or check in criteria()[key].checks, (key, check)


def test_participation_says_nothing_without_scores(engine):
    assert not assess(dataset(engine, {"x": [1]}), plan=plan(), measures=[participation])


def test_only_who_agrees_is_named_and_quoted():
    private = said("D4.eligible", "Zebedee knows", "cso", who="Zebedee", comment="Ask Zebedee.", source="a.yaml")
    quiet = shown((private, replace(private, publish=True), replace(private, value="")))
    assert len(quiet) == 2
    assert "Zebedee" not in repr(quiet[0])
    assert (quiet[1].who, quiet[1].comment, quiet[1].value) == ("Zebedee", "Ask Zebedee.", "Zebedee knows")
    assert [one.value for one in shown((said("A2.harm", "no", who="Zebedee"),))] == ["no"]
