"""Wording: a text brought to a form in which only its words count, and the digest of that form.

The official wording of a question belongs to those who publish it and is not kept here; its digest is enough to find a
question that was altered. The form, in this order:

1. HTML entities are resolved and HTML tags become a blank.
2. Unicode normal form NFKC; characters without width (categories Cf) are dropped.
3. Markdown: a link becomes its text; ``*``, backquotes and ``~`` are dropped, so are ``_`` at the edge of a word and
   ``#`` at the start of a line.
4. Curly, low and angle quotes become straight ones, all dashes become a hyphen.
5. Letters are folded (`str.casefold`), then NFKC again.
6. Runs of white space become one blank.
7. Punctuation and blanks at both ends are dropped: so also the question marks of all scripts, and colons.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable

_QUOTES = {ord(mark): "'" for mark in "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u0060"} | {
    ord(mark): '"' for mark in "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u2039\u203a"
}
_DASHES = {ord(mark): "-" for mark in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"}


def normalised(text: str) -> str:
    """Return a text in the form described above."""
    text = re.sub(r"<[^<>]*>", " ", html.unescape(text))
    text = unicodedata.normalize("NFKC", text)
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    text = re.sub(r"!?\[([^\[\]]*)\]\([^()]*\)", r"\1", text)
    text = re.sub(r"[*`~]|(?m:^\s*#+)|(?<!\w)_+|_+(?!\w)", "", text)
    text = text.translate(_QUOTES | _DASHES)
    text = unicodedata.normalize("NFKC", text.casefold())
    text = " ".join(text.split())
    start, end = 0, len(text)
    while start < end and _edge(text[start]):
        start += 1
    while end > start and _edge(text[end - 1]):
        end -= 1
    return text[start:end]


def digest_of(text: str) -> str:
    """Return the SHA-256 of the normalised text, 64 hexadecimal digits."""
    return hashlib.sha256(normalised(text).encode("utf-8")).hexdigest()


def digest_of_options(labels: Iterable[str]) -> str:
    """Return the SHA-256 of a list of answers in order: the normalised labels, one a line."""
    return hashlib.sha256("\n".join(normalised(label) for label in labels).encode("utf-8")).hexdigest()


def _edge(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter).startswith("P")
