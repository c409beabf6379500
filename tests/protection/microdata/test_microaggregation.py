"""MDAV is the textbook's; one column is grouped with the least loss; nobody's number is left in a small group."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.protection.microdata.averaging import Averaged, microaggregate, shortest


def textbook(rows: np.ndarray, k: int) -> set[frozenset[int]]:
    """MDAV, word by word (Domingo-Ferrer and Torra 2005)."""

    def far(left: list[int], point: np.ndarray) -> int:
        return max(left, key=lambda each: float(((rows[each] - point) ** 2).sum()))

    def nearest(left: list[int], one: int) -> list[int]:
        return sorted(left, key=lambda each: float(((rows[each] - rows[one]) ** 2).sum()))[:k]

    left, groups = list(range(len(rows))), []
    while len(left) >= 3 * k:
        r = far(left, rows[left].mean(axis=0))
        s = far(left, rows[r])
        for one in (r, s):
            groups.append(nearest(left, one))
            left = [each for each in left if each not in groups[-1]]
    if len(left) >= 2 * k:
        r = far(left, rows[left].mean(axis=0))
        groups.append(nearest(left, r))
        left = [each for each in left if each not in groups[-1]]
    return {frozenset(each) for each in [*groups, left]}


@pytest.mark.parametrize("seed", range(8))
def test_several_columns_are_grouped_as_in_the_textbook(seed: int) -> None:
    lot = np.random.default_rng(seed)
    rows, k = lot.normal(size=(int(lot.integers(5, 60)), int(lot.integers(2, 4)))), int(lot.integers(2, 5))
    found = microaggregate(rows, k=k)
    groups = {frozenset(np.flatnonzero(found.group == each).tolist()) for each in np.unique(found.group)}
    assert groups == textbook(rows / rows.std(axis=0), k)


def groups_of(found: Averaged) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(found.group == each).tolist()) for each in range(int(found.group.max()) + 1)}


def test_many_rows_are_grouped_as_in_the_textbook() -> None:
    rows = np.random.default_rng(11).normal(size=(330, 2))
    assert groups_of(microaggregate(rows, k=7)) == textbook(rows / rows.std(axis=0), 7)


@pytest.mark.parametrize("seed", range(30))
def test_of_rows_that_are_equally_far_the_first_in_ascending_order_counts(seed: int) -> None:
    lot = np.random.default_rng(seed)
    p, k = int(lot.integers(2, 4)), int(lot.integers(2, 4))
    every = np.array(list(product(range(3), repeat=p)), dtype=float)
    rows = every[lot.permutation(len(every))[: int(lot.integers(3 * k, 10))]]
    ordered = rows[np.lexsort(rows.T[::-1])]
    expected = {frozenset(map(tuple, ordered[list(each)])) for each in textbook(ordered / ordered.std(axis=0), k)}
    assert {frozenset(map(tuple, rows[list(each)])) for each in groups_of(microaggregate(rows, k=k))} == expected


@pytest.mark.parametrize(("n", "k", "block", "split"), [
    (39, 3, 40, False), (40, 3, 40, False), (41, 3, 40, True),
    (10, 5, 4, False), (11, 5, 4, True), (13, 5, 4, True), (15, 5, 4, True), (16, 5, 4, True),
])  # fmt: skip
def test_above_a_block_rows_are_grouped_with_those_on_their_side_of_the_widest_column(
    n: int, k: int, block: int, split: bool
) -> None:
    for seed in range(8):
        lot = np.random.default_rng(seed)
        rows = np.column_stack([lot.random(n), lot.standard_t(2, size=n) + 30, lot.random(n)])[:, lot.permutation(3)]
        scaled = rows / rows.std(axis=0)
        ascending = np.argsort(scaled[:, np.ptp(scaled, axis=0).argmax()])
        parts = [np.sort(ascending[: n // 2]), np.sort(ascending[n // 2 :])] if split else [np.arange(n)]
        expected = {frozenset(part[list(each)].tolist()) for part in parts for each in textbook(scaled[part], k)}
        assert groups_of(microaggregate(rows, k=k, block=block)) == expected


def test_of_rows_at_the_middle_the_first_in_ascending_order_are_on_the_lower_side() -> None:
    lot = np.random.default_rng(1)
    rows = np.column_stack([lot.normal(size=80), lot.integers(0, 3, size=80)])
    rows[0, 1] = 30  # the second column is the widest
    rows = rows[np.lexsort(rows.T[::-1])]
    order = sorted(range(80), key=lambda row: (rows[row, 1], row))
    parts = [rows[sorted(order[:40])], rows[sorted(order[40:])]]
    expected = {
        frozenset(map(tuple, part[list(each)])) for part in parts for each in textbook(part / rows.std(axis=0), 3)
    }
    mixed = rows[lot.permutation(80)]
    found = groups_of(microaggregate(mixed, k=3, block=40))
    assert {frozenset(map(tuple, mixed[list(each)])) for each in found} == expected


def test_blocks_of_blocks_keep_to_their_size_and_to_k() -> None:
    values = np.random.default_rng(3).integers(0, 50, size=(300, 3)).astype(float)
    size = np.bincount(microaggregate(values, k=4, block=20).group)
    assert size.sum() == 300
    assert (size.min(), size.max() <= 7) == (4, True)


@settings(deadline=None, max_examples=60)
@given(values=st.lists(st.integers(-5, 5), min_size=4, max_size=10), k=st.integers(2, 4))
def test_one_column_loses_the_least_there_is(values: list[int], k: int) -> None:
    ordered = np.sort(np.array(values, dtype=float))

    def loss(cuts: list[int]) -> float:
        parts = np.split(ordered, cuts)
        return sum(((part - part.mean()) ** 2).sum() for part in parts)

    def every(start: int) -> list[list[int]]:
        ends = [[]] if len(values) - start >= k else []
        return ends + [[cut, *rest] for cut in range(start + k, len(values) - k + 1) for rest in every(cut)]

    group = shortest(ordered, k=k)
    assert loss((np.flatnonzero(np.diff(group)) + 1).tolist()) == pytest.approx(min(map(loss, every(0))), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_numbers_far_from_zero_are_grouped_as_well_as_those_near_it(seed: int) -> None:
    near = np.sort(np.random.default_rng(seed).integers(0, 60, size=40)).astype(float)
    assert shortest(near + 1e9, k=3).tolist() == shortest(near, k=3).tolist()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 80),
    p=st.integers(1, 3),
    k=st.integers(2, 5),
    block=st.integers(4, 90),
)
def test_groups_hold_k_to_2k_minus_1_and_keep_means(seed: int, n: int, p: int, k: int, block: int) -> None:
    values = np.random.default_rng(seed).integers(0, 5, size=(n, p)).astype(float)
    if k > n:
        return
    found = microaggregate(values, k=k, block=block)
    size = np.bincount(found.group)
    assert size.min() >= k
    assert size.max() <= 2 * k - 1
    assert found.values.mean(axis=0) == pytest.approx(values.mean(axis=0))
    for each in range(len(size)):
        here = found.group == each
        assert found.values[here] == pytest.approx(np.tile(values[here].mean(axis=0), (size[each], 1)))


def test_the_order_of_rows_does_not_matter() -> None:
    lot = np.random.default_rng(4)
    values = lot.integers(0, 4, size=(50, 2)).astype(float)
    order = lot.permutation(50)
    one = np.hstack([values, microaggregate(values, k=3).values])[order]
    other = np.hstack([values[order], microaggregate(values[order], k=3).values])
    # rows that are the same in all columns may take each other's place
    assert sorted(map(tuple, one.tolist())) == sorted(map(tuple, other.tolist()))


def test_numbers_of_people_who_answered_otherwise_than_k_others_are_taken_out() -> None:
    values = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, np.nan], [4.0, 4.0]])
    found = microaggregate(values, k=2)
    assert np.isnan(found.values[2]).all()
    assert found.blanked == 1
    assert not np.isnan(found.values[[0, 1, 3]]).any()


def test_a_missing_number_stays_missing() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan], [5.0, 1.0], [7.0, 2.0]])
    found = microaggregate(values, k=2)
    assert found.values[:2, 0].tolist() == [2.0, 2.0]
    assert np.isnan(found.values[:2, 1]).all()


def test_rows_are_taken_with_those_that_lack_the_same_numbers() -> None:
    values = np.array([[1.0, 5.0], [2.0, np.nan], [6.0, np.nan], [np.nan, 1.0], [np.nan, 3.0], [np.nan, np.nan]])
    found = microaggregate(values, k=2)
    expected = [[np.nan] * 2, [4, np.nan], [4, np.nan], [np.nan, 2], [np.nan, 2], [np.nan] * 2]
    assert np.array_equal(found.values, expected, equal_nan=True)
    assert found.group.tolist() == [-1, 0, 0, 1, 1, -1]
    assert found.blanked == 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["mean", "median"])
def test_where_nobody_answered_like_k_others_nothing_is_left(method: str) -> None:
    found = microaggregate(np.array([[1.0, np.nan, np.nan], [np.nan, 2.0, np.nan]]), k=2, method=method)
    assert np.isnan(found.values).all()
    assert (found.group.tolist(), found.blanked, found.loss) == ([-1, -1], 2, 0.0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", range(3, 12))
def test_nothing_is_lost_where_everybody_gave_the_same_number(n: int) -> None:
    # the mean of several 0.1 is not 0.1 in a computer
    assert microaggregate(np.full((n, 1), 0.1), k=3).loss == 0
    assert microaggregate(np.full((n, 2), [0.1, 0.7]), k=3).loss == 0


def loss_by_hand(values: np.ndarray, found: Averaged) -> float:
    within, total = 0.0, 0.0
    for column, made in zip(values.T, found.values.T, strict=True):
        spread = np.nanstd(column)
        known = ~np.isnan(column) & (found.group >= 0)
        within += sum(((column[known] - made[known]) / spread) ** 2)
        total += sum(((column[known] - column[known].mean()) / spread) ** 2)
    return within / total


@pytest.mark.parametrize("seed", range(6))
def test_the_loss_is_the_share_of_the_squares_within_groups(seed: int) -> None:
    lot = np.random.default_rng(seed)
    values = lot.normal(size=(40, 3)) * [1, 10, 100] + [0, 50, 0]
    values[lot.random(values.shape) < 0.2] = np.nan
    for method in ("mean", "median"):
        found = microaggregate(values, k=3, method=method)
        assert found.loss == pytest.approx(loss_by_hand(values, found))


def test_the_loss_is_that_of_rows_that_kept_their_numbers() -> None:
    # far from the two that are averaged stands one whose numbers are gone
    values = np.array([[1.0, np.nan], [2.0, np.nan], [9000.0, 1.0]])
    assert microaggregate(values, k=2).loss == pytest.approx(1.0)


def test_each_column_counts_by_its_standard_deviation() -> None:
    # the second column is a thousand times the first, and decides as little
    rows = np.random.default_rng(5).normal(size=(30, 2))
    other = rows * [1.0, 1000.0]
    assert groups_of(microaggregate(rows, k=3)) == groups_of(microaggregate(other, k=3))


@pytest.mark.parametrize("seed", range(6))
def test_each_group_shows_its_own_mean_or_median(seed: int) -> None:
    lot = np.random.default_rng(seed)
    values = lot.integers(0, 20, size=(25, 2)).astype(float)
    values[lot.random(values.shape) < 0.2] = np.nan
    for method, middle in (("mean", np.mean), ("median", np.median)):
        found = microaggregate(values, k=3, method=method)
        for each in range(int(found.group.max()) + 1):
            here = found.group == each
            assert found.values[here] == pytest.approx(
                np.tile(middle(values[here], axis=0), (here.sum(), 1)), nan_ok=True
            )


def test_the_median_is_used_where_it_is_asked_for() -> None:
    values = np.array([[0.0], [1.0], [8.0]])
    assert microaggregate(values, k=3, method="median").values.ravel().tolist() == [1, 1, 1]
    assert microaggregate(values, k=3).values.ravel().tolist() == [3, 3, 3]
    assert microaggregate(values, k=3).loss == pytest.approx(1.0)
    assert microaggregate(np.ones((4, 1)), k=2).loss == 0.0


@pytest.mark.parametrize(
    ("k", "method", "value", "where"),
    [(1, "mean", 1.0, "k"), (5, "mean", 1.0, "k"), (2, "mode", 1.0, "method"), (2, "mean", np.inf, "columns")],
)
def test_what_cannot_be_grouped_is_refused(k: int, method: str, value: float, where: str) -> None:
    with pytest.raises(ProtectionError) as caught:
        microaggregate(np.full((4, 1), value), k=k, method=method)
    assert caught.value.where == where
    assert caught.value.expected
    assert caught.value.action


@pytest.mark.parametrize("k", [2, 4])
def test_limits_of_k_are_allowed(k: int) -> None:
    assert microaggregate(np.arange(4.0)[:, None], k=k).blanked == 0
