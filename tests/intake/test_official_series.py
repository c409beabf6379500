"""Official figures are read as the study describes them, in the unit and with the names of the study."""

from __future__ import annotations

import pytest

from countersign.errors import DataError
from countersign.intake import read_official, take_in
from countersign.model.artefact import Artefact
from countersign.model.held_against import OfficialPlan
from countersign.model.plan import Source
from countersign.tables import open_engine
from real_data import shared

TABLE = """\
place,when,group,percent,se,low,high
Hill,2019,women,25,2,,
Hill,2019,_T,20,,16.08,23.92
Dale,2019-2020,Both sexes,30,,,
Dale,2021-07-01,men,40,,,
Dale,2022,men,,,,
"""


@pytest.fixture(params=["duckdb", "polars"])
def engine(request):
    with open_engine(request.param) as opened:
        yield opened


def series(engine, tmp_path, *, text=TABLE, source=None, **more):
    file = tmp_path / "official.csv"
    file.write_text(text, encoding="utf-8")
    spec = Source(name="office", file=file.name, **(source or {}))
    data = take_in(spec, path=file, engine=engine, store=lambda p: Artefact("0" * 64, p.name, "input"), folder=tmp_path)
    given = {
        "value": "percent",
        "year": "when",
        "area": "place",
        "by": ("group",),
        "scale": 0.01,
        "indicator": "water",
        **more,
    }
    return read_official(data, plan=OfficialPlan(source=spec, **given), where=lambda key: f"official.office.{key}")


def test_values_come_in_the_unit_of_the_study_and_everybody_has_no_category(engine, tmp_path):
    found = series(engine, tmp_path, standard_error="se", lower="low", upper="high").figures
    assert [(f.area, f.year, dict(f.domain), round(f.value, 12)) for f in found] == [
        ("Hill", "2019", {"group": "women"}, 0.25),
        ("Hill", "2019", {}, 0.20),
        ("Dale", "2020", {}, 0.30),
        ("Dale", "2021", {"group": "men"}, 0.40),
    ]
    # 2 points, then (23.92 - 16.08) / 3.92 = 2 points; the others have none.
    assert [f.standard_error and round(f.standard_error, 5) for f in found] == [0.02, 0.02, None, None]


def test_the_newest_year_is_that_of_a_row_with_a_value(engine, tmp_path):
    assert series(engine, tmp_path).last_year == "2021"


def test_rows_set_aside_by_a_gate_give_no_figure(engine, tmp_path):
    from countersign.model.plan import GatePlan

    found = series(engine, tmp_path, source={"keep": (GatePlan(rule="place = 'Hill'"),)})
    assert {figure.area for figure in found.figures} == {"Hill"}


def test_a_column_that_is_not_there_is_named_with_the_nearest(engine, tmp_path):
    with pytest.raises(DataError, match=r"official\.office\.year: .*'whn'.*Did you mean 'when'"):
        series(engine, tmp_path, year="whn")


def test_a_value_that_is_no_number_is_refused(engine, tmp_path):
    with pytest.raises(DataError, match="'group' does not hold numbers"):
        series(engine, tmp_path, value="group")


def test_a_file_without_a_figure_is_refused(engine, tmp_path):
    with pytest.raises(DataError, match=r"No row of 'official\.csv' holds an official figure"):
        series(engine, tmp_path, text="place,when,group,percent\nHill,2019,women,\nHill,2020,men,\n",
               source={"variables": {"percent": {"type": "number"}}})  # fmt: skip


def test_the_official_series_on_unpaid_work_is_read_whole(engine, tmp_path):
    path = shared("cases", "geah_unpaid_work", "sdg-indicator-5-4-1.xlsx")
    spec = Source(
        name="unsd",
        file=path.name,
        options={"sheet": "Goal5", "repair_names": True},
        variables={"sex": {"column": "Sex"}, "location": {"column": "Location"}, "age": {"column": "Age"}},
    )
    data = take_in(spec, path=path, engine=engine, store=lambda p: Artefact("0" * 64, p.name, "input"), folder=tmp_path)
    plan = OfficialPlan(
        source=spec, value="Value", year="TimePeriod", area="GeoAreaName", by=("sex", "location", "age"), scale=0.24
    )
    found = read_official(data, plan=plan, where=str)
    assert len(found.figures) == 7943
    assert len({figure.area for figure in found.figures}) == 93
    assert found.last_year == "2022"
    # Nobody is named 'ALLAREA' or 'ALLAGE': those are everybody.
    assert {figure.domain.get("location") for figure in found.figures} == {None, "RURAL", "URBAN"}
    thai = [
        f.value
        for f in found.figures
        if f.area == "Thailand" and f.year == "2015" and f.domain == {"sex": "MALE", "age": "6+"}
    ]
    assert any(abs(value - 0.24 * 3.25) < 0.01 for value in thai), thai


@pytest.mark.parametrize(
    ("row", "more", "says"),
    [
        ("Hill,last year,women,26,2,,", {}, "has no year"),
        ("Hill,,women,26,2,,", {}, "has no year"),
        ("Hill,2018,women,26,-2,,", {"standard_error": "se"}, "below zero"),
        ("Hill,2018,women,26,,28,24", {"lower": "low", "upper": "high"}, "begins above its end"),
        ("Hill,2018,women,26,,24,28", {"lower": "low"}, "Only the lower end"),
    ],
)
def test_figures_that_cannot_be_right_are_refused(engine, tmp_path, row, more, says):
    with pytest.raises(DataError) as refused:
        series(engine, tmp_path, text=TABLE + row + "\n", **more)
    assert says in refused.value.problem
    assert refused.value.action
