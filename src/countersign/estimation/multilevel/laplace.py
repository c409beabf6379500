"""Laplace's approximation: the effects of a multilevel model at given standard deviations, and how likely those are.

With effects z ~ N(0, 1/Q) the likelihood of the standard deviations is the integral of exp(l(z) - z'Qz/2) over z. It is
replaced by that of the normal curve with the same peak and curvature H = X'WX + Q: exact for linear outcomes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.multilevel.arrowhead import Arrowhead, Parts, factor
from countersign.model.cells import Floats

STEPS = 200


@dataclass(frozen=True)
class Answers:
    """What was answered, by cell.

    Parameters
    ----------
    n: answers, (C,). total: sum of y, (C,): successes, where the outcome is yes or no. squares: sum of squared
        deviations from the mean of the cell, over all cells; not used for yes or no.
    binary: yes or no.
    """

    n: Floats
    total: Floats
    squares: float
    binary: bool


@dataclass(frozen=True)
class Peak:
    """The effects at their most likely values.

    Parameters
    ----------
    z: effects, (q,). curvature: H, factored. log_marginal: Laplace's log-likelihood of the standard deviations,
        without constants. slope: its derivative by the log of each standard deviation, residual last, (K,) or (K + 1,).
    """

    z: Floats
    curvature: Arrowhead
    log_marginal: float
    slope: Floats

    @property
    def covariance(self) -> Floats:
        """H^-1, (q, q), as a plain matrix: for small models."""
        return self.curvature.dense()


def peak(
    parts: Parts,
    answers: Answers,
    *,
    blocks: list[slice],
    sd: Floats,
    residual: float,
    precision: Floats,
    start: Floats | None = None,
) -> Peak:
    """Find the most likely effects at given standard deviations, and the likelihood of these.

    Parameters
    ----------
    parts: X. blocks: columns of each grouping factor. sd: standard deviation of each, (K,). residual: of a single
        answer; not used for yes or no. precision: prior precision of the fixed columns, 0 for none, (fixed,).

    Raises
    ------
    EstimationError: Newton's steps do not end; columns that depend on each other.
    """
    columns = parts.columns
    prior = np.zeros(columns.size)
    prior[: len(precision)] = precision
    for block, s in zip(blocks, sd, strict=True):
        prior[block] = 1 / s**2
    z = np.zeros(columns.size) if start is None else start.copy()
    z, curvature, weight = _climb(parts, answers, prior, residual, z)
    size = np.array([block.stop - block.start for block in blocks], dtype=float)
    log_marginal = (
        _likelihood(columns.times(z), answers, residual)
        - 0.5 * float(prior @ z**2)
        - float(size @ np.log(sd))
        - 0.5 * curvature.logdet
    )
    spread = curvature.quadratic(parts)
    diagonal = curvature.diagonal
    slope = np.zeros(len(blocks) + (not answers.binary))
    if answers.binary:
        share = _expit(columns.times(z))
        bend = weight * (1 - 2 * share) * spread
        pull = curvature.solve(columns.sums(bend))
    for k, block in enumerate(blocks):
        slope[k] = (z[block] @ z[block] + diagonal[block].sum()) / sd[k] ** 2 - size[k]
        if answers.binary:
            slope[k] -= float(pull[block] @ z[block]) / sd[k] ** 2
    if not answers.binary:
        eta = columns.times(z)
        squares = answers.squares + float((answers.n * (answers.total / answers.n - eta) ** 2).sum())
        slope[-1] = -float(answers.n.sum()) + squares / residual**2 + float(spread @ weight)
    return Peak(z, curvature, log_marginal, slope)


def _climb(
    parts: Parts, answers: Answers, prior: Floats, residual: float, z: Floats
) -> tuple[Floats, Arrowhead, Floats]:
    """Newton's steps to the peak. Returns z, H and W."""
    columns = parts.columns

    def height(at: Floats) -> float:
        return _likelihood(columns.times(at), answers, residual) - 0.5 * float(prior @ at**2)

    now = height(z)
    for _ in range(STEPS):
        eta = columns.times(z)
        if answers.binary:
            share = _expit(eta)
            weight = answers.n * share * (1 - share)
            gradient = columns.sums(answers.total - answers.n * share) - prior * z
        else:
            weight = answers.n / residual**2
            gradient = columns.sums((answers.total - answers.n * eta) / residual**2) - prior * z
        curvature = factor(parts, weight, prior)
        if curvature is None:
            raise EstimationError(
                "Fixed columns of the multilevel model depend on each other, or on the answers of nobody.",
                where="on",
                expected="fixed columns that differ between volunteers",
                action="leave a fixed column out, or make it a group",
            )
        step = curvature.solve(gradient)
        gain = float(gradient @ step)
        if gain <= 1e-18 * (1 + abs(now)):
            return z + step if answers.binary else z, curvature, weight
        part = 1.0
        after = height(z + step)
        while not after >= now - 1e-12 * abs(now) and part > 1e-8:
            part /= 2
            after = height(z + part * step)
        z, now = z + part * step, after
    raise EstimationError(
        f"The effects of the multilevel model did not converge in {STEPS} steps.",
        where="multilevel model",
        expected="answers that differ within the sample",
        action="leave out categories in which everybody answered the same, or keep the penalty",
    )


def _likelihood(eta: Floats, answers: Answers, residual: float) -> float:
    if answers.binary:
        return float((answers.total * eta - answers.n * np.logaddexp(0, eta)).sum())
    squares = answers.squares + float((answers.n * (answers.total / answers.n - eta) ** 2).sum())
    return -0.5 * squares / residual**2 - float(answers.n.sum()) * math.log(residual)


def _expit(x: Floats) -> Floats:
    found: Floats = 0.5 * (1 + np.tanh(0.5 * x))
    return found
