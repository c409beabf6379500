"""Area models whose columns are themselves estimates: a citizen covariate with a known mean squared error.

A covariate from few volunteers is noisy, and noisier in some areas than in others. Taken at face value it flattens the
coefficient and promises more than it gives (Ybarra and Lohr 2008, Biometrika 95, 919-931).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.small_areas.fay_herriot import AreaModel, checked
from countersign.model.cells import Floats

METHOD = "measurement error"
STEPS = 2000
CLOSE = 1e-12
CIRCLES = 100


@dataclass(frozen=True)
class _Fit:
    b: Floats
    between: float


def fay_herriot_with_error(
    values: Floats,
    variances: Floats,
    *,
    x: Floats,
    error: Floats,
    columns: Sequence[str] = (),
    areas: Sequence[str] = (),
) -> AreaModel:
    """Predict area figures by y_d = X_d'b + u_d + e_d where x_d, not X_d, is known, and x_d - X_d ~ (0, C_d).

    Parameters
    ----------
    values, variances, x: as in `fay_herriot`. error: C, (m, p, p), or the variances alone, (m, p); 0 for exact columns.

    Notes
    -----
    g_d = (A + b'C_d b)/(A + b'C_d b + psi_d); value g_d y_d + (1 - g_d) x_d'b.
    b solves sum w (x x' - C) b = sum w x y with w = 1/(A + psi + b'Cb);
    A solves sum w (y - x'b)^2 = m - p, or is 0: the moment of Fay and Herriot (1979), steadier than the unweighted one
    of Ybarra and Lohr; iterated until neither moves by 1e-12 of itself.
    Mean squared error by the jackknife over areas (Jiang, Lahiri and Wan 2002):
    g_d psi_d corrected for its bias, plus (m - 1)/m sum_j (prediction without j - prediction)^2. The correction is made
    only where it raises the error: lowered ones are too noisy for intervals (measured: coverage 0.88 to 0.91 with it,
    0.92 to 0.93 without, for 95 %, 20 and 40 areas, errors of a fifth of the covariate's variance).

    Raises
    ------
    EstimationError: as `fay_herriot`; a negative error variance; errors as large as the differences between areas, so
        that nothing is known of the covariate; no convergence.
    """
    y, psi, x = checked(values, variances, x, columns)
    c = _matrices(error, x)
    seen = np.isfinite(y)
    ys, ps, xs, cs = y[seen], psi[seen], x[seen], c[seen]
    m = len(ys)
    names = tuple(columns) or tuple(f"x{place + 1}" for place in range(x.shape[1]))
    _known_enough(xs, cs, names)
    whole = _fit(ys, ps, xs, cs)
    prediction, leading, gamma = _predicted(whole, y, psi, x, c)
    moved, bias = np.zeros(len(y)), np.zeros(len(y))
    replicates = np.zeros((m, x.shape[1]))
    between = np.zeros(m)
    for j in range(m):
        keep = np.arange(m) != j
        part = _fit(ys[keep], ps[keep], xs[keep], cs[keep], start=whole)
        other, part_leading, _ = _predicted(part, y, psi, x, c)
        moved += (other - prediction) ** 2
        bias += part_leading - leading
        replicates[j], between[j] = part.b, part.between
    share = (m - 1) / m
    mse = leading + share * (moved + np.maximum(-bias, 0.0))
    away = replicates - whole.b
    total = whole.between + ps + _spread(whole.b, cs)
    return AreaModel(
        areas=tuple(areas) or tuple(str(place + 1) for place in range(len(y))),
        direct=y,
        variances=psi,
        values=prediction,
        mse=mse,
        shrinkage=gamma,
        columns=names,
        coefficients=whole.b,
        covariance=share * away.T @ away,
        between=whole.between,
        between_variance=float(share * ((between - whole.between) ** 2).sum()),
        boundary=whole.between == 0.0,
        maxima=1,
        log_likelihood=float(-0.5 * (np.log(2 * np.pi * total) + (ys - xs @ whole.b) ** 2 / total).sum()),
        method=METHOD,
        x=x,
    )


def _matrices(error: Floats, x: Floats) -> Floats:
    error = np.asarray(error, dtype=float)
    if error.shape == x.shape:
        c = np.zeros((*x.shape, x.shape[1]))
        c[:, np.arange(x.shape[1]), np.arange(x.shape[1])] = error
    else:
        c = error
    if c.shape != (*x.shape, x.shape[1]) or not np.isfinite(c).all() or (np.einsum("mpp->mp", c) < 0).any():
        raise EstimationError(
            "The mean squared error of a covariate is missing or below 0.",
            where="small areas",
            expected="a mean squared error of 0 or more for every area and every covariate measured with error",
            action="complete the column",
        )
    return c


def _spread(b: Floats, c: Floats) -> Floats:
    """b'C_d b, (m,)."""
    found: Floats = np.einsum("p,mpq,q->m", b, c, b)
    return found


def _known_enough(x: Floats, c: Floats, columns: Sequence[str]) -> None:
    if not _positive(x.T @ x - c.sum(axis=0), x):
        worst = int(np.argmax(np.einsum("mpp->p", c) / np.maximum(((x - x.mean(axis=0)) ** 2).sum(axis=0), 1e-300)))
        raise EstimationError(
            f"The errors of '{columns[worst]}' are as large as its differences between areas, so it says nothing.",
            where="small areas",
            expected="a covariate that differs between areas by more than its own error",
            action="leave it out, or collect more answers before using it",
        )


def _positive(gram: Floats, x: Floats) -> bool:
    scale = np.sqrt(np.maximum((x**2).sum(axis=0), 1e-300))
    return bool(np.linalg.eigvalsh(gram / np.outer(scale, scale)).min() > 1e-12)


def _fit(y: Floats, psi: Floats, x: Floats, c: Floats, start: _Fit | None = None) -> _Fit:
    spare = len(y) - x.shape[1]
    if spare < 1:
        raise EstimationError(
            "Too few areas: leaving one out leaves no more areas than columns.",
            where="small areas",
            expected="at least two more areas with direct values than columns",
            action="leave columns out",
        )
    b = start.b if start else np.zeros(x.shape[1])
    w = 1 / (start.between + psi + _spread(b, c)) if start else 1 / psi
    between, size = np.inf, float(np.var(y) + psi.mean())
    scale = np.maximum(np.abs(x).max(axis=0), 1e-300)
    for step in range(STEPS):
        gram = (x * w[:, None]).T @ x - np.einsum("m,mpq->pq", w, c)
        if not _positive(gram, x * np.sqrt(w)[:, None]):
            raise EstimationError(
                "The errors of a covariate are as large as its differences between areas once areas are weighted.",
                where="small areas",
                expected="a covariate that differs between areas by more than its own error",
                action="leave it out, or collect more answers before using it",
            )
        after = np.linalg.solve(gram / np.outer(scale, scale), (x / scale).T @ (w * y)) / scale
        now = _moment((y - x @ after) ** 2, psi + _spread(after, c), spare, between if np.isfinite(between) else 0.0)
        close = np.abs((after - b) * scale).max() <= CLOSE * np.sqrt(size) and abs(now - between) <= CLOSE * size
        # steps that go round in a circle meet when each goes half of the way
        b, between = (after, now) if step < CIRCLES else ((after + b) / 2, (now + between) / 2)
        w = 1 / (between + psi + _spread(b, c))
        if close:
            return _Fit(b, between)
    raise EstimationError(
        f"The model with a covariate measured with error did not converge in {STEPS} steps.",
        where="small areas",
        expected="a covariate that differs between areas by more than its own error",
        action="leave the covariate out, or use it without its error and say so",
    )


def _moment(squares: Floats, fixed: Floats, spare: int, start: float) -> float:
    """Solve sum squares/(A + fixed) = spare by Newton's steps from the left, or return 0."""
    if float((squares / fixed).sum()) <= spare:
        return 0.0
    a = start if float((squares / (start + fixed)).sum()) >= spare else 0.0
    for _ in range(200):
        w = 1 / (a + fixed)
        step = float((w @ squares - spare) / (w**2 @ squares))
        a += step
        if abs(step) <= 1e-15 * a:
            break
    return a


def _predicted(fit: _Fit, y: Floats, psi: Floats, x: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
    """Return predictions, the leading part of their mean squared error, and the weight of the direct value."""
    model = fit.between + _spread(fit.b, c)
    seen = np.isfinite(y)
    gamma = np.zeros(len(y))
    gamma[seen] = model[seen] / (model[seen] + psi[seen])
    synthetic = x @ fit.b
    prediction = synthetic.copy()
    prediction[seen] += gamma[seen] * (y - synthetic)[seen]
    leading = np.where(seen, gamma * np.where(seen, psi, 0.0), model)
    return prediction, leading, gamma
