"""Benchmarked figures add up, and the error of each pays for its move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.small_areas.benchmarking import benchmark_areas


@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.sampled_from(["ratio", "difference", "optimal"]))
def test_every_way_meets_the_total_and_errors_grow_by_the_square_of_the_move(m: int, seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    t, v, w = rng.uniform(1, 5, m), rng.uniform(0.1, 2, m), rng.uniform(1, 100, m)
    total = float(w @ t) * 1.07
    made = benchmark_areas(t, v, weights=w, total=total, method=method)  # type: ignore[arg-type]
    assert w @ made.values == pytest.approx(total, rel=1e-12)
    np.testing.assert_allclose(made.mse, v + (made.values - t) ** 2)
    assert made.gap == pytest.approx(total - w @ t)


def test_the_optimal_way_moves_the_least_in_units_of_the_errors() -> None:
    rng = np.random.default_rng(1)
    t, v, w = rng.uniform(1, 5, 6), rng.uniform(0.1, 2, 6), rng.uniform(1, 9, 6)
    made = {k: benchmark_areas(t, v, weights=w, total=120.0, method=k) for k in ("ratio", "difference", "optimal")}  # type: ignore[arg-type]
    cost = {k: float(((one.values - t) ** 2 / v).sum()) for k, one in made.items()}
    assert cost["optimal"] == min(cost.values())
    other = made["optimal"].values + np.linalg.svd(w[None, :])[2][1] * 0.01  # still adds up
    assert float(((other - t) ** 2 / v).sum()) > cost["optimal"]


def test_an_area_without_error_does_not_move_in_the_optimal_way() -> None:
    made = benchmark_areas(np.array([1.0, 2]), np.array([0.0, 1]), weights=np.ones(2), total=4.0, method="optimal")
    np.testing.assert_allclose(made.values, [1, 3])
    assert "add up to 4 (optimal); before they added up to 3" in made.sentence


@pytest.mark.parametrize(
    ("t", "total", "method", "said"),
    [
        ([1.0, -1], 3.0, "ratio", "cannot turn a sum of 0"),
        ([1.0, 1], -3.0, "ratio", "cannot turn a sum of 2 into -3"),
        ([1.0, 1], float("nan"), "ratio", "total are missing"),
        ([1.0, 1], 3.0, "ratoi", "Did you mean 'ratio'"),
    ],
)
def test_what_cannot_be_met_is_refused(t: list[float], total: float, method: str, said: str) -> None:
    with pytest.raises(EstimationError, match=said):
        benchmark_areas(np.array(t), np.ones(2), weights=np.ones(2), total=total, method=method)  # type: ignore[arg-type]
