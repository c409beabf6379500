"""Holding: whether a file has somebody's pseudonym in it, also inside Parquet and packed files."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path

BLOCK = 1 << 20


def holds(path: Path, record: str) -> bool:
    """Say whether a text stands in a file: in its bytes, unpacked, or in a column of Parquet."""
    words = [record.encode(), record.encode("utf-16-le")]
    with path.open("rb") as file:
        mark = file.read(4)
    if mark == b"PAR1":
        return _in_parquet(path, record)
    if mark == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(path) as packed:
                return any(_in_bytes(_blocks(packed.open(name)), words) for name in packed.namelist())
        except zipfile.BadZipFile:
            return True
    if mark[:2] == b"\x1f\x8b":
        with gzip.open(path, "rb") as unpacked:
            return _in_bytes(_blocks(unpacked), words)
    with path.open("rb") as file:
        return _in_bytes(_blocks(file), words)


def _blocks(file: object) -> Iterator[bytes]:
    while block := file.read(BLOCK):  # type: ignore[attr-defined]
        yield block


def _in_bytes(blocks: Iterator[bytes], words: list[bytes]) -> bool:
    tail = b""
    longest = max(map(len, words))
    for block in blocks:
        whole = tail + block
        if any(word in whole for word in words):
            return True
        tail = whole[-longest:]
    return False


def _in_parquet(path: Path, record: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1 << 16):
            for column in batch.columns:
                kind = column.type
                if pa.types.is_nested(kind) or pa.types.is_binary(kind):
                    continue
                if pc.any(pc.equal(pc.utf8_trim_whitespace(pc.cast(column, pa.string())), record)).as_py():
                    return True
    return False
