"""Secondary suppression: which further cells to hide so that no unsafe one can be computed."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Pattern, Protect
from countersign.protection.cells import decomposing, heuristic
from countersign.protection.cells.attacking import Attacker
from countersign.protection.cells.exact import Proof, prove

NOTHING_UNSAFE = "No cell is unsafe, so nothing is hidden."
PROVEN = "No safe pattern costs less: proven."
IN_TIME = "The best safe pattern of {limit:g} processor seconds; the cheapest costs {share:.0%} of it or more."
NO_BOUND = "The best safe pattern of {limit:g} processor seconds; the cheapest is not known."
LOST = (
    "{count} unsafe cells cannot be protected as asked, whatever is hidden: everybody knows too much, or the table as a"
    " whole is smaller than the interval asked for. Everything that is connected with them is hidden."
)
SWITCHED = (
    "No safe pattern was found in {limit:g} seconds of processor time. Nothing may be published as it is: perturb the"
    " table instead."
)

PROVING = 0.75
"""Share of the time for the exact method."""

NEAR = 1.1
"""A pattern that may cost more than so many times the bound is held against one of the heuristics."""

PIECES_FROM = 10_000
"""Cells from which the heuristic works piece by piece."""


def suppress(
    table: AdditiveTable,
    protect: Protect,
    *,
    limit: float = 60.0,
    already: Bools | None = None,
    ceiling: float | None = None,
) -> Pattern:
    """Return which cells to hide, at the least cost that can be found, so that every unsafe cell is protected.

    Parameters
    ----------
    limit: seconds of processor time. The exact method has most of it; where it comes to no end, and its pattern may be
        more than a tenth too dear, a heuristic has the rest, and the cheaper safe pattern counts.
    already: (C,) cells that are not published anyway; hiding them costs nothing.
    ceiling: no cell is larger, as everybody knows. Default: the largest value, known even where it is hidden.

    Returns
    -------
    All unsafe cells, those hidden already, and secondary cells. Where some unsafe cell cannot be protected at all,
    everything connected with it is hidden and the reason says so; `exact.lost` names these cells.

    Raises
    ------
    ProtectionError: arrays of `protect` that do not fit the table, a negative width.

    Source: M. Fischetti and J.J. Salazar, Solving the cell suppression problem on tabular data with linear constraints
    (2001).
    """
    began = time.process_time()
    before = np.zeros(len(table), dtype=bool) if already is None else np.asarray(already, dtype=bool)
    if not Attacker(table, protect, ceiling).protect.unsafe.any():
        return Pattern(before, protect.unsafe, "exact", 0.0, 0.0, NOTHING_UNSAFE, time.process_time() - began)
    proof = prove(table, protect, limit=limit * PROVING, already=before, ceiling=ceiling)
    found, method = proof, "exact"
    if proof.cost > proof.bound * NEAR or not proof.safe:
        found, method = _held_against(table, protect, proof, before, began + limit, ceiling)
    seconds = time.process_time() - began
    if not found.safe:
        nothing = np.zeros(len(table), dtype=bool)
        return Pattern(nothing, protect.unsafe, "switched", 0.0, proof.bound, SWITCHED.format(limit=limit), seconds)
    reason = PROVEN
    if found.cost > found.bound:
        method = "heuristic" if method == "exact" else method
        words = IN_TIME if found.bound else NO_BOUND
        reason = words.format(limit=limit, share=found.bound / found.cost)
    if proof.lost.size:
        reason = f"{LOST.format(count=proof.lost.size)} {reason}"
    return Pattern(found.hidden, protect.unsafe, method, found.cost, found.bound, reason, seconds)


def _held_against(
    table: AdditiveTable, protect: Protect, proof: Proof, already: Bools, moment: float, ceiling: float | None
) -> tuple[Proof, str]:
    """Return the better of a pattern that is not proven and one of the heuristics, and its method."""
    big = len(table) >= PIECES_FROM
    hide, method = (decomposing.hide, "decomposition") if big else (heuristic.hide, "heuristic")
    left = moment - time.process_time()
    if left <= 0:
        return proof, "exact"
    attempt = hide(table, protect, limit=left, hidden=already | proof.given, ceiling=ceiling)
    cost = float(table.price[attempt.hidden & ~protect.unsafe & ~already].sum())
    if np.setdiff1d(attempt.left, proof.lost).size or (proof.safe and proof.cost <= cost):
        return proof, "exact"
    return replace(proof, hidden=attempt.hidden, cost=cost, bound=min(proof.bound, cost), safe=True), method
