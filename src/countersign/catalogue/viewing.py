"""Viewing: the frameworks known, one from outside, and criteria brought into the order of one."""

from __future__ import annotations

from collections.abc import Iterable

from countersign.catalogue.entries import Listing
from countersign.catalogue.framework import Arrangement, View
from countersign.catalogue.loading import criteria, read, typed
from countersign.errors import CatalogueError, nearest

LIST = "frameworks"


def views(*others: View) -> Listing[View]:
    """Return the frameworks of the catalogue, with those of the study after them.

    Raises
    ------
    CatalogueError: two frameworks have one name, or one names a criterion that does not exist.
    """
    listing = typed(LIST, View)
    entries = dict(listing.entries)
    for view in entries.values():
        _check(view, where=f"catalogue/{LIST}.yaml, entries.{view.id}")
    for view in others:
        if view.id in entries:
            raise CatalogueError(
                f"There are two frameworks of the name '{view.id}'.",
                where=f"framework '{view.title}'",
                action="give the framework of the study another id",
            )
        _check(view, where=view.id)
        entries[view.id] = view
    return Listing(listing.name, listing.title, entries, listing.version, listing.source, listing.status, listing.note)


def view(key: str, *others: View) -> View:
    """Return one framework by its id or by its code in the table of criteria; CatalogueError names the nearest."""
    listing = views(*others)
    by_code = {one.code: one.id for one in listing if one.code}
    return listing[by_code.get(key, key)]


def read_view(text: str, *, where: str) -> View:
    """Return the one framework written in a YAML text of the form of ``catalogue/frameworks.yaml``.

    Parameters
    ----------
    where: the file, for errors.

    Raises
    ------
    CatalogueError: not valid YAML, an unknown key, an unknown criterion (the nearest is named), no or several
        frameworks, a name that the catalogue already uses, a status that is not one.
    """
    listing = read(text, where=where)
    found = [entry for entry in listing if isinstance(entry, View)]
    if len(found) != 1 or len(listing) != 1:
        raise CatalogueError(
            f"One framework is expected, {len(listing)} entries were found.",
            where=where,
            expected="holds: view, and one entry",
        )
    known = views()
    if found[0].id in known:
        raise CatalogueError(
            f"There are two frameworks of the name '{found[0].id}': this one and '{known[found[0].id].title}'.",
            where=f"{where}, entries.{found[0].id}",
            action="give this one another id",
        )
    _check(found[0], where=f"{where}, entries.{found[0].id}")
    return found[0]


def arrange(view: View, criteria_ids: Iterable[str]) -> Arrangement:
    """Return criteria, such as those of a list of findings, in the order of a view; nothing is lost.

    Raises
    ------
    CatalogueError: an id is no criterion; the nearest is named.
    """
    given = tuple(dict.fromkeys(criteria_ids))
    known = criteria()
    for key in given:
        known[key]
    order = {key: place for place, key in enumerate(known.ids)}
    items = tuple((item, tuple(key for key in item.criteria if key in given)) for item in view.items)
    asked = set(view.criteria)
    return Arrangement(view, items, tuple(sorted((key for key in given if key not in asked), key=lambda k: order[k])))


def _check(view: View, *, where: str) -> None:
    known = criteria()
    for item in view.items:
        for key in item.criteria:
            if key not in known:
                raise CatalogueError(
                    f"There is no criterion '{key}'. {nearest(key, known.ids)}".rstrip(),
                    where=f"{where}.items.{item.id}",
                    expected="an id from A1 to I3",
                )
