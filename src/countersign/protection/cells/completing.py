"""Completing: a table as it was published, hidden numbers missing -> one that could be the true one.

What an attacker can compute does not depend on what the true numbers are, only on what is shown; any table that agrees
with it will do to compute his intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import Bools
from countersign.model.cells import Floats

SECONDS = 60.0


def completed(
    values: Floats, equations: Sequence[tuple[int, tuple[int, ...]]], *, counted: bool, missing: Bools
) -> Floats:
    """Return the values with the missing ones replaced by numbers from 0 on that add up, (C,).

    Parameters
    ----------
    values: (C,), anything where `missing`. counted: whole numbers are looked for.

    Raises
    ------
    ProtectionError: there are none: what is shown contradicts itself.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    places = np.flatnonzero(missing)
    if not len(places):
        return values
    known = np.where(missing, 0.0, values)
    number = np.cumsum(missing) - 1
    rows, columns, signs, right = [], [], [], []
    for total, parts in equations:
        cells = [(total, 1.0), *((part, -1.0) for part in parts)]
        if any(missing[cell] for cell, _ in cells):
            right.append(-sum(sign * known[cell] for cell, sign in cells))
            for cell, sign in cells:
                if missing[cell]:
                    rows.append(len(right) - 1)
                    columns.append(int(number[cell]))
                    signs.append(sign)
    found = milp(
        np.zeros(len(places)),
        constraints=LinearConstraint(
            csr_array((signs, (rows, columns)), shape=(len(right), len(places))), np.array(right), np.array(right)
        )
        if right
        else (),
        bounds=Bounds(0.0, np.inf),
        integrality=np.full(len(places), int(counted)),
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        raise ProtectionError(
            "No numbers from 0 on can stand in the place of the hidden ones: what is shown does not add up.",
            where="value",
            expected="totals that are the sums of their parts",
            action="correct the numbers, or the hierarchies; figures that are rounded do not add up",
        )
    result = known.copy()
    result[places] = np.round(found.x) if counted else np.maximum(found.x, 0.0)
    return result
