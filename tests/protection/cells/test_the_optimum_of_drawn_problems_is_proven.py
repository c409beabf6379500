"""Several unsafe cells in a table: the optimum is proven, and where the time runs out no lie is told."""

from __future__ import annotations

import time
from itertools import count

import numpy as np
import pytest
from drawn_problems import cheapest, drawn
from small_tables import crossed

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.protection.cells.attacking import Attacker, unprotected
from countersign.protection.cells.exact import Proof, Search, lost, prove
from countersign.protection.cells.master import Relaxed

OPTIMA = {
    15: 82.5, 25: 67.0, 31: 4.0, 33: 61.1, 78: 18.0, 84: 66.6, 104: 49.0, 121: 65.0, 207: 8.0, 298: 19.75, 308: 3.0,
}  # fmt: skip
"""The number of a problem -> what its cheapest pattern costs, by `cheapest`."""


def check(seed: int, proof: Proof) -> None:
    """Hold what is said of a pattern against the table and the optimum."""
    table, protect, already, ceiling = drawn(seed)
    secondary = proof.hidden & ~protect.unsafe & ~already
    assert (proof.given == (protect.unsafe | already)).all()
    assert (proof.hidden | ~proof.given).all()
    assert proof.cost == pytest.approx(table.price[secondary].sum())
    assert proof.bound <= OPTIMA[seed] * (1 + 1e-9)
    if proof.safe:
        assert not unprotected(table, protect, proof.hidden, ceiling=ceiling).size
        assert proof.cost >= OPTIMA[seed] * (1 - 1e-9)
    else:
        assert not secondary.any()
        assert unprotected(table, protect, proof.hidden, ceiling=ceiling).size


@pytest.mark.parametrize("seed", OPTIMA)
def test_the_cheapest_pattern_is_found_and_proven(seed: int) -> None:
    table, protect, already, ceiling = drawn(seed)
    proof = prove(table, protect, already=already, ceiling=ceiling)
    check(seed, proof)
    assert proof.safe
    assert not proof.lost.size
    assert proof.bound == proof.cost == pytest.approx(OPTIMA[seed])


@pytest.mark.slow
@pytest.mark.parametrize("seed", OPTIMA)
def test_another_programme_finds_the_same_optimum(seed: int) -> None:
    problem = drawn(seed)
    _, protect, already, _ = problem
    assert cheapest(problem, protect.unsafe | already, np.flatnonzero(protect.unsafe)) == pytest.approx(OPTIMA[seed])


