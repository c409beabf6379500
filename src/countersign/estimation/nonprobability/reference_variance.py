"""Reference variance: how far chance in the reference sample moves totals of scores.

The second part of every standard error here is the design variance of a total sum d s over the reference sample, where
the score s of a row depends on its auxiliary variables only and so is constant within a cell.
"""

from __future__ import annotations

import math

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.linearisation import ROUNDING
from countersign.estimation.sample import Sample, prepare, sums
from countersign.model.cells import Floats, Integers
from countersign.model.reference import Reference, Replicates
from countersign.model.regressors import Regressors


def design_covariance(reference: Reference, scores: Floats) -> Floats:
    """Covariance of the totals sum d s_j of K scores over a reference sample.

    Parameters
    ----------
    scores: (C, K), the same for all rows of a cell; (C,) counts as one column.

    Returns
    -------
    (K, K). With rows as units: sum_h (1 - f_h) n_h/(n_h - 1) [sum d^2 s s' - (sum d s)(sum d s)'/n_h]; with PSUs the
    same over their totals; with replicate weights scale x sum_r rscale_r (t_r - c)(t_r - c)', t_r the total under the
    r-th weights and c their mean or the total of the full sample. 0 for an enumeration.

    Raises
    ------
    EstimationError: scores that do not fit the cells; what `estimation.sample.prepare` refuses, such as strata of one
        sampling unit.
    """
    held = np.asarray(scores, dtype=float)
    held = held.reshape(len(held), -1)
    if len(held) != len(reference.cells):
        raise EstimationError(
            f"There are {len(held)} scores for {len(reference.cells)} cells of {reference.called}.",
            expected="one row of scores a cell",
        )
    if reference.replicates is not None:
        return _replicated(reference.replicates, reference.cells.weight, held)
    return _linearised(prepare(reference.cells, design=reference.design), held)


def regressor_covariance(reference: Reference, regressors: Regressors, amount: Floats) -> Floats:
    """Covariance of the totals sum d a x of all columns x over a reference sample, (q, q), without a model matrix.

    Parameters
    ----------
    regressors: of the cells of the reference. amount: a, the same for all rows of a cell, (C,).
    """
    cells = reference.cells
    if (replicates := reference.replicates) is not None:
        groups = np.arange(replicates.weight.shape[1])
        totals = np.stack([regressors.sums(amount * replicates.weight[:, r]) for r in groups])
        return _spread(replicates, totals, regressors.sums(amount * cells.weight))
    sample = prepare(cells, design=reference.design)
    if sample.design.enumeration:
        return np.zeros((regressors.size, regressors.size))
    weighted = cells.weight * amount
    if sample.unit is None or sample.of_unit is None:
        strata = regressors.sums_by(weighted, sample.stratum, len(sample.sampled))
        squares = regressors.gram(sample.scale[sample.stratum] * cells.weight2 * amount**2)
    else:
        units = regressors.sums_by(weighted, sample.unit, len(sample.of_unit))
        strata = _added(sample.of_unit, units, len(sample.sampled))
        squares = (units * sample.scale[sample.of_unit][:, None]).T @ units
    return _about_means(sample, squares, strata)


def degrees_of(reference: Reference) -> float:
    """Count sampling units minus strata, or replicates minus one; infinite for an enumeration."""
    if (replicates := reference.replicates) is not None:
        return float(replicates.weight.shape[1] - 1 if replicates.degrees is None else replicates.degrees)
    if reference.design.enumeration:
        return math.inf
    sample = prepare(reference.cells, design=reference.design)
    return float(sample.sampled.sum() - len(sample.sampled))


def _replicated(replicates: Replicates, weight: Floats, scores: Floats) -> Floats:
    return _spread(replicates, replicates.weight.T @ scores, weight @ scores)


def _spread(replicates: Replicates, totals: Floats, full: Floats) -> Floats:
    centre = totals.mean(0) if replicates.centre == "replicates" else full
    gap = totals - centre
    factor = np.ones(len(totals)) if replicates.rscales is None else np.asarray(replicates.rscales, dtype=float)
    found: Floats = replicates.scale * (gap * factor[:, None]).T @ gap
    return found


def _linearised(sample: Sample, scores: Floats) -> Floats:
    cells, count = sample.cells, scores.shape[1]
    if sample.design.enumeration:
        return np.zeros((count, count))
    weighted = cells.weight[:, None] * scores
    if sample.unit is None or sample.of_unit is None:
        strata = _added(sample.stratum, weighted, len(sample.sampled))
        squares = (scores * (sample.scale[sample.stratum] * cells.weight2)[:, None]).T @ scores
    else:
        units = _added(sample.unit, weighted, len(sample.of_unit))
        strata = _added(sample.of_unit, units, len(sample.sampled))
        squares = (units * sample.scale[sample.of_unit][:, None]).T @ units
    return _about_means(sample, squares, strata)


def _about_means(sample: Sample, squares: Floats, strata: Floats) -> Floats:
    """Take the means of strata off: squares are scaled (K, K), strata are totals (H, K)."""
    found: Floats = squares - (strata * (sample.scale / sample.sampled)[:, None]).T @ strata
    nothing = np.diag(found) <= ROUNDING * np.diag(squares)
    found[nothing, :] = found[:, nothing] = 0.0
    if sample.lonely.any():
        mean = strata.sum(0) / sample.sampled.sum()
        for h in np.flatnonzero(sample.lonely):
            gap = strata[h] - mean
            found += sample.scale[h] * np.outer(gap, gap)  # its own square minus itself was 0 above
    return found


def _added(code: Integers, amount: Floats, count: int) -> Floats:
    if amount.shape[1] == 0:
        return np.zeros((count, 0))
    return np.column_stack([sums(code, column, count) for column in amount.T])
