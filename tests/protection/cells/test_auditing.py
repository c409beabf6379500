"""The attacker's intervals: equal to enumeration, to a second solver, and to what was found before."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cell_reference import by_interior_points, enumerated, shared_table
from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Protect
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.auditing import attack, audit, examined, refuse_unsafe
from countersign.protection.cells.crossing import Crossing
from countersign.protection.cells.rules import judge
from real_data import shared

EXAMPLES = 12 if os.environ.get("MUTATION") else 60
PATTERNS = [
    *(("tab_synth2d_s11", m) for m in ("GAUSS", "HITAS", "HYPERCUBE", "OPT", "SIMPLEHEURISTIC_OLD", "SIMPLEHEURISTIC")),
    *(("tab_synth3d_s21", m) for m in ("GAUSS", "HYPERCUBE", "SIMPLEHEURISTIC_OLD")),
]


def crossed(leaves: np.ndarray, *, counted: bool = True) -> AdditiveTable:
    """A table of flat dimensions."""
    crossing = Crossing(
        [Hierarchy.flat("xyz"[axis], [f"{axis}{n}" for n in range(size)]) for axis, size in enumerate(leaves.shape)]
    )
    numbers = crossing.added(leaves)
    return crossing.table(numbers, np.ceil(numbers), counted=counted)


def everywhere(table: AdditiveTable, unsafe: np.ndarray, width: float = 0.0) -> Protect:
    return Protect(unsafe, np.where(unsafe, width, 0.0), np.zeros(len(table), dtype=bool))


@pytest.mark.parametrize(("name", "method"), PATTERNS)
def test_the_patterns_of_sdctable_leave_open_what_was_found_before(name: str, method: str) -> None:
    cells = shared_table(name, method)
    expected = json.loads(shared("protection", "tab_audit_exact_expected.json").read_text())[name]["methods"][method]
    protect = judge(cells.table, minimum=4, width=0)
    hidden = cells.hidden | protect.unsafe
    assert int(hidden.sum()) == expected["n_suppressed"]
    bounds = audit(cells.table, hidden, known=protect.known)
    primary = protect.unsafe[bounds.places]
    assert int((bounds.width[primary] == 0).sum()) == expected["primary_exactly_recoverable"]
    assert bounds.width[primary].min() == expected["min_interval"]
    found = attack(cells.table, hidden, protect)
    assert len(found.points) == expected["primary_exactly_recoverable"]
    assert not len(found.narrow)
    assert set(found.points) == set(bounds.places[primary][bounds.width[primary] == 0])


@st.composite
def hidden_tables(draw: st.DrawFn, most: int = 4) -> tuple[AdditiveTable, np.ndarray]:
    shape = draw(st.sampled_from([(2, 2), (3, 2), (3, 3), (2, 2, 2)]))
    leaves = np.array(
        draw(st.lists(st.integers(0, most), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    ).reshape(shape)
    table = crossed(leaves)
    marks = draw(st.lists(st.integers(0, len(table) - 1), max_size=6, unique=True))
    hidden = np.zeros(len(table), dtype=bool)
    hidden[marks] = True
    return table, hidden


@settings(max_examples=EXAMPLES, deadline=None)
@given(hidden_tables(most=2))
def test_no_whole_number_table_lies_outside_the_intervals_and_most_are_met(
    case: tuple[AdditiveTable, np.ndarray],
) -> None:
    table, hidden = case
    most = int(table.values[hidden].max(initial=0)) + 2
    if not hidden.any() or (most + 1) ** int(hidden.sum()) > 100_000:
        return
    low, high = enumerated(table, hidden, most)
    found = audit(table, hidden, at_most=float(most))
    # What programs find may be wider than whole numbers allow, never narrower; in tables of two dimensions it is equal.
    assert (found.lower <= low).all()
    assert (found.upper >= high).all()
    if len(table.dimensions) == 2:
        assert found.lower.tolist() == low
        assert found.upper.tolist() == high


@settings(max_examples=EXAMPLES, deadline=None)
@given(hidden_tables(most=2), st.sampled_from([0.0, 1.0, 2.0, 3.0]))
def test_exact_bounds_are_those_of_all_whole_number_tables(
    case: tuple[AdditiveTable, np.ndarray], width: float
) -> None:
    table, hidden = case
    most = int(table.values[hidden].max(initial=0)) + 2
    if not hidden.any() or (most + 1) ** int(hidden.sum()) > 100_000:
        return
    low, high = enumerated(table, hidden, most)
    found = audit(table, hidden, at_most=float(most), exact=True)
    assert (found.lower.tolist(), found.upper.tolist()) == (low, high)
    wide = np.array(high) - np.array(low)
    told = attack(table, hidden, everywhere(table, hidden, width), at_most=float(most), exact=True)
    assert told.points.tolist() == found.places[wide == 0].tolist()
    assert told.narrow.tolist() == found.places[(wide > 0) & (wide < width)].tolist()


@settings(max_examples=EXAMPLES, deadline=None)
@given(hidden_tables(most=30))
def test_two_solvers_agree_on_every_interval(case: tuple[AdditiveTable, np.ndarray]) -> None:
    table, hidden = case
    if not hidden.any():
        return
    table = replace(table, counted=False)
    most = float(table.values.max()) + 1.0
    found = audit(table, hidden, at_most=most)
    low, high = by_interior_points(table, hidden, most)
    assert found.lower == pytest.approx(low, abs=1e-4)
    assert found.upper == pytest.approx(high, abs=1e-4)


@settings(max_examples=EXAMPLES, deadline=None)
@given(hidden_tables(most=5), st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0]))
def test_the_attack_decides_as_the_intervals_do(case: tuple[AdditiveTable, np.ndarray], width: float) -> None:
    table, hidden = case
    found, bounds = attack(table, hidden, everywhere(table, hidden, width)), audit(table, hidden)
    assert found.points.tolist() == bounds.places[bounds.width == 0].tolist()
    assert found.narrow.tolist() == bounds.places[(bounds.width > 0) & (bounds.width < width)].tolist()


def line(*values: int) -> AdditiveTable:
    return crossed(np.array(values))


def marks(table: AdditiveTable, *places: int) -> np.ndarray:
    found = np.zeros(len(table), dtype=bool)
    found[list(places)] = True
    return found


def test_one_hidden_part_is_the_difference_and_two_share_it() -> None:
    table = line(2, 5, 9)
    alone, pair = audit(table, marks(table, 1)), audit(table, marks(table, 1, 2))
    assert (alone.lower.tolist(), alone.upper.tolist()) == ([2], [2])
    assert (pair.lower.tolist(), pair.upper.tolist()) == ([0, 0], [7, 7])


@pytest.mark.parametrize(("width", "safe"), [(6, True), (7, True), (8, False)])
def test_an_interval_of_exactly_the_width_is_wide_enough(width: float, safe: bool) -> None:
    table = line(2, 5, 9)
    found = attack(table, marks(table, 1, 2), everywhere(table, marks(table, 1), width))
    assert found.safe == safe
    assert found.narrow.tolist() == ([] if safe else [1])


def test_zeros_that_everybody_knows_do_not_protect() -> None:
    table = line(2, 0, 9)
    hidden = marks(table, 1, 2)
    assert audit(table, hidden).upper.tolist() == [2, 2]
    known = audit(table, hidden, known=marks(table, 2))
    assert (known.lower.tolist(), known.upper.tolist()) == ([2, 0], [2, 0])


def test_a_cell_that_an_earlier_release_showed_is_known() -> None:
    table = line(2, 5, 9)
    hidden = marks(table, 1, 2)
    assert audit(table, hidden, earlier=[marks(table, 1, 3)]).places.tolist() == [1]
    assert audit(table, hidden, earlier=[marks(table, 1, 3)]).width.tolist() == [0]
    assert audit(table, hidden, earlier=[marks(table, 1, 2, 3)]).width.tolist() == [7, 7]
    with pytest.raises(ProtectionError, match="1 of 2 hidden cells"):
        refuse_unsafe(table, hidden, everywhere(table, marks(table, 1)), earlier=[marks(table, 1, 3)])
    with pytest.raises(ProtectionError):  # shown earlier, hidden now
        refuse_unsafe(table, hidden, everywhere(table, marks(table, 1)), earlier=[marks(table, 3)])


def test_an_unsafe_cell_that_is_published_stops_the_release() -> None:
    table = line(2, 5, 9)
    found = attack(table, marks(table), everywhere(table, marks(table, 1)))
    assert found.points.tolist() == [1]


def test_without_a_published_total_nothing_bounds_a_hidden_column_but_what_is_said() -> None:
    table = line(2, 5)
    everything = marks(table, 0, 1, 2)
    assert audit(table, everything).upper.tolist() == [np.inf] * 3
    assert audit(table, everything, at_most=20).upper.tolist() == [20] * 3
    assert audit(table, everything, ask=np.array([2])).places.tolist() == [2]
    result = examined(table, everything, everywhere(table, marks(table, 1), 3))
    assert (result.safe, result.narrowest) == (True, None)


def test_the_result_says_what_was_attacked_and_how_narrow_it_is() -> None:
    table = line(2, 5, 9)
    result = refuse_unsafe(table, marks(table, 1, 2), everywhere(table, marks(table, 1), 3))
    assert (result.hidden, result.points, result.narrow, result.narrowest, result.width) == (2, 0, 0, 7, 3)
    assert (result.equations, result.earlier, result.solver) == (1, 0, "HiGHS")


def test_a_refusal_tells_how_many_cells_and_never_which_or_how_large() -> None:
    table = line(2, 5, 913)
    with pytest.raises(ProtectionError) as caught:
        refuse_unsafe(table, marks(table, 1, 2), everywhere(table, marks(table, 1), 8))
    assert "1 of 2 hidden cells" in caught.value.problem
    assert caught.value.problem.endswith(
        "computed from what would be published, to less than the width the rules ask for."
    )
    assert not any(word in str(caught.value) for word in ("00", "913", "920", "7"))


def test_magnitudes_keep_their_decimals_and_large_numbers_their_digits() -> None:
    table = crossed(np.array([[1.25, 2e9], [3.5, 1e9]]), counted=False)
    hidden = marks(table, 4, 5, 7, 8)
    found = audit(table, hidden)
    assert found.lower.tolist() == pytest.approx([0, 2e9 - 3.5, 0, 1e9 - 1.25], abs=2e-3)
    assert found.upper.tolist() == pytest.approx([4.75, 2e9 + 1.25, 4.75, 1e9 + 3.5], abs=2e-3)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("shown", "most"), [(True, 50), (False, np.inf)])
def test_the_largest_cell_bounds_the_others_if_it_is_shown_wherever_it_stands(
    first: bool, shown: bool, most: float
) -> None:
    cells = [("T", 7.0), ("a", 2.0), ("b", 5.0)]
    cells = [("other", 50.0), *cells] if first else [*cells, ("other", 50.0)]
    names = [name for name, _ in cells]
    values = np.array([value for _, value in cells])
    table = AdditiveTable(
        ("x",), tuple((name,) for name in names), values, values.astype(int),
        ((names.index("T"), (names.index("a"), names.index("b"))),),
    )  # fmt: skip
    hidden = np.array([name != "other" or not shown for name in names])
    assert audit(table, hidden).upper.tolist() == [most] * int(hidden.sum())


def test_a_mask_of_another_length_and_a_published_cell_are_refused() -> None:
    table = line(2, 5, 9)
    with pytest.raises(ProtectionError, match="4 cells and 3 marks"):
        audit(table, np.zeros(3, dtype=bool))
    with pytest.raises(ProtectionError, match="that is published"):
        audit(table, marks(table, 1, 2), ask=np.array([3]))


def test_a_table_without_anything_hidden_has_no_intervals() -> None:
    table = line(2, 5, 9)
    assert len(audit(table, marks(table)).places) == 0
    assert examined(table, marks(table), everywhere(table, marks(table))).safe


def triangles() -> tuple[AdditiveTable, np.ndarray]:
    """Six people's answers, any two neighbours of a triangle add up to at most 1, and the sum of all six."""
    # cells: six corners, six remainders, six published ones, and the sum of the corners
    values = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, *[1] * 6, 2]
    pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
    equations = [(12 + n, (one, other, 6 + n)) for n, (one, other) in enumerate(pairs)]
    table = AdditiveTable(
        ("cell",),
        tuple((str(n),) for n in range(19)),
        np.array(values, dtype=float),
        np.array(values),
        (*equations, (18, (0, 1, 2, 3, 4, 5))),
    )
    return table, np.array([True] * 12 + [False] * 6 + [True])


