"""Secondary suppression of larger tables: one linear programme moves all recoverable cells at once.

A pattern protects when there is a change v of the hidden cells that no published number notices, A v = 0, and that
moves every unsafe cell. So instead of one programme for each unsafe cell, one is solved for all of them:

    min  sum costs |v|    subject to    A v = 0,    s v >= 1 for each cell that could be recovered

with costs 0 for cells that are hidden anyway. All cells that move are hidden. The signs s decide how well cells protect
each other: they are taken from a random v that is possible, first in the whole table, then in the best pattern so far,
in all of it or near one of its cells, so that no pattern is worse by its programme than the one it came from. Each
pattern is cleared of superfluous cells (`reducing`), and the cheapest is kept.

Where intervals must be wide, or hold two whole numbers, an attacker's programmes (`attacking`) find the cells that are
not protected enough, and for each of them cells are added by the cheapest change of the size that is needed, within the
bounds the attacker knows: 0 and the grand total. The idea of the last is of M. Fischetti and J.J. Salazar (2001).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.model.cells import Integers
from countersign.protection.cells.attacking import SLACK, Attacker, narrow
from countersign.protection.cells.dependence import Dependence
from countersign.protection.cells.moving import MOVED, Moves
from countersign.protection.cells.reducing import reduce, thin

ROUNDS = 60
"""Patterns that are tried."""

STARTS = 5
"""Patterns that start from the whole table; the others start from the best so far."""

PATIENCE = 25
"""Patterns in a row that are no better, after which no more are tried."""

WORTH = 1.12
"""A pattern is cleared only where it costs at most so many times the best one."""


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
    rounds: int = ROUNDS,
) -> Attempt:
    """Return a pattern of hidden cells that protects the unsafe ones, at low cost.

    Parameters
    ----------
    limit: seconds of processor time. hidden: (C,) cells that are hidden whatever happens.
    ceiling: no cell is larger, as everybody knows. Default: the largest value. rounds: patterns tried.

    Returns
    -------
    The pattern, checked by `attacking`; not safe where time ran out or where cells cannot be protected by any pattern.
    """
    start = time.process_time()
    until = start + limit
    fixed = np.asarray(protect.unsafe if hidden is None else protect.unsafe | hidden)
    movable = np.asarray(~protect.known)
    unsafe = np.asarray(protect.unsafe & movable)
    dependence = Dependence(table.matrix)
    pattern = _search(table, dependence, fixed & movable, unsafe, movable, until=until, rounds=rounds) | fixed
    attacker = Attacker(table, protect, ceiling)
    targets = np.flatnonzero(unsafe)
    left = narrow(attacker, pattern, targets)
    if left.size and time.process_time() < until:
        wide = _widen(table, attacker, pattern, left, movable, until=until)
        left = narrow(attacker, wide, targets)
        pattern = reduce(table, protect, wide, limit=until - time.process_time(), ceiling=ceiling) | fixed
    reason = ""
    if left.size:
        over = time.process_time() >= until
        reason = (
            f"after {limit:g} seconds {left.size} of {targets.size} unsafe cells were not protected yet"
            if over
            else f"{left.size} of {targets.size} unsafe cells cannot be protected by hiding other cells"
        )
    return Attempt(pattern, left, time.process_time() - start, reason)


def _search(
    table: AdditiveTable,
    dependence: Dependence,
    fixed: Bools,
    unsafe: Bools,
    movable: Bools,
    *,
    until: float,
    rounds: int,
) -> Bools:
    """Return the cheapest pattern found that determines no unsafe cell."""
    unsafe = unsafe & dependence.free(movable)  # the others are determined whatever is hidden
    open_ = np.flatnonzero(unsafe & ~dependence.free(fixed))
    if not open_.size:
        return fixed
    random = np.random.default_rng(7)
    costs = np.where(fixed, 0.0, table.price)
    moves = Moves(table.matrix, costs, movable, until=until)
    ease = 1 / np.sqrt(table.price)
    direction = dependence.directions(movable, 1, ease=ease)[:, 0]
    best, least = fixed, np.inf
    waited = 0
    for number in range(rounds):
        change = moves.together(open_, np.sign(direction[open_]))
        if change is None:
            break
        found = fixed | (np.abs(change) > MOVED)
        cost = float(costs[found].sum())
        waited += 1
        if cost < least * WORTH:
            found, directions = thin(dependence, found, unsafe, costs, until=until)
            cost = float(costs[found].sum())
            if cost < least:
                best, least, waited = found | fixed, cost, 0
                steady = directions[:, 0]
                if cost == 0:
                    break
        if waited >= PATIENCE or time.process_time() > until:
            break
        if number < STARTS - 1:
            direction = dependence.directions(movable, 1, ease=ease)[:, 0]
        elif number % 3 == 0:
            direction = dependence.directions(best, 1)[:, 0]
        else:
            near = dependence.near(int(random.choice(np.flatnonzero(best & ~fixed))), best)
            nudge = dependence.directions(best, 1, near=near)[:, 0]
            direction = steady + 3 * np.abs(steady).max() * nudge
    return best


def _widen(
    table: AdditiveTable, attacker: Attacker, pattern: Bools, cells: Integers, movable: Bools, *, until: float
) -> Bools:
    """Return the pattern with cells added until the interval of each of `cells` is wide enough, or cannot be."""
    hidden = pattern & movable
    moves = Moves(table.matrix, np.where(hidden, 0.0, table.price), movable, until=until)
    moves.bound(attacker.down, attacker.up)
    low, high = np.zeros(len(table)), np.zeros(len(table))
    for cell in cells[np.argsort(-table.values[cells], kind="stable")]:
        for _ in range(2):
            if _enough(attacker, cell, low[cell], high[cell]):
                break
            ways = [
                moves.towards(int(cell), sign, float(attacker.need[cell] - shown))
                for sign, shown in ((1.0, -low[cell]), (-1.0, high[cell]))
            ]
            found = [way for way in ways if way is not None]
            if not found:
                break
            change, _ = min(found, key=lambda way: way[1])
            low, high = np.minimum(low, change), np.maximum(high, change)
            added = np.flatnonzero((np.abs(change) > MOVED) & ~hidden)
            hidden[added] = True
            moves.open(added)
    return pattern | hidden


def _enough(attacker: Attacker, cell: int, low: float, high: float) -> bool:
    """Return whether a cell that can change from `low` to `high` is protected."""
    if attacker.table.counted:
        return bool(np.floor(high + SLACK) - np.ceil(low - SLACK) >= attacker.need[cell])
    return bool(high - low >= attacker.need[cell] * (1 - SLACK))
