"""Correction: what sensors would have said, had they been the reference, with honest errors, down to an annual mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.estimation.sensors.candidates import (
    RAW,
    Candidate,
    Held,
    Moments,
    candidates,
    choose,
    moments,
    score,
)
from countersign.estimation.sensors.readings import Readings, autocorrelation, residual_share
from countersign.model.cells import Floats
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.tabular import Tabular

METHOD = (
    "mean of corrected readings; variance between sensors, of coefficients, and of residuals that follow each other"
)
ASSUMPTION = "the sensors differ from each other as those beside a reference do, under conditions as there"


@dataclass(frozen=True)
class Judged:
    """A candidate and its errors.

    Parameters
    ----------
    rmse, bias: on the rows it was fitted on. rmse_left_out, bias_left_out: on sensors it was not fitted on, over rows.
    rmse_by_sensor: on sensors it was not fitted on, every sensor counting the same: what candidates are chosen by.
    coefficients: term -> number; the intercept is ``(intercept)``.
    """

    candidate: Candidate
    rmse: float
    bias: float
    rmse_left_out: float
    bias_left_out: float
    rmse_by_sensor: float
    coefficients: Mapping[str, float]
    chosen: bool = False


@dataclass(frozen=True)
class Spread:
    """How far the mean of a sensor may be off.

    Parameters
    ----------
    between: standard deviation of what sensors are off in the mean, beside the other parts.
    residual: standard deviation of single readings about it. correlation: of residuals one step apart.
    coefficients: covariance of the coefficients about the centre, (q, q). sensors: behind it.
    """

    between: float
    residual: float
    correlation: float
    coefficients: Floats
    sensors: int

    def variance(self, at: Floats, size: Floats) -> Floats:
        """Return the variance of each unit's mean error; at: its mean design (U, q), size: rows (U,)."""
        uncertain = (
            np.einsum("uj,jk,uk->u", at, self.coefficients, at) if self.coefficients.size else np.zeros(len(size))
        )
        found: Floats = self.between**2 + uncertain + self.residual**2 * residual_share(size, self.correlation)
        return found


