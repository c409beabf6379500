"""Quantile: medians and other quantiles with Woodruff intervals, from rows.

The share of values up to the estimate has a linearised variance; the limits of that share, read back through the
weighted distribution, are the limits of the quantile (Woodruff 1952; Francisco and Fuller 1991 for ``score``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from countersign.errors import EstimationError, nearest
from countersign.estimation.interval import interval as limits_of
from countersign.estimation.linearisation import domain_variance
from countersign.estimation.sample import Residuals, Sample, prepare, sums
from countersign.model.cells import Cells, Floats, Integers, _order
from countersign.model.design import Design
from countersign.model.weights import Weights

Columns: TypeAlias = Mapping[str, npt.NDArray[Any]]
Type = Literal["mean", "beta", "score", "score-r"]
Rule = Literal["math", "hf7"]


@dataclass(frozen=True)
class QuantileResult:
    """K domains, in sorted order.

    Parameters
    ----------
    value, lower, upper: (K,), nan where no value is present or the limit lies outside the data.
    se: (upper - lower) / (2 t), (K,). n, degrees: rows with a value, and PSUs minus strata among them, (K,).
    raw: the quantile without weights, (K,). convention: ``woodruff-mean``, ``woodruff-beta`` or ``score``.
    n_effective: (sum w)^2 / sum w^2 (Kish), (K,). smallest, largest: of the values observed, (K,).
    """

    by: tuple[str, ...]
    domains: tuple[tuple[object, ...], ...]
    q: float
    value: Floats
    lower: Floats
    upper: Floats
    se: Floats
    n: Integers
    degrees: Integers
    raw: Floats
    n_effective: Floats
    smallest: Floats
    largest: Floats
    convention: str


def estimate_quantile(
    columns: Columns,
    variable: str,
    *,
    q: float = 0.5,
    by: Sequence[str] = (),
    weight: str = "",
    design: Design | None = None,
    weights: Weights | None = None,
    interval: Type = "mean",
    rule: Rule = "math",
    level: float = 0.95,
    residuals: Residuals = "joint",
) -> QuantileResult:
    """Estimate a quantile in every domain of `by`.

    Parameters
    ----------
    columns: name -> array of n rows; numbers with nan, text with None. All rows of the sample, also those without a
        value: their strata and PSUs count.
    variable: the column of values; q: 0 to 1. weight: column of base weights; empty = 1 each.
    interval: ``mean`` (share -+ t se), ``beta`` (Korn and Graubard without cap), ``score`` (the values at which the
        test of the share is on the edge of significance), ``score-r`` (R survey 4.5: takes those values' unweighted
        shares and reads them back through the weighted distribution; only for comparison).
    rule: ``math`` is the smallest value whose cumulated share reaches q; ``hf7`` interpolates (Hyndman and Fan 1996,
        type 7, with weights as R survey).

    Raises
    ------
    EstimationError: unknown columns, no value at all, and everything `prepare` refuses.
    """
    _check(columns, variable, q, weight, by)
    sample, cell, domain_of_cell, labels, d = _sample(columns, variable, by, weight, design, weights, residuals)
    values = columns[variable].astype(float)
    domain = domain_of_cell[cell]
    there = np.flatnonzero(~np.isnan(values))
    order = there[np.lexsort((values[there], domain[there]))]
    w = d * sample.final[cell]
    edges = np.searchsorted(domain[order], np.arange(len(labels) + 1))
    x, g = values[order], w[order]
    read = _math if rule == "math" else _hf7
    parts = [slice(low, high) for low, high in pairwise(edges.tolist())]

    def back(share: Floats) -> Floats:
        return np.array([read(x[part], g[part], p) for part, p in zip(parts, share.tolist(), strict=True)])

    value = back(np.full(len(labels), q))
    raw = np.array([read(x[part], np.ones(part.stop - part.start), q) for part in parts])
    survey = _Survey(sample, cell[there], values[there], d[there], domain_of_cell, len(labels))
    n, degrees = survey.n, survey.degrees
    t = np.array([_t(level, df) for df in degrees.tolist()])
    if interval in ("score", "score-r"):
        lower, upper = _crossing(survey, x, parts, q, -t), _crossing(survey, x, parts, q, t)
        if interval == "score-r":
            lower, upper = (back(_share_in_r(survey, x, parts, q, edge, at)) for edge, at in ((-t, lower), (t, upper)))
    else:
        share, se = survey.share(value)
        if interval == "mean":
            low, high = share - t * se, share + t * se
        else:
            pairs = [
                limits_of("beta", value=p, se=s, n=len(values), degrees=df, level=level)
                if np.isfinite(p) and df >= 1
                else None
                for p, s, df in zip(share.tolist(), se.tolist(), degrees.tolist(), strict=True)
            ]
            low = np.array([np.nan if pair is None else pair.lower for pair in pairs])
            high = np.array([np.nan if pair is None else pair.upper for pair in pairs])
        lower, upper = back(low), back(high)
    return QuantileResult(
        by=tuple(by),
        domains=tuple(labels),
        q=q,
        value=value,
        lower=lower,
        upper=upper,
        se=(upper - lower) / (2 * t),
        n=n,
        degrees=degrees,
        raw=raw,
        n_effective=sums(domain[there], w[there], len(labels)) ** 2
        / np.maximum(sums(domain[there], w[there] ** 2, len(labels)), np.finfo(float).tiny),
        smallest=np.array([x[part][0] if part.stop > part.start else np.nan for part in parts]),
        largest=np.array([x[part][-1] if part.stop > part.start else np.nan for part in parts]),
        convention=interval if interval.startswith("score") else f"woodruff-{interval}",
    )


@dataclass(frozen=True)
class _Survey:
    """Rows that have a value, and the cells they are in: shares of values up to a limit, with standard errors."""

    sample: Sample
    cell: Integers
    values: Floats
    d: Floats
    domain: Integers  # of each cell
    count: int

    @property
    def n(self) -> Integers:
        return np.bincount(self.domain[self.cell], minlength=self.count).astype(np.int64)

    @property
    def degrees(self) -> Integers:
        sample, own = self.sample, self.domain[self.cell]
        strata = len(sample.sampled)
        seen = np.unique(own * strata + sample.stratum[self.cell]) // strata
        if sample.unit is None or sample.of_unit is None:
            units = np.bincount(own, minlength=self.count)
        else:
            size = len(sample.of_unit)
            units = np.bincount(np.unique(own * size + sample.unit[self.cell]) // size, minlength=self.count)
        return (units - np.bincount(seen, minlength=self.count)).astype(np.int64)

    def share(self, limit: Floats) -> tuple[Floats, Floats]:
        """Share of values up to `limit` of each domain, and its standard error."""
        below = self.values <= limit[self.domain[self.cell]]
        size = len(self.sample.cells)
        moments = np.zeros((4, 2, size))  # plain, first, cross (= second for 0 or 1) of: below, present
        for place, rows in enumerate((below, np.ones(len(below), dtype=bool))):
            d, own = self.d[rows], self.cell[rows]
            moments[0, place] = np.bincount(own, minlength=size)
            moments[1, place] = sums(own, d, size)
            moments[2, place] = sums(own, d**2, size)
        cross = moments[2].T
        second = np.empty((size, 2, 2))
        second[:, 0, 0] = second[:, 0, 1] = second[:, 1, 0] = cross[:, 0]
        second[:, 1, 1] = cross[:, 1]
        cells = replace(
            self.sample.cells, measures=("below", "present"), first=moments[1].T, cross=cross, second=second,
            plain=moments[0].T,
        )  # fmt: skip
        sample = replace(self.sample, cells=cells)
        top = sums(self.domain, sample.final * cells.first[:, 0], self.count)
        bottom = sums(self.domain, sample.final * cells.first[:, 1], self.count)
        safe = np.where(bottom > 0, bottom, 1.0)
        share = np.where(bottom > 0, top / safe, np.nan)
        slope = np.stack([1 / safe, -top / safe**2], axis=1)
        return share, np.sqrt(domain_variance(sample, self.domain, slope))


def _crossing(survey: _Survey, x: Floats, parts: list[slice], q: float, edge: Floats) -> Floats:
    """Smallest value of each domain at which (share up to it - q) / se reaches `edge`, by bisection."""
    distinct = [np.unique(x[part]) for part in parts]
    low = np.zeros(len(parts), dtype=np.int64)
    high = np.array([max(len(each) - 1, 0) for each in distinct], dtype=np.int64)
    while (low < high).any():
        middle = (low + high) // 2
        share, se = survey.share(_pick(distinct, middle))
        above = (share - q) >= edge * se
        high, low = np.where(above, middle, high), np.where(above, low, np.minimum(middle + 1, high))
    return _pick(distinct, low)


def _pick(distinct: list[Floats], place: Integers) -> Floats:
    return np.array([each[m] if len(each) else np.nan for each, m in zip(distinct, place.tolist(), strict=True)])


def _share_in_r(survey: _Survey, x: Floats, parts: list[slice], q: float, edge: Floats, at: Floats) -> Floats:
    """Unweighted share of values up to R's root.

    The test jumps at a data value. The root finder (Brent) ends beside the jump, where the test is nearer to
    its edge, so the value itself is counted or not.
    """
    before = np.array([np.max(x[part], where=x[part] < v, initial=-np.inf) for part, v in zip(parts, at, strict=True)])

    def gap(limit: Floats) -> Floats:
        share, se = survey.share(limit)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.abs((share - q) / se - edge)

    root = np.where(gap(before) < gap(at), before, at)
    return np.array([(x[part] <= limit).mean() for part, limit in zip(parts, root, strict=True)])


def _t(level: float, degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + level) / 2)) if degrees >= 1 else float("nan")


def _math(x: Floats, w: Floats, p: float) -> float:
    """Smallest value whose cumulated share is at least p."""
    if not len(x) or not 0 <= p <= 1:
        return float("nan")
    cumulated = np.cumsum(w)
    at = int(np.searchsorted(cumulated, p * cumulated[-1] * (1 - 1e-12), side="left"))
    return float(x[min(at, len(x) - 1)])


def _hf7(x: Floats, w: Floats, p: float) -> float:
    """Interpolate between values at the shares (0, W_1, .., W_(n-1)) / W_(n-1)."""
    if not len(x) or not 0 <= p <= 1:
        return float("nan")
    if len(x) == 1:
        return float(x[0])
    cumulated = np.concatenate([[0.0], np.cumsum(w)[:-1]])
    return float(np.interp(p, cumulated / cumulated[-1], x))


def _check(columns: Columns, variable: str, q: float, weight: str, by: Sequence[str]) -> None:
    for name in (variable, weight, *by):
        if name and name not in columns:
            raise EstimationError(
                f"There is no column '{name}'. {nearest(name, columns)}".strip(),
                expected=f"one of: {', '.join(columns)}",
                action="collect this column too",
            )
    if not 0 < q < 1:
        raise EstimationError(
            f"A quantile of {q:g} is not defined.", expected="q between 0 and 1", action="write q: 0.5 for the median"
        )
    if not len(columns[variable]) or np.isnan(columns[variable].astype(float)).all():
        raise EstimationError(
            f"There is no value of '{variable}'.",
            expected="at least one row with a value",
            action="check the condition under `where`, or set if_empty: report",
        )


def _coded(column: npt.NDArray[Any]) -> tuple[Integers, list[object]]:
    values = column.tolist()
    if column.dtype != object:
        values = [None if value != value else value for value in values]
    distinct = sorted(set(values), key=_order)
    place = {value: number for number, value in enumerate(distinct)}
    return np.fromiter(map(place.__getitem__, values), np.int64, len(values)), distinct


def _sample(
    columns: Columns,
    variable: str,
    by: Sequence[str],
    weight: str,
    design: Design | None,
    weights: Weights | None,
    residuals: Residuals,
) -> tuple[Sample, Integers, Integers, list[tuple[object, ...]], Floats]:
    """Reduce rows to cells of all key columns; return the sample, cells of rows, domains of cells, labels, weights."""
    design = design or Design()
    size = len(columns[variable])
    wanted = [*by, *design.strata, design.psu, design.fpc]
    wanted += [*weights.by, weights.base_column if weights.base is not None else ""] if weights else []
    names = [name for name in dict.fromkeys(wanted) if name and name in columns]
    code: Integers = np.zeros(size, dtype=np.int64)
    levels: dict[str, list[object]] = {}
    own: dict[str, Integers] = {}
    for name in names:
        own[name], levels[name] = _coded(columns[name])
        _, code = np.unique(code * len(levels[name]) + own[name], return_inverse=True)
    _, first, cell = np.unique(code, return_index=True, return_inverse=True)
    d = np.ones(size) if not weight else columns[weight].astype(float)
    keys = {}
    for name in names:
        keys[name] = np.empty(len(first), dtype=object)
        keys[name][:] = [levels[name][place] for place in own[name][first].tolist()]
    count = len(first)
    none = np.zeros((count, 0))
    cells = Cells(
        keys=keys,
        measures=(),
        n=np.bincount(cell, minlength=count).astype(np.int64),
        weight=sums(cell, d, count),
        weight2=sums(cell, d**2, count),
        first=none,
        cross=none,
        second=np.zeros((count, 0, 0)),
        plain=none,
    )
    sample = prepare(cells, design=design, weights=weights, residuals=residuals)
    domain, labels = sample.domains(by)
    return sample, cell.astype(np.int64), domain, labels, d
