"""Writing a file whole or not at all: a reader never meets half a report."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from countersign.errors import StoreError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a text (as UTF-8) or bytes to `path` through a temporary file in the same folder and a rename.

    Raises
    ------
    StoreError: the disk is full, read-only or gone.
    """
    write_stream(path, (content,))


def write_stream(path: Path, parts: Iterable[str | bytes]) -> None:
    """Write parts one after the other, none kept longer than it takes, and let the file appear when it is whole.

    Raises
    ------
    StoreError: the disk is full, read-only or gone. What the parts raise is passed on; no file is left.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part.encode("utf-8") if isinstance(part, str) else part)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise StoreError(
            f"The file cannot be written: {error.strerror or error}.",
            where=str(path),
            expected="a folder that can be written to, with room on its disk",
            action="free some room, close the file if another program holds it open, or choose another folder or name",
        ) from error
