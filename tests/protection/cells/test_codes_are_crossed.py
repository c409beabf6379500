"""Hierarchies crossed: every total, every largest contribution and every equation, held against counting one by one."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import numpy as np
import pytest

from countersign.errors import ProtectionError
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells import crossing
from countersign.protection.cells.crossing import Crossing, refuse_names

# b1 is deeper than the others, and the list does not begin with the total.
DEEP = Hierarchy("place", {"b1x": "b1", "a": "T", "T": "", "b": "T", "b1": "b", "b2": "b", "b1y": "b1"})
FLAT = Hierarchy.flat("sex", ["f", "m"])


def inside(hierarchy: Hierarchy, leaf: str, code: str) -> bool:
    return code in hierarchy.path(leaf)


def combinations(*hierarchies: Hierarchy) -> list[tuple[tuple[str, ...], list[tuple[int, ...]]]]:
    """Return every cell with the places of the finest cells in it."""
    leaves = list(product(*(range(len(one.leaves)) for one in hierarchies)))
    return [
        (
            cell,
            [
                places
                for places in leaves
                if all(inside(h, h.leaves[p], code) for h, p, code in zip(hierarchies, places, cell, strict=True))
            ],
        )
        for cell in product(*(tuple(one.parents) for one in hierarchies))
    ]


@pytest.mark.parametrize(
    "hierarchies", [(DEEP,), (DEEP, FLAT), (FLAT, DEEP), (FLAT, DEEP, Hierarchy.flat("age", "xyz"))]
)
def test_totals_and_largest_numbers_are_those_counted_one_by_one(hierarchies: tuple[Hierarchy, ...]) -> None:
    crossed = Crossing(hierarchies)
    shape = tuple(len(one.leaves) for one in hierarchies)
    random = np.random.default_rng(len(shape))
    numbers, three = random.integers(0, 9, shape), np.sort(random.integers(1, 99, (*shape, 3)))[..., ::-1].astype(float)
    sums, tops = crossed.added(numbers), crossed.topped(three)
    assert tops.shape == (len(crossed.cells()), 3)
    for place, (cell, members) in enumerate(combinations(*hierarchies)):
        assert crossed.cells()[place] == cell
        assert sums[place] == sum(numbers[member] for member in members)
        every = sorted((value for member in members for value in three[member]), reverse=True)
        assert tops[place].tolist() == every[:3], cell


@pytest.mark.parametrize("hierarchies", [(DEEP,), (DEEP, FLAT), (FLAT, DEEP)])
def test_a_row_counts_in_every_cell_above_it_once(hierarchies: tuple[Hierarchy, ...]) -> None:
    crossed = Crossing(hierarchies)
    leaves = np.array(list(product(*(range(len(one.leaves)) for one in hierarchies))))
    counted: list[tuple[int, int]] = []
    for rows, cells in crossed.ancestors(list(leaves.T)):
        counted += zip(rows.tolist(), cells.tolist(), strict=True)
    expected = [
        (row, place)
        for place, (_, members) in enumerate(combinations(*hierarchies))
        for row, leaf in enumerate(map(tuple, leaves.tolist()))
        if leaf in members
    ]
    assert sorted(counted) == sorted(expected)


def test_every_total_has_its_equation() -> None:
    crossed = Crossing((DEEP, FLAT))
    sums = crossed.added(np.arange(1, 9).reshape(4, 2))
    cells = crossed.cells()
    found = {(cells[total], tuple(cells[part] for part in parts)) for total, parts in crossed.equations()}
    assert (("b", "f"), (("b1", "f"), ("b2", "f"))) in found
    assert (("b1x", "Total"), (("b1x", "f"), ("b1x", "m"))) in found
    assert len(found) == 3 * 3 + 7
    assert all(sums[total] == sum(sums[part] for part in parts) for total, parts in crossed.equations())


@pytest.mark.parametrize(
    ("names", "where", "problem"),
    [
        ([], "", "A table needs at least one variable."),
        (["a", "b", "a"], "a", "A variable crosses itself."),
        (["b", "a", "a", "b", "c", "b"], "a, b", "A variable crosses itself."),
    ],
)
def test_a_table_of_nothing_or_of_the_same_twice_is_refused(names: list[str], where: str, problem: str) -> None:
    with pytest.raises(ProtectionError) as told:
        refuse_names(names)
    assert (told.value.where, told.value.problem) == (where, problem)


def test_a_table_that_nobody_reads_is_refused() -> None:
    two = (DEEP, FLAT)  # 7 x 3 cells
    with patch.object(crossing, "MOST_CELLS", 21):
        assert len(Crossing(two).cells()) == 21
    with patch.object(crossing, "MOST_CELLS", 20), pytest.raises(ProtectionError) as told:
        Crossing(two)
    assert (told.value.where, told.value.problem) == ("place x sex", "The table would have 21 cells.")


def test_the_equations_of_three_dimensions_add_up_in_each() -> None:
    crossed = Crossing((DEEP, FLAT, Hierarchy.flat("age", "xyz")))
    sums = crossed.added(np.arange(1, 25).reshape(4, 2, 3) ** 2)
    cells = crossed.cells()
    equations = crossed.equations()
    assert len(equations) == 3 * 3 * 4 + 7 * 4 + 7 * 3
    for total, parts in equations:
        assert sums[total] == sum(sums[part] for part in parts)
        for part in parts:
            assert sum(one != other for one, other in zip(cells[total], cells[part], strict=True)) == 1


def test_numbers_that_are_added_up_become_a_table() -> None:
    crossed = Crossing((FLAT,))
    plain = crossed.table(np.array([5, 2, 3]), np.array([5.0, 2.0, 3.0]))  # type: ignore[arg-type]
    assert (plain.dimensions, plain.cells) == (("sex",), (("Total",), ("f",), ("m",)))
    assert (plain.values.tolist(), plain.values.dtype) == ([5, 2, 3], np.float64)
    assert (plain.contributors.tolist(), plain.contributors.dtype) == ([5, 2, 3], np.int64)
    assert plain.equations == ((0, (1, 2)),)
    assert (plain.households, plain.largest, plain.counted) == (None, None, True)
    homes, largest = np.array([4, 2, 2]), np.array([[2.5], [1.5], [2.5]])
    sums = crossed.table(
        np.array([6.5, 2.0, 4.5]), np.array([5, 2, 3]), households=homes, largest=largest, counted=False
    )
    assert not sums.counted
    assert sums.households is homes
    assert sums.largest is largest
