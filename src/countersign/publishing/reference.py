"""What the catalogue says about criteria, uses and ways of selection, in the words of the report."""

from __future__ import annotations

from collections.abc import Iterable

from countersign.catalogue import Criterion, Use, criteria, languages, load, uses
from countersign.catalogue import words as catalogue_words
from countersign.model.finding import Finding
from countersign.publishing.language import Words

UNVERIFIED = "draft-unverified"


def spoken(key: str, english: str, words: Words) -> str:
    """Return a text of the catalogue in the language of the page, where its words have been translated."""
    if words.language == "en" or words.language not in languages():
        return words.gettext(english)
    return catalogue_words(words.language).texts.get(key, words.gettext(english))


def criterion(key: str) -> Criterion | None:
    """Return a criterion of the catalogue, or None for one it lacks."""
    listing = criteria()
    return listing.entries.get(key)


def criterion_title(key: str, words: Words) -> str:
    """Return the plain title of a criterion; its id where the catalogue lacks it."""
    found = criterion(key)
    return spoken(f"criteria.{key}.title", found.title, words) if found else key


def blocks(findings: Iterable[Finding], words: Words) -> dict[str, str]:
    """Return letter -> name of the blocks that some finding belongs to, in order."""
    names: dict[str, str] = {}
    for key in sorted({finding.criterion for finding in findings}, key=place):
        found = criterion(key)
        name = found.block.removeprefix(key[:1]).strip(" .:-") if found else ""
        names.setdefault(key[:1], words.gettext(name) if name else "")
    return names


def place(key: str) -> tuple[str, int]:
    """Sort criteria as people do: E2 before E10."""
    digits = key[1:]
    return (key[:1], int(digits) if digits.isdigit() else 0)


def ladder() -> tuple[Use, ...]:
    """Return the uses, lowest first."""
    return tuple(uses())


def use_title(key: str, words: Words) -> str:
    """Return the plain name of a use."""
    listing = uses()
    return spoken(f"uses.{key}.title", listing[key].title, words) if key in listing else key


def selection_title(key: str, words: Words) -> str:
    """Return in words how units got into the data."""
    listing = load("selections")
    return spoken(f"selections.{key}.title", listing[key].title, words) if key in listing else key


def self_selected(key: str) -> bool:
    """Return whether this way of selection lets units choose themselves; an unknown way counts as such."""
    listing = load("selections")
    return bool(listing[key].get("self_selected", True)) if key in listing else True
