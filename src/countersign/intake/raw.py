"""RawTable: a foreign file as a table of text cells in Parquet, before anything has been decided about its columns.

Every format becomes this first; profile, types and missing codes then work the same for all of them, block by block.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from countersign.errors import DataError, StoreError
from countersign.intake.dialect import Dialect, check_file, check_names, find_dialect, lines, packed

ROWS_PER_BLOCK = 1 << 17
FORMATS = ("csv", "xlsx", "parquet", "published-tables")


@dataclass(frozen=True)
class RawTable:
    """A table as it came: text cells (empty = null), or the types of a Parquet file.

    Parameters
    ----------
    file: the file as the user knows it. path: Parquet file with its cells. names: columns in order. rows: number of
        data rows. dialect: for text files. first_line: line of the first data row in a sheet (0 = the format has no
        lines). detected, notes: for the reading. numbers: which data rows of the file these are, if not all.
    """

    file: Path
    path: Path
    names: tuple[str, ...]
    rows: int
    dialect: Dialect | None = None
    first_line: int = 0
    detected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    def blocks(self, columns: Sequence[str] | None = None) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Yield (number of the first row, record batch); rows count from 1."""
        row = 1
        wanted = list(columns if columns is not None else self.names)
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=ROWS_PER_BLOCK, columns=wanted):
                yield row, batch
                row += len(batch)

    def places(self, rows: Sequence[int], most: int = 5) -> str:
        """Say where data rows are in the file: ``lines 12, 40`` for text and sheets, ``rows 11, 39`` otherwise."""
        first = [self.number(row) for row in sorted(rows)[:most]]
        if self.dialect is not None and self.file.is_file():
            found = _lines_of(self.file, self.dialect, first)
            word = "line" if len(found) == 1 else "lines"
        elif self.first_line:
            found, word = [row + self.first_line - 1 for row in first], "line" if len(first) == 1 else "lines"
        else:
            found, word = first, "row" if len(first) == 1 else "rows"
        more = ", ..." if len(rows) > most else ""
        return f"{word} {', '.join(f'{number:,}' for number in found)}{more}"

    def number(self, row: int) -> int:
        """Return which data row of the file a row of this table is; both count from 1."""
        return self.numbers[row - 1] if self.numbers else row


def _lines_of(file: Path, dialect: Dialect, rows: Sequence[int]) -> list[int]:
    found, row, before = [], -1, dialect.skip
    wanted = set(rows)
    for line, cells in lines(file, dialect):
        if cells or len(dialect.header) == 1:
            row += 1 if (row >= 0 or any(cell.strip() for cell in cells)) else 0
            if row in wanted:
                found.append(before + 1)
                if len(found) == len(rows):
                    break
        before = line
    return found


def read_raw(path: Path, *, folder: Path, format: str = "", options: Mapping[str, Any] | None = None) -> RawTable:
    """Read any supported file into a `RawTable` below `folder`.

    Parameters
    ----------
    format: ``csv``, ``xlsx`` or ``parquet``; empty = by extension. options: the study's reading options.

    Raises
    ------
    DataError: see `find_dialect`, `read_text`, `read_workbook`. StoreError: the disk is full.
    """
    check_file(path)
    kind = format or file_format(path)
    if kind == "parquet":
        return _parquet(path)
    target = folder / f".{path.name}.raw.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if kind == "xlsx":
            from countersign.intake.workbook import read_workbook

            return read_workbook(path, target=target, options=options or {})
        return read_text(path, target=target, options=options or {})
    except BaseException as problem:
        target.unlink(missing_ok=True)
        if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(folder) from problem
        raise


def disk_full(folder: Path) -> StoreError:
    """Return the error for a full disk."""
    return StoreError(
        "The disk is full.",
        where=str(folder),
        expected="room for a copy of the data",
        action="free some space, or give another folder with --folder; then run again, nothing is lost",
    )


