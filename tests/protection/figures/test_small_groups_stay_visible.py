"""Wider categories and periods, decisions of communities, and groups that are the last to be withheld for others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from counting import Made, hidden, people, study
from hypothesis import example, given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.model.contribution import Told
from countersign.model.disclosure import Visibility
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Population
from countersign.model.protection_plan import GroupDecision, VisibleGroup
from countersign.protection import unsafe_figures, withhold
from countersign.protection.figures.coarsening import (
    WIDER,
    Merge,
    choose_merges,
    merged,
    merged_contributions,
    merges_of,
    without_helpers,
)
from countersign.protection.figures.deciding import NEVER, not_secret, rule, taken
from countersign.protection.figures.pooling import pooled
from countersign.protection.figures.sparing import people_hidden, spare, spared_groups, weights_of
from countersign.protection.figures.visibility import losses, told_share, visibility

# Periods --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "size", "wanted"),
    [
        (["2021", "2022", "2023"], 2, {"2022": "2022-2023", "2023": "2022-2023"}),
        (["2020", "2021", "2022", "2023"], 2,
         {"2020": "2020-2021", "2021": "2020-2021", "2022": "2022-2023", "2023": "2022-2023"}),
        (["2021", "2022", "2023"], 3, dict.fromkeys(["2021", "2022", "2023"], "2021-2023")),
        (["2023"], 2, {}),
        ([], 2, {}),
        (["2023", "2023", "2022"], 2, {"2022": "2022-2023", "2023": "2022-2023"}),
    ],
)  # fmt: skip
def test_periods_are_put_together_from_the_newest_backwards(periods, size, wanted):
    assert pooled(periods, size) == wanted


@pytest.mark.parametrize("size", [-1, 0, 1])
def test_one_period_cannot_be_put_together(size):
    with pytest.raises(ProtectionError, match="Fewer than two periods"):
        pooled(["2023"], size)


# Wider categories -----------------------------------------------------------------------------------------------------

AGES = {"80": "65", "70": "65"}


def aged(**counts: int) -> Made:
    """A study by age, with the wider ages beside the narrow ones."""
    rows = [{**row, "age": row["area"], f"{WIDER}age": AGES.get(row["area"], row["area"])} for row in people(**counts)]
    return study(rows, by=((), ("age",), (f"{WIDER}age",)))


def put_together(made: Made, *merges: Merge) -> Made:
    table = merged(made.figures, merges)
    return replace(
        made, figures=table, contributions=merged_contributions(made.contributions, made.figures, table, merges)
    )


def test_a_wider_category_takes_the_place_of_the_narrow_ones():
    made = aged(a20_yes=9, a20_no=9, **{"70_yes": 5, "70_no": 4, "80_yes": 1, "80_no": 1})
    (merge,) = merges_of({"age": AGES})
    assert merge == Merge("age", "65", ("80", "70", "65"))
    wide = put_together(made, merge)
    assert [dict(one.domain) for one in wide.figures] == [{}, {"age": "a20"}, {"age": "65"}]
    old = next(one for one in wide.figures if one.domain == {"age": "65"})
    assert (old.n, old.raw) == (11, 6 / 11)
    assert old.note == "80 and 70 are put together, so that fewer people have to be withheld. as estimated"
    assert {one.figure_id: one.units for one in wide.contributions}[old.figure_id] == 11
    assert len(wide.contributions.figures) == 3
    assert hidden(withhold(wide.plan, wide.figures, wide.contributions).figures) == set()
    narrow = put_together(made)
    assert [dict(one.domain) for one in narrow.figures] == [{}, {"age": "70"}, {"age": "80"}, {"age": "a20"}]
    assert narrow.figures == without_helpers(made.figures)
    assert hidden(withhold(narrow.plan, narrow.figures, narrow.contributions).figures) != set()


def test_a_category_that_has_the_name_of_the_wider_one_is_part_of_it():
    made = aged(**{"65_yes": 4, "65_no": 4, "80_yes": 1, "80_no": 1, "a20_yes": 5, "a20_no": 5})
    wide = put_together(made, *merges_of({"age": AGES}))
    assert [(dict(one.domain), one.n) for one in wide.figures] == [({}, 20), ({"age": "a20"}, 10), ({"age": "65"}, 10)]


@pytest.mark.parametrize(("people_of_80", "taken_"), [(2, True), (3, True), (6, False)])
def test_categories_are_put_together_only_where_something_would_be_withheld(people_of_80, taken_):
    yes, no = (people_of_80 + 1) // 2, people_of_80 // 2
    made = aged(a20_yes=9, a20_no=9, **{"70_yes": 5, "70_no": 4, "80_yes": yes, "80_no": no})

    def unsafe(merges):
        own = put_together(made, *merges)
        return unsafe_figures(own.plan, own.figures, own.contributions)

    chosen = choose_merges(merges_of({"age": AGES}), unsafe)
    assert bool(chosen) is taken_  # of three people the share tells of one or two


def test_a_merge_that_spares_nothing_is_not_taken():
    possible = (Merge("a", "x", ("1",)), Merge("b", "y", ("2",)), Merge("c", "z", ("3",)))
    helpful = {possible[1]}
    assert choose_merges(possible, lambda merges: ["f", "g"][len(helpful & set(merges)) :]) == (possible[1],)
    assert choose_merges(possible, lambda merges: []) == ()
    assert choose_merges(possible, lambda merges: [], forced=[possible[2]]) == (possible[2],)
    assert choose_merges(possible, lambda merges: ["f"], forced=[possible[2]]) == (possible[2],)


def test_what_is_told_beside_the_figures_is_added_up_as_well():
    made = aged(a20_yes=9, a20_no=9, **{"70_yes": 5, "70_no": 4, "80_yes": 1, "80_no": 1})
    told = (Told({"age": "80"}, 2, False), Told({"age": "70"}, 9, True), Told({"age": "a20"}, 18, True))
    made = replace(made, contributions=replace(made.contributions, told=told))
    wide = put_together(made, *merges_of({"age": AGES}))
    assert wide.contributions.told == (Told({"age": "65"}, 11, False), Told({"age": "a20"}, 18, True))
    assert put_together(made).contributions.told == told


# Decisions ------------------------------------------------------------------------------------------------------------


def decision(action="show", minimum=2, **group: str) -> GroupDecision:
    return GroupDecision(
        group or {"area": "ama"}, action, "Council", "community body", "2026-02-01", "See us.", minimum
    )


def ruled(made: Made, *decisions: GroupDecision, refusals: int = 0):
    behind = made.contributions
    figures = tuple(replace(one, refusals=refusals if one.figure_id.endswith("ama") else 0) for one in behind.figures)
    behind = replace(behind, figures=figures)
    unsafe = unsafe_figures(made.plan, made.figures, behind)
    ruling = rule(decisions, made.figures, behind, unsafe=unsafe)
    after = withhold(made.plan, made.figures, behind, minimums=ruling.minimums).figures
    return ruling, after, taken(decisions, ruling, made.figures, after)


def ama(yes: int, no: int, *, minimum: int = 5) -> Made:
    return study(people(ama_yes=yes, ama_no=no, north_yes=30, north_no=30, south_yes=20, south_no=25), minimum=minimum)


@pytest.mark.parametrize(("minimum", "shown"), [(3, True), (4, True), (5, False)])
def test_a_community_may_be_shown_from_fewer_people_on(minimum, shown):
    _, after, (told,) = ruled(ama(8, 4, minimum=10), decision(minimum=minimum))
    assert ("food/ama" not in hidden(after)) is shown
    assert told.followed == int(shown)
    assert told.refused == 0


def test_without_a_decision_the_same_group_is_withheld():
    _, after, told = ruled(ama(8, 4, minimum=10))
    assert "food/ama" in hidden(after)
    assert told == ()


def test_a_decision_never_overrides_somebody_who_said_no():
    ruling, after, (told,) = ruled(ama(8, 4, minimum=10), decision(minimum=2), refusals=1)
    assert "food/ama" in hidden(after)
    assert "food/ama" not in ruling.minimums
    assert (told.followed, told.refused) == (0, 1)


def test_a_group_that_may_be_shown_anyway_needs_no_decision():
    ruling, after, (told,) = ruled(ama(20, 20), decision(minimum=2), refusals=1)
    assert ruling.minimums == {}
    assert "food/ama" not in hidden(after)
    assert (told.followed, told.refused) == (0, 0)


def test_a_community_may_ask_not_to_be_shown_however_large():
    ruling, after, (told,) = ruled(ama(20, 20), decision("withhold"))
    assert ruling.minimums == {"food/ama": NEVER}
    assert "food/ama" in hidden(after)
    assert len(hidden(after)) > 1  # one withheld figure alone could be had by subtracting
    assert told.followed == 1


def test_how_many_are_in_a_group_that_decided_to_be_shown_is_no_secret():
    made = ama(8, 4, minimum=10)
    told = (Told({"area": "ama"}, 12, False), Told({"area": "south"}, 45, False), Told({"area": "north"}, 60, True))
    behind = replace(made.contributions, told=told)
    decisions = [decision(minimum=4)]
    ruling = rule(decisions, made.figures, behind, unsafe={"food/ama"})
    assert not_secret(decisions, ruling, behind).told == told[1:]
    assert not_secret([decision(minimum=12)], ruling, behind).told == told[1:]
    assert not_secret([decision(minimum=13)], ruling, behind).told == told
    assert not_secret([decision("withhold")], ruling, behind).told == told
    assert not_secret(decisions, replace(ruling, refused={0: frozenset({"food/ama"})}), behind).told == told
    assert not_secret(decisions, replace(ruling, minimums={}), behind).told == told


def test_to_withhold_comes_before_to_show_and_the_larger_minimum_before_the_smaller():
    ruling, _, told = ruled(ama(8, 4, minimum=10), decision(minimum=2), decision("withhold"))
    assert ruling.minimums == {"food/ama": NEVER}
    assert [one.followed for one in told] == [0, 1]
    ruling, _, _ = ruled(ama(8, 4, minimum=10), decision(minimum=2), decision(minimum=4))
    assert ruling.minimums == {"food/ama": 4}


def test_every_decision_is_heard_in_whatever_order():
    made = ama(8, 4, minimum=10)
    both = [decision("withhold", area="south"), decision("withhold", area="north"), decision(minimum=2)]
    for order in (both, both[::-1]):
        ruling, _, _ = ruled(made, *order)
        assert ruling.minimums == {"food/ama": 2, "food/north": NEVER, "food/south": NEVER}
    ruling, _, _ = ruled(made, decision(minimum=4), decision(minimum=2))
    assert ruling.minimums == {"food/ama": 4}


@pytest.mark.parametrize("minimum", [0, 1])
def test_a_group_may_be_shown_whoever_is_in_it(minimum):
    ruling, after, (told,) = ruled(ama(2, 1, minimum=10), decision(minimum=minimum))
    assert ruling.minimums == {"food/ama": minimum}
    assert "food/ama" not in hidden(after)
    assert told.followed == 1


def test_figures_put_together_by_a_decision_are_counted_by_its_place():
    made = ama(20, 20)
    decisions = (decision("coarsen"), decision("coarsen", area="south"))
    ruling = rule(decisions, made.figures, made.contributions, unsafe=())
    told = taken(decisions, ruling, made.figures, made.figures, merged={1: 7})
    assert [one.followed for one in told] == [0, 7]
    assert [one.followed for one in taken(decisions, ruling, made.figures, made.figures)] == [0, 0]


def test_a_decision_on_another_group_changes_nothing():
    ruling, after, (told,) = ruled(ama(8, 4, minimum=10), decision(area="elsewhere"))
    assert ruling.minimums == {}
    assert "food/ama" in hidden(after)
    assert told.followed == 0


def test_what_was_decided_is_told_with_who_and_when_and_their_words():
    _, _, (told,) = ruled(ama(8, 4, minimum=10), decision(minimum=2))
    assert (told.by, told.role, told.date, told.statement) == ("Council", "community body", "2026-02-01", "See us.")
    assert (told.group, told.action, told.minimum) == ({"area": "ama"}, "show", 2)


# Groups that are spared -----------------------------------------------------------------------------------------------


def test_groups_are_those_the_study_names():
    made = ama(8, 8)
    groups = spared_groups(made.plan, made.figures, made.contributions)
    assert groups == ()  # an area is none of the dimensions of the catalogue
    plan = replace(made.plan, population=Population(groups={"area": ("ama",)}))
    assert [(g.variable, g.category) for g in spared_groups(plan, made.figures, made.contributions)] == [
        ("area", "ama")
    ]
    rules = replace(made.plan.protection, visible=(VisibleGroup("area", weight=7.0),))
    plan = replace(made.plan, protection=rules)
    groups = spared_groups(plan, made.figures, made.contributions)
    assert {(g.category, g.weight) for g in groups} == {("ama", 7.0), ("north", 7.0), ("south", 7.0)}


def test_where_none_is_named_all_but_the_largest_category_of_a_marking_variable_is_spared():
    rows = [{"disability": row["area"], **row} for row in people(with_yes=5, with_no=4, without_yes=30, without_no=30)]
    made = study(rows, by=((), ("disability",)))
    groups = spared_groups(made.plan, made.figures, made.contributions)
    assert [(g.variable, g.category, g.weight) for g in groups] == [("disability", "with", 100.0)]


def test_weights_are_of_the_dearest_group_and_of_no_other_figure():
    made = ama(8, 8)
    groups = (VisibleGroup("area", "ama", 5.0), VisibleGroup("area", "ama", 9.0), VisibleGroup("area", "south", 2.0))
    assert weights_of(groups, made.figures) == {"food/ama": 9.0, "food/south": 2.0}


def chosen(made: Made, weights) -> set[str]:
    return hidden(withhold(made.plan, made.figures, made.contributions, weights=weights).figures)


def test_a_spared_group_is_not_the_one_that_hides_another():
    made = study(people(tiny_yes=1, tiny_no=1, ama_yes=5, ama_no=5, north_yes=30, north_no=30))
    groups = (VisibleGroup("area", "ama"),)
    assert "food/ama" in chosen(made, {})
    found = spare(groups, made.figures, made.contributions, lambda weights: chosen(made, weights))
    assert "food/ama" not in found.hidden
    assert "food/tiny" in found.hidden
    assert "food/ama" in found.unweighted
    rows = visibility(
        made.figures,
        withhold(made.plan, made.figures, made.contributions, weights=found.weights).figures,
        made.contributions,
        spared=groups,
        unweighted=found.unweighted,
    )
    assert [(row.group, row.hidden, row.hidden_unweighted, row.marginalised) for row in rows] == [
        ({"area": "ama"}, 0, 1, True),
        ({"area": "north"}, 1, 0, False),
        ({"area": "tiny"}, 1, 1, False),
    ]
    assert next(iter(losses(rows))) in ("area north", "area tiny")


def test_the_choice_without_weights_is_taken_where_it_is_better_for_a_group():
    made = ama(8, 8)
    groups = (VisibleGroup("area", "ama"), VisibleGroup("area", "south"))
    worse = {"food/ama", "food/south"}  # what a search with weights might come to
    found = spare(groups, made.figures, made.contributions, lambda weights: worse if weights else {"food/ama"})
    assert found.hidden == {"food/ama"}
    assert found.weights == {}


def test_one_group_alone_may_be_spared_where_both_cannot():
    made = ama(8, 8)
    groups = (VisibleGroup("area", "ama"), VisibleGroup("area", "south"))

    def choose(weights):
        if set(weights) == {"food/ama"}:
            return {"food/north"}
        return {"food/south", "food/north"} if weights else {"food/ama"}

    found = spare(groups, made.figures, made.contributions, choose)
    assert found.hidden == {"food/north"}
    assert set(found.weights) == {"food/ama"}


def test_nothing_is_searched_where_nothing_is_taken_from_the_groups():
    made, tries = ama(20, 20), []

    def choose(weights):
        tries.append(weights)
        return set()

    assert spare((VisibleGroup("area", "ama"),), made.figures, made.contributions, choose).weights == {}
    assert tries == [{}]


@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=5),
    spared=st.sets(st.integers(0, 4), min_size=1, max_size=2),
)
@example(counts=[(0, 0), (0, 0), (0, 1)], spared={0})  # one person in all: nothing can be shown, and at once
def test_no_marginalised_group_is_worse_off_than_without_weights(counts, spared):
    rows = [
        {"area": f"a{place}", "answer": answer}
        for place, pair in enumerate(counts)
        for answer, count in zip(("yes", "no"), pair, strict=True)
        for _ in range(count)
    ]
    if not rows:
        return
    made = study(rows)
    groups = [VisibleGroup("area", f"a{place}") for place in sorted(spared) if place < len(counts)]
    found = spare(groups, made.figures, made.contributions, lambda weights: chosen(made, weights))
    after = people_hidden(groups, found.hidden, made.figures, made.contributions)
    before = people_hidden(groups, chosen(made, {}), made.figures, made.contributions)
    assert all(now <= then for now, then in zip(after, before, strict=True))
    assert found.unweighted == chosen(made, {})


# The report on visibility ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people_", "everybody", "figures", "every", "width", "told"),
    [
        (0, 100, 0, 4, 3.0, 0.0),
        (100, 100, 4, 4, 3.0, 1.0),
        (13, 100, 1, 4, 3.0, 0.1),  # rounded to a tenth
        (16, 100, 1, 4, 3.0, 0.2),
        (20, 100, 10, 40, 3.0, 0.3),  # ten figures, three people each: steps of 0.3
        (40, 100, 16, 40, 3.0, 0.48),  # at most steps of a half
        (40, 100, 17, 40, 3.0, 0.425),  # beyond that the share of figures
        (9, 10, 1, 3, 6.0, 1 / 3),
        (0, 0, 1, 3, 6.0, 0.0),
    ],
)  # fmt: skip
def test_the_share_of_people_is_rounded_so_that_it_gives_nothing_away(people_, everybody, figures, every, width, told):
    assert told_share(people_, everybody, figures, every, width=width) == pytest.approx(told)


def test_figures_that_were_put_together_are_counted_as_such():
    made = aged(a20_yes=9, a20_no=9, **{"70_yes": 5, "70_no": 4, "80_yes": 1, "80_no": 1})
    narrow = without_helpers(made.figures)
    wide = put_together(made, *merges_of({"age": AGES}))
    rows = visibility(wide.figures, wide.figures, wide.contributions, narrow=narrow)
    assert {row.group["age"]: (row.figures, row.coarsened, row.hidden) for row in rows} == {
        "70": (1, 1, 0), "80": (1, 1, 0), "a20": (1, 0, 0),
    }  # fmt: skip


def test_the_report_holds_a_row_for_every_category_and_nothing_of_single_figures():
    made = ama(1, 1)
    after = withhold(made.plan, made.figures, made.contributions).figures
    rows = visibility(made.figures, after, made.contributions, width=5.0)
    assert [row.group["area"] for row in rows] == ["ama", "north", "south"]
    assert sum(row.hidden for row in rows) == len(hidden(after))
    assert all(row.hidden_unweighted is None for row in rows)
    assert isinstance(after, EstimateTable)


@pytest.mark.parametrize(
    ("people", "everybody", "figures", "every", "width", "told"),
    [
        (0, 0, 0, 4, 3.0, 0.0),
        (3, 0, 1, 4, 3.0, 0.0),
        (40, 40, 4, 4, 3.0, 1.0),
        (17, 100, 1, 4, 3.0, 0.2),  # to a tenth
        (14, 100, 1, 4, 3.0, 0.1),
        (17, 60, 2, 4, 15.0, 0.5),  # 30 of 60 people are a half: still rounded to it
        (17, 60, 2, 5, 15.0, 0.5),
        (17, 60, 2, 5, 15.5, 0.4),  # 31 would be more than half: the share of figures
        (10, 10, 1, 5, 4.0, 0.8),  # two steps of 0.4, a third would be more than all
        (10, 10, 2, 5, 1.5, 0.9),
        (10, 10, 1, 5, 3.6, 1.0),  # three steps of 0.36 are 1.08
    ],
)
def test_the_share_of_people_hidden_is_told_no_more_exactly_than_the_figures_are(
    people: int, everybody: int, figures: int, every: int, width: float, told: float
) -> None:
    assert told_share(people, everybody, figures, every, width=width) == pytest.approx(told)


def test_a_group_is_told_how_many_of_its_figures_were_changed_and_whom_that_hides():
    made = study(people(north_yes=30, north_no=30, south_yes=10, south_no=10))
    noisy = EstimateTable(
        tuple(replace(one, flags=("noise",)) if one.domain == {"area": "south"} else one for one in made.figures)
    )
    rows = {row.group["area"]: row for row in visibility(made.figures, noisy, made.contributions)}
    assert (rows["north"].changed, rows["south"].changed) == (0, 1)
    two = study(
        people(north_yes=30, north_no=30, south_yes=10, south_no=10),
        indicators={
            "food": lambda row: row["answer"] == "yes",
            "south_only": lambda row: row["area"] == "south" or None,
        },
    )
    gone = EstimateTable(tuple(one.withheld() if one.figure_id == "food/south" else one for one in two.figures))
    rows = {row.group["area"]: row for row in visibility(two.figures, gone, two.contributions)}
    assert (rows["south"].hidden, rows["south"].people) == (1, 0.5)
    assert (rows["north"].hidden, rows["north"].people) == (0, 0.0)
    unknown = replace(two.contributions, figures=())
    assert visibility(two.figures, gone, unknown)[1].people == 0.0
    # Of a figure nobody counted who stands behind it: it hides nobody.
    partly = replace(
        two.contributions, figures=tuple(one for one in two.contributions.figures if one.figure_id != "food/south")
    )
    few = replace(partly, figures=tuple(replace(one, contributors=5) for one in partly.figures))
    assert {row.group["area"]: row.people for row in visibility(two.figures, gone, few)}["south"] == 0.0


@pytest.mark.parametrize(("width", "told"), [(None, 0.6), (1.0, 0.6), (2.0, 0.4), (4.0, 0.5)])
def test_whom_hiding_concerns_is_told_to_a_person_a_figure_unless_a_width_is_named(width, told):
    two = study(
        [{"area": "south", "answer": "yes"}] * 5,
        by=(("area",),),
        indicators={"food": lambda row: True, "none": lambda row: None, "water": lambda row: True},
    )
    behind = tuple(
        replace(one, contributors=people_) for one, people_ in zip(two.contributions.figures, (3, 2), strict=True)
    )
    gone = EstimateTable((two.figures.estimates[0].withheld(), two.figures.estimates[1]))
    options = {} if width is None else {"width": width}
    (row,) = visibility(two.figures, gone, replace(two.contributions, figures=behind), **options)
    assert row.people == pytest.approx(told)


def test_losses_are_told_in_words_the_largest_first():
    rows = [
        Visibility({"area": "north", "sex": "f"}, figures=4, hidden=1, people=0.0),
        Visibility({"area": "south"}, figures=2, hidden=1, people=0.0),
    ]
    assert list(losses(rows).items()) == [("area south", 0.5), ("area north, sex f", 0.25)]
