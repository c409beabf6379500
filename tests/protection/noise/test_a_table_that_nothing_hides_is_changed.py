"""Where no pattern of hidden cells protects a table within reason, every cell is published, none as it is."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.model.additive_table import AdditiveTable
from countersign.protection.noise.laws import CellKeyNoise, Rounding
from countersign.protection.noise.noisy_table import ADDITIVE, NOT_ADDITIVE, change_cells, told
from countersign.protection.noise.perturbation_table import perturbation_table

SECRET = b"s" * 32
LAW = CellKeyNoise(perturbation_table(5, 3.0, hidden=2), SECRET)
KEYS = np.array([5, 6, 7, 18])


def table(*, counted: bool = True, largest: bool = False) -> AdditiveTable:
    values = np.array([2.0, 9, 20, 31]) if counted else np.array([40.0, 90.5, 300.25, 430.75])
    return AdditiveTable(
        dimensions=("area",),
        cells=(("A",), ("B",), ("C",), ("T",)),
        values=values,
        contributors=np.array([2, 9, 20, 31]),
        equations=((3, (0, 1, 2)),),
        largest=np.array([[30.0, 10], [40, 5], [80, 5], [80, 40]]) if largest else None,
        counted=counted,
    )


def test_counts_are_those_of_the_law() -> None:
    found = change_cells(table(), KEYS, law=LAW)
    assert found.counts.tolist() == LAW.counts([2, 9, 20, 31], KEYS).tolist()
    assert found.totals is None
    assert (found.least <= [2, 9, 20, 31]).all()
    assert (found.most >= [2, 9, 20, 31]).all()
    assert found.notes == (NOT_ADDITIVE,)
    assert found.rows()[0]["area"] == "A"
    assert "total" not in found.rows()[0]


def test_amounts_are_those_of_the_law_with_the_largest_contribution() -> None:
    found = change_cells(table(counted=False, largest=True), KEYS, law=LAW)
    expected = LAW.amounts([40.0, 90.5, 300.25, 430.75], [30.0, 40, 80, 80], [2, 9, 20, 31], KEYS)
    assert found.totals is not None
    assert found.totals.tolist() == expected.tolist()
    assert found.rows()[1]["total"] == expected[1]


def test_where_the_largest_contribution_is_not_known_it_may_be_all() -> None:
    found = change_cells(table(counted=False), KEYS, law=LAW)
    values = [40.0, 90.5, 300.25, 430.75]
    assert found.totals is not None
    assert found.totals.tolist() == LAW.amounts(values, values, [2, 9, 20, 31], KEYS).tolist()


def test_cells_of_the_same_people_differ_where_presence_is_hidden() -> None:
    same = np.full(4, 7)
    people = AdditiveTable(
        dimensions=("area",),
        cells=tuple((name,) for name in "ABCD"),
        values=np.full(4, 20.0),
        contributors=np.full(4, 20),
        equations=(),
    )
    assert len(set(change_cells(people, same, law=LAW).counts.tolist())) == 1
    hidden = CellKeyNoise(LAW.table, SECRET, hide_presence=True)
    assert len(set(change_cells(people, same, law=hidden).counts.tolist())) > 1


def test_amounts_of_the_same_people_differ_where_presence_is_hidden() -> None:
    sums = AdditiveTable(
        dimensions=("area", "sex"),
        cells=(("AB", "C"), ("A", "BC"), ("A", "B"), ("C", "D")),
        values=np.full(4, 400.0),
        contributors=np.full(4, 20),
        equations=(),
        largest=np.full((4, 2), 30.0),
        counted=False,
    )
    same = np.full(4, 7)
    plain = change_cells(sums, same, law=LAW).totals
    hidden = change_cells(sums, same, law=CellKeyNoise(LAW.table, SECRET, hide_presence=True)).totals
    assert plain is not None
    assert hidden is not None
    assert len(set(plain.tolist())) == 1
    assert len(set(hidden.tolist())) == 4


@pytest.mark.parametrize(("published", "least", "most"), [(0, 0, 5), (3, 0, 8), (5, 0, 10), (6, 1, 11), (40, 35, 45)])
def test_the_true_count_certainly_lies_between(published: int, least: int, most: int) -> None:
    found = told(("a",), (("x",),), np.array([published]), law=LAW)
    assert (int(found.least[0]), int(found.most[0])) == (least, most)
    assert found.law == {"largest": 5, "variance": 3, "never_published_up_to": 2}


def test_a_rounded_table_may_add_up_and_says_so() -> None:
    found = told(("a",), (("x",),), np.array([10]), law=Rounding(5), additive=True)
    assert found.additive
    assert found.notes == (ADDITIVE,)
    assert (int(found.least[0]), int(found.most[0])) == (6, 14)
