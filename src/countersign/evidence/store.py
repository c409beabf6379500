"""Store: every file a figure rests on, kept byte for byte under the SHA-256 of its bytes.

A store is a folder: ``artefacts/<sha256>`` holds the bytes, ``artefacts.jsonl`` says what each of them is, one
canonical JSON object a line, the last line about a digest being the valid one. The bytes are the truth; the index only
describes them, so a line lost in a killed run is written again when the step is repeated.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

from countersign.errors import StoreError
from countersign.evidence import disk
from countersign.evidence.canonical import BLOCK, canonical, digest_of, digest_of_file, loads
from countersign.model.artefact import Activity, Artefact

JSON_TYPE = "application/json"
FIELDS = {field.name for field in fields(Artefact)}
# What may lie open in a release: no rows (input, dataset), no weights of small cells, no figures before protection.
OPEN_KINDS = frozenset({"study", "protected", "release"})


class Store:
    """A folder of artefacts.

    Nothing is written before the first `keep`, so a store in a release can be opened for reading only. Opening a store
    removes the temporary files that killed runs left; those of a living process stay.

    Parameters
    ----------
    folder: the study's or the release's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = folder / "artefacts"
        self.index = folder / "artefacts.jsonl"
        self._known: dict[str, Artefact] = {}
        self._seen = 0
        if self.kept.is_dir():
            disk.sweep(self.kept)

    def keep(
        self, path: Path, *, name: str = "", kind: str = "input", media_type: str = "", rows: int | None = None
    ) -> Artefact:
        """Keep a copy of a file and return the artefact it is.

        The file is read in blocks of 1 MiB and hashed while it is copied. What the store already holds is not copied
        again, but read and compared: a damaged copy is replaced by the good one.

        Parameters
        ----------
        name: the name people know it by; empty = the file's own.
        kind, media_type, rows: see `Artefact`; an empty media type is guessed from the name.

        Raises
        ------
        StoreError: the file cannot be read, or the disk refused; then nothing is left half-written.
        """
        name = name or path.name
        try:
            source = path.open("rb")
            size = os.fstat(source.fileno()).st_size
        except OSError as error:
            raise StoreError(
                f"The file cannot be read: {error.strerror}.",
                where=str(path),
                expected="a file that exists and that you may read",
                action="check the path and the rights",
            ) from error
        with source, disk.guarded(self.folder, needed=size):
            digest = ""
            if self._holds_size(size):  # perhaps here already: read once more rather than fill the disk with a copy
                digest = hashlib.file_digest(source, "sha256").hexdigest()
                source.seek(0)
            if not digest or not self._intact(digest):
                digest, size = self._copy(source)
        return self.describe(
            Artefact(
                digest=digest,
                name=name,
                kind=kind,
                media_type=media_type or guess_media_type(name),
                size=size,
                rows=rows,
            )
        )

    def keep_bytes(
        self, data: bytes, *, name: str, kind: str = "release", media_type: str = "", rows: int | None = None
    ) -> Artefact:
        """Keep bytes from memory; see `keep`."""
        digest = digest_of(data)
        with disk.guarded(self.folder, needed=len(data)):
            if not self._intact(digest):
                self.kept.mkdir(parents=True, exist_ok=True)
                with disk.temporary(self.kept) as (out, part):
                    out.write(data)
                    self._place(out, part, digest)
        return self.describe(
            Artefact(
                digest=digest,
                name=name,
                kind=kind,
                media_type=media_type or guess_media_type(name),
                size=len(data),
                rows=rows,
            )
        )

    def keep_json(
        self, value: Any, *, name: str, kind: str = "release", rows: int | None = None, sealed: bool = False
    ) -> Artefact:
        """Keep a value as canonical JSON (RFC 8785): equal values have equal digests. Read it with `read_json`.

        Parameters
        ----------
        sealed: wrap the value with a salt that never leaves this folder. Needed for figures before protection: their
            digest goes into the release, and whoever knows all but one small number could otherwise try numbers until
            the digest fits.
        """
        data = canonical(value)
        if sealed:
            salt = hmac.new(self._secret(), data, hashlib.sha256).hexdigest()
            data = b'{"salt":"' + salt.encode() + b'","sealed":' + data + b"}"
        return self.keep_bytes(data, name=name, kind=kind, media_type=JSON_TYPE, rows=rows)

    def read_json(self, digest: str) -> Any:
        """Return the value that `keep_json` kept.

        Raises
        ------
        StoreError: the bytes are not here, or are no longer those of `digest`.
        """
        data = self.path(digest).read_bytes()
        if digest_of(data) != digest:
            raise damaged(self.kept / digest)
        value = loads(data)
        if isinstance(value, Mapping) and set(value) == {"salt", "sealed"}:
            return value["sealed"]
        return value

    def path(self, digest: str) -> Path:
        """Return where the bytes of an artefact lie. Open it for reading only.

        Raises
        ------
        StoreError: the store does not hold it, or holds only its digest because it is protected.
        """
        path = self.kept / digest
        if path.is_file():
            return path
        known = self._index().get(digest)
        if known is not None and known.protected:
            raise StoreError(
                f"'{known.name}' is protected: the release names it by its digest and does not hold it.",
                where=str(self.folder),
                action="ask the data steward of the study, who holds the file",
            )
        raise StoreError(
            f"The artefact {digest[:12]}… is not in the store.",
            where=str(self.folder),
            expected="the file artefacts/<sha256>",
            action="run the study again: the step that makes it is repeated",
        )

    def open(self, digest: str) -> BinaryIO:
        """Open an artefact's bytes for reading; errors as in `path`."""
        return self.path(digest).open("rb")

    def verify(self, digest: str) -> bool:
        """Read an artefact again and say whether its bytes still have this digest; False if it is not here."""
        path = self.kept / digest
        try:
            return digest_of_file(path) == digest
        except OSError:
            return False

    def artefact(self, digest: str) -> Artefact:
        """Return the description of an artefact.

        Raises
        ------
        StoreError: the store knows nothing of this digest.
        """
        known = self._index().get(digest)
        if known is None:
            self.path(digest)  # raises with the right reason when the bytes are not here either
            raise StoreError(
                f"The artefact {digest[:12]}… is here, but artefacts.jsonl does not describe it.",
                where=str(self.index),
                action="run the study again: the step that made it describes it again",
            )
        return known

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, str) and (self.kept / digest).is_file()

    def __len__(self) -> int:
        return len(self._index())

    def artefacts(self) -> tuple[Artefact, ...]:
        """Return everything described here, protected artefacts included, in the order in which it was first kept."""
        return tuple(self._index().values())

    def forget(self, digest: str) -> None:
        """Remove the bytes of an artefact; its description stays, since the trail names it.

        The bytes are overwritten before the name goes. What a disk keeps beside (copies on write, the inside of a flash
        disk) is out of reach.
        """
        path = self.kept / digest
        with disk.guarded(self.folder):
            if not path.is_file():
                return
            with contextlib.suppress(PermissionError):
                path.chmod(0o600)
            with path.open("r+b") as file:
                left = path.stat().st_size
                while left > 0:
                    left -= file.write(bytes(min(left, BLOCK)))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            disk.settle(self.kept)

    def _holds_size(self, size: int) -> bool:
        return any(known.size == size and known.digest in self for known in self._index().values())

    def _intact(self, digest: str) -> bool:
        return digest in self and self.verify(digest)

    def _copy(self, source: BinaryIO) -> tuple[str, int]:
        self.kept.mkdir(parents=True, exist_ok=True)
        hashed, size = hashlib.sha256(), 0
        with disk.temporary(self.kept) as (out, part):
            while block := source.read(BLOCK):
                hashed.update(block)
                out.write(block)
                size += len(block)
            digest = hashed.hexdigest()
            self._place(out, part, digest)
        return digest, size

    def _place(self, out: BinaryIO, part: Path, digest: str) -> None:
        if sys.platform != "win32":
            with contextlib.suppress(PermissionError):  # some disks know no rights
                os.fchmod(out.fileno(), 0o444)  # nobody edits an artefact by mistake
        disk.place(out, part, self.kept / digest)

    def describe(self, artefact: Artefact) -> Artefact:
        """Write down what an artefact is, unless the index says so already, and return it."""
        if self._index().get(artefact.digest) != artefact:
            disk.append(self.index, canonical(_as_line(artefact)))
            self._known[artefact.digest] = artefact
        return artefact

    def _index(self) -> dict[str, Artefact]:
        """Return digest -> artefact, read again when another process has written."""
        try:
            size = self.index.stat().st_size
        except OSError:
            return self._known
        if size == self._seen:
            return self._known
        with self.index.open("rb") as file:
            file.seek(self._seen if size > self._seen else 0)
            start = file.tell()
            lines = file.read()
        whole = lines.rfind(b"\n") + 1
        for line in lines[:whole].split(b"\n"):
            with contextlib.suppress(ValueError, TypeError):  # unreadable: the bytes are kept all the same, see above
                value = loads(line)
                entry = Artefact(**{key: value[key] for key in FIELDS & set(value)})
                self._known[entry.digest] = entry
        self._seen = start + whole
        return self._known

    def _secret(self) -> bytes:
        path = self.folder / "secret.key"
        with disk.guarded(self.folder, needed=64):
            self.folder.mkdir(parents=True, exist_ok=True)
            while not path.exists():
                with disk.temporary(self.folder) as (out, part):
                    out.write(secrets.token_hex(32).encode())
                    if sys.platform != "win32":
                        with contextlib.suppress(PermissionError):
                            os.fchmod(out.fileno(), 0o600)
                    out.flush()
                    os.fsync(out.fileno())
                    try:
                        os.link(part, path)  # unlike a rename, never replaces the key of another process
                    except FileExistsError:
                        pass
                    except OSError:  # a disk without links, such as a memory stick
                        part.replace(path)
                    disk.settle(self.folder)
            return path.read_bytes()


