"""Impossible units, empty columns, words for nothing, dominance, three means, totals, look-alike keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import dataset, found, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.dataset import Reading
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan, Population
from countersign.quality import assess


def none_of(data, check, **more):
    return [f for f in assess(data, plan=more.pop("plan", plan()), **more) if f.check == check] == []


@pytest.mark.parametrize(
    ("unit", "value", "count"),
    [
        ("hours per day", 24.0, 0),
        ("hours per day", 24.1, 1),
        ("Hours  per day", -0.1, 1),
        ("days per week", 7.0, 0),
        ("days per week", 8.0, 1),
        ("share", 1.0, 0),
        ("share", 1.01, 1),
        ("percent", 100.0, 0),
        ("percent", -1.0, 1),
        ("m", 0.0, 0),
        ("m", -1.0, 1),
        ("m", 1e9, 0),
    ],
)
def test_a_unit_says_what_cannot_be(engine, unit, value, count):
    data = dataset(engine, {"x": [value, 0.5, None]}, variables={"x": {"unit": unit}})
    assert found(data, "impossible_values").count == count


def test_a_range_of_its_own_goes_before_that_of_the_unit(engine):
    data = dataset(engine, {"x": [30.0, 1.0]}, variables={"x": {"unit": "hours per day", "range": (0, 40)}})
    assert none_of(data, "impossible_values")
    assert none_of(dataset(engine, {"x": [30.0]}, variables={"x": {"unit": "furlongs"}}), "impossible_values")


def test_described_and_empty_is_told_and_one_value_is_enough(engine):
    columns = {"a": [1, 2], "b": [None, None], "c": [None, 1]}
    data = dataset(engine, columns, variables={"b": {"type": "integer"}})
    assert found(data, "empty_variable", subject="b").count == 2
    assert len([f for f in assess(data, plan=plan()) if f.check == "empty_variable"]) == 1


def test_described_and_absent_and_padded_cells_come_from_the_reading(engine):
    reading = Reading("d.csv", "0", 1, 1, absent=("time_spent",), padded={"a": 3})
    data = dataset(engine, {"a": ["x"]}, readings=(reading,))
    assert found(data, "absent_variable").evidence["columns"] == ["time_spent"]
    assert found(data, "padded_cells").count == 3


def test_words_for_nothing_count_unless_they_are_categories(engine):
    values = ["NULL", "n/a", "Null", "-", "Nullarbor", "none", None]
    assert found(dataset(engine, {"a": values}), "missing_words").count == 4
    declared = dataset(engine, {"a": ["NA", "KE"]}, variables={"a": {"values": {"NA": "Namibia", "KE": "Kenya"}}})
    assert none_of(declared, "missing_words")


@pytest.mark.parametrize(("biggest", "state"), [(2, State.PASS), (3, State.WARN), (12, State.FAIL)])
def test_one_place_may_have_a_fifth(engine, biggest, state):
    places = ["p"] * biggest + [f"q{at}" for at in range(8)]
    finding = found(dataset(engine, {"place": places}, roles={"psu": ("place",)}), "place_concentration")
    assert (finding.state, finding.value) == (state, biggest / (biggest + 8))


@pytest.mark.parametrize(
    ("sizes", "state"),
    [((3, 3, 3), State.PASS), ((4, 2, 2), State.PASS), ((5, 2, 2), State.FAIL), ((9, 1), State.FAIL)],
)
def test_of_a_few_alike_places_none_is_dominant(engine, sizes, state):
    """4 of 8 records in one of three places are 1.5 times the mean; 5 of 9 are 1.67 times."""
    places = [name for name, size in zip("abc", sizes, strict=False) for _ in range(size)]
    finding = found(dataset(engine, {"place": places}, roles={"area": ("place",)}), "place_concentration")
    assert finding.state is state


def ratio(engine, above, below, events=None):
    columns = {"a": above, "b": below} | ({"e": events} if events else {})
    roles = {"psu": ("e",)} if events else {}
    the_plan = plan(indicators={"r": IndicatorPlan("r", "ratio", "a", denominator="b")})
    return dataset(engine, columns, roles=roles, unit="event"), the_plan


def test_three_means_of_one_ratio_by_hand(engine):
    """Pooled 15 / 30, equal (0.5 + 1 + 0) / 3, conditional (0.5 + 1) / 2."""
    data, the_plan = ratio(engine, [10, 5, 0], [20, 5, 5])
    finding = found(data, "means_differ", plan=the_plan)
    assert finding.evidence["pooled"] == pytest.approx(0.5)
    assert finding.evidence["equal"] == pytest.approx(0.5)
    assert finding.evidence["conditional"] == pytest.approx(0.75)
    assert (finding.count, finding.value, finding.state) == (1, pytest.approx(1 / 3), State.WARN)
    assert "50.0 %" in finding.message
    assert "75.0 %" in finding.message


def test_equal_means_are_told_to_be_so(engine):
    data, the_plan = ratio(engine, [10, 5], [20, 10])
    assert found(data, "means_differ", plan=the_plan).state is State.PASS


def test_records_of_one_event_are_added_up_first(engine):
    data, the_plan = ratio(engine, [10, 0, 0], [10, 10, 5], ["x", "x", "y"])
    evidence = found(data, "means_differ", plan=the_plan).evidence
    assert (evidence["equal"], evidence["records"]) == (0.25, 2)


def test_one_event_that_makes_up_the_amount(engine):
    data, the_plan = ratio(engine, [1, 1, 1], [80, 10, 10])
    finding = found(data, "amount_concentration", plan=the_plan)
    assert (finding.value, finding.state) == (0.8, State.FAIL)
    assert "8 middle ones" in finding.message


def benchmark(*totals):
    margins = tuple(Margin((f"v{at}",), {("x",): total / 2, ("y",): total / 2}) for at, total in enumerate(totals))
    return Benchmark("census", margins)


@pytest.mark.parametrize(("total", "state", "count"), [(10_000, "pass", 0), (9_995, "pass", 5), (9_974, "warn", 26)])
def test_a_benchmark_is_held_against_the_stated_population(engine, total, state, count):
    the_plan = plan(population=Population(size=10_000.0))
    finding = found(dataset(engine, {"a": [1]}), "population_total", plan=the_plan, benchmark=benchmark(total))
    assert (str(finding.state), finding.count) == (state, count)


def test_margins_are_held_against_each_other_where_no_size_is_stated(engine):
    data = dataset(engine, {"a": [1]})
    assert found(data, "population_total", benchmark=benchmark(47_564_296, 47_562_772)).count == 1524
    assert none_of(data, "population_total", benchmark=benchmark(500))


def two_sources(engine, theirs):
    count = 40
    mine = {"id": [f"j_{at}" for at in range(count)], "size": ["S", "M", "L", "M"] * 10, "area": ["x", "y"] * 20}
    one = dataset(engine, mine, roles={"id": ("id",)})
    two = replace(dataset(engine, {**mine, **theirs}, roles={"id": ("id",)}), name="other")
    return one, Documents(datasets={"d": one, "other": two})


def test_keys_of_the_same_units_link(engine):
    data, documents = two_sources(engine, {})
    finding = found(data, "keys_link", documents=documents)
    assert (finding.value, finding.count, finding.state) == (1.0, 40, State.PASS)


def test_keys_that_only_look_alike_do_not(engine):
    data, documents = two_sources(engine, {"size": ["M", "L", "M", "S"] * 10, "area": ["x", "x", "y", "y"] * 10})
    finding = found(data, "keys_link", documents=documents)
    assert finding.state is State.FAIL
    assert finding.value < 0.2
    assert "not the same units" in finding.message


def test_without_a_common_variable_nothing_can_be_said_and_without_common_keys_nothing_is(engine):
    one = dataset(engine, {"id": ["a", "b"], "x": ["1", "2"]}, roles={"id": ("id",)})
    other = replace(dataset(engine, {"id": ["a", "c"], "y": ["1", "2"]}, roles={"id": ("id",)}), name="o")
    assert found(one, "keys_link", documents=Documents(datasets={"o": other})).state is State.NOT_ASSESSED
    apart = replace(dataset(engine, {"id": ["p", "q"], "x": ["1", "2"]}, roles={"id": ("id",)}), name="o")
    assert none_of(one, "keys_link", documents=Documents(datasets={"o": apart}))


@pytest.mark.parametrize(("selection", "told"), [("enumeration", False), ("probability", False), ("open-web", True)])
def test_where_all_were_counted_or_drawn_a_big_place_is_no_trap(engine, selection, told):
    data = dataset(engine, {"place": ["a"] * 9 + ["b"]}, roles={"psu": ("place",)}, selection=selection)
    assert any(f.check == "place_concentration" for f in assess(data, plan=plan())) is told
