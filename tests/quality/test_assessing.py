"""Measures share passes over the rows, and anybody can add one."""

from __future__ import annotations

import narwhals as nw
from making import dataset, plan

from countersign.model.finding import Finding, State
from countersign.quality import MEASURES, assess
from countersign.tables import asking


def refusals(context):
    found = yield {"rows": nw.len(), "refused": (nw.col("q1") == "refused").sum()}
    again = yield {"kept": nw.col("_kept").sum()}
    share = found["refused"] / again["kept"]
    return [Finding("E4", State.WARN, "refusals", f"{share:.0%} refused.", value=share)]


def plain(context):
    return [Finding("H4", State.PASS, "plain", "All is well.")]


def test_a_measure_may_ask_twice_or_not_at_all(engine):
    data = dataset(engine, {"q1": ["refused", "yes", "no", "no"]})
    findings = assess(data, plan=plan(), measures=[*MEASURES, refusals, plain])
    mine = {f.check: f.value for f in findings if f.check in ("refusals", "plain")}
    assert mine == {"refusals": 0.25, "plain": None}
    assert len(findings) == len(assess(data, plan=plan())) + 2


def test_all_totals_of_one_round_are_one_pass(engine, monkeypatch):
    passes = []

    def counted(table, **expressions):
        passes.append(len(expressions))
        return original(table, **expressions)

    original = asking.aggregate
    monkeypatch.setattr(asking, "aggregate", counted)
    data = dataset(
        engine,
        {"q1": ["a", "b"], "x": [1.0, 2.0], "y": [3.0, 4.0], "t": [10.0, 12.0]},
        roles={"longitude": ("x",), "latitude": ("y",), "minutes": ("t",)},
        variables={"x": {"range": (0, 5)}},
    )
    assess(data, plan=plan())
    assert len(passes) == 3  # how many rows there are; totals; then what needs the median time
    assert passes[1] > 10


def test_an_empty_table_is_assessed_without_failing(engine):
    data = dataset(engine, {"q1": ["a"], "t": [1.0]}, kept=[False], roles={"collector": ("q1",), "minutes": ("t",)})
    empty = [f for f in assess(data, plan=plan()) if f.state is State.NOT_ASSESSED]
    assert {"collector_concentration", "speeders"} <= {f.check for f in empty}


def test_a_second_data_set_does_not_repeat_what_the_study_says(engine):
    data = dataset(engine, {"a": [1, 1]})
    the_plan = plan()
    other = type(the_plan.main)(name="other", file="o.csv")
    the_plan = type(the_plan)(title={"en": "T"}, data={"other": other, **the_plan.data}, indicators={})
    checks = {f.check for f in assess(data, plan=the_plan)}
    assert "organiser_stated" not in checks
    assert "exact_duplicates" in checks
