"""Replacing: a file is written beside its final place and renamed, so that it is whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from countersign.errors import StoreError
from countersign.tables.failures import in_plain_words


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path; when the block ends well it becomes `path`, otherwise it is removed.

    Raises
    ------
    StoreError: the folder is missing or cannot be written to, or the disk is full.
    """
    if not path.parent.is_dir():
        raise StoreError("The folder is not there.", where=str(path.parent.name), action="Make it, or name another.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with in_plain_words(path):
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def rows_of(path: Path) -> int:
    """Return the number of rows a Parquet file says it has."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)
