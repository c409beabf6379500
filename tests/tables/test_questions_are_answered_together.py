"""What is asked of rows is the same whichever way it is computed, and is computed once."""

from __future__ import annotations

import math
from collections import Counter

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countersign.tables import Listed, Repeats, Rows, Values, collection, columns_of, groups, open_engine
from countersign.tables.anatomy import total_of, with_true, written_out

KEPT = nw.col("_kept")
ENGINES = ("duckdb", "polars")
WAYS = {"value by value": {"many": 0, "each": 0}, "in one pass": {"many": 10**9}}
CELLS = {
    "a": st.one_of(st.none(), st.integers(-2, 3)),
    "b": st.one_of(st.none(), st.sampled_from(["x", "y", "Z", ""])),
    "c": st.one_of(st.none(), st.sampled_from([0.0, -0.0, 0.5, 2.0, -1.5])),
    "_kept": st.booleans(),
}
TYPES = {"a": pa.int64(), "b": pa.string(), "c": pa.float64(), "_kept": pa.bool_()}
tables = st.lists(st.fixed_dictionaries(CELLS), max_size=30)
quickly = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    with open_engine(request.param, threads=1) as opened:
        yield opened


def asked(engine, rows, questions, **way):
    return Rows(table(engine, rows), **way).ask(questions)


def table(engine, rows):
    columns = {name: pa.array([row[name] for row in rows], type=type_) for name, type_ in TYPES.items()}
    return engine.from_arrow(pa.table({"_row": pa.array(range(1, len(rows) + 1), type=pa.int64()), **columns}))


def count(condition):
    return nw.when(condition).then(KEPT).count()


TOTALS = {
    "rows": nw.len(),
    "kept": count(KEPT),
    "nobody": count(nw.lit(False)),
    "present": nw.col("a").count(),
    "present kept": nw.when(KEPT).then(nw.col("b")).count(),
    "high": count(nw.col("a") > 1),
    "high kept": count((nw.col("a") > 1) & KEPT),
    "kept high": count(KEPT & (nw.col("a") > 1)),
    "missing": count(nw.col("c").is_null()),
    "older form": nw.when((nw.col("a") > 1).fill_null(False) & ~KEPT.is_null()).then(1).otherwise(0).sum(),
    "both": count((nw.col("a") > 0) & (nw.col("b") == "x") & KEPT),
    "sum": nw.col("a").sum(),
    "low": nw.col("c").min(),
    "top": nw.when(KEPT).then(nw.col("a")).max(),
    "median": nw.when(KEPT).then(nw.col("c")).median(),
    "values": nw.col("b").n_unique(),
    "truths": (nw.col("b") == "x").sum(),
}


def obvious(rows):
    def of(name, kept=False):
        return [row[name] for row in rows if row[name] is not None and (row["_kept"] or not kept)]

    halves = of("c", kept=True)
    return {
        "rows": len(rows),
        "kept": sum(row["_kept"] for row in rows),
        "nobody": 0,
        "present": len(of("a")),
        "present kept": len(of("b", kept=True)),
        "high": sum(a > 1 for a in of("a")),
        "high kept": sum(a > 1 for a in of("a", kept=True)),
        "kept high": sum(a > 1 for a in of("a", kept=True)),
        "missing": len(rows) - len(of("c")),
        "older form": sum(a > 1 for a in of("a")),
        "both": sum(row["_kept"] and (row["a"] or 0) > 0 and row["b"] == "x" for row in rows),
        "sum": sum(of("a")),
        "low": min(of("c"), default=None),
        "top": max(of("a", kept=True), default=None),
        "median": float(np.median(halves)) if halves else None,
        "values": len({row["b"] for row in rows}),
        "truths": sum(b == "x" for b in of("b")),
    }


@pytest.mark.parametrize("way", WAYS)
@quickly
@given(rows=tables)
def test_totals_are_those_of_going_through_the_rows(engine, way, rows):
    found = asked(engine, rows, TOTALS, **WAYS[way])
    wanted = obvious(rows)
    if not rows:  # a table without rows has no sums in some engines
        found = {name: value or (None if wanted[name] is None else 0) for name, value in found.items()}
    assert found == wanted


