"""Delivery: put a finished folder in its place, so that readers find the old whole one or the new whole one.

The new folder is built beside the place where it will stand. Then two renames swap it in: the old one becomes
``<name>.previous``, the new one takes its name, and the old one is removed. A run killed at any point is put right by
the next `deliver` or `recover`: the old folder comes back if the new one had not taken its place.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from countersign.errors import StoreError
from countersign.evidence import disk
from countersign.evidence.lock import Lock


def deliver(build: Callable[[Path], None], target: Path, *, mark: str = "trail.jsonl") -> Path:
    """Build a folder and put it at `target` in one go.

    Parameters
    ----------
    build: fills the empty folder it is given.
    target: where the folder shall stand; what stands there is replaced, if it is a folder that holds `mark`.
    mark: a file that only our folders have; a folder without it is somebody's own and is never replaced.

    Returns
    -------
    `target`.

    Raises
    ------
    StoreError: somebody's own folder is in the place, another process delivers to it, `build` did not write `mark`, or
        the disk refused; what stood at `target` is untouched. An error of `build` itself passes through, likewise.
    """
    with _lock(target):
        new = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.new")
        with disk.guarded(target.parent):
            _put_right(target)
            _refuse_strangers(target, mark)
            new.mkdir()
        try:
            _build(build, new)
            if not (new / mark).is_file():
                raise StoreError(
                    f"The new folder has no {mark}.",
                    where=str(target),
                    action="report this: it is a defect of the step that writes the release, not of your data",
                )
            with disk.guarded(target.parent):
                _settle_all(new)
                _swap(new, target)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return target


def recover(target: Path) -> bool:
    """Put right what a killed delivery left beside `target`; return whether there was anything.

    Raises
    ------
    StoreError: another process delivers to it at this moment, or the disk refused.
    """
    if not _remains(target):
        return False
    with _lock(target), disk.guarded(target.parent):
        _put_right(target)
    return True


def previous_of(target: Path) -> Path:
    """Return where the old folder waits while the new one takes its place."""
    return target.with_name(f"{target.name}.previous")


def _build(build: Callable[[Path], None], new: Path) -> None:
    try:
        build(new)
    except OSError as error:
        if error.errno in disk.REFUSALS:
            raise disk.refusal(error, folder=new.parent) from error
        raise


def _lock(target: Path) -> Lock:
    return Lock(target.with_name(f".{target.name}.lock"))


def _remains(target: Path) -> list[Path]:
    half_built = sorted(target.parent.glob(f".{target.name}.*.new")) if target.parent.is_dir() else []
    previous = previous_of(target)
    return [*half_built, *([previous] if previous.exists() else [])]


def _put_right(target: Path) -> None:
    previous = previous_of(target)
    if previous.exists() and not target.exists():
        previous.rename(target)
        disk.settle(target.parent)
    for folder in _remains(target):  # under the lock nobody else is building: all of these are of killed runs
        shutil.rmtree(folder)


def _refuse_strangers(target: Path, mark: str) -> None:
    if target.is_dir() and ((target / mark).is_file() or not any(target.iterdir())):
        return
    if target.exists() or target.is_symlink():
        raise StoreError(
            f"There is something else in the place of the release: it has no {mark}.",
            where=str(target),
            expected="no folder, an empty one, or an earlier release",
            action="move it away, or choose another place with --folder",
        )


MANY = 500
"""More files than this are settled by one call to the system: one by one they would take a hundred times as long."""


def _settle_all(folder: Path) -> None:
    paths = sorted(folder.rglob("*"))
    if len(paths) > MANY and hasattr(os, "sync"):
        os.sync()
        return
    for path in paths:
        if not path.is_symlink():
            disk.settle(path)
    disk.settle(folder)


def _swap(new: Path, target: Path) -> None:
    previous = previous_of(target)
    old = target.exists()
    if old:
        target.rename(previous)
    try:
        new.rename(target)
    except OSError:
        if old:
            previous.rename(target)
        raise
    disk.settle(target.parent)
    if old:
        with contextlib.suppress(OSError):  # the new one stands; the next delivery clears away what is left here
            shutil.rmtree(previous)
