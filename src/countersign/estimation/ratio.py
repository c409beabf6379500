"""Ratio: means, proportions, totals and ratios for all domains of a breakdown at once.

Everything linear is a ratio: R = sum w y / sum w x; a mean has x = 1 where y is present, a total has no denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.linearisation import covariance, domain_variance
from countersign.estimation.sample import Residuals, Sample, prepare, sums
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.design import Design
from countersign.model.weights import Weights


@dataclass(frozen=True)
class RatioResult:
    """K domains, in sorted order of their categories.

    Parameters
    ----------
    by: breakdown; domains: the categories of each.
    value: R, or the total, (K,); nan where the denominator is 0. se: standard error, (K,).
    n: rows behind the figure, (K,). degrees: PSUs minus strata among these rows (R ``degf`` of the subset), (K,).
    deff: variance over that of a simple random sample with replacement of n rows, (K,); nan where it cannot be known.
    kish: (sum w)^2 / sum w^2 of the rows, (K,). raw: the same without weights, (K,).
    denominator: sum w x, or sum w for totals, (K,).
    """

    by: tuple[str, ...]
    domains: tuple[tuple[object, ...], ...]
    value: Floats
    se: Floats
    n: Integers
    degrees: Integers
    deff: Floats
    kish: Floats
    raw: Floats
    denominator: Floats

    @property
    def n_effective(self) -> Floats:
        """Effective sample size: n / deff; Kish's, never above n, where the design effect cannot be known."""
        known = np.isfinite(self.deff) & (self.deff > 0)
        fallback = np.minimum(self.kish, self.n)
        return np.where(known, self.n / np.where(known, self.deff, 1.0), fallback)

    def place(self, *labels: object) -> int:
        """Return the place of a domain by the text of its categories."""
        wanted = tuple(str(label) for label in labels)
        for number, domain in enumerate(self.domains):
            if tuple(str(part) for part in domain) == wanted:
                return number
        raise KeyError(wanted)


