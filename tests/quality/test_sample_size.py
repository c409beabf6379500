"""How many respondents a share needs: textbook values, edges, and nothing that is not a share."""

from __future__ import annotations

import json
import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

import countersign
from countersign.errors import ArgumentError
from countersign.quality.sample_size import further, sample_size
from study.small_study import countersign as run


def test_textbook_values():
    # Cochran (1977): p 0.5, 5 points, 95 %: 384.1 -> 385; from 1,000 people 278; with a design effect of 1.8 692.
    assert sample_size(0.5, 0.05).n == 385
    assert sample_size(0.5, 0.05).simple == pytest.approx(384.1459, abs=1e-4)
    assert sample_size(0.5, 0.05, population=1000).n == 278
    assert sample_size(0.5, 0.05, design_effect=1.8).n == 692
    assert sample_size(0.3, 0.05).n == 323


def test_a_whole_number_is_not_rounded_up_for_its_last_digit():
    z = NormalDist().inv_cdf(0.975)
    margin = z * math.sqrt(0.25 / 400)  # n0 is exactly 400
    assert sample_size(0.5, margin).n == 400
    assert sample_size(0.5, margin, design_effect=1.5).n == 600
    assert sample_size(0.5, margin * (1 - 1e-6)).n == 401


def test_nobody_is_asked_twice():
    assert sample_size(0.5, 0.05, population=10).n == 10
    assert sample_size(0.5, 0.05, population=1).n == 1
    assert sample_size(0.5, 0.05, population=100, design_effect=5).n == 100


def test_every_group_needs_its_own_and_the_smallest_decides():
    size = sample_size(0.5, 0.05, groups={"youth": 0.2, "women": 0.5})
    assert size.groups == {"youth": 385, "women": 385}
    assert size.total == 1925
    small = sample_size(0.5, 0.05, population=1000, groups={"youth": 0.2})
    assert small.groups == {"youth": 132}  # 384.1 / (1 + 383.1 / 200)
    assert small.total == 660


@pytest.mark.parametrize(
    ("wanted", "n", "effect", "more"),
    [(30, 29, 1, 1), (30, 30, 1, 0), (30, 31, 1, 0), (30, 0, 1, 30), (30, 40, 2, 20), (30, 59, 2, 1), (30, 60, 2, 0),
     (60, 0, 1.5, 90), (30, 45, 1.5000000001, 0), (30, 45, 1.51, 1)],
)  # fmt: skip
def test_further_respondents_with_the_design_effect_seen(wanted, n, effect, more):
    assert further(wanted, n, effect) == more


@given(
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.5),
    st.floats(1, 5),
    st.integers(1, 10**6),
    st.sampled_from([0.8, 0.9, 0.95]),
)
def test_it_is_the_smallest_number_that_keeps_the_margin(share, margin, effect, population, level):
    size = sample_size(share, margin, design_effect=effect, population=population, level=level)
    z = NormalDist().inv_cdf(0.5 + level / 2)

    def half_width(n):
        drawn = n / effect  # as many as a simple random sample of this size
        finite = (population - drawn) / (population - 1) if population > 1 else 0.0
        return z * math.sqrt(share * (1 - share) / drawn * max(0.0, finite))

    if size.n < population:
        assert half_width(size.n) <= margin * (1 + 1e-6)
    if 1 < size.n < population:
        assert half_width(size.n - 1) >= margin * (1 - 1e-6)


@pytest.mark.parametrize(
    "wrong",
    [{"share": 0}, {"share": 1}, {"margin": 0}, {"margin": 5}, {"level": 95}, {"level": 1}, {"design_effect": 0},
     {"design_effect": float("nan")}, {"population": 0}, {"groups": {"x": 0}}, {"groups": {"x": 1.1}}],
)  # fmt: skip
def test_what_is_no_share_is_refused(wrong):
    with pytest.raises(ArgumentError):
        sample_size(**{"share": 0.5, "margin": 0.05, **wrong})


def test_the_same_verb_in_python_and_on_the_command_line():
    assert countersign.sample_size(0.3, 0.05, design_effect=1.8).n == 581
    told = run("sample-size", "--share", "0.3", "--margin", "0.05", "--deff", "1.8", "--json")
    assert json.loads(told.output)["n"] == 581
    plain = run("sample-size", "--groups", "youth=0.2, women=0.5")
    assert "In the group 'youth': 385 respondents." in plain.output
    assert "1,925 respondents are needed in all" in plain.output


@pytest.mark.parametrize("groups", ["youth", "youth=", "=0.2", "youth=many", "a=0.1,a=0.2"])
def test_a_group_without_its_part_is_refused(groups):
    refused = run("sample-size", "--groups", groups)
    assert refused.exit_code == 2
    assert "youth=0.2,women=0.5" in refused.output


@pytest.mark.parametrize("wanted", [{"margin": 1e-7}, {"margin": 1e-300}, {"level": 1 - 1e-9}])
def test_what_nobody_can_ask_is_refused(wanted):
    with pytest.raises(ArgumentError, match="Nobody can ask"):
        sample_size(0.5, **{"margin": 0.05, **wanted})


def test_the_smallest_margin_is_still_computed():
    assert sample_size(0.5, 1e-6).n > 1e11
