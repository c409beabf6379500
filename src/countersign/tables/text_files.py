"""Text files: the header of a delimited file, and whether every line has as many cells as it should.

Read with Python's own csv module in a stream, so that all engines agree on names and on what is malformed.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO, cast

from countersign.errors import DataError
from countersign.tables.failures import malformed

_LARGEST_CELL = 2**30


def opened(path: Path, encoding: str) -> TextIO:
    """Open a text file, plain or gzipped.

    Raises
    ------
    DataError: no such file, or a folder.
    """
    if not path.is_file():
        raise DataError("The file is not there.", where=path.name, action="Check the path, and --data if you use it.")
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding=encoding, newline=""))
    return path.open(encoding=encoding, newline="")


def header(
    path: Path, *, delimiter: str, quote: str, encoding: str, skip: int, names: Sequence[str] | None
) -> tuple[list[str], int]:
    """Return the column names and the number of physical lines before the first record.

    Raises
    ------
    DataError: empty file, no header, a header without a name, or the same name twice.
    """
    encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    try:
        with opened(path, encoding) as file:
            before = sum(1 for _ in islice(file, skip))
            if names is not None:
                return list(names), before
            reader = csv.reader(file, delimiter=delimiter, quotechar=quote or None, quoting=_quoting(quote))
            found = next(reader, [])
    except UnicodeDecodeError as error:
        raise DataError(
            "The file has bytes that are not UTF-8.", where=path.name, expected=encoding, action="Declare its encoding."
        ) from error
    if not any(name.strip() for name in found):
        raise DataError("The file is empty.", where=path.name, expected="a header line and data lines")
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise DataError(
            f"The header has the same name twice: {', '.join(repr(name) for name in twice)}.",
            where=f"{path.name}, line {skip + 1}",
            expected="a different name for every column",
            action="Rename one of them.",
        )
    return found, before + reader.line_num


def verify(path: Path, *, delimiter: str, quote: str, encoding: str, skip: int, columns: int) -> None:
    """Go through a file once and refuse the first line whose number of cells is wrong.

    For engines that pad short lines in silence; about two million cells a second.

    Raises
    ------
    DataError: naming file and line.
    """
    before = csv.field_size_limit(_LARGEST_CELL)
    try:
        with opened(path, encoding) as file:
            for _ in islice(file, skip):
                pass
            reader = csv.reader(
                file, delimiter=delimiter, quotechar=quote or None, quoting=_quoting(quote), strict=bool(quote)
            )
            started = 0
            for record in reader:
                if len(record) != columns and record and not (columns > 1 and record == [""]):
                    raise malformed(
                        f"It has {len(record)} cells where the header has {columns}.",
                        where=path.name,
                        line=skip + started + 1,
                    )
                started = reader.line_num
    except csv.Error as error:
        problem = "A quote is opened and never closed, or stands in the middle of a cell."
        raise malformed(problem, where=path.name, line=skip + started + 1) from error
    except UnicodeDecodeError as error:
        raise malformed("It has bytes that are not UTF-8.", where=path.name, line=None) from error
    finally:
        csv.field_size_limit(before)


def _quoting(quote: str) -> Literal[0, 3]:
    return csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
