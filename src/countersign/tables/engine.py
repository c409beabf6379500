"""Engine: what a room may ask of the database that holds the rows, and how to open one.

DuckDB is the default (it keeps to a memory limit), Polars the second, Spark the third; an engine is imported only
when it is opened.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from countersign.errors import StudyError, nearest

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

ENGINES = ("duckdb", "polars", "spark")


class Engine(Protocol):
    """Reads and writes tables; every table it gives is a narwhals LazyFrame that nothing has been read of yet.

    Not-a-number and infinity never come in: `scan` and `from_arrow` give them as missing.
    """

    name: str

    def scan(self, path: Path | Sequence[Path]) -> nw.LazyFrame[Any]:
        """Return the rows of a Parquet file, or of several with the same columns.

        Raises
        ------
        DataError: no such file, or not Parquet.
        """
        ...

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
        """Return the rows of a delimited text file, every column text, an empty cell missing.

        Parameters
        ----------
        skip: lines before the header. names: the columns, where the file has no header line after `skip` lines.

        Raises
        ------
        DataError: no such file, empty file, duplicate headers, or a line with too few or too many cells (at once or
            when the rows are read, depending on the engine), naming file and line.
        """
        ...

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Return an Arrow table as a table of this engine."""
        ...

    def numbered(self, table: nw.LazyFrame[Any], *, name: str = "_row") -> nw.LazyFrame[Any]:
        """Return the table with the number of each row, 1-based, in the order in which it was read."""
        ...

    def write(self, table: nw.LazyFrame[Any], path: Path, *, order_by: Sequence[str] = ()) -> int:
        """Write Parquet, whole or not at all (temporary file, then rename), and return the number of rows.

        Rows are sorted by `order_by`, missing last; without it they keep the order in which they are read.

        Raises
        ------
        StoreError: disk full or path not writable. DataError: the input turns out to be malformed on the way.
        """
        ...

    def close(self) -> None:
        """Let go of memory and temporary files; tables of this engine cannot be read afterwards."""
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_engine(name: str = "duckdb", *, memory: str = "", threads: int = 0, temp_folder: Path | None = None) -> Engine:
    """Open an engine.

    Parameters
    ----------
    memory: most memory to use, such as ``2GB``; empty = the engine's own default. Polars cannot be limited.
    threads: 0 = one per core.
    temp_folder: where rows go that do not fit into memory; None = a folder of the system's.

    Raises
    ------
    StudyError: unknown engine, or one that is not installed.
    """
    if name not in ENGINES:
        raise StudyError(
            f"There is no engine '{name}'. {nearest(name, ENGINES)}".strip(),
            where="settings.engine",
            expected="one of " + ", ".join(ENGINES),
        )
    try:
        module = importlib.import_module(f"countersign.tables.{name}_engine")
    except ImportError as error:
        raise StudyError(
            f"The engine '{name}' is not installed ({error.name}).",
            where="settings.engine",
            action=f"Install it with: pip install 'countersign[{name}]', or use duckdb.",
        ) from error
    engine: Engine = module.open_engine(memory=memory, threads=threads, temp_folder=temp_folder)
    return engine


def native_module(table: nw.LazyFrame[Any]) -> Any:
    """Return the module of the engine a table belongs to."""
    implementation = str(table.implementation.value)
    name = {"duckdb": "duckdb", "polars": "polars", "pyspark": "spark", "pyspark[connect]": "spark"}.get(implementation)
    if name is None:
        raise StudyError(
            f"A table of {implementation} cannot be computed with.",
            expected="a narwhals LazyFrame of " + ", ".join(ENGINES),
        )
    return importlib.import_module(f"countersign.tables.{name}_engine")
