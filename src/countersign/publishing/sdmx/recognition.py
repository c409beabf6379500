"""Categories -> codes, where a study does not say them: words of the catalogue, bands of age, names of countries.

What is recognised is always told, and a variable is recognised as a whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from countersign.catalogue import load
from countersign.model.data_structure import DataStructure

_SPACES = re.compile(r"[\s_]+")
_YEARS = r"(?:\s*(?:years?(?:\s+old)?|yrs?|y|ans?|años?))?"
_BETWEEN = re.compile(rf"(\d{{1,3}}){_YEARS}\s*(?:-|–|—|to|à|a)\s*(\d{{1,3}}){_YEARS}")
_MONTHS = re.compile(r"(\d{1,3})\s*(?:-|–|—|to)\s*(\d{1,3})\s*months?(?: old)?")
_FROM = re.compile(
    rf"(?:>=|≥)?\s*(\d{{1,3}}){_YEARS}\s*"
    rf"(?:\+|and (?:over|above|older|more)|or (?:over|older|more)|et plus){_YEARS}"
)
_UNDER = re.compile(rf"(?:under|below|less than|<|moins de|younger than)\s*(\d{{1,3}}){_YEARS}")
_ONE = re.compile(rf"(\d{{1,3}}){_YEARS}")
AREAS = ("country", "countries", "area", "country code", "iso", "iso2", "iso3", "m49", "nation", "pays", "ref area")
TIMES = ("year", "time", "period", "quarter", "month", "date", "round", "wave", "annee", "ano")


def folded(text: str) -> str:
    """Return a word for comparing: lower case, one blank between words."""
    return _SPACES.sub(" ", text.strip().casefold())


def role_of(variable: str) -> str:
    """Return what a variable is by its name: a role of `roles`, ``area``, ``time`` or empty."""
    name = folded(variable)
    for entry in load("sdmx_breakdowns"):
        if name in entry["variables"]:
            return entry.id
    if name in AREAS:
        return "area"
    return "time" if name in TIMES else ""


def recognise(role: str, categories: Sequence[str], labels: Sequence[str], codes: Mapping[str, str]) -> dict[str, str]:
    """Return category -> code for those that are recognised.

    Parameters
    ----------
    role: of the dimension. labels: of the categories, tried after the categories themselves. codes: of the dimension.
    """
    found = {}
    for category, label in zip(categories, labels, strict=True):
        for text in dict.fromkeys((category, label)):
            code = _code(role, text, codes)
            if code:
                found[category] = code
                break
    return found


def _code(role: str, text: str, codes: Mapping[str, str]) -> str:
    if role == "area":
        return country_code(text, codes)
    word = folded(text)
    words: Mapping[str, Sequence[str]] = (
        load("sdmx_breakdowns")[role]["words"] if role in load("sdmx_breakdowns") else {}
    )
    candidates = [code for code, known in words.items() if word in known]
    if role == "age":
        candidates += [age_code(word)]
    return next((code for code in candidates if code in codes), "")


def age_code(text: str) -> str:
    """Return the code of an age band as CL_AGE writes it: Y18T24, Y_GE65, Y0T17, Y30, M6T59; empty where it is none."""
    if found := _MONTHS.fullmatch(text):
        low, high = int(found[1]), int(found[2])
        return f"M{low}T{high}" if low < high else ""
    if found := _BETWEEN.fullmatch(text):
        low, high = int(found[1]), int(found[2])
        return f"Y{low}T{high}" if low < high else ""
    if found := _FROM.fullmatch(text):
        return f"Y_GE{int(found[1])}"
    if found := _UNDER.fullmatch(text):
        years = int(found[1])
        return "Y0" if years == 1 else f"Y0T{years - 1}" if years > 1 else ""
    if found := _ONE.fullmatch(text):
        return f"Y{int(found[1])}"
    return ""


def country_code(text: str, codes: Mapping[str, str]) -> str:
    """Return the code of a country by its ISO 3166 code, M49 number or name; empty where the list has none.

    M49 numbers come first and are tried with and without leading zeros: lists of SDMX write 4, not 004.
    """
    country = _countries().get(folded(text))
    if country is None:
        return ""
    alpha2, alpha3, numeric = country
    tried = (numeric.lstrip("0"), numeric, alpha2, alpha3)
    return next((code for code in tried if code in codes), "")


def country_of(text: str) -> str:
    """Return the alpha-2 code of the country of an ISO 3166-2 code such as KE-30; empty where it is none."""
    head, mark, rest = text.strip().partition("-")
    known = _countries().get(folded(head))
    return known[0] if mark and rest and known is not None and len(head) == 2 else ""


@cache
def _countries() -> Mapping[str, tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for entry in load("countries"):
        alpha3, numeric = str(entry.get("alpha3", "")), str(entry.get("numeric", ""))
        for name in (entry.id, alpha3, numeric, numeric.lstrip("0"), entry.title):
            if name:
                found.setdefault(folded(name), (entry.id, alpha3, numeric))
    return found


def known_dimension(structure: DataStructure, named: str) -> bool:
    """Return whether a structure has a dimension of that id, time included."""
    return named in {one.id for one in structure.dimensions} | ({structure.time.id} if structure.time else set())
