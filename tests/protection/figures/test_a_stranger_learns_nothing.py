"""Whatever is withheld, a stranger who reads the rows that are left cannot compute it; an audit of its own says so."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from counting import Made, hidden, people, study, without, written

from countersign.errors import ProtectionError
from countersign.model.contribution import Nesting, Told
from countersign.protection import audit_release, refuse, withhold
from countersign.protection.figures.auditing import Earlier

MANY = {"south_yes": 20, "south_no": 20, "east_yes": 15, "east_no": 15}


def audited(made: Made, *names: str, unsafe=None, **options):
    return audit_release(
        made.plan, made.figures, without(made, *names), unsafe=names if unsafe is None else unsafe, **options
    )


def test_a_single_withheld_group_is_found_by_subtracting() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    found = audited(made, "food/north")
    assert found.recovered == ("food/north",)
    assert (found.result.points, found.result.hidden, found.result.safe) == (3, 3, False)
    with pytest.raises(ProtectionError, match="food/north") as stop:
        refuse(found)
    assert "1" not in stop.value.problem.replace("1 withheld", "")


def test_two_withheld_groups_are_safe_if_they_are_enough() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    found = audited(made, "food/north", "food/east", unsafe=["food/north"])
    assert found.safe
    assert (found.result.points, found.result.narrow, found.result.width) == (0, 0, 3.0)
    assert found.result.narrowest == 16
    refuse(found)


@pytest.mark.parametrize(("width", "narrow"), [(2, 0), (3, 3)])
def test_an_interval_is_held_against_the_width_of_the_rule(width: int, narrow: int) -> None:
    """Two groups of two with one yes each: n is known to lie between 0 and 4, the numbers of yes between 0 and 2."""
    made = study(people(north_yes=1, north_no=1, west_yes=1, west_no=1, **MANY), width=width)
    found = audited(made, "food/north", "food/west")
    assert found.result.narrow == (4 if narrow else 0)
    assert found.safe is not bool(narrow)


def test_groups_by_three_variables_add_up_to_those_by_one() -> None:
    """The two old people of a hide each other in the total, but not in the numbers of women and men."""
    rows = [
        {"area": area, "sex": sex, "age": age, "answer": "yes"}
        for area in "ab"
        for sex in "fm"
        for age in ("old", "young")
        for _ in range(1 if (area, age) == ("a", "old") else 20)
    ]
    gone = ("food/a/f/old", "food/a/m/old")
    for by, safe in (([], True), ([("sex",)], False), ([("sex", "age")], False)):
        made = study(rows, by=[(), *by, ("area", "sex", "age")], minimum=2, group_disclosure=False)
        found = audited(made, *gone)
        assert (found.recovered, found.safe) == (() if safe else gone, safe)


def test_what_nothing_can_hide_is_not_asked_for() -> None:
    made = study(people(north_yes=1, south_no=1))
    assert audited(made, "food", "food/north", "food/south").safe
    assert not audited(made, "food/north", "food/south", unsafe=["food/north"]).safe


def test_a_second_indicator_gives_the_base_away() -> None:
    answers = {"food": lambda row: row["answer"] == "yes", "all": lambda row: row["area"] != "x"}
    made = study(people(north_yes=1, north_no=1, **MANY), indicators=answers)
    found = audited(made, "food/north", "food/east", unsafe=["food/north"])
    assert found.recovered == ("food/north",)


def test_categories_of_a_question_give_each_other_away() -> None:
    rows = [{"area": "a", "water": water} for water, n in (("piped", 20), ("tap", 20), ("river", 2)) for _ in range(n)]
    made = study(rows, indicators={}, distributions=["water"], by=[()])
    assert audited(made, "all_water:river").recovered == ("all_water:river",)
    assert audited(made, "all_water:river", "all_water:tap", unsafe=["all_water:river"]).safe


def test_two_conditions_give_away_who_meets_only_one() -> None:
    from countersign.model.contribution import Contribution, Overlap

    rows = people(north_yes=20, north_no=20)
    rows[0]["old"] = "yes"
    answers = {"food": lambda row: row["answer"] == "yes", "young": lambda row: row["answer"] == "yes"}
    made = study(rows, by=[()], indicators=answers, where={"young": lambda row: "old" not in row})
    overlaps = [
        Overlap(inside, ("food", "young"), {}, Contribution("", "", n, n, numerator=n))
        for inside, n in ((("food", "young"), 39), (("food",), 1))
    ]
    found = audited(made, overlaps=overlaps)
    assert found.recovered == ("food without young, all",)
    left = withhold(made.plan, made.figures, replace(made.contributions, overlaps=tuple(overlaps)))
    assert len(hidden(left.figures)) == 1
    assert audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe, overlaps=overlaps).safe


# Earlier releases -----------------------------------------------------------------------------------------------------


def test_a_group_that_an_earlier_release_showed_is_known() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    old = Earlier("last year", written(without(made, "food/north", "food/south")))
    found = audited(made, "food/north", "food/east", unsafe=["food/north"], earlier=[old])
    assert found.recovered == ("food/north",)
    assert found.result.earlier == 1
    with pytest.raises(ProtectionError, match="earlier releases"):
        refuse(found)
    same = Earlier("last year", written(without(made, "food/north", "food/east")))
    assert audited(made, "food/north", "food/east", unsafe=["food/north"], earlier=[same]).safe


@pytest.mark.parametrize(("more", "told"), [(0, False), (1, True), (2, True), (3, False)])
def test_one_or_two_newcomers_are_told_by_two_releases(more: int, told: bool) -> None:
    before = study(people(north_yes=10, north_no=10, **MANY))
    now = study(people(north_yes=10 + more, north_no=10, **MANY))
    found = audited(now, earlier=[Earlier("old", written(before.figures))])
    assert found.newcomers["old"] == (("food", "food/north") if told else ())
    if told:
        with pytest.raises(ProtectionError, match="'old'") as stop:
            refuse(found)
        assert stop.value.where == "protection.earlier"


def test_figures_withheld_now_tell_of_no_newcomer() -> None:
    before = study(people(north_yes=10, north_no=10, **MANY))
    now = study(people(north_yes=11, north_no=10, **MANY))
    names = [one.figure_id for one in now.figures]
    assert audited(now, *names, unsafe=[], earlier=[Earlier("old", written(before.figures))]).safe


# What other tables of a release tell ----------------------------------------------------------------------------------


def test_a_table_of_groups_is_read_together_with_the_figures() -> None:
    """The table of groups hides the two smallest; the figures may then not hide another one instead."""
    made = study(people(north_yes=1, north_no=1, **MANY))
    told = [Told({"area": area}, n, area == "south") for area, n in (("north", 2), ("east", 30), ("south", 40))]
    dear = {"food/east": 100.0}
    assert hidden(withhold(made.plan, made.figures, made.contributions, weights=dear).figures) == {
        "food/north", "food/south",
    }  # fmt: skip
    assert not audited(made, "food/north", "food/south", unsafe=["food/north"], told=told).safe
    beside = replace(made.contributions, told=tuple(told))
    left = withhold(made.plan, made.figures, beside, weights=dear)
    assert "food/east" in hidden(left.figures)
    assert audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe, told=told).safe


def test_hidden_parts_of_a_group_whose_total_another_table_tells_stay_hidden() -> None:
    """The table tells 7 in the north and 34 in the south and hides their parts: figures must not give those away."""
    rows = [
        {"area": area, "sex": sex, "answer": "yes" if number % 2 else "no"}
        for area, sex, count in (("n", "f", 5), ("n", "m", 2), ("s", "f", 30), ("s", "m", 1))
        for number in range(count)
    ]
    told = [Told({"area": "n"}, 7, True), Told({"area": "s"}, 34, True)]
    parts = (("n", "f", 5), ("n", "m", 2), ("s", "f", 32), ("s", "m", 2))
    told += [Told({"area": area, "sex": sex}, count, False) for area, sex, count in parts]
    made = study(rows, by=[(), ("area", "sex")], numerators=False, group_disclosure=False)
    left = withhold(made.plan, made.figures, replace(made.contributions, told=tuple(told)))
    assert {"food/n/m", "food/s/m"} < hidden(left.figures)
    assert audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe, told=told).safe


def crossed(**sizes: int) -> Made:
    """A study by area and sex together, and by nothing else: ``crossed(wf=2)`` are two women in the west."""
    rows = [
        {"area": name[0], "sex": name[1], "answer": "yes" if at % 2 else "no"}
        for name, size in sizes.items()
        for at in range(size)
    ]
    return study(rows, by=[(), ("area", "sex")], numerators=False, group_disclosure=False)


def test_a_group_that_only_another_table_tells_of_is_the_sum_of_those_within_it() -> None:
    """No figure is of women alone, but the table of groups says that 18 took part: two are not in the east."""
    made = crossed(wf=2, wm=8, ef=16, em=15)
    told = [Told({"sex": "f"}, 18, True), Told({"sex": "m"}, 23, True)]
    west = ["food/w/f", "food/w/m"]
    assert audited(made, *west, unsafe=west[:1]).safe
    assert audited(made, *west, unsafe=west[:1], told=told).recovered == ("food/w/f",)
    assert hidden(withhold(made.plan, made.figures, made.contributions).figures) == set(west)
    beside = replace(made.contributions, told=tuple(told))
    left = withhold(made.plan, made.figures, beside)
    assert hidden(left.figures) == {"food/w/f", "food/e/f"}
    assert audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe, told=told).safe


@pytest.mark.parametrize("seed", range(12))
def test_what_is_chosen_beside_other_tables_holds_against_the_attack(seed: int) -> None:
    draw = Random(seed)
    sizes = {f"{area}{sex}": draw.choice([1, 2, 4, 9, 30]) for area in "nesw" for sex in "fm"}
    made = crossed(**sizes)
    sexes = {sex: sum(size for name, size in sizes.items() if name[1] == sex) for sex in "fm"}
    areas = {area: sizes[f"{area}f"] + sizes[f"{area}m"] for area in "nesw"}
    told = [Told({"sex": sex}, size + draw.randrange(3), True) for sex, size in sexes.items()]
    told += [Told({"area": area}, size, size > 9) for area, size in areas.items()]
    beside = replace(made.contributions, told=tuple(told[: draw.choice([2, 6])]))
    left = withhold(made.plan, made.figures, beside)
    assert audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe, told=beside.told).safe


@pytest.mark.parametrize(("silent", "safe"), [(0, False), (1, False), (2, True), (30, True)])
def test_those_who_gave_no_answer_hide_the_others_if_they_are_enough(silent: int, safe: bool) -> None:
    """The people of the south are counted elsewhere: how many of them answered is known to within the silent ones."""
    rows = people(north_yes=1, north_no=1, **MANY)
    rows += [{"area": area, "answer": ""} for area in ("south", "north") for _ in range(silent)]
    answers = {"food": lambda row: row["answer"] == "yes" if row["answer"] else None}
    made = study(rows, indicators=answers, numerators=False, group_disclosure=False)
    sizes = {"north": 2 + silent, "east": 30, "south": 40 + silent}
    told = [Told({"area": area}, n, area == "south") for area, n in sizes.items()]
    found = audited(made, "food/north", "food/south", unsafe=["food/north"], told=told)
    assert ("food/north" not in found.recovered) is safe


DISTRICTS = {"a": "east", "b": "east", "c": "west", "d": "west"}


def in_districts(**sizes: int) -> Made:
    """A study by region and by district, apart; everybody knows which district lies in which region."""
    rows = [
        {"district": name, "region": DISTRICTS[name], "answer": "yes" if at % 2 else "no"}
        for name, size in sizes.items()
        for at in range(size)
    ]
    return study(rows, by=[("region",), ("district",)], numerators=False, group_disclosure=False)


def test_a_district_follows_from_its_region_and_the_other_districts() -> None:
    made, lies = in_districts(a=4, b=30, c=4, d=40), [Nesting("district", "region", DISTRICTS)]
    apart = ["food/a", "food/c"]
    assert audited(made, *apart).safe, "of 78 people two districts are withheld: nobody knows which of them has whom"
    assert set(audited(made, *apart, nestings=lies).recovered) == set(apart)
    together = [*apart, "food/b", "food/d"]
    assert audited(made, *together, unsafe=apart, nestings=lies).safe


def test_districts_by_sex_add_up_to_regions_by_sex() -> None:
    sizes = {("a", "f"): 2, ("a", "m"): 20, ("b", "f"): 30, ("b", "m"): 30, ("c", "f"): 9, ("c", "m"): 9}
    rows = [
        {"district": name, "region": DISTRICTS[name], "sex": sex, "answer": "yes" if at % 2 else "no"}
        for (name, sex), size in sizes.items()
        for at in range(size)
    ]
    by = [("region", "sex"), ("district", "sex")]
    made = study(rows, by=by, numerators=False, group_disclosure=False)
    lies = [Nesting("district", "region", DISTRICTS)]
    gone = [one.figure_id for one in made.figures if set(one.domain.values()) in ({"a", "f"}, {"c", "f"})]
    assert audited(made, *gone, unsafe=gone[:1]).safe
    assert audited(made, *gone, unsafe=gone[:1], nestings=lies).recovered == (gone[0],)
