"""Polars: the second engine, in streams; it has no memory limit of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from countersign.tables.cleaning import empty_is_missing, without_nan
from countersign.tables.counting import counted as counted
from countersign.tables.failures import in_plain_words
from countersign.tables.replacing import replacing, rows_of
from countersign.tables.text_files import header, verify

if TYPE_CHECKING:
    import pyarrow as pa


READS_COLUMNS = True  # a query costs what the columns it names cost
NAN_IS_LARGEST = False  # the maximum of numbers with a not-a-number among them is not-a-number


def open_engine(*, memory: str, threads: int, temp_folder: Path | None) -> PolarsEngine:
    """Open Polars; threads are fixed when it is first imported in a process, memory cannot be limited."""
    if temp_folder is not None:
        os.environ["POLARS_TEMP_DIR"] = str(temp_folder)
    return PolarsEngine()


def _frame(frame: Any) -> nw.LazyFrame[Any]:
    made: nw.LazyFrame[Any] = nw.from_native(frame)
    return made


class PolarsEngine:
    """Polars has no session: this holds nothing."""

    name = "polars"

    def scan(self, path: Path | Sequence[Path]) -> nw.LazyFrame[Any]:
        """Return the rows of a Parquet file, or of several with the same columns."""
        paths = [path] if isinstance(path, Path) else list(path)
        with in_plain_words(paths[0]):
            return without_nan(_frame(pl.scan_parquet(paths)))

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
        """Return the rows of a delimited text file, every column text."""
        columns, before = header(path, delimiter=delimiter, quote=quote, encoding=encoding, skip=skip, names=names)
        verify(path, delimiter=delimiter, quote=quote, encoding=encoding, skip=before, columns=len(columns))
        with in_plain_words(path):
            frame = pl.scan_csv(
                path,
                separator=delimiter,
                quote_char=quote or None,
                has_header=False,
                skip_lines=before,
                schema=dict.fromkeys(columns, pl.String),
                encoding="utf8",
            )
            return empty_is_missing(_frame(frame))

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Return an Arrow table as a lazy frame."""
        frame: Any = pl.from_arrow(table)
        return without_nan(_frame(frame.lazy()))

    def numbered(self, table: nw.LazyFrame[Any], *, name: str = "_row") -> nw.LazyFrame[Any]:
        """Return the table with the number of each row, 1-based."""
        frame = table.to_native().with_row_index(name, offset=1)
        return _frame(frame.with_columns(pl.col(name).cast(pl.Int64)))

    def write(self, table: nw.LazyFrame[Any], path: Path, *, order_by: Sequence[str] = ()) -> int:
        """Write Parquet, whole or not at all, and return the number of rows."""
        if order_by:
            table = table.sort(*order_by, nulls_last=True)
        with replacing(path) as part:
            table.to_native().sink_parquet(part, compression="snappy", engine="streaming")
            return rows_of(part)

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> PolarsEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def as_arrow(table: nw.LazyFrame[Any]) -> pa.Table:
    """Read a table."""
    return table.to_native().collect(engine="streaming").to_arrow()


def attach(table: nw.LazyFrame[Any], right: pa.Table, *, on: Sequence[str]) -> nw.LazyFrame[Any]:
    """Return `table` with the other columns of `right`; missing matches missing."""
    left = table.to_native()
    types = table.to_native().collect_schema()
    other: Any = pl.from_arrow(right)
    if not on:
        return _frame(left.join(other.lazy(), how="cross", maintain_order="left"))
    other = other.with_columns(pl.col(name).cast(types[name]) for name in on)
    return _frame(left.join(other.lazy(), on=list(on), how="left", nulls_equal=True, maintain_order="left"))


def hashed(table: nw.LazyFrame[Any], columns: Sequence[str], name: str) -> nw.LazyFrame[Any]:
    """Return `table` with a 64-bit hash of some columns: rows that agree in them have the same."""
    frame = table.to_native()
    schema = frame.collect_schema()
    # Zero and minus zero are equal.
    parts = [pl.col(each) + 0.0 if schema[each].is_float() else pl.col(each) for each in columns]
    return _frame(frame.with_columns(pl.struct(parts).hash().alias(name)))


def numbered_rows(table: nw.LazyFrame[Any], column: str, numbers: Sequence[int]) -> nw.LazyFrame[Any]:
    """Return the rows whose `column` is one of the numbers."""
    return _frame(table.to_native().filter(pl.col(column).is_in(list(numbers))))


def lists(table: nw.LazyFrame[Any], by: Sequence[str], value: str) -> nw.LazyFrame[Any]:
    """Return one row a group, with all its values in a list."""
    frame = table.to_native()
    return _frame(frame.group_by(*by).agg(pl.col(value)) if by else frame.select(pl.col(value).implode()))


def wide(expression: nw.Expr) -> nw.Expr:
    """Return an integer expression whose sum cannot overflow."""
    return expression.cast(nw.Int128)
