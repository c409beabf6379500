"""Sums: whether the sum behind a withheld total or mean follows from those that are shown, as a stranger adds up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from countersign.model.additive_table import TOLERANCE, AdditiveTable, Protect
from countersign.model.estimate import Estimate, EstimateTable, Status

CLOSE = 1e-7
"""Relative difference up to which groups add up to their total."""

Group = frozenset[tuple[str, str]]


def recovered_sums(before: EstimateTable, published: EstimateTable, unsafe: frozenset[str]) -> tuple[str, ...]:
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
            found += _known(groups, shown, unsafe)
    return tuple(found)


def _known(groups: Mapping[Group, tuple[Estimate, float]], shown: set[str], unsafe: frozenset[str]) -> list[str]:
    from countersign.protection.cells.auditing import attack

    names = [one.figure_id for one, _ in groups.values()]
    n = np.array([float(one.n) for one, _ in groups.values()])
    amounts = np.array([own for _, own in groups.values()])
    # A shift by thirds of a cent misses 0 by a last digit, and no sum of a table may be below it.
    amounts = np.maximum(amounts + max(0.0, float(np.max(-amounts / n))) * n, 0.0)
    place = {group: at for at, group in enumerate(groups)}
    parts: dict[tuple[Group, frozenset[str]], set[int]] = defaultdict(set)
    for group, at in place.items():
        variables = frozenset(name for name, _ in group)
        for pair in group:
            parts[group - {pair}, variables].add(at)
        parts[frozenset(), variables].add(at)
    slack = np.minimum(CLOSE * max(1.0, float(amounts.max())), TOLERANCE * np.maximum(1.0, amounts))
    equations = [
        (place[whole], tuple(sorted(own)))
        for (whole, _), own in parts.items()
        if whole in place
        and own != {place[whole]}
        and abs(amounts[place[whole]] - amounts[list(own)].sum()) <= slack[place[whole]]
    ]
    hidden = np.array([name not in shown for name in names])
    asked = hidden & np.array([name in unsafe for name in names])
    table = AdditiveTable(
        dimensions=("figure",),
        cells=tuple((name,) for name in names),
        values=amounts,
        contributors=n.astype(np.int64),
        equations=tuple(equations),
        counted=False,
    )
    nothing = np.zeros(len(names), dtype=bool)
    met = attack(table, hidden, Protect(asked, np.zeros(len(names)), nothing))
    return [names[at] for at in met.points.tolist()]