def damaged(path: Path) -> StoreError:
    """Return the error for an artefact whose bytes are no longer those of its name."""
    return StoreError(
        f"The artefact {path.name[:12]}… was changed after it was kept.",
        where=str(path),
        action="run the study again: the step that makes it is repeated",
    )


def _as_line(artefact: Artefact) -> dict[str, Any]:
    line = asdict(artefact)
    for mark in ("protected", "committed"):
        if not line[mark]:
            del line[mark]
    return line


MEDIA_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": JSON_TYPE,
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}


def guess_media_type(name: str) -> str:
    """Return the media type a file's name suggests; the system's own list differs by machine."""
    return MEDIA_TYPES.get(Path(name).suffix.casefold(), "application/octet-stream")


def is_open(artefact: Artefact) -> bool:
    """Say whether an artefact may lie open in a release: nothing that holds rows, weights or unprotected figures."""
    return artefact.kind in OPEN_KINDS


def without_size(artefact: Artefact) -> Artefact:
    """Return an artefact as a release may describe it: the size of unprotected figures tells of their digits."""
    return artefact if is_open(artefact) or artefact.kind == "input" else replace(artefact, size=0)


def in_order(activity: Activity) -> tuple[str, ...]:
    """Return the digests a step used and made, by role: the same order whether it was just taken or read again."""
    return tuple(made[role] for made in (activity.inputs, activity.outputs) for role in sorted(made))


