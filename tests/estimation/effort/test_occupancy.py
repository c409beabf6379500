"""Occupancy: an independent likelihood, closed forms, boundaries, refusals, coverage."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from countersign import inference
from countersign.errors import CountersignError, EstimationError
from countersign.estimation.effort import fit_occupancy
from countersign.model.estimate import Status
from countersign.model.regressors import Regressors


def alone(n: int) -> Regressors:
    return Regressors(("(intercept)",), (), {0: np.ones(n)})


def drawn(seed: int, *, sites: int, visits: int, psi: float, p: float):
    rng = np.random.default_rng(seed)
    there = rng.random(sites) < psi
    found = (rng.random((sites, visits)) < p) & there[:, None]
    return found.astype(float).ravel(), np.repeat(np.arange(sites), visits)


def test_psi_and_p_satisfy_the_equations_of_the_constant_model():
    """K visits, h = 1 - (1 - p)^K: p / h is finds a visit at sites with one, psi = found share / h."""
    y, site = drawn(3, sites=80, visits=4, psi=0.6, p=0.3)
    fitted = fit_occupancy(y, site, alone(80), alone(320))
    psi, p, naive = (one.value for one in fitted.estimates)
    hit = 1 - (1 - p) ** 4
    found = np.bincount(site, y) > 0
    assert p / hit == pytest.approx(y.sum() / (4 * found.sum()), rel=1e-8)
    assert psi * hit == pytest.approx(naive, rel=1e-8)
    assert naive == found.mean()
    assert naive < psi


def test_coefficients_and_errors_are_those_of_an_independent_likelihood():
    rng = np.random.default_rng(5)
    sites, visits = 150, 5
    a, b = rng.normal(size=sites), rng.normal(size=sites * visits)
    site = np.repeat(np.arange(sites), visits)
    there = rng.random(sites) < expit(0.4 + a)
    y = ((rng.random(sites * visits) < expit(-0.5 + 0.8 * b)) & there[site]).astype(float)
    x = Regressors(("(intercept)", "a"), (), {0: np.ones(sites), 1: a})
    w = Regressors(("(intercept)", "b"), (), {0: np.ones(sites * visits), 1: b})
    fitted = fit_occupancy(y, site, x, w)

    def lost(at):
        value = 0.0
        for g in range(sites):
            here = site == g
            psi, p = expit(at[0] + at[1] * a[g]), expit(at[2] + at[3] * b[here])
            chance = psi * np.prod(np.where(y[here] > 0, p, 1 - p))
            value += math.log(chance + (1 - psi) * (not y[here].any()))
        return -value

    slow = minimize(lost, fitted.b + 0.05, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10})
    assert fitted.b == pytest.approx(slow.x, abs=1e-4)
    assert fitted.log_likelihood == pytest.approx(-slow.fun, abs=1e-8)
    step = 1e-3
    hessian = np.empty((4, 4))
    for i in range(4):
        for j in range(4):
            e, f = np.eye(4)[i] * step, np.eye(4)[j] * step
            b0 = fitted.b
            hessian[i, j] = (lost(b0 + e + f) - lost(b0 + e - f) - lost(b0 - e + f) + lost(b0 - e - f)) / (4 * step**2)
    assert np.sqrt(np.diag(fitted.covariance)) == pytest.approx(np.sqrt(np.diag(np.linalg.inv(hessian))), rel=1e-4)


def test_the_largest_likelihood_at_psi_one_is_said_with_a_lower_limit():
    y = np.array([1.0, 0, 0, 1, 0, 0, 0, 0])
    fitted = fit_occupancy(y, np.repeat(np.arange(4), 2), alone(4), alone(8))
    psi = fitted.estimates[0]
    assert (psi.value, psi.upper, psi.status, psi.flags) == (1.0, 1.0, Status.UNRELIABLE, ("boundary",))
    assert fitted.estimates[1].value == pytest.approx(0.25)

    def likelihood(psi):
        p = np.linspace(1e-4, 1 - 1e-4, 20001)
        return (2 * np.log(psi * p * (1 - p)) + 2 * np.log(psi * (1 - p) ** 2 + 1 - psi)).max()

    assert 2 * (likelihood(1 - 1e-12) - likelihood(psi.lower)) == pytest.approx(1.959963984540054**2, abs=1e-4)


def test_finds_at_every_visit_leave_nothing_to_correct():
    y = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    fitted = fit_occupancy(y, np.repeat(np.arange(4), 2), alone(4), alone(8))
    psi, p, naive = fitted.estimates
    assert (psi.value, p.value, p.upper) == (naive.value, 1.0, 1.0)
    assert p.lower == pytest.approx(0.025 ** (1 / 4))


def test_a_find_at_every_site_is_no_weakness_of_the_visits():
    y = np.array([1.0, 0, 1, 1, 0, 1])
    psi = fit_occupancy(y, np.repeat(np.arange(3), 2), alone(3), alone(6)).estimates[0]
    assert (psi.value, psi.status) == (1.0, Status.PUBLISHED)
    assert 0 < psi.lower < 1


def table(**changes):
    columns = {
        "pond": ["a", "a", "b", "b", "c", "c", "d", "d"],
        "day": [1, 2] * 4,
        "seen": ["y", "n", "y", "y", "n", "n", "n", "n"],
        "deep": ["x"] * 8,
    }  # fmt: skip
    return pa.table({**columns, **changes})


def test_visits_that_were_not_made_are_left_out_and_counted():
    ponds = ["a", "a", "b", "b", "c", "c", "d", "d"]
    found = inference.estimate_occupancy(
        table(seen=["y", "n", "y", "y", "n", "n", "n", None]), detected="seen = 'y'", site="pond", visit="day"
    )
    assert found.not_made == 1
    short = pa.table({"pond": ponds[:7], "seen": ["y", "n", "y", "y", "n", "n", "n"]})
    again = inference.estimate_occupancy(short, detected="seen = 'y'", site="pond")
    assert [row["value"] for row in found.rows()] == [row["value"] for row in again.rows()]


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({"seen": ["n"] * 8}, {}, "Nothing was found in 8 visits to 4 sites"),
        ({"seen": ["y"] * 8}, {}, "records of presence only"),
        ({"pond": list("abcdefgh")}, {}, "No site was visited twice"),
        ({"day": [1, 1] * 4}, {}, "4 rows repeat a visit"),
        ({"deep": ["x", "z"] * 4}, {"on_site": ["deep"]}, "changes between the visits of 4 sites"),
        ({"pond": ["a", None, "b", "b", "c", "c", "d", "d"]}, {}, "1 rows have no 'pond'"),
        ({"deep": ["x", "x", "x", "x", "z", "z", "z", "z"]}, {"on_site": ["deep"]}, "no largest likelihood"),
    ],
)
def test_visits_that_say_nothing_about_finding_are_refused(change, options, says):
    with pytest.raises(CountersignError, match=says):
        inference.estimate_occupancy(table(**change), detected="seen = 'y'", site="pond", visit="day", **options)


def test_no_visits_are_refused():
    with pytest.raises(EstimationError, match="no visits"):
        fit_occupancy(np.zeros(0), np.zeros(0, dtype=np.int64), alone(0), alone(0))


@pytest.mark.slow
@pytest.mark.parametrize(("psi", "p"), [(0.6, 0.4), (0.3, 0.3)])
def test_intervals_of_occupancy_hold_the_truth_as_often_as_they_say(psi, p):
    """400 runs of 100 sites with 5 visits; the naive share misses what was not found."""
    held = naive = at_one = 0
    for run in range(400):
        y, site = drawn(run, sites=100, visits=5, psi=psi, p=p)
        fitted = fit_occupancy(y, site, alone(100), alone(500))
        first, _, plain = fitted.estimates
        held += first.lower <= psi <= first.upper
        naive += plain.lower <= psi <= plain.upper
        at_one += bool(fitted.boundary)
    print(psi, p, held / 400, naive / 400, at_one)
    assert 0.90 <= held / 400 <= 0.98
    assert naive < held
