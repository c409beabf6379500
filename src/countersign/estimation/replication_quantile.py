"""Quantiles with replicate variances, from rows: a block of replicates at a time.

Woodruff limits: the share of values up to the quantile has a replicate variance; its limits are read back through the
weighted distribution. That works for every kind of replicates. The spread of the replicates' own quantiles is the
other way (``direct``); it fails for a jackknife.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from countersign.errors import EstimationError
from countersign.estimation.figures import (
    ALONE,
    OBSERVED,
    FigureContext,
    _assumption,
    _figure,
    _precision,
    _text,
)
from countersign.estimation.interval import Interval
from countersign.estimation.interval import interval as limits_of
from countersign.estimation.quantile import QuantileResult, _check, _coded, _math, _t
from countersign.estimation.replication import HELD, _collapsed, occupied, replicate_variance
from countersign.estimation.replication_figures import method_of, refuse_direct
from countersign.estimation.sample import sums
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.estimate import Estimate
from countersign.model.plan import IndicatorPlan
from countersign.model.replicates import Refit, ReplicateWeights

Columns: TypeAlias = Mapping[str, npt.NDArray[Any]]
Type = Literal["mean", "beta", "direct"]
Given: TypeAlias = Callable[[slice], Floats]
"""Places of replicates -> their columns, (n, B)."""
NOBODY = "in some replicates nobody of this group is left, so it has no standard error"
CONVENTIONS: dict[str, Type] = {"woodruff-mean": "mean", "woodruff-beta": "beta", "t": "direct"}


def estimate_quantile_by_replicates(
    columns: Columns,
    variable: str,
    replicates: ReplicateWeights,
    *,
    q: float = 0.5,
    by: Sequence[str] = (),
    interval: Type = "mean",
    level: float = 0.95,
    given: Given | None = None,
    refit: Refit | None = None,
) -> QuantileResult:
    """Estimate a quantile in every domain of `by`: the smallest value whose cumulated share reaches q.

    Parameters
    ----------
    columns: name -> array of n rows: the variable, breakdowns, base weight, units, weighting variables.
    interval: ``mean`` (share -+ t se) or ``beta`` (Korn and Graubard without cap), read back; ``direct``: t limits from
        the spread of the replicates' quantiles.
    given: where the replicate weights are columns: how to get them. refit: as in `replicate_totals`.

    Raises
    ------
    EstimationError: unknown columns, no value at all, ``direct`` with a jackknife.
    """
    _check(columns, variable, q, replicates.weight, by)
    if interval == "direct":
        refuse_direct(replicates)
    rows = _Rows.of(columns, variable, replicates, by, given, refit)
    labels, parts, x = rows.labels, rows.parts, rows.values
    g = rows.full
    value = np.array([_math(x[part], g[part], q) for part in parts])
    t = np.array([_t(level, degrees) for degrees in rows.degrees.tolist()])
    count = len(labels)
    if interval == "direct":
        theta = rows.replicate_quantiles(q)
        se = np.sqrt(_variance(theta, value, replicates))
        lower, upper = value - t * se, value + t * se
    else:
        below = (x <= np.where(np.isnan(value), np.inf, value)[rows.domain]).astype(float)
        top, bottom = rows.replicate_sums(below), rows.replicate_sums(np.ones(len(x)))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = sums(rows.domain, g * below, count) / sums(rows.domain, g, count)
            error = np.sqrt(_variance(top / bottom, share, replicates))
        low, high = share - t * error, share + t * error
        if interval == "beta":
            pairs = [
                limits_of("beta", value=p, se=s, n=rows.total, degrees=df, level=level)
                if np.isfinite(p) and np.isfinite(s) and df >= 1
                else None
                for p, s, df in zip(share.tolist(), error.tolist(), rows.degrees.tolist(), strict=True)
            ]
            low = np.array([np.nan if pair is None else pair.lower for pair in pairs])
            high = np.array([np.nan if pair is None else pair.upper for pair in pairs])
        lower, upper = (
            np.array([_math(x[part], g[part], p) for part, p in zip(parts, limit.tolist(), strict=True)])
            for limit in (low, high)
        )
        se = (upper - lower) / (2 * t)
    return QuantileResult(
        by=tuple(by),
        domains=tuple(labels),
        q=q,
        value=value,
        lower=lower,
        upper=upper,
        se=se,
        n=rows.n,
        degrees=rows.degrees,
        raw=np.array([_math(x[part], np.ones(part.stop - part.start), q) for part in parts]),
        n_effective=sums(rows.domain, g, count) ** 2 / np.maximum(sums(rows.domain, g**2, count), np.finfo(float).tiny),
        smallest=np.array([x[part][0] if part.stop > part.start else np.nan for part in parts]),
        largest=np.array([x[part][-1] if part.stop > part.start else np.nan for part in parts]),
        convention="t" if interval == "direct" else f"woodruff-{interval}",
    )


def _variance(theta: Floats, full: Floats, replicates: ReplicateWeights) -> Floats:
    counted = replicates.rscales > 0
    return replicate_variance(theta[counted], full, replicates.scale, replicates.rscales[counted], replicates.centre)


@dataclass(frozen=True)
class _Rows:
    """Rows with a value, sorted by domain and value: m of n rows, and their weights."""

    values: Floats
    domain: Integers
    labels: list[tuple[object, ...]]
    full: Floats
    total: int
    degrees: Integers
    weights: Callable[[slice], Floats]  # of these rows in a block of replicates, (m, B)
    count: int
    height: int

    @classmethod
    def of(
        cls,
        columns: Columns,
        variable: str,
        replicates: ReplicateWeights,
        by: Sequence[str],
        given: Given | None,
        refit: Refit | None,
    ) -> _Rows:
        d = columns[replicates.weight].astype(float) if replicates.weight else np.ones(len(columns[variable]))
        cells, cell = _cells(columns, (*by, *replicates.needed), np.nan_to_num(d))
        d = np.nan_to_num(d)
        domain_of_cell, labels = cells.codes(tuple(by))
        domain = domain_of_cell[cell]
        values = columns[variable].astype(float)
        there = np.flatnonzero(~np.isnan(values))
        order = there[np.lexsort((values[there], domain[there]))]
        factor = np.ones(len(cells))
        if replicates.calibration is not None:
            factor = replicates.calibration.factor_of(cells)[0]
        base = _base(replicates, cells, cell, d, given)
        fitted = _fitted(replicates, cells, cell, base, refit)

        def weights(at: slice) -> Floats:
            found: Floats = base(at, order)
            return found if fitted is None else found * fitted(at)[cell[order]]

        n = np.bincount(domain[order], minlength=len(labels))
        return cls(
            values=values[order],
            domain=domain[order],
            labels=labels,
            full=d[order] * factor[cell[order]],
            total=len(values),
            degrees=_degrees(replicates, cells, cell[order], domain[order], n),
            weights=weights,
            count=len(replicates),
            height=len(values),
        )

    @property
    def n(self) -> Integers:
        return np.bincount(self.domain, minlength=len(self.labels)).astype(np.int64)

    @property
    def parts(self) -> list[slice]:
        edges = np.searchsorted(self.domain, np.arange(len(self.labels) + 1))
        return [slice(low, high) for low, high in pairwise(edges.tolist())]

    def blocks(self) -> list[slice]:
        width = max(1, HELD // max(self.height, 1))
        return [slice(start, min(start + width, self.count)) for start in range(0, self.count, width)]

    def replicate_sums(self, amount: Floats) -> Floats:
        """Sum of replicate weight x amount by domain, (R, K)."""
        size = len(self.domain)
        adder = csr_matrix((amount, (self.domain, np.arange(size))), shape=(len(self.labels), size))
        return np.concatenate([(adder @ self.weights(at)).T for at in self.blocks()])

    def replicate_quantiles(self, q: float) -> Floats:
        """Quantile of each replicate and domain, (R, K)."""
        found = np.full((self.count, len(self.labels)), np.nan)
        for at in self.blocks():
            weights = self.weights(at)
            for k, part in enumerate(self.parts):
                if part.stop > part.start:
                    cumulated = np.cumsum(weights[part], axis=0)
                    there = cumulated[-1] > 0
                    place = (cumulated < q * cumulated[-1] * (1 - 1e-12)).sum(axis=0)
                    found[at, k] = np.where(there, self.values[part][np.minimum(place, len(cumulated) - 1)], np.nan)
        return found


def _cells(columns: Columns, names: Sequence[str], d: Floats) -> tuple[Cells, Integers]:
    """Return the cells of all key columns, without measures, and the cell of each row."""
    code: Integers = np.zeros(len(d), dtype=np.int64)
    own: dict[str, Integers] = {}
    levels: dict[str, list[object]] = {}
    for name in dict.fromkeys(names):
        own[name], levels[name] = _coded(columns[name])
        _, code = np.unique(code * len(levels[name]) + own[name], return_inverse=True)
    _, first, cell = np.unique(code, return_index=True, return_inverse=True)
    keys = {}
    for name in own:
        keys[name] = np.empty(len(first), dtype=object)
        keys[name][:] = [levels[name][place] for place in own[name][first].tolist()]
    count = len(first)
    none = np.zeros((count, 0))
    cells = Cells(
        keys=keys, measures=(), n=np.bincount(cell, minlength=count).astype(np.int64), weight=sums(cell, d, count),
        weight2=sums(cell, d**2, count), first=none, cross=none, second=np.zeros((count, 0, 0)), plain=none,
    )  # fmt: skip
    return cells, cell.astype(np.int64)


def _base(
    replicates: ReplicateWeights, cells: Cells, cell: Integers, d: Floats, given: Given | None
) -> Callable[[slice, Integers | slice], Floats]:
    """Return replicate weights of rows before calibration."""
    if replicates.factors is None:
        if given is None:
            raise EstimationError(
                "These replicate weights are columns of a table, so they must be taken from it.",
                expected="a function that gives the columns",
            )
        take, whole = given, replicates.combined
        return lambda at, rows: take(at)[rows] if whole else take(at)[rows] * d[rows, None]
    factors, unit = replicates.factors, replicates.unit_of(cells)[cell]
    return lambda at, rows: factors[unit[rows], at] * d[rows, None]


def _fitted(
    replicates: ReplicateWeights,
    cells: Cells,
    cell: Integers,
    base: Callable[[slice, Integers | slice], Floats],
    refit: Refit | None,
) -> Callable[[slice], Floats] | None:
    """Return the calibration factors of cells in a block of replicates."""
    if replicates.calibration is None:
        return None
    if refit is None:
        raise EstimationError(
            "The replicates are of calibrated weights, but nothing fits them again.",
            where="refit",
            expected="a function that calibrates replicates, made by the weighting room",
        )
    own, labels = cells.codes(replicates.weighting)
    fit = refit(_collapsed(cells, replicates.weighting, own, len(labels)))
    rows = own[cell]
    gather = csr_matrix((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(labels), len(rows)))

    def fitted(at: slice) -> Floats:
        found: Floats = fit(gather @ base(at, slice(None)))[own]
        return found

    return fitted


def _degrees(
    replicates: ReplicateWeights, cells: Cells, cell: Integers, domain: Integers, n: npt.NDArray[np.intp]
) -> Integers:
    if replicates.factors is None:
        found: Integers = np.minimum(n - 1, replicates.degrees)
        return found
    unit, of = replicates.unit_of(cells)[cell], replicates.stratum_of_unit
    left = occupied(domain, unit, len(n), len(of)) - occupied(domain, of[unit], len(n), int(of.max(initial=0)) + 1)
    lowest: Integers = np.minimum(left, replicates.degrees)
    return lowest


def replicate_quantile_figures(
    columns: Columns,
    indicator: IndicatorPlan,
    replicates: ReplicateWeights,
    *,
    variable: str,
    by: Sequence[str] = (),
    context: FigureContext | None = None,
    selection: str = "opportunistic",
    given: Given | None = None,
    refit: Refit | None = None,
) -> list[Estimate]:
    """Estimate a quantile indicator in every domain of `by`; see `estimate_quantile_by_replicates`.

    The convention of the indicator is ``woodruff-mean`` (default), ``woodruff-beta`` or ``t`` (direct).
    """
    context = context or FigureContext()
    convention = indicator.interval or "woodruff-mean"
    if convention not in CONVENTIONS:
        raise EstimationError(
            f"There is no interval convention '{convention}' for quantiles with replicates.",
            where="interval",
            expected=f"one of: {', '.join(CONVENTIONS)}",
            action="leave it out for woodruff-mean",
        )
    result = estimate_quantile_by_replicates(
        columns, variable, replicates, q=indicator.q, by=by, interval=CONVENTIONS[convention], level=context.level,
        given=given, refit=refit,
    )  # fmt: skip
    made = []
    for k, labels in enumerate(result.domains):
        value, se = float(result.value[k]), float(result.se[k])
        limits: Interval | None = Interval(float(result.lower[k]), float(result.upper[k]), result.convention)
        note = ""
        if np.isnan(value):
            limits, note = None, "nobody answered"
        elif result.n[k] < 2:
            limits, note = None, ALONE
        elif convention == "t" and np.isnan(se):
            limits, note = None, NOBODY if result.degrees[k] >= 1 else ALONE
        elif np.isnan(result.lower[k]) or np.isnan(result.upper[k]):
            limits = Interval(float(result.smallest[k]), float(result.largest[k]), OBSERVED)
            note = (
                f"too few answers for a {context.level:.0%} interval; the range of what was observed is shown instead"
            )
        spread = 0.0 if np.isnan(se) else se
        words = f"quantile {indicator.q:g}, smallest value whose cumulated share reaches it"
        made.append(
            _figure(
                indicator,
                context,
                labels=dict(zip(by, (_text(part) for part in labels), strict=True)),
                category="",
                precision=_precision(value, spread, limits, result.n[k], result.n_effective[k], result.degrees[k]),
                n=int(result.n[k]),
                convention=limits.convention if limits else "",
                method=f"{method_of(replicates)}; {words}",
                assumption=_assumption(selection, replicates.calibration, False),
                deff=float("nan"),
                raw=float(result.raw[k]),
                note=note,
                full=False,
            )
        )
    return made
