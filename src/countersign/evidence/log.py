"""Log: every signed statement of a study's folder, in order, which can only grow.

``log/statements.jsonl`` holds one envelope a line; the lines are the leaves of a Merkle tree (RFC 9162).
``log/heads/SIZE.txt`` holds the signed head at that size with the signatures of witnesses. Whoever changes or takes out
a line that a signed head covers is found here, and by every witness who keeps a head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from countersign.errors import SigningError
from countersign.evidence import disk
from countersign.evidence.canonical import canonical
from countersign.evidence.checkpoint import (
    head_is_signed_by,
    origin_of,
    read_checkpoint,
    sign_head,
    text_of,
    with_signature,
)
from countersign.evidence.envelope import open_line
from countersign.evidence.keys import SigningKey
from countersign.evidence.lock import Lock
from countersign.evidence.merkle import Tree
from countersign.model.statement import Checkpoint, Consistency, HeadSignature, Inclusion, TreeHead

WAIT = 10.0
"""Seconds to wait for another process that writes to the log."""


class Log:
    """The log in one folder.

    Parameters
    ----------
    folder: the study's output folder; the log is in ``log`` below it and made with the first statement.

    Attributes
    ----------
    notes: plain sentences on what was set aside after a killed run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "log"
        self.path = self.folder / "statements.jsonl"
        self.torn = self.folder / "statements.torn"
        self.heads_folder = self.folder / "heads"
        self.notes: tuple[str, ...] = ()
        self._lock = Lock(self.folder / "log.lock", wait=WAIT)
        self._tree, self._lines = Tree(), list[bytes]()
        self._mark: tuple[int, int] | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the log against other processes while something is read, decided and added."""
        first = not self._lock.held
        with self._lock:
            if first:
                self._recover()
            yield

    def lines(self) -> tuple[bytes, ...]:
        """Return the envelopes, a line each without line breaks.

        Raises
        ------
        SigningError: lines that a signed head covers were changed or taken out.
        """
        self._load()
        return tuple(self._lines)

    def __len__(self) -> int:
        self._load()
        return len(self._tree)

    def append(self, lines: Iterable[bytes]) -> range:
        """Add envelopes' lines and wait until they are on the disk; return their places.

        Raises
        ------
        SigningError: the log was changed. StoreError: the disk refused; the log is as before.
        """
        added = list(lines)
        with self.writing():
            self._load()
            start = len(self._lines)
            if added:
                disk.append(self.path, b"\n".join(added))
                self._lines += added
                self._tree.extend(added)
                self._mark = _mark(self.path)
            return range(start, start + len(added))

    def head(self, size: int | None = None) -> TreeHead:
        """Return the head of the log as it is, or as it was with `size` statements."""
        self._load()
        return TreeHead(len(self._tree) if size is None else size, self._tree.root(size))

    def inclusion(self, index: int, size: int | None = None) -> Inclusion:
        """Return the proof that statement `index` is among the first `size`."""
        self._load()
        return Inclusion(index, self._tree.inclusion(index, size))

    def consistency(self, old: int, size: int | None = None) -> Consistency:
        """Return the proof that the log of `size` statements begins with that of `old`."""
        self._load()
        return Consistency(self.head(old), self.head(size), self._tree.consistency(old, size))

    def sign_head(self, key: SigningKey) -> Checkpoint:
        """Sign the head as it is and keep it; signatures of witnesses of this very head stay.

        The origin is that of the first signed head, so it stays the same when the log's key is rotated.
        """
        with self.writing():
            known = self.heads()
            head = self.head()
            same = [one for one in known if one.head == head]
            checkpoint = same[0] if same else Checkpoint(known[0].origin if known else origin_of(key.key_id), head)
            if not head_is_signed_by(checkpoint, key.public, name=checkpoint.origin):
                checkpoint = sign_head(checkpoint, key, name=checkpoint.origin)
            return self._keep(checkpoint)

    def add_witness(self, head: TreeHead, signature: HeadSignature) -> Checkpoint:
        """Add the signature of a witness to a head of this log, and keep it.

        Raises
        ------
        SigningError: this log never had this head.
        """
        with self.writing():
            for one in self.heads():
                if one.head == head:
                    return self._keep(with_signature(one, signature))
        raise SigningError(
            f"This log never had the head that was witnessed: size {head.size}, root {head.root.hex()[:16]}...",
            where=str(self.folder),
            expected="a head of this log",
            action="look which study the witness was given",
        )

    def heads(self) -> tuple[Checkpoint, ...]:
        """Return every signed head, oldest first."""
        paths = sorted(self.heads_folder.glob("*.txt")) if self.heads_folder.is_dir() else []
        return tuple(read_checkpoint(path.read_bytes(), where=str(path)) for path in paths)

    def proofs(self, indices: Iterable[int], *, size: int | None = None) -> bytes:
        """Return ``log.json``: proofs of these statements, and of consistency with every signed head before `size`."""
        head = self.head(size)
        value: dict[str, Any] = {
            "consistency": [
                {
                    "from": one.head.size,
                    "proof": [part.hex() for part in self._tree.consistency(one.head.size, head.size)],
                    "root": one.head.root.hex(),
                    "to": head.size,
                }
                for one in self.heads()
                if one.head.size < head.size
            ],
            "leaves": [
                {"index": index, "proof": [part.hex() for part in self._tree.inclusion(index, head.size)]}
                for index in indices
            ],
            "root": head.root.hex(),
            "size": head.size,
        }
        return canonical(value)

    def _keep(self, checkpoint: Checkpoint) -> Checkpoint:
        path = self.heads_folder / f"{checkpoint.head.size:012d}.txt"
        data = text_of(checkpoint)
        if not path.exists() or path.read_bytes() != data:
            disk.replace(path, data)
        return checkpoint

    def _load(self) -> None:
        mark = _mark(self.path)
        if mark == self._mark and (mark is not None or not self.heads_folder.is_dir()):
            return
        data = self.path.read_bytes() if mark is not None else b""
        lines = data.split(b"\n")[:-1]
        if lines and not _readable(lines[-1]):
            lines.pop()  # being written at this moment, or torn by a power cut; `_recover` sets it aside
        tree = Tree(lines)
        for one in self.heads():
            if one.head.size > len(tree) or tree.root(one.head.size) != one.head.root:
                raise SigningError(
                    f"The log was rewritten: its first {one.head.size} statements are not those of a signed head.",
                    where=str(self.path),
                    expected=f"the root {one.head.root.hex()[:16]}... over {one.head.size} statements",
                    action="put the file back from a copy; a log can only be added to",
                )
        self._mark, self._lines, self._tree = mark, lines, tree

    def _recover(self) -> None:
        size = disk.set_aside_torn(self.path, self.torn, whole=_readable)
        if not size:
            return
        self._mark = None
        note = (
            f"The last run in this folder was interrupted while it wrote down a statement. The {size} bytes of"
            f" that line were set aside in {self.torn.name}; it is signed again. Nothing else is lost."
        )
        self.notes = (*self.notes, note)


def _readable(line: bytes) -> bool:
    try:
        open_line(line, where="log")
    except SigningError:
        return False
    return True


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
