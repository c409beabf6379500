"""The quantile of the scores, beside a slow form of it and at its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.model.total_error import balanced_quantile, item_weights


def slow(scores: list[float], weights: list[float], level: float) -> float:
    """Walk along the ordered scores, each in the middle of its weight, until level (k + 1) - 1/2 is reached."""
    pairs = sorted(zip(scores, weights, strict=True), key=lambda pair: pair[0])
    total = sum(weights)
    goal = level * (total + 1)
    if goal > total + 1e-9:
        return math.inf
    goal -= 0.5
    past, before = 0.0, None
    for score, weight in pairs:
        here = past + weight / 2
        if goal <= here:
            if before is None:
                return score
            place, value = before
            return value + (score - value) * (goal - place) / (here - place)
        before, past = (here, score), past + weight
    return pairs[-1][0]


@given(
    st.lists(st.lists(st.floats(0, 10), min_size=1, max_size=4), min_size=1, max_size=25),
    st.floats(0.05, 0.99),
)
def test_it_is_the_slow_quantile(items: list[list[float]], level: float) -> None:
    scores = [score for item in items for score in item]
    weights = item_weights([str(k) for k, item in enumerate(items) for _ in item])
    found = balanced_quantile(np.array(scores), weights, level)
    assert found == pytest.approx(slow(scores, weights.tolist(), level), rel=1e-9, abs=1e-9)


def test_with_one_category_a_question_it_is_the_quantile_of_type_six() -> None:
    scores = np.arange(1.0, 20.0)
    assert balanced_quantile(scores, np.ones(19), 0.9) == pytest.approx(np.quantile(scores, 0.9, method="weibull"))
    assert balanced_quantile(scores, np.ones(19), 0.95) == pytest.approx(19.0)


@pytest.mark.parametrize(("questions", "known"), [(8, False), (9, True), (10, True), (0, False)])
def test_nine_questions_are_the_fewest_for_ninety_percent(questions: int, known: bool) -> None:
    found = balanced_quantile(np.arange(questions, dtype=float), np.ones(questions), 0.9)
    assert math.isfinite(found) is known


def test_a_question_of_many_categories_weighs_no_more_than_another() -> None:
    many = ["big"] * 50 + [f"q{k}" for k in range(12)]
    scores = np.array([9.0] * 50 + [1.0] * 12)
    assert balanced_quantile(scores, item_weights(many), 0.8) == pytest.approx(1.0)


def test_the_next_question_is_held_as_often_as_said() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(4000):
        scores = np.abs(rng.standard_t(3, size=13))
        held += scores[-1] <= balanced_quantile(scores[:-1], np.ones(12), 0.9)
    assert held / 4000 == pytest.approx(0.9, abs=0.015)
