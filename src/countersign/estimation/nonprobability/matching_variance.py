"""Matching variance: the two parts of the variance of a mean imputed from nearest neighbours.

Given who took part, mu = sum_B d m(x)/N + sum_A l e/N, where e is the part of an answer that the auxiliary variables
leave open and the load l of a volunteer is the survey weight she answers for. So V = V_A + V_B with V_A = sum_A l^2
sigma^2(x)/N^2 (Abadie and Imbens 2006) and V_B the design variance of the mean of m. Imputed values are noisy copies
of m: their own design variance counts the noise a second time. Its share is known, because it is a quadratic form in
the loads, and is taken off (derived here, checked by simulation; it shrinks with growing k).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.estimation.nonprobability.matching import Matches, nearest
from countersign.estimation.nonprobability.searching import Points
from countersign.estimation.sample import Sample, prepare, sums
from countersign.model.cells import Floats, Integers
from countersign.model.reference import Reference

if TYPE_CHECKING:
    import numpy.typing as npt


def local_variance(donors: Points, count: Floats, first: Floats, second: Floats, *, k: int) -> Floats:
    """Variance of the answers of volunteers who are alike, sigma^2(x), in each donor cell.

    Parameters
    ----------
    donors: J cells. count, first, second: answers, their sum and sum of squares, (J,).

    Returns
    -------
    (J,): the variance among the k + 1 (at least 2) volunteers nearest to each, herself included, ties shared as in
    `nearest`; divided by 1 - sum of squared shares, so that it is unbiased where all have one mean. 0 in cells without
    answers, and everywhere if there is only one answer.
    """
    found = np.zeros(len(count))
    there = np.flatnonzero(count > 0)
    total = count[there].sum()
    if total < 2:
        return found
    own = Points(donors.codes[there], donors.numbers[there])
    around = nearest(own, own, count[there], k=int(min(max(k + 1, 2), total))).shares
    mean, square = around @ (first[there] / count[there]), around @ (second[there] / count[there])
    same = around.multiply(around) @ (1 / count[there])
    spread = np.maximum(square - mean**2, 0.0)
    found[there] = np.where(spread > 1e-12 * square, spread / np.maximum(1 - same, 1e-12), 0.0)
    return found


def load_variances(
    reference: Reference,
    place: Integers,
    matches: Matches,
    inside: npt.NDArray[np.bool_],
    *,
    centred: bool,
) -> Floats:
    """Design variance of the weight that each donor cell answers for.

    Parameters
    ----------
    place: recipient cell of each cell of the reference sample, (C,). inside: cells of the domain, (C,).
    centred: the population size is estimated too, so scores are the shares minus their mean.

    Returns
    -------
    (J,): with scores s = share - mean share in the domain and 0 outside, the form that `design_covariance` takes,
    kept sparse.
    """
    weight = reference.cells.weight * inside
    shares = matches.shares
    load = shares.T @ sums(place, weight, shares.shape[0])
    mean = load / weight.sum() if centred else np.zeros_like(load)
    if reference.replicates is not None:
        held = reference.replicates
        by_cell = _spread(np.arange(len(place)), place, inside.astype(float), len(place), shares.shape[0])
        own = held.weight.T @ (by_cell @ shares) - np.outer((held.weight * inside[:, None]).sum(0), mean)
        centre = own.mean(0) if held.centre == "replicates" else load - weight.sum() * mean
        factor = np.ones(len(own)) if held.rscales is None else np.asarray(held.rscales, dtype=float)
        spread: Floats = held.scale * factor @ (own - centre) ** 2
        return spread
    sample = prepare(reference.cells, design=reference.design)
    if sample.design.enumeration:
        return np.zeros_like(load)
    if sample.unit is None or sample.of_unit is None:
        amount = sample.scale[sample.stratum] * reference.cells.weight2 * inside
        per = sums(place, amount, shares.shape[0])
        squares = shares.multiply(shares).T @ per - 2 * mean * (shares.T @ per) + mean**2 * amount.sum()
        strata = _totals(sample.stratum, place, weight, len(sample.sampled), shares)
        sizes = sums(sample.stratum, weight, len(sample.sampled))
    else:
        units = _totals(sample.unit, place, weight, len(sample.of_unit), shares)
        unit_sizes = sums(sample.unit, weight, len(sample.of_unit))
        squares = _centred_squares(units, unit_sizes, mean, sample.scale[sample.of_unit])
        count = len(sample.sampled)
        strata = _spread(sample.of_unit, np.arange(len(unit_sizes)), np.ones(len(unit_sizes)), count, len(unit_sizes))
        strata = strata @ units
        sizes = sums(sample.of_unit, unit_sizes, count)
    found = squares - _centred_squares(strata, sizes, mean, sample.scale / sample.sampled)
    result: Floats = np.maximum(found + _alone(sample, strata, sizes, mean), 0.0)
    return result


def _alone(sample: Sample, strata: Any, sizes: Floats, mean: Floats) -> Floats:
    """Strata of one sampling unit, centred on the overall mean."""
    found = np.zeros_like(mean)
    if not sample.lonely.any():
        return found
    overall = (np.asarray(strata.sum(0)).ravel() - sizes.sum() * mean) / sample.sampled.sum()
    for h in np.flatnonzero(sample.lonely):
        own = np.asarray(strata[[h]].todense()).ravel() - sizes[h] * mean
        found += sample.scale[h] * (own - overall) ** 2
    return found


def _spread(row: Integers, column: Integers, amount: Floats, rows: int, columns: int) -> Any:
    from scipy.sparse import csr_array

    return csr_array((amount, (row, column)), shape=(rows, columns))


def _totals(group: Integers, place: Integers, weight: Floats, groups: int, shares: Any) -> Any:
    """Sum of d x share by group and donor cell, sparse (G, J)."""
    return _spread(group, place, weight, groups, shares.shape[0]) @ shares


def _centred_squares(totals: Any, sizes: Floats, mean: Floats, factor: Floats) -> Floats:
    """Sum over groups of factor (total - size x mean)^2, (J,), without making the totals dense."""
    found: Floats = (
        totals.multiply(totals).T @ factor
        - 2 * mean * (totals.T @ (factor * sizes))
        + mean**2 * float(factor @ sizes**2)
    )
    return found


def shares_of(matches: Matches, place: Integers, weight: Floats) -> Floats:
    """Return the load of each donor cell: the survey weight it answers for, (J,)."""
    found: Floats = matches.shares.T @ sums(place, weight, matches.shares.shape[0])
    return found
