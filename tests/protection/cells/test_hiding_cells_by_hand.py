"""Secondary suppression on tables small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small_tables import crossed

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.protection.cells.attacking import interval, unprotected
from countersign.protection.cells.exact import lost
from countersign.protection.cells.suppressing import suppress

#        b: Total  b0  b1
# a: Total     26  12  14
#    a0        11   2   9
#    a1        15  10   5
SQUARE = np.array([[2.0, 9.0], [10.0, 5.0]])
A0B0, A1B1 = 4, 8


def at(table: AdditiveTable, *places: int) -> Bools:
    """Return (C,) true at some places."""
    return np.isin(np.arange(len(table)), places)


def protect(table: AdditiveTable, *places: int, width: float = 0.0, known: tuple[int, ...] = ()) -> Protect:
    """Return what must be protected: cells of one width."""
    return Protect(at(table, *places), np.full(len(table), width), at(table, *known))


def linked(values: list[float], *equations: tuple[int, tuple[int, ...]], counted: bool = True) -> AdditiveTable:
    """Return cells with names of their numbers and equations between them."""
    return AdditiveTable(
        ("cell",),
        tuple((str(place),) for place in range(len(values))),
        np.array(values),
        np.ceil(values).astype(np.int64),
        equations,
        counted=counted,
    )


def test_a_rectangle_is_hidden_and_its_interval_is_known() -> None:
    table = crossed(SQUARE)
    pattern = suppress(table, protect(table, A0B0))
    assert np.flatnonzero(pattern.hidden).tolist() == [4, 5, 7, 8]
    assert (pattern.cost, pattern.bound, pattern.method, pattern.proven) == (10.0 + 11.0 + 6.0, 27.0, "exact", True)
    bounds = interval(table, protect(table, A0B0), pattern.hidden, np.array([A0B0]))
    # It can fall to 0, and rise until the cell beside it, 9, is 0.
    assert (bounds.lower[0], bounds.upper[0]) == (0.0, 11.0)


@pytest.mark.parametrize(("width", "missed"), [(10.0, 0), (11.0, 0), (12.0, 1)])
def test_an_interval_is_as_wide_as_asked_or_the_cell_is_not_protected(width: float, missed: int) -> None:
    table = crossed(SQUARE)
    assert len(unprotected(table, protect(table, A0B0, width=width), at(table, 4, 5, 7, 8))) == missed


def test_a_wider_interval_hides_a_total_too() -> None:
    table = crossed(SQUARE)
    asked = protect(table, A0B0, width=12.0)
    pattern = suppress(table, asked)
    assert pattern.proven
    assert pattern.cost > 27
    assert not unprotected(table, asked, pattern.hidden).size


def test_a_group_whose_cells_are_dear_is_spared() -> None:
    values = np.array([[2.0, 6.0, 7.0], [5.0, 6.0, 8.0], [4.0, 5.0, 9.0]])
    plain = crossed(values)
    group = np.array([cell[1] == "b1" for cell in plain.cells])
    first = suppress(plain, protect(plain, 5))
    assert (first.secondary & group).any()
    dear = crossed(values, costs=np.where(group, 100.0, 1.0) * (plain.values + 1))
    spared = suppress(dear, protect(dear, 5))
    assert spared.proven
    assert not (spared.secondary & group).any()


def test_a_count_needs_two_whole_numbers_and_a_magnitude_only_an_interval() -> None:
    # Cell 1 = cell 0, 2 = 0 + 1, 4 = 2 + 3, 6 = 3 + 5. As 3 is 0 to 2, 2 is 1 to 3, and 0 half of that: 0.5 to 1.5.
    equations = ((1, (0,)), (2, (0, 1)), (4, (2, 3)), (6, (3, 5)))
    values = [1.0, 1.0, 2.0, 1.0, 3.0, 1.0, 2.0]
    count, magnitude = linked(values, *equations), linked(values, *equations, counted=False)
    hidden, asked = at(count, 0, 1, 2, 3, 5), protect(count, 0, width=1.0)
    bounds = interval(count, asked, hidden, np.array([0]))
    assert (bounds.lower[0], bounds.upper[0]) == (pytest.approx(0.5), pytest.approx(1.5))
    assert unprotected(count, asked, hidden).tolist() == [0]
    assert not unprotected(magnitude, asked, hidden).size
    assert not unprotected(magnitude, protect(count, 0), hidden).size
    assert suppress(count, asked).hidden[[4, 6]].any()


@pytest.mark.parametrize(("width", "missed"), [(1.299, 0), (1.3, 0), (1.301, 1)])
def test_the_width_of_a_magnitude_is_asked_to_the_digit(width: float, missed: int) -> None:
    table = linked([1.0, 0.3, 1.3], (2, (0, 1)), counted=False)
    assert len(unprotected(table, protect(table, 0, width=width), at(table, 0, 1))) == missed


def test_a_published_cell_is_never_protected() -> None:
    table = crossed(SQUARE)
    assert unprotected(table, protect(table, A0B0), at(table)).tolist() == [A0B0]


def test_zeros_that_everybody_knows_hide_nothing() -> None:
    values = np.array([[2.0, 0.0, 7.0], [0.0, 6.0, 8.0], [4.0, 5.0, 9.0]])
    table = crossed(values)
    zeros = tuple(np.flatnonzero(table.values == 0))
    pattern = suppress(table, protect(table, 5, known=zeros))
    assert pattern.proven
    assert not pattern.secondary[list(zeros)].any()


def test_nothing_unsafe_hides_nothing() -> None:
    table = crossed(SQUARE)
    pattern = suppress(table, protect(table))
    assert pattern.hidden.tolist() == [False] * 9
    assert (pattern.method, pattern.cost, pattern.bound, pattern.proven) == ("exact", 0.0, 0.0, True)
    assert "No cell is unsafe" in pattern.reason


def test_cells_hidden_already_cost_nothing_and_stay_hidden() -> None:
    table = crossed(SQUARE)
    pattern = suppress(table, protect(table, A0B0), already=at(table, 5, A1B1))
    assert np.flatnonzero(pattern.hidden).tolist() == [4, 5, 7, 8]
    assert pattern.cost == 11.0


def test_an_unsafe_total_takes_a_part_with_it() -> None:
    table = crossed(np.array([[1.0, 1.0], [1.0, 0.0]]))
    pattern = suppress(table, protect(table, 0))
    assert pattern.proven
    assert pattern.hidden[0]
    assert not unprotected(table, protect(table, 0), pattern.hidden).size


def test_a_cell_that_is_the_only_part_of_its_total_takes_the_total_with_it() -> None:
    table = linked([2.0, 2.0, 3.0, 5.0], (1, (0,)), (3, (1, 2)))
    pattern = suppress(table, protect(table, 0))
    assert pattern.hidden[[0, 1]].all()
    assert pattern.proven


def test_linked_tables_are_protected_together() -> None:
    # Two tables share cell 0: 0 + 1 = 2 and 0 + 3 = 4.
    table = linked([2.0, 5.0, 7.0, 6.0, 8.0], (2, (0, 1)), (4, (0, 3)))
    pattern = suppress(table, protect(table, 0))
    assert np.flatnonzero(pattern.hidden).tolist() == [0, 1, 3]
    assert pattern.proven


def test_tables_without_equations_hide_the_unsafe_cells_only() -> None:
    table = linked([2.0, 5.0])
    pattern = suppress(table, protect(table, 0))
    assert np.flatnonzero(pattern.hidden).tolist() == [0]
    assert pattern.proven


def test_what_cannot_be_protected_hides_all_that_is_connected_and_says_so() -> None:
    # Cells 0 + 1 = 2; everybody knows 1 and 2, so 0 as well. Cells 3 + 4 = 5 have nothing to do with it.
    table = linked([2.0, 3.0, 5.0, 4.0, 6.0, 10.0], (2, (0, 1)), (5, (3, 4)))
    asked = protect(table, 0, known=(1, 2))
    pattern = suppress(table, asked)
    assert lost(table, asked).tolist() == [0]
    assert np.flatnonzero(pattern.hidden).tolist() == [0, 1, 2]
    assert "1 unsafe cells cannot be protected" in pattern.reason
    assert pattern.cost == 4.0 + 6.0


@pytest.mark.parametrize(("width", "beyond"), [(4.0, 0), (5.0, 0), (6.0, 1)])
def test_a_table_smaller_than_the_interval_asked_for_is_hidden(width: float, beyond: int) -> None:
    table = linked([2.0, 3.0, 5.0], (2, (0, 1)))
    asked = protect(table, 0, width=width)
    assert len(lost(table, asked)) == beyond
    assert suppress(table, asked).hidden.all() == (beyond > 0)


def test_a_higher_ceiling_widens_what_is_hidden_with_its_total() -> None:
    table = linked([2.0, 3.0, 5.0], (2, (0, 1)))
    asked = protect(table, 0, width=6.0)
    assert len(lost(table, asked, ceiling=5.0)) == 1
    assert not lost(table, asked, ceiling=6.0).size
    pattern = suppress(table, asked, ceiling=6.0)
    assert (pattern.proven, pattern.reason) == (True, "No safe pattern costs less: proven.")


def test_too_little_time_gives_nothing_away() -> None:
    table = crossed(SQUARE)
    pattern = suppress(table, protect(table, A0B0), limit=0.0)
    assert pattern.method == "switched"
    assert not pattern.hidden.any()
    assert not pattern.proven
    assert "perturb the table" in pattern.reason


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Protect(np.zeros(2, dtype=bool), np.zeros(9), np.zeros(9, dtype=bool)), "9 cells and 2 of 'unsafe'"),
        (Protect(np.ones(9, dtype=bool), np.zeros(3), np.zeros(9, dtype=bool)), "9 cells and 3 of 'width'"),
        (Protect(np.ones(9, dtype=bool), np.full(9, -1.0), np.zeros(9, dtype=bool)), "negative"),
        (Protect(np.ones(9, dtype=bool), np.full(9, np.nan), np.zeros(9, dtype=bool)), "no number"),
    ],
)
def test_what_does_not_fit_is_refused(asked: Protect, words: str) -> None:
    with pytest.raises(ProtectionError, match=words):
        suppress(crossed(SQUARE), asked)
