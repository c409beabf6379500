"""Bounds of unknowns that fulfil equations: by hand for a few, step by step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from countersign.errors import ProtectionError
from countersign.protection.cells.bounding import (
    OPTIONS,
    Intervals,
    Programs,
    Unknowns,
    closed,
    decided,
    parts_of,
    spread,
)

INF = np.inf


def unknowns(
    rows: list[list[float]], truth: list[float], *, upper: list[float] | None = None, whole: bool = True
) -> Unknowns:
    """Equations whose right side is what the truth gives."""
    matrix = csr_array(np.array(rows, dtype=float).reshape(-1, len(truth)))
    values = np.array(truth, dtype=float)
    most = np.full(len(truth), INF) if upper is None else np.array(upper, dtype=float)
    return Unknowns(matrix, matrix @ values, np.zeros(len(truth)), most, values, whole)


CHAIN = [[1, 1, 0], [0, 1, 1]]  # y1 + y2 = 5, y2 + y3 = 2


def test_one_equation_after_the_other_gives_bounds() -> None:
    found = unknowns(CHAIN, [4, 1, 1]).tightened()
    assert found.lowest.tolist() == [3, 0, 0]
    assert found.highest.tolist() == [5, 2, 2]
    assert (
        found.low.tolist() == found.high.tolist() == found.whole_low.tolist() == found.whole_high.tolist() == [4, 1, 1]
    )


def test_bounds_follow_through_a_long_chain() -> None:
    # y1 + y2 = 1, y2 + y3 = 1, ...: the last is bounded because the first is.
    size = 12
    rows = [[1.0 if column in (row, row + 1) else 0.0 for column in range(size)] for row in range(size - 1)]
    found = unknowns(rows, [1, 0] * 6, upper=[1.0] + [50.0] * 11).tightened()
    assert found.highest.tolist() == [1] * size
    known = unknowns([*rows, [1.0] + [0.0] * 11], [1, 0] * 6).tightened()
    assert known.lowest.tolist() == known.highest.tolist() == [1, 0] * 6


@pytest.mark.parametrize("scale", [1.0, 3.7e-3, 2.2e9])
def test_magnitudes_are_bounded_as_counts_are(scale: float) -> None:
    found = unknowns(CHAIN, [4 * scale, scale, scale], whole=False).tightened()
    assert found.lowest == pytest.approx(np.array([3, 0, 0]) * scale, abs=1e-6 * scale)
    assert found.highest == pytest.approx(np.array([5, 2, 2]) * scale, abs=1e-6 * scale)
    assert (found.lowest <= np.array([4, 1, 1]) * scale).all()


def test_a_sum_of_unbounded_parts_is_unbounded_and_bounds_them_once_it_is_not() -> None:
    total = [[1, -1, -1]]
    free = unknowns(total, [7, 3, 4]).tightened()
    assert (free.lowest.tolist(), free.highest.tolist()) == ([0, 0, 0], [INF, INF, INF])
    capped = unknowns(total, [7, 3, 4], upper=[9, INF, INF]).tightened()
    assert capped.highest.tolist() == [9, 9, 9]
    one = unknowns(total, [7, 3, 4], upper=[INF, 5, INF]).tightened()
    assert one.highest.tolist() == [INF, 5, INF]
    both = unknowns(total, [7, 3, 4], upper=[INF, 5, 6]).tightened()
    assert both.highest.tolist() == [11, 5, 6]


def test_a_part_of_its_own_total_bounds_it_from_below() -> None:
    # y0 = y1 + y2, y1 + y3 = 3 with y3 at most 1: y1 is 2 or more, and so is y0
    found = unknowns([[1, -1, -1, 0], [0, 1, 0, 1]], [6, 2, 4, 1], upper=[INF, INF, INF, 1]).tightened()
    assert found.lowest.tolist() == [2, 2, 0, 0]
    assert found.highest.tolist() == [INF, 3, INF, 1]


def test_whole_numbers_are_rounded_inwards_and_solver_rounding_is_forgiven() -> None:
    half = unknowns([[1, 1]], [2, 1], upper=[INF, 2.5]).tightened()
    assert (half.lowest.tolist(), half.highest.tolist()) == ([1, 0], [3, 2])
    matrix, most = csr_array(np.array([[1.0, 1.0]])), np.array([INF, 2.0])
    for right in (3 - 1e-8, 3 + 1e-8):
        near = Unknowns(matrix, np.array([right]), np.zeros(2), most, np.array([2.0, 1.0]), True).tightened()
        assert (near.lowest.tolist(), near.highest.tolist()) == ([1, 0], [3, 2])


def test_unknowns_that_hang_together_are_one_part_each() -> None:
    # y0, y1 | y2, y3 | y4 is known from its equation
    rows = [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]]
    found = parts_of(unknowns(rows, [1, 2, 3, 4, 5]))
    assert sorted(sorted(places.tolist()) for places, _ in found) == [[0, 1], [2, 3]]
    for places, part in found:
        assert part.truth.tolist() == (1.0 + places).tolist()
        assert part.matrix.toarray().tolist() == [[1, 1]]
        assert part.right.tolist() == [part.truth.sum()]
        assert part.upper.tolist() == [part.truth.sum()] * 2
        assert part.lower.tolist() == [0, 0]
        assert part.whole
    assert parts_of(unknowns([[1, 0], [0, 1]], [3, 4])) == []


def test_unknowns_without_an_equation_are_parts_of_their_own() -> None:
    found = parts_of(unknowns([[1, 1, 0]], [1, 2, 3]))
    assert sorted(sorted(places.tolist()) for places, _ in found) == [[0, 1], [2]]


def test_a_solution_is_taken_in_as_whole_only_if_all_of_it_is() -> None:
    found = Intervals(*(np.array([2.0, 2.0, 2.0]) for _ in range(6)))
    found.attain(np.array([3.0 + 5e-7, 1.0]), np.array([0, 2]))
    assert found.high.tolist() == pytest.approx([3, 2, 2])
    assert found.low.tolist() == [2, 2, 1]
    assert found.whole_high.tolist() == [3, 2, 2]
    assert found.whole_low.tolist() == [2, 2, 1]
    found.attain(np.array([0.0, 4.5]), np.array([0, 2]))
    assert found.high.tolist() == pytest.approx([3, 2, 4.5])
    assert found.whole_high.tolist() == [3, 2, 2]
    assert found.whole_low.tolist() == [2, 2, 1]


def test_bounds_in_whole_numbers_forgive_the_rounding_of_the_solver() -> None:
    numbers = [np.array([x]) for x in (1 + 1e-7, 1.5, 2.5, 4 - 1e-7, 2.0, 2.0)]
    found = Intervals(*numbers).in_whole_numbers()
    assert (found.lowest[0], found.low[0], found.high[0], found.highest[0]) == (1, 2, 2, 4)


@pytest.mark.parametrize(
    ("low", "high", "whole", "wide"),
    [
        (0.0, 2.6, True, 2),
        (0.4, 2.6, True, 1),
        (0.4, 2.6, False, 2.2),
        (1 + 1e-7, 3 - 1e-7, True, 2),
        (1.0, 1.0, True, 0),
    ],
)
def test_how_wide_an_interval_is(low: float, high: float, whole: bool, wide: float) -> None:
    assert spread(np.array([low]), np.array([high]), whole=whole)[0] == pytest.approx(wide)


def test_a_program_gives_the_largest_sum_and_who_has_it() -> None:
    solver = Programs(unknowns(CHAIN, [4, 1, 1]), whole=False)
    best, solution = solver.most(np.array([0, 2]), np.array([1.0, -1.0]))
    assert best == pytest.approx(3)
    assert solution[0] - solution[2] == pytest.approx(3)
    assert solver.most(np.array([0]), np.array([1.0]))[0] == pytest.approx(5)
    assert solver.most(np.array([0]), np.array([-1.0]))[0] == pytest.approx(-3)
    assert solver.most(np.array([1]), np.array([2.0]))[0] == pytest.approx(4)
    assert solver.solved == 4
    free = Programs(unknowns([[1, -1, -1]], [7, 3, 4]), whole=False)
    assert free.most(np.array([0]), np.array([1.0]))[0] == INF


def test_large_numbers_are_scaled_for_the_solver() -> None:
    scale = 4e9
    most = [5 * scale, 1.5 * scale, 9 * scale]
    solver = Programs(unknowns(CHAIN, [4 * scale, scale, scale], upper=most, whole=False), whole=False)
    assert solver.most(np.array([1]), np.array([1.0]))[0] == pytest.approx(1.5 * scale)
    best, solution = solver.most(np.array([0]), np.array([1.0]))
    assert best == pytest.approx(5 * scale)
    assert solution == pytest.approx(np.array([5, 0, 2]) * scale)
    assert solver.scale == 4 * scale / 1e6


@pytest.mark.parametrize("whole", [False, True])
def test_the_solver_is_silent_exact_and_the_same_in_every_run(whole: bool, capfd: pytest.CaptureFixture[str]) -> None:
    solver = Programs(unknowns(CHAIN, [4, 1, 1]), whole=whole)
    assert {option: solver.solver.getOptionValue(option)[1] for option in OPTIONS} == dict(OPTIONS)
    assert solver.most(np.array([0]), np.array([1.0]))[0] == pytest.approx(5)
    assert capfd.readouterr() == ("", "")
    assert solver.scale == 1
    small = Programs(unknowns(CHAIN, [4e-3, 1e-3, 1e-3], whole=False), whole=False)
    assert small.scale == 1


@pytest.mark.parametrize("needed", [0, 1, 2, 3])
def test_what_is_decided_is_what_the_bounds_say(needed: int) -> None:
    both = unknowns(CHAIN, [4, 1, 1])
    everything = np.ones(3, dtype=bool)
    exact, _ = closed(both, everything)
    assert (exact.low.tolist(), exact.high.tolist()) == ([3, 0, 0], [5, 2, 2])
    found, _ = decided(both, everything, np.full(3, float(needed)))
    wide = spread(found.low, found.high, whole=True)
    assert ((wide >= needed) == (needed <= 2)).all()
    assert (wide > 0).all()


def test_nothing_is_solved_for_what_is_not_asked() -> None:
    both = unknowns(CHAIN, [4, 1, 1])
    assert closed(both, np.zeros(3, dtype=bool))[1] == 0
    assert closed(unknowns([[1, 0], [0, 1]], [3, 4]), np.ones(2, dtype=bool))[1] == 0
    assert closed(both, np.array([True, False, False]))[1] > 0


def test_one_solution_serves_many_unknowns() -> None:
    # 40 pairs that each add up to 10, held together by the sum of their first halves
    pairs = 40
    rows = [[float(column in (2 * row, 2 * row + 1)) for column in range(2 * pairs + 1)] for row in range(pairs)]
    rows.append([float(column % 2 == 0) if column < 2 * pairs else -1.0 for column in range(2 * pairs + 1)])
    both = unknowns(rows, [5] * (2 * pairs) + [200])
    asked = np.arange(2 * pairs + 1) < 2 * pairs
    found, programs = decided(both, asked, np.full(2 * pairs + 1, 5.0))
    assert (spread(found.low, found.high, whole=True)[asked] >= 5).all()
    assert programs < 6


@pytest.mark.parametrize(("needed", "enough"), [(0.0, True), (1.5, True), (2.0, True), (2.5, False)])
def test_magnitudes_are_decided_as_counts_are(needed: float, enough: bool) -> None:
    both = unknowns(CHAIN, [4, 1, 1], whole=False)
    found, programs = decided(both, np.ones(3, dtype=bool), np.full(3, needed))
    wide = found.high - found.low
    assert ((wide >= needed - 1e-6) == enough).all()
    assert (wide > 1e-3).all()
    assert programs >= 1


def test_a_width_of_one_is_found_where_nothing_more_is_possible() -> None:
    both = unknowns([[1, 1]], [1, 0])
    for needed in (0.0, 1.0, 5.0):
        found, _ = decided(both, np.ones(2, dtype=bool), np.full(2, needed))
        assert spread(found.low, found.high, whole=True).tolist() == [1, 1]


def test_a_small_interval_of_magnitudes_is_an_interval() -> None:
    both = unknowns([[1, 1]], [0.25, 0.25], whole=False)
    for needed, least in ((0.0, 0.2), (0.5, 0.499999), (5.0, 0.2)):
        found, _ = decided(both, np.ones(2, dtype=bool), np.full(2, needed))
        assert (found.high - found.low > least).all()


def test_no_more_programs_are_solved_than_bounds_are_open() -> None:
    both = unknowns(CHAIN, [4, 1, 1])
    assert closed(both, np.array([True, False, False]))[1] <= 2
    assert decided(both, np.array([True, False, False]), np.full(3, 2.0))[1] <= 2
    # the truth is at the lower end, so one direction is enough
    end = unknowns(CHAIN, [3, 2, 0])
    assert decided(end, np.array([True, False, False]), np.full(3, 2.0))[1] == 1
    assert closed(end, np.array([True, False, False]))[1] == 1


def test_counts_are_never_scaled_and_the_bounds_of_sums_are() -> None:
    assert Programs(unknowns(CHAIN, [4e9, 1e9, 1e9]), whole=False).scale == 1
    truth = np.array([4e9, 1e9, 1e9])
    matrix = csr_array(np.array(CHAIN, dtype=float))
    least = np.array([3.5e9, 0.0, 0.5e9])
    solver = Programs(Unknowns(matrix, matrix @ truth, least, np.full(3, INF), truth, False), whole=False)
    for place, low, high in ((0, 3.5e9, 5e9), (1, 0.0, 1.5e9), (2, 0.5e9, 2e9)):
        assert solver.most(np.array([place]), np.array([-1.0]))[0] == pytest.approx(-low)
        assert solver.most(np.array([place]), np.array([1.0]))[0] == pytest.approx(high)


def test_what_no_numbers_fulfil_is_not_taken_for_bounded() -> None:
    matrix = csr_array(np.array([[1.0, 1.0]]))
    solver = Programs(Unknowns(matrix, np.array([5.0]), np.zeros(2), np.ones(2), np.ones(2), True), whole=False)
    with pytest.raises(ProtectionError, match=r"could not be computed to its end(.|\n)*2 hidden cells"):
        solver.most(np.array([0]), np.array([1.0]))


def test_an_unbounded_part_leaves_the_others_unbounded_however_large_they_are_at_least() -> None:
    # y0 + y1 + y2 = y3, the first two at least 2
    matrix = csr_array(np.array([[1.0, 1.0, 1.0, -1.0]]))
    least, truth = np.array([2.0, 2.0, 0.0, 0.0]), np.array([3.0, 3.0, 1.0, 7.0])
    found = Unknowns(matrix, np.zeros(1), least, np.full(4, INF), truth, True).tightened()
    assert found.lowest.tolist() == [2, 2, 0, 4]
    assert found.highest.tolist() == [INF] * 4


def test_no_program_is_solved_for_an_end_that_is_known_or_not_needed() -> None:
    first = np.array([True, False, False])
    top = unknowns(CHAIN, [5, 0, 2])
    assert closed(top, first)[1] == 1
    assert decided(top, first, np.full(3, 2.0))[1] == 1
    both = unknowns(CHAIN, [4, 1, 1])
    assert decided(both, first, np.ones(3))[1] == 1
    assert decided(both, np.array([True, True, False]), np.ones(3))[1] == 1


@pytest.mark.parametrize("whole", [True, False])
def test_where_nothing_is_unknown_nothing_is_solved(whole: bool) -> None:
    nothing = Unknowns(csr_array((0, 0)), *(np.zeros(0) for _ in range(4)), whole)
    assert closed(nothing, np.zeros(0, dtype=bool))[1] == 0


def test_what_is_bounded_is_bounded_exactly_beside_what_is_not() -> None:
    # y0 = y1 + y2 without an upper end, y2 + y3 = 5, y3 + y4 = 3
    part = unknowns([[1, -1, -1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 1, 1]], [7, 3, 4, 1, 2])
    found, _ = closed(part, np.ones(5, dtype=bool))
    assert found.low.tolist() == pytest.approx([2, 0, 2, 0, 0])
    assert found.highest.tolist() == pytest.approx([INF, INF, 5, 3, 3])
    assert found.high.tolist() == pytest.approx([INF, INF, 5, 3, 3])
