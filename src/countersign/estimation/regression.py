"""Regression: linear and logistic models with design-based standard errors, from arrays of rows.

Coefficients maximise the weighted (pseudo-)likelihood; the covariance is the sandwich A^-1 B A^-1 with B the design
variance of the score totals (Binder 1983), as ``svyglm`` of R survey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from countersign.errors import EstimationError
from countersign.model.cells import Floats


@dataclass(frozen=True)
class Regression:
    """Coefficients (K,), their covariance (K, K), and residual degrees of freedom: PSUs - strata + 1 - K."""

    coefficients: Floats
    covariance: Floats
    degrees: int
    iterations: int

    @property
    def se(self) -> Floats:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))


def fit_regression(
    y: Floats,
    x: Floats,
    *,
    family: Literal["gaussian", "logit"] = "gaussian",
    weight: Floats | None = None,
    stratum: npt.NDArray[Any] | None = None,
    psu: npt.NDArray[Any] | None = None,
    fpc: Floats | None = None,
) -> Regression:
    """Fit y on the columns of x (give a column of ones for the intercept).

    Parameters
    ----------
    y: (n,); 0 or 1 for ``logit``. x: (n, K). weight: (n,). stratum, psu: labels, (n,). fpc: population size of each
        row's stratum, (n,).

    Notes
    -----
    Logit: iteratively reweighted least squares from mu = (w y + 1/2)/(w + 1) with weights of mean 1, until the deviance
    changes by less than 1e-8 of itself: R's rule, so that coefficients agree to all digits.

    Raises
    ------
    EstimationError: missing values, columns that depend on each other, no convergence, strata of one PSU.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
    if not (np.isfinite(y).all() and np.isfinite(x).all() and np.isfinite(w).all()):
        raise EstimationError(
            "The model has missing values.", expected="complete rows", action="leave incomplete rows out first"
        )
    if np.linalg.matrix_rank(x * np.sqrt(w)[:, None]) < x.shape[1]:
        raise EstimationError(
            "Columns of the model depend on each other.",
            expected="at most one category of each variable left out as reference",
            action="drop a column",
        )
    w = w / w.mean()
    if family == "gaussian":
        bread = np.linalg.inv(x.T @ (w[:, None] * x))
        beta = bread @ (x.T @ (w * y))
        scores, passes = x * (w * (y - x @ beta))[:, None], 1
    else:
        beta, bread, scores, passes = _logit(y, x, w)
    meat, degrees = row_covariance(scores, stratum=stratum, psu=psu, fpc=fpc)
    return Regression(beta, bread @ meat @ bread, degrees + 1 - x.shape[1], passes)


def _logit(y: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats, Floats, int]:
    mu = (w * y + 0.5) / (w + 1)
    eta = np.log(mu / (1 - mu))
    before = _deviance(y, mu, w)
    for number in range(1, 101):
        slope = mu * (1 - mu)
        working = w * slope
        root = np.sqrt(working)[:, None]
        q, r = np.linalg.qr(root * x)
        beta = np.linalg.solve(r, q.T @ (root[:, 0] * (eta + (y - mu) / slope)))
        eta = x @ beta
        mu = 1 / (1 + np.exp(-eta))
        after = _deviance(y, mu, w)
        if abs(after - before) / (abs(after) + 0.1) < 1e-8:
            inverse = np.linalg.inv(r)
            # as R: weights of the last step, residuals after it
            return beta, inverse @ inverse.T, x * (working * (y - mu) / (mu * (1 - mu)))[:, None], number
        before = after
    raise EstimationError(
        "The logistic model did not converge in 100 steps.",
        expected="no combination of columns that predicts the answer perfectly",
        action="drop a column, or merge rare categories",
    )


def _deviance(y: Floats, mu: Floats, w: Floats) -> float:
    likelihood = np.where(y > 0, y * np.log(mu), 0.0) + np.where(y < 1, (1 - y) * np.log1p(-mu), 0.0)
    return float(-2 * (w * likelihood).sum())


def row_covariance(
    scores: Floats,
    *,
    stratum: npt.NDArray[Any] | None = None,
    psu: npt.NDArray[Any] | None = None,
    fpc: Floats | None = None,
) -> tuple[Floats, int]:
    """Design covariance of the column totals of `scores` (n, K), and PSUs minus strata.

    Raises
    ------
    EstimationError: a stratum with one PSU.
    """
    n = len(scores)
    _, h = np.unique(np.zeros(n) if stratum is None else np.asarray(stratum), return_inverse=True)
    strata = int(h.max()) + 1
    size = np.full(strata, np.inf)
    if fpc is not None:
        size[h] = fpc
    if psu is not None:
        _, own = np.unique(np.asarray(psu), return_inverse=True)
        pair, place = np.unique(h * (int(own.max()) + 1) + own, return_inverse=True)
        totals = np.zeros((len(pair), scores.shape[1]))
        np.add.at(totals, place, scores)
        h, scores = pair // (int(own.max()) + 1), totals
    count = np.bincount(h, minlength=strata)
    alone = (count == 1) & (size > 1)
    if alone.any():
        raise EstimationError(
            f"{int(alone.sum())} strata have only one sampling unit, so their variance cannot be estimated.",
            where="design",
            expected="at least two sampling units in every stratum",
            action="merge strata",
        )
    sums = np.zeros((strata, scores.shape[1]))
    np.add.at(sums, h, scores)
    scale = (1 - count / size) * count / np.maximum(count - 1, 1)
    centred = scores - (sums / count[:, None])[h]
    covariance: Floats = (centred * scale[h][:, None]).T @ centred
    return covariance, len(scores) - strata
