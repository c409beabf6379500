"""The cheapest changes of a table that the equations allow: what must be hidden so that cells can move.

    min  sum costs |v|    subject to    A v = 0,    v = 0 for known cells

and some entries of v away from 0. Every cell that moves must be hidden; cells that are hidden anyway cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.solving import programme, quiet_solver, stop_at

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOVED = 1e-7
"""A change below it is none."""

FRESH = 0.1
"""Share of cells that change sides, above which the solver does better to start anew than to go on."""


class Moves:
    """The linear programme of one table, solved again and again from where it ended.

    Each cell has two columns, for rising and for falling.

    Parameters
    ----------
    matrix: (E, C). costs: (C,), 0 where a cell is hidden anyway. movable: (C,) cells that nobody knows.
    until: processor time of the process at which to stop.
    """

    def __init__(self, matrix: csr_array, costs: Floats, movable: Bools, *, until: float) -> None:
        from scipy.sparse import hstack

        self._places = np.flatnonzero(movable)
        self._number = np.cumsum(movable) - 1
        self._half = len(self._places)
        part = matrix.tocsc()[:, self._places]
        both = hstack([part, -part]).tocsr()
        self._every = np.arange(2 * self._half, dtype=np.int32)
        scale = float(costs.max(initial=0.0)) or 1.0
        self._costs = np.tile(costs[self._places] / scale, 2)
        self._most = np.full(2 * self._half, np.inf)
        self._rising: Integers = np.zeros(0, dtype=np.int64)
        self._solver: Any = quiet_solver()
        stop_at(self._solver, until)
        still = np.zeros(both.shape[0])
        self._solver.passModel(
            programme(
                both,
                costs=self._costs,
                lower=np.zeros(2 * self._half),
                upper=self._most,
                row_lower=still,
                row_upper=still,
            )
        )

    def bound(self, down: Floats, up: Floats) -> None:
        """Let no cell fall by more than `down` or rise by more than `up`, (C,) each."""
        self._most = np.concatenate([up[self._places], down[self._places]])
        self._solver.changeColsBounds(len(self._every), self._every, np.zeros(len(self._every)), self._most)

    def open(self, cells: Integers) -> None:
        """Let cells cost nothing from now on."""
        columns = np.concatenate([self._number[cells], self._number[cells] + self._half]).astype(np.int32)
        self._costs[columns] = 0.0
        self._solver.changeColsCost(len(columns), columns, self._costs[columns])

    def together(self, cells: Integers, signs: Floats) -> Floats | None:
        """Return the cheapest v, (C,), that moves each of `cells` by at least 1 to its side, or None."""
        lower, upper = np.zeros(len(self._every)), self._most.copy()
        rising = self._number[cells] + np.where(signs > 0, 0, self._half)
        if np.isin(rising, self._rising, invert=True).sum() > FRESH * len(rising):
            self._solver.clearSolver()
        self._rising = rising
        lower[rising] = 1.0
        upper[(rising + self._half) % len(self._every)] = 0.0
        self._solver.changeColsBounds(len(self._every), self._every, lower, upper)
        return self._solved()

    def towards(self, cell: int, sign: float, size: float) -> tuple[Floats, float] | None:
        """Return the cheapest v, (C,), that moves a cell by `size` to one side or as far as it goes, and its cost.

        Each unit that it falls short costs more than any change.
        """
        column = int(self._number[cell]) + (0 if sign > 0 else self._half)
        other = (column + self._half) % len(self._every)
        dear = float(self._costs.sum()) + 1.0
        self._set(column, -dear, min(size, float(self._most[column])))
        self._set(other, float(self._costs[other]), 0.0)
        change = self._solved()
        self._set(column, float(self._costs[column]), float(self._most[column]))
        self._set(other, float(self._costs[other]), float(self._most[other]))
        if change is None:
            return None
        paid = float(self._costs[: self._half][np.abs(change[self._places]) > MOVED].sum())
        return change, paid + dear * (size - sign * float(change[cell]))

    def _set(self, column: int, cost: float, most: float) -> None:
        self._solver.changeColCost(column, cost)
        self._solver.changeColBounds(column, 0.0, most)

    def _solved(self) -> Floats | None:
        import highspy

        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        values = np.asarray(self._solver.getSolution().col_value)
        found = np.zeros(len(self._number))
        found[self._places] = values[: self._half] - values[self._half :]
        return found
