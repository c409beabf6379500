"""Differential privacy: nobody counts too often, the noise is OpenDP's, and what each epsilon means is told."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.protection.noise.privacy import (
    PrivateCounts,
    bounded,
    noise_deviation,
    noise_half_width,
    noisy_counts,
    prepare,
    weigh,
)

pairs = st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 4)), st.integers(1, 5), max_size=20)


def counted(records: dict[tuple[int, int], int], at_most: int) -> list[int]:
    people, cells = [p for p, _ in records], [c for _, c in records]
    return bounded(people, cells, list(records.values()), at_most=at_most, size=5).tolist()


@settings(max_examples=100, deadline=None)
@given(pairs, st.integers(1, 6), st.integers(0, 6))
def test_leaving_out_a_person_changes_the_counts_by_at_most_what_a_person_counts(
    records: dict[tuple[int, int], int], at_most: int, person: int
) -> None:
    without = {key: n for key, n in records.items() if key[0] != person}
    change = np.abs(np.array(counted(records, at_most)) - counted(without, at_most)).sum()
    assert change <= at_most
    theirs = sum(n for (p, _), n in records.items() if p == person)
    assert change == min(theirs, at_most)


@settings(max_examples=100, deadline=None)
@given(pairs, st.integers(1, 6))
def test_records_are_taken_in_order_until_there_are_enough(records: dict[tuple[int, int], int], at_most: int) -> None:
    expected = [0] * 5
    for person in range(7):
        left = at_most
        for cell in range(5):
            took = min(records.get((person, cell), 0), left)
            expected[cell] += took
            left -= took
    assert counted(records, at_most) == expected
    assert all(isinstance(count, int) for count in counted(records, at_most))


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 10), st.integers(1, 9))
def test_a_question_never_costs_more_than_was_asked_for(epsilon: float, at_most: int) -> None:
    scale, cost = prepare(epsilon=epsilon, at_most=at_most)
    assert cost <= epsilon
    assert cost == pytest.approx(epsilon, rel=1e-9)
    assert scale == pytest.approx(at_most / epsilon, rel=1e-9)


def test_the_noise_has_the_law_that_is_told() -> None:
    scale = 3.0
    noise = np.array(noisy_counts([100] * 40_000, scale=scale)) - 100
    assert noise.mean() == pytest.approx(0, abs=0.12)
    assert noise.std() == pytest.approx(noise_deviation(scale), rel=0.03)
    p = math.exp(-1 / scale)
    for k in range(4):
        assert (np.abs(noise) == k).mean() == pytest.approx((1 - p) / (1 + p) * p**k * (2 if k else 1), abs=0.012)


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0, 2.0, 10.0, 57.3])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_the_interval_of_the_noise_is_the_smallest_that_holds(scale: float, level: float) -> None:
    p = math.exp(-1 / scale)

    def within(t: int) -> float:
        return (1 - p) / (1 + p) * (1 + 2 * sum(p**k for k in range(1, t + 1)))

    t = noise_half_width(scale, level=level)
    assert within(t) >= level - 1e-12
    assert t == 0 or within(t - 1) < level


@pytest.mark.parametrize("scale", [1.0, 3.0, 20.0])
def test_an_interval_that_holds_exactly_is_wide_enough(scale: float) -> None:
    p = math.exp(-1 / scale)
    for t in range(6):
        outside = 2 * p ** (t + 1) / (1 + p)
        assert noise_half_width(scale, level=1 - outside) == t
        assert noise_half_width(scale, level=1 - outside * (1 - 1e-6)) == t + 1
    assert noise_half_width(scale) == noise_half_width(scale, level=0.95)


def test_with_an_epsilon_beyond_reason_there_is_no_noise() -> None:
    assert noise_half_width(1 / 900) == 0


def test_noise_is_never_the_same_twice() -> None:
    assert noisy_counts([0] * 50, scale=50.0) != noisy_counts([0] * 50, scale=50.0)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.inf, math.nan])
def test_an_epsilon_that_gives_no_answer_or_no_privacy_is_refused(epsilon: float) -> None:
    for call in (lambda: prepare(epsilon=epsilon), lambda: weigh([epsilon])):
        with pytest.raises(ProtectionError, match="gives no answer, or no privacy"):
            call()


def test_people_count_at_least_once() -> None:
    with pytest.raises(ProtectionError, match="Nobody would be counted") as refused:
        prepare(epsilon=1.0, at_most=0)
    assert (refused.value.where, refused.value.action) == ("at_most", "correct it")
    assert "1 or more" in refused.value.expected
    assert prepare(epsilon=1.0, at_most=1)[0] == 1.0
    assert prepare(epsilon=2.0) == prepare(epsilon=2.0, at_most=1) == (0.5, 2.0)


def test_without_opendp_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *more: Any, **settings: Any) -> Any:
        if name.startswith("opendp"):
            raise ImportError(name)
        return real(name, *more, **settings)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ProtectionError, match=r"not installed.*\n.*\n.*pip install 'countersign\[privacy\]'"):
        prepare(epsilon=1.0)


def test_counts_are_shown_from_0_on_with_the_noisy_number_beside() -> None:
    found = PrivateCounts(("area",), (("N",), ("S",), ("E",), ("W",)), (12, -2, -3, 3), 1.0, 1, 1.0, 3)
    assert found.rows() == [
        {"area": "N", "count": 12, "lower": 9, "upper": 15, "noisy": 12},
        {"area": "S", "count": 0, "lower": 0, "upper": 1, "noisy": -2},
        {"area": "E", "count": 0, "lower": 0, "upper": 0, "noisy": -3},
        {"area": "W", "count": 3, "lower": 0, "upper": 6, "noisy": 3},
    ]


def test_what_an_epsilon_means_beside_the_interval_of_a_figure() -> None:
    (line,) = weigh([1.0], at_most=5, value=50).rows()
    assert line["half_width"] == 15
    assert line["drowns_below"] == 30
    assert line["likelier"] == pytest.approx(math.e)
    assert line["own_half_width"] == pytest.approx(1.959964 * math.sqrt(50), rel=1e-6)
    assert line["both"] == pytest.approx(math.hypot(line["own_half_width"], 15))
    assert line["wider"] == pytest.approx(line["both"] / line["own_half_width"])
    (half,) = weigh([0.5], at_most=5, level=0.8).rows()
    assert half["half_width"] == noise_half_width(10.0, level=0.8) < noise_half_width(10.0)
    assert half["deviation"] == pytest.approx(noise_deviation(10.0))
    (given_width,) = weigh([1.0], value=50, half_width=4.0).rows()
    assert given_width["both"] == 5.0
    (none,) = weigh([1.0], value=0).rows()
    assert none["wider"] == math.inf
    assert "both" not in weigh([1.0]).rows()[0]
