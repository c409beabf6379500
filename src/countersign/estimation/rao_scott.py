"""Rao and Scott: whether two variables are related, in a sample that is not a simple random one.

Second-order correction (Rao and Scott 1984; Thomas and Rao 1990): Pearson's statistic over the trace of the generalised
design effects, compared with F; as ``svychisq(statistic = "F")`` of R survey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.linearisation import covariance
from countersign.estimation.sample import Residuals, Sample, prepare
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.weights import Weights


@dataclass(frozen=True)
class Association:
    """Test of independence: F, its degrees of freedom, p value, rows behind it."""

    statistic: float
    numerator_degrees: float
    denominator_degrees: float
    p_value: float
    n: int


def rao_scott(
    cells: Cells | Sample,
    row: str,
    column: str,
    *,
    design: Design | None = None,
    weights: Weights | None = None,
    residuals: Residuals = "joint",
) -> Association:
    """Test whether `row` and `column` are independent.

    Parameters
    ----------
    row, column: keys of the cells. Rows of data where one of them is missing are left out, their strata and PSUs kept.

    Raises
    ------
    EstimationError: a variable with fewer than two categories, and everything `prepare` refuses.
    """
    from scipy.stats import f as f_distribution

    sample = cells if isinstance(cells, Sample) else prepare(
        cells, design=design, weights=weights, residuals=residuals
    )  # fmt: skip
    held = sample.cells
    sample.domains((row, column))
    valid = np.array([a is not None and b is not None for a, b in zip(held.keys[row], held.keys[column], strict=True)])
    rows, columns = _levels(held.keys[row][valid].tolist(), row), _levels(held.keys[column][valid].tolist(), column)
    nr, nc = len(rows), len(columns)
    where = np.full(len(held), -1)
    where[valid] = [
        columns[b] * nr + rows[a]
        for a, b in zip(held.keys[row][valid].tolist(), held.keys[column][valid].tolist(), strict=True)
    ]
    weight = sample.final * held.weight
    table = np.bincount(where[valid], weight[valid], nr * nc)
    total, n = table.sum(), int(held.n[valid].sum())
    share = table / total
    inside = np.where(valid[:, None], (where[:, None] == np.arange(nr * nc)) - share, 0.0)
    v = covariance(sample, inside, np.full(nr * nc, 1 / total), np.zeros((nr * nc, held.first.shape[1])))

    grid = share.reshape(nc, nr)
    fitted = np.outer(grid.sum(1), grid.sum(0)).ravel()
    pearson = n * float(((share - fitted) ** 2 / fitted).sum())
    contrast = _interactions(nr, nc)
    inverse = np.where(share > 0, 1 / np.where(share > 0, share, 1.0), 0.0)
    denominator = contrast.T @ (inverse[:, None] / n * contrast)
    scaled = inverse[:, None] * contrast
    delta = np.linalg.solve(denominator, scaled.T @ v @ scaled)
    trace = float(np.trace(delta))
    if not trace > 0:
        raise EstimationError(
            f"The table of {row} and {column} has no sampling variance, so there is nothing to test.",
            expected="a table that was not fixed by weighting or by a full count",
            action="describe the table without a test",
        )
    d0 = trace**2 / float(np.trace(delta @ delta))
    degrees = _degrees(sample, held.n * valid)
    statistic = pearson / trace
    return Association(
        statistic=statistic,
        numerator_degrees=d0,
        denominator_degrees=d0 * degrees,
        p_value=float(f_distribution.sf(statistic, d0, d0 * degrees)),
        n=n,
    )


def _levels(values: list[object], name: str) -> dict[object, int]:
    levels = {value: place for place, value in enumerate(dict.fromkeys(values))}
    if len(levels) < 2:
        raise EstimationError(
            f"'{name}' has {len(levels)} categories.",
            expected="at least two categories on each side",
            action="choose another variable",
        )
    return levels


def _interactions(nr: int, nc: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the interaction contrasts orthogonal to the main effects, rows fastest, (nr nc, (nr - 1)(nc - 1))."""
    r, c = np.tile(np.arange(nr), nc), np.repeat(np.arange(nc), nr)
    rows = (r[:, None] == np.arange(1, nr)).astype(float)
    columns = (c[:, None] == np.arange(1, nc)).astype(float)
    main = np.concatenate([np.ones((nr * nc, 1)), rows, columns], axis=1)
    both = (columns[:, :, None] * rows[:, None, :]).reshape(nr * nc, -1)
    q, _ = np.linalg.qr(main)
    found: np.ndarray[tuple[int, int], np.dtype[np.float64]] = both - q @ (q.T @ both)
    return found


def _degrees(sample: Sample, n: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    there = n > 0
    units = n.sum() if sample.unit is None else len(np.unique(sample.unit[there]))
    return int(units) - len(np.unique(sample.stratum[there]))
