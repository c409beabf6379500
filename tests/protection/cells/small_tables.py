"""Random small tables, and the cheapest safe pattern of each by trying all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from countersign.model.additive_table import AdditiveTable, Bools, Protect, equations_of
from countersign.model.hierarchy import Hierarchy


def crossed(values: np.ndarray, *, counted: bool = True, costs: np.ndarray | None = None) -> AdditiveTable:
    """Return the table of leaves `values`, one axis a dimension, with all its totals."""
    full = np.asarray(values, dtype=float)
    lists = []
    for axis, size in enumerate(full.shape):
        full = np.concatenate([full.sum(axis=axis, keepdims=True), full], axis=axis)
        lists.append(Hierarchy.flat("abc"[axis], [f"{'abc'[axis]}{number}" for number in range(size)]))
    cells = tuple(
        tuple(list(one.parents)[k] for one, k in zip(lists, at, strict=True)) for at in np.ndindex(full.shape)
    )
    flat = full.ravel()
    return AdditiveTable(
        tuple(one.variable for one in lists),
        cells,
        flat,
        np.ceil(flat).astype(np.int64),
        equations_of(cells, [one.children for one in lists]),
        costs=costs,
        counted=counted,
    )


@st.composite
def tables(draw: st.DrawFn, *, counted: bool) -> tuple[AdditiveTable, Protect, Bools]:
    """Return a table of linked totals or a crossed one, what is unsafe in it, and what is hidden already."""
    number = st.integers(0, 6) if counted else st.integers(0, 24).map(lambda k: k / 4)
    if draw(st.booleans()):
        shape = draw(st.sampled_from([(2, 2), (2, 3), (3, 2), (2, 2, 2)]))
        size = int(np.prod(shape))
        values = np.array(draw(st.lists(number, min_size=size, max_size=size)), dtype=float).reshape(shape)
        table = crossed(values, counted=counted)
    else:
        parts = draw(st.lists(number, min_size=3, max_size=6))
        groups = draw(
            st.lists(
                st.sets(st.integers(0, len(parts) - 1), min_size=1, max_size=4), min_size=1, max_size=4, unique_by=tuple
            )
        )
        sums = [sum(parts[k] for k in group) for group in groups]
        flat = np.array([*parts, *sums], dtype=float)
        table = AdditiveTable(
            ("cell",),
            tuple((str(k),) for k in range(len(flat))),
            flat,
            np.ceil(flat).astype(np.int64),
            tuple((len(parts) + k, tuple(sorted(group))) for k, group in enumerate(groups)),
            counted=counted,
        )
    count = len(table)
    costs = draw(
        st.one_of(st.none(), st.lists(st.sampled_from([1.0, 2.0, 2.5, 7.0, 100.0]), min_size=count, max_size=count))
    )
    table = AdditiveTable(
        table.dimensions,
        table.cells,
        table.values,
        table.contributors,
        table.equations,
        costs=None if costs is None else np.array(costs),
        counted=counted,
    )
    unsafe = np.zeros(count, dtype=bool)
    unsafe[list(draw(st.sets(st.integers(0, count - 1), max_size=3)))] = True
    known = (table.values == 0) & ~unsafe if draw(st.booleans()) else np.zeros(count, dtype=bool)
    known[list(draw(st.sets(st.integers(0, count - 1), max_size=1)))] = True
    width = np.array(draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 3.5, 5.0]), min_size=count, max_size=count)))
    already = np.zeros(count, dtype=bool)
    already[list(draw(st.sets(st.integers(0, count - 1), max_size=1)))] = True
    # All patterns are tried, so at most seven cells are left to choose from; what others are is drawn.
    free = np.flatnonzero(~unsafe & ~already & ~known)
    for cell in free[7:]:
        (already if draw(st.booleans()) else known)[cell] = True
    return table, Protect(unsafe, width, known), already


def safe(table: AdditiveTable, protect: Protect, hidden: Bools, place: int) -> bool:
    """Return whether a cell is protected: two linear programmes over whole tables, not over changes."""
    if not hidden[place] or protect.known[place]:
        return False
    rows = np.zeros((len(table.equations), len(table)))
    for row, (total, parts) in enumerate(table.equations):
        rows[row, total] = 1
        for part in parts:
            rows[row, part] -= 1
    top = table.values.max()
    fixed = ~hidden | protect.known
    bounds = [(value, value) if shut else (0, top) for value, shut in zip(table.values, fixed, strict=True)]
    aim = np.zeros(len(table))
    aim[place] = 1
    low = linprog(aim, A_eq=rows, b_eq=np.zeros(len(rows)), bounds=bounds).fun
    high = -linprog(-aim, A_eq=rows, b_eq=np.zeros(len(rows)), bounds=bounds).fun
    if table.counted:
        return np.floor(high + 1e-6) - np.ceil(low - 1e-6) >= max(1, np.ceil(protect.width[place]))
    return high - low >= max(protect.width[place] - 1e-6, 1e-4)


def protects(table: AdditiveTable, protect: Protect, hidden: Bools, places: list[int]) -> bool:
    """Return whether all `places` are protected."""
    return all(safe(table, protect, hidden, place) for place in places)


def patterns(table: AdditiveTable, protect: Protect, already: Bools) -> Iterator[tuple[float, Bools]]:
    """Yield every pattern with its cost, the cheapest first."""
    given = protect.unsafe | already
    free = np.flatnonzero(~given & ~protect.known)
    every = [chosen for size in range(len(free) + 1) for chosen in combinations(free, size)]
    for chosen in sorted(every, key=lambda cells: table.price[list(cells)].sum()):
        hidden = given.copy()
        hidden[list(chosen)] = True
        yield float(table.price[list(chosen)].sum()), hidden
