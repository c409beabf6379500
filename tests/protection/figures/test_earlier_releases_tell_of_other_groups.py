"""Two releases divide the same people differently: together they may tell what each of them withholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from counting import Made, hidden, remembered, study, without, written
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.model.contribution import Contributions, Nesting
from countersign.model.estimate import EstimateTable
from countersign.protection import audit_release, refuse, warnings, withhold
from countersign.protection.figures.auditing import Earlier, Found
from countersign.protection.figures.judging import judge_linked
from countersign.protection.figures.linking import link
from countersign.protection.figures.recalling import remember
from countersign.protection.figures.records import records_of
from countersign.protection.figures.withholding import BEFORE, superfluous

AREAS, SEXES = ("a", "b"), ("f", "m")
PARTS = {"area": AREAS, "sex": SEXES}
ALL, AREA, SEX, BOTH = (), ("area",), ("sex",), ("area", "sex")
SIZES = {("a", "f"): 2, ("a", "m"): 20, ("b", "f"): 30, ("b", "m"): 40}


def rows_of(sizes: Mapping[tuple[str, str], int], yes: int | None = None) -> list[dict[str, str]]:
    """People with an area, a sex and an answer: every second one says yes, or the first few."""
    return [
        {"area": area, "sex": sex, "answer": "yes" if (at % 2 if yes is None else at < yes) else "no"}
        for (area, sex), size in sizes.items()
        for at in range(size)
    ]


def counts(sizes: Mapping[tuple[str, str], int], *by: tuple[str, ...], **options: object) -> Made:
    """A median, so that nothing but the people behind it is told."""
    return medians(study(rows_of(sizes), by=by, **options))  # type: ignore[arg-type]


def medians(made: Made) -> Made:
    asked = {name: replace(one, statistic="quantile") for name, one in made.plan.indicators.items()}
    figures = tuple(replace(one, statistic="quantile", raw=3.25, value=3.25) for one in made.figures)
    return replace(made, plan=replace(made.plan, indicators=asked), figures=EstimateTable(figures))


def medians_behind(made: Made) -> Contributions:
    return replace(made.contributions, figures=tuple(replace(one, numerator=None) for one in made.contributions))


def before(made: Made, *gone: str, name: str = "old") -> Earlier:
    return Earlier(name, written(without(made, *gone)))


def audited(made: Made, *names: str, unsafe: Sequence[str] | None = None, **options: object) -> Found:
    return audit_release(
        made.plan, made.figures, without(made, *names), unsafe=names if unsafe is None else unsafe, **options
    )  # type: ignore[arg-type]


# What was shown -------------------------------------------------------------------------------------------------------


def test_the_parts_of_a_withheld_group_were_remember() -> None:
    now = counts(SIZES, ALL, AREA, minimum=30)
    gone = ("food/a", "food/b")
    assert audited(now, *gone, unsafe=("food/a",)).safe
    old = counts(SIZES, ALL, BOTH, minimum=1)
    found = audited(now, *gone, unsafe=("food/a",), earlier=[before(old)])
    assert found.recovered == ("food/a",)
    assert (found.result.points, found.result.narrow, found.result.hidden) == (1, 0, 2)
    with pytest.raises(ProtectionError, match="food/a"):
        refuse(found)


@pytest.mark.parametrize(("gone", "safe"), [(("food/a/f", "food/b/f"), True), (("food/a/f", "food/a/m"), False)])
def test_parts_that_were_withheld_are_not_taken_for_known(gone: tuple[str, ...], safe: bool) -> None:
    """One part of each area is secret: nobody knows how they are divided. If both of one are, the other is."""
    now, old = counts(SIZES, ALL, AREA, minimum=30), counts(SIZES, ALL, BOTH)
    found = audited(now, "food/a", "food/b", unsafe=("food/a",), earlier=[before(old, *gone)])
    assert found.safe is safe


def test_a_total_that_was_shown_gives_the_part_away_that_is_withheld_now() -> None:
    old, now = counts(SIZES, ALL, AREA), counts(SIZES, ALL, BOTH)
    gone = ("food/a/f", "food/b/f")
    assert audited(now, *gone, unsafe=("food/a/f",)).safe
    found = audited(now, *gone, unsafe=("food/a/f",), earlier=[before(old)])
    assert found.recovered == ("food/a/f",)
    pairs = (*gone, "food/a/m", "food/b/m")
    assert audited(now, *pairs, unsafe=("food/a/f",), earlier=[before(old)]).safe


def test_two_earlier_releases_tell_together_what_neither_does() -> None:
    now, sexes = counts(SIZES, ALL, BOTH), counts(SIZES, ALL, SEX)
    areas = counts(SIZES, ALL, AREA)
    gone = ("food/a/f", "food/b/f", "food/b/m")
    older = [before(areas, name="areas"), before(sexes, name="sexes")]
    assert audited(now, *gone, unsafe=gone[:1], earlier=older[1:]).safe
    for order in (older, older[::-1]):
        found = audited(now, *gone, unsafe=gone[:1], earlier=order)
        assert found.recovered == gone[:1]


def test_answers_of_parts_that_were_shown_add_up() -> None:
    sizes = {("a", "f"): 20, ("a", "m"): 20, ("b", "f"): 20, ("b", "m"): 20}
    now, old = study(rows_of(sizes, yes=1), by=[ALL, AREA]), study(rows_of(sizes, yes=1), by=[ALL, BOTH])
    gone = ("food/a", "food/b")
    assert audited(now, *gone).safe
    found = audited(now, *gone, earlier=[before(old)])
    assert (found.recovered, found.result.points) == (gone, 2)


def test_of_answers_that_were_corrected_only_the_people_are_taken() -> None:
    sizes = {("a", "f"): 20, ("a", "m"): 20, ("b", "f"): 20, ("b", "m"): 20}
    now, old = study(rows_of(sizes, yes=1), by=[ALL, AREA]), study(rows_of(sizes, yes=3), by=[ALL, BOTH])
    gone = ("food/a", "food/b")
    assert audited(now, *gone, earlier=[before(old)]).safe
    assert audited(now, *gone, earlier=[before(old, "food/a/f", "food/b/m")]).safe
    everybody = replace(now, plan=replace(now.plan, protection=replace(now.plan.protection, minimum_contributors=50)))
    found = audited(everybody, *gone, earlier=[before(old)])
    assert (found.recovered, found.result.points) == (gone, 2), "their bases"


# What was withheld ----------------------------------------------------------------------------------------------------


def test_a_total_that_is_shown_now_gives_the_part_away_that_was_withheld() -> None:
    """Women of a are two. The old release withheld them and both areas; the new one shows the areas."""
    old, now = counts(SIZES, ALL, AREA, BOTH), counts(SIZES, ALL, AREA)
    gone = ("food/a/f", "food/a", "food/b")
    assert audited(now, earlier=[before(old, *gone, "food/b/f")]).recovered == ("food/a/f",)
    found = audited(now, earlier=[before(old, *gone, "food/a/m", "food/b/f", "food/b/m")])
    assert found.safe
    named = warnings(audited(now, earlier=[before(old, *gone, "food/b/f")]))
    assert named[0].endswith("food/a/f.")


def test_what_the_old_release_tells_by_itself_is_no_fault_of_the_new_one() -> None:
    old, now = counts(SIZES, ALL, AREA, BOTH), counts(SIZES, ALL, AREA)
    assert audited(now, earlier=[before(old, "food/a/f")]).safe
    assert audited(now, "food/a", "food/b", unsafe=(), earlier=[before(old, "food/a/f")]).safe


@pytest.mark.parametrize("rules", [{}, {"numerators": False}, {"numerators": False, "group_disclosure": False}])
@pytest.mark.parametrize(("few", "safe"), [(2, False), (3, True)])
def test_a_part_withheld_before_may_be_known_if_it_is_as_many_as_the_minimum(
    few: int, safe: bool, rules: dict[str, bool]
) -> None:
    """Which rules hold for answers plays no part: these are people."""
    sizes = {**SIZES, ("a", "f"): few}
    old, now = counts(sizes, ALL, AREA, BOTH, **rules), counts(sizes, ALL, AREA, **rules)
    found = audited(now, earlier=[before(old, "food/a/f", "food/b/f", "food/a", "food/b")])
    assert found.safe is safe
    assert (found.result.points, found.recovered) == ((0, ()) if safe else (1, ("food/a/f",)))


@pytest.mark.parametrize(
    ("yes", "rules", "told"),
    [
        (2, {}, True),
        (3, {}, False),
        (0, {}, True),
        (2, {"numerators": False}, False),
        (1, {"numerators": False}, False),
        (0, {"numerators": False}, True),
        (0, {"numerators": False, "group_disclosure": False}, False),
    ],
)
def test_answers_withheld_before_are_asked_about_as_the_rules_do(yes: int, rules: dict[str, bool], told: bool) -> None:
    """The two women's halves of each area were withheld, and both areas; now the areas are shown."""
    sizes = {("a", "f"): 20, ("a", "m"): 20, ("b", "f"): 20, ("b", "m"): 20}
    rows = rows_of(sizes, yes=10)
    inside = [row for row in rows if (row["area"], row["sex"]) == ("a", "f")]
    for at, row in enumerate(inside):
        row["answer"] = "yes" if at < yes else "no"
    old, now = study(rows, by=[ALL, AREA, BOTH], **rules), study(rows, by=[ALL, AREA], **rules)  # type: ignore[arg-type]
    found = audited(now, earlier=[before(old, "food/a/f", "food/b/f", "food/a", "food/b")])
    assert ("food/a/f" in found.recovered) is told
    assert found.safe is not told