def test_whole_numbers_can_be_bounded_more_tightly_than_linear_programs_tell() -> None:
    # Halves on every corner add up to 3; in whole numbers one corner of each triangle can be 1.
    table, hidden = triangles()
    assert audit(table, hidden, at_most=5, ask=np.array([18])).upper.tolist() == [3]
    assert audit(table, hidden, at_most=5, ask=np.array([18]), exact=True).upper.tolist() == [2]
    assert audit(table, hidden, at_most=5, ask=np.array([18]), exact=True).lower.tolist() == [0]
    rule = everywhere(table, marks(table, 18), 3)
    assert attack(table, hidden, rule, at_most=5).safe
    assert attack(table, hidden, rule, at_most=5, exact=True).narrow.tolist() == [18]


def test_sums_that_were_rounded_before_they_were_published_can_be_audited() -> None:
    # Each number is rounded by itself: the total is 0.0001 more than its parts.
    values = np.array([3_333_333.3334, 1_111_111.1111, 1_111_111.1111, 1_111_111.1111])
    table = AdditiveTable(
        ("x",), (("T",), ("a",), ("b",), ("c",)), values, np.array([9, 3, 3, 3]), ((0, (1, 2, 3)),), counted=False
    )
    found = audit(table, marks(table, 1, 2))
    assert found.lower.tolist() == pytest.approx([0, 0], abs=1e-3)
    assert found.upper.tolist() == pytest.approx([2_222_222.2222] * 2, abs=1e-3)


