from __future__ import annotations

import gzip
import subprocess
import sys

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from countersign.errors import CountersignError, DataError, StoreError, StudyError
from countersign.tables import aggregate, collect, open_engine

ODD = "name;note;amount\n'Ana';'a;b';1,5\n;'it''s';\nÖzil;'two\nlines';-3\n'';x;2\n"


def test_every_cell_is_text_and_an_empty_one_missing(engine, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("exported yesterday\n" + ODD, encoding="utf-8")
    table = engine.numbered(engine.read_text(path, delimiter=";", quote="'", skip=1))
    found = collect(table, ["_row", "name", "note", "amount"])
    assert found["_row"].tolist() == [1, 2, 3, 4]
    assert found["name"].tolist() == ["Ana", None, "Özil", None]
    assert found["note"].tolist() == ["a;b", "it's", "two\nlines", "x"]
    assert found["amount"].tolist() == ["1,5", None, "-3", "2"]


def test_gzipped_files_marks_and_windows_line_ends_are_read(engine, tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress("\ufeffa,b\r\n1,x\r\n2,y\r\n".encode()))
    table = engine.read_text(path)
    assert table.collect_schema().names() == ["a", "b"]
    assert sorted(collect(table, ["b"])["b"].tolist()) == ["x", "y"]


def test_names_can_be_given_where_there_is_no_header(engine, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("1,x\n2,y\n")
    found = collect(engine.numbered(engine.read_text(path, names=["a", "b"])), ["a", "b"])
    assert found["a"].tolist() == ["1", "2"]


def test_a_header_and_no_rows_is_an_empty_table(engine, tmp_path):
    path = tmp_path / "none.csv"
    path.write_text("a,b\n")
    assert aggregate(engine.read_text(path), n=nw.len()) == {"n": 0}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("a,b\n1,2\n3\n4,5\n", "line 3"),
        ("a,b\n1,2\n3,4\n4,5,6\n", "line 4"),
        ('a,b\n"1\n1",2\n3\n', "line 4"),
        ('a,b\n1,2\n"never closed,2\n3,4\n', "line 3"),
    ],
)
def test_a_malformed_line_is_named_and_its_content_is_not(engine, tmp_path, content, place):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        collect(engine.read_text(path), ["a"])
    assert caught.value.where == f"bad.csv, {place}"
    assert "never closed,2" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b,a\n1,2,3\n", "same name twice: 'a'"),
        (b"a,b\xff\n1,2\n", "UTF-8"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(fast_engine, tmp_path, content, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        fast_engine.read_text(path)


def test_bytes_that_are_not_utf8_are_refused(fast_engine, tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes(b"a,b\n1,2\n" + "caf\xe9".encode("latin-1") + b",3\n")
    with pytest.raises(DataError, match="UTF-8"):
        collect(fast_engine.read_text(path), ["a"])


def test_a_file_that_is_not_there_is_said_so(engine, tmp_path):
    with pytest.raises(DataError, match="not there"):
        engine.read_text(tmp_path / "gone.csv")
    with pytest.raises(DataError, match="not there"):
        collect(engine.scan(tmp_path / "gone.parquet"), ["a"])


def test_a_file_that_is_not_parquet_is_said_so(fast_engine, tmp_path):
    path = tmp_path / "fake.parquet"
    path.write_text("a,b\n1,2\n" * 20)
    with pytest.raises(DataError, match="Parquet"):
        collect(fast_engine.scan(path), ["a"])


def test_not_a_number_comes_in_as_missing(engine, tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": [1.0, float("nan"), float("inf"), None]}), path)
    counted = aggregate(engine.scan(path), missing=nw.col("x").is_null().cast(nw.Int64).sum(), most=nw.col("x").max())
    assert counted == {"missing": 3, "most": 1.0}


def test_several_files_are_one_table(engine, tmp_path):
    paths = [tmp_path / f"{part}.parquet" for part in range(3)]
    for part, path in enumerate(paths):
        pq.write_table(pa.table({"x": [part]}), path)
    assert sorted(collect(engine.scan(paths), ["x"])["x"].tolist()) == [0, 1, 2]


def test_rows_keep_their_order_on_the_way_to_the_disk(fast_engine, tmp_path):
    rows = 700_000
    values = np.random.default_rng(1).integers(0, 9, rows)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"x": values}), source, row_group_size=20_000)
    assert fast_engine.write(fast_engine.numbered(fast_engine.scan(source)), target) == rows
    written = pq.read_table(target)
    assert (written["x"].to_numpy() == values).all()
    assert (written["_row"].to_numpy() == np.arange(1, rows + 1)).all()


def test_missing_comes_last_in_a_sorted_file(engine, tmp_path):
    path = tmp_path / "sorted.parquet"
    engine.write(engine.from_arrow(pa.table({"x": [3, None, 1]})), path, order_by=["x"])
    assert pq.read_table(path)["x"].to_pylist() == [1, 3, None]


def test_a_failed_write_leaves_what_was_there(engine, tmp_path):
    path = tmp_path / "kept.parquet"
    path.write_bytes(b"before")
    source = tmp_path / "bad.csv"
    source.write_text("a,b\n1,2\n")
    table = engine.read_text(source).with_columns(nw.col("a").cast(nw.Int64))
    source.unlink()
    if engine.name != "spark":  # Spark has read its file already
        with pytest.raises(CountersignError):
            engine.write(table, path)
        assert path.read_bytes() == b"before"
    with pytest.raises(StoreError, match="folder"):
        engine.write(table, tmp_path / "nowhere" / "x.parquet")
    assert [each.name for each in tmp_path.iterdir()] == ["kept.parquet"]


def test_a_full_disk_is_said_in_plain_words(fast_engine, tmp_path):
    import errno

    from countersign.tables.failures import explained

    assert "disk is full" in str(explained(OSError(errno.ENOSPC, "No space left on device")))
    assert "disk is full" in str(explained(RuntimeError('IO Error: Could not write file "x": No space left on device')))


def test_more_than_the_memory_allowed_is_said_in_plain_words(tmp_path):
    with open_engine("duckdb", memory="20MB", threads=1, temp_folder=tmp_path) as engine:
        engine.connection.execute("SET max_temp_directory_size = '1MB'")
        table = engine.from_arrow(
            pa.table({"x": np.arange(3_000_000), "y": np.random.default_rng(1).random(3_000_000)})
        )
        with pytest.raises(StoreError, match=r"memory|disk"):
            collect(table.sort("y"), ["x", "y"])


def test_an_engine_nobody_knows_is_refused_with_the_nearest_one():
    with pytest.raises(StudyError, match="Did you mean 'duckdb'"):
        open_engine("duckdbb")


def test_no_engine_is_imported_before_it_is_opened():
    code = (
        "import sys, countersign, countersign.model.expression, countersign.model.checking, countersign.tables\n"
        "import countersign.model.plan, countersign.model.cells, countersign.errors\n"
        "print([name for name in ('duckdb', 'polars', 'pyspark', 'pandas', 'pyarrow', 'scipy') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
    code = (
        "import sys, countersign.cli\nprint([n for n in ('duckdb', 'polars', 'narwhals', 'numpy') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.slow
def test_millions_of_groups_finish_under_a_small_memory_limit(tmp_path):
    """Keys like PSUs, where cells do not compress: the group-by spills to the temporary folder and is right."""
    from countersign.tables import reduce

    path, spill, rows, groups = tmp_path / "psu.parquet", tmp_path / "spill", 6_000_000, 3_000_000
    rng = np.random.default_rng(5)
    psu = rng.integers(0, groups, rows)
    pq.write_table(pa.table({"psu": psu, "x": rng.random(rows), "d": rng.random(rows) + 1}), path)
    with open_engine("duckdb", memory="256MB", threads=2, temp_folder=spill) as engine:
        engine.write(
            engine.scan(path).group_by("psu").agg(n=nw.len(), x=nw.col("x").sum(), d=(nw.col("d") * nw.col("x")).sum()),
            tmp_path / "cells.parquet",
        )
        cells = reduce(
            engine.scan(path).filter(nw.col("psu") < 1000), by=["psu"], measures={"x": nw.col("x")}, weight="d"
        )
    assert pq.read_metadata(tmp_path / "cells.parquet").num_rows == len(np.unique(psu))
    assert cells.n.sum() == (psu < 1000).sum()
