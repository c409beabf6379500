"""A decision tree: questions that lead from one to the next, and ends that say what can be reached at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from countersign.catalogue.entries import Entry, Listing
from countersign.errors import CatalogueError, nearest


@dataclass(frozen=True)
class Branch:
    """One answer of a question: its words, and the id of what comes next."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    SHORT: ClassVar[str] = "to"

    answer: str
    to: str
    words: str = ""


@dataclass(frozen=True)
class Node(Entry):
    """A question of the tree, or an end of it; the title is the question or the sentence.

    Parameters
    ----------
    answers: of a question, in order; an end has none. reads: ids of the criteria that answer it; none where the two
        sides decide.
    ceiling: of an end, the highest use the path can reach; empty = what was agreed.
    route: of an end, the way of estimating.
    """

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {"answers": (Branch, "answer")}

    answers: tuple[Branch, ...] = ()
    reads: tuple[str, ...] = ()
    ceiling: str = ""
    route: str = ""

    @property
    def ends(self) -> bool:
        """Whether the path ends here."""
        return not self.answers


@dataclass(frozen=True)
class Path:
    """A way through the tree as far as the facts lead.

    Parameters
    ----------
    steps: questions with the answer each got, in order. outcome: the end, or None while a question is open.
    open: the question whose answer is not known, or None.
    """

    steps: tuple[tuple[Node, Branch], ...]
    outcome: Node | None = None
    open: Node | None = None

    def sentences(self) -> tuple[str, ...]:
        """Return the way in plain words, one sentence a step, the outcome or the open question last."""
        told = [f"{node.title} {branch.words}." for node, branch in self.steps]
        if self.outcome is not None:
            told.append(self.outcome.title)
        if self.open is not None:
            by = f"It is answered by {', '.join(self.open.reads)}." if self.open.reads else "The two sides decide."
            told.append(f"Not known yet: {self.open.title} {by}")
        return tuple(told)


@dataclass(frozen=True)
class Tree:
    """The whole tree; `start` is its first question. Every path ends, none runs in a circle, none is unreachable."""

    listing: Listing[Node]

    @property
    def start(self) -> Node:
        """The first question."""
        return self.listing[self.listing.ids[0]]

    def __getitem__(self, key: str) -> Node:
        return self.listing[key]

    @property
    def outcomes(self) -> tuple[Node, ...]:
        """All ends, in the order of the file."""
        return tuple(node for node in self.listing if node.ends)

    def lines(self) -> Iterator[tuple[int, Branch | None, Node]]:
        """Yield depth, the answer that leads here, and the node: every path, depth first, in the order of answers."""
        stack: list[tuple[int, Branch | None, Node]] = [(0, None, self.start)]
        while stack:
            depth, branch, node = stack.pop()
            yield depth, branch, node
            stack += [(depth + 1, one, self[one.to]) for one in reversed(node.answers)]


def grow(listing: Listing[Node], *, where: str) -> Tree:
    """Return the tree of a list of nodes.

    Raises
    ------
    CatalogueError: an answer leads nowhere (the nearest is named), a path runs in a circle, an entry is out of reach of
        the start, or a path ends at an entry that says no route.
    """
    if not len(listing):
        raise CatalogueError("The tree has no entries.", where=where)
    for node in listing:
        for branch in node.answers:
            if branch.to not in listing:
                raise CatalogueError(
                    f"The answer '{branch.answer}' leads to '{branch.to}', which does not exist. "
                    f"{nearest(branch.to, listing.ids)}".rstrip(),
                    where=f"{where}, entries.{node.id}",
                )
        if node.ends and not node.route:
            raise CatalogueError(
                "The path does not end: there are neither answers nor a route.",
                where=f"{where}, entries.{node.id}",
            )
    reached: set[str] = set()
    _descend(listing, listing.ids[0], (), reached, where=where)
    for key in listing.ids:
        if key not in reached:
            raise CatalogueError(
                "No answer leads here.", where=f"{where}, entries.{key}", action="name it in an answer or take it out"
            )
    return Tree(listing)


def walk(tree: Tree, facts: Mapping[str, str | None]) -> Path:
    """Return the way the facts lead.

    Parameters
    ----------
    facts: id of a question -> id of its answer, or None where it is not known. A question that is not named is not
        known either: the path stops there and says what is open.

    Raises
    ------
    CatalogueError: facts about a question the tree does not have, or an answer it does not have; the nearest is named.
    """
    for key in facts:
        if tree[key].ends:
            raise CatalogueError(f"'{key}' is an end of the tree and has no answer.", where="decision tree")
    node = tree.start
    steps: list[tuple[Node, Branch]] = []
    while not node.ends:
        answer = facts.get(node.id)
        if answer is None:
            return Path(tuple(steps), open=node)
        known = {branch.answer: branch for branch in node.answers}
        if answer not in known:
            raise CatalogueError(
                f"'{answer}' is not an answer of '{node.id}'. {nearest(answer, known)}".rstrip(),
                where="decision tree",
                expected=f"one of {', '.join(known)}",
            )
        steps.append((node, known[answer]))
        node = tree[known[answer].to]
    return Path(tuple(steps), outcome=node)


def _descend(listing: Listing[Node], key: str, path: tuple[str, ...], reached: set[str], *, where: str) -> None:
    if key in path:
        circle = " -> ".join((*path[path.index(key) :], key))
        raise CatalogueError(f"The path runs in a circle: {circle}.", where=f"{where}, entries.{path[-1]}")
    if key in reached:
        return
    for branch in listing[key].answers:
        _descend(listing, branch.to, (*path, key), reached, where=where)
    reached.add(key)
