"""Bootstrap: both samples drawn again, on cells, as a check of the formulas.

Those who took part: every row counts 1 with chance pi and otherwise a Poisson number of mean 1, so that a total of z
has the variance sum (1 - pi) z^2 of Poisson sampling. The reference: sampling units are drawn again within strata and
their weights rescaled (Rao, Wu and Yue 1992). In a cell rows are alike, so counts are drawn, never rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from countersign.errors import EstimationError, WeightingError
from countersign.estimation.nonprobability.doubly_robust import DoubleModel, value_double
from countersign.estimation.nonprobability.outcome import fit_outcome
from countersign.estimation.nonprobability.propensity_weighted import value_weighted
from countersign.estimation.nonprobability.target import Denominator, Population, Target
from countersign.estimation.sample import prepare
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.propensity import Propensity
from countersign.model.reference import Reference

Refit: TypeAlias = Callable[[Propensity, Cells, Sequence[Floats], Floats | None], Propensity]
"""Fit the model of taking part again: to counts of the volunteers, reference weights by cell, and totals."""

FAILED = 0.1
"""Share of resamplings without a solution from which the check is refused."""


@dataclass(frozen=True)
class Resampled:
    """Values in each resampling, (R, K), and how many had no solution."""

    values: Floats
    failed: int

    @property
    def se(self) -> Floats:
        """Standard deviation over the resamplings, (K,)."""
        return np.asarray(self.values.std(axis=0, ddof=1), dtype=np.float64)


def bootstrap_weighted(
    propensity: Propensity,
    target: Target,
    refit: Refit,
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
    replicates: int = 200,
    seed: int = 20260101,
) -> Resampled:
    """Repeat a propensity weighted estimate, its fit included, on resampled cells."""

    def value(fitted: Propensity) -> Floats:
        return value_weighted(fitted, target, by=by, estimator=estimator, population=population)

    return _repeat(propensity, target, refit, value, replicates, seed)


def bootstrap_double(
    model: DoubleModel,
    refit: Refit,
    *,
    by: Sequence[str] = (),
    estimator: Denominator = "hajek",
    population: Population = None,
    replicates: int = 200,
    seed: int = 20260101,
) -> Resampled:
    """Repeat a doubly robust estimate, both fits included, on resampled cells."""
    target, outcome = model.target, model.outcome

    def value(fitted: Propensity) -> Floats:
        again = fit_outcome(
            fitted.volunteers, target.measure, outcome.regressors, outcome.family, counted=target.counted
        )  # fmt: skip
        return value_double(
            replace(model, propensity=fitted, outcome=again), by=by, estimator=estimator, population=population
        )

    return _repeat(model.propensity, target, refit, value, replicates, seed)


def _repeat(
    propensity: Propensity,
    target: Target,
    refit: Refit,
    value: Callable[[Propensity], Floats],
    replicates: int,
    seed: int,
) -> Resampled:
    if replicates < 2:
        raise EstimationError("One resampling has no spread.", where="bootstrap", expected="at least 2")
    if any(reference.replicates is not None for reference in propensity.references):
        raise EstimationError(
            "A reference sample with replicate weights cannot be drawn again: its sampling units are not known.",
            where="bootstrap",
            expected="strata and sampling units",
            action="leave the bootstrap out: the replicate weights are in the standard error",
        )
    random = np.random.default_rng(seed)
    draw = _Volunteers(propensity, target)
    others = [_Units(reference) for reference in propensity.references]
    root = None if propensity.covariance is None else np.linalg.cholesky(_safe(propensity.covariance))
    found, failed = [], 0
    for _ in range(replicates):
        volunteers = draw.again(random)
        weights = [other.again(random) for other in others]
        totals = propensity.totals
        if totals is not None and root is not None:
            totals = totals + root @ random.normal(size=len(root))
        try:
            found.append(value(refit(propensity, volunteers, weights, totals)))
        except (WeightingError, EstimationError):
            failed += 1
            if failed > max(FAILED * replicates, 1):
                raise
    return Resampled(np.array(found), failed)


class _Volunteers:
    """Counts and sums of one answer, drawn again."""

    def __init__(self, propensity: Propensity, target: Target) -> None:
        cells = propensity.volunteers
        self.cells, self.rate = cells, propensity.rate
        self.y, counted = target.places(cells)
        self.answered = cells.measures.index(target.counted) if target.counted else None
        there = cells.n.astype(float) if counted is None else cells.plain[:, counted]
        self.there = np.rint(there).astype(np.int64)
        total, square = cells.plain[:, self.y], cells.second[:, self.y, self.y]
        self.share = target.share
        with np.errstate(invalid="ignore", divide="ignore"):
            self.mean = np.where(there > 0, total / np.maximum(there, 1), 0.0)
        self.ones = np.rint(total).astype(np.int64) if target.share else np.zeros(len(cells), dtype=np.int64)
        self.spread = np.sqrt(np.maximum((1 - self.rate) * (square - there * self.mean**2), 0.0))

    def again(self, random: np.random.Generator) -> Cells:
        cells = self.cells
        if self.share:
            ones = self._counts(self.ones, random)
            there = ones + self._counts(self.there - self.ones, random)
            total = ones.astype(float)
        else:
            there = self._counts(self.there, random)
            total = self.mean * there + self.spread * random.normal(size=len(there))
        n = there + self._counts(cells.n - self.there, random)
        plain, second = np.zeros_like(cells.plain), np.zeros_like(cells.second)
        plain[:, self.y], second[:, self.y, self.y] = total, total if self.share else total**2
        if self.answered is not None:
            plain[:, self.answered] = there
        whole = n.astype(float)
        return replace(
            cells, n=n, weight=whole, weight2=whole, plain=plain, first=plain, cross=plain, second=second
        )  # fmt: skip

    def _counts(self, n: Integers, random: np.random.Generator) -> Integers:
        kept = random.binomial(n, self.rate).astype(np.int64)
        return kept + random.poisson(n - kept).astype(np.int64)


class _Units:
    """Weights of a reference by cell, its sampling units drawn again."""

    def __init__(self, reference: Reference) -> None:
        self.cells, self.design = reference.cells, reference.design
        self.sample = prepare(reference.cells, design=reference.design)
        n = self.sampled = self.sample.sampled
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.where(n > 1, self.sample.scale * (n - 1) / n, 0.0)
        self.moves = np.sqrt(np.where(self.sample.lonely, 0.0, rest))  # root of 1 - f; 0 where nothing moves
        cells = self.cells
        size = np.maximum(cells.n, 1)
        self.mean = cells.weight / size
        spread = np.maximum(cells.weight2 / size - self.mean**2, 0.0)
        self.spread = np.where(spread > 1e-10 * self.mean**2, spread, 0.0)
        units = self.sample.stratum if self.sample.of_unit is None else self.sample.of_unit
        self.members = [np.flatnonzero(units == h) for h in range(len(n))]

    def again(self, random: np.random.Generator) -> Floats:
        sample, cells = self.sample, self.cells
        if self.design.enumeration:
            return cells.weight
        moves, n = self.moves, self.sampled
        again = n / np.maximum(n - 1, 1)
        if sample.unit is not None and sample.of_unit is not None:
            factor = np.ones(len(sample.of_unit))
            for h, members in enumerate(self.members):
                if moves[h] > 0:
                    drawn = random.multinomial(int(n[h]) - 1, np.full(len(members), 1 / len(members)))
                    factor[members] = 1 - moves[h] + moves[h] * again[h] * drawn
            return cells.weight * factor[sample.unit]
        found = cells.weight.copy()
        for h, members in enumerate(self.members):
            if moves[h] > 0:
                share = cells.n[members] / n[h]
                drawn = random.multinomial(int(n[h]) - 1, share / share.sum()).astype(float)
                total = drawn * self.mean[members]
                varied = (self.spread[members] > 0) & (drawn > 0)
                at = members[varied]
                shape = drawn[varied] * self.mean[at] ** 2 / self.spread[at]
                total[varied] = random.gamma(shape, self.spread[at] / self.mean[at])
                found[members] = (1 - moves[h]) * cells.weight[members] + moves[h] * again[h] * total
        return found


def _safe(matrix: Floats) -> Floats:
    """Add what rounding may have taken from a covariance that has a square root."""
    return matrix + np.eye(len(matrix)) * (1e-12 * max(float(np.trace(matrix)), 1e-300))
