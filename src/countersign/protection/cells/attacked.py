"""Attacked: a table of cells as somebody published it -> AttackedTable: what can be computed of its hidden cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect
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
    protect = judge(now.table, minimum=minimum, width=width, zeros=zeros)
    if now.guessed:
        unsafe = now.hidden.copy()
        protect = Protect(unsafe, np.where(unsafe, _width(minimum, width), 0.0), protect.known & ~unsafe)
    nothing = [_nothing(one.table) for one in earlier]
    rules = whole.protect([replace(protect, unsafe=protect.unsafe & now.hidden), *nothing])
    known = np.zeros(len(whole.table), dtype=bool)
    known[whole.places[0]] = protect.known
    rules = replace(rules, known=known & ~rules.unsafe)
    places = np.flatnonzero(now.hidden)
    asked = whole.places[0][places]
    found = audit(whole.table, hidden, known=rules.known, ask=asked[hidden[asked]])
    lower, upper = now.table.values[places].astype(float), now.table.values[places].astype(float)
    lower[hidden[asked]], upper[hidden[asked]] = found.lower, found.upper
    result = examined(whole.table, hidden, rules)
    before = shown_before + len(earlier)
    return AttackedTable(
        table=now.table,
        unsafe=protect.unsafe & now.hidden,
        bounds=replace(found, places=places, lower=lower, upper=upper),
        audit=replace(result, hidden=len(places), tables=1 + before, earlier=before),
    )


def _width(minimum: int, width: float | None) -> float:
    return float(minimum if width is None else width)


def _nothing(table: AdditiveTable) -> Protect:
    none: Bools = np.zeros(len(table), dtype=bool)
    return Protect(none, np.zeros(len(table)), ~none)
