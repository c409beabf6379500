"""Figures by period are drawn as a trend, and no line joins what was measured otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from release_samples import SECRET, estimate

from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan, Plan, Population, Source
from countersign.model.process import Process, Round
from countersign.model.release import Release
from countersign.publishing.charting.trend import TrendChart, pieces
from countersign.publishing.figures import by_indicator
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.report import render
from countersign.publishing.trends import is_time

YEARS = ("2015", "2016", "2017", "2019", "2020", "2021")
FINDINGS = (Finding("D4", State.WARN, "selection", "Anybody could take part."),)


def plan(*rounds: Round, roles: tuple[str, ...] = (), derive: dict[str, str] | None = None) -> Plan:
    return Plan(
        title={"en": "Water"},
        population=Population("all", "Hill", "", "2015", "2021"),
        data={"people": Source(name="people", file="d.csv", roles={"time": roles}, derive=derive or {})},
        indicators={"piped": IndicatorPlan("piped", "proportion", "water = 'piped'", title={"en": "Piped water"})},
        process=Process(rounds=rounds),
    )


def figures(variable: str = "year", codes: tuple[str, ...] = YEARS) -> list[Estimate]:
    return [
        estimate("piped", "proportion", 0.3 + 0.05 * at, 0.04, 90, domain={variable: code})
        for at, code in enumerate(codes)
    ]


def drawn(*rounds: Round, findings: tuple[Finding, ...] = FINDINGS, own: list[Estimate] | None = None) -> object:
    release = made(*rounds, findings=findings, own=own)
    labels = Labels(release.plan, (), Words())
    (indicator,) = by_indicator(release.estimates, labels, Words(), release=release)
    return indicator.panels[0].chart


def made(*rounds: Round, findings: tuple[Finding, ...] = FINDINGS, own: list[Estimate] | None = None) -> Release:
    table = EstimateTable(tuple(own or figures()))
    return Release(plan(*rounds), "1", "2026-01-01T00:00:00Z", (), findings, (), table)


def stretches(chart: object) -> list[list[str]]:
    assert isinstance(chart, TrendChart)
    return [[moment.period for moment in piece] for piece in pieces(chart)]


def test_the_line_stops_where_the_method_changed():
    chart = drawn(Round("2015/2017", method="on foot"), Round("2019/2021", method="by phone"))
    assert stretches(chart) == [["2015", "2016", "2017"], ["2019", "2020", "2021"]]
    assert "No line is drawn across a break: 2019: the method changed." in chart.description


def test_one_line_joins_what_was_done_in_one_way():
    assert stretches(drawn(Round("2015/2017", method="On  foot"), Round("2019", method="on foot"))) == [list(YEARS)]


def test_a_break_in_the_midst_of_a_year_parts_the_year_from_both_sides():
    chart = drawn(Round("2015", method="on foot"), Round("2017-06", method="by phone"))
    assert stretches(chart) == [["2015", "2016"], ["2017"], ["2019", "2020", "2021"]]


@pytest.mark.parametrize(("broken", "parts"), [("piped", 2), ("another", 1)])
def test_another_form_is_a_break_only_for_what_it_asks_otherwise(broken, parts):
    rounds = (Round("2015/2017", form="old"), Round("2019/2021", form="new"))
    assert len(stretches(drawn(*rounds))) == 2  # forms that nobody could compare
    compared = Finding("G3", State.WARN, "form_versions", "", subject="old", evidence={"before": "old", "after": "new"})
    series = Finding("G3", State.FAIL, "series_break", "", subject=broken, evidence={"before": "old"})
    assert len(stretches(drawn(*rounds, findings=(compared, series)))) == parts


def test_a_jump_of_all_groups_is_a_break_and_a_refused_trend_has_no_line():
    jump = Finding("G3", State.FAIL, "scale_break", "", subject="piped", evidence={"from": 2016, "to": 2017})
    assert stretches(drawn(findings=(jump,))) == [["2015", "2016"], ["2017", "2019", "2020", "2021"]]
    refused = Finding("G3", State.FAIL, "blocked_claim", "", subject="piped", evidence={"claim": "trend"})
    assert stretches(drawn(findings=(refused,))) == [[year] for year in YEARS]


def test_periods_stand_in_order_of_time_whatever_the_order_of_the_figures():
    assert stretches(drawn(own=figures()[::-1])) == [list(YEARS)]


def test_a_withheld_period_parts_the_line_and_leaves_no_number():
    own = figures()
    own[2] = replace(own[2], value=SECRET, lower=SECRET - 1, upper=SECRET + 1).withheld()
    release = made(own=own)
    assert stretches(drawn(own=own)) == [["2015", "2016"], ["2019", "2020", "2021"]]
    page = render(release, words=Words())
    assert "987" not in page
    assert "piped:year=2017" in page


def test_too_few_figures_are_no_trend():
    own = [one.withheld() for one in figures()[:5]] + figures()[5:]
    assert not isinstance(drawn(own=own), TrendChart)


@pytest.mark.parametrize(
    ("variable", "codes", "time"),
    [
        ("year", ("2015", "2016"), True),
        ("when", ("2015-01", "2015-02"), True),  # a role
        ("jahr", ("1999", "2050"), True),  # made from the time of the record
        ("wave_name", ("2015", "2021"), True),  # within the period of the study
        ("born", ("1960", "1975"), False),
        ("year", ("2015", "later"), False),
        ("sex", ("f", "m"), False),
        ("year", (), False),
    ],
)
def test_a_variable_is_a_time_if_it_says_when_data_were_collected(variable, codes, time):
    assert is_time(variable, codes, plan(roles=("when",), derive={"jahr": "year(when)"})) is time
