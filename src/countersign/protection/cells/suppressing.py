"""Secondary suppression: which further cells to hide so that no unsafe one can be computed."""

from __future__ import annotations

import time

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Pattern, Protect
from countersign.protection.cells.attacking import unprotected
from countersign.protection.cells.exact import prove

NOTHING_UNSAFE = "No cell is unsafe, so nothing is hidden."
PROVEN = "No safe pattern hides less: proven."
IN_TIME = (
    "The best pattern found in {limit:g} seconds of processor time; the cheapest safe one costs {share:.1%}"
    " of it or more."
)
LOST = (
    "{count} unsafe cells cannot be protected as asked, whatever is hidden: everybody knows too much, or the whole"
    " table is smaller than the interval asked for. Everything that is connected with them is hidden."
)
SWITCHED = (
    "No safe pattern was found in {limit:g} seconds of processor time. Nothing may be published as it is: perturb the"
    " table instead."
)


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
    limit: seconds of processor time.
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
    if not protect.unsafe.any():
        return Pattern(before, protect.unsafe, "exact", 0.0, 0.0, NOTHING_UNSAFE, time.process_time() - began)
    proof = prove(table, protect, limit=limit, already=before, ceiling=ceiling)
    seconds = time.process_time() - began
    missed = np.setdiff1d(unprotected(table, protect, proof.hidden, ceiling=ceiling), proof.lost)
    if missed.size:
        nothing = np.zeros(len(table), dtype=bool)
        return Pattern(nothing, protect.unsafe, "switched", 0.0, proof.bound, SWITCHED.format(limit=limit), seconds)
    finished = proof.cost <= proof.bound
    reason = PROVEN if finished else IN_TIME.format(limit=limit, share=proof.bound / proof.cost)
    if proof.lost.size:
        reason = f"{LOST.format(count=proof.lost.size)} {reason}"
    return Pattern(
        proof.hidden, protect.unsafe, "exact" if finished else "heuristic", proof.cost, proof.bound, reason, seconds
    )
