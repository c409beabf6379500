"""The rules that make a cell unsafe, each at its boundary."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from cell_reference import shared_table
from countersign.catalogue import load
from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.crossing import Crossing
from countersign.protection.cells.rules import judge, whole_groups
from real_data import shared


def column(*values: int, households: list[int] | None = None) -> AdditiveTable:
    """A total and its parts."""
    parts = [f"c{number}" for number in range(len(values))]
    numbers = [sum(values), *values]
    return AdditiveTable(
        dimensions=("answer",),
        cells=tuple((code,) for code in ("Total", *parts)),
        values=np.array(numbers, dtype=float),
        contributors=np.array(numbers),
        equations=((0, tuple(range(1, len(numbers)))),),
        households=None if households is None else np.array(households),
    )


def magnitudes(*contributions: list[float]) -> AdditiveTable:
    """A total and parts made of single contributions."""
    everything = [[x for part in contributions for x in part], *map(list, contributions)]
    largest = np.array([[*sorted(part, reverse=True), 0.0, 0.0, 0.0][:3] for part in everything])
    return AdditiveTable(
        dimensions=("region",),
        cells=tuple((code,) for code in ("Total", *(f"r{n}" for n in range(len(contributions))))),
        values=np.array([sum(part) for part in everything]),
        contributors=np.array([len(part) for part in everything]),
        equations=((0, tuple(range(1, len(everything)))),),
        largest=largest,
        counted=False,
    )


@pytest.mark.parametrize(("people", "unsafe"), [(0, False), (1, True), (2, True), (3, False), (4, False)])
def test_a_cell_of_fewer_people_than_the_minimum_is_unsafe_and_an_empty_one_is_not(people: int, unsafe: bool) -> None:
    found = judge(column(people, 50), minimum=3)
    assert found.unsafe.tolist() == [False, unsafe, False]
    assert found.width[1] == (3.0 if unsafe else 0.0)
    assert found.known[1] == (people == 0)


@pytest.mark.parametrize("minimum", [2, 3, 10])
def test_the_minimum_itself_is_enough(minimum: int) -> None:
    found = judge(column(minimum - 1, minimum, minimum + 1, 100), minimum=minimum)
    assert found.unsafe.tolist() == [False, True, False, False, False]
    assert found.reasons == {1: ("minimum_contributors",)}


@pytest.mark.parametrize(("homes", "unsafe"), [(0, False), (1, True), (2, False), (3, False)])
def test_people_of_too_few_households_are_unsafe_however_many_they_are(homes: int, unsafe: bool) -> None:
    table = column(8, 50, households=[homes + 20, homes, 20])
    found = judge(table, minimum=3, households=2)
    assert found.unsafe.tolist() == [False, unsafe, False]
    assert not judge(table, minimum=3).unsafe.any()


@pytest.mark.parametrize(("rest", "unsafe"), [(9.99, True), (10.0, False), (10.01, False)])
def test_p_percent_compares_what_the_others_add_with_a_share_of_the_largest(rest: float, unsafe: bool) -> None:
    # x1 = 100, x2 = 50, X - x1 - x2 = rest; p = 10: unsafe while rest < 10
    found = judge(magnitudes([100.0, 50.0, rest], [5.0] * 200), minimum=0, p_percent=10)
    assert found.unsafe.tolist() == [False, unsafe, False]
    if unsafe:
        assert found.width[1] == pytest.approx(2 * (10 - rest))
        assert found.reasons == {1: ("p_percent",)}


def test_a_total_that_equals_the_limit_of_p_percent_in_decimals_is_safe() -> None:
    # 0.1 x 3 = 0.30000000000000004 in binary; what the others add is 0.3 exactly as written
    assert not judge(magnitudes([3.0, 3.0, 0.1, 0.1, 0.1], [5.0] * 200), minimum=0, p_percent=10).unsafe.any()


@pytest.mark.parametrize(("others", "unsafe"), [(24.9, True), (25.0, False), (25.1, False)])
def test_dominance_compares_the_largest_with_a_share_of_the_total(others: float, unsafe: bool) -> None:
    # x1 + x2 = 75; k = 75 %: unsafe while X < 100
    small = [others / 5] * 5
    found = judge(magnitudes([50.0, 25.0, *small], [1.0] * 300), minimum=0, dominance=(2, 75))
    assert found.unsafe.tolist() == [False, unsafe, False]
    if unsafe:
        assert found.width[1] == pytest.approx(2 * (100 / 75 * 75 - 75 - others))


@pytest.mark.parametrize(("n", "unsafe"), [(1, False), (2, True), (3, True)])
def test_dominance_looks_at_the_n_largest(n: int, unsafe: bool) -> None:
    table = magnitudes([40.0, 40.0, 10.0, 10.0], [1.0] * 300)
    assert judge(table, minimum=0, dominance=(n, 79.9)).unsafe[1] == unsafe


def test_one_contributor_alone_is_unsafe_by_both_rules_on_contributions() -> None:
    table = magnitudes([40.0], [1.0] * 300)
    assert judge(table, minimum=0, p_percent=10).reasons == {1: ("p_percent",)}
    assert judge(table, minimum=0, dominance=(1, 90)).reasons == {1: ("dominance",)}
    assert judge(table, minimum=0, p_percent=10).width[1] == pytest.approx(8.0)


def test_the_widest_of_the_rules_that_spoke_counts() -> None:
    table = magnitudes([40.0, 39.0], [1.0] * 300)
    both = judge(table, minimum=3, p_percent=10, dominance=(2, 90))
    assert both.reasons[1] == ("minimum_contributors", "p_percent", "dominance")
    # minimum: 2 x 10 % x 40 = 8; p %: 2 (4 - 0) = 8; dominance: 2 (79 / 0.9 - 79) = 17.56
    assert both.width[1] == pytest.approx(2 * (79 / 0.9 - 79))


def test_the_width_can_be_set_and_zero_asks_only_that_no_cell_is_a_point() -> None:
    assert judge(column(1, 50), width=0).width.tolist() == [0, 0, 0]
    assert judge(column(1, 50), width=7).width.tolist() == [0, 7, 0]


@pytest.mark.parametrize(
    ("yes", "no", "unsafe"), [(0, 40, True), (1, 39, False), (39, 1, False), (40, 0, True), (1, 0, True)]
)
def test_a_group_whose_members_all_gave_one_answer_is_unsafe_with_the_empty_part(
    yes: int, no: int, unsafe: bool
) -> None:
    found = judge(column(yes, no), minimum=0, group_disclosure=["answer"])
    assert found.unsafe.tolist() == [False, unsafe, unsafe]
    assert not found.known.any()
    assert judge(column(yes, no), minimum=0).known.tolist() == [False, yes == 0, no == 0]


def places_and_answers(leaves: list[list[int]]) -> AdditiveTable:
    """Places by answers, with all totals."""
    crossing = Crossing(
        [
            Hierarchy.flat("place", [f"p{n}" for n in range(len(leaves))]),
            Hierarchy.flat("answer", [f"a{n}" for n in range(len(leaves[0]))]),
        ]
    )
    numbers = crossing.added(np.array(leaves))
    return crossing.table(numbers.astype(float), numbers)


def named(table: AdditiveTable, marks: np.ndarray) -> set[tuple[str, ...]]:
    return {table.cells[place] for place in np.flatnonzero(marks)}


def test_group_disclosure_is_asked_along_the_named_dimension_only() -> None:
    # all 40 of place p1 said a0; all who said a1 live in p0
    table = places_and_answers([[30, 20], [40, 0]])
    along = judge(table, minimum=0, group_disclosure=["answer"])
    assert named(table, along.unsafe) == {("p1", "a0"), ("p1", "a1")}
    across = judge(table, minimum=0, group_disclosure=["place"])
    assert named(table, across.unsafe) == {("p0", "a1"), ("p1", "a1")}
    assert not judge(table, minimum=0).unsafe.any()


def test_an_empty_part_of_a_zero_that_everybody_knows_is_left_out() -> None:
    # nobody anywhere said a2; in p1 all said a0: a1 tells it, a2 tells nothing that is not known
    table = places_and_answers([[30, 20, 0], [40, 0, 0]])
    found = judge(table, minimum=0, group_disclosure=["answer"])
    assert named(table, found.unsafe) == {("p1", "a0"), ("p1", "a1")}
    assert named(table, found.known) == {("Total", "a2"), ("p0", "a2"), ("p1", "a2")}


def test_a_known_zero_reaches_down_through_several_levels() -> None:
    place = Hierarchy("place", {"T": "", "A": "T", "A1": "A", "A11": "A1", "B": "T"})
    crossing = Crossing([place, Hierarchy.flat("answer", ["yes", "no", "other"])])
    numbers = crossing.added(np.array([[5, 0, 0], [20, 20, 0]]))
    table = crossing.table(numbers.astype(float), numbers)
    found = judge(table, minimum=0, group_disclosure=["answer"])
    assert named(table, found.unsafe) == {(p, a) for p in ("A", "A1", "A11") for a in ("yes", "no")}


def test_a_single_empty_cell_that_is_known_to_be_empty_is_left_out() -> None:
    # Nobody in N is away, and N is not whole: that nobody in N1 is away is known. Its parts N1 and N2 have other names.
    values = np.array([9, 5, 4, 0, 3, 3, 0, 6, 2, 4, 0], dtype=float)
    cells = [("N", a) for a in ("T", "x", "y", "z")] + [("N1", a) for a in ("T", "x", "z")]
    cells += [("N2", a) for a in ("T", "x", "y", "z")]
    equations = ((0, (1, 2, 3)), (4, (5, 6)), (7, (8, 9, 10)), (0, (4, 7)), (1, (5, 8)), (3, (6, 10)))
    table = AdditiveTable(("place", "answer"), tuple(cells), values, values.astype(int), equations)
    found = judge(table, minimum=0, group_disclosure=["answer"])
    assert named(table, found.unsafe) == {("N1", "x")}


def test_an_empty_total_of_known_zeros_is_left_out_too() -> None:
    # No woman anywhere said a1, and there are no men in p1: that nobody in p1 said a1 is known.
    crossing = Crossing([Hierarchy.flat(name, codes) for name, codes in
                         (("place", ["p0", "p1"]), ("sex", ["f", "m"]), ("answer", ["a0", "a1", "a2"]))])  # fmt: skip
    numbers = crossing.added(np.array([[[3, 0, 4], [5, 6, 7]], [[8, 0, 0], [0, 0, 0]]]))
    table = crossing.table(numbers.astype(float), numbers)
    found = judge(table, minimum=0, group_disclosure=["answer"])
    assert named(table, found.unsafe) == {("p1", sex, a) for sex in ("f", "Total") for a in ("a0", "a2")}


def test_where_all_of_everybody_is_in_one_part_the_empty_ones_are_unsafe_up_to_the_top() -> None:
    table = places_and_answers([[30, 0], [40, 0]])
    found = judge(table, minimum=0, group_disclosure=["answer"])
    assert named(table, found.unsafe) == {(p, a) for p in ("Total", "p0", "p1") for a in ("a0", "a1")}


def test_a_total_of_one_part_discloses_nothing_about_a_group() -> None:
    assert not judge(column(12), minimum=0, group_disclosure=["answer"]).unsafe.any()


def test_zeros_are_known_unless_they_are_protected() -> None:
    shown, kept = judge(column(0, 50)), judge(column(0, 50), zeros="protect")
    assert (shown.known.tolist(), shown.unsafe.tolist()) == ([False, True, False], [False, False, False])
    assert (kept.known.tolist(), kept.unsafe.tolist()) == ([False, False, False], [False, True, False])
    assert kept.reasons == {1: ("zeros",)}


def test_every_reason_is_an_entry_of_the_catalogue_and_names_a_limit_that_exists() -> None:
    listing, limits = load("protection_rules"), load("protection")
    spoken = judge(magnitudes([40.0, 39.0], [1.0] * 300), p_percent=10, dominance=(2, 90)).reasons[1]
    assert set(spoken) < set(listing.ids)
    for entry in listing:
        assert entry.get("limit") is None or entry["limit"] in limits
        assert {"formula", "words", "applies", "width"} <= set(entry.facts)


@pytest.mark.parametrize("rule", ["nk", "p"])
def test_dominance_and_p_percent_are_those_of_sdctable_on_its_test_data(rule: str) -> None:
    with shared("protection", "tab_microdata1_microdata.csv").open() as file:
        rows = [(row["region"], row["gender"], float(row["val"])) for row in csv.DictReader(file)]
    cells = shared_table("tab_microdata1", f"rule_{rule}", value="val").table
    largest = np.zeros((len(cells), 3))
    people = np.zeros(len(cells), dtype=int)
    for place, (region, gender) in enumerate(cells.cells):
        own = [v for r, g, v in rows if region in (r, "total") and gender in (g, "total")]
        assert sum(own) == cells.values[place]
        largest[place] = [*sorted(own, reverse=True), 0.0, 0.0, 0.0][:3]
        people[place] = len(own)
    table = replace(cells, largest=largest, contributors=people, counted=False)
    expected = json.loads(shared("protection", f"tab_microdata1_rule_{rule}_expected.json").read_text())
    options = {"dominance": (2, 75)} if rule == "nk" else {"p_percent": 20}
    found = judge(table, minimum=0, **options)  # type: ignore[arg-type]
    named = {table.cells[place] for place in np.flatnonzero(found.unsafe)}
    assert named == {(cell["region"], cell["gender"]) for cell in expected["cells"]}
    assert len(named) == expected["n_primary"]


@pytest.mark.parametrize(("name", "unsafe", "people"), [("tab_synth2d_s11", 16, 27), ("tab_synth3d_s21", 44, 83)])
def test_the_unsafe_cells_of_the_synthetic_tables_are_those_of_sdctable(name: str, unsafe: int, people: int) -> None:
    cells = shared_table(name, "primary")
    found = judge(cells.table, minimum=4)
    assert found.unsafe.tolist() == cells.unsafe.tolist()
    assert int(found.unsafe.sum()) == unsafe
    assert int(cells.table.values[found.unsafe].sum()) == people


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"minimum": -1}, "minimum"),
        ({"minimum": 1}, "minimum"),
        ({"households": 1}, "households"),
        ({"households": 2}, "households"),
        ({"p_percent": 10}, "p_percent"),
        ({"p_percent": 0}, "p_percent"),
        ({"p_percent": 100.5}, "p_percent"),
        ({"dominance": (2, 90)}, "dominance"),
        ({"dominance": (0, 90)}, "dominance"),
        ({"dominance": (2, 0)}, "dominance"),
        ({"dominance": (2, 100)}, "dominance"),
        ({"group_disclosure": ["answers"]}, "group_disclosure"),
        ({"group_disclosure": ["xyz"]}, "group_disclosure"),
        ({"zeros": "hide"}, "zeros"),
        ({"width": -0.5}, "width"),
        ({"width": float("inf")}, "width"),
    ],
)
def test_a_rule_that_cannot_be_asked_is_refused(options: dict[str, object], where: str) -> None:
    with pytest.raises(ProtectionError) as caught:
        judge(column(1, 50), **options)  # type: ignore[arg-type]
    assert caught.value.where == where
    assert caught.value.problem[-1] in ".?"
    assert caught.value.expected
    assert caught.value.action


def test_a_share_of_contributions_must_be_known_to_be_asked_for() -> None:
    for options in ({"p_percent": 10}, {"dominance": (1, 90)}, {"dominance": (2, 90)}):
        with pytest.raises(ProtectionError, match="keeps none"):
            judge(column(1, 50), **options)  # type: ignore[arg-type]
    table = magnitudes([40.0, 39.0], [1.0] * 300)
    two = replace(table, largest=table.largest[:, :2])  # type: ignore[index]
    one = replace(table, largest=table.largest[:, :1])  # type: ignore[index]
    assert judge(two, minimum=0, p_percent=10, dominance=(2, 90)).unsafe[1]
    assert judge(one, minimum=0, dominance=(1, 50)).unsafe[1]
    for options in ({"p_percent": 10}, {"dominance": (2, 90)}):
        with pytest.raises(ProtectionError, match="the 2 largest contributions, and the table keeps 1"):
            judge(one, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        *({"p_percent": p} for p in (0, -1, 100.01)),
        *({"dominance": limits} for limits in ((0, 50), (1.5, 50), (1, 0), (1, -1), (1, 100), (1, 100.5))),
    ],
)
def test_limits_out_of_range_are_refused_where_contributions_are_known(options: dict[str, object]) -> None:
    with pytest.raises(ProtectionError, match="out of range"):
        judge(magnitudes([40.0, 39.0], [1.0] * 300), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"p_percent": 0.5}, {"p_percent": 100}, {"dominance": (1, 0.5)}])
def test_limits_near_the_end_of_their_range_are_taken(options: dict[str, object]) -> None:
    assert judge(magnitudes([40.0, 39.0], [1.0] * 300), minimum=0, **options).unsafe[1]  # type: ignore[arg-type]


def test_the_width_of_people_is_the_larger_of_both_minimums() -> None:
    table = column(2, 50, households=[25, 2, 24])
    assert judge(table, minimum=3, households=5).width[1] == 5
    assert judge(table, minimum=7, households=5).width[1] == 7
    assert judge(table, minimum=3, households=5).reasons == {1: ("minimum_contributors", "minimum_households")}
    whole = judge(column(0, 40), minimum=0, group_disclosure=["answer"])
    assert whole.width.tolist() == [0, 1, 1]
    assert whole.reasons == {1: ("group_disclosure",), 2: ("group_disclosure",)}


def test_the_width_of_sums_is_a_share_of_the_largest_contribution() -> None:
    table = magnitudes([40.0, 10.0], [1.0] * 300)
    assert judge(table, minimum=3).width[1] == pytest.approx(2 * 0.1 * 40)
    assert judge(table, minimum=3, p_percent=20).width[1] == pytest.approx(2 * 0.2 * 40)
    three = magnitudes([40.0, 10.0, 30.0], [1.0] * 300)  # safe by p %, and too few people
    assert judge(three, minimum=4, p_percent=20).reasons == {1: ("minimum_contributors",)}
    assert judge(three, minimum=4, p_percent=20).width[1] == pytest.approx(2 * 0.2 * 40)
    unknown = replace(table, largest=None)
    assert judge(unknown, minimum=3).width[1] == pytest.approx(2 * 0.1 * 50)


def test_three_is_the_minimum_if_none_is_said() -> None:
    assert judge(column(2, 3, 4)).unsafe.tolist() == [False, True, False, False]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_rounding_of_decimals_makes_no_cell_unsafe(scale: float) -> None:
    x = [number * scale for number in (3.0, 3.0, 0.1, 0.1, 0.1)]
    assert not judge(magnitudes(x, [5.0 * scale] * 200), minimum=0, p_percent=10).unsafe.any()
    y = [number * scale for number in (0.7, 0.1, 0.2)]
    assert not judge(magnitudes(y, [5.0 * scale] * 200), minimum=0, dominance=(1, 70)).unsafe.any()


def test_rounding_of_large_numbers_makes_no_cell_unsafe() -> None:
    # 10 % of the first is what the others add, and 70 % of the total is the first, to the last digit that is written.
    x = [632270.8, 343718.208, 35401.945, 27825.135]
    assert not judge(magnitudes(x, [9000.0] * 300), minimum=0, p_percent=10).unsafe.any()
    y = [194142.97, 67882.385, 15321.745]
    assert not judge(magnitudes(y, [9000.0] * 300), minimum=0, dominance=(1, 70)).unsafe.any()


def test_whole_groups_of_a_table_without_people_are_none() -> None:
    found = whole_groups(column(0, 0), ["answer"])
    assert found.dtype == bool
    assert not found.any()


def test_limits_at_the_end_of_their_range_are_taken() -> None:
    table = magnitudes([40.0, 39.0], [1.0] * 300)
    assert judge(table, minimum=2, p_percent=100, dominance=(3, 99.9), width=0).unsafe[1]
    with pytest.raises(ProtectionError, match="keeps 3"):
        judge(table, dominance=(4, 90))
