"""Fay and Herriot: direct values of areas and a model of them, each weighing as much as it is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.small_areas.between import Method, WeightedFit, variance_between, weighted_fit
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

DIRECT, SYNTHETIC = "model and direct value", "model only"


@dataclass(frozen=True)
class AreaModel(Tabular):
    """Figures of m areas from direct values and a model.

    Parameters
    ----------
    areas: names, m. direct: direct values, nan where there is none, (m,). variances: their sampling variances, (m,).
    values: predictions (EBLUP), (m,). mse: their estimated mean squared errors, (m,).
    shrinkage: weight of the direct value, A/(A + psi), (m,); 0 for areas without one.
    columns: names of the columns. coefficients: (p,). covariance: of the coefficients, (p, p).
    between: variance A between areas. between_variance: asymptotic variance of its estimate.
    boundary: A was estimated as 0. maxima: local maxima of the likelihood, see `highest`.
    log_likelihood, aic, bic: of the normal likelihood at the estimates, one parameter more than columns.
    method: ``REML``, ``ML``, ``FH`` or the name of another way. x: columns, (m, p).
    """

    areas: tuple[str, ...]
    direct: Floats
    variances: Floats
    values: Floats
    mse: Floats
    shrinkage: Floats
    columns: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    between: float
    between_variance: float
    boundary: bool
    maxima: int
    log_likelihood: float
    method: str
    x: Floats
    notes: tuple[str, ...] = ()

    @property
    def sampled(self) -> Any:
        """Which areas have a direct value, (m,)."""
        return np.isfinite(self.direct)

    @property
    def aic(self) -> float:
        """-2 log-likelihood + 2 (p + 1)."""
        return -2 * self.log_likelihood + 2 * (len(self.columns) + 1)

    @property
    def bic(self) -> float:
        """-2 log-likelihood + (p + 1) log m."""
        return -2 * self.log_likelihood + (len(self.columns) + 1) * math.log(int(self.sampled.sum()))

    @property
    def se(self) -> Floats:
        """Root of the mean squared error, (m,)."""
        return np.sqrt(self.mse)

    @property
    def told(self) -> tuple[str, ...]:
        """What a reader should know of the fit, in sentences."""
        said = [f"The variance between areas that the columns leave is {self.between:.6g} ({self.method})."]
        if self.boundary:
            said.append(
                "The variance between areas is estimated as 0: every area gets the value of the model alone, and its"
                " direct value only enters through the coefficients. The mean squared error is then likely too small."
            )
        if self.maxima > 1:
            said.append(f"The likelihood has {self.maxima} local maxima; the highest was taken.")
        alone = int((~self.sampled).sum())
        if alone:
            said.append(f"{alone} areas have no direct value: theirs come from the model alone.")
        return (*said, *self.notes)

    def rows(self) -> list[dict[str, Any]]:
        """One row an area."""
        return [
            {
                "area": self.areas[d],
                "direct": None if not self.sampled[d] else float(self.direct[d]),
                "direct_se": None if not self.sampled[d] else float(math.sqrt(self.variances[d])),
                "value": float(self.values[d]),
                "root_mse": float(math.sqrt(self.mse[d])),
                "weight_of_direct": float(self.shrinkage[d]),
                "from": DIRECT if self.sampled[d] else SYNTHETIC,
            }
            for d in range(len(self.areas))
        ]


def fay_herriot(
    values: Floats,
    variances: Floats,
    *,
    x: Floats,
    columns: Sequence[str] = (),
    areas: Sequence[str] = (),
    method: Method = "REML",
) -> AreaModel:
    """Predict area figures by y_d = x_d'b + u_d + e_d, u_d ~ N(0, A), e_d ~ N(0, psi_d), psi_d known.

    Parameters
    ----------
    values: direct values, (m,); nan for an area without one, which is predicted from the model alone.
    variances: sampling variances psi of the direct values, (m,); not read where the value is missing.
    x: columns of the model, (m, p), with a column of ones for an intercept. method: how A is estimated.

    Notes
    -----
    Value: g_d y_d + (1 - g_d) x_d'b, g_d = A/(A + psi_d), b by generalised least squares.
    Mean squared error, B_d = 1 - g_d, v = 1/(A + psi), Q = (X'VX)^-1:
    g1 = g_d psi_d, g2 = B_d^2 x_d'Q x_d, g3 = B_d^2 v_d Var(A);
    REML: g1 + g2 + 2 g3 with Var(A) = 2/sum v^2 (Prasad and Rao 1990; Datta and Lahiri 2000);
    ML: less b B_d^2, b = -tr(Q X'V^2 X)/sum v^2 (Datta and Lahiri 2000);
    FH: Var(A) = 2 m/(sum v)^2, less b B_d^2, b = 2 (m sum v^2 - (sum v)^2)/(sum v)^3 (Datta, Rao and Smith 2005).
    An area without a direct value: x_d'b with A + x_d'Q x_d.

    Raises
    ------
    EstimationError: a variance that is missing or not above 0, dependent columns, too few areas.
    """
    y, psi, x = checked(values, variances, x, columns)
    names = tuple(columns) or tuple(f"x{place + 1}" for place in range(x.shape[1]))
    seen = np.isfinite(y)
    found = variance_between(y[seen], psi[seen], x[seen], method=method)
    fit = weighted_fit(y[seen], psi[seen], x[seen], found.at)
    spread, excess = _error_of_variance(fit, x[seen], method)
    spread_all = np.einsum("mp,pq,mq->m", x, fit.covariance, x)
    synthetic = x @ fit.coefficients
    gamma = np.zeros(len(y))
    gamma[seen] = found.at * fit.precision
    prediction, mse = synthetic.copy(), found.at + spread_all
    prediction[seen] += gamma[seen] * fit.residuals
    rest = 1 - gamma[seen]
    g3 = rest**2 * fit.precision * spread
    plain = gamma[seen] * psi[seen] + rest**2 * spread_all[seen] + 2 * g3
    mse[seen], notes = corrected(plain, plain - excess * rest**2)
    return AreaModel(
        areas=tuple(areas) or tuple(str(place + 1) for place in range(len(y))),
        direct=y,
        variances=psi,
        values=prediction,
        mse=mse,
        shrinkage=gamma,
        columns=names,
        coefficients=fit.coefficients,
        covariance=fit.covariance,
        between=found.at,
        between_variance=spread,
        boundary=found.boundary,
        maxima=found.maxima,
        log_likelihood=fit.log_likelihood,
        method=method,
        x=x,
        notes=notes,
    )


def self_benchmarked(model: AreaModel, weights: Floats) -> AreaModel:
    """Return predictions whose weighted sum is that of the direct values, without an adjustment afterwards.

    The coefficients solve sum w (1 - g) x (y - x'b) = 0 (You and Rao 2002; You, Rao and Hidiroglou 2013), so that with
    an intercept sum w g-prediction = sum w y. The mean squared error takes their larger variance into g2.

    Parameters
    ----------
    weights: w, such as population sizes, (m,), above 0.

    Raises
    ------
    EstimationError: an area without a direct value; A is 0 and nothing is left to weigh; no intercept.
    """
    if not model.sampled.all():
        raise EstimationError(
            f"{int((~model.sampled).sum())} areas have no direct value, so their sum is not known.",
            where="benchmark",
            expected="a direct value for every area",
            action="use the benchmark 'ratio', 'difference' or 'optimal' with a stated total",
        )
    w = np.asarray(weights, dtype=float)
    y, x, g = model.direct, model.x, model.shrinkage
    if np.linalg.lstsq(x, np.ones(len(y)), rcond=None)[1].sum() > 1e-9 or not np.allclose(
        x @ np.linalg.lstsq(x, np.ones(len(y)), rcond=None)[0], 1, atol=1e-9
    ):
        raise EstimationError(
            "Without an intercept the predictions do not add up to the direct total by themselves.",
            where="benchmark",
            expected="a model with an intercept",
            action="use the benchmark 'ratio', 'difference' or 'optimal'",
        )
    left = w * (1 - g)
    scale = np.maximum(np.abs(x).max(axis=0), 1e-300)
    solve = np.linalg.solve((x / scale).T @ ((x / scale) * left[:, None]), ((x / scale) * left[:, None]).T)
    solve = solve / scale[:, None]
    b = solve @ y
    covariance = (solve * (model.between + model.variances)) @ solve.T
    before = np.einsum("mp,pq,mq->m", x, model.covariance, x)
    after = np.einsum("mp,pq,mq->m", x, covariance, x)
    return replace(
        model,
        values=g * y + (1 - g) * (x @ b),
        mse=model.mse + (1 - g) ** 2 * (after - before),
        coefficients=b,
        covariance=covariance,
        method=f"{model.method}, self-benchmarked",
    )


def corrected(plain: Floats, less: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Return mean squared errors corrected for bias; the uncorrected one where the correction leaves nothing, told."""
    lost = ~(less > 0)
    if not lost.any():
        return less, ()
    said = f"In {int(lost.sum())} areas the correction of the mean squared error exceeds it and was left out."
    return np.where(lost, plain, less), (said,)


def checked(values: Floats, variances: Floats, x: Floats, columns: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Return arrays as floats, or refuse what cannot be modelled."""
    y, psi, x = (np.asarray(part, dtype=float) for part in (values, variances, x))
    seen = np.isfinite(y)
    if np.isinf(y).any():
        raise EstimationError("A direct value is infinite.", expected="numbers", action="correct the table")
    if not np.isfinite(x).all():
        raise EstimationError(
            f"{int((~np.isfinite(x).all(axis=1)).sum())} areas lack the value of a column of the model.",
            where="small areas",
            expected="every column for every area, also for those without a direct value",
            action="complete the columns or leave them out; nothing is filled in",
        )
    bad = seen & ~(psi > 0) | seen & ~np.isfinite(psi)
    if bad.any():
        raise EstimationError(
            f"{int(bad.sum())} areas have a direct value whose sampling variance is missing or not above 0.",
            where="small areas",
            expected="a sampling variance above 0 beside every direct value (the square of its standard error)",
            action="smooth the variances of small areas first, or leave the value out: the model then predicts it",
        )
    m, p = int(seen.sum()), x.shape[1]
    if m <= p:
        raise EstimationError(
            f"{m} areas with direct values cannot carry a model of {p} columns.",
            where="small areas",
            expected="more areas with direct values than columns",
            action="leave columns out",
        )
    independent(x[seen], columns)
    return y, psi, x


def independent(x: Floats, columns: Sequence[str]) -> None:
    """Refuse columns that depend on each other, and name the first that adds nothing to those before it."""
    norm = np.sqrt((x**2).sum(axis=0))
    unit = x / np.where(norm > 0, norm, 1)
    diagonal = np.abs(np.diag(np.linalg.qr(unit, mode="r")))
    lost = np.flatnonzero((diagonal < 1e-10) | (norm == 0))
    if len(lost):
        name = columns[int(lost[0])] if columns else f"x{int(lost[0]) + 1}"
        raise EstimationError(
            f"The column '{name}' says nothing that the columns before it do not say.",
            where="small areas",
            expected="columns that do not depend on each other",
            action="leave it out",
        )


def _error_of_variance(fit: WeightedFit, x: Floats, method: Method) -> tuple[float, float]:
    """Return the asymptotic variance of A, and its bias as far as the mean squared error is corrected for it."""
    v = fit.precision
    m, first, second = len(v), float(v.sum()), float((v**2).sum())
    if method == "FH":
        return 2 * m / first**2, 2 * (m * second - first**2) / first**3
    if method == "ML":
        return 2 / second, -float(v @ fit.leverage) / second
    return 2 / second, 0.0
