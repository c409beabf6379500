"""Sensitivity on plain tables: what would follow from stated selection on the answer itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.benchmark import Benchmark
from countersign.model.cells import Cells, Floats
from countersign.model.regressors import Regressors, regress_on
from countersign.model.sensitivity import Bounds, Defect, SelectionRange, Tipping
from countersign.model.weights import Weights
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of, opened

PHIS = (0.0, 0.5, 1.0)
Margins = Benchmark | Mapping[str, Mapping[str, float]]


@verb
def data_defect(
    estimate: float, truth: float, *, n: float, population: float, sd: float | None = None, cv: float = 0.0
) -> Defect:
    """Return the correlation of taking part with the answer that an error on a known quantity implies (Meng 2018).

    Parameters
    ----------
    estimate, truth: of the sample and of the population. n, population: their sizes. sd: in the population; None = of a
        share. cv: coefficient of variation of the weights.

    Raises
    ------
    EstimationError: sizes or values that cannot be.
    """
    from countersign.estimation.sensitivity import defect

    return defect(estimate, truth, n=n, population=population, sd=sd, cv=cv)


@verb
def range_under_selection(
    table: Any,
    margins: Margins,
    *,
    proportion: str = "",
    mean: str = "",
    by: Sequence[str | Sequence[str]] | None = None,
    where: str = "",
    phis: Sequence[float] = PHIS,
    replicates: int = 0,
    seed: int = 20260101,
    level: float = 0.95,
) -> SelectionRange:
    """Return a share or a mean if those who took part differ in the answer itself: MUBP (shares) or SMUB (means).

    Parameters
    ----------
    table: a Dataset, or anything `countersign.read` opens. margins: as in `countersign.weight`.
    proportion: a condition, or mean: a number; exactly one. where: whom the figure is about.
    by: the margins that predict the answer; None = all.
    phis: stated strengths, 0 (selection on what the margins tell) to 1 (on the answer alone).
    replicates: resamplings for intervals; 0 = none. seed: of these. level: of the intervals.

    Raises
    ------
    EstimationError: an answer that does not vary, or that nothing known predicts. BenchmarkError, WeightingError:
        margins that do not fit.
    """
    from countersign.estimation.sensitivity import select

    problem = _problem(table, margins, proportion, mean, by, where)
    return select(
        problem.x,
        count=problem.count,
        total=problem.total,
        square=problem.square,
        weight=problem.weight,
        fraction=problem.fraction,
        phis=phis,
        replicates=replicates,
        seed=seed,
        level=level,
    )


@verb
def bound_by_odds(
    table: Any,
    margins: Margins,
    *,
    proportion: str,
    odds: float,
    by: Sequence[str | Sequence[str]] | None = None,
    where: str = "",
) -> Bounds:
    """Bound a share when the others, alike in the margins, answer differently up to stated odds.

    Parameters
    ----------
    table, margins, proportion, by, where: as in `range_under_selection`.
    odds: how many times higher or lower the odds of the others may be, 1 or more.

    Raises
    ------
    EstimationError: odds below 1; nobody answered. BenchmarkError, WeightingError: margins that do not fit.
    """
    from countersign.estimation import sensitivity

    problem = _problem(table, margins, proportion, "", by, where)
    return sensitivity.bound_by_odds(
        problem.share, problem.weight[problem.count > 0], odds=odds, fraction=problem.fraction
    )


@verb
def bound(value: float, *, fraction: float, smallest: float = 0.0, largest: float = 1.0) -> Bounds:
    """Bound a mean of the population when a part of it took part.

    Parameters
    ----------
    value: mean of those who took part. fraction: share of the population that they are.
    smallest, largest: what the others' mean can be.

    Raises
    ------
    EstimationError: a fraction outside 0 to 1; a value that is not between the ends.
    """
    from countersign.estimation import sensitivity

    return sensitivity.bound(value, fraction=fraction, smallest=smallest, largest=largest)


@verb
def tip(
    table: Any,
    margins: Margins,
    *,
    threshold: float,
    proportion: str = "",
    mean: str = "",
    by: Sequence[str | Sequence[str]] | None = None,
    where: str = "",
    seen: float | None = None,
) -> Tipping:
    """Return how strong selection on the answer must be to put the truth on a threshold that matters.

    Parameters
    ----------
    table, margins, proportion, mean, by, where: as in `range_under_selection`.
    threshold: such as 0.05 for 5 %. seen: correlation seen on questions with a known answer (`data_defect`).

    Raises
    ------
    EstimationError: an answer that does not vary. BenchmarkError, WeightingError: margins that do not fit.
    """
    from countersign.estimation.sensitivity import adjust
    from countersign.estimation.sensitivity import tip as solve

    one = _problem(table, margins, proportion, mean, by, where)
    adjusted = adjust(
        one.x, count=one.count, total=one.total, square=one.square, weight=one.weight, fraction=one.fraction
    )
    return solve(
        one.value,
        threshold=threshold,
        n=float(one.count.sum()),
        population=float(one.weight.sum()),
        sd=one.deviation,
        cv=one.variation,
        seen=seen,
        selection=adjusted,
        share=None if one.square is not None else one.share,
        weight=one.weight[one.count > 0],
    )


@dataclass(frozen=True)
class _Problem:
    """Answers by weighting cell, and what each cell stands for in the population."""

    x: Regressors
    count: Floats
    total: Floats
    square: Floats | None
    weight: Floats
    squared: float

    @property
    def share(self) -> Floats:
        held = self.count > 0
        found: Floats = self.total[held] / self.count[held]
        return found

    @property
    def value(self) -> float:
        return float(np.average(self.share, weights=self.weight[self.count > 0]))

    @property
    def fraction(self) -> float:
        return float(min(self.count.sum() / self.weight.sum(), 1.0))

    @property
    def variation(self) -> float:
        """Coefficient of variation of the weights."""
        return math.sqrt(max(self.squared * self.count.sum() / self.weight.sum() ** 2 - 1, 0.0))

    @property
    def deviation(self) -> float | None:
        if self.square is None:
            return None
        return math.sqrt(self.square.sum() / self.count.sum() - (self.total.sum() / self.count.sum()) ** 2)


def _problem(
    table: Any,
    margins: Margins,
    proportion: str,
    mean: str,
    by: Sequence[str | Sequence[str]] | None,
    where: str,
) -> _Problem:
    from countersign.study.plain import weight

    if bool(proportion) == bool(mean):
        raise EstimationError(
            "Ask for a share or for a mean.",
            expected="exactly one of proportion= and mean=",
            action="for example proportion=\"water = 'piped'\"",
        )
    dataset = opened(table)
    weights = weight(dataset, margins, by=by)
    measure = proportion or mean
    measures = {"value": measure, "present": f"({measure}) is not missing"}
    if mean:
        measures["square"] = f"({mean}) * ({mean})"
    cells = cells_of(dataset, by=weights.by, measures=measures, where=where)
    if not cells.plain[:, 1].any():
        raise EstimationError(
            f"Nobody gave an answer to '{measure}'" + (f" where {where}." if where else "."),
            where="where" if where else "proportion" if proportion else "mean",
            expected="at least some answers",
            action="correct the condition or the expression",
        )
    return problem_of(cells, weights, shared=bool(proportion))


def problem_of(cells: Cells, weights: Weights, *, shared: bool) -> _Problem:
    """Return the answers of cells with the measures ``value``, ``present`` and, for means, ``square``."""
    terms = [margin.variables[0] if len(margin.variables) == 1 else margin.variables for margin in weights.margins]
    (x,) = regress_on([cells], terms, names=["the data"])
    factor, _ = weights.factor_of(cells)
    return _Problem(
        x=x,
        count=cells.plain[:, 1],
        total=cells.plain[:, 0],
        square=None if shared else cells.plain[:, 2],
        weight=cells.weight * factor,
        squared=float((cells.weight2 * factor**2).sum()),
    )
