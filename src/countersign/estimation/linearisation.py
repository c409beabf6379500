"""Linearisation: variances of sums of scores over a stratified, clustered, calibrated sample, from cells.

A statistic is approximated by the total of scores z_i = w_i u_i (Taylor; Wolter 2007). With calibrated weights w = d g
the score is taken off its regression on the margins, z_i = d_i g_i (u_i - x_i'B), B = (X'DX)^-1 X'Du (Deville and
Sarndal 1992). Because g and x are constant within a cell, all sums follow from the moments of the cells.

V = sum_h (1 - f_h) n_h/(n_h - 1) [sum z^2 - (sum z)^2/n_h], over rows, or over totals of PSUs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from countersign.estimation.sample import Sample, sums
from countersign.model.cells import Floats, Integers

BLOCK = 4_000_000
"""Numbers in a dense work array; more domains are done in blocks."""

ROUNDING = 1e-13
"""A stratum's sum of squares below this share of its sum z^2 is rounding, and is 0."""


def domain_variance(sample: Sample, domain: Integers, slope: Floats) -> Floats:
    """Variance of one linear statistic in each of K domains.

    Parameters
    ----------
    domain: of each cell, 0 .. K - 1, (C,). Every cell is in one domain.
    slope: (K, p): the score of a row in domain k is u = sum_j slope[k, j] v_j, and 0 in other domains.

    Returns
    -------
    Variances, (K,).
    """
    count = len(slope)
    if sample.design.enumeration:
        return np.zeros(count)
    cells, own = sample.cells, slope[domain]
    u1 = sample.final * np.einsum("cj,cj->c", cells.first, own)  # sum d g u
    if not sample.calibrated and not sample.lonely.any():
        return _plain(sample, domain, own, u1, count)
    found = np.zeros(count)
    b = _coefficients(sample, domain, own, count)
    for low, high in _blocks(sample, count):
        whole = high - low == count
        inside = slice(None) if whole else np.flatnonzero((domain >= low) & (domain < high))
        found[low:high] = _residual(sample, domain, own, u1, b, low, high, inside)
    if sample.calibrated and sample.error is not None:
        # The totals met are from a sample too: t = ... + B'T, and T moves independently of these rows.
        exact = sample.x.uncentred(b)
        found += np.einsum("lk,lk->k", exact, sample.error @ exact)
    return found


