"""Random tables of counts with hierarchies, for secondary suppression: people thrown into crossed code lists.

Each dimension is a balanced hierarchy. Its lowest codes have chances proportional to 1 / rank^0.8, shuffled, so some
codes are common and most are rare; dimensions are independent. Counts of 1 to 4 are unsafe, zeros are known, hiding
costs the value + 1.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from countersign.model.additive_table import AdditiveTable, Protect, equations_of
from countersign.model.hierarchy import Hierarchy

SEED = 7
SIZES: dict[int, tuple[tuple[tuple[int, ...], ...], int]] = {
    65: (((3, 3), (4,)), 260),
    272: (((4, 3), (3,), (3,)), 3_000),
    1_085: (((5, 5), (6,), (4,)), 20_000),
    2_640: (((6, 8), (7,), (5,)), 40_000),
    5_607: (((8, 10), (8,), (6,)), 80_000),
    10_480: (((10, 12), (9,), (7,)), 200_000),
    30_720: (((15, 16), (11,), (9,)), 500_000),
    92_576: (((25, 20), (15,), (10,)), 1_500_000),
}
"""Cells -> (parts at each level of each dimension, people)."""


def hierarchy(name: str, parts: tuple[int, ...]) -> Hierarchy:
    """Return a balanced hierarchy: so many parts of the total, so many of each of those, and so on."""
    parents = {name: ""}
    above = [name]
    for count in parts:
        below = [f"{code}.{number}" for code in above for number in range(count)]
        parents |= {code: code.rsplit(".", 1)[0] for code in below}
        above = below
    return Hierarchy(name, parents)


def random_table(
    dimensions: tuple[tuple[int, ...], ...], people: int, *, seed: int = SEED, unsafe: int = 4
) -> tuple[AdditiveTable, Protect]:
    """Return the table and what is unsafe in it.

    Parameters
    ----------
    dimensions: parts at each level, one tuple a dimension. people: how many are thrown. unsafe: counts up to it are.
    """
    random = np.random.default_rng(seed)
    lists = [hierarchy("abcdefgh"[place], parts) for place, parts in enumerate(dimensions)]
    chances = []
    for parts in dimensions:
        chance = 1 / np.arange(1, prod(parts) + 1) ** 0.8
        random.shuffle(chance)
        chances.append(chance / chance.sum())
    counts = np.zeros([len(chance) for chance in chances], dtype=np.int64)
    np.add.at(counts, tuple(random.choice(len(chance), people, p=chance) for chance in chances), 1)
    for axis, code_list in enumerate(lists):
        below = np.array(
            [[leaf == code or code in code_list.path(leaf) for leaf in code_list.leaves] for code in code_list.parents]
        )
        counts = np.moveaxis(np.tensordot(below.astype(np.int64), counts, axes=(1, axis)), 0, axis)
    values = counts.ravel()
    cells = tuple(product(*(code_list.parents for code_list in lists)))
    table = AdditiveTable(
        tuple(code_list.variable for code_list in lists),
        cells,
        values.astype(float),
        values,
        equations_of(cells, [code_list.children for code_list in lists]),
    )
    return table, Protect((values > 0) & (values <= unsafe), np.zeros(len(values)), values == 0)
