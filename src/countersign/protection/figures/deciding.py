"""Deciding: what communities decided about being shown, and what becomes of it.

A decision speaks for a group and for nobody in it who said no: where somebody who does not want to be shown in a small
group is among those behind a figure, the figure is withheld as if nobody had decided.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from countersign.model.contribution import Contributions
from countersign.model.disclosure import DecisionTaken
from countersign.model.estimate import EstimateTable, Status
from countersign.model.protection_plan import GroupDecision

NEVER = 2**31 - 1
"""A minimum that no group has."""


@dataclass(frozen=True)
class Ruling:
    """What decisions ask for, figure by figure.

    Parameters
    ----------
    minimums: figure -> the minimum that holds for it instead of the study's; `NEVER` for a figure that is not to be
    shown, so that it is protected like one of too few people. refused: place of a decision -> figures that it asks to
    show and that somebody behind them refuses to be in.
    """

    minimums: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[int, frozenset[str]] = field(default_factory=dict)


def rule(
    decisions: Sequence[GroupDecision],
    estimates: EstimateTable,
    contributions: Contributions,
    *,
    unsafe: Collection[str],
) -> Ruling:
    """Return what the decisions ask for.

    Of several decisions on one figure, to withhold it comes first, then the largest minimum. A figure that may be shown
    anyway keeps the study's minimum.

    Parameters
    ----------
    unsafe: figures that would be withheld for their own sake if nobody had decided.
    """
    behind = contributions.by_figure()
    minimums: dict[str, int] = {}
    withheld: set[str] = set()
    refused: dict[int, frozenset[str]] = {}
    for place, decision in enumerate(decisions):
        own = figures_of(decision.group, estimates)
        if decision.action == "withhold":
            withheld |= own
        if decision.action != "show":
            continue
        asked = own & set(unsafe)
        refused[place] = frozenset(name for name in asked if name in behind and behind[name].refusals)
        for name in asked - refused[place]:
            minimums[name] = max(minimums.get(name, 0), decision.minimum)
    said_no = {name for names in refused.values() for name in names}
    shown = {name: minimum for name, minimum in minimums.items() if name not in said_no}
    return Ruling({**shown, **dict.fromkeys(sorted(withheld), NEVER)}, refused)


def not_secret(decisions: Sequence[GroupDecision], ruling: Ruling, contributions: Contributions) -> Contributions:
    """Return who stands behind figures, without keeping secret how many are in groups that decided to be shown.

    What other tables withhold of such a group (`Told`) is then told by its own figures.
    """
    shown = [
        one
        for place, one in enumerate(decisions)
        if one.action == "show" and ruling.minimums and not ruling.refused.get(place)
    ]
    told = tuple(
        one
        for one in contributions.told
        if one.shown or not any(d.group.items() <= one.domain.items() and d.minimum <= one.units for d in shown)
    )
    return replace(contributions, told=told)


def figures_of(group: Mapping[str, str], estimates: EstimateTable) -> set[str]:
    """Return the figures of a group: those whose domain holds all its categories."""
    return {one.figure_id for one in estimates if group.items() <= one.domain.items()}


def taken(
    decisions: Sequence[GroupDecision],
    ruling: Ruling,
    estimates: EstimateTable,
    shown: EstimateTable,
    *,
    merged: Mapping[int, int] | None = None,
) -> tuple[DecisionTaken, ...]:
    """Return the decisions with what became of them.

    Parameters
    ----------
    estimates: the figures before, shown: and after protection. merged: place of a decision to coarsen -> figures that
    it put together.
    """
    after = {one.figure_id: one.status for one in shown}
    found = []
    for place, one in enumerate(decisions):
        own = figures_of(one.group, estimates)
        if one.action == "show":
            asked = [name for name in own if 0 <= ruling.minimums.get(name, NEVER) < NEVER]
            followed = sum(after.get(name) is not Status.SUPPRESSED for name in asked)
        elif one.action == "withhold":
            followed = sum(after.get(name) is Status.SUPPRESSED for name in own)
        else:
            followed = (merged or {}).get(place, 0)
        found.append(
            DecisionTaken(
                group=dict(one.group),
                action=one.action,
                minimum=one.minimum,
                by=one.by,
                role=one.role,
                date=one.date,
                statement=one.statement,
                followed=followed,
                refused=len(ruling.refused.get(place, ())),
            )
        )
    return tuple(found)
