"""Maturity: how far an organisation is in each part of the work, and what it can do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from countersign.catalogue.entries import Entry, Listing
from countersign.errors import CatalogueError, nearest


@dataclass(frozen=True)
class Level:
    """One level of a part: its name, what it is like, and the next steps from here; the top level has steps too."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    SHORT: ClassVar[str] = "title"

    level: str
    title: str
    says: str
    steps: tuple[str, ...]

    @property
    def number(self) -> int:
        """1 to 4."""
        return int(self.level)


@dataclass(frozen=True)
class Part(Entry):
    """One part of the form: its question and its levels, lowest first."""

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {"levels": (Level, "level")}

    question: str = ""
    levels: tuple[Level, ...] = ()

    def at(self, level: int | str) -> Level:
        """Return a level by its number; CatalogueError names those there are."""
        found = next((one for one in self.levels if one.level == str(level)), None)
        if found is None:
            raise CatalogueError(
                f"The part '{self.id}' has no level '{level}'.",
                where="catalogue/maturity.yaml",
                expected=f"one of {', '.join(one.level for one in self.levels)}",
            )
        return found


@dataclass(frozen=True)
class Step:
    """A next step: of which part, at which level the organisation is, and what to do."""

    part: str
    level: int
    do: str


def next_steps(form: Listing[Part], levels: Mapping[str, int | str], *, most: int | None = None) -> tuple[Step, ...]:
    """Return the next steps of an organisation, the weakest part first, one of each part before a second of any.

    Parameters
    ----------
    levels: part -> level chosen; parts that are not answered give no step. most: how many steps, None = all.

    Raises
    ------
    CatalogueError: a part or a level that does not exist; the nearest or all are named.
    """
    for key in levels:
        if key not in form:
            raise CatalogueError(
                f"There is no part '{key}'. {nearest(key, form.ids)}".rstrip(),
                where="catalogue/maturity.yaml",
                expected=f"one of {', '.join(form.ids)}",
            )
    chosen = [(part, part.at(levels[part.id])) for part in form if part.id in levels]
    steps = [
        (turn, level.number, place, Step(part.id, level.number, do))
        for place, (part, level) in enumerate(chosen)
        for turn, do in enumerate(level.steps)
    ]
    ordered = tuple(step for *_, step in sorted(steps, key=lambda one: one[:3]))
    return ordered if most is None else ordered[:most]


def weakest(levels: Mapping[str, int | str]) -> int:
    """Return the lowest level chosen, the answer to criterion I3; 0 where nothing is answered."""
    return min((int(level) for level in levels.values()), default=0)
