"""IndicatorPlan + Dataset -> Answers: what people said, by everything that models and weights use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from countersign.model.cells import Cells, Floats, Integers
from countersign.model.dataset import Dataset
from countersign.model.estimate import Estimate
from countersign.model.expression import names, parse
from countersign.model.plan import IndicatorPlan
from countersign.model.weights import Weights
from countersign.study.comparing import share_of
from countersign.study.designing import design_of
from countersign.study.measuring import ASKED, marked, measures_of
from countersign.study.weighing import cells_for

EXAMINED = ("mean", "proportion", "distribution")
"""Statistics that other estimators and selection on the answer can be told of."""


@dataclass(frozen=True)
class Answers:
    """The answers to one question, or to one category of it.

    Parameters
    ----------
    category: of a distribution, else empty. cells: with the measures ``value`` (sum of the answers) and ``present``
        (how many there are), for means also ``square``.
    """

    indicator: IndicatorPlan
    category: str
    cells: Cells

    @property
    def conditional(self) -> bool:
        """Whether the question is about some people only: the cells then have the key `ASKED`."""
        return ASKED in self.cells.keys

    @property
    def shared(self) -> bool:
        """Whether the answer is yes or no."""
        return self.indicator.statistic != "mean"

    def measure(self, name: str) -> Floats:
        """Return the plain sums of one measure, (C,)."""
        found: Floats = self.cells.plain[:, self.cells.measures.index(name)]
        return found

    def inside(self, figure: Estimate) -> Integers:
        """Return the places of the cells that belong to the figure's domain."""
        held = _asked(self.cells)
        for name, category in self.domain(figure).items():
            code, categories = self.cells.coded(name)
            held &= np.array([told(value) == category for value in categories], dtype=bool)[code]
        return np.flatnonzero(held)

    def domain(self, figure: Estimate) -> dict[str, str]:
        """Return the figure's breakdown, without the category a distribution counts."""
        of = dict(figure.domain)
        if self.category:
            of.pop(self.indicator.numerator, None)
        return of


def condition_of(indicator: IndicatorPlan, dataset: Dataset) -> str:
    """Return whom a question is about: of what its indicator says, and to whom it was put; empty = all."""
    every = [indicator.where]
    if indicator.statistic != "distribution":
        every += [dataset.codebook[name].asked_if for name in sorted(names(parse(indicator.numerator)))]
    elif indicator.numerator in dataset.codebook:
        every.append(dataset.codebook[indicator.numerator].asked_if)
    return " and ".join(f"({one})" for one in dict.fromkeys(every) if one)


def asked_only(cells: Cells) -> Cells:
    """Return the cells of those a question is about."""
    return part_of(cells, np.flatnonzero(_asked(cells)))


def part_of(cells: Cells, at: Integers) -> Cells:
    """Return some of the cells."""
    return replace(
        cells,
        keys={name: values[at] for name, values in cells.keys.items()},
        n=cells.n[at],
        weight=cells.weight[at],
        weight2=cells.weight2[at],
        first=cells.first[at],
        cross=cells.cross[at],
        second=cells.second[at],
        plain=cells.plain[at],
    )


def _asked(cells: Cells) -> npt.NDArray[np.bool_]:
    if ASKED not in cells.keys:
        return np.ones(len(cells), dtype=bool)
    return np.asarray(cells.keys[ASKED] == "yes")


def told(part: object) -> str:
    """Return a category as figures write it."""
    if part is None:
        return "(missing)"
    return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part)


def answers_of(
    indicator: IndicatorPlan,
    dataset: Dataset,
    weights: Weights | None,
    *,
    on: Sequence[str],
    base: str | None,
    where: str,
) -> Iterator[Answers]:
    """Reduce the rows of an indicator, once, by what models, weights and breakdowns use.

    Parameters
    ----------
    on: variables of the models. base: column of base weights; None = every row counts one. where: the key in the study
        file, for messages.
    """
    design = design_of(dataset)
    used = [*design.strata, design.psu, design.fpc, *on]
    if weights:
        used += [*weights.by, weights.base_column if weights.base is not None else ""]
    used += [name for group in indicator.by for name in group]
    by = tuple(dict.fromkeys(name for name in used if name))
    if condition := condition_of(indicator, dataset):
        dataset, by = marked(dataset, condition, where=f"{where}.where"), (*by, ASKED)
    if indicator.statistic == "distribution":
        variable = indicator.numerator
        every = tuple(dict.fromkeys((variable, *by)))
        cells = cells_for(dataset, weights, by=every, measures={}, weight=base)
        found = sorted({str(value) for value in cells.keys[variable][_asked(cells)].tolist() if value is not None})
        for category in found:
            yield Answers(
                indicator, category, replace(share_of(cells, variable, category), measures=("value", "present"))
            )
        return
    measures = measures_of(indicator, dataset, where=where)
    sums = {"value": measures.value, "present": measures.base}
    if indicator.statistic == "mean":
        sums["square"] = measures.value * measures.value
    yield Answers(indicator, "", cells_for(dataset, weights, by=by, measures=sums, weight=base))
