"""The perturbation table: exact mean and variance, nothing beyond the largest change, nothing hidden published."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from countersign import disclosure
from countersign.errors import ProtectionError
from countersign.protection.noise.perturbation_table import PerturbationTable, perturbation_table, variances


@pytest.fixture(autouse=True)
def made_anew() -> None:
    """Tables are kept: a test of how they are made must not be given one of an earlier test."""
    perturbation_table.cache_clear()


def test_it_is_the_table_of_the_package_ptable() -> None:
    """pt_ex_cnts() of ptable 1.0.0: D = 2, V = 1.05, js = 1 (tests/testthat of sdcTools/ptable, Enderle, Destatis)."""
    table = perturbation_table(2, 1.05, hidden=1)
    published = {
        (0, 0): 1.0,
        (1, 0): 0.50833333,
        (1, 2): 0.47500000,
        (1, 3): 0.01666667,
        (2, 0): 0.16155827,
        (2, 2): 0.55565037,
        (2, 3): 0.24246618,
        (2, 4): 0.04032518,
        (3, 2): 0.41231301,
        (3, 3): 0.28806097,
        (3, 4): 0.18693903,
        (3, 5): 0.11268699,
        (4, 2): 0.07012498,
        (4, 3): 0.24450007,
        (4, 4): 0.37074990,
        (4, 5): 0.24450007,
        (4, 6): 0.07012498,
    }
    found = {(row["count"], row["published"]): row["probability"] for row in table.rows()}
    assert set(found) == set(published)
    assert all(found[cell] == pytest.approx(p, abs=2e-8) for cell, p in published.items())


def test_a_count_of_one_that_may_only_become_0_2_or_3_has_the_one_law_there_is() -> None:
    """p0 + p2 + p3 = 1, 2 p2 + 3 p3 = 1, p0 + p2 + 4 p3 = 1.08: three equations with one solution, by hand."""
    law = perturbation_table(2, 1.08, hidden=1).law(1)
    assert law == pytest.approx([0, 1 - 0.46 - 0.08 / 3, 0, 0.46, 0.08 / 3], abs=1e-12)


limits = st.integers(0, 5).flatmap(
    lambda hidden: st.tuples(st.integers(max(int(variances(1, hidden=hidden)[0]), hidden + 1), 14), st.just(hidden))
)


@settings(max_examples=60, deadline=None)
@given(limits, st.floats(0, 1))
def test_mean_0_variance_v_and_no_more_than_d(limit: tuple[int, int], within: float) -> None:
    largest, hidden = limit
    low, high = variances(largest, hidden=hidden)
    variance = max(low + within * (high - low), 1e-3)
    table = perturbation_table(largest, variance, hidden=hidden)
    counts = np.arange(len(table.laws))
    published = counts[:, None] + table.changes
    assert table.laws.sum(axis=1) == pytest.approx(np.ones(len(counts)), abs=1e-12)
    assert table.laws @ table.changes == pytest.approx(np.zeros(len(counts)), abs=1e-10)
    assert (table.laws @ table.changes**2)[1:] == pytest.approx(np.full(len(counts) - 1, variance), abs=1e-10)
    assert (table.laws >= 0).all()
    assert not table.laws[published < 0].any()
    assert not table.laws[(published >= 1) & (published <= hidden)].any()
    assert table.law(0)[largest] == 1
    assert np.array_equal(table.laws[-1], table.laws[-1][::-1]) or np.allclose(table.laws[-1], table.laws[-1][::-1])


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 5), st.floats(0.3, 0.7), st.integers(1, 7))
def test_no_other_law_within_the_limits_has_more_entropy(largest: int, within: float, count: int) -> None:
    """Against a general solver that knows nothing of exponential families."""
    variance = within * largest
    law = perturbation_table(largest, variance).law(count)
    allowed = np.flatnonzero(count + np.arange(-largest, largest + 1) >= 0)
    d = np.arange(-largest, largest + 1)[allowed].astype(float)
    start = np.full(len(d), 1 / len(d))
    found = minimize(
        lambda p: float(np.sum(p * np.log(np.maximum(p, 1e-300)))),
        start,
        bounds=[(0, 1)] * len(d),
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1},
            {"type": "eq", "fun": lambda p: p @ d},
            {"type": "eq", "fun": lambda p: p @ d**2 - variance},
        ],
        options={"maxiter": 500, "ftol": 1e-12},
    )
    own = float(np.sum(law[allowed] * np.log(np.maximum(law[allowed], 1e-300))))
    assert own <= found.fun + 1e-6


@pytest.mark.parametrize(
    ("largest", "hidden", "low", "high"), [(5, 0, 0, 5), (5, 1, 1, 5), (5, 2, 2, 5), (5, 3, 4, 5), (9, 4, 6, 9)]
)
def test_the_variance_is_refused_just_outside_what_is_possible(
    largest: int, hidden: int, low: float, high: float
) -> None:
    assert variances(largest, hidden=hidden) == (low, high)
    for inside in (max(low, 1e-6), high):
        assert isinstance(perturbation_table(largest, inside, hidden=hidden), PerturbationTable)
    for outside in (low - 0.01, high + 0.01, 0.0):
        if outside < low or outside > high or outside == 0:
            with pytest.raises(ProtectionError, match="variance"):
                perturbation_table(largest, outside, hidden=hidden)


@pytest.mark.parametrize(("hidden", "least"), [(1, 2), (2, 3), (3, 4), (4, 6), (5, 9)])
def test_hiding_counts_needs_changes_that_are_large_enough(hidden: int, least: int) -> None:
    perturbation_table(least, float(least), hidden=hidden)
    with pytest.raises(ProtectionError, match=f"cannot all be hidden.*\n.*{least} or more"):
        perturbation_table(least - 1, float(least - 1), hidden=hidden)


def test_a_table_without_hidden_counts_is_the_default_and_has_a_row_less() -> None:
    plain = perturbation_table(4, 2.0)
    assert (plain.hidden, plain.largest, plain.variance) == (0, 4, 2.0)
    assert plain.laws.shape == (5, 9)
    assert perturbation_table(4, 2.0, hidden=1).laws.shape == (7, 9)
    assert perturbation_table(4, 2.0, hidden=2).laws.shape == (8, 9)
    assert variances(4) == (0.0, 4.0)
    assert not plain.laws.flags.writeable
    assert plain.changes.tolist() == [-4, -3, -2, -1, 0, 1, 2, 3, 4]


def test_rows_tell_what_can_happen_and_nothing_else() -> None:
    rows = perturbation_table(1, 0.5).rows()
    assert [(row["count"], row["published"], row["change"]) for row in rows] == [
        (0, 0, 0), (1, 0, -1), (1, 1, 0), (1, 2, 1),
    ]  # fmt: skip
    assert [row["probability"] for row in rows] == pytest.approx([1, 0.25, 0.5, 0.25])


@pytest.mark.parametrize("variance", [1e-6, 2.0, 2.0 + 1e-9, 4.999999, 5.0 - 1e-9, 5.0])
def test_laws_are_exact_up_to_the_edge_of_what_is_possible(variance: float) -> None:
    hidden = 2 if variance >= 2 else 0
    table = perturbation_table(5, variance, hidden=hidden)
    assert table.laws @ table.changes == pytest.approx(np.zeros(len(table.laws)), abs=1e-10)
    assert (table.laws @ table.changes**2)[1:] == pytest.approx(np.full(len(table.laws) - 1, variance), abs=1e-10)


def test_at_the_edge_only_two_changes_are_left() -> None:
    assert np.count_nonzero(perturbation_table(5, 5.0).law(1)) == 2
    assert perturbation_table(5, 5.0).law(1) == pytest.approx([0, 0, 0, 0, 5 / 6, 0, 0, 0, 0, 0, 1 / 6])
    assert perturbation_table(5, 2.0, hidden=2).law(2) == pytest.approx([0, 0, 0, 1 / 3, 0, 0, 2 / 3, 0, 0, 0, 0])


def test_numbers_without_a_meaning_are_refused() -> None:
    with pytest.raises(ProtectionError, match="makes no sense"):
        perturbation_table(0, 1.0)
    with pytest.raises(ProtectionError, match="makes no sense"):
        perturbation_table(1, 1.0, hidden=-1)


def test_the_change_is_the_inverse_of_the_distribution_at_the_draw() -> None:
    table = perturbation_table(2, 1.05, hidden=1)
    edge = 0.508333333333333
    assert table.drawn([1, 1, 1, 1], [0.0, edge - 1e-9, edge + 1e-9, 1 - 1e-12]).tolist() == [-1, -1, 1, 2]
    assert table.drawn([0, 0], [0.0, 0.999]).tolist() == [0, 0]
    assert table.drawn([4, 400], [0.05, 0.05]).tolist() == [-2, -2]


def test_drawn_changes_follow_the_law() -> None:
    table = disclosure.perturbation_table()
    draws = (np.arange(200_000) + 0.5) / 200_000
    for count in (1, 2, 3, 6, 50):
        shares = np.bincount(table.drawn(np.full(len(draws), count), draws) + 5, minlength=11) / len(draws)
        assert shares == pytest.approx(table.law(count), abs=1e-5)


def test_what_is_left_out_is_taken_from_the_catalogue() -> None:
    table = disclosure.perturbation_table()
    assert (table.largest, table.variance, table.hidden) == (5, 3, 2)
    assert disclosure.perturbation_table(largest=2, hidden=1).variance == 2
    assert disclosure.perturbation_table(largest=9, hidden=4).variance == 6
    assert disclosure.perturbation_table(hidden=0).hidden == 0
