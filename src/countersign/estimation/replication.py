"""Replication: totals of the full sample and of every replicate, and variances from their spread.

Rows are reduced to (unit, domain) cells once; replicates are that matrix times the units' factors, a block of
replicates at a time, so that rows x replicates are never held. Where weights are calibrated, units are summed away
first, the factors of weighting cells are fitted again in every replicate, and domains are summed last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from countersign.errors import EstimationError, nearest
from countersign.estimation.sample import sums
from countersign.model.cells import Cells, Floats, Integers, Texts
from countersign.model.replicates import Centre, Refit, ReplicateCells, ReplicateTotals, ReplicateWeights

HELD = 4_000_000
"""Numbers of one block of replicates: 32 MB."""
SMALL = 2_000_000
"""Entries up to which a matrix is held dense."""


def replicate_variance(
    theta: Floats, full: Floats, scale: float, rscales: Floats | float = 1.0, centre: Centre = "replicates"
) -> Floats:
    """Return V = scale x sum over r of rscale_r (theta_r - centre)^2, (K,).

    Parameters
    ----------
    theta: estimates of the replicates, (R, K). full: of the full sample, (K,), used with ``centre="full"``.
    scale, rscales: as in R survey; rscales (R,) or one number.
    centre: ``replicates``: their mean over those with rscale > 0 (R ``mse=FALSE``); ``full`` (R ``mse=TRUE``).

    Notes
    -----
    nan where a replicate has no estimate. R drops such replicates with a warning; nothing is dropped here.
    """
    gap = _gaps(theta, full, rscales, centre)
    found: Floats = scale * np.einsum("rk,rk,r->k", gap, gap, _each(rscales, len(gap)))
    return found


def replicate_covariance(
    theta: Floats, full: Floats, scale: float, rscales: Floats | float = 1.0, centre: Centre = "replicates"
) -> Floats:
    """Return the covariance matrix of K estimates, (K, K); see `replicate_variance`."""
    gap = _gaps(theta, full, rscales, centre)
    found: Floats = scale * (gap * _each(rscales, len(gap))[:, None]).T @ gap
    return found


def _gaps(theta: Floats, full: Floats, rscales: Floats | float, centre: Centre) -> Floats:
    theta = np.asarray(theta, dtype=float)
    theta = theta.reshape(len(theta), -1)
    if centre == "full":
        middle = np.asarray(full, dtype=float).reshape(-1)
    else:
        counted = _each(rscales, len(theta)) > 0
        # Deviations from the first replicate are averaged: estimates far from zero lose no digits.
        middle = theta[0] + (theta[counted] - theta[0]).mean(axis=0)
    found: Floats = theta - middle
    return found


def _each(rscales: Floats | float, count: int) -> Floats:
    return np.broadcast_to(np.asarray(rscales, dtype=float), (count,))


# --- totals ----------------------------------------------------------------------------------------------------------


def replicate_totals(
    cells: Cells | ReplicateCells,
    replicates: ReplicateWeights,
    *,
    measures: Sequence[str],
    by: Sequence[Sequence[str]] = ((),),
    counted: str = "",
    square: str = "",
    refit: Refit | None = None,
) -> tuple[ReplicateTotals, ...]:
    """Total measures by domain, in the full sample and in every replicate.

    Parameters
    ----------
    cells: rows reduced by the units (`ReplicateWeights.names`), the weighting variables and the breakdowns; or, for
        given columns, `ReplicateCells` by the weighting variables and the breakdowns.
    measures: names of p of the cells' measures. by: breakdowns, each with several variables or none.
    counted: measure that is 1 for the rows behind a figure; empty = all rows. square: measure that holds the first
        measure squared; without it, it is known only where the first measure is 0 or 1.
    refit: fits calibration factors in each replicate; needed where the replicates have a `calibration`.

    Returns
    -------
    One result a breakdown, domains in sorted order.

    Raises
    ------
    EstimationError: unknown measures or variables, units without factors, calibrated replicates without `refit`.
    """
    if replicates.calibration is not None and refit is None:
        raise EstimationError(
            "The replicates are of calibrated weights, but nothing fits them again.",
            where="refit",
            expected="a function that calibrates replicates, made by the weighting room",
        )
    held = cells.cells if isinstance(cells, ReplicateCells) else cells
    if not len(held):
        raise EstimationError(
            "There are no rows to estimate from.",
            expected="at least one row after quality gates and `where`",
            action="check the condition under `where`",
        )
    for name in dict.fromkeys((*(n for group in by for n in group), *replicates.weighting)):
        if name not in held.keys:
            raise EstimationError(
                f"The variable '{name}' is not among the cells. {nearest(name, held.keys)}".strip(),
                where="by",
                expected=f"one of: {', '.join(held.keys) or '(none)'}",
                action="reduce the rows by this variable too",
            )
    places = [_measure(held, name) for name in measures]
    factor = np.ones(len(held)) if replicates.calibration is None else replicates.calibration.factor_of(held)[0]
    groups = [_Domains.of(held, group, factor, counted) for group in by]
    unit = None if replicates.factors is None else replicates.unit_of(held)
    found = [np.zeros((len(replicates), group.count, len(places))) for group in groups]
    source = _source(
        cells, replicates, unit, groups, calibrated=refit is not None and replicates.calibration is not None
    )
    for at, sums_ in source.blocks(places, refit):
        for group, totals in zip(range(len(groups)), sums_, strict=True):
            found[group][at] = totals
    return tuple(
        group.result(held, replicates, unit, measures, places, each, square)
        for group, each in zip(groups, found, strict=True)
    )


def _measure(cells: Cells, name: str) -> int:
    if name not in cells.measures:
        raise EstimationError(
            f"There is no measure '{name}' among the cells. {nearest(name, cells.measures)}".strip(),
            expected=f"one of: {', '.join(cells.measures)}",
            action="reduce the rows with this measure",
        )
    return cells.measures.index(name)


@dataclass(frozen=True)
class _Domains:
    """One breakdown: the domain of each cell, (C,), and what the full sample says about each."""

    by: tuple[str, ...]
    code: Integers
    labels: list[tuple[object, ...]]
    factor: Floats  # calibration factor of each cell
    rows: Floats  # rows behind a figure, by cell
    once: Floats  # sum of their base weights
    twice: Floats  # sum of their squared base weights

    @classmethod
    def of(cls, cells: Cells, by: Sequence[str], factor: Floats, counted: str) -> _Domains:
        code, labels = cells.codes(tuple(by))
        if counted:
            j = _measure(cells, counted)
            rows, once, twice = cells.plain[:, j], cells.first[:, j], cells.second[:, j, j]
        else:
            rows, once, twice = cells.n.astype(float), cells.weight, cells.weight2
        return cls(tuple(by), code, labels, factor, rows, once, twice)

    @property
    def count(self) -> int:
        return len(self.labels)

    def add(self, amount: Floats) -> Floats:
        return sums(self.code, amount, self.count)

    def result(
        self,
        cells: Cells,
        replicates: ReplicateWeights,
        unit: Integers | None,
        measures: Sequence[str],
        places: Sequence[int],
        found: Floats,
        square: str,
    ) -> ReplicateTotals:
        n = np.rint(self.add(self.rows)).astype(np.int64)
        first = places[0]
        if square:
            squared = self.add(self.factor * cells.first[:, _measure(cells, square)])
        elif np.allclose(cells.second[:, first, first], cells.cross[:, first], rtol=1e-12, atol=0):
            squared = self.add(self.factor * cells.first[:, first])
        else:
            squared = np.full(self.count, np.nan)
        return ReplicateTotals(
            by=self.by,
            domains=tuple(self.labels),
            measures=tuple(measures),
            full=np.stack([self.add(self.factor * cells.first[:, j]) for j in places], axis=1),
            replicates=found,
            n=n,
            degrees=self._degrees(replicates, unit, n),
            plain=np.stack([self.add(cells.plain[:, j]) for j in places], axis=1),
            weight=self.add(self.factor * self.once),
            weight2=self.add(self.factor**2 * self.twice),
            square=squared,
            design=replicates,
        )

    def _degrees(self, replicates: ReplicateWeights, unit: Integers | None, n: Integers) -> Integers:
        """Units minus strata that have rows in a domain; for given columns rows less one; never above the design's."""
        if unit is None:
            most: Integers = np.minimum(n - 1, replicates.degrees)
            return most
        there = self.rows > 0
        units = occupied(self.code[there], unit[there], self.count, len(replicates.stratum_of_unit))
        strata = occupied(
            self.code[there], replicates.stratum_of_unit[unit[there]], self.count,
            int(replicates.stratum_of_unit.max(initial=0)) + 1,
        )  # fmt: skip
        left: Integers = np.minimum(units - strata, replicates.degrees)
        return left


