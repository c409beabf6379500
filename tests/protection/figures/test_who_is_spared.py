"""Which groups are the last to be withheld for others, and how a choice that spares them is made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from counting import Made, people, study

from countersign.catalogue import protection_limit
from countersign.model.contribution import Contributions
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Population
from countersign.model.protection_plan import GroupDecision, ProtectionPlan, VisibleGroup
from countersign.protection.figures.sparing import MISSING, MOST_ALONE, spare, spared_groups, weights_of

DEAR = protection_limit("visible_weight")
ROWS = people(north_yes=9, north_no=9, ama_yes=3, ama_no=3, south_yes=6, south_no=6)


def decided(action: str, **group: str) -> GroupDecision:
    return GroupDecision(group=group, action=action, by="council", role="community", date="2026-01-01", statement="We.")  # type: ignore[arg-type]


def spared(
    made: Made,
    *,
    decisions: tuple[GroupDecision, ...] = (),
    visible: tuple[VisibleGroup, ...] = (),
    groups: dict[str, tuple[str, ...]] | None = None,
    labels: dict[str, str] | None = None,
) -> set[tuple]:
    plan = replace(
        made.plan,
        protection=ProtectionPlan(decisions=decisions, visible=visible),
        population=Population(groups=groups or {}),
    )
    table = replace(made.figures, labels=labels or {})
    return {(one.variable, one.category, one.weight) for one in spared_groups(plan, table, made.contributions)}


def test_all_but_the_largest_category_of_a_variable_that_the_catalogue_knows() -> None:
    made = study(ROWS)
    assert spared(made) == set()  # 'area' speaks of no dimension of the list
    assert spared(made, labels={"area": "Disability of the person"}) == {
        ("area", "ama", DEAR),
        ("area", "south", DEAR),
    }


def test_several_variables_are_each_asked_and_the_missing_are_no_group() -> None:
    rows = [
        dict(row, disability=d, ethnicity=e)
        for row in ROWS
        for d, e in [
            ("with", "one"),
            ("without", "two"),
            ("without", "two"),
            (MISSING, MISSING),
            (MISSING, MISSING),
            (MISSING, MISSING),
            (MISSING, MISSING),
        ]
    ]
    made = study(rows, by=[("disability",), ("ethnicity",)])
    assert spared(made) == {("disability", "with", DEAR), ("ethnicity", "one", DEAR)}


def test_what_the_study_names_takes_the_place_of_the_list() -> None:
    made = study(ROWS)
    labels = {"area": "Disability of the person"}
    assert spared(made, groups={"area": ("north",)}, labels=labels) == {("area", "north", DEAR)}
    named = (VisibleGroup("area", "ama", 7.0),)
    assert spared(made, visible=named, groups={"area": ("ama", "south")}) == {
        ("area", "ama", 7.0),
        ("area", "south", DEAR),
    }
    assert spared(made, visible=(VisibleGroup("area", "", 3.0),)) == {
        ("area", name, 3.0) for name in ("north", "south", "ama")
    }
    assert spared(made, visible=(VisibleGroup("unknown", "", 3.0),)) == set()


def test_a_group_that_decided_to_be_shown_is_spared_beside_the_others() -> None:
    made = study(ROWS)
    show, hide = decided("show", area="ama"), decided("withhold", area="south")
    assert spared(made, decisions=(show, hide)) == {("area", "ama", DEAR)}
    assert spared(made, decisions=(decided("show", area="ama", answer="yes"),)) == set()
    both = (VisibleGroup("area", "south", 5.0),)
    assert spared(made, decisions=(show,), visible=both) == {("area", "south", 5.0), ("area", "ama", DEAR)}


def test_where_nobody_counted_who_stands_behind_records_decide_which_group_is_largest() -> None:
    made = study(ROWS)
    nobody = Made(made.plan, made.figures, Contributions())
    assert spared(nobody, labels={"area": "Disability"}) == {("area", "ama", DEAR), ("area", "south", DEAR)}
    # Many records of few people: it is people that count where they are known.
    few = tuple(
        replace(one, contributors=1) if one.figure_id == "food/north" else one for one in made.contributions.figures
    )
    counted = Made(made.plan, made.figures, Contributions(few))
    assert spared(counted, labels={"area": "Disability"}) == {("area", "ama", DEAR), ("area", "north", DEAR)}


def test_a_group_is_as_large_as_the_figure_of_it_that_most_stand_behind() -> None:
    few = {"food": lambda row: True, "water": lambda row: row["area"] != "north" or None}
    made = study(
        [*ROWS, *people(north_yes=30)], indicators={**few, "north": lambda row: row["area"] == "north" or None}
    )
    fewer = tuple(
        replace(one, contributors=1) if one.figure_id == "north/north" else one for one in made.contributions.figures
    )
    counted = Made(made.plan, made.figures, Contributions(fewer))
    assert spared(counted, labels={"area": "Disability"}) == {("area", "ama", DEAR), ("area", "south", DEAR)}


def test_one_person_is_more_than_nobody() -> None:
    made = study(people(ama_yes=1, north_yes=1), by=[("area",)])
    nobody = tuple(replace(one, contributors=int(one.figure_id != "food/ama")) for one in made.contributions.figures)
    counted = Made(made.plan, made.figures, Contributions(nobody))
    assert spared(counted, labels={"area": "Disability"}) == {("area", "ama", DEAR)}


def test_the_dearest_of_the_groups_of_a_figure_counts_and_no_weight_is_below_1() -> None:
    made = study(ROWS, by=[("area", "answer"), ("area",)])
    found = weights_of([VisibleGroup("area", "ama", 4.0), VisibleGroup("answer", "yes", 9.0)], made.figures)
    crossed = {one.figure_id: one.domain for one in made.figures}
    assert {crossed[name].get("area"): weight for name, weight in found.items() if "answer" not in crossed[name]} == {
        "ama": 4.0
    }
    assert all(weight == 9.0 for name, weight in found.items() if crossed[name].get("answer") == "yes")
    assert set(weights_of([VisibleGroup("area", "ama", 0.5)], made.figures).values()) == {1.0}
    for order in ((4.0, 9.0), (9.0, 4.0)):
        twice = [VisibleGroup("area", "ama", weight) for weight in order]
        assert set(weights_of(twice, made.figures).values()) == {9.0}


def test_groups_that_name_no_weight_have_that_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    made = study(ROWS)
    monkeypatch.setattr("countersign.protection.figures.sparing.protection_limit", {"visible_weight": 7.0}.get)
    show = decided("show", area="south")
    assert spared(made, groups={"area": ("ama",)}, decisions=(show,)) == {("area", "ama", 7.0), ("area", "south", 7.0)}
    assert spared(made, labels={"area": "Disability"}) == {("area", "ama", 7.0), ("area", "south", 7.0)}


def tried(made: Made, groups: tuple[VisibleGroup, ...], answers: dict[frozenset[str], set[str]]) -> tuple[list, object]:
    """Return the weights that were asked for, and the choice."""
    asked: list[frozenset[str]] = []

    def choose(weights: dict[str, float]) -> set[str]:
        asked.append(frozenset(weights))
        return answers.get(frozenset(weights), {"food/ama", "food/south"})

    return asked, spare(groups, made.figures, made.contributions, choose)  # type: ignore[arg-type]


def groups(*names: str) -> tuple[VisibleGroup, ...]:
    return tuple(VisibleGroup("area", name, 10.0) for name in names)


def test_one_group_is_not_tried_twice_and_too_many_are_not_tried_alone() -> None:
    made = study(ROWS)
    assert tried(made, groups("ama"), {})[0] == [frozenset(), frozenset({"food/ama"})]
    assert len(tried(made, groups("ama", "south"), {})[0]) == 4
    many = groups("ama", "south", *(f"g{number}" for number in range(MOST_ALONE - 2)))
    assert len(tried(made, many, {})[0]) == 2 + MOST_ALONE
    assert len(tried(made, (*many, *groups("one more")), {})[0]) == 2


def test_where_all_are_spared_at_once_none_is_tried_alone() -> None:
    made = study(ROWS)
    all_ = frozenset({"food/ama", "food/south"})
    asked, found = tried(made, groups("ama", "south"), {all_: {"food/north"}})
    assert asked == [frozenset(), all_]
    assert found.hidden == {"food/north"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("alike", [{"food/south", "food/ama"}, {"food/ama", "food/south", "food/north"}])
def test_a_choice_that_spares_nobody_is_not_taken(alike: set[str]) -> None:
    made = study(ROWS)
    found = tried(
        made,
        groups("ama", "south"),
        dict.fromkeys(
            [frozenset({"food/ama", "food/south"}), frozenset({"food/ama"}), frozenset({"food/south"})], alike
        ),
    )[1]
    assert found.weights == {}  # type: ignore[attr-defined]
    assert found.hidden == {"food/ama", "food/south"}  # type: ignore[attr-defined]


def test_a_choice_that_is_better_for_one_and_worse_for_another_is_not_taken() -> None:
    made = study(ROWS)
    answers = {frozenset(): {"food/south"}, frozenset({"food/ama", "food/south"}): {"food/ama"}}
    asked: list[object] = []

    def choose(weights: dict[str, float]) -> set[str]:
        asked.append(weights)
        return answers.get(frozenset(weights), {"food/south"})

    found = spare(groups("ama", "south"), made.figures, made.contributions, choose)  # type: ignore[arg-type]
    assert found.hidden == {"food/south"}
    assert isinstance(made.figures, EstimateTable)
