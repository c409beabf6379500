"""Raking: multiply weights, margin after margin, until all margins are met (iterative proportional fitting).

Deming and Stephan (1940); as calibration with the multiplicative distance: Deville and Sarndal (1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from countersign.errors import WeightingError
from countersign.model.benchmark import Margin
from countersign.model.cells import Cells, Floats
from countersign.model.weights import Iteration, Weights
from countersign.weighting.balance import balance_of
from countersign.weighting.encoding import Encoded, encode


def rake(
    cells: Cells,
    margins: Sequence[Margin],
    *,
    tolerance: float = 1e-10,
    most: int = 500,
    totals: Literal["refuse", "scale"] = "refuse",
    base: str = "",
    base_column: str = "",
    benchmark: str = "",
) -> Weights:
    """Fit weights to several margins at once.

    Parameters
    ----------
    cells: rows reduced by (at least) the variables of `margins`; finer cells are added up.
    margins: population counts; of one variable, or joint.
    tolerance: largest relative distance between a weighted margin and its target at which the fit stops.
    most: passes after which it gives up.
    totals: what to do when totals of margins differ by more than 1e-6: ``refuse``, or ``scale`` to the first.
    base: key of the cells that holds the base weight: one factor per (cell, distinct base weight), as trimming needs.
    base_column: column of the rows that holds the base weight, where it is not a key; for the record and for joining.
    benchmark: its name, for the record.

    Returns
    -------
    Weights with one factor g per weighting cell: w = d g, and one `Iteration` per pass.

    Raises
    ------
    BenchmarkError: margins contradict each other or the data.
    WeightingError: missing values in a weighting variable, or no convergence after `most` passes.
    """
    coded = encode(cells, margins, base=base, totals=totals)
    factor, iterations = _fit(coded, tolerance=tolerance, most=most)
    return weights_from(
        coded, factor, method="raking", base_column=base_column, benchmark=benchmark, iterations=iterations
    )


def _fit(coded: Encoded, *, tolerance: float, most: int) -> tuple[Floats, tuple[Iteration, ...]]:
    weight = coded.weight.copy()
    steps = list(zip(coded.codes, coded.targets, strict=True))
    iterations: list[Iteration] = []
    for number in range(1, most + 1):
        worst, where = -1.0, 0
        for place, (code, target) in enumerate(steps):
            ratio = target / np.bincount(code, weight, len(target))
            distance = float(np.abs(ratio - 1).max())
            if distance > worst:
                worst, where = distance, place
            weight *= ratio[code]
        iterations.append(Iteration(number, worst, coded.margins[where].name))
        if worst <= tolerance:
            return weight / coded.weight, tuple(iterations)
    last = iterations[-1]
    raise WeightingError(
        f"Raking did not converge: after {most} passes the margin {last.margin} is still {last.distance:.3g}"
        " of a category's count away.",
        where="weights.by",
        expected=f"every margin met within {tolerance:g}",
        action=f"cross {last.margin} with the other margins to find combinations without rows, and merge categories",
    )


def weights_from(
    coded: Encoded,
    factor: Floats,
    *,
    method: str,
    base_column: str = "",
    benchmark: str = "",
    iterations: tuple[Iteration, ...] = (),
) -> Weights:
    """Return the weights of a fitted problem: w = d g per cell, with the balance of its margins."""
    final = coded.weight * factor
    return Weights(
        method=method,
        by=coded.by,
        keys=coded.keys,
        factor=factor,
        n=coded.n,
        weight=final,
        weight2=coded.weight2 * factor**2,
        base=coded.base,
        base_column=next((name for name in coded.keys if name not in coded.by), base_column),
        benchmark=benchmark,
        margins=coded.margins,
        iterations=iterations,
        balance=balance_of(coded, final),
    )
