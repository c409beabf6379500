"""Who looks alike, who matches and who is exposed is what counting pair by pair finds; at risk is one below k."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from countersign.errors import ProtectionError
from countersign.protection.microdata.classes import MISSING, classes_of, matches, numbered
from countersign.protection.microdata.recounting import Recount, recount

Rows = list[tuple[int, ...]]


def drawn(seed: int) -> tuple[Rows, Rows, list[int], int]:
    """Return what some rows answered, what they show after blanks, how many rows each stands for, and k."""
    lot = np.random.default_rng(seed)
    classes, keys = int(lot.integers(1, 9)), int(lot.integers(1, 5))
    true = lot.integers(-1, 3, size=(classes, keys))
    shown = np.where(lot.random(true.shape) < 0.3, -1, true)
    return rows_of(true), rows_of(shown), lot.integers(1, 4, size=classes).tolist(), int(lot.integers(2, 6))


def rows_of(codes: np.ndarray) -> Rows:
    return [tuple(row) for row in codes.tolist()]


def fits(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a == b or a < 0 or b < 0 for a, b in zip(one, other, strict=True))


def few(asked: Rows, among: Rows, counts: list[int], k: int, agree: Callable[..., bool]) -> list[bool]:
    """Tell of each row whether fewer than k agree with it."""
    return [sum(rows for other, rows in zip(among, counts, strict=True) if agree(one, other)) < k for one in asked]


def counted(at_risk: list[bool], counts: list[int]) -> int:
    return sum(rows for bad, rows in zip(at_risk, counts, strict=True) if bad)


@pytest.mark.parametrize("seed", range(60))
def test_rows_at_risk_are_those_that_counting_pair_by_pair_finds(seed: int) -> None:
    true, shown, counts, k = drawn(seed)
    found = recount(np.array(true), np.array(shown), np.array(counts), k=k)
    own = few(shown, shown, counts, k, lambda one, other: one == other)
    matching = few(shown, shown, counts, k, fits)
    from_person, from_row = few(true, shown, counts, k, fits), few(shown, true, counts, k, fits)
    exposed = [a or b for a, b in zip(from_person, from_row, strict=True)]
    assert found == Recount(counted(own, counts), counted(matching, counts), counted(exposed, counts))


def test_a_person_is_exposed_if_few_rows_can_be_hers_and_a_row_if_few_people_can_be_its() -> None:
    # the first row is blanked: it can be anybody's, and only it and the first person fit each other
    true, shown, counts = np.array([[0], [1]]), np.array([[-1], [1]]), np.array([1, 2])
    assert recount(true, shown, counts, k=2) == Recount(own=1, matches=0, exposed=1)
    # all blanked alike: no row is alone, and nobody is exposed
    assert recount(true, np.full((2, 1), -1), counts, k=3) == Recount(0, 0, 0)


@pytest.mark.parametrize(("k", "at_risk"), [(2, 0), (3, 0), (4, 3)])
def test_a_row_is_at_risk_one_below_k_and_not_at_k(k: int, at_risk: int) -> None:
    codes = np.array([[0, 1], [2, 0]])
    assert recount(codes, codes, np.array([3, 5]), k=k) == Recount(at_risk, at_risk, at_risk)


def test_whatever_is_below_zero_is_missing() -> None:
    one, other = np.array([[-1, 0], [-1, 0]]), np.array([[-7, 0], [-1, 0]])
    assert recount(other, other, np.array([1, 1]), k=2) == recount(one, one, np.array([1, 1]), k=2) == Recount(0, 0, 0)


def test_the_promise_says_which_count_is_a_violation() -> None:
    found = Recount(own=5, matches=3, exposed=9)
    assert (found.violations("own"), found.violations("matches")) == (5, 3)


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_of_one_class_if_they_agree_in_all_keys(seed: int) -> None:
    lot = np.random.default_rng(seed)
    codes = lot.integers(-1, 3, size=(int(lot.integers(1, 20)), int(lot.integers(1, 5))))
    found = classes_of(list(codes.T))
    by_hand = sorted(set(rows_of(codes)))
    assert rows_of(found.codes) == by_hand
    assert found.counts.tolist() == [rows_of(codes).count(one) for one in by_hand]
    assert [by_hand[at] for at in found.of_row.tolist()] == rows_of(codes)
    assert found.keys == codes.shape[1]


@pytest.mark.parametrize("seed", range(40))
def test_matches_are_those_that_counting_pair_by_pair_finds(seed: int) -> None:
    _, shown, counts, _ = drawn(seed)
    expected = [sum(rows for other, rows in zip(shown, counts, strict=True) if fits(one, other)) for one in shown]
    assert matches(np.array(shown), np.array(counts)).tolist() == expected


@pytest.mark.parametrize("keys", [[], [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)] * 2])
def test_no_key_and_no_row_make_no_classes(keys: list[np.ndarray]) -> None:
    with pytest.raises(ProtectionError, match="no key, or no row"):
        classes_of(keys)


@pytest.mark.parametrize("width", [2, 2**10, 2**20, 2**31, 2**40])
def test_rows_keep_their_order_and_their_difference_however_many_answers_there_are(width: int) -> None:
    lot = np.random.default_rng(width)
    codes = lot.integers(-1, width, size=(200, 7))
    codes[0], codes[1] = width - 1, MISSING  # the last and the first there can be
    codes[100:] = codes[:100]
    codes[150:, 6] = lot.integers(-1, width, size=50)
    number = numbered(codes).tolist()
    known = sorted(set(rows_of(codes)))
    assert [sorted(set(number)).index(each) for each in number] == [known.index(row) for row in rows_of(codes)]


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64])
def test_keys_may_be_whole_numbers_of_any_size(kind: type) -> None:
    codes = np.full((100, 8), 119, dtype=kind)
    codes[:, 7] = np.arange(100) // 2
    found = classes_of(list(codes.T))
    assert found.counts.tolist() == [2] * 50
    assert (found.codes[found.of_row] == codes).all()
    assert found.codes.dtype == found.counts.dtype == found.of_row.dtype == np.int64


def test_no_row_gets_no_number() -> None:
    assert numbered(np.zeros((0, 3), dtype=np.int64)).tolist() == []
