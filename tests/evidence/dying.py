"""A way to kill a process at every point at which it touches the disk."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

TOUCHING = {
    "open",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.link",
    "os.truncate",
    "os.chmod",
    "shutil.rmtree",
}


def in_a_child(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; return its exit code, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def killed_everywhere(work: Callable[[], None], *, below: Path, prepare: Callable[[], None]) -> Iterator[int]:
    """Run `work` again and again, killed one touch of the disk later each time, until it gets through unharmed.

    A touch is any opening, making, renaming, linking, cutting or removing below the folder `below`, and any wait for
    the disk. Yields the number of the touch after each kill; the caller looks at what is left.
    """
    point = 0
    while True:
        point += 1
        prepare()
        if (code := in_a_child(lambda at=point: _dying(work, below, at))) == 0:
            assert point > 5, "the work hardly touched the disk: the test would show nothing"
            return
        assert code == -signal.SIGKILL
        yield point


def _dying(work: Callable[[], None], below: Path, at: int) -> None:
    touches = 0
    settle = os.fsync

    def touch() -> None:
        nonlocal touches
        touches += 1
        if touches == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in TOUCHING and arguments and str(below) in str(arguments[0]):
            touch()

    def settling(handle: int) -> None:
        touch()
        settle(handle)

    os.fsync = settling
    sys.addaudithook(hook)
    work()
