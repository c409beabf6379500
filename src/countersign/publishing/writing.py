"""Writing a file whole or not at all: a reader never meets half a report."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from countersign.errors import StoreError


def write_whole(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path` through a temporary file in the same folder and a rename.

    Raises
    ------
    StoreError: the disk is full, read-only or gone.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
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
            action="free some room or choose another folder with --folder, then start again",
        ) from error
