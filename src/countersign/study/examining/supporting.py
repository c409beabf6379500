"""Dataset + reference -> Support: whom the data can speak for."""

from __future__ import annotations

import numpy as np

from countersign.catalogue import threshold
from countersign.errors import CountersignError
from countersign.model.cells import Cells, Floats
from countersign.model.support import Support
from countersign.study.examining.answers import told
from countersign.study.examining.fanning import Knowledge

PERCENTILE = 0.01


def support_of(volunteers: Cells, knowledge: Knowledge) -> Support:
    """Return how much of the population those who took part can speak for.

    Parameters
    ----------
    volunteers: rows that took part, by the variables of the models. knowledge: the reference sample, then all variables
        are taken together; or margins, then the margin with the least support counts.
    """
    fewest = int(threshold("contributors_in_cell").good)
    if knowledge.reference is not None:
        names = knowledge.variables
        empty, few = _shares(volunteers, names, _weights(knowledge.reference.cells, names), fewest)
        return Support(" x ".join(names), empty, few, fewest, _overlap(volunteers, knowledge))
    found = []
    for margin in knowledge.margins:
        counts = {tuple(map(str, key)): count for key, count in margin.counts.items()}
        found.append((margin.name, *_shares(volunteers, margin.variables, counts, fewest)))
    name, empty, few = max(found, key=lambda each: each[1:])
    return Support(name, empty, few, fewest)


def _weights(cells: Cells, names: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    code, labels = cells.codes(names)
    weight = np.bincount(code, cells.weight, len(labels))
    return {tuple(told(part) for part in label): float(each) for label, each in zip(labels, weight, strict=True)}


def _shares(
    volunteers: Cells, names: tuple[str, ...], population: dict[tuple[str, ...], float], fewest: int
) -> tuple[float, float]:
    code, labels = volunteers.codes(names)
    rows = np.bincount(code, volunteers.n, len(labels))
    there = {tuple(told(part) for part in label): float(each) for label, each in zip(labels, rows, strict=True)}
    total = sum(population.values())
    empty = sum(count for key, count in population.items() if not there.get(key))
    few = sum(count for key, count in population.items() if there.get(key, 0.0) < fewest)
    return empty / total, few / total


def _overlap(volunteers: Cells, knowledge: Knowledge) -> float | None:
    from countersign.weighting.propensity import fit_propensity

    reference = knowledge.reference
    assert reference is not None
    try:
        fit = fit_propensity(volunteers, (reference,), on=knowledge.terms)
    except CountersignError:
        return None  # the fan says why
    lowest = _percentile(fit.rate, fit.volunteers.n.astype(float), PERCENTILE)
    below = fit.seen[0].times(fit.coefficients) < np.log(lowest / (1 - lowest)) - 1e-9
    weight = fit.references[0].cells.weight
    return float(weight[below].sum() / weight.sum())


def _percentile(value: Floats, weight: Floats, share: float) -> float:
    order = np.argsort(value, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(value[order][np.searchsorted(reached, share)])
