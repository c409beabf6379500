"""Keys: secret numbers of records, their sums over cells, and the draws that follow from them.

A record has one key for ever. The key of a cell is the sum of the keys of its records, so the same people have the same
cell key whatever table or filter they are reached by, and with it the same noise: asking often averages nothing out.
A draw is a keyed hash of the cell key. So the noises of a cell, of its parts and of their sum tell nothing of each
other, which plain sums would (they add up).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

MODULUS = 2**32
"""Record keys are whole numbers below it; sums of them count modulo it. 2^31 records fit into a sum of 64 bits."""
KEY = "_key"
SHORTEST = 16
_APART = "\x1f"


def record_keys(ids: Iterable[str], secret: bytes) -> npt.NDArray[np.uint32]:
    """Return the key of each record: four bytes of BLAKE2b of its id, keyed with the secret; uniform below 2^32.

    Parameters
    ----------
    ids: what names a record, the same in every delivery. secret: at least 16 bytes.

    Notes
    -----
    Computed outside the engines, because their hashes differ and none of them is keyed. BLAKE2b with a key is a message
    authentication code as HMAC is, at half the cost: one microsecond a record.

    Raises
    ------
    ProtectionError: the secret is too short to be one.

    Source: Aumasson and Saarinen, RFC 7693 (2015).
    """
    copy = _keyed(secret, b"record", 4).copy
    found = bytearray()
    for each in ids:
        state = copy()
        state.update(each.encode())
        found += state.digest()
    return np.frombuffer(bytes(found), dtype="<u4").astype(np.uint32)


def draws(sums: npt.ArrayLike, secret: bytes, *, purpose: str, about: Sequence[str] = ()) -> Floats:
    """Return one uniform number from 0 to below 1 for each cell: the same for the same people and purpose.

    Parameters
    ----------
    sums: (C,) sums of record keys, whole numbers. purpose: draws for several purposes are independent; a word of
        at most 16 bytes.
    about: (C,) further texts that a draw depends on, such as what is summed up; none = the people only.
    """
    copy = _keyed(secret, purpose.encode(), 8).copy
    found = bytearray()
    for place, each in enumerate(np.asarray(sums, dtype=object).tolist()):
        state = copy()
        state.update((int(each) % MODULUS).to_bytes(4, "little"))
        if about:
            state.update(about[place].encode())
        found += state.digest()
    # 53 bits are what a float from 0 to 1 holds; more would round up to 1.
    return np.asarray((np.frombuffer(bytes(found), dtype="<u8") >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def _keyed(secret: bytes, purpose: bytes, size: int) -> Any:
    if len(secret) < SHORTEST:
        raise ProtectionError(
            f"The secret for the noise has {len(secret)} bytes, so it could be guessed.",
            where="protection.noise.secret",
            expected=f"{SHORTEST} bytes or more that nobody can guess; 32 random ones are usual",
            action="delete the file and let it be made anew, or give a longer one",
        )
    return hashlib.blake2b(key=hashlib.blake2b(secret, digest_size=32).digest(), person=purpose, digest_size=size)


def keyed(table: nw.LazyFrame[Any], ids: Sequence[str], secret: bytes, *, name: str = KEY) -> nw.LazyFrame[Any]:
    """Return the rows with the key of each in the column `name` (64-bit integers), the same on every engine.

    Parameters
    ----------
    table: rows with the number of each in ``_row``. ids: columns that together name a record.

    Raises
    ------
    ProtectionError: a row without an id. DataError, StoreError: what the engine met.
    """
    import narwhals as nw
    import pyarrow as pa

    from countersign.tables.collection import as_arrow
    from countersign.tables.engine import native_module
    from countersign.tables.failures import in_plain_words

    wanted = list(dict.fromkeys(("_row", *ids)))
    rows = as_arrow(table.select(*map(nw.col, wanted)))
    texts = [_texts(rows.column(each), each) for each in ids]
    keys = _of_texts(texts, secret)
    right = pa.table({"_row": rows.column("_row"), name: pa.array(keys.astype(np.int64))})
    with in_plain_words():
        joined: nw.LazyFrame[Any] = native_module(table).attach(table, right, on=["_row"])
    return joined


def key_sum(sums: npt.ArrayLike) -> Integers:
    """Return sums of record keys brought below the modulus, as 64-bit integers."""
    return np.asarray([int(each) % MODULUS for each in np.asarray(sums, dtype=object).ravel()], dtype=np.int64)


def _of_texts(texts: Sequence[pa.ChunkedArray], secret: bytes) -> npt.NDArray[np.uint32]:
    """Return the keys of ids in one or several columns; an id that occurs often is hashed once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pc.binary_join_element_wise(*texts, pa.scalar(_APART, pa.large_string()))
    found = [np.zeros(0, dtype=np.uint32)]
    for chunk in whole.chunks:
        coded = chunk.dictionary_encode()
        found.append(record_keys(coded.dictionary.to_pylist(), secret)[coded.indices.to_numpy()])
    return np.concatenate(found)


def _texts(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return an id as text, the same from every engine."""
    import pyarrow as pa

    if column.null_count:
        raise ProtectionError(
            f"{column.null_count:,} rows have no '{name}', which names the record.",
            where=name,
            expected="an id in every row: without it a record would have another key each time",
            action="complete the column, or name another one",
        )
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
        whole = column.cast(pa.int64(), safe=False)
        if whole.cast(pa.float64(), safe=False).equals(column):
            column = whole
    return column.cast(pa.large_string())
