"""What an attacker computes of hidden cells: against other programmes, and at the width where an interval is enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from small_tables import crossed

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.protection.cells.attacking import Attacker, interval, narrow, unprotected

SHAPES = ((2, 2), (2, 3), (3, 3), (2, 2, 2))


def marks(table: AdditiveTable, *places: int) -> Bools:
    """Return (C,) true at some places."""
    return np.isin(np.arange(len(table)), places)


def asked(table: AdditiveTable, *unsafe: int, width: float = 0.0, known: tuple[int, ...] = ()) -> Protect:
    """Return what must be protected: cells of one width."""
    return Protect(marks(table, *unsafe), np.full(len(table), width), marks(table, *known))


def linked(values: list[float], *equations: tuple[int, tuple[int, ...]], counted: bool = True) -> AdditiveTable:
    """Return cells with names of their numbers and equations between them."""
    return AdditiveTable(
        ("cell",),
        tuple((str(place),) for place in range(len(values))),
        np.array(values, dtype=float),
        np.ceil(values).astype(np.int64),
        equations,
        counted=counted,
    )


def chain(value: float, width: float, *, counted: bool = False) -> AdditiveTable:
    """Return a table in which cell 0 is `value`, and exactly `width` wide if cells 0 to 2 are hidden.

    Cell 0 + cell 1 = cell 3; cell 1 + cell 2 = `width`, so that is what cells 0 and 1 can pass to each other.
    """
    part = width // 2 if counted else width / 4
    return linked([value, part, width - part, value + part, width], (3, (0, 1)), (4, (1, 2)), counted=counted)


def drawn(seed: int, *, counted: bool) -> tuple[AdditiveTable, Bools, Bools, float | None]:
    """Return a table, what is hidden and known of it, and what no cell is above."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 7, SHAPES[seed % len(SHAPES)])
    table = crossed(values if counted else values * 0.75, counted=counted)
    hidden = random.random(len(table)) < 0.6
    known = random.random(len(table)) < 0.1
    top = float(table.values.max())
    return table, hidden, known, (None, top + 2.0, top, top / 2)[random.integers(4)]


def bounds(table: AdditiveTable, fixed: Bools, ceiling: float | None, place: int) -> tuple[float, float]:
    """Return the ends of a cell: two programmes over whole tables, not over changes."""
    top = table.values.max() if ceiling is None else ceiling
    room = [(one, one) if shut else (0, max(one, top)) for one, shut in zip(table.values, fixed, strict=True)]
    aim = np.eye(len(table))[place]
    rows, right = table.matrix.toarray(), np.zeros(len(table.equations))
    low, high = (linprog(way * aim, A_eq=rows, b_eq=right, bounds=room).fun for way in (1, -1))
    return low, -high


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_every_end_is_that_of_programmes_over_whole_tables(seed: int, counted: bool) -> None:
    table, hidden, known, ceiling = drawn(seed, counted=counted)
    found = interval(table, Protect(hidden, np.zeros(len(table)), known), hidden, ceiling=ceiling)
    assert found.places.tolist() == np.flatnonzero(hidden).tolist()
    expected = np.array([bounds(table, ~hidden | known, ceiling, int(place)) for place in found.places]).reshape(-1, 2)
    assert found.lower == pytest.approx(expected[:, 0], abs=1e-6)
    assert found.upper == pytest.approx(expected[:, 1], abs=1e-6)


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("seed", range(8, 16))
def test_exactly_the_cells_that_are_narrower_than_asked_are_found(seed: int, counted: bool) -> None:
    table, hidden, known, ceiling = drawn(seed, counted=counted)
    width = np.random.default_rng(seed).choice([0.0, 1.0, 2.0, 3.0, 4.5], len(table))
    places = np.flatnonzero(hidden)
    ends = np.array([bounds(table, ~hidden | known, ceiling, int(place)) for place in places]).reshape(-1, 2)
    if counted:
        short = np.floor(ends[:, 1] + 1e-6) - np.ceil(ends[:, 0] - 1e-6) < np.maximum(np.ceil(width[places]), 1)
    else:
        short = ends[:, 1] - ends[:, 0] < np.maximum(width[places], 1e-4) - 1e-6
    found = unprotected(table, Protect(hidden, width, known), hidden, ceiling=ceiling)
    assert found.tolist() == places[short].tolist()


@pytest.mark.parametrize("wide", [1.0, 4.0, 7.0])
def test_a_count_needs_all_of_its_width_and_not_one_less(wide: float) -> None:
    table = chain(9.0, wide, counted=True)
    hidden = marks(table, 0, 1, 2)
    for width, found in ((wide - 1, []), (wide - 0.5, []), (wide, []), (wide + 0.5, [0]), (wide + 1, [0])):
        assert unprotected(table, asked(table, 0, width=width), hidden).tolist() == found


