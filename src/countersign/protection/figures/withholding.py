"""Withholding: figures + who stands behind them -> the figures that may leave, and the report on what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import Bools, Pattern, Protect
from countersign.model.cells import Integers
from countersign.model.contribution import Contributions
from countersign.model.disclosure import Disclosure, RuleApplied
from countersign.model.estimate import EstimateTable, Status
from countersign.model.plan import Plan
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection.figures.judging import judge_linked, unsafe_records, within_reach
from countersign.protection.figures.linking import Linked, link
from countersign.protection.figures.magnitudes import dominated, withhold_magnitudes
from countersign.protection.figures.records import COMPARED, Record, Remembered, records_of

LIMIT = 10.0
"""Processor seconds that the search for the cheapest pattern may take, for each set of figures that hang together."""

SMALL = 1200
"""Cells up to which the cheapest pattern is looked for; beyond it, and where that takes too long, a good one is."""

BEFORE = "Some are withheld because they would tell, together with an earlier release, what that one withholds."

PATIENCE = 600.0
"""Processor seconds after which no pattern is looked for any more."""


@dataclass(frozen=True)
class Chosen:
    """Which figures are withheld, before anything is written.

    Parameters
    ----------
    unsafe: records withheld for their own sake. hidden: all records withheld. patterns: of each system in which
    something had to be hidden. systems: all systems and their rules.
    """

    unsafe: frozenset[str]
    hidden: frozenset[str]
    patterns: tuple[Pattern, ...]
    systems: tuple[tuple[Linked, Protect], ...]


@dataclass(frozen=True)
class Protected:
    """What may leave.

    Parameters
    ----------
    figures: the same rows in the same order, some of them withheld. disclosure: the report. compared: names of the
    compared answers that must not be shown. unsafe: figures withheld for their own sake; this is never published.
    """

    figures: EstimateTable
    disclosure: Disclosure
    compared: frozenset[str] = frozenset()
    unsafe: frozenset[str] = frozenset()


def withhold(
    plan: Plan,
    estimates: EstimateTable,
    contributions: Contributions,
    *,
    weights: Mapping[str, float] | None = None,
    minimums: Mapping[str, int] | None = None,
    also: Iterable[str] = (),
    before: Sequence[Sequence[Remembered]] = (),
    guarded: Iterable[str] = (),
) -> Protected:
    """Return the figures that may leave: those from too few people are withheld, and those that would give one away.

    Parameters
    ----------
    estimates: all figures, none withheld. contributions: who stands behind them.
    weights: figure -> how many times dearer it is to withhold it than one from as many people.
    minimums: figure -> a minimum of its own. also: figures to withhold whatever the rules say.
    before: figures of each earlier release of the same people; to withhold those that it shows hides nothing, and what
    follows from them and the new ones may give nobody away. guarded: figures that an earlier release withholds and that
    may not follow either.

    Returns
    -------
    `Protected`. A withheld figure has the status *suppressed* and has lost every number; its note is the same for all.
    Figures from nobody stay what they are, unless zeros are protected.

    Raises
    ------
    ProtectionError: a limit that protects nobody.

    Source: Hundepool et al., Statistical Disclosure Control (2012), chapters 4 and 5; shares and means are protected by
    what they are made of: base, numerator and difference.
    """
    _refuse_limits(plan.protection)
    records = records_of(plan, estimates, contributions)
    chosen = choose(
        plan, records, contributions, weights=weights, minimums=minimums, also=also, before=before, guarded=guarded
    )
    already = {one.figure_id for one in estimates if one.status is Status.SUPPRESSED}
    hidden = chosen.hidden - already
    figures = replace(
        estimates,
        estimates=tuple(one.withheld() if one.figure_id in hidden else one for one in estimates),
        notes=(*estimates.notes, *notes(plan.protection, len(hidden), len(estimates)), *([BEFORE] if guarded else [])),
    )
    return Protected(
        figures=figures,
        disclosure=_report(plan, figures, records, chosen),
        compared=frozenset(name for name in chosen.hidden if name.startswith(COMPARED)),
        unsafe=chosen.unsafe,
    )


def choose(
    plan: Plan,
    records: Sequence[Record],
    contributions: Contributions,
    *,
    weights: Mapping[str, float] | None = None,
    minimums: Mapping[str, int] | None = None,
    also: Iterable[str] = (),
    before: Sequence[Sequence[Remembered]] = (),
    guarded: Iterable[str] = (),
) -> Chosen:
    """Choose what to withhold; see `withhold`."""
    costs = {one.name: (one.behind.units + 1.0) * (weights or {}).get(one.name, 1.0) for one in records}
    systems = _linked(plan, records, contributions, costs, before, guarded)
    wanted = set(also) | dominated(plan, records)
    judged, patterns = [], []
    unsafe: set[str] = set()
    hidden: set[str] = set(wanted)
    for linked in systems:
        protect = judge_linked(linked, plan.protection, minimums=minimums)
        judged.append((linked, protect))
        own = unsafe_records(linked, protect, plan=plan.protection)
        unsafe |= own
        hidden |= own
        if linked.before.any():
            linked = replace(linked, known=linked.known | linked.before)
            protect = judge_linked(linked, plan.protection, minimums=minimums)
        if protect.unsafe.any():
            pattern = _suppressed(linked, protect, hidden)
            patterns.append(pattern)
            more = records_of_cells(linked, pattern.hidden) - hidden
            hidden |= more
            if linked.before.any():
                hidden -= superfluous(linked, protect, hidden, sorted(more))
    hidden |= withhold_magnitudes(plan, records, frozenset(hidden), costs, nestings=contributions.nestings)
    return Chosen(
        frozenset(unsafe | wanted),
        frozenset(hidden),
        tuple(patterns),
        tuple(judged),
    )


def _linked(
    plan: Plan,
    records: Sequence[Record],
    contributions: Contributions,
    costs: Mapping[str, float] | None = None,
    before: Sequence[Sequence[Remembered]] = (),
    guarded: Iterable[str] = (),
) -> list[Linked]:
    return link(
        records,
        overlaps=contributions.overlaps,
        nestings=contributions.nestings,
        told=contributions.told,
        before=before,
        guarded=guarded,
        costs=costs,
        open_totals=_of_conditions(plan, records),
    )


def superfluous(linked: Linked, protect: Protect, hidden: Iterable[str], tried: Sequence[str]) -> set[str]:
    """Return records that need not be withheld, of those that are tried one after the other.

    A cheapest pattern is one of cells. Where the base of a share is known and the people it counts are not, it may hide
    the base of one record and the answers of another, where either record alone would do.
    """
    from countersign.protection.cells.attacking import unprotected

    kept, found = set(hidden), set()
    for name in tried:
        if not len(unprotected(linked.table, protect, cells_hidden(linked, kept - {name}))):
            kept.discard(name)
            found.add(name)
    return found


def unsafe_figures(
    plan: Plan,
    estimates: EstimateTable,
    contributions: Contributions,
    *,
    minimums: Mapping[str, int] | None = None,
) -> frozenset[str]:
    """Return the figures that may not be shown for their own sake, without choosing any others."""
    records = records_of(plan, estimates, contributions)
    found = dominated(plan, records)
    for linked in _linked(plan, records, contributions):
        found |= unsafe_records(linked, judge_linked(linked, plan.protection, minimums=minimums), plan=plan.protection)
    return frozenset(found)


def _suppressed(linked: Linked, protect: Protect, hidden: Iterable[str]) -> Pattern:
    """Hide the cells that must be hidden, beside those that no figure shows and those of figures withheld anyway.

    Raises
    ------
    ProtectionError: no safe pattern was found in time.
    """
    already = cells_hidden(linked, hidden) & ~protect.known
    if protect.unsafe[~protect.known].all():
        return _all_hidden(linked, protect)
    pattern, lost = _searched(linked, protect, already)
    if len(lost):
        pattern, lost = _searched(linked, within_reach(linked, protect, lost), already)
    if len(lost) and len(linked.table) <= SMALL:
        return _all_hidden(linked, protect)
    if len(lost):
        raise ProtectionError(
            "The figures hang together in too many ways to choose in time which to withhold.",
            where="protection.method",
            expected="figures that can be protected by withholding some of them",
            action="write 'method: perturb', which needs no such choice, or ask for fewer breakdowns",
        )
    return pattern


def _all_hidden(linked: Linked, protect: Protect) -> Pattern:
    """Show none of the figures that hang together: nothing less protects them, as in a study of two people."""
    everything = np.ones(len(linked.table), dtype=bool)
    cost = float(linked.table.price[~protect.unsafe].sum())
    return Pattern(everything, protect.unsafe, "exact", cost, cost)


def _searched(linked: Linked, protect: Protect, already: Bools) -> tuple[Pattern, Integers]:
    """Return a pattern, and the unsafe cells that it does not protect."""
    from countersign.protection.cells.attacking import unprotected
    from countersign.protection.cells.exact import prove
    from countersign.protection.cells.heuristic import hide

    if len(linked.table) <= SMALL:
        proof = prove(linked.table, protect, limit=LIMIT, already=already)
        method = "exact" if proof.cost <= proof.bound else "heuristic"
        pattern = Pattern(proof.hidden, protect.unsafe, method, proof.cost, proof.bound)
        open_ = unprotected(linked.table, protect, proof.hidden)
        if len(proof.lost) or not len(open_):
            return pattern, proof.lost
    found = hide(linked.table, protect, limit=PATIENCE, hidden=already)
    cost = float(linked.table.price[found.hidden & ~protect.unsafe & ~already].sum())
    return Pattern(found.hidden, protect.unsafe, "heuristic", cost), found.left


def cells_hidden(linked: Linked, hidden: Iterable[str]) -> Bools:
    """Return the cells that nobody is shown when some records are withheld, (C,)."""
    gone = set(hidden)
    seen = np.zeros(len(linked.table), dtype=bool)
    for name, places in linked.shows.items():
        if name not in gone:
            seen[list(places)] = True
    return ~seen


def records_of_cells(linked: Linked, hidden: Bools) -> set[str]:
    """Return the records that show one of the hidden cells."""
    return {name for name, places in linked.shows.items() if hidden[list(places)].any()}


def _of_conditions(plan: Plan, records: Sequence[Record]) -> set[str]:
    """Return the universes whose total is not told by how many took part: those of indicators with a condition."""
    plain = {one.universe for one in records if not _condition(plan, one.of)}
    return {one.universe for one in records} - plain


def _condition(plan: Plan, indicator: str) -> str:
    found = plan.indicators.get(indicator)
    return found.where if found else ""


# What is told ---------------------------------------------------------------------------------------------------------


def notes(rules: ProtectionPlan, hidden: int, figures: int) -> tuple[str, ...]:
    """Return the sentences for the reader of the figures."""
    if rules.minimum_contributors <= 1:
        return ()
    text = (
        f"{hidden} of {figures} figures are withheld: figures from fewer than {rules.minimum_contributors} people, "
        "those that tell what fewer people or everybody in a group answered, and those that would give one of "
        "these away."
    )
    if not hidden:
        text = f"No figure had to be withheld: each rests on at least {rules.minimum_contributors} people."
    return (text,)


def _report(plan: Plan, figures: EstimateTable, records: Sequence[Record], chosen: Chosen) -> Disclosure:
    rules = plan.protection
    withheld = sum(one.status is Status.SUPPRESSED for one in figures)
    shown = [one for one in records if not one.name.startswith(COMPARED)]
    return Disclosure(
        method=rules.method,
        figures=len(figures),
        withheld=withheld,
        rules=applied(rules, shown),
        optimal=all(pattern.proven for pattern in chosen.patterns),
        notes=figures.notes,
    )


def applied(rules: ProtectionPlan, records: Sequence[Record]) -> tuple[RuleApplied, ...]:
    """Return the rules that were asked of the figures, with their limits."""
    shares = sum(one.is_share for one in records)
    magnitudes = sum(one.behind.total is not None for one in records)
    source = "catalogue, list protection" if rules.by_default else "study file"
    asked: list[RuleApplied] = []
    if rules.minimum_contributors > 1:
        asked.append(RuleApplied("minimum_contributors", rules.minimum_contributors, len(records), source))
        if rules.numerators:
            asked.append(RuleApplied("numerators", rules.minimum_contributors, shares, source))
        if rules.group_disclosure:
            asked.append(RuleApplied("group_disclosure", None, shares, source))
    if rules.minimum_households > 1:
        asked.append(RuleApplied("minimum_households", rules.minimum_households, len(records), "study file"))
    if rules.zeros == "protect":
        asked.append(RuleApplied("zeros", None, len(records), "study file"))
    if rules.dominance:
        asked.append(RuleApplied("dominance", rules.dominance[1], magnitudes, "study file"))
    if rules.p_percent is not None:
        asked.append(RuleApplied("p_percent", rules.p_percent, magnitudes, "study file"))
    return tuple(asked)


def _refuse_limits(rules: ProtectionPlan) -> None:
    for key, value in (
        ("minimum_contributors", rules.minimum_contributors),
        ("minimum_households", rules.minimum_households),
    ):
        if value < 0:
            raise ProtectionError(
                "The minimum is negative.",
                where=f"protection.{key}",
                expected="a whole number, 0 to withhold nothing",
                action="correct the number",
            )
