"""Sums: whether the sum behind a withheld total or mean follows from those that are shown, as a stranger adds up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from countersign.model.additive_table import TOLERANCE, AdditiveTable, Protect
from countersign.model.contribution import Nesting
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.protection.figures.reading import Group, forms_of, in_common

CLOSE = 1e-7
"""Relative difference up to which groups add up to their total."""


def recovered_sums(
    before: EstimateTable, published: EstimateTable, unsafe: frozenset[str], *, nestings: Sequence[Nesting] = ()
) -> tuple[str, ...]:
    """Return the figures withheld for their own sake whose unweighted sum is known exactly from the others.

    The sum of a total is its value, that of a mean is value x n; the stranger is taken to know both without weights.
    Sums below 0 are shifted by the same amount for each person, which leaves everything additive.
    """
    sums: dict[str, dict[Group, tuple[Estimate, float]]] = defaultdict(dict)
    shown = {one.figure_id for one in published if one.status is not Status.SUPPRESSED}
    for one in before:
        if one.statistic in ("mean", "total") and one.raw is not None and one.n:
            own = one.raw if one.statistic == "total" else one.raw * one.n
            sums[one.indicator][frozenset(one.domain.items())] = (one, float(own))
    found: list[str] = []
    for groups in sums.values():
        hidden = [one.figure_id for one, _ in groups.values() if one.figure_id not in shown]
        if unsafe.intersection(hidden):
            found += _known(groups, shown, unsafe, nestings)
    return tuple(found)


def _known(
    groups: Mapping[Group, tuple[Estimate, float]], shown: set[str], unsafe: frozenset[str], nestings: Sequence[Nesting]
) -> list[str]:
    from countersign.protection.cells.auditing import attack

    names = [one.figure_id for one, _ in groups.values()]
    place = {group: at for at, group in enumerate(groups)}
    n = [float(one.n) for one, _ in groups.values()]
    amounts = [own for _, own in groups.values()]
    parts = _parts(place, nestings)
    # How large a group is that nobody publishes, the fullest breakdown says.
    fullest: dict[Group, set[int]] = {}
    for (whole, _), own in parts.items():
        if whole not in place and sum(n[at] for at in own) > sum(n[at] for at in fullest.get(whole, ())):
            fullest[whole] = own
    for whole, own in fullest.items():
        place[whole] = len(n)
        n.append(sum(n[at] for at in own))
        amounts.append(sum(amounts[at] for at in own))
    people = np.array(n)
    # A shift by thirds of a cent misses 0 by a last digit, and no sum of a table may be below it.
    values = np.array(amounts)
    values = np.maximum(values + max(0.0, float(np.max(-values / people))) * people, 0.0)
    slack = np.minimum(CLOSE * max(1.0, float(values.max())), TOLERANCE * np.maximum(1.0, values))
    equations = [
        (place[whole], tuple(sorted(own)))
        for (whole, _), own in parts.items()
        if abs(values[place[whole]] - values[list(own)].sum()) <= slack[place[whole]]
    ]
    hidden = np.array([*(name not in shown for name in names), *[True] * (len(n) - len(names))])
    asked = hidden & np.array([*(name in unsafe for name in names), *[False] * (len(n) - len(names))])
    table = AdditiveTable(
        dimensions=("figure",),
        cells=tuple((str(at),) for at in range(len(n))),
        values=values,
        contributors=people.astype(np.int64),
        equations=tuple(equations),
        counted=False,
    )
    nothing = np.zeros(len(n), dtype=bool)
    met = attack(table, hidden, Protect(asked, np.zeros(len(n)), nothing))
    return [names[at] for at in met.points.tolist()]


def _parts(place: Mapping[Group, int], nestings: Sequence[Nesting]) -> dict[tuple[Group, frozenset[str]], set[int]]:
    """Return the wider groups, shown or not, with the parts that each breakdown divides them into."""
    breakdowns: dict[frozenset[str], list[tuple[Group, list[Group]]]] = defaultdict(list)
    for group in place:
        breakdowns[frozenset(name for name, _ in group)].append((group, forms_of(group, nestings)))
    found: dict[tuple[Group, frozenset[str]], set[int]] = defaultdict(set)
    for kept in (*breakdowns, *in_common(breakdowns)):
        for names, own in breakdowns.items():
            for group, wider in own:
                for form in wider:
                    outer = frozenset(pair for pair in form if pair[0] in kept)
                    if {name for name, _ in outer} == kept and len(outer) == len(kept) and outer != group:
                        found[outer, names].add(place[group])
    shared = {*in_common(breakdowns)}
    return {
        (whole, names): own
        for (whole, names), own in found.items()
        if whole in place or frozenset(name for name, _ in whole) in shared
    }
