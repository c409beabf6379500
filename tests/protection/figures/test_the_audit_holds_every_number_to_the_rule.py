"""The audit at its limits: how wide an interval is enough, which numbers are asked about, what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from counting import Made, people, study, without, written

from countersign.errors import ProtectionError
from countersign.model.contribution import Contribution, Overlap
from countersign.model.disclosure import AuditResult
from countersign.model.estimate import EstimateTable
from countersign.protection import audit_release, refuse, warnings
from countersign.protection.figures import auditing
from countersign.protection.figures.auditing import SOLVER, Earlier, Found

MANY = {"south_yes": 20, "south_no": 20, "east_yes": 15, "east_no": 15}


def means(*, minimum: int = 3, where: bool = False, **sizes: int) -> Made:
    """A median by area: nothing but the people behind it is told. Where there is a condition, their total is not."""
    rows = [{"area": area, "answer": "yes"} for area, n in sizes.items() for _ in range(n)]
    made = study(rows, minimum=minimum, where={"food": lambda row: True} if where else None)
    figures = tuple(replace(one, statistic="quantile", raw=3.25, value=3.25) for one in made.figures)
    return replace(made, figures=EstimateTable(figures))


def audited(made: Made, *names: str, unsafe: tuple[str, ...] | None = None, **options: object) -> Found:
    return audit_release(
        made.plan, made.figures, without(made, *names), unsafe=names if unsafe is None else unsafe, **options
    )  # type: ignore[arg-type]


# How wide is enough ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("together", "safe"), [(2, False), (3, True), (4, True)])
def test_two_groups_hide_each_other_if_together_they_are_as_many_as_the_minimum(together: int, safe: bool) -> None:
    found = audited(means(a=1, b=together - 1, c=40), "food/a", "food/b")
    assert found.safe is safe
    assert found.recovered == (() if safe else ("food/a", "food/b"))
    assert (found.result.points, found.result.narrow) == (0, 0 if safe else 2)
    assert (found.result.narrowest, found.result.width) == (together, 3.0)


@pytest.mark.parametrize(("width", "safe"), [(1, True), (4, True), (5, False)])
def test_the_width_that_the_study_asks_for_takes_the_place_of_the_minimum(width: float, safe: bool) -> None:
    made = means(a=2, b=2, c=40)
    made = replace(made, plan=replace(made.plan, protection=replace(made.plan.protection, width=width)))
    found = audited(made, "food/a", "food/b")
    assert (found.safe, found.result.width) == (safe, float(width))


@pytest.mark.parametrize(("minimum", "width"), [(0, 1.0), (1, 1.0), (2, 2.0)])
def test_without_a_minimum_no_interval_may_be_a_single_number(minimum: int, width: float) -> None:
    found = audited(means(minimum=minimum, a=2, b=2, c=40), "food/a", "food/b")
    assert (found.safe, found.result.width) == (True, width)
    alone = audited(means(minimum=minimum, a=2, b=2, c=40), "food/a")
    assert (alone.result.points, alone.result.narrow, alone.result.narrowest) == (1, 0, 0)


def test_numbers_known_exactly_and_numbers_known_too_well_are_counted_apart() -> None:
    """North and west are known to within two people, the coast, alone on its side, is known exactly."""
    sizes = {("land", "north"): 1, ("land", "west"): 1, ("land", "east"): 30, ("sea", "coast"): 2, ("sea", "isle"): 30}
    rows = [{"side": side, "area": area, "answer": "yes"} for (side, area), n in sizes.items() for _ in range(n)]
    made = study(rows, by=[(), ("side",), ("side", "area")])
    made = replace(
        made, figures=EstimateTable(tuple(replace(one, statistic="quantile", raw=3.25) for one in made.figures))
    )
    gone = ("food/land/north", "food/land/west", "food/sea/coast")
    found = audited(made, *gone)
    assert found.recovered == gone
    assert (found.result.points, found.result.narrow, found.result.hidden) == (1, 2, 3)
    assert (found.result.narrowest, found.result.safe) == (0, False)


def test_what_would_be_known_if_nothing_were_shown_is_no_fault_of_what_is() -> None:
    made = means(a=1, b=1)
    assert audited(made, "food", "food/a", "food/b").safe
    assert audited(made, "food/a", "food/b").safe, "how many took part is told in any case"
    three = means(a=1, b=1, c=1)
    assert audited(three, "food/a", "food/b", "food/c").safe
    assert not audited(three, "food/a", "food/b").safe, "c gives away that a and b are two"


def test_of_four_people_each_is_known_to_within_four_and_no_less() -> None:
    assert audited(means(minimum=9, a=2, b=2), "food/a", "food/b").safe
    assert not audited(means(minimum=9, a=2, b=2, c=4), "food/a", "food/b").safe


def test_no_number_is_taken_to_be_larger_than_the_largest_of_all() -> None:
    """Nobody knows how many meet the condition, but six is the largest number there is: a is at most two."""
    found = audited(means(a=2, b=4, where=True), "food", "food/a", unsafe=("food/a",))
    assert found.recovered == ("food/a",)
    assert (found.result.narrow, found.result.narrowest) == (1, 2)
    wide = audited(means(a=2, b=5, c=4, where=True), "food", "food/a", "food/b", unsafe=("food/a",))
    assert (wide.safe, wide.result.narrowest) == (True, 7)


# What is asked about --------------------------------------------------------------------------------------------------


def test_a_release_without_an_unsafe_figure_is_safe_whatever_is_withheld() -> None:
    found = audited(means(a=20, b=20), "food/a", unsafe=())
    assert found.safe
    assert found.result == AuditResult(
        hidden=1, points=0, narrow=0, narrowest=None, width=3.0, tables=1, equations=1, earlier=0, solver=SOLVER
    )


def test_what_was_looked_at_is_told_in_numbers() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    found = audited(made, "food/north", "food/east", unsafe=("food/north",))
    assert found.result == AuditResult(
        hidden=6, points=0, narrow=0, narrowest=16, width=3.0, tables=3, equations=7, earlier=0, solver=SOLVER
    )


@pytest.mark.parametrize(("yes", "asked"), [(2, True), (3, False)])
def test_of_an_unsafe_figure_the_numbers_below_the_minimum_are_asked_about(yes: int, asked: bool) -> None:
    """North has 43 people: its base may be known, its few may not. Where none are few, everything is meant."""
    made = study(people(north_yes=yes, north_no=40, west_yes=9, west_no=9, **MANY))
    found = audited(made, "food/north", "food/west")
    assert found.safe
    # Of few only x is asked, which lies between 0 and 12; else also the base, between 0 and 61.
    assert found.result.narrowest == yes + 9
    only = audited(made, "food/north")
    assert only.result.points == (1 if asked else 3)


@pytest.mark.parametrize(("no", "points"), [(0, 1), (4, 2)])
def test_of_a_category_that_all_gave_only_how_many_gave_it_is_asked_about(no: int, points: int) -> None:
    """Where some gave another, a rule on something else spoke, and the people are meant as well."""
    made = study(people(north_yes=20, north_no=no, **MANY), indicators={}, distributions=["answer"])
    gone = ("all_answer:yes/north", "all_answer:no/north")
    found = audited(made, *gone, unsafe=gone[:1])
    assert (set(found.recovered), found.result.points) == ({*(gone if no else gone[:1])}, points)


def test_a_number_that_another_figure_shows_is_not_asked_about() -> None:
    """Two means of the same people, one withheld because of its amounts: the other may tell how many they are."""
    answers = {"one": lambda row: row["answer"] == "yes", "two": lambda row: row["answer"] == "yes"}
    made = study(people(north_yes=10, north_no=10, **MANY), indicators=answers)
    made = replace(made, figures=EstimateTable(tuple(replace(f, statistic="quantile", raw=3.25) for f in made.figures)))
    found = audited(made, "one/north")
    assert found.safe
    assert (found.result.hidden, found.result.narrowest) == (0, None)
    assert audited(made, "one/north", "two/north", unsafe=("one/north",)).recovered == ("one/north", "two/north")


def test_how_many_took_part_is_never_asked_about() -> None:
    made = study(people(north_yes=1, north_no=1))
    found = audited(made, "food", "food/north")
    assert found.safe
    assert found.result.hidden == 5


def test_a_group_without_people_is_known_to_have_none() -> None:
    """Nobody in the west said yes, and anybody may know that: it hides none of those in the north who did."""
    rows = people(north_yes=2, north_no=20, west_no=20, **MANY)
    made = study(rows, group_disclosure=False)
    found = audited(made, "food/north", "food/west", unsafe=("food/north",))
    assert found.recovered == ("food/north",)
    assert found.result.points == 1
    kept = audited(made, "food/north", "food/west")
    assert kept.result.narrowest == 2, "where nobody is a secret, they hide each other as far as two people can"


def test_that_nobody_is_in_a_group_is_known_however_many_are_in_the_other() -> None:
    """Another rule spoke, on households for example: twenty said yes in the north, and in the west nobody did."""
    rows = people(north_yes=20, north_no=20, west_no=20, **MANY)
    found = audited(study(rows), "food/north", "food/west", unsafe=("food/north",))
    assert found.recovered == ("food/north",)
    assert (found.result.points, found.result.narrow) == (1, 0)


@pytest.mark.parametrize(("unsafe", "narrowest"), [("fmoy", 20), ("fm", 0), ("oy", 0)])
def test_of_a_group_that_two_breakdowns_divide_nobody_knows_that_it_is_none(unsafe: str, narrowest: int) -> None:
    """In a nobody said yes, by sex and by age: where that is no secret of one, it is none of the other."""
    rows = [
        {"area": area, "sex": sex, "age": age, "answer": "yes" if area == "b" and at % 2 else "no"}
        for area in "ab" for sex in "fm" for age in "oy" for at in range(10)
    ]  # fmt: skip
    made = study(rows, by=[(), ("area", "sex"), ("area", "age")])
    gone = [f"food/{area}/{part}" for area in "ab" for part in "fmoy"]
    found = audited(made, *gone, unsafe=tuple(f"food/a/{part}" for part in unsafe))
    assert (found.safe, found.result.narrowest) == (True, narrowest)


def test_one_or_nobody_is_too_narrow_and_no_single_number() -> None:
    made = study(people(north_yes=1, north_no=20, west_no=20, **MANY))
    found = audited(made, "food/north", "food/west")
    assert found.recovered == ("food/north", "food/west")
    assert (found.result.points, found.result.narrow, found.result.narrowest) == (0, 2, 1)


@pytest.mark.parametrize(("measured", "narrowest"), [(1, None), (2, 4), (3, 4)])
def test_the_narrowest_interval_is_told_where_few_are_asked_about(
    measured: int, narrowest: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MEASURED", measured)
    assert audited(means(a=2, b=2, c=40), "food/a", "food/b").result.narrowest == narrowest


# Differences between conditions ---------------------------------------------------------------------------------------


def conditions(alone: int, both: int = 30, yes: int = 10) -> tuple[Made, list[Overlap]]:
    """Everybody and the young: `alone` people are not young, and nobody is young alone."""
    rows = [{"answer": "yes" if at < yes else "no", "young": "1"} for at in range(both)]
    rows += [{"answer": "yes" if at % 2 else "no", "young": ""} for at in range(alone)]
    answers = {name: lambda row: row["answer"] == "yes" for name in ("food", "young")}
    made = study(rows, by=[()], indicators=answers, where={"young": lambda row: bool(row["young"])})
    return made, [
        Overlap(("food", "young"), ("food", "young"), {}, Contribution("", "", both, both)),
        Overlap(("food",), ("food", "young"), {}, Contribution("", "", alone, alone)),
    ]


@pytest.mark.parametrize(("alone", "told"), [(4, ["n", "yes", "no"]), (5, ["yes", "no"]), (8, ["yes", "no"]), (10, [])])
def test_people_in_one_condition_alone_must_be_as_many_as_the_minimum(alone: int, told: list[str]) -> None:
    made, overlaps = conditions(alone)
    made = replace(made, plan=replace(made.plan, protection=replace(made.plan.protection, minimum_contributors=5)))
    found = audited(made, overlaps=overlaps)
    assert found.safe is not bool(told)
    assert found.result.points == len(told)
    assert found.recovered == (("food without young, all",) if told else ())


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize(
    ("rules", "told"),
    [({}, True), ({"group_disclosure": False}, False), ({"minimum_contributors": 1}, False),
     ({"minimum_contributors": 2}, True), ({"minimum_contributors": 0}, False)],
)  # fmt: skip
def test_people_in_one_condition_alone_must_not_all_have_said_the_same(
    answer: str, rules: dict[str, int], told: bool
) -> None:
    made, overlaps = conditions(0)
    rows = [{"answer": "yes" if at < 10 else "no", "young": "1"} for at in range(30)]
    rows += [{"answer": answer, "young": ""}] * 10
    answers = {name: lambda row: row["answer"] == "yes" for name in ("food", "young")}
    made = study(rows, by=[()], indicators=answers, where={"young": lambda row: bool(row["young"])})
    made = replace(made, plan=replace(made.plan, protection=replace(made.plan.protection, **rules)))
    overlaps = [
        overlaps[0], Overlap(("food",), ("food", "young"), {}, Contribution("", "", 10, 10)),
    ]  # fmt: skip
    found = audited(made, overlaps=overlaps)
    assert found.recovered == (("food without young, all",) if told else ())
    assert found.result.points == int(told)


@pytest.mark.parametrize(("yes", "told"), [(0, False), (1, True), (2, True), (3, False)])
def test_of_people_in_one_condition_alone_few_must_not_have_said_something(yes: int, told: bool) -> None:
    rows = [{"answer": "yes" if at < 10 else "no", "young": "1"} for at in range(30)]
    rows += [{"answer": "yes" if at < yes else "no", "young": ""} for at in range(10)]
    answers = {name: lambda row: row["answer"] == "yes" for name in ("food", "young")}
    made = study(
        rows, by=[()], indicators=answers, where={"young": lambda row: bool(row["young"])}, group_disclosure=False
    )
    found = audited(made, overlaps=conditions(10)[1])
    assert (found.safe, found.result.points) == (not told, int(told))


def test_two_conditions_between_which_nobody_is_left_tell_nothing() -> None:
    made, overlaps = conditions(0)
    assert audited(made, overlaps=overlaps[:1]).safe


def test_two_conditions_with_as_many_people_in_every_figure_tell_nothing() -> None:
    """Rows say that some meet one condition alone, but none of them is behind a figure."""
    made, _ = conditions(0)
    _, overlaps = conditions(4)
    assert audited(made, overlaps=overlaps).safe


def test_a_group_in_which_everybody_meets_both_conditions_tells_of_nobody() -> None:
    rows = [
        {"area": area, "answer": "yes" if at % 2 else "no", "young": "" if area == "south" and at < 10 else "1"}
        for area in ("north", "south") for at in range(40)
    ]  # fmt: skip
    answers = {name: lambda row: row["answer"] == "yes" for name in ("food", "young")}
    made = study(rows, by=[("area",)], indicators=answers, where={"young": lambda row: bool(row["young"])})
    _, overlaps = conditions(1)
    found = audited(made, overlaps=overlaps)
    assert (found.safe, found.recovered) == (True, ())


def test_conditions_that_cross_are_not_subtracted() -> None:
    """Some are in either of them alone: the difference of both is the number of nobody."""
    made, overlaps = conditions(1)
    crossing = [*overlaps, Overlap(("young",), ("food", "young"), {}, Contribution("", "", 2, 2))]
    assert audited(made, overlaps=crossing).safe
    assert not audited(made, overlaps=overlaps).safe
    apart = [Overlap((name,), ("food", "young"), {}, Contribution("", "", 2, 2)) for name in ("food", "young")]
    assert audited(made, overlaps=apart).safe


def test_a_condition_within_another_is_found_among_three() -> None:
    made, _ = conditions(1)
    family = ("food", "old", "young")
    overlaps = [
        Overlap(("food", "young"), family, {}, Contribution("", "", 30, 30)),
        Overlap(("food", "old"), family, {}, Contribution("", "", 1, 1)),
    ]
    assert audited(made, overlaps=overlaps).recovered == ("food without young, all",)


def test_differences_are_named_by_group_and_once() -> None:
    rows = [
        {"area": area, "sex": sex, "answer": "yes" if at % 2 else "no", "young": "" if at == 0 else "1"}
        for area in ("north", "south") for sex in ("f", "m") for at in range(40)
    ]  # fmt: skip
    answers = {name: lambda row: row["answer"] == "yes" for name in ("food", "young")}
    made = study(rows, by=[("area", "sex")], indicators=answers, where={"young": lambda row: bool(row["young"])})
    overlaps = [
        Overlap(("food", "young"), ("food", "young"), {}, Contribution("", "", 30, 30)),
        Overlap(("food",), ("food", "young"), {}, Contribution("", "", 4, 4)),
    ]
    assert audited(made, overlaps=overlaps).recovered == tuple(
        f"food without young, area={area}, sex={sex}" for area in ("north", "south") for sex in ("f", "m")
    )


# Earlier releases -----------------------------------------------------------------------------------------------------


def before(made: Made, *gone: str, name: str = "old") -> Earlier:
    return Earlier(name, written(without(made, *gone)))


def test_a_figure_that_an_earlier_release_shows_is_no_longer_secret() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    gone = ("food/north", "food/east")
    found = audited(made, *gone, unsafe=("food/north",), earlier=[before(made)])
    assert found.recovered == ("food/north",)
    assert (found.result.points, found.result.hidden, found.result.earlier) == (3, 6, 1)
    silent = audited(made, *gone, unsafe=("food/north",), earlier=[before(made, *gone)])
    assert silent.safe
    assert silent.result.hidden == 6


def test_an_earlier_release_does_not_keep_the_audit_from_looking_at_this_one() -> None:
    """Answers were corrected: five of the north said yes by then, two do now, and the total tells it."""
    now = study(people(north_yes=2, north_no=38, **MANY))
    then = study(people(north_yes=5, north_no=35, **MANY))
    assert audited(now, "food/north").recovered == ("food/north",)
    found = audited(now, "food/north", earlier=[before(then)])
    assert found.recovered == ("food/north",)
    assert found.result.points == 1
    assert audited(now, "food/north", "food/east", unsafe=("food/north",), earlier=[before(then, "food/east")]).safe


def test_a_weighted_share_of_an_earlier_release_tells_its_base_alone() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    rows = [{**row, "value": "0.4321"} for row in written(made.figures)]
    found = audited(made, "food/north", "food/east", unsafe=("food/north",), earlier=[Earlier("old", rows)])
    assert (found.recovered, found.result.points, found.result.hidden) == (("food/north",), 1, 6)


def test_a_release_of_other_people_tells_nothing_of_these() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    other = study(people(north_yes=1, north_no=1, **{**MANY, "south_yes": 60}))
    gone = ("food/north", "food/east")
    assert audited(made, *gone, unsafe=("food/north",), earlier=[before(other)]).safe


def test_every_earlier_release_is_heard() -> None:
    made = study(people(north_yes=1, north_no=1, **MANY))
    gone = ("food/north", "food/east")
    older = [before(made, *gone, name="a"), before(made, "food/north", "food/south", name="b")]
    for order in (older, older[::-1]):
        found = audited(made, *gone, unsafe=("food/north",), earlier=order)
        assert found.recovered == ("food/north",)
        assert found.result.earlier == 2
        assert set(found.newcomers) == {"a", "b"}


def test_figures_that_only_one_release_has_are_not_compared() -> None:
    made = study(people(north_yes=10, north_no=10, **MANY))
    rows = [row for row in written(made.figures) if row["figure_id"] != "food/north"]
    assert audited(made, earlier=[Earlier("old", rows)]).safe
    fewer = replace(made, figures=EstimateTable(made.figures.estimates[1:]))
    assert audited(fewer, earlier=[before(made)]).safe


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("more", "own", "told"), [
    (0, 3, False), (1, 3, True), (2, 3, True), (3, 3, False), (4, 3, False),
    (2, 2, False), (1, 2, True), (4, 5, True), (5, 5, False),
])  # fmt: skip
def test_few_who_came_or_left_are_told_by_two_releases(more: int, own: int, told: bool, sign: int) -> None:
    now = means(a=20 + sign * more, b=40, c=40)
    found = audited(now, earlier=[before(means(a=20, b=40, c=40))], minimums={"food": own, "food/a": own})
    assert found.newcomers["old"] == (("food", "food/a") if told else ())
    assert found.safe is not told


# What is said ---------------------------------------------------------------------------------------------------------

RESULT = AuditResult(5, 1, 0, 0.0, 3.0)


def test_what_can_be_computed_is_named_and_after_five_names_counted() -> None:
    with pytest.raises(ProtectionError) as stop:
        refuse(Found(RESULT, ("a", "b", "c", "d", "e")))
    assert stop.value.problem.endswith(
        "5 withheld numbers could be computed from what would be published: a, b, c, d, e."
    )
    assert stop.value.where == "protection"
    with pytest.raises(ProtectionError, match=r"a, b, c, d, e and 1 more[.]"):
        refuse(Found(RESULT, tuple("abcdef")))
    with pytest.raises(ProtectionError) as stop:
        refuse(Found(replace(RESULT, earlier=1), ("a", "b", "c", "d", "e", "f", "g")))
    assert stop.value.problem.endswith(
        "7 withheld numbers could be computed from what would be published and from earlier releases: "
        "a, b, c, d, e and 2 more."
    )
    refuse(Found(RESULT))


def test_newcomers_are_refused_release_by_release() -> None:
    refuse(Found(RESULT, newcomers={"first": (), "second": ()}))
    with pytest.raises(
        ProtectionError, match=r"Beside the release 'second' 1 figures would tell .*since: a[.]"
    ) as stop:
        refuse(Found(RESULT, newcomers={"first": (), "second": ("a",)}))
    assert stop.value.where == "protection.earlier"


def test_what_stands_in_the_folder_is_warned_of() -> None:
    assert warnings(Found(RESULT, newcomers={"first": ()})) == ()
    computed, *others = warnings(Found(RESULT, ("a", "b"), {"first": (), "second": ("c",), "third": ("d", "e")}))
    assert computed.startswith("2 figures that are withheld now can be computed with the release that stands in the")
    assert computed.endswith("'protection: earlier': a, b.")
    assert len(others) == 2
    assert others[0].startswith("1 figures differ from the release that stands in the folder by so few people")
    assert others[0].endswith("'protection: earlier': c.")
    assert others[1].startswith("2 figures differ")
