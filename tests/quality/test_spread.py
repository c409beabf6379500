"""Medians, scales and what lies beyond are the same whether values are held, counted, or looked at by interval."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.quality import spread as module
from countersign.quality.spread import spread
from countersign.tables import Rows, open_engine


@pytest.fixture(scope="module", params=("duckdb", "polars"))
def engine(request):
    with open_engine(request.param, threads=1) as opened:
        yield opened


def answered(engine, groups, *, size):
    columns = {
        "g": pa.array([name for name, values in groups.items() for _ in values], type=pa.string()),
        "y": pa.array([value for values in groups.values() for value in values], type=pa.float64()),
    }
    rows = Rows(engine.from_arrow(pa.table(columns)))
    asking = spread(nw.col("y"), {"g": nw.col("g")}, nw.col("y") < 1e12, limit=3.5, size=size)
    answer, rounds = None, 0
    try:
        while True:
            question = asking.send(answer)
            answer, rounds = rows.ask(question), rounds + 1
    except StopIteration as end:
        return end.value, rounds


def obvious(values):
    logs = np.log(np.array([value for value in values if value > 0]))
    apart = np.abs(logs - np.median(logs))
    mad, mean = 1.4826 * np.median(apart), 1.2533141373155001 * apart.mean()
    scale = mad if mad > 0 else mean
    wide = max(scale, mean)
    away = logs - np.median(logs)
    return [
        len(logs),
        np.median(logs),
        scale,
        wide,
        *((sign * away > 3.5 * s).sum() for s in (scale, wide) for sign in (1, -1)),
        np.exp(logs).sum(),
        *(np.exp(logs)[np.abs(away) > 3.5 * s].sum() for s in (scale, wide)),
    ]


def agrees(found, values):
    wanted = obvious(values)
    got = [found.n, found.middle, found.scale, found.wide, found.high, found.low, found.wide_high, found.wide_low]
    got += [found.amount, found.far, found.wide_far]
    assert got == pytest.approx(wanted, rel=1e-9, abs=1e-9)


numbers = st.one_of(
    st.floats(1e-6, 1e9), st.integers(1, 20).map(float), st.sampled_from([-1.0, 0.0]), st.floats(99, 101)
)


@pytest.mark.parametrize("size", [0, 10**6, 10**9])
@settings(max_examples=30, deadline=None)
@given(values=st.lists(numbers, min_size=1, max_size=60))
def test_every_way_gives_what_holding_all_logarithms_gives(engine, size, values):
    found, _ = answered(engine, {"one": values}, size=size)
    if max(values) > 0:
        agrees(found.groups[0], values)
    else:
        assert found.groups == []
    low = [value for value in values if value <= 0]
    assert (found.others, found.others_amount) == (len(low), sum(low))


@pytest.mark.parametrize("size", [0, 10**6, 10**9])
def test_groups_are_judged_by_themselves(engine, size, monkeypatch):
    monkeypatch.setattr(module, "FEW", 20)  # so that groups are asked for class by class
    random = np.random.default_rng(4)
    groups = {f"g{place:02d}": random.lognormal(place, 0.5, 400 + place).round(3).tolist() for place in range(20)}
    groups["g07"] += [1e9, 1e-9]
    found, rounds = answered(engine, groups, size=size)
    for each, values in zip(found.groups, groups.values(), strict=True):
        agrees(each, values)
    assert rounds <= 2


def test_most_values_the_same_has_the_mean_deviation_for_a_scale(engine):
    for size in (0, 10**6, 10**9):
        found, _ = answered(engine, {"one": [5.0] * 30 + [5.5, 6.0, 400.0]}, size=size)
        agrees(found.groups[0], [5.0] * 30 + [5.5, 6.0, 400.0])
        assert found.groups[0].high == 1