@pytest.mark.parametrize(("unsafe", "opened"), [(("food/a/f",), ()), ((), ("food/a",))])
def test_that_nobody_said_yes_is_not_known_where_it_is_a_secret(
    unsafe: tuple[str, ...], opened: tuple[str, ...]
) -> None:
    """Two men of a said yes and no woman did; how many of a did was withheld before."""
    rows = [{"area": area, "sex": sex, "answer": "yes" if at < yes else "no"}
            for area, sex, yes in (("a", "f", 0), ("a", "m", 2), ("b", "f", 9), ("b", "m", 9))
            for at in range(20)]  # fmt: skip
    old, now = study(rows, by=[ALL, AREA]), study(rows, by=[ALL, BOTH])
    found = audited(now, "food/a/f", "food/b/f", unsafe=unsafe, earlier=[before(old, "food/a", "food/b")])
    assert found.opened == opened


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("yes", "told"), [(2, True), (3, False)])
def test_answers_withheld_before_are_asked_about_beside_a_release_that_corrects_them(
    yes: int, told: bool, order: int
) -> None:
    """Of the corrected release only the people count; what the other one withholds is no less secret for it."""
    sizes = {("a", "f"): 20, ("a", "m"): 20, ("b", "f"): 20, ("b", "m"): 20}
    gone = ("food/a/f", "food/b/f", "food/a", "food/b")
    old, changed = (study(rows_of(sizes, yes=own), by=[ALL, AREA, BOTH]) for own in (yes, 9))
    now = study(rows_of(sizes, yes=yes), by=[ALL, AREA])
    releases = [before(old, *gone), before(changed, *gone, name="corrected")]
    found = audited(now, earlier=releases[::order])
    assert found.opened == (("food/a/f", "food/b/f") if told else ())


