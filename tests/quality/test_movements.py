"""Nobody is at two places at once."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.model.finding import State

ROLES = {"longitude": ("x",), "latitude": ("y",), "start": ("t",), "collector": ("who",)}


def at(hour: float) -> datetime.datetime:
    return datetime.datetime(2025, 3, 1) + datetime.timedelta(hours=hour)  # noqa: DTZ001 - files tell no zone


def visits(engine, rows, **more):
    who, hours, y, x = (list(column) for column in zip(*rows, strict=True))
    columns = {"who": who, "t": [at(hour) for hour in hours], "y": [float(v) for v in y], "x": [float(v) for v in x]}
    columns |= more.pop("columns", {})
    return dataset(engine, columns, roles={**ROLES, **more.pop("roles", {})}, **more)


def test_a_degree_in_an_hour_is_a_drive_and_two_are_not(engine) -> None:
    # One degree of latitude is 111.2 km.
    data = visits(engine, [("A", 0, 0.5, 30), ("A", 1, 1.5, 30), ("A", 2, 3.5, 30), ("B", 2, 60, 30)])
    finding = found(data, "impossible_travel")
    assert (finding.count, finding.evidence["compared"]) == (1, 2)
    assert finding.value == pytest.approx(0.5)
    assert finding.state is State.FAIL


@pytest.mark.parametrize(("kilometres", "far"), [(152.6, 0), (152.8, 1)])
def test_the_limit_is_speed_times_time_plus_what_may_be_off(engine, kilometres, far) -> None:
    # In one hour: 150 km, 2.5 km in the minute by which clocks may be off, and 100 m for each of both positions.
    degrees = kilometres / 6371.0088 * 180 / np.pi
    data = visits(engine, [("A", 0, 10.0, 30), ("A", 1, 10.0 + degrees, 30)])
    assert found(data, "impossible_travel").count == far


def test_the_accuracy_of_the_device_is_allowed_for(engine) -> None:
    degrees = 160 / 6371.0088 * 180 / np.pi
    rows = [("A", 0, 10.0, 30), ("A", 1, 10.0 + degrees, 30)]
    assert found(visits(engine, rows), "impossible_travel").count == 1
    coarse = visits(engine, rows, columns={"acc": [5000.0, 5000.0]}, roles={"accuracy": ("acc",)})
    assert found(coarse, "impossible_travel").count == 0


def test_the_date_line_and_the_order_of_rows_do_not_matter(engine) -> None:
    data = visits(engine, [("A", 1, 0.0, -179.9), ("A", 0, 0.0, 179.9), ("A", 2, 0.0, -179.8)])
    assert found(data, "impossible_travel").count == 0


def test_distances_are_those_of_the_haversine_formula(engine) -> None:
    generator = np.random.default_rng(2)
    n = 300
    x, y = generator.uniform(-180, 180, n), generator.uniform(-80, 80, n)
    x[1::2], y[1::2] = (
        x[::2] + generator.normal(0, 1, n // 2),
        np.clip(y[::2] + generator.normal(0, 1, n // 2), -89, 89),
    )
    x = (x + 180) % 360 - 180
    data = visits(engine, [("A", hour, y[hour], x[hour]) for hour in range(n)])
    phi, lam = np.radians(y), np.radians(x)
    half = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(lam) / 2) ** 2
    distance = 2 * 6371.0088 * np.arcsin(np.sqrt(half))
    expected = int((distance > 150 * (1 + 1 / 60) + 0.2).sum())
    assert 0 < expected < n - 1
    assert found(data, "impossible_travel").count == expected


def test_places_without_a_time_of_day_are_not_assessed(engine) -> None:
    columns = {"who": ["A", "A"], "t": [datetime.date(2025, 1, 1)] * 2, "x": [1.0, 2.0], "y": [1.0, 2.0]}
    assert found(dataset(engine, columns, roles=ROLES), "impossible_travel").state is State.NOT_ASSESSED


def spans(engine, rows):
    who, starts, ends = (list(column) for column in zip(*rows, strict=True))
    columns = {"who": who, "s": [at(each) for each in starts], "e": [at(each) for each in ends]}
    return dataset(engine, columns, roles={"start": ("s",), "end": ("e",), "collector": ("who",)})


def test_two_interviews_at_once_are_counted_for_one_collector_only(engine) -> None:
    data = spans(engine, [("A", 0, 1), ("A", 0.5, 1.5), ("A", 1.5, 2), ("B", 0.2, 0.4), ("B", 0.3, 0.6)])
    finding = found(data, "overlapping_interviews")
    assert (finding.count, finding.value, finding.state) == (2, pytest.approx(0.4), State.FAIL)


def test_a_long_interview_overlaps_all_that_begin_within_it(engine) -> None:
    data = spans(engine, [("A", 0, 5), ("A", 1, 2), ("A", 3, 4), ("A", 5, 6)])
    assert found(data, "overlapping_interviews").count == 2


def test_one_after_the_other_is_fine(engine) -> None:
    finding = found(spans(engine, [("A", 0, 1), ("A", 1, 2)]), "overlapping_interviews", plan=plan())
    assert (finding.count, finding.state) == (0, State.PASS)
