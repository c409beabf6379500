"""Columns of free text -> a queue for a person to read, and what that person let through -> texts that may leave."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from countersign.errors import ProtectionError
from countersign.model.screening import Hit, ScreenedText, Screening
from countersign.protection.texts.recognising import Listed, find_identifiers

AS_PROPOSED, CHANGED, WITHHELD = "as proposed", "changed", "withhold"
DECISIONS = (AS_PROPOSED, CHANGED, WITHHELD)


@dataclass(frozen=True)
class Decision:
    """What a person decided about one text.

    Parameters
    ----------
    number: of the text. decision: one of `DECISIONS`. text: what shall be shown, if it was changed. line: of the file.
    """

    number: int
    decision: str
    text: str = ""
    line: int = 0


def screen(
    columns: Mapping[str, Sequence[str | None]],
    *,
    secret: bytes,
    countries: Sequence[str] = (),
    names: Sequence[str] = (),
    places: Sequence[str] = (),
    advance: Callable[[int, int], None] = lambda done, all_: None,
) -> Screening:
    """Look for whatever gives a person away in columns of free text.

    Parameters
    ----------
    columns: name -> a text or None for each record. Empty texts are left out.
    secret: orders and numbers the texts, so that neither tells which record a text is from.
    countries, names, places: see `find_identifiers`; names are those of people asked in the same form.
    advance: told how many texts are done.
    """
    people, small = Listed(names, parts=True), Listed(places, parts=False)
    found = [
        (hashlib.blake2b(f"{column}\x1f{row}".encode(), key=secret[:64]).digest(), column, text)
        for column, texts in columns.items()
        for row, text in enumerate(texts)
        if text is not None and text.strip()
    ]
    found.sort()
    screened = []
    for number, (_, column, text) in enumerate(found, start=1):
        hits = find_identifiers(text, countries=countries, names=people, places=small)
        screened.append(ScreenedText(number, column, text, hits))
        advance(number, len(found))
    return Screening(tuple(screened), names=len(people), places=len(small))


def release_texts(
    screening: Screening, decisions: Sequence[Decision], *, find: Callable[[str], tuple[Hit, ...]], file: str = ""
) -> tuple[tuple[int, str, str], ...]:
    """Return number, column and text of what a person let through. Nobody decided = it stays inside.

    Parameters
    ----------
    find: `find_identifiers` with the lists of this study: what is let through is looked at once more.

    Raises
    ------
    ProtectionError: a decision that is none, about no text of this screening, twice about one, a change without a text,
        or a text that still holds what surely gives somebody away; the message says the line, never the text.
    """
    known = {one.number: one for one in screening.texts}
    seen: set[int] = set()
    shown = []
    for one in decisions:
        where = f"{file}, line {one.line}" if file else f"line {one.line}"
        _refuse(one, known, seen, where)
        seen.add(one.number)
        if one.decision == WITHHELD:
            continue
        text = known[one.number].proposed if one.decision == AS_PROPOSED else one.text.strip()
        left = [hit for hit in find(text) if hit.sure]
        if left:
            raise ProtectionError(
                f"The text still gives somebody away: {', '.join(sorted({hit.word for hit in left}))}.",
                where=where,
                expected="a text in which nobody can be found",
                action=f"take it out, or write '{WITHHELD}'",
            )
        shown.append((one.number, known[one.number].column, text))
    return tuple(sorted(shown))


def _refuse(one: Decision, known: Mapping[int, ScreenedText], seen: set[int], where: str) -> None:
    if one.decision not in DECISIONS:
        raise ProtectionError(
            "This is no decision about a text.",
            where=where,
            expected=" or ".join(f"'{word}'" for word in DECISIONS) + "; an empty cell keeps the text inside",
            action="choose one of them",
        )
    if one.number not in known:
        raise ProtectionError(
            "The decision is about a text that is not in these data.",
            where=where,
            expected="a number of the list that was written from the same data",
            action="write the list again: 'countersign screen', and decide on that one",
        )
    if one.number in seen:
        raise ProtectionError(
            "The text is decided twice.", where=where, expected="one line a text", action="take one line out"
        )
    if one.decision == CHANGED and not one.text.strip():
        raise ProtectionError(
            "The text is to be changed, but there is no new one.",
            where=where,
            expected="the text that may be shown, in the column 'new text'",
            action=f"write it, or write '{WITHHELD}'",
        )
