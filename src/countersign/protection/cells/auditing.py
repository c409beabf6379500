"""Auditing: AdditiveTable and what is hidden in it -> what an attacker can compute. It knows nothing of suppression.

The attacker knows every published cell, all equations, that nothing is negative, and that no cell is larger than the
largest published one. He may have earlier releases too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Bools, Bounds, Protect
from countersign.model.cells import Integers
from countersign.model.disclosure import AuditResult
from countersign.protection.cells.bounding import CLOSE, Unknowns, closed, decided, spread


@dataclass(frozen=True)
class Attack:
    """What an attacker finds about the unsafe cells.

    Parameters
    ----------
    points: cells known exactly, as places. narrow: cells known better than their width allows; points are not
        repeated there.
    programs: linear programs that were solved.
    """

    points: Integers
    narrow: Integers
    programs: int

    @property
    def safe(self) -> bool:
        """Nothing was found."""
        return not len(self.points) and not len(self.narrow)


def audit(
    table: AdditiveTable,
    hidden: Bools,
    *,
    known: Bools | None = None,
    at_most: float | None = None,
    earlier: Sequence[Bools] = (),
    ask: Integers | None = None,
    exact: bool = False,
) -> Bounds:
    """Return the interval of each hidden cell that agrees with everything published.

    Parameters
    ----------
    table: the cells with their true values. hidden: (C,) cells that are not published.
    known: (C,) hidden cells that everybody knows all the same, such as zeros.
    at_most: no cell is larger; None = the largest value of the table if it is published, else nothing is known.
    earlier: cells hidden in each earlier release of the same table, (C,) each; a cell is hidden if it was in all of
        them. Releases of other tables are linked to this one first, see `linking.joined`.
    ask: places of the hidden cells to bound; None = all.
    exact: bounds of counts that an attacker finds who tries whole numbers only. They are sometimes narrower than those
        of linear programs rounded inwards, and take much longer: for tables of some hundred cells.

    Returns
    -------
    Bounds of the cells asked for, in their order. Those of counts are rounded inwards to whole numbers.

    Raises
    ------
    ProtectionError: a mask of another length than the table, a cell asked for that is not hidden.

    Source: Fischetti and Salazar (2001), Management Science 47, the attacker's two programs for each cell; HiGHS.
    """
    open_ = open_cells(table, hidden, known, earlier)
    places = np.flatnonzero(hidden_in_all(hidden, earlier)) if ask is None else np.asarray(ask, dtype=np.int64)
    if not hidden_in_all(hidden, earlier)[places].all():
        raise ProtectionError(
            "A cell is asked for that is published.",
            where="ask",
            expected="places of hidden cells",
            action="ask for hidden cells only",
        )
    number = np.cumsum(open_) - 1
    unknowns = unknowns_of(table, open_, at_most)
    asked = np.zeros(len(unknowns.truth), dtype=bool)
    asked[number[places[open_[places]]]] = True
    found, _ = closed(unknowns, asked, exact=exact)
    lower, upper = table.values[places].astype(float), table.values[places].astype(float)
    lower[open_[places]] = found.low[number[places[open_[places]]]]
    upper[open_[places]] = found.high[number[places[open_[places]]]]
    if table.counted:
        lower, upper = np.ceil(lower - CLOSE), np.floor(upper + CLOSE)
    return Bounds(places=places, lower=lower, upper=upper)


def attack(
    table: AdditiveTable,
    hidden: Bools,
    protect: Protect,
    *,
    at_most: float | None = None,
    earlier: Sequence[Bools] = (),
    exact: bool = False,
) -> Attack:
    """Return the unsafe cells that are known exactly, or to less than their width.

    It decides only that, which takes a small part of the time of `audit`: a cell is safe as soon as two solutions are
    found that differ in it by the width.

    Parameters
    ----------
    protect: the unsafe cells, the width of each, and the hidden cells that everybody knows.
    at_most, earlier, exact: as in `audit`.
    """
    open_ = open_cells(table, hidden, protect.known, earlier)
    shown = np.flatnonzero(protect.unsafe & ~open_)
    number = np.cumsum(open_) - 1
    unknowns = unknowns_of(table, open_, at_most)
    places = np.flatnonzero(protect.unsafe & open_)
    asked = np.zeros(len(unknowns.truth), dtype=bool)
    asked[number[places]] = True
    needed = np.zeros(len(unknowns.truth))
    needed[number[places]] = protect.width[places]
    found, programs = decided(unknowns, asked, needed, exact=exact)
    wide = spread(found.low, found.high, whole=table.counted)[number[places]]
    slack = np.maximum(unknowns.tolerance, 0.0 if table.counted else CLOSE * table.values[places])
    point = wide <= slack
    narrow = ~point & (wide < protect.width[places] - slack)
    return Attack(points=np.sort(np.concatenate([shown, places[point]])), narrow=places[narrow], programs=programs)


def refuse_unsafe(
    table: AdditiveTable,
    hidden: Bools,
    protect: Protect,
    *,
    at_most: float | None = None,
    earlier: Sequence[Bools] = (),
    narrowest: bool = True,
) -> AuditResult:
    """Return the result of the audit, or refuse the release.

    Parameters
    ----------
    at_most, earlier, narrowest: as in `examined`.

    Raises
    ------
    ProtectionError: an unsafe cell can be computed exactly, or to less than its width. The message counts the cells
        and names none.
    """
    result = examined(table, hidden, protect, at_most=at_most, earlier=earlier, narrowest=narrowest)
    if result.safe:
        return result
    many = result.points + result.narrow
    raise ProtectionError(
        f"{many} of {result.hidden} hidden cells could be computed from what would be published"
        + (f", {result.points} of them exactly." if result.points else ", to less than the width the rules ask for."),
        where="audit",
        expected="no hidden cell that follows from the others, from totals or from earlier releases",
        action="hide more cells (suppress does it), merge categories, or perturb the table instead",
    )


def examined(
    table: AdditiveTable,
    hidden: Bools,
    protect: Protect,
    *,
    at_most: float | None = None,
    earlier: Sequence[Bools] = (),
    narrowest: bool = True,
) -> AuditResult:
    """Return what an attacker finds, as it is published with the release.

    Parameters
    ----------
    narrowest: compute the width of the narrowest interval of an unsafe cell too, which takes exact bounds of all.
    """
    found = attack(table, hidden, protect, at_most=at_most, earlier=earlier)
    least: float | None = 0.0 if len(found.points) else None
    asked = np.flatnonzero(protect.unsafe & hidden_in_all(hidden, earlier))
    if narrowest and least is None and len(asked):
        bounds = audit(table, hidden, known=protect.known, at_most=at_most, earlier=earlier, ask=asked)
        least = float(bounds.width.min())
    return AuditResult(
        hidden=int(np.count_nonzero(hidden)),
        points=len(found.points),
        narrow=len(found.narrow),
        narrowest=least if least is None or np.isfinite(least) else None,
        width=float(protect.width[protect.unsafe].max(initial=0.0)),
        equations=len(table.equations),
        earlier=len(earlier),
        solver="HiGHS",
    )


def hidden_in_all(hidden: Bools, earlier: Sequence[Bools]) -> Bools:
    """Return the cells that no release shows, (C,)."""
    found = np.asarray(hidden, dtype=bool)
    for mask in earlier:
        found = found & np.asarray(mask, dtype=bool)
    return found


def open_cells(table: AdditiveTable, hidden: Bools, known: Bools | None, earlier: Sequence[Bools]) -> Bools:
    """Return the cells an attacker does not know, (C,): hidden in every release, and not known to everybody."""
    for name, mask in (("hidden", hidden), ("known", known), *(("earlier", mask) for mask in earlier)):
        if mask is not None and np.shape(mask) != (len(table),):
            raise ProtectionError(
                f"There are {len(table)} cells and {len(mask)} marks.",
                where=name,
                expected="one mark for every cell of the table",
                action="give both in the same order",
            )
    found = hidden_in_all(hidden, earlier)
    return found if known is None else found & ~np.asarray(known, dtype=bool)


def unknowns_of(table: AdditiveTable, open_: Bools, at_most: float | None) -> Unknowns:
    """Return the equations with something hidden in them, what is published moved to the right side."""
    from scipy.sparse import csr_array

    part = csr_array(table.matrix[:, np.flatnonzero(open_)])
    part = part[np.flatnonzero(np.diff(part.indptr))]
    truth = table.values[open_].astype(float)
    if at_most is None:
        top = int(np.argmax(table.values))
        at_most = np.inf if open_[top] else float(table.values[top])
    return Unknowns(
        matrix=part,
        right=part @ truth,  # what is published leaves so much, less its rounding
        lower=np.zeros(len(truth)),
        upper=np.maximum(np.full(len(truth), at_most), truth),
        truth=truth,
        whole=table.counted,
    )
