"""The study's own checks, gates, ranges, zeros in a divisor, outliers and spellings."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.errors import ExpressionError
from countersign.model.dataset import Gate, Reading, Variable
from countersign.model.finding import State
from countersign.model.plan import CheckPlan, IndicatorPlan
from countersign.quality import assess
from countersign.quality.spellings import misspelled, one_slip, spelled_several_ways, unusual


def test_a_check_counts_rows_that_fail_and_rows_nobody_can_tell(engine):
    data = dataset(engine, {"a": [1, 5, None, 9], "b": [2, 4, 4, 8]}, kept=[True, True, True, False])
    the_plan = plan(checks=(CheckPlan("a <= b", name="part and whole", criterion="G2", why="a is part of b"),))
    finding = found(data, "check", plan=the_plan)
    assert (finding.criterion, finding.subject, finding.count) == ("G2", "part and whole", 2)
    assert finding.evidence == {"rule": "a <= b", "kept": 1, "unknown": 1, "evaluated": 2}
    assert finding.value == 0.5


def test_a_check_without_a_column_is_computed_too(engine):
    assert found(dataset(engine, {"a": [1]}), "check", plan=plan(checks=(CheckPlan("1 = 1"),))).count == 0


def test_an_unknown_column_in_a_check_names_the_check(engine):
    with pytest.raises(ExpressionError, match="checks, rule 1"):
        assess(dataset(engine, {"a": [1]}), plan=plan(checks=(CheckPlan("aa > 1"),)))


@pytest.mark.parametrize(("failing", "state"), [(0, State.PASS), (1, State.WARN), (2, State.FAIL)])
def test_a_check_fails_beyond_5_percent(engine, failing, state):
    data = dataset(engine, {"a": [-1] * failing + [1] * (20 - failing)})
    assert found(data, "check", plan=plan(checks=(CheckPlan("a > 0"),))).state is state


def test_gates_say_what_they_set_aside_and_what_is_left(engine):
    gate = Gate("length", "l > 0", why="no beach is that short", failed=2, dropped=1)
    data = dataset(engine, {"l": [0, 1, 2, 3]}, kept=[False, True, True, True], gates=(gate,))
    finding = found(data, "gate")
    assert (finding.count, finding.evidence["dropped"]) == (2, 1)
    plausible = found(data, "plausible")
    assert (plausible.value, plausible.count, plausible.state) == (0.75, 1, State.WARN)


def test_a_range_includes_its_ends(engine):
    data = dataset(engine, {"l": [0, 10, 50, 100, 101, None]}, variables={"l": {"range": (10, 100)}})
    finding = found(data, "out_of_range")
    assert (finding.count, finding.evidence["below"], finding.evidence["above"]) == (2, 1, 1)
    assert finding.evidence["zeros"] == 1


def test_a_range_may_be_open_on_one_side(engine):
    data = dataset(engine, {"l": [-1, 10**6]}, variables={"l": {"range": (0, None)}})
    assert found(data, "out_of_range").evidence["below"] == 1
    assert found(data, "out_of_range").evidence["above"] == 0


def litter(**more):
    return plan(indicators={"i": IndicatorPlan("i", "quantile", "n / length * 100", **more)})


def test_zeros_are_looked_for_where_a_figure_divides(engine):
    data = dataset(engine, {"n": [1, 0, 3], "length": [100.0, 0.0, 50.0]})
    finding = found(data, "zero_values", plan=litter())
    assert (finding.subject, finding.count, finding.state) == ("length", 1, State.WARN)


def test_an_outlier_is_beyond_3_5_robust_deviations_within_its_group(engine):
    # In each group log y = 0 .. 8 (MAD 2): nothing is out. One value of e^30 in the first group is.
    logs = list(range(9)) + [30] + [100 + value for value in range(10)]
    data = dataset(
        engine,
        {"y": [2.718281828459045**value for value in logs], "g": ["a"] * 10 + ["b"] * 10},
    )
    indicator = IndicatorPlan("i", "mean", "y", by=((), ("g",)))
    finding = found(data, "outliers", plan=plan(indicators={"i": indicator}))
    assert (finding.evidence["high"], finding.evidence["low"]) == (1, 0)
    assert (finding.evidence["groups"], finding.evidence["looked_at"]) == (2, 20)
    assert finding.state is State.WARN


def test_outliers_are_not_looked_for_in_small_groups(engine):
    data = dataset(engine, {"y": [1.0, 2.0, 9.0]})
    indicator = IndicatorPlan("i", "mean", "y")
    assert found(data, "outliers", plan=plan(indicators={"i": indicator})).state is State.NOT_ASSESSED


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        ({"GR": 76, "EL": 9, "IT": 5}, [["EL", "GR"]]),
        ({"Urban": 5, "urban ": 3, "RURAL": 2}, [["Urban", "urban "]]),
        ({"Côte": 5, "Cote": 3}, [["Cote", "Côte"]]),
        ({"Monitoring": 100, "Monitorng": 3}, [["Monitoring", "Monitorng"]]),
        ({"Zambia": 100, "Gambia": 90}, []),
        ({"employed": 100, "unemployed": 3}, []),
        ({"Region 1": 100, "Region 2": 3}, []),
        ({"IT": 10, "FR": 1}, []),
    ],
)
def test_labels_of_one_category_are_recognised(labels, groups):
    assert spelled_several_ways(labels) == groups


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [("pebbels", "pebbles", True), ("sandy", "sandi", True), ("rock", "rocky", True), ("abcd", "badc", False),
     ("same", "same", False), ("north east", "north west", False)],
)  # fmt: skip
def test_one_slip_of_the_pen(one, other, slip):
    assert one_slip(one, other) is slip
    assert one_slip(other, one) is slip


def test_declared_categories_come_before_common_words():
    declared = Variable(name="t", type="category", values={"pebbels": "Kiesel"})
    assert misspelled({"Pebbels": 3}, declared) == {}
    assert misspelled({"Pebbels": 3}, Variable(name="t", type="category")) == {"Pebbels": "pebbles"}


def test_codes_of_another_shape_and_codes_seen_once():
    records = dict.fromkeys(("IT", "ES", "RO", "GR", "BG", "TR", "FR", "HR", "SI"), 20) | {"Int": 1, "AX": 1}
    assert unusual(records) == (["Int"], ["AX", "Int"])


def test_what_the_study_recodes_keeps_its_count(engine):
    reading = Reading("d.csv", "0", 2, 1, recoded={"t": {"Pebbels": 2, "never": 0}})
    said = {"t": {"recode": {"Pebbels": "Pebbles", "never": "x"}}}
    finding = found(dataset(engine, {"t": ["Pebbles", "Sandy"]}, readings=(reading,), variables=said), "recoded")
    assert (finding.count, finding.state, finding.evidence) == (2, State.PASS, {"recoded": {"Pebbels": 2}})


def test_names_of_collectors_are_never_listed(engine):
    data = dataset(engine, {"who": ["Maria", "maria", "Ana"]}, roles={"collector": ("who",)})
    assert not [f for f in assess(data, plan=plan()) if "aria" in f.message]
