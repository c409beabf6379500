"""Canonical zip: members -> the one sequence of bytes that holds them, and back; no byte is without meaning.

Members stand in the order of their names' bytes, stored, dated 1980-01-01, without extra fields, comments or
descriptors (source: docs/bundle.md; APPNOTE.TXT - .ZIP File Format Specification 6.3.10, PKWARE, 2022). Large members
are read and written in blocks.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from countersign.errors import BundleError
from countersign.evidence import disk
from countersign.evidence.canonical import BLOCK

LOCAL = struct.Struct("<IHHHHHIIIHH")
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
END = struct.Struct("<IHHHHIIH")
UTF8 = 1 << 11
DAY = (1 << 5) | 1  # 1980-01-01
MADE_BY = (3 << 8) | 20
NEEDED = 20
MODE = (0o100644 << 16) & 0xFFFFFFFF
MOST, LARGEST = 0xFFFF - 1, 0xFFFFFFFF - 1
SEARCHED = 1 << 16


@dataclass(frozen=True)
class Member:
    """A file in the zip.

    Parameters
    ----------
    start: where its bytes begin in the zip. digest: SHA-256, as hex; empty where nobody has read it.
    """

    name: str
    size: int
    crc: int
    start: int
    digest: str = ""


@dataclass(frozen=True)
class Slice:
    """A part of a file, such as a member of another zip."""

    path: Path
    start: int
    size: int


def write_zip(path: Path, members: Mapping[str, bytes | Path | Slice]) -> None:
    """Write members, bytes or files, to `path` as a canonical zip, whole or not at all.

    Raises
    ------
    BundleError: too many or too large members, or a file that changes while it is read. StoreError: the disk refused.
    """
    from countersign.errors import StoreError

    ordered = sorted((name.encode(), source) for name, source in members.items())
    if len(ordered) > MOST:
        raise BundleError(f"{len(ordered):,} files are too many for a bundle.", expected=f"at most {MOST:,}",
                          action="publish fewer outputs, or several studies")  # fmt: skip
    heads, offset = [], 0
    with disk.guarded(path.parent), disk.temporary(path.parent) as (out, part):
        for name, source in ordered:
            crc, size = _measured(source)
            if offset + size > LARGEST - SEARCHED:
                raise BundleError("The release is too large for a bundle.", where=str(path), expected="less than 4 GiB",
                                  action="publish the largest outputs apart")  # fmt: skip
            out.write(_local(name, crc, size) + name)
            again = 0
            for block in _blocks(source):
                again = zlib.crc32(block, again)
                out.write(block)
            if again != crc:
                raise StoreError("A file changed while it was packed.", where=name.decode(), action="start again")
            heads.append(_central(name, crc, size, offset) + name)
            offset += LOCAL.size + len(name) + size
        directory = b"".join(heads)
        out.write(directory + _end(len(heads), len(directory), offset))
        disk.place(out, part, path)
    path.chmod(0o644)


class ZipReader:
    """An open bundle.

    Opening it reads the directory; `check` makes the zip again from what was read and compares every byte.

    Parameters
    ----------
    source: an open binary file that can be sought. name: what to call it in messages.

    Raises
    ------
    BundleError: it is no zip, or not in the one form that a bundle has; the message names the member.
    """

    def __init__(self, source: BinaryIO, *, name: str = "the bundle") -> None:
        self.source, self.name = source, name
        self.size = source.seek(0, 2)
        self.members = {member.name: member for member in self._directory()}

    def read(self, name: str) -> bytes:
        """Return the bytes of a member."""
        member = self.members[name]
        self.source.seek(member.start)
        return self.source.read(member.size)

    def slice(self, name: str, path: Path) -> Slice:
        """Return where the bytes of a member lie in the file of this zip."""
        return Slice(path, self.members[name].start, self.members[name].size)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member in blocks."""
        member = self.members[name]
        left = member.size
        self.source.seek(member.start)
        while left > 0:
            block = self.source.read(min(BLOCK, left))
            if not block:
                raise self._wrong(name, "The zip ends in the middle of it.")
            left -= len(block)
            yield block

    def check(self) -> dict[str, str]:
        """Read everything, and return name -> SHA-256 of every member.

        Raises
        ------
        BundleError: a byte is not as it would be if the zip were made from these members.
        """
        digests = {}
        offset = 0
        for name, member in self.members.items():
            raw = name.encode()
            self.source.seek(offset)
            if self.source.read(LOCAL.size + len(raw)) != _local(raw, member.crc, member.size) + raw:
                raise self._wrong(name, "The lines before its bytes are not as a bundle has them.")
            crc, hashed = 0, hashlib.sha256()
            for block in self.blocks(name):
                crc = zlib.crc32(block, crc)
                hashed.update(block)
            if crc != member.crc:
                raise self._wrong(name, "Its bytes were changed: the check sum of the zip does not fit.")
            digests[name] = hashed.hexdigest()
            offset += LOCAL.size + len(raw) + member.size
        return digests

    def _directory(self) -> Iterator[Member]:
        entries, start = self._end()
        self.source.seek(start)
        data = self.source.read(self.size - END.size - start)
        position, offset, before = 0, 0, b""
        for number in range(1, entries + 1):
            if position + CENTRAL.size > len(data):
                raise self._wrong("", f"Its list of files ends before entry {number}.")
            fields = CENTRAL.unpack_from(data, position)
            crc, size, length = fields[7], fields[8], fields[10]
            raw = data[position + CENTRAL.size : position + CENTRAL.size + length]
            name = self._named(raw, number)
            if raw <= before and number > 1:
                raise self._wrong(name, "It stands twice." if raw == before else "It stands in the wrong place.")
            if fields[4] != 0:
                raise self._wrong(name, "It is compressed; a bundle stores files as they are.")
            if data[position : position + CENTRAL.size] != _central(raw, crc, size, offset):
                raise self._wrong(name, "Its entry in the list of files is not as a bundle has it.")
            start_of_bytes = offset + LOCAL.size + length
            if start_of_bytes + size > start:
                raise self._wrong(name, "Its bytes reach beyond where they can lie.")
            yield Member(name, size, crc, start_of_bytes)
            position += CENTRAL.size + length
            offset, before = start_of_bytes + size, raw
        if offset != start or position != len(data):
            raise self._wrong("", "There are bytes in it that belong to no file.")

    def _end(self) -> tuple[int, int]:
        """Return how many files there are, and where their list begins."""
        self.source.seek(0)
        if self.source.read(4) != b"PK\x03\x04":
            raise self._wrong("", "It is not a zip file, or its first bytes were changed.")
        self.source.seek(max(0, self.size - END.size))
        tail = self.source.read(END.size)
        if len(tail) < END.size or tail[:4] != b"PK\x05\x06":
            raise self._wrong(
                "", "It does not end as a bundle does: it was cut off, or something was added to its end."
            )
        fields = END.unpack(tail)
        entries, length, start = fields[4], fields[5], fields[6]
        if tail != _end(entries, length, start) or start + length + END.size != self.size:
            raise self._wrong("", "Its last lines are not as a bundle has them.")
        return entries, start

    def _named(self, raw: bytes, number: int) -> str:
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._wrong("", f"The name of entry {number} is no text.") from error
        parts = name.split("/")
        if not name or "\\" in name or "\0" in name or ":" in name or {"", ".", ".."} & set(parts):
            raise self._wrong("", f"The name of entry {number} is no name of a file in a folder.")
        return name

    def _wrong(self, name: str, problem: str) -> BundleError:
        return BundleError(
            problem,
            where=name or self.name,
            expected="a zip in the one form that docs/bundle.md describes",
            action="do not rely on it; take the bundle again from whoever published it",
        )


def _measured(source: bytes | Path | Slice) -> tuple[int, int]:
    crc = size = 0
    for block in _blocks(source):
        crc, size = zlib.crc32(block, crc), size + len(block)
    return crc, size


def _blocks(source: bytes | Path | Slice) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    part = source if isinstance(source, Slice) else Slice(source, 0, source.stat().st_size)
    with part.path.open("rb") as file:
        file.seek(part.start)
        left = part.size
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _local(name: bytes, crc: int, size: int) -> bytes:
    return LOCAL.pack(0x04034B50, NEEDED, UTF8, 0, 0, DAY, crc, size, size, len(name), 0)


def _central(name: bytes, crc: int, size: int, offset: int) -> bytes:
    return CENTRAL.pack(
        0x02014B50, MADE_BY, NEEDED, UTF8, 0, 0, DAY, crc, size, size, len(name), 0, 0, 0, 0, MODE, offset
    )


def _end(entries: int, length: int, start: int) -> bytes:
    return END.pack(0x06054B50, 0, 0, entries, entries, length, start, 0)
