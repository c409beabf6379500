"""Figures for everybody among figures for groups: found by their words and numbers, held against their parts."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.model.finding import State
from countersign.model.source import WholePlan
from countersign.quality import assess

PLACES = ("a", "b", "c", "d", "e")


def hours(
    engine, both=(3.0, 3.0, 3.0, 3.0, 3.0), women=(4.0, 4.0, 4.0, 4.0, 4.0), men=(2.0, 2.0, 2.0, 2.0, 2.0), **more
):
    rows = [
        (place, sex, value)
        for at, place in enumerate(PLACES)
        for sex, value in (("both", both[at]), ("women", women[at]), ("men", men[at]))
    ]
    columns = {"place": [r[0] for r in rows], "sex": [r[1] for r in rows], "h": [r[2] for r in rows]}
    return dataset(engine, columns, unit="published figure", **more)


def test_a_mean_of_both_outside_those_of_women_and_men_cannot_be(engine):
    finding = found(hours(engine, women=(4.0, 4.0, 0.5, 4.0, 4.0), both=(3.0, 3.0, 8.0, 3.0, 3.0)), "parts_and_whole")
    assert (finding.count, finding.value) == (1, 0.2)
    assert finding.state is State.FAIL
    assert finding.evidence["impossible"] == ["c"]
    assert "8 stands beside groups of 0.5 to 2" in finding.message


def test_numbers_of_a_person_are_never_in_the_message(engine):
    data = hours(engine, women=(4.0, 4.0, 0.5, 4.0, 4.0), both=(3.0, 3.0, 8.0, 3.0, 3.0))
    data = type(data)(**{**vars(data), "unit": "record"})
    assert "8 stands" not in found(data, "parts_and_whole").message


@pytest.mark.parametrize(("whole", "count"), [(4.0, 0), (2.0, 0), (4.02, 0), (4.021, 1), (1.98, 1), (1.995, 0)])
def test_the_largest_and_smallest_part_are_still_possible_and_half_a_per_cent_beyond(engine, whole, count):
    data = hours(engine, both=(whole, 3.0, 3.0, 3.0, 3.0))
    assert found(data, "parts_and_whole").count == count


def test_a_number_of_everybody_is_the_sum(engine):
    sums = tuple(6.0 for _ in PLACES)
    assert found(hours(engine, both=sums), "parts_and_whole").evidence["kind"] == "sum"
    data = hours(engine, both=(6.0, 6.0, 6.0, 6.0, 7.0))
    assert found(data, "parts_and_whole").count == 1
    assert found(data, "totals_among_details").count == 5


def test_a_word_alone_makes_no_whole(engine):
    """'both' may be an answer: where the numbers do not fit in four of five cases nothing is said."""
    data = hours(engine, both=(9.0, 9.0, 3.0, 3.0, 3.0))
    assert not [f for f in assess(data, plan=plan()) if f.check in ("parts_and_whole", "totals_among_details")]


def test_too_few_cases_make_no_whole(engine):
    columns = {"place": ["a"] * 3, "sex": ["both", "women", "men"], "h": [3.0, 4.0, 2.0]}
    assert not [f for f in assess(dataset(engine, columns), plan=plan()) if f.check == "parts_and_whole"]


def test_a_declared_whole_is_compared_however_few_and_odd(engine):
    columns = {"place": ["a"] * 3, "sex": ["B", "F", "M"], "h": [30.0, 4.0, 2.0]}
    declared = WholePlan("h", "sex", "B", ("F", "M"), "mean", ("place",))
    finding = found(dataset(engine, columns), "parts_and_whole", plan=plan(source={"wholes": (declared,)}))
    assert (finding.count, finding.evidence["declared"]) == (1, True)


def test_people_who_answer_both_are_no_totals(engine):
    columns = {
        "place": list(PLACES) * 3,
        "tongue": ["both"] * 5 + ["x"] * 5 + ["y"] * 5,
        "h": [3.0] * 5 + [4.0] * 5 + [2.0] * 5,
    }
    data = dataset(engine, columns, unit="person")
    assert not [f for f in assess(data, plan=plan()) if f.check == "totals_among_details"]


def test_a_declared_whole_that_is_never_found_is_said_to_be_so(engine):
    columns = {"place": ["a"] * 3, "sex": ["B", "F", "M"], "h": [3.0, 4.0, 2.0]}
    declared = WholePlan("h", "sex", "both", ("F", "M"), "mean", ("place",))
    finding = found(dataset(engine, columns), "parts_and_whole", plan=plan(source={"wholes": (declared,)}))
    assert finding.state is State.NOT_ASSESSED
    assert "'both' stands in 0 rows" in finding.message
