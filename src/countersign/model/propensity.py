"""Propensity: how likely each kind of person was to take part, fitted against a reference, and what follows for errors.

The fit solves score equations U_A = U_B: sums over those who took part against sums over the reference. An estimator
needs of it the chances, and how the coefficients answer to a change on either side; so it need not know the method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Cells, Floats
from countersign.model.reference import Reference
from countersign.model.regressors import Regressors
from countersign.model.tabular import Tabular
from countersign.model.weights import Weights

PropensityMethod: TypeAlias = Literal["mle", "calibrated", "adjusted-logistic"]


@dataclass(frozen=True)
class KnownTotals:
    """Totals of the population in place of a reference sample.

    Parameters
    ----------
    counts: variable (or several crossed) -> category -> number of people; for a numeric variable its total.
    covariance: (names, matrix) of totals that are estimates themselves, names written as columns are, ``sex=f``; None =
        free of error.
    name: what to call them in messages.
    """

    counts: Mapping[str | tuple[str, ...], Mapping[Any, float] | float]
    covariance: tuple[tuple[str, ...], Floats] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.covariance is None:
            return
        names, matrix = self.covariance
        if matrix.shape != (len(names), len(names)) or not np.allclose(matrix, matrix.T):
            raise EstimationError(
                "The covariance of the totals is not a symmetric table of the totals it names.",
                where="totals",
                expected=f"{len(names)} rows and columns",
            )


@dataclass(frozen=True)
class Restriction:
    """What was left out of the population because nobody can speak for it.

    Parameters
    ----------
    left_out: conditions in words, ``region=North``. share: of the reference's weight. volunteers: rows set aside
        because nobody in the reference is like them.
    """

    left_out: tuple[str, ...]
    share: float
    volunteers: int

    @property
    def words(self) -> str:
        """``without region=North``: the name that the restricted population goes by."""
        return "without " + ", ".join(self.left_out)


@dataclass(frozen=True)
class Propensity(Tabular):
    """Fitted chances of taking part.

    Parameters
    ----------
    method: ``mle``, ``calibrated`` or ``adjusted-logistic``. by: the auxiliary variables.
    coefficients: of the columns of `regressors`, (q,). steps: Newton's steps to the solution.
    volunteers: cells of those who took part, C of them. regressors: of these cells.
    rate: chance pi of taking part, (C,). decline: minus the derivative of 1/pi by the linear predictor, (C,).
    pull: what a row adds to the scores of its own side, in units of x, (C,).
    curvature: minus the derivative of the scores by the coefficients, (q, q).
    references: the reference samples; seen: the same columns for each; reach: what a row of weight one adds to the
        scores of its side, in units of x; shares: what each counts.
    totals: of the columns where totals are known instead of a sample, (q,); covariance: of these totals.
    size: the population size that the reference tells. restriction: what had to be left out, or None.
    unseen: share of the reference's weight in combinations of the auxiliary variables that nobody took part from; the
        model speaks for them.
    """

    method: PropensityMethod
    by: tuple[str, ...]
    coefficients: Floats
    steps: int
    volunteers: Cells
    regressors: Regressors
    rate: Floats
    decline: Floats
    pull: Floats
    curvature: Floats
    size: float
    references: tuple[Reference, ...] = ()
    seen: tuple[Regressors, ...] = ()
    reach: tuple[Floats, ...] = ()
    shares: tuple[float, ...] = ()
    totals: Floats | None = None
    covariance: Floats | None = None
    restriction: Restriction | None = None
    unseen: float | None = None
    weights: Weights = field(default=None)  # type: ignore[assignment]

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a column of the model."""
        pairs = zip(self.regressors.columns, self.coefficients.tolist(), strict=True)
        return [{"column": name, "coefficient": value} for name, value in pairs]

    @property
    def source(self) -> str:
        """What the population was learnt from, in words."""
        names = [reference.called for reference in self.references]
        return " and ".join(names) if names else "known totals"