@dataclass(frozen=True)
class LeftOut(Tabular):
    """Each unit (sensor, or sensor and period) beside its reference, corrected by what the other sensors say."""

    lines: tuple[Mapping[str, Any], ...]

    @property
    def held(self) -> int:
        """Units whose interval holds the mean of the reference."""
        return sum(bool(line["holds"]) for line in self.lines)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a unit."""
        return [dict(line) for line in self.lines]


@dataclass(frozen=True)
class SensorCorrection(Tabular):
    """A correction and all that is known of its errors.

    Parameters
    ----------
    judged: the candidates. spread: of the chosen one, from all sensors. left_out: each unit by the others.
    rmse_honest: on sensors left out, with the choice among candidates made without them too.
    ranges: term -> smallest and largest value it was fitted on. left_rows: reason -> rows that were not used.
    """

    judged: tuple[Judged, ...]
    spread: Spread
    left_out: LeftOut
    rmse_honest: float
    bias_honest: float
    ranges: Mapping[str, tuple[float, float]]
    centre: Floats
    level: float
    left_rows: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def chosen(self) -> Judged:
        """The candidate used for figures."""
        return next(one for one in self.judged if one.chosen)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a candidate."""
        return [
            {
                "correction": one.candidate.name,
                "rmse": one.rmse,
                "bias": one.bias,
                "rmse_left_out": one.rmse_left_out,
                "bias_left_out": one.bias_left_out,
                "rmse_by_sensor": one.rmse_by_sensor,
                "chosen": one.chosen,
                "formula": _formula(one),
            }
            for one in self.judged
        ]

    def corrected(self, readings: Readings) -> Floats:
        """Return the corrected readings, (n,).

        Raises
        ------
        EstimationError: the chosen correction is a formula and these readings have none computed.
        """
        return _apply(readings, self.chosen)

    def means(self, readings: Readings) -> EstimateTable:
        """Return the corrected mean of each unit and of all, for sensors without a reference.

        A figure ``mean/SENSOR`` (``mean/SENSOR/PERIOD``) each, and ``mean/all``: every unit counting the same. Rows
        outside the range of the fit are kept, and flagged.
        """
        corrected = self.corrected(readings)
        at = _centred(readings, self.chosen.candidate, self.centre)
        value, size = readings.mean(corrected), readings.size
        variance = self.spread.variance(at, size)
        raw = readings.mean(next(iter(readings.columns.values())))
        figures = [
            self._figure(
                "/".join(part for part in ("mean", *unit) if part),
                {"sensor": unit[0], **({"period": unit[1]} if unit[1] else {})},
                float(value[u]),
                float(variance[u]),
                round(size[u]),
                float(raw[u]),
                _outside(readings, self.ranges, readings.unit == u),
            )
            for u, unit in enumerate(readings.units)
        ]
        if len(readings.units) > 1:
            together = replace(self.spread, between=0.0, residual=0.0).variance(at.mean(0)[None], np.ones(1))[0]
            own = self.spread.residual**2 * residual_share(size, self.spread.correlation)
            sensors = len(readings.sensors)
            total = float(together + self.spread.between**2 / sensors + own.sum() / len(own) ** 2)
            flags = _outside(readings, self.ranges, np.ones(len(readings), dtype=bool))
            figures.append(
                self._figure("mean/all", {}, float(value.mean()), total, len(readings), float(raw.mean()), flags)
            )
        notes = tuple(f"{count} rows left out: {reason}" for reason, count in readings.left_out.items() if count)
        return EstimateTable(tuple(figures), title="Means of corrected readings", notes=(*self.notes, *notes))

    def _figure(
        self,
        key: str,
        domain: Mapping[str, str],
        value: float,
        variance: float,
        n: int,
        raw: float,
        flags: tuple[str, ...],
    ) -> Estimate:
        se, degrees = math.sqrt(variance), self.spread.sensors - 1
        ends = interval("t", value=value, se=se, n=n, degrees=degrees, level=self.level)
        return Estimate(
            indicator="mean of corrected readings",
            statistic="mean",
            domain=domain,
            value=value,
            standard_error=se,
            lower=ends.lower,
            upper=ends.upper,
            n=n,
            method=METHOD,
            convention=ends.convention,
            degrees=float(degrees),
            level=self.level,
            assumption=ASSUMPTION,
            flags=flags,
            note=f"corrected by: {self.chosen.candidate.name}; the mean of the times that were read",
            raw=raw,
            figure_id=key,
        )


def correct(readings: Readings, *, use: str = "", level: float = 0.95, seed: int = 1) -> SensorCorrection:
    """Choose a correction by its error on sensors left out, and say how far the mean of another sensor may be off.

    The error of the mean of a sensor that was not fitted on has three parts, summed::

        V = s_u^2 + x' V_b x + s_e^2 h(n, r)

    s_u between sensors, V_b the jackknife covariance of the coefficients over sensors, x the sensor's mean conditions,
    s_e and r the residuals' standard deviation and correlation one step apart, h of an AR(1) process. s_u^2 is the mean
    square of the left-out sensors' mean errors (about 0, so a formula's bias is in it) less the other two parts. The
    interval uses t with one degree of freedom fewer than sensors.

    Parameters
    ----------
    readings: with a reference in every row. use: name of a candidate; empty = the smallest error on sensors left out,
        every sensor counting the same. seed: of the folds, for more than 30 sensors.

    Raises
    ------
    EstimationError: fewer than four sensors, an unknown candidate, columns that repeat each other, repeated times.

    Notes
    -----
    The check of the intervals repeats everything without the sensor in question: choice, fit, spread. Barkjohn et al.
    (2021), Atmospheric Measurement Techniques 14; Roberts et al. (2017), Ecography 40, on leaving out whole groups.
    """
    readings.refuse_repeats()
    held_moments, found = moments(readings, seed=seed), candidates(readings)
    if use and use not in [one.name for one in found]:
        raise EstimationError(
            f"There is no correction '{use}'.", where="use", expected=", ".join(one.name for one in found)
        )
    held = [held_moments.hold_out(one) for one in found]
    scores = [score(one, readings) for one in held]
    place = [one.name for one in found].index(use) if use else choose(found, scores)
    judged = tuple(
        _judged(readings, held_moments, one, held[number], scores[number], number == place)
        for number, one in enumerate(found)
    )
    spread = _spread(readings, held_moments, found[place], held[place], ())
    lines, errors = _check(readings, held_moments, found, use, level)
    names = judged[place].candidate.terms or tuple(readings.columns)
    notes = _notes(readings, lines, level)
    return SensorCorrection(
        judged=judged,
        spread=spread,
        left_out=LeftOut(tuple(lines)),
        rmse_honest=float(np.sqrt((errors[1] @ readings.size) / len(readings))),
        bias_honest=float((errors[0] @ readings.size) / len(readings)),
        ranges={name: (float(readings.columns[name].min()), float(readings.columns[name].max())) for name in names},
        centre=held_moments.centre,
        level=level,
        left_rows=dict(readings.left_out),
        notes=notes,
    )


