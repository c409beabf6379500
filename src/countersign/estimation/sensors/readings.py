"""Readings: what sensors said, beside what a reference station said at the same place and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.sample import sums
from countersign.model.cells import Floats, Integers


@dataclass(frozen=True)
class Readings:
    """n readings of S sensors, in U units: a sensor, or a sensor in one period.

    Parameters
    ----------
    sensors: names. units: name of the sensor and of the period ("" if there is one only).
    sensor: code, (n,). unit: code, (n,). time: in steps, such as days, (n,); nan where not known.
    columns: the reading first, then humidity and the like: name -> (n,).
    reference: (n,), nan without a reference. formula: what a published formula makes of each row, (n,), or None.
    left_out: reason -> rows that are not here.
    """

    sensors: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    sensor: Integers
    unit: Integers
    time: Floats
    columns: Mapping[str, Floats]
    reference: Floats
    formula: Floats | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sensor)

    @cached_property
    def owner(self) -> Integers:
        """Sensor of each unit, (U,)."""
        found = np.zeros(len(self.units), dtype=np.int64)
        found[self.unit] = self.sensor
        return found

    @cached_property
    def size(self) -> Floats:
        """Rows of each unit, (U,)."""
        return self.total(np.ones(len(self)))

    def total(self, amount: Floats) -> Floats:
        """Sum by unit, (U,)."""
        return sums(self.unit, amount, len(self.units))

    def mean(self, amount: Floats) -> Floats:
        """Mean by unit, (U,)."""
        with np.errstate(invalid="ignore"):  # a unit may have no rows left
            found: Floats = self.total(amount) / self.size
        return found

    def design(self, names: tuple[str, ...]) -> Floats:
        """Return the matrix with an intercept and these columns, (n, 1 + len(names))."""
        return np.column_stack([np.ones(len(self)), *(self.columns[name] for name in names)])

    def refuse_repeats(self) -> None:
        """Refuse two readings of one sensor at one time.

        Raises
        ------
        EstimationError: there are some.
        """
        known = ~np.isnan(self.time)
        pairs = np.column_stack([self.sensor[known].astype(float), self.time[known]])
        repeats = len(pairs) - len(np.unique(pairs, axis=0))
        if repeats:
            raise EstimationError(
                f"{repeats} readings repeat a time of the same sensor.",
                where="time",
                expected="one reading of a sensor at a time",
                action="average them first, or leave repeats out",
            )


def autocorrelation(readings: Readings, residual: Floats) -> float:
    """Return the correlation of residuals one step apart, about each unit's mean, pooled; not below 0.

    Only pairs exactly one step apart count, the step being the smallest difference of times.

    Raises
    ------
    EstimationError: no two readings of a sensor follow each other.
    """
    order = np.lexsort((readings.time, readings.unit))
    time, unit = readings.time[order], readings.unit[order]
    centred = (residual - readings.mean(residual)[readings.unit])[order]
    gap = np.where(np.diff(unit) == 0, np.diff(time), np.nan)
    if not np.isfinite(gap).any() or not (step := float(np.nanmin(gap))) > 0:
        raise EstimationError(
            "No sensor has two readings at different times, so it is not known how long errors last.",
            where="time",
            expected="a series of readings of each sensor",
            action="look at the column of times",
        )
    next_to = np.isclose(gap, step, rtol=1e-9)
    one, other = centred[:-1][next_to], centred[1:][next_to]
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return max(float(one @ other) / scale, 0.0) if scale > 0 else 0.0


def residual_share(size: Floats, correlation: float) -> Floats:
    """Return the variance of a mean of n residuals of an AR(1) process, for variance 1; at most 1, (U,).

    ``[n (1 + r) / (1 - r) - 2 r (1 - r^n) / (1 - r)^2] / n^2``
    """
    r = min(correlation, 0.999)
    n = np.asarray(size, dtype=float)
    found: Floats = (n * (1 + r) / (1 - r) - 2 * r * (1 - r**n) / (1 - r) ** 2) / n**2
    return np.minimum(found, 1.0)
