"""Lots: one number for each row that follows from what it holds and from a secret, whatever the order of rows."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from countersign.model.cells import Integers


def lots(columns: Sequence[tuple[str, Integers, Sequence[object]]], *, secret: str) -> Integers:
    """Return a number for each row, (N,), that nobody can tell without the secret.

    Parameters
    ----------
    columns: name, code of each row (N,), negative for missing, and the value of each code.
    secret: any text. Rows that hold the same in all columns get the same number.

    Notes
    -----
    Sum over columns of 64 bits of BLAKE2b (secret, name, value), mixed at the end (splitmix64), all modulo 2^64.
    """
    total = np.zeros(len(columns[0][1]) if columns else 0, dtype=np.uint64)
    for name, codes, values in columns:
        table = np.array([_bits(secret, name, repr(value)) for value in [*values, None]], dtype=np.uint64)
        total += table[codes]  # -1, missing, is the last
    total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (total >> np.uint64(1)).astype(np.int64)


def _bits(*parts: str) -> int:
    text = "\x1f".join(parts).encode("utf-8")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
