"""Outcome: a linear or logistic model of the answer, fitted on the cells of a self-selected sample.

The rows of a cell share their regressors, so the number of answers, their sum and their sum of squares say all that
the fit and its residuals need. Self-selected rows count one each: they have no base weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.model.ascent import climb, told
from countersign.model.cells import Cells, Floats
from countersign.model.regressors import Regressors

Family = Literal["linear", "logistic"]


@dataclass(frozen=True)
class Outcome:
    """A fitted model m(x) = x'b, or 1/(1 + exp(-x'b)).

    Parameters
    ----------
    measure: the answer y. family: ``linear`` or ``logistic``.
    coefficients: b, (q,), in the order of ``regressors.columns``. regressors: of the cells it was fitted on.
    inverse: (sum m' x x')^-1, m' the derivative of the mean by the linear predictor, (q, q).
    answered: rows with an answer, (C,). predicted: m, (C,).
    residual: sum of y - m over the rows with an answer, (C,). residual2: sum of (y - m)^2, (C,).
    steps: Newton's steps to the solution.
    """

    measure: str
    family: Family
    coefficients: Floats
    regressors: Regressors
    inverse: Floats
    answered: Floats
    predicted: Floats
    residual: Floats
    residual2: Floats
    steps: int

    def predict(self, regressors: Regressors) -> Floats:
        """Return m(x) of other cells with the same columns, (C,)."""
        return _mean(regressors.times(self.coefficients), self.family)

    def slope(self, regressors: Regressors) -> Floats:
        """Return the derivative of m(x) by the linear predictor, (C,): 1, or m (1 - m)."""
        if self.family == "linear":
            return np.ones(len(regressors))
        mean = self.predict(regressors)
        return mean * (1 - mean)


def fit_outcome(
    cells: Cells, measure: str, regressors: Regressors, family: Family = "linear", *, counted: str = ""
) -> Outcome:
    """Fit y on x by least squares or maximum likelihood, all rows with an answer counting the same.

    Parameters
    ----------
    cells: reduced without base weights; `measures` hold y, 0 where it is missing.
    regressors: of these cells. family: ``logistic`` for answers that are 0 or 1.
    counted: measure that is 1 where y is there; empty = it is there in every row.

    Notes
    -----
    Score: sum (y - m(x'b)) x = 0. The logistic fit takes Newton's steps to the precision of floats.

    Raises
    ------
    EstimationError: base weights in the cells; no more answers than columns; columns that depend on each other; answers
        other than 0 and 1, or chances of 0 or 1 (separation), in a logistic model; no convergence.
    """
    if family not in get_args(Family):
        raise EstimationError(
            f"There is no outcome model '{family}'. {nearest(str(family), get_args(Family))}".strip(),
            where="outcome",
            expected=f"one of: {', '.join(get_args(Family))}",
        )
    if (cells.weight2 != cells.n).any():
        raise EstimationError(
            "The rows of the self-selected sample were reduced with base weights.",
            expected="rows that count one each",
            action="reduce them without a weight column",
        )
    y = _place(cells, measure)
    total, square = cells.plain[:, y], cells.second[:, y, y]
    answered = cells.n.astype(float) if not counted else cells.plain[:, _place(cells, counted)]
    if answered.sum() <= regressors.size:
        raise EstimationError(
            f"There are {int(answered.sum())} answers to '{measure}' and {regressors.size} columns in the model.",
            where="outcome",
            expected="more answers than columns",
            action="use fewer auxiliary variables, or merge categories",
        )
    if family == "logistic":
        if (total < 0).any() or (total > answered).any() or not np.allclose(square, total, rtol=1e-12, atol=0):
            raise EstimationError(
                f"'{measure}' has answers other than 0 and 1, so it cannot have a logistic model.",
                where="outcome",
                expected="a condition, or 0 and 1",
                action="use the linear model",
            )
        coefficients, inverse, steps = _logistic(measure, total, answered, regressors)
    else:
        coefficients, inverse, steps = _linear(total, answered, regressors)
    mean = _mean(regressors.times(coefficients), family)
    residual = total - answered * mean
    residual2 = np.maximum(square - 2 * mean * total + answered * mean**2, 0.0)
    return Outcome(
        measure, family, coefficients, regressors, inverse, answered, mean, residual, residual2, steps
    )  # fmt: skip


def _place(cells: Cells, measure: str) -> int:
    if measure not in cells.measures:
        raise EstimationError(
            f"There is no measure '{measure}' among the cells. {nearest(measure, cells.measures)}".strip(),
            expected=f"one of: {', '.join(cells.measures)}",
            action="reduce the rows with this measure",
        )
    return cells.measures.index(measure)


def _mean(linear: Floats, family: Family) -> Floats:
    if family == "linear":
        return linear
    from scipy.special import expit

    return np.asarray(expit(linear), dtype=np.float64)


def _linear(total: Floats, answered: Floats, regressors: Regressors) -> tuple[Floats, Floats, int]:
    def look(b: Floats) -> tuple[float, Floats, Floats, float]:
        left = total - answered * regressors.times(b)
        return 0.0, regressors.sums(left), gram, 0.0

    gram = regressors.gram(answered)
    top = climb(look, np.zeros(regressors.size), most=3)  # the first step is the solution, the others take rounding off
    if top.end == "flat":
        _refuse_dependent(regressors, top.bound)
    return top.at, np.asarray(np.linalg.inv(gram), dtype=np.float64), 1


def _logistic(measure: str, total: Floats, answered: Floats, regressors: Regressors) -> tuple[Floats, Floats, int]:
    def look(b: Floats) -> tuple[float, Floats, Floats, float]:
        linear = regressors.times(b)
        mean = _mean(linear, "logistic")
        value = float(total @ linear - answered @ np.logaddexp(0.0, linear))
        far = float(np.abs(linear[answered > 0]).max(initial=0.0))
        return value, regressors.sums(total - answered * mean), regressors.gram(answered * mean * (1 - mean)), far

    if total.sum() in (0.0, answered.sum()):
        raise EstimationError(
            f"Everybody gives the same answer to '{measure}', so a logistic model has no finite coefficients.",
            where="outcome",
            expected="some who say yes and some who say no",
            action="use the linear model, or leave this measure out",
        )
    top = climb(look, np.zeros(regressors.size))
    if top.end == "flat":
        _refuse_dependent(regressors, top.bound)
    if top.end == "away":
        raise EstimationError(
            f"Some combinations of auxiliary variables predict '{measure}' perfectly (separation); the coefficients of "
            f"{told(regressors.columns, top.bound)} grow without end.",
            where="outcome",
            expected="some who say yes and some who say no in every category",
            action="merge the categories in which all say the same, leave the variable out, or use the linear model",
        )
    if top.end != "top":
        raise EstimationError(
            f"The logistic model of '{measure}' did not converge in {top.steps} steps.",
            where="outcome",
            expected="a solution to the precision of the computer",
            action="use fewer auxiliary variables, or merge rare categories",
        )
    return top.at, np.asarray(np.linalg.inv(top.curvature), dtype=np.float64), top.steps


def _refuse_dependent(regressors: Regressors, places: tuple[int, ...]) -> None:
    raise EstimationError(
        f"Columns of the model depend on each other: {told(regressors.columns, places)}.",
        where="outcome",
        expected="auxiliary variables none of which follows from the others",
        action="leave one of them out",
    )
