"""The composite in repeated samples: what it gains without bias, what it costs with it, and that its interval holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.blending import Pair, compose, compose_bounded, compose_pooled, compose_with_prior
from countersign.estimation.blending.pooling import between
from countersign.model.cells import Floats


def pair(
    survey: object, volunteers: object, vs: object = 1.0, vv: object = 0.01, c: object = 0.0, df: float = np.inf
) -> Pair:
    shape = np.zeros(np.size(survey))
    held = [np.asarray(each, dtype=float) + shape for each in (survey, vs, volunteers, vv, c, df)]
    return Pair(*held)


def draws(bias: float, vv: float, runs: int = 4000, correlation: float = 0.0) -> Pair:
    rng = np.random.default_rng(5)
    c = correlation * np.sqrt(vv)
    errors = rng.multivariate_normal([0, bias], [[1, c], [c, vv]], runs)
    return pair(errors[:, 0], errors[:, 1], 1.0, vv, c)


def loss(value: Floats) -> float:
    """Root mean squared error, in standard errors of the survey alone."""
    return float(np.sqrt(np.mean(value**2)))


def composite(held: Pair) -> Floats:
    """Return the values only: the standard errors of thousands of pairs take time."""
    return held.survey + held.lean / (1 + held.bias**2 / held.bias_variance) * held.bias


def test_the_value_is_the_weighted_mean_with_the_observed_square_of_the_bias() -> None:
    made = compose(pair([0.40], [0.46], 0.0004, 0.0001, 0.00002))
    share = (0.0004 - 0.00002) / (0.0004 + 0.0001 - 0.00004 + 0.06**2)
    assert made.share[0] == pytest.approx(share)
    assert made.value[0] == pytest.approx(0.40 + share * 0.06)
    np.testing.assert_allclose(made.value, composite(made.pair))
    assert (made.lower[0], made.upper[0]) == pytest.approx((0.40 - 1.959964 * 0.02, 0.40 + 1.959964 * 0.02), abs=1e-8)


@pytest.mark.parametrize("vv", [0.0025, 0.25, 1.0, 9.0])
def test_it_is_never_much_worse_than_the_survey(vv: float) -> None:
    losses = [loss(composite(draws(bias, vv))) for bias in (0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 30)]
    assert max(losses) < 1.15  # 1.12 in theory, and the error of 4000 draws
    assert losses[-1] == pytest.approx(1.0, abs=0.03)


def test_it_is_better_when_the_bias_is_small() -> None:
    assert loss(composite(draws(0.0, 0.0025))) == pytest.approx(0.68, abs=0.03)
    assert loss(composite(draws(0.5, 0.0025))) < 0.80
    assert loss(composite(draws(1.0, 0.0025))) < 0.92


def test_overlap_or_common_data_leave_it_sound() -> None:
    losses = [loss(composite(draws(bias, 0.25, correlation=0.6))) for bias in (0, 1, 2, 3, 6)]
    assert losses[0] < 0.9
    assert max(losses) < 1.15


@settings(deadline=None, max_examples=30)
@given(st.floats(-50, 50), st.floats(1e-4, 100), st.floats(-0.9, 0.9))
def test_the_value_always_lies_in_the_interval_and_between_the_samples(
    bias: float, vv: float, correlation: float
) -> None:
    made = compose(pair([0.0], [bias], 1.0, vv, correlation * np.sqrt(vv)))
    assert made.lower[0] < made.value[0] < made.upper[0]
    assert min(0.0, bias) - 1e-12 <= made.value[0] <= max(0.0, bias) + 1e-12
    assert made.se[0] > 0


@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0, 3.0, 6.0])
def test_its_standard_error_is_not_far_below_its_error(bias: float) -> None:
    # Measured: at worst 8 % below, at a bias of two standard errors of the survey; 30 % above without bias.
    made = compose(draws(bias, 0.04, runs=400))
    assert np.sqrt(np.mean(made.se**2)) > 0.9 * loss(composite(draws(bias, 0.04)))
    assert np.mean((made.lower <= 0) & (made.upper >= 0)) == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("bias", [0.0, 0.5, 1.0])
def test_a_bound_on_the_bias_makes_a_shorter_interval_that_holds_up_to_the_bound(bias: float) -> None:
    made = compose_bounded(draws(bias, 0.04), bound=1.0)
    assert np.mean((made.lower <= 0) & (made.upper >= 0)) >= 0.94
    assert (made.upper - made.lower)[0] < 0.75 * 2 * 1.96
    beyond = compose_bounded(draws(3.0, 0.04), bound=1.0)
    assert np.mean((beyond.lower <= 0) & (beyond.upper >= 0)) < 0.6  # a wrong bound is a wrong interval


def test_a_bound_of_nought_is_the_precision_weighted_mean() -> None:
    made = compose_bounded(pair([1.0], [2.0], 0.4, 0.1), bound=0.0)
    assert made.value[0] == pytest.approx(1.8)
    assert made.se[0] == pytest.approx(np.sqrt(0.08))
    assert made.upper[0] - made.value[0] == pytest.approx(1.959964 * np.sqrt(0.08), rel=1e-6)
    with pytest.raises(EstimationError, match="at least 0"):
        compose_bounded(made.pair, bound=-0.1)


def test_a_prior_without_conflict_counts_fully_and_a_distant_one_hardly() -> None:
    near, far = (compose_with_prior(pair([0.0], [gap], 1.0, 0.25)) for gap in (0.4, 10.0))
    assert near.share[0] == pytest.approx(0.8)
    assert near.se[0] == pytest.approx(np.sqrt(0.2))
    assert far.share[0] == pytest.approx(1 / 101)
    empirical = compose_with_prior(pair([0.0], [2.0], 1.0, 0.25), discount="empirical")
    assert empirical.share[0] == pytest.approx(1 / (1 + 3))
    whole = compose_with_prior(pair([0.0], [10.0], 1.0, 0.25), discount="none")
    assert whole.share[0] == pytest.approx(0.8)


def test_a_prior_has_not_seen_the_survey() -> None:
    with pytest.raises(EstimationError, match="cannot be a prior"):
        compose_with_prior(pair([0.0], [1.0], 1.0, 0.25, 0.1))
    with pytest.raises(EstimationError, match="Did you mean 'distance'"):
        compose_with_prior(pair([0.0], [1.0]), discount="distanced")  # type: ignore[arg-type]


def test_the_interval_of_the_prior_is_too_short_in_the_middle_as_its_page_says() -> None:
    made = compose_with_prior(draws(1.0, 0.0025))
    assert np.mean((made.lower <= 0) & (made.upper >= 0)) < 0.75


def areas(rng: np.random.Generator, count: int, tau: float) -> tuple[Pair, Floats]:
    truth, vs, vv = rng.normal(size=count), np.linspace(0.5, 2, count), np.full(count, 0.02)
    bias = 2 + tau * rng.normal(size=count)
    survey = truth + rng.normal(size=count) * np.sqrt(vs)
    volunteers = truth + bias + rng.normal(size=count) * np.sqrt(vv)
    return pair(survey, volunteers, vs, vv, 0.0, 60.0), truth


@pytest.mark.parametrize(("tau", "gain"), [(0.0, 0.3), (0.5, 0.6), (3.0, 1.0)])
def test_pooled_biases_gain_more_the_more_alike_they_are(tau: float, gain: float) -> None:
    rng = np.random.default_rng(2)
    made = [(compose_pooled(held), truth) for held, truth in (areas(rng, 30, tau) for _ in range(300))]
    errors = np.array([one.value - truth for one, truth in made])
    assert np.sqrt(np.mean(errors**2) / 1.25) < gain
    covered = [(one.lower <= truth) & (one.upper >= truth) for one, truth in made]
    assert 0.93 <= np.mean(covered) <= 1.0
    assert np.mean([one.se**2 for one, _ in made]) > 0.9 * np.mean(errors**2)


def test_the_spread_of_biases_solves_its_equation() -> None:
    bias, variance = np.array([1.0, 4.0, -2.0, 0.5]), np.array([0.5, 1.0, 0.2, 0.8])
    tau2 = between(bias, variance)
    weight = 1 / (variance + tau2)
    assert weight @ (bias - weight @ bias / weight.sum()) ** 2 == pytest.approx(3.0)
    assert between(np.array([1.0, 1.1, 0.9]), np.full(3, 4.0)) == 0.0


@pytest.mark.parametrize("count", [2, 3])
def test_pooling_needs_three_domains(count: int) -> None:
    held = pair(np.arange(count) * 1.0, np.arange(count) + 0.5)
    if count < 3:
        with pytest.raises(EstimationError, match="cannot be pooled over 2 domains"):
            compose_pooled(held)
    else:
        assert len(compose_pooled(held).rows()) == 3


@pytest.mark.parametrize(
    ("vs", "vv", "c", "words"), [(0, 1, 0, "survey"), (1, 0, 0, "volunteers'"), (1, 1, 1, "together")]
)
def test_samples_without_variance_are_refused(vs: float, vv: float, c: float, words: str) -> None:
    with pytest.raises(EstimationError, match=words):
        pair([0.0], [1.0], vs, vv, c)


def test_no_degrees_of_freedom_no_interval() -> None:
    with pytest.raises(EstimationError, match="no degrees of freedom"):
        compose(pair([0.0], [1.0], df=0))
