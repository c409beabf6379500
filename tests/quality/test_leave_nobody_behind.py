"""Every group of the population beside what the data know of it, with what is still needed; by hand."""

from __future__ import annotations

import pytest
from making import dataset, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.gap import GroupCoverage
from countersign.model.plan import Population
from countersign.quality.leave_nobody_behind import group_coverage, withheld

CENSUS = Benchmark("census", (Margin(("sex", "home"), {("f", "town"): 30, ("f", "land"): 20, ("m", "town"): 20,
                                                       ("m", "land"): 29, ("x", "town"): 1}),))  # fmt: skip


def rows(data, **more):
    table = group_coverage(data, plan=more.pop("plan", None) or plan(), benchmark=CENSUS, **more)
    return {(row.variable, row.category): row for row in table}


def people(engine, women, men, **more):
    columns = {"sex": ["f"] * women + ["m"] * men + [None], "home": ["town"] * (women + men) + ["land"]}
    columns |= {name: values for name, values in more.items() if name != "roles"}
    return dataset(engine, columns, roles=more.get("roles", {}))


def test_shares_are_held_against_the_benchmark_group_by_group(engine):
    table = rows(people(engine, 30, 70))
    women, men = table["sex", "f"], table["sex", "m"]
    assert (women.n, women.data, women.population, women.ratio) == (30, 0.3, 0.5, pytest.approx(0.6))
    assert (men.n, men.ratio) == (70, pytest.approx(0.7 / 0.49))
    assert table["home", "land"].n == 1


@pytest.mark.parametrize(("n", "publishable", "needed", "precise"), [(29, "no", 1, 31), (30, "with care", 0, 30),
                         (59, "with care", 0, 1), (60, "yes", 0, 0), (61, "yes", 0, 0)])  # fmt: skip
def test_what_may_be_shown_and_how_many_more_it_takes(engine, n, publishable, needed, precise):
    row = rows(people(engine, n, 5))["sex", "f"]
    assert (row.publishable, row.needed, row.precise, row.n_effective, row.design_effect) == (
        publishable, needed, precise, n, 1)  # fmt: skip


def test_a_group_without_a_single_record_is_in_the_table(engine):
    row = rows(people(engine, 3, 3))["sex", "x"]
    assert (row.n, row.data, row.population, row.publishable, row.needed, row.precise) == (0, 0, 0.01, "no", 30, 60)
    assert row.n_effective is None


def test_weights_cost_respondents_and_the_design_effect_seen_is_used(engine):
    # 40 women, half with weight 1, half with 3: n_eff = 80^2 / 200 = 32, design effect 1.25.
    weight = [1.0, 3.0] * 20 + [1.0] * 2 + [1.0]
    row = rows(people(engine, 40, 2, weight=weight, roles={"weight": ("weight",)}))["sex", "f"]
    assert row.n_effective == pytest.approx(32)
    assert row.design_effect == pytest.approx(1.25)
    assert (row.publishable, row.needed, row.precise) == ("with care", 0, 35)  # 60 x 1.25 - 40


def test_an_empty_group_is_planned_with_the_design_effect_of_all(engine):
    weight = [1.0, 3.0] * 20 + [1.0, 3.0] + [2.0]
    row = rows(people(engine, 40, 2, weight=weight, roles={"weight": ("weight",)}))["sex", "x"]
    # sum w 86, sum w^2 214: 43 x 214 / 86^2 = 1.2442
    assert row.needed == 38
    assert row.precise == 75


def test_groups_the_study_speaks_for_are_marked_and_added(engine):
    about = Population(groups={"sex": ("f",), "disability": ("with",)})
    table = rows(people(engine, 5, 5), plan=plan(population=about))
    assert table["sex", "f"].priority
    assert not table["sex", "m"].priority
    missing = table["disability", "with"]  # nobody asked
    assert (missing.n, missing.needed, missing.priority, missing.population) == (0, 30, True, None)


def test_a_small_group_is_withheld_and_a_second_one_with_it():
    table = [GroupCoverage("v", name, n, n / 100) for name, n in (("a", 2), ("b", 7), ("c", 91), ("d", 0))]
    shown = {row.category: row for row in withheld(table, fewest=3)}
    assert (shown["a"].n, shown["b"].n, shown["c"].n, shown["d"].n) == (None, None, 91, 0)
    assert shown["a"].needed == 30


def test_two_small_groups_together_may_still_be_too_few():
    table = [GroupCoverage("v", name, n, 0.1) for name, n in (("a", 1), ("b", 1), ("c", 50), ("d", 60))]
    shown = {row.category: row.n for row in withheld(table, fewest=3)}
    assert shown == {"a": None, "b": None, "c": None, "d": 60}


def test_groups_that_are_large_enough_stay():
    table = [GroupCoverage("v", name, n, 0.1) for name, n in (("a", 3), ("b", 4))]
    assert withheld(table, fewest=3) == tuple(table)
