"""Area models: what is solved is solved, what is at the edge is told, what cannot be done is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.small_areas.between import variance_between
from countersign.estimation.small_areas.fay_herriot import fay_herriot, self_benchmarked


def world(m: int, seed: int, a: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(m), rng.normal(size=m)])
    psi = rng.uniform(0.3, 2, m)
    truth = x @ [1.0, 2.0] + rng.normal(size=m) * np.sqrt(a)
    return truth + rng.normal(size=m) * np.sqrt(psi), psi, x, truth


def plain_likelihood(a: float, y: np.ndarray, psi: np.ndarray, x: np.ndarray, restricted: bool) -> float:
    v = np.diag(1 / (a + psi))
    gram = x.T @ v @ x
    r = y - x @ np.linalg.solve(gram, x.T @ v @ y)
    value = np.log(a + psi).sum() + r @ v @ r + (np.linalg.slogdet(gram)[1] if restricted else 0)
    return float(-0.5 * value)


@settings(max_examples=25, deadline=None)
@given(st.integers(5, 25), st.integers(0, 2**32 - 1), st.sampled_from(["REML", "ML"]))
def test_no_variance_on_a_fine_grid_is_likelier_than_the_one_found(m: int, seed: int, method: str) -> None:
    y, psi, x, _ = world(m, seed)
    best = variance_between(y, psi, x, method=method)  # type: ignore[arg-type]
    top = plain_likelihood(best.at, y, psi, x, method == "REML")
    grid = [0.0, *np.logspace(-5, 3, 200)]
    assert max(plain_likelihood(a, y, psi, x, method == "REML") for a in grid) <= top + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(5, 25), st.integers(0, 2**32 - 1))
def test_the_moment_is_met_or_the_variance_is_zero(m: int, seed: int) -> None:
    y, psi, x, _ = world(m, seed)
    a = variance_between(y, psi, x, method="FH").at
    v = np.diag(1 / (a + psi))
    r = y - x @ np.linalg.solve(x.T @ v @ x, x.T @ v @ y)
    assert r @ v @ r == pytest.approx(m - 2, rel=1e-9) or (a == 0 and r @ v @ r < m - 2)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_of_measurement_do_not_matter(factor: float) -> None:
    y, psi, x, _ = world(12, 3)
    one, other = fay_herriot(y, psi, x=x), fay_herriot(y * factor, psi * factor**2, x=x * [1, 1e4])
    np.testing.assert_allclose(other.values, one.values * factor, rtol=1e-9)
    np.testing.assert_allclose(other.mse, one.mse * factor**2, rtol=1e-8)


def test_a_variance_of_zero_is_told_and_everybody_gets_the_model() -> None:
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    y = x @ [1, 2] + np.array([0.1, -0.1, 0.05, -0.05, 0.1, -0.1])
    made = fay_herriot(y, np.ones(6), x=x)
    assert made.boundary
    assert made.between == 0
    np.testing.assert_allclose(made.values, x @ made.coefficients)
    assert (made.mse > 0).all()
    assert any("estimated as 0" in said for said in made.told)


def test_an_area_without_a_direct_value_comes_from_the_model_and_is_less_certain() -> None:
    y, psi, x, _ = world(20, 1)
    held = fay_herriot(y[1:], psi[1:], x=x[1:])
    y[0], psi[0] = np.nan, np.nan
    made = fay_herriot(y, psi, x=x)
    np.testing.assert_allclose(made.values[1:], held.values)
    np.testing.assert_allclose(made.mse[1:], held.mse)
    assert made.values[0] == pytest.approx(x[0] @ made.coefficients)
    assert made.mse[0] == pytest.approx(made.between + x[0] @ made.covariance @ x[0])
    assert made.rows()[0]["from"] == "model only"


def test_self_benchmarking_adds_up_and_costs_something() -> None:
    y, psi, x, _ = world(15, 2)
    w = np.arange(1.0, 16)
    made = fay_herriot(y, psi, x=x)
    same = self_benchmarked(made, w)
    assert w @ same.values == pytest.approx(w @ y, rel=1e-12)
    assert (same.mse >= made.mse - 1e-12).all()
    with pytest.raises(EstimationError, match="intercept"):
        self_benchmarked(fay_herriot(y, psi, x=x[:, 1:]), w)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"variances": np.array([1.0, 1, 0, 1, 1])}, "1 areas have a direct value whose sampling variance"),
        ({"variances": np.array([1.0, 1, np.nan, 1, 1])}, "missing or not above 0"),
        ({"x": np.ones((5, 2))}, "says nothing that the columns before it"),
        ({"x": np.column_stack([np.ones(5), [1, 2, np.nan, 4, 5]])}, "1 areas lack the value of a column"),
        ({"x": np.random.default_rng(1).normal(size=(5, 5))}, "5 areas with direct values cannot carry"),
        ({"values": np.array([1.0, np.inf, 1, 1, 1])}, "infinite"),
        ({"values": np.full(5, np.nan)}, "0 areas with direct values"),
        ({"method": "reml"}, "Did you mean 'REML'"),
    ],
)
def test_what_cannot_be_modelled_is_refused(change: dict[str, object], said: str) -> None:
    given_ = {"values": np.array([1.0, 3, 2, 5, 4]), "variances": np.ones(5), "x": np.ones((5, 1))} | change
    with pytest.raises(EstimationError, match=said):
        fay_herriot(given_.pop("values"), given_.pop("variances"), **given_)  # type: ignore[arg-type]


def test_direct_values_that_are_all_the_same_are_no_trouble() -> None:
    made = fay_herriot(np.full(5, 7.0), np.ones(5), x=np.ones((5, 1)))
    assert made.boundary
    np.testing.assert_allclose(made.values, 7)


@pytest.mark.slow
@pytest.mark.parametrize("a", [0.3, 1.0, 3.0])
def test_intervals_hold_the_truth_nine_times_in_ten_and_errors_are_right_on_average(a: float) -> None:
    held, wrong, said = [], [], []
    from scipy.stats import t

    for seed in range(200):
        y, psi, x, truth = world(20, seed, a)
        made = fay_herriot(y, psi, x=x)
        held.append((np.abs(made.values - truth) < t.ppf(0.975, 18) * made.se).mean())
        wrong.append(((made.values - truth) ** 2).mean())
        said.append(made.mse.mean())
    assert 0.92 <= np.mean(held) <= 0.985
    assert 0.85 <= np.mean(said) / np.mean(wrong) <= 1.3