def test_a_count_that_is_known_is_not_protected_and_one_of_two_whole_numbers_is() -> None:
    for wide, found in ((0.0, [0]), (1.0, [])):
        table = chain(9.0, wide, counted=True)
        assert unprotected(table, asked(table, 0), marks(table, 0, 1, 2)).tolist() == found


def test_a_width_is_taken_up_to_the_next_whole_number_but_not_for_the_error_of_a_float() -> None:
    table = chain(9.0, 4.0, counted=True)
    for width, found in ((4 + 1e-7, []), (4 + 1e-5, [0])):
        assert unprotected(table, asked(table, 0, width=width), marks(table, 0, 1, 2)).tolist() == found


@pytest.mark.parametrize("value", [0.5, 1000.0, 4e6])
@pytest.mark.parametrize(("share", "found"), [(0.99, [0]), (1.0, []), (1.01, [])])
def test_a_magnitude_known_to_a_hundred_thousandth_is_known(value: float, share: float, found: list[int]) -> None:
    table = chain(value, share * 1e-5 * value)
    assert unprotected(table, asked(table, 0), marks(table, 0, 1, 2)).tolist() == found


@pytest.mark.parametrize(("share", "found"), [(0.99, [0]), (1.0, []), (1.01, [])])
def test_a_magnitude_needs_all_of_its_width(share: float, found: list[int]) -> None:
    table = chain(1000.0, 50.0)
    assert unprotected(table, asked(table, 0, width=50.0 / share), marks(table, 0, 1, 2)).tolist() == found


def several(*cells: tuple[float, float]) -> AdditiveTable:
    """Return a table of several chains: value and width of cells 0, 5, 10 and so on."""
    parts = [chain(*one) for one in cells]
    equations = [
        (5 * number + total, tuple(5 * number + part for part in members))
        for number, one in enumerate(parts)
        for total, members in one.equations
    ]
    return linked([float(value) for one in parts for value in one.values], *equations, counted=False)


@pytest.mark.parametrize(("wide", "found"), [(0.0099, [0]), (0.0101, [])])
def test_a_small_magnitude_must_vary_as_a_middling_one_does(wide: float, found: list[int]) -> None:
    # 1000 lies in the middle of the unsafe values, and a hundred thousandth of that is 0.01.
    table = several((10.0, wide), (1000.0, 500.0), (3000.0, 500.0))
    hidden = ~marks(table, 3, 4, 8, 9, 13, 14)
    assert unprotected(table, asked(table, 0, 5, 10), hidden).tolist() == found


@pytest.mark.parametrize(("wide", "found"), [(0.0299, [10]), (0.0301, [])])
def test_a_large_magnitude_must_vary_by_its_own_size(wide: float, found: list[int]) -> None:
    table = several((10.0, 5.0), (1000.0, 500.0), (3000.0, wide))
    hidden = ~marks(table, 3, 4, 8, 9, 13, 14)
    assert unprotected(table, asked(table, 0, 5, 10), hidden).tolist() == found


def test_unsafe_magnitudes_of_nothing_are_no_unit_to_compute_in() -> None:
    table = several((0.0, 4.0), (0.0, 4.0), (6.0, 0.0))
    hidden = ~marks(table, 3, 4, 8, 9, 13, 14)
    protect = asked(table, 0, 5, 10)
    assert unprotected(table, protect, hidden).tolist() == [10]
    assert interval(table, protect, hidden, np.array([0, 10])).width.tolist() == pytest.approx([1.0, 0.0])


def test_without_an_unsafe_magnitude_intervals_are_computed_too() -> None:
    table = chain(9.0, 4.0)
    found = interval(table, asked(table), marks(table, 0, 1, 2), np.array([0]))
    assert (found.lower[0], found.upper[0]) == pytest.approx((6.0, 10.0))


def test_a_ceiling_below_a_cell_does_not_let_it_rise_and_leaves_it_what_it_is() -> None:
    table = linked([2.0, 3.0, 5.0], (2, (0, 1)))
    found = interval(table, asked(table, 0), marks(table, 0, 1), ceiling=2.5)
    assert found.lower.tolist() == pytest.approx([2.0, 2.5])
    assert found.upper.tolist() == pytest.approx([2.5, 3.0])


