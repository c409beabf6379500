"""Small integer programmes: the solver finds what trying every point finds, and says how far it is sure."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from countersign.protection.microdata import optimising
from countersign.protection.microdata.optimising import Programme


def drawn(number: int) -> tuple[Programme, list[tuple[list[tuple[int, float]], float, float]]]:
    draw = np.random.default_rng(number)
    programme = Programme()
    columns = [
        programme.column(float(draw.integers(-3, 6)), float(draw.integers(1, 4)))
        for _ in range(int(draw.integers(2, 5)))
    ]
    rows = []
    for _ in range(2):
        terms = [(column, float(draw.integers(-1, 4))) for column in columns]
        lower = float(draw.integers(0, 6)) + 0.5
        upper = np.inf if number % 2 else lower + 3
        programme.row(terms, lower, *([] if number % 2 else [upper]))
        rows.append((terms, lower, upper))
    return programme, rows


def least(programme: Programme, rows: list[tuple[list[tuple[int, float]], float, float]]) -> float:
    """Try every point."""
    costs = [
        sum(cost * value for cost, value in zip(programme.cost, point, strict=True))
        for point in product(*(range(int(most) + 1) for most in programme.most))
        if all(lower <= sum(value * point[column] for column, value in terms) <= upper for terms, lower, upper in rows)
    ]
    return min(costs, default=np.inf)


def test_the_solution_costs_the_least_of_all_points_and_the_bound_says_so() -> None:
    solved = 0
    for number in range(40):
        programme, rows = drawn(number)
        solution, bound = programme.solve(nodes=1000)
        expected = least(programme, rows)
        if not np.isfinite(expected):
            assert solution is None
            continue
        solved += 1
        assert solution is not None
        assert (solution == np.round(solution)).all()
        assert all(0 <= value <= most for value, most in zip(solution, programme.most, strict=True))
        for terms, lower, upper in rows:
            assert lower <= sum(value * solution[column] for column, value in terms) <= upper
        assert float(np.dot(solution, programme.cost)) == pytest.approx(expected)
        assert bound == pytest.approx(expected)
    assert solved > 15


def test_a_variable_that_no_row_mentions_is_set_by_its_cost_alone() -> None:
    programme = Programme()
    programme.row([(programme.column(2.0, 3.0), 1.0)], 1.5)
    programme.column(-1.0, 4.0)
    solution, bound = programme.solve(nodes=10)
    assert solution is not None
    assert solution.tolist() == [2, 4]
    assert bound == pytest.approx(0)


def hard(size: int = 18) -> Programme:
    """Return a programme that takes many nodes: sums of odd sizes that shall come close to half of all."""
    draw = np.random.default_rng(3)
    programme = Programme()
    sizes = [float(size) for size in draw.integers(200, 900, size)]
    columns = [programme.column(size, 1.0) for size in sizes]
    programme.row([(column, size) for column, size in zip(columns, sizes, strict=True)], sum(sizes) / 2 + 0.25)
    programme.row([(column, draw.integers(1, 50)) for column in columns], 300.0, 300.0)
    return programme


def test_what_is_found_when_time_is_up_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimising, "SECONDS", 0.0)
    assert hard().solve(nodes=1000) == (None, 0.0)


def test_the_search_stops_at_its_nodes_with_a_bound_that_is_below_what_it_found() -> None:
    programme = hard()
    start, bound = programme.solve(nodes=100_000)
    assert start is not None
    proven = float(np.dot(start, programme.cost))
    assert bound == pytest.approx(proven)
    few, lower = programme.solve(nodes=0)
    assert lower < proven
    assert few is None or float(np.dot(few, programme.cost)) >= proven


def test_a_solution_that_is_known_is_where_the_search_starts() -> None:
    programme = hard()
    known, _ = programme.solve(nodes=100_000)
    again, _ = programme.solve(nodes=0, start=known)
    assert again is not None
    assert float(np.dot(again, programme.cost)) <= float(np.dot(known, programme.cost))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    drawn(1)[0].solve(nodes=10)
    assert capfd.readouterr() == ("", "")