# Whose people ---------------------------------------------------------------------------------------------------------


def test_a_release_of_more_people_tells_nothing_of_its_other_groups() -> None:
    now = counts(SIZES, ALL, AREA, minimum=30)
    old = counts({**SIZES, ("b", "m"): 90}, ALL, BOTH)
    assert audited(now, "food/a", "food/b", unsafe=("food/a",), earlier=[before(old)]).safe


@pytest.mark.parametrize(("more", "safe"), [(0, False), (50, True), (-35, True)])
def test_releases_without_a_figure_in_common_are_of_the_same_people_if_they_are_as_many(more: int, safe: bool) -> None:
    now = counts(SIZES, AREA, minimum=30)
    old = counts({**SIZES, ("b", "m"): 40 + more}, BOTH)
    found = audited(now, "food/a", "food/b", unsafe=("food/a",), earlier=[before(old)])
    assert found.safe is safe


def test_a_release_of_other_indicators_tells_nothing() -> None:
    now, old = counts(SIZES, AREA, minimum=30), counts(SIZES, BOTH)
    rows = [{**row, "indicator": "other", "figure_id": row["figure_id"].replace("food", "other")}
            for row in written(old.figures)]  # fmt: skip
    assert audited(now, "food/a", "food/b", unsafe=("food/a",), earlier=[Earlier("old", rows)]).safe


def test_an_indicator_that_is_gone_tells_of_the_people_of_another() -> None:
    """Both had the same people behind them wherever both were shown."""
    indicators = {name: lambda row: row["answer"] == "yes" for name in ("food", "water")}
    old, now = counts(SIZES, ALL, AREA, BOTH, indicators=indicators), counts(SIZES, ALL, AREA, minimum=30)
    gone = [one.figure_id for one in old.figures if one.indicator == "food" and one.domain]
    found = audited(now, "food/a", "food/b", unsafe=("food/a",), earlier=[before(old, *gone)])
    assert found.recovered == ("food/a",)