def _judged(readings: Readings, held: Moments, one: Candidate, out: Held, by_sensor: float, chosen: bool) -> Judged:
    n = readings.size
    error, square = out.error, out.square
    coefficients: dict[str, float] = {}
    if one.fitted:
        b = held.fit(one)
        error, square = held.judged(one, b)
        at = held.places(one)
        coefficients = {"(intercept)": float(b[0] + held.centre[-1] - b[1:] @ held.centre[at[1:]])}
        coefficients |= dict(zip(one.terms, b[1:].tolist(), strict=True))
    return Judged(
        one,
        math.sqrt(square @ n / n.sum()),
        float(error @ n / n.sum()),
        math.sqrt(out.square @ n / n.sum()),
        float(out.error @ n / n.sum()),
        by_sensor,
        coefficients,
        chosen,
    )


def _formula(one: Judged) -> str:
    if not one.coefficients:
        return ""
    head = f"{one.coefficients['(intercept)']:.6g}"
    return head + "".join(
        f" {'-' if value < 0 else '+'} {abs(value):.6g} {name}"
        for name, value in one.coefficients.items()
        if name != "(intercept)"
    )


def _apply(readings: Readings, one: Judged) -> Floats:
    if one.candidate.fitted:
        found = np.full(len(readings), one.coefficients["(intercept)"])
        for name in one.candidate.terms:
            found = found + one.coefficients[name] * readings.columns[name]
        return found
    if one.candidate.name == RAW:
        return next(iter(readings.columns.values()))
    if readings.formula is None:
        raise EstimationError("The formula has not been computed for these readings.", where="formula")
    return readings.formula


def _centred(readings: Readings, one: Candidate, centre: Floats) -> Floats:
    """Mean design of each unit about the centre, (U, q); no columns for a formula."""
    if not one.fitted:
        return np.zeros((len(readings.units), 0))
    names = tuple(readings.columns)
    found = [np.ones(len(readings.units))]
    for term in one.terms:
        found.append(readings.mean(readings.columns[term]) - centre[1 + names.index(term)])
    return np.column_stack(found)


def _spread(readings: Readings, held: Moments, one: Candidate, out: Held, without: tuple[int, ...]) -> Spread:
    kept = ~np.isin(held.fold, without)
    rows = kept[readings.unit]
    folds = held.folds - len(without)
    if one.fitted:
        b, at = held.fit(one, without), held.places(one)
        Z = readings.design(held.names)[:, at] - held.centre[at]
        residual = readings.reference - held.centre[-1] - Z @ b
        gap = out.coefficients - out.coefficients.mean(0)
        V = (folds - 1) / folds * gap.T @ gap
        x = held.cross[:, 0, at] / held.cross[:, :1, 0]
    else:
        corrected = readings.columns[held.names[0]] if one.name == RAW or readings.formula is None else readings.formula
        residual, V, x = corrected - readings.reference, np.zeros((0, 0)), np.zeros((len(kept), 0))
    part = _rows(readings, rows)
    centred = residual - readings.mean(residual)[readings.unit]
    units = int(kept.sum())
    sd = math.sqrt(float((centred[rows] ** 2).sum()) / max(int(rows.sum()) - units, 1))
    r = autocorrelation(part, residual[rows])
    first = Spread(0.0, sd, r, V, len(np.unique(readings.owner[kept])))
    other = first.variance(x[kept], readings.size[kept])
    owner, sensors = readings.owner[kept], len(readings.sensors)
    units_of = np.bincount(owner, minlength=sensors)
    excess = np.bincount(owner, out.error[kept] ** 2 - other, sensors)[units_of > 0] / units_of[units_of > 0]
    return replace(first, between=math.sqrt(max(float(excess.mean()), 0.0)))


