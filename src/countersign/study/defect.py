"""Defect: the last resort for an error nobody foresaw: plain words for the reader, a file for those who mend it.

The file holds the way through the program and no value of the data: texts of foreign errors may quote cells.
"""

from __future__ import annotations

import errno
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from countersign import __version__
from countersign.errors import CountersignError, DefectError, StoreError


def explain(error: BaseException, *, command: str) -> CountersignError:
    """Return what to tell a reader about an error nobody foresaw.

    A refusal of the operating system names its file and is the reader's to solve (exit code 2). Everything else is a
    `DefectError` (exit code 1); its way through the program is written to a file, which the message names.

    Parameters
    ----------
    command: the words of the command that are not the reader's own, such as ``run --json``.
    """
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC):
        return StoreError(
            f"The system refused: {error.strerror}.",
            where=str(error.filename or ""),
            expected="a file that can be read, and a folder with room that can be written to",
            action="change the rights of the file, free some space, or choose another place with --folder",
        )
    if isinstance(error, MemoryError):
        return StoreError(
            "The memory of this computer does not suffice.",
            expected="room for the work",
            action="close other programs, or write 'settings: {memory: 1GB}' in study.yaml: then the disk is used",
        )
    text = report(error, command=command)
    written = _write(text)
    where = f"the file {written}" if written else "the lines above"
    if not written:
        sys.stderr.write(text)
    return DefectError(
        "Something went wrong inside Countersign. This is a defect of the program, not a mistake of yours.",
        where=str(written) if written else "",
        expected="a result, or a message that says what to correct",
        action=f"send {where} to the makers of Countersign; it holds no data. "
        "Your files are as they were; starting the same command again loses nothing",
    )


def report(error: BaseException, *, command: str) -> str:
    """Return the way through the program as text: files, lines, functions and kinds of errors, no values."""
    lines = [
        f"Countersign {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        f"Command: countersign {command}",
    ]
    for number, each in enumerate(_chain(error)):
        lines.append(f"{'Raised' if number == 0 else 'Because of'}: {type(each).__module__}.{type(each).__qualname__}")
        for frame in traceback.extract_tb(each.__traceback__)[-60:]:
            # The last two folders suffice to find a file, and do not name the reader's.
            place = "/".join(Path(frame.filename).parts[-3:])
            lines.append(f"  {place}, line {frame.lineno}, in {frame.name}: {frame.line or ''}")
    return "\n".join(lines) + "\n"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _write(text: str) -> Path | None:
    name = f"countersign-defect-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            (folder / name).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return None
