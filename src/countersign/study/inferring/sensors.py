"""Correcting sensors on plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign import catalogue
from countersign.errors import DataError, EstimationError
from countersign.model.estimate import EstimateTable
from countersign.model.tabular import Tabular
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.spelling import spelled

if TYPE_CHECKING:
    from countersign.estimation.sensors import Readings, SensorCorrection

HOURS = 24


@dataclass(frozen=True)
class CorrectedSensors(Tabular):
    """A correction, and the means it gives.

    Parameters
    ----------
    correction: candidates, errors on sensors left out, the check of the intervals.
    means: of the sensors of `apply_to`, with intervals; None without any.
    """

    correction: SensorCorrection
    means: EstimateTable | None

    def rows(self) -> list[dict[str, Any]]:
        """Return the means, or the candidates where there are none."""
        return self.correction.rows() if self.means is None else self.means.rows()

    @property
    def left_out(self) -> Any:
        """Each sensor beside its reference, corrected by what the other sensors say."""
        return self.correction.left_out


@verb
def correct_sensors(
    table: Any,
    apply_to: Any = None,
    *,
    sensor: str,
    time: str,
    reference: str,
    reading: str,
    covariates: Sequence[str] = (),
    formula: str = "",
    use: str = "",
    by: str = "",
    channels: Sequence[str] = (),
    channel_gap: float | None = None,
    channel_ratio: float | None = None,
    hours: str = "",
    fewest_hours: float = 0,
    where: str = "",
    level: float = 0.95,
    seed: int = 1,
) -> CorrectedSensors:
    """Correct sensors by what others read beside a reference station, and carry the doubt to their means.

    Parameters
    ----------
    table: one row a sensor and time (such as a day), beside a reference. apply_to: the same without a reference;
        empty = only judge the correction on sensors left out.
    sensor, time, reference, reading, covariates: columns; such as humidity and temperature.
    formula: a published correction, as an expression: ``"0.524 * pm - 0.0862 * humidity + 5.75"``; it is one candidate.
    use: name of the candidate to use: ``formula``, ``as read``, ``pm + humidity``; empty = the smallest error on
        sensors left out. by: ``year``, or a column: means of each sensor in each of these.
    channels: two columns of the same quantity; rows where they differ by more than `channel_gap` **and** by more than
        `channel_ratio` of their mean are left out, and told. Limits are in the catalogue.
    hours: column with the hours behind a daily value; above 24 or below `fewest_hours` the row is left out, and told.
    where: condition on the rows of both tables. level: of the intervals. seed: of the groups of sensors left out.

    Raises
    ------
    DataError: text where numbers are needed; rows without a sensor or a time. EstimationError: no reading is left; too
        few sensors beside a reference; columns that are constant or repeat each other.
    """
    from countersign.estimation.sensors import correct

    options: dict[str, Any] = {
        "sensor": sensor,
        "time": time,
        "columns": (reading, *covariates),
        "formula": formula,
        "by": by,
        "channels": tuple(channels),
        "gap": catalogue.threshold("sensor_channel_gap").good if channel_gap is None else channel_gap,
        "ratio": catalogue.threshold("sensor_channel_ratio").good if channel_ratio is None else channel_ratio,
        "hours": hours,
        "fewest_hours": fewest_hours,
        "where": where,
    }
    correction = correct(readings_of(table, reference=reference, **options), use=use, level=level, seed=seed)
    if apply_to is None:
        return CorrectedSensors(correction, None)
    chosen = correction.chosen.candidate
    needed = chosen.terms or ((reading,) if chosen.name == "as read" else options["columns"])
    options |= {"columns": needed, "formula": formula if chosen.name == "formula" else ""}
    others = readings_of(apply_to, reference="", **options)
    others.refuse_repeats()
    return CorrectedSensors(correction, correction.means(others))


def readings_of(
    table: Any,
    *,
    sensor: str,
    time: str,
    columns: Sequence[str],
    reference: str = "",
    formula: str = "",
    by: str = "",
    channels: Sequence[str] = (),
    gap: float = 0.0,
    ratio: float = 0.0,
    hours: str = "",
    fewest_hours: float = 0,
    where: str = "",
) -> Readings:
    """Collect readings; rows that cannot be used are counted by reason.

    Raises
    ------
    DataError: unknown columns, text where numbers are needed, rows without a sensor or a time.
    EstimationError: no row is left.
    """
    from countersign.estimation.sensors import Readings

    names = list(
        dict.fromkeys((*columns, *channels, *((hours,) if hours else ()), *((reference,) if reference else ())))
    )
    keys = [sensor, time, *((by,) if by and by != "year" else ())]
    held = _collected(table, [*keys, *names], formula, where)
    for name in names:
        if held[name].dtype == object:
            raise DataError(f"'{name}' holds text.", where=name, expected="numbers", action="declare it as a number")
    for name in keys:
        if count := int(_missing(held[name]).sum()):
            raise DataError(f"{count} rows have no '{name}'.", where=name, action="leave them out with 'where'")
    keep = np.ones(len(held[sensor]), dtype=bool)
    left: dict[str, int] = {}

    def leave(reason: str, bad: Any) -> None:
        nonlocal keep
        count = int((keep & bad).sum())
        if count:
            left[reason] = count
        keep &= ~bad

    if len(channels) not in (0, 2):
        raise EstimationError("Channels come in pairs.", where="channels", expected="two columns, or none")
    if hours:
        leave(f"more than {HOURS} hours in a day, or none stated", ~(held[hours] <= HOURS))
        leave(f"fewer than {fewest_hours:g} hours", held[hours] < fewest_hours)
    if channels:
        one, other = held[channels[0]], held[channels[1]]
        leave("one of the two channels is missing", np.isnan(one) | np.isnan(other))
        difference, middle = np.abs(one - other), np.abs(one + other) / 2
        leave(
            f"channels differ by more than {gap:g} and {ratio:.0%}", (difference > gap) & (difference > ratio * middle)
        )
    for name in (*columns, *((reference,) if reference else ())):
        leave(f"no {name}", np.isnan(held[name]))
    if formula:
        leave("the formula has no value", np.isnan(held["(formula)"]))
    if not keep.any():
        raise EstimationError(
            "No reading is left.",
            where="table",
            expected="rows with a reading and everything the correction needs",
            action="; ".join(f"{count} rows: {reason}" for reason, count in left.items()) or "look at 'where'",
        )
    spelled_sensor = np.array([spelled(value) for value in held[sensor][keep].tolist()], dtype=object)
    sensors, code = np.unique(spelled_sensor, return_inverse=True)
    period = _periods(held, by, time, keep)
    pairs, unit = np.unique(np.array([f"{s:08d}|{p}" for s, p in zip(code, period, strict=True)]), return_inverse=True)
    units = tuple((str(sensors[int(pair[:8])]), pair[9:]) for pair in pairs.tolist())
    when = held[time][keep]
    return Readings(
        sensors=tuple(str(name) for name in sensors),
        units=units,
        sensor=code.astype(np.int64),
        unit=unit.astype(np.int64),
        time=when.astype("datetime64[D]").astype(float) if when.dtype.kind == "M" else _numbers(when, time),
        columns={name: held[name][keep] for name in columns},
        reference=held[reference][keep] if reference else np.full(int(keep.sum()), np.nan),
        formula=held["(formula)"][keep] if formula else None,
        left_out=left,
    )


def _collected(table: Any, names: Sequence[str], formula: str, where: str) -> Mapping[str, Any]:
    from countersign.study.inferring.rows import columns_of

    measures = {"(formula)": formula} if formula else {}
    return columns_of(table, list(dict.fromkeys(names)), measures=measures, where=where)


def _missing(column: Any) -> Any:
    if column.dtype == object:
        return np.array([value is None for value in column.tolist()], dtype=bool)
    return np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)


def _numbers(when: Any, name: str) -> Any:
    if when.dtype == object:
        raise DataError(
            f"'{name}' is text.", where=name, expected="a date or a number of steps", action="declare its format"
        )
    return when


def _periods(held: Mapping[str, Any], by: str, time: str, keep: Any) -> list[str]:
    if not by:
        return [""] * int(keep.sum())
    if by != "year" or by in held:
        return [spelled(value) for value in held[by][keep].tolist()]
    if held[time].dtype.kind != "M":
        raise DataError(f"'{time}' is no date, so it has no year.", where="by", expected="a column of dates")
    return [str(value) for value in held[time][keep].astype("datetime64[Y]").astype(int) + 1970]
