"""Names of areas in several spellings, folded to one, with a map that says which was taken for which."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from countersign.intake.words import fold, known

CLOSE = 0.86  # similarity (difflib ratio) from which two names without partner are offered as one; always reported


def area_key(name: str) -> str:
    """Return what two spellings of one area have in common: no case, accents, punctuation, nor the word for its kind.

    >>> area_key("MURANG'A") == area_key("Murang\u2019a County")
    True
    """
    folded = fold(name)
    for word in sorted(known("level_words"), key=len, reverse=True):
        if folded.endswith(f" {word}"):
            folded = folded[: -len(word) - 1]
            break
    return folded


def proper(name: str) -> str:
    """Return a name with capitals only where names have them: ``TAITA/TAVETA`` becomes ``Taita/Taveta``."""
    text = " ".join(name.split())
    if text != text.upper():
        return text
    return re.sub(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?", lambda match: match[0][0].upper() + match[0][1:].lower(), text)


def spellings(names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Choose one spelling for each area.

    Returns
    -------
    The map from every spelling to the one used, and sentences on what was folded. Of several spellings the one with
    small letters and without a word such as "County" is used.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        own = groups.setdefault(area_key(name), [])
        if name not in own:
            own.append(name)
    chosen: dict[str, str] = {}
    many = 0
    for key, own in groups.items():
        best = min(own, key=lambda name: (name == name.upper(), fold(name) != key, len(name), name))
        shown = proper(best)
        if fold(shown) != key:
            words = shown.split()
            shown = " ".join(words[: -(len(fold(shown).split()) - len(key.split()))])
        chosen.update(dict.fromkeys(own, shown))
        many += len(own) > 1
    notes = []
    if many:
        example = max(groups.values(), key=len)
        notes.append(
            f"{many} areas are written in more than one way and were folded to one, for example "
            + " = ".join(f"'{name}'" for name in example)
            + "."
        )
    return chosen, notes


def alike(left: Iterable[str], right: Iterable[str]) -> dict[str, str]:
    """Pair names without partner that are surely meant to be one: right name -> left name.

    They are nearly the same and no other's best match, or one is the other with a further word (``Nairobi``,
    ``Nairobi City``).
    """
    lone_left = {area_key(name): name for name in left}
    lone_right = {area_key(name): name for name in right}
    common = lone_left.keys() & lone_right.keys() | {""}
    free_left = [key for key in lone_left if key not in common]
    free_right = [key for key in lone_right if key not in common]
    pairs: dict[str, str] = {}
    for key in free_right:
        best = difflib.get_close_matches(key, free_left, n=1, cutoff=CLOSE)
        if best and difflib.get_close_matches(best[0], free_right, n=1, cutoff=CLOSE) == [key]:
            pairs[lone_right[key]] = lone_left[best[0]]
    for key in free_right:
        longer = [
            other for other in free_left if f"{other} ".startswith(f"{key} ") or f"{key} ".startswith(f"{other} ")
        ]
        if lone_right[key] not in pairs and len(longer) == 1:
            pairs[lone_right[key]] = lone_left[longer[0]]
    return pairs
