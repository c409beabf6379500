"""Words people use in files for totals, sexes, missing answers and the like, kept as data in ``words.yaml``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def words() -> Mapping[str, Any]:
    """Return the word lists."""
    loaded: Mapping[str, Any] = yaml.safe_load(files("countersign.intake").joinpath("words.yaml").read_text("utf-8"))
    return loaded


def fold(text: str) -> str:
    """Return a text with case, accents, punctuation and repeated blanks taken out, for comparing names."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    plain = plain.replace("'", "").replace("\u2019", "")
    return " ".join(re.sub(r"[\W_]+", " ", plain.casefold()).split())


@cache
def known(kind: str) -> frozenset[str]:
    """Return the folded words of one list."""
    return frozenset(fold(str(word)) or str(word) for word in words()[kind])


@cache
def meaning(kind: str) -> Mapping[str, str]:
    """Return folded word -> what it stands for, for lists that group words (``sex``, ``residence``)."""
    return {fold(str(word)): name for name, own in words()[kind].items() for word in own}


@cache
def _codes() -> frozenset[str]:
    return frozenset(str(code) for code in words()["missing_codes"])


def looks_missing(value: str) -> bool:
    """Whether a cell is a well-known way of writing that there is no answer."""
    return value.strip().upper() in _codes()
