"""Reference: a probability sample that speaks for the population, reduced to cells.

A self-selected sample learns from it how the population looks. All that the methods need of it is how much weight each
combination of auxiliary variables carries, and how far chance could have moved that: so it stays small, whatever the
size of the survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from countersign.errors import EstimationError
from countersign.model.cells import Cells, Floats
from countersign.model.design import Design
from countersign.model.regressors import Regressors, Term, regress_on
from countersign.model.replicates import CENTRES, Centre


@dataclass(frozen=True)
class Replicates:
    """Replicate weights of a survey, summed within cells.

    Parameters
    ----------
    weight: sum of the r-th replicate weight (combined with the base weight) in each cell, (C, R).
    scale: the constant in front of the sum of squares. rscales: one factor a replicate, (R,); None = 1 each.
    centre: squares are taken about the mean of the replicates (``replicates``) or about the full sample (``full``).
    degrees: of freedom; None = replicates minus one.
    """

    weight: Floats
    scale: float
    rscales: Floats | None = None
    centre: Centre = "replicates"
    degrees: float | None = None

    def __post_init__(self) -> None:
        if self.weight.ndim != 2 or self.weight.shape[1] < 2:
            raise EstimationError(
                "The replicate weights are not a table of at least two columns.",
                where="replicates",
                expected="one column of weights for each replicate",
                action="name all replicate weight columns",
            )
        if self.centre not in CENTRES:
            raise EstimationError(
                f"Replicates cannot be centred on '{self.centre}'.", where="replicates", expected=" or ".join(CENTRES)
            )


@dataclass(frozen=True)
class Reference:
    """A probability sample by auxiliary variables, design variables and domains.

    Parameters
    ----------
    cells: base weight d of the survey in `Cells.weight`; keys are the auxiliary variables, those of `design`, and the
        domains that are asked for. A score that depends on auxiliary variables only is constant within a cell.
    design: strata, PSU and finite population correction, names of keys of the cells.
    replicates: replicate weights; where they are given, variances come from them and not from `design`.
    name: what to call it in messages.
    """

    cells: Cells
    design: Design
    replicates: Replicates | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.replicates is not None and len(self.replicates.weight) != len(self.cells):
            raise EstimationError(
                "The replicate weights and the cells of the reference sample are not reduced in the same way.",
                where="replicates",
                expected=f"{len(self.cells)} cells, not {len(self.replicates.weight)}",
                action="reduce both by the same variables",
            )
        weight = self.cells.weight
        if not len(weight) or not np.isfinite(weight).all() or weight.sum() <= 0 or (weight < 0).any():
            raise EstimationError(
                f"The base weights of {self.called} do not add up to a population.",
                where="reference",
                expected="weights that are numbers, none below zero, with a sum above zero",
                action="check the weight column, and that the survey has rows",
            )

    @property
    def called(self) -> str:
        """The name to use in messages."""
        return self.name or "the reference sample"

    @property
    def size(self) -> float:
        """Estimated population size, sum d."""
        return float(self.cells.weight.sum())

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.cells.n.sum())


def columns_of(
    volunteers: Cells, references: Sequence[Reference], terms: Sequence[Term], *, numeric: Sequence[str] = ()
) -> tuple[Regressors, tuple[Regressors, ...]]:
    """Make the same columns of a model for a self-selected sample and its references; see `regress_on`.

    Cells of a reference without weight are in the design but count as nobody, so their categories do not matter.
    """
    counted = [reference.cells.weight > 0 for reference in references]
    names = ["the volunteers", *(reference.called for reference in references)]
    samples = [part(reference.cells, inside) for reference, inside in zip(references, counted, strict=True)]
    own, *others = regress_on([volunteers, *samples], terms, names=names, numeric=numeric)
    return own, tuple(_spread(x, inside) for x, inside in zip(others, counted, strict=True))


def part(cells: Cells, inside: npt.NDArray[np.bool_]) -> Cells:
    """Return some of the cells."""
    if inside.all():
        return cells
    return Cells(
        keys={name: values[inside] for name, values in cells.keys.items()},
        measures=cells.measures,
        n=cells.n[inside],
        weight=cells.weight[inside],
        weight2=cells.weight2[inside],
        first=cells.first[inside],
        cross=cells.cross[inside],
        second=cells.second[inside],
        plain=cells.plain[inside],
    )


def _spread(regressors: Regressors, inside: npt.NDArray[np.bool_]) -> Regressors:
    if inside.all():
        return regressors
    codes, numbers = [], {}
    for code in regressors.codes:
        whole = np.full(len(inside), -1, dtype=np.int64)
        whole[inside] = code
        codes.append(whole)
    for place, value in regressors.numbers.items():
        filled = np.zeros(len(inside))
        filled[inside] = value
        numbers[place] = filled
    return Regressors(regressors.columns, tuple(codes), numbers)
