"""Calibration: weights near the base weights that meet margins and totals of numbers, from cells.

Deville and Sarndal (1992): w = d F(x'b) with sum w x = T. Linear (the regression estimator), raking and logit
distances, with bounds. A cell may hold many rows, or be one row: then the weights are kept as a formula, not as a list.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from countersign.errors import BenchmarkError, CountersignWarning, WeightingError
from countersign.model.benchmark import Margin, NumberTotal, TotalsCovariance
from countersign.model.cells import Cells, Floats
from countersign.model.distances import Distance, curve
from countersign.model.weights import Balance, Formula, Iteration, Weights
from countersign.weighting.balance import balance
from countersign.weighting.calibration import check_bounds
from countersign.weighting.constraints import Constraints, constraints_of, told
from countersign.weighting.fitting import ENOUGH, Fit, fit

GROUPS = 100
"""Groups of rows with about the same weight, by which the spread of weights that differ by row is kept."""


def calibrate_to(
    cells: Cells,
    margins: Sequence[Margin],
    numbers: Sequence[NumberTotal] = (),
    *,
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    by_row: bool = False,
    negative: bool = False,
    base_column: str = "",
    benchmark: str = "",
    error: TotalsCovariance | None = None,
    most: int = 200,
) -> Weights:
    """Fit weights to margins and to totals of numbers at once.

    Parameters
    ----------
    cells: rows reduced by the variables of `margins` and `numbers`, or one cell a row.
    margins: population counts; ``Margin((), {(): N})`` is the size alone. Parts of the population that are calibrated
        separately are margins crossed with the parts, and numbers `within` them.
    numbers: totals of numbers.
    distance: ``linear``: sum (w - d)^2 / d is least; ``raking``: weights stay positive; ``logit``: between the bounds.
    bounds: smallest and largest F = w / d. Without base weights d is the population over the sample, so that 1 stands
        for the mean weight.
    by_row: keep the weights as a formula of the auxiliaries instead of one factor a cell.
    negative: accept weights below zero, which linear calibration without bounds may give.
    base_column, benchmark: for the record. error: how far chance moves the totals themselves.

    Returns
    -------
    Weights, method ``linear calibration``, ``raking calibration`` or ``logit calibration``.

    Raises
    ------
    BenchmarkError: totals contradict each other or the data. WeightingError: missing values, totals out of reach, no
        convergence, weights below zero.
    """
    lower, upper = bounds or (-np.inf, np.inf)
    check_bounds(distance, lower, upper, where="weights.bounds")
    if (cells.weight <= 0).any():
        raise WeightingError(
            f"{int(cells.n[cells.weight <= 0].sum())} rows have base weights of zero or less.",
            where="weights.base",
            expected="positive base weights",
            action="set these rows aside with a quality gate, or correct the base weight",
        )
    wanted = constraints_of(cells, margins, numbers)
    x = wanted.x
    size = margins[0].total if margins else float(cells.weight.sum())
    start = 1.0 if base_column or not margins else size / float(cells.weight.sum())
    d = cells.weight * start
    gram = x.gram(d)
    _contradictions(wanted, gram)
    _reach(wanted, d, lower, upper)
    if distance != "linear" or lower >= 0:
        _range(wanted)
    if base_column:
        _fitted_before(wanted, d)
    with np.errstate(over="ignore", invalid="ignore"):
        found = fit(x, d, wanted.centred, _scale(wanted, d), curve(distance, lower, upper), most=most, gram=gram)
    _settled(found, wanted, lower, upper)
    below = found.factor < 0
    if below.any() and not negative:
        raise WeightingError(
            f"{int(cells.n[below].sum())} rows would get a weight below zero.",
            where="weights.distance",
            expected="weights of zero or more",
            action="choose distance: raking, whose weights are always positive, or set bounds, for example [0.2, 5]",
        )
    formula = Formula(distance, lower, upper, start, x.columns, x.uncentred(found.coefficients))
    return _weights(cells, found, margins, numbers, formula, by_row, base_column, benchmark, error)


def _weights(
    cells: Cells,
    found: Fit,
    margins: Sequence[Margin],
    numbers: Sequence[NumberTotal],
    formula: Formula,
    by_row: bool,
    base_column: str,
    benchmark: str,
    error: TotalsCovariance | None,
) -> Weights:
    names = tuple(
        dict.fromkeys(
            [name for margin in margins for name in margin.variables]
            + [name for number in numbers for name in (number.variable, *number.within)]
        )
    )
    factor = formula.start * found.factor
    kept = Weights(
        method=f"{formula.distance} calibration",
        by=names,
        keys={name: cells.keys[name] for name in names},
        factor=factor,
        n=cells.n.astype(float),
        weight=cells.weight * factor,
        weight2=cells.weight2 * factor**2,
        base_column=base_column,
        benchmark=benchmark,
        margins=tuple(margins),
        numbers=tuple(numbers),
        iterations=(Iteration(found.passes, float(found.gaps.max(initial=0.0))),),
        error=error,
    )
    if by_row:
        kept = replace(_grouped(kept), formula=formula)
    return replace(kept, balance=_balance(cells, margins, factor))


def _balance(cells: Cells, margins: Sequence[Margin], factor: Floats) -> tuple[Balance, ...]:
    """Return the shares of every margin's categories before and after, from cells of the margins only."""
    counted = [margin for margin in margins if margin.variables]
    place = Weights("", (), {}, factor, factor, factor, factor)
    found: list[Balance] = []
    for margin in counted:
        code, labels = cells.codes(margin.variables)
        before = np.bincount(code, cells.weight, len(labels)).astype(np.float64)
        after = np.bincount(code, cells.weight * factor, len(labels))
        keys = {name: np.empty(len(labels), dtype=object) for name in margin.variables}
        for number, label in enumerate(labels):
            for name, part in zip(margin.variables, label, strict=True):
                keys[name][number] = part
        none = np.zeros((len(labels), 0))
        small = Cells(
            keys, (), np.ones(len(labels), dtype=np.int64), before, before, none, none, np.zeros((len(labels), 0, 0)),
            none,
        )  # fmt: skip
        own = replace(place, by=margin.variables, keys=keys, factor=after / before)
        found += balance(small, [margin], weights=own)
    return tuple(found)


