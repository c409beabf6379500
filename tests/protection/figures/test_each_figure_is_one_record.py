"""Figures and compared answers are records: whom they are of, by what, and of which category."""

from __future__ import annotations

from dataclasses import replace

from counting import people, study

from countersign.model.contribution import Contribution
from countersign.protection.figures.records import records_of

ROWS = people(north_yes=4, north_no=6, south_yes=2, south_no=5)


def test_the_category_of_a_distribution_is_no_part_of_its_domain() -> None:
    made = study(ROWS, indicators={}, distributions=["answer"])
    found = records_of(made.plan, made.figures, made.contributions)
    assert [one.name for one in found] == [one.figure_id for one in made.figures]
    assert {one.universe for one in found} == {made.contributions.figures[0].universe}
    assert {(one.of, one.category, one.domain) for one in found} == {
        ("all_answer", category, domain)
        for category in ("yes", "no")
        for domain in (frozenset(), frozenset({("area", "north")}), frozenset({("area", "south")}))
    }


def test_a_distribution_without_a_category_is_no_category() -> None:
    made = study(ROWS, indicators={}, distributions=["answer"])
    whole = replace(made.figures.estimates[0], domain={"area": "north"})
    (record,) = records_of(made.plan, replace(made.figures, estimates=(whole,)), made.contributions)
    assert (record.category, record.domain) == ("", frozenset({("area", "north")}))


def test_a_share_by_the_variable_it_asks_about_keeps_it() -> None:
    made = study(ROWS, by=[("answer",)])
    assert {(one.category, one.domain) for one in records_of(made.plan, made.figures, made.contributions)} == {
        ("", frozenset({("answer", "yes")})),
        ("", frozenset({("answer", "no")})),
    }


def test_what_is_exempt_is_left_out_and_what_comes_after_it_is_not() -> None:
    made = study(ROWS, indicators={"first": lambda row: True, "second": lambda row: row["answer"] == "yes"})
    exempt = replace(made.contributions, exempt=("first",))
    assert {one.of for one in records_of(made.plan, made.figures, exempt)} == {"second"}
    unknown = replace(made.contributions, figures=made.contributions.figures[1:])
    assert len(records_of(made.plan, made.figures, unknown)) == len(made.figures) - 1


def test_a_compared_answer_bears_its_question_and_its_category() -> None:
    made = study(ROWS)
    compared = Contribution("compare:radio:never: not once", "rows", 16, 16, numerator=4)
    *_, last = records_of(made.plan, made.figures, replace(made.contributions, compared=(compared,)))
    assert (last.name, last.of, last.category) == (compared.figure_id, "compare:radio", "never: not once")
    assert (last.universe, last.domain, last.behind) == ("rows", frozenset(), compared)
    assert last.is_share
