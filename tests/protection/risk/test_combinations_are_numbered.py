"""Each combination of answers has one number: exact while numbers are small, ranks where they would grow too large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.protection.risk import classes as making
from countersign.protection.risk.classes import combined

LARGE = 2**61
Record = tuple[int, ...]


def numbered(records: Sequence[Record], spans: Sequence[int]) -> tuple[list[int], int]:
    columns = [np.array([record[place] for record in records], dtype=np.int64) for place in range(len(spans))]
    number, cells = combined(columns, spans, length=len(records))
    assert number.dtype == np.int64
    return number.tolist(), cells


def ranks(records: Sequence[Record]) -> list[int]:
    return [sorted(set(records)).index(record) for record in records]


def test_small_numbers_are_digits_in_the_base_of_the_spans() -> None:
    assert numbered([(1, 2, 3), (6, 6, 6), (0, 0, 0)], [7, 7, 7]) == ([66, 342, 0], 343)
    assert numbered([(), ()], []) == ([0, 0], 1)


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2**20, 2**40 - 1])] * 4), min_size=1, max_size=8))
def test_every_column_counts_where_numbers_would_overflow(records: list[Record]) -> None:
    assert numbered(records, [2**40] * 4) == (ranks(records), len(set(records)))


def test_what_was_made_small_is_counted_on_from_there() -> None:
    records = [(5, 3, 1), (LARGE - 1, 0, 1), (0, 2, 0)]  # the first alone: ranks 1, 2 and 0 of three
    assert numbered(records, [LARGE, 4, 2]) == ([8 * 1 + 2 * 3 + 1, 8 * 2 + 1, 2 * 2], 3 * 4 * 2)
    assert numbered([(5, 3)], [LARGE, 4]) == ([3], 4)
    assert numbered([], [LARGE, 4]) == ([], 0)


@pytest.mark.parametrize(("spans", "small"), [([19], False), ([20], False), ([21], True), ([25], True)])
def test_numbers_up_to_four_times_the_records_stay_as_they_are(
    spans: list[int], small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_COUNTABLE", 0)
    records = [(0,), (18,), (7,), (7,), (3,)]
    assert numbered(records, spans) == (([0, 3, 2, 2, 1], 4) if small else ([0, 18, 7, 7, 3], spans[0]))


@pytest.mark.parametrize(("countable", "cells"), [(99, 2), (100, 100), (101, 100)])
def test_numbers_that_can_be_counted_in_an_array_stay_as_they_are(
    countable: int, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_COUNTABLE", countable)
    assert numbered([(50,), (99,)], [100])[1] == cells


def test_of_one_record_and_of_none_there_are_one_number_and_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_COUNTABLE", 0)
    assert numbered([(3,)], [5]) == ([0], 1)
    assert numbered([], [5]) == ([], 0)
