"""What official statistics lack, and how far own figures are from theirs; each case by hand."""

from __future__ import annotations

import pytest
from making import plan

from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Fitness, State
from countersign.model.gap import Lack
from countersign.model.held_against import OfficialPlan
from countersign.model.official import OfficialFigure, OfficialSeries
from countersign.model.plan import IndicatorPlan, Population, Source
from countersign.quality.coherence import coherence
from countersign.quality.gaps import find_gaps, need, with_use


def figure(value=0.30, *, indicator="water", domain=None, error=0.02, time="2024", **more):
    given = {"lower": 0.0, "upper": 1.0, "n": 50, "method": "m", "convention": "c", "time": time, **more}
    if value is None:
        given |= {"lower": None, "upper": None}
    name = f"{indicator}:{domain or 'all'}"
    return Estimate(indicator, "proportion", domain or {}, value, error, figure_id=name, **given)


def study(*, sdg="6.1.1", statistic="proportion", by=((),)):
    office = OfficialPlan(Source(name="office", file="o.csv"))
    return plan(
        source={"roles": {"area": ("county",), "time": ("year",)}},
        indicators={"water": IndicatorPlan("water", statistic, "x = 1", sdg=sdg, by=by)},
        population=Population(area="Kenya", area_code="KEN", start="2024"),
        official={"office": office},
    )


def series(*figures, **more):
    return OfficialSeries("office", tuple(figures), **{"indicator": "water", **more})


def gap_of(one, *official, told=None):
    [gap] = find_gaps(told or study(), EstimateTable((one,)), official)
    return gap


@pytest.mark.parametrize(("year", "lack"), [("2024", Lack.COVERED), ("2025", Lack.COVERED), ("2020", Lack.COVERED),
                                            ("2019", Lack.COVERED), ("2018", Lack.TOO_OLD)])  # fmt: skip
def test_an_official_figure_may_be_five_years_older(year, lack):
    gap = gap_of(figure(), series(OfficialFigure(0.3, year=year, area="kenya")))
    assert (gap.lack, gap.official_year) == (lack, year)
    assert gap.filled_by == ("d" if lack is Lack.TOO_OLD else "")


def test_a_group_without_an_official_figure_is_not_disaggregated():
    official = series(OfficialFigure(0.3, year="2024"), OfficialFigure(0.2, year="2024", domain={"sex": "MALE"}))
    assert gap_of(figure(domain={"sex": "male"}), official).lack is Lack.COVERED
    gap = gap_of(figure(domain={"sex": "female"}), official)
    assert (gap.lack, dict(gap.group)) == (Lack.NOT_DISAGGREGATED, {"sex": "female"})
    assert gap_of(figure(domain={"sex": "male", "age": "15-24"}), official).lack is Lack.NOT_DISAGGREGATED


def test_an_area_without_an_official_figure_has_none():
    official = series(OfficialFigure(0.3, year="2024", area="Embu"), OfficialFigure(0.3, year="2024"))
    assert gap_of(figure(domain={"county": "Embu"}), official).lack is Lack.COVERED
    gap = gap_of(figure(domain={"county": "Siaya"}), official)
    assert (gap.lack, gap.area, dict(gap.group)) == (Lack.NONE, "Siaya", {})


def test_a_year_in_the_breakdown_is_the_year_of_the_figure():
    official = series(OfficialFigure(0.3, year="2012"))
    assert gap_of(figure(domain={"year": "2015"}), official).lack is Lack.COVERED
    assert gap_of(figure(domain={"year": "2018"}), official).lack is Lack.TOO_OLD


def test_nobody_has_looked_where_no_series_is_named_and_another_concept_is_no_figure():
    assert gap_of(figure()).lack is Lack.UNKNOWN
    other = series(OfficialFigure(0.3, year="2024"), concept="different", why="hours, not shares")
    assert gap_of(figure(), other).lack is Lack.NONE


def test_a_series_belongs_to_an_indicator_by_name_or_by_its_code():
    official = series(OfficialFigure(0.3, year="2024"), indicator="", sdg="6.1.1")
    assert gap_of(figure(), official).lack is Lack.COVERED
    assert gap_of(figure(), official, told=study(sdg="6.2.1")).lack is Lack.UNKNOWN


