"""Secret: a file with random bytes on which stable noise rests. It stays in the study's folder, never in a release."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from countersign.errors import StoreError

BYTES = 32
FOLDER = ".secrets"
"""Folder beside the study file; its own `.gitignore` keeps it out of version control."""


def keep_secret(path: Path) -> bytes:
    """Return the secret in a file, made when it is asked for the first time.

    Parameters
    ----------
    path: the file; 64 hexadecimal digits in one line. A new one can be read by its owner only.

    Returns
    -------
    32 bytes, the same ones every time: of two processes that make it at once, one wins and both return its bytes.

    Raises
    ------
    StoreError: the file holds something else, cannot be read or cannot be made.
    """
    try:
        if not path.exists():
            make_once(path, secrets.token_hex(BYTES).encode() + b"\n")
        text = path.read_text(encoding="ascii").strip()
        made = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"The secret '{path.name}' cannot be {'read' if path.exists() else 'made'}.",
            where=path.name,
            expected="a file with 64 hexadecimal digits, in a folder that can be written",
            action="bring the file back from a copy: with another secret, figures of earlier releases would move again",
        ) from error
    if len(made) != BYTES:
        raise StoreError(
            f"The secret '{path.name}' has {len(made)} bytes.",
            where=path.name,
            expected=f"{BYTES} bytes, as 64 hexadecimal digits",
            action="bring the file back from a copy",
        )
    return made


def tag_of(secret: bytes) -> str:
    """Return four digits by which a changed secret is noticed, and from which nobody can compute it."""
    return hashlib.blake2b(secret, person=b"tag", digest_size=2).hexdigest()


def make_once(path: Path, data: bytes) -> None:
    """Make a file that only its owner can read, unless it is there: of two processes that make it, one wins.

    Raises
    ------
    OSError: the disk refused.
    """
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
        if path.parent.name == FOLDER:
            (path.parent / ".gitignore").write_text("*\n", encoding="ascii")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)  # unlike a rename, never replaces the file of another process
        except FileExistsError:
            pass  # another process was faster: then its secret is the one
        except OSError:
            if path.exists():
                raise
            beside.rename(path)  # a disk without links, such as a memory stick
    finally:
        beside.unlink(missing_ok=True)
