"""What is withheld is chosen with what earlier releases show and withhold of the same people, in whatever groups."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from counting import Made, hidden, study, without, written

from countersign.model.contribution import Nesting
from countersign.model.estimate import EstimateTable
from countersign.protection import audit_release, withhold
from countersign.protection.figures.auditing import Earlier, Found
from countersign.protection.figures.recalling import remember
from countersign.protection.figures.withholding import BEFORE, Protected

ALL, AREA, SEX, AGE = (), ("area",), ("sex",), ("age",)
BREAKDOWNS = [AREA, SEX, AGE, (*AREA, *SEX), (*AREA, *AGE), (*SEX, *AGE), (*AREA, *SEX, *AGE)]


def rows_of(**sizes: int) -> list[dict[str, str]]:
    """People with an area, a sex and an answer: ``rows_of(a_f=2)`` are two women of a; two of three say yes."""
    return [
        {"area": name[0], "sex": name[2], "answer": "yes" if at % 3 else "no"}
        for name, size in sizes.items()
        for at in range(size)
    ]


def medians(made: Made) -> Made:
    """Nothing but the people behind a figure is told."""
    asked = {name: replace(one, statistic="quantile") for name, one in made.plan.indicators.items()}
    figures = tuple(replace(one, statistic="quantile", raw=3.25, value=3.25) for one in made.figures)
    return replace(made, plan=replace(made.plan, indicators=asked), figures=EstimateTable(figures))


def published(
    made: Made, earlier: Sequence[Earlier] = (), nestings: Sequence[Nesting] = (), guarded: frozenset[str] = frozenset()
) -> tuple[Protected, Found]:
    """Withhold and audit, again where something would be told that an earlier release withholds."""
    behind = replace(made.contributions, nestings=tuple(nestings))
    before = remember(made.plan, made.figures, [one.rows for one in earlier], nestings=nestings)
    chosen = withhold(made.plan, made.figures, behind, before=before, guarded=guarded)
    found = audit_release(
        made.plan, made.figures, chosen.figures, unsafe=chosen.unsafe, earlier=earlier, nestings=nestings
    )
    if guarded.issuperset(found.opened):
        return chosen, found
    return published(made, earlier, nestings, guarded | {*found.opened})


# Groups that only an earlier release has ------------------------------------------------------------------------------


def test_parts_that_were_shown_tell_a_group_so_another_hides_the_small_one() -> None:
    rows = rows_of(a_f=2, b_f=4, b_m=5, c_f=20, c_m=30)
    now, old = medians(study(rows, by=[ALL, AREA])), medians(study(rows, by=[ALL, (*AREA, *SEX)]))
    assert hidden(published(now)[0].figures) == {"food/a", "food/b"}
    earlier = Earlier("old", written(without(old, "food/a/f", "food/c/f")))
    alone = audit_release(now.plan, now.figures, without(now, "food/a", "food/b"), unsafe=["food/a"], earlier=[earlier])
    assert alone.recovered == ("food/a", "food/a/f")
    chosen, found = published(now, [earlier])
    assert hidden(chosen.figures) == {"food/a", "food/c"}
    assert found.safe


def test_a_total_of_parts_that_was_shown_is_known() -> None:
    """Of the women of a nobody may learn; a was shown before, so hiding the men of a does not help."""
    rows = rows_of(a_f=2, a_m=9, b_f=12, b_m=30)
    now = medians(study(rows, by=[ALL, (*AREA, *SEX)]))
    old = medians(study(rows, by=[ALL, AREA, SEX]))
    assert hidden(published(now)[0].figures) == {"food/a/f", "food/a/m"}
    chosen, found = published(now, [Earlier("old", written(old.figures))])
    assert hidden(chosen.figures) == {"food/a/f", "food/a/m", "food/b/f", "food/b/m"}
    assert found.safe


def test_answers_of_groups_that_were_shown_are_known_too() -> None:
    rows = rows_of(a_f=20, a_m=20, b_f=20, b_m=20, c_f=30, c_m=30)
    for at, row in enumerate(row for row in rows if row["area"] == "a"):
        row["answer"] = "yes" if at < 1 else "no"
    now, old = study(rows, by=[ALL, AREA]), study(rows, by=[ALL, (*AREA, *SEX)])
    assert hidden(published(now)[0].figures) == {"food/a", "food/b"}
    chosen, found = published(now, [Earlier("old", written(without(old, "food/a/f", "food/a/m", "food/c/f")))])
    assert hidden(chosen.figures) == {"food/a", "food/c"}
    assert found.safe


def test_narrow_categories_that_were_shown_tell_the_wider_one() -> None:
    """Old: the districts b1 and b2. New: the areas. Together they tell how many live in b."""
    rows = rows_of(a_f=2, b_f=12, c_f=40)
    for at, row in enumerate(rows):
        row["district"] = f"{row['area']}{at % 2 + 1}"
    nesting = Nesting("district", "area", {f"{area}{k}": area for area in "abc" for k in (1, 2)})
    now, old = medians(study(rows, by=[ALL, AREA])), medians(study(rows, by=[ALL, ("district",)]))
    assert hidden(published(now)[0].figures) == {"food/a", "food/b"}
    away = ("food/a1", "food/a2", "food/c1", "food/c2")
    chosen, found = published(now, [Earlier("old", written(without(old, *away)))], [nesting])
    assert hidden(chosen.figures) == {"food/a", "food/c"}
    assert found.safe


def test_areas_that_were_shown_tell_of_the_new_districts() -> None:
    """Two people live in b1. The one of c is cheapest to withhold beside it, but how many live in b was told."""
    rows = rows_of(b_f=22, c_f=10, d_f=40)
    for at, row in enumerate(rows):
        row["district"] = f"b{1 if at < 2 else 2}" if row["area"] == "b" else f"{row['area']}1"
    nesting = Nesting("district", "area", {"b1": "b", "b2": "b", "c1": "c", "d1": "d"})
    now, old = medians(study(rows, by=[ALL, ("district",)])), medians(study(rows, by=[ALL, AREA]))
    assert hidden(published(now)[0].figures) == {"food/b1", "food/c1"}
    earlier = Earlier("old", written(old.figures))
    chosen, found = published(now, [earlier], [nesting])
    assert hidden(chosen.figures) == {"food/b1", "food/b2"}
    assert found.safe


def test_areas_that_were_shown_are_known_though_some_people_have_neither_sex_nor_age() -> None:
    """Old: the areas, with everybody. New: areas by sex and areas by age, which leave four people of a out."""
    sizes = {"afo": 2, "afy": 9, "amo": 9, "amy": 12, "bfo": 9, "bfy": 9, "bmo": 12, "bmy": 14, "cfo": 30, "cmy": 30}
    rows = [
        {"area": name[0], "sex": name[1], "age": name[2], "answer": "yes"}
        for name, size in {**sizes, "a--": 4, "b--": 5}.items()
        for _ in range(size)
    ]

    def means(*by: tuple[str, ...]) -> Made:
        made = medians(study(rows, by=[ALL, *by], minimum=12))
        own = tuple(one for one in made.figures if "-" not in one.domain.values())
        behind = {one.figure_id: replace(one, numerator=None) for one in made.contributions.figures}
        return replace(
            made,
            figures=replace(made.figures, estimates=own),
            contributions=replace(made.contributions, figures=tuple(behind[one.figure_id] for one in own)),
        )

    now, old = means((*AREA, *SEX), (*AREA, *AGE)), means(AREA)
    assert hidden(published(now)[0].figures) == {"food/a/f", "food/a/o", "food/b/f", "food/b/o"}
    chosen, found = published(now, [Earlier("old", written(old.figures))])
    assert hidden(chosen.figures) == {"food/a/f", "food/a/m", "food/a/o", "food/a/y"}
    assert found.safe


def test_releases_that_divide_people_differently_do_not_mix() -> None:
    """Categories of one release add up; those of two releases together would count everybody twice."""
    rows = rows_of(a_f=2, b_f=10, c_f=40)
    for row in rows:
        row["zone"] = "north" if row["area"] == "a" else "south"
    now = medians(study(rows, by=[ALL, AREA]))
    other = [{**row, "area": {"a": "a and b", "b": "a and b", "c": "c"}[row["area"]]} for row in rows]
    old = [
        Earlier("wide", written(medians(study(other, by=[AREA])).figures)),
        Earlier("zones", written(without(medians(study(rows, by=[("zone",)])), "food/north"))),
    ]
    chosen, found = published(now, old)
    assert hidden(chosen.figures) == {"food/a", "food/b"}
    assert found.safe


# What an earlier release withholds ------------------------------------------------------------------------------------


def test_a_total_is_withheld_that_would_tell_what_was_withheld_before() -> None:
    """The women of a were withheld with the men; how many live in a would not tell, the women of all would."""
    rows = rows_of(a_f=2, a_m=9, b_f=12, b_m=30)
    old = medians(study(rows, by=[ALL, (*AREA, *SEX)]))
    earlier = Earlier("old", written(published(old)[0].figures))
    assert {row["figure_id"] for row in earlier.rows if row["status"] == "suppressed"} == {"food/a/f", "food/a/m"}
    now = medians(study(rows, by=[ALL, SEX]))
    assert audit_release(now.plan, now.figures, now.figures, unsafe=(), earlier=[earlier]).opened == ("food/a/f",)
    chosen, found = published(now, [earlier])
    assert (hidden(chosen.figures), found.safe) == ({"food/f", "food/m"}, True)
    assert chosen.figures.notes[-1] == BEFORE
    assert BEFORE not in published(now)[0].figures.notes


def test_what_does_not_tell_anything_is_shown() -> None:
    rows = rows_of(a_f=2, a_m=9, b_f=12, b_m=30)
    old = medians(study(rows, by=[ALL, (*AREA, *SEX)]))
    now = medians(study(rows, by=[ALL, AREA]))
    chosen, found = published(now, [Earlier("old", written(published(old)[0].figures))])
    assert (hidden(chosen.figures), found.safe, found.opened) == (set(), True, ())


def people(seed: int) -> tuple[random.Random, list[dict[str, str]]]:
    rng = random.Random(seed)
    cells = product("ab" if rng.random() < 0.5 else "abc", "fm", "oy")
    rows = [
        {"area": area, "sex": sex, "age": age, "answer": rng.choice(["yes", "no"]), "work": rng.choice("pqr")}
        for area, sex, age in cells
        for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 13, 20]))
    ]
    return rng, rows


@pytest.mark.parametrize("seed", range(40))
def test_a_later_release_is_safe_beside_earlier_ones_whenever_it_can_be(seed: int) -> None:
    """It can be if nobody learns too much when all of its figures are withheld."""
    rng, rows = people(seed)
    made = []
    for _ in range(rng.choice([2, 2, 3])):
        kind = rng.choice(["share", "categories", "both"])
        made.append(
            study(
                rows,
                by=[ALL, *rng.sample(BREAKDOWNS, rng.choice([1, 2, 3]))],
                indicators={} if kind == "categories" else None,
                distributions=[] if kind == "share" else ["work"],
            )
        )
    earlier: list[Earlier] = []
    for one in made:
        chosen, found = published(one, earlier)
        if not found.safe:
            nothing = without(one, *(figure.figure_id for figure in one.figures))
            assert not audit_release(one.plan, one.figures, nothing, unsafe=chosen.unsafe, earlier=earlier).safe
            return
        earlier.append(Earlier(str(len(earlier)), written(chosen.figures)))
