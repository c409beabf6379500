"""Weights: how much each unit counts, per cell, with the record of how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countersign.model.benchmark import Margin
from countersign.model.cells import Floats, Texts


@dataclass(frozen=True)
class Iteration:
    """One pass of an iterative fit: the largest relative distance between a margin and its target."""

    number: int
    distance: float
    margin: str = ""


@dataclass(frozen=True)
class Balance:
    """Standardised difference of one category between data and benchmark, before and after weighting.

    ASMD = abs(p_data - p_benchmark) / sqrt(p_benchmark (1 - p_benchmark)); Austin (2009), Stuart and Rubin.
    """

    variable: str
    category: str
    before: float
    after: float
    share_data: float
    share_weighted: float
    share_benchmark: float


@dataclass(frozen=True)
class Weights:
    """Calibration factors g by cell: the final weight of a row is w = d g.

    Parameters
    ----------
    method: ``raking``, ``post-stratification``, ``base`` (no adjustment).
    benchmark: its name; margins: the targets met, scaled to a common total.
    by: the variables that define the cells; `keys`: variable -> category per cell, each (C,).
    base: base weight d of the rows of a cell, (C,), where weights are per distinct base weight (after trimming);
        None where one factor serves all base weights of a cell.
    factor: g, (C,).
    n: rows per cell, (C,); weight: sum of final weights per cell, (C,); weight2: sum of squared final weights.
    iterations: convergence report. trimmed: what trimming did: bounds, rows cut, share of weight moved.
    balance: before and after, per category of each margin.
    """

    method: str
    by: tuple[str, ...]
    keys: Mapping[str, Texts]
    factor: Floats
    n: Floats
    weight: Floats
    weight2: Floats
    base: Floats | None = None
    base_column: str = ""
    benchmark: str = ""
    margins: tuple[Margin, ...] = ()
    iterations: tuple[Iteration, ...] = ()
    trimmed: Mapping[str, float] = field(default_factory=dict)
    balance: tuple[Balance, ...] = ()

    @property
    def total(self) -> float:
        """Sum of the final weights."""
        return float(self.weight.sum())

    @property
    def count(self) -> int:
        """Number of weighted rows."""
        return int(self.n.sum())

    @property
    def design_effect(self) -> float:
        """Kish (1965): n sum w^2 / (sum w)^2, the price of unequal weights."""
        return float(self.n.sum() * self.weight2.sum() / self.weight.sum() ** 2)

    @property
    def effective_n(self) -> float:
        """Kish (1965): (sum w)^2 / sum w^2."""
        return float(self.weight.sum() ** 2 / self.weight2.sum())
