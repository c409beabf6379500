"""What the fewest blanks cost that let everybody match k rows, and where that is named as a bound and where not."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.protection.microdata import covering
from countersign.protection.microdata.suppressing import Suppression, suppress_locally

for slow in ("highspy", "scipy.sparse"):  # loaded here, so that no test waits for it
    pytest.importorskip(slow)

pytestmark = pytest.mark.usefixtures("ends")

Row = tuple[int, ...]


def blanked(classes: dict[Row, int], k: int, most: int, weights: list[float] | None = None) -> Suppression:
    rows = np.array([row for row, count in classes.items() for _ in range(count)])
    found = suppress_locally(list(rows.T), k=k, importance=weights or (), missing="matches", most=most)
    shown = np.where(found.blanked, -1, rows)
    one, other = shown[:, None], shown[None, :]
    assert ((one == other) | (one < 0) | (other < 0)).all(axis=2).sum(axis=1).min() >= k
    return found


@pytest.mark.parametrize(("most", "cost", "bound"), [(1, 2, 0), (2, 2, 2)])
def test_no_bound_is_named_where_a_row_cannot_be_helped_by_so_few_keys(most: int, cost: float, bound: float) -> None:
    found = blanked({(0, 0): 2, (1, 1): 1}, 2, most)
    assert (found.cost, found.bound) == (cost, bound)


@pytest.mark.parametrize(("halves", "bound"), [
    ([], 1),
    ([(2, 2, -1)], 1),  # two answers from the lonely row: one blank does not let them match
    ([(1, 2, -1)], 0),
    ([(1, 2, -1), (1, 3, -1)], 0),
    ([(2, 2, -1), (1, 3, -1)], 0),
])  # fmt: skip
def test_no_bound_is_named_where_one_blank_lets_a_row_at_risk_match_one_that_lacks_an_answer(
    halves: list[Row], bound: float
) -> None:
    found = blanked({(0, 0, 0): 3, (1, 0, 0): 1, **dict.fromkeys(halves, 2)}, 2, 1)
    assert (found.cost, found.bound) == (1, bound)


def test_a_dearer_blank_that_helps_two_classes_is_cheaper_than_a_blank_in_each() -> None:
    # a blank of the first key in either class helps the other, for 2; a row of the third class with none helps both
    found = blanked({(0, 0): 2, (1, 0): 2, (2, 1): 3}, 3, 2, [1, 0.5])
    assert (found.cost, found.bound) == (1.5, 1.5)


def test_rows_that_can_only_help_by_the_dearest_blank_are_counted_in() -> None:
    # the same two classes can be blanked in one key, in two or in three; with three only a row of the third helps
    found = blanked({(0, 0, 0): 2, (1, 0, 0): 2, (2, 1, 1): 3}, 3, 3, [1, 0.25, 0.25])
    assert (found.cost, found.bound) == (1.5, 1.5)


def test_what_the_search_finds_is_blanked_where_the_quick_choice_is_dearer() -> None:
    classes = {(0, 0, 2): 1, (0, 1, 0): 3, (0, 1, 1): 4, (1, 0, 0): 4, (1, 0, 1): 1, (2, 0, 1): 4}
    found = blanked(classes, 2, 2, [3.5, 2, 2])
    assert (found.cost, found.bound) == (5.5, 5.5)


@pytest.mark.parametrize(("helpers", "cost", "bound"), [(3, 5, 0), (4, 4, 4), (5, 4, 4)])
def test_rows_that_the_search_counts_on_twice_are_blanked_once(helpers: int, cost: float, bound: float) -> None:
    # each of four classes one row below k is helped by one blank of a row of the fifth, but every row has one blank
    lonely = {tuple(int(key == one) for key in range(4)): 2 for one in range(4)}
    found = blanked({(0, 0, 0, 0): helpers, **lonely}, 3, 1)
    assert (found.cost, found.bound) == (cost, bound)


def test_no_bound_is_named_where_the_search_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = {(0, 0, 0): 3, (1, 0, 0): 1}
    assert blanked(classes, 2, 1).bound == 1
    monkeypatch.setattr(covering.Programme, "solve", lambda _, nodes: (None, float(nodes)))
    found = blanked(classes, 2, 1)
    assert (found.cost, found.bound) == (1, 0)
