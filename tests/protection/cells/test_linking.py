"""Tables that share cells are one table: what one of them shows is known in the other."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Protect
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.auditing import attack, audit
from countersign.protection.cells.crossing import Crossing
from countersign.protection.cells.linking import Linked, linked
from countersign.protection.cells.rules import judge

SEX = Hierarchy.flat("sex", ["f", "m"])
AGE = Hierarchy.flat("age", ["old", "young"])
PLACE = Hierarchy("place", {"Total": "", "N": "Total", "S": "Total"})


def crossed(hierarchies: list[Hierarchy], leaves: list[list[int]]) -> AdditiveTable:
    crossing = Crossing(hierarchies)
    numbers = crossing.added(np.array(leaves))
    return crossing.table(np.asarray(numbers, dtype=float), numbers)


BY_AGE = crossed([PLACE, AGE], [[2, 9], [5, 4]])
BY_SEX = crossed([PLACE, SEX], [[4, 7], [6, 3]])


def named(table: AdditiveTable, *wanted: dict[str, str]) -> np.ndarray:
    """Mark the cells with these codes, totals elsewhere."""
    found = np.zeros(len(table), dtype=bool)
    for codes in wanted:
        cell = tuple(codes.get(name, "Total") for name in table.dimensions)
        found[table.cells.index(cell)] = True
    return found


def both() -> Linked:
    return linked([BY_AGE, BY_SEX])


def test_margins_that_two_tables_have_in_common_are_one_cell() -> None:
    found = both()
    assert len(found.table) == 9 + 9 - 3
    assert found.table.dimensions == ("place", "age", "sex")
    for table, places in zip((BY_AGE, BY_SEX), found.places, strict=True):
        assert found.table.values[places].tolist() == table.values.tolist()
        for codes, place in zip(table.cells, places, strict=True):
            told = dict(zip(table.dimensions, codes, strict=True))
            assert found.table.cells[place] == tuple(told.get(name, "Total") for name in ("place", "age", "sex"))
    assert found.apart == ()
    # 3 + 3 equations each; the one of the totals over places is the same in both
    assert len(found.table.equations) == 6 + 6 - 1


def test_a_margin_hidden_in_one_table_and_shown_in_the_other_is_shown() -> None:
    found = both()
    north = {"place": "N"}
    hidden = found.hidden([named(BY_AGE, north, {"place": "N", "age": "old"}), named(BY_SEX)])
    assert np.flatnonzero(hidden).tolist() == [found.table.cells.index(("N", "old", "Total"))]
    assert audit(found.table, hidden).width.tolist() == [0]


def test_each_table_alone_is_safe_and_both_together_are_not() -> None:
    # Both hide the North and the South, each with a part: alone nobody can tell. Together the hidden margins meet.
    by_age = named(BY_AGE, {"place": "N"}, {"place": "S"}, {"place": "N", "age": "old"}, {"place": "S", "age": "old"})
    by_sex = named(BY_SEX)
    rule = Protect(named(BY_AGE, {"place": "N", "age": "old"}), np.zeros(9), np.zeros(9, dtype=bool))
    assert attack(BY_AGE, by_age, rule).safe
    found = both()
    none = Protect(np.zeros(9, dtype=bool), np.zeros(9), np.zeros(9, dtype=bool))
    together = found.protect([rule, none])
    assert attack(found.table, found.hidden([by_age, np.ones(9, dtype=bool)]), together).safe
    outcome = attack(found.table, found.hidden([by_age, by_sex]), together)
    assert [found.table.cells[place] for place in outcome.points] == [("N", "old", "Total")]


def test_rules_of_all_tables_are_joined() -> None:
    found = both()
    joined = found.protect([judge(BY_AGE), judge(BY_SEX, minimum=4)])
    unsafe = {found.table.cells[place] for place in np.flatnonzero(joined.unsafe)}
    assert unsafe == {("N", "old", "Total"), ("S", "Total", "m")}
    assert joined.width[joined.unsafe].tolist() == [3, 4]
    assert set(joined.reasons.values()) == {("minimum_contributors",)}
    assert not joined.known.any()


def test_a_table_of_one_district_is_not_taken_for_one_of_the_country() -> None:
    part = Crossing([Hierarchy("place", {"N": "", "N1": "N", "N2": "N"})])
    villages = part.table(np.array([11.0, 6, 5]), np.array([11, 6, 5]))
    found = linked([BY_AGE, villages])
    assert len(found.table) == 9 + 2
    assert found.places[1][0] == found.places[0][BY_AGE.cells.index(("N", "Total"))]


def test_two_totals_of_a_dimension_are_refused_unless_it_is_said_which_one_is() -> None:
    other = Crossing([Hierarchy("place", {"All": "", "N": "All", "S": "All"})])
    table = other.table(np.array([20.0, 11, 9]), np.array([20, 11, 9]))
    with pytest.raises(ProtectionError, match="'place' has 2 totals: 'All', 'Total'"):
        linked([BY_AGE, table])
    assert len(linked([BY_AGE, table], totals={"place": "Total"}).table) == 9 + 1


def test_two_values_of_one_cell_are_refused_or_kept_apart() -> None:
    later = crossed([PLACE, AGE], [[2, 9], [5, 5]])
    with pytest.raises(ProtectionError, match="different values"):
        linked([later, BY_AGE])
    found = linked([later, BY_AGE], differing="apart")
    assert len(found.table) == 9 + 4
    assert found.table.dimensions == ("place", "age", "version")
    pairs = {(found.table.cells[a][:2], found.table.values[a], found.table.values[b]) for a, b in found.apart}
    assert pairs == {
        (("Total", "Total"), 21, 20), (("Total", "young"), 14, 13), (("S", "Total"), 10, 9), (("S", "young"), 5, 4),
    }  # fmt: skip


@pytest.mark.parametrize(("minimum", "told"), [(1, 0), (2, 4), (3, 4)])
def test_figures_of_two_releases_that_differ_by_few_people_are_found(minimum: int, told: int) -> None:
    later = crossed([PLACE, AGE], [[2, 9], [5, 5]])
    found = linked([later, BY_AGE], differing="apart")
    shown = found.hidden([named(later), named(BY_AGE)])
    assert len(found.small_differences(shown, minimum=minimum)) == told
    kept = found.hidden([named(later, {"place": "S"}), named(BY_AGE)])
    assert len(found.small_differences(kept, minimum=minimum)) == max(told - 1, 0)


def test_the_fewest_people_and_the_highest_cost_of_a_shared_cell_count() -> None:
    one = AdditiveTable(("x",), (("a",),), np.array([9.0]), np.array([5]), (), costs=np.array([2.0]))
    two = AdditiveTable(
        ("x",), (("a",),), np.array([9.0]), np.array([4]), (), costs=np.array([3.0]), households=np.array([2])
    )
    found = linked([one, two]).table
    assert (found.contributors.tolist(), found.price.tolist(), found.households) == ([4], [3], None)
    assert linked([two, two]).table.households is not None


def test_contributions_are_kept_as_far_as_every_table_has_them() -> None:
    def sums(kept: int) -> AdditiveTable:
        largest = np.array([[5.0, 3.0, 1.0]])[:, :kept]
        return AdditiveTable(("x",), (("a",),), np.array([9.0]), np.array([3]), (), largest=largest, counted=False)

    found = linked([sums(3), sums(2)]).table.largest
    assert found is not None
    assert found.tolist() == [[5, 3]]
    counts = AdditiveTable(("x",), (("a",),), np.array([9.0]), np.array([9]), ())
    for wrong in ([], [sums(2), counts]):
        with pytest.raises(ProtectionError):
            linked(wrong)


def test_a_cell_is_unsafe_if_one_table_says_so_and_known_if_all_do() -> None:
    found = both()
    north = found.table.cells.index(("N", "Total", "Total"))
    joined = found.protect([judge(BY_AGE, minimum=12), judge(BY_SEX, minimum=0)])
    assert joined.unsafe[north]
    assert joined.reasons[north] == ("minimum_contributors",)
    assert set(joined.reasons) == set(np.flatnonzero(joined.unsafe))
    none = crossed([PLACE, AGE], [[2, 9], [0, 0]]), crossed([PLACE, SEX], [[4, 7], [0, 0]])
    empty = linked(none)
    south = empty.table.cells.index(("S", "Total", "Total"))
    assert empty.protect([judge(one) for one in none]).known[south]
    assert not empty.protect([judge(none[0], zeros="protect"), judge(none[1])]).known[south]
    assert not empty.protect([judge(none[0]), judge(none[1], zeros="protect")]).known[south]
    assert empty.protect([judge(none[0]), judge(none[1], zeros="protect")]).unsafe[south]


def sums(value: float, *, code: str = "a", name: str = "x") -> AdditiveTable:
    return AdditiveTable((name,), ((code,),), np.array([value]), np.array([3]), (), counted=False)


@pytest.mark.parametrize(
    ("one", "other", "cells"), [(5.0, 5.0, 1), (5e6, 5e6 + 4, 1), (5e6, 5e6 + 6, 2), (1e-9, 9e-7, 1), (1e-9, 1.1e-6, 2)]
)
def test_sums_are_the_same_up_to_rounding(one: float, other: float, cells: int) -> None:
    found = linked([sums(one), sums(other)], differing="apart").table
    assert len(found) == cells
    assert not found.counted


def test_counts_are_the_same_only_if_they_are_equal() -> None:
    tables = [AdditiveTable(("x",), (("a",),), np.array([n]), np.array([9]), ()) for n in (5e7, 5e7 + 1)]
    found = linked(tables, differing="apart").table
    assert found.cells == (("a", ""), ("a", "1"))
    assert found.counted


def test_a_dimension_that_a_table_lacks_and_that_has_no_total_is_left_empty() -> None:
    found = linked([sums(5.0), sums(7.0, code="f", name="sex")]).table
    assert found.cells == (("a", ""), ("", "f"))


def test_what_cannot_be_linked_is_said() -> None:
    with pytest.raises(ProtectionError, match="There are no tables to link"):
        linked([])
    counts = AdditiveTable(("x",), (("a",),), np.array([5.0]), np.array([5]), ())
    with pytest.raises(ProtectionError, match="no cell in common with sums"):
        linked([counts, sums(5.0)])
    with pytest.raises(ProtectionError) as caught:
        linked([sums(5.0), sums(6.0)])
    assert caught.value.where == "x a"
    other = Crossing([Hierarchy("place", {"All": "", "N": "All", "S": "All"})])
    with pytest.raises(ProtectionError) as told:
        linked([BY_AGE, other.table(np.array([20.0, 11, 9]), np.array([20, 11, 9]))])
    assert told.value.where == "place"


def test_what_two_tables_say_of_one_cell_is_put_together() -> None:
    found = both()
    north = int(found.places[0][BY_AGE.cells.index(("N", "Total"))])
    marks = [named(table, {"place": "N"}) for table in (BY_AGE, BY_SEX)]
    no = np.zeros(9, dtype=bool)
    rules = [
        Protect(mark, np.where(mark, 1.0, 0.0), no, {int(np.flatnonzero(mark)[0]): (why,)})
        for mark, why in zip(marks, ("zeros", "dominance"), strict=True)
    ]
    assert found.protect(rules).reasons == {north: ("zeros", "dominance")}
    known = [Protect(no, np.zeros(9), no), Protect(no, np.zeros(9), ~no)]
    assert not found.protect(known).known[north]


def test_one_table_alone_stays_what_it_is() -> None:
    found = linked([BY_AGE])
    assert (found.table.cells, found.table.counted) == (BY_AGE.cells, True)
    assert found.table.contributors.dtype.kind == "i"
    homes = AdditiveTable(("x",), (("a",),), np.array([9.0]), np.array([9]), (), households=np.array([2]))
    households = linked([homes]).table.households
    assert households is not None
    assert households.dtype.kind == "i"
