"""Local suppression reaches k with few blanks, and nothing is blanked that nobody needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from countersign.errors import ProtectionError
from countersign.protection.microdata import suppressing
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
        assert (found.cost, found.bound) == (0, 0)
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
        ({"k": 2, "importance": [1, float("inf")]}, "importance"),
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


@pytest.mark.parametrize(
    ("room", "asked", "most"), [(23, 2, 1), (24, 2, 2), (25, 2, 2), (0, 2, 1), (24, 3, 2), (27, 3, 2), (28, 3, 3)]
)
def test_fewer_keys_are_blanked_at_once_where_too_many_sets_of_keys_would_be_held(
    monkeypatch: pytest.MonkeyPatch, room: int, asked: int, most: int
) -> None:
    # four classes, and six sets of one or two of three keys: 24 pairs; with all three keys 28
    monkeypatch.setattr(suppressing, "NUMBERS", room)
    keys = columns([(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 0)])
    for missing in ("own", "matches"):
        found = suppress_locally(keys, k=2, missing=missing, most=asked)  # type: ignore[arg-type]
        assert (found.most, found.violations) == (most, 0)


@pytest.mark.parametrize(("missing", "asked", "most"), [
    ("own", None, 3), ("matches", None, 1), ("own", 0, 1), ("own", 4, 4), ("own", 9, 5), ("matches", 2, 2),
])  # fmt: skip
def test_as_many_keys_are_blanked_at_once_as_are_asked_for(missing: str, asked: int | None, most: int) -> None:
    found = suppress_locally(columns([(0,) * 5, (0,) * 5]), k=2, missing=missing, most=asked)  # type: ignore[arg-type]
    assert found.most == most


@pytest.mark.parametrize(("lot", "rows"), [(None, [0, 1]), ([5, 1, 3, 2, 4, 6], [0, 1]), ([9, 8, 7, 6, 5, 4], [0, 5])])
def test_the_lot_decides_which_rows_of_a_class_are_blanked(lot: list[int] | None, rows: list[int]) -> None:
    found = suppress_locally(columns([(0,)] + [(1,)] * 5), k=2, lot=None if lot is None else np.array(lot))
    assert np.flatnonzero(found.blanked[:, 0]).tolist() == rows


def test_rows_are_counted_before_and_after() -> None:
    keys = columns([(0, 0), (0, 1), (0, 1), (0, 1), (1, 1)])
    strict = suppress_locally(keys, k=2)
    assert (strict.k, strict.missing, strict.before.own, strict.before.matches) == (2, "own", 2, 2)
    assert (strict.after.own, strict.after.matches, strict.violations) == (0, 0, 0)
    loose = suppress_locally(keys, k=2, missing="matches")
    assert (loose.missing, loose.before.own, loose.after.matches, loose.violations) == ("matches", 2, 0, 0)
    assert loose.after.own > 0
    assert loose.cost == loose.blanked.sum() == loose.bound


@pytest.mark.parametrize(("bound", "cost", "proven"), [
    (0.0, 9e-7, True), (0.0, 2e-6, False), (7.0, 7.0, True), (7.0, 8.0, False), (7.0, 6.0, True),
    (1e6, 1e6 + 9e-4, True), (1e6, 1e6 + 2e-3, False),
])  # fmt: skip
def test_proven_is_a_cost_that_is_the_bound_but_for_rounding(bound: float, cost: float, proven: bool) -> None:
    found = suppress_locally(columns([(0,), (0,)]), k=2)
    assert replace(found, bound=bound, cost=cost).proven == proven


def test_k_of_two_and_of_all_rows_can_be_asked_for() -> None:
    keys = columns([(0,), (0,), (1,)])
    assert suppress_locally(keys, k=2).violations == 0
    assert suppress_locally(keys, k=3).blanked.all()
    for k in (1, 4):
        with pytest.raises(ProtectionError):
            suppress_locally(keys, k=k)


def test_the_search_goes_to_the_proven_optimum_unless_it_is_told_not_to() -> None:
    keys = columns([(0, 1), (1, 2), (0, 1), (2, 0), (2, 2), (1, 0)])
    found, quick = suppress_locally(keys, k=2), suppress_locally(keys, k=2, exact=False)
    assert found.proven
    assert not quick.proven
    assert found.cost <= quick.cost
    assert not suppress_locally(keys, k=2, exact=False, missing="matches").proven
    assert suppress_locally(keys, k=2, missing="matches").proven


def test_other_rows_of_a_class_are_blanked_for_each_group_that_it_helps() -> None:
    rows = [(1, 0, 0), (0, 1, 0), (0, 0, 1)] + [(0, 0, 0)] * 6
    found = suppress_locally(columns(rows), k=2, most=1)
    assert found.blanked[:3].tolist() == np.eye(3, dtype=bool).tolist()
    assert sorted(found.blanked[3:].sum(axis=1).tolist()) == [0, 0, 0, 1, 1, 1]
    assert found.cells.tolist() == [2, 2, 2]
