"""Who stands alone, which figures rest on too few, and what can be had by subtracting; each at its limit."""

from __future__ import annotations

import pytest
from making import dataset, plan

from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.model.protection_plan import ProtectionPlan
from countersign.quality import assess
from countersign.quality.confidentiality import confidentiality, few, recoverable, sample_uniques

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


def figure(n, *, status=Status.PUBLISHED, indicator="water", **domain):
    hidden = status is Status.SUPPRESSED
    value = None if hidden else 0.5
    ends = (None, None) if hidden else (0.0, 1.0)
    return Estimate(indicator, "proportion", domain, value, None, *ends, n=0 if hidden else n, method="m",
                    convention="c", status=status, figure_id=f"{indicator}{sorted(domain.items())}")  # fmt: skip


def hidden(**domain):
    return figure(0, status=Status.SUPPRESSED, **domain)


def study(unit="person", *, minimum=0, where=("", "")):
    indicators = {name: IndicatorPlan(name, "proportion", "x = 1", where=condition)
                  for name, condition in zip(("water", "other"), where, strict=True)}  # fmt: skip
    return plan(source={"unit": unit}, indicators=indicators, protection=ProtectionPlan(minimum_contributors=minimum))


def told(*figures, told=None):
    return {f.check: f for f in confidentiality(told or study(), EstimateTable(figures))}


@pytest.mark.parametrize(("n", "state"), [(1, FAIL), (2, FAIL), (3, PASS), (4, PASS)])
def test_a_figure_rests_on_three_people(n, state):
    finding = told(figure(50), figure(n, sex="f"))["smallest_cell"]
    assert (finding.state, finding.count) == (state, int(state is FAIL))
    assert "sex" not in finding.message  # which group it is, is never told


def test_the_studys_own_limit_counts_and_figures_that_are_not_shown_do_not():
    assert told(figure(9), told=study(minimum=10))["smallest_cell"].state is FAIL
    assert told(figure(10), told=study(minimum=10))["smallest_cell"].state is PASS
    assert told(figure(50), hidden(sex="f"))["smallest_cell"].state is PASS


def test_few_events_at_a_beach_are_a_warning_and_a_published_table_is_no_question():
    assert told(figure(1), told=study("survey event"))["smallest_cell"].state is WARN
    printed = plan(source={"format": "published-tables"})
    assert told(figure(1), told=printed)["smallest_cell"].state is State.NOT_APPLICABLE
    assert told() == {}


def left(*figures, where=("", "")):
    return recoverable(EstimateTable(figures), study(where=where), fewest=3)


@pytest.mark.parametrize(("rest", "found"), [(0, 0), (1, 1), (2, 1), (3, 0), (9, 0)])
def test_two_withheld_parts_are_found_where_their_rest_is_too_small(rest, found):
    parts = [figure(20, region="a"), hidden(region="b"), hidden(region="c")]
    assert left(figure(20 + rest), *parts).remainders == found


def test_a_single_withheld_part_is_always_known():
    assert left(figure(25), figure(20, region="a"), hidden(region="b")).remainders == 1
    assert left(figure(21), figure(20, region="a"), hidden(region="b")).remainders == 1
    assert left(figure(20), figure(20, region="a"), hidden(region="b")).remainders == 0


def test_a_withheld_cell_of_two_breakdowns_is_found_in_its_row():
    table = [figure(30, sex="f"), figure(25, sex="f", region="a"), hidden(sex="f", region="b")]
    assert left(*table).remainders == 1
    both = [*table, hidden(sex="f", region="c")]
    assert left(*both).remainders == 0


def test_nothing_withheld_gives_nothing_away():
    assert left(figure(25), figure(20, region="a"), figure(5, region="b")).remainders == 0


@pytest.mark.parametrize(("n", "found"), [(50, 0), (49, 1), (48, 1), (47, 0)])
def test_two_conditions_that_differ_by_too_few_people_are_a_pair(n, found):
    table = (figure(50), figure(n, indicator="other"))
    assert left(*table, where=("", "age > 15")).pairs == found
    assert left(*table, where=("age > 15", "age > 15")).pairs == 0


def test_what_is_recoverable_fails_for_people():
    finding = told(figure(21), figure(20, region="a"), hidden(region="b"))["differencing"]
    assert (finding.state, finding.count) == (FAIL, 1)
    assert "region" not in finding.message


def test_people_who_stand_alone_are_counted_and_never_named(engine):
    columns = {"sex": ["f", "f", "f", "m", "m"], "county": ["x", "x", "x", "x", "y"], "answer": [1, 2, 3, 4, 5]}
    data = dataset(engine, columns, unit="person", roles={"area": ("county",)})
    [finding] = assess(
        data,
        plan=plan(source={"unit": "person"}, protection=ProtectionPlan(minimum_contributors=3)),
        measures=[sample_uniques],
    )
    assert (finding.value, finding.count, finding.state) == (0.4, 2, WARN)
    assert finding.evidence == {"variables": ["county", "sex"], "groups": 3, "k": 1, "in_small_groups": 2}


@pytest.mark.parametrize(("n", "small"), [(1, 1), (2, 2), (3, 0), (4, 0)])
def test_groups_of_three_are_not_small(engine, n, small):
    data = dataset(engine, {"sex": ["f"] * n + ["m"] * 9}, unit="person")
    unsaid = plan(source={"unit": "person"}, protection=ProtectionPlan())
    [finding] = assess(data, plan=unsaid, measures=[sample_uniques])
    assert (finding.evidence["in_small_groups"], finding.state) == (small, WARN if n == 1 else PASS)


@pytest.mark.parametrize(("n", "untold"), [(0, ""), (1, "ab"), (2, "ab"), (3, ""), (4, "")])
def test_the_number_of_a_group_is_told_from_the_fewest_on_and_a_small_one_takes_the_next_along(n, untold):
    assert few({"a": n, "b": 5, "c": 9}, 3) == set(untold)


@pytest.mark.parametrize(("n", "untold"), [(1, "abc"), (2, "ab")])
def test_groups_whose_number_is_not_told_are_the_fewest_together_or_more(n, untold):
    assert few({"a": 1, "b": n, "c": 5, "d": 9}, 3) == set(untold)
    assert few({"a": 1, "b": n}, 9) == set("ab")


def test_beaches_are_no_people(engine):
    data = dataset(engine, {"sex": ["f"]}, unit="survey event")
    assert assess(data, plan=plan(), measures=[sample_uniques]) == ()