def occupied(row: Integers, column: Integers, rows: int, columns: int) -> Integers:
    """Count the different columns of each row, (rows,)."""
    code = row * columns + column
    if rows * columns <= 16 * len(code) + SMALL:  # few enough to mark: sorting is slower
        seen = np.zeros(rows * columns, dtype=bool)
        seen[code] = True
        marked: Integers = seen.reshape(rows, columns).sum(axis=1)
        return marked
    found: Integers = np.bincount(np.unique(code) // columns, minlength=rows)
    return found


Blocks = Iterator[tuple[slice, list[Floats]]]


@dataclass(frozen=True)
class _Direct:
    """Totals without calibration: for each breakdown the (domain, unit) matrix of a measure times the factors."""

    cells: Cells
    factors: Floats
    unit: Integers
    groups: list[_Domains]

    def blocks(self, places: Sequence[int], refit: Refit | None) -> Blocks:
        size = len(self.factors)
        matrices = [
            [_matrix(self.cells.first[:, j], group.code, self.unit, group.count, size) for j in places]
            for group in self.groups
        ]
        most = max([size, *(group.count for group in self.groups)])
        for at in _slices(self.factors.shape[1], most):
            block = np.ascontiguousarray(self.factors[:, at])
            yield at, [np.stack([(m @ block).T for m in group], axis=2) for group in matrices]


def _matrix(amount: Floats, row: Integers, column: Integers, rows: int, columns: int) -> Floats | csr_matrix:
    """Sum amounts by row and column, (rows, columns): dense where it is small, which multiplies faster."""
    if rows * columns <= SMALL:
        return sums(row * columns + column, amount, rows * columns).reshape(rows, columns)
    return csr_matrix((amount, (row, column)), shape=(rows, columns))


@dataclass(frozen=True)
class _Fitted:
    """Totals of fine cells in each replicate, calibrated or not, then summed to domains.

    `small`: F fine cells, by the weighting variables and all breakdowns, with replicate sums from `sums_of`.
    """

    small: Cells
    codes: list[tuple[Integers, int]]  # domain of each fine cell, and domains, for each breakdown
    weighting: tuple[str, ...]
    count: int
    sums_of: Callable[[int, slice], Floats]  # measure (-1 = weight), block -> (F, B)

    def blocks(self, places: Sequence[int], refit: Refit | None) -> Blocks:
        fit, own = None, np.zeros(0, dtype=np.int64)
        if refit is not None:
            own, labels = self.small.codes(self.weighting)
            fit = refit(_collapsed(self.small, self.weighting, own, len(labels)))
            wide = len(labels)
            gather = csr_matrix((np.ones(len(own)), (own, np.arange(len(own)))), shape=(wide, len(own)))
        adders = [
            csr_matrix((np.ones(len(code)), (code, np.arange(len(code)))), shape=(size, len(code)))
            for code, size in self.codes
        ]
        for at in _slices(self.count, len(self.small)):
            g = 1.0 if fit is None else fit(gather @ self.sums_of(-1, at))[own]
            totals = [self.sums_of(j, at) * g for j in places]
            yield at, [np.stack([(adder @ total).T for total in totals], axis=2) for adder in adders]


def _source(
    cells: Cells | ReplicateCells,
    replicates: ReplicateWeights,
    unit: Integers | None,
    groups: list[_Domains],
    *,
    calibrated: bool,
) -> _Direct | _Fitted:
    if isinstance(cells, ReplicateCells):
        given = cells

        def columns(j: int, at: slice) -> Floats:
            return given.weight[:, at] if j < 0 else given.first[:, j, at]

        codes = [(group.code, group.count) for group in groups]
        return _Fitted(given.cells, codes, replicates.weighting, len(replicates), columns)
    if replicates.factors is None or unit is None:
        raise EstimationError(
            "These replicate weights are columns of a table, so their sums must be taken from it.",
            expected="ReplicateCells",
            action="reduce the rows with the replicate columns",
        )
    factors = replicates.factors
    if not calibrated:
        return _Direct(cells, factors, unit, groups)
    names = tuple(dict.fromkeys((*replicates.weighting, *(name for group in groups for name in group.by))))
    own, labels = cells.codes(names)
    small = _collapsed(cells, names, own, len(labels))
    kept: dict[int, csr_matrix] = {}

    def sums_of(j: int, at: slice) -> Floats:
        if j not in kept:
            amount = cells.weight if j < 0 else cells.first[:, j]
            kept[j] = csr_matrix((amount, (own, unit)), shape=(len(labels), len(factors)))
        found: Floats = kept[j] @ np.ascontiguousarray(factors[:, at])
        return found

    codes = [(small.codes(group.by)[0], group.count) for group in groups]
    return _Fitted(small, codes, replicates.weighting, factors.shape[1], sums_of)


def _slices(count: int, height: int) -> Iterator[slice]:
    width = max(1, min(count, HELD // max(height, 1)))
    return (slice(start, min(start + width, count)) for start in range(0, count, width))


def _collapsed(cells: Cells, names: Sequence[str], code: Integers, count: int) -> Cells:
    """Return cells of some of the variables, without measures, in the order of `code`."""
    first = np.zeros(count, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    keys: dict[str, Texts] = {name: cells.keys[name][first] for name in names}
    none = np.zeros((count, 0))
    return replace(
        cells, keys=keys, measures=(), n=np.rint(sums(code, cells.n, count)).astype(np.int64),
        weight=sums(code, cells.weight, count), weight2=sums(code, cells.weight2, count),
        first=none, cross=none, second=np.zeros((count, 0, 0)), plain=none,
    )  # fmt: skip


# --- estimates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReplicateEstimate:
    """A statistic of K domains with its standard errors.

    Parameters
    ----------
    value, se: (K,); se is nan where a replicate has no value. theta: of the replicates, (R, K).
    without: replicates that have no value, (K,).
    """

    value: Floats
    se: Floats
    theta: Floats
    without: Integers


def estimate_function(totals: ReplicateTotals, function: Callable[[Mapping[str, Floats]], Any]) -> ReplicateEstimate:
    """Estimate any smooth function of totals.

    Parameters
    ----------
    function: of measure -> totals, as an array operation, such as ``lambda t: t["y"] / t["x"]``.

    Raises
    ------
    EstimationError: a function that does not give one number for each set of totals.
    """
    full, each = totals.named()
    with np.errstate(all="ignore"):
        value = np.asarray(function(full), dtype=float)
        theta = np.asarray(function(each), dtype=float)
    if value.shape != totals.full.shape[:1] or theta.shape != totals.replicates.shape[:2]:
        raise EstimationError(
            "The function does not give one number for each set of totals.",
            where="function",
            expected="operations on arrays, such as lambda t: t['a'] / t['b']",
            action="leave out sums over the array: domains and replicates are its axes",
        )
    value, theta = (np.where(np.isfinite(each), each, np.nan) for each in (value, theta))
    design = totals.design
    counted = design.rscales > 0
    variance = replicate_variance(theta[counted], value, design.scale, design.rscales[counted], design.centre)
    return ReplicateEstimate(value, np.sqrt(variance), theta, np.isnan(theta[counted]).sum(axis=0))


def estimate_ratio_of(totals: ReplicateTotals, numerator: str, denominator: str | None = None) -> ReplicateEstimate:
    """Estimate a total, or a ratio of two; nan in domains whose denominator is 0."""
    if denominator is None:
        return estimate_function(totals, lambda t: t[numerator])
    return estimate_function(totals, lambda t: t[numerator] / np.where(t[denominator] != 0, t[denominator], np.nan))