def test_who_is_in_no_part_is_not_taken_for_somebody_in_one() -> None:
    """Three people of a did not say their sex. What was shown leaves them out; he may know how many they are."""
    rows = rows_of(SIZES) + [{"area": "a", "sex": "", "answer": "no"}] * 3
    now = medians(study(rows, by=[ALL, AREA], minimum=30))
    whole, parts = medians(study(rows, by=[ALL])), medians(study([row for row in rows if row["sex"]], by=[BOTH]))

    def old(*gone: str) -> Earlier:
        return Earlier("old", [*written(whole.figures), *written(without(parts, *gone))])

    gone = ("food/a", "food/b")
    assert audited(now, *gone, unsafe=gone[:1], earlier=[old()]).recovered == ("food/a",)
    assert audited(now, *gone, unsafe=gone[:1], earlier=[old("food/a/f", "food/b/f")]).safe
    assert audited(now, earlier=[old("food/a/f", "food/b/f")]).recovered == ("food/a/f",)


def test_releases_that_contradict_each_other_do_not_stop_the_audit() -> None:
    """Some have another area by now: the men of a alone were more than a has now."""
    old = counts({**SIZES, ("a", "m"): 40, ("b", "m"): 20}, ALL, BOTH)
    now = counts(SIZES, ALL, AREA, minimum=30)
    gone = ("food/a", "food/b")
    assert audited(now, earlier=[before(old, "food/a/f", "food/b/f")]).safe
    assert audited(now, *gone[:1], earlier=[before(old, "food/a/f", "food/b/f")]).recovered == ("food/a",)
    assert audited(now, *gone, unsafe=gone[:1], earlier=[before(old, "food/a/f", "food/b/f")]).safe


def test_a_group_that_no_release_is_of_is_not_asked_about() -> None:
    """Old: areas by sex and by age, those of a withheld. New: a zone that is a alone; no figure is of a itself."""
    rows = [
        {"area": area, "zone": "z" if area == "a" else "y", "sex": sex, "age": age, "answer": "no"}
        for area, size in (("a", 1), ("b", 9), ("c", 9)) for sex, age in ("fo", "my") for _ in range(size)
    ]  # fmt: skip
    old = medians(study(rows, by=[ALL, BOTH, ("area", "age")]))
    now = medians(study(rows, by=[ALL, ("zone",)]))
    gone = [f"food/{area}/{part}" for area in "ab" for part in "fmoy"]
    lies = [Nesting("area", "zone", {"a": "z", "b": "y", "c": "y"})]
    assert audited(now, earlier=[before(old, *gone)]).safe
    found = audited(now, earlier=[before(old, *gone)], nestings=lies)
    assert set(found.opened) == {f"food/a/{part}" for part in "fmoy"}
    assert found.result.points == 4


# Wider categories -----------------------------------------------------------------------------------------------------


def test_a_wider_category_gives_the_narrow_one_away_that_was_withheld_before() -> None:
    """Two women of a were withheld with those of b; now c and d, which were shown, are put together with them."""
    sizes = {("a", "f"): 2, ("b", "f"): 30, ("c", "f"): 30, ("d", "f"): 40}
    wider = {"a": "a or c", "c": "a or c"}
    old = counts(sizes, ALL, AREA)
    now = medians(
        study([{**row, "area": wider.get(row["area"], row["area"])} for row in rows_of(sizes)], by=[ALL, AREA])
    )
    gone = before(old, "food/a", "food/b")
    made_of = [Nesting("area", "area", wider)]
    now = replace(now, figures=EstimateTable(tuple(one for one in now.figures if one.domain != {"area": "b"})))
    assert audited(now, earlier=[gone]).safe
    assert audited(now, earlier=[gone], nestings=made_of).recovered == ("food/a",)
    assert audited(now, earlier=[before(old, "food/a", "food/c")], nestings=made_of).safe


# Every table that agrees with what is shown ---------------------------------------------------------------------------

SMALL = st.integers(0, 3)


