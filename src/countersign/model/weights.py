"""Weights: how much each unit counts, per cell, with the record of how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import numpy as np

from countersign.errors import WeightingError
from countersign.model.benchmark import Column, Margin, NumberTotal, TotalsCovariance
from countersign.model.cells import Cells, Floats, Texts
from countersign.model.distances import Distance, curve


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
class Formula:
    """Calibration factors as a formula: g = start F(x'b), for weights that differ from row to row.

    Parameters
    ----------
    distance: which F. lower, upper: bounds of F. start: factor before the fit (population over sample, where rows have
        no base weights; else 1).
    columns: ``(names, categories)`` of each auxiliary column; a number has its name first, with an empty category.
    coefficients: b, (L,).
    """

    distance: Distance
    lower: float
    upper: float
    start: float
    columns: tuple[Column, ...]
    coefficients: Floats

    def factor_of(self, cells: Cells, margins: tuple[Margin, ...], numbers: tuple[NumberTotal, ...]) -> Floats:
        """Compute g for cells, (C,).

        Raises
        ------
        WeightingError: a cell has a category or a missing number that was not weighted.
        """
        place = {column: number for number, column in enumerate(self.columns)}
        sought = np.zeros(len(cells))
        for names, value in [(margin.variables, None) for margin in margins] + [
            ((number.variable, *number.within), cells.keys[number.variable].astype(float)) for number in numbers
        ]:
            code, labels = cells.codes(names if value is None else names[1:])
            texts = [tuple(str(part) for part in label) for label in labels]
            at = [place.get((names, text if value is None else ("", *text)), -1) for text in texts]
            b = np.array([self.coefficients[one] if one >= 0 else np.nan for one in at])
            sought += b[code] if value is None else b[code] * value
        lost = ~np.isfinite(sought)
        if lost.any():
            raise WeightingError(
                f"{int(cells.n[lost].sum())} rows have a category or a missing number that was not weighted.",
                expected="the same rows when weighting and when estimating",
                action="compute the weights again from the data that are estimated",
            )
        found: Floats = self.start * curve(self.distance, self.lower, self.upper)(sought)[0]
        return found


@dataclass(frozen=True)
class Weights:
    """Calibration factors g by cell: the final weight of a row is w = d g.

    Parameters
    ----------
    method: ``raking``, ``post-stratification``, ``base`` (no adjustment), ``linear calibration`` ...
    benchmark: its name; margins: the targets met, scaled to a common total.
    by: the variables that define the cells; `keys`: variable -> category per cell, each (C,).
    base: base weight d of the rows of a cell, (C,), where weights are per distinct base weight (after trimming);
        None where one factor serves all base weights of a cell.
    factor: g, (C,).
    n: rows per cell, (C,); weight: sum of final weights per cell, (C,); weight2: sum of squared final weights.
    iterations: convergence report. trimmed: what trimming did: bounds, rows cut, share of weight moved.
    balance: before and after, per category of each margin.
    fitted: g before trimming, (C,); None where nothing was trimmed. Calibration residuals are taken at these.
    numbers: totals of numbers that were met besides the margins.
    formula: how g follows from the auxiliaries of a row, where it differs from row to row. Then `by` names the
        auxiliaries, there are no `keys`, and the cells of `factor`, `n`, `weight`, `weight2` are groups of rows with
        about the same weight.
    error: how far chance moves the totals met, where they come from a sample.
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
    fitted: Floats | None = None
    numbers: tuple[NumberTotal, ...] = ()
    formula: Formula | None = None
    error: TotalsCovariance | None = None

    @property
    def met(self) -> tuple[str, ...]:
        """Names of the margins and totals that were met."""
        totals = [f"total of {number.name}" for number in self.numbers]
        return (*(margin.name for margin in self.margins), *totals)

    def factor_of(self, cells: Cells) -> tuple[Floats, Floats]:
        """Look the calibration factors up for other cells.

        Parameters
        ----------
        cells: any reduction whose keys include `by` (and `base_column`, where there is a `base`).

        Returns
        -------
        g of each cell, and g before trimming, both (C,).

        Raises
        ------
        WeightingError: `cells` lack a key, or hold a combination that was not weighted.
        """
        names = list(self.by) if self.base is None or not self.base_column else [*self.by, self.base_column]
        lacking = [name for name in names if name not in cells.keys]
        if lacking:
            raise WeightingError(
                f"The weights differ by {', '.join(lacking)}, but the cells are not broken down by it.",
                expected=f"cells by {', '.join(names)}",
                action="add these variables when the rows are reduced to cells",
            )
        if self.formula is not None:
            found_g = self.formula.factor_of(cells, self.margins, self.numbers)
            return found_g, found_g
        own, other = np.zeros(len(self.factor), dtype=np.int64), np.zeros(len(cells), dtype=np.int64)
        for name in names:
            mine = self.keys[name].tolist()
            code, theirs = cells.coded(name)
            place: dict[object, int] = {}
            for value in mine:
                place.setdefault(value, len(place))
            unknown = len(place)
            own = own * (unknown + 1) + np.fromiter(map(place.__getitem__, mine), np.int64, len(mine))
            known = np.array([place.get(value, unknown) for value in theirs], dtype=np.int64)
            other = other * (unknown + 1) + known[code]
        order = np.argsort(own, kind="stable")
        at = np.minimum(np.searchsorted(own[order], other), len(order) - 1)
        found = order[at]
        lost = own[found] != other
        if lost.any():
            raise WeightingError(
                f"{int(cells.n[lost].sum())} rows are in cells that have no weight.",
                expected="the same rows when weighting and when estimating",
                action="compute the weights again from the data that are estimated",
            )
        fitted = self.factor if self.fitted is None else self.fitted
        return self.factor[found], fitted[found]

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

    def _repr_html_(self) -> str:
        """Show what the weights did in a notebook: cost, and shares before and after beside the benchmark."""
        head = ("variable", "category", "data", "weighted", "benchmark", "ASMD before", "ASMD after")
        lines = [
            f"<tr><th scope='row'>{escape(one.variable)}</th><td>{escape(one.category)}</td>"
            f"<td>{one.share_data:.3f}</td><td>{one.share_weighted:.3f}</td><td>{one.share_benchmark:.3f}</td><td>{one.before:.3f}</td>"
            f"<td>{one.after:.3f}</td></tr>"
            for one in self.balance
        ]
        heads = "".join(f"<th scope='col'>{name}</th>" for name in head)
        return (
            f"<table><caption>{escape(self.method)}: {self.count:,} records, effective {self.effective_n:,.0f}, design "
            f"effect {self.design_effect:.2f}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table>"
        )
