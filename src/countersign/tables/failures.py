"""Failures: what engines say when they fail, turned into what a reader can do.

Engines quote rows in their messages; nothing of a row is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from countersign.errors import CountersignError, DataError, StoreError

_MEMORY = ("out of memory", "outofmemory", "could not allocate", "failed to allocate", "failed to pin", "memory limit")
_DISK = ("no space left", "disk full", "max_temp_directory_size", "not enough space")


@contextmanager
def in_plain_words(file: Path | str | None = None) -> Iterator[None]:
    """Turn any engine error inside into a StoreError or DataError; errors of ours pass.

    Parameters
    ----------
    file: what is being read or written, for the message.
    """
    try:
        yield
    except CountersignError:
        raise
    except Exception as error:
        raise explained(error, file=file) from error


def explained(error: BaseException, *, file: Path | str | None = None) -> CountersignError:
    """Return the error of ours that says what happened."""
    text = str(error)
    low = text.lower()
    where = Path(file).name if file else ""
    if isinstance(error, MemoryError) or any(word in low for word in _MEMORY):
        return StoreError(
            "The work does not fit into the memory allowed.",
            where=where,
            action="Raise settings.memory, name a roomy settings.temp_folder, or use fewer breakdowns.",
        )
    if (isinstance(error, OSError) and error.errno == 28) or any(word in low for word in _DISK):
        return StoreError(
            "The disk is full.", where=where, action="Free some space, or set settings.temp_folder to a larger disk."
        )
    if not where and (named := re.search(r"file\s*=\s*([^\n]+)", text)):
        where = Path(named.group(1).strip()).name
    if "csv error" in low or "csv" in type(error).__name__.lower():
        return _text_error(text, low, where)
    if isinstance(error, FileNotFoundError) or "no files found" in low or "no such file" in low:
        return DataError("The file is not there.", where=where, action="Check the path, and --data if you use it.")
    if isinstance(error, PermissionError) or "permission denied" in low:
        return StoreError("The file may not be read or written.", where=where, action="Check its permissions.")
    if any(word in low for word in ("not a parquet", "magic bytes", "no magic", "parquet")) and "column" not in low:
        return DataError(
            "The file is not readable as Parquet.",
            where=where,
            expected="a whole Parquet file",
            action="Deliver it again.",
        )
    if "unicode" in low or "utf-8" in low or "utf8" in low:
        return DataError(
            "The file has bytes that are not UTF-8.", where=where, expected="UTF-8", action="Declare its encoding."
        )
    if "overflow" in low or "out of range" in low:
        return DataError(
            "A number is too large to compute with.", where=where, action="Check the units, or declare a range."
        )
    column = re.search(r'column "([^"]{1,80})"', text)
    return DataError(
        f"The engine cannot compute this ({type(error).__name__}"
        + (f", column '{column.group(1)}'" if column else "")
        + ").",
        where=where,
        action="Check the types of the columns used; if they are right, please report this.",
    )


def _text_error(text: str, low: str, where: str) -> DataError:
    return _exact_line(text) or _said_line(text, low, where)


def _exact_line(text: str) -> DataError | None:
    """Find the line by going through the file: DuckDB counts records, and a cell may hold line breaks."""
    from countersign.tables.text_files import verify

    said = {
        name: found.group(1).strip().encode().decode("unicode_escape")
        for name in ("file", "delimiter", "quote", "skip_rows", "Expected Number of Columns")
        if (found := re.search(rf"{name}(?: =|:) (\S+)", text))
    }
    if len(said) < 5:
        return None
    try:
        verify(
            Path(said["file"]),
            delimiter=said["delimiter"],
            quote="" if said["quote"].startswith("(") else said["quote"],
            encoding="utf-8",
            skip=int(said["skip_rows"]),
            columns=int(said["Expected Number of Columns"].split()[0]),
        )
    except DataError as found_error:
        return found_error
    return None


def _said_line(text: str, low: str, where: str) -> DataError:
    line = re.search(r"line:?\s*(\d+)", text, re.IGNORECASE)
    columns = re.search(r"expected number of columns:?\s*(\d+)\s*found:?\s*(\d+)", low)
    if columns:
        problem = f"It has {columns.group(2)} cells where the header has {columns.group(1)}."
    elif "unterminated" in low or "quote" in low:
        problem = "A quote is opened and never closed, or stands in the middle of a cell."
    elif "unicode" in low or "utf-8" in low:
        problem = "It has bytes that are not UTF-8."
    else:
        problem = "It cannot be read as delimited text."
    return malformed(problem, where=where, line=int(line.group(1)) if line else None)


def malformed(problem: str, *, where: str, line: int | None) -> DataError:
    """Return the error for a line that is not like the others."""
    return DataError(
        problem,
        where=where + (f", line {line}" if line else ""),
        expected="as many cells on every line as in the header, quotes in pairs, one delimiter, UTF-8",
        action="Correct that line, or declare delimiter, quote and encoding in the study.",
    )
