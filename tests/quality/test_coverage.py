"""Coverage against a benchmark, concentration of collectors, and what the study file states."""

from __future__ import annotations

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.finding import State
from countersign.model.plan import Initiative, Population
from countersign.quality import assess
from countersign.quality.collectors import gini, top
from countersign.quality.coverage import dissimilarity


def census(**counts: float) -> Benchmark:
    return Benchmark("census", (Margin(("sex",), {(name,): n for name, n in counts.items()}),))


def test_dissimilarity_is_half_the_sum_of_differences():
    assert dissimilarity({("f",): 7, ("m",): 3}, {("f",): 50, ("m",): 50}) == pytest.approx(0.2)
    assert dissimilarity({("f",): 1}, {("m",): 1}) == 1.0


def test_groups_are_compared_among_records_still_in(engine):
    data = dataset(engine, {"sex": ["f"] * 7 + ["m"] * 3 + [None] + ["m"] * 4}, kept=[True] * 11 + [False] * 4)
    finding = found(data, "coverage", benchmark=census(f=500, m=500))
    assert finding.value == pytest.approx(0.2)
    assert finding.state is State.WARN
    assert finding.evidence["ratios"] == {"f": pytest.approx(1.4), "m": pytest.approx(0.6)}
    assert finding.evidence["missing"] == 1
    assert "Too few: m" in finding.message


@pytest.mark.parametrize(("women", "state"), [(60, State.PASS), (61, State.WARN), (75, State.WARN), (76, State.FAIL)])
def test_dissimilarity_turns_at_10_and_25_percent(engine, women, state):
    data = dataset(engine, {"sex": ["f"] * women + ["m"] * (100 - women)})
    assert found(data, "coverage", benchmark=census(f=50, m=50)).state is state


def test_groups_without_a_record_are_named_with_their_share(engine):
    finding = found(dataset(engine, {"sex": ["f", "m"]}), "uncovered", benchmark=census(f=49, m=49, x=2))
    assert (finding.value, finding.count, finding.state) == (pytest.approx(0.02), 1, State.WARN)
    assert finding.evidence["groups"] == {"x": 0.02}


def test_groups_the_benchmark_lacks_are_reported(engine):
    finding = found(dataset(engine, {"sex": ["f", "m", "x"]}), "coverage", benchmark=census(f=50, m=50))
    assert finding.evidence["unmatched"] == {"x": 1}


def test_joint_margins_are_compared_cell_by_cell(engine):
    benchmark = Benchmark("census", (Margin(("sex", "age"), {("f", "1"): 50, ("m", "2"): 50}),))
    finding = found(dataset(engine, {"sex": ["f", "m"], "age": [1, 2]}), "coverage", benchmark=benchmark)
    assert (finding.subject, finding.value) == ("sex x age", 0.0)


def test_without_a_benchmark_coverage_is_not_assessed(engine):
    assert found(dataset(engine, {"sex": ["f"]}), "coverage").state is State.NOT_ASSESSED


def test_small_groups_are_flagged(engine):
    data = dataset(engine, {"sex": ["f"] * 60 + ["m"] * 29})
    finding = found(data, "group_inclusion", benchmark=census(f=60, m=29))
    assert (finding.count, finding.state) == (1, State.WARN)


def test_gini_and_top_shares_by_hand():
    sizes = np.array([5.0, 3.0, 1.0, 1.0])
    # ascending 1 1 3 5: 2 (1 + 2 + 9 + 20) / (4 x 10) - 5/4 = 0.35
    assert gini(sizes) == pytest.approx(0.35)
    assert top(sizes, 0.25) == 0.5
    assert top(sizes, 0.01) == 0.5
    assert gini(np.ones(7)) == pytest.approx(0.0)


@pytest.mark.parametrize(("biggest", "state"), [(2, State.PASS), (3, State.WARN), (5, State.WARN), (6, State.FAIL)])
def test_one_collector_may_make_a_fifth_of_the_records(engine, biggest, state):
    who = ["A"] * biggest + [f"B{place}" for place in range(10 - biggest)]
    finding = found(dataset(engine, {"who": who}, roles={"collector": ("who",)}), "collector_concentration")
    assert (finding.value, finding.state) == (biggest / 10, state)


def test_what_the_study_states_is_stated_and_not_proven(engine):
    who = Initiative(
        organiser="O", funder="F", contact="c@o.org", protocol="p.pdf", consent="form v2", licence="CC-BY-4.0",
        steward="S", participation={"design": 4, "collection": 5}, scored_by=("organiser", "community"),
    )  # fmt: skip
    where = Population("adults", "Kenya", "KE", "2024", "2024")
    states = {
        f.check: f.state for f in assess(dataset(engine, {"a": [1]}), plan=plan(initiative=who, population=where))
    }
    assert states["organiser_stated"] is State.PASS
    assert states["rights_stated"] is State.PASS
    assert states["population_stated"] is State.PASS
    assert states["participation_stated"] is State.PASS
    assert states["consent_stated"] is State.PASS
    assert states["confirmed_by"] is State.NOT_ASSESSED
    assert states["answer"] is State.NOT_ASSESSED


def test_an_organiser_alone_does_not_score_the_ladder(engine):
    who = Initiative(participation={"design": 5}, scored_by=("organiser",))
    alone = found(dataset(engine, {"a": [1]}), "participation_stated", plan=plan(initiative=who))
    assert alone.state is State.NOT_ASSESSED
    assert alone.value is None


@pytest.mark.parametrize(("rung", "state"), [(5, State.PASS), (4, State.PASS), (3, State.WARN), (2, State.FAIL)])
def test_only_rungs_4_and_5_are_sufficient(engine, rung, state):
    who = Initiative(participation={"design": rung}, scored_by=("organiser", "community"))
    assert found(dataset(engine, {"a": [1]}), "participation_stated", plan=plan(initiative=who)).state is state


def test_an_open_question_is_not_an_answer(engine):
    where = Population("adults", "?", "KE", "2024", "2024")
    finding = found(dataset(engine, {"a": [1]}), "population_stated", plan=plan(population=where))
    assert (finding.value, finding.evidence["missing"]) == (0.75, ["area"])
