"""Spelling: one text for each category, whatever type a file gave it; what is a number."""

from __future__ import annotations

from numbers import Real
from typing import Any


def spelled(value: Any) -> str:
    """Return a category as text: 1 and 1.0 are ``1``, true is ``true``; a missing one is the empty text."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_number(value: object) -> bool:
    """Whether it is a number of any kind, NumPy's too; true and false are none."""
    return isinstance(value, Real) and type(value).__name__ not in ("bool", "bool_")
