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
from countersign.model.auxiliaries import auxiliaries_of
from countersign.model.benchmark import Column, Margin
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.distances import curve
from countersign.model.replicates import Refit
from countersign.model.weights import Weights
from countersign.weighting.fitting import fit as fitted

MARGINS = ("raking", "post-stratification")


def refit(weights: Weights, *, tolerance: float = 1e-10, most: int = 500) -> Refit:
    """Return what fits replicates to the totals of `weights`.

    Parameters
    ----------
    weights: the fit of the full sample, not trimmed: by raking, post-stratification, or calibration with a formula.
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
    if weights.formula is None and weights.method not in MARGINS:
        raise WeightingError(
            f"Weights by {weights.method} cannot be fitted again within replicates.",
            where="weights",
            expected=f"weights by {', '.join(MARGINS)}, or calibration to numbers",
            action="use the linearised variance",
        )
    if weights.formula is not None:
        return lambda cells: _calibrated(weights, cells, tolerance=tolerance, most=most)
    return lambda cells: _raked(weights, cells, tolerance=tolerance, most=most)


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
    formula = weights.formula
    assert formula is not None
    x = auxiliaries_of(cells, weights.margins, weights.numbers)
    known: dict[Column, float] = {
        (margin.variables, label): count for margin in weights.margins for label, count in margin.counts.items()
    }
    known |= {
        ((number.variable, *number.within), ("", *label)): amount
        for number in weights.numbers
        for label, amount in number.amounts.items()
    }
    told = np.array([known[column] for column in x.columns])
    sizes = np.zeros(len(told))
    for place in np.flatnonzero(x.centre):
        (_, *within), (_, *part) = x.columns[place]
        sizes[place] = _size(weights, tuple(within), tuple(part))
    totals = told - x.centre * sizes
    scale = np.maximum(np.abs(told), np.abs(x.centre) * sizes)
    form = curve(formula.distance, formula.lower, formula.upper)

    def fit(base: Floats) -> Floats:
        found = np.empty_like(base)
        lost = 0
        for place in range(base.shape[1]):
            done = fitted(x, base[:, place] * formula.start, totals, scale, form, tolerance=tolerance, most=most)
            found[:, place] = done.factor * formula.start
            lost += not done.met
        if lost:
            raise _lost(lost, base.shape[1], most, tolerance)
        return found

    return fit


def _size(weights: Weights, within: tuple[str, ...], part: tuple[str, ...]) -> float:
    """Return the size of a part of the population, from a margin that covers it."""
    margin = next(margin for margin in weights.margins if set(within) <= set(margin.variables))
    return margin.collapsed(*within).counts[part]


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
