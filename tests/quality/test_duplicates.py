"""Repeated records: whole, by key, nearly; and interviews far too fast."""

from __future__ import annotations

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.catalogue import threshold
from countersign.model.finding import State
from countersign.quality.near_duplicates import bits_needed, information, similar


def test_a_record_that_repeats_another_counts_once_for_each_copy(engine):
    data = dataset(engine, {"a": ["x", "x", "x", "y"], "b": [1, 1, 1, None]})
    finding = found(data, "exact_duplicates")
    assert (finding.count, finding.state) == (2, State.FAIL)


def test_blank_cells_repeat_blank_cells(engine):
    data = dataset(engine, {"a": ["x", "x"], "b": [None, None]})
    assert found(data, "exact_duplicates").count == 1


def test_copies_that_were_set_aside_are_counted_and_no_longer_a_fault(engine):
    data = dataset(engine, {"a": ["x", "x", "y"]}, kept=[True, False, True])
    finding = found(data, "exact_duplicates")
    assert (finding.count, finding.value, finding.state) == (1, 0.0, State.PASS)
    assert "set all of them aside" in finding.message


def test_keys_come_from_the_study_and_blanks_are_not_compared(engine):
    data = dataset(engine, {"place": ["A", "A", "B", None, None], "n": [1, 2, 3, 4, 5]})
    finding = found(data, "key_duplicates", plan=plan(source={"unique": ((), ("place",))}))
    assert (finding.subject, finding.count, finding.evidence["without_key"]) == ("place", 1, 2)


def test_without_declared_keys_nothing_is_claimed(engine):
    assert found(dataset(engine, {"a": [1, 2]}), "key_duplicates").state is State.NOT_ASSESSED


def answers(n: int, m: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 10, size=(n, m)).astype(np.int32)


@pytest.mark.parametrize(("changed", "pairs"), [(0, 1), (6, 1), (7, 0)])
def test_two_records_are_alike_from_85_percent_on(changed, pairs):
    codes = answers(60, 40)
    codes[1] = codes[0]
    codes[1, :changed] += 100
    found_pairs, records, identical, complete = similar(codes, alike=0.85, most=10**6)
    assert (found_pairs, records) == (pairs, 2 * pairs)
    assert identical == (changed == 0)
    assert complete


def test_the_search_finds_what_comparing_all_pairs_finds():
    codes = answers(300, 30, seed=3) % 3
    for place in range(0, 60, 2):
        codes[place + 1] = codes[place]
        codes[place + 1, place % 30 : place % 30 + 4] = 7
    agree = (codes[:, None, :] == codes[None, :, :]).mean(axis=2)
    expected = int(np.triu(agree >= 0.85, k=1).sum())
    assert expected >= 30
    assert similar(codes, alike=0.85, most=10**7)[0] == expected


def test_cells_neither_answered_are_not_agreement():
    codes = np.full((2, 40), -1, dtype=np.int32)
    codes[0, :20], codes[1, 20:] = 1, 1
    assert similar(codes, alike=0.85, most=100)[0] == 0


def test_too_many_alike_to_compare_is_said_and_not_guessed():
    assert similar(np.zeros((100, 40), dtype=np.int32), alike=0.85, most=100) is None


def test_near_duplicates_need_enough_answers(engine):
    finding = found(dataset(engine, {"a": ["x", "x"]}), "near_duplicates")
    assert finding.state is State.NOT_ASSESSED
    assert "20 needed" in finding.message


def test_near_duplicates_are_counted_as_records(engine):
    codes = answers(50, 24)
    codes[9] = codes[8]
    codes[9, 0] += 50
    data = dataset(engine, {f"q{at}": [str(value) for value in codes[:, at]] for at in range(24)})
    finding = found(data, "near_duplicates")
    assert (finding.count, finding.evidence["pairs"], finding.evidence["identical_pairs"]) == (2, 1, 0)


@pytest.mark.parametrize(("fast", "count"), [(10.0, 0), (9.99, 1)])
def test_an_interview_is_too_fast_below_a_third_of_the_median(engine, fast, count):
    data = dataset(engine, {"t": [fast, 30.0, 30.0, 31.0, 29.0]}, roles={"minutes": ("t",)})
    finding = found(data, "speeders")
    assert threshold("speeder_pace").good == pytest.approx(1 / 3)
    assert (finding.count, finding.evidence["median_minutes"]) == (count, 30.0)


def test_without_times_speed_is_not_assessed(engine):
    assert found(dataset(engine, {"a": [1, 2]}), "speeders").state is State.NOT_ASSESSED


def test_answers_that_cannot_tell_people_apart_prove_nothing(engine):
    codes = answers(2000, 26) % 2  # 26 yes-no questions carry 26 bits; two thousand people make two million pairs
    data = dataset(engine, {f"q{at}": [str(value) for value in codes[:, at]] for at in range(26)})
    finding = found(data, "near_duplicates")
    assert finding.state is State.NOT_ASSESSED
    assert "by chance" in finding.message


def test_information_is_counted_in_bits():
    halves = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.int32)
    assert information(halves, alike=1.0) == pytest.approx(2.0)
    # 4 records are 6 pairs; of 20 answers 3 may differ in 1140 ways; margin 10 bits
    many = np.zeros((4, 20), dtype=np.int32)
    assert bits_needed(many, alike=0.85) == pytest.approx(np.log2(6) + np.log2(1140) + 10)
