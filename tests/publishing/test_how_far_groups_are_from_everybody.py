"""The distance of a group from everybody: an interval that knows that the group is part of everybody."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_samples import SECRET, estimate, survey

from countersign.model.estimate import EstimateTable, Status
from countersign.model.gap import GroupCoverage
from countersign.publishing.group_distance import distance, group_distances
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words


def figure(value: float, error: float, domain: dict[str, str] | None = None):
    made = estimate("x", "mean", value, error, 100, domain=domain or {})
    return replace(made, lower=value - 1.96 * error, upper=value + 1.96 * error)


def test_unrelated_figures_differ_by_the_root_of_their_squares() -> None:
    found = distance(figure(10.0, 3.0, {"g": "a"}), figure(6.0, 4.0))
    assert found is not None
    assert (found.value, found.r) == (4.0, 0.0)
    assert found.upper - 4.0 == pytest.approx(1.96 * 5.0)


def test_a_group_that_is_everybody_does_not_differ() -> None:
    found = distance(figure(10.0, 3.0, {"g": "a"}), figure(10.0, 3.0), share=1.0)
    assert found is not None
    assert found.lower == pytest.approx(0.0, abs=1e-6)
    assert found.upper == pytest.approx(0.0, abs=1e-6)


def test_the_interval_is_that_of_a_group_and_a_rest_drawn_apart() -> None:
    # T = p g + (1 - p) r with independent g, r: Var(g - T) = (1 - p)^2 (Vg + Vr)
    p, se_group, se_rest = 0.2, 2.0, 1.0
    se_all = math.hypot(p * se_group, (1 - p) * se_rest)
    found = distance(figure(10.0, se_group, {"g": "a"}), figure(5.0, se_all), share=p)
    assert found is not None
    assert (found.upper - found.lower) / 2 / 1.96 == pytest.approx((1 - p) * math.hypot(se_group, se_rest), rel=1e-9)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e5), st.floats(-1e6, 1e6), st.floats(0, 1e5), st.floats(0.001, 1))
def test_the_interval_holds_its_value_and_is_never_wider_than_that_of_strangers(g, se_g, t, se_t, p) -> None:
    known, unknown = (distance(figure(g, se_g, {"g": "a"}), figure(t, se_t), share=share) for share in (p, None))
    assert known is not None
    assert unknown is not None
    assert known.lower <= known.value <= known.upper
    room = 1e-6 * max(1.0, abs(g), abs(t))
    assert unknown.lower - room <= known.lower
    assert known.upper <= unknown.upper + room


@pytest.mark.slow
def test_it_holds_the_true_distance_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    p, n, held, rounds = 0.3, 400, 0, 2000
    for _ in range(rounds):
        inside = rng.random(n) < p
        y = rng.normal(np.where(inside, 2.0, 0.0), 1.0)
        g, rest = y[inside], y[~inside]
        se_g, se_r = g.std(ddof=1) / math.sqrt(len(g)), rest.std(ddof=1) / math.sqrt(len(rest))
        total = p * g.mean() + (1 - p) * rest.mean()
        se_t = math.hypot(p * se_g, (1 - p) * se_r)
        found = distance(figure(g.mean(), se_g, {"g": "a"}), figure(total, se_t), share=p)
        assert found is not None
        held += found.lower <= 2.0 - p * 2.0 <= found.upper
    assert held / rounds == pytest.approx(0.95, abs=0.012)


def test_a_withheld_group_shows_its_state_and_no_number_in_picture_table_or_words() -> None:
    release = survey()
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), Words())
    found = group_distances(release, labels, Words())
    assert found
    text = repr(found)
    assert "withheld to protect people" in text
    for trace in (f"{SECRET:.1f}", f"{SECRET * 100:.0f}", f"{SECRET:.0f}"):
        assert trace not in text


def test_the_share_of_the_benchmark_is_used_and_said() -> None:
    release = survey()
    labels = Labels(release.plan, (), Words())
    groups = tuple(GroupCoverage("sex", sex, 100, 0.5, population=0.5) for sex in ("female", "male"))
    (with_share, *_) = group_distances(replace(release, groups=groups), labels, Words())
    (without, *_) = group_distances(replace(release, groups=()), labels, Words())
    assert "how far the two figures go together" in with_share.assumption
    assert without.assumption.startswith("Group and everybody are taken as unrelated")


def test_totals_have_no_distance_and_no_figure_for_everybody_means_no_picture() -> None:
    total = replace(figure(5.0, 1.0), statistic="total")
    part = replace(figure(2.0, 1.0, {"g": "a"}), statistic="total")
    alone = replace(figure(2.0, 1.0, {"g": "a"}), indicator="y")
    hidden = replace(figure(2.0, 1.0), indicator="z").withheld()
    assert hidden.status is Status.SUPPRESSED
    below = replace(figure(2.0, 1.0, {"g": "a"}), indicator="z")
    release = replace(survey(), estimates=EstimateTable((total, part, alone, hidden, below)))
    assert group_distances(release, Labels(release.plan, (), Words()), Words()) == ()