def _plain(sample: Sample, domain: Integers, own: Floats, u1: Floats, count: int) -> Floats:
    """Variances without calibration: only pairs of domain and stratum (or PSU) that occur."""
    strata = len(sample.sampled)
    if sample.unit is None or sample.of_unit is None:
        pair, place = np.unique(domain * strata + sample.stratum, return_inverse=True)
        squares = sample.final**2 * np.einsum("cj,cjk,ck->c", own, sample.cells.second, own)
        s1, s2 = sums(place, u1, len(pair)), sums(place, squares, len(pair))
    else:
        units = len(sample.of_unit)
        each, place = np.unique(domain * units + sample.unit, return_inverse=True)
        totals = sums(place, u1, len(each))
        pair, place = np.unique((each // units) * strata + sample.of_unit[each % units], return_inverse=True)
        s1, s2 = sums(place, totals, len(pair)), sums(place, totals**2, len(pair))
    h = pair % strata
    return sums(pair // strata, sample.scale[h] * _centred(s1, s2, sample.sampled[h]), count)


def _centred(s1: Floats, s2: Floats, n: Floats) -> Floats:
    """Sum of squares about the mean; differences below rounding are 0."""
    found = s2 - s1**2 / n
    return np.where(found <= ROUNDING * s2, 0.0, found)


def _blocks(sample: Sample, count: int) -> Iterator[tuple[int, int]]:
    width = len(sample.sampled) * max(sample.size, 1) if sample.of_unit is None else len(sample.of_unit)
    step = max(1, BLOCK // max(width, 1))
    return ((low, min(low + step, count)) for low in range(0, count, step))


def _coefficients(sample: Sample, domain: Integers, own: Floats, count: int) -> Floats:
    """Regression of the scores of each domain on the margins, (L, K); zeros without calibration."""
    if not sample.calibrated:
        return np.zeros((sample.size, count))
    cells, ratio = sample.cells, sample.final / sample.fitted
    joint = sample.residuals == "joint"
    amount = ratio * np.einsum("cj,cj->c", cells.first if joint else cells.plain, own)
    return _solve(sample, sample.x.grouped(amount, domain, count).T)


def _solve(sample: Sample, right: Floats) -> Floats:
    """Solve the normal equations of the margins for right-hand sides (L, K)."""
    if sample.residuals == "joint":
        solved: Floats = sample.inverse @ right
        return solved
    crossed = sample.x.gram(sample.cells.n.astype(float))
    b = np.zeros_like(right)
    for _ in range(10):  # R survey 4.5, svyrecvar: ten passes over the margins
        for code in sample.x.codes:
            own = np.unique(code)
            b[own] += (right[own] - crossed[own] @ b) / crossed[own, own][:, None]
    return b


def _residual(
    sample: Sample,
    domain: Integers,
    own: Floats,
    u1: Floats,
    b: Floats,
    low: int,
    high: int,
    inside: Integers | slice,
) -> Floats:
    """Variances of the domains low .. high - 1 with calibration residuals, which live on all cells."""
    cells, strata, width = sample.cells, len(sample.sampled), high - low
    mine = b[:, low:high]
    place = domain[inside] - low
    if sample.unit is not None and sample.of_unit is not None:
        units = len(sample.of_unit)
        totals = sums(sample.unit[inside] * width + place, u1[inside], units * width)
        z = totals.reshape(units, width)
        if sample.calibrated:
            z = z - sample.margin_totals @ mine
        s1, s2 = np.zeros((strata, width)), np.zeros((strata, width))
        np.add.at(s1, sample.of_unit, z)
        np.add.at(s2, sample.of_unit, z**2)
        return _summed(sample, s1, s2)
    pair = sample.stratum[inside] * width + place
    squares = sample.final[inside] ** 2 * np.einsum("cj,cjk,ck->c", own[inside], cells.second[inside], own[inside])
    s1 = sums(pair, u1[inside], strata * width).reshape(strata, width)
    s2 = sums(pair, squares, strata * width).reshape(strata, width)
    if sample.calibrated:
        predicted = np.zeros(len(place))
        for code, value in zip(sample.x.codes, sample.x.values, strict=True):
            part = mine[code[inside], place]
            predicted += part if value is None else part * value[inside]
        crossed = sample.final[inside] * sample.fitted[inside] * predicted
        crossed *= np.einsum("cj,cj->c", cells.cross[inside], own[inside])
        s1 = s1 - sample.margin_totals @ mine
        whole, model = s2, _squared(sample, mine)
        s2 = whole - 2 * sums(pair, crossed, strata * width).reshape(strata, width) + model
        s2 = np.where(s2 <= ROUNDING * (whole + model), 0.0, s2)  # a calibration variable itself has no residual
    return _summed(sample, s1, s2)


def _squared(sample: Sample, b: Floats) -> Floats:
    """Sum of d^2 g^2 (x'b)^2 per stratum and domain, (H, K)."""
    return np.stack([np.einsum("lk,lk->k", b, crossed @ b) for crossed in sample.margin_squares()])


def _summed(sample: Sample, s1: Floats, s2: Floats) -> Floats:
    """Sum the strata: (H, K) sums of z and z^2 to K variances."""
    n = sample.sampled[:, None]
    within = _centred(s1, s2, n)
    if sample.lonely.any():
        mean = s1.sum(0) / sample.sampled.sum()
        alone = sample.lonely
        within[alone] = s2[alone] - 2 * s1[alone] * mean + mean**2
    total: Floats = sample.scale @ within
    return total


def covariance(sample: Sample, inside: Floats, constant: Floats, slope: Floats) -> Floats:
    """Covariance matrix of K linear statistics, dense: for some dozens of them.

    Parameters
    ----------
    inside: (C, K), 1 where the cell belongs to the statistic's domain, else 0.
    constant: (K,), slope: (K, p): the score of a row inside is u = constant + sum_j slope[k, j] v_j.

    Returns
    -------
    (K, K).
    """
    cells = sample.cells
    C, p = cells.first.shape
    count = len(constant)
    if sample.design.enumeration:
        return np.zeros((count, count))
    moments = np.empty((C, p + 1, p + 1))
    moments[:, 0, 0] = cells.weight2
    moments[:, 0, 1:] = moments[:, 1:, 0] = cells.cross
    moments[:, 1:, 1:] = cells.second
    moment1 = np.concatenate([cells.weight[:, None], cells.first], axis=1)
    scores = np.concatenate([constant[:, None], slope], axis=1).T[None] * inside[:, None, :]
    load = sample.final[:, None, None] * scores
    if sample.calibrated:
        joint = sample.residuals == "joint"
        basis = moment1 if joint else np.concatenate([cells.n[:, None], cells.plain], axis=1)
        amount = (sample.final / sample.fitted)[:, None] * np.einsum("cj,cjk->ck", basis, scores)
        b = _solve(sample, np.stack([sample.x.sums(column) for column in amount.T], axis=1))
        for k in range(count):
            load[:, 0, k] -= sample.fitted * sample.x.times(b[:, k])
    first = np.einsum("cj,cjk->ck", moment1, load)
    groups = sample.stratum if sample.unit is None else sample.unit
    of = np.arange(len(sample.sampled)) if sample.of_unit is None else sample.of_unit
    totals = np.zeros((len(of), count))
    np.add.at(totals, groups, first)
    if sample.unit is None:
        scaled = load * sample.scale[sample.stratum][:, None, None]
        squares = np.tensordot(scaled, np.einsum("cab,cbk->cak", moments, load), axes=((0, 1), (0, 1)))
    else:
        squares = (totals * sample.scale[of][:, None]).T @ totals
    strata = np.zeros((len(sample.sampled), count))
    np.add.at(strata, of, totals)
    found: Floats = squares - (strata * (sample.scale / sample.sampled)[:, None]).T @ strata
    if sample.lonely.any():
        mean = strata.sum(0) / sample.sampled.sum()
        for h in np.flatnonzero(sample.lonely):
            gap = strata[h] - mean
            found += sample.scale[h] * np.outer(gap, gap)  # its own square minus itself was 0 above
    if sample.calibrated and sample.error is not None:
        exact = sample.x.uncentred(b)
        found += exact.T @ sample.error @ exact
    return found