def test_a_result_counts_points_and_narrow_cells_apart() -> None:
    # Two rows of their own: one hides a single cell, the other two that share 2 people.
    two = AdditiveTable(
        ("x",), tuple((c,) for c in "TabUcde"), np.array([7.0, 3, 4, 9, 1, 1, 7]), np.array([7, 3, 4, 9, 1, 1, 7]),
        ((0, (1, 2)), (3, (4, 5, 6))),
    )  # fmt: skip
    unsafe = marks(two, 1, 4, 5)
    found = examined(two, unsafe, everywhere(two, unsafe, 3))
    assert (found.points, found.narrow, found.narrowest, found.hidden, found.width) == (1, 2, 0, 3, 3)
    with pytest.raises(ProtectionError, match=r"3 of 3 hidden cells could be computed .* 1 of them exactly"):
        refuse_unsafe(two, unsafe, everywhere(two, unsafe, 3))


def test_what_is_known_to_be_the_largest_bounds_a_table_without_a_total() -> None:
    table = line(2, 5)
    everything = marks(table, 0, 1, 2)
    rule = everywhere(table, marks(table, 1), 8)
    assert refuse_unsafe(table, everything, rule).narrowest is None
    assert examined(table, everything, rule, at_most=9).narrowest == 9
    with pytest.raises(ProtectionError, match="to less than the width"):
        refuse_unsafe(table, everything, rule, at_most=7)


