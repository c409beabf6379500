"""The order of a framework: its concepts, each with the criteria under it; and the criteria it does not ask about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from countersign.catalogue import Status, arrange, criteria, view
from countersign.publishing.language import Words

ORDERS = ("sims", "nqaf")  # what statistical offices report by, and the principles they are assessed by


@dataclass(frozen=True)
class Concept:
    """One concept of a framework: its code and title, the criteria under it, and whether its reading is unverified."""

    code: str
    title: str
    criteria: tuple[str, ...]
    unverified: bool = False
    note: str = ""


@dataclass(frozen=True)
class Order:
    """A framework as an order of the criteria.

    Parameters
    ----------
    label: its name with its status in words. unverified: whether its source has not been read in full; missing: what
    of it was not read.
    """

    key: str
    label: str
    unverified: bool
    concepts: tuple[Concept, ...]
    missing: str = ""


def orders(keys: Iterable[str], words: Words, *, frameworks: Sequence[str] = ORDERS) -> tuple[Order, ...]:
    """Return the orders of a dossier: the first arranges the page, the others are indexes into it.

    Parameters
    ----------
    frameworks: ids of views of the catalogue.

    Raises
    ------
    CatalogueError: there is no such view; the nearest is named.
    """
    known = tuple(key for key in dict.fromkeys(keys) if key in criteria())
    return tuple(in_view(key, known, words) for key in frameworks)


def in_view(key: str, keys: Sequence[str], words: Words) -> Order:
    """Return criteria in the order of one view; what it does not ask about comes last, so that nothing is lost."""
    found = arrange(view(key), keys)
    concepts = [
        Concept(item.id, words.gettext(item.title), own, _unverified(item.status or found.view.status), item.note)
        for item, own in found.items
    ]
    if found.rest:
        concepts.append(Concept("", words.gettext("Not asked for by this framework"), found.rest))
    return Order(
        found.view.id, found.view.label, found.view.status is not Status.READ, tuple(concepts), found.view.missing
    )


def _unverified(status: str) -> bool:
    return status in (Status.DRAFT, "")
