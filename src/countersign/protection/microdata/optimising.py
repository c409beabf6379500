"""Optimising: the fewest blanks as an integer programme, solved with HiGHS, with the bound that proves it.

Work is limited by the size of the programme and nodes of the search, so the same rows are blanked on every machine. The
limit of time is there for what nobody foresaw: what is found until then is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from countersign.model.cells import Floats

LARGEST = 20_000
"""Most pairs of a class and a set of keys in one programme."""
SECONDS = 300.0


@dataclass
class Programme:
    """An integer programme, written row by row: minimise cost x, lower <= A x <= upper, 0 <= x <= most, x whole."""

    cost: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)

    def column(self, cost: float, most: float) -> int:
        """Add a variable and return its number."""
        self.cost.append(cost)
        self.most.append(most)
        return len(self.cost) - 1

    def row(self, terms: Sequence[tuple[int, float]], lower: float, upper: float = np.inf) -> None:
        """Add a row of the programme."""
        number = len(self.lower)
        self.entries += [(number, column, value) for column, value in terms]
        self.lower.append(lower)
        self.upper.append(upper)

    def solve(self, *, nodes: int, start: Floats | None = None) -> tuple[Floats | None, float]:
        """Return the best solution found, or None, and a bound that no solution is below."""
        import highspy
        from scipy.sparse import csc_array

        rows, columns, values = (np.array(each) for each in zip(*self.entries, strict=True))
        matrix = csc_array((values, (rows, columns)), shape=(len(self.lower), len(self.cost)))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), len(self.lower)
        model.col_cost_ = np.array(self.cost, dtype=float)
        model.col_lower_, model.col_upper_ = np.zeros(len(self.cost)), np.array(self.most, dtype=float)
        model.row_lower_, model.row_upper_ = np.array(self.lower, dtype=float), np.array(self.upper, dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
            matrix.indptr, matrix.indices, matrix.data,
        )  # fmt: skip
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self.cost)
        solver = highspy.Highs.__mro__[1]()  # the class itself prints a line before it can be silenced
        for name, value in {
            "output_flag": False, "threads": 1, "random_seed": 0, "mip_max_nodes": nodes, "mip_rel_gap": 0.0,
            "mip_abs_gap": 1e-6, "time_limit": SECONDS,
        }.items():  # fmt: skip
            solver.setOptionValue(name, value)
        solver.passModel(model)
        if start is not None:
            known = highspy.HighsSolution()
            known.col_value = list(start)
            solver.setSolution(known)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            return None, 0.0
        found = solver.getInfo()
        bound = float(found.mip_dual_bound)
        if not np.isfinite(found.objective_function_value) or found.primal_solution_status != 2:
            return None, bound
        return np.round(np.array(solver.getSolution().col_value)), bound
