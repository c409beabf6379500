"""Wider categories in the place of narrow ones: figures, who stands behind them, and all that is told beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pytest
from counting import Made, hidden, study

from countersign.errors import ProtectionError
from countersign.model.contribution import Contribution, Nesting, Overlap, Told
from countersign.model.estimate import EstimateTable
from countersign.protection import withhold
from countersign.protection.figures.coarsening import (
    WIDER,
    Merge,
    choose_merges,
    crosses,
    merged,
    merged_contributions,
    merges_of,
    parts_of,
    plain_name,
    refuse_crossing,
    without_helpers,
)

OLD = Merge("age", "65", ("80", "70", "65"))
PLACE = Merge("place", "hills", ("up", "hills"))


def rows(**counts: int) -> list[dict[str, str]]:
    """People by age and place, half of whom say yes: ``a80_up=4``."""
    found = []
    for name, count in counts.items():
        age, place = name[1:].split("_")
        old, hills = ("65" if age in OLD.codes else age), ("hills" if place in PLACE.codes else place)
        row = {"age": age, "place": place, f"{WIDER}age": old, f"{WIDER}place": hills}
        found += [{**row, "answer": "yes" if at % 2 else "no"} for at in range(count)]
    return found


PEOPLE = rows(a65_up=10, a70_up=6, a80_up=2, a80_town=3, a20_up=8, a20_hills=7, a20_town=9)
BY = [(), ("age",), (f"{WIDER}age",)]
CROSSED = [
    (), ("age",), (f"{WIDER}age",), ("place",), (f"{WIDER}place",),
    ("age", "place"), ("age", f"{WIDER}place"), (f"{WIDER}age", "place"), (f"{WIDER}age", f"{WIDER}place"),
]  # fmt: skip


def put_together(made: Made, *merges: Merge) -> Made:
    table = merged(made.figures, merges)
    behind = merged_contributions(made.contributions, made.figures, table, merges)
    return replace(made, figures=table, contributions=behind)


# Which merges are possible --------------------------------------------------------------------------------------------


def test_a_wider_category_takes_the_place_of_all_codes_that_name_it() -> None:
    wider = {"age": {"80": "65", "10": "child", "70": "65"}, "place": {"up": "hills"}, "sex": {}}
    assert merges_of(wider) == (OLD, Merge("age", "child", ("10", "child")), PLACE)
    assert merges_of({"age": {"65": "65", "80": "65"}}) == (Merge("age", "65", ("65", "80")),)
    same = {"a": {"1": "all"}, "b": {"2": "all"}}
    assert merges_of(same) == (Merge("a", "all", ("1", "all")), Merge("b", "all", ("2", "all")))


def test_a_wider_category_is_made_of_the_narrow_ones() -> None:
    merges = [Merge("area", "north", ("n", "m", "north")), Merge("age", "old", ("70", "80"))]
    assert parts_of(merges) == (
        Nesting("area", "area", {"n": "north", "m": "north", "north": "north"}),
        Nesting("age", "age", {"70": "old", "80": "old"}),
    )


def test_names_are_those_of_the_study() -> None:
    assert plain_name(f"food/{WIDER}age=65,place=up") == "food/age=65,place=up"
    assert plain_name("age") == "age"


# Figures --------------------------------------------------------------------------------------------------------------


def test_without_wider_categories_the_figures_are_those_of_the_study() -> None:
    made = study(PEOPLE, by=CROSSED)
    own = study(PEOPLE, by=[by for by in CROSSED if not any(name.startswith(WIDER) for name in by)])
    assert without_helpers(made.figures) == own.figures
    assert put_together(made) == replace(own, plan=made.plan)


@pytest.mark.parametrize("merges", [(OLD,), (PLACE,), (OLD, PLACE)])
def test_figures_and_people_are_counted_as_if_the_rows_had_the_wider_categories(merges: tuple[Merge, ...]) -> None:
    made = put_together(study(PEOPLE, by=CROSSED), *merges)
    wide = {(one.variable, code): one.category for one in merges for code in one.codes}
    recoded = [{name: wide.get((name, code), code) for name, code in row.items()} for row in PEOPLE]
    expected = study(recoded, by=[by for by in CROSSED if not any(name.startswith(WIDER) for name in by)])

    def told(table: EstimateTable) -> dict[str, tuple[object, ...]]:
        return {one.figure_id: (dict(one.domain), one.n, one.raw) for one in table}

    assert told(made.figures) == told(expected.figures)
    assert len(made.figures) == len(expected.figures)
    assert {one.figure_id: one for one in made.contributions} == {one.figure_id: one for one in expected.contributions}
    assert len(made.contributions.figures) == len(expected.contributions.figures)


def test_figures_of_a_breakdown_stay_together() -> None:
    made = put_together(study(PEOPLE, by=CROSSED, indicators={"a": bool, "b": bool}), OLD, PLACE)
    kinds = [(one.indicator, tuple(one.domain)) for one in made.figures]
    assert list(dict.fromkeys(kinds)) == [
        (name, by) for name in ("a", "b") for by in ((), ("age",), ("place",), ("age", "place"))
    ]
    assert kinds == sorted(kinds, key=list(dict.fromkeys(kinds)).index)


def test_wider_categories_stand_beside_the_narrow_ones_that_are_left() -> None:
    made = put_together(study(PEOPLE, by=[("age",), ("place",), (f"{WIDER}age",)]), OLD)
    assert [dict(one.domain) for one in made.figures] == [
        {"age": "20"}, {"age": "65"}, {"place": "hills"}, {"place": "town"}, {"place": "up"},
    ]  # fmt: skip


def test_a_figure_says_what_was_put_together() -> None:
    made = put_together(study(PEOPLE, by=CROSSED), OLD, PLACE)
    notes = {tuple(one.domain.values()): one.note for one in made.figures}
    old = "80 and 70 are put together, so that fewer people have to be withheld."
    hills = "up are put together, so that fewer people have to be withheld."
    assert notes["65",] == f"{old} as estimated"
    assert notes["hills",] == f"{hills} as estimated"
    assert notes["65", "hills"] == f"{old} {hills} as estimated"
    assert notes["65", "town"] == f"{old} as estimated"
    assert notes["20",] == notes[()] == notes["20", "town"] == "as estimated"


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (("65",), "65 are"),
        (("80", "65"), "80 are"),
        (("80", "70", "65"), "80 and 70 are"),
        (("90", "80", "70", "65"), "90, 80 and 70 are"),
    ],
)
def test_codes_are_listed_in_words(codes: tuple[str, ...], words: str) -> None:
    made = put_together(study(PEOPLE, by=BY), Merge("age", "65", codes))
    (note,) = [one.note for one in made.figures if one.domain == {"age": "65"}]
    assert note.startswith(words)


def test_a_figure_without_a_note_of_its_own_has_that_one_alone() -> None:
    made = study(PEOPLE, by=BY)
    silent = EstimateTable(tuple(replace(one, note="") for one in made.figures))
    notes = [one.note for one in merged(silent, [OLD])]
    assert notes == ["", "", "80 and 70 are put together, so that fewer people have to be withheld."]


def test_people_of_a_wider_category_are_not_those_of_the_code_of_the_same_name() -> None:
    """Ten are 65 themselves, and eleven are older."""
    made = study(PEOPLE, by=BY)
    assert {one.figure_id: one.units for one in put_together(made, OLD).contributions}["food/65"] == 21
    assert {one.figure_id: one.units for one in put_together(made).contributions}["food/65"] == 10


def test_figures_nobody_counted_people_for_have_none_afterwards() -> None:
    made = study(PEOPLE, by=BY)
    some = replace(made.contributions, figures=made.contributions.figures[1:])
    some = replace(some, figures=(replace(some.figures[0], figure_id="of another study"), *some.figures))
    assert len(merged_contributions(some, made.figures, merged(made.figures, [OLD]), [OLD]).figures) == 2


# What is told beside the figures --------------------------------------------------------------------------------------


def overlap(units: int, **domain: str) -> Overlap:
    return Overlap(("food",), ("food", "young"), domain, Contribution("", "", units, units))


def test_people_in_one_condition_alone_are_those_of_the_categories_that_are_shown() -> None:
    made = study(PEOPLE, by=BY)
    overlaps = (
        overlap(1),
        overlap(2, age="65"),
        overlap(3, age="80"),
        overlap(4, age="20"),
        overlap(5, **{f"{WIDER}age": "65"}),
        overlap(4, **{f"{WIDER}age": "20"}),
        overlap(6, place="up"),
    )
    made = replace(made, contributions=replace(made.contributions, overlaps=overlaps))
    assert put_together(made, OLD).contributions.overlaps == (overlap(1), overlap(4, age="20"), overlap(5, age="65"))
    assert put_together(made).contributions.overlaps == overlaps[:4]


def test_what_other_tables_tell_is_added_up_and_withheld_where_a_part_is() -> None:
    made = study(PEOPLE, by=BY)
    told = (
        Told({"age": "80", "place": "up"}, 2, True),
        Told({"place": "up", "age": "70"}, 6, True),
        Told({"age": "70", "place": "town"}, 3, True),
        Told({"age": "65", "place": "town"}, 1, False),
        Told({"age": "80", "place": "town"}, 3, True),
        Told({"place": "80"}, 5, True),
    )
    made = replace(made, contributions=replace(made.contributions, told=told))
    assert put_together(made, OLD).contributions.told == (
        Told({"age": "65", "place": "up"}, 8, True),
        Told({"age": "65", "place": "town"}, 7, False),
        Told({"place": "80"}, 5, True),
    )
    assert put_together(made).contributions.told == told


DISTRICTS = {"d1": "east", "d2": "east", "d3": "east", "d4": "west", "d5": "west"}


def test_a_wider_district_lies_where_all_of_its_districts_do() -> None:
    made = study(PEOPLE, by=BY)
    nestings = (
        Nesting("d", f"{WIDER}d", {"d1": "d2"}),
        Nesting(f"{WIDER}d", "region", {"d2": "east"}),
        Nesting("d", "region", DISTRICTS),
        Nesting("age", "d", {"d1": "d2"}),
    )
    made = replace(made, contributions=replace(made.contributions, nestings=nestings))
    inside = Merge("d", "d12", ("d1", "d2", "d12"))
    assert put_together(made, inside).contributions.nestings == (
        Nesting("d", "region", {"d12": "east", "d3": "east", "d4": "west", "d5": "west"}),
        Nesting("age", "d", {"d1": "d12"}),
    )
    across = Merge("d", "d34", ("d3", "d4", "d34"))
    assert put_together(made, across).contributions.nestings[0].part_of == {"d1": "east", "d2": "east", "d5": "west"}
    regions = Merge("region", "land", ("east", "west", "land"))
    assert put_together(made, regions, inside).contributions.nestings[0].part_of == dict.fromkeys(
        ("d12", "d3", "d4", "d5"), "land"
    )
    assert put_together(made).contributions.nestings == nestings[2:]


def test_a_wider_district_does_not_follow_from_its_region() -> None:
    """The people of d12 are few; their region and the other district of it are told."""
    sizes = {"d1": 1, "d2": 1, "d3": 30, "d4": 4, "d5": 40}
    people = [
        {"d": d, "region": DISTRICTS[d], "answer": "no" if at % 2 else "yes"}
        for d, n in sizes.items()
        for at in range(n)
    ]
    for row in people:
        row[f"{WIDER}d"] = "d12" if row["d"] in ("d1", "d2") else row["d"]
    made = study(people, by=[("region",), ("d",), (f"{WIDER}d",)], numerators=False, group_disclosure=False)
    made = replace(made, contributions=replace(made.contributions, nestings=(Nesting("d", "region", DISTRICTS),)))
    wide = put_together(made, Merge("d", "d12", ("d1", "d2", "d12")))
    gone = hidden(withhold(wide.plan, wide.figures, wide.contributions).figures)
    assert "food/d12" in gone
    assert "food/d3" in gone or "food/east" in gone, "else d12 = east - d3"


def test_a_wider_district_of_two_regions_is_known_for_it() -> None:
    """East is d1, d2 and d3: who sees it, d1 and d2 has d3, whatever d3 is put together with."""
    lies = [Nesting("age", "region", {}), Nesting("d", "region", DISTRICTS)]
    assert crosses(Merge("d", "d34", ("d3", "d4")), lies) is lies[1]
    assert crosses(Merge("d", "d34", ("d3", "d4")), lies[:1]) is None
    assert crosses(Merge("d", "d12", ("d1", "d2", "d12")), lies) is None
    assert crosses(Merge("age", "d34", ("d3", "d4")), lies) is None
    refuse_crossing([Merge("d", "d12", ("d1", "d2"))], lies)
    with pytest.raises(ProtectionError, match="'d34' lie in different categories of 'region'") as stop:
        refuse_crossing([Merge("d", "d12", ("d1", "d2")), Merge("d", "d34", ("d3", "d4"))], lies)
    assert stop.value.where == "protection.coarsen.d"


# The choice -----------------------------------------------------------------------------------------------------------

A, B, C = (Merge(name, "x", (name,)) for name in "abc")


def unsafe_without(
    *needed: tuple[Merge, ...],
) -> tuple[list[list[Merge]], Callable[[Collection[Merge]], Sequence[str]]]:
    """Each set of merges spares a figure; what was asked for is kept."""
    asked: list[list[Merge]] = []

    def unsafe(merges: Collection[Merge]) -> Sequence[str]:
        asked.append(list(merges))
        return [str(one) for one in needed if not set(one) <= set(merges)]

    return asked, unsafe


def test_each_merge_that_spares_a_figure_is_taken_in_the_order_given() -> None:
    _, unsafe = unsafe_without((B,), (C,))
    assert choose_merges((A, B, C), unsafe) == (B, C)
    assert choose_merges((C, B, A), unsafe) == (C, B)


def test_where_nothing_is_unsafe_any_more_no_merge_is_tried() -> None:
    asked, unsafe = unsafe_without((A,))
    assert choose_merges((A, B, C), unsafe) == (A,)
    assert asked == [[], [A]]


def test_a_merge_is_judged_beside_those_that_were_taken() -> None:
    asked, unsafe = unsafe_without((A,), (A, C), (A, B, C))
    assert choose_merges((A, B, C), unsafe) == (A, C)
    assert asked == [[], [A], [A, B], [A, C]]


def test_what_was_decided_is_taken_first_and_not_tried_again() -> None:
    asked, unsafe = unsafe_without((B, A), (C,))
    assert choose_merges((A, B, C), unsafe, forced=[B]) == (A, B, C)
    assert asked == [[B], [B, A], [B, A, C]]
    assert choose_merges((A, C), unsafe, forced=iter([B])) == (C,), "what is not possible cannot be decided"
