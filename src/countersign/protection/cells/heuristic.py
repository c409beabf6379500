"""Secondary suppression of tables with thousands of cells: near the optimum, without a proof.

`searching` finds a pattern by the equations alone. Where intervals must be wide, or hold two whole numbers, the
attacker's programmes (`attacking`) then find the cells that are not protected enough. For each of them cells are added
by the cheapest change of the size that is needed, within the bounds the attacker knows: 0 and the grand total (M.
Fischetti and J.J. Salazar, Solving the cell suppression problem on tabular data with linear constraints, 2001). What
has become superfluous is published again (`reducing`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Integers
from countersign.protection.cells.attacking import SLACK, Attacker, narrow
from countersign.protection.cells.moving import MOVED, Moves
from countersign.protection.cells.reducing import reduce
from countersign.protection.cells.searching import Effort, Part, search

LATE = "after {limit:g} seconds {left} of {all} unsafe cells were not protected yet"
NEVER = "{left} of {all} unsafe cells cannot be protected by hiding other cells"


@dataclass(frozen=True)
class Attempt:
    """A pattern, and what it leaves unprotected.

    Parameters
    ----------
    hidden: (C,) cells to hide, the unsafe ones among them.
    left: unsafe cells that it does not protect, as places; empty: the pattern is safe.
    seconds: processor time. reason: in words, why cells are left.
    """

    hidden: Bools
    left: Integers
    seconds: float
    reason: str = ""

    @property
    def safe(self) -> bool:
        """Every unsafe cell is protected."""
        return not self.left.size


def hide(
    table: AdditiveTable,
    protect: Protect,
    *,
    limit: float,
    hidden: Bools | None = None,
    ceiling: float | None = None,
    effort: Effort | None = None,
) -> Attempt:
    """Return a pattern of hidden cells that protects the unsafe ones, at low cost.

    Parameters
    ----------
    limit: seconds of processor time. hidden: (C,) cells that are hidden whatever happens.
    ceiling: no cell is larger, as everybody knows. Default: the largest value. effort: how long to search.

    Returns
    -------
    The pattern, checked by `attacking`; not safe where time ran out or where cells cannot be protected by any pattern.
    The same table gives the same pattern, if the time is enough: a second pattern, beside the first, would give away
    what both hide.
    """
    start = time.process_time()
    fixed = np.asarray(protect.unsafe if hidden is None else protect.unsafe | hidden)
    places = np.flatnonzero(~protect.known)
    part = Part(
        table.matrix.tocsc()[:, places].tocsr(), table.price[places], fixed[places], np.asarray(protect.unsafe[places])
    )
    pattern = fixed.copy()
    pattern[places] = search(part, effort or Effort(), until=start + limit)
    return confirm(table, protect, pattern, fixed, limit=limit, start=start, ceiling=ceiling)


def confirm(
    table: AdditiveTable,
    protect: Protect,
    pattern: Bools,
    fixed: Bools,
    *,
    limit: float,
    start: float,
    ceiling: float | None = None,
) -> Attempt:
    """Return a pattern as an attempt: attacked, widened where intervals are too narrow, and reduced after that.

    Parameters
    ----------
    fixed: (C,) cells that are hidden whatever happens. start: processor time of the process when the work began.
    """
    until = start + limit
    attacker = Attacker(table, protect, ceiling)
    targets = np.flatnonzero(protect.unsafe & ~protect.known)
    left = narrow(attacker, pattern, targets)
    if left.size and time.process_time() < until:
        pattern = _widen(attacker, pattern, left, until=until)
        left = narrow(attacker, pattern, targets)
        remaining = until - time.process_time()
        pattern = reduce(table, protect, pattern, limit=remaining, ceiling=ceiling) | fixed
    reason = ""
    if left.size:
        why = LATE if time.process_time() >= until else NEVER
        reason = why.format(limit=limit, left=left.size, all=targets.size)
    return Attempt(pattern, left, time.process_time() - start, reason)


def _widen(attacker: Attacker, pattern: Bools, cells: Integers, *, until: float) -> Bools:
    """Return the pattern with cells added until the interval of each of `cells` is wide enough, or cannot be."""
    table = attacker.table
    places = np.flatnonzero(~attacker.protect.known)
    number = np.full(len(table), -1)
    number[places] = np.arange(len(places))
    hidden = pattern[places]
    moves = Moves(table.matrix.tocsc()[:, places].tocsr(), np.where(hidden, 0.0, table.price[places]), until=until)
    moves.bound(attacker.down[places], attacker.up[places])
    low, high = np.zeros(len(places)), np.zeros(len(places))
    for cell in cells[np.argsort(-table.values[cells], kind="stable")]:
        at, need = int(number[cell]), float(attacker.need[cell])
        for _ in range(2):  # one change may take a part of the width to each side
            if _enough(low[at], high[at], need, whole=table.counted):
                break
            ways = (moves.towards(at, 1.0, need + low[at]), moves.towards(at, -1.0, need - high[at]))
            found = [way for way in ways if way is not None]
            if not found:
                break
            change, _ = min(found, key=lambda way: way[1])
            low, high = np.minimum(low, change), np.maximum(high, change)
            added = np.flatnonzero((np.abs(change) > MOVED) & ~hidden)
            hidden[added] = True
            moves.open(added)
    wide = pattern.copy()
    wide[places] = hidden
    return wide


def _enough(low: float, high: float, need: float, *, whole: bool) -> bool:
    """Return whether a cell that can change from `low` to `high` is protected."""
    if whole:
        return bool(np.floor(high + SLACK) - np.ceil(low - SLACK) >= need)
    return bool(high - low >= need * (1 - SLACK))
