"""The solver behind the suppression: what it is asked is what it solves, in silence, until the time is up."""

from __future__ import annotations

import time

import highspy
import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from countersign.protection.cells.solving import programme, quiet_solver, stop_at

OPTIMAL, INTERRUPTED = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInterrupt


def drawn(seed: int) -> dict[str, np.ndarray]:
    """Return a programme of 8 numbers in 4 rows that x = 1, 1, 1 ... fulfils."""
    random = np.random.default_rng(seed)
    matrix = random.integers(-3, 4, (4, 8)).astype(float)
    middle = matrix.sum(axis=1)
    return {
        "matrix": matrix,
        "costs": random.integers(-5, 6, 8).astype(float),
        "lower": 1.0 - random.integers(0, 3, 8),
        "upper": 1.0 + random.integers(0, 3, 8),
        "row_lower": middle - random.integers(0, 3, 4),
        "row_upper": middle + random.integers(0, 3, 4),
    }


def knapsack(size: int = 30) -> object:
    """Return a problem whose first solution is not the best: which things to take, in whole numbers."""
    random = np.random.default_rng(1)
    worth, weights = random.integers(20, 60, size).astype(float), random.integers(20, 60, (3, size)).astype(float)
    model = programme(
        csr_array(weights),
        costs=-worth,
        lower=np.zeros(size),
        upper=np.ones(size),
        row_lower=np.full(3, -np.inf),
        row_upper=weights.sum(axis=1) / 3,
    )
    model.integrality_ = [highspy.HighsVarType.kInteger] * size
    return model


@pytest.mark.parametrize("seed", range(12))
def test_a_programme_is_solved_as_it_was_written(seed: int) -> None:
    asked = drawn(seed)
    solver = quiet_solver()
    solver.passModel(programme(csr_array(asked["matrix"]), **{name: asked[name] for name in asked if name != "matrix"}))
    solver.run()
    assert solver.getModelStatus() == OPTIMAL
    found = np.array(solver.getSolution().col_value)
    expected = linprog(
        asked["costs"],
        A_ub=np.vstack([asked["matrix"], -asked["matrix"]]),
        b_ub=np.r_[asked["row_upper"], -asked["row_lower"]],
        bounds=np.c_[asked["lower"], asked["upper"]],
    )
    assert solver.getObjectiveValue() == pytest.approx(expected.fun)
    assert asked["costs"] @ found == pytest.approx(expected.fun)
    rows = asked["matrix"] @ found
    assert (rows >= asked["row_lower"] - 1e-6).all()
    assert (rows <= asked["row_upper"] + 1e-6).all()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    solver = quiet_solver()
    solver.passModel(knapsack(12))
    solver.run()
    assert capfd.readouterr() == ("", "")


def test_one_thread_is_used() -> None:
    assert quiet_solver().getOptionValue("threads")[1] == 1


def test_a_solver_is_asked_once_and_another_knows_nothing_of_it() -> None:
    first, second = quiet_solver(), quiet_solver()
    first.passModel(knapsack(12))
    assert (first.getNumCol(), second.getNumCol()) == (12, 0)


@pytest.mark.parametrize(("before", "state"), [(True, INTERRUPTED), (False, OPTIMAL)])
@pytest.mark.parametrize("whole", [True, False])
def test_it_stops_after_the_moment_and_not_at_it(
    monkeypatch: pytest.MonkeyPatch, whole: bool, before: bool, state: object
) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 10.0)
    solver, model = quiet_solver(), knapsack()
    if not whole:
        model.integrality_ = []
        solver.setOptionValue("presolve", "off")
    solver.passModel(model)
    stop_at(solver, 9.0 if before else 10.0)
    solver.run()
    assert solver.getModelStatus() == state
