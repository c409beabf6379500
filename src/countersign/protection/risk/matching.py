"""Classes with missing keys -> how many records each may be: a missing key matches every answer.

Matching so is no grouping: a record without age matches the young and the old, who do not match one another. Two
records match if they agree in the keys that both have, so for every pair of patterns of missingness one group-by on
those keys counts all matches; there are few patterns, however many records there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from countersign.model.cells import Floats, Integers
from countersign.protection.risk.classes import Classes, Codes, counted


class Pair(NamedTuple):
    """Two patterns of missingness: their classes, and the cell of each in the keys that both have."""

    first: Codes
    second: Codes
    cell_of_first: Codes
    cell_of_second: Codes
    cells: int


def matched(classes: Classes) -> tuple[Integers, Floats]:
    """Return how many records match each class, itself among them, and the sum of their weights.

    Returns
    -------
    f_i = #{j: x_ik = x_jk for every key k that neither lacks}, and F_i = sum of w_j over the same j, both (C,).
    Source: R's sdcMicro counts so (freqCalc).
    """
    size, population = classes.size.copy(), classes.population.copy()
    for pair in pairs(classes):
        for mine, other, my_cell, other_cell in (
            (pair.first, pair.second, pair.cell_of_first, pair.cell_of_second),
            (pair.second, pair.first, pair.cell_of_second, pair.cell_of_first),
        ):
            size[mine] += counted(other_cell, pair.cells, classes.size[other])[my_cell]
            population[mine] += counted(other_cell, pair.cells, classes.population[other])[my_cell]
    return size, population


def pairs(classes: Classes) -> Iterator[Pair]:
    """Return every two different patterns of missingness, in a fixed order."""
    places = patterns(classes)
    for number, (absent, first) in enumerate(places):
        for other, second in places[number + 1 :]:
            kept = [place for place in range(len(classes.keys)) if not (absent | other) >> place & 1]
            cell, cells = classes.part(kept, np.concatenate([first, second]))
            yield Pair(first, second, cell[: len(first)], cell[len(first) :], cells)


def patterns(classes: Classes) -> list[tuple[int, npt.NDArray[np.int64]]]:
    """Return each pattern of missingness (bit k: key k is missing) and its classes."""
    bits = (classes.absent.astype(np.int64) << np.arange(len(classes.keys))[:, None]).sum(axis=0)
    return [(int(each), np.flatnonzero(bits == each)) for each in np.unique(bits)]
