"""Replicate weights calibrated like the full sample: the same margins, met again in every replicate.

A replicate whose weights are not fitted again says how far an estimate would spread that does not know the margins.
Rows are not touched: replicate base weights are summed by weighting cell, and cells get factors, many replicates at a
time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_matrix

from countersign.errors import WeightingError
from countersign.model.auxiliaries import Auxiliaries
from countersign.model.benchmark import Margin
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.distances import Distance, curve
from countersign.model.replicates import Refit
from countersign.model.weights import Weights
from countersign.weighting.constraints import constraints_of
from countersign.weighting.fitting import fit as fitted

MARGINS = ("raking", "post-stratification")
UNBOUNDED: dict[str, Distance] = {"linear calibration": "linear", "raking calibration": "raking"}
"""Methods whose weights tell all there is to know, unless bounds were set."""
SAME = 1e-6
"""Relative distance within which factors of the full sample must come out again."""


def refit(weights: Weights, *, tolerance: float = 1e-10, most: int = 500) -> Refit:
    """Return what fits replicates to the totals of `weights`.

    Parameters
    ----------
    weights: the fit of the full sample, not trimmed: by raking, post-stratification, or calibration to margins and
        numbers; with bounds only where its formula is kept (``by_row``).
    tolerance: largest relative distance from a total at which a fit stops; most: passes after which it gives up.

    Returns
    -------
    A function of weighting cells that returns a function of sums of replicate base weights by these cells, (W, B), that
    returns the factors g of these replicates, (W, B).

    Raises
    ------
    WeightingError: trimmed weights, or a method that cannot be repeated; when called, a replicate in which nobody of a
        category is left, or that does not converge.
    """
    if weights.trimmed.get("rows"):
        raise WeightingError(
            "Trimmed weights cannot be fitted again within replicates: what was cut would differ from one to the next.",
            where="weights",
            expected="weights that were not trimmed",
            action="pass the weights before trimming, or use the linearised variance",
        )
    if weights.method in MARGINS:
        return lambda cells: _raked(weights, cells, tolerance=tolerance, most=most)
    if weights.formula is not None or weights.method in UNBOUNDED:
        return lambda cells: _calibrated(weights, cells, tolerance=tolerance, most=most)
    raise WeightingError(
        f"Weights by {weights.method} cannot be fitted again within replicates.",
        where="weights",
        expected=f"weights by {', '.join((*MARGINS, *UNBOUNDED))}, or calibrated by_row",
        action="use the linearised variance",
    )


Fit: TypeAlias = Callable[[Floats], Floats]


def _raked(weights: Weights, cells: Cells, *, tolerance: float, most: int) -> Fit:
    """Multiply margin after margin, all replicates at once; those that are met are left alone."""
    steps = [_coded(cells, margin) for margin in weights.margins]

    def fit(base: Floats) -> Floats:
        for step in steps:
            _somebody(step.sums @ base, step)
        running = np.arange(base.shape[1])
        factor = np.ones_like(base)
        weight = base.copy()
        for _ in range(most):
            worst = np.zeros(len(running))
            for step in steps:
                ratio = step.target[:, None] / (step.sums @ weight)
                worst = np.maximum(worst, np.abs(ratio - 1).max(axis=0))
                moved = ratio[step.code]
                weight *= moved
                factor[:, running] *= moved
            left = worst > tolerance
            if not left.any():
                return factor
            if not left.all():
                running, weight = running[left], weight[:, left]
        raise _lost(len(running), base.shape[1], most, tolerance)

    return fit


def _calibrated(weights: Weights, cells: Cells, *, tolerance: float, most: int) -> Fit:
    """Solve for the coefficients of the formula, one replicate after another."""
    wanted = constraints_of(cells, weights.margins, weights.numbers)
    x, formula = wanted.x, weights.formula
    known = weights.margins and not weights.base_column
    start = weights.margins[0].total / float(cells.weight.sum()) if known else 1.0
    form = curve(UNBOUNDED.get(weights.method, "linear"))
    if formula is not None:
        start, form = formula.start, curve(formula.distance, formula.lower, formula.upper)
    spread = Auxiliaries(x.size, x.codes, tuple(None if v is None else np.abs(v) for v in x.values))

    def solve(base: Floats) -> tuple[Floats, bool]:
        d = base * start
        scale = np.maximum(np.abs(wanted.centred), spread.sums(d))
        with np.errstate(over="ignore", invalid="ignore"):
            done = fitted(x, d, wanted.centred, scale, form, tolerance=tolerance, most=most)
        return done.factor * start, done.met

    again, met = solve(cells.weight)
    there = weights.factor_of(cells)[0]
    if not met or (np.abs(again - there) > SAME * np.maximum(np.abs(there), 1)).any():
        raise WeightingError(
            f"The weights by {weights.method} of the full sample do not come out again, so replicates cannot be fitted"
            " in the same way.",
            where="weights",
            expected="weights without bounds, or with their formula",
            action="calibrate by_row, which keeps the bounds with the weights",
        )

    def fit(base: Floats) -> Floats:
        found = np.empty_like(base)
        lost = 0
        for place in range(base.shape[1]):
            found[:, place], met = solve(base[:, place])
            lost += not met
        if lost:
            raise _lost(lost, base.shape[1], most, tolerance)
        return found

    return fit


def _lost(count: int, total: int, most: int, tolerance: float) -> WeightingError:
    return WeightingError(
        f"{count} of {total} replicates did not converge in {most} passes.",
        where="weights",
        expected=f"every total met within {tolerance:g} in every replicate",
        action="merge categories that are rare together, or use replicates that leave nobody out, such as Fay's",
    )


@dataclass(frozen=True)
class _Step:
    """One margin: the matrix that sums weighting cells by category, (L, W), their codes (W,), targets (L,), labels."""

    margin: Margin
    sums: csr_matrix
    code: Integers
    target: Floats
    labels: list[tuple[str, ...]]


def _coded(cells: Cells, margin: Margin) -> _Step:
    code, found = cells.codes(margin.variables)
    labels = [tuple(str(part) for part in label) for label in found]
    size = len(code)
    target = np.array([margin.counts[label] for label in labels], dtype=float)
    sums = csr_matrix((np.ones(size), (code, np.arange(size))), shape=(len(labels), size))
    return _Step(margin, sums, code, target, labels)


def _somebody(total: Floats, step: _Step) -> None:
    empty = total <= 0
    if empty.any():
        line = int(np.flatnonzero(empty.any(axis=1))[0])
        names = step.margin.variables
        pairs = ", ".join(f"{name} = '{value}'" for name, value in zip(names, step.labels[line], strict=True))
        raise WeightingError(
            f"In {int(empty[line].sum())} of {total.shape[1]} replicates nobody of {pairs} is left, so weights cannot"
            " be fitted to it.",
            where="weights",
            expected="every category of every margin in every replicate",
            action="merge this category with another, or use replicates that leave nobody out, such as Fay's",
        )
