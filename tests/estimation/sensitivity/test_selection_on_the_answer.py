"""SMUB, MUBP, data defect, bounds and tipping points: closed forms, simulated truth, refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from countersign.errors import EstimationError
from countersign.estimation.sensitivity import (
    bound,
    bound_by_direction,
    bound_by_odds,
    break_even,
    defect,
    select,
    standardised_bias,
    tip,
    typical,
)
from countersign.model.regressors import Regressors
from real_data import shared


def regressors(x: np.ndarray) -> Regressors:
    return Regressors(("(intercept)", "x"), (), {0: np.ones(len(x)), 1: x})


def test_published_indices_are_reproduced() -> None:
    known = json.loads(shared("inference", "bias_indices.json").read_text())
    for case in known["ddc"]:
        found = defect(case["mean_sample"], case["mean_pop"], n=case["n"], population=case["N"])
        assert found.correlation == pytest.approx(case["ddc"], rel=1e-10)
        assert found.n_effective == pytest.approx(case["n_eff"], rel=1e-10)
    for case in known["smub"]:
        for phi in (0, 0.25, 0.5, 0.75, 1):
            value = standardised_bias(
                phi, rho=case["rho"], sample=case["xbar_s"], population=case["xbar_pop"], sd=case["sd_x_s"]
            )
            assert value == pytest.approx(case[f"phi_{phi:g}"], rel=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_defect_is_the_correlation_of_taking_part_with_the_answer(weighted: bool) -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=400)
    part = rng.random(400) < 1 / (1 + np.exp(1 - y))
    weight = np.where(part, rng.uniform(0.5, 2, 400) if weighted else 1.0, 0.0)
    inside = weight[part]
    cv = float(inside.std() / inside.mean())
    found = defect(np.average(y, weights=weight), y.mean(), n=part.sum(), population=400, sd=float(y.std()), cv=cv)
    assert found.correlation == pytest.approx(np.corrcoef(weight, y)[0, 1], rel=1e-10)


def test_break_even_is_the_defect_of_an_error_that_ends_on_the_threshold() -> None:
    assert break_even(0.42, 0.38, n=5e4, population=1e6) == pytest.approx(0.0189058212659763, rel=1e-10)


def selected(phi: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A large population in which taking part depends on (1 - phi) x* + phi y: x, latent y, part."""
    rng = np.random.default_rng(seed)
    x, y = multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]]).rvs(400_000, random_state=rng).T
    # x* is the proxy on the scale of y among those who took part; with phi 0.5 both scales shrink alike here.
    score = (1 - phi) * x + phi * y
    # A normal selection kernel keeps those who took part jointly normal, which is what both indices assume.
    part = rng.random(len(x)) < np.exp(-((score - 1) ** 2) / 2)
    return x, y, part


@pytest.mark.parametrize("phi", [0.0, 0.5, 1.0])
def test_a_mean_selected_at_phi_is_repaired_at_phi(phi: float) -> None:
    x, y, part = selected(phi, 3)
    # Two kinds of cells: those who took part, and the population with no answers, whose x is known.
    count = np.where(part, 1.0, 0.0)
    found = select(
        regressors(x), count=count, total=count * y, square=count * y**2, weight=np.ones(len(x)), phis=(phi,)
    )
    raw = abs(y[part].mean() - y.mean())
    assert found.index == "SMUB"
    assert abs(found.parts[0].value - y.mean()) < 0.05 * raw


@pytest.mark.parametrize("phi", [0.0, 0.5, 1.0])
def test_a_share_selected_at_phi_is_repaired_at_phi(phi: float) -> None:
    x, y, part = selected(phi, 4)
    said = (y > 0.3).astype(float)
    count = np.where(part, 1.0, 0.0)
    found = select(regressors(x), count=count, total=count * said, square=None, weight=np.ones(len(x)), phis=(phi,))
    raw = abs(said[part].mean() - said.mean())
    assert found.index == "MUBP"
    assert abs(found.parts[0].value - said.mean()) < 0.06 * raw


