"""Two parts: the variance of an estimator that learns from a self-selected and from a reference sample.

To first order such an estimator moves as a total of z over those who took part, plus a total of s over the reference.
Everybody takes part on their own with chance pi, so the first part is sum (1 - pi) z^2 (Chen, Li and Wu 2020, under
Poisson sampling); the second is the design variance of sum d s. The samples are drawn apart, so the parts add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.estimation.nonprobability.reference_variance import design_covariance, regressor_covariance
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.propensity import Propensity

ROUNDING = 1e-13
"""A variance below this share of its largest part is rounding, and is 0."""


@dataclass(frozen=True)
class Score:
    """What a row who took part adds to K statistics: z = every + r (answered + value y).

    Parameters
    ----------
    measure, counted: places of y and of r (1 where y is there) among the measures; counted None = always there.
    every, answered, value: (C, K).
    """

    measure: int
    counted: int | None
    every: Floats
    answered: Floats
    value: Floats

    def sums(self, cells: Cells) -> Floats:
        """Return the sum of z in each cell, (C, K)."""
        there = _there(cells, self.counted)[:, None]
        return cells.n[:, None] * self.every + there * self.answered + cells.plain[:, [self.measure]] * self.value


@dataclass(frozen=True)
class Linearised:
    """K statistics and how they move, to first order.

    Parameters
    ----------
    value: (K,). score: what those who took part add. b: how they move with the scores of the propensity model, (q, K).
    more: for each reference their scores of their own, (C, K); empty = none.
    """

    value: Floats
    score: Score
    b: Floats
    more: tuple[Floats, ...] = ()


def variances(propensity: Propensity, part: ReferencePart, statistics: Linearised) -> tuple[Floats, Floats]:
    """Return both parts of the variances, (K,) each: of those who took part, and of the reference."""
    own = own_variance(propensity.volunteers, propensity.rate, statistics.score)
    if statistics.more:
        return own, np.maximum(np.diag(part.of_scores(statistics.b, statistics.more)), 0.0)
    return own, part.of_coefficients(statistics.b)


def joint_covariance(propensity: Propensity, statistics: Sequence[Linearised]) -> Floats:
    """Return the covariance of all statistics, in order, both parts together: for some dozens."""
    part = ReferencePart(propensity)
    b = np.concatenate([each.b for each in statistics], axis=1)
    own = own_covariance(propensity.volunteers, propensity.rate, [each.score for each in statistics])
    found: Floats
    if statistics[0].more:
        more = [
            np.concatenate([each.more[place] for each in statistics], axis=1)
            for place in range(len(propensity.references))
        ]
        found = own + part.of_scores(b, more)
    else:
        found = own + b.T @ part.covariance @ b
    return found


def own_variance(cells: Cells, rate: Floats, score: Score) -> Floats:
    """Sum of (1 - pi) z^2 over those who took part, (K,)."""
    there, y = _there(cells, score.counted), cells.plain[:, score.measure]
    square = cells.second[:, score.measure, score.measure]
    chance = 1 - rate
    inside = score.every + score.answered
    parts = [
        (chance * (cells.n - there)) @ score.every**2,
        (chance * there) @ inside**2,
        2 * ((chance * y) @ (inside * score.value)),
        (chance * square) @ score.value**2,
    ]
    found: Floats = np.sum(parts, axis=0)
    size = np.abs(parts).max(0)
    return np.where(found <= ROUNDING * size, 0.0, found)


def own_covariance(cells: Cells, rate: Floats, scores: Sequence[Score]) -> Floats:
    """Sum of (1 - pi) z z' over those who took part, for all statistics of several scores, dense: some dozens."""
    width = cells.plain.shape[1] + 1
    loads = []
    for score in scores:
        load = np.zeros((len(cells), width, score.every.shape[1]))
        load[:, 0] = score.every
        load[:, 0 if score.counted is None else 1 + score.counted] += score.answered
        load[:, 1 + score.measure] += score.value
        loads.append(load)
    whole = np.concatenate(loads, axis=2)
    moments = np.empty((len(cells), width, width))
    moments[:, 0, 0] = cells.n
    moments[:, 0, 1:] = moments[:, 1:, 0] = cells.plain
    moments[:, 1:, 1:] = cells.second
    right = np.einsum("cab,cbk->cak", moments, whole)
    found: Floats = np.tensordot(whole * (1 - rate)[:, None, None], right, axes=((0, 1), (0, 1)))
    return found


def answer_to(propensity: Propensity, amount: Floats) -> Floats:
    """Return b = H^-1 sum (-d(1/pi)) u x: how far a sum of u / pi moves with the scores of the model, (q, K).

    Parameters
    ----------
    amount: sum of u over the rows of each cell, (C, K).
    """
    right = propensity.regressors.sums(propensity.decline[:, None] * amount)
    scale = np.sqrt(np.diag(propensity.curvature))
    solved: Floats = np.linalg.solve(propensity.curvature / np.outer(scale, scale), right / scale[:, None])
    return solved / scale[:, None]


class ReferencePart:
    """The part of the reference: how far chance in it moves the coefficients of the model."""

    def __init__(self, propensity: Propensity) -> None:
        self.propensity = propensity
        size = propensity.regressors.size
        found = np.zeros((size, size)) if propensity.covariance is None else propensity.covariance.copy()
        for reference, seen, reach, share in zip(
            propensity.references, propensity.seen, propensity.reach, propensity.shares, strict=True
        ):
            found += share**2 * regressor_covariance(reference, seen, reach)
        self.covariance = found

    def of_coefficients(self, b: Floats) -> Floats:
        """Variance of the statistics that move by b' (scores of the reference), (K,) for b (q, K)."""
        found: Floats = np.einsum("qk,qk->k", b, self.covariance @ b)
        return np.maximum(found, 0.0)

    def of_scores(self, b: Floats, more: Sequence[Floats]) -> Floats:
        """Covariance of statistics that have scores of their own in the reference too, (K, K).

        Parameters
        ----------
        more: for each reference the scores besides reach x'b, (C, K).
        """
        held = self.propensity
        found = np.zeros((b.shape[1], b.shape[1]))
        for reference, seen, reach, share, own in zip(
            held.references, held.seen, held.reach, held.shares, more, strict=True
        ):
            found += share**2 * design_covariance(reference, own + reach[:, None] * seen.times(b))
        return found


def outer(group: Integers, values: Floats) -> Floats:
    """Return (C, K) with `values` (K,) at each cell's own place, 0 elsewhere; -1 is no place."""
    found = np.zeros((len(group), len(values)))
    inside = np.flatnonzero(group >= 0)
    found[inside, group[inside]] = values[group[inside]]
    return found


def _there(cells: Cells, counted: int | None) -> Floats:
    return cells.n.astype(float) if counted is None else cells.plain[:, counted]
