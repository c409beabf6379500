"""The variance between areas: REML, ML, and the moment estimator of Fay and Herriot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.estimation.small_areas.highest import Highest, highest
from countersign.model.cells import Floats

Method = Literal["REML", "ML", "FH"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class WeightedFit:
    """Generalised least squares at one variance A between areas, v = 1/(A + psi).

    Parameters
    ----------
    coefficients: (p,). covariance: (X'VX)^-1, (p, p). residuals: y - X b, (m,). leverage: v x'(X'VX)^-1 x, (m,).
    precision: v, (m,). log_determinant: of X'VX.
    """

    coefficients: Floats
    covariance: Floats
    residuals: Floats
    leverage: Floats
    precision: Floats
    log_determinant: float

    @property
    def log_likelihood(self) -> float:
        """The normal log-likelihood of the direct values."""
        v, r = self.precision, self.residuals
        return float(-0.5 * (np.log(2 * math.pi / v) + v * r**2).sum())


def weighted_fit(values: Floats, variances: Floats, x: Floats, between: float) -> WeightedFit:
    """Fit by generalised least squares: values (m,), variances psi (m,), columns x (m, p)."""
    v = 1 / (between + variances)
    root = np.sqrt(v)
    scale = np.maximum(np.abs(x).max(axis=0), 1e-300)
    q, r = np.linalg.qr((x / scale) * root[:, None])
    b = np.linalg.solve(r, q.T @ (root * values)) / scale
    inverse = np.linalg.inv(r) / scale[:, None]
    return WeightedFit(
        coefficients=b,
        covariance=inverse @ inverse.T,
        residuals=values - x @ b,
        leverage=(q**2).sum(axis=1),
        precision=v,
        log_determinant=float(2 * (np.log(np.abs(np.diag(r))) + np.log(scale)).sum()),
    )


def variance_between(values: Floats, variances: Floats, x: Floats, *, method: Method) -> Highest:
    """Estimate the variance A between areas of y = x'b + u + e, u ~ (0, A), e ~ (0, psi).

    Parameters
    ----------
    values: direct values y, (m,). variances: psi, (m,), all above 0. x: (m, p), independent columns, m > p.
    method: ``REML``: score -1/2 tr P + 1/2 y'PPy = 0. ``ML``: score -1/2 sum v + 1/2 y'PPy = 0.
        ``FH``: sum v (y - x'b)^2 = m - p (Fay and Herriot 1979). Solved to the last digits; never below 0.

    Raises
    ------
    EstimationError: unknown method; no solution.
    """
    if method not in METHODS:
        raise EstimationError(
            f"There is no method '{method}'. {nearest(str(method), METHODS)}".strip(),
            where="method",
            expected=f"one of: {', '.join(METHODS)}",
            action="leave it out for REML",
        )
    spare = len(values) - x.shape[1]
    plain = values - x @ np.linalg.lstsq(x, values, rcond=None)[0]
    scale = float((plain**2).sum() / spare + np.median(variances))

    def score(a: float) -> float:
        fit = weighted_fit(values, variances, x, a)
        v, r = fit.precision, fit.residuals
        if method == "FH":
            return float(v @ r**2 - spare)
        trace = v @ (1 - fit.leverage) if method == "REML" else v.sum()
        return float(0.5 * (v**2 @ r**2 - trace))

    def height(a: float) -> float:
        fit = weighted_fit(values, variances, x, a)
        if method == "FH":
            return 0.0  # the moment falls throughout: there is one solution
        return fit.log_likelihood - (0.5 * fit.log_determinant if method == "REML" else 0.0)

    return highest(score, height, scale=scale)
