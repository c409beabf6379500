"""Parametric bootstrap of the unit-level model, drawn as moments of areas: no rows are made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.small_areas.unit_level import UnitMethod, UnitModel, fit_units, matched, unseen_means
from countersign.estimation.small_areas.unit_moments import UnitMoments
from countersign.model.cells import Floats


def bootstrap_mse(
    model: UnitModel, moments: UnitMoments, *, means: Floats, draws: int = 200, seed: int = 1
) -> UnitModel:
    """Return the model with mean squared errors from a parametric bootstrap (Gonzalez-Manteiga et al. 2008).

    Parameters
    ----------
    means: population means of the columns, as for `predict_means`. draws: bootstrap samples. seed: for the draws.

    Notes
    -----
    Each draw makes effects and errors from the fitted model, the true mean of every area in that population, and the
    prediction from the sample of it. The moments of a sample are drawn directly: area means of the errors are
    N(0, within/n), their products with the columns within areas N(0, within S), their squares that vector's own square
    plus within times a chi-square on the degrees that are left.
    The result is random: with B draws its own relative standard error is about the root of 2/B.

    Raises
    ------
    EstimationError: fewer than two draws; a draw that cannot be fitted.
    """
    if draws < 2:
        raise EstimationError("A bootstrap needs at least two draws.", expected="200 or more", action="raise 'draws'")
    rng = np.random.default_rng(seed)
    fit = model.fit
    method: UnitMethod = "ML" if model.method == "ML" else "REML"
    n, size, place = matched(moments, model.areas, None if np.isinf(model.sizes).all() else model.sizes)
    rest = unseen_means(moments, means, n, size, place)
    seen, own = place >= 0, place[place >= 0]
    f = np.where(np.isfinite(size), n / size, 0.0)
    values, vectors = np.linalg.eigh(moments.xx)
    held = values > 1e-12 * max(float(values.max()), 1e-300)
    root = vectors[:, held] * np.sqrt(values[held])
    spare = int(moments.n.sum()) - len(moments.n) - int(held.sum())
    error = np.sqrt(fit.within)
    squared = np.zeros(len(n))
    for _ in range(draws):
        z = rng.standard_normal(root.shape[1]) * error
        rest_squares = fit.within * rng.chisquare(spare) if spare > 0 else 0.0
        effect = rng.standard_normal(len(n)) * np.sqrt(fit.between)
        sampled_error = rng.standard_normal(len(moments.n)) * error / np.sqrt(moments.n)
        unseen = np.where(np.isfinite(size) & (size > n), 1 / np.maximum(size - n, 1), 0.0)
        truth = rest @ fit.coefficients + effect + rng.standard_normal(len(n)) * error * np.sqrt(unseen)
        y = moments.x @ fit.coefficients + sampled_error
        y[own] += effect[seen]
        pooled = root @ z
        b = fit.coefficients
        drawn = moments.with_answer(
            y,
            moments.xx @ b + pooled,
            float(b @ moments.xx @ b + 2 * b @ pooled + z @ z + rest_squares),
        )
        again = fit_units(drawn, method=method)
        guess = rest @ again.coefficients
        guess[seen] += again.effects[own]
        squared += ((1 - f) * (guess - truth)) ** 2
    return replace(model, mse=squared / draws, mse_by="bootstrap")
