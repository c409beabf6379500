"""Base weights: no adjustment; every row counts as the design (or nobody) said.

The result is a `Weights` like any other, so that what follows needs no special case.
"""

from __future__ import annotations

import numpy as np

from countersign.model.cells import Cells
from countersign.model.weights import Weights


def base_weights(cells: Cells, *, base_column: str = "") -> Weights:
    """Return weights of factor one: w = d, with Kish's design effect of the base weights.

    Parameters
    ----------
    cells: any reduction of the rows. base_column: column of the rows that holds the base weight; empty = 1 each.
    """
    return Weights(
        method="base",
        base_column=base_column,
        by=(),
        keys={},
        factor=np.ones(1),
        n=np.array([cells.n.sum()], dtype=float),
        weight=np.array([cells.weight.sum()]),
        weight2=np.array([cells.weight2.sum()]),
    )