def test_the_narrowest_interval_is_that_of_unsafe_cells_and_left_out_if_it_is_not_wanted() -> None:
    # b + c = 4 is narrower than a + d = 9, and only a and d are unsafe
    table = AdditiveTable(
        ("x",), tuple((c,) for c in "TadUbc"), np.array([9.0, 2, 7, 4, 3, 1]), np.array([9, 2, 7, 4, 3, 1]),
        ((0, (1, 2)), (3, (4, 5))),
    )  # fmt: skip
    hidden, rule = marks(table, 1, 2, 4, 5), everywhere(table, marks(table, 1, 2), 3)
    assert refuse_unsafe(table, hidden, rule).narrowest == 9
    assert refuse_unsafe(table, hidden, rule, narrowest=False).narrowest is None
    assert refuse_unsafe(table, hidden, everywhere(table, marks(table))).narrowest is None
    assert refuse_unsafe(table, hidden, everywhere(table, marks(table))).width == 0


def test_known_cells_and_earlier_releases_count_for_the_narrowest_interval() -> None:
    # y1 + y2 = y5, y5 + y6 = 10, y6 + y7 = 4: y5 is 6 to 10, and so is y1 where y2 is known to be nobody
    values = np.array([8.0, 0, 8, 2, 2, 10, 4])
    table = AdditiveTable(
        ("x",), tuple((c,) for c in "1256pqr"), values, values.astype(int), ((2, (0, 1)), (5, (2, 3)), (6, (3, 4))),
    )  # fmt: skip
    hidden = marks(table, 0, 1, 2, 3, 4)
    unsafe = marks(table, 0)
    free = Protect(unsafe, np.where(unsafe, 3.0, 0.0), marks(table))
    known = Protect(unsafe, np.where(unsafe, 3.0, 0.0), marks(table, 1))
    assert refuse_unsafe(table, hidden, free).narrowest == 10
    assert refuse_unsafe(table, hidden, known).narrowest == 4
    shown = marks(table, 0, 2, 3, 4)  # an earlier release showed y2
    assert refuse_unsafe(table, hidden, free, earlier=[shown]).narrowest == 4
    assert refuse_unsafe(table, hidden, free, earlier=[shown]).earlier == 1


