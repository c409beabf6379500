"""Local suppression reaches k with few blanks, and nothing is blanked that nobody needs."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.errors import ProtectionError
from countersign.protection.microdata.suppressing import suppress_locally


def columns(rows: list[tuple[int, ...]]) -> list[np.ndarray]:
    return [np.array(column) for column in zip(*rows, strict=True)]


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
