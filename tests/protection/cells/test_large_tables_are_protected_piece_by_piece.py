"""Tables cut into families: as safe as in one piece, whatever the cut, and honest about time."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square, tables
from hypothesis import given, settings

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.protection.cells import decomposing
from countersign.protection.cells.attacking import unprotected
from countersign.protection.cells.decomposing import hide, pieces
from real_data import PROJECT

sys.path.append(str(PROJECT / "bench"))

from suppression_peers import by_elimination

from tables import SIZES
from tables import random_table as large_table


def check(table: AdditiveTable, protect: Protect) -> None:
    """No unsafe cell can be computed better than allowed, unless it could be if everything were hidden."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decomposing, "PIECE", 1)
        found = hide(table, protect, limit=60, sweeps=1)
    assert exposed(table, protect, found.hidden) == found.left.tolist()
    assert not (found.hidden & protect.known & ~protect.unsafe).any()
    if found.left.size:
        assert exposed(table, protect, ~protect.known) == found.left.tolist()


@pytest.mark.parametrize("width", [0, 3])
@pytest.mark.parametrize("seed", range(3))
def test_no_cell_can_be_computed_back(seed: int, width: float) -> None:
    check(*random_table(seed, width=width))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(tables())
def test_no_cell_of_hundreds_of_tables_can_be_computed_back(drawn: tuple[AdditiveTable, Protect]) -> None:
    check(*drawn)


def test_families_are_a_code_and_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decomposing, "PIECE", 1)
    table, _ = large_table(((2, 3), (2,)), 100)
    families = [{table.cells[place][0] for place in family} for family in pieces(table)]
    assert sorted(map(sorted, families)) == [
        ["a", "a.0", "a.1"],
        ["a.0", "a.0.0", "a.0.1", "a.0.2"],
        ["a.1", "a.1.0", "a.1.1", "a.1.2"],
    ]
    assert all(len(family) % 3 == 0 for family in pieces(table))


def test_small_families_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    table, _ = large_table(((2, 3), (2,)), 100)
    monkeypatch.setattr(decomposing, "PIECE", 12)
    assert [len(family) for family in pieces(table)] == [12, 12, 9]
    monkeypatch.setattr(decomposing, "PIECE", 13)
    assert [len(family) for family in pieces(table)] == [24, 9]
    monkeypatch.setattr(decomposing, "PIECE", 25)
    assert [len(family) for family in pieces(table)] == [27]


def test_cells_without_equations_are_a_family_of_their_own() -> None:
    cells = (("all",), ("x",), ("y",), ("alone",))
    table = AdditiveTable(("a",), cells, np.array([3.0, 1, 2, 9]), np.array([3, 1, 2, 9]), ((0, (1, 2)),))
    assert [family.tolist() for family in pieces(table)] == [[0, 1, 2], [3]]


def test_hidden_cells_cost_nothing() -> None:
    table = square([[2, 30], [40, 50]])
    before = np.zeros(9, dtype=bool)
    before[[0, 1, 3]] = True
    found = hide(table, asked(table, 4), limit=10, hidden=before)
    assert found.safe
    assert np.flatnonzero(found.hidden).tolist() == [0, 1, 3, 4]


def test_without_time_it_says_how_many_are_left() -> None:
    table = square([[2, 30], [40, 50]])
    found = hide(table, asked(table, 4), limit=0)
    assert found.left.tolist() == [4]
    assert found.reason == "after 0 seconds 1 of 1 unsafe cells were not protected yet"


@pytest.mark.slow
def test_a_second_look_makes_the_pattern_cheaper() -> None:
    table, protect = large_table(*SIZES[5_607])
    first = hide(table, protect, limit=60, sweeps=0)
    again = hide(table, protect, limit=60, sweeps=1)
    assert first.safe
    assert again.safe
    assert table.price[again.hidden].sum() < table.price[first.hidden].sum()


@pytest.mark.slow
def test_ten_thousand_cells_cost_less_than_by_elimination() -> None:
    table, protect = large_table(*SIZES[10_480])
    found = hide(table, protect, limit=60)
    peer = by_elimination(table, protect)
    secondary, theirs = found.hidden & ~protect.unsafe, peer & ~protect.unsafe
    assert (theirs.sum(), table.values[theirs].sum()) == (317, 2026)  # as published for SSBtools
    assert not unprotected(table, protect, found.hidden).size
    assert table.values[secondary].sum() < 0.9 * 2026


@pytest.mark.slow
def test_a_hundred_thousand_cells_are_protected() -> None:
    table, protect = large_table(*SIZES[92_576])
    found = hide(table, protect, limit=600)
    assert found.safe, found.reason
    assert not unprotected(table, protect, found.hidden).size
    assert found.seconds < 600
