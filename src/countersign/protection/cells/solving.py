"""The solver: HiGHS on one thread, silent, stopped by processor time."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.model.cells import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def quiet_solver() -> Any:
    """Return a solver that prints nothing, uses one thread and goes on from its last basis."""
    solver = _silent()()
    solver.setOptionValue("threads", 1)
    return solver


@cache
def _silent() -> Any:
    import highspy

    class Silent(highspy.Highs):  # type: ignore[misc]
        def __init__(self) -> None:
            # The constructor of `Highs` writes a banner to standard output before anybody can forbid it.
            super(highspy.Highs, self).__init__()
            self.setOptionValue("output_flag", False)

    return Silent


def programme(
    matrix: csr_array, *, costs: Floats, lower: Floats, upper: Floats, row_lower: Floats, row_upper: Floats
) -> Any:
    """Return min costs @ x, row_lower <= matrix @ x <= row_upper, lower <= x <= upper as the solver takes it."""
    import highspy

    found = highspy.HighsLp()
    found.num_row_, found.num_col_ = matrix.shape
    found.col_cost_, found.col_lower_, found.col_upper_ = costs, lower, upper
    found.row_lower_, found.row_upper_ = row_lower, row_upper
    found.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    found.a_matrix_.start_, found.a_matrix_.index_, found.a_matrix_.value_ = (
        np.asarray(matrix.indptr, dtype=np.int32),
        np.asarray(matrix.indices, dtype=np.int32),
        np.asarray(matrix.data, dtype=float),
    )
    return found


def stop_at(solver: Any, moment: float) -> None:
    """Interrupt the solver once the process has used `moment` seconds of processor time."""
    import highspy

    kinds = highspy.cb.HighsCallbackType

    def hear(kind: Any, message: str, found: Any, answer: Any, user: Any) -> None:
        if answer is not None and time.process_time() > moment:
            answer.user_interrupt = True

    solver.setCallback(hear, None)
    for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt):
        solver.startCallback(kind)
