"""Measures read as little as they can, and find the same whichever way it is read."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import dataset, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.plan import CheckPlan, IndicatorPlan
from countersign.quality import assess
from countersign.tables import asking, collection

MOST_PASSES = 45  # over 24 columns, most of them over one or two
LABELS = ["north", "south", "Nort", "north ", "east"]
PLAN = {
    "source": {"unique": (("who", "day"),)},
    "indicators": {
        "income": IndicatorPlan("income", "mean", "income", by=(("region",),)),
        "yield": IndicatorPlan("yield", "ratio", "income", denominator="age"),
    },
    "checks": (CheckPlan("age < 100 or income > 5"), CheckPlan("region != 'east'")),
}
ROLES = {
    "id": ("id",),
    "collector": ("who",),
    "time": ("day",),
    "minutes": ("t",),
    "longitude": ("x",),
    "latitude": ("y",),
}
VARIABLES = {"age": {"type": "integer", "range": (0, 120)}, "skill": {"type": "integer", "asked_if": "age > 3"}}
VARIABLES |= {"income": {"type": "number"}, "x": {"type": "number"}, "y": {"type": "number"}, "t": {"type": "number"}}
VARIABLES |= {"id": {"type": "integer"}, "day": {"type": "date"}, "region": {}, "who": {}}
CENSUS = Benchmark("census", (Margin(("region",), {("north",): 3.0, ("south",): 2.0}),))
record = st.fixed_dictionaries(
    {
        "id": st.one_of(st.none(), st.integers(1, 12)),
        "who": st.sampled_from(["p", "q", None]),
        "region": st.sampled_from([*LABELS, None]),
        "day": st.one_of(st.none(), st.dates(datetime.date(2024, 1, 1), datetime.date(2026, 3, 1))),
        "t": st.one_of(st.none(), st.integers(0, 100).map(lambda t: t / 2)),  # halves: engines round means of two alike
        "x": st.sampled_from([0.0, 0.5, 30.0, 200.0, None]),
        "y": st.sampled_from([0.0, 0.00031, 3.0, None]),
        "age": st.one_of(st.none(), st.integers(-1, 130)),
        "skill": st.sampled_from([0, 1, None]),
        "income": st.one_of(st.none(), st.floats(0.5, 1e6), st.just(0.0)),
    }
)


def assessed(engine, rows, kept):
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    data = dataset(engine, columns, kept=kept, variables=VARIABLES, roles=ROLES)
    findings = assess(data, plan=plan(**PLAN), benchmark=CENSUS, today=datetime.date(2026, 1, 1))
    return [(f.criterion, f.check, f.subject, f.state, f.count, f.message, f.evidence) for f in findings]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(record, min_size=1, max_size=40), all_kept=st.booleans(), twice=st.booleans())
def test_value_by_value_and_all_together_find_the_same(engine, rows, all_kept, twice):
    rows = rows * 2 if twice else rows
    kept = [all_kept or place % 3 > 0 for place in range(len(rows))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "MANY", 10**9)
        together = assessed(engine, rows, kept)
        patch.setattr(asking, "MANY", 0)
        patch.setattr(asking, "EACH", 0)
        assert assessed(engine, rows, kept) == together


def test_a_plain_table_is_not_passed_over_more_often_than_it_was(engine, monkeypatch):
    monkeypatch.setattr(asking, "MANY", 1_000)
    passes = []
    plain = collection.as_arrow
    monkeypatch.setattr(collection, "as_arrow", lambda table: passes.append(table) or plain(table))
    random = np.random.default_rng(1)
    size = 3_000
    columns = {f"q{place}": random.integers(0, 4, size).tolist() for place in range(15)}
    columns |= {
        "id": list(range(size)),
        "who": [f"c{place}" for place in random.integers(0, 20, size)],
        "region": [LABELS[place] for place in random.integers(0, 5, size)],
        "day": [datetime.date(2025, 1, 1) + datetime.timedelta(days=int(day)) for day in random.integers(0, 20, size)],
        "t": random.lognormal(3, 1, size).tolist(),
        "x": random.random(size).tolist(),
        "y": random.random(size).tolist(),
        "age": random.integers(0, 30, size).tolist(),
        "income": random.lognormal(3, 1, size).tolist(),
    }
    columns["id"][5] = 4
    said = {name: spec for name, spec in VARIABLES.items() if name != "skill"}
    data = dataset(engine, columns, variables=said, roles=ROLES)
    assess(data, plan=plan(**PLAN), benchmark=CENSUS, today=datetime.date(2026, 1, 1))
    assert len(passes) <= MOST_PASSES
