"""Bands, cuts at both ends, wider codes; PRAM keeps expected counts and can be corrected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.model.hierarchy import Hierarchy
from countersign.protection.microdata.lots import lots
from countersign.protection.microdata.randomising import corrected, invariant, randomise
from countersign.protection.microdata.recoding import band_labels, banded, climbed, cut


def test_a_limit_belongs_to_the_band_above_it() -> None:
    values = np.array([17.0, 18.0, 29.0, 30.0, np.nan])
    assert banded(values, [18, 30]) == ["under 18", "18-29", "18-29", "30+", None]


def test_bands_are_named_for_what_they_hold() -> None:
    assert band_labels([1, 3, 4]) == ("under 1", "1-2", "3", "4+")
    assert band_labels([1234567, 2000000]) == ("under 1234567", "1234567-1999999", "2000000+")
    assert band_labels([-2.25, 1.0]) == ("under -2.25", "-2.25 to under 1", "1+")
    assert band_labels([0, 1, 5]) == ("under 0", "0", "1-4", "5+")
    assert band_labels([0.5, 1.5]) == ("under 0.5", "0.5 to under 1.5", "1.5+")


@pytest.mark.parametrize("limits", [[], [3, 3], [3, 2]])
def test_limits_that_do_not_rise_are_refused(limits: list[float]) -> None:
    with pytest.raises(ProtectionError, match="do not rise"):
        band_labels(limits)


def test_codes_climb_to_what_they_are_part_of_and_no_further_than_the_total() -> None:
    areas = Hierarchy("area", {"all": "", "north": "all", "n1": "north"})
    assert climbed(["n1"], areas, up=1) == {"n1": "north"}
    assert climbed(["n1", "north"], areas, up=2) == {"n1": "all", "north": "all"}
    assert climbed(["n1"], areas, up=9) == {"n1": "all"}
    for codes, up, words in ((["n9"], 1, "'area' holds a code"), (["n1"], 0, "wider by 0 levels")):
        with pytest.raises(ProtectionError, match=words) as caught:
            climbed(codes, areas, up=up)
        told = caught.value.as_dict()
        assert told["where"] == ("area" if up else "up")
        assert told["expected"]
        assert told["action"]


def test_numbers_at_a_limit_stay_and_those_beyond_it_are_replaced() -> None:
    values, low, high = cut(np.array([1.0, 2, 5, 6, np.nan]), bottom=2, top=5, replace="limit", fewest=3)
    assert values[:4].tolist() == [2, 2, 5, 5]
    assert (low.tolist(), high.tolist()) == ([True, False, False, False, False], [False, False, False, True, False])
    assert np.isnan(values[4])


def test_the_end_without_a_limit_stays_as_it_is() -> None:
    for bottom, top in ((3, None), (None, 3)):
        values, low, high = cut(np.array([1.0, 3, 9]), bottom=bottom, top=top, replace="limit", fewest=3)
        assert values.tolist() == ([3, 3, 9] if bottom else [1, 3, 3])
        assert (low.sum(), high.sum()) == ((1, 0) if bottom else (0, 1))


def test_a_mean_keeps_the_total_and_needs_enough_people() -> None:
    values, _, high = cut(np.array([1.0, 7, 8, 9]), bottom=None, top=6, replace="mean", fewest=3)
    assert values.tolist() == [1, 8, 8, 8]
    assert high.sum() == 3
    with pytest.raises(ProtectionError, match="A mean of 2 people"):
        cut(np.array([1.0, 7, 8, 9]), bottom=None, top=7, replace="mean", fewest=3)
    assert cut(np.array([1.0, 2]), bottom=None, top=5, replace="mean", fewest=3)[0].tolist() == [1, 2]


@pytest.mark.parametrize(("bottom", "top"), [(None, None), (2, 2), (3, 2)])
def test_limits_that_contradict_each_other_are_refused(bottom: float | None, top: float | None) -> None:
    with pytest.raises(ProtectionError, match="There is no limit"):
        cut(np.array([1.0]), bottom=bottom, top=top, replace="limit", fewest=3)


chances = st.lists(st.integers(1, 20), min_size=2, max_size=5)


@settings(deadline=None, max_examples=50)
@given(counts=chances, change=st.floats(0.01, 0.99), seed=st.integers(0, 99), free=st.booleans())
def test_expected_counts_stay_what_they_are(counts: list[int], change: float, seed: int, free: bool) -> None:
    t = np.array(counts)
    moves = None if free else np.random.default_rng(seed).dirichlet(np.ones(len(t)), size=len(t))
    matrix = invariant(t, change=change, moves=moves)
    assert t @ matrix == pytest.approx(t)
    assert matrix.sum(axis=1) == pytest.approx(np.ones(len(t)))
    assert (matrix >= 0).all()
    assert corrected(t @ matrix, matrix) == pytest.approx(t)


def test_answers_that_may_not_become_each_other_do_not() -> None:
    moves = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    matrix = invariant(np.array([4, 6, 5]), change=0.5, moves=moves)
    assert matrix[2].tolist() == [0, 0, 1]
    assert matrix[0, 2] == 0
    assert matrix[0, 1] > 0


def test_shown_answers_follow_the_published_chances() -> None:
    codes = np.repeat([0, 1], [6000, 14000])
    matrix = invariant(np.bincount(codes), change=0.5)
    found = randomise(codes, matrix, lot=np.arange(len(codes)), seed=3)
    shown = np.array([[(found.codes[codes == i] == j).mean() for j in (0, 1)] for i in (0, 1)])
    assert np.abs(shown - matrix).max() < 0.02
    assert found.changed == (found.codes != codes).sum()


def test_the_same_secret_changes_the_same_rows_in_any_order() -> None:
    codes = np.array([0, 1, -1, 1, 0, 1] * 20)
    lot = np.arange(len(codes)) * 7 % 121
    matrix = invariant(np.bincount(codes[codes >= 0]), change=0.6)
    order = np.random.default_rng(0).permutation(len(codes))
    one = randomise(codes, matrix, lot=lot, seed=5).codes
    assert (randomise(codes[order], matrix, lot=lot[order], seed=5).codes == one[order]).all()
    assert (randomise(codes, matrix, lot=lot, seed=6).codes != one).any()
    assert (one[codes < 0] == -1).all()


def test_three_answers_are_shown_with_their_chances() -> None:
    matrix = np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    codes = np.repeat([0, 1, 2], [9000, 50, 50])
    found = randomise(codes, matrix, lot=np.arange(len(codes)), seed=1)
    assert np.bincount(found.codes[:9000]) / 9000 == pytest.approx([0.2, 0.3, 0.5], abs=0.02)
    assert (found.codes[9000:] == codes[9000:]).all()
    assert found.matrix is matrix


def test_an_answer_that_nobody_gave_stays_possible() -> None:
    matrix = invariant(np.array([5, 0, 3]), change=0.5, moves=np.eye(3))
    assert matrix == pytest.approx(np.eye(3))


@pytest.mark.parametrize("change", [0.0, 1.0, -0.1])
def test_chances_that_are_none_are_refused(change: float) -> None:
    with pytest.raises(ProtectionError, match="not between 0 and 1"):
        invariant(np.array([1, 2]), change=change)


@pytest.mark.parametrize("moves", [np.eye(3), np.array([[0.5, 0.4], [0, 1]]), np.array([[1.5, -0.5], [0, 1]])])
def test_moves_that_are_no_chances_are_refused(moves: np.ndarray) -> None:
    with pytest.raises(ProtectionError, match="do not sum to 1"):
        invariant(np.array([1, 2]), change=0.5, moves=moves)


def test_lots_follow_from_what_rows_hold_and_from_the_secret() -> None:
    column = ("a", np.array([0, 1, 0, -1]), ["x", "y"])
    one = lots([column], secret="s")
    assert one[0] == one[2]
    assert len(set(one.tolist())) == 3
    assert (lots([column], secret="t") != one).all()
    assert (one >= 0).all()
