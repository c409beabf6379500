"""Moments of units by area: all that a unit-level model with an effect of each area needs of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Cells, Floats, Integers


@dataclass(frozen=True)
class UnitMoments:
    """Sizes, means and pooled sums of squares of units in m areas.

    Parameters
    ----------
    areas: names, m. columns: names of the p columns, the intercept among them. n: units, (m,), all above 0.
    x: area means of the columns, (m, p). y: area means of the answer, (m,).
    xx, xy, yy: sums over all units of products of deviations from the mean of their area, (p, p), (p,), number.
    """

    areas: tuple[str, ...]
    columns: tuple[str, ...]
    n: Integers
    x: Floats
    y: Floats
    xx: Floats
    xy: Floats
    yy: float

    def with_answer(self, y: Floats, xy: Floats, yy: float) -> UnitMoments:
        """Return the same units with another answer."""
        return replace(self, y=y, xy=xy, yy=yy)


def unit_moments(cells: Cells, *, area: str, y: str, x: Sequence[str], intercept: bool = True) -> UnitMoments:
    """Return the moments of units by area, from cells by area whose measures are the answer and the covariates.

    Parameters
    ----------
    cells: unweighted cells; their key `area`, measures `y` and `x`. Several cells of one area are added up.
        Measures far from 0 lose digits in their squares: take their mean off first.

    Raises
    ------
    EstimationError: no rows; a row without an area.
    """
    if not len(cells) or not cells.n.sum():
        raise EstimationError("There are no units.", expected="at least two areas with units", action="check the table")
    code, combinations = cells.codes((area,))
    if any(part[0] is None for part in combinations):
        raise EstimationError(
            f"Some units have no '{area}'.",
            where=area,
            expected="an area for every unit",
            action="complete it, or leave these rows out",
        )
    m = len(combinations)
    places = [cells.measures.index(name) for name in (y, *x)]
    n = np.bincount(code, cells.n, m)
    first = np.column_stack([np.bincount(code, cells.plain[:, place], m) for place in places])
    mean = first / n[:, None]
    pooled = cells.second[:, places][:, :, places].sum(axis=0) - (mean * n[:, None]).T @ mean
    ones = np.ones((m, 1)) if intercept else np.zeros((m, 0))
    wide = int(intercept)
    p = wide + len(x)
    xx, xy = np.zeros((p, p)), np.zeros(p)
    xx[wide:, wide:], xy[wide:] = pooled[1:, 1:], pooled[0, 1:]
    return UnitMoments(
        areas=tuple(str(part[0]) for part in combinations),
        columns=(*(("(intercept)",) if intercept else ()), *x),
        n=n.astype(np.int64),
        x=np.hstack([ones, mean[:, 1:]]),
        y=mean[:, 0],
        xx=xx,
        xy=xy,
        yy=max(float(pooled[0, 0]), 0.0),
    )
