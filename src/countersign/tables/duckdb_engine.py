"""DuckDB: the default engine, in memory, spilling to a temporary folder, leaving no file of its own.

No SQL of a user ever reaches it: relations are built by narwhals, and the few statements here quote every name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw

from countersign.tables.cleaning import without_nan
from countersign.tables.failures import in_plain_words
from countersign.tables.replacing import replacing, rows_of
from countersign.tables.text_files import header

if TYPE_CHECKING:
    import pyarrow as pa

READS_COLUMNS = True  # a query costs what the columns it names cost
NAN_IS_LARGEST = True  # the maximum of numbers with a not-a-number among them is not-a-number
_ARRAY = 2**26  # bytes a thread may use to count in an array
_MANY = 2**18  # rows from which the array is worth its size
_USUAL_PLACES = 12  # DuckDB's own limit: 2^12 groups
_MOST_PLACES = 21  # more places take longer to go through than a hash table


def open_engine(*, memory: str, threads: int, temp_folder: Path | None) -> DuckDBEngine:
    """Open a database in memory; see `countersign.tables.engine.open_engine`."""
    settings: dict[str, Any] = {
        # A deployment has no network: what is not built in is not fetched.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "preserve_insertion_order": True,
    }
    if memory:
        settings["memory_limit"] = memory
    if threads:
        settings["threads"] = threads
    if temp_folder is not None:
        settings["temp_directory"] = str(temp_folder)
    with in_plain_words("settings"):
        connection = duckdb.connect(":memory:", config=settings)
    # In a notebook without widgets the bar cannot even be turned off: there is none then.
    with contextlib.suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    return DuckDBEngine(connection)


class DuckDBEngine:
    """One connection."""

    name = "duckdb"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def scan(self, path: Path | Sequence[Path]) -> nw.LazyFrame[Any]:
        """Return the rows of a Parquet file, or of several with the same columns."""
        paths = [path] if isinstance(path, Path) else list(path)
        with in_plain_words(paths[0]):
            return without_nan(_frame(self.connection.read_parquet([str(each) for each in paths])))

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
        with in_plain_words(path):
            relation = self.connection.read_csv(
                str(path),
                sep=delimiter,
                quotechar=quote,
                escapechar=quote,
                encoding=encoding,
                header=False,
                skiprows=before,
                columns=dict.fromkeys(columns, "VARCHAR"),
                auto_detect=False,
                strict_mode=True,
                null_padding=False,
                na_values="",
                compression="gzip" if path.suffix == ".gz" else "none",
            )
            return _frame(relation)

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Return an Arrow table as a relation."""
        return without_nan(_frame(self.connection.from_arrow(table)))

    def numbered(self, table: nw.LazyFrame[Any], *, name: str = "_row") -> nw.LazyFrame[Any]:
        """Return the table with the number of each row, 1-based."""
        return _frame(table.to_native().project(f"row_number() OVER () AS {quoted(name)}, *"))

    def write(self, table: nw.LazyFrame[Any], path: Path, *, order_by: Sequence[str] = ()) -> int:
        """Write Parquet, whole or not at all, and return the number of rows."""
        if order_by:
            table = table.sort(*order_by, nulls_last=True)
        with replacing(path) as part:
            table.to_native().write_parquet(str(part), compression="snappy")
            return rows_of(part)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def quoted(name: str) -> str:
    """Return a column name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _frame(relation: Any) -> nw.LazyFrame[Any]:
    frame: nw.LazyFrame[Any] = nw.from_native(relation)
    return frame


def as_arrow(table: nw.LazyFrame[Any]) -> pa.Table:
    """Read a table."""
    return table.to_native().to_arrow_table()


def attach(table: nw.LazyFrame[Any], weights_: pa.Table, *, on: Sequence[str]) -> nw.LazyFrame[Any]:
    """Return `table` with the other columns of `weights_`; missing matches missing."""
    left = table.to_native()
    matched = " AND ".join(f"left_.{quoted(name)} IS NOT DISTINCT FROM right_.{quoted(name)}" for name in on)
    added = ", ".join(f"right_.{quoted(name)}" for name in weights_.column_names if name not in on)
    # The statement finds `weights_` by its name: the only way into the connection a relation came from.
    statement = f"SELECT left_.*, {added} FROM rows_ AS left_ LEFT JOIN weights_ AS right_ ON {matched or 'true'}"  # noqa: S608
    return _frame(left.query("rows_", statement))


def hashed(table: nw.LazyFrame[Any], columns: Sequence[str], name: str) -> nw.LazyFrame[Any]:
    """Return `table` with a 64-bit hash of some columns: rows that agree in them have the same."""
    return _frame(table.to_native().project(f"*, hash({', '.join(map(quoted, columns))}) AS {quoted(name)}"))


def numbered_rows(table: nw.LazyFrame[Any], column: str, numbers: Sequence[int]) -> nw.LazyFrame[Any]:
    """Return the rows whose `column` is one of the numbers; a file is read only where it has them."""
    return _frame(table.to_native().filter(f"{quoted(column)} IN ({', '.join(str(int(each)) for each in numbers)})"))


def lists(table: nw.LazyFrame[Any], by: Sequence[str], value: str) -> nw.LazyFrame[Any]:
    """Return one row a group, with all its values in a list."""
    keys = ", ".join(map(quoted, by))
    listed = f"list({quoted(value)}) AS {quoted(value)}"
    return _frame(table.to_native().aggregate(f"{keys}, {listed}" if by else listed, keys))


def wide(expression: nw.Expr) -> nw.Expr:
    """Return an integer expression whose sum cannot overflow (DuckDB sums into 128 bits)."""
    return expression


def counted(rows: nw.LazyFrame[Any], keys: Sequence[str], conditions: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return rows by group as ``n``, and under each other name how many of them meet all of its conditions.

    Where the ranges of integer keys are known (Parquet files tell them), DuckDB counts into an array instead of a hash
    table, in half the time, if the array has at most 2^perfect_ht_threshold places.
    """
    relation = rows.to_native()
    counts = ["count(*) AS n"]
    for name, truths in conditions.items():
        counts.append(f"count(*) FILTER ({' AND '.join(map(quoted, truths))}) AS {quoted(name)}")
    by = [quoted(key) for key in keys]
    with in_plain_words():
        many = relation.aggregate("count(*)").fetchall()[0][0] >= _MANY  # a Parquet file tells without being read
        places = min((_ARRAY // (8 * len(counts))).bit_length() - 1, _MOST_PLACES) if many else 0
        statement = ", ".join([*by, *counts])
        if places <= _USUAL_PLACES:
            return relation.aggregate(statement, ", ".join(by)).to_arrow_table()
        relation.query("rows_", f"SET perfect_ht_threshold = {places}")
        try:
            return relation.aggregate(statement, ", ".join(by)).to_arrow_table()
        finally:
            relation.query("rows_", f"SET perfect_ht_threshold = {_USUAL_PLACES}")
