"""Row kinds: what a row is (a person, an event, a place), going by the words a study uses for it."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue.loading import load

PEOPLE = ("person", "case", "told")
"""Kinds of rows behind each of which one person or household stands."""


def is_of(unit: str, kinds: Sequence[str]) -> bool:
    """Whether a row is of one of these kinds (list ``units``), going by the words the study uses for it."""
    known = load("units")
    named = {word for kind in kinds for word in (kind, *(known[kind]["words"] if kind in known else ()))}
    return any(word in unit.casefold() for word in named)
