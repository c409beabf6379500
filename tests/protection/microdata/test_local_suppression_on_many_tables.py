"""Local suppression on many tables, drawn and real: k is reached pair by pair, with fewer blanks than sdcMicro."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
