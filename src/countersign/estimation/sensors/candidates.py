"""Candidates: linear corrections, each judged on sensors it was not fitted on.

Days of one sensor resemble each other, so leaving out random days says how well a correction repeats what it saw. A
correction is for other sensors: whole sensors are left out. All fits come from sums by sensor.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.sensors.readings import Readings
from countersign.model.cells import Floats, Integers

FOLDS = 30
"""Up to so many sensors each is left out alone; of more, random groups of sensors."""
RAW, FORMULA = "as read", "formula"
WIDEST = 6


@dataclass(frozen=True)
class Candidate:
    """A way to correct: `terms` of a linear model with intercept; none for the raw reading and for a formula."""

    name: str
    terms: tuple[str, ...] = ()

    @property
    def fitted(self) -> bool:
        """Whether it has coefficients to estimate."""
        return bool(self.terms)


@dataclass(frozen=True)
class Held:
    """How a candidate does on sensors left out, U units.

    Parameters
    ----------
    error: mean error (corrected minus reference) of each unit, (U,). square: mean squared error, (U,).
    coefficients: with each fold left out, (F, q), about the centre of all data.
    """

    error: Floats
    square: Floats
    coefficients: Floats


@dataclass(frozen=True)
class Moments:
    """Sums by unit, from which every fit on any set of sensors follows.

    Parameters
    ----------
    names: columns; the design is 1, the columns about `centre`, and the reference about its centre.
    cross: sums of products, (U, q + 2, q + 2). fold: of each unit, (U,). folds: F.
    raw, formula: mean and mean square of the error of each unit, (2, U), or None.
    """

    names: tuple[str, ...]
    centre: Floats
    cross: Floats
    fold: Integers
    folds: int
    raw: Floats
    formula: Floats | None

    @cached_property
    def by_fold(self) -> Floats:
        """Sums by fold, (F, q + 2, q + 2)."""
        found = np.zeros((self.folds, *self.cross.shape[1:]))
        np.add.at(found, self.fold, self.cross)
        return found

    def places(self, candidate: Candidate) -> list[int]:
        """Columns of a candidate, the intercept first."""
        return [0, *(1 + self.names.index(term) for term in candidate.terms)]

    def fit(self, candidate: Candidate, without: tuple[int, ...] = ()) -> Floats:
        """Return least-squares coefficients without some folds, (q,).

        Raises
        ------
        EstimationError: columns that cannot be told apart.
        """
        kept = [f for f in range(self.folds) if f not in without]
        total, at = self.by_fold[kept].sum(0), self.places(candidate)
        left = total[np.ix_(at, at)]
        scale = np.sqrt(np.diag(left))
        if (scale <= 0).any() or np.linalg.cond(left / np.outer(scale, scale)) > 1e12:
            raise EstimationError(
                f"The columns {', '.join(candidate.terms)} are constant or repeat each other.",
                where="covariates",
                expected="columns that vary by themselves in most sensors",
                action="leave one of them out",
            )
        found: Floats = np.linalg.solve(left, total[at, -1])
        return found

    def judged(self, candidate: Candidate, b: Floats) -> tuple[Floats, Floats]:
        """Return mean error and mean squared error of every unit under coefficients b, (U,) each."""
        at, n = self.places(candidate), self.cross[:, 0, 0]
        X, xy = self.cross[:, at][:, :, at], self.cross[:, at, -1]
        error = (self.cross[:, 0, at] @ b - self.cross[:, 0, -1]) / n
        square = (np.einsum("j,ujk,k->u", b, X, b) - 2 * xy @ b + self.cross[:, -1, -1]) / n
        return error, np.maximum(square, 0.0)

    def hold_out(self, candidate: Candidate, without: tuple[int, ...] = ()) -> Held:
        """Leave each fold out in turn, beside those in `without`, whose units keep nan."""
        if not candidate.fitted:
            error, square = self.raw if candidate.name == RAW or self.formula is None else self.formula
            gone = np.isin(self.fold, without)
            return Held(np.where(gone, np.nan, error), np.where(gone, np.nan, square), np.zeros((0, 0)))
        error, square = np.full(len(self.fold), np.nan), np.full(len(self.fold), np.nan)
        found = []
        for f in range(self.folds):
            if f in without:
                continue
            b = self.fit(candidate, (*without, f))
            found.append(b)
            one, other = self.judged(candidate, b)
            mine = self.fold == f
            error[mine], square[mine] = one[mine], other[mine]
        return Held(error, square, np.array(found))


def moments(readings: Readings, *, seed: int = 1) -> Moments:
    """Sum products by unit; deal sensors into folds.

    Raises
    ------
    EstimationError: fewer than four sensors with a reference.
    """
    sensors = len(readings.sensors)
    if sensors < 4:
        raise EstimationError(
            f"{sensors} sensors stood beside a reference.",
            where="sensor",
            expected="at least four, so that each can be left out and the rest still say how sensors differ",
            action="give a published formula, and treat the sensors as uncorrected where no reference confirms it",
        )
    names = tuple(readings.columns)
    X, y = readings.design(names), readings.reference
    centre = np.append(X.mean(0), y.mean())
    centre[0] = 0.0
    Z = np.column_stack([X, y]) - centre
    size = Z.shape[1]
    cross = np.zeros((len(readings.units), size, size))
    for j, k in itertools.combinations_with_replacement(range(size), 2):
        cross[:, j, k] = cross[:, k, j] = readings.total(Z[:, j] * Z[:, k])
    folds = min(sensors, FOLDS)
    dealt = np.arange(sensors)
    if folds < sensors:
        dealt = np.empty(sensors, dtype=np.int64)
        dealt[np.random.default_rng(seed).permutation(sensors)] = np.arange(sensors) % folds

    def judged(corrected: Floats) -> Floats:
        error = corrected - y
        return np.stack([readings.mean(error), readings.mean(error**2)])

    formula = None if readings.formula is None else judged(readings.formula)
    raw = judged(readings.columns[names[0]])
    return Moments(names, centre, cross, dealt[readings.owner], folds, raw, formula)


def candidates(readings: Readings) -> tuple[Candidate, ...]:
    """Return the raw reading, the formula, and a linear model for every set of covariates beside the reading.

    Raises
    ------
    EstimationError: more covariates than can be tried in all sets.
    """
    reading, *others = readings.columns
    if len(others) > WIDEST:
        raise EstimationError(
            f"{len(others)} covariates make {2 ** len(others)} sets.",
            where="covariates",
            expected=f"at most {WIDEST}",
            action="choose those with a physical reason",
        )
    found = [Candidate(RAW)]
    if readings.formula is not None:
        found.append(Candidate(FORMULA))
    for size in range(len(others) + 1):
        for chosen in itertools.combinations(others, size):
            found.append(Candidate(" + ".join((reading, *chosen)), (reading, *chosen)))
    return tuple(found)


def score(held: Held, readings: Readings, among: Integers | None = None) -> float:
    """Return the root mean squared error on sensors left out, every sensor counting the same."""
    owner = readings.owner
    known = ~np.isnan(held.square) if among is None else among.astype(bool) & ~np.isnan(held.square)
    rows = readings.size[known]
    total = np.bincount(owner[known], held.square[known] * rows, len(readings.sensors))
    n = np.bincount(owner[known], rows, len(readings.sensors))
    return float(np.sqrt((total[n > 0] / n[n > 0]).mean()))


def choose(of: tuple[Candidate, ...], scores: list[float]) -> int:
    """Return the candidate with the smallest error; of equal ones the simplest."""
    best = min(scores)
    near = [place for place, value in enumerate(scores) if value <= best * (1 + 1e-9)]
    return min(near, key=lambda place: len(of[place].terms))
