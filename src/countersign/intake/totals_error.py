"""Totals from a reference sample, and how far chance would move them in another sample of the same kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countersign.errors import BenchmarkError
from countersign.model.auxiliaries import Auxiliaries, auxiliaries_of
from countersign.model.benchmark import Margin, NumberTotal, TotalsCovariance
from countersign.model.cells import Cells
from countersign.model.dataset import Dataset
from countersign.tables import unreduced


def totals_error(
    dataset: Dataset, margins: Sequence[Margin], numbers: Sequence[NumberTotal], weight: str, *, where: str = ""
) -> TotalsCovariance:
    """Estimate the covariance of margins and sums over repeated draws of the reference sample.

    Drawn with replacement, its size taken as known: T = N xbar, so with residuals x - xbar and n records
    V = n / (n - 1) sum w^2 (x - xbar)(x - xbar)'. Clusters and strata of the reference sample are not known here.

    Raises
    ------
    BenchmarkError: fewer than two records.
    """
    names = [name for margin in margins for name in margin.variables]
    names += [name for number in numbers for name in (number.variable, *number.within)]
    cells, _ = unreduced(dataset.kept(), by=tuple(names), measures={}, weight=weight or None)
    n = len(cells)
    if n < 2:
        raise BenchmarkError(
            "A reference sample of one record does not tell its error.",
            where=where,
            expected="at least two records",
            action="take 'benchmark_error' out",
        )
    x = _columns(cells, margins, numbers)
    w2 = cells.weight2
    mean, moment = x.sums(cells.weight) / cells.weight.sum(), x.sums(w2)
    cross = np.outer(moment, mean)
    spread = x.gram(w2) - cross - cross.T + w2.sum() * np.outer(mean, mean)
    return TotalsCovariance(x.columns, n / (n - 1) * spread)


def _columns(cells: Cells, margins: Sequence[Margin], numbers: Sequence[NumberTotal]) -> Auxiliaries:
    """Return margins and numbers as columns, numbers as they are."""
    counted, summed = auxiliaries_of(cells, margins), auxiliaries_of(cells, (), numbers)
    return Auxiliaries(
        counted.size + summed.size,
        (*counted.codes, *(code + counted.size for code in summed.codes)),
        (*counted.values, *summed.values),
        (*counted.columns, *summed.columns),
        np.concatenate([counted.centre, summed.centre]),
    )