def names(sizes: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Figure -> people, of all figures by area and sex."""
    found: dict[str, int] = {"food": sum(sizes.values())}
    for area in AREAS:
        found[f"food/{area}"] = sum(size for (own, _), size in sizes.items() if own == area)
    for sex in SEXES:
        found[f"food/{sex}"] = sum(size for (_, own), size in sizes.items() if own == sex)
    return found | {f"food/{area}/{sex}": size for (area, sex), size in sizes.items()}


def agreeing(shown: Mapping[str, int], total: int) -> Iterator[dict[str, int]]:
    """Every table of so many people that agrees with what is shown."""
    keys = list(product(AREAS, SEXES))
    for some in product(range(total + 1), repeat=3):
        if sum(some) <= total:
            own = names(dict(zip(keys, (*some, total - sum(some)), strict=True)))
            if all(own[name] == size for name, size in shown.items()):
                yield own


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(SMALL, min_size=4, max_size=4).filter(lambda sizes: sum(sizes) > 0),
    now_by=st.lists(st.sampled_from([AREA, SEX, BOTH]), min_size=1, max_size=2, unique=True),
    old_by=st.lists(st.sampled_from([AREA, SEX, BOTH]), min_size=1, max_size=3, unique=True),
    gone=st.sets(st.integers(0, 8)),
    old_gone=st.sets(st.integers(0, 8)),
    width=st.integers(1, 3),
)
def test_the_audit_finds_what_trying_every_table_finds(
    sizes: list[int], now_by: list[tuple[str, ...]], old_by: list[tuple[str, ...]], gone: set[int],
    old_gone: set[int], width: int,
) -> None:  # fmt: skip
    people = dict(zip(product(AREAS, SEXES), sizes, strict=True))
    now = counts(people, ALL, *now_by, minimum=2, width=width, zeros="protect")
    old = counts(people, ALL, *old_by, minimum=2)
    away = {one.figure_id for at, one in enumerate(now.figures) if at in gone and one.domain}
    withheld = {one.figure_id for at, one in enumerate(old.figures) if at in old_gone and one.domain}
    truth = names(people)
    codes = [own for by in (*now_by, *old_by) for own in product(*(PARTS[name] for name in by))]
    divided = {"/".join(["food", *own]) for own in codes}
    empty = {name: 0 for name, size in truth.items() if not size and name in divided}
    of = [{one.figure_id for one in made.figures} - lost for made, lost in ((now, away), (old, withheld))]
    unsafe = {name for name in away if truth[name] < 2}

    def interval(name: str, shown: set[str]) -> int:
        found = [own[name] for own in agreeing({name: truth[name] for name in shown} | empty, truth["food"])]
        return max(found) - min(found)

    expected = {
        name for name in unsafe if name in of[1] or interval(name, of[0] | of[1]) < min(width, interval(name, {"food"}))
    }
    known = {one.figure_id for one in now.figures}
    for name in withheld - known:
        both, alone = interval(name, of[0] | of[1]), interval(name, of[1])
        least = min(own[name] for own in agreeing(
            {name: truth[name] for name in of[0] | of[1]} | empty, truth["food"]))  # fmt: skip
        if both < width and both < alone and least < 2:
            expected.add(name)
    found = audited(now, *away, unsafe=sorted(unsafe), earlier=[before(old, *withheld)])
    assert set(found.recovered) == expected


# The choice -----------------------------------------------------------------------------------------------------------


def test_what_was_shown_before_hides_nothing_so_another_figure_is_withheld() -> None:
    made = counts({("a", "f"): 2, ("b", "f"): 10, ("c", "f"): 40}, ALL, AREA)
    first = withhold(made.plan, made.figures, made.contributions)
    assert hidden(first.figures) == {"food/a", "food/b"}
    old = before(made, "food/a", "food/c")
    shown = remember(made.plan, made.figures, [old.rows])
    assert [one for one in shown[0] if one.shown] == [*remembered(made, "food", "food/b", counts=False)]
    assert audited(made, "food/a", "food/b", unsafe=("food/a",), earlier=[old]).recovered == ("food/a",)
    second = withhold(made.plan, made.figures, made.contributions, before=shown)
    assert hidden(second.figures) == {"food/a", "food/c"}
    assert audit_release(made.plan, made.figures, second.figures, unsafe=second.unsafe, earlier=[old]).safe


def test_of_a_share_that_was_shown_the_counts_are_known_too() -> None:
    sizes = {("a", "f"): 20, ("b", "f"): 20, ("c", "f"): 30}
    rows = rows_of(sizes)
    for at, row in enumerate(row for row in rows if row["area"] == "a"):
        row["answer"] = "yes" if at < 1 else "no"
    made = study(rows, by=[ALL, AREA])
    assert hidden(withhold(made.plan, made.figures, made.contributions).figures) == {"food/a", "food/b"}
    shown = remember(made.plan, made.figures, [written(without(made, "food/a", "food/c"))])
    assert [one for one in shown[0] if one.shown] == [*remembered(made, "food", "food/b")]
    again = withhold(made.plan, made.figures, made.contributions, before=shown)
    assert hidden(again.figures) == {"food/a", "food/c"}
    bases = withhold(
        made.plan, made.figures, made.contributions, before=[remembered(made, "food", "food/b", counts=False)]
    )
    assert hidden(bases.figures) == {"food/a", "food/b"}


def test_what_may_not_be_shown_is_withheld_although_it_was_shown_before_and_stops_the_release() -> None:
    made = counts({("a", "f"): 2, ("b", "f"): 10, ("c", "f"): 40}, ALL, AREA)
    shown = remember(made.plan, made.figures, [written(made.figures)])
    left = withhold(made.plan, made.figures, made.contributions, before=shown)
    assert hidden(left.figures) == {"food/a"}
    found = audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe, earlier=[before(made)])
    assert found.recovered == ("food/a",)


def test_nothing_is_known_from_releases_of_others() -> None:
    made = counts(SIZES, ALL, AREA)
    other = counts({**SIZES, ("b", "m"): 41}, ALL, AREA)
    assert remember(made.plan, made.figures, [written(other.figures)]) == ((),)
    assert remember(made.plan, made.figures, [written(other.figures), written(made.figures)]) == (
        (), remembered(made, "food", "food/a", "food/b", counts=False),
    )  # fmt: skip


def test_no_more_is_withheld_than_hides_somebody_beside_what_was_shown() -> None:
    """The base of b is known, not who said yes: c hides the two of a alone, and b need not be withheld with it."""
    made = study(rows_of({("a", "f"): 2, ("b", "f"): 10, ("c", "f"): 36, ("d", "f"): 90}), by=[ALL, AREA])
    left = withhold(made.plan, made.figures, made.contributions, before=[remembered(made, "food/b", counts=False)])
    assert hidden(left.figures) == {"food/a", "food/c"}


@pytest.mark.parametrize("order", [("food/b", "food/c"), ("food/c", "food/b")])
def test_of_two_that_hide_the_same_one_is_shown(order: tuple[str, ...]) -> None:
    made = counts({("a", "f"): 2, ("b", "f"): 10, ("c", "f"): 40, ("d", "f"): 60}, ALL, AREA)
    (linked,) = link(records_of(made.plan, made.figures, made.contributions))
    protect = judge_linked(linked, made.plan.protection)
    assert superfluous(linked, protect, {"food/a", *order}, order) == {order[0]}
    assert superfluous(linked, protect, {"food/a", "food/b"}, ["food/b"]) == set()
    assert superfluous(linked, protect, {"food/a", "food/b"}, []) == set()


def test_a_minimum_of_its_own_is_asked_beside_earlier_releases() -> None:
    made = counts({("a", "f"): 8, ("b", "f"): 10, ("c", "f"): 40}, ALL, AREA)
    for own in ({}, {"food/a": 9}):
        left = withhold(
            made.plan, made.figures, made.contributions, minimums=own, before=[remembered(made, "food", counts=False)]
        )
        assert hidden(left.figures) == ({"food/a", "food/b"} if own else set())


@pytest.mark.parametrize(
    ("guarded", "gone"), [((), set()), (("food/a/m",), {"food/f", "food/m"}), (("food/b/f",), set())]
)
def test_what_is_guarded_hides_what_would_tell_it_and_the_reader_is_told_so(
    guarded: tuple[str, ...], gone: set[str]
) -> None:
    """The women and men of b were shown, and those of a withheld: all women less those of b are the women of a."""
    sizes = {("a", "f"): 2, ("a", "m"): 9, ("b", "f"): 12, ("b", "m"): 30}
    old, now = counts(sizes, ALL, BOTH), counts(sizes, ALL, SEX)
    figures = replace(now.figures, notes=("Asked in spring.",))
    shown = remembered(old, "food", "food/b/f", "food/b/m", counts=False)
    away = remembered(old, "food/a/f", "food/a/m", counts=False, shown=False)
    left = withhold(now.plan, figures, medians_behind(now), before=[(*shown, *away)], guarded=guarded)
    assert hidden(left.figures) == gone
    assert left.unsafe == set(), "none of them for its own sake"
    first, told, *more = left.figures.notes
    assert (first, more) == ("Asked in spring.", [BEFORE] if guarded else [])
    assert told.startswith("2 of 3" if gone else "No figure")
    assert left.disclosure.notes == left.figures.notes
