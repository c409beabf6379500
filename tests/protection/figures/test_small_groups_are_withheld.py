"""No figure from too few people, none that tells what few or all of a group answered, none that gives one away."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from counting import hidden, people, study, with_nobody

from countersign.errors import ProtectionError
from countersign.model.contribution import Contributions
from countersign.model.estimate import CSV_AFTER, EstimateTable, Status
from countersign.protection import Protected, withhold


def protected(made, **options) -> Protected:
    return withhold(made.plan, made.figures, made.contributions, **options)


def withheld(made, **options) -> set[str]:
    return hidden(protected(made, **options).figures)


def mixed(area: str, n: int) -> dict[str, int]:
    """n people, about half of whom say yes."""
    return {f"{area}_yes": n // 2, f"{area}_no": n - n // 2}


@pytest.mark.parametrize(("n", "gone"), [(1, True), (9, True), (10, False), (11, False)])
def test_the_limit_itself_is_enough_and_one_less_is_not(n: int, gone: bool) -> None:
    made = study(people(**mixed("north", n), **mixed("south", 60), **mixed("east", 60)), minimum=10, numerators=False)
    assert ("food/north" in withheld(made)) is gone
    assert bool(withheld(made)) is gone


@pytest.mark.parametrize(("yes", "gone"), [(1, True), (2, True), (3, False), (4, False)])
def test_so_many_people_must_have_been_counted(yes: int, gone: bool) -> None:
    rows = people(north_yes=yes, north_no=20, **mixed("south", 60), **mixed("east", 60))
    assert ("food/north" in withheld(study(rows))) is gone
    assert "food/north" not in withheld(study(rows, numerators=False))


@pytest.mark.parametrize(("no", "gone"), [(1, True), (2, True), (3, False), (4, False)])
def test_and_so_many_not_counted(no: int, gone: bool) -> None:
    rows = people(north_yes=20, north_no=no, **mixed("south", 60), **mixed("east", 60))
    assert ("food/north" in withheld(study(rows))) is gone
    assert "food/north" not in withheld(study(rows, numerators=False))


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_what_everybody_in_a_group_answered_is_not_told(answer: str) -> None:
    rows = people(**{f"north_{answer}": 30}, **mixed("south", 60), **mixed("east", 60))
    assert "food/north" in withheld(study(rows))
    assert "food/north" in withheld(study(rows, numerators=False))
    assert withheld(study(rows, group_disclosure=False)) == set()


def test_a_withheld_figure_keeps_no_number_at_all() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 60), **mixed("east", 60)))
    left = protected(made).figures["food/north"]
    numbers = [
        value for value in vars(left).values() if isinstance(value, (int, float)) and value not in (0, left.level)
    ]
    assert numbers == []
    assert left.flags == ()
    assert (left.method, left.convention) == ("weighted proportion", "wilson")


def test_all_withheld_figures_say_the_same() -> None:
    """Who was withheld for the sake of another has many people behind: to say so would tell that the other has few."""
    table = protected(study(people(**mixed("north", 2), **mixed("south", 60), **mixed("east", 60)))).figures
    notes = {one.note for one in table if one.status is Status.SUPPRESSED}
    assert len(hidden(table)) > 1
    assert notes == {"Withheld to protect people."}


def test_a_withheld_figure_is_a_row_with_empty_cells_never_a_zero() -> None:
    made = with_nobody(study(people(**mixed("north", 2), **mixed("south", 60), **mixed("east", 60))), area="x")
    table = protected(made).figures
    rows = {row["figure_id"]: row for row in table.rows()}
    for name in hidden(table):
        assert rows[name]["status"] == "suppressed"
        assert [
            rows[name][column] for column in CSV_AFTER
            if column not in ("method", "convention", "status", "flags", "note")
        ] == [None] * 6  # fmt: skip
    assert (rows["food/x"]["status"], rows["food/x"]["n"]) == ("no_data", 0)
    shown = {line[0]: line for line in csv.reader(io.StringIO(str(table)), delimiter="\t")}
    assert shown["food/north"] == ["food/north", "suppressed", "", "suppressed", "wilson"]


def test_nobody_and_not_asked_stay_what_they_are() -> None:
    made = with_nobody(study(people(**mixed("north", 50), **mixed("south", 60))), area="x")
    last = replace(made.figures.estimates[-1], status=Status.NOT_ASKED, figure_id="food/y")
    estimates = (*made.figures.estimates, last)
    table = withhold(made.plan, EstimateTable(estimates), made.contributions).figures
    assert table.estimates == estimates


@pytest.mark.parametrize("minimum", [0, 1])
def test_no_limit_withholds_nothing_and_says_nothing(minimum: int) -> None:
    made = study(people(north_yes=1, **mixed("south", 60)), minimum=minimum)
    left = protected(made)
    assert left.figures == made.figures
    assert (left.disclosure.withheld, left.disclosure.rules) == (0, ())


@pytest.mark.parametrize("rules", [{"minimum": -1}, {"minimum_households": -1}])
def test_a_negative_limit_is_refused(rules) -> None:
    with pytest.raises(ProtectionError, match="negative"):
        protected(study(people(north_yes=1), **rules))


def test_one_withheld_group_takes_the_smallest_other_with_it() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)))
    assert withheld(made) == {"food/north", "food/east"}


def test_two_withheld_groups_protect_each_other_if_they_are_enough_people() -> None:
    """Of both together 3 said yes and 3 said no: whoever subtracts knows each only to between 0 and 3."""
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("west", 4), **mixed("east", 30)))
    assert withheld(made) == {"food/north", "food/west"}


def test_two_withheld_people_do_not_protect_each_other() -> None:
    """Of two people together an attacker knows each group to within 2, and the rule asks for 3."""
    made = study(people(north_yes=1, west_no=1, **mixed("south", 40), **mixed("east", 30)))
    assert {"food/north", "food/west"} < withheld(made)


def test_an_empty_group_protects_nobody() -> None:
    made = with_nobody(study(people(**mixed("north", 2), **mixed("south", 40))), area="east")
    left = protected(made).figures
    assert hidden(left) == {"food/north", "food/south"}
    assert left["food/east"].status is Status.NO_DATA


def test_a_breakdown_without_a_total_is_protected_too() -> None:
    """A report says how many took part."""
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)), by=[("area",)])
    assert withheld(made) == {"food/north", "food/east"}


def test_a_figure_withheld_before_stays_withheld_as_it_is() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)))
    before = replace(made.figures["food/south"], value=None, lower=None, upper=None, n=0, status=Status.SUPPRESSED,
                     note="by hand")  # fmt: skip
    table = replace(made.figures, estimates=tuple(before if one.figure_id == "food/south" else one
                                                  for one in made.figures))  # fmt: skip
    left = withhold(made.plan, table, made.contributions).figures
    assert left["food/south"] == before
    assert "food/north" in hidden(left)


def test_indicators_of_other_people_do_not_take_each_others_groups() -> None:
    answers = {"food": lambda row: row["answer"] == "yes" if row["area"] != "west" else None,
               "water": lambda row: row["answer"] == "yes" if row["area"] in ("west", "south") else None}  # fmt: skip
    made = study(
        people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30), **mixed("west", 50)), indicators=answers
    )
    assert withheld(made) == {"food/north", "food/east"}


def test_indicators_of_the_same_people_are_withheld_together_where_the_base_is_small() -> None:
    answers = {"food": lambda row: row["answer"] == "yes", "water": lambda row: row["answer"] == "no"}
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)), indicators=answers)
    assert withheld(made) == {"food/north", "food/east", "water/north", "water/east"}


def test_where_only_an_answer_is_rare_the_other_indicators_stay() -> None:
    rows = [{"area": area, "answer": "yes" if at < yes else "no", "water": "yes" if at % 2 else "no"}
            for area, n, yes in (("north", 40, 1), ("south", 40, 20), ("east", 30, 15)) for at in range(n)]  # fmt: skip
    answers = {"food": lambda row: row["answer"] == "yes", "water": lambda row: row["water"] == "yes"}
    assert withheld(study(rows, indicators=answers)) == {"food/north", "food/east"}


def test_the_only_group_left_takes_its_total_with_it() -> None:
    """On the coast only the north has people: whoever reads the coast reads the north."""
    rows = [{"side": side, "area": area, "answer": "yes" if at % 2 else "no"}
            for side, area, n in (("coast", "north", 2), ("land", "north", 50), ("land", "south", 48))
            for at in range(n)]  # fmt: skip
    names = withheld(study(rows, by=[(), ("side",), ("side", "area")], group_disclosure=False))
    assert {"food/coast", "food/coast/north", "food/land"} <= names
    assert {"food/land/north", "food/land/south"} & names, "else land = 50 + 48, and coast = 100 - 98"


def test_a_dearer_group_is_the_last_to_be_withheld_for_another() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)))
    assert withheld(made, weights={"food/east": 100.0}) == {"food/north", "food/south"}


def test_a_group_may_have_a_minimum_of_its_own() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)))
    assert withheld(made, minimums={"food/north": 1}) == set()
    strict = study(people(**mixed("north", 9), **mixed("south", 40), **mixed("east", 30)))
    assert withheld(strict, minimums={"food/north": 5}) == {"food/north", "food/east"}


def test_figures_may_be_withheld_whatever_the_rules_say() -> None:
    made = study(people(**mixed("north", 20), **mixed("south", 40), **mixed("east", 30)))
    assert withheld(made, also=["food/east"]) == {"food/east"}


def test_rows_of_one_person_count_once() -> None:
    rows = people(**mixed("north", 20), **mixed("south", 60), **mixed("east", 60))
    rows = [
        dict(row, who="one of the north" if row["area"] == "north" else f"number {at}") for at, row in enumerate(rows)
    ]
    assert withheld(study(rows)) == set()
    assert "food/north" in withheld(study(rows, person="who"))


def test_a_study_of_two_people_shows_nothing_and_is_not_refused() -> None:
    assert withheld(study(people(north_yes=1, south_no=1))) == {"food", "food/north", "food/south"}


def test_the_table_and_the_report_say_what_was_done() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 40), **mixed("east", 30)))
    left = protected(replace(made, figures=replace(made.figures, notes=("before",))))
    assert left.figures.notes[0] == "before"
    assert left.figures.notes[1].startswith("2 of 4 figures are withheld: ")
    assert "fewer than 3 people" in left.figures.notes[1]
    report = left.disclosure
    assert (report.method, report.figures, report.withheld, report.optimal) == ("suppress", 4, 2, True)
    assert {one.rule: (one.limit, one.asked) for one in report.rules} == {
        "minimum_contributors": (3, 4), "numerators": (3, 4), "group_disclosure": (None, 4),
    }  # fmt: skip
    assert left.unsafe == {"food/north"}


def test_figures_nobody_counted_people_for_are_left_alone() -> None:
    made = study(people(**mixed("north", 2), **mixed("south", 40)))
    assert hidden(withhold(made.plan, made.figures, Contributions(exempt=("food",))).figures) == set()
