"""A text -> the pieces of it that may give somebody away.

Finding nothing is no proof that nothing is there: a text is shown to a person before it is published.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from countersign.model.screening import Hit
from countersign.protection.texts.checksums import CHECKS

NEAR = 40
"""Letters within which a word must stand that says what a number is."""
SHORTEST_NAME = 3
SHORTEST_PHONE = 7
LONGEST, SHARED = 100_000, 2_000
"""Letters of a text that are looked at in one piece, and how many of them the next piece looks at again."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True)
class Recogniser:
    """One kind of identifier: see the catalogue's list ``identifiers``."""

    kind: str
    pattern: re.Pattern[str]
    word: str
    sure: bool
    check: str
    near: re.Pattern[str] | None
    countries: tuple[str, ...]


@cache
def recognisers() -> tuple[Recogniser, ...]:
    """Return all recognisers of the catalogue."""
    from countersign.catalogue import load

    return tuple(
        Recogniser(
            kind=entry.id,
            pattern=re.compile(str(entry["pattern"])),
            word=str(entry["word"]),
            sure=bool(entry["sure"]),
            check=str(entry.get("check", "")),
            near=_any_of(entry.get("near", ())),
            countries=tuple(entry.get("countries", ())),
        )
        for entry in load("identifiers")
    )


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(re.escape(word) for word in words)})(?!\w)")


class Listed:
    """Names of people or places to be found in a text, whole words, whatever their case and accents.

    Parameters
    ----------
    names: of several words or one; parts shorter than `SHORTEST_NAME` letters are not looked for alone.
    parts: each word of a name counts by itself, as with people; places count as a whole.
    """

    def __init__(self, names: Iterable[str], *, parts: bool) -> None:
        self.known: set[tuple[str, ...]] = set()
        for name in names:
            words = tuple(folded(word) for word in _WORD.findall(name))
            if words and sum(map(len, words)) >= SHORTEST_NAME:
                self.known.add(words)
            if parts:
                self.known |= {(word,) for word in words if len(word) >= SHORTEST_NAME}
        self.longest = max(map(len, self.known), default=0)

    def __len__(self) -> int:
        return len(self.known)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of every name, the longest one first found."""
        found = list(_WORD.finditer(text))
        words = [folded(one.group()) for one in found]
        passed = 0
        for place in range(len(words)):
            for length in range(min(self.longest, len(words) - place), 0, -1) if place >= passed else ():
                if tuple(words[place : place + length]) in self.known:
                    yield found[place].start(), found[place + length - 1].end()
                    passed = place + length
                    break


def folded(word: str) -> str:
    """Return a word without case and accents."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("’", "'")


def find_identifiers(
    text: str,
    *,
    countries: Sequence[str] = (),
    names: Listed | None = None,
    places: Listed | None = None,
) -> tuple[Hit, ...]:
    """Return what may give somebody away, in order, without overlaps; the surer, then the longer, wins.

    Parameters
    ----------
    countries: ISO 3166 two-letter codes the study is about: their identity numbers and national telephone numbers.
    names: names asked in the same form. places: small places of a gazetteer.
    """
    hits = [
        replace(hit, start=at + hit.start, end=at + hit.end)
        for at in range(0, max(1, len(text) - SHARED), LONGEST - SHARED)
        for hit in _in_piece(text[at : at + LONGEST], countries, names, places)
    ]
    hits.sort(key=lambda hit: (not hit.sure, hit.start - hit.end, hit.start))
    kept: list[Hit] = []
    for hit in hits:
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


def _in_piece(text: str, countries: Sequence[str], names: Listed | None, places: Listed | None) -> Iterator[Hit]:
    yield from _patterns(text, countries)
    yield from _phones(text, countries)
    for start, end in names.find(text) if names else ():
        yield Hit("name", start, end, True, "name")
    for start, end in places.find(text) if places else ():
        yield Hit("place", start, end, False, "place")


def _patterns(text: str, countries: Sequence[str]) -> Iterator[Hit]:
    for one in recognisers():
        if one.countries and not set(one.countries) & set(countries):
            continue
        for match in one.pattern.finditer(text):
            if one.check and not CHECKS[one.check](match.group()):
                continue
            around = text[max(0, match.start() - NEAR) : match.end() + NEAR]
            if one.near is not None and not one.near.search(around):
                continue
            start, end = match.span("hit") if "hit" in one.pattern.groupindex else match.span()
            yield Hit(one.kind, start, end, one.sure, one.word)


def _phones(text: str, countries: Sequence[str]) -> Iterator[Hit]:
    """Telephone numbers: with a country code everywhere, without one in the countries of the study."""
    if sum(map(str.isdigit, text)) < SHORTEST_PHONE:
        return
    import phonenumbers

    for country in [*countries, None]:
        for match in phonenumbers.PhoneNumberMatcher(text, country):
            yield Hit("phone", match.start, match.end, True, "phone")
