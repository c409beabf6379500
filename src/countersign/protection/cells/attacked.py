"""Attacked: a table of cells as somebody published it -> AttackedTable: what can be computed of its hidden cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from countersign.model.additive_table import Bounds, Protect
from countersign.model.protected_table import AttackedTable
from countersign.protection.cells.auditing import audit, examined
from countersign.protection.cells.linking import linked
from countersign.protection.cells.reading import CellTable
from countersign.protection.cells.rules import judge


def attacked(
    now: CellTable,
    earlier: Sequence[CellTable] = (),
    *,
    shown_before: int = 0,
    minimum: int = 3,
    width: float | None = None,
    zeros: Literal["show", "protect"] = "show",
) -> AttackedTable:
    """Return what a stranger can compute of the hidden cells of a table.

    Parameters
    ----------
    earlier: tables that were published before; what they show of the same cells is known. shown_before: how many there
        were, where their cells are filled in already.
    minimum, width, zeros: the rules that say which hidden cells are unsafe, see `rules.judge`. Where numbers of hidden
        cells are not known, all of them count as unsafe, and no zero among them as known.
    """
    whole = linked([now.table, *(one.table for one in earlier)], differing="apart")
    hidden = whole.hidden([now.hidden, *(one.hidden for one in earlier)])
    rules, asked = _judged(now, minimum, width, zeros), whole.places[0]
    unsafe, known = np.zeros(len(whole.table), dtype=bool), np.zeros(len(whole.table), dtype=bool)
    wide = np.zeros(len(whole.table))
    unsafe[asked], known[asked], wide[asked] = rules.unsafe, rules.known, rules.width
    places = np.flatnonzero(now.hidden)
    open_ = hidden[asked[places]]
    found = audit(whole.table, hidden, known=known, ask=asked[places[open_]])
    lower, upper = now.table.values[places].astype(float), now.table.values[places].astype(float)
    lower[open_], upper[open_] = found.lower, found.upper
    before = shown_before + len(earlier)
    result = examined(whole.table, hidden, Protect(unsafe, wide, known))
    return AttackedTable(
        table=now.table,
        unsafe=rules.unsafe,
        bounds=Bounds(places, lower, upper),
        audit=replace(result, hidden=len(places), tables=1 + before, earlier=before),
    )


def _judged(now: CellTable, minimum: int, width: float | None, zeros: Literal["show", "protect"]) -> Protect:
    """Return which hidden cells are unsafe, how wide their intervals must be, and which zeros are known."""
    found = judge(now.table, minimum=minimum, width=width, zeros=zeros)
    if not now.guessed:
        return replace(found, unsafe=found.unsafe & now.hidden)
    wide = np.full(len(now.table), float(minimum if width is None else width))
    return Protect(now.hidden, wide, np.zeros(len(now.table), dtype=bool))
