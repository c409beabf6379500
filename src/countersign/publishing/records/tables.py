"""A table of the release -> its fields: name, type, meaning; the types are those of its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from countersign.catalogue import load
from countersign.model.estimate import CSV_PLAUSIBLE

NUMBERS = ("value", "standard_error", "lower", "upper", "n_effective", *CSV_PLAUSIBLE)
WHOLE = ("n",)
MEANINGS = {
    "figure_id": "Name of the figure",
    "indicator": "Name of the indicator in the study file",
    "series": "Code of the series",
    "unit": "Unit of the numbers; shares without a unit run from 0 to 1",
    "time": "Period, ISO 8601",
    "area": "Code or name of the area the study is about",
    "value": "The figure; blank is not zero, the status says what it is",
    "standard_error": "In the unit of the figure",
    "lower": "Lower end of the interval",
    "upper": "Upper end of the interval",
    "n": "Records behind the figure",
    "n_effective": "A simple random sample of this size would be as precise",
    "method": "How value and variance were computed",
    "convention": "Which interval",
    "status": "What the cell holds: published, caution, unreliable, suppressed, too_few, no_data, not_asked, refused",
    "flags": "Reliability rules that spoke",
    "note": "A plain sentence for the reader",
}
_WHOLE = re.compile(r"-?\d{1,15}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Field:
    """One column. type: of Table Schema: ``string``, ``number``, ``integer``, ``boolean``. required: never blank."""

    name: str
    type: str
    meaning: str = ""
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableFields:
    """The fields of a table. key: the column that names each row once, or empty. rows: how many there are."""

    fields: tuple[Field, ...]
    key: str = ""
    rows: int = 0


def fields_of(path: Path) -> TableFields | None:
    """Return the fields of a CSV file, or None where two columns have one name or rows differ in length.

    A column is of numbers where all its cells are; one without any cell is of texts. The columns of ``estimates.csv``
    have the types that are documented, whatever their cells.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        names = next(reader, [])
        kinds = ["" for _ in names]
        full = [True for _ in names]
        unique: dict[int, set[str]] = {number: set() for number, name in enumerate(names) if name.endswith("_id")}
        repeated: set[int] = set()
        rows = 0
        for row in reader:
            if len(row) != len(names):
                return None
            rows += 1
            for number, text in enumerate(row):
                if not text:
                    full[number] = False
                else:
                    kinds[number] = _wider(kinds[number], text)
                if number in unique and number not in repeated:
                    if text in unique[number]:
                        repeated.add(number)
                    unique[number].add(text)
    if not names or len(set(names)) != len(names) or "" in names:
        return None
    figures = path.name == "estimates.csv"
    found = tuple(
        Field(
            name=name,
            type=_documented(name) if figures and _documented(name) else kinds[number] or "string",
            meaning=MEANINGS.get(name, "") if figures else "",
            required=bool(rows) and full[number],
            values=load("states").ids if figures and name == "status" else (),
        )
        for number, name in enumerate(names)
    )
    keys = [names[number] for number in unique if number not in repeated and full[number] and rows]
    return TableFields(found, keys[0] if keys else "", rows)


def _documented(name: str) -> str:
    if name in NUMBERS:
        return "number"
    if name in WHOLE:
        return "integer"
    return "string" if name in MEANINGS else ""


def _wider(kind: str, text: str) -> str:
    """Return the type that holds both the cells so far and this one."""
    if kind == "string":
        return kind
    if text in ("true", "false"):
        own = "boolean"
    elif _WHOLE.fullmatch(text) and not re.match(r"-?0\d", text):
        own = "integer"
    elif _NUMBER.fullmatch(text) and not re.match(r"-?0\d", text):
        own = "number"
    else:
        return "string"
    if kind in ("", own):
        return own
    return "number" if {kind, own} == {"integer", "number"} else "string"


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Return path -> a name of small letters, digits, ``-``, ``_`` and ``.`` that no other path has."""
    found: dict[str, str] = {}
    for path in paths:
        stem = path[: -len(".csv")] if path.endswith(".csv") else path
        plain = re.sub(r"[^a-z0-9._-]+", "-", stem.casefold()).strip("-.") or "file"
        made, number = plain, 1
        while made in found.values():
            number += 1
            made = f"{plain}-{number}"
        found[path] = made
    return found