def estimate_ratio(
    cells: Cells | Sample,
    numerator: str,
    denominator: str | None = None,
    *,
    by: Sequence[str] = (),
    design: Design | None = None,
    weights: Weights | None = None,
    residuals: Residuals = "joint",
    counted: str = "",
    square: str = "",
) -> RatioResult:
    """Estimate a ratio, or a total, in every domain of `by`.

    Parameters
    ----------
    cells: reduced rows, or a `Sample` already prepared (then `design`, `weights`, `residuals` are in it).
    numerator, denominator: measures; None = total of the numerator.
    counted: measure that is 1 for the rows behind the figure; empty = the denominator if it is 0 or 1, else all rows.
    square: measure that holds the numerator squared, for the design effect where base weights vary within cells and
        the numerator is not 0 or 1; empty = the measure ``<numerator>^2`` if there is one.

    Notes
    -----
    Score of a row: u = (y - R x) / X in the domain, 0 outside; of a total: u = y. Domains keep all strata and PSUs.

    Raises
    ------
    EstimationError: unknown measures or variables, and everything `prepare` refuses.
    """
    sample = cells if isinstance(cells, Sample) else prepare(
        cells, design=design, weights=weights, residuals=residuals
    )  # fmt: skip
    domain, labels = sample.domains(by)
    count, held = len(labels), sample.cells
    if not len(held):
        raise EstimationError(
            "There are no rows to estimate from.",
            expected="at least one row after quality gates and `where`",
            action="check the condition under `where`, or set if_empty: report",
        )
    y = sample.measure(numerator)
    x = None if denominator is None else sample.measure(denominator)

    def add(amount: Floats | Integers) -> Floats:
        return sums(domain, amount, count)

    top, slope = add(sample.final * held.first[:, y]), np.zeros((count, len(held.measures)))
    rows = _rows(sample, x, counted)
    if x is None:
        bottom, value = add(sample.final * rows.weight), top
        slope[:, y] = 1.0
        raw = add(held.plain[:, y])
    else:
        bottom = add(sample.final * held.first[:, x])
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(bottom != 0, top / bottom, np.nan)
            raw = add(held.plain[:, y]) / add(held.plain[:, x])
            slope[:, y] += np.where(bottom != 0, 1 / bottom, 0.0)
            slope[:, x] -= np.where(bottom != 0, value / bottom, 0.0)
    variance = domain_variance(sample, domain, slope)
    n = add(rows.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = _simple(sample, domain, count, y, x, rows, value, bottom, square)
        deff = np.where(simple > 0, variance / simple, np.nan)
        kish = add(sample.final * rows.weight) ** 2 / add(sample.final**2 * rows.weight2)
    se = np.where(np.isnan(value), np.nan, np.sqrt(variance))
    return RatioResult(
        by=tuple(by),
        domains=tuple(labels),
        value=value,
        se=se,
        n=np.rint(n).astype(np.int64),
        degrees=_degrees(sample, domain, count, rows.n),
        deff=np.full(count, np.nan) if sample.design.enumeration else deff,
        kish=kish,
        raw=raw,
        denominator=bottom,
    )


def covariance_of(
    cells: Cells | Sample,
    pairs: Sequence[tuple[str, str | None]],
    *,
    design: Design | None = None,
    weights: Weights | None = None,
    residuals: Residuals = "joint",
) -> tuple[Floats, Floats]:
    """Estimate several ratios or totals of everybody together with their covariance matrix.

    Parameters
    ----------
    pairs: numerator and denominator (None = total) of each of K statistics.

    Returns
    -------
    Values (K,) and covariance matrix (K, K).
    """
    sample = cells if isinstance(cells, Sample) else prepare(
        cells, design=design, weights=weights, residuals=residuals
    )  # fmt: skip
    held, count = sample.cells, len(pairs)
    slope, value = np.zeros((count, len(held.measures))), np.zeros(count)
    for k, (numerator, denominator) in enumerate(pairs):
        y = sample.measure(numerator)
        value[k], scale = float(sample.final @ held.first[:, y]), 1.0
        if denominator is not None:
            x = sample.measure(denominator)
            bottom = float(sample.final @ held.first[:, x])
            value[k], scale = value[k] / bottom, 1 / bottom
            slope[k, x] -= value[k] * scale
        slope[k, y] += scale
    return value, covariance(sample, np.ones((len(held), count)), np.zeros(count), slope)


@dataclass(frozen=True)
class _Rows:
    """Rows behind a figure: count, sum d, sum d^2 per cell."""

    n: Floats
    weight: Floats
    weight2: Floats
    all_rows: bool


def _indicator(cells: Cells, place: int) -> bool:
    """Whether a measure is 0 or 1 in every row: then d^2 v^2 = d^2 v."""
    whole = cells.plain[:, place] <= cells.n
    return bool(whole.all() and np.allclose(cells.second[:, place, place], cells.cross[:, place], rtol=1e-12, atol=0))


def _rows(sample: Sample, x: int | None, counted: str) -> _Rows:
    cells = sample.cells
    place = sample.measure(counted) if counted else x
    if place is not None and (counted or _indicator(cells, place)):
        return _Rows(
            cells.plain[:, place],
            cells.first[:, place],
            cells.second[:, place, place],
            bool((cells.plain[:, place] == cells.n).all()),
        )
    return _Rows(cells.n.astype(float), cells.weight, cells.weight2, True)


def _degrees(sample: Sample, domain: Integers, count: int, n: Floats) -> Integers:
    """PSUs minus strata that have rows in each domain."""
    there = n > 0
    strata = len(sample.sampled)
    seen = np.unique(domain[there] * strata + sample.stratum[there]) // strata
    if sample.unit is None or sample.of_unit is None:
        units = sums(domain[there], n[there], count)
    else:
        size = len(sample.of_unit)
        units = sums(np.unique(domain[there] * size + sample.unit[there]) // size, None, count)
    found: Integers = np.rint(units - sums(seen, None, count)).astype(np.int64)
    return found


def _simple(
    sample: Sample,
    domain: Integers,
    count: int,
    y: int,
    x: int | None,
    rows: _Rows,
    value: Floats,
    bottom: Floats,
    square: str,
) -> Floats:
    """Variance under simple random sampling with replacement of the same rows, nan where it cannot be known.

    Mean or ratio: s^2 / (n xbar^2) with s^2 = n/(n-1) sum w (y - R x)^2 / sum w; total: (sum w)^2 s^2 / n with y about
    its mean. This is ``deff="replace"`` of R survey.
    """
    g = sample.final
    yy, yx, xx = _squares(sample, y, x, square)

    def add(amount: Floats) -> Floats:
        return sums(domain, amount, count)

    n, weight = add(rows.n), add(g * rows.weight)
    if x is None:
        mean = value / weight
        spread = add(g * yy) / weight - mean**2
        factor = weight**2
    else:
        spread = (add(g * yy) - 2 * value * add(g * yx) + value**2 * add(g * xx)) / weight
        factor = (weight / bottom) ** 2
    limit = 1e-12 * add(g * np.abs(yy)) / weight
    spread = np.where(spread > limit, spread, np.where(np.isnan(spread), np.nan, 0.0))
    found: Floats = factor * spread / np.maximum(n - 1, 0)
    return np.where(n > 1, found, np.nan)


def _squares(sample: Sample, y: int, x: int | None, square: str) -> tuple[Floats, Floats, Floats]:
    """Sum d y^2, sum d y x, sum d x^2 per cell; nan where the cells cannot tell."""
    cells = sample.cells
    unknown = np.full(len(cells), np.nan)
    if (d := sample.one_weight) is not None:  # one base weight in every cell: divide it out
        yy = cells.second[:, y, y] / d
        return yy, *((unknown, unknown) if x is None else (cells.second[:, y, x] / d, cells.second[:, x, x] / d))
    name = square or f"{cells.measures[y]}^2"
    if name in cells.measures:
        yy = cells.first[:, cells.measures.index(name)]
    else:
        yy = cells.first[:, y] if _indicator(cells, y) else unknown
    if x is None:
        return yy, unknown, unknown
    if _indicator(cells, x):
        return yy, cells.first[:, y], cells.first[:, x]
    return yy, unknown, unknown
