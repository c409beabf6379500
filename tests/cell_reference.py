"""Slow, independent answers: enumeration of all whole-number tables, and bounds by an interior-point solver."""

from __future__ import annotations

import csv

import numpy as np
import numpy.typing as npt

from countersign.model.additive_table import AdditiveTable
from countersign.protection.cells.reading import CellTable, cells_of_file, hierarchies_of
from real_data import shared

Bools = npt.NDArray[np.bool_]


def columns_of(*parts: str) -> dict[str, list[str]]:
    """Read a CSV of the shared data by columns."""
    with shared(*parts).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def shared_table(name: str, pattern: str, **options: str) -> CellTable:
    """Return a table of cells of the shared data, and what is hidden in it."""
    hierarchies = hierarchies_of(columns_of("protection", f"{name}_hierarchies.csv"))
    file = f"{name}_cells_primary.csv" if pattern == "primary" else f"{name}_{pattern}_cells.csv"
    cells = columns_of("protection", file)
    return cells_of_file(cells, hierarchies, status="sdcStatus", **options)


def enumerated(table: AdditiveTable, hidden: Bools, most: int) -> tuple[list[int], list[int]]:
    """Return lowest and highest value of each hidden cell over all whole-number tables that agree with the others."""
    places = np.flatnonzero(hidden)
    numbers = np.stack(np.meshgrid(*[np.arange(most + 1)] * len(places), indexing="ij"), axis=-1).reshape(
        -1, len(places)
    )
    values = np.tile(table.values, (len(numbers), 1))
    values[:, places] = numbers
    agree = np.ones(len(numbers), dtype=bool)
    for total, parts in table.equations:
        agree &= values[:, total] == values[:, list(parts)].sum(axis=1)
    return numbers[agree].min(axis=0).tolist(), numbers[agree].max(axis=0).tolist()


def by_interior_points(table: AdditiveTable, hidden: Bools, most: float) -> tuple[list[float], list[float]]:
    """Return the bounds of each hidden cell, every one by two programs of its own, solved by Clarabel."""
    import clarabel
    from scipy import sparse

    places = np.flatnonzero(hidden)
    count = len(places)
    matrix = np.zeros((len(table.equations), len(table)))
    for row, (total, parts) in enumerate(table.equations):
        matrix[row, total] = 1
        for part in parts:
            matrix[row, part] -= 1
    right = -matrix[:, ~hidden] @ table.values[~hidden]
    used = np.abs(matrix[:, places]).sum(axis=1) > 0
    equal, right = matrix[used][:, places], right[used]
    stacked = sparse.csc_matrix(np.vstack([equal, -np.eye(count), np.eye(count)]))
    limits = np.concatenate([right, np.zeros(count), np.full(count, most)])
    cones = [clarabel.ZeroConeT(len(right)), clarabel.NonnegativeConeT(2 * count)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    found: tuple[list[float], list[float]] = ([], [])
    for place in range(count):
        for side, sign in enumerate((1.0, -1.0)):
            cost = np.zeros(count)
            cost[place] = sign
            solver = clarabel.DefaultSolver(sparse.csc_matrix((count, count)), cost, stacked, limits, cones, settings)
            solution = solver.solve()
            assert str(solution.status) in ("Solved", "AlmostSolved"), solution.status
            found[side].append(float(np.asarray(solution.x)[place]))
    return found
