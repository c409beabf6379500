"""Subtracting, asking often and adding up parts: what an attacker learns from noisy counts, measured and bounded."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.protection.noise.differencing import difference_law, differencing
from countersign.protection.noise.keys import MODULUS
from countersign.protection.noise.laws import CellKeyNoise
from countersign.protection.noise.perturbation_table import perturbation_table

SECRET = b"s" * 32
TABLE = perturbation_table(5, 3.0, hidden=2)
LAW = CellKeyNoise(TABLE, SECRET)


def pairs(count: int, more: int, *, trials: int = 40_000) -> np.ndarray:
    """Published counts of a group with `more` people added, less that of the group: one line a random group."""
    rng = np.random.default_rng(count * 10 + more)
    group = rng.integers(0, MODULUS, trials)
    added = rng.integers(0, MODULUS, (trials, more)).sum(axis=1)
    fewer = LAW.counts(np.full(trials, count), group)
    return LAW.counts(np.full(trials, count + more), group + added) - fewer


@pytest.mark.parametrize("count", [1, 3, 8, 40])
@pytest.mark.parametrize("more", [1, 2])
def test_the_difference_of_two_groups_follows_the_stated_law(count: int, more: int) -> None:
    found = np.bincount(pairs(count, more) + 10, minlength=23) / 40_000
    assert found == pytest.approx(difference_law(TABLE, count, more), abs=0.012)


def test_the_law_of_a_difference_is_a_law_with_the_right_mean() -> None:
    places = np.arange(-10, 13)
    for count in range(10):
        for more in (0, 1, 2):
            law = difference_law(TABLE, count, more)
            assert law.sum() == pytest.approx(1, abs=1e-12)
            assert law @ places == pytest.approx(more, abs=1e-10)


def test_one_person_or_two_can_hardly_be_told_apart() -> None:
    """The best test of an attacker who knows the law is right with chance (1 + advantage) / 2."""
    told = differencing(TABLE, smallest=8)
    assert told.one_or_two == pytest.approx(0.162, abs=5e-4)
    assert told.certain < 2e-5
    assert told.deviation == pytest.approx(np.sqrt(6), abs=1e-12)
    one, two = pairs(30, 1), pairs(30, 2)
    best = max(abs((one >= cut).mean() - (two >= cut).mean()) for cut in range(-10, 12))
    assert best <= told.one_or_two + 0.01


def test_in_the_smallest_groups_the_bound_is_wider_and_told() -> None:
    everywhere = differencing(TABLE)
    assert 0.34 < everywhere.one_or_two < 0.36
    assert everywhere.certain < 0.002
    assert everywhere.one_or_two > differencing(TABLE, smallest=8).one_or_two


def test_a_person_in_between_goes_unnoticed_as_often_as_told() -> None:
    told = differencing(TABLE, smallest=8)
    assert (pairs(30, 1) == 0).mean() == pytest.approx(told.unnoticed, abs=0.01)


def test_the_same_people_have_the_same_noise_however_they_are_reached() -> None:
    assert not pairs(30, 0).any()
    assert difference_law(TABLE, 30, 0).tolist().count(0.0) == 22


def test_asking_a_hundred_tables_for_the_same_group_averages_nothing_out() -> None:
    keys = np.random.default_rng(5).integers(0, MODULUS, 17)
    asked = [int(LAW.counts([17], [keys[np.random.default_rng(n).permutation(17)].sum()])[0]) for n in range(100)]
    assert len(set(asked)) == 1


def test_parts_that_are_added_up_have_the_noise_of_all_parts() -> None:
    """Reaching a total through ten disjoint parts gives ten times the variance, not less noise."""
    rng = np.random.default_rng(6)
    parts = rng.integers(0, MODULUS, (20_000, 10))
    sums = sum(LAW.counts(np.full(20_000, 12), parts[:, k]) for k in range(10))
    assert np.var(sums) == pytest.approx(10 * 3.0, rel=0.05)
    total = LAW.counts(np.full(20_000, 120), parts.sum(axis=1))
    assert np.var(total) == pytest.approx(3.0, rel=0.05)
    assert abs(np.corrcoef(sums, total)[0, 1]) < 0.03


def test_where_presence_is_hidden_a_difference_does_not_tell_that_there_is_somebody() -> None:
    """A total and its only part, against a total with one person more: the laws of the difference hardly differ."""
    law = CellKeyNoise(TABLE, SECRET, hide_presence=True)
    rng = np.random.default_rng(8)
    part = rng.integers(0, MODULUS, 40_000)
    more = rng.integers(0, MODULUS, 40_000)
    shown = law.counts(np.full(40_000, 30), part, ["part"] * 40_000)
    alone = law.counts(np.full(40_000, 30), part, ["total"] * 40_000) - shown
    joined = law.counts(np.full(40_000, 31), part + more, ["total"] * 40_000) - shown
    best = max(abs((alone >= cut).mean() - (joined >= cut).mean()) for cut in range(-10, 12))
    assert best < 0.18
    assert (alone != 0).mean() == pytest.approx(1 - float((TABLE.law(30) ** 2).sum()), abs=0.01)
    plain = LAW.counts(np.full(40_000, 30), part, ["total"] * 40_000) - LAW.counts(np.full(40_000, 30), part)
    assert not plain.any()


@pytest.mark.parametrize(
    ("largest", "variance", "hidden"), [(1, 0.5, 0), (2, 1.05, 1), (5, 2.0, 2), (5, 3.0, 2), (3, 2.5, 0), (4, 3.5, 1)]
)
@pytest.mark.parametrize("smallest", [0, 1, 2, 4, 99])
def test_the_bound_is_the_worst_of_all_counts(largest: int, variance: float, hidden: int, smallest: int) -> None:
    """Against a slow reading of the laws, change by change."""
    table = perturbation_table(largest, variance, hidden=hidden)
    worst = certain = 0.0
    unnoticed = 1.0
    for count in {min(smallest, 40), *range(smallest, 40)}:
        laws: list[dict[int, float]] = []
        for more in (1, 2):
            law: dict[int, float] = {}
            for up, p in zip(table.changes.tolist(), table.law(count + more).tolist(), strict=True):
                for down, q in zip(table.changes.tolist(), table.law(count).tolist(), strict=True):
                    law[more + up - down] = law.get(more + up - down, 0.0) + p * q
            laws.append({difference: p for difference, p in law.items() if p > 0})
        one, two = laws
        both = set(one) | set(two)
        worst = max(worst, sum(abs(one.get(d, 0.0) - two.get(d, 0.0)) for d in both) / 2)
        certain = max(certain, sum(p for d, p in one.items() if d not in two))
        certain = max(certain, sum(p for d, p in two.items() if d not in one))
        unnoticed = min(unnoticed, one.get(0, 0.0))
    told = differencing(table, smallest=smallest)
    assert told.one_or_two == pytest.approx(worst, abs=1e-9)
    assert told.certain == pytest.approx(certain, abs=1e-9)
    assert told.unnoticed == pytest.approx(unnoticed, abs=1e-9)


def test_a_larger_variance_tells_less() -> None:
    told = [differencing(perturbation_table(8, v), smallest=8).one_or_two for v in (1.0, 3.0, 6.0)]
    assert told[0] > told[1] > told[2]
