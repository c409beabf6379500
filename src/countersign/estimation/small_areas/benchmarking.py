"""Benchmarking: area figures that add up to the national one, and what that costs each area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

Adjustment = Literal["ratio", "difference", "optimal"]
ADJUSTMENTS: tuple[Adjustment, ...] = get_args(Adjustment)


@dataclass(frozen=True)
class Benchmarked(Tabular):
    """Area figures before and after.

    Parameters
    ----------
    values, mse: after, (m,). before: values before, (m,). mse_before: (m,).
    total: the weighted sum that is met. gap: what was missing before. method: ``ratio``, ``difference``, ``optimal``.
    """

    areas: tuple[str, ...]
    values: Floats
    mse: Floats
    before: Floats
    mse_before: Floats
    total: float
    gap: float
    method: str

    @property
    def sentence(self) -> str:
        """What was done and what it cost, in words."""
        rise = float(np.sqrt(self.mse.sum() / self.mse_before.sum())) - 1 if self.mse_before.sum() > 0 else 0.0
        return (
            f"The figures were made to add up to {self.total:.6g} ({self.method}); before they added up to"
            f" {self.total - self.gap:.6g}. The standard errors grow by {rise:.1%} on the whole."
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row an area."""
        return [
            {
                "area": area,
                "value": float(self.values[d]),
                "root_mse": float(np.sqrt(self.mse[d])),
                "before": float(self.before[d]),
                "root_mse_before": float(np.sqrt(self.mse_before[d])),
            }
            for d, area in enumerate(self.areas)
        ]


def benchmark_areas(
    values: Floats,
    mse: Floats,
    *,
    weights: Floats,
    total: float,
    method: Adjustment = "ratio",
    areas: tuple[str, ...] = (),
) -> Benchmarked:
    """Adjust area figures so that their weighted sum is a given total.

    Parameters
    ----------
    values, mse: predictions t and their mean squared errors, (m,). weights: w, population sizes for means, ones for
        totals, (m,). total: T, the direct figure to be met, on the scale of sum w t.

    Notes
    -----
    ``ratio``: t T/sum w t. ``difference``: t + (T - sum w t)/sum w.
    ``optimal``: t + c (T - sum w t), c_d = w_d mse_d/sum w^2 mse: the smallest change in units of the mean squared
    error (Wang, Fuller and Qu 2008).
    Mean squared error: mse + (change)^2, the posterior mean squared error of a figure moved away from its predictor
    (Datta, Ghosh, Steorts and Maples 2011). The total is taken as given.

    Raises
    ------
    EstimationError: unknown method; weights below 0 or all 0; a ratio to a sum of 0 or of the other sign.
    """
    if method not in ADJUSTMENTS:
        raise EstimationError(
            f"There is no benchmark method '{method}'. {nearest(str(method), ADJUSTMENTS)}".strip(),
            where="benchmark",
            expected=f"one of: {', '.join(ADJUSTMENTS)}",
            action="leave it out for ratio",
        )
    t, v, w = (np.asarray(part, dtype=float) for part in (values, mse, weights))
    if not np.isfinite(w).all() or (w < 0).any() or w.sum() <= 0 or not np.isfinite(total):
        raise EstimationError(
            "The weights of the areas or the total are missing or below 0.",
            where="benchmark",
            expected="a weight of 0 or more for every area, such as its population, and a total",
            action="complete the column",
        )
    now = float(w @ t)
    gap = total - now
    if method == "ratio":
        if now == 0 or total / now <= 0:
            raise EstimationError(
                f"A ratio cannot turn a sum of {now:g} into {total:g}.",
                where="benchmark",
                expected="a total of the same sign",
                action="use 'difference' or 'optimal'",
            )
        after = t * (total / now)
    elif method == "difference":
        after = t + gap / w.sum()
    else:
        cost = float(w**2 @ v)
        if cost <= 0:
            raise EstimationError(
                "All mean squared errors are 0, so nothing can be moved.",
                where="benchmark",
                expected="figures with an error",
                action="use 'difference'",
            )
        after = t + w * v / cost * gap
    return Benchmarked(
        areas or tuple(str(place + 1) for place in range(len(t))),
        after, v + (after - t) ** 2, t, v, float(total), gap, method,
    )  # fmt: skip
