"""Balance: how far the data are from the benchmark, category by category, before and after weighting.

Absolute standardised mean difference, |p_data - p_benchmark| / sqrt(p_benchmark (1 - p_benchmark)): Austin (2009),
Stuart (2010). Variables that were not used for weighting say most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from countersign.model.benchmark import Margin
from countersign.model.cells import Cells, Floats
from countersign.model.weights import Balance, Weights
from countersign.weighting.encoding import Encoded


def balance_of(coded: Encoded, final: Floats) -> tuple[Balance, ...]:
    """Return the balance of the margins of a weighting problem; `final` is the sum of final weights per cell."""
    found: list[Balance] = []
    for margin, code, target, names in zip(coded.margins, coded.codes, coded.targets, coded.names, strict=True):
        before = np.bincount(code, coded.weight, len(target)) / coded.weight.sum()
        after = np.bincount(code, final, len(target)) / final.sum()
        goal = target / target.sum()
        found += [
            _standardised(margin.name, name, b, a, g)
            for name, b, a, g in zip(names, before.tolist(), after.tolist(), goal.tolist(), strict=True)
        ]
    return tuple(found)


def balance(cells: Cells, margins: Sequence[Margin], *, weights: Weights) -> tuple[Balance, ...]:
    """Compare data and benchmark on any margins, also those that were not used for weighting.

    Parameters
    ----------
    cells: reduced by the variables of `margins` and those the weights differ by.
    margins: counts or shares. Rows with a missing value, or with a category that the margin lacks, are left out of
    that margin's shares; a category without rows counts as a share of 0.

    Raises
    ------
    WeightingError: `cells` lack a variable of `weights`.
    """
    factor, _ = weights.factor_of(cells)
    found: list[Balance] = []
    for margin in margins:
        code, labels = cells.codes(margin.variables)
        texts = [tuple(str(part) for part in label) for label in labels]
        inside = np.array([text in margin.counts for text in texts])
        before = np.bincount(code, cells.weight, len(labels)) * inside
        after = np.bincount(code, cells.weight * factor, len(labels)) * inside
        place = {text: number for number, text in enumerate(texts)}
        for key, count in margin.counts.items():
            number = place.get(key)
            b = 0.0 if number is None else float(before[number] / before.sum())
            a = 0.0 if number is None else float(after[number] / after.sum())
            found.append(_standardised(margin.name, ", ".join(key), b, a, count / margin.total))
    return tuple(found)


def _standardised(variable: str, category: str, before: float, after: float, goal: float) -> Balance:
    """Divide by the benchmark's standard deviation; with a benchmark share of 0 or 1 only equality is 0."""
    spread = math.sqrt(goal * (1 - goal)) if 0 < goal < 1 else 0.0

    def distance(share: float) -> float:
        gap = abs(share - goal)
        if spread:
            return gap / spread
        return 0.0 if gap < 1e-12 else math.inf

    return Balance(
        variable=variable,
        category=category,
        before=distance(before),
        after=distance(after),
        share_data=before,
        share_weighted=after,
        share_benchmark=goal,
    )
