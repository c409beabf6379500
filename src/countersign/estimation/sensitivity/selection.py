"""Selection on the answer itself: SMUB for means, MUBP for shares, over stated strengths phi.

The best prediction x of the answer from what is known of people (the proxy) is known for those who took part and, on
average, for the population. Assume that taking part depends on (1 - phi) x* + phi y, x* the proxy on the scale of y.
Then with rho = corr(y, x) and g = [phi + (1 - phi) rho] / [phi rho + (1 - phi)]

    bias of the mean = g (s_y / s_x) (mean of x in the sample - mean of x in the population)

Little, West, Boonstra and Hu (2020), JSSAM 8. For shares the answer is a normal latent variable cut at a threshold,
rho is the biserial correlation and the same shift moves the latent variable: Andridge, West, Little, Boonstra and
Alvarado-Leiton (2019), JRSS C 68.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr, ndtr, ndtri

from countersign.errors import EstimationError
from countersign.model.cells import Floats
from countersign.model.regressors import Regressors
from countersign.model.sensitivity import Selected, SelectionRange

Moving: TypeAlias = Callable[[float], float]
"""Strength phi -> adjusted value."""
Solve: TypeAlias = Callable[[Regressors, Floats, Floats, Floats | None, Floats, float], tuple[float, Moving]]

PHIS = (0.0, 0.5, 1.0)
STEPS = 50
SETTLED = 1e-10
ALMOST = 1 - 1e-9


def index(phi: float, rho: float) -> float:
    """Return g = [phi + (1 - phi) rho] / [phi rho + (1 - phi)]: rho at phi 0, 1 at 0.5, 1 / rho at 1."""
    bottom = phi * rho + (1 - phi)
    return math.inf if bottom == 0 else (phi + (1 - phi) * rho) / bottom


def standardised_bias(phi: float, *, rho: float, sample: float, population: float, sd: float) -> float:
    """SMUB: bias of a mean in standard deviations of the answer, from the means of the proxy and its own `sd`."""
    return index(phi, rho) * (sample - population) / sd


def select(
    x: Regressors,
    *,
    count: Floats,
    total: Floats,
    square: Floats | None,
    weight: Floats,
    fraction: float = 0.0,
    phis: Sequence[float] = PHIS,
    replicates: int = 0,
    seed: int = 20260101,
    level: float = 0.95,
) -> SelectionRange:
    """Return a mean or a share over stated strengths of selection on the answer itself.

    Parameters
    ----------
    x: regressors that predict the answer, C cells. count: rows that answered, (C,). total: sum of the answer over them,
        (C,). square: sum of its square, (C,); None = the answer is yes or no, and a share is wanted.
    weight: how many people of the population each cell stands for, (C,): calibrated weights, so that the mean of the
        proxy is the population's.
    fraction: share of the population that took part. phis: strengths, 0 to 1.
    replicates: resamplings of the rows for intervals; 0 = none. seed: of those.

    Raises
    ------
    EstimationError: an answer that does not vary, a phi outside 0 to 1, a proxy that predicts nothing.
    """
    if not all(0 <= phi <= 1 for phi in phis):
        raise EstimationError(
            "The strength of selection phi lies between 0 and 1.",
            expected="0 (on what is known of people) to 1 (on the answer itself)",
            action="correct phi",
        )
    solve = _share if square is None else _mean
    strength, moving = solve(x, count, total, square, weight, fraction)
    unadjusted = float(total.sum() / count.sum())
    spread: list[tuple[float | None, float | None]] = [(None, None)] * len(phis)
    if replicates:
        spread = _resampled(solve, x, count, total, square, weight, fraction, tuple(phis), replicates, seed, level)
    parts = tuple(
        Selected(phi, unadjusted - value, value, lower, upper)
        for phi, value, (lower, upper) in zip(phis, map(moving, phis), spread, strict=True)
    )
    name = "MUBP" if square is None else "SMUB"
    return SelectionRange(
        index=name,
        unadjusted=unadjusted,
        strength=strength,
        fraction=fraction,
        parts=parts,
        level=level,
        method=f"{name} over phi {', '.join(f'{phi:g}' for phi in phis)}"
        + (f"; intervals from {replicates} resamplings" if replicates else ""),
    )


def adjust(
    x: Regressors,
    *,
    count: Floats,
    total: Floats,
    square: Floats | None,
    weight: Floats,
    fraction: float = 0.0,
) -> Moving:
    """Return the adjusted value as a function of the strength of selection: fitted once, asked as often as wanted.

    Parameters
    ----------
    x, count, total, square, weight, fraction: as for `select`.

    Raises
    ------
    EstimationError: an answer that does not vary, a proxy that predicts nothing.
    """
    return (_share if square is None else _mean)(x, count, total, square, weight, fraction)[1]


def _mean(
    x: Regressors,
    count: Floats,
    total: Floats,
    square: Floats | None,
    weight: Floats,
    fraction: float,
) -> tuple[float, Moving]:
    assert square is not None
    n = count.sum()
    mean = total.sum() / n
    variance = square.sum() / n - mean**2
    if not variance > 1e-12 * max(square.sum() / n, 1e-300):
        raise _constant()
    b = np.linalg.pinv(x.gram(count), rcond=1e-12, hermitian=True) @ x.sums(total)
    proxy = x.times(b)
    centre, spread = _moments(proxy, count)
    rho = math.sqrt(min(spread / variance, 1.0))
    _predicts(rho)
    others, _ = _others(proxy, count, weight, fraction)
    scale = (1 - fraction) * math.sqrt(variance / spread) * (centre - others)
    return rho, lambda phi: float(mean - index(phi, rho) * scale)


def _share(
    x: Regressors,
    count: Floats,
    total: Floats,
    square: Floats | None,
    weight: Floats,
    fraction: float,
) -> tuple[float, Moving]:
    share = float(total.sum() / count.sum())
    if not 0 < share < 1:
        raise _constant()
    proxy = x.times(fit_probit(x, count, total))
    centre, spread = _moments(proxy, count)
    if not spread > 1e-14:
        raise _weak(0.0)
    rho = biserial(proxy, count, total)
    _predicts(rho)
    others, other_spread = _others(proxy, count, weight, fraction)
    cut = ndtri(share)

    def moving(phi: float) -> float:
        g = index(phi, rho)
        moved = cut + g * (others - centre) / math.sqrt(spread)
        variance = max(1 + g**2 * (other_spread - spread) / spread, 1e-6)
        return fraction * share + (1 - fraction) * float(ndtr(moved / math.sqrt(variance)))

    return rho, moving


def fit_probit(x: Regressors, count: Floats, total: Floats) -> Floats:
    """Fit P(yes) = Phi(x'b) to yes counts by cell, with a unit of prior information a column against separation.

    Raises
    ------
    EstimationError: no convergence.
    """
    share = (total.sum() + 0.5) / (count.sum() + 1)
    b = np.zeros(x.size)
    if x.columns and x.columns[0] == "(intercept)":
        b[0] = ndtri(share)
    ridge = np.full(x.size, 1e-4)
    for _ in range(STEPS):
        eta = np.clip(x.times(b), -8, 8)
        density = np.exp(-(eta**2) / 2) / math.sqrt(2 * math.pi)
        p = np.clip(ndtr(eta), 1e-12, ALMOST)
        score = x.sums(density * (total - count * p) / (p * (1 - p))) - ridge * b
        information = x.gram(count * density**2 / (p * (1 - p))) + np.diag(ridge)
        step = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        b = b + step
        if np.abs(step).max() < SETTLED * (1 + np.abs(b).max()):
            return b
    raise EstimationError(
        "The prediction of the answer did not converge.",
        expected="answers that vary within the categories that predict them",
        action="use fewer or broader categories",
    )


def biserial(proxy: Floats, count: Floats, total: Floats) -> float:
    """Return the biserial correlation of a yes-or-no answer with a number, by maximum likelihood in two steps.

    Olsson, Drasgow and Dorans (1982): the threshold follows from the share, then rho maximises
    sum log Phi(+-(c + rho z) / sqrt(1 - rho^2)), z the standardised number.
    """
    centre, spread = _moments(proxy, count)
    z = (proxy - centre) / math.sqrt(spread)
    cut = ndtri(total.sum() / count.sum())

    def minus(rho: float) -> float:
        u = (cut + rho * z) / math.sqrt(1 - rho**2)
        return -float(total @ log_ndtr(u) + (count - total) @ log_ndtr(-u))

    return float(minimize_scalar(minus, bounds=(-0.9999, 0.9999), method="bounded", options={"xatol": 1e-10}).x)


def _moments(proxy: Floats, weight: Floats) -> tuple[float, float]:
    size = weight.sum()
    mean = float(weight @ proxy / size)
    return mean, float(weight @ (proxy - mean) ** 2 / size)


def _others(proxy: Floats, count: Floats, weight: Floats, fraction: float) -> tuple[float, float]:
    """Mean and variance of the proxy among those who did not take part: the population's less the sample's part."""
    mean, spread = _moments(proxy, weight)
    if fraction == 0:
        return mean, spread
    own, own_spread = _moments(proxy, count)
    other = (mean - fraction * own) / (1 - fraction)
    squares = (spread + mean**2 - fraction * (own_spread + own**2)) / (1 - fraction)
    return other, max(squares - other**2, 0.0)


def _resampled(
    solve: Solve,
    x: Regressors,
    count: Floats,
    total: Floats,
    square: Floats | None,
    weight: Floats,
    fraction: float,
    phis: tuple[float, ...],
    replicates: int,
    seed: int,
    level: float,
) -> list[tuple[float | None, float | None]]:
    """Percentile intervals from drawing the rows again: yes and no by cell for shares, whole cells for means."""
    rng = np.random.default_rng(seed)
    n = round(float(count.sum()))
    found = []
    for _ in range(replicates):
        if square is None:
            drawn = rng.multinomial(n, np.concatenate([total, count - total]) / count.sum()).astype(np.float64)
            yes, no = np.split(drawn, 2)
            again: tuple[Floats, Floats, Floats | None] = (yes + no, yes, None)
        else:
            size = rng.multinomial(n, count / count.sum()).astype(np.float64)
            mean = total / np.maximum(count, 1)
            within = np.maximum(square / np.maximum(count, 1) - mean**2, 0.0)
            noise = rng.normal(size=len(count)) * np.sqrt(within * size)
            again = (size, mean * size + noise, (within + mean**2) * size + 2 * mean * noise)
        try:
            _, moving = solve(x, *again, weight, fraction)
            found.append([moving(phi) for phi in phis])
        except EstimationError:
            continue  # a draw without variation says nothing
    tail = (1 - level) / 2
    limits = np.quantile(np.array(found), [tail, 1 - tail], axis=0)
    return [(float(low), float(high)) for low, high in limits.T]


def _predicts(rho: float) -> None:
    if rho < 1e-6:
        raise _weak(rho)


def _weak(rho: float) -> EstimationError:
    return EstimationError(
        f"What is known of people does not predict the answer (correlation {rho:.2g}).",
        expected="at least one variable that goes along with the answer",
        action="weight by further variables, or use bounds instead: nothing can be said of selection from these",
    )


def _constant() -> EstimationError:
    return EstimationError(
        "Everybody gave the same answer, so selection on the answer cannot be told.",
        expected="answers that differ",
        action="use bounds instead",
    )
