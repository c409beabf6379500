"""Disaggregating: the minimum set of an indicator with the overarching dimensions, and dimensions found by name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from countersign.catalogue.breakdown import Dimension, Group, Needed, Requirement
from countersign.catalogue.entries import Listing, Status
from countersign.catalogue.loading import indicator, typed

LIST = "disaggregation"


def dimensions() -> Listing[Dimension]:
    """Return all dimensions by which figures are broken down."""
    return typed("dimensions", Dimension)


def vulnerable_groups() -> Listing[Group]:
    """Return the groups that must not be left behind."""
    return typed("vulnerable_groups", Group)


def disaggregation(key: str) -> Requirement:
    """Return what an SDG indicator must be broken down by: its minimum set, then what is recommended for all.

    An indicator whose name nobody looked at has no required dimension and says so (`Requirement.examined`).

    Raises
    ------
    CatalogueError: there is no such indicator; the nearest is named.
    """
    code = indicator(key).id
    listing = typed(LIST, Requirement)
    if code in listing:
        found = listing[code]
    else:
        found = Requirement(
            code, "Not looked at", Status.DRAFT, listing.source, note="Nobody has read its name", examined=False
        )
    named = {one.dimension for one in found.dimensions}
    further = tuple(Needed(one.id, "recommended") for one in dimensions() if one.overarching and one.id not in named)
    return replace(found, dimensions=(*found.dimensions, *further))


def recognise(*names: str) -> tuple[str, ...]:
    """Return the ids of the dimensions that the name or a label of a variable speaks of, in the order of the list."""
    return tuple(one.id for one in dimensions() if any(one.recognises(name) for name in names if name))


KNOWN_BY = ("sex", "age")  # dimensions by which people are known besides area and what figures are broken down by
MOST_KEYS = 8  # variables that are crossed where nobody has said which


def propose_keys(
    *, area: str, age: str, asked: Iterable[str], variables: Iterable[tuple[str, Sequence[str]]], there: Container[str]
) -> list[str]:
    """Return by which variables people could be known, where the study does not say.

    Parameters
    ----------
    area, age: variables that play these parts, or nothing. asked: variables that figures are broken down by.
    variables: name and labels of further categories and whole numbers: those about sex or age are taken. there: names
    of the columns.
    """
    seen = [name for name, labels in variables if set(recognise(name, *labels)) & set(KNOWN_BY)]
    return [name for name in dict.fromkeys([area, age, *asked, *seen]) if name and name in there][:MOST_KEYS]
