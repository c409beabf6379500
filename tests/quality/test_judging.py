"""The verdict: the highest use all of whose musts are met; open is neither failed nor passed."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.catalogue import Must, uses
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan, Initiative, Population
from countersign.quality import ceiling, judge, verdicts
from countersign.quality.judging import Answer, answer


def finding(criterion: str, state: State = State.PASS, check: str = "c", **more) -> Finding:
    return Finding(criterion, state, check, "m", **more)


def everything(upto: str = "U6", **instead: Finding) -> list[Finding]:
    """One passing finding for every must up to a use."""
    findings = {}
    for use in uses():
        for must in use.musts:
            value = None if must.limit is None else must.limit / (2 if must.condition == "at_most" else 1)
            check = must.check or ("answer" if must.condition == "answered" else "c")
            key = must.criterion
            if key not in findings or (must.limit is not None):
                findings[key] = finding(key, check=check, value=value)
        if use.id == upto:
            break
    return list((findings | instead).values())


def test_all_musts_met_reach_the_highest_use():
    fitness = judge(everything(), plan=plan())
    assert (fitness.use, fitness.blocked, fitness.open, fitness.next_step) == ("U6", {}, {}, "")


@pytest.mark.parametrize("use", ["U0", "U1", "U2", "U3", "U4", "U5"])
def test_what_nobody_assessed_is_open_and_not_failed(use):
    fitness = judge(everything(use), plan=plan())
    assert fitness.use == use
    assert not fitness.blocked
    assert min(fitness.open) > use
    assert ceiling(fitness) == "U6"


def test_nothing_known_establishes_nothing():
    fitness = judge([], plan=plan())
    assert (fitness.use, fitness.blocked) == ("", {})
    assert fitness.open["U0"] == ("A1", "A2")
    assert fitness.next_step.startswith("For U0 (the community's own learning): Write down how people agreed")


def test_a_failed_must_blocks_its_use_and_all_above():
    fitness = judge(everything(E8=finding("E8", State.FAIL, fix="Remove the copies.")), plan=plan())
    assert fitness.use == "U1"
    assert fitness.blocked == dict.fromkeys(("U2", "U3", "U4", "U5", "U6"), ("E8",))
    assert fitness.next_step.endswith("Remove the copies.")
    assert ceiling(fitness) == "U1"


def test_many_passes_do_not_average_a_failure_away():
    findings = [*everything(), *(finding("E8", check=str(n)) for n in range(99)), finding("E8", State.FAIL)]
    assert judge(findings, plan=plan()).use == "U1"


def test_a_warning_meets_a_must():
    assert judge(everything(C3=finding("C3", State.WARN)), plan=plan()).use == "U6"


def test_who_is_missing_need_only_be_reported_for_policy_but_blocks_official_use():
    fitness = judge(everything(E1=finding("E1", State.FAIL)), plan=plan())
    assert (fitness.use, fitness.reach) == ("U4", "U4")
    assert fitness.blocked == {"U5": ("E1",), "U6": ("E1",)}


def test_every_must_not_met_is_named_once_with_what_was_found_and_the_step_to_take():
    found = everything(E1=finding("E1", State.FAIL, fix="Recruit in the north."), F2=finding("F2", State.NOT_ASSESSED))
    blockers = judge(found, plan=plan()).blockers
    assert [(one.use, one.criterion, one.failed) for one in blockers] == [("U5", "E1", True), ("U6", "F2", False)]
    assert blockers[0].fix == "Recruit in the north."
    assert blockers[0].why == "m"
    assert all(one.demand and one.effort in ("answer", "repair", "collect") for one in blockers)


def test_a_finding_about_one_area_takes_the_place_of_the_one_about_everybody():
    findings = [
        *everything(),
        finding("E2", check="precision", value=0.1, subject="a"),
        finding("E2", State.FAIL, "precision", value=0.9, subject="a", domain={"county": "Lamu"}),
    ]
    the_plan = plan(indicators={"a": IndicatorPlan("a", "mean", "x")})
    assert judge(findings, plan=the_plan, subject="a").use == "U6"
    lamu = judge(findings, plan=the_plan, subject="a", domain={"county": "Lamu"})
    assert (lamu.use, lamu.level, lamu.domain) == ("U5", "county", {"county": "Lamu"})
    other = judge(findings, plan=the_plan, subject="a", domain={"county": "Embu"})
    assert other.use == "U6"


def test_verdicts_are_given_for_the_whole_for_each_indicator_and_for_each_area():
    the_plan = plan(
        indicators={"a": IndicatorPlan("a", "mean", "x", time="2024"), "b": IndicatorPlan("b", "mean", "y")},
        population=Population(who="adults", start="2025", end="2025"),
    )
    findings = [
        *everything(),
        finding("E2", State.FAIL, "precision", value=0.9, subject="a", domain={"county": "Lamu"}),
        finding("E2", State.PASS, "precision", value=0.1, subject="a", domain={"county": "Embu"}),
    ]
    found = verdicts(findings, plan=the_plan)
    told = [(one.subject, dict(one.domain), one.period, one.use) for one in found]
    assert told == [
        ("", {}, "2025", "U6"),
        ("a", {}, "2024", "U6"),
        ("a", {"county": "Lamu"}, "2024", "U5"),
        ("a", {"county": "Embu"}, "2024", "U6"),
        ("b", {}, "2025", "U6"),
    ]
    assert {one.population for one in found} == {"adults"}


@pytest.mark.parametrize(("share", "use"), [(0.20, "U6"), (0.2001, "U1")])
def test_at_most_20_percent_missing(share, use):
    findings = everything(E4=finding("E4", State.WARN, "missing_answers", value=share))
    assert judge(findings, plan=plan()).use == use


@pytest.mark.parametrize(("points", "use"), [(3.0, "U6"), (3.1, "U5"), (5.0, "U5"), (5.1, "U4")])
def test_bias_of_3_and_5_points_part_the_highest_uses(points, use):
    findings = everything(E3=finding("E3", State.WARN, "residual_bias", value=points))
    assert judge(findings, plan=plan()).use == use


@pytest.mark.parametrize(("said", "use"), [(None, "U2"), (State.PASS, "U6"), (State.WARN, "U5"), (State.FAIL, "U2")])
def test_the_concept_must_be_close_for_programmes_and_the_same_for_official_use(said, use):
    computed = finding("C1", State.PASS, "mapping_complete")
    findings = [f for f in everything() if f.criterion != "C1"] + [computed]
    findings += [finding("C1", said, "answer")] if said else []
    assert judge(findings, plan=plan()).use == use


@pytest.mark.parametrize("check", ["answer", "confirmed_by"])
def test_what_is_computed_in_part_stays_open_until_people_have_answered(check):
    waiting = [*everything(), finding("D2", State.NOT_ASSESSED, check)]
    fitness = judge(waiting, plan=plan())
    assert (fitness.use, fitness.open["U3"], fitness.blocked) == ("U2", ("D2",), {})


@pytest.mark.parametrize(
    ("findings", "is_met"),
    [
        ([("G1", State.PASS, "coherence")], Answer.MET),
        ([("G1", State.FAIL, "coherence")], Answer.FAILED),
        ([("G1", State.FAIL, "coherence"), ("G1", State.PASS, "answer")], Answer.MET),
        ([("G1", State.PASS, "coherence"), ("G1", State.FAIL, "answer")], Answer.FAILED),
        ([("G1", State.NOT_ASSESSED, "coherence")], Answer.OPEN),
        ([], Answer.OPEN),
        ([("G1", State.FAIL, "coherence"), ("E6", State.WARN, "agreement_with_gold")], Answer.MET),
        ([("G1", State.FAIL, "coherence"), ("E6", State.FAIL, "agreement_with_gold")], Answer.FAILED),
        ([("E6", State.NOT_ASSESSED, "reference")], Answer.OPEN),
    ],
)
def test_a_difference_to_official_figures_must_be_explained_or_an_expert_must_agree(findings, is_met):
    must = next(one for one in uses()["U5"].musts if one.criterion == "G1")
    told = {}
    for criterion, state, check in findings:
        told.setdefault(criterion, []).append(finding(criterion, state, check))
    assert answer(must, told.get("G1", []), plan=plan(), others=told) is is_met


def test_a_full_list_of_the_place_stands_in_for_the_ladder():
    findings = [f for f in everything() if f.criterion not in ("B1", "E3")]
    assert judge(findings, plan=plan()).use == "U1"
    assert judge(findings, plan=plan(initiative=Initiative(selection="enumeration"))).use == "U6"


def test_places_must_be_right_only_where_rows_are_places():
    findings = everything(E10=finding("E10", State.FAIL))
    assert judge(findings, plan=plan(source={"unit": "person"})).use == "U6"
    assert judge(findings, plan=plan(source={"unit": "survey event"})).use == "U5"


def test_a_verdict_on_one_indicator_leaves_the_others_out():
    the_plan = plan(indicators={"a": IndicatorPlan("a", "mean", "x"), "b": IndicatorPlan("b", "mean", "y")})
    findings = [*everything(), finding("E2", State.FAIL, "precision", subject="b", value=0.9)]
    assert judge(findings, plan=the_plan, subject="a").use == "U6"
    assert judge(findings, plan=the_plan, subject="b").use == "U5"


def test_not_applicable_is_no_obstacle():
    must = Must("E10")
    assert answer(must, [finding("E10", State.NOT_APPLICABLE)], plan=plan()) is Answer.MET
    assert answer(must, [finding("E10", State.NOT_ASSESSED)], plan=plan()) is Answer.OPEN


def test_an_internet_indicator_from_a_web_sample_is_refused(engine):
    the_plan = plan(indicators={"net": IndicatorPlan("net", "proportion", "a = 1", sdg="17.8.1")})
    refused = found(dataset(engine, {"a": [1]}, selection="open-web"), "blocked_claim", plan=the_plan)
    assert (refused.state, refused.evidence["claim"]) == (State.FAIL, "selection_on_the_outcome")
    from countersign.quality import assess

    fair = assess(dataset(engine, {"a": [1]}, selection="probability"), plan=the_plan)
    assert not [f for f in fair if f.check == "blocked_claim"]


def test_no_prevalence_from_case_records(engine):
    the_plan = plan(indicators={"v": IndicatorPlan("v", "proportion", "a = 1")})
    data = dataset(engine, {"a": [1]}, unit="case record")
    assert found(data, "blocked_claim", plan=the_plan).evidence["claim"] == "prevalence_from_cases"


@pytest.mark.parametrize(
    ("stated", "answered", "use"),
    [
        ((), (), "U6"),
        (("U0", "U2"), (), "U2"),
        ((), ("U3",), "U3"),
        (("U4",), ("U1", "U5"), "U1"),
        (("own use",), (), "U6"),
    ],
)
def test_no_use_goes_beyond_what_the_community_allows(stated, answered, use):
    said = [finding("A6", State.WARN, "answer", evidence={"question": "A6.uses", "answer": one}) for one in answered]
    fitness = judge([*everything(), *said], plan=plan(initiative=Initiative(permitted_uses=stated)))
    assert (fitness.use, fitness.reach) == (use, use)
    beyond = [one.id for one in uses() if one.id > use]
    assert fitness.blocked == dict.fromkeys(beyond, ("A6",))
    assert [(one.use, one.criterion) for one in fitness.blockers] == [(level, "A6") for level in beyond[:1]]
