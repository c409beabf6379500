"""Deciding: the tree of the catalogue, or one from a text, checked against the criteria and uses it names."""

from __future__ import annotations

from functools import cache
from typing import cast

from countersign.catalogue.decision import Node, Tree, grow
from countersign.catalogue.entries import Listing
from countersign.catalogue.loading import criteria, read, typed, uses
from countersign.errors import CatalogueError, nearest


@cache
def decision_tree() -> Tree:
    """Return the tree that leads from consent to the highest use data can reach."""
    return _checked(typed("decision_tree", Node), where="catalogue/decision_tree.yaml")


def read_tree(text: str, *, where: str) -> Tree:
    """Return the tree written in a YAML text of the form of ``catalogue/decision_tree.yaml``.

    Raises
    ------
    CatalogueError: what `grow` refuses, or a criterion or use that does not exist; file and entry are named.
    """
    listing = read(text, where=where)
    if not all(isinstance(entry, Node) for entry in listing):
        raise CatalogueError("This is not a decision tree.", where=where, expected="holds: node")
    return _checked(cast(Listing[Node], listing), where=where)


def _checked(listing: Listing[Node], *, where: str) -> Tree:
    tree = grow(listing, where=where)
    for node in listing:
        for kind, named, known in (
            ("criterion", node.reads, criteria().ids),
            ("use", (node.ceiling,) if node.ceiling else (), uses().ids),
        ):
            for key in named:
                if key not in known:
                    raise CatalogueError(
                        f"There is no {kind} '{key}'. {nearest(key, known)}".rstrip(),
                        where=f"{where}, entries.{node.id}",
                    )
    return tree
