"""What these data do better than the official ones stands beside their weaknesses, and only where it was measured."""

from __future__ import annotations

import pytest
from making import plan

from countersign.model.finding import Finding, State
from countersign.model.gap import Gap, Lack
from countersign.model.official import OfficialFigure, OfficialSeries
from countersign.model.plan import IndicatorPlan
from countersign.quality.merits import merits

PLAN = plan(indicators={"water": IndicatorPlan("water", "proportion", "w = 1")})
CENSUS = OfficialSeries("census", (OfficialFigure(0.5, "2009"), OfficialFigure(0.6, "2019")), indicator="water")


def told(findings=(), gaps=(), official=()):
    found = merits(PLAN, findings, gaps=gaps, official=official)["water"]
    return [(one.criterion, one.why) for one in found]


def test_without_anything_to_compare_with_nothing_is_called_better():
    rung = Finding("B1", State.PASS, "participation_stated", "m", value=5)
    frequent = Finding("F3", State.PASS, "frequency", "m", value=1.0, evidence={"gaps": [365]})
    assert told([rung, frequent]) == []


@pytest.mark.parametrize(
    ("gap", "criterion", "words"),
    [
        (Gap("water", Lack.NONE, filled_by="d", year="2025"), "A5", "No official figure exists for it (2025)"),
        (Gap("water", Lack.TOO_OLD, filled_by="d", official_year="2009"), "A5", "too old (of 2009)"),
        (Gap("water", Lack.NOT_DISAGGREGATED, filled_by="d", group={"disability": "yes"}), "C4", "by disability"),
    ],
)
def test_a_gap_that_these_data_fill_is_a_merit(gap, criterion, words):
    ((found, why),) = told(gaps=[gap])
    assert found == criterion
    assert words in why


@pytest.mark.parametrize("gap", [
    Gap("water", Lack.NONE), Gap("water", Lack.COVERED, filled_by="d"), Gap("water", Lack.UNKNOWN, filled_by="d"),
    Gap("other", Lack.NONE, filled_by="d"),
])  # fmt: skip
def test_a_gap_that_they_do_not_fill_is_none(gap):
    assert told(gaps=[gap]) == []


def test_sooner_and_oftener_than_the_official_series():
    sooner = Finding("F1", State.PASS, "timeliness", "m", value=30,
                     evidence={"faster_than": ["census"], "official": {"census": 400}})  # fmt: skip
    oftener = Finding("F3", State.PASS, "frequency", "m", value=1.0, evidence={"gaps": [365]})
    assert told([sooner, oftener], official=[CENSUS]) == [
        ("F1", "They came out 30 days after their period; 'census' took 400."),
        ("F3", "They come 1 times a year; 'census' comes 0.1 times."),
    ]


@pytest.mark.parametrize(("a_year", "is_more"), [(0.1, False), (0.1001, True)])
def test_as_often_is_not_oftener(a_year, is_more):
    ours = Finding("F3", State.PASS, "frequency", "m", value=a_year, evidence={"gaps": [3650]})
    assert bool(told([ours], official=[CENSUS])) is is_more


def test_participation_counts_where_there_is_an_official_series_beside_it():
    rung = Finding("B1", State.PASS, "participation_stated", "m", value=4)
    assert [criterion for criterion, _ in told([rung], official=[CENSUS])] == ["B1"]


def test_areas_without_an_official_figure_say_nothing_of_those_that_have_one():
    north = Gap("water", Lack.NONE, filled_by="d", year="2025", area="north")
    land = Gap("water", Lack.COVERED, year="2025", area="Land")
    assert told(gaps=[land, north]) == [("A5", "No official figure exists of north (2025); these data have one.")]