def release_store(
    store: Store,
    activities: Iterable[Activity],
    target: Path,
    *,
    include: Callable[[Artefact], bool] = is_open,
    names: Mapping[str, str] | None = None,
) -> dict[str, Artefact]:
    """Copy the artefacts that `activities` used or made into a release, and name the others.

    Parameters
    ----------
    target: the release's folder; gets ``artefacts/`` and ``artefacts.jsonl``.
    include: which artefacts are copied. All others are listed with ``protected: true``: the evidence says that they
        exist, the bytes stay in the study's own folder.
    names: digest -> salted commitment by which a protected artefact is listed; without one it is listed by its digest.

    Returns
    -------
    digest -> artefact as the release lists it, in the order of the activities.

    Raises
    ------
    StoreError: an artefact to be copied is missing or damaged, or the disk refused.
    """
    release = Store(target)
    listed: dict[str, Artefact] = {}
    for activity in activities:
        for digest in in_order(activity):
            if digest in listed:
                continue
            artefact = store.artefact(digest)
            if not include(artefact):
                name = (names or {}).get(digest, digest)
                described = replace(without_size(artefact), digest=name, protected=True, committed=name != digest)
                listed[digest] = release.describe(described)
                continue
            if not store.verify(digest):
                raise damaged(store.path(digest))
            listed[digest] = release.keep(
                store.path(digest),
                name=artefact.name,
                kind=artefact.kind,
                media_type=artefact.media_type,
                rows=artefact.rows,
            )
    return listed