def test_a_withheld_figure_fills_no_gap():
    hidden = figure(None, error=None, status=Status.SUPPRESSED)
    assert gap_of(hidden, series(OfficialFigure(0.3, year="2001"))).filled_by == ""


def test_a_gap_is_filled_for_the_use_of_the_nearest_verdict():
    table = EstimateTable((figure(), figure(domain={"county": "Embu"})))
    found = find_gaps(study(), table, (series(OfficialFigure(0.3, year="2001")),))
    verdicts = (Fitness("U1", "U4"), Fitness("U2", "U4", subject="water"),
                Fitness("U3", "U4", subject="water", domain={"county": "Embu"}),
                Fitness("U5", "U4", subject="other"))  # fmt: skip
    assert [gap.use for gap in with_use(found, verdicts, table)] == ["U2", "U3"]


def test_a_need_is_a_share_of_figures_and_fails_where_all_is_covered():
    table = EstimateTable((figure(), figure(domain={"sex": "f"})))
    [finding] = need(study(), find_gaps(study(), table, (series(OfficialFigure(0.3, year="2024")),)))
    assert (finding.state, finding.value, finding.count) == (State.PASS, 0.5, 1)
    [covered] = need(
        study(), find_gaps(study(), EstimateTable((figure(),)), (series(OfficialFigure(0.3, year="2024")),))
    )
    assert (covered.state, covered.value) == (State.FAIL, 0)
    [unknown] = need(study(), find_gaps(study(), table, ()))
    assert unknown.state is State.NOT_ASSESSED


def held(official, *figures, told=None):
    [finding] = coherence(told or study(), EstimateTable(figures or (figure(),)), (official,))
    return finding


@pytest.mark.parametrize(("official", "z", "state"), [(0.30, 0, State.PASS), (0.20, 2, State.PASS),
                                                      (0.19, 2.2, State.WARN),
                                                      (0.41, 2.2, State.WARN), (0.05, 5, State.WARN)])  # fmt: skip
def test_a_difference_is_told_in_standard_errors_and_asked_about(official, z, state):
    # SE 0.03 and 0.04: together 0.05.
    finding = held(series(OfficialFigure(official, year="2024", standard_error=0.04)), figure(error=0.03))
    assert finding.value == pytest.approx(z)
    assert finding.state is state


def test_without_an_official_error_ours_alone_counts_and_that_is_said():
    finding = held(series(OfficialFigure(0.2, year="2024")))
    assert finding.value == pytest.approx(5)
    assert finding.evidence["without_official_error"] == 1
    assert "held against ours alone" in finding.message


def test_another_year_or_group_is_not_compared():
    assert held(series(OfficialFigure(0.2, year="2015"))).state is State.NOT_ASSESSED
    assert "newest year is 2015" in held(series(OfficialFigure(0.2, year="2015"))).message
    assert held(series(OfficialFigure(0.2, year="2024", domain={"sex": "f"}))).state is State.NOT_ASSESSED


def test_two_official_figures_for_one_place_are_not_chosen_from():
    finding = held(series(OfficialFigure(0.2, year="2024"), OfficialFigure(0.3, year="2024")))
    assert finding.state is State.NOT_ASSESSED
    assert finding.evidence["several"] == 1


def test_another_concept_or_unit_is_refused_with_the_reason():
    other = held(series(OfficialFigure(0.2, year="2024"), concept="different", why="chores only"))
    assert other.evidence["refused"] == "the official series measures something else (chores only)"
    unit = held(series(OfficialFigure(20.0, year="2024")))
    assert "the units differ" in unit.evidence["refused"]
    mean = held(series(OfficialFigure(20.0, year="2024")), told=study(statistic="mean"))
    assert "refused" not in mean.evidence


def test_without_any_error_a_difference_cannot_be_judged():
    finding = held(series(OfficialFigure(0.2, year="2024")), figure(error=None))
    assert finding.state is State.NOT_ASSESSED
    assert "50 % of the official value" in finding.message