def file_format(path: Path) -> str:
    """Return ``csv``, ``xlsx`` or ``parquet``, by the file's ending and first bytes."""
    name = path.name.lower().removesuffix(".gz")
    with path.open("rb") as stream:
        mark = stream.read(8)
    if name.endswith((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")) or mark.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"
    if mark.startswith(b"PK\x03\x04"):
        return "xlsx"
    return "parquet" if name.endswith((".parquet", ".pq")) or mark.startswith(b"PAR1") else "csv"


def _parquet(path: Path) -> RawTable:
    try:
        with pq.ParquetFile(path) as file:
            names, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowInvalid, OSError) as problem:
        raise DataError(
            "The file is not a readable Parquet file.",
            where=str(path),
            expected="a complete Parquet file",
            action="write or copy it again",
        ) from problem
    check_names(names, str(path))
    if rows == 0:
        raise DataError(
            "The file has columns but no rows.", where=str(path), expected="at least one row", action="export again"
        )
    return RawTable(file=path, path=path, names=names, rows=rows)


def read_text(path: Path, *, target: Path, options: Mapping[str, Any] | None = None) -> RawTable:
    """Stream a delimited text file into Parquet, every cell as text, empty cells null, without changing a letter.

    Raises
    ------
    DataError: see `find_dialect`; lines with more or fewer cells than there are columns (names the first ones).
    """
    dialect = find_dialect(path, options)
    schema = pa.schema([(name, pa.string()) for name in dialect.header])
    encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
    places = [str(place) for place in range(len(dialect.header))]
    try:
        with pa.input_stream(str(path), compression="gzip" if packed(path) else None) as stream:
            reader = pyarrow.csv.open_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=True,
                    encoding=encoding,
                    column_names=places,
                    skip_rows=dialect.skip,
                    skip_rows_after_names=1,
                    block_size=1 << 23,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=dialect.delimiter,
                    newlines_in_values=dialect.quotes,
                    ignore_empty_lines=len(places) > 1,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(places, pa.string()),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                    null_values=[""],
                ),
            )
            rows = write_blocks((batch.columns for batch in reader), schema, target)
    except pa.ArrowInvalid as problem:
        raise _ragged(path, dialect) or DataError(
            "The file cannot be split into cells.",
            where=str(path),
            expected=f"one record a line, cells separated by {dialect.delimiter!r}",
            action="look for a quotation mark that is opened and never closed; export the file again",
        ) from problem
    return RawTable(
        file=path,
        path=target,
        names=dialect.header,
        rows=rows,
        dialect=dialect,
        detected=dialect.detected,
        notes=dialect.notes,
    )


def write_blocks(columns: Iterator[Sequence[pa.Array]], schema: pa.Schema, target: Path) -> int:
    """Write blocks of columns to a Parquet file; return the number of rows."""
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
        for block in columns:
            batch = pa.RecordBatch.from_arrays(
                [array.cast(kind.type) for array, kind in zip(block, schema, strict=True)], schema=schema
            )
            rows += len(batch)
            writer.write_batch(batch)
    return rows


def _ragged(path: Path, dialect: Dialect) -> DataError | None:
    """Find the lines whose number of cells is not that of the header."""
    width, total, before, first = len(dialect.header), 0, dialect.skip, True
    wrong: list[tuple[int, int, int]] = []
    for line, cells in lines(path, dialect):
        if cells and (not first or any(cell.strip() for cell in cells)):
            if not first and len(cells) != width:
                total += 1
                if len(wrong) < 5:
                    wrong.append((before + 1, len(cells), line - before))
            first = False
        before = line
    if not wrong:
        return None
    listed = ", ".join(f"line {line:,} has {cells}" for line, cells, _ in wrong)
    action = (
        f"look at line {wrong[0][0]:,}: usually a cell holds the separator {dialect.delimiter!r} "
        "and lacks quotation marks"
    )
    if wrong[0][2] > 1:
        action = (
            f"look at line {wrong[0][0]:,}: a quotation mark is opened there and closed "
            f"{wrong[0][2] - 1:,} lines below, or never"
        )
    elif total > 1 and wrong[0][0] <= dialect.skip + 3 and len({cells for _, cells, _ in wrong}) == 1:
        action = (
            f"if titles stand above the column names, say how many lines: 'skip: {wrong[0][0] - 1}'; "
            "or name the right 'delimiter'"
        )
    return DataError(
        f"{total:,} lines do not have {width} cells: {listed}{', ...' if total > len(wrong) else ''}."
        if total > 1
        else f"One line does not have {width} cells: {listed}.",
        where=f"{path}, line {wrong[0][0]:,}",
        expected=f"{width} cells on every line, as in the line of column names",
        action=action,
    )


__all__ = ["FORMATS", "RawTable", "disk_full", "file_format", "read_raw", "read_text", "write_blocks"]
