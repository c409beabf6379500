"""Exact while there is time, then a heuristic; never a pattern that is not safe."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from small_tables import crossed

from countersign.model.additive_table import Bools, Protect
from countersign.protection.cells import suppressing
from countersign.protection.cells.exact import Proof
from countersign.protection.cells.heuristic import Attempt
from countersign.protection.cells.suppressing import suppress

TABLE = crossed(np.array([[2.0, 9.0], [10.0, 5.0]]))
UNSAFE = np.arange(9) == 4
ASKED = Protect(UNSAFE, np.zeros(9), np.zeros(9, dtype=bool))
RECTANGLE = np.isin(np.arange(9), [4, 5, 7, 8])
NONE = np.zeros(0, dtype=np.int64)
#        b: Total  b0  b1
# a: Total     26  12  14
#    a0        11   2   9
#    a1        15  10   5


def ends_with(
    monkeypatch: pytest.MonkeyPatch,
    hidden: Bools,
    *,
    cost: float,
    bound: float,
    safe: bool,
    lost: tuple[int, ...] = (),
    given: Bools = UNSAFE,
    until: float = 0.0,
) -> None:
    """Let the exact method end with this when its time is up; `until`: the clock stands there from then on."""
    clock = [0.0]

    def prove(*_: Any, limit: float, **__: Any) -> Proof:
        assert limit == pytest.approx(7.5)
        clock[0] = until
        return Proof(hidden, cost, bound, np.array(lost, dtype=np.int64), given, safe)

    if until:
        monkeypatch.setattr(time, "process_time", lambda: clock[0])
    monkeypatch.setattr(suppressing, "prove", prove)


def tries(monkeypatch: pytest.MonkeyPatch, hidden: Bools, *left: int) -> None:
    """Let the heuristic end with this."""
    attempt = Attempt(hidden, np.array(left, dtype=np.int64), 1.0)
    monkeypatch.setattr(suppressing.heuristic, "hide", lambda *_, **__: attempt)


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


@pytest.mark.parametrize(("until", "cost"), [(9.5, 27.0), (10.0, 110.0), (10.5, 110.0)])
def test_the_heuristic_has_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch, until: float, cost: float) -> None:
    ends_with(monkeypatch, np.ones(9, dtype=bool), cost=110.0, bound=20.0, safe=True, until=until)
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.method, pattern.cost, pattern.seconds) == ("heuristic", cost, until)


def test_a_pattern_of_the_heuristic_that_is_not_safe_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    tries(monkeypatch, UNSAFE, 4)
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=3.0, safe=False, until=9.0)
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.method, pattern.cost, pattern.bound, pattern.seconds) == ("switched", 0.0, 3.0, 9.0)
    assert (pattern.unsafe.tolist(), pattern.hidden.any()) == (UNSAFE.tolist(), False)
    ends_with(monkeypatch, np.ones(9, dtype=bool), cost=110.0, bound=3.0, safe=True)
    assert suppress(TABLE, ASKED, limit=10).cost == 110.0


@pytest.mark.parametrize(("lost", "method"), [((4,), "heuristic"), ((5,), "switched"), ((), "switched")])
def test_only_cells_that_no_pattern_protects_may_be_left(
    monkeypatch: pytest.MonkeyPatch, lost: tuple[int, ...], method: str
) -> None:
    tries(monkeypatch, RECTANGLE, 4)
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=3.0, safe=False, lost=lost)
    assert suppress(TABLE, ASKED, limit=10).method == method


def test_of_two_patterns_that_cost_the_same_the_first_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    tries(monkeypatch, RECTANGLE)
    for cost, hidden in ((27.0, UNSAFE), (27.1, RECTANGLE)):
        ends_with(monkeypatch, UNSAFE, cost=cost, bound=20.0, safe=True)
        assert suppress(TABLE, ASKED, limit=10).hidden.tolist() == hidden.tolist()


def test_no_bound_is_above_what_a_safe_pattern_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=27.0 + 1e-7, safe=False)
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.cost, pattern.bound) == (27.0, 27.0)
    assert pattern.reason == "No safe pattern costs less: proven."


def test_what_is_hidden_anyway_is_hidden_by_the_heuristic_too(monkeypatch: pytest.MonkeyPatch) -> None:
    already = np.isin(np.arange(9), [0, 1, 3])
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=0.0, safe=False, given=UNSAFE | already)
    pattern = suppress(TABLE, ASKED, limit=10, already=already)
    assert (np.flatnonzero(pattern.hidden).tolist(), pattern.cost) == ([0, 1, 3, 4], 0.0)
    # All that is connected with a cell that cannot be protected is given too, and costs what it costs.
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=0.0, safe=False, given=UNSAFE | (np.arange(9) == 6))
    pattern = suppress(TABLE, ASKED, limit=10)
    assert (pattern.hidden[6], pattern.cost) == (True, float(TABLE.price[pattern.secondary].sum()))


@pytest.mark.parametrize(("ceiling", "method"), [(29.0, "switched"), (30.0, "heuristic")])
def test_the_heuristic_knows_the_ceiling(monkeypatch: pytest.MonkeyPatch, ceiling: float, method: str) -> None:
    wide = Protect(UNSAFE, np.full(9, 30.0), np.zeros(9, dtype=bool))
    ends_with(monkeypatch, UNSAFE, cost=0.0, bound=0.0, safe=False)
    assert suppress(TABLE, wide, limit=10, ceiling=ceiling).method == method


def test_seconds_are_counted_from_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 3.0)
    assert suppress(TABLE, Protect(~UNSAFE & UNSAFE, np.zeros(9), np.zeros(9, dtype=bool))).seconds == 0.0
    assert suppress(TABLE, ASKED).seconds == 0.0
