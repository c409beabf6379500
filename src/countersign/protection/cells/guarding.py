"""Guarding: further cells are hidden where a contributor who is alone in a cell could compute another one."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from countersign.model.additive_table import AdditiveTable, Pattern, Protect
from countersign.protection.cells.insiders import insiders
from countersign.protection.cells.suppressing import suppress

ROUNDS = 20
GUARDED = "{count} of the hidden cells keep contributors who are alone in a cell from computing others."
OPEN = "{count} cells could still be computed by a contributor who is alone in another one."


def guard(table: AdditiveTable, protect: Protect, pattern: Pattern, *, limit: float = 60.0) -> Pattern:
    """Return the pattern with as many more cells hidden as protect the unsafe ones from insiders.

    For every insider the table is protected once more as if everybody knew his cell; what has to be hidden is hidden.

    Parameters
    ----------
    limit: seconds of processor time.
    """
    began, found = time.process_time(), pattern
    pairs = insiders(table, found.hidden, protect)
    for _ in range(ROUNDS):
        if not pairs or time.process_time() - began > limit:
            break
        for insider in sorted({one for one, _ in pairs}):
            hidden = found.hidden.copy()
            known = protect.known.copy()
            known[insider] = True
            seen = replace(protect, unsafe=protect.unsafe & ~known, known=known)
            more = suppress(table, seen, limit=limit, already=hidden, ceiling=ceiling_of(table, protect))
            found = replace(found, hidden=hidden | more.hidden)
        before, pairs = pairs, insiders(table, found.hidden, protect)
        if pairs == before:
            break
    if found is pattern and not pairs:
        return pattern
    added = int((found.hidden & ~pattern.hidden).sum())
    said = [GUARDED.format(count=added)] if added else []
    said += [OPEN.format(count=len({other for _, other in pairs}))] if pairs else []
    return replace(
        found,
        cost=float(table.price[found.secondary].sum()),
        method="heuristic",
        reason=" ".join([*said, "The cells that keep outsiders out:", pattern.reason]),
        seconds=pattern.seconds + time.process_time() - began,
    )


def ceiling_of(table: AdditiveTable, protect: Protect) -> float | None:
    """Return what bounds every cell where the largest one may not be shown: nothing that matters; else None.

    None leaves the bound to be the largest cell, which everybody sees.
    """
    top = int(np.argmax(table.values))
    if not protect.unsafe[top]:
        return None
    return 2 * float(table.values[top] + protect.width.max()) + 1


def alone(table: AdditiveTable) -> bool:
    """Return whether the table is one of sums, in which a single contributor knows a cell exactly."""
    return not table.counted and bool((np.asarray(table.contributors) == 1).any())
