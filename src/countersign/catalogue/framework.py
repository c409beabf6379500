"""A view: the same criteria in the order of another framework, with what was and what was not verified of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from countersign.catalogue.entries import Entry, Status

STATUS_WORDS: Mapping[Status, str] = {
    Status.READ: "verified: its source was read",
    Status.SECOND_HAND: "second-hand: read in someone else's rendering",
    Status.DRAFT: "not verified: rests on sources that were not read",
    Status.PROPOSED: "proposed by this project",
}
ITEM_STATUSES = ("", *(str(status) for status in Status))


@dataclass(frozen=True)
class ViewItem:
    """One principle, dimension or concept of a framework.

    Parameters
    ----------
    title: in this project's words. criteria: ids of the one table. group: a heading above several items.
    status: how far this item was checked; empty = as the view. note: its reading in own words.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"status": ITEM_STATUSES}
    SHORT: ClassVar[str] = "title"

    id: str
    title: str
    criteria: tuple[str, ...]
    group: str = ""
    status: str = ""
    note: str = ""


@dataclass(frozen=True)
class View(Entry):
    """A framework as a view on the one table of criteria.

    Parameters
    ----------
    code: short name used in the table of criteria. body: who made it; year: of the text.
    verified: what was seen in a source; missing: what was not. items: in the framework's own order.
    """

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {"items": (ViewItem, "id")}

    code: str = ""
    body: str = ""
    year: str = ""
    verified: str = ""
    missing: str = ""
    items: tuple[ViewItem, ...] = ()

    @property
    def status_words(self) -> str:
        """The status in words, for the reader."""
        return STATUS_WORDS[self.status]

    @property
    def label(self) -> str:
        """The title with its status in words: the only way in which outputs name a view."""
        return f"{self.title} ({self.status_words})"

    @property
    def criteria(self) -> tuple[str, ...]:
        """The ids of all its criteria, each once, in its order."""
        return tuple(dict.fromkeys(key for item in self.items for key in item.criteria))


@dataclass(frozen=True)
class Arrangement:
    """Criteria in the order of a view.

    Parameters
    ----------
    view: whose order. items: each item with those of the criteria that belong to it; an item without any stays, so
        that a gap is seen, and a criterion may stand under several. rest: criteria the view does not ask for.
    """

    view: View
    items: tuple[tuple[ViewItem, tuple[str, ...]], ...]
    rest: tuple[str, ...]
