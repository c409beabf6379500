"""A published table is attacked: which hidden cells are unsafe, and what earlier tables tell of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_tables import crossed

from countersign.errors import ProtectionError
from countersign.model.protected_table import AttackedTable
from countersign.protection.cells.attacked import attacked
from countersign.protection.cells.reading import CellTable


def told(values: Any, *hidden: int, guessed: bool = False) -> CellTable:
    """Return a table with all its totals of which some cells are hidden."""
    table = crossed(np.array(values))
    return CellTable(table, np.isin(np.arange(len(table)), hidden), np.zeros(len(table), dtype=bool), guessed)


def ends(found: AttackedTable) -> list[tuple[int, float, float]]:
    """Return place, lower and upper end of each hidden cell."""
    bounds = found.bounds
    return list(zip(bounds.places.tolist(), bounds.lower.tolist(), bounds.upper.tolist(), strict=True))


def test_two_hidden_cells_share_what_the_total_leaves() -> None:
    # all 16, then 2, 5 and 9
    found = attacked(told([2, 5, 9], 1, 2))
    assert ends(found) == [(1, 0, 7), (2, 0, 7)]
    assert [(row["a"], row["low"], row["high"]) for row in found.rows()] == [("a0", 0, 7), ("a1", 0, 7)]
    assert found.unsafe.tolist() == [False, True, False, False]
    result = found.audit
    assert (result.hidden, result.points, result.narrow, result.narrowest, result.width) == (2, 0, 0, 7, 3)
    assert (result.tables, result.earlier) == (1, 0)


def test_a_cell_that_is_shown_is_not_counted_as_unsafe() -> None:
    # Whoever published it did not mean to hide it; the cells beside it tell what the two hidden ones are together.
    found = attacked(told([1, 5, 2, 9], 2, 3))
    assert found.unsafe.tolist() == [False, False, False, True, False]
    assert found.audit.points == 0


@pytest.mark.parametrize(("minimum", "unsafe"), [(2, 0), (3, 1), (4, 1)])
def test_below_the_minimum_a_hidden_cell_is_unsafe(minimum: int, unsafe: int) -> None:
    assert attacked(told([2, 5, 9], 1, 2), minimum=minimum).unsafe.sum() == unsafe


@pytest.mark.parametrize(("minimum", "narrow"), [(3, 0), (4, 2)])
def test_intervals_must_be_as_wide_as_the_minimum(minimum: int, narrow: int) -> None:
    # 2 and 1 are both 0 to 3
    result = attacked(told([2, 1, 9], 1, 2), minimum=minimum).audit
    assert (result.narrow, result.width) == (narrow, minimum)


@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize(("width", "narrow"), [(6.5, False), (7, False), (7.5, True)])
def test_or_as_wide_as_is_asked_for(width: float, narrow: bool, guessed: bool) -> None:
    result = attacked(told([2, 5, 9], 1, 2, guessed=guessed), width=width).audit
    assert (result.narrow > 0, result.width) == (narrow, width)


@pytest.mark.parametrize(("minimum", "narrow"), [(6, 0), (7, 0), (8, 2)])
def test_where_hidden_numbers_are_not_known_all_of_them_are_unsafe(minimum: int, narrow: int) -> None:
    found = attacked(told([2, 5, 9], 1, 2, guessed=True), minimum=minimum)
    assert found.unsafe.tolist() == [False, True, True, False]
    assert (found.audit.narrow, found.audit.width) == (narrow, minimum)


def test_a_zero_is_known_unless_it_is_to_be_protected_or_stands_for_a_number_that_is_not_given() -> None:
    shown = attacked(told([2, 0, 9], 1, 2))
    assert ends(shown) == [(1, 2, 2), (2, 0, 0)]
    assert (shown.audit.points, shown.unsafe.tolist()) == (1, [False, True, False, False])
    protected = attacked(told([2, 0, 9], 1, 2), zeros="protect")
    assert ends(protected) == [(1, 0, 2), (2, 0, 2)]
    assert protected.unsafe.tolist() == [False, True, True, False]
    guessed = attacked(told([2, 0, 9], 1, 2, guessed=True))
    assert ends(guessed) == [(1, 0, 2), (2, 0, 2)]
    assert (guessed.audit.points, guessed.audit.narrow) == (0, 2)


def test_what_an_earlier_table_showed_is_known() -> None:
    now, before = told([2, 5, 9], 1, 2), told([2, 5, 9], 1, 3)
    found = attacked(now, [before])
    assert ends(found) == [(1, 2, 2), (2, 5, 5)]
    result = found.audit
    assert (result.hidden, result.points, result.tables, result.earlier) == (2, 1, 2, 1)
    open_ = attacked(now, [now, now])
    assert ends(open_) == [(1, 0, 7), (2, 0, 7)]
    assert (open_.audit.tables, open_.audit.earlier) == (3, 2)


def test_tables_whose_cells_are_filled_in_already_are_counted() -> None:
    result = attacked(told([2, 5, 9], 1, 2), shown_before=2).audit
    assert (result.tables, result.earlier) == (3, 2)
    result = attacked(told([2, 5, 9], 1, 2), [told([2, 5, 9], 1, 2)], shown_before=2).audit
    assert (result.tables, result.earlier) == (4, 3)


def test_a_table_of_before_the_data_changed_tells_nothing_of_this_one() -> None:
    found = attacked(told([2, 5, 9], 1, 2), [told([3, 6, 8], 3)])
    assert ends(found) == [(1, 0, 7), (2, 0, 7)]


def test_an_earlier_table_by_one_variable_more_is_joined_where_its_cells_are_the_same() -> None:
    # now: 9 people, 2 and 7 hidden. Before, by sex as well: 2 of the first place are women, of all places 5 are.
    now = told([2, 7], 1, 2)
    table = crossed(np.array([[2, 0], [3, 4]]))
    cells = table.cells
    shown = [cells.index(one) for one in (("Total", "Total"), ("a0", "b0"), ("Total", "b0"))]
    before = CellTable(table, ~np.isin(np.arange(9), shown), np.zeros(9, dtype=bool))
    found = attacked(now, [before], width=4)
    # The men of the first place are 0 to 4 of the 4 men: the zero of another table is not known.
    assert ends(found) == [(1, 2, 6), (2, 3, 7)]
    assert found.audit.narrowest == 4
    # The 0 men and 3 women of that table are no unsafe cells of this one, though the women can be computed.
    assert (found.unsafe.tolist(), found.audit.points, found.audit.narrow) == ([False, True, False], 0, 0)
    assert found.audit.hidden == 2


def test_the_rules_have_limits() -> None:
    with pytest.raises(ProtectionError, match="nobody is protected"):
        attacked(told([2, 5, 9], 1, 2, guessed=True), minimum=1)
