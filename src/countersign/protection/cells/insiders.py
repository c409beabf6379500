"""Insiders: a contributor who is alone in a hidden cell knows it, and may compute another one from it.

An outsider cannot tell two hidden cells of one person each apart: he knows their sum only. Each of the two persons
knows the own part of it, and so the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.protection.cells.auditing import open_cells, unknowns_of
from countersign.protection.cells.bounding import decided, parts_of, spread


def insiders(
    table: AdditiveTable,
    hidden: Bools,
    protect: Protect,
    *,
    at_most: float | None = None,
    earlier: Sequence[Bools] = (),
) -> tuple[tuple[int, int], ...]:
    """Return (cell of a single contributor, unsafe cell of others that he can compute better than its width allows).

    In a magnitude he knows the cell exactly, in a count only that he is in it. Each is thought to know of nobody else.

    Parameters
    ----------
    protect, at_most, earlier: as in `auditing.attack`, which asks the same of outsiders and must have found nothing.

    Source: singleton problem, Hundepool et al., Statistical Disclosure Control (2012), section 4.4.
    """
    open_ = open_cells(table, hidden, protect.known, earlier)
    cells = np.flatnonzero(open_)
    found: list[tuple[int, int]] = []
    for members, unknowns in parts_of(unknowns_of(table, open_, at_most)):
        places = cells[members]
        unsafe, alone = protect.unsafe[places], np.asarray(table.contributors)[places] == 1
        needed = protect.width[places]
        for one in np.flatnonzero(alone):
            asked = unsafe.copy()
            asked[one] = False
            if not asked.any():
                continue
            lower, upper = unknowns.lower.copy(), unknowns.upper.copy()
            lower[one] = unknowns.truth[one]
            if not table.counted:
                upper[one] = unknowns.truth[one]
            bounds, _ = decided(replace(unknowns, lower=lower, upper=upper), asked, needed)
            wide = spread(bounds.low, bounds.high, whole=table.counted)
            least = np.maximum(needed, 2 * unknowns.tolerance) - unknowns.tolerance
            found += [(int(places[one]), int(places[other])) for other in np.flatnonzero(asked & (wide < least))]
    return tuple(found)
