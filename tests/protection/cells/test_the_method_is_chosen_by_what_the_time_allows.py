"""Exact while there is time, then a heuristic; never a pattern that is not safe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_tables import crossed

from countersign.model.additive_table import Bools, Protect
from countersign.protection.cells import suppressing
from countersign.protection.cells.exact import Proof
from countersign.protection.cells.suppressing import suppress

TABLE = crossed(np.array([[2.0, 9.0], [10.0, 5.0]]))
UNSAFE = np.arange(9) == 4
ASKED = Protect(UNSAFE, np.zeros(9), np.zeros(9, dtype=bool))
RECTANGLE = np.isin(np.arange(9), [4, 5, 7, 8])
NONE = np.zeros(0, dtype=np.int64)


def ends_with(monkeypatch: pytest.MonkeyPatch, hidden: Bools, *, cost: float, bound: float, safe: bool) -> None:
    """Let the exact method end with this when its time is up."""

    def prove(*_: Any, limit: float, **__: Any) -> Proof:
        assert limit == pytest.approx(7.5)
        return Proof(hidden, cost, bound, NONE, UNSAFE, safe)

    monkeypatch.setattr(suppressing, "prove", prove)


def test_without_any_pattern_the_heuristic_has_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=0.0, safe=False)
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.method, pattern.cost, pattern.bound) == ("heuristic", 27.0, 0.0)
    assert pattern.hidden.tolist() == RECTANGLE.tolist()
    assert "the cheapest is not known" in pattern.reason
    assert not pattern.proven


@pytest.mark.parametrize(("pieces_from", "method"), [(8, "decomposition"), (9, "decomposition"), (10, "heuristic")])
def test_large_tables_are_taken_piece_by_piece(monkeypatch: pytest.MonkeyPatch, pieces_from: int, method: str) -> None:
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=0.0, safe=False)
    monkeypatch.setattr(suppressing, "PIECES_FROM", pieces_from)
    assert suppress(TABLE, ASKED, limit=10).method == method


def test_a_dear_pattern_gives_way_to_a_cheaper_one_and_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, np.ones(9, dtype=bool), cost=110.0, bound=27.0, safe=True)
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.method, pattern.cost, pattern.bound, pattern.proven) == ("heuristic", 27.0, 27.0, True)


def test_a_pattern_no_dearer_than_that_of_the_heuristic_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, RECTANGLE, cost=27.0, bound=20.0, safe=True)
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.method, pattern.cost, pattern.bound) == ("heuristic", 27.0, 20.0)
    assert "10 processor seconds; the cheapest costs 74% of it or more" in pattern.reason


@pytest.mark.parametrize(("cost", "taken"), [(109.9, 109.9), (110.0, 110.0), (110.2, 27.0)])
def test_a_tenth_above_the_bound_is_near_enough(monkeypatch: pytest.MonkeyPatch, cost: float, taken: float) -> None:
    ends_with(monkeypatch, np.ones(9, dtype=bool), cost=cost, bound=100.1, safe=True)
    assert suppress(TABLE, ASKED, limit=10).cost == taken