def _grouped(weights: Weights) -> Weights:
    """Replace cells of single rows by groups of about the same weight."""
    order = np.argsort(weights.weight / weights.n, kind="stable")
    edges = np.unique(np.linspace(0, len(order), min(GROUPS, len(order)) + 1).astype(np.int64))[:-1]
    base = weights.weight / weights.factor

    def add(amount: Floats) -> Floats:
        return np.add.reduceat(amount[order], edges)

    return replace(
        weights,
        keys={},
        factor=add(weights.weight) / add(base),
        n=add(weights.n),
        weight=add(weights.weight),
        weight2=add(weights.weight2),
    )


def _scale(wanted: Constraints, d: Floats) -> Floats:
    """Return what the distance from each total is relative to: itself, or the spread of a centred number."""
    x = wanted.x
    size = np.abs(wanted.centred)
    counted = [np.unique(code) for code, value in zip(x.codes, x.values, strict=True) if value is None]
    share = float(size[counted[0]].sum() / d.sum()) if counted else 1.0
    for code, value in zip(x.codes, x.values, strict=True):
        if value is not None:
            size = np.maximum(size, share * np.bincount(code, d * np.abs(value), x.size))
    return size


def _contradictions(wanted: Constraints, gram: Floats) -> None:
    """Refuse totals that no weights at all can meet, because some columns are determined by others."""
    scale = np.sqrt(np.diag(gram))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(gram / scale[:, None] / scale)
    idle = vectors[:, values <= 1e-12 * values.max(initial=1.0)]
    goal = wanted.centred / scale
    off = idle @ (idle.T @ goal)
    limit = 1e-6 * np.abs(goal).max(initial=0.0)
    if np.abs(off).max(initial=0.0) > limit:
        worst = np.argsort(-np.abs(off))[:3]
        names = [told(wanted.x.columns[place]) for place in worst.tolist() if abs(off[place]) > limit]
        raise BenchmarkError(
            f"The totals contradict each other: in the data some of them follow from the others, but the totals given"
            f" do not. It shows most at: {'; '.join(names)}.",
            where="weights",
            expected="totals of one population",
            action="check that all totals cover the same people or units and period, or leave out the one that repeats"
            " another",
        )


