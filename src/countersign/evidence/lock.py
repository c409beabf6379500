"""Lock: one run at a time in one folder.

The system holds the lock for the process and lets go of it when the process ends, however it ends: the lock of a dead
process is nobody's and is taken over without asking.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from countersign.errors import StoreError
from countersign.evidence import disk


class Lock:
    """A lock file that names the process holding it. It stays where it is, empty, when nobody does.

    Parameters
    ----------
    path: the lock file. wait: seconds to wait for another process; 0 = refuse at once.
    """

    def __init__(self, path: Path, *, wait: float = 0) -> None:
        self.path, self.wait = path, wait
        self._handle: int | None = None
        self._depth = 0

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    def __enter__(self) -> Lock:
        if self._handle is None:
            self._handle = self._take()
        self._depth += 1
        return self

    def __exit__(self, *problem: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._handle is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

    def _take(self) -> int:
        with disk.guarded(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        until = time.monotonic() + self.wait
        while not (taken := disk.seize(handle, wait=False)) and time.monotonic() < until:
            time.sleep(0.01)
        if taken:
            with contextlib.suppress(OSError):  # on a full disk the lock holds without its owner's name
                os.ftruncate(handle, 0)
                os.write(handle, str(os.getpid()).encode())
            return handle
        other = os.read(handle, 20).decode(errors="replace").strip()
        os.close(handle)
        who = f"Process {other}" if other.isdigit() else "Another process"
        raise StoreError(
            f"{who} is working in this folder.",
            where=str(self.path.parent),
            expected="one run at a time in one folder",
            action="wait until it has finished, or choose another place with --folder",
        )
