"""Two plain methods of secondary suppression, to compare with. They share no code with the program.

`by_elimination` is the method of GaussSuppression and SSBtools (Ø. Langsrud, Secondary cell suppression by Gaussian
elimination: an algorithm suitable for handling issues with zeros and singletons, PSD 2024), without its extras: cells
are published in order of cost, the dearest first, unless that determines an unsafe cell. Its pattern does not depend on
how the elimination is programmed, only its speed does.

`one_by_one` solves one linear programme for each unsafe cell, the largest first: M. Fischetti and J.J. Salazar (2001).
"""

from __future__ import annotations

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Protect


def by_elimination(table: AdditiveTable, protect: Protect) -> Bools:
    """Return the hidden cells, (C,)."""
    parts = dict(table.equations)  # one equation of each total is enough to say which lowest cells are in it
    rows: list[dict[int, float]] = []
    counted: dict[int, dict[int, float]] = {}

    def lowest(cell: int) -> dict[int, float]:
        if cell not in counted:
            found: dict[int, float] = {}
            for part in parts.get(cell, ()):
                for leaf in lowest(part):
                    found[leaf] = 1.0
            counted[cell] = found if cell in parts else {cell: 1.0} if not protect.known[cell] else {}
        return counted[cell]

    rows = [dict(lowest(cell)) for cell in range(len(table))]
    columns: dict[int, set[int]] = {}
    for cell, row in enumerate(rows):
        for leaf in row:
            columns.setdefault(leaf, set()).add(cell)
    hidden = np.asarray(protect.unsafe.copy())
    for cell in np.argsort(-table.price, kind="stable"):
        row = rows[cell]
        if protect.unsafe[cell] or not row:
            continue
        pivot = min(row, key=lambda leaf: len(columns[leaf]))
        if any(protect.unsafe[other] and _parallel(rows[other], row, pivot) for other in columns[pivot]):
            hidden[cell] = True
            continue
        here = dict(row)
        for other in list(columns[pivot]):
            factor = rows[other][pivot] / here[pivot]
            target = rows[other]
            for leaf, value in here.items():
                left = target.get(leaf, 0.0) - factor * value
                if abs(left) > 1e-9:
                    target[leaf] = left
                    columns[leaf].add(other)
                elif target.pop(leaf, None) is not None:
                    columns[leaf].discard(other)
    return hidden


def _parallel(one: dict[int, float], other: dict[int, float], pivot: int) -> bool:
    factor = one[pivot] / other[pivot]
    return len(one) == len(other) and all(
        leaf in one and abs(one[leaf] - factor * value) < 1e-9 for leaf, value in other.items()
    )


def one_by_one(table: AdditiveTable, protect: Protect) -> Bools:
    """Return the hidden cells, (C,): the cheapest change through each unsafe cell, the largest first."""
    import highspy
    from scipy.sparse import hstack

    places = np.flatnonzero(~protect.known)
    matrix = table.matrix.tocsc()[:, places]
    both = hstack([matrix, -matrix]).tocsc()
    half = len(places)
    unsafe, values = protect.unsafe[places], table.values[places]
    costs = np.where(unsafe, 0.0, table.price[places])
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = both.shape
    model.col_cost_ = np.tile(costs, 2)
    most = np.concatenate([np.full(half, np.inf), values])
    model.col_lower_, model.col_upper_ = np.zeros(2 * half), most
    model.row_lower_ = model.row_upper_ = np.zeros(both.shape[0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = both.indptr, both.indices, both.data
    solver.passModel(model)
    hidden = unsafe.copy()
    for cell in sorted(np.flatnonzero(unsafe), key=lambda place: -values[place]):
        solver.changeColBounds(int(cell), 1.0, 1.0)
        solver.changeColBounds(int(cell) + half, 0.0, 0.0)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            moved = np.asarray(solver.getSolution().col_value)
            added = np.flatnonzero((moved[:half] + moved[half:] > 1e-7) & ~hidden)
            hidden[added] = True
            for column in np.concatenate([added, added + half]):
                solver.changeColCost(int(column), 0.0)
        solver.changeColBounds(int(cell), 0.0, np.inf)
        solver.changeColBounds(int(cell) + half, 0.0, float(values[cell]))
    found = protect.unsafe.copy()
    found[places] = hidden
    return np.asarray(found)
