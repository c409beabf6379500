"""Post-stratification: one margin, met in one step.

Holt and Smith (1979): within each post-stratum every base weight is multiplied by N_g / sum of d.
"""

from __future__ import annotations

import numpy as np

from countersign.model.benchmark import Margin
from countersign.model.cells import Cells
from countersign.model.weights import Iteration, Weights
from countersign.weighting.encoding import encode
from countersign.weighting.raking import weights_from


def post_stratify(
    cells: Cells, margin: Margin, *, base: str = "", base_column: str = "", benchmark: str = ""
) -> Weights:
    """Fit weights to one margin, of one variable or of several jointly.

    Parameters
    ----------
    cells: rows reduced by (at least) the variables of `margin`.
    margin: population counts of each post-stratum.
    base, base_column, benchmark: as in `rake`.

    Returns
    -------
    Weights with g = N_g / sum of d in post-stratum g.

    Raises
    ------
    BenchmarkError: a post-stratum without rows, or rows without a post-stratum.
    WeightingError: missing values in a weighting variable.
    """
    coded = encode(cells, [margin], base=base)
    code, target = coded.codes[0], coded.targets[0]
    ratio = target / np.bincount(code, coded.weight, len(target))
    distance = float(np.abs(ratio - 1).max())
    return weights_from(
        coded,
        ratio[code],
        method="post-stratification",
        base_column=base_column,
        benchmark=benchmark,
        iterations=(Iteration(1, distance, margin.name),),
    )
