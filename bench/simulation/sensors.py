"""Low-cost sensors, corrected by what others read beside a reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.errors import CountersignError
from countersign.estimation.sensors import Readings, correct
from simulation.scenario import Scenario, outcome

BESIDE, ELSEWHERE, DAYS = 15, 10, 60
EACH = "means of 10 sensors elsewhere"
ALL = "mean over these 10 sensors"


def network(rng: np.random.Generator, *, wetter: float = 0.0, dustier: float = 0.0) -> Mapping[str, Any]:
    """Let sensors read; `wetter`: how much more humid it is elsewhere; `dustier`: how much more dust scatters there."""
    count = BESIDE + ELSEWHERE
    sensor = np.repeat(np.arange(count), DAYS)
    day = np.tile(np.arange(DAYS), count)
    beside = sensor < BESIDE
    common = np.exp(rng.normal(2.3, 0.4) + np.convolve(rng.normal(0, 0.35, DAYS + 4), np.ones(5) / 2, "valid"))
    pm = common[day] * np.exp(rng.normal(0, 0.2, count)[sensor] + rng.normal(0, 0.1, count * DAYS))
    humidity = np.clip(
        rng.normal(60, 12, DAYS)[day] + np.where(beside, 0, wetter) + rng.normal(0, 3, count * DAYS), 10, 99
    )
    scale = 1.6 + np.where(beside, 0, dustier)
    own = rng.normal(0, 0.08, count)[sensor]
    reading = scale * np.exp(own) * pm + 0.08 * (humidity - 50) + rng.normal(0, 1.0, count * DAYS)

    def readings(rows: Any, shift: int, *, reference: bool) -> Readings:
        code = (sensor[rows] - shift).astype(np.int64)
        names = tuple(f"s{k:02}" for k in range(code.max() + 1))
        return Readings(
            sensors=names, units=tuple((name, "") for name in names), sensor=code, unit=code,
            time=day[rows].astype(float), columns={"reading": reading[rows], "humidity": humidity[rows]},
            reference=pm[rows] if reference else np.full(len(code), np.nan),
        )  # fmt: skip

    truth = np.bincount(sensor[~beside] - BESIDE, pm[~beside]) / DAYS
    try:
        correction = correct(readings(np.flatnonzero(beside), 0, reference=True))
        figures = correction.means(readings(np.flatnonzero(~beside), BESIDE, reference=False)).estimates
    except CountersignError as reason:
        return {EACH: reason, ALL: reason}
    by = {one.figure_id: one for one in figures}
    return {
        EACH: outcome(truth, [by[f"mean/s{k:02}"] for k in range(ELSEWHERE)]),
        ALL: outcome(float(truth.mean()), by["mean/all"]),
    }


def world(**options: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: network(rng, **options)


DUST = "the dust elsewhere scatters more light than at the reference"
SCENARIOS = (
    Scenario(
        "sensors: like those beside the reference",
        "15 sensors beside references and 10 elsewhere, 60 days. Sensors read 1.6 times too much and more in humid air,"
        " and differ by 8 %.",
        {EACH: "", ALL: ""},
        world(),
    ),
    Scenario(
        "sensors: it is more humid elsewhere",
        "As before, but elsewhere the air is 15 points more humid; the correction knows humidity.",
        {EACH: "", ALL: ""},
        world(wetter=15.0),
    ),
    Scenario(
        "sensors: another dust elsewhere",
        "As the first, but elsewhere sensors read 2.1 times too much.",
        {EACH: DUST, ALL: DUST},
        world(dustier=0.5),
    ),
)