def _reach(wanted: Constraints, d: Floats, lower: float, upper: float) -> None:
    """Refuse a total that lies outside what the bounds allow, each on its own."""
    x = wanted.x
    if np.isinf(lower) and np.isinf(upper):
        return
    for part, code in enumerate(x.codes):
        plain = wanted.plain[part]
        held = d if plain is None else d * plain
        up = np.bincount(code, np.maximum(held, 0), x.size).astype(np.float64)
        down = np.bincount(code, np.maximum(-held, 0), x.size).astype(np.float64)
        most, least = _at(up, upper) - _at(down, lower), _at(up, lower) - _at(down, upper)
        for place in np.unique(code).tolist():
            goal = wanted.totals[place]
            slack = 1e-9 * abs(goal)
            if goal > most[place] + slack or goal < least[place] - slack:
                now = float(np.bincount(code, held, x.size)[place])
                raise WeightingError(
                    f"The total of {told(x.columns[place])} is out of reach: it is {goal:.10g}, the base weights give"
                    f" {now:.10g}, and factors may only be from {lower:g} to {upper:g}.",
                    where="weights.bounds",
                    expected="totals that weights within the bounds can meet",
                    action="widen the bounds, merge the category with another, or leave this total out",
                )


def _range(wanted: Constraints) -> None:
    """Refuse a total whose mean lies outside the data's numbers: weights above zero cannot meet it."""
    x = wanted.x
    for code, value in zip(x.codes, x.values, strict=True):
        if value is None:
            continue
        low, high = np.full(x.size, np.inf), np.full(x.size, -np.inf)
        np.minimum.at(low, code, value)
        np.maximum.at(high, code, value)
        for place in np.unique(code).tolist():
            size, goal = wanted.sizes[place], wanted.centred[place]
            slack = 1e-9 * abs(wanted.totals[place])
            if not size or low[place] * size - slack <= goal <= high[place] * size + slack:
                continue
            raise WeightingError(
                f"The total of {told(x.columns[place])} is out of reach: it means {wanted.totals[place] / size:.6g} for"
                " each unit of the population, below or above every number of the data.",
                where="weights.numeric",
                expected="a mean that the data enclose",
                action="check the total and its unit, and the size of the population",
            )


def _at(amount: Floats, bound: float) -> Floats:
    """Return amounts times a bound, which may be infinite; nothing times infinity is nothing."""
    return np.where(amount > 0, amount * bound if np.isfinite(bound) else np.where(amount > 0, bound, 0.0), 0.0)


def _fitted_before(wanted: Constraints, d: Floats) -> None:
    """Warn where base weights meet every total before anything is fitted: they may be weights of an earlier run."""
    if wanted.x.size < 2 or np.ptp(d) == 0:
        return
    gaps = np.abs(wanted.centred - wanted.x.sums(d)) / np.where(wanted.scale > 0, wanted.scale, 1.0)
    if gaps.max(initial=0.0) <= ENOUGH:
        warnings.warn(
            "The base weights meet every total already. If they came out of an earlier weighting, name the design"
            " weights instead: the intervals would not know about the first weighting.",
            CountersignWarning,
            stacklevel=4,
        )


def _settled(found: Fit, wanted: Constraints, lower: float, upper: float) -> None:
    if found.met:
        return
    place = int(found.gaps.argmax())
    bound = bool(np.isfinite(lower) or np.isfinite(upper))
    raise WeightingError(
        f"Calibration did not converge: after {found.passes} passes the total of {told(wanted.x.columns[place])} is"
        f" still {found.gaps[place]:.3g} of itself away."
        + (f" Most likely no weights between {lower:g} and {upper:g} times the base weights meet all totals." * bound),
        where="weights",
        expected=f"every total met within {ENOUGH:g}",
        action=("widen the bounds, or " if bound else "") + "use fewer margins and totals, or merge small categories",
    )
