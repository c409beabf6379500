"""Rows to cells, slowly: what the engine does, in plain Python, for tests that must not depend on an engine."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from countersign.model.cells import Cells, _order
from real_data import shared

Row = Mapping[str, Any]
Measure = Callable[[Row], float | None]


def reduced(
    rows: Sequence[Row], by: Sequence[str], measures: Mapping[str, Measure], weight: str | None = None
) -> Cells:
    """Return the moments of `measures` by `by`; a missing measure counts 0."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    labels = sorted(groups, key=lambda key: tuple(_order(part) for part in key))
    p = len(measures)
    C = len(labels)
    n = np.zeros(C, dtype=np.int64)
    weight1, weight2 = np.zeros(C), np.zeros(C)
    first, cross, plain = np.zeros((C, p)), np.zeros((C, p)), np.zeros((C, p))
    second = np.zeros((C, p, p))
    for c, label in enumerate(labels):
        group = groups[label]
        d = np.array([1.0 if weight is None else float(row[weight]) for row in group])
        v = np.array([[0.0 if (x := f(row)) is None else float(x) for f in measures.values()] for row in group])
        v = v.reshape(len(group), p)
        n[c] = len(group)
        weight1[c], weight2[c] = d.sum(), (d**2).sum()
        plain[c], first[c], cross[c] = v.sum(0), d @ v, (d**2) @ v
        second[c] = (v * (d**2)[:, None]).T @ v
    keys = {name: np.empty(C, dtype=object) for name in by}
    for place, name in enumerate(by):
        for c, label in enumerate(labels):
            keys[name][c] = label[place]
    return Cells(
        keys=keys,
        measures=tuple(measures),
        n=n,
        weight=weight1,
        weight2=weight2,
        first=first,
        cross=cross,
        second=second,
        plain=plain,
    )


def field(name: str) -> Measure:
    """Return the measure that reads a column."""
    return lambda row: row[name]


def present(name: str) -> Measure:
    """Return the measure that is 1 where a column is not missing."""
    return lambda row: None if row[name] is None else 1.0


def square(name: str) -> Measure:
    """Return the measure that squares a column."""
    return lambda row: None if row[name] is None else row[name] ** 2


def equals(name: str, value: Any) -> Measure:
    """Return the measure that is 1 where a column has a value, 0 elsewhere, missing where it is missing."""
    return lambda row: None if row[name] is None else float(row[name] == value)


def one(row: Row) -> float:
    """Count rows."""
    return 1.0


def read(name: str, text: Sequence[str]) -> list[dict[str, Any]]:
    """Read one of the inference files; columns in `text` stay text, an empty cell is missing."""
    with shared("inference", name).open(newline="") as lines:
        return [
            {key: cell if key in text else (float(cell) if cell != "" else None) for key, cell in row.items()}
            for row in csv.DictReader(lines)
        ]


def schools() -> list[dict[str, Any]]:
    """Return apistrat."""
    return read("apistrat.csv", ("cds", "stype", "sch.wide", "comp.imp", "both", "awards"))


def people() -> list[dict[str, Any]]:
    """Return nhanes."""
    return read("nhanes.csv", ("agecat",))


def expected(name: str) -> dict[str, Any]:
    """Return a file of results of R survey."""
    found: dict[str, Any] = json.loads(shared("inference", name).read_text())
    return found
