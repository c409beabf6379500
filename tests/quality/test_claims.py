"""What may not be claimed is refused by code, with the reason and what to say instead."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.catalogue import claims
from countersign.model.documents import Documents
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.finding import Finding, State
from countersign.model.held_against import OfficialPlan
from countersign.model.official import OfficialSeries
from countersign.model.plan import IndicatorPlan, Source, WeightingPlan
from countersign.quality import assess
from countersign.quality.claims import refusals, refused_by_results, refused_figure


def study(statistic="proportion", *, sdg="", claims=(), **more):
    numerator = "a = 1" if statistic == "proportion" else "a"
    return plan(indicators={"i": IndicatorPlan("i", statistic, numerator, sdg=sdg, claims=claims)}, **more)


def refused(engine, the_plan, **more):
    return [claim.id for claim in refusals(the_plan, dataset(engine, {"a": [1, 2]}, **more), "i")]


@pytest.mark.parametrize(
    ("statistic", "ids"),
    [
        ("proportion", ["population_from_qualitative"]),
        ("mean", ["population_from_qualitative"]),
        ("ratio", ["population_from_qualitative"]),
        ("total", []),
    ],
)
def test_themes_of_interviews_are_counted_and_no_share_of_the_population_is_made_of_them(engine, statistic, ids):
    assert refused(engine, study(statistic), unit="qualitative interview") == ids


def test_a_count_of_interviews_called_a_prevalence_is_refused(engine):
    the_plan = study("total", claims=("prevalence",))
    assert refused(engine, the_plan, unit="qualitative interview") == ["population_from_qualitative"]


@pytest.mark.parametrize(
    ("roles", "ids"),
    [
        ({}, ["figures_without_error", "ranking_without_error"]),
        ({"size": ("n",)}, []),
        ({"standard_error": ("se",)}, []),
    ],
)
def test_published_figures_are_ranked_only_if_they_carry_n_or_an_error(engine, roles, ids):
    the_plan = study("mean", claims=("ranking",))
    assert refused(engine, the_plan, unit="published figure", roles=roles) == ids


def test_without_a_wish_to_rank_no_ranking_is_refused(engine):
    assert refused(engine, study("mean"), unit="published figure") == ["figures_without_error"]


def test_collective_answers_take_no_person_weights(engine):
    weighted = study(weighting=WeightingPlan("rake", "b", (("a",),)))
    assert refused(engine, weighted, unit="community") == ["person_weights_on_collective_answers"]
    assert refused(engine, study(), unit="community") == []


@pytest.mark.parametrize(
    ("concept", "ids"),
    [
        ("different", ["comparison_of_different_concepts"]),
        ("", ["comparison_nobody_judged"]),
        ("close", []),
        ("same", []),
    ],
)
def test_a_comparison_needs_the_same_or_a_close_concept(engine, concept, ids):
    official = {"o": OfficialPlan(Source("o", "o.csv"), indicator="i", concept=concept)}
    the_plan = study(claims=("comparison",), official=official)
    assert refused(engine, the_plan) == ids


def test_one_series_of_another_concept_is_enough_to_refuse_the_comparison(engine):
    the_plan = study(claims=("comparison",), official={"o": OfficialPlan(Source("o", "o.csv"), concept="same")})
    other = Documents(official=(OfficialSeries("p", (), indicator="i", concept="different"),))
    found_ids = [claim.id for claim in refusals(the_plan, dataset(engine, {"a": [1]}), "i", documents=other)]
    assert found_ids == ["comparison_of_different_concepts"]


def test_a_question_about_phones_put_to_people_reached_on_the_web_is_refused(engine):
    data = {"variables": {"a": {"bank": "PHONE/owns"}}}
    assert refused(engine, study(), selection="open-web", **data) == ["selection_on_the_outcome_by_question"]
    assert refused(engine, study(), selection="probability", **data) == []


def test_only_a_refused_figure_is_not_computed(engine):
    data = dataset(engine, {"a": [1]}, unit="published figure")
    assert refused_figure(study("mean"), data, "i").id == "figures_without_error"
    assert refused_figure(study("total", claims=("ranking",)), data, "i") is None


@pytest.mark.parametrize(
    ("title", "claim"),
    [
        ("Water, with a margin of error of 3 points", "bare_margin_of_error"),
        ("A representative survey", "called_representative"),
        ("A survey that is not representative", None),
        ("Water in Tavoria", None),
    ],
)
def test_the_texts_of_a_study_are_read_for_what_they_promise(engine, title, claim):
    data = dataset(engine, {"a": [1]}, selection="open-web")
    made = [f for f in assess(data, plan=plan(title={"en": title})) if f.check == "blocked_claim"]
    assert [f.evidence["claim"] for f in made] == ([claim] if claim else [])
    assert all((f.criterion, f.state, f.subject) == ("H2", State.FAIL, "") for f in made)


def test_a_random_sample_may_be_called_representative(engine):
    data = dataset(engine, {"a": [1]}, selection="probability")
    assert not [
        f for f in assess(data, plan=plan(title={"en": "A representative survey"})) if f.check == "blocked_claim"
    ]


def test_the_finding_says_what_may_not_be_written_and_what_instead(engine):
    finding = found(dataset(engine, {"a": [1]}, unit="qualitative interview"), "blocked_claim", plan=study())
    assert (finding.criterion, finding.state, finding.subject) == ("C1", State.FAIL, "i")
    assert finding.evidence["sentence"]
    assert "theme" in finding.fix


def figure(group: str, value: float, half: float) -> Estimate:
    return Estimate("i", "mean", {"g": group}, value, half / 2, value - half, value + half, 50, "m", "t")


@pytest.mark.parametrize(("half", "overlapping"), [(0.4, 0), (0.5, 2), (0.6, 2)])
def test_a_ranking_stands_only_where_no_neighbouring_ranges_overlap(half, overlapping):
    table = EstimateTable((figure("b", 2, half), figure("a", 1, half), figure("c", 3, half)))
    found_ = refused_by_results(study("mean", claims=("ranking",)), table, ())
    assert [(f.evidence["claim"], f.count) for f in found_] == (
        [("ranking_within_chance", overlapping)] if overlapping else []
    )
    assert refused_by_results(study("mean"), table, ()) == ()


@pytest.mark.parametrize(("state", "subject", "is_refused"), [
    (State.FAIL, "", True), (State.FAIL, "i", True), (State.FAIL, "other", False), (State.WARN, "", False),
])  # fmt: skip
def test_a_trend_is_refused_across_a_break(state, subject, is_refused):
    told = [Finding("G3", state, "form_break", "m", subject=subject)]
    found_ = refused_by_results(study("mean", claims=("trend",)), EstimateTable(()), told)
    assert [f.criterion for f in found_] == (["G3"] if is_refused else [])


def test_every_claim_of_the_catalogue_says_why_and_what_instead():
    for claim in claims():
        assert claim.why, claim.id
        assert claim.instead, claim.id
        assert claim.sentence, claim.id
        assert claim.refuses in ("figure", "statement"), claim.id
