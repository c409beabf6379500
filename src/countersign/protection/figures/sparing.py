"""Sparing: whose figures are the last to be withheld for the sake of others, and that this never harms them.

A figure that is withheld only to protect another can often be chosen. Figures of marginalised groups are made dear, so
that the choice falls on others; the choice without that is made as well, and taken where it is better for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from countersign.catalogue import load, protection_limit, recognise
from countersign.model.contribution import Contributions
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Plan
from countersign.model.protection_plan import VisibleGroup

MISSING = "(missing)"
"""Category of those who did not say: no group."""

Hidden = Collection[str]
Choose = Callable[[Mapping[str, float]], Hidden]
"""Weights of figures -> the figures that are withheld."""


@dataclass(frozen=True)
class Spared:
    """The choice that is taken, and the one without weights.

    Parameters
    ----------
    weights: those it was made with; empty where no weights are better. hidden, unweighted: figures withheld.
    """

    weights: Mapping[str, float]
    hidden: frozenset[str]
    unweighted: frozenset[str]


def spared_groups(plan: Plan, estimates: EstimateTable, contributions: Contributions) -> tuple[VisibleGroup, ...]:
    """Return the groups whose figures are dear, one category each.

    Those of `protection.visible` and of `population.groups`, and those that decided to be shown. Where the study names
    none of the first two: of every variable that speaks of a dimension in the catalogue's list ``spared_dimensions``,
    all categories but the one with most people.
    """
    weight = protection_limit("visible_weight")
    named = [*plan.protection.visible]
    named += [
        VisibleGroup(name, category, weight)
        for name, categories in plan.population.groups.items()
        for category in categories
    ]
    people = _people(estimates, contributions)
    if not named:
        known = {entry.id for entry in load("spared_dimensions")}
        for name, categories in people.items():
            if known & set(recognise(name, estimates.labels.get(name, ""))):
                most = max(categories, key=lambda category: (category != MISSING, categories[category]))
                smaller = [category for category in categories if category not in (most, MISSING)]
                named += [VisibleGroup(name, category, weight) for category in smaller]
    for decision in plan.protection.decisions:
        if decision.action == "show" and len(decision.group) == 1:
            named += [VisibleGroup(name, category, weight) for name, category in decision.group.items()]
    found: dict[tuple[str, str], VisibleGroup] = {}
    for one in named:
        every = [category for category in people.get(one.variable, {}) if category != MISSING]
        for category in [one.category] if one.category else every:
            found.setdefault((one.variable, category), VisibleGroup(one.variable, category, one.weight))
    return tuple(found.values())


def weights_of(groups: Iterable[VisibleGroup], estimates: EstimateTable) -> dict[str, float]:
    """Return figure -> how many times dearer it is to withhold it, where it is: the largest of its groups."""
    found: dict[str, float] = {}
    for group in groups:
        for one in estimates:
            if one.domain.get(group.variable) == group.category:
                found[one.figure_id] = max(found.get(one.figure_id, 1.0), group.weight)
    return found


def people_hidden(
    groups: Sequence[VisibleGroup], hidden: Hidden, estimates: EstimateTable, contributions: Contributions
) -> tuple[int, ...]:
    """Return, for each group, people behind its figures that are withheld; each person counts once a figure."""
    behind = contributions.by_figure()
    gone = set(hidden)
    return tuple(
        sum(
            behind[one.figure_id].contributors
            for one in estimates
            if one.figure_id in gone and one.figure_id in behind and one.domain.get(group.variable) == group.category
        )
        for group in groups
    )


def spare(
    groups: Sequence[VisibleGroup], estimates: EstimateTable, contributions: Contributions, choose: Choose
) -> Spared:
    """Choose what to withhold so that no spared group loses more people than without weights.

    Candidates are the choice with the weights of all groups, with those of each group alone, and without weights. Of
    those that are no worse than the last for any group, the one is taken by which the groups lose fewest people.

    Parameters
    ----------
    choose: weights of figures -> figures withheld, safe whatever the weights.
    """
    unweighted = frozenset(choose({}))
    before = people_hidden(groups, unweighted, estimates, contributions)
    best: tuple[Mapping[str, float], frozenset[str]] = ({}, unweighted)
    if not any(before):  # nothing is taken from them: nothing can be spared
        return Spared({}, unweighted, unweighted)
    fewest = sum(before)
    alone = [(one,) for one in groups] if 1 < len(groups) <= MOST_ALONE else []
    for own in (tuple(groups), *alone):
        weights = weights_of(own, estimates)
        hidden = frozenset(choose(weights))
        after = people_hidden(groups, hidden, estimates, contributions)
        if all(now <= then for now, then in zip(after, before, strict=True)) and sum(after) < fewest:
            best, fewest = (weights, hidden), sum(after)
            if own == tuple(groups):
                break
    return Spared(best[0], best[1], unweighted)


MOST_ALONE = 4
"""Groups beyond which the weights of each alone are not tried: every try is a search of its own."""


def _people(estimates: EstimateTable, contributions: Contributions) -> dict[str, dict[str, int]]:
    """Return variable -> category -> the most people behind one of its figures."""
    behind = contributions.by_figure()
    found: dict[str, dict[str, int]] = {}
    for one in estimates:
        people = behind[one.figure_id].contributors if one.figure_id in behind else one.n
        for name, category in one.domain.items():
            own = found.setdefault(name, {})
            own[category] = max(own.get(category, 0), people)
    return found
