"""Disaggregating: the minimum set of an indicator with the overarching dimensions, and dimensions found by name."""

from __future__ import annotations

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
