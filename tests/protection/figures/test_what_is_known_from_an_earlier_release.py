"""An earlier release in numbers: which rows are of the same people, and which numbers can stand for withheld ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from counting import people, remembered, study, without, written

from countersign.model.contribution import Nesting, Told
from countersign.protection.figures import recalling
from countersign.protection.figures.reading import Cell, Known, Recalled, Withheld, see
from countersign.protection.figures.recalling import complete, recall, remember
from countersign.protection.figures.records import records_of

ROWS = people(a_yes=4, a_no=6, b_yes=2, b_no=5)
NOW = study(ROWS)
SEEN = see(NOW.plan, NOW.figures, NOW.figures)


def cell(name: str) -> Cell:
    return "all", "n", frozenset({("group", name)} if name else ())


def problem(values: dict[str, int], *sums: tuple[str, str]) -> Known:
    """Cells with numbers, and totals with their parts: ``("t", "abc")``. Cells without a number are open."""
    named = dict.fromkeys(name for total, parts in sums for name in (total, *parts))
    open_ = [name for name in named if name not in values]
    return Known(
        values={cell(name): value for name, value in values.items()},
        equations={(cell(total), frozenset(cell(part) for part in parts)) for total, parts in sums},
        withheld={name: (cell(name),) for name in open_},
        open={cell(name) for name in open_},
    )


def numbers(known: Known) -> dict[str, float]:
    return {next(iter(group))[1]: value for (_, what, group), value in known.values.items() if what == "n"}


# Whose ----------------------------------------------------------------------------------------------------------------


def test_rows_of_the_same_people_are_all_taken() -> None:
    old = recall(NOW.plan, SEEN, written(without(NOW, "food/b")))
    assert [(one.name, one.n, one.x) for one in old.shown] == [("food", 17, 6), ("food/a", 10, 4)]
    assert old.withheld == (Withheld("food/b", "food", frozenset({("area", "b")}), True),)


@pytest.mark.parametrize("more", [1, -1])
def test_rows_of_others_are_not(more: int) -> None:
    other = study(people(a_yes=4, a_no=6, b_yes=2, b_no=5 + more))
    assert recall(NOW.plan, SEEN, written(other.figures)) == Recalled()
    assert recall(NOW.plan, SEEN, written(without(other, "food", "food/b"))).shown, (
        "no figure says that it is of others"
    )


def test_after_a_correction_only_bases_are_taken_also_of_what_is_withheld() -> None:
    corrected = study(people(a_yes=5, a_no=5, b_yes=2, b_no=5), distributions=["answer"])
    now = study(ROWS, distributions=["answer"])
    seen = [one for one in see(now.plan, now.figures, now.figures) if one.indicator == "food" or not one.group]
    same = [replace(one, x=one.x) for one in seen]
    old = recall(now.plan, same, written(without(corrected, "food/b", "all_answer:yes/b")))
    assert {(one.name, one.x) for one in old.shown if one.indicator == "food"} == {("food", None), ("food/a", None)}
    assert {(one.name, one.is_share) for one in old.withheld} == {("food/b", False), ("all_answer:yes/b", False)}


def test_an_indicator_whose_answers_stand_keeps_them() -> None:
    now = study(ROWS, indicators={"food": lambda row: row["answer"] == "yes", "all": lambda row: True})
    then = study(people(a_yes=5, a_no=5, b_yes=2, b_no=5),
                 indicators={"food": lambda row: row["answer"] == "yes", "all": lambda row: True})  # fmt: skip
    seen = see(now.plan, now.figures, now.figures)
    old = recall(now.plan, seen, written(without(then, "all/b", "food/b")))
    assert {one.name: one.x for one in old.shown} == {"food": None, "food/a": None, "all": 17, "all/a": 10}
    assert {one.name: one.is_share for one in old.withheld} == {"food/b": False, "all/b": True}


def test_a_weighted_share_of_the_new_release_counts_nobody_in_the_old_one_either() -> None:
    weighted = [replace(one, x=None) for one in SEEN]
    rows = [{**row, "value": "0.4321"} if row["value"] else row for row in written(without(NOW, "food/b"))]
    old = recall(NOW.plan, weighted, rows)
    assert [one.x for one in old.shown] == [None, None]
    assert [one.is_share for one in old.withheld] == [False]


@pytest.mark.parametrize("order", [1, -1])
def test_without_a_figure_in_common_as_many_people_are_the_same(order: int) -> None:
    """The fullest breakdown counts, not the last: some did not say how old they are."""
    rows = [{**row, "age": "old" if at < 9 else "young", "sex": "fm"[at % 2]} for at, row in enumerate(ROWS)]
    old = study(rows, by=[("age",), ("age", "sex")])
    kept = [row for row in written(old.figures) if not (row["age"] == "old" and row["sex"])]
    fewer = [row for row in kept if row["age"] == "young" or row["sex"]]
    assert recall(NOW.plan, SEEN, kept[::order]).shown
    assert recall(NOW.plan, SEEN[::order], fewer) == Recalled()
    assert recall(NOW.plan, SEEN, [{**row, "indicator": "of old"} for row in kept]) == Recalled()


@pytest.mark.parametrize(("gone", "more", "same"), [
    ((), -1, False), ((), 0, True), ((), 1, False),
    (("food/f",), 0, True), (("food/f",), 8, True), (("food/f",), 9, True), (("food/f",), 10, False),
    (("food/f", "food/m"), 0, True),
])  # fmt: skip
def test_where_somebody_is_withheld_no_more_need_have_taken_part(gone: tuple[str, ...], more: int, same: bool) -> None:
    """Nine women and eight men took part in the new one; more or fewer men in the old one."""
    men = [{"area": "a", "answer": "no", "sex": "m"}] * (8 + more)
    old = study([*({**row, "sex": "f"} for row in ROWS[:9]), *men], by=[("sex",)])
    found = recall(NOW.plan, SEEN, written(without(old, *gone)))
    assert (len(found.shown), len(found.withheld)) == ((2 - len(gone), len(gone)) if same else (0, 0))
    other = [{**row, "indicator": "other"} if row["status"] == "suppressed" else row
             for row in written(without(old, "food/m"))]  # fmt: skip
    assert recall(NOW.plan, SEEN, other) == Recalled(), "it withholds nobody of whom the new one is"


def test_each_release_is_remembered_with_what_it_tells() -> None:
    """Of a weighted share, or one without a value, only the base is known."""
    weighted = [{**row, "value": "0.4321"} for row in written(NOW.figures)]
    whole = written(without(NOW, "food/b"))
    all_, two = ("food", "food/a", "food/b"), ("food", "food/a")
    rest = remembered(NOW, "food/b", shown=False)
    told = (*remembered(NOW, *two), *rest), remembered(NOW, *all_, counts=False)
    assert remember(NOW.plan, NOW.figures, [whole, weighted]) == told
    assert remember(NOW.plan, NOW.figures, [weighted, whole]) == told[::-1]
    bases = [{**row, "value": ""} for row in whole]
    assert remember(NOW.plan, NOW.figures, [bases]) == (
        (*remembered(NOW, *two, counts=False), *remembered(NOW, "food/b", counts=False, shown=False)),
    )
    assert remember(NOW.plan, NOW.figures, []) == ()


def test_a_category_is_remembered_with_what_it_counts() -> None:
    now = study(ROWS, indicators={}, distributions=["answer"])
    names = ["all_answer:no", "all_answer:no/a", "all_answer:no/b", "all_answer:yes", "all_answer:yes/a"]
    rows = written(without(now, "all_answer:yes/b"))
    assert remember(now.plan, now.figures, [rows]) == (
        (*remembered(now, *names), *remembered(now, "all_answer:yes/b", shown=False)),
    )


def test_of_what_contradicts_the_new_release_nothing_is_remembered_where_it_is_withheld() -> None:
    """Ten are in a now, and twelve of a without a child were shown."""
    rows = [{**row, "child": "12"[at % 5 == 0]} for at, row in enumerate(ROWS)]
    old = study(rows, by=[(), ("area", "child")])
    more = [{**row, "n": "12"} if row["figure_id"] == "food/a/2" else row for row in written(without(old, "food/a/1"))]
    (found,) = remember(NOW.plan, NOW.figures, [more])
    assert [(one.name, one.units, one.numerator) for one in found if not one.shown] == [("food/a/1", None, None)]
    assert ("food/a/2", 12) in [(one.name, one.units) for one in found if one.shown]


DISTRICTS = Nesting("district", "area", {"a1": "a", "a2": "a", "b1": "b", "b2": "b"})


@pytest.mark.parametrize("away", [("a1", "b1"), ("a2", "b2"), ("a1", "b2"), ("b1", "a2")])
def test_districts_that_are_withheld_add_up_to_their_area(away: tuple[str, ...]) -> None:
    rows = [{**row, "district": f"{row['area']}{1 + at % 3 // 2}"} for at, row in enumerate(ROWS)]
    now, old = study(rows), study(rows, by=[(), ("district",)])
    names = [f"food/{district}" for district in away]
    (found,) = remember(now.plan, now.figures, [written(without(old, *names))], nestings=[DISTRICTS])
    assert {one for one in found if not one.shown} == {*remembered(old, *names, shown=False)}


@pytest.mark.parametrize(("told", "people_of_a1"), [((), 7), ((Told({"district": "a1"}, 7, True),), 6)])
def test_a_group_that_other_tables_tell_has_as_many_as_its_parts(told: tuple[Told, ...], people_of_a1: int) -> None:
    """Of seven people of a1 six told their sex: in the new release, too, these are who is in it."""
    rows = [{**row, "district": f"{row['area']}{1 + at % 3 // 2}", "sex": "fm"[at % 2]} for at, row in enumerate(ROWS)]
    old, now = study(rows, by=[(), ("district",)]), study(rows)
    sexes = study([row for row in rows[1:] if row["district"] == "a1"], by=[("district", "sex")])
    now = replace(now, figures=replace(now.figures, estimates=(*now.figures, *sexes.figures)))
    away = [written(without(old, "food/a1"))]
    (found,) = remember(now.plan, now.figures, away, told=told, nestings=[DISTRICTS])
    assert [one.units for one in found if not one.shown] == [people_of_a1]


@pytest.mark.parametrize("order", [1, -1])
def test_answers_of_a_group_that_is_gone_are_kept_beside_a_release_that_corrects_them(order: int) -> None:
    """Two releases withhold the women of a; how many of them said yes is told by one of them at most."""
    rows = [{**row, "sex": "fm"[at % 2]} for at, row in enumerate(ROWS)]
    changed = [{**row, "answer": "yes"} if at == 8 else row for at, row in enumerate(rows)]
    whole, other = (study(own, by=[(), ("area",), ("area", "sex")]) for own in (rows, changed))
    releases = [written(without(made, "food/a/f")) for made in (whole, other)]
    kept, corrected = remember(NOW.plan, NOW.figures, releases[::order])[::order]
    assert {one.name: one.numerator for one in kept} == {
        one.name: one.behind.numerator for one in records_of(whole.plan, whole.figures, whole.contributions)
    }
    assert {one.numerator for one in corrected if one.shown} == {None}


# Numbers that fit -----------------------------------------------------------------------------------------------------


def test_a_single_missing_part_is_what_the_others_leave() -> None:
    known = problem({"t": 10, "a": 6}, ("t", "ab"))
    complete(known)
    assert numbers(known) == {"t": 10, "a": 6, "b": 4}
    assert (known.open, known.certain) == ({cell("b")}, set())


def test_a_missing_total_is_the_sum_of_its_parts() -> None:
    known = problem({"a": 6, "b": 1}, ("t", "ab"))
    complete(known)
    assert numbers(known)["t"] == 7


def test_missing_numbers_fit_all_sums_at_once() -> None:
    values = {"t": 10, "r": 4, "s": 6, "c": 3, "d": 7}
    sums = [("r", "wx"), ("s", "yz"), ("c", "wy"), ("d", "xz"), ("t", "rs"), ("t", "cd")]
    known = problem(values, *sums)
    complete(known)
    found = numbers(known)
    assert all(found[total] == sum(found[part] for part in parts) for total, parts in sums)
    assert all(value >= 0 and value == int(value) for value in found.values())
    assert known.certain == set()


def test_those_in_no_part_are_as_few_as_can_be_and_taken_to_be_known() -> None:
    """Of ten, six are in a and at most three in b, because c has three in all."""
    known = problem({"t": 10, "a": 6, "c": 3}, ("t", "ab"), ("c", "bd"))
    complete(known)
    assert (numbers(known)["b"], numbers(known)["d"]) == (3, 0)
    (rest,) = known.certain
    assert (rest[0], rest[1], rest[2], known.values[rest]) == ("all", "n without 5", cell("t")[2], 1)
    assert rest in known.shown
    assert known.equations == {
        (cell("t"), frozenset({cell("a"), cell("b"), rest})), (cell("c"), frozenset({cell("b"), cell("d")})),
    }  # fmt: skip


def test_groups_that_several_breakdowns_divide_and_no_figure_shows_get_numbers_that_fit() -> None:
    known = problem({"a": 6, "b": 1, "c": 3}, ("t", "ab"), ("t", "cd"), ("u", "te"))
    del known.withheld["t"], known.withheld["u"]
    known.shared = {cell("t"), cell("u")}
    complete(known)
    assert numbers(known) == {"a": 6, "b": 1, "c": 3, "t": 7, "d": 4, "e": 0, "u": 7}
    assert known.open == {cell(name) for name in "tude"}


def test_numbers_are_given_to_such_groups_in_the_same_order_in_every_run() -> None:
    names = "hbfdgaec"
    known = problem({"t": 9}, ("t", names))
    known.withheld = {"h": (cell("h"),)}
    known.shared = {cell(name) for name in names[1:]} | {cell("t")}
    more = {(whose, what, cell("a")[2]) for whose in ("all", "few") for what in ("n", "m")}
    known.open |= more
    known.shared |= more
    complete(known)
    order = sorted([*(("all", "n", (name,)) for name in "abcdefg"), ("all", "m", ("a",)), ("few", "m", ("a",)),
                    ("few", "n", ("a",))])  # fmt: skip
    assert list(known.values) == [cell("t"), cell("h"), *((whose, what, cell(*of)[2]) for whose, what, of in order)]


def test_who_is_in_no_part_is_numbered_in_the_same_order_in_every_run() -> None:
    """Of each total the one part that they have in common is as much as the smallest."""
    totals = {name: 2 + at for at, name in enumerate("hbfdgaec")}
    known = problem({**totals, "i": 1}, *((name, "o") for name in (*totals, "i")))
    complete(known)
    assert numbers(known)["o"] == 1
    numbered = sorted(known.certain, key=lambda rest: int(rest[1].rpartition(" ")[2]))
    assert [rest[2] for rest in numbered] == [cell(name)[2] for name in "abcdefgh"]
    assert [known.values[rest] for rest in numbered] == [totals[name] - 1 for name in "abcdefgh"]


def test_sums_of_numbers_that_are_all_known_are_left_alone() -> None:
    known = problem({"t": 10, "a": 6, "b": 1, "u": 3, "c": 1}, ("t", "ab"), ("u", "cd"))
    complete(known)
    assert numbers(known) == {"t": 10, "a": 6, "b": 1, "u": 3, "c": 1, "d": 2}
    assert (cell("t"), frozenset({cell("a"), cell("b")})) in known.equations


def test_a_number_that_no_sum_asks_for_is_nobody() -> None:
    for sums in ((), (("t", "ab"),)):
        known = problem({"t": 10, "a": 6}, *sums)
        known.withheld["lonely"] = (cell("lonely"),)
        known.open.add(cell("lonely"))
        complete(known)
        assert numbers(known)["lonely"] == 0


def test_without_a_missing_number_nothing_changes() -> None:
    known = problem({"t": 10, "a": 6, "b": 4}, ("t", "ab"))
    complete(known)
    assert numbers(known) == {"t": 10, "a": 6, "b": 4}


def test_numbers_that_contradict_each_other_are_forgotten() -> None:
    known = problem({"t": 3, "a": 6, "u": 9, "c": 4}, ("t", "ab"), ("u", "cd"), ("u", "tae"))
    known.equations.add((cell("u"), frozenset({cell("c")})))
    complete(known)
    assert known.equations == {(cell("u"), frozenset({cell("c")}))}
    assert (known.open, known.withheld) == (set(), {})
    assert numbers(known) == {"t": 3, "a": 6, "u": 9, "c": 4}


@pytest.mark.parametrize(("seconds", "whole"), [(10.0, True), (0.0, False)])
def test_people_are_whole_as_long_as_there_is_time(
    seconds: float, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three cells in a ring, one person in each pair: only halves fit without somebody left over."""
    monkeypatch.setattr(recalling, "SECONDS", seconds)
    known = problem(
        {"t": 1, "u": 1, "v": 1}, *((total, pair) for total, pair in zip("tuv", map("".join, RING), strict=True))
    )
    complete(known)
    found = [numbers(known)[name] for name in "abc"]
    assert all(value == int(value) for value in found) is whole
    assert len(known.certain) == (1 if whole else 0)
    assert found == ([0.5] * 3 if not whole else found)


RING = list(pairwise("abca"))
