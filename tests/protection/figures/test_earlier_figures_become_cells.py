"""What earlier releases show and withhold are cells beside those of the new figures, and add up to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from counting import Made, remembered, study

from countersign.model.contribution import Contribution, Nesting
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection.figures.judging import judge_linked
from countersign.protection.figures.linking import Linked, link
from countersign.protection.figures.records import Record, Remembered, records_of

ALL, AREA, SEX = (), ("area",), ("sex",)


def rows_of(**sizes: int) -> list[dict[str, str]]:
    """People with an area, a sex and an answer: ``rows_of(a_f=2)`` are two women of a; two of three say yes."""
    return [
        {"area": name[0], "sex": name[2], "answer": "yes" if at % 3 else "no"}
        for name, size in sizes.items()
        for at in range(size)
    ]


NOW = study(rows_of(a_f=4, a_m=6, b_f=10, b_m=20), by=[ALL, AREA])


def linked(made: Made, *before: Sequence[Remembered], **options: object) -> Linked:
    (found,) = link(records_of(made.plan, made.figures, made.contributions), before=before, **options)  # type: ignore[arg-type]
    return found


def cells(found: Linked, mask: str) -> set[tuple[str, str]]:
    return {cell[1:] for cell, own in zip(found.table.cells, getattr(found, mask), strict=True) if own}


def equations(found: Linked) -> set[tuple[str, frozenset[str]]]:
    def word(at: int) -> str:
        return " of ".join(found.table.cells[at][1:])

    return {(word(total), frozenset(map(word, parts))) for total, parts in found.table.equations}


def test_cells_of_figures_that_were_shown_are_marked() -> None:
    found = linked(NOW, remembered(NOW, "food/a"))
    assert cells(found, "before") == {
        ("all", "area=a"), ("food counted", "area=a"), ("food not counted", "area=a"),
    }  # fmt: skip
    assert len(found.table) == len(linked(NOW).table)
    assert equations(found) == equations(linked(NOW))
    assert cells(linked(NOW, remembered(NOW, "food/a", counts=False)), "before") == {("all", "area=a")}
    assert cells(linked(NOW), "before") == set()


def test_a_number_that_was_corrected_since_is_not_known() -> None:
    (one,) = remembered(NOW, "food/a")
    assert cells(linked(NOW, [replace(one, numerator=3)]), "before") == {("all", "area=a")}


def test_of_an_indicator_that_is_gone_the_people_are_known_if_they_are_the_same() -> None:
    one, two = remembered(NOW, "food", "food/a")
    gone = [replace(each, of="other", name=f"other{each.name[4:]}") for each in (one, two)]
    assert cells(linked(NOW, gone), "before") == {
        (what, where) for what in ("all", "other counted", "other not counted") for where in ("all", "area=a")
    }
    other = [replace(each, units=(each.units or 0) + 1) for each in gone]
    assert cells(linked(NOW, other), "before") == set()


OLD = study(rows_of(a_f=4, a_m=6, b_f=10, b_m=20), by=[(*AREA, *SEX), SEX])


def test_groups_of_an_earlier_release_add_up_to_those_of_the_new_one() -> None:
    found = linked(NOW, remembered(OLD, "food/a/f", "food/a/m", "food/b/f", "food/b/m"))
    new = equations(found) - equations(linked(NOW))
    assert ("all of area=a", frozenset({"all of area=a, sex=f", "all of area=a, sex=m"})) in new
    assert ("all of all", frozenset(f"all of area={area}, sex={sex}" for area in "ab" for sex in "fm")) in new
    assert (
        "all of area=b, sex=f",
        frozenset({"food counted of area=b, sex=f", "food not counted of area=b, sex=f"}),
    ) in new
    assert not cells(found, "open")


def test_groups_of_the_new_release_add_up_to_those_of_an_earlier_one() -> None:
    found = linked(OLD, remembered(NOW, "food/a"))
    assert ("all of area=a", frozenset({"all of area=a, sex=f", "all of area=a, sex=m"})) in equations(found)
    assert ("all of all", frozenset({"all of area=a", "all, left of 10 of all"})) not in equations(found)


def test_what_is_withheld_is_open_and_guarded_where_that_is_asked() -> None:
    shown = remembered(OLD, "food/b/f", "food/b/m")
    away = remembered(OLD, "food/a/f", "food/a/m", shown=False)
    found = linked(NOW, [*shown, *away], guarded=["food/a/f", "food/b/f"])
    three = ("all", "food counted", "food not counted")
    assert cells(found, "open") == {(what, f"area=a, sex={sex}") for what in three for sex in "fm"}
    assert cells(found, "guarded") == {(what, "area=a, sex=f") for what in three}
    assert cells(found, "before") == {(what, f"area=b, sex={sex}") for what in three for sex in "fm"}
    again = linked(NOW, remembered(NOW, "food/a", shown=False), guarded=["food/a"])
    assert not cells(again, "open") | cells(again, "guarded")


def test_where_numbers_do_not_fit_nobody_knows_what_is_left() -> None:
    """Of the men of a nothing can be said: the total less the women is not known from the women."""
    women, nothing = remembered(OLD, "food/a/f"), [replace(*remembered(OLD, "food/a/m", shown=False), units=None)]
    sure, unsure = linked(NOW, women), linked(NOW, [*women, *nothing])
    for found, known in ((sure, True), (unsure, False)):
        rest = [at for at, cell in enumerate(found.table.cells) if "left of" in cell[1] and cell[2] == "area=a"]
        assert rest
        assert {bool(found.known[at]) for at in rest} == {known}


# One figure after the other -------------------------------------------------------------------------------------------


def now(n: int, x: int | None = None, *, of: str = "food", universe: str = "all", **domain: str) -> Record:
    name = "/".join([of, *domain.values()])
    return Record(name, of, universe, frozenset(domain.items()), Contribution(name, universe, n, n, numerator=x))


def then(
    n: int | None, x: int | None = None, *, of: str = "food", category: str = "", shown: bool = True, **domain: str
) -> Remembered:
    name = "/".join([of, *domain.values()])
    return Remembered(name, of, frozenset(domain.items()), n, x, category, shown)


def marked(systems: Sequence[Linked], mask: str) -> set[tuple[str, ...]]:
    return {cell for found in systems for cell, own in zip(found.table.cells, getattr(found, mask), strict=True) if own}


def rests(found: Linked, group: str) -> list[tuple[float, bool]]:
    """What is left of a group: how many, and whether that is known."""
    return [
        (found.table.values[at], bool(found.known[at]))
        for at, cell in enumerate(found.table.cells)
        if ", left of" in cell[1] and cell[2] == group
    ]


AREAS = [now(40), now(12, area="a"), now(28, area="b")]


def test_groups_of_means_add_up_though_nobody_counts_answers() -> None:
    (found,) = link(AREAS, before=[[then(5, area="a", sex="f"), then(7, area="a", sex="m")]])
    assert ("all of area=a", frozenset({"all of area=a, sex=f", "all of area=a, sex=m"})) in equations(found)


@pytest.mark.parametrize("first", [then(None, area="b", sex="f", shown=False), then(9, of="other", area="a")])
def test_what_tells_nothing_does_not_end_the_list(first: Remembered) -> None:
    assert marked(link(AREAS, before=[[first, then(12, area="a")]]), "before") == {("all", "all", "area=a")}


def test_two_indicators_that_count_the_same_people_are_remembered_as_one() -> None:
    both = [now(12, 5, of=of, area="a") for of in ("food", "water")]
    systems = link(both, before=[[then(12, 5, of="water", area="a")]])
    answers = ("all", "food counted", "food not counted")
    assert marked(systems, "before") == {("all", answer, "area=a") for answer in answers}


def test_categories_of_a_question_that_is_gone_are_known_and_so_is_what_they_leave() -> None:
    old = [then(12, 5, of="work", category="p", area="a"), then(12, 4, of="work", category="q", area="a")]
    (found,) = (one for one in link(AREAS, before=[old]) if len(one.table) > 1)
    assert {cell[1:] for cell in marked([found], "before")} == {
        (answer, "area=a") for answer in ("all", "work p", "work q")
    }
    assert rests(found, "area=a") == [(3, True)]


@pytest.mark.parametrize("left", [1, 2, 3])
def test_what_categories_leave_is_not_known_where_one_of_them_is_not(left: int) -> None:
    """Nor is it a group that is to be protected for its own sake: it may be anything."""
    old = [
        then(12, 12 - left, of="work", category="p", area="a"),
        then(None, of="work", category="q", area="a", shown=False),
    ]
    (found,) = (one for one in link(AREAS, before=[old]) if len(one.table) > 1)
    assert rests(found, "area=a") == [(left, False)]
    protect = judge_linked(found, ProtectionPlan(minimum_contributors=3, group_disclosure=False))
    assert not protect.unsafe.any()


@pytest.mark.parametrize("turned", [False, True])
def test_what_one_release_shows_and_another_withholds_is_both_in_any_order(turned: bool) -> None:
    shown, away = [then(5, area="a", sex="f")], [then(5, area="a", sex="f", shown=False)]
    for releases in ([shown, away], [[*shown, *away]]):
        systems = link(AREAS, before=[one[::-1] for one in releases[::-1]] if turned else releases)
        assert marked(systems, "before") == marked(systems, "open") == {("all", "all", "area=a, sex=f")}


@pytest.mark.parametrize("turned", [False, True])
def test_a_base_is_guarded_if_one_of_its_figures_is(turned: bool) -> None:
    old = [then(5, of=of, area="a", sex="f", shown=False) for of in ("food", "water")]
    own = [*AREAS, *(replace(one, name=f"water{one.name[4:]}", of="water") for one in AREAS)]
    systems = link(own, before=[old[::-1] if turned else old], guarded=["food/a/f"])
    assert marked(systems, "guarded") == {("all", "all", "area=a, sex=f")}


def test_a_figure_that_both_have_stays_with_its_people_though_others_were_as_many() -> None:
    own = [*AREAS, *(now(n, of="work", universe="employed", **by) for n, by in ((40, {}), (9, {"area": "a"})))]
    assert marked(link(own, before=[[then(40, of="work")]]), "before") == {("employed", "all", "all")}


@pytest.mark.parametrize(("units", "shown"), [(11, False), (None, False), (12, True)])
def test_only_numbers_that_were_shown_tell_whose_figures_are_gone(units: int | None, shown: bool) -> None:
    """A number of a withheld figure is one of those that fit, and may differ from that of the same people."""
    old = [then(40, of="gone"), then(units, of="gone", shown=shown, area="a")]
    everybody = {("all", "all", "all")} | ({("all", "all", "area=a")} if shown else set())
    assert marked(link(AREAS, before=[old]), "before") == everybody


# Categories within others ---------------------------------------------------------------------------------------------

NESTING = Nesting("district", "area", {"a1": "a", "a2": "a", "b1": "b"})


def test_districts_of_an_earlier_release_add_up_to_the_areas_of_the_new_one() -> None:
    old = [
        then(5, sex="f"),
        then(4, district="a1"),
        then(8, district="a2"),
        then(3, district="c1"),
        then(20, district="b1"),
    ]
    (found,) = link([*AREAS, now(5, sex="f"), now(35, sex="m")], before=[old], nestings=[NESTING])
    assert ("all of area=a", frozenset({"all of district=a1", "all of district=a2"})) in equations(found)
    assert ("all of area=b", frozenset({"all of district=b1", *_left(found, "area=b")})) in equations(found)
    assert rests(found, "area=b") == [(8, True)]


def test_districts_of_the_new_release_add_up_to_the_areas_of_an_earlier_one() -> None:
    new = [now(40), now(4, district="a1"), now(8, district="a2"), now(20, district="b1"), now(8, district="b2")]
    gone = then(None, area="b", shown=False)
    for more in ([], [[then(40)]]):
        (found,) = link(new, before=[[then(14, area="a"), gone], *more], nestings=[NESTING])
        parts = frozenset({"all of district=a1", "all of district=a2", *_left(found, "area=a")})
        assert ("all of area=a", parts) in equations(found)
        assert rests(found, "area=a") == [(2, True)], "the new release has all of them, what the old one lacks too"


def test_districts_within_another_variable_add_up_within_it() -> None:
    old = [then(4, district="a1", sex="f"), then(1, district="a2", sex="f"), then(8, district="a2", sex="m")]
    own = [*AREAS, now(5, area="a", sex="f"), now(8, area="a", sex="m")]
    found = {each for one in link(own, before=[old], nestings=[NESTING]) for each in equations(one)}
    women = frozenset({"all of district=a1, sex=f", "all of district=a2, sex=f"})
    assert {
        ("all of area=a, sex=f", women),
        ("all of area=a, sex=m", frozenset({"all of district=a2, sex=m"})),
    } <= found


def test_a_district_that_was_told_with_its_area_is_of_that_area_alone() -> None:
    old = [then(4, district="a1", area="b"), then(5, district="a2")]
    (found,) = (one for one in link(AREAS, before=[old], nestings=[NESTING]) if len(one.table) > 1)
    parts = {total: own for total, own in equations(found) if total != "all of all"}
    assert "all of district=a1, area=b" not in " ".join(parts["all of area=a"])


def test_what_is_left_is_not_known_where_a_district_is_not() -> None:
    old = [then(4, district="a1"), then(None, district="a2", shown=False)]
    (found,) = link(AREAS, before=[old], nestings=[NESTING])
    assert rests(found, "area=a") == [(8, False)]


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_left_is_known_if_one_of_several_releases_tells_it(turned: bool) -> None:
    sure, unsure = [then(4, district="a1")], [then(4, district="a1"), then(None, district="a2", shown=False)]
    (found,) = link(AREAS, before=[unsure, sure] if turned else [sure, unsure], nestings=[NESTING])
    assert rests(found, "area=a") == [(8, True)]


def test_groups_that_two_breakdowns_divide_are_open() -> None:
    """Nobody shows how many women there are, nor that there are none."""
    new = [now(12, area="a", sex="f"), now(28, area="b", sex="m")]
    (found,) = link(new, before=[[then(12, age="old", sex="f"), then(28, age="old", sex="m")]])
    assert marked([found], "open") == {("all", "all", "sex=f"), ("all", "all", "sex=m")}
    (found,) = link([*new, now(12, age="old", sex="f"), now(28, age="old", sex="m")])
    assert marked([found], "open") == {("all", "all", "sex=f"), ("all", "all", "sex=m")}


@pytest.mark.parametrize(("told", "left"), [(11, 0), (12, 0), (13, 1)])
def test_a_group_that_two_breakdowns_divide_has_as_many_people_as_were_told(told: int, left: int) -> None:
    """Some have no age and no sex. Fewer than now were counted wrongly then, so that tells nothing."""
    new = [now(20, 20)] + [
        now(n, n, area="a", **{name: n_of}) for name in ("sex", "age") for n_of, n in (("x", 5), ("y", 7))
    ]
    away = then(20, 20, area="a", shown=False)
    (found,) = link(new, before=[[then(told, told, area="a")], [away]])
    known = {"all", "food counted"} if told >= 12 else set()
    assert {answer for _, answer, group in marked([found], "before") if group == "area=a"} == known | (
        {"food not counted"}
    )
    for answer in ("all", "food counted"):
        (size,) = (
            found.table.values[at] for at, cell in enumerate(found.table.cells) if cell[1:] == (answer, "area=a")
        )
        assert size == 12 + left


def test_a_group_that_nobody_told_of_may_be_nobody() -> None:
    new = [now(20, 20)] + [
        now(n, n, area="a", **{name: n_of}) for name in ("sex", "age") for n_of, n in (("x", 5), ("y", 7))
    ]
    (found,) = link(new)
    sizes = dict(zip((cell[1:] for cell in found.table.cells), found.table.values, strict=True))
    assert (sizes["food counted", "area=a"], sizes["food not counted", "area=a"]) == (12, 0)


def test_a_wider_category_of_the_same_variable_is_no_part_of_itself() -> None:
    wider = Nesting("area", "area", {"a": "a and b", "b": "a and b", "a and b": "a and b"})
    old = [then(12, area="a"), then(28, area="b"), then(40, area="a and b")]
    (found,) = link([now(90), now(40, area="a and b"), now(50, area="c")], before=[old], nestings=[wider])
    assert ("all of area=a and b", frozenset({"all of area=a", "all of area=b"})) in equations(found)


def _left(found: Linked, group: str) -> set[str]:
    return {" of ".join(cell[1:]) for cell in found.table.cells if ", left of" in cell[1] and cell[2] == group}
