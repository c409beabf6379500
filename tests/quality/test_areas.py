"""An area that nobody reached is blocked by itself; the areas that were reached do not pay for it."""

from __future__ import annotations

from making import dataset, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.finding import Finding, State
from countersign.model.plan import BenchmarkPlan, IndicatorPlan, Source
from countersign.quality import assess, verdicts
from countersign.quality.areas import coverage_by_area

COUNTIES = Margin(("county",), {("Embu",): 50.0, ("Lamu",): 20.0, ("Kitui",): 30.0})
CENSUS = Benchmark("census", (COUNTIES,))


def found(engine, rows):
    data = dataset(engine, {"county": rows}, roles={"area": ("county",)}, unit="person")
    the_plan = plan(
        indicators={"a": IndicatorPlan("a", "proportion", "county = 'Embu'")},
        benchmarks={"census": BenchmarkPlan(Source("census", "c.csv"))},
    )
    told = assess(data, plan=the_plan, benchmark=CENSUS)
    return the_plan, told, coverage_by_area("county", told)


def test_each_area_of_the_benchmark_is_told_apart(engine):
    _, _, areas = found(engine, ["Embu"] * 6 + ["Kitui"] * 4)
    told = {(f.domain["county"], f.check): (f.state, round(f.value, 6)) for f in areas}
    assert told == {
        ("Embu", "uncovered"): (State.PASS, 0.0),
        ("Embu", "coverage"): (State.PASS, 1.2),
        ("Lamu", "uncovered"): (State.FAIL, 1.0),
        ("Lamu", "coverage"): (State.FAIL, 0.0),
        ("Kitui", "uncovered"): (State.PASS, 0.0),
        ("Kitui", "coverage"): (State.PASS, 1.333333),
    }


def test_only_the_area_without_anybody_is_blocked(engine):
    the_plan, told, areas = found(engine, ["Embu"] * 6 + ["Kitui"] * 4)
    blocked = {
        one.domain["county"]: "E1" in one.blocked.get("U5", ())
        for one in verdicts([*told, *areas], plan=the_plan)
        if one.domain
    }
    assert blocked == {"Embu": False, "Lamu": True, "Kitui": False}
    whole = next(one for one in verdicts(told, plan=the_plan) if one.subject == "a")
    assert "E1" in whole.blocked["U5"]


def test_without_a_margin_of_areas_nothing_is_said_of_them():
    assert coverage_by_area("county", [Finding("E1", State.PASS, "coverage", "m", subject="sex")]) == ()
    assert coverage_by_area("", []) == ()
