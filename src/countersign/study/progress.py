"""Progress: what a long job tells the person who waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

# Called with the step that begins now in plain words, how many steps are done and how many there are.
Progress: TypeAlias = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Say nothing: the progress of a script or a test."""
