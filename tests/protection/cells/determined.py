"""Which hidden cells equations determine, by dense linear algebra, and the cheapest pattern of few cells by trying."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from countersign.model.additive_table import Bools


def determined(matrix: np.ndarray, hidden: Bools) -> Bools:
    """Return the hidden cells, (N,), that are the same in every solution of the equations (E, N)."""
    places = np.flatnonzero(hidden)
    _, sizes, axes = np.linalg.svd(matrix[:, places], full_matrices=True)
    free = axes[int((sizes > 1e-9).sum()) :]
    found = hidden.copy()
    found[places] = np.abs(free).max(axis=0, initial=0.0) < 1e-9
    return found


def cheapest(matrix: np.ndarray, costs: np.ndarray, fixed: Bools, unsafe: Bools) -> float:
    """Return the least cost of cells that, hidden beside `fixed`, leave none of `unsafe` determined."""
    free = np.flatnonzero(~fixed)
    every = [chosen for size in range(len(free) + 1) for chosen in combinations(free, size)]
    for chosen in sorted(every, key=lambda cells: costs[list(cells)].sum()):
        hidden = fixed.copy()
        hidden[list(chosen)] = True
        if not determined(matrix, hidden)[unsafe].any():
            return float(costs[list(chosen)].sum())
    raise AssertionError("no pattern protects these cells")
