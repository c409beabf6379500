"""Spark: the third engine, for tables that live on a cluster; tested on a local session (Java 17).

A session is taken over if there is one, otherwise a local one is started.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyspark.sql.functions as sf
from pyspark.sql import SparkSession, Window

from countersign.tables.cleaning import empty_is_missing, without_nan
from countersign.tables.counting import counted as counted
from countersign.tables.failures import in_plain_words
from countersign.tables.replacing import replacing, rows_of
from countersign.tables.text_files import header, verify

if TYPE_CHECKING:
    import pyarrow as pa

READS_COLUMNS = False  # every query is a job of its own
NAN_IS_LARGEST = True  # the maximum of numbers with a not-a-number among them is not-a-number
_NUMBER = "_number"


def open_engine(*, memory: str, threads: int, temp_folder: Path | None) -> SparkEngine:
    """Open a session; `memory` is the driver's, and counts only if this process has started none before."""
    active = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("countersign")
    if active is None:
        builder = (
            builder.master(f"local[{threads or '*'}]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", str(2 * (threads or os.cpu_count() or 2)))
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        )
        if memory:
            builder = builder.config("spark.driver.memory", memory.lower().removesuffix("b"))
        if temp_folder is not None:
            builder = builder.config("spark.local.dir", str(temp_folder))
    with in_plain_words("settings"):
        session = builder.getOrCreate()
        if active is None:
            session.sparkContext.setLogLevel("ERROR")
        return SparkEngine(session, started=active is None, temp_folder=temp_folder)


class SparkEngine:
    """One session."""

    name = "spark"

    def __init__(self, session: Any, *, started: bool, temp_folder: Path | None) -> None:
        self.session = session
        self.started = started
        if temp_folder is not None:
            temp_folder.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="countersign-", dir=temp_folder))

    def scan(self, path: Path | Sequence[Path]) -> nw.LazyFrame[Any]:
        """Return the rows of a Parquet file, or of several with the same columns."""
        paths = [path] if isinstance(path, Path) else list(path)
        with in_plain_words(paths[0]):
            for each in paths:
                if not each.exists():
                    raise FileNotFoundError(each)
            return without_nan(_frame(self.session.read.parquet(*map(str, paths))))

    def read_text(
        self,
        path: Path,
        *,
        delimiter: str = ",",
        quote: str = '"',
        encoding: str = "utf-8",
        skip: int = 0,
        names: Sequence[str] | None = None,
    ) -> nw.LazyFrame[Any]:
        """Return the rows of a delimited text file, every column text (through a temporary Parquet file)."""
        import pyarrow as pa
        import pyarrow.csv as pc
        import pyarrow.parquet as pq

        columns, before = header(path, delimiter=delimiter, quote=quote, encoding=encoding, skip=skip, names=names)
        verify(path, delimiter=delimiter, quote=quote, encoding=encoding, skip=before, columns=len(columns))
        schema = pa.schema([(name, pa.string()) for name in columns])
        target = Path(tempfile.mkstemp(suffix=".parquet", dir=self.folder)[1])
        with in_plain_words(path), pq.ParquetWriter(target, schema) as writer:
            try:
                blocks = pc.open_csv(
                    path,
                    read_options=pc.ReadOptions(column_names=columns, skip_rows=before, encoding=encoding),
                    parse_options=pc.ParseOptions(
                        delimiter=delimiter, quote_char=quote or False, newlines_in_values=bool(quote)
                    ),
                    convert_options=pc.ConvertOptions(column_types=schema, strings_can_be_null=False),
                )
            except pa.ArrowInvalid as error:
                if "empty" not in str(error).lower():
                    raise
                blocks = ()  # a header and no rows
            for block in blocks:
                writer.write_batch(block)
        return empty_is_missing(_frame(self.session.read.parquet(str(target))))

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Return an Arrow table as a data frame (through a temporary Parquet file, which keeps every type)."""
        import pyarrow.parquet as pq

        target = Path(tempfile.mkstemp(suffix=".parquet", dir=self.folder)[1])
        with in_plain_words(target):
            pq.write_table(table, target)
            return without_nan(_frame(self.session.read.parquet(str(target))))

    def numbered(self, table: nw.LazyFrame[Any], *, name: str = "_row") -> nw.LazyFrame[Any]:
        """Return the table with the number of each row, 1-based."""
        frame = table.to_native().withColumn(_NUMBER, sf.monotonically_increasing_id())
        row = sf.row_number().over(Window.orderBy(_NUMBER)).cast("bigint").alias(name)
        return _frame(frame.select(row, *[sf.col(_tick(each)) for each in frame.columns if each != _NUMBER]))

    def write(self, table: nw.LazyFrame[Any], path: Path, *, order_by: Sequence[str] = ()) -> int:
        """Write one Parquet file, whole or not at all, and return the number of rows."""
        if order_by:
            table = table.sort(*order_by, nulls_last=True)
        with replacing(path) as part:
            folder = self.folder / part.name
            try:
                table.to_native().coalesce(1).write.mode("overwrite").parquet(str(folder))
                shutil.move(next(folder.glob("part-*.parquet")), part)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return rows_of(part)

    def close(self) -> None:
        """Stop the session if it was started here, and remove temporary files."""
        if self.started:
            self.session.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _tick(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _frame(frame: Any) -> nw.LazyFrame[Any]:
    made: nw.LazyFrame[Any] = nw.from_native(frame)
    return made


def as_arrow(table: nw.LazyFrame[Any]) -> pa.Table:
    """Read a table."""
    return table.to_native().toArrow()


def attach(table: nw.LazyFrame[Any], right: pa.Table, *, on: Sequence[str]) -> nw.LazyFrame[Any]:
    """Return `table` with the other columns of `right`; missing matches missing."""
    left = table.to_native()
    other = left.sparkSession.createDataFrame(right.rename_columns([f"_right_{name}" for name in right.column_names]))
    if not on:
        joined = left.crossJoin(sf.broadcast(other))
    else:
        matches = [left[_tick(name)].eqNullSafe(other[_tick(f"_right_{name}")]) for name in on]
        condition = matches[0]
        for match in matches[1:]:
            condition = condition & match
        joined = left.join(sf.broadcast(other), condition, "left")
    added = [sf.col(_tick(f"_right_{name}")).alias(name) for name in right.column_names if name not in on]
    return _frame(joined.select(*[sf.col(_tick(name)) for name in left.columns], *added))


def lists(table: nw.LazyFrame[Any], by: Sequence[str], value: str) -> nw.LazyFrame[Any]:
    """Return one row a group, with all its values in a list."""
    return _frame(table.to_native().groupBy(*map(_tick, by)).agg(sf.collect_list(_tick(value)).alias(value)))


def wide(expression: nw.Expr) -> nw.Expr:
    """Return an integer expression whose sum cannot overflow."""
    return expression.cast(nw.Decimal(38, 0))
