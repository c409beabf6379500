"""Trimming: cut extreme weights and spread what was cut over the others.

The rule is that of R survey's ``trimWeights`` (Lumley): clip to the bounds, then add the sum of the changes in equal
parts to every weight that was inside. Less variance is bought with some bias, and the margins are no longer met
exactly; both are recorded.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from countersign.errors import WeightingError
from countersign.model.cells import Floats
from countersign.model.weights import Balance, Weights

AT_BOUND = 1e-9
"""Relative distance up to which a weight counts as at its bound, which is inside: fitted weights are not exact."""


def trim(
    weights: Weights,
    *,
    upper: float | None = None,
    lower: float | None = None,
    absolute: bool = False,
    strict: bool = False,
) -> Weights:
    """Bring the final weights between two bounds.

    Parameters
    ----------
    upper, lower: multiples of the mean weight; with `absolute`, weights themselves.
    strict: repeat until no weight is outside. A weight that was clipped stays at its bound, which is the limit of
    R's repeated passes. Without it one pass is made, which may push weights over a bound again.

    Returns
    -------
    Weights with new factors, the factors before as `fitted`, and `trimmed`: the bounds (absolute), rows cut, passes,
    share of all weight that moved, largest relative distance of a margin's category from its target.

    Raises
    ------
    WeightingError: bounds that no weights of this total can meet; weights of one cell that differ within it.
    """
    if weights.formula is not None:
        raise WeightingError(
            "Weights that differ from row to row are not trimmed.",
            where="weights.trim",
            expected="bounds on the factors, with which every total is still met",
            action="leave trim out and set bounds, for example bounds: [0.3, 3]",
        )
    base = _base_of(weights)
    final = base * weights.factor
    mean = weights.total / weights.n.sum()
    unit = 1.0 if absolute else mean
    high = np.inf if upper is None else upper * unit
    low = -np.inf if lower is None else lower * unit
    if not low < high or high < mean * (1 - 1e-12) or low > mean * (1 + 1e-12):
        raise WeightingError(
            f"The bounds of trimming, {low:g} and {high:g}, do not enclose the mean weight {mean:g}.",
            where="weights.trim",
            expected="a lower bound below and an upper bound above the mean weight (1 as a multiple)",
            action="choose wider bounds, for example upper: 5",
        )
    new, cut, passes = _spread(final, weights.n, low, high, strict=strict)
    summed = weights.n * new
    shares = _shares(weights, summed)
    return replace(
        weights,
        factor=new / base,
        fitted=weights.factor if weights.fitted is None else weights.fitted,
        weight=summed,
        weight2=weights.n * new**2,
        trimmed={
            **({"upper": float(high)} if upper is not None else {}),
            **({"lower": float(low)} if lower is not None else {}),
            "rows": float(weights.n[cut].sum()),
            "passes": float(passes),
            "moved": float((weights.n * np.abs(new - final)).sum() / 2 / weights.total),
            "distance": _distance(weights, shares),
        },
        balance=tuple(_after(shares, float(summed.sum()), entry) for entry in weights.balance),
    )


def _spread(
    final: Floats, n: Floats, low: float, high: float, *, strict: bool
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]], int]:
    """Clip and spread; return the new weights, which cells were ever clipped, and the number of passes."""
    above, below = high * (1 + AT_BOUND), low * (1 - AT_BOUND)
    cut = (final < below) | (final > above)
    new, passes = final, 0
    if not cut.any():
        return final.copy(), cut, passes
    total = float((n * final).sum())
    while True:
        passes += 1
        kept = ~cut
        if not kept.any():
            raise WeightingError(
                "Every weight would have to be trimmed.",
                where="weights.trim",
                expected="bounds that leave some weights inside",
                action="choose wider bounds",
            )
        clipped = np.clip(new, low, high)
        new = np.where(cut, clipped, new)
        new = np.where(kept, new + (total - float((n * new).sum())) / float(n[kept].sum()), new)
        outside = kept & ((new < below) | (new > above))
        if not strict or not outside.any():
            return new, cut, passes
        cut = cut | outside


def _base_of(weights: Weights) -> Floats:
    """Return the base weight of each cell's rows, which must be one number."""
    if weights.base is not None:
        return weights.base
    same = np.abs(weights.weight2 * weights.n - weights.weight**2) <= 1e-9 * weights.weight**2
    if not same.all():
        raise WeightingError(
            "Rows of one weighting cell have different base weights, so cutting weights needs one factor for each"
            " distinct base weight.",
            where="weights.trim",
            expected="weights per (cell, distinct base weight)",
            action="reduce the rows by the base weight too, and name it: rake(cells, margins, base=...)",
        )
    base: Floats = weights.weight / weights.n / weights.factor
    return base


def _shares(weights: Weights, summed: Floats) -> dict[tuple[str, str], float]:
    """Return (margin, category) -> sum of weights."""
    found: dict[tuple[str, str], float] = {}
    for margin in weights.margins:
        columns = [weights.keys[name].tolist() for name in margin.variables]
        for place, value in enumerate(summed.tolist()):
            key = (margin.name, ", ".join(str(column[place]) for column in columns))
            found[key] = found.get(key, 0.0) + value
    return found


def _distance(weights: Weights, found: dict[tuple[str, str], float]) -> float:
    """Return the largest relative distance of a margin's category from its target."""
    gaps = [
        abs(found[margin.name, ", ".join(key)] / count - 1)
        for margin in weights.margins
        for key, count in margin.counts.items()
        if count > 0
    ]
    return max(gaps, default=0.0)


def _after(shares: dict[tuple[str, str], float], total: float, entry: Balance) -> Balance:
    """Return the balance of one category after trimming."""
    share = shares[entry.variable, entry.category] / total
    goal = entry.share_benchmark
    spread = float(np.sqrt(goal * (1 - goal)))
    after = abs(share - goal) / spread if spread else entry.after
    return replace(entry, after=after, share_weighted=share)
