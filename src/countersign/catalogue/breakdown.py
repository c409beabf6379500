"""Disaggregation: by which dimensions an indicator must be broken down, and how a variable is recognised as one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from countersign.catalogue.entries import Entry


@dataclass(frozen=True)
class Dimension(Entry):
    """Something by which figures are broken down.

    Parameters
    ----------
    overarching: recommended for every indicator where relevant. code_list: id in the ``code_lists`` list, or empty.
    sdmx: dimension of the SDG data structure. words: by which a variable is recognised.
    """

    overarching: bool = False
    code_list: str = ""
    sdmx: str = ""
    words: tuple[str, ...] = ()

    def recognises(self, name: str) -> bool:
        """Return whether a name or label of a variable holds one of its words, as whole words in any case."""
        parts = _words(name)
        return any(f" {_words(word).strip()} " in parts for word in self.words)


@dataclass(frozen=True)
class Group(Entry):
    """A group that must not be left behind, and the dimension by which it is seen in data."""

    dimension: str = ""


@dataclass(frozen=True)
class Needed:
    """One dimension of an indicator: ``required`` by its name, or ``recommended``."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"need": ("required", "recommended")}
    SHORT: ClassVar[str] = "need"

    dimension: str
    need: str


@dataclass(frozen=True)
class Requirement(Entry):
    """What an indicator must be broken down by; `id` is its code.

    Parameters
    ----------
    dimensions: in order. examined: whether its name was looked at; where not, nothing is known to be required.
    """

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {"dimensions": (Needed, "dimension")}

    dimensions: tuple[Needed, ...] = ()
    note: str = ""
    examined: bool = True

    @property
    def required(self) -> tuple[str, ...]:
        """Ids of the dimensions its name asks for."""
        return tuple(one.dimension for one in self.dimensions if one.need == "required")

    @property
    def recommended(self) -> tuple[str, ...]:
        """Ids of the further dimensions that are recommended where they are relevant."""
        return tuple(one.dimension for one in self.dimensions if one.need == "recommended")


@cache
def _words(text: str) -> str:
    """Return a name as words between single blanks: ``AgeGroup``, ``age_group`` and ``Age group`` are the same."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(letter))
    return f" {' '.join(re.findall(r'[a-z0-9]+', plain.casefold()))} "
