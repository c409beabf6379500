"""Wording: when two texts say the same, by the words and signs in them."""

from __future__ import annotations

import unicodedata


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but capitals, blanks, punctuation and how accents are stored."""
    return words(one) == words(other)


def is_slip(one: str, other: str, *, length: int) -> bool:
    """Whether two texts have the same words but for one letter of one word of at least `length` letters.

    One letter changed, added, left out, or two neighbours exchanged.
    """
    first, second = words(one), words(other)
    if len(first) != len(second):
        return False
    unlike = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return len(unlike) == 1 and min(map(len, unlike[0])) >= length and _is_one_step(*unlike[0])


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, and every sign that can change its meaning.

    Such signs are symbols (``<``, ``$``) and a minus before a digit; blanks and punctuation are left out.
    """
    found: list[str] = []
    inside = False
    folded = unicodedata.normalize("NFC", text).casefold()
    for at, sign in enumerate(folded):
        kind = unicodedata.category(sign)
        if kind[0] in "LMN":
            found[-1:] = [found[-1] + sign] if inside else [*found[-1:], sign]
            inside = True
            continue
        inside = False
        if kind[0] == "S" or (kind == "Pd" and folded[at + 1 : at + 2].isdigit()):
            found.append(sign)
    return found


def _is_one_step(one: str, other: str) -> bool:
    if len(one) == len(other):
        at = [place for place in range(len(one)) if one[place] != other[place]]
        if len(at) == 1:
            return True
        return len(at) == 2 and at[1] == at[0] + 1 and one[at[0]] == other[at[1]] and one[at[1]] == other[at[0]]
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
