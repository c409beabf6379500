"""The multilevel model fitted: standard deviations of the grouping factors, and effects given these."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.multilevel.laplace import Answers, Peak, peak
from countersign.estimation.multilevel.layout import Layout
from countersign.estimation.multilevel.predicting import Predicted, predict
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

SMALLEST, LARGEST = 1e-4, 1e3
"""Standard deviations are searched between these, in units of the outcome's scale."""
FLAT = 1e-5
"""A slope of the log-likelihood by a log standard deviation that counts as none."""


@dataclass(frozen=True)
class Penalty:
    """Weak prior knowledge that keeps the model in sensible ground; in units of the logit, or of the answers' sd.

    Parameters
    ----------
    groups: scale of a half-normal for the standard deviation of a grouping factor; 0 = none: plain maximum likelihood.
    fixed: standard deviation of a normal for a fixed coefficient, per standard deviation of a number or per category;
        0 = none. The intercept has none.
    """

    groups: float = 1.0
    fixed: float = 2.5


@dataclass(frozen=True)
class MultilevelModel(Tabular):
    """The model.

    Parameters
    ----------
    layout: columns. answers: by cell. sd: standard deviation of each grouping factor, (K,). residual: of one answer.
    peak: effects and their covariance at these. theta: logs of what was estimated, (K,) or (K + 1,).
    theta_covariance: their covariance from the curvature, 0 for one on the boundary.
    scale: unit of the outcome: 1 for yes or no, the standard deviation of the answers otherwise.
    boundary: grouping factors whose standard deviation went to 0. weak: those of which the answers say less than the
        penalty does. separated: fixed categories in which all answered alike.
    """

    layout: Layout
    answers: Answers
    sd: Floats
    residual: float
    peak: Peak
    theta: Floats
    theta_covariance: Floats
    scale: float
    precision: Floats
    penalty: Penalty
    boundary: tuple[str, ...]
    weak: tuple[str, ...]
    separated: tuple[str, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """What a reader should know of the fit, in sentences."""
        said = [
            "Standard deviations between categories: "
            + ", ".join(f"{name} {s:.3g}" for name, s in zip(self.layout.groups, self.sd, strict=True))
            + (" (on the logit scale)." if self.answers.binary else f"; of one answer {self.residual:.3g}.")
        ]
        if self.boundary:
            said.append(f"No differences were found between the categories of {', '.join(self.boundary)}.")
        if self.weak:
            said.append(
                f"The answers say little about how much the categories of {', '.join(self.weak)} differ: the penalty"
                " decides most of it."
            )
        if self.separated:
            said.append(
                f"Everybody with {', '.join(self.separated[:8])} answered the same: the penalty holds these"
                " coefficients."
            )
        return tuple(said)

    def rows(self) -> list[dict[str, Any]]:
        """One row a grouping factor, one for single answers, one a fixed coefficient."""
        out = []
        for k, name in enumerate(self.layout.groups):
            away = float(np.sqrt(self.theta_covariance[k, k]))
            out.append(_row("standard deviation", name, self.sd[k], self.sd[k] * away, len(self.layout.levels[k])))
        if not self.answers.binary:
            away = float(np.sqrt(self.theta_covariance[-1, -1]))
            out.append(_row("standard deviation", "one answer", self.residual, self.residual * away, None))
        se = np.sqrt(self.peak.curvature.diagonal)
        for j in range(self.layout.fixed):
            out.append(_row("coefficient", self.layout.volunteers.columns[j], self.peak.z[j], se[j], None))
        return out

    def at(self, theta: Floats) -> Peak:
        """Return the effects at other standard deviations."""
        return _peak(self.layout, self.answers, theta, self.precision, self.peak.z)

    @cached_property
    def predicted(self) -> tuple[Predicted, tuple[Floats, ...]]:
        """What is predicted for each census cell, and how it changes with the standard deviations, both once.

        The changes, (C,) each, are half of what lies between one standard error up and one down along each of their
        principal directions.
        """
        lengths, directions = np.linalg.eigh(self.theta_covariance)
        moved = []
        for length, direction in zip(lengths, directions.T, strict=True):
            if length > 0:
                away = np.sqrt(length) * direction
                up, down = (predict(self.layout, self.at(self.theta + sign * away), self.answers) for sign in (1, -1))
                moved.append((up.mean - down.mean) / 2)
        return predict(self.layout, self.peak, self.answers), tuple(moved)


def fit_multilevel(layout: Layout, answers: Answers, *, penalty: Penalty | None = None) -> MultilevelModel:
    """Fit y ~ fixed columns + one effect for each category of each grouping factor.

    Notes
    -----
    The standard deviations maximise Laplace's likelihood, from which the fixed columns are integrated out too (for a
    linear outcome without a penalty on coefficients: REML), times the penalty: half-normal densities, taken on the
    scale of logs, so that no estimate is exactly 0. Their covariance is the inverse curvature there.

    Raises
    ------
    EstimationError: nobody answered, or everybody the same; no convergence.
    """
    penalty = penalty or Penalty()
    scale = _checked(answers)
    blocks = len(layout.groups)
    precision = _precision(layout, answers, penalty, scale)
    unit = scale * (penalty.groups or 1.0)
    start: Floats | None = None

    def falls(theta: Floats) -> tuple[float, Floats]:
        nonlocal start
        found = _peak(layout, answers, theta, precision, start)
        start = found.z
        value, slope = found.log_marginal, found.slope.copy()
        if penalty.groups:
            sd = np.exp(theta[:blocks])
            value += float((theta[:blocks] - 0.5 * (sd / unit) ** 2).sum())
            slope[:blocks] += 1 - (sd / unit) ** 2
        return -value, -slope

    theta, curvature, free = _lowest(falls, blocks, scale, binary=answers.binary)
    covariance = np.zeros((len(theta), len(theta)))
    covariance[np.ix_(free, free)] = np.linalg.inv(curvature[np.ix_(free, free)])
    sd = np.exp(theta[:blocks])
    own = np.diag(curvature)[:blocks] - (2 * (sd / unit) ** 2 if penalty.groups else 0.0)
    weak = own < 2 * (sd / unit) ** 2 if penalty.groups else np.zeros(blocks, dtype=bool)
    return MultilevelModel(
        layout=layout,
        answers=answers,
        sd=sd,
        residual=1.0 if answers.binary else float(np.exp(theta[-1])),
        peak=_peak(layout, answers, theta, precision, start),
        theta=theta,
        theta_covariance=covariance,
        scale=scale,
        precision=precision,
        penalty=penalty,
        boundary=tuple(name for k, name in enumerate(layout.groups) if not free[k]),
        weak=tuple(name for k, name in enumerate(layout.groups) if weak[k]),
        separated=_separated(layout, answers),
    )


def _lowest(falls: Any, blocks: int, scale: float, *, binary: bool) -> tuple[Floats, Floats, Any]:
    """Minimise, polish with Newton's steps, and return the place, the curvature and which are inside the bounds."""
    from scipy.optimize import minimize

    low, high = np.log(scale * SMALLEST), np.log(scale * LARGEST)
    first = np.log(np.full(blocks + (not binary), 0.5 * scale))
    answer = minimize(
        falls, first, jac=True, method="L-BFGS-B", bounds=[(low, high)] * len(first),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
    )  # fmt: skip
    theta = np.asarray(answer.x, dtype=float)
    free = theta > low + 1e-6
    curvature = _curvature(falls, theta)
    for _ in range(20):
        slope = falls(theta)[1]
        if np.abs(slope[free]).max(initial=0.0) < FLAT * 1e-6:
            break
        inside = curvature[np.ix_(free, free)]
        if np.linalg.eigvalsh(inside).min() <= 0:
            break
        step = np.zeros(len(theta))
        step[free] = np.linalg.solve(inside, slope[free])
        if np.abs(step).max() > 1:
            break
        theta = np.clip(theta - step, low, high)
        curvature = _curvature(falls, theta)
    slope = falls(theta)[1]
    inside = curvature[np.ix_(free, free)]
    stuck = np.abs(slope[free]).max(initial=0.0) > FLAT or (theta >= high - 1e-6).any()
    if stuck or (free.any() and np.linalg.eigvalsh(inside).min() <= 0):
        raise EstimationError(
            "The standard deviations of the multilevel model did not converge.",
            where="multilevel model",
            expected="answers from several categories of each grouping factor",
            action="leave a grouping factor out, or keep the penalty",
        )
    return theta, curvature, free


def _curvature(falls: Any, theta: Floats, step: float = 1e-4) -> Floats:
    size = len(theta)
    found = np.zeros((size, size))
    for k in range(size):
        away = np.zeros(size)
        away[k] = step
        found[k] = (falls(theta + away)[1] - falls(theta - away)[1]) / (2 * step)
    return (found + found.T) / 2


def _peak(layout: Layout, answers: Answers, theta: Floats, precision: Floats, start: Floats | None) -> Peak:
    blocks = layout.blocks
    residual = 1.0 if answers.binary else float(np.exp(theta[-1]))
    return peak(
        layout.volunteers_in_parts,
        answers,
        blocks=blocks,
        sd=np.exp(theta[: len(blocks)]),
        residual=residual,
        precision=precision,
        start=start,
    )


def _checked(answers: Answers) -> float:
    n, total = float(answers.n.sum()), float(answers.total.sum())
    if not n:
        raise EstimationError(
            "Nobody answered.", where="multilevel model", expected="answers", action="check the measure and the rows"
        )
    mean = total / n
    if answers.binary:
        alike, spread = total in (0.0, n), 1.0
    else:
        squares = answers.squares + float((answers.n * (answers.total / answers.n - mean) ** 2).sum())
        spread = float(np.sqrt(squares / max(n - 1, 1)))
        alike = squares <= 1e-24 * max(n * mean**2, 1e-300) or n < 3
    if alike:
        raise EstimationError(
            "Everybody answered the same, so no model can tell groups apart.",
            where="multilevel model",
            expected="at least two different answers",
            action="report the number of answers and that all were alike; a model adds nothing",
        )
    return spread


def _precision(layout: Layout, answers: Answers, penalty: Penalty, scale: float) -> Floats:
    """Prior precision of the fixed columns: 0 for the intercept."""
    found = np.zeros(layout.fixed)
    if not penalty.fixed:
        return found
    width = np.ones(layout.fixed)
    for j, x in layout.volunteers.numbers.items():
        mean = float(np.average(x, weights=answers.n))
        width[j] = float(np.sqrt(np.average((x - mean) ** 2, weights=answers.n))) or 1.0
    found[1:] = (width[1:] / (penalty.fixed * scale)) ** 2
    return found


def _separated(layout: Layout, answers: Answers) -> tuple[str, ...]:
    if not answers.binary:
        return ()
    total, n = layout.volunteers.sums(answers.total), layout.volunteers.sums(answers.n)
    categories = [j for j in range(layout.fixed) if j not in layout.volunteers.numbers]
    return tuple(layout.volunteers.columns[j] for j in categories if total[j] in (0.0, n[j]))


def _row(part: str, name: str, value: float, se: float, categories: int | None) -> dict[str, Any]:
    return {
        "part": part, "name": name, "value": float(value), "standard_error": float(se), "categories": categories,
    }  # fmt: skip
