"""Sealed rows: a table of which every row is encrypted under the key of the person who gave it.

A file of sealed rows begins with a line that names the format and a line of canonical JSON that describes the table;
then, for each row: the tag of the person (16 bytes), the number of the row in its file (8), the length (4) and the
bytes of ChaCha20-Poly1305 (RFC 8439) over the row. The nonce is derived from key and row: the same rows under the same
keys give the same file, so that an unchanged delivery is known again.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from countersign.errors import StoreError
from countersign.evidence.canonical import canonical, loads
from countersign.evidence.contributors import TAG, Contributors

FORMAT = b"countersign sealed rows 1\n"
NONCE = 12
_HEAD = struct.Struct(f">{TAG}sQI")


def seal(
    path: Path, head: Mapping[str, Any], rows: Iterable[tuple[str, int, bytes]], contributors: Contributors
) -> int:
    """Write rows sealed.

    Parameters
    ----------
    head: describes the table, as JSON values; it is not encrypted. rows: pseudonym, number of the row in its file, and
    the row; everybody has a key.

    Returns
    -------
    How many rows were written.

    Raises
    ------
    StoreError: somebody has no key.
    """
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    written = 0
    tags: dict[str, tuple[bytes, bytes]] = {}
    with path.open("wb") as out:
        out.write(FORMAT + canonical(dict(head)) + b"\n")
        for record, number, row in rows:
            if record not in tags:
                key = contributors.key(record)
                if key is None:
                    raise StoreError("A row would be kept of somebody who has no key.", action="report this defect")
                tags[record] = contributors.tag(record), key
            tag, key = tags[record]
            nonce = hmac.digest(key, b"nonce\0" + number.to_bytes(8, "big") + row, sha256)[:NONCE]
            sealed = nonce + ChaCha20Poly1305(key).encrypt(nonce, row, number.to_bytes(8, "big"))
            out.write(_HEAD.pack(tag, number, len(sealed)) + sealed)
            written += 1
    return written


def head_of(path: Path) -> dict[str, Any]:
    """Return what describes the table of a sealed file; StoreError if it is none."""
    with path.open("rb") as file:
        if file.readline() != FORMAT:
            raise StoreError("This is no file of sealed rows.", where=path.name)
        return dict(loads(file.readline().rstrip(b"\n")))


def tags_of(path: Path) -> frozenset[bytes]:
    """Return the tags of the people whose rows a sealed file holds; no row is opened."""
    found = set()
    with path.open("rb") as file:
        file.readline()
        file.readline()
        while len(entry := file.read(_HEAD.size)) == _HEAD.size:
            tag, _, length = _HEAD.unpack(entry)
            found.add(tag)
            file.seek(length, 1)
    return frozenset(found)


def unseal(path: Path, contributors: Contributors) -> Iterator[tuple[int, bytes | None]]:
    """Yield the number of each row in its file, and the row; None where its key was destroyed.

    Raises
    ------
    StoreError: the file was changed after it was written.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    head_of(path)
    with path.open("rb") as file:
        file.readline()
        file.readline()
        while entry := file.read(_HEAD.size):
            try:
                tag, number, length = _HEAD.unpack(entry)
                sealed = file.read(length)
                if len(sealed) != length:
                    raise ValueError("cut off")
                key = contributors.key_of(tag)
                row = None
                if key is not None:
                    opened = ChaCha20Poly1305(key)
                    row = opened.decrypt(sealed[:NONCE], sealed[NONCE:], number.to_bytes(8, "big"))
            except (struct.error, InvalidTag, ValueError) as error:
                raise StoreError(
                    "A sealed row cannot be opened: the file was changed, or its key belongs to another study.",
                    where=path.name,
                    action="run the study again with the original file at hand",
                ) from error
            yield number, row
