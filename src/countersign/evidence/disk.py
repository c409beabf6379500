"""Disk: write so that a killed run or a full disk leaves the old whole thing or the new whole thing, never half of one.

Every refusal of the operating system becomes a `StoreError` that names the folder, the free space and the way out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from countersign.errors import StoreError

PART = ".part"

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
FORBIDDEN = {errno.EACCES, errno.EPERM}
REFUSALS = FULL | FORBIDDEN | {errno.EFBIG, errno.EROFS, errno.EIO}


def refusal(error: OSError, *, folder: Path, needed: int | None = None) -> StoreError:
    """Return the error that tells a reader why `folder` could not be written to and what to do about it.

    Parameters
    ----------
    needed: bytes that were to be written, if known.
    """
    want = "" if needed is None else f" {size_in_words(needed)} are to be written."
    free = _free(folder)
    room = "" if free is None else f" {size_in_words(free)} are free."
    again = "then start the same command again: it continues where it stopped, nothing is lost"
    if error.errno in FULL:
        return StoreError(
            f"The disk is full.{want}{room}",
            where=str(folder),
            action=f"free some space, or choose another place with --folder, {again}",
        )
    if error.errno == errno.EFBIG:
        return StoreError(
            f"The system does not allow a file this large.{want}{room}",
            where=str(folder),
            action=f"raise the limit on file sizes (ulimit -f) or choose another disk with --folder, {again}",
        )
    if error.errno == errno.EROFS:
        return StoreError(
            f"This place can only be read.{want}",
            where=str(folder),
            expected="a folder that can be written to",
            action=f"choose another place with --folder, {again}",
        )
    if error.errno in FORBIDDEN:
        return StoreError(
            f"You may not write here.{want}",
            where=str(folder),
            expected="a folder you may write to",
            action=f"change the rights of the folder or choose another place with --folder, {again}",
        )
    reason = error.strerror or type(error).__name__
    return StoreError(f"The disk refused: {reason}.{want}{room}", where=str(folder), action=f"solve this, {again}")


def _free(folder: Path) -> int | None:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def size_in_words(size: int) -> str:
    """Return a number of bytes as people say it, in units of 1024."""
    number = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


@contextlib.contextmanager
def guarded(folder: Path, *, needed: int | None = None) -> Iterator[None]:
    """Turn every OSError inside into the StoreError of `refusal`."""
    try:
        yield
    except OSError as error:
        raise refusal(error, folder=folder, needed=needed) from error


def settle(path: Path) -> None:
    """Wait until a file's bytes, or a folder's list of names, are on the disk (fsync)."""
    if sys.platform == "win32" and path.is_dir():
        return  # Windows settles names by itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network folders cannot be told to settle
            raise
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def seize(handle: int, *, wait: bool) -> bool:
        """Lock an open file for this process; the system releases it when the process ends, however it ends."""
        # A byte far behind the content: on Windows a locked byte cannot be read by others.
        os.lseek(handle, 1 << 40, os.SEEK_SET)
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True
            finally:
                os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def seize(handle: int, *, wait: bool) -> bool:
        """Lock an open file for this process; the system releases it when the process ends, however it ends."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a new temporary file in `folder`; it is gone afterwards unless `place` gave it its name.

    The file is locked while it is open, so that `sweep` in another process knows that somebody is still writing it.
    """
    while True:
        path = folder / f".{os.getpid()}-{secrets.token_hex(8)}{PART}"
        try:
            with path.open("xb") as out:
                seize(out.fileno(), wait=True)
                if not path.exists():
                    continue  # swept away between its making and its lock
                yield out, path
                return
        finally:
            path.unlink(missing_ok=True)


def place(out: BinaryIO, part: Path, target: Path) -> None:
    """Give a written temporary file its name: bytes on the disk first, then the name, then the folder's list."""
    out.flush()
    os.fsync(out.fileno())
    if sys.platform == "win32":
        out.close()  # Windows does not rename an open file
    part.replace(target)
    settle(target.parent)


def sweep(folder: Path) -> int:
    """Remove the temporary files that a killed process left in `folder`; return how many.

    A file that a living process is writing is locked and stays.
    """
    removed = 0
    for path in folder.glob(f".*{PART}"):
        with contextlib.suppress(OSError), path.open("rb") as old:
            if seize(old.fileno(), wait=False):
                path.unlink()
                removed += 1
    return removed


def replace(path: Path, data: bytes) -> None:
    """Write `data` to `path` in one go: readers see the old file or the new one.

    Raises
    ------
    StoreError: the disk refused; the old file is untouched.
    """
    with guarded(path.parent, needed=len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary(path.parent) as (out, part):
            out.write(data)
            place(out, part, path)


def append(path: Path, line: bytes) -> None:
    """Add one line to a file of lines, whole or not at all, and wait until it is on the disk.

    Two processes may append to the same file at once. What a killed process left without its line break is cut off
    first; whoever needs those bytes keeps them before calling this.

    Raises
    ------
    StoreError: the disk refused; the file is as before.
    """
    with guarded(path.parent, needed=len(line) + 1):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            seize(handle, wait=True)
            end = _end_of_lines(file)
            try:
                file.truncate(end)
                file.seek(end)
                _write_all(file, line + b"\n")
                os.fsync(handle)
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(end)
                raise
        if new:
            settle(path.parent)


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:  # an almost full disk takes a part and refuses the rest
        left = left[file.write(left) :]


def _end_of_lines(file: FileIO) -> int:
    """Return the position behind the last line break."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 65536)
        file.seek(start)
        block = file.read(end - start)
        if (found := block.rfind(b"\n")) >= 0:
            return start + found + 1
        end = start
    return 0


def set_aside_torn(path: Path, torn: Path, *, whole: Callable[[bytes], bool]) -> int:
    """Cut off a last line that was not written to its end, and keep it in another file; return how many bytes it has.

    Parameters
    ----------
    path: a file of lines; 0 is returned where it ends as it should or is not there. whole: whether a line can be read:
        one that has its line break may be torn all the same, on a disk that lost power while it wrote.

    Raises
    ------
    StoreError: the disk refused.
    """
    data = path.read_bytes() if path.exists() else b""
    end = data.rfind(b"\n") + 1
    if end and not whole(data[:end].split(b"\n")[-2]):
        end = data.rfind(b"\n", 0, end - 1) + 1
    if end == len(data):
        return 0
    piece = data[end:].strip(b"\n")
    # Set aside first, cut second: killed in between, the piece is there twice, never not at all.
    append(torn, piece.replace(b"\n", b" "))
    with guarded(path.parent), path.open("r+b") as file:
        file.truncate(end)
        file.flush()
        settle(path)
    return len(piece)
