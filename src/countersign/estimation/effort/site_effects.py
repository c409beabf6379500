"""Site effects: sites differ by a normal effect on the log scale, integrated out of a Poisson likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

from countersign.errors import EstimationError
from countersign.model.cells import Floats, Integers
from countersign.model.regressors import Regressors

NODES = 25
SMALLEST = -7.0
"""Logarithm of the standard deviation between sites below which there is none to speak of."""


@dataclass(frozen=True)
class SiteEffects:
    """Coefficients (q,), standard deviation between sites, covariance (q + 1, q + 1) with that deviation last."""

    b: Floats
    between: float
    covariance: Floats
    log_likelihood: float
    note: str = ""


def site_likelihood(total: Floats, expected: Floats, between: float) -> tuple[Floats, Floats, Floats]:
    """Integrate the effect u of each site out of exp(S s u - M exp(s u)) with u standard normal.

    Given all else, a site enters through its total count S and the sum M of its expected counts, so rows are summed
    first. Adaptive Gauss-Hermite quadrature, 25 nodes around the mode (Liu and Pierce 1994).

    Parameters
    ----------
    total: S, (G,). expected: M, (G,). between: s.

    Returns
    -------
    Logarithm of the integral (G,); expectation of exp(s u) given the counts (G,); derivative of the first by s (G,).
    """
    s = between
    mode = np.clip(np.log((total + 0.5) / (expected + 0.5)) * s / (s * s + 1 / (total + 0.5)), -8 / s, 8 / s)
    for _ in range(100):
        grown = expected * np.exp(np.clip(s * mode, -700, 700))
        step = (s * (total - grown) - mode) / (1 + s * s * grown)
        step = np.clip(step, -2 / s, 2 / s)
        mode = mode + step
        if np.abs(step).max() < 1e-12 * (1 + np.abs(mode).max()):
            break
    scale = 1 / np.sqrt(1 + s * s * expected * np.exp(s * mode))
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    u = mode[:, None] + scale[:, None] * nodes
    grown = np.exp(np.minimum(s * u, 700))
    log = total[:, None] * s * u - expected[:, None] * grown - u**2 / 2 + nodes**2 / 2 + np.log(weights)
    value = logsumexp(log, axis=1)
    share = np.exp(log - value[:, None])
    slope = (share * u * (total[:, None] - expected[:, None] * grown)).sum(axis=1)
    return value + np.log(scale) - 0.5 * math.log(2 * math.pi), (share * grown).sum(axis=1), slope


def fit_site_effects(count: Floats, offset: Floats, x: Regressors, site: Integers, *, start: Floats) -> SiteEffects:
    """Fit log mean = offset + X b + s u by maximum likelihood, u standard normal and one for each site.

    Raises
    ------
    EstimationError: no convergence; a likelihood that is flat.
    """
    sites = int(site.max()) + 1
    total = np.bincount(site, count, sites).astype(float)

    def look(at: Floats) -> tuple[float, Floats]:
        b, s = at[:-1], math.exp(min(at[-1], 5.0))
        eta = offset + x.times(b)
        mu = np.exp(np.minimum(eta, 700))
        value, grown, slope = site_likelihood(total, np.bincount(site, mu, sites).astype(float), s)
        down = np.append(x.sums(count - mu * grown[site]), s * slope.sum())
        return -float(count @ eta + value.sum()), -down

    best = None
    for first in (0.5, 0.1, 1.5):
        found = minimize(look, np.append(start, math.log(first)), jac=True, method="BFGS", options={"gtol": 1e-7})
        if best is None or found.fun < best.fun - 1e-9:
            best = found
    assert best is not None
    constant = float(gammaln(count + 1).sum())
    at = np.asarray(best.x, dtype=float)
    if at[-1] < SMALLEST:
        mu = np.exp(offset + x.times(at[:-1]))
        covariance = np.zeros((x.size + 1, x.size + 1))
        covariance[:-1, :-1] = np.linalg.inv(x.gram(mu))
        note = "Sites do not differ beyond Poisson, so the effect of sites is 0."
        return SiteEffects(at[:-1], 0.0, covariance, -float(best.fun) - constant, note)
    at, curvature = _polished(look, at)
    inverse = np.linalg.inv(curvature)
    s = math.exp(at[-1])
    turn = np.append(np.ones(x.size), s)
    covariance = np.asarray(inverse * np.outer(turn, turn), dtype=float)
    return SiteEffects(at[:-1], s, covariance, -look(at)[0] - constant)


def _polished(look: object, at: Floats) -> tuple[Floats, Floats]:
    """Return the top after Newton's steps with a numerical second derivative, and minus that derivative there."""
    assert callable(look)
    for _ in range(20):
        curvature = np.empty((len(at), len(at)))
        for place in range(len(at)):
            step = 1e-5 * max(1.0, abs(at[place]))
            move = np.zeros(len(at))
            move[place] = step
            curvature[place] = (look(at + move)[1] - look(at - move)[1]) / (2 * step)
        curvature = (curvature + curvature.T) / 2
        slope = look(at)[1]
        if np.linalg.eigvalsh(curvature)[0] <= 0:
            break
        by = np.linalg.solve(curvature, slope)
        if slope @ by < 1e-16:
            return at, curvature
        at = at - by
    raise EstimationError(
        "The model with an effect of each site did not converge.",
        where="site",
        expected="a largest likelihood",
        action="use family='poisson', whose intervals hold for any scatter between sites",
    )
