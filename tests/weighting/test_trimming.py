"""Trimming clips, spreads what was cut in equal parts, and records what it did."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "estimation"))
from reduction import one, reduced

from countersign.errors import WeightingError
from countersign.model.benchmark import Margin
from countersign.weighting import base_weights, rake, trim


def weighted(values):
    """One row per weight: raked to counts that are the wanted weights."""
    rows = [{"k": f"k{i}"} for i in range(len(values))]
    margin = Margin(("k",), {(f"k{i}",): value for i, value in enumerate(values)})
    return rake(reduced(rows, ["k"], {"one": one}), [margin])


def by_row(weights):
    order = np.argsort([int(str(key)[1:]) for key in weights.keys["k"]])
    return (weights.weight / weights.n)[order]


# mean weight 4; upper = 2 x 4 = 8: the 10 loses 2, the other four gain 0.5 each
SPEC = [
    ([1.0, 2.0, 3.0, 4.0, 10.0], 2.0, None, [1.5, 2.5, 3.5, 4.5, 8.0]),
    # lower = 0.5 x 4 = 2: the 1 gains 1, the other four lose 0.25
    ([1.0, 2.0, 3.0, 4.0, 10.0], None, 0.5, [2.0, 1.75, 2.75, 3.75, 9.75]),
    # both: -2 + 1 = -1 was cut in all, the three inside gain 1/3
    ([1.0, 2.0, 3.0, 4.0, 10.0], 2.0, 0.5, [2.0, 2 + 1 / 3, 3 + 1 / 3, 4 + 1 / 3, 8.0]),
]


@pytest.mark.parametrize(("before", "upper", "lower", "after"), SPEC)
def test_what_is_cut_is_spread_in_equal_parts(before, upper, lower, after):
    trimmed = trim(weighted(before), upper=upper, lower=lower)
    assert by_row(trimmed) == pytest.approx(after, rel=1e-12)
    assert trimmed.total == pytest.approx(sum(before))


def test_one_pass_may_leave_a_weight_outside_and_strict_does_not():
    # mean 4, upper 1.25 x 4 = 5: one pass cuts 5 from the 10 and gives 1.25 to each: 4.5 becomes 5.75
    before = [0.5, 2.0, 3.0, 4.5, 10.0]
    once = trim(weighted(before), upper=1.25)
    assert by_row(once) == pytest.approx([1.75, 3.25, 4.25, 5.75, 5.0], rel=1e-12)
    # strict: 0.75 of the 5.75 goes on to the three that were never cut, 0.25 each
    strict = trim(weighted(before), upper=1.25, strict=True)
    assert by_row(strict) == pytest.approx([2.0, 3.5, 4.5, 5.0, 5.0], rel=1e-12)
    assert strict.trimmed["passes"] == 2
    assert strict.trimmed["rows"] == 2


def test_strict_is_the_limit_of_repeating_single_passes():
    before = [0.5, 2.0, 3.0, 4.5, 10.0]
    weights = np.array(before)
    for _ in range(200):  # R: clip, spread over those inside, again and again
        outside = weights > 5
        cut = (weights - np.minimum(weights, 5)).sum()
        weights = np.where(outside, 5.0, weights + cut / (~outside).sum())
    assert by_row(trim(weighted(before), upper=1.25, strict=True)) == pytest.approx(weights, rel=1e-9)


@given(st.lists(st.floats(0.1, 50), min_size=3, max_size=20), st.floats(1.05, 4.0), st.floats(0.05, 0.9))
@settings(max_examples=60, deadline=None)
def test_strict_trimming_keeps_the_total_and_both_bounds(values, upper, lower):
    weights = weighted(values)
    try:
        trimmed = trim(weights, upper=upper, lower=lower, strict=True)
    except WeightingError:  # the bounds may leave nothing inside
        return
    mean = weights.total / weights.count
    assert trimmed.total == pytest.approx(weights.total)
    assert by_row(trimmed).max() <= upper * mean * (1 + 1e-9)
    assert by_row(trimmed).min() >= lower * mean * (1 - 1e-9)


def test_it_records_bounds_rows_share_moved_and_the_distance_from_the_margins():
    trimmed = trim(weighted([1.0, 2.0, 3.0, 4.0, 10.0]), upper=2.0)
    assert trimmed.trimmed["upper"] == pytest.approx(8.0)
    assert trimmed.trimmed["rows"] == 1
    assert trimmed.trimmed["moved"] == pytest.approx(2 / 20)
    assert trimmed.trimmed["distance"] == pytest.approx(0.5)  # 1 became 1.5
    assert trimmed.fitted == pytest.approx(weighted([1.0, 2.0, 3.0, 4.0, 10.0]).factor)
    # balance after trimming is no longer 0: |1.5/20 - 1/20| / sqrt(0.05 * 0.95)
    assert trimmed.balance[0].after == pytest.approx(0.025 / np.sqrt(0.05 * 0.95))


def test_bounds_that_nothing_crosses_change_nothing():
    weights = weighted([1.0, 2.0, 3.0])
    trimmed = trim(weights, upper=5)
    assert trimmed.factor == pytest.approx(weights.factor)
    assert trimmed.trimmed["rows"] == 0


def test_it_refuses_bounds_that_miss_the_mean():
    with pytest.raises(WeightingError, match="do not enclose the mean"):
        trim(weighted([1.0, 2.0, 3.0]), upper=0.9)


def test_it_refuses_cells_whose_rows_have_different_base_weights():
    rows = [{"k": "a", "d": 1.0}, {"k": "a", "d": 3.0}]
    with pytest.raises(WeightingError, match="different base weights"):
        trim(base_weights(reduced(rows, ["k"], {"one": one}, "d")), upper=1.2)