@pytest.mark.parametrize("seed", [15])
def test_wherever_the_time_runs_out_the_bound_and_the_pattern_are_true(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # A clock on which a second goes by whenever it is looked at.
    table, protect, already, ceiling = drawn(seed)
    found = []
    for limit in (0, 1, 2, 4, 6, 8, 12, 16, 24, 40, 160, 1e9):
        clock = count()
        monkeypatch.setattr(time, "process_time", lambda clock=clock: next(clock))
        found.append(prove(table, protect, already=already, ceiling=ceiling, limit=limit))
        check(seed, found[-1])
    assert not found[0].safe
    assert found[-1].safe
    assert found[-1].bound == found[-1].cost
    assert any(one.safe and one.bound < one.cost for one in found)


def two_tables(width: float, *, costs: np.ndarray | None = None) -> tuple[AdditiveTable, Protect]:
    """Return 0 + 1 = 2, and apart from it 3 + 4 = 5 and 3 + 6 = 7; cells 0, with a width, and 3 are unsafe."""
    values = np.array([2.0, 3.0, 5.0, 1.0, 4.0, 5.0, 6.0, 7.0])
    table = AdditiveTable(
        ("cell",),
        tuple((str(place),) for place in range(8)),
        values,
        values.astype(np.int64),
        ((2, (0, 1)), (5, (3, 4)), (7, (3, 6))),
        costs=costs,
    )
    unsafe = np.isin(np.arange(8), [0, 3])
    return table, Protect(unsafe, np.array([width, *[0.0] * 7]), np.zeros(8, dtype=bool))


@pytest.mark.parametrize(
    ("width", "ceiling", "beyond"), [(6.0, 6.0, []), (6.0, 5.0, [0]), (7.0, 7.0, []), (7.0, None, []), (8.0, None, [0])]
)
def test_a_cell_beyond_protection_is_named_and_hidden_with_all_that_is_connected(
    width: float, ceiling: float | None, beyond: list[int]
) -> None:
    table, protect = two_tables(width)
    proof = prove(table, protect, ceiling=ceiling)
    assert proof.lost.tolist() == lost(table, protect, ceiling=ceiling).tolist() == beyond
    assert np.flatnonzero(proof.given).tolist() == ([0, 1, 2, 3] if beyond else [0, 3])
    assert np.flatnonzero(proof.hidden).tolist() == [0, 1, 2, 3, 4, 6]
    assert (proof.cost, proof.bound, proof.safe) == (4.0 + 6.0 + 5.0 + 7.0, 22.0, True)


def test_what_is_beyond_protection_costs_what_is_hidden_with_it() -> None:
    table, protect = two_tables(8.0)
    alone = Protect(protect.unsafe & (np.arange(8) == 0), protect.width, protect.known)
    proof = prove(table, alone)
    assert (proof.cost, proof.bound, proof.safe, proof.lost.tolist()) == (10.0, 10.0, True, [0])


def test_costs_below_one_are_added_up_as_they_are() -> None:
    costs = np.array([1.0, 0.01, 0.02, 1.0, 0.03, 0.05, 0.01, 0.04])
    table, protect = two_tables(0.0, costs=costs)
    proof = prove(table, protect)
    assert np.flatnonzero(proof.hidden).tolist() == [0, 1, 3, 4, 6]
    assert proof.cost == proof.bound == pytest.approx(0.05)


def test_the_attacker_is_asked_once_where_what_is_unsafe_protects_itself() -> None:
    table, protect = two_tables(5.0)
    proof = prove(table, protect, already=np.isin(np.arange(8), [1, 4, 6]))
    assert (proof.cost, proof.bound, proof.rounds, proof.cuts) == (0.0, 0.0, 1, 0)
    assert prove(table, protect).rounds > 1
    assert prove(table, two_tables(7.0)[1]).cuts > 0


def search(costs: np.ndarray | None = None, *, lost_: tuple[int, ...] = (), moment: float = np.inf) -> Search:
    """Return the search for a pattern of `two_tables`."""
    table, protect = two_tables(0.0, costs=costs)
    return Search(Attacker(table, protect), np.zeros(8, dtype=bool), np.array(lost_, dtype=np.int64), moment)


@pytest.mark.parametrize(
    ("told", "true"),
    [(-3.0, 0.0), (0.0, 0.0), (0.5, 1.0), (1 + 1.5e-6, 2.0), (1 + 0.5e-6, 1.0), (117.00005, 117.0), (117.0002, 118.0)],
)
def test_the_bound_of_a_solver_is_believed_less_its_error_and_up_to_the_next_cost(told: float, true: float) -> None:
    assert search().least(told) == true
    assert search(4.0 * np.ones(8)).least(4 * told) == 4 * true
    assert search(lost_=(0,)).least(told) == 10.0 + true


@pytest.mark.parametrize(("told", "true"), [(-3.0, 0.0), (0.5, 0.5 - 1e-6), (1000.0, 1000.0 - 1e-3)])
def test_where_costs_are_any_numbers_only_the_error_is_taken_off(told: float, true: float) -> None:
    assert search(np.linspace(0.1, 1.5, 8)).least(told) == pytest.approx(true, abs=1e-9)


@pytest.mark.parametrize("unit", [1.0, 0.25, np.pi])
def test_the_next_cost_below_the_best_is_enough_beside_what_is_given(unit: float) -> None:
    # With cell 0 beyond protection the cells 1 and 2 are given, for 10; 4 and 6 are hidden for the other table, for 12.
    best = np.isin(np.arange(8), [0, 1, 2, 3, 4, 6])
    found = search(unit * np.array([3.0, 4, 6, 4, 5, 9, 7, 11]), lost_=(0,))
    assert found.cost(best) == pytest.approx(22 * unit)
    assert found.cost(found.given) == pytest.approx(10 * unit)
    assert 11 * unit <= found.below(best) < 12 * unit


def test_the_time_is_up_after_the_moment_and_not_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 10.0)
    assert search(moment=9.9).late()
    assert not search(moment=10.0).late()


def square_search() -> Search:
    """Return the search in a square of nine cells with its totals: 4 is unsafe, the total 0 is hidden already."""
    table = crossed(np.array([[2.0, 30.0], [40.0, 50.0]]))
    protect = Protect(np.arange(9) == 4, np.zeros(9), np.zeros(9, dtype=bool))
    return Search(Attacker(table, protect), np.arange(9) == 0, np.zeros(0, dtype=np.int64), np.inf)


def test_a_first_pattern_keeps_what_is_hidden_anyway_and_does_without_what_it_can() -> None:
    found = square_search()
    first = found.first(Relaxed(np.where(np.arange(9) == 4, 1.0, 0.5), 0.0, np.zeros(9)))
    assert first[found.given].all()
    assert not found.unprotected(first, np.array([4])).size
    for cell in np.flatnonzero(first & ~found.given):
        assert found.unprotected(first & (np.arange(9) != cell), np.array([4])).size
    whole = found.first(Relaxed(np.ones(9), 0.0, np.zeros(9)))
    assert whole.all()


def test_a_pattern_is_repaired_with_cells_of_the_best_and_loses_none_of_its_own() -> None:
    found = square_search()
    hidden = np.isin(np.arange(9), [0, 4, 5])
    best = np.isin(np.arange(9), [0, 1, 2, 4, 5, 7, 8])
    repaired = found.repaired(hidden, best)
    assert repaired[hidden].all()
    assert (best | ~repaired).all()
    assert not found.unprotected(repaired, np.array([4])).size
    assert np.flatnonzero(repaired).tolist() == [0, 4, 5, 7, 8]
