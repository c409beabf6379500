"""Local suppression reaches k with few blanks, and nothing is blanked that nobody needs."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.protection.microdata.classes import classes_of, matches
from countersign.protection.microdata.recounting import recount
from countersign.protection.microdata.suppressing import suppress_locally
from real_data import shared

KEYS = ("urbrur", "roof", "walls", "water", "electcon", "relat", "sex")
SDCMICRO = {2: 157, 3: 293, 5: 500}
"""Blanks of kAnon() of sdcMicro 5.8.1 on its test data."""


def matching(rows: np.ndarray) -> np.ndarray:
    """Count, pair by pair, the rows that each row matches."""
    return np.array(
        [sum(all(a == b or a < 0 or b < 0 for a, b in zip(one, other, strict=True)) for other in rows) for one in rows]
    )


def alike(rows: np.ndarray) -> np.ndarray:
    """Count, pair by pair, the rows that look like each row."""
    return np.array([sum(tuple(one) == tuple(other) for other in rows) for one in rows])


COUNTS = {"own": alike, "matches": matching}


def columns(rows: list[tuple[int, ...]]) -> list[np.ndarray]:
    return [np.array(column) for column in zip(*rows, strict=True)]


def after(keys: list[np.ndarray], blanked: np.ndarray) -> np.ndarray:
    return np.where(blanked, -1, np.column_stack(keys))


def reference() -> list[np.ndarray]:
    with shared("protection", "micro_testdata7_input.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [np.unique([row[key] for row in rows], return_inverse=True)[1] for key in KEYS]


tables = st.integers(1, 4).flatmap(lambda m: st.lists(st.tuples(*[st.integers(-1, 2)] * m), min_size=5, max_size=30))


@settings(deadline=None, max_examples=60)
@given(rows=tables, k=st.integers(2, 5), missing=st.sampled_from(["own", "matches"]), exact=st.booleans())
def test_k_is_reached_and_no_single_blank_could_go(rows: list, k: int, missing: str, exact: bool) -> None:
    keys = columns(rows)
    found = suppress_locally(keys, k=k, missing=missing, exact=exact)  # type: ignore[arg-type]
    shown = after(keys, found.blanked)
    assert (COUNTS[missing](shown) >= k).all()
    assert found.violations == 0
    assert not (found.blanked & (np.column_stack(keys) < 0)).any()
    for row, key in zip(*np.nonzero(found.blanked), strict=True):
        back = shown.copy()
        back[row, key] = keys[key][row]
        assert (COUNTS[missing](back) < k).any(), f"row {row}, key {key} was blanked without need"


@settings(deadline=None, max_examples=30)
@given(rows=tables, k=st.integers(2, 4), missing=st.sampled_from(["own", "matches"]), seed=st.integers(0, 9))
def test_what_is_blanked_does_not_depend_on_the_order_of_rows(rows: list, k: int, missing: str, seed: int) -> None:
    keys = columns(rows)
    lot = np.arange(len(rows))
    order = np.random.default_rng(seed).permutation(len(rows))
    one = suppress_locally(keys, k=k, missing=missing, lot=lot)  # type: ignore[arg-type]
    other = suppress_locally([key[order] for key in keys], k=k, missing=missing, lot=lot[order])  # type: ignore[arg-type]
    assert (one.blanked[order] == other.blanked).all()


@settings(deadline=None, max_examples=60)
@given(rows=tables, k=st.integers(2, 4))
def test_matches_and_recounts_agree_with_counting_pair_by_pair(rows: list, k: int) -> None:
    keys = columns(rows)
    classes = classes_of(keys)
    slow = matching(np.array(rows))
    assert (matches(classes.codes, classes.counts)[classes.of_row] == slow).all()
    counted = recount(classes.codes, classes.codes, classes.counts, k=k)
    assert counted.matches == (slow < k).sum()
    assert counted.own == (alike(np.array(rows)) < k).sum()


@pytest.mark.parametrize("k", [2, 3, 5])
def test_fewer_blanks_than_sdcmicro_by_its_own_count(k: int) -> None:
    keys = reference()
    found = suppress_locally(keys, k=k, missing="matches")
    classes = classes_of(list(after(keys, found.blanked).T))
    assert (matches(classes.codes, classes.counts) >= k).all()
    assert found.blanked.sum() < SDCMICRO[k]


def test_the_fewest_blanks_are_proven_where_few_rows_are_at_risk() -> None:
    found = suppress_locally(reference(), k=2, missing="matches")
    assert (found.cost, found.proven) == (92, True)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "fewest"), [(2, 187), (3, 358), (5, 650)])
def test_the_fewest_blanks_for_rows_that_look_alike_are_proven(k: int, fewest: int) -> None:
    found = suppress_locally(reference(), k=k)
    assert (found.cost, found.proven, found.violations) == (fewest, True, 0)
    assert recount(np.zeros((1, 1), int), np.zeros((1, 1), int), np.array([k]), k=k).own == 0


def test_rows_that_only_match_stay_exposed_to_who_knows_all_answers() -> None:
    # one row of its own, three that are alike: one of the three is blanked, and the lonely row stays as it is
    keys = columns([(0,), (1,), (1,), (1,)])
    found = suppress_locally(keys, k=2, missing="matches")
    assert found.blanked.sum() == 1
    assert found.after.exposed > 0
    strict = suppress_locally(keys, k=2)
    assert strict.blanked.sum() == 2
    assert strict.after.exposed == 0


def test_importance_decides_which_key_goes_first() -> None:
    rows = [(0, 0), (0, 1), (1, 0), (1, 1)]
    by_first = suppress_locally(columns(rows), k=2, importance=[5, 1])
    by_second = suppress_locally(columns(rows), k=2, importance=[1, 5])
    assert by_first.cells.tolist() == [0, 4]
    assert by_second.cells.tolist() == [4, 0]
    assert by_first.cost == 4


@pytest.mark.parametrize(("rows", "blanks"), [(1, 2), (2, 2), (3, 0)])
def test_a_class_is_at_risk_one_below_k_and_not_at_k(rows: int, blanks: int) -> None:
    # k = 3; the class of `rows` rows beside one of 4, which can spare one
    found = suppress_locally(columns([(0,)] * rows + [(1,)] * 4), k=3)
    assert found.before.own == (rows if rows < 3 else 0)
    assert (found.blanked.sum() > 0) == (blanks > 0)
    assert found.after.own == 0


def test_rows_that_cannot_be_helped_by_few_blanks_are_blanked_further() -> None:
    rows = [tuple(10 * row + key for key in range(4)) for row in range(3)]
    for missing in ("own", "matches"):
        found = suppress_locally(columns(rows), k=3, missing=missing, most=1)  # type: ignore[arg-type]
        assert found.violations == 0
    assert suppress_locally(columns(rows), k=3).blanked.all()


def test_a_missing_answer_helps_rows_that_lack_the_same() -> None:
    found = suppress_locally(columns([(0, -1), (0, -1), (0, 1)]), k=3)
    assert found.blanked.tolist() == [[False, False], [False, False], [False, True]]


def test_nothing_is_blanked_where_nobody_is_at_risk() -> None:
    for missing in ("own", "matches"):
        found = suppress_locally(columns([(0, 1)] * 3), k=3, missing=missing)  # type: ignore[arg-type]
        assert found.blanked.sum() == 0
        assert found.cost == 0
        assert found.proven


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"k": 1}, "k = 1"),
        ({"k": 5}, "5 rows"),
        ({"k": 2, "importance": [1, -1]}, "importance"),
        ({"k": 2, "importance": [1, 0]}, "importance"),
        ({"k": 2, "importance": [1]}, "importance"),
        ({"k": 2, "importance": [1, float("nan")]}, "importance"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict, word: str) -> None:
    with pytest.raises(ProtectionError) as caught:
        suppress_locally(columns([(0, 1)] * 4), **options)
    assert word in caught.value.sentence()


@pytest.mark.parametrize("keys", [[], [np.zeros(0, dtype=int)]])
def test_no_key_and_no_row_are_refused(keys: list) -> None:
    with pytest.raises(ProtectionError):
        suppress_locally(keys, k=2)


def test_k_may_be_as_many_as_there_are_rows() -> None:
    found = suppress_locally(columns([(0, 1), (0, 2), (0, 2)]), k=3)
    assert found.cells.tolist() == [0, 3]
