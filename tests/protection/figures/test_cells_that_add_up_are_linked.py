"""Figures are cells that add up to each other: which cells, which sums, and what everybody knows beforehand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from counting import people, study

from countersign.model.contribution import Contribution, Nesting, Overlap, Told
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection.figures.judging import judge_linked, unsafe_records
from countersign.protection.figures.linking import EVERYBODY, Linked, link, steps
from countersign.protection.figures.records import Record, records_of, same_people, variables, words
from countersign.protection.figures.system import MANY
from countersign.protection.figures.withholding import cells_hidden, records_of_cells


def record(name: str, n: int, x: int | None = None, *, of: str = "food", universe: str = "all", category: str = "",
           **domain: str) -> Record:  # fmt: skip
    return Record(
        name, of, universe, frozenset(domain.items()), Contribution(name, universe, n, n, numerator=x), category
    )


def sums(linked: Linked) -> set[tuple[str, frozenset[str]]]:
    """The equations in words: a total and its parts, each ``answer group value``."""
    named = [
        f"{cell[1]} {cell[2]} {value:g}" for cell, value in zip(linked.table.cells, linked.table.values, strict=True)
    ]
    return {(named[total], frozenset(named[part] for part in parts)) for total, parts in linked.table.equations}


def known(linked: Linked) -> set[str]:
    return {
        f"{cell[1]} {cell[2]} {value:g}"
        for cell, value, sure in zip(linked.table.cells, linked.table.values, linked.known, strict=True)
        if sure
    }


def test_a_share_is_its_base_those_it_counts_and_the_others() -> None:
    (one,) = link([record("a", 10, 4)])
    assert sums(one) == {("all all 10", frozenset({"food counted all 4", "food not counted all 6"}))}
    assert set(one.shows["a"]) == {0, 1, 2}
    assert one.shown.all()
    assert known(one) == {"all all 10"}, "how many took part is told elsewhere"


def test_a_mean_is_its_base() -> None:
    (one,) = link([record("a", 10)])
    assert (sums(one), len(one.table)) == (set(), 1)


def test_categories_of_a_question_add_up_to_the_base_and_what_is_left_is_known() -> None:
    (one,) = link([record("a", 10, 4, category="x"), record("b", 10, 3, category="y")])
    assert sums(one) == {("all all 10", frozenset({"food x all 4", "food y all 3", "all, left of 0 all 3"}))}
    assert known(one) == {"all all 10", "all, left of 0 all 3"}


def test_groups_add_up_to_those_they_are_parts_of_one_variable_at_a_time() -> None:
    whole = [record("t", 10), record("f", 6, sex="f"), record("m", 4, sex="m")]
    crossed = [
        record("fn", 5, sex="f", area="n"),
        record("fs", 1, sex="f", area="s"),
        record("mn", 4, sex="m", area="n"),
    ]
    (one,) = link([*whole, *crossed])
    assert sums(one) == {
        ("all all 10", frozenset({"all sex=f 6", "all sex=m 4"})),
        ("all sex=f 6", frozenset({"all area=n, sex=f 5", "all area=s, sex=f 1"})),
        ("all sex=m 4", frozenset({"all area=n, sex=m 4"})),
    }


def test_a_breakdown_without_its_total_adds_up_to_those_who_took_part() -> None:
    (one,) = link([record("f", 6, sex="f"), record("m", 4, sex="m")])
    assert sums(one) == {("all all 10", frozenset({"all sex=f 6", "all sex=m 4"}))}
    assert known(one) == {"all all 10"}
    assert one.table.contributors.tolist()[-1] == MANY, "no rule speaks of it: no figure shows it"
    apart = link([record("f", 6, sex="f"), record("m", 4, sex="m")], open_totals=["all"])
    assert [len(part.table) for part in apart] == [1, 1]


def test_the_total_of_a_condition_is_known_only_from_its_figure() -> None:
    (one,) = link([record("t", 10), record("f", 6, sex="f"), record("m", 4, sex="m")], open_totals=["all"])
    assert known(one) == set()


def test_answers_that_are_more_than_the_people_add_up_to_nothing() -> None:
    several = [record("a", 10, 6, category="x"), record("b", 10, 5, category="y")]
    (one,) = link(several)
    assert sums(one) == set(), "some gave two answers"
    (exact,) = link([record("a", 10, 6, category="x"), record("b", 10, 4, category="y")])
    assert sums(exact) == {("all all 10", frozenset({"food x all 6", "food y all 4"}))}


def test_breakdowns_step_to_the_next_coarser_ones_that_there_are() -> None:
    every = [frozenset(some) for size in range(4) for some in combinations("abc", size)]
    for size in range(1, 6):
        for groups in combinations(every, size):
            expected = {
                (outer, inner)
                for outer in groups
                for inner in groups
                if outer < inner and not [one for one in groups if outer < one < inner]
            }
            found = list(steps(groups))
            assert set(found) == expected
            assert len(found) == len(expected)


def test_districts_add_up_to_their_region() -> None:
    parts = [record(name, n, district=name) for name, n in (("a", 1), ("b", 2), ("c", 3))]
    regions = [record("r", 3, region="r"), record("s", 3, region="s")]
    (one,) = link([*parts, *regions], nestings=[Nesting("district", "region", {"a": "r", "b": "r", "c": "s"})])
    assert ("all region=r 3", frozenset({"all district=a 1", "all district=b 2"})) in sums(one)
    assert ("all region=s 3", frozenset({"all district=c 3"})) in sums(one)


def test_districts_add_up_within_another_variable_too() -> None:
    parts = [record("a", 1, district="a", sex="f"), record("b", 2, district="b", sex="f")]
    (one,) = link(
        [*parts, record("r", 3, region="r", sex="f")],
        nestings=[Nesting("district", "region", dict.fromkeys("ab", "r"))],
    )
    assert ("all region=r, sex=f 3", frozenset({"all district=a, sex=f 1", "all district=b, sex=f 2"})) in sums(one)


def test_where_a_figure_names_district_and_region_its_own_region_counts() -> None:
    moved = [record("r", 3, region="r"), record("s", 3, region="s"), record("d", 3, district="a", region="s")]
    (one,) = link(moved, nestings=[Nesting("district", "region", {"a": "r"})])
    assert ("all region=s 3", frozenset({"all district=a, region=s 3"})) in sums(one)
    assert ("all region=r 3", frozenset({"all district=a, region=s 3"})) not in sums(one)


def test_indicators_of_the_same_people_share_their_base() -> None:
    (one,) = link([record("a", 10, 4), record("b", 10, 7, of="water")])
    assert len(one.table) == 5
    assert set(one.shows["a"]) & set(one.shows["b"]) == {0}


def test_the_same_count_under_two_names_is_one_cell() -> None:
    (one,) = link([record("a", 10, 4), record("b", 10, 4, of="water"), record("c", 10, 6, of="dry")])
    assert len(one.table) == 3
    assert one.shows["a"] == one.shows["b"]
    assert set(one.shows["c"]) == set(one.shows["a"]), "those who are not counted by one are counted by the other"


def test_two_counts_of_nobody_are_not_the_same() -> None:
    (one,) = link([record("a", 10, 0), record("b", 10, 0, of="water")])
    assert len(one.table) == 4, "the base, nobody twice, and everybody once"


def test_what_has_nothing_to_do_with_each_other_is_kept_apart() -> None:
    assert len(link([record("a", 10, 4), record("b", 9, 4, of="water", universe="others")])) == 2


def test_people_in_one_condition_and_not_in_another_are_a_cell() -> None:
    records = [record("a", 10, 4), record("b", 8, 3, of="young", universe="young")]
    overlaps = [
        Overlap(inside, ("food", "young"), {}, Contribution("", "", n, n, numerator=x))
        for inside, n, x in ((("food", "young"), 8, 3), (("food",), 2, 1))
    ]
    (one,) = link(records, overlaps=overlaps, open_totals=["young"])
    assert ("all all 10", frozenset({"all all 8", "all all 2"})) in sums(one)
    assert ("food counted all 4", frozenset({"counted all 3", "counted all 1"})) in sums(one)
    assert ("all all 2", frozenset({"counted all 1", "not counted all 1"})) in sums(one)
    assert known(one) == {"all all 10"}
    protect = judge_linked(one, ProtectionPlan(minimum_contributors=3))
    unsafe = {one.table.cells[at][0] for at in np.flatnonzero(protect.unsafe)}
    assert "food but not young" in unsafe


def test_groups_told_elsewhere_are_those_behind_a_figure_and_those_without_an_answer() -> None:
    records = [record("n", 4, area="n"), record("s", 6, area="s")]
    told = [Told({"area": "n"}, 5, False), Told({"area": "s"}, 6, True)]
    (one,) = link(records, told=told)
    assert ("all area=n 5", frozenset({"all area=n 4", "all area=n 1"})) in sums(one)
    assert ("all area=s 6", frozenset({"all area=s 6", "all area=s 0"})) in sums(one)
    named = dict(zip(one.table.cells, one.known.tolist(), strict=True))
    assert (named[EVERYBODY, "all", "area=n"], named[EVERYBODY, "all", "area=s"]) == (False, True)
    assert named["all, left out", "all", "all"]
    protect = judge_linked(one, ProtectionPlan(minimum_contributors=9))
    assert not any(protect.unsafe[at] for at, cell in enumerate(one.table.cells) if cell[0] == "all, left out")


def test_groups_told_elsewhere_add_up_whether_or_not_their_total_is_told_too() -> None:
    """Who knows how many live in the north knows what its two hidden parts have together."""
    parts = [record("f", 4, area="n", sex="f"), record("m", 6, area="n", sex="m")]
    told = [Told({"area": "n"}, 12, True)]
    told += [Told({"area": "n", "sex": sex}, n, sex == "x") for sex, n in (("f", 4), ("m", 6), ("x", 2))]
    (one,) = link(parts, told=told)
    assert (
        "all area=n 12",
        frozenset({"all area=n, sex=f 4", "all area=n, sex=m 6", "all area=n, sex=x 2"}),
    ) in sums(one)
    districts = [Told({"region": "r"}, 12, True), Told({"district": "a"}, 5, False), Told({"district": "b"}, 7, False)]
    (nested,) = link(
        [record("a", 4, district="a"), record("b", 6, district="b")],
        told=districts,
        nestings=[Nesting("district", "region", dict.fromkeys("ab", "r"))],
    )
    assert ("all region=r 12", frozenset({"all district=a 5", "all district=b 7"})) in sums(nested)


def test_costs_are_whole_numbers_and_follow_the_people_and_the_weight() -> None:
    (one,) = link([record("a", 10, 4)], costs={"a": 33.3})
    assert (one.table.costs == np.round(one.table.costs)).all()
    base, yes, no = (one.table.costs[at] for at in one.shows["a"])
    assert yes == no == 35
    assert base == 35
    (plain,) = link([record("a", 10)])
    assert plain.table.costs.tolist() == [23.0]


# Records --------------------------------------------------------------------------------------------------------------


def test_bases_that_agree_wherever_they_meet_are_of_the_same_people() -> None:
    same = [record("a", 10), record("b", 6, sex="f"), record("c", 10, of="water", universe="answered")]
    assert [one.universe for one in same_people(same)] == ["all", "all", "all"]
    other = [*same, record("d", 5, of="water", universe="answered", sex="f")]
    assert [one.universe for one in same_people(other)] == ["all", "all", "answered", "answered"]
    apart = [record("a", 10, sex="f"), record("b", 10, of="water", universe="answered", sex="m")]
    assert [one.universe for one in same_people(apart)] == ["all", "answered"]


def test_a_compared_answer_is_a_record_of_its_question() -> None:
    made = study(people(north_yes=20, north_no=20))
    compared = Contribution("compare:radio:yes", "rows answered radio", 40, 40, numerator=11)
    records = records_of(made.plan, made.figures, replace(made.contributions, compared=(compared,)))
    assert (records[-1].of, records[-1].category, records[-1].domain) == ("compare:radio", "yes", frozenset())
    assert records[-1].universe == records[0].universe


def test_groups_in_words() -> None:
    domain = frozenset({("sex", "f"), ("area", "n")})
    assert (words(domain), words(frozenset()), variables(domain)) == ("area=n, sex=f", "all", {"sex", "area"})


# Rules on cells -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "unsafe"), [(1, True), (4, True), (5, False), (6, False)])
def test_a_base_below_the_minimum_is_unsafe_with_all_that_is_told_of_it(n: int, unsafe: bool) -> None:
    (one,) = link([record("t", 40), record("a", n, of="x", sex="f"), record("b", 40 - n, sex="m")])
    protect = judge_linked(one, ProtectionPlan(minimum_contributors=5, numerators=False))
    assert bool(protect.unsafe.any()) is unsafe
    assert unsafe_records(one, protect, plan=ProtectionPlan(minimum_contributors=5)) == ({"a"} if unsafe else set())


def test_a_total_that_everybody_knows_cannot_be_unsafe_and_its_figure_is() -> None:
    (one,) = link([record("t", 2)])
    plan = ProtectionPlan(minimum_contributors=3)
    protect = judge_linked(one, plan)
    assert not protect.unsafe.any()
    assert unsafe_records(one, protect, plan=plan) == {"t"}
    houses = replace(one, table=replace(one.table, households=np.array([1])))
    assert unsafe_records(houses, protect, plan=ProtectionPlan(minimum_households=2)) == {"t"}
    enough = replace(one, table=replace(one.table, households=np.array([2])))
    assert unsafe_records(enough, protect, plan=ProtectionPlan(minimum_households=2)) == set()


@pytest.mark.parametrize(("households", "unsafe"), [(1, True), (2, False), (3, False)])
def test_households_count_beside_people(households: int, unsafe: bool) -> None:
    (one,) = link([record("t", 40), record("a", 10, sex="f"), record("b", 30, sex="m")])
    counts = np.array([MANY, households, 20])
    plan = ProtectionPlan(minimum_households=2)
    protect = judge_linked(replace(one, table=replace(one.table, households=counts)), plan)
    assert protect.unsafe.tolist() == [False, unsafe, False]


def test_the_width_is_the_minimum_unless_the_study_names_one() -> None:
    (one,) = link([record("t", 40), record("a", 2, sex="f"), record("b", 38, sex="m")])
    assert judge_linked(one, ProtectionPlan(minimum_contributors=4)).width.max() == 4
    assert judge_linked(one, ProtectionPlan(minimum_contributors=4, width=1)).width.max() == 1


def test_zeros_are_known_unless_they_are_protected() -> None:
    (one,) = link([record("t", 40, 20), record("a", 10, 0, sex="f"), record("b", 30, 20, sex="m")])
    shown = judge_linked(one, ProtectionPlan(minimum_contributors=3, group_disclosure=False))
    zero = one.shows["a"][1]
    assert (shown.known[zero], shown.unsafe[zero]) == (True, False)
    kept = judge_linked(one, ProtectionPlan(minimum_contributors=3, group_disclosure=False, zeros="protect"))
    assert (kept.known[zero], kept.unsafe[zero]) == (False, True)


def test_a_cell_is_hidden_when_every_figure_that_shows_it_is() -> None:
    (one,) = link([record("a", 10, 4), record("b", 10, 7, of="water")])
    base = one.shows["a"][0]
    assert not cells_hidden(one, ["a"])[base]
    assert cells_hidden(one, ["a", "b"]).all()
    assert records_of_cells(one, np.arange(len(one.table)) == base) == {"a", "b"}
    assert records_of_cells(one, np.arange(len(one.table)) == one.shows["a"][1]) == {"a"}


def counts(name: str, **numbers: int | None) -> Record:
    """A share of 10 records by fewer people and households, as the rows may say."""
    behind = Contribution(name, "all", 10, 7, numerator=4, **numbers)  # type: ignore[arg-type]
    return Record(name, "food", "all", frozenset(), behind)


def test_a_cell_bears_its_people_and_its_households() -> None:
    numbers = {"numerator_contributors": 3, "remainder_contributors": 5}
    homes = {"households": 6, "numerator_households": 2, "remainder_households": 4}
    (one,) = link([counts("a", **numbers, **homes)])
    assert one.table.contributors.tolist() == [7, 3, 5]
    assert one.table.households is not None
    assert one.table.households.tolist() == [6, 2, 4]
    (without,) = link([counts("a", **numbers)])
    assert without.table.households is None
    (records_only,) = link([counts("a")])
    assert records_only.table.contributors.tolist() == [7, 4, 6]
    (partly,) = link([counts("a", households=6)])
    assert partly.table.households is not None
    assert partly.table.households.tolist() == [6, MANY, MANY]


def test_whoever_hides_a_base_pays_for_the_figures_on_it_once() -> None:
    categories = [record("x", 10, 4, category="x"), record("y", 10, 6, category="y")]
    (one,) = link(categories, costs={"x": 8.0, "y": 20.0})
    cost = dict(zip([cell[1] for cell in one.table.cells], one.table.price.tolist(), strict=True))
    assert cost == {"all": 1 + 8 / 2 + 20 / 2, "food x": 1 + 2 * 8, "food y": 1 + 2 * 20}
    (mean,) = link([record("m", 10)], costs={"m": 8.0})
    assert mean.table.price.tolist() == [1 + 2 * 8]


def test_a_cell_that_several_figures_show_bears_what_each_of_them_costs() -> None:
    own = [record("m", 10), record("a", 10, 4), record("b", 10, 4, of="water")]
    (one,) = link(own, costs={"m": 8.0, "a": 20.0, "b": 40.0})
    cost = dict(zip([cell[1] for cell in one.table.cells], one.table.price.tolist(), strict=True))
    # Of one indicator the figures on a base share its price; a share has two counts besides.
    assert cost == {"all": 1 + 2 * 8 + 20 / 2 + 40, "food counted": 1 + 20 + 40, "food not counted": 1 + 20 + 40}


def test_the_people_of_a_condition_are_no_part_of_themselves() -> None:
    own = [record("a", 10, of="young", universe="young"), record("t", 12)]
    behind = Contribution("", "", 10, 10)
    found = link(own, overlaps=[Overlap(("young",), ("young",), {}, behind)], open_totals=["young"])
    assert [pair for linked in found for pair in sums(linked)] == []


def test_a_mean_beside_a_share_does_not_end_the_list() -> None:
    (one,) = link([record("m", 10), record("a", 10, 4)])
    assert set(one.shows) == {"m", "a"}
    assert len(one.shows["a"]) == 3


def test_as_many_took_part_as_the_fullest_breakdown_has() -> None:
    """Two did not say where they live."""
    own = [record("a", 8, area="a"), record("b", 10, area="b"), record("f", 9, sex="f"), record("m", 11, sex="m")]
    for order in (own, own[::-1]):
        (found,) = link(order)
        parts = {
            frozenset(part.split(", left")[0] for part in some) for whole, some in sums(found) if whole == "all all 20"
        }
        assert parts == {
            frozenset({"all area=a 8", "all area=b 10", "all"}), frozenset({"all sex=f 9", "all sex=m 11"}),
        }  # fmt: skip


def test_a_group_told_that_figures_are_only_parts_of_is_their_sum() -> None:
    own = [
        record("wf", 2, 1, area="w", sex="f"),
        record("ef", 3, 1, area="e", sex="f"),
        record("wm", 8, 4, area="w", sex="m"),
        record("fo", 4, 2, sex="f", age="old"),
        record("other", 9, universe="u", area="w", sex="f"),
    ]
    told = [Told({"sex": "f"}, 7, True), Told({"sex": "m"}, 7, True), Told({"area": "n"}, 5, True)]
    systems = link(own, told=told)
    found = {pair for linked in systems for pair in sums(linked)}
    assert ("all sex=f 7", frozenset({"all sex=f 5", "all sex=f 2"})) in found
    parts = {frozenset(part.split(", left")[0] for part in own) for total, own in found if total == "all sex=f 5"}
    assert parts == {
        frozenset({"all area=e, sex=f 3", "all area=w, sex=f 2"}), frozenset({"all age=old, sex=f 4", "all"}),
    }  # fmt: skip
    assert not any(total == "all sex=m 7" for total, _ in found), "eight men answered: those told of are others"
    assert not any(total.startswith("all area=n") for total, _ in found)
    cells = {(cell, value) for one in systems for cell, value in zip(one.table.cells, one.table.values, strict=True)}
    assert (("all", "all", "sex=f"), 5.0) in cells
    shown = {cell for one in systems for cell, told in zip(one.table.cells, one.shown, strict=True) if told}
    assert not any(cell[2] == "sex=f" for cell in shown)
    assert any(cell[2] == "sex=f" and "counted" in cell[1] for cell, _ in cells), "two breakdowns divide the women"


def test_a_group_told_that_figures_are_of_keeps_their_number() -> None:
    told = [Told({"sex": "f"}, 7, True)]
    (one,) = link([record("f", 5, sex="f"), record("wf", 2, area="w", sex="f")], told=told)
    assert ("all sex=f 7", frozenset({"all sex=f 5", "all sex=f 2"})) in sums(one)
    (one,) = link([record("wf", 5, area="w", sex="f")], told=told)
    assert ("all sex=f 7", frozenset({"all sex=f 5", "all sex=f 2"})) in sums(one), "a mean has no counts"


def test_a_group_told_that_a_figure_contradicts_does_not_end_the_list() -> None:
    told = [Told({"area": "north"}, 5, True), Told({"area": "south"}, 9, True)]
    own = [record("n", 6, universe="u", area="north"), record("s", 7, universe="u", area="south")]
    found = [words_ for linked in link(own, told=told) for words_ in sums(linked)]
    assert not any("north 5" in total for total, _ in found)
    assert any(total == "all area=south 9" and "all area=south 7" in parts for total, parts in found)


def test_people_who_have_no_figure_of_a_group_do_not_end_the_list() -> None:
    own = [record("n", 6, universe="first", area="north"), record("s", 7, universe="second", of="w", area="south")]
    found = [pair for linked in link(own, told=[Told({"area": "south"}, 9, True)]) for pair in sums(linked)]
    assert ("all area=south 9", frozenset({"all area=south 7", "all area=south 2"})) in found


def test_districts_of_regions_are_found_after_breakdowns_that_have_none() -> None:
    nesting = Nesting("district", "region", {"d1": "r", "d2": "r"})
    own = [
        record("s", 9, sex="f"),
        record("r", 9, region="r"),
        record("d1", 4, district="d1"),
        record("d2", 5, district="d2"),
        record("rs", 9, region="r", sex="f"),
        record("d1s", 4, district="d1", sex="f"),
        record("d2s", 5, district="d2", sex="f"),
    ]
    found = {pair for linked in link(own, nestings=[nesting]) for pair in sums(linked)}
    assert ("all region=r 9", frozenset({"all district=d1 4", "all district=d2 5"})) in found
    assert ("all region=r, sex=f 9", frozenset({"all district=d1, sex=f 4", "all district=d2, sex=f 5"})) in found
    for total, parts in found:
        assert not (total.startswith("all district") and any("region" in part for part in parts))


def test_people_in_all_conditions_are_nobody_else_and_means_have_no_answers() -> None:
    behind = Contribution("o", "x", 3, 3, numerator=1)
    both = Overlap(("food", "work"), ("food", "work"), {}, behind)
    own = [record("a", 10, 4, universe="one"), record("b", 8, 2, of="work", universe="two")]
    names = {cell[0] for linked in link(own, overlaps=[both]) for cell in linked.table.cells}
    assert "food and work" in names
    only = Overlap(("food",), ("food", "work", "rest"), {}, Contribution("o", "x", 3, 3))
    cells = [cell for linked in link(own, overlaps=[only]) for cell in linked.table.cells]
    assert [cell[1] for cell in cells if cell[0] == "food but not work nor rest"] == ["all"]
