"""Lists of codes and tables of cells are read, and what is wrong with them is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.completing import completed
from countersign.protection.cells.reading import cells_of_file, hierarchies_of, hierarchy_of_parents, overlaid

PLACE = Hierarchy("place", {"T": "", "a": "T", "a1": "a", "a2": "a", "b": "T"})


def file(**changes: list[Any]) -> dict[str, list[Any]]:
    return {
        "place": ["T", "a", "a1", "a2", "b"],
        "freq": [9, 5, 2, 3, 4],
        "status": ["s", "s", "u", "x", "s"],
        "people": [8, 5, 2, 3, 3],
    } | changes


def test_a_list_of_several_variables_gives_a_hierarchy_of_each() -> None:
    place, sex = hierarchies_of(
        {
            "level": ["@", "@@", "@", "@@"],
            "name": ["all", "north", "all", 1.0],
            "dim": ["place", "place", "sex", "sex"],
        }
    )
    assert (place.variable, place.parents) == ("place", {"all": "", "north": "all"})
    assert (sex.variable, sex.parents) == ("sex", {"all": "", "1": "all"})
    with pytest.raises(ProtectionError, match="no column 'dim'"):
        hierarchies_of({"level": ["@"], "name": ["all"]})


@pytest.mark.parametrize("nothing", [None, "", float("nan")])
def test_the_total_has_no_parent(nothing: object) -> None:
    assert hierarchy_of_parents("place", ["all", "north"], [nothing, "all"]).total == "all"


def test_a_code_with_two_parents_is_refused() -> None:
    with pytest.raises(ProtectionError, match="'a' occurs twice"):
        hierarchy_of_parents("place", ["all", "a", "a"], ["", "all", "all"])


def test_a_file_of_cells_gives_the_table_and_what_is_hidden() -> None:
    found = cells_of_file(file(), [PLACE], status="status", contributors="people")
    assert found.hidden.tolist() == [False, False, True, True, False]
    assert found.unsafe.tolist() == [False, False, True, False, False]
    assert found.table.equations == ((0, (1, 4)), (1, (2, 3)))
    assert found.table.contributors.tolist() == [8, 5, 2, 3, 3]
    assert not found.guessed
    costly = cells_of_file(file(cost=[9, 9, 1, 1, 9], homes=[3, 2, 1, 1, 2]), [PLACE], cost="cost", households="homes")
    assert costly.table.price.tolist() == [9, 9, 1, 1, 9]
    assert costly.table.households is not None
    assert costly.table.households.tolist() == [3, 2, 1, 1, 2]


def test_the_word_primary_marks_an_unsafe_cell_and_secondary_does_not() -> None:
    found = cells_of_file(file(status=["s", "s", " Primary ", "secondary", "s"]), [PLACE], status="status")
    assert found.unsafe.tolist() == [False, False, True, False, False]
    assert found.hidden.tolist() == [False, False, True, True, False]
    assert not cells_of_file(file(), [PLACE]).unsafe.any()


def test_a_table_of_sums_stays_one_of_sums() -> None:
    sums = file(freq=[9.5, 5.5, 2.25, 3.25, 4.0])
    assert not cells_of_file(sums, [PLACE], contributors="people", counted=False).table.counted
    assert cells_of_file(file(), [PLACE]).table.counted


def test_the_first_line_of_a_file_may_be_a_part_of_a_total() -> None:
    upside_down = {"place": ["a1", "a2", "a", "b", "T"], "freq": [2, 3, 5, 4, 9]}
    assert cells_of_file(upside_down, [PLACE]).table.equations == ((2, (0, 1)), (4, (2, 3)))


@pytest.mark.parametrize(
    ("read", "where", "problem"),
    [
        (lambda: hierarchy_of_parents("place", ["T", "a", "a"], ["", "T", "T"]), "place, line 3", "'a' occurs twice."),
        (
            lambda: cells_of_file(file(place=["T", "a", "a1", "a2", "zz9"]), [PLACE]),
            "place",
            "1 codes are in no line of the hierarchy, such as 'zz9'.",
        ),
        (
            lambda: cells_of_file(file(freq=[9, None, 2, 3, 4]), [PLACE], status="status"),
            "freq",
            "1 cells have no number and are not marked as hidden.",
        ),
        (
            lambda: cells_of_file(file(people=[8, 5, 2, 3, float("inf")]), [PLACE], contributors="people"),
            "people",
            "'people' does not hold a number in every line.",
        ),
        (lambda: cells_of_file(file(), [PLACE], value="zz9"), "the table", "There is no column 'zz9'."),
    ],
)
def test_a_message_names_the_place(read: Any, where: str, problem: str) -> None:
    with pytest.raises(ProtectionError) as told:
        read()
    assert (told.value.where, told.value.problem) == (where, problem)


def test_a_hierarchy_bears_the_name_of_its_variable() -> None:
    assert hierarchy_of_parents("place", ["T", "a"], ["", "T"]).variable == "place"


def test_what_an_earlier_table_showed_is_laid_over_line_by_line() -> None:
    now = {"place": ["T", "a", "b"], "freq": [9, 0, 4], "status": ["s", "x", "s"]}
    # The first line of the earlier table helps nobody, the second does; the third is shown today as well.
    before = {"place": ["b", "a", "T"], "freq": [0, 5, 8], "status": ["U", "s", "s"]}
    found = overlaid(now, [before], ["place"], value="freq", status="status")
    assert found == {"place": ["T", "a", "b"], "freq": [9, 5, 4], "status": ["s", "s", "s"]}
    assert now["freq"] == [9, 0, 4]
    plain = {name: values for name, values in now.items() if name != "status"} | {"freq": [9, None, 4]}
    assert overlaid(plain, [{"place": ["a"], "freq": [5]}], ["place"], value="freq")["freq"] == [9, 5, 4]


def test_cells_that_are_not_in_the_file_are_zero_and_totals_add_up_without_them() -> None:
    short = {"place": ["T", "a", "a1"], "freq": [5, 5, 5]}
    assert cells_of_file(short, [PLACE]).table.equations == ((0, (1,)), (1, (2,)))
    with pytest.raises(ProtectionError, match="differs from the sum"):
        cells_of_file({"place": ["T", "a", "a1"], "freq": [5, 5, 4]}, [PLACE])


@pytest.mark.parametrize(
    ("changes", "options", "problem"),
    [
        ({"place": ["T", "a", "a1", "a2", "bb"]}, {}, "no line of the hierarchy, such as 'bb'"),
        ({"freq": [9, 5, 2, 3, "few"]}, {"status": "status"}, "1 cells have no number"),
        ({"people": [9, 5, 2, 3, "few"]}, {"contributors": "people"}, "does not hold a number in every line"),
        ({}, {"value": "n"}, "There is no column 'n'"),
        ({}, {"counted": False}, "how many people"),
        ({"place": ["T", "a", "a1", "a2", "a2"]}, {}, "occurs twice"),
        ({"freq": [9, 5, 2, -3, 10]}, {}, "negative"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    changes: dict[str, list[Any]], options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ProtectionError, match=problem):
        cells_of_file(file(**changes), [PLACE], **options)


def test_numbers_that_fit_stand_in_for_hidden_ones() -> None:
    found = cells_of_file(file(freq=[9, 5, None, "c", 4]), [PLACE])
    assert found.guessed
    assert found.hidden.tolist() == [False, False, True, True, False]
    assert found.table.values[2] + found.table.values[3] == 5
    assert (found.table.values >= 0).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=8, max_size=8), st.sets(st.integers(0, 26), max_size=14), st.booleans())
def test_a_completed_table_adds_up_in_whole_numbers(leaves: list[int], hidden: set[int], counted: bool) -> None:
    from countersign.protection.cells.crossing import Crossing

    crossing = Crossing([Hierarchy.flat(name, ["0", "1"]) for name in "xyz"])
    values = np.asarray(crossing.added(np.array(leaves).reshape(2, 2, 2)), dtype=float)
    missing = np.isin(np.arange(len(values)), list(hidden))
    found = completed(np.where(missing, np.nan, values), crossing.equations(), counted=counted, missing=missing)
    assert (found >= 0).all()
    assert found[~missing].tolist() == values[~missing].tolist()
    crossing.table(found, np.ceil(found), counted=counted)  # refuses what does not add up


def test_numbers_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ProtectionError, match="does not add up"):
        cells_of_file(file(freq=[9, 15, None, None, None]), [PLACE])


def test_earlier_tables_fill_in_what_they_showed() -> None:
    now = {"place": ["T", "a", "b"], "freq": [9, None, None]}
    before = {"place": ["b", "T", "c"], "freq": [4, 8, 1]}
    found = overlaid(now, [before], ["place"], value="freq")
    assert found["freq"] == [9, None, 4]
    assert now["freq"] == [9, None, None]
    marked = overlaid(
        {**now, "s": ["s", "x", "x"]}, [{**before, "s": ["u", "s", "s"]}], ["place"], value="freq", status="s"
    )
    assert marked["freq"] == [9, None, None]
    assert marked["s"] == ["s", "x", "x"]


def test_a_file_of_three_dimensions_has_the_equations_of_all_its_totals() -> None:
    from countersign.protection.cells.crossing import Crossing
    from countersign.protection.cells.reading import equations_between

    crossing = Crossing([PLACE, Hierarchy.flat("sex", ["f", "m"]), Hierarchy.flat("age", ["x", "y", "z"])])
    assert sorted(equations_between(crossing.cells(), crossing.hierarchies)) == sorted(crossing.equations())
