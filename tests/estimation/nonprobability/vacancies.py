"""The Polish job vacancy survey and the central job offers, reduced to cells; rows for searches that need them."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
from drawn_samples import gathered

from countersign.model.cells import Cells, Floats
from real_data import shared

ON = ("region", "private", "nace", "size")


@cache
def read(name: str) -> list[dict[str, str]]:
    with shared("inference", name).open(newline="") as lines:
        return list(csv.DictReader(lines))


def _numbered(rows: list[dict[str, str]]) -> tuple[dict[str, Floats], dict[str, list[str]]]:
    levels = {
        name: sorted({row[name] for row in read("jvs.csv")} | {row[name] for row in read("admin.csv")}) for name in ON
    }
    return {name: np.array([float(levels[name].index(row[name])) for row in rows]) for name in ON}, levels


def _named(cells: Cells, levels: dict[str, list[str]]) -> Cells:
    keys: dict[str, Any] = {}
    for name, values in cells.keys.items():
        keys[name] = np.array([levels[name][int(value)] for value in values], dtype=object)
    return Cells(
        keys, cells.measures, cells.n, cells.weight, cells.weight2, cells.first, cells.cross, cells.second, cells.plain
    )


def answers() -> Floats:
    return np.array([float(row["single_shift"] == "TRUE") for row in read("admin.csv")])


def weights() -> Floats:
    return np.array([float(row["weight"]) for row in read("jvs.csv")])


def offers() -> Cells:
    codes, levels = _numbered(read("admin.csv"))
    return _named(gathered(codes, {"single_shift": answers()}), levels)


def vacancies() -> Cells:
    codes, levels = _numbered(read("jvs.csv"))
    return _named(gathered(codes, {}, weights()), levels)


def matrix(name: str) -> Floats:
    """Return the model matrix as R makes it: intercept, dummies without the first category, `private` as a number."""
    rows = read(name)
    codes, levels = _numbered(rows)
    columns = [np.ones(len(rows))]
    for variable in ON:
        if variable == "private":
            columns.append(np.array([float(row["private"]) for row in rows]))
            continue
        columns += [(codes[variable] == place) * 1.0 for place in range(1, len(levels[variable]))]
    return np.column_stack(columns)
