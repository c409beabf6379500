"""Hit, ScreenedText, Screening: what gives persons away in free text, for a person to look at before it leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hit:
    """A piece of a text that may give somebody away.

    Parameters
    ----------
    kind: id in the catalogue's list ``identifiers``, or ``phone``, ``name``, ``place``. start, end: in the text.
    sure: certain enough to be taken out. word: what is put in its place.
    """

    kind: str
    start: int
    end: int
    sure: bool
    word: str


@dataclass(frozen=True)
class ScreenedText:
    """A text with its hits. It holds what people wrote, so it stays inside.

    Parameters
    ----------
    number: a number that tells nothing of the record. column: where it stood. hits: in order, not overlapping.
    """

    number: int
    column: str
    text: str = field(repr=False)
    hits: tuple[Hit, ...] = ()

    @property
    def proposed(self) -> str:
        """The text with every hit replaced by its word in brackets."""
        parts, last = [], 0
        for hit in self.hits:
            parts += [self.text[last : hit.start], f"[{hit.word}]"]
            last = hit.end
        return "".join([*parts, self.text[last:]])


@dataclass(frozen=True)
class Screening:
    """All texts of a study, screened.

    Parameters
    ----------
    texts: those that hold anything. names, places: how many names and places were looked for.
    """

    texts: tuple[ScreenedText, ...]
    names: int = 0
    places: int = 0

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Return column -> kind -> number of hits."""
        found: dict[str, Counter[str]] = {}
        for one in self.texts:
            found.setdefault(one.column, Counter()).update(hit.kind for hit in one.hits)
        return {column: dict(sorted(kinds.items())) for column, kinds in found.items()}

    @property
    def clean(self) -> int:
        """How many texts have no hit."""
        return sum(not one.hits for one in self.texts)


@dataclass(frozen=True)
class PhotoNote:
    """What a photo was and what became of it.

    Parameters
    ----------
    file: its name in the folder. width, height: pixels, upright. hidden: what lay beside the pixels: ``place``,
    ``time``, ``device``, ``thumbnail``, ``text``, ``other``. problem: why it cannot be shown, or empty.
    """

    file: str
    width: int = 0
    height: int = 0
    hidden: tuple[str, ...] = ()
    problem: str = ""
