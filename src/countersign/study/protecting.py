"""Figures + contributions -> what may leave of them, with the report on it: the figures and the compared answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError, StudyError
from countersign.model.disclosure import Disclosure
from countersign.model.estimate import EstimateTable, Status
from countersign.model.release import Comparison
from countersign.protection.figures.deciding import Ruling
from countersign.study.contributing import asks_for_protection, compared_id
from countersign.study.extensions import ESTIMATES
from countersign.study.figures_file import read_figures

if TYPE_CHECKING:
    from countersign.model.contribution import Contributions
    from countersign.model.plan import Plan
    from countersign.model.protection_plan import VisibleGroup
    from countersign.protection import Protected
    from countersign.protection.figures.auditing import Earlier
    from countersign.protection.figures.coarsening import Merge, Wider
    from countersign.protection.figures.sparing import Spared


@dataclass(frozen=True)
class Leaving:
    """What may leave.

    Parameters
    ----------
    figures: the figures, some of them withheld. comparisons: the compared answers, without those that would tell a
    withheld figure. disclosure: what was done.
    """

    figures: EstimateTable
    comparisons: tuple[Comparison, ...]
    disclosure: Disclosure


@dataclass(frozen=True)
class Asked:
    """The figures that are asked for, after wider categories took the place of narrow ones, and none withheld.

    Parameters
    ----------
    estimates, contributions: the figures and who stands behind them. narrow: the figures as the study asks for them.
    merges: the wider categories that took the place of others. ruling: what communities decided. unsafe: figures that
    would be withheld for their own sake if nobody had decided.
    """

    estimates: EstimateTable
    contributions: Contributions
    narrow: EstimateTable
    merges: tuple[Merge, ...] = ()
    ruling: Ruling = field(default_factory=Ruling)


def ask(plan: Plan, estimates: EstimateTable, contributions: Contributions, wider: Wider) -> Asked:
    """Put categories together where that spares figures from being withheld, and hear what communities decided.

    Parameters
    ----------
    estimates, contributions: of narrow and of wider categories (`widen`). wider: as there. One whose parts lie in
        different regions, where the study shows these too, is not taken.

    Raises
    ------
    ProtectionError: a decision asks for such a one.
    """
    from countersign.protection import unsafe_figures
    from countersign.protection.figures.coarsening import (
        choose_merges,
        crosses,
        merged,
        merged_contributions,
        merges_of,
        refuse_crossing,
        without_helpers,
    )  # fmt: skip
    from countersign.protection.figures.deciding import not_secret, rule

    narrow = without_helpers(estimates)
    if not asks_for_protection(plan):
        return Asked(narrow, contributions, narrow)

    def put_together(merges: Collection[Merge]) -> tuple[EstimateTable, Contributions]:
        table = merged(estimates, merges)
        return table, merged_contributions(contributions, estimates, table, merges)

    def unsafe(merges: Collection[Merge]) -> Collection[str]:
        return unsafe_figures(plan, *put_together(merges))

    decisions = plan.protection.decisions
    wished = [
        one
        for one in merges_of(wider)
        if any(d.action == "coarsen" and d.group.get(one.variable) in one.codes for d in decisions)
    ]
    # Noise withholds nothing: then only what was decided is put together.
    refuse_crossing(wished, contributions.nestings)
    possible = merges_of(wider) if plan.protection.method == "suppress" else tuple(wished)
    possible = tuple(one for one in possible if crosses(one, contributions.nestings) is None)
    merges = choose_merges(possible, unsafe, forced=wished)
    table, behind = put_together(merges)
    asking = any(one.action == "show" for one in decisions)
    ruling = rule(decisions, table, behind, unsafe=unsafe_figures(plan, table, behind) if asking else ())
    return Asked(table, not_secret(decisions, ruling, behind), narrow, merges, ruling)


def protect(
    plan: Plan,
    asked: Asked,
    comparisons: Sequence[Comparison],
    earlier: Sequence[Earlier] = (),
    *,
    secret: bytes = b"",
) -> Leaving:
    """Withhold what would tell of a person, and audit what is left as an attacker would.

    Figures of marginalised groups are the last that are withheld for the sake of others, and no such group loses more
    people by it than it would without.

    Parameters
    ----------
    asked: see `ask`. earlier: releases that are already out. secret: on which noise rests, where the study asks for it.

    Raises
    ------
    ProtectionError: people cannot be protected as asked, or something that is withheld could be computed.
    """
    from countersign.protection import audit_release, refuse, withhold
    from countersign.protection.figures.coarsening import parts_of
    from countersign.protection.figures.recalling import remember
    from countersign.protection.figures.sparing import spared_groups

    estimates = asked.estimates
    nestings = (*asked.contributions.nestings, *parts_of(asked.merges))
    contributions = replace(asked.contributions, nestings=nestings)
    if not asks_for_protection(plan):
        return Leaving(estimates, tuple(comparisons), Disclosure("suppress", len(estimates), 0, reason=WHY_NOT))
    if plan.protection.method != "suppress":
        return changed(plan, asked, comparisons, secret)
    minimums = dict(asked.ruling.minimums)
    told = contributions.told
    before = remember(plan, estimates, [one.rows for one in earlier], told=told, nestings=nestings)
    groups = spared_groups(plan, estimates, contributions)
    guarded: frozenset[str] = frozenset()
    while True:
        make = partial(withhold, plan, estimates, contributions, minimums=minimums, before=before, guarded=guarded)
        protected, spared = _spared(groups, estimates, contributions, make)
        found = audit_release(
            plan,
            estimates,
            protected.figures,
            unsafe=protected.unsafe,
            overlaps=contributions.overlaps,
            told=told,
            nestings=nestings,
            earlier=earlier,
            minimums=minimums,
        )
        if guarded.issuperset(found.opened):
            break
        guarded |= {*found.opened}
    refuse(found)
    gone = {one.item for one in comparisons if compared_id(one.item, one.category) in protected.compared}
    kept = tuple(one for one in comparisons if one.item not in gone)
    report = _report(plan, asked, protected.figures, protected.disclosure, groups, unweighted=spared.unweighted)
    return Leaving(protected.figures, kept, replace(report, audit=found.result))


def _spared(
    groups: Sequence[VisibleGroup],
    estimates: EstimateTable,
    contributions: Contributions,
    make: Callable[..., Protected],
) -> tuple[Protected, Spared]:
    """Return what may leave where some groups are spared; `make` takes the weights of figures."""
    from countersign.protection.figures.sparing import spare

    tried: dict[tuple[tuple[str, float], ...], Protected] = {}

    def choose(weights: Mapping[str, float]) -> set[str]:
        key = tuple(sorted(weights.items()))
        if key not in tried:
            tried[key] = make(weights=weights)
        return {one.figure_id for one in tried[key].figures if one.status is Status.SUPPRESSED}

    spared = spare(groups, estimates, contributions, choose)
    return tried[tuple(sorted(spared.weights.items()))], spared


def _report(
    plan: Plan,
    asked: Asked,
    figures: EstimateTable,
    disclosure: Disclosure,
    groups: Sequence[VisibleGroup],
    *,
    unweighted: Collection[str] | None,
) -> Disclosure:
    """Add to the report what was put together, what it cost each group, and what became of decisions."""
    from countersign.protection.figures.deciding import figures_of, taken
    from countersign.protection.figures.visibility import visibility

    rules, decisions = plan.protection, plan.protection.decisions
    there = {one.figure_id for one in asked.estimates}
    away = {one.figure_id for one in asked.narrow if one.figure_id not in there}
    merged = {
        place: len(figures_of(one.group, asked.narrow) & away)
        for place, one in enumerate(decisions)
        if one.action == "coarsen"
    }
    width = float(max(rules.minimum_contributors, 1) if rules.width is None else rules.width)
    notes = [*disclosure.notes]
    notes += [
        f"{', '.join(code for code in one.codes if code != one.category)} of '{one.variable}' are put together as "
        f"'{one.category}'."
        for one in asked.merges
    ]
    return replace(
        disclosure,
        merged=len(away),
        visibility=visibility(
            asked.estimates,
            figures,
            asked.contributions,
            spared=groups,
            unweighted=unweighted,
            narrow=asked.narrow,
            width=width,
        ),
        decisions=taken(decisions, asked.ruling, asked.estimates, figures, merged=merged),
        notes=tuple(notes),
    )


def changed(plan: Plan, asked: Asked, comparisons: Sequence[Comparison], secret: bytes) -> Leaving:
    """Change the figures and the compared answers by noise or rounding, and say what that protects.

    Figures of a group that decided not to be shown are withheld all the same.
    """
    from countersign.protection.figures.deciding import NEVER
    from countersign.protection.figures.sparing import spared_groups
    from countersign.study.changing import change, change_comparisons, law_for

    law = law_for(plan, secret)
    assert law is not None
    figures, disclosure = change(plan, asked.estimates, asked.contributions, law)
    away = {name for name, minimum in asked.ruling.minimums.items() if minimum == NEVER}
    figures = replace(figures, estimates=tuple(one.withheld() if one.figure_id in away else one for one in figures))
    disclosure = replace(disclosure, withheld=sum(one.status is Status.SUPPRESSED for one in figures))
    groups = spared_groups(plan, asked.estimates, asked.contributions)
    told = _report(plan, asked, figures, disclosure, groups, unweighted=None)
    return Leaving(figures, change_comparisons(comparisons, asked.contributions, law), told)


WHY_NOT = "No rule asks for protection: the rows are no people, or the study says that nothing is withheld."


def earlier_releases(folders: Sequence[tuple[str, Path]], *, where: str) -> tuple[Earlier, ...]:
    """Read the figures of releases that are already out.

    Raises
    ------
    StudyError: a folder holds no release. ReleaseError: its figures cannot be read.
    """
    from countersign.protection.figures.auditing import Earlier

    found = []
    for name, path in folders:
        if not path.is_file():
            raise StudyError(
                f"There is no release in '{name}'.",
                where=where,
                expected=f"a folder with the file {ESTIMATES}",
                action="name the folder that was given away; without it nobody can tell what the two together tell",
            )
        found.append(Earlier(name, read_figures(path)))
    return tuple(found)


def look_back(plan: Plan, asked: Asked, leaving: Leaving, release: Path) -> tuple[str, ...]:
    """Say what the release that stands in the folder tells beside the new one; it may never have left the house."""
    from countersign.protection import audit_release, unsafe_figures, warnings
    from countersign.protection.figures.auditing import Earlier
    from countersign.protection.figures.coarsening import parts_of

    path = release / ESTIMATES
    estimates, contributions, minimums = asked.estimates, asked.contributions, dict(asked.ruling.minimums)
    if not asks_for_protection(plan) or plan.protection.method != "suppress" or not path.is_file():
        return ()
    try:
        rows = read_figures(path)
    except ReleaseError:  # it is about to be replaced
        return ()
    return warnings(
        audit_release(
            plan,
            estimates,
            leaving.figures,
            unsafe=unsafe_figures(plan, estimates, contributions, minimums=minimums),
            overlaps=contributions.overlaps,
            told=contributions.told,
            nestings=(*contributions.nestings, *parts_of(asked.merges)),
            minimums=minimums,
            earlier=(Earlier(release.name, rows),),
        )
    )