def test_a_cell_that_only_a_chain_of_equations_gives_away_is_a_point() -> None:
    # 6 tells 0, then 3 tells 1, then 4 tells 2.
    table = linked([1.0, 2.0, 3.0, 3.0, 5.0, 7.0, 8.0], (3, (0, 1)), (4, (1, 2)), (6, (0, 5)))
    hidden = marks(table, 0, 1, 2)
    assert unprotected(table, asked(table, 0, 1, 2), hidden).tolist() == [0, 1, 2]
    assert interval(table, asked(table, 0), hidden).width.tolist() == [0.0, 0.0, 0.0]
    assert not Attacker(table, asked(table, 0)).open(hidden).any()
    assert np.flatnonzero(Attacker(table, asked(table, 0)).open(hidden | marks(table, 3, 4))).tolist() == [1, 2, 3, 4]


def test_cells_in_no_equation_are_bounded_by_the_ceiling_alone() -> None:
    table = linked([2.0, 7.0])
    for width, found in ((7.0, []), (8.0, [0])):
        assert unprotected(table, asked(table, 0, width=width), marks(table, 0)).tolist() == found


def test_only_the_cells_that_are_asked_for_are_told() -> None:
    table = chain(9.0, 2.0, counted=True)
    attacker = Attacker(table, asked(table, 0, 1, 3, width=3.0))
    hidden = marks(table, 0, 1, 2)
    assert narrow(attacker, hidden, np.array([1])).tolist() == [1]
    assert narrow(attacker, hidden, np.array([3, 1])).tolist() == [1, 3]
    assert narrow(attacker, hidden, np.zeros(0, dtype=np.int64)).tolist() == []


def test_parts_that_no_open_equation_connects_are_attacked_apart() -> None:
    table = several((10.0, 4.0), (20.0, 8.0))
    hidden = ~marks(table, 3, 4, 8, 9)
    found = interval(table, asked(table, 0, 5), hidden, np.array([5, 0]))
    assert found.places.tolist() == [5, 0]
    assert found.width.tolist() == pytest.approx([8.0, 4.0])


def test_cells_that_are_shown_are_in_no_part_that_is_attacked() -> None:
    table = several((10.0, 4.0), (20.0, 8.0))
    attacker = Attacker(table, asked(table, 0, 5))
    shown = marks(table, 3, 4, 8, 9)
    for places, parts in (([3, 4], []), ([3, 5, 8], [[5]]), ([5, 0, 1], [[0, 1], [5]])):
        found = attacker.systems(~shown, np.array(places))
        assert sorted(sorted(inside.tolist()) for _, inside in found) == parts


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize(("seed", "shown_and_known"), [(1, 0), (2, 0), (7, 2)])
def test_cells_that_are_not_hidden_cannot_move_where_they_are_taken_in(
    seed: int, shown_and_known: int, counted: bool
) -> None:
    table, hidden, known, ceiling = drawn(seed, counted=counted)
    attacker = Attacker(table, Protect(hidden, np.zeros(len(table)), known), ceiling)
    open_ = attacker.open(hidden)
    places = np.flatnonzero(open_)
    parts = list(attacker.systems(open_, places, closed=True))
    assert sorted(int(place) for _, inside in parts for place in inside) == places.tolist() != []
    for system, inside in parts:
        shown = np.unique(table.matrix[system.rows].indices)
        assert (known & ~hidden)[shown].sum() == shown_and_known
        assert set(shown[~open_[shown] & ~known[shown]]) == set(system.columns) - set(places) != set()
        for place in inside:
            ends = [way * system.reach(system.place[int(place)], way) for way in (-1.0, 1.0)]
            assert table.values[place] + attacker.scale * np.array(ends) == pytest.approx(
                bounds(table, ~hidden | known, ceiling, int(place)), abs=1e-6
            )


def test_where_the_solver_comes_to_no_end_nothing_is_said_of_an_interval() -> None:
    # No equation bounds the cell, and what no cell is above is more than the solver can tell from infinity.
    table = linked([2.0], counted=False)
    with pytest.raises(ProtectionError, match="The solver gave up on an interval: Unbounded"):
        unprotected(table, asked(table, 0), marks(table, 0), ceiling=1e25)


@pytest.mark.parametrize("name", ["unsafe", "width", "known"])
def test_arrays_of_another_length_are_refused_by_name(name: str) -> None:
    table = chain(9.0, 4.0, counted=True)
    protect = replace(asked(table, 0), **{name: getattr(asked(table, 0), name)[:3]})
    with pytest.raises(ProtectionError) as caught:
        unprotected(table, protect, marks(table, 0))
    assert (caught.value.where, caught.value.problem) == (name, f"There are 5 cells and 3 of '{name}'.")


def test_the_cell_whose_width_is_negative_is_named() -> None:
    table = chain(9.0, 4.0, counted=True)
    protect = replace(asked(table, 0), width=np.array([0.0, 0.0, 1.0, -1e-9, 2.0]))
    with pytest.raises(ProtectionError) as caught:
        unprotected(table, protect, marks(table, 0))
    assert caught.value.where == "cell 3"
