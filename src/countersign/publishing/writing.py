"""Writing a file whole or not at all: a reader never meets half a report."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from countersign.errors import StoreError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a text (as UTF-8) or bytes to `path` through a temporary file in the same folder and a rename.

    Raises
    ------
    StoreError: the disk is full, read-only or gone.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        raise StoreError(
            f"The file cannot be written: {error.strerror or error}.",
            where=str(path),
            expected="a folder that can be written to, with room on its disk",
            action="free some room, close the file if another program holds it open, or choose another folder or name",
        ) from error
