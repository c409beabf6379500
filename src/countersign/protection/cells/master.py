"""The master problem: which cells to hide, as far as single equations and the cuts so far tell.

x = 1 where a cell is hidden, z = 1 where an equation holds a hidden cell. A hidden cell that is alone in an equation is
given away, so it protects nothing, and no cheapest pattern has one:

    smallest costs @ x    subject to    x_i <= z_e for every cell i of equation e,    sum of x_i in e >= 2 z_e

x = 1 for the cells that must be protected. Written with z the problem is sparse and its relaxation all but whole.

Source: dominance and bridgeless inequalities of Fischetti and Salazar (2001); the form with z is this project's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.attacking import Attacker
from countersign.protection.cells.cuts import Cut
from countersign.protection.cells.solving import programme, quiet_solver, stop_at

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Relaxed:
    """The relaxation solved: its x (C,), the value, and what each x would cost more if it were forced (C,)."""

    hidden: Floats
    value: float
    reduced: Floats


@dataclass(frozen=True)
class Whole:
    """The 0-1 problem solved: the best x (C,) or None, and a bound that no x is below."""

    hidden: Bools | None
    bound: float


@dataclass
class Master:
    """Rows and columns of the master problem.

    Parameters
    ----------
    attacker: whose equations. costs: (C,) of hiding each cell; 0 for those that are hidden anyway.
    settled: (C,) cells that are hidden and must not be given away: x = 1.
    usable: (C,) cells that the attacker does not know whatever is hidden: all others have x = 0.
    required: (C,) unsafe cells that still need protection.
    """

    attacker: Attacker
    costs: Floats
    settled: Bools
    usable: Bools
    required: Bools
    found: list[Cut] = field(default_factory=list)
    _solver: Any = None

    @cached_property
    def free(self) -> Integers:
        """Cells whose x is open, as places; the columns of the problem come first from these, then from z."""
        return np.flatnonzero(self.usable & ~self.settled)

    @cached_property
    def column(self) -> Integers:
        """(C,) the column of each free cell, -1 for others."""
        found = np.full(len(self.usable), -1)
        found[self.free] = np.arange(len(self.free))
        return found

    @cached_property
    def rows(self) -> tuple[csr_array, Floats]:
        """Matrix M and right side b of the rows M @ (x, z) >= b that hold from the start."""
        from scipy.sparse import csr_array, hstack, vstack

        inside = self.attacker.incidence
        ones = inside @ self.settled.astype(np.int32)
        part = inside[:, self.free].astype(float)
        count = np.diff(part.indptr)
        second, both = part[(ones == 1) & (count > 0)], part[(ones == 0) & (count > 0)]
        entries = both.tocoo()
        each, places = np.arange(len(entries.row)), (len(entries.row), both.shape[0])
        take = csr_array((np.ones(len(each)), (each, entries.row)), shape=places)
        give = csr_array((-np.ones(len(each)), (each, entries.col)), shape=(len(each), len(self.free)))
        empty = csr_array((second.shape[0], both.shape[0]))
        twice = csr_array((np.full(places[1], -2.0), (np.arange(places[1]),) * 2), shape=(places[1],) * 2)
        matrix = vstack([hstack([second, empty]), hstack([give, take]), hstack([both, twice])])
        return csr_array(matrix), np.r_[np.ones(second.shape[0]), np.zeros(len(each) + places[1])]

    @cached_property
    def width(self) -> int:
        """Number of columns."""
        return int(self.rows[0].shape[1])

    def started(self) -> list[Cut]:
        """Return what one equation asks for: below a published total an interval is no wider than its hidden parts."""
        attacker, found = self.attacker, []
        short = np.flatnonzero(self.required & (attacker.need > attacker.down))
        where = attacker.incidence.tocsc()
        for place in short:
            missing = attacker.need[place] - attacker.down[place]
            for row in where.indices[where.indptr[place] : where.indptr[place + 1]]:
                total, parts = attacker.table.equations[row]
                if total == place:
                    continue
                others = np.array([part for part in parts if part != place], dtype=np.int64)
                cells = np.r_[others, total]
                reach = np.minimum(np.r_[attacker.down[others], np.inf] / missing, 1.0)
                taken = (reach > 0) & self.usable[cells]
                found.append(Cut(int(place), cells[taken], reach[taken]))
        return found

    def add(self, cuts: list[Cut]) -> None:
        """Take in more cuts."""
        self.found += cuts
        if self._solver is not None:
            matrix, least = self._rows_of(cuts)
            self._solver.addRows(
                len(least),
                least,
                np.full(len(least), np.inf),
                matrix.nnz,
                matrix.indptr[:-1],
                matrix.indices,
                matrix.data,
            )

    def _rows_of(self, cuts: list[Cut]) -> tuple[csr_array, Floats]:
        """Return cuts as rows; cells that are settled are moved to the right side."""
        from scipy.sparse import csr_array

        rows = np.repeat(np.arange(len(cuts)), [len(cut.columns) for cut in cuts])
        cells = np.concatenate([np.zeros(0, dtype=np.int64), *(cut.columns for cut in cuts)])
        weights = np.concatenate([np.zeros(0), *(cut.weights for cut in cuts)])
        settled = np.bincount(rows, weights * self.settled[cells], minlength=len(cuts))
        least = np.ones(len(cuts)) - settled
        columns = self.column[cells]
        kept = columns >= 0
        matrix = csr_array((weights[kept], (rows[kept], columns[kept])), shape=(len(cuts), self.width))
        return matrix, least

    def _columns(self, of_cells: Floats | Bools, of_equations: float) -> Floats:
        """Return a number for each column, from those of cells, (C,), and one for all equations."""
        found = np.full(self.width, of_equations)
        found[: len(self.free)] = of_cells[self.free]
        return found

    def _programme(self) -> Any:
        from scipy.sparse import csr_array, vstack

        matrix, least = self.rows
        more, least_more = self._rows_of(self.found)
        least = np.r_[least, least_more]
        return programme(
            csr_array(vstack([matrix, more])),
            costs=self._columns(self.costs, 0.0),
            lower=np.zeros(self.width),
            upper=np.ones(self.width),
            row_lower=least,
            row_upper=np.full(len(least), np.inf),
        )

    def relaxed(self, moment: float) -> Relaxed | None:
        """Solve the relaxation, from the last basis where there is one; None where nothing fulfils the rows.

        Parameters
        ----------
        moment: processor time at which to stop; then the value is 0 and only what is settled is hidden.
        """
        import highspy

        if self._solver is None:
            self._solver = quiet_solver()
            self._solver.passModel(self._programme())
            stop_at(self._solver, moment)
        self._solver.run()
        hidden, reduced = np.where(self.settled, 1.0, 0.0), np.zeros(len(self.usable))
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            return Relaxed(hidden, 0.0, reduced)
        solution = self._solver.getSolution()
        hidden[self.free] = np.array(solution.col_value)[: len(self.free)]
        reduced[self.free] = np.array(solution.col_dual)[: len(self.free)]
        return Relaxed(hidden, float(self._solver.getObjectiveValue()), reduced)

    def whole(self, *, lower: Bools, upper: Bools, moment: float, enough: float = -np.inf) -> Whole:
        """Solve the 0-1 problem, or find a pattern that is cheap enough.

        Parameters
        ----------
        lower, upper: (C,) bounds of x. moment: processor time at which to stop.
        enough: the first x that costs no more is taken. Default: the cheapest is looked for.

        Notes
        -----
        No pattern is handed over to start from: HiGHS 1.16 then forgets the cost of what its presolve fixes and calls a
        bound proven that is none.
        """
        import highspy

        solver = quiet_solver()
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("objective_target", enough)
        model = self._programme()
        model.col_lower_ = self._columns(lower, 0.0)
        model.col_upper_ = self._columns(upper, 1.0)
        model.integrality_ = [highspy.HighsVarType.kInteger] * self.width
        solver.passModel(model)
        stop_at(solver, moment)
        solver.run()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        last = self._pattern(np.array(solver.getSolution().col_value)) if found else None
        bound = float(info.mip_dual_bound) if np.isfinite(info.mip_dual_bound) else 0.0
        return Whole(last, bound)

    def _pattern(self, values: Floats) -> Bools:
        hidden = self.settled.copy()
        hidden[self.free] = values[: len(self.free)] > 0.5
        return hidden