@pytest.mark.parametrize("way", WAYS)
@quickly
@given(rows=tables)
def test_groups_are_those_of_going_through_the_rows(engine, way, rows):
    questions = {
        "one": groups(["b"], _n=nw.len(), _kept=count(KEPT)),
        "kept": groups(["a"], where=KEPT & ~nw.col("a").is_null()),
        "two": groups(["a", "b"], where=KEPT),
        "made": groups({"sign": nw.col("a") > 0}, n=nw.len(), total=nw.col("a").sum()),
        "too many": groups(["b"], most=2),
    }
    found = asked(engine, rows, questions, **WAYS[way])
    sizes = Counter(row["b"] for row in rows)
    kept = Counter(row["b"] for row in rows if row["_kept"])
    assert dict(zip(found["one"]["b"].tolist(), found["one"]["_n"].tolist(), strict=True)) == sizes
    assert {b: int(n) for b, n in zip(found["one"]["b"], found["one"]["_kept"], strict=True) if n} == kept
    ordered = sorted({row["a"] for row in rows if row["a"] is not None and row["_kept"]})
    assert found["kept"]["a"].tolist() == ordered
    two = Counter((row["a"], row["b"]) for row in rows if row["_kept"])
    cells = zip(found["two"]["a"].tolist(), found["two"]["b"].tolist(), found["two"]["_n"].tolist(), strict=True)
    assert {(a, b): n for a, b, n in cells} == two
    made = {}
    for row in rows:
        sign = None if row["a"] is None else row["a"] > 0
        made[sign] = made.get(sign, 0) + (row["a"] or 0)
    assert dict(zip(found["made"]["sign"].tolist(), found["made"]["total"].tolist(), strict=True)) == made
    assert (found["too many"] is None) == (len(sizes) > 2)


@pytest.mark.parametrize("way", WAYS)
def test_groups_by_nothing_are_the_whole(engine, way):
    rows = [{"a": a, "b": "x", "c": 0.5, "_kept": a != 2} for a in (1, 2, 3)]
    found = asked(engine, rows, {"all": groups([]), "kept": groups([], where=KEPT)}, **WAYS[way])
    assert [found[name]["_n"].tolist() for name in ("all", "kept")] == [[3], [2]]


@pytest.mark.parametrize("way", WAYS)
@quickly
@given(rows=tables)
def test_repeats_are_rows_beyond_the_first_of_their_kind(engine, way, rows):
    questions = {
        "whole": Repeats(("a", "b", "c"), among=KEPT),
        "key": Repeats(("a", "b"), among=KEPT, blanks=False),
        "one": Repeats(("b",), blanks=False),
    }
    found = asked(engine, rows, questions, **WAYS[way])

    def repeats(names, blanks, only_kept):
        keys = [tuple(row[name] for name in names) for row in rows if row["_kept"] or not only_kept]
        return Counter(n for key, n in Counter(keys).items() if n > 1 and (blanks or None not in key))

    for name, (names, blanks, among) in {
        "whole": ("abc", True, True), "key": ("ab", False, True), "one": ("b", False, False)
    }.items():  # fmt: skip
        everywhere, some = repeats(names, blanks, False), repeats(names, blanks, among)
        assert found[name] == {
            "repeats": sum((n - 1) * times for n, times in everywhere.items()),
            "among": sum((n - 1) * times for n, times in some.items()),
            "sizes": some,
        }


@quickly
@given(rows=tables)
def test_values_and_single_rows_are_brought_out_as_they_are(engine, rows):
    where = KEPT & ~nw.col("b").is_null()
    found = asked(
        engine,
        rows,
        {
            "all": Values(nw.col("c"), {"b": nw.col("b")}, where),
            "some": Listed({"a": nw.col("a"), "twice": nw.col("twice")}, where, {"twice": nw.col("a") * 2}),
        },
    )
    wanted = {}
    for row in rows:
        if row["_kept"] and row["b"] is not None and row["c"] is not None:
            wanted.setdefault(row["b"], []).append(row["c"])
    assert found["all"]["b"].tolist() == sorted(wanted)
    assert [sorted(each.tolist()) for each in found["all"]["values"]] == [sorted(wanted[b]) for b in sorted(wanted)]
    known = [(row["a"], 2 * row["a"]) for row in rows if row["_kept"] and row["b"] is not None and row["a"] is not None]
    pairs = zip(found["some"]["a"].tolist(), found["some"]["twice"].tolist(), strict=True)
    assert sorted(pair for pair in pairs if not math.isnan(pair[0])) == sorted(known)


