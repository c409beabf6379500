"""Answers + Weights -> SelectionRange, Tipping: those who took part may differ in the answer itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats, Integers
from countersign.model.estimate import Estimate
from countersign.model.regressors import Regressors, regress_on
from countersign.model.release import Comparison
from countersign.model.sensitivity import SelectionRange, Tipping
from countersign.model.weights import Weights
from countersign.study.examining.answers import Answers


class _Asked(TypedDict):
    count: Floats
    total: Floats
    square: Floats | None
    weight: Floats
    fraction: float


@dataclass(frozen=True)
class Selecting:
    """The answers of one indicator seen through the weights.

    Parameters
    ----------
    x: what weights use, as regressors, C cells. cell: number of the weighting cell, (C,). weight: people each cell
        stands for, (C,); squared: sum of squared weights, (C,). population: its size; None = not known.
    """

    answers: Answers
    x: Regressors
    cell: Integers
    weight: Floats
    squared: Floats
    population: float | None

    def range_of(self, figure: Estimate, phis: Sequence[float]) -> SelectionRange | None:
        """Return a figure over stated strengths of selection; None where they cannot be told."""
        from countersign.estimation.sensitivity import select

        at = self.answers.inside(figure)
        if not self.answers.measure("present")[at].sum() or self._fraction(at) == 1:
            return None  # nobody answered, or nobody is left who could differ from those who took part
        try:
            return select(self.x.at(at), **self._asked(at), phis=phis)
        except EstimationError:
            return None  # everybody answered alike, or nothing predicts the answer: said by the strength that is absent

    def tipping_of(self, figure: Estimate, *, seen: float | None) -> Tipping | None:
        """Return what it would take to put a figure on the threshold of its indicator.

        Parameters
        ----------
        seen: typical error on questions with a known answer, in their standard deviations.
        """
        from countersign.estimation.sensitivity import tip

        threshold = self.answers.indicator.threshold
        at = self.answers.inside(figure)
        count = self.answers.measure("present")[at]
        if threshold is None or figure.value is None or not count.sum():
            return None
        deviation = self._deviation(at, threshold)
        if deviation is None:
            return None
        weight = self.weight[at]
        size = weight.sum()
        share, people = self._cells(at)
        found = tip(
            figure.value,
            threshold=threshold,
            n=float(count.sum()),
            population=float(size) if self.population is not None and size > count.sum() else None,
            sd=deviation,
            cv=math.sqrt(max(self.squared[at].sum() * count.sum() / size**2 - 1, 0.0)),
            selection=self._adjusted(figure),
            share=share if self.answers.shared else None,
            weight=people,
        )
        error = abs(figure.value - threshold) / deviation
        return replace(found, seen=seen, ratio=error / seen if seen else None)

    def _adjusted(self, figure: Estimate) -> Callable[[float], float] | None:
        """Return strength -> adjusted value, fitted once; None where `range_of` gives none."""
        from countersign.estimation.sensitivity import adjust

        at = self.answers.inside(figure)
        if self._fraction(at) == 1:
            return None
        try:
            return adjust(self.x.at(at), **self._asked(at))
        except EstimationError:
            return None

    def _asked(self, at: Integers) -> _Asked:
        return {
            "count": self.answers.measure("present")[at],
            "total": self.answers.measure("value")[at],
            "square": None if self.answers.shared else self.answers.measure("square")[at],
            "weight": self.weight[at],
            "fraction": self._fraction(at),
        }

    def _cells(self, at: Integers) -> tuple[Floats, Floats]:
        """Return share and people of each weighting cell with answers, whatever breakdowns divide it further."""
        code = self.cell[at]
        count, total, people = (
            np.bincount(code, amount[at], code.max() + 1)
            for amount in (self.answers.measure("present"), self.answers.measure("value"), self.weight)
        )
        held = count > 0
        return np.asarray(total[held] / count[held]), np.asarray(people[held], dtype=np.float64)

    def _deviation(self, at: Integers, threshold: float) -> float | None:
        count = self.answers.measure("present")[at].sum()
        if self.answers.shared:
            return math.sqrt(threshold * (1 - threshold)) if 0 < threshold < 1 else None
        mean = self.answers.measure("value")[at].sum() / count
        spread = self.answers.measure("square")[at].sum() / count - mean**2
        return math.sqrt(spread) if spread > 0 else None

    def _fraction(self, at: Integers) -> float:
        if self.population is None:
            return 0.0
        return float(min(self.answers.cells.n[at].sum() / self.weight[at].sum(), 1.0))


def select_on(answers: Answers, weights: Weights, *, population: float | None) -> Selecting:
    """Look at answers through the weights.

    Parameters
    ----------
    population: its size; None = unknown, as where the benchmark is a sample without weights.

    Raises
    ------
    WeightingError: the cells are not those that were weighted.
    """
    terms = [margin.variables[0] if len(margin.variables) == 1 else margin.variables for margin in weights.margins]
    (x,) = regress_on([answers.cells], terms, names=["the data"])
    factor, _ = weights.factor_of(answers.cells)
    cells = answers.cells
    people = (population or weights.total) / weights.total
    cell, _ = cells.codes(tuple(dict.fromkeys(name for margin in weights.margins for name in margin.variables)))
    return Selecting(
        answers, x, cell, people * factor * cells.weight, (people * factor) ** 2 * cells.weight2, population
    )


def typical_error(comparisons: Sequence[Comparison]) -> float | None:
    """Return the root mean square error on questions with a known answer, in their standard deviations.

    Categories are averaged within a question first, so that a question with many categories does not count more.
    """
    items: dict[str, list[float]] = {}
    for one in comparisons:
        if 0 < one.benchmark < 1:
            spread = one.benchmark * (1 - one.benchmark)
            items.setdefault(one.item, []).append((one.weighted - one.benchmark) ** 2 / spread)
    return float(np.sqrt(np.mean([np.mean(each) for each in items.values()]))) if items else None
