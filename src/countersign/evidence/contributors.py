"""Contributors: a key of their own for everybody whose rows are kept, and the code on their receipt.

Rows are kept sealed, each under the key of the person who gave it. Destroying that key makes the row unreadable
wherever a copy of the sealed file lies; the log of what was done need not be touched. Keys are random, so that nobody
can compute one again; they lie in ``.secrets`` beside the study file, and with them goes every sealed row.

A receipt code is derived from a secret and the pseudonym: whoever does not hold the secret cannot list codes, and a
code tells nothing of the person. It is read aloud: no vowels, no signs that look or sound alike, and a last sign that
finds every single mistake and every swap.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from countersign.errors import ConsentError, StoreError
from countersign.evidence import disk
from countersign.evidence.secret import FOLDER, keep_secret, tag_of

TAG, KEY = 16, 32
ENTRY = TAG + KEY
GONE = bytes(KEY)
"""What stands in the place of a key that was destroyed."""

SIGNS = "23456789CFHJKMRWX"
"""Seventeen signs, a prime number: the check sign then finds every swap of two signs."""

LENGTH, GROUP = 12, 4
_WEIGHTS = tuple(pow(3, place, len(SIGNS)) for place in range(LENGTH - 1, -1, -1))


class Contributors:
    """The keys of the people in one study.

    Parameters
    ----------
    study: the study's folder.
    """

    def __init__(self, study: Path) -> None:
        self.folder = study / FOLDER
        self.path = self.folder / "contributors"
        self._secret: bytes | None = None
        self._places: dict[bytes, int] | None = None
        self._keys: list[bytes] = []

    def tag(self, record: str) -> bytes:
        """Return 16 bytes that stand for a pseudonym and tell nothing of it."""
        return hmac.digest(self._own(), b"tag\0" + record.encode(), sha256)[:TAG]

    def code(self, record: str) -> str:
        """Return the receipt code of a record, such as ``C7K4-9FHM-2R3X``."""
        number = int.from_bytes(hmac.digest(self._own(), b"receipt\0" + record.encode(), sha256), "big")
        digits = []
        for _ in range(LENGTH - 1):
            number, digit = divmod(number, len(SIGNS))
            digits.append(digit)
        digits.append(-_checked([*digits, 0]) % len(SIGNS))
        return _grouped("".join(SIGNS[digit] for digit in digits))

    def commitment(self, text: str) -> str:
        """Return what proves a text to whoever holds the secret, and lets nobody else try texts until one fits."""
        return hmac.new(self._own(), b"commitment\0" + text.encode(), sha256).hexdigest()

    @property
    def mark(self) -> str:
        """Four digits by which another secret is noticed; see `tag_of`."""
        return tag_of(self._own())

    @property
    def known(self) -> bool:
        """Whether this study has a secret already; without it, nobody can be recognised by a tag or a code."""
        return (self.folder / "receipts").is_file()

    def key(self, record: str) -> bytes | None:
        """Return the key of a person, or None where there is none or where it was destroyed."""
        return self.key_of(self.tag(record))

    def key_of(self, tag: bytes) -> bytes | None:
        """Return the key that belongs to a tag; see `key`."""
        place = self._known().get(tag)
        key = None if place is None else self._keys[place]
        return None if key == GONE else key

    def ensure(self, records: Iterable[str]) -> None:
        """Give everybody a key who has none; a person who came back after a withdrawal gets a new one.

        Raises
        ------
        StoreError: the disk refused, or the file of keys is damaged.
        """
        places = self._known()
        tags = {self.tag(record) for record in records}
        new = sorted(tag for tag in tags if tag not in places)
        again = [tag for tag in tags if tag in places and self._keys[places[tag]] == GONE]
        if not new and not again:
            return
        with disk.guarded(self.folder, needed=ENTRY * len(new)):
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "r+b") as file:
                for tag in again:
                    file.seek(places[tag] * ENTRY + TAG)
                    file.write(secrets.token_bytes(KEY))
                file.seek(len(places) * ENTRY)
                file.write(b"".join(tag + secrets.token_bytes(KEY) for tag in new))
                file.flush()
                os.fsync(handle)
        self._places = None

    def destroy(self, record: str) -> bool:
        """Overwrite the key of a person in its place; return whether there was one.

        What an earlier copy of the file holds (a backup, the inside of a flash disk) is out of reach.
        """
        tag = self.tag(record)
        place = self._known().get(tag)
        if place is None or self._keys[place] == GONE:
            return False
        with disk.guarded(self.folder), self.path.open("r+b", buffering=0) as file:
            for written in (secrets.token_bytes(KEY), GONE):
                file.seek(place * ENTRY + TAG)
                file.write(written)
                os.fsync(file.fileno())
        self._places = None
        return True

    def _own(self) -> bytes:
        if self._secret is None:
            self._secret = keep_secret(self.folder / "receipts")
        return self._secret

    def _known(self) -> dict[bytes, int]:
        if self._places is None:
            data = self.path.read_bytes() if self.path.is_file() else b""
            if len(data) % ENTRY:
                raise StoreError(
                    "The file of contributors' keys is damaged: its length does not fit.",
                    where=f"{FOLDER}/{self.path.name}",
                    action="bring it back from a copy; without it, sealed rows are read from the original file again",
                )
            entries = [data[at : at + ENTRY] for at in range(0, len(data), ENTRY)]
            self._keys = [entry[TAG:] for entry in entries]
            self._places = {entry[:TAG]: place for place, entry in enumerate(entries)}
        return self._places


def read_code(text: str) -> str:
    """Return a receipt code as it was given out, from what somebody typed or heard.

    Raises
    ------
    ConsentError: it is no code; the message says what is wrong, and never which codes there are.
    """
    signs = "".join(one for one in text.upper() if not one.isspace() and one not in "-.–_")
    strange = sorted({one for one in signs if one not in SIGNS})
    expected = f"{LENGTH} signs out of {' '.join(SIGNS)}, in groups of {GROUP}"
    if strange:
        raise ConsentError(
            f"The receipt code holds signs that no code has: {' '.join(strange)}.", expected=expected,
            action="read the slip again, sign by sign",
        )  # fmt: skip
    if len(signs) != LENGTH:
        raise ConsentError(
            f"The receipt code has {len(signs)} signs.", expected=expected, action="read the slip again, sign by sign"
        )
    if _checked([SIGNS.index(one) for one in signs]):
        raise ConsentError(
            "One sign of the receipt code is wrong, or two are swapped.", expected=expected,
            action="read the slip again, sign by sign",
        )  # fmt: skip
    return _grouped(signs)


def _checked(digits: Iterable[int]) -> int:
    return sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) % len(SIGNS)


def _grouped(signs: str) -> str:
    return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))
