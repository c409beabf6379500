"""A citizen covariate has an error of its own; the model knows it, and says when the covariate is of no use."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.errors import EstimationError
from countersign.estimation.small_areas.between import variance_between
from countersign.estimation.small_areas.covariate_help import covariate_help
from countersign.estimation.small_areas.fay_herriot import fay_herriot
from countersign.estimation.small_areas.measurement_error import _fit, fay_herriot_with_error


def world(m: int, seed: int, slope: float = 0.7, largest: float = 1.5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    exact = rng.normal(5, 2, m)
    error = np.where(np.arange(m) % 2, 0.1, largest)
    psi = rng.uniform(0.5, 2, m)
    truth = 1 + slope * exact + rng.normal(0, 0.6, m)
    seen = exact + rng.normal(size=m) * np.sqrt(error)
    return {
        "truth": truth,
        "psi": psi,
        "y": truth + rng.normal(size=m) * np.sqrt(psi),
        "x": np.column_stack([np.ones(m), seen]),
        "error": np.column_stack([np.zeros(m), error]),
    }


def test_without_error_it_is_the_moment_estimator_of_fay_and_herriot() -> None:
    w = world(25, 1)
    made = fay_herriot_with_error(w["y"], w["psi"], x=w["x"], error=np.zeros_like(w["x"]))
    plain = fay_herriot(w["y"], w["psi"], x=w["x"], method="FH")
    assert made.between == pytest.approx(variance_between(w["y"], w["psi"], w["x"], method="FH").at, rel=1e-8)
    np.testing.assert_allclose(made.values, plain.values, rtol=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_the_equations_hold_at_the_solution(seed: int) -> None:
    w = world(30, seed)
    made = fay_herriot_with_error(w["y"], w["psi"], x=w["x"], error=w["error"])
    b, x, y = made.coefficients, w["x"], w["y"]
    noise = w["error"] @ b**2
    v = 1 / (made.between + w["psi"] + noise)
    np.testing.assert_allclose(
        (x.T * v) @ (y - x @ b) + (v @ w["error"]) * b, 0, atol=1e-8
    )  # sum w (x x' - C) b = sum w x y
    moment = v @ (y - x @ b) ** 2
    assert moment == pytest.approx(28, rel=1e-8) or (made.boundary and moment < 28)
    share = (made.between + noise) / (made.between + noise + w["psi"])
    np.testing.assert_allclose(made.values, share * y + (1 - share) * (x @ b), rtol=1e-10)


def test_the_flattened_slope_is_put_right() -> None:
    slopes = []
    for seed in range(20):
        w = world(200, seed)
        errors = np.einsum("mp,pq->mpq", w["error"], np.eye(2))
        aware = _fit(w["y"], w["psi"], w["x"], errors).b[1]
        naive = fay_herriot(w["y"], w["psi"], x=w["x"]).coefficients[1]
        slopes.append((aware, naive))
    aware, naive = np.mean(slopes, axis=0)
    assert aware == pytest.approx(0.7, abs=0.04)
    assert naive < 0.64


def test_a_less_certain_covariate_gives_the_direct_value_more_weight() -> None:
    w = world(40, 4)
    w["psi"][:] = 1
    made = fay_herriot_with_error(w["y"], w["psi"], x=w["x"], error=w["error"])
    assert made.shrinkage[0] > made.shrinkage[1]


def test_a_covariate_that_is_all_error_is_refused_by_name() -> None:
    w = world(20, 5)
    with pytest.raises(EstimationError, match="errors of 'litter' are as large as its differences"):
        fay_herriot_with_error(w["y"], w["psi"], x=w["x"], error=w["error"] * 50, columns=["(intercept)", "litter"])


def test_a_negative_error_is_refused() -> None:
    w = world(20, 5)
    with pytest.raises(EstimationError, match="below 0"):
        fay_herriot_with_error(w["y"], w["psi"], x=w["x"], error=-w["error"])


def test_a_covariate_that_carries_the_figure_helps_and_noise_does_not() -> None:
    w = world(40, 6)
    names = ["(intercept)", "citizen"]
    good = covariate_help(w["y"], w["psi"], x=w["x"], columns=names, covariates=["citizen"])
    assert good.helps
    assert good.drop > 0.5
    assert good.sentence.startswith("The citizen covariate helps: with citizen the variance between areas falls by")
    noise = np.column_stack([np.ones(40), np.random.default_rng(99).normal(size=40)])
    bad = covariate_help(w["y"], w["psi"], x=noise, columns=names, covariates=["citizen"])
    assert not bad.helps
    assert bad.sentence.startswith("The citizen covariate does not help: ")
    assert [row["helps"] for row in bad.rows()] == [None, False]


def test_the_prediction_of_an_area_left_out_is_that_of_the_model_without_it() -> None:
    w = world(12, 7)
    found = covariate_help(w["y"], w["psi"], x=w["x"], columns=["(intercept)", "c"], covariates=["c"])
    a = found.between[1]
    score = 0.0
    for d in range(12):
        keep = np.arange(12) != d
        v = 1 / (a + w["psi"][keep])
        q = np.linalg.inv((w["x"][keep].T * v) @ w["x"][keep])
        b = q @ (w["x"][keep].T * v) @ w["y"][keep]
        spread = a + w["psi"][d] + w["x"][d] @ q @ w["x"][d]
        score -= 0.5 * (np.log(2 * np.pi * spread) + (w["y"][d] - w["x"][d] @ b) ** 2 / spread)
    assert found.left_out[1] == pytest.approx(score, rel=1e-10)


@pytest.mark.slow
def test_intervals_keep_their_level_with_a_noisy_covariate() -> None:
    held = []
    for seed in range(120):
        w = world(30, 1000 + seed)
        made = fay_herriot_with_error(w["y"], w["psi"], x=w["x"], error=w["error"])
        held.append((np.abs(made.values - w["truth"]) < 2.05 * made.se).mean())
    assert 0.90 <= np.mean(held) <= 0.98


@pytest.mark.slow
def test_pure_noise_is_said_to_help_no_more_than_one_time_in_five() -> None:
    helped = 0
    for seed in range(200):
        w = world(40, 2000 + seed)
        noise = np.column_stack([np.ones(40), np.random.default_rng(seed).normal(size=40)])
        helped += covariate_help(w["y"], w["psi"], x=noise, columns=["(intercept)", "c"], covariates=["c"]).helps
    assert helped <= 50