def test_a_mask_of_an_earlier_release_of_another_length_is_refused() -> None:
    table = line(2, 5, 9)
    with pytest.raises(ProtectionError) as caught:
        audit(table, marks(table, 1, 2), earlier=[np.zeros(5, dtype=bool)])
    assert (caught.value.where, caught.value.problem) == ("earlier", "There are 4 cells and 5 marks.")
    with pytest.raises(ProtectionError) as caught:
        audit(table, marks(table, 1, 2), known=np.zeros(3, dtype=bool))
    assert (caught.value.where, caught.value.problem) == ("known", "There are 4 cells and 3 marks.")
    with pytest.raises(ProtectionError) as caught:
        audit(table, np.zeros(5, dtype=bool))
    assert (caught.value.where, caught.value.problem) == ("hidden", "There are 4 cells and 5 marks.")


def test_the_attack_knows_what_everybody_knows_and_counts_its_programs() -> None:
    table = line(2, 0, 9)
    unsafe = marks(table, 1)
    free, known = (Protect(unsafe, np.where(unsafe, 2.0, 0.0), marks(table, *places)) for places in ((), (2,)))
    assert attack(table, marks(table, 1, 2), free).points.tolist() == []
    assert attack(table, marks(table, 1, 2), free).programs > 0
    assert attack(table, marks(table, 1, 2), known).points.tolist() == [1]


@pytest.mark.parametrize(("counted", "points"), [(False, [1]), (True, [])])
def test_a_sum_that_is_known_to_ten_digits_is_known(counted: bool, points: list[int]) -> None:
    # y1 + y2 = 1e9 + 50, y2 + y3 = 100: the first is known to within 100, the second is not
    values = np.array([1e9 + 50, 1e9, 50, 50, 100])
    table = AdditiveTable(
        ("x",), tuple((c,) for c in "T123U"), values, np.full(5, 9), ((0, (1, 2)), (4, (2, 3))), counted=counted
    )
    unsafe = marks(table, 1, 2)
    assert attack(table, marks(table, 1, 2, 3), everywhere(table, unsafe)).points.tolist() == points


def test_an_unsafe_cell_that_is_shown_is_the_narrowest() -> None:
    table = line(2, 5, 9)
    assert examined(table, marks(table, 2, 3), everywhere(table, marks(table, 1, 2))).narrowest == 0
