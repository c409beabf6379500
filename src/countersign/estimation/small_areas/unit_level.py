"""Battese, Harter and Fuller: a model of units with an effect of each area, for means of areas with few units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.estimation.small_areas.fay_herriot import corrected, independent
from countersign.estimation.small_areas.highest import Highest, highest
from countersign.estimation.small_areas.unit_moments import UnitMoments
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular

UnitMethod = Literal["REML", "ML"]
UNIT_METHODS: tuple[UnitMethod, ...] = get_args(UnitMethod)


@dataclass(frozen=True)
class UnitFit:
    """The model fitted: y = x'b + u + e, u ~ N(0, between), e ~ N(0, within).

    Parameters
    ----------
    coefficients: (p,). covariance: (X'V^-1 X)^-1, (p, p). effects: predicted u of the areas with units, (m,).
    shrinkage: n between/(n between + within), (m,). found: where the likelihood is largest, as a ratio of variances.
    """

    coefficients: Floats
    covariance: Floats
    between: float
    within: float
    effects: Floats
    shrinkage: Floats
    log_likelihood: float
    found: Highest


@dataclass(frozen=True)
class UnitModel(Tabular):
    """Means of areas predicted from units.

    Parameters
    ----------
    areas: names, as many as population means. n: units, 0 for areas without. sizes: population sizes, nan = not given.
    direct: means of the units, nan for areas without. values: predictions. mse: mean squared errors.
    mse_by: ``analytic`` or ``bootstrap``. fit: the model. method: ``REML`` or ``ML``.
    """

    areas: tuple[str, ...]
    n: Integers
    sizes: Floats
    direct: Floats
    values: Floats
    mse: Floats
    mse_by: str
    fit: UnitFit
    columns: tuple[str, ...]
    method: str
    notes: tuple[str, ...] = ()

    @property
    def se(self) -> Floats:
        """Root of the mean squared error."""
        return np.sqrt(self.mse)

    @property
    def told(self) -> tuple[str, ...]:
        """What a reader should know of the fit, in sentences."""
        fit = self.fit
        said = [f"Variance between areas {fit.between:.6g}, within {fit.within:.6g} ({self.method})."]
        if fit.found.boundary:
            said.append(
                "The variance between areas is estimated as 0: areas differ only by their covariates, and the mean"
                " squared error is then likely too small."
            )
        if fit.found.maxima > 1:
            said.append(f"The likelihood has {fit.found.maxima} local maxima; the highest was taken.")
        alone = int((self.n == 0).sum())
        if alone:
            said.append(f"{alone} areas have no units: theirs come from the model alone.")
        return (*said, *self.notes)

    def rows(self) -> list[dict[str, Any]]:
        """One row an area."""
        return [
            {
                "area": area,
                "n": int(self.n[d]),
                "direct": None if self.n[d] == 0 else float(self.direct[d]),
                "value": float(self.values[d]),
                "root_mse": float(math.sqrt(self.mse[d])),
            }
            for d, area in enumerate(self.areas)
        ]


def fit_units(moments: UnitMoments, *, method: UnitMethod = "REML") -> UnitFit:
    """Fit the model by (restricted) maximum likelihood, from the moments of areas alone.

    Notes
    -----
    With r = between/within and q_d = r/(1 + n_d r): X'V^-1 X within = sum x x' - sum q_d n_d^2 xbar xbar', and alike
    for y. The likelihood is profiled to one variable, r, and solved to the last digits.

    Raises
    ------
    EstimationError: unknown method; dependent columns; not more units than columns; fewer than two areas; no area with
        two units; a perfect fit.
    """
    if method not in UNIT_METHODS:
        raise EstimationError(
            f"There is no method '{method}'. {nearest(str(method), UNIT_METHODS)}".strip(),
            where="method",
            expected=f"one of: {', '.join(UNIT_METHODS)}",
            action="leave it out for REML",
        )
    _enough(moments)
    n, p = moments.n.astype(float), moments.x.shape[1]
    scale = np.sqrt(np.maximum(np.diag(moments.xx) + (n[:, None] * moments.x**2).sum(axis=0), 1e-300))
    x, xx, xy = moments.x / scale, moments.xx / np.outer(scale, scale), moments.xy / scale
    rows = float(n.sum())
    restricted = method == "REML"
    spare = rows - p if restricted else rows

    def parts(ratio: float) -> tuple[Floats, Floats, Floats, float]:
        # n - q n^2 = n/(1 + n r): nothing cancels
        weight = n / (1 + n * ratio)
        gram = xx + (x * weight[:, None]).T @ x
        b = np.linalg.solve(gram, xy + (x * weight[:, None]).T @ moments.y)
        left = moments.y - x @ b
        squares = moments.yy - 2 * b @ xy + b @ xx @ b + float(weight @ left**2)
        return b, gram, left, squares

    total = moments.yy + float(n @ (moments.y - n @ moments.y / rows) ** 2)
    if parts(0.0)[3] <= 1e-14 * total or total == 0:
        raise EstimationError(
            "The columns predict every answer exactly, so there is no variance to split.",
            where="small areas",
            expected="answers that differ beyond the model",
            action="check whether a column is the answer itself",
        )

    def score(ratio: float) -> float:
        _, gram, left, squares = parts(ratio)
        change = -((n / (1 + n * ratio)) ** 2)
        slope = spare * float(change @ left**2) / squares + float((n / (1 + n * ratio)).sum())
        if restricted:
            slope += float(np.trace(np.linalg.solve(gram, (x * change[:, None]).T @ x)))
        return -0.5 * slope

    def height(ratio: float) -> float:
        _, gram, _, squares = parts(ratio)
        value = spare * math.log(squares / spare) + float(np.log1p(n * ratio).sum())
        return -0.5 * (value + (float(np.linalg.slogdet(gram)[1]) if restricted else 0.0))

    found = highest(score, height, scale=1.0)
    b, gram, left, squares = parts(found.at)
    within = squares / spare
    shrinkage = n * found.at / (1 + n * found.at)
    constant = spare * (1 + math.log(2 * math.pi))
    determinant = 2 * float(np.log(scale).sum()) if restricted else 0.0
    return UnitFit(
        coefficients=b / scale,
        covariance=within * np.linalg.inv(gram) / np.outer(scale, scale),
        between=found.at * within,
        within=within,
        effects=shrinkage * left,
        shrinkage=shrinkage,
        log_likelihood=height(found.at) - 0.5 * (constant + determinant),
        found=found,
    )


def predict_means(
    moments: UnitMoments,
    *,
    areas: tuple[str, ...],
    means: Floats,
    sizes: Floats | None = None,
    method: UnitMethod = "REML",
) -> UnitModel:
    """Predict the means of areas with known population means of the columns.

    Parameters
    ----------
    areas: names of the m areas wanted; those without units are predicted from the model alone. means: population means
        of the columns, (m, p), 1 for the intercept. sizes: population sizes N, (m,), or None: so large that the
        units are no part worth counting.

    Notes
    -----
    With f = n/N and xbar_r = (N Xbar - n xbar)/(N - n) the mean of the columns over the units not seen:
    f ybar + (1 - f)(xbar_r'b + u).
    Mean squared error (Prasad and Rao 1990; Datta and Lahiri 2000; Rao and Molina 2015, 7.2):
    (1 - f)^2 (g1 + g2 + 2 g3) + (N - n)/N^2 within, g1 = g within/n, g the weight of the area's own mean,
    g2 = (xbar_r - g xbar)'(X'V^-1 X)^-1 (xbar_r - g xbar), g3 = n^-2 (between + within/n)^-3 h,
    h = within^2 V(between) + between^2 V(within) - 2 between within Cov, from the information matrix. With ML less
    b'(dg1) for the bias b of the variances.
    An area without units: Xbar'b, with between + Xbar'(X'V^-1 X)^-1 Xbar + within/N.

    Raises
    ------
    EstimationError: units in an area that is not asked for; more units than the area has; as `fit_units`.
    """
    fit = fit_units(moments, method=method)
    n, size, place = matched(moments, areas, sizes)
    seen = place >= 0
    own = place[seen]
    f = np.where(np.isfinite(size), n / size, 0.0)
    values = means @ fit.coefficients
    rest = unseen_means(moments, means, n, size, place)
    values[seen] = f[seen] * moments.y[own] + (1 - f[seen]) * (rest[seen] @ fit.coefficients + fit.effects[own])
    mse, notes = _analytic(moments, fit, n, size, place, rest, method)
    direct = np.full(len(areas), np.nan)
    direct[seen] = moments.y[own]
    return UnitModel(areas, n, size, direct, values, mse, "analytic", fit, moments.columns, method, notes)


def matched(moments: UnitMoments, areas: tuple[str, ...], sizes: Floats | None) -> tuple[Integers, Floats, Integers]:
    """Return for each area wanted its units n, its size N (inf where not given) and its place in `moments` or -1."""
    where = {name: place for place, name in enumerate(moments.areas)}
    lost = [name for name in moments.areas if name not in set(areas)]
    if lost:
        raise EstimationError(
            f"Units come from areas without population means: {', '.join(lost[:8])}.",
            where="small areas",
            expected="one row of population means for every area that has units",
            action="correct the names, or add the areas",
        )
    if len(set(areas)) < len(areas):
        raise EstimationError(
            "An area stands twice among the population means.", expected="one row an area", action="merge its rows"
        )
    place = np.array([where.get(name, -1) for name in areas], dtype=np.int64)
    n = np.where(place >= 0, moments.n[place], 0).astype(np.int64)
    size = np.full(len(areas), np.inf) if sizes is None else np.asarray(sizes, dtype=float)
    if np.isnan(size).any() or (size <= 0).any() or (n > size).any():
        raise EstimationError(
            "The size of an area is missing, not above 0, or smaller than the number of its units.",
            where="small areas",
            expected="population sizes that hold the units",
            action="correct the sizes, or leave them out",
        )
    return n, size, place


def unseen_means(moments: UnitMoments, means: Floats, n: Integers, size: Floats, place: Integers) -> Floats:
    """Return the means of the columns over units not seen, (m, p); where all are seen, the population mean."""
    rest = np.array(means, dtype=float)
    some = (place >= 0) & np.isfinite(size) & (n < size)
    big, few = size[some, None], n[some, None]
    rest[some] = (big * rest[some] - few * moments.x[place[some]]) / (big - few)
    return rest


def _analytic(
    moments: UnitMoments,
    fit: UnitFit,
    n: Integers,
    size: Floats,
    place: Integers,
    rest: Floats,
    method: UnitMethod,
) -> tuple[Floats, tuple[str, ...]]:
    own = place[place >= 0]
    seen = place >= 0
    count, between, within = n[seen].astype(float), fit.between, fit.within
    f = np.where(np.isfinite(size), n / size, 0.0)
    left_over = np.where(np.isfinite(size), (size - n) / np.where(np.isfinite(size), size, 1.0) ** 2, 0.0)
    gap = rest.copy()
    g = fit.shrinkage[own]
    gap[seen] -= g[:, None] * moments.x[own]
    g2 = np.einsum("mp,pq,mq->m", gap, fit.covariance, gap)
    variance = _variance_of_variances(moments, between, within)
    h = within**2 * variance[0, 0] + between**2 * variance[1, 1] - 2 * between * within * variance[0, 1]
    alpha = between + within / count
    g3 = h / (count**2 * alpha**3)
    plain, less = between + g2, np.zeros(len(n))
    plain[seen] = g * within / count + g2[seen] + 2 * g3
    if method == "ML":
        bias = _bias(moments, fit, variance)
        slopes = np.column_stack([(within / count / alpha) ** 2, (between / alpha) ** 2 / count])
        less[seen] = slopes @ bias
    plain = (1 - f) ** 2 * plain + left_over * within
    return corrected_or_exact(plain, plain - (1 - f) ** 2 * less, full=n >= size)


def corrected_or_exact(plain: Floats, less: Floats, *, full: Any) -> tuple[Floats, tuple[str, ...]]:
    """As `corrected`, with 0 for areas whose units were all seen."""
    mse, notes = corrected(np.where(full, 1.0, plain), np.where(full, 1.0, less))
    return np.where(full, 0.0, mse), notes


def _variance_of_variances(moments: UnitMoments, between: float, within: float) -> Floats:
    """Inverse information of (between, within), (2, 2)."""
    n = moments.n.astype(float)
    alpha = within + n * between
    information = 0.5 * np.array(
        [
            [(n**2 / alpha**2).sum(), (n / alpha**2).sum()],
            [(n / alpha**2).sum(), ((n - 1) / within**2 + 1 / alpha**2).sum()],
        ]
    )
    inverse: Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return inverse


def _bias(moments: UnitMoments, fit: UnitFit, variance: Floats) -> Floats:
    """First-order bias of the ML variances: 1/2 I^-1 tr[(X'V^-1 X)^-1 d(X'V^-1 X)] (Datta and Lahiri 2000), (2,)."""
    n, x = moments.n.astype(float), moments.x
    alpha = fit.within + n * fit.between
    by_between = -(x * (n / alpha)[:, None] ** 2).T @ x
    by_within = -moments.xx / fit.within**2 - (x * (n / alpha**2)[:, None]).T @ x
    traces = np.array([np.sum(fit.covariance * by_between), np.sum(fit.covariance * by_within)])
    bias: Floats = 0.5 * variance @ traces
    return bias


def _enough(moments: UnitMoments) -> None:
    m, rows, p = len(moments.n), int(moments.n.sum()), moments.x.shape[1]
    if m < 2 or rows <= p or moments.n.max() < 2:
        raise EstimationError(
            f"{rows} units in {m} areas cannot carry a model of {p} columns with an effect of each area.",
            where="small areas",
            expected="at least two areas, one with two units, and more units than columns",
            action="leave columns out, or collect more units",
        )
    gram = moments.xx + (moments.x * moments.n[:, None]).T @ moments.x
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    values, vectors = np.linalg.eigh(gram / np.outer(scale, scale))
    root = (vectors * np.sqrt(np.maximum(values, 0.0))).T * scale
    independent(root, moments.columns)