def _rows(readings: Readings, rows: Any) -> Readings:
    return replace(
        readings,
        sensor=readings.sensor[rows],
        unit=readings.unit[rows],
        time=readings.time[rows],
        columns={name: column[rows] for name, column in readings.columns.items()},
        reference=readings.reference[rows],
        formula=None,
    )


def _check(
    readings: Readings, held: Moments, found: tuple[Candidate, ...], use: str, level: float
) -> tuple[list[dict[str, Any]], Floats]:
    """Leave each fold out of everything, and hold its units' intervals against their reference."""
    errors, se, degrees = np.zeros((2, len(held.fold))), np.zeros(len(held.fold)), np.zeros(len(held.fold))
    chosen = [""] * len(held.fold)
    outside: list[tuple[str, ...]] = [()] * len(held.fold)
    for f in range(held.folds):
        inner = {one.name: held.hold_out(one, (f,)) for one in found if not use or one.name == use}
        options = tuple(one for one in found if one.name in inner)
        one = options[choose(options, [score(inner[option.name], readings) for option in options])]
        spread = _spread(readings, held, one, inner[one.name], (f,))
        whole = held.hold_out(one)
        error, square = held.judged(one, held.fit(one, (f,))) if one.fitted else (whole.error, whole.square)
        at = held.places(one) if one.fitted else []
        x = held.cross[:, 0, at] / held.cross[:, :1, 0] if one.fitted else np.zeros((len(held.fold), 0))
        if one.fitted:
            x = x.reshape(len(held.fold), -1)
        variance = spread.variance(x, readings.size)
        mine, others = held.fold == f, held.fold[readings.unit] != f
        ranges = {
            name: (float(readings.columns[name][others].min()), float(readings.columns[name][others].max()))
            for name in (one.terms or tuple(readings.columns))
        }
        errors[0, mine], errors[1, mine] = error[mine], square[mine]
        se[mine], degrees[mine] = np.sqrt(variance[mine]), spread.sensors - 1
        for u in np.flatnonzero(mine).tolist():
            chosen[u], outside[u] = one.name, _outside(readings, ranges, readings.unit == u)
    reference, raw = readings.mean(readings.reference), readings.mean(readings.columns[held.names[0]])
    lines = []
    for u, (sensor, period) in enumerate(readings.units):
        value = float(reference[u] + errors[0, u])
        ends = interval("t", value=value, se=float(se[u]), n=1, degrees=float(degrees[u]), level=level)
        lines.append(
            {
                "sensor": sensor,
                "period": period,
                "readings": round(readings.size[u]),
                "reference": float(reference[u]),
                "raw": float(raw[u]),
                "corrected": value,
                "standard_error": float(se[u]),
                "lower": ends.lower,
                "upper": ends.upper,
                "holds": bool(ends.lower <= reference[u] <= ends.upper),
                "rmse": float(np.sqrt(errors[1, u])),
                "correction": chosen[u],
                "flags": "; ".join(outside[u]),
            }
        )
    return lines, errors


def _outside(readings: Readings, ranges: Mapping[str, tuple[float, float]], rows: Any) -> tuple[str, ...]:
    flags = []
    for name, (low, high) in ranges.items():
        column = readings.columns[name][rows]
        share = float(((column < low) | (column > high)).mean()) if len(column) else 0.0
        if share > 0:
            flags.append(f"{share:.1%} of readings outside the range of the fit in {name}")
    return tuple(flags)


def _notes(readings: Readings, lines: list[dict[str, Any]], level: float) -> tuple[str, ...]:
    held, n = sum(line["holds"] for line in lines), len(lines)
    ends = interval("clopper-pearson", value=held / n, se=0.0, n=n, degrees=n, level=0.95)
    notes = [
        (
            f"checked on {n} left out: the {level:.0%} interval held the reference {held} times "
            f"(so {ends.lower:.0%} to {ends.upper:.0%} of the time)"
        )
    ]
    if len(readings.sensors) < catalogue.threshold("sensors_fewest").good:
        notes.append(f"{len(readings.sensors)} sensors are few to say how sensors differ: intervals are uncertain too")
    notes += [f"{count} rows left out: {reason}" for reason, count in readings.left_out.items() if count]
    return tuple(notes)
