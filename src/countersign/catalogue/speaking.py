"""Words: what the catalogue says to people, in one language.

English stands in the lists themselves; every other language is a list of its own, ``words.<language>.yaml``, whose
entries are named by list, id and part: ``criteria.A1.title``. A translation that nobody reviewed says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from countersign.catalogue.asking import questions, scales
from countersign.catalogue.entries import Status
from countersign.catalogue.loading import available, criteria, load, uses
from countersign.errors import CatalogueError, nearest

TITLES = ("roles", "participation_ladder", "selections", "value_chain")


@dataclass(frozen=True)
class Words:
    """The catalogue's words for people in one language.

    Parameters
    ----------
    language: two-letter code. status: of the translation; English is the source itself. texts: key -> text.
    """

    language: str
    status: Status
    source: str
    texts: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        """Return one text, such as ``criteria.A1.title``; CatalogueError names the nearest key."""
        if key not in self.texts:
            raise CatalogueError(
                f"There are no words for '{key}'. {nearest(key, self.texts)}".rstrip(),
                where=f"words in '{self.language}'",
                expected="list, id and part, such as criteria.A1.title",
            )
        return self.texts[key]

    @property
    def verified(self) -> bool:
        """Whether somebody who knows language and field has reviewed them."""
        return self.language == "en" or self.status is Status.READ

    @property
    def label(self) -> str:
        """The language with its status in words, to be shown wherever an unreviewed translation is used."""
        return self.language if self.verified else f"{self.language} (translation not reviewed)"


def languages() -> tuple[str, ...]:
    """Return the languages in which the catalogue speaks to people, English first."""
    return ("en", *(name.removeprefix("words.") for name in available() if name.startswith("words.")))


@cache
def words(language: str = "en") -> Words:
    """Return what the catalogue says to people in one language.

    Texts: ``criteria.ID.title`` and ``.fix`` (the first next step), ``questions.ID.ask`` and ``.choices.ANSWER``,
    ``scales.ID.ANSWER``, ``uses.ID.title``, ``.bar`` and ``.claim``, and the titles of roles, rungs, selections and
    steps of the value chain.

    Raises
    ------
    CatalogueError: there is no such language; the nearest and all known ones are named.
    """
    if language == "en":
        return Words("en", Status.PROPOSED, "The lists of this catalogue", _english())
    if language not in languages():
        raise CatalogueError(
            f"The catalogue has no words in '{language}'. {nearest(language, languages())}".rstrip(),
            expected=f"one of {', '.join(languages())}",
        )
    listing = load(f"words.{language}")
    return Words(language, listing.status, listing.source, {entry.id: entry.title for entry in listing})


def _english() -> dict[str, str]:
    texts: dict[str, str] = {}
    for criterion in criteria():
        texts[f"criteria.{criterion.id}.title"] = criterion.title
        texts[f"criteria.{criterion.id}.fix"] = criterion.fix
    for question in questions():
        texts[f"questions.{question.id}.ask"] = question.ask
        texts |= {f"questions.{question.id}.choices.{answer}": says for answer, says in question.choices.items()}
    for scale in scales():
        texts |= {f"scales.{scale.id}.{answer}": says for answer, says in scale.choices.items()}
    for use in uses():
        texts |= {f"uses.{use.id}.title": use.title, f"uses.{use.id}.bar": use.bar, f"uses.{use.id}.claim": use.claim}
    for name in TITLES:
        texts |= {f"{name}.{entry.id}.title": entry.title for entry in load(name)}
    return texts
