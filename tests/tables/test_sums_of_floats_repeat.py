"""Sums and means of floats are the same bits in every run, in every order, and right."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countersign.tables import Groups, Rows, Values, add_up, aggregate, collect, group, open_engine

X, HALF = nw.col("x"), nw.when(nw.col("k") > 1).then(nw.col("x") / 3)
TOTALS = {"sum": X.sum(), "mean": X.mean(), "some": HALF.sum(), "mean of some": HALF.mean(), "n": X.count()}
QUESTIONS = {
    "all": X.sum(),
    "mean": X.mean(),
    "groups": Groups({"k": nw.col("k")}, {"sum": X.sum(), "mean": HALF.mean()}),
    "values": Values(X, {"k": nw.col("k")}, X > 30),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Many small blocks of numbers that spread widely: what threads add first differs from run to run."""
    rng = np.random.default_rng(11)
    x = rng.lognormal(0, 4, 300_000) * rng.choice([-1, 1], 300_000)
    file = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(pa.table({"k": rng.integers(0, 5, len(x)), "x": x}), file, row_group_size=5_000)
    return file


def bits(found):
    if isinstance(found, dict):
        return [(name, bits(value)) for name, value in found.items()]
    if isinstance(found, list):
        return [bits(value) for value in found]
    return found.tobytes() if isinstance(found, np.ndarray) and found.dtype != object else repr(found)


ASKED = {
    "aggregate": lambda table: aggregate(table, **TOTALS),
    "group": lambda table: group(table, ["k"], **TOTALS),
    "group within group": lambda table: aggregate(add_up(table, ["k"], y=X.mean()), total=nw.col("y").sum()),
    "questions in one pass": lambda table: Rows(table, many=10**9).ask(QUESTIONS),
    "questions value by value": lambda table: Rows(table, many=0, each=0).ask(QUESTIONS),
}


@pytest.mark.parametrize("name", ASKED)
def test_totals_repeat_whatever_the_number_of_threads(name, path):
    """Plain sums are shown to differ, so that the test cannot pass for want of threads."""
    seen, plain = set(), set()
    for threads in (1, 2, 3, 5, 8, 8, 8):
        with open_engine("duckdb", threads=threads) as engine:
            seen.add(str(bits(ASKED[name](engine.scan(path)))))
            plain.add(collect(engine.scan(path).select(s=X.sum()), ["s"])["s"].tobytes())
    assert len(seen) == 1
    assert len(plain) > 1


def test_the_order_of_rows_does_not_matter(engine, path):
    table = pq.read_table(path).slice(0, 20_000)
    shuffled = table.take(pa.array(np.random.default_rng(2).permutation(len(table))))
    assert bits(group(engine.from_arrow(table), ["k"], **TOTALS)) == bits(
        group(engine.from_arrow(shuffled), ["k"], **TOTALS)
    )


def test_engines_agree_to_the_last_bit_on_numbers_that_spread_little(path):
    table = pa.table({"x": np.random.default_rng(5).uniform(1, 1000, 5_000), "k": np.arange(5_000) % 4})
    found = []
    for name in ("duckdb", "polars"):
        with open_engine(name) as engine:
            found.append(bits(group(engine.from_arrow(table), ["k"], sum=X.sum(), mean=X.mean())))
    assert found[0] == found[1]


number = st.one_of(
    st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.1, -0.1, 1e-9, 1e15, 5e-324, 1e-300, 1e280, 0.0, -0.0])
)


@given(rows=st.lists(st.tuples(st.sampled_from(["a", "b", None]), number), max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_sums_are_the_exact_ones(name, rows):
    """Exact: of fractions. Numbers of groups are cut at 2^-122 of the largest."""
    table = pa.table(
        {"g": pa.array([g for g, _ in rows], pa.string()), "x": pa.array([x for _, x in rows], pa.float64())}
    )
    expected = defaultdict(list)
    for g, x in rows:
        expected[g] += [] if x is None else [Fraction(x)]
    with open_engine(name, threads=1) as engine:
        found = group(engine.from_arrow(table), ["g"], sum=X.sum(), mean=X.mean(), n=X.count())
    largest = max((abs(x) for _, x in rows if x is not None), default=0.0)
    assert set(found["g"].tolist()) == set(expected)
    for g, total, mean, n in zip(
        found["g"].tolist(), found["sum"].tolist(), found["mean"].tolist(), found["n"].tolist(), strict=True
    ):
        exact = sum(expected[g], Fraction(0))
        slack = 4e-16 * float(sum(map(abs, expected[g]), Fraction(0))) + len(rows) * max(largest * 2.0**-60, 5e-324)
        assert n == len(expected[g])
        assert total == pytest.approx(float(exact), rel=1e-15, abs=slack)
        assert math.isnan(mean) if not n else mean == pytest.approx(float(exact / n), rel=1e-15, abs=slack)


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([0.1, 0.2, 0.3], math.fsum([0.1, 0.2, 0.3])),
        ([1e100, 1.0, -1e100], 0.0),  # cut: what is 2^-61 of the largest is no longer seen
        ([2.0**40, 1.0, -(2.0**40)], 1.0),
        ([1.0, None], 1.0),
        ([None], 0.0),
        ([], 0.0),
        ([1.0, math.inf, -math.inf, math.nan], 1.0),  # missing from when a table is read
        ([1.7e308, 1.7e308, -1.7e308], None),  # beyond what can be cut: added as they are, in whatever order
        ([3.0, -0.0], 3.0),
    ],
)
def test_sums_at_the_ends_of_what_floats_hold(engine, values, total):
    found = aggregate(engine.from_arrow(pa.table({"x": pa.array(values, pa.float64())})), sum=X.sum())["sum"]
    if values[:1] == [1.7e308]:
        assert found is None or not math.isfinite(found) or found == 1.7e308
    else:
        assert found == total


@pytest.mark.parametrize(
    ("values", "total", "squares"),
    [([2.0, 0.0], math.inf, math.inf), ([0.5, 0.25], 6.0, 20.0), ([0.0, None], math.inf, math.inf),
     ([1e-300, 1.0], 1e300, math.inf)],
)  # fmt: skip
def test_what_a_calculation_makes_infinite_is_not_hidden(fast_engine, values, total, squares):
    table = fast_engine.from_arrow(pa.table({"x": pa.array(values, pa.float64())}))
    found = aggregate(table, sum=(1 / X).sum(), squares=((1 / X) * (1 / X)).sum())
    assert found == {"sum": pytest.approx(total, rel=1e-15), "squares": squares}


def test_whole_numbers_are_added_as_whole_numbers(engine):
    table = engine.from_arrow(pa.table({"x": pa.array([2**60, 1, 2**60], pa.int64()), "k": [1, 1, 1]}))
    assert aggregate(table, sum=X.sum())["sum"] == 2**61 + 1
