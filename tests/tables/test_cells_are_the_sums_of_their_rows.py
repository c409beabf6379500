"""Reduce against a slow reference in plain Python, on every engine, and by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from drawing import drawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countersign.model.cells import _order
from countersign.tables import aggregate, group, open_engine, reduce

HAND = """
sex:category | area:small | yes:boolean | income:number | d:number
f            | 1          | true        | 10            | 2
f            | 1          | .           | 4             | 0.5
m            | 2          | false       | .             | 1
.            | 1          | true        | 3             | .
f            | .          | false       | 1             | 1
f            | 1          | true        | 1             | 1
"""


def by_hand(rows, by, measures, weight):
    """Cells as dictionaries, added exactly."""
    cells = {}
    for row in rows:
        key = tuple(row[name] for name in by)
        values = [row[name] for name in measures]
        values = [Fraction(0) if v is None or not math.isfinite(v) else Fraction(v) for v in values]
        d = Fraction(1) if weight is None else Fraction(0) if row[weight] is None else Fraction(row[weight])
        size = len(values)
        cell = cells.setdefault(
            key, {"n": 0, "w": 0, "ww": 0, "p": [0] * size, "f": [0] * size, "c": [0] * size, "s": [0] * size**2}
        )
        cell["n"] += 1
        cell["w"] += d
        cell["ww"] += d * d
        for j, v in enumerate(values):
            cell["p"][j] += v
            cell["f"][j] += d * v
            cell["c"][j] += d * d * v
            for k, u in enumerate(values):
                cell["s"][j * size + k] += d * d * v * u
    return dict(sorted(cells.items(), key=lambda item: [_order(value) for value in item[0]]))


def same(cells, expected, by):
    size = len(cells.measures)
    assert list(zip(*[cells.keys[name].tolist() for name in by], strict=True)) == list(expected) or not by
    assert cells.n.tolist() == [cell["n"] for cell in expected.values()]
    for found, name in [
        (cells.weight, "w"), (cells.weight2, "ww"), (cells.plain, "p"), (cells.first, "f"), (cells.cross, "c"),
        (cells.second.reshape(len(cells), size * size), "s"),
    ]:  # fmt: skip
        wanted = np.array([np.array(cell[name], dtype=float) for cell in expected.values()])
        largest = max(1.0, float(np.abs(wanted).max(initial=0)))
        np.testing.assert_allclose(found, wanted.reshape(found.shape), rtol=1e-12, atol=1e-13 * largest)


def test_four_cells_by_hand(engine):
    table, _ = drawn(HAND)
    cells = reduce(
        engine.from_arrow(table),
        by=["sex", "area"],
        measures={"yes": nw.col("yes"), "income": nw.col("income")},
        weight="d",
    )
    assert cells.keys["sex"].tolist() == ["f", "f", "m", None]
    assert cells.keys["area"].tolist() == [1, None, 2, 1]
    assert cells.n.tolist() == [3, 1, 1, 1]
    assert cells.weight.tolist() == [3.5, 1, 1, 0]
    assert cells.weight2.tolist() == [5.25, 1, 1, 0]
    assert cells.plain.tolist() == [[2, 15], [0, 1], [0, 0], [1, 3]]
    assert cells.first.tolist() == [[3, 23], [0, 1], [0, 0], [0, 0]]
    assert cells.cross.tolist() == [[5, 42], [0, 1], [0, 0], [0, 0]]
    assert cells.second[0].tolist() == [[5, 41], [41, 405]]


def test_without_weights_every_row_counts_one(engine):
    table, _ = drawn(HAND)
    cells = reduce(engine.from_arrow(table), by=[], measures={"income": nw.col("income"), "area": nw.col("area")})
    assert (cells.n.tolist(), cells.weight.tolist(), cells.weight2.tolist()) == ([6], [6], [6])
    assert cells.first.tolist() == cells.cross.tolist() == cells.plain.tolist() == [[19, 6]]
    assert cells.second.tolist() == [[[127, 18], [18, 8]]]


def test_no_measures_and_no_rows_are_answered(engine):
    table, _ = drawn(HAND)
    assert reduce(engine.from_arrow(table), by=["sex"], measures={}).n.tolist() == [4, 1, 1]
    nobody = engine.from_arrow(table).filter(nw.col("area") > 200)
    cells = reduce(nobody, by=["sex"], measures={"income": nw.col("income")}, weight="d")
    assert (len(cells), cells.first.shape, cells.second.shape) == (0, (0, 1), (0, 1, 1))
    total = reduce(nobody, by=[], measures={"income": nw.col("income")}, weight="d")
    assert (total.n.tolist(), total.first.tolist()) == ([0], [[0.0]])


number = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.1, 1e-9, 1e15, float("nan"), float("inf")]))
row = st.fixed_dictionaries(
    {
        "a": st.sampled_from(["x", "y", "é", None]),
        "b": st.sampled_from([1, 2, None]),
        "yes": st.sampled_from([True, False, None]),
        "small": st.one_of(st.none(), st.integers(0, 255)),
        "big": st.one_of(st.none(), st.integers(-(2**40), 2**40)),
        "x": number,
        "d": st.one_of(st.none(), st.floats(0, 1e4)),
    }
)
SCHEMA = pa.schema(
    [("a", pa.string()), ("b", pa.int32()), ("yes", pa.bool_()), ("small", pa.uint8()), ("big", pa.int64()),
     ("x", pa.float64()), ("d", pa.float64())]
)  # fmt: skip


@given(
    rows=st.lists(row, max_size=12),
    by=st.lists(st.sampled_from(["a", "b", "yes"]), unique=True),
    measures=st.lists(st.sampled_from(["yes", "small", "big", "x"]), unique=True, max_size=3),
    weight=st.sampled_from([None, "d"]),
    ordered=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_random_tables_agree_with_exact_arithmetic(name, rows, by, measures, weight, ordered):
    expected = by_hand(rows, by, measures, weight)
    if not by and not rows:
        expected = {
            (): {"n": 0, "w": 0, "ww": 0, **{k: [0] * len(measures) for k in "pfc"}, "s": [0] * len(measures) ** 2}
        }
    with open_engine(name, threads=1) as engine:
        table = engine.from_arrow(pa.Table.from_pylist(rows, SCHEMA))
        cells = reduce(table, by=by, measures={m: nw.col(m) for m in measures}, weight=weight, ordered=ordered)
    same(cells, expected, by)


def test_the_same_bits_come_out_in_every_run(fast_engine, tmp_path):
    """Two threads, many small blocks: plain float sums are shown to differ, ordered ones do not."""
    rng = np.random.default_rng(7)
    rows = 600_000
    table = pa.table(
        {
            "k": rng.integers(0, 5, rows),
            "x": rng.lognormal(0, 4, rows) * rng.choice([-1, 1], rows),
            "d": rng.gamma(0.3, 100, rows),
        }
    )
    path = tmp_path / "rows.parquet"
    import pyarrow.parquet as pq

    pq.write_table(table, path, row_group_size=10_000)

    def bits(ordered):
        cells = reduce(fast_engine.scan(path), by=["k"], measures={"x": nw.col("x")}, weight="d", ordered=ordered)
        return b"".join(part.tobytes() for part in (cells.weight, cells.first, cells.cross, cells.second, cells.plain))

    assert len({bits(True) for _ in range(8)}) == 1
    exact = [
        math.fsum(d * x for d, x in zip(group_d, group_x, strict=True))
        for group_d, group_x in (
            (table["d"].to_numpy()[at], table["x"].to_numpy()[at])
            for at in (table["k"].to_numpy() == k for k in range(5))
        )
    ]
    cells = reduce(fast_engine.scan(path), by=["k"], measures={"x": nw.col("x")}, weight="d")
    np.testing.assert_allclose(cells.first[:, 0], exact, rtol=1e-13)


def test_the_order_of_rows_does_not_matter(fast_engine):
    rng = np.random.default_rng(3)
    table = pa.table({"x": rng.lognormal(0, 5, 5000), "d": rng.random(5000)})
    shuffled = table.take(pa.array(rng.permutation(5000)))
    found = [
        reduce(fast_engine.from_arrow(each), by=[], measures={"x": nw.col("x")}, weight="d").second.tobytes()
        for each in (table, shuffled)
    ]
    assert found[0] == found[1]


def test_totals_and_groups_are_plain_numbers(engine):
    table, _ = drawn(HAND)
    rows = engine.from_arrow(table)
    total = aggregate(rows, n=nw.len(), area=nw.col("area").sum(), most=nw.col("sex").max(), none=nw.col("d").max())
    assert total == {"n": 6, "area": 6, "most": "m", "none": 2.0}
    assert isinstance(total["area"], int)
    groups = group(rows, ["sex"], n=nw.len(), income=nw.col("income").sum(), least=nw.col("d").min())
    assert groups["sex"].tolist() == ["f", "m", None]
    assert groups["n"].dtype == np.int64
    assert groups["income"].tolist() == [16, 0, 3]
    assert np.isnan(groups["least"][2])