def test_the_same_question_is_computed_once(engine, monkeypatch):
    passes = []
    plain = collection.as_arrow
    monkeypatch.setattr(
        collection, "as_arrow", lambda table: passes.append(len(table.collect_schema())) or plain(table)
    )
    rows = [{"a": 1, "b": "x", "c": None, "_kept": True}] * 3
    questions = {f"q{n}": count(nw.col("a") > 0) for n in range(5)} | {
        f"k{n}": count((nw.col("a") > 0) & KEPT) for n in range(5)
    }
    assert set(asked(engine, rows, questions).values()) == {3}
    assert passes == [2, 1]  # how many rows there are and are kept; then one total, as no row is set aside


def test_a_column_of_many_values_is_not_counted_value_by_value(engine):
    few = Rows(table(engine, [{"a": n % 2, "b": "x", "c": float(n), "_kept": True} for n in range(300)]), many=0)
    assert few.has_few_values("a")
    assert not few.has_few_values("c")
    assert not few.has_few_values("nothing of the kind")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (nw.col("a") > 1, nw.col("a") > "1"),
        (nw.col("a") > 1, nw.col("a") > True),
        (nw.col("a") > 1, nw.col("b") > 1),
        (nw.col("a").cast(nw.Int64), nw.col("a").cast(nw.Float64)),
        (nw.lit(1), nw.lit(1.0)),
    ],
)
def test_different_expressions_are_written_differently(one, other):
    assert written_out(one) != written_out(other)
    assert written_out(one) == written_out(one + 0)[: -len(".__add__(int 0)")]


def test_the_columns_of_an_expression_are_known():
    assert columns_of(nw.when(nw.col("a") > nw.col("b")).then(nw.col("c").str.len_chars()).sum()) == {"a", "b", "c"}
    assert columns_of(nw.len()) == frozenset()
    assert columns_of(nw.all().sum()) is None
    assert total_of(nw.col("a") - nw.col("a").mean()) is None
    assert total_of(nw.col("a").std()) is None


def test_a_column_that_is_always_true_is_left_out():
    a = nw.col("a") > 1
    for expression in (a & KEPT, KEPT & a, nw.when(KEPT).then(a)):
        assert written_out(with_true(expression, "_kept")) == written_out(a)
    assert columns_of(with_true(a | KEPT, "_kept")) == {"a"}


@pytest.mark.slow
def test_spark_answers_the_same(spark_session):
    random = np.random.default_rng(7)
    choices = {"a": [None, -1, 0, 2], "b": [None, "x", "y", ""], "c": [None, 0.0, 0.5, 2.0], "_kept": [True, False]}
    rows = [{name: values[random.integers(len(values))] for name, values in choices.items()} for _ in range(40)]
    questions = {name: each for name, each in TOTALS.items() if name != "truths"}  # Spark adds no conditions
    wanted = obvious(rows)
    assert asked(spark_session, rows, questions) == {name: wanted[name] for name in questions}
    more = {
        "groups": groups(["a", "b"], where=KEPT),
        "whole": Repeats(("a", "b", "c"), among=KEPT),
        "key": Repeats(("b",), blanks=False),
        "values": Values(nw.col("c"), {"b": nw.col("b")}, KEPT),
        "rows": Listed({"a": nw.col("a")}, KEPT & ~nw.col("a").is_null()),
    }
    found = asked(spark_session, rows, more)
    with open_engine("polars") as other:
        wanted = asked(other, rows, more)
    assert found["whole"] == wanted["whole"]
    assert found["key"] == wanted["key"]
    assert found["groups"]["_n"].tolist() == wanted["groups"]["_n"].tolist()
    sorted_ = [[sorted(each.tolist()) for each in one["values"]["values"]] for one in (found, wanted)]
    assert sorted_[0] == sorted_[1]
    assert sorted(found["rows"]["a"].tolist()) == sorted(wanted["rows"]["a"].tolist())
