"""A slow attacker that shares no code with the program, two programmes of SciPy for each cell; small tables."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from countersign.model.additive_table import AdditiveTable, Bools, Protect, equations_of
from countersign.model.hierarchy import Hierarchy


def intervals(table: AdditiveTable, protect: Protect, hidden: Bools, cells: list[int]) -> list[tuple[float, float]]:
    """Return the smallest and largest value of each of `cells` that agree with everything published."""
    free = np.flatnonzero(hidden & ~protect.known)
    unknown = table.matrix.toarray()[:, free]
    equations = unknown.any(axis=1)
    unknown, sums = unknown[equations], (unknown @ table.values[free])[equations]
    found = []
    for cell in cells:
        place = int(np.searchsorted(free, cell))
        ends = []
        for sign in (1, -1):
            costs = np.zeros(len(free))
            costs[place] = sign
            solved = linprog(costs, A_eq=unknown, b_eq=sums, bounds=(0, table.values.max()))
            assert solved.status == 0, solved.message
            ends.append(sign * solved.fun)
        found.append((ends[0], ends[1]))
    return found


def exposed(table: AdditiveTable, protect: Protect, hidden: Bools) -> list[int]:
    """Return the unsafe cells whose interval is too narrow."""
    cells = np.flatnonzero(protect.unsafe & ~protect.known).tolist()
    assert hidden[cells].all()
    found = []
    for cell, (low, high) in zip(cells, intervals(table, protect, hidden, cells), strict=True):
        if table.counted:
            enough = np.floor(high + 1e-6) - np.ceil(low - 1e-6) >= max(protect.width[cell], 1)
        else:
            enough = high - low >= max(protect.width[cell] * (1 - 1e-6), 1e-5 * max(table.values[cell], 1e-9))
        if not enough:
            found.append(cell)
    return found


def random_table(
    seed: int,
    *,
    shape: tuple[int, ...] = (3,),
    mean: float = 2.0,
    threshold: int = 3,
    width: float = 0.0,
    counted: bool = True,
) -> tuple[AdditiveTable, Protect]:
    """Return a table of three regions of two districts by one or two code lists, and what is unsafe in it.

    Parameters
    ----------
    mean: people in a lowest cell. threshold: up to so many are unsafe. width: of the interval asked for.
    """
    areas = {
        "all": "",
        **{f"r{n}": "all" for n in range(3)},
        **{f"r{n}.{m}": f"r{n}" for n in range(3) for m in (0, 1)},
    }
    lists = [Hierarchy("area", areas)] + [
        Hierarchy.flat("abc"[place], [f"{place}{number}" for number in range(size)]) for place, size in enumerate(shape)
    ]
    random = np.random.default_rng(seed)
    people = random.poisson(mean, [len(code_list.leaves) for code_list in lists])
    values = people.astype(float) if counted else people * np.round(random.lognormal(1, 1, people.shape), 2)
    for axis, code_list in enumerate(lists):
        below = np.array([[code in code_list.path(leaf) for leaf in code_list.leaves] for code in code_list.parents])
        values, people = (
            np.moveaxis(np.tensordot(below.astype(float), array, axes=(1, axis)), 0, axis) for array in (values, people)
        )
    cells = tuple(product(*(code_list.parents for code_list in lists)))
    table = AdditiveTable(
        tuple(code_list.variable for code_list in lists),
        cells,
        np.round(values.ravel(), 2),
        people.ravel().astype(np.int64),
        equations_of(cells, [code_list.children for code_list in lists]),
        counted=counted,
    )
    unsafe = (table.contributors > 0) & (table.contributors <= threshold)
    return table, Protect(unsafe, np.where(unsafe, width, 0.0), table.values == 0)


def tables(*, counted: bool = True) -> st.SearchStrategy[tuple[AdditiveTable, Protect]]:
    """Draw a table of two or three dimensions, one of them with districts, and what is unsafe in it."""
    return st.builds(
        random_table,
        st.integers(0, 10**6),
        shape=st.sampled_from([(3,), (4,), (2, 2), (3, 2)]),
        mean=st.sampled_from([0.7, 2.0, 6.0]),
        threshold=st.integers(1, 3),
        width=st.sampled_from([0.0, 0.0, 1.0, 2.0, 4.0]),
        counted=st.just(counted),
    )


CROSS = tuple((f"r{row}", f"c{column}") for row in range(3) for column in range(3))


def square(values: list[list[float]], **more: object) -> AdditiveTable:
    """A table of two rows and two columns with its totals: r0 and c0 are the totals."""
    inner = np.array(values, dtype=float)
    whole = np.zeros((3, 3))
    whole[1:, 1:] = inner
    whole[0, 1:], whole[1:, 0], whole[0, 0] = inner.sum(0), inner.sum(1), inner.sum()
    place = np.arange(9).reshape(3, 3)
    rows = [(int(place[line, 0]), tuple(int(cell) for cell in place[line, 1:])) for line in range(3)]
    columns = [(int(place[0, line]), tuple(int(cell) for cell in place[1:, line])) for line in range(3)]
    numbers = whole.ravel()
    return AdditiveTable(("row", "column"), CROSS, numbers, numbers.astype(int), tuple(rows + columns), **more)


def asked(table: AdditiveTable, *unsafe: int, width: float = 0.0, known: tuple[int, ...] = ()) -> Protect:
    marked, sure = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    marked[list(unsafe)] = True
    sure[list(known)] = True
    return Protect(marked, np.where(marked, width, 0.0), sure)


def halves() -> tuple[AdditiveTable, Bools]:
    """A count that linear programs bound by halves, 1.5 to 4.5; the cells "z", "g" = z + 0 or 1, "v" of one person."""
    # Any two corners of a triangle add up to at most 1, so the three to at most 1.5; z = 3 - one sum + the other.
    values = {"a1": 1.0, "a2": 0.0, "a3": 0.0, "a12": 0.0, "a23": 1.0, "a31": 0.0, "sa": 1.0}
    values |= {name.replace("a", "b"): value for name, value in values.items()}
    values |= {"T": 3.0, "H": 1.0, "Q": 20.0, "u": 2.0, "z": 3.0, "h": 0.0, "k": 1.0, "g": 3.0, "v": 1.0, "y": 16.0}
    sums = {"sa": "a1 a2 a3", "sb": "b1 b2 b3", "T": "sa u", "z": "u sb", "H": "h k", "g": "z h", "Q": "g v y"}
    names = list(values)
    equations = [(names.index(total), tuple(map(names.index, parts.split()))) for total, parts in sums.items()]
    numbers = list(values.values())
    for pair in ("a1 a2 a12", "a2 a3 a23", "a3 a1 a31", "b1 b2 b12", "b2 b3 b23", "b3 b1 b31"):
        equations.append((len(numbers), tuple(map(names.index, pair.split()))))
        numbers.append(1.0)
        names.append(f"one of {pair}")
    table = AdditiveTable(
        ("cell",), tuple((name,) for name in names), np.array(numbers),
        np.array([1 if name == "v" else max(int(number), 2) for name, number in zip(names, numbers, strict=True)]),
        tuple(equations),
    )  # fmt: skip
    return table, np.array([name not in ("T", "H", "Q") and not name.startswith("one of") for name in names])
