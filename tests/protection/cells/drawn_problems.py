"""Tables with several unsafe cells, and what the cheapest safe pattern of each costs, by one programme.

It is not how the project solves it: for every unsafe cell it holds two tables that differ from the
true one only where something is hidden, and in which the cell is as far apart as asked. So it needs no cuts, and is for
tables of some thirty cells at most.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, diags_array, eye_array, hstack, vstack
from small_tables import crossed

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Floats, Integers

Problem = tuple[AdditiveTable, Protect, Bools, float | None]

SHAPES = ((3, 3), (3, 4), (2, 2, 2), (2, 5), (4, 3))


def drawn(seed: int) -> Problem:
    """Return a table, what must be protected, what is hidden already, and what no cell is above."""
    random = np.random.default_rng(seed)
    counted, shape = seed % 3 > 0, SHAPES[seed % 5]
    values = random.poisson(6, shape).astype(float)
    if not counted:
        values = np.round(random.lognormal(2, 1, shape), 1)
    table = crossed(values, counted=counted)
    prices = random.integers(2, 40, len(table)) / (1 if seed % 2 else 4)
    costs = (None, np.ones(len(table)), prices)[random.integers(3)]
    table = crossed(values, counted=counted, costs=costs)
    unsafe, already = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    unsafe[random.choice(len(table), random.integers(1, 5), replace=False)] = True
    widths = random.choice([0.0, 1.0, 3.0, 6.0, float(table.values.mean().round())], len(table))
    if random.random() < 0.3:
        already[random.integers(len(table))] = True
    ceiling = (None, None, 2 * float(table.values.max()))[random.integers(3)]
    protect = Protect(unsafe, np.where(unsafe, widths, 0.0), (table.values == 0) & ~unsafe)
    return table, protect, already, ceiling


def cheapest(problem: Problem, given: Bools, places: Integers) -> float | None:
    """Return what protecting `places` costs beyond what is given, or None where no pattern does so."""
    table, protect, _, ceiling = problem
    count, top = len(table), table.values.max() if ceiling is None else ceiling
    fall = np.where(protect.known, 0.0, table.values)
    rise = np.where(protect.known, 0.0, np.maximum(top - table.values, 0.0))
    need = np.maximum(np.ceil(protect.width), 1.0) if table.counted else np.maximum(protect.width, 1e-5 * table.values)
    # Columns: x; then for each place two changes of all cells, and two numbers, as far apart as needed, between which
    # the first change of the place is above and the second below.
    size = 2 * count + 2
    rows: list[coo_array] = []
    low: list[Floats] = []
    high: list[Floats] = []

    def add(number: int, x: object, rest: object, least: object, most: object) -> None:
        lines = rest.shape[0]
        before, after = (csr_array((lines, size * many)) for many in (number, len(places) - number - 1))
        rows.append(hstack([csr_array((lines, count)) if x is None else x, before, rest, after]))
        low.append(np.broadcast_to(least, lines))
        high.append(np.broadcast_to(most, lines))

    one = eye_array(count)
    for number, place in enumerate(places):
        apart = np.zeros((3, size))
        apart[0, [place, -2]] = apart[1, [-1, count + place]] = apart[2, [-2, -1]] = 1.0, -1.0
        add(number, None, csr_array(apart), np.array([0.0, 0.0, need[place]]), np.inf)
        for left, right in ((0, count), (count, 0)):
            change = hstack([csr_array((count, left)), one, csr_array((count, right + 2))])
            add(number, None, table.matrix @ change, 0.0, 0.0)
            add(number, diags_array(-rise), change, -np.inf, 0.0)
            add(number, diags_array(fall), change, 0.0, np.inf)
    total = count + size * len(places)
    lower, upper = np.full(total, -np.inf), np.full(total, np.inf)
    lower[:count], upper[:count] = given, 1.0
    whole = np.zeros(total)
    whole[:count] = 1
    for number in range(len(places)):
        whole[count + size * (number + 1) - 2 : count + size * (number + 1)] = table.counted
    solved = milp(
        np.r_[np.where(given, 0.0, table.price), np.zeros(total - count)],
        constraints=LinearConstraint(vstack(rows), np.concatenate(low), np.concatenate(high)),
        bounds=Bounds(lower, upper),
        integrality=whole,
        options={"mip_rel_gap": 0.0},
    )
    return None if solved.x is None else float(solved.fun)
