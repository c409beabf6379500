"""What rows show is kept count of while they are blanked, and blanks that nobody needs are taken back."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from countersign.protection.microdata.patterns import Patterns

Row = tuple[int, ...]
SEEDS = range(40)


def drawn(number: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    draw = np.random.default_rng(number)
    table = draw.integers(-(number % 2), 3, (int(draw.integers(5, 14)), 2 + number % 3))
    codes, counts = np.unique(table, axis=0, return_counts=True)
    return codes, counts, draw


def blank(row: Row, mask: np.ndarray) -> Row:
    return tuple(-1 if gone else code for code, gone in zip(row, mask.tolist(), strict=True))


def shown_by(patterns: Patterns) -> Counter[Row]:
    """Count what rows show, from the moves alone."""
    whole = Counter({tuple(row): int(rows) for row, rows in zip(patterns.codes.tolist(), patterns.counts, strict=True)})
    for class_, mask, rows in patterns.moves():
        row = tuple(patterns.codes[class_].tolist())
        assert rows > 0
        assert whole[row] >= rows
        assert not (mask & (patterns.codes[class_] < 0)).any()
        whole[row] -= rows
    shown = +whole
    for class_, mask, rows in patterns.moves():
        shown[blank(tuple(patterns.codes[class_].tolist()), mask)] += rows
    return shown


def blanked(patterns: Patterns, draw: np.random.Generator) -> Counter[Row]:
    """Blank some rows of some classes at random; return what is shown then."""
    shown = Counter(patterns.rows)
    for class_, rows in enumerate(patterns.counts.tolist()):
        while rows and draw.random() < 0.7:
            some = int(draw.integers(1, rows + 1))
            mask = draw.random(patterns.codes.shape[1]) < 0.5
            row = tuple(patterns.codes[class_].tolist())
            patterns.move(class_, mask, some)
            shown[row] -= some
            shown[blank(row, mask)] += some
            rows -= some
    return +shown


def test_rows_are_counted_by_what_they_show() -> None:
    for number in SEEDS:
        codes, counts, draw = drawn(number)
        patterns = Patterns(codes, counts)
        shown = blanked(patterns, draw)
        assert patterns.rows == shown
        assert shown_by(patterns) == shown


def test_moves_come_in_the_order_of_classes_and_patterns() -> None:
    patterns = Patterns(np.array([[0, 0], [1, 1]]), np.array([3, 3]))
    first, second = np.array([True, False]), np.array([False, True])
    for class_, mask in [(1, second), (0, second), (0, first), (0, second)]:
        patterns.move(class_, mask, 1)
    found = [(class_, mask.tolist(), rows) for class_, mask, rows in patterns.moves()]
    assert found == [(0, [True, False], 1), (0, [False, True], 2), (1, [False, True], 1)]


@pytest.mark.parametrize(("rows", "staying"), [(2, 0), (3, 3), (4, 4)])
def test_rows_that_will_be_blanked_themselves_are_nobody_to_look_like(rows: int, staying: int) -> None:
    # k = 3: the class that lacks the second answer stays as it is from 3 rows on
    patterns = Patterns(np.array([[0, -1], [0, 1]]), np.array([rows, 1]))
    second = np.array([False, True])
    assert patterns.others(1, second, k=3) == staying
    patterns.move(1, second, 1)
    assert patterns.others(1, second, k=3) == staying + 1
    assert patterns.others(1, np.array([True, True]), k=3) == 0


def test_everything_is_blanked_in_the_fewest_rows_that_make_k() -> None:
    # class 1 is blanked: 2 rows; 3 more are needed; class 3 has the fewest rows, then class 0
    codes, counts = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([3, 2, 4, 1])
    patterns = Patterns(codes, counts)
    patterns.blank_all(np.array([1]), k=5)
    assert patterns.rows == {(-1, -1): 6, (1, 0): 4}
    assert shown_by(patterns) == Counter(patterns.rows)


@pytest.mark.parametrize(("k", "rows"), [(2, 2), (3, 3), (4, 7)])
def test_no_further_row_is_blanked_once_k_are(k: int, rows: int) -> None:
    patterns = Patterns(np.array([[0, 0], [0, 1], [1, 0]]), np.array([1, 2, 4]))
    patterns.blank_all(np.array([1]), k=k)
    assert patterns.rows[-1, -1] == rows


def test_rows_that_were_blanked_in_part_are_blanked_further_with_those_that_look_alike() -> None:
    # a row of class 0 shows (0, *) as class 1 does: both come along, the other row of class 0 does not
    patterns = Patterns(np.array([[0, 0], [0, -1], [1, 1]]), np.array([4, 1, 2]))
    patterns.move(0, np.array([False, True]), 1)
    patterns.blank_all(np.array([2]), k=4)
    assert patterns.rows == {(-1, -1): 4, (0, 0): 3}
    assert shown_by(patterns) == Counter(patterns.rows)


def test_rows_of_a_class_that_show_something_else_by_now_do_not_come_along() -> None:
    # one row of class 0 shows (0, *) and comes first; the other 3 come with all they show
    patterns = Patterns(np.array([[0, 0], [1, 1], [2, 2]]), np.array([4, 1, 9]))
    patterns.move(0, np.array([False, True]), 1)
    patterns.blank_all(np.array([1]), k=5)
    assert patterns.rows == {(-1, -1): 5, (2, 2): 9}
    assert shown_by(patterns) == Counter(patterns.rows)


def test_blanks_are_taken_back_until_every_one_is_needed() -> None:
    for number in SEEDS:
        codes, counts, draw = drawn(number)
        for k in (2, 3):
            patterns = Patterns(codes, counts)
            blanked(patterns, draw)
            before = Counter(patterns.rows)
            patterns.trim(np.arange(1.0, codes.shape[1] + 1), k=k)
            shown = shown_by(patterns)
            assert patterns.rows == shown
            assert sum(rows for rows in shown.values() if rows < k) <= sum(rows for rows in before.values() if rows < k)
            for class_, mask, _ in patterns.moves():
                row = tuple(codes[class_].tolist())
                now = shown[blank(row, mask)]
                for key in np.flatnonzero(mask):
                    back = mask.copy()
                    back[key] = False
                    could = (now == 1 or now > k) and shown[blank(row, back)] >= k - 1
                    assert not could, (number, row, mask)


@pytest.mark.parametrize(("rows", "blanks"), [(2, 2), (3, 3), (4, 3), (5, 3)])
def test_a_row_shows_an_answer_again_only_if_k_are_left_without_it(rows: int, blanks: int) -> None:
    # k = 3: `rows` rows of 9 hide the second answer; 7 or fewer show it
    patterns = Patterns(np.array([[0, 1]]), np.array([9]))
    patterns.move(0, np.array([False, True]), rows)
    patterns.trim(np.ones(2), k=3)
    assert patterns.rows.get((0, -1), 0) == blanks


@pytest.mark.parametrize(("showing", "blanks"), [(1, 1), (2, 0), (3, 0)])
def test_a_row_shows_an_answer_again_only_if_k_show_it_then(showing: int, blanks: int) -> None:
    patterns = Patterns(np.array([[0, 1]]), np.array([showing + 1]))
    patterns.move(0, np.array([False, True]), 1)
    patterns.trim(np.ones(2), k=3)
    assert patterns.rows.get((0, -1), 0) == blanks


def test_the_dearest_answer_is_shown_again_and_the_first_of_equal_ones() -> None:
    codes, counts = np.array([[0, -1], [-1, 0], [0, 0]]), np.array([3, 3, 1])
    for weights, shown in (([1, 2], (-1, 0)), ([2, 1], (0, -1)), ([1, 1], (0, -1))):
        patterns = Patterns(codes, counts)
        patterns.move(2, np.array([True, True]), 1)
        patterns.trim(np.array(weights, dtype=float), k=3)
        assert patterns.rows[shown] == 4


def test_what_could_not_be_shown_at_first_is_tried_again_once_others_have_come() -> None:
    # (0, *) is shown by 3 rows, so none may go; then that of class 2 comes back to it, and that of class 1 may
    patterns = Patterns(np.array([[0, -1], [0, 0], [0, 1]]), np.array([2, 4, 1]))
    patterns.move(1, np.array([False, True]), 1)
    patterns.move(2, np.array([True, True]), 1)
    patterns.trim(np.array([2.0, 1.0]), k=3)
    assert patterns.rows == {(0, -1): 3, (0, 0): 4}