def test_intervals_by_resampling_hold_the_value() -> None:
    rng = np.random.default_rng(5)
    x = np.arange(6.0)
    count = np.full(6, 50.0)
    total = rng.binomial(50, 0.2 + 0.1 * x).astype(float)
    weight = np.array([1.3, 1.2, 1, 1, 1, 0.9])
    both = [
        select(regressors(x), count=count, total=total, square=square, weight=weight, replicates=200, seed=9)
        for square in (None, total)
    ]
    for found in both:
        for part in found.parts:
            assert part.lower is not None
            assert part.upper is not None
            assert part.lower < part.value < part.upper
    same = select(regressors(x), count=count, total=total, square=None, weight=weight, replicates=200, seed=9)
    assert same == both[0]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1, max_size=8),
    st.floats(1, 50),
    st.floats(0, 1),
)
def test_odds_bounds_hold_the_share_and_grow_with_the_odds(
    cells: list[tuple[float, float]], odds: float, fraction: float
) -> None:
    share, weight = (np.array(side) for side in zip(*cells, strict=True))
    value = float(np.average(share, weights=weight))
    found = bound_by_odds(share, weight, odds=odds, fraction=fraction)
    wider = bound_by_odds(share, weight, odds=odds * 1.5, fraction=fraction)
    assert -1e-12 <= wider.lower <= found.lower <= value + 1e-12
    assert value - 1e-12 <= found.upper <= wider.upper <= 1 + 1e-12


def test_the_worst_case_and_a_stated_direction() -> None:
    worst = bound(0.4, fraction=0.25)
    assert (worst.lower, worst.upper) == pytest.approx((0.1, 0.85))
    over = bound_by_direction(0.4, fraction=0.25, overstates=True, limit=0.0)
    assert (over.lower, over.upper) == pytest.approx((0.1, 0.4))
    under = bound_by_direction(0.4, fraction=0.25, overstates=False, limit=1.0)
    assert (under.lower, under.upper) == pytest.approx((0.4, 0.85))


def test_tipping_finds_the_phi_and_the_odds_that_reach_the_threshold() -> None:
    share, weight = np.array([0.2, 0.6]), np.array([1.0, 1.0])
    found = tip(
        0.4,
        threshold=0.3,
        n=100,
        population=10_000,
        seen=0.005,
        selection=lambda phi: 0.4 - 0.2 * phi,
        share=share,
        weight=weight,
    )
    assert found.phi == pytest.approx(0.5)
    assert found.odds is not None
    moved = found.odds * share / (1 - share + found.odds * share)
    assert moved.mean() == pytest.approx(0.3)
    assert found.ratio == pytest.approx(abs(found.correlation) / 0.005)


def test_a_threshold_out_of_reach_is_said_to_be() -> None:
    found = tip(0.4, threshold=0.3, n=100, population=10_000, selection=lambda phi: 0.4 + phi / 10)
    assert found.phi is None


@pytest.mark.parametrize("phi", [-0.01, 1.01])
def test_a_strength_outside_0_to_1_is_refused(phi: float) -> None:
    with pytest.raises(EstimationError, match="between 0 and 1"):
        select(
            regressors(np.arange(2.0)),
            count=np.ones(2),
            total=np.array([0.0, 1]),
            square=None,
            weight=np.ones(2),
            phis=(phi,),
        )


def test_what_cannot_be_told_is_refused() -> None:
    x, one = regressors(np.arange(4.0)), np.ones(4)
    with pytest.raises(EstimationError, match="the same answer"):
        select(x, count=one, total=one, square=None, weight=one)
    with pytest.raises(EstimationError, match="the same answer"):
        select(x, count=one, total=3 * one, square=9 * one, weight=one)
    with pytest.raises(EstimationError, match="does not predict"):
        select(x, count=2 * one, total=one, square=None, weight=one)
    with pytest.raises(EstimationError, match="does not fit into"):
        defect(0.4, 0.3, n=11, population=10)
    with pytest.raises(EstimationError, match="Everybody took part"):
        defect(0.4, 0.3, n=10, population=10)
    with pytest.raises(EstimationError, match="does not vary"):
        defect(0.4, 0.0, n=5, population=10)
    with pytest.raises(EstimationError, match="no correlation has been seen"):
        typical([])
    with pytest.raises(EstimationError, match="ratio of odds"):
        bound_by_odds(np.array([0.5]), np.ones(1), odds=0.99)
    assert bound_by_odds(np.array([0.5]), np.ones(1), odds=1.0).lower == 0.5


def test_an_exact_estimate_counts_like_everybody() -> None:
    assert math.isinf(defect(0.4, 0.4, n=5, population=10).n_effective)
