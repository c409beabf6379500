"""Plain language: which words a page for everybody does without, and how long its sentences are."""

from __future__ import annotations

import re
from functools import cache

from countersign.catalogue import load

MOST_WORDS = 15


@cache
def _jargon() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one.title, re.compile(rf"\b{re.escape(one.title)}", re.IGNORECASE)) for one in load("jargon"))


def jargon(text: str) -> tuple[str, ...]:
    """Return the words of the list ``jargon`` that some word of `text` begins with, each once."""
    return tuple(word for word, pattern in _jargon() if pattern.search(text))


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text: what ends with a full stop, a question mark or an exclamation mark."""
    parts = re.split(r"(?<=[.?!])[\"”»)]*\s+|\n+", text)
    return tuple(part.strip() for part in parts if re.search(r"\w", part))


def average_length(text: str) -> float:
    """Return the average number of words of a sentence, 0 for a text without one."""
    found = sentences(text)
    return sum(len(re.findall(r"[\w'’.,-]*\w", one)) for one in found) / len(found) if found else 0.0


def plain_enough(text: str) -> bool:
    """Return whether a text has no jargon and sentences of 15 words or fewer on average."""
    return not jargon(text) and average_length(text) <= MOST_WORDS
