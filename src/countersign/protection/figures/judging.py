"""Judging: linked cells + plan -> which of them are unsafe: bases, the people a share counts, and those it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from countersign.model.additive_table import Bools, Protect
from countersign.model.cells import Integers
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection.figures.linking import DIMENSIONS, Linked
from countersign.protection.figures.system import BASE


def judge_linked(linked: Linked, plan: ProtectionPlan, *, minimums: Mapping[str, int] | None = None) -> Protect:
    """Return the unsafe cells of a system.

    The minimum of contributors and of households holds for bases, and unless `numerators` is off for the people a share
    counts and does not count. A share of 0 or 100 % is unsafe, unless `group_disclosure` is off. What everybody knows
    beforehand cannot be protected and is not unsafe; the figures on it still are. The shares of an unsafe base are, and
    what is guarded is.

    Parameters
    ----------
    minimums: record -> a minimum of its own instead of the plan's, by a decision of those concerned.
    """
    protect = _judged(linked, plan, plan.minimum_contributors)
    unsafe = protect.unsafe.copy()
    for minimum in sorted(set((minimums or {}).values())):
        places = sorted(
            {at for name, own in linked.shows.items() if (minimums or {}).get(name) == minimum for at in own}
        )
        unsafe[places] = _judged(linked, plan, minimum).unsafe[places]
    bases = np.array([cell[1] == BASE for cell in linked.table.cells])
    if not plan.numerators:
        unsafe &= bases | _whole_group(protect, unsafe)
    few = unsafe | _too_few(linked, plan)
    for total, parts in linked.table.equations:
        # x and n - x of an unsafe base tell of it, whatever they are.
        if few[total] and bases[total] and not any(bases[list(parts)]):
            unsafe[list(parts)] = True
    unsafe |= linked.guarded
    unsafe &= ~linked.known
    people = max(plan.minimum_contributors, 1)
    width = np.where(unsafe, people if plan.width is None else plan.width, 0.0)
    known = linked.known | ((linked.table.values == 0) & ~unsafe & ~linked.open & (plan.zeros == "show"))
    return replace(protect, unsafe=unsafe, width=width, known=known)


def within_reach(linked: Linked, protect: Protect, lost: Integers) -> Protect:
    """Return the rules without what nothing can fulfil: cells that everybody can compute if all figures are withheld.

    In a study of four people no interval is wider than four. A cell is then protected as well as it can be; one that is
    known whatever is withheld is no longer asked for, though its figure is withheld all the same.

    Parameters
    ----------
    lost: the cells for which no pattern was found, as places.
    """
    from countersign.protection.cells.auditing import audit

    everything = np.ones(len(linked.table), dtype=bool)
    top = float(linked.table.values.max())
    bounds = audit(linked.table, everything, known=protect.known, at_most=top, ask=lost)
    width, unsafe = protect.width.copy(), protect.unsafe.copy()
    width[bounds.places] = np.minimum(width[bounds.places], bounds.width)
    unsafe[bounds.places[bounds.width <= 0]] = False
    width[~unsafe] = 0.0
    return replace(protect, unsafe=unsafe, width=width)


def _judged(linked: Linked, plan: ProtectionPlan, minimum: int) -> Protect:
    from countersign.protection.cells.rules import judge

    return judge(
        linked.table,
        minimum=minimum if minimum > 1 else 0,
        households=plan.minimum_households
        if plan.minimum_households > 1 and linked.table.households is not None
        else 0,
        group_disclosure=(DIMENSIONS[1],) if plan.group_disclosure and minimum > 1 else (),
        zeros=plan.zeros,
    )


def _too_few(linked: Linked, plan: ProtectionPlan) -> Bools:
    """Return the cells known beforehand with too few people: they cannot be hidden, what is told of them can."""
    people = np.asarray(linked.table.contributors)
    found = linked.known & linked.shown & (people > 0) & (people < plan.minimum_contributors)
    if plan.minimum_households > 1 and linked.table.households is not None:
        found |= linked.known & linked.shown & (linked.table.households < plan.minimum_households)
    return np.asarray(found, dtype=bool)


def _whole_group(protect: Protect, unsafe: Bools) -> Bools:
    spoke = np.zeros_like(unsafe)
    spoke[[place for place, reasons in protect.reasons.items() if "group_disclosure" in reasons]] = True
    return spoke


def unsafe_records(linked: Linked, protect: Protect, *, plan: ProtectionPlan) -> frozenset[str]:
    """Return the records that may not be shown for their own sake: one of their cells is unsafe."""
    spoken = protect.unsafe | _too_few(linked, plan)
    return frozenset(name for name, places in linked.shows.items() if spoken[list(places)].any())
