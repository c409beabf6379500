"""Laplace's approximation against the integrals themselves, worked out numerically to many digits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from worlds import one_factor

from countersign.estimation.multilevel.fitting import Penalty, fit_multilevel
from countersign.estimation.multilevel.post_stratifying import post_stratify_model

N = np.array([30.0, 45, 12, 60, 25, 40, 18, 33])
YES = np.array([12.0, 30, 3, 21, 14, 10, 9, 20])
NODES, WEIGHTS = np.polynomial.legendre.leggauss(161)


def likelihood_of_intercept(b: np.ndarray, sd: float, moment: np.ndarray | None = None) -> np.ndarray:
    """For each intercept the likelihood of all groups, and of the mean share where `moment` (weights) is given."""
    u = NODES * 8 * sd
    w = WEIGHTS * 8 * sd * np.exp(-0.5 * (u / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    eta = b[:, None] + u[None, :]
    logs = YES[:, None, None] * eta - N[:, None, None] * np.logaddexp(0, eta)
    top = YES * np.log(YES / N) + (N - YES) * np.log(1 - YES / N)
    dense = np.exp(logs - top[:, None, None]) * w
    each = dense.sum(axis=2)
    if moment is None:
        return each.prod(axis=0)
    p = 1 / (1 + np.exp(-eta))
    first, second = (dense * p).sum(axis=2) / each, (dense * p**2).sum(axis=2) / each
    mean = moment @ first
    square = mean**2 + (moment**2) @ (second - first**2)
    return each.prod(axis=0) * np.array([np.ones_like(mean), mean, square])


INTERCEPTS = np.linspace(-2.5, 1.5, 161)


def exact(sd: float) -> float:
    return float(np.log(np.trapezoid(likelihood_of_intercept(INTERCEPTS, sd), INTERCEPTS)))


def test_the_integral_in_this_test_is_itself_right() -> None:
    def inner(u: float, b: float, k: int) -> float:
        eta = b + u
        return float(np.exp(YES[k] * eta - N[k] * np.logaddexp(0, eta) - 0.5 * (u / 0.6) ** 2)) / (
            0.6 * np.sqrt(2 * np.pi)
        )

    top = YES * np.log(YES / N) + (N - YES) * np.log(1 - YES / N)
    found = np.prod([quad(inner, -4, 4, args=(-0.2, k), epsabs=0, epsrel=1e-11)[0] / np.exp(top[k]) for k in range(8)])
    assert likelihood_of_intercept(np.array([-0.2]), 0.6)[0] == pytest.approx(found, rel=1e-9)


def test_the_likelihood_of_the_standard_deviation_is_that_of_the_integral() -> None:
    laid, answers, _ = one_factor(N, YES)
    made = fit_multilevel(laid, answers, penalty=Penalty(groups=0, fixed=0))
    grid = np.array([0.2, 0.4, 0.6, 0.9, 1.4])
    ours = np.array([made.at(np.log([s])).log_marginal for s in grid])
    theirs = np.array([exact(s) for s in grid])
    # 12 to 60 answers a group: measured 0.032 at most over a range in which the likelihood moves by 2.5
    np.testing.assert_allclose(ours - ours[2], theirs - theirs[2], atol=0.035)
    best = minimize_scalar(lambda s: -exact(s), bounds=(0.05, 2), method="bounded", options={"xatol": 1e-8}).x
    assert made.sd[0] == pytest.approx(best, rel=0.01)


def test_the_figure_and_its_error_are_those_of_the_full_posterior() -> None:
    laid, answers, people = one_factor(N, YES)
    made = fit_multilevel(laid, answers, penalty=Penalty(groups=1.0, fixed=0))
    share = N / N.sum()
    for weights, by in ((share, ()), (np.eye(8)[2], ("g",))):
        found = post_stratify_model(made, people, by=by)
        grid = np.linspace(0.02, 3, 90)
        parts = np.array([
            np.trapezoid(likelihood_of_intercept(INTERCEPTS, s, weights), INTERCEPTS, axis=1) * np.exp(-0.5 * s**2)
            for s in grid
        ])  # fmt: skip
        total, mean, square = np.trapezoid(parts, grid, axis=0)
        at = 0 if by == () else 2
        assert found.value[at] == pytest.approx(mean / total, abs=0.005)
        assert found.se[at] == pytest.approx(np.sqrt(square / total - (mean / total) ** 2), rel=0.10)
