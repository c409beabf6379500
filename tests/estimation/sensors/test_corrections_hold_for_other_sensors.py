"""Sensors: errors on sensors left out, intervals of means that hold, and what is told of bad rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import countersign
from countersign import inference
from countersign.errors import CountersignError
from countersign.estimation.sensors import Readings, autocorrelation, correct, residual_share
from real_data import shared


def network(
    rng: np.random.Generator, *, sensors: int = 12, days: int = 80, between: float = 1.0, r: float = 0.6
) -> Readings:
    n = sensors * days
    sensor = np.repeat(np.arange(sensors), days)
    humidity = rng.uniform(30, 80, n)
    truth = np.exp(rng.normal(2.2, 0.4, n))
    noise = np.zeros((sensors, days))
    for day in range(days):
        fresh = rng.normal(0, 1.5, sensors)
        noise[:, day] = fresh if day == 0 else r * noise[:, day - 1] + math.sqrt(1 - r**2) * fresh
    off = rng.normal(0, between, sensors)[sensor] + noise.ravel()
    reading = (truth - off + 0.08 * humidity - 4) / 0.5
    return Readings(
        tuple(f"s{k:02d}" for k in range(sensors)),
        tuple((f"s{k:02d}", "") for k in range(sensors)),
        sensor,
        sensor,
        np.tile(np.arange(days, dtype=float), sensors),
        {"pm": reading, "humidity": humidity},
        truth,
    )


def test_leaving_a_sensor_out_by_sums_is_leaving_it_out_by_rows() -> None:
    readings = network(np.random.default_rng(1), sensors=6, days=25)
    found = {one.candidate.name: one for one in correct(readings).judged}
    for name, columns in (("pm", ("pm",)), ("pm + humidity", ("pm", "humidity"))):
        squares = []
        for k in range(6):
            out = readings.sensor == k
            X = readings.design(columns)
            b = np.linalg.lstsq(X[~out], readings.reference[~out], rcond=None)[0]
            squares.append((X[out] @ b - readings.reference[out]) ** 2)
        assert found[name].rmse_left_out == pytest.approx(math.sqrt(np.concatenate(squares).mean()), rel=1e-9)
        assert found[name].rmse_by_sensor == pytest.approx(math.sqrt(np.mean([s.mean() for s in squares])), rel=1e-9)
        assert list(found[name].coefficients.values()) == pytest.approx(
            np.linalg.lstsq(readings.design(columns), readings.reference, rcond=None)[0].tolist(), rel=1e-8
        )


def test_intervals_of_the_means_of_new_sensors_hold() -> None:
    rng, held, checked = np.random.default_rng(7), [], []
    for _ in range(60):
        both = network(rng, sensors=13, days=40)
        new = both.sensor >= 9
        known = _part(both, ~new, 9, 0)
        other = _part(both, new, 4, 9)
        found = correct(known)
        checked.append(found.left_out.held / 9)
        means = found.means(replace(other, reference=np.full(len(other), np.nan)))
        truth = other.mean(other.reference)
        held += [one.lower <= truth[k] <= one.upper for k, one in enumerate(means.estimates[:4])]  # type: ignore[operator]
    assert 0.90 <= np.mean(held) <= 0.98
    assert 0.90 <= np.mean(checked) <= 0.99


def _part(readings: Readings, rows: np.ndarray, count: int, first: int) -> Readings:
    return Readings(
        readings.sensors[first : first + count],
        readings.units[first : first + count],
        readings.sensor[rows] - first,
        readings.unit[rows] - first,
        readings.time[rows],
        {name: column[rows] for name, column in readings.columns.items()},
        readings.reference[rows],
    )


def test_the_correlation_of_days_is_found_and_carried() -> None:
    rng = np.random.default_rng(3)
    readings = network(rng, sensors=10, days=400, r=0.7)
    residual = readings.reference - 0.5 * readings.columns["pm"] + 0.08 * readings.columns["humidity"]
    assert autocorrelation(readings, residual) == pytest.approx(0.7, abs=0.05)
    r, n = 0.7, 50
    exact = sum(r ** abs(a - b) for a in range(n) for b in range(n)) / n**2
    assert residual_share(np.array([n]), r) == pytest.approx(exact, rel=1e-12)
    assert residual_share(np.array([1.0]), 0.9) == pytest.approx(1.0)


def test_gaps_do_not_count_as_neighbours() -> None:
    readings = network(np.random.default_rng(3), sensors=4, days=60)
    kept = readings.time % 3 != 2
    gappy = replace(_part(readings, kept, 4, 0), time=readings.time[kept])
    whole = readings.reference - 0.5 * readings.columns["pm"]
    assert 0 <= autocorrelation(gappy, whole[kept]) < 1


def test_nine_real_sensors() -> None:
    path = shared("cases", "purpleair_aqs_daily_a", "daily.csv")
    found = inference.correct_sensors(
        countersign.read(path),
        sensor="sensor_index",
        time="DAILY",
        reference="conc",
        reading="A_B_Avg",
        covariates=["humidity_a", "temp_Celsius"],
        formula="0.524 * A_B_Avg - 0.0862 * humidity_a + 5.75",
    ).correction
    rows = {row["correction"]: row for row in found.rows()}
    assert round(rows["as read"]["rmse"], 2) == 7.35
    assert round(rows["as read"]["bias"], 2) == 4.39
    assert (round(rows["formula"]["rmse"], 2), round(rows["formula"]["bias"], 2)) == (2.68, -1.04)
    assert all(row["rmse_left_out"] < 2.6 for name, row in rows.items() if name not in ("as read", "formula"))
    assert rows["A_B_Avg"]["rmse"] < rows["A_B_Avg"]["rmse_left_out"]
    assert found.left_out.held >= 8
    assert any("9 sensors are few" in note for note in found.notes)


def days(**changes: object) -> list[dict[str, object]]:
    rng = np.random.default_rng(1)
    rows: list[dict[str, object]] = []
    for site in "abcde":
        for day in range(1, 7):
            truth = float(rng.uniform(5, 20))
            reading = 2 * truth + float(rng.normal())
            rows.append({"site": site, "day": f"2024-01-{day:02d}", "truth": truth, "pm": reading, "rh": 50.0 + day,
                         "a": reading, "b": reading, "hours": 24})  # fmt: skip
    rows[0] |= changes
    return rows


COLUMNS = {"sensor": "site", "time": "day", "reference": "truth", "reading": "pm"}


@pytest.mark.parametrize(
    ("changes", "options", "reason"),
    [
        ({"hours": 25}, {"hours": "hours"}, "more than 24 hours in a day, or none stated"),
        ({"hours": 10}, {"hours": "hours", "fewest_hours": 18}, "fewer than 18 hours"),
        ({"a": 90.0}, {"channels": ["a", "b"]}, "channels differ by more than 5 and 61%"),
        ({"rh": None}, {"covariates": ["rh"]}, "no rh"),
        ({"truth": None}, {}, "no truth"),
    ],
)
def test_rows_that_cannot_be_used_are_counted_by_reason(
    changes: dict[str, object], options: dict[str, object], reason: str
) -> None:
    found = inference.correct_sensors(pa.Table.from_pylist(days(**changes)), **COLUMNS, **options)  # type: ignore[arg-type]
    assert found.correction.left_rows == {reason: 1}
    assert any(note == f"1 rows left out: {reason}" for note in found.correction.notes)


def test_a_year_has_its_own_mean_and_sensors_without_humidity_are_told() -> None:
    others = [{**row, "site": "z", "rh": None if number == 0 else row["rh"]} for number, row in enumerate(days()[:6])]
    found = inference.correct_sensors(
        pa.Table.from_pylist(days()),
        pa.Table.from_pylist(others),
        covariates=["rh"],
        use="pm + rh",
        by="year",
        **COLUMNS,
    )
    assert [one.figure_id for one in found.means] == ["mean/z/2024"]
    assert found.means.estimates[0].n == 5
    assert "1 rows left out: no rh" in found.means.notes


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"use": "magic"}, "no correction 'magic'"),
        ({"covariates": ["a"]}, "constant or repeat each other"),
        ({"reading": "site"}, "holds text"),
        ({"reading": "nowhere"}, "no column 'nowhere'"),
        ({"channels": ["a"]}, "come in pairs"),
        ({"by": "year", "time": "rh"}, "no date"),
        ({"where": "pm > 1000"}, "selects nobody"),
    ],
)
def test_what_cannot_be_done_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(CountersignError, match=words):
        inference.correct_sensors(pa.Table.from_pylist(days()), **{**COLUMNS, **options})  # type: ignore[arg-type]
