"""Several unsafe cells in a table: the optimum is proven, and where the time runs out no lie is told."""

from __future__ import annotations

import time
from itertools import count

import numpy as np
import pytest
from drawn_problems import cheapest, drawn

from countersign.protection.cells.attacking import unprotected
from countersign.protection.cells.exact import Proof, prove

OPTIMA = {
    9: 4.0, 15: 82.5, 25: 67.0, 31: 4.0, 33: 61.1, 64: 4.0, 70: 27.0, 78: 18.0, 84: 66.6, 104: 49.0,
    111: 3.0, 121: 65.0, 207: 8.0, 246: 429.0, 254: 43.0, 298: 19.75, 308: 3.0, 396: 28.2,
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


@pytest.mark.parametrize("seed", [9, 15])
def test_wherever_the_time_runs_out_the_bound_and_the_pattern_are_true(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # A clock on which a second goes by whenever it is looked at.
    table, protect, already, ceiling = drawn(seed)
    found = []
    for limit in (0, 1, 2, 3, 4, 8, 16, 40, 100, 1e9):
        clock = count()
        monkeypatch.setattr(time, "process_time", lambda clock=clock: next(clock))
        found.append(prove(table, protect, already=already, ceiling=ceiling, limit=limit))
        check(seed, found[-1])
    assert not found[0].safe
    assert found[-1].safe
    assert found[-1].bound == found[-1].cost
    assert any(one.safe and one.bound < one.cost for one in found)
