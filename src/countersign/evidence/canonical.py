"""Canonical JSON: one value, one sequence of bytes, one digest.

RFC 8785 (JCS) orders the keys and fixes how numbers are written, so that two people who hold the same value hold the
same SHA-256.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping, Set
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import rfc8785

from countersign.errors import StoreError

LARGEST = 2**53 - 1
BLOCK = 1 << 20


def plain(value: Any, *, where: str = "value") -> Any:
    """Return `value` as JSON knows it: objects, lists, text, numbers, true, false, null.

    Nouns (dataclasses) become objects, tuples and arrays lists. What JSON cannot say is said in one fixed way: NaN
    becomes null, an infinity the text ``Infinity`` or ``-Infinity``; a whole number beyond 2^53 - 1, a Decimal and
    a date become their text.

    Raises
    ------
    StoreError: a key that is not text, or a thing that has no JSON form; the message names its place.
    """
    if isinstance(value, Enum):
        return plain(value.value, where=where)
    if value is None or isinstance(value, (str, bool)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, (np.generic, np.ndarray)):
        return plain(value.tolist(), where=where)
    if isinstance(value, int):
        return value if abs(value) <= LARGEST else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, (Decimal, PurePath)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return plain(fields, where=where)
    if isinstance(value, Mapping):
        if strange := [key for key in value if not isinstance(key, str)]:
            raise _no_form(f"{where}: a key of type {type(strange[0]).__name__}", "keys that are text")
        return {str(key): plain(item, where=f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, where=f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, Set):
        return [plain(item, where=where) for item in sorted(value, key=repr)]
    raise _no_form(f"{where}: {type(value).__name__}", "objects, lists, text, numbers, true, false, null")


def _no_form(what: str, expected: str) -> StoreError:
    return StoreError(
        f"This cannot be written as JSON: {what}.",
        expected=expected,
        action="report this: it is a defect of the step that made it, not of your data",
    )


_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def _simple(value: Any) -> bool:
    """Whether a value is text, whole numbers, true, false, null, and lists and objects of them with ASCII keys."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                return False
            if type(item) is not str and not _simple(item):
                return False
        return True
    if kind is list or kind is tuple:
        return all(map(_simple, value))
    return kind is int and -LARGEST <= value <= LARGEST


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of `value` (see `plain`), UTF-8, without a line break (source: RFC 8785, 2020)."""
    try:
        if _simple(value):
            # Where there is no number with a fraction and keys are ASCII, JSON as Python writes it is canonical.
            return _write(value).encode("utf-8")
        return rfc8785.dumps(plain(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise _no_form(type(error).__name__, "valid Unicode text and finite numbers") from error


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of `data`, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, read in blocks of 1 MiB."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def loads(data: bytes) -> Any:
    """Return the value that the JSON in `data` holds; numbers beyond 2^53 - 1 are doubles, as RFC 8785 reads them."""
    return json.loads(data, parse_int=_number)


def _number(text: str) -> int | float:
    return int(text) if len(text) < 16 or abs(int(text)) <= LARGEST else float(text)
