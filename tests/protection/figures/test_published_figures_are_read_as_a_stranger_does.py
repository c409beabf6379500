"""Rows as a stranger reads them: how many people each tells of, and what adds up to what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from counting import Made, people, study, with_nobody, written

from countersign.model.contribution import Nesting, Told
from countersign.model.estimate import EstimateTable, Status
from countersign.model.plan import Plan
from countersign.protection.figures.reading import (
    Cell,
    Known,
    Recalled,
    Seen,
    Withheld,
    counted,
    put_together,
    see,
    see_rows,
    see_withheld,
)  # fmt: skip

ROWS = people(north_yes=4, north_no=6, south_yes=2, south_no=5)
MADE = study(ROWS)
PLAN = MADE.plan


def group(**codes: str) -> frozenset[tuple[str, str]]:
    return frozenset(codes.items())


def seen(name: str, n: int, x: int | None = None, *, of: str = "food", shown: bool = True, category: str = "",
         **domain: str) -> Seen:  # fmt: skip
    return Seen(name, of, frozenset(domain.items()), n, x, shown, category)


def called(known: Known, cells: Iterable[Cell]) -> set[str]:
    """Cells in words: whose, what, group and how many."""
    found = set()
    for whose, what, of in cells:
        words = ",".join(f"{name}={code}" for name, code in sorted(of)) or "all"
        found.add(f"{whose}: {what} {words} {known.values[whose, what, of]}")
    return found


def sums(known: Known) -> set[tuple[str, frozenset[str]]]:
    return {(*called(known, [total]), frozenset(called(known, parts))) for total, parts in known.equations}


# Rows -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statistic", "value", "n", "x"),
    [
        ("proportion", 0.5, 10, 5),
        ("proportion", 0.0, 10, 0),
        ("proportion", 1.0, 10, 10),
        ("proportion", (5 + 0.9e-5) / 10, 10, 5),
        ("proportion", (5 + 1.1e-5) / 10, 10, None),  # a millionth of ten people is too much to be written badly
        ("proportion", 1 + 1.5e-6, 1, None),
        ("total", 1e-6, 1, 0),
        ("total", 1.1e-6, 1, None),
        ("proportion", 0.4321, 10, None),
        ("total", 0.0, 10, 0),
        ("total", 7.0, 10, 7),
        ("total", 10.0, 10, 10),
        ("total", 11.0, 10, None),
        ("total", -1.0, 10, None),
        ("total", 7.5, 10, None),
        ("mean", 0.5, 10, None),
        ("mean", 4.0, 10, None),
        ("proportion", None, 10, None),
    ],
)
def test_a_share_counts_people_and_so_may_a_total(statistic: str, value: float | None, n: int, x: int | None) -> None:
    assert counted(statistic, value, n) == x


def test_every_figure_that_rests_on_people_is_read_withheld_or_not() -> None:
    made = with_nobody(MADE, area="east")
    table = EstimateTable((made.figures.estimates[-1], *made.figures.estimates[:-1]))
    gone = replace(table, estimates=tuple(one.withheld() if one.figure_id == "food/north" else one for one in table))
    assert see(PLAN, table, gone) == [
        seen("food", 17, 6),
        seen("food/north", 10, 4, shown=False, area="north"),
        seen("food/south", 7, 2, area="south"),
    ]


def test_what_was_withheld_before_is_not_there_to_be_attacked() -> None:
    by_hand = tuple(
        replace(one, status=Status.SUPPRESSED) if one.figure_id == "food/north" else one for one in MADE.figures
    )
    table = replace(MADE.figures, estimates=by_hand)
    assert [one.name for one in see(PLAN, table, table)] == ["food", "food/south"]


def test_the_answer_that_a_distribution_counts_is_no_group() -> None:
    made = study(ROWS, indicators={}, distributions=["answer"], by=[("area",)])
    assert see(made.plan, made.figures, made.figures) == [
        seen("all_answer:no/north", 10, 6, of="all_answer", category="no", area="north"),
        seen("all_answer:no/south", 7, 5, of="all_answer", category="no", area="south"),
        seen("all_answer:yes/north", 10, 4, of="all_answer", category="yes", area="north"),
        seen("all_answer:yes/south", 7, 2, of="all_answer", category="yes", area="south"),
    ]


def test_a_share_of_the_variable_it_is_broken_down_by_keeps_its_group() -> None:
    made = study(ROWS, by=[("answer",)])
    assert {(one.group, one.category) for one in see(made.plan, made.figures, made.figures)} == {
        (group(answer="yes"), ""),
        (group(answer="no"), ""),
    }


# Rows of an earlier release -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        MADE,
        study(ROWS, by=[(), ("area",), ("area", "answer")]),
        study(ROWS, distributions=["answer"]),
        study(ROWS, indicators={}, distributions=["answer", "area"], by=[()]),
    ],
)
def test_a_release_is_read_from_its_file_as_it_was_made(made: Made) -> None:
    assert see_rows(made.plan, written(made.figures)) == see(made.plan, made.figures, made.figures)


def test_rows_that_tell_of_nobody_are_left_out_and_those_after_them_are_read() -> None:
    made = with_nobody(MADE, area="east")
    first = made.figures.estimates[-1]
    gone = replace(MADE.figures.estimates[0].withheld(), figure_id="food/gone")
    table = EstimateTable((first, gone, *MADE.figures))
    rows = written(table)
    assert [row["n"] for row in rows[:2]] == ["0", ""]
    rows.insert(0, {**rows[2], "figure_id": "without n", "n": ""})
    rows.insert(0, {**rows[3], "figure_id": "withheld", "status": "suppressed"})
    assert [one.name for one in see_rows(PLAN, rows)] == ["food", "food/north", "food/south"]
    assert all(one.shown for one in see_rows(PLAN, rows))


def test_a_row_without_a_column_of_people_tells_of_nobody() -> None:
    (row, *_) = written(MADE.figures)
    del row["n"]
    assert see_rows(PLAN, [row]) == []


def test_of_a_weighted_share_without_a_value_or_of_an_unknown_indicator_only_the_base_is_read() -> None:
    (row, *_) = written(MADE.figures)
    rows = [
        {**row, "value": "0.4321"},
        {**row, "value": ""},
        {**row, "indicator": "of old"},
        {name: text for name, text in row.items() if name != "value"},
    ]
    assert [(one.n, one.x) for one in see_rows(PLAN, rows)] == [(17, None)] * 4
    assert [(one.indicator, one.category) for one in see_rows(PLAN, rows)][2] == ("of old", "")


def test_a_category_that_the_file_does_not_name_is_none() -> None:
    made = study(ROWS, indicators={}, distributions=["answer"], by=[()])
    rows = [{name: text for name, text in row.items() if name != "answer"} for row in written(made.figures)]
    assert [(one.n, one.x, one.category) for one in see_rows(made.plan, rows)] == [(17, 11, ""), (17, 6, "")]


def test_numbers_of_people_may_be_written_with_a_point() -> None:
    (row, *_) = written(MADE.figures)
    assert see_rows(PLAN, [{**row, "n": "17.0"}])[0].n == 17


def test_rows_that_an_earlier_release_withholds_are_read_by_what_they_are_of() -> None:
    made = study(ROWS, distributions=["answer"])
    gone = tuple(one.withheld() if one.domain else one for one in made.figures)
    rows = written(EstimateTable(gone))
    rows[1]["indicator"] = "of old"
    assert see_withheld(made.plan, rows) == [
        Withheld("food/north", "of old", group(area="north"), False),
        Withheld("food/south", "food", group(area="south"), True),
        *(Withheld(f"all_answer:{code}{area}", "all_answer", group(**({"area": area[1:]} if area else {})), True, code)
          for code in ("no", "yes") for area in ("", "/north", "/south")),
    ]  # fmt: skip
    mean = replace(made.plan, indicators={"food": replace(made.plan.indicators["food"], statistic="mean")})
    assert see_withheld(mean, rows[2:3]) == [Withheld("food/south", "food", group(area="south"), False)]


# What adds up ---------------------------------------------------------------------------------------------------------


def test_a_share_by_area_is_three_layers_that_add_up() -> None:
    known = put_together(PLAN, see(PLAN, MADE.figures, MADE.figures))
    yes, no = "food: food food yes", "food: food food no"
    assert sums(known) == {
        ("food: n all 17", frozenset({f"{yes} all 6", f"{no} all 11"})),
        ("food: n area=north 10", frozenset({f"{yes} area=north 4", f"{no} area=north 6"})),
        ("food: n area=south 7", frozenset({f"{yes} area=south 2", f"{no} area=south 5"})),
        ("food: n all 17", frozenset({"food: n area=north 10", "food: n area=south 7"})),
        (f"{yes} all 6", frozenset({f"{yes} area=north 4", f"{yes} area=south 2"})),
        (f"{no} all 11", frozenset({f"{no} area=north 6", f"{no} area=south 5"})),
    }  # fmt: skip
    assert called(known, known.certain) == {"food: n all 17"}
    assert known.shown == set(known.values)
    assert called(known, known.cells["food/north"]) == {
        "food: n area=north 10", "food: food food yes area=north 4", "food: food food no area=north 6",
    }  # fmt: skip
    assert known.differences == set()


def test_of_a_withheld_figure_nothing_is_seen() -> None:
    gone = tuple(one.withheld() if one.figure_id == "food/north" else one for one in MADE.figures)
    known = put_together(PLAN, see(PLAN, MADE.figures, EstimateTable(gone)))
    assert set(known.values) - known.shown == set(known.cells["food/north"])


def test_a_mean_is_its_base_and_how_many_took_part_is_told() -> None:
    known = put_together(PLAN, [seen("n", 10, area="north"), seen("s", 7, area="south", shown=False)])
    assert sums(known) == {("food: n all 17", frozenset({"food: n area=north 10", "food: n area=south 7"}))}
    assert called(known, known.shown) == {"food: n all 17", "food: n area=north 10"}
    assert called(known, known.certain) == {"food: n all 17"}


def test_how_many_took_part_is_what_the_fullest_breakdown_says() -> None:
    ages = [seen("young", 8, age="young"), seen("old", 8, age="old")]
    areas = [seen("north", 10, area="north"), seen("south", 7, area="south")]
    for rows in (ages + areas, areas + ages):
        known = put_together(PLAN, rows)
        assert ("food: n all 17", frozenset({"food: n area=north 10", "food: n area=south 7"})) in sums(known)
        assert called(known, known.certain) >= {"food: n all 17"}
        (rest,) = known.certain - {("food", "n", group())}
        assert known.values[rest] == 1
        assert rest in known.shown


def test_the_number_of_those_who_meet_a_condition_is_told_by_no_one_else() -> None:
    made = study(ROWS, by=[("area",)], where={"food": lambda row: True})
    known = put_together(made.plan, see(made.plan, made.figures, made.figures))
    assert known.certain == set()
    assert not any(of == group() for _, _, of in known.values)
    whole = study(ROWS, where={"food": lambda row: True})
    assert put_together(whole.plan, see(whole.plan, whole.figures, whole.figures)).certain == set()


def test_an_indicator_that_the_plan_does_not_know_is_taken_to_be_of_everybody() -> None:
    known = put_together(PLAN, [seen("a", 9, of="old", area="north")])
    assert called(known, known.certain) == {"old: n all 9"}


def test_categories_of_a_question_add_up_and_what_they_lack_is_seen() -> None:
    rows = [seen("p", 10, 4, category="piped"), seen("r", 10, 3, category="river")]
    known = put_together(PLAN, rows)
    (equation,) = known.equations
    total, parts = equation
    assert called(known, [total]) == {"food: n all 10"}
    assert {known.values[part] for part in parts} == {4, 3}
    assert len(parts) == 3
    (rest,) = known.certain - {total}
    assert rest in known.shown
    assert called(known, [rest]) == {"food: n without 0 all 3"}
    assert known.cells["p"] == (("food", "n", group()), ("food", "food piped yes", group()))


def test_categories_that_are_more_than_their_base_add_up_to_nothing() -> None:
    """Who may name several answers is counted several times."""
    rows = [seen("p", 10, 8, category="piped"), seen("r", 10, 7, category="river")]
    assert put_together(PLAN, rows).equations == set()


@pytest.mark.parametrize("last", [3, 2, 1])
def test_one_more_than_all_is_too_many_and_all_is_not(last: int) -> None:
    rows = [seen("p", 10, 8, category="piped"), seen("r", 10, last, category="river")]
    known = put_together(PLAN, rows)
    assert bool(known.equations) is (last <= 2)
    assert len(known.certain) == (2 if last < 2 else 1)


def test_what_is_left_of_several_totals_are_different_people() -> None:
    rows = [
        seen("pn", 10, 4, category="piped", area="north"),
        seen("ps", 10, 4, category="piped", area="south"),
        seen("t", 25),
    ]
    known = put_together(PLAN, rows)
    left = [cell for cell in known.certain if cell != ("food", "n", group())]
    assert sorted(known.values[cell] for cell in left) == [5, 6, 6]
    assert len(known.equations) == 3


def test_groups_add_up_to_those_with_one_variable_less_and_to_all() -> None:
    rows = [
        seen("a1", 6, a="1"),
        seen("a2", 4, a="2"),
        seen("a1x", 5, a="1", b="x"),
        seen("a1y", 1, a="1", b="y"),
        seen("a2x", 4, a="2", b="x"),
    ]
    assert sums(put_together(PLAN, rows)) == {
        ("food: n all 10", frozenset({"food: n a=1 6", "food: n a=2 4"})),
        ("food: n all 10", frozenset({"food: n a=1,b=x 5", "food: n a=1,b=y 1", "food: n a=2,b=x 4"})),
        ("food: n a=1 6", frozenset({"food: n a=1,b=x 5", "food: n a=1,b=y 1"})),
        ("food: n a=2 4", frozenset({"food: n a=2,b=x 4"})),
    }


# Whose ----------------------------------------------------------------------------------------------------------------


def bases(known: Known) -> dict[str, str]:
    """Figure -> whose base it shows."""
    return {name: cells[0][0] for name, cells in known.cells.items()}


def test_indicators_whose_bases_agree_wherever_they_meet_are_of_the_same_people() -> None:
    rows = [
        seen("a", 10, of="a"),
        seen("an", 6, of="a", area="north"),
        seen("b", 10, of="b"),
        seen("bn", 6, of="b", area="north"),
        seen("c", 10, of="c"),
        seen("cn", 5, of="c", area="north"),
        seen("ds", 5, of="d", sex="f"),
        seen("e", 10, of="e"),
        seen("es", 5, of="e", sex="f"),
        seen("fs", 5, of="f", sex="f"),
    ]
    assert bases(put_together(PLAN, rows)) == {
        "a": "a", "an": "a", "b": "a", "bn": "a", "c": "c", "cn": "c", "ds": "ds"[0], "e": "a", "es": "a", "fs": "d",
    }  # fmt: skip


def test_an_indicator_that_agrees_with_one_named_after_another_is_named_after_that_too() -> None:
    rows = [
        seen("a", 10, of="a"),
        seen("b", 10, of="b"),
        seen("bf", 4, of="b", sex="f"),
        seen("cf", 4, of="c", sex="f"),
    ]
    assert bases(put_together(PLAN, rows)) == dict.fromkeys(("a", "b", "bf", "cf"), "a")


def test_the_base_is_seen_if_one_of_its_figures_is() -> None:
    rows = [seen("a", 10, 4, of="a", shown=False), seen("b", 10, 3, of="b")]
    known = put_together(study(ROWS, where={"a": bool, "b": bool}, indicators={"a": bool, "b": bool}).plan, rows)
    assert called(known, set(known.values) - known.shown) == {"a: a a yes all 4", "a: a a no all 6"}


# Conditions -----------------------------------------------------------------------------------------------------------


def test_who_subtracts_one_condition_from_another_has_those_who_meet_only_one() -> None:
    rows = [
        seen("other", 20, 11, of="other"),
        seen("all", 10, 4),
        seen("young", 8, 3, of="young"),
    ]
    plan = study(ROWS, indicators={"food": bool, "young": bool}, where={"young": bool}).plan
    known = put_together(plan, rows, within=[("young", "food")])
    new = sums(known) - sums(put_together(plan, rows))
    whose = "food without young"
    assert new == {
        ("food: n all 10", frozenset({"young: n all 8", f"{whose}: n all 2"})),
        ("food: food food yes all 4", frozenset({"young: young young yes all 3", f"{whose}: food food yes all 1"})),
        ("food: food food no all 6", frozenset({"young: young young no all 5", f"{whose}: food food no all 1"})),
    }
    assert called(known, known.differences) == {
        f"{whose}: n all 2", f"{whose}: food food yes all 1", f"{whose}: food food no all 1",
    }  # fmt: skip
    assert not known.differences & known.shown


def test_who_meets_only_one_condition_adds_up_over_groups() -> None:
    rows = [seen("all", 10), seen("alln", 6, area="n"), seen("alls", 4, area="s")]
    rows += [seen("y", 7, of="young"), seen("yn", 4, of="young", area="n"), seen("ys", 3, of="young", area="s")]
    whose = "food without young"
    assert (f"{whose}: n all 3", frozenset({f"{whose}: n area=n 2", f"{whose}: n area=s 1"})) in sums(
        put_together(PLAN, rows, within=[("young", "food")])
    )


def test_nobody_is_in_one_condition_alone_where_both_have_as_many() -> None:
    rows = [seen("all", 10, 4), seen("alln", 5, 2, area="north"), seen("young", 10, 4, of="young")]
    rows.append(seen("youngn", 4, 2, of="young", area="north"))
    known = put_together(PLAN, rows, within=[("young", "food")])
    equal = [cell for cell in known.differences if cell[2] == group()]
    assert {known.values[cell] for cell in equal} == {0}
    assert ("food: n all 10", frozenset({"young: n all 10", "food without young: n all 0"})) in sums(known)


def test_a_condition_that_has_more_people_than_the_one_around_it_is_not_subtracted() -> None:
    """Rows may contradict the order of conditions in single answers: then nothing follows."""
    rows = [seen("all", 10, 2), seen("young", 8, 3, of="young")]
    known = put_together(PLAN, rows, within=[("young", "food")])
    new = {total for total, _ in sums(known) - sums(put_together(PLAN, rows))}
    assert new == {"food: n all 10", "food: food food no all 8"}


def test_of_means_with_different_conditions_only_the_bases_are_subtracted() -> None:
    for x, y in ((None, 3), (4, None), (None, None)):
        known = put_together(PLAN, [seen("all", 10, x), seen("y", 8, y, of="young")], within=[("young", "food")])
        assert called(known, known.differences) == {"food without young: n all 2"}


def test_distributions_are_not_subtracted_and_what_follows_them_is() -> None:
    rows = [
        seen("dp", 10, 4, category="piped"),
        seen("dr", 8, 3, of="young", category="piped"),
        seen("n", 6, 2, area="north"),
        seen("yn", 5, 2, of="young", area="north"),
        seen("ds", 6, 2, category="piped", area="south"),
        seen("ys", 5, 2, of="young", area="south"),
        seen("w", 6, 2, area="west"),
        seen("dw", 5, 2, of="young", category="piped", area="west"),
        seen("e", 6, 2, area="east"),
    ]
    known = put_together(PLAN, rows, within=[("young", "food")])
    assert {cell[2] for cell in known.differences} == {group(area="north")}


def test_two_names_of_the_same_people_are_not_subtracted() -> None:
    rows = [seen("all", 10), seen("young", 10, of="young")]
    known = put_together(PLAN, rows, within=[("young", "food")])
    assert known.equations == set()


# Other tables ---------------------------------------------------------------------------------------------------------


def test_a_group_told_elsewhere_is_those_who_answered_and_those_who_did_not() -> None:
    rows = [seen("n", 4, area="north"), seen("s", 7, area="south")]
    told = [Told({"area": "north"}, 5, False), Told({"area": "south"}, 7, True)]
    known = put_together(PLAN, rows, told=told)
    everybody, silent = "all who took part", "food, no answer"
    assert sums(known) == {
        ("food: n all 11", frozenset({"food: n area=north 4", "food: n area=south 7"})),
        (f"{everybody}: n area=north 5", frozenset({"food: n area=north 4", f"{silent}: n area=north 1"})),
        (f"{everybody}: n area=south 7", frozenset({"food: n area=south 7", f"{silent}: n area=south 0"})),
        (f"{everybody}: n all 12", frozenset({f"{everybody}: n area=north 5", f"{everybody}: n area=south 7"})),
        (f"{silent}: n all 1", frozenset({f"{silent}: n area=north 1", f"{silent}: n area=south 0"})),
    }
    assert called(known, known.certain) == {
        "food: n all 11", f"{everybody}: n all 12", f"{silent}: n all 1", f"{everybody}: n area=south 7",
    }  # fmt: skip
    assert called(known, set(known.values) - known.shown) == {
        f"{everybody}: n area=north 5", f"{silent}: n area=north 1", f"{silent}: n area=south 0",
    }  # fmt: skip


def test_a_told_group_of_fewer_people_than_a_figure_has_is_of_others() -> None:
    rows = [seen("n", 6, area="north"), seen("s", 7, area="south")]
    told = [Told({"area": "north"}, 5, True), Told({"area": "south"}, 9, True)]
    found = sums(put_together(PLAN, rows, told=told))
    assert not any(total.endswith("area=north 5") for total, _ in found)
    assert any(total.endswith("area=south 9") for total, _ in found)


def test_a_told_group_that_no_figure_is_of_is_only_told() -> None:
    known = put_together(PLAN, [seen("n", 6, area="north")], told=[Told({"area": "west"}, 5, True)])
    assert "all who took part: n area=west 5" in called(known, known.values)
    assert not any("no answer" in cell[0] for cell in known.values)


def test_a_told_group_that_figures_are_only_parts_of_is_their_sum() -> None:
    rows = [
        seen("wf", 2, area="w", sex="f"),
        seen("ef", 3, area="e", sex="f", shown=False),
        seen("wm", 8, area="w", sex="m"),
        seen("fo", 4, sex="f", age="old"),
    ]
    told = [Told({"sex": "f"}, 7, True), Told({"sex": "m"}, 7, True), Told({"area": "n"}, 5, True)]
    known = put_together(PLAN, rows, told=told)
    everybody, silent, parts = "all who took part", "food, no answer", ("area=e,sex=f 3", "area=w,sex=f 2")
    found = sums(known)
    assert (f"{everybody}: n sex=f 7", frozenset({"food: n sex=f 5", f"{silent}: n sex=f 2"})) in found
    assert ("food: n sex=f 5", frozenset(f"food: n {part}" for part in parts)) in found
    assert "food: n sex=f 5" not in called(known, known.shown)
    assert not any(total == f"{everybody}: n sex=m 7" for total, _ in found), "eight men answered: told are others"
    assert not any("area=n" in part for _, own in found for part in own if part.startswith("food"))


def test_those_without_an_answer_under_a_condition_are_told_by_no_one() -> None:
    made = study(ROWS, where={"food": lambda row: True}, by=[("area",)])
    told = [Told({"area": "north"}, 12, True), Told({"area": "south"}, 8, True)]
    known = put_together(made.plan, see(made.plan, made.figures, made.figures), told=told)
    assert {cell[0] for cell in known.certain} == {"all who took part"}
    assert isinstance(made.plan, Plan)


# Earlier releases -----------------------------------------------------------------------------------------------------


def test_what_is_left_of_a_total_is_the_fault_of_the_release_that_tells_it() -> None:
    rows = [seen("t", 10), seen("a", 6, area="a")]
    assert put_together(PLAN, rows).left
    old = [seen("t", 10), seen("a", 6, area="a")]
    known = put_together(PLAN, rows, recalled=[Recalled(tuple(old))])
    assert not known.left, "the old release told it already"
    assert len(known.equations) == 1
    other = put_together(PLAN, rows, recalled=[Recalled((seen("f", 4, sex="f"),))])
    assert [other.values[cell] for cell in other.left] == [4]


def test_an_earlier_release_is_of_the_people_that_its_indicators_are_of_now() -> None:
    rows = [seen("t", 10, of="a"), seen("u", 10, of="b")]
    withheld = (
        Withheld("x", "b", group(area="x"), True),
        Withheld("y", "gone", group(area="y"), True),
    )
    known = put_together(PLAN, rows, recalled=[Recalled((), withheld)])
    assert known.withheld == {
        "x": (("a", "n", group(area="x")), ("a", "b b yes", group(area="x")), ("a", "b b no", group(area="x"))),
        "y": tuple(("gone", what, group(area="y")) for what in ("n", "gone gone yes", "gone gone no")),
    }
    assert known.open == {*known.withheld["x"], *known.withheld["y"]}
    assert known.before == set()


def test_how_many_took_part_is_known_although_an_earlier_release_withheld_it() -> None:
    withheld = (Withheld("food", "food", group(), False),)
    known = put_together(PLAN, [seen("a", 6, area="a")], recalled=[Recalled((), withheld)])
    assert called(known, known.certain) == {"food: n all 6"}
    assert known.open == set()


def test_a_condition_of_one_release_is_subtracted_from_that_of_another() -> None:
    rows = [seen("t", 20, 9), seen("y", 8, 3, of="young", area="n")]
    old = Recalled((seen("n", 10, 4, area="n"),))
    known = put_together(PLAN, rows, within=[("young", "food")], recalled=[old])
    assert called(known, known.differences) == {
        "food without young: n area=n 2", "food without young: food food yes area=n 1",
        "food without young: food food no area=n 1",
    }  # fmt: skip
    assert put_together(PLAN, rows, within=[("young", "food")]).differences == set()


def test_a_district_named_like_its_region_is_part_of_it_and_a_category_is_no_part_of_itself() -> None:
    rows = [seen("r", 9, region="x"), seen("d", 4, district="x"), seen("e", 5, district="y")]
    lies = [Nesting("district", "region", {"x": "x", "y": "x"})]
    found = sums(put_together(PLAN, rows, nestings=lies))
    assert ("food: n region=x 9", frozenset({"food: n district=x 4", "food: n district=y 5"})) in found
    wider = [Nesting("district", "district", {"x": "x", "y": "x"})]
    assert not any(total == "food: n district=x 4" for total, _ in sums(put_together(PLAN, rows, nestings=wider)))
