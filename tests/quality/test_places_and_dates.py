"""Coordinates that cannot be, and periods nobody observed."""

from __future__ import annotations

import datetime

import pytest
from making import dataset, found, plan

from countersign.model.finding import State
from countersign.model.plan import Population
from countersign.quality import assess

POINT = {"longitude": ("x",), "latitude": ("y",)}
TODAY = datetime.date(2026, 1, 15)


def places(engine, x, y, **more):
    return dataset(engine, {"x": x, "y": y}, roles=POINT, **more)


@pytest.mark.parametrize(("x", "y", "count"), [(180.0, 90.0, 0), (180.01, 0.0, 1), (-5.0, -90.5, 1), (-180.0, 12.0, 0)])
def test_the_globe_ends_at_180_and_90(engine, x, y, count):
    assert found(places(engine, [x, 20.0], [y, 20.0]), "coordinates_impossible").count == count


def test_degrees_divided_by_100000_are_recognised_by_where_they_belong(engine):
    data = places(engine, [13.0, 14.0, 0.000135, -0.5], [36.0, 37.0, 0.000361, 0.5])
    finding = found(data, "coordinates_scaled")
    assert (finding.count, finding.evidence["near_zero"]) == (1, 2)


def test_points_near_zero_that_belong_nowhere_are_not_called_scaled(engine):
    data = places(engine, [13.0, 14.0, -0.5], [36.0, 37.0, 0.5])
    checks = {f.check: f for f in assess(data, plan=plan())}
    assert "coordinates_scaled" not in checks
    assert checks["coordinates_near_zero"].count == 1


def test_exactly_zero_and_missing_are_told_apart(engine):
    data = places(engine, [13.0, 0.0, None, 12.0], [36.0, 0.0, 36.0, None])
    assert found(data, "coordinates_zero").count == 1
    assert found(data, "coordinates_missing").count == 2


def test_without_roles_places_are_not_assessed(engine):
    assert found(dataset(engine, {"x": [1.0]}), "coordinates_missing").state is State.NOT_ASSESSED


def test_people_are_no_places(engine):
    data = dataset(engine, {"x": [1.0]}, unit="person")
    assert found(data, "coordinates_missing").state is State.NOT_APPLICABLE


def days(engine, dates, **more):
    return dataset(engine, {"d": dates}, roles={"time": ("d",)}, **more)


def test_months_between_first_and_last_are_counted(engine):
    dates = [datetime.date(2024, month, 3) for month in (1, 2, 4)]
    finding = found(days(engine, dates), "periods_observed", today=TODAY)
    assert (finding.value, finding.count, finding.state) == (0.75, 1, State.PASS)
    assert (finding.evidence["first"], finding.evidence["last"]) == ("2024-01", "2024-04")


def test_a_year_without_records_is_named(engine):
    dates = [datetime.date(2020, 1, 1), datetime.date(2022, 1, 1)]
    finding = found(days(engine, dates), "periods_observed", today=TODAY)
    assert finding.evidence["years_without"] == ["2021"]
    assert finding.state is State.FAIL


def test_weekends_are_counted(engine):
    dates = [datetime.date(2024, 3, 9), datetime.date(2024, 3, 10), datetime.date(2024, 3, 11)]
    assert found(days(engine, dates), "weekday_balance", today=TODAY).count == 2


def test_today_is_not_the_future_and_tomorrow_is(engine):
    data = days(engine, [TODAY, TODAY + datetime.timedelta(days=1)])
    assert found(data, "impossible_dates", today=TODAY).count == 1


@pytest.mark.parametrize(
    ("start", "end", "outside"),
    [("2024", "2024", 2), ("2024-02", "2024-02", 3), ("2023-12-31", "2024-12-31", 1), ("2024", "", 2)],
)
def test_dates_outside_the_stated_period_are_counted(engine, start, end, outside):
    dates = [datetime.date(2023, 12, 31), datetime.date(2024, 2, 29), datetime.date(2024, 12, 31), TODAY]
    the_plan = plan(population=Population(start=start, end=end))
    assert found(days(engine, dates), "outside_period", plan=the_plan, today=TODAY).count == outside


def test_text_is_no_date(engine):
    assert found(days(engine, ["spring"]), "periods_observed").state is State.NOT_ASSESSED
