"""The cheapest changes of a table that the equations allow: what must be hidden so that cells can move.

    min  sum costs |v|    subject to    A v = 0

and some entries of v away from 0. Every cell that moves must be hidden; cells that are hidden anyway cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.protection.cells.solving import programme, quiet_solver, stop_at

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOVED = 1e-7
"""A change below it is none."""

FRESH = 0.1
"""Share of cells that change sides, above which the solver does better to start anew than to go on."""


class Moves:
    """The linear programme of N cells that can move, solved again and again from where it ended.

    Each cell has two columns, for rising and for falling.

    Parameters
    ----------
    matrix: (E, N). costs: (N,), 0 where a cell is hidden anyway.
    until: processor time of the process at which to stop.
    """

    def __init__(self, matrix: csr_array, costs: Floats, *, until: float) -> None:
        from scipy.sparse import hstack

        self._half = len(costs)
        self._every = np.arange(2 * self._half, dtype=np.int32)
        self._costs = np.tile(costs / (float(costs.max(initial=0.0)) or 1.0), 2)
        self._most = np.full(len(self._every), np.inf)
        self._sides: Integers = np.zeros(0, dtype=np.int64)
        self._solver: Any = quiet_solver()
        stop_at(self._solver, until)
        still = np.zeros(matrix.shape[0])
        self._solver.passModel(
            programme(
                hstack([matrix, -matrix]).tocsr(),
                costs=self._costs,
                lower=np.zeros(len(self._every)),
                upper=self._most,
                row_lower=still,
                row_upper=still,
            )
        )

    def bound(self, down: Floats, up: Floats) -> None:
        """Let no cell fall by more than `down` or rise by more than `up`, (N,) each."""
        self._most = np.concatenate([up, down])
        self._solver.changeColsBounds(len(self._every), self._every, np.zeros(len(self._every)), self._most)

    def open(self, cells: Integers) -> None:
        """Let cells cost nothing from now on."""
        for column in (*cells, *(cells + self._half)):
            self._costs[column] = 0.0
            self._solver.changeColCost(int(column), 0.0)

    def discount(self, share: Floats) -> None:
        """Let cells cost these shares of what they cost at first, (N,), in the next programmes."""
        self._solver.changeColsCost(len(self._every), self._every, self._costs * np.tile(share, 2))

    def together(self, cells: Integers, sides: Floats) -> Floats | None:
        """Return the cheapest v, (N,), that moves each of `cells` by at least 1 to its side, or None.

        Parameters
        ----------
        sides: above 0 to rise, (len(cells),).
        """
        moving = cells + np.where(sides > 0, 0, self._half)
        if np.isin(moving, self._sides, invert=True).sum() > FRESH * len(moving):
            self._solver.clearSolver()
        self._sides = moving
        lower, upper = np.zeros(len(self._every)), self._most.copy()
        lower[moving] = 1.0
        upper[(moving + self._half) % len(self._every)] = 0.0
        self._solver.changeColsBounds(len(self._every), self._every, lower, upper)
        return self._solved()

    def towards(self, cell: int, side: float, size: float) -> tuple[Floats, float] | None:
        """Return the cheapest v, (N,), that moves a cell by `size` to one side or as far as it goes, and its cost.

        Falling short, however little, costs more than any change that does not, and the more the farther.
        """
        column, other = (cell, cell + self._half) if side > 0 else (cell + self._half, cell)
        dear = float(self._costs.sum()) + 1.0
        self._solver.changeColCost(column, -dear)
        self._solver.changeColBounds(column, 0.0, min(size, float(self._most[column])))
        self._solver.changeColBounds(other, 0.0, 0.0)
        change = self._solved()
        self._solver.changeColCost(column, float(self._costs[column]))
        for each in (column, other):
            self._solver.changeColBounds(each, 0.0, float(self._most[each]))
        if change is None:
            return None
        paid = float(self._costs[: self._half][np.abs(change) > MOVED].sum())
        short = 1.0 - side * float(change[cell]) / size
        return change, paid + (dear * (1.0 + short) if short > MOVED else 0.0)

    def _solved(self) -> Floats | None:
        import highspy

        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        values = np.asarray(self._solver.getSolution().col_value)
        return np.asarray(values[: self._half] - values[self._half :])
