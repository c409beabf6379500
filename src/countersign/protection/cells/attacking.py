"""The attacker: the interval of a hidden cell that agrees with everything he knows.

He knows every published cell, the cells that everybody knows (`Protect.known`), that no cell is negative and that
none is larger than the ceiling. What he can still vary are changes d of the hidden cells with A d = 0, so the interval
of a cell is two linear programmes: its smallest and its largest change.

    smallest, largest d_p   subject to   A d = 0,   -value <= d <= ceiling - value,   d = 0 where he knows the cell

Source: M. Fischetti and J.J. Salazar, Solving the cell suppression problem on tabular data with linear constraints
(2001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Bools, Bounds, Protect
from countersign.model.cells import Floats, Integers
from countersign.protection.cells.solving import programme, quiet_solver

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array

POINT = 1e-5
"""Relative width up to which the interval of a magnitude counts as a point."""

SLACK = 1e-6
"""Relative error up to which a solver's number is believed."""

TOGETHER = 6
"""How often many cells are moved by one linear programme before each is tried by itself."""


@dataclass(frozen=True)
class Attacker:
    """An attacker on one table.

    Parameters
    ----------
    table, protect: the cells, and what must be protected.
    ceiling: no cell is larger, as everybody knows. Default: the largest value, the grand total, even where hidden.
    """

    table: AdditiveTable
    protect: Protect
    ceiling: float | None = None

    def __post_init__(self) -> None:
        count = len(self.table)
        for name in ("unsafe", "width", "known"):
            if len(getattr(self.protect, name)) != count:
                raise ProtectionError(
                    f"There are {count} cells and {len(getattr(self.protect, name))} of '{name}'.",
                    where=name,
                    expected="one for every cell",
                    action="judge this table, or give the arrays in the order of its cells",
                )
        wrong = np.flatnonzero(~(np.asarray(self.protect.width, dtype=float) >= 0))
        if wrong.size:
            raise ProtectionError(
                "The interval asked for is negative or no number.",
                where=self.table.named(int(wrong[0])),
                expected="a width from 0 upwards",
                action="give 0 where the interval only must not be a point",
            )

    @cached_property
    def scale(self) -> float:
        """Unit in which the programmes are solved: 1 for counts, else a middling unsafe value."""
        inside = self.table.values[self.protect.unsafe & (self.table.values > 0)]
        return 1.0 if self.table.counted or not inside.size else float(np.median(inside))

    @cached_property
    def down(self) -> Floats:
        """(C,) how far each cell can fall, in units of `scale`."""
        return np.asarray(self.table.values / self.scale, dtype=float)

    @cached_property
    def up(self) -> Floats:
        """(C,) how far each cell can rise, in units of `scale`."""
        top = float(np.max(self.table.values, initial=0.0)) if self.ceiling is None else self.ceiling
        return np.maximum(top - self.table.values, 0.0) / self.scale

    @cached_property
    def need(self) -> Floats:
        """(C,) width that the interval of an unsafe cell must have, in units of `scale`.

        Counts: two different whole numbers at least. Magnitudes: more than `POINT` of the value.
        """
        width = np.asarray(self.protect.width, dtype=float)
        if self.table.counted:
            return np.maximum(np.ceil(width - SLACK), 1.0)
        return np.maximum(width / self.scale, POINT * np.maximum(self.down, 1.0))

    @cached_property
    def matrix(self) -> csr_array:
        """(E, C) equations."""
        return self.table.matrix

    @cached_property
    def incidence(self) -> csr_array:
        """(E, C) 1 where a cell is in an equation."""
        return abs(self.matrix).astype(np.int32)

    def open(self, hidden: Bools) -> Bools:
        """Return (C,) the hidden cells that no chain of single equations gives away.

        An equation with one open cell gives it away; that may leave another equation with one.
        """
        left = np.asarray(hidden & ~self.protect.known, dtype=bool)
        while True:
            alone = (self.incidence @ left.astype(np.int32)) == 1
            given = left & ((self.incidence.T @ alone.astype(np.int32)) > 0)
            if not given.any():
                return left
            left &= ~given

    def connected(self, places: Integers) -> Bools:
        """Return (C,) the cells that a chain of equations links to one of `places`."""
        _, label = _connected(self.incidence.tocoo())
        return np.isin(label, label[places])

    def systems(self, hidden: Bools, places: Integers, *, closed: bool = False) -> Iterator[tuple[System, Integers]]:
        """Yield each connected part of the open cells that holds some of `places`, and these.

        Parameters
        ----------
        closed: also take in the cells that are not hidden, as columns that cannot move.
        """
        columns = np.flatnonzero(hidden)
        part = self.incidence[:, columns].tocoo()
        row_label, label = _connected(part)
        by_row, by_column = _grouped(row_label), _grouped(label)
        where = np.full(len(self.table), -1)
        where[columns] = label
        for number, inside in _grouped(where[places]).items():
            mine, cells = by_row.get(number, np.zeros(0, dtype=int)), columns[by_column[number]]
            if closed:
                near = np.unique(self.matrix[mine].indices)
                cells = np.r_[cells, near[~hidden[near] & ~self.protect.known[near]]]
            yield System(self, mine, cells, hidden[cells]), places[inside]


def _connected(part: coo_array) -> tuple[Integers, Integers]:
    """Return the number of the connected part of each row and column of a matrix."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = part.shape
    graph = coo_array((part.data, (part.row, rows + part.col)), shape=(rows + columns, rows + columns))
    _, label = connected_components(graph, directed=False)
    return label[:rows], label[rows:]


def _grouped(labels: Integers) -> dict[int, Integers]:
    """Return label -> places with that label, without the label -1."""
    if not len(labels):
        return {}
    order = np.argsort(labels, kind="stable")
    values, starts = np.unique(labels[order], return_index=True)
    return {int(value): found for value, found in zip(values, np.split(order, starts[1:]), strict=True) if value >= 0}


class System:
    """The linear programmes of one connected part: equations `rows`, cells `columns`, solved from where the last ended.

    Attributes
    ----------
    whole: an interval must hold whole numbers that far apart; else only be so wide.
    moved: for each solution so far, which cells it moves. low_from, high_from: number of the solution that low and high
        are from, -1 for none.
    low, high: smallest and largest change of each cell that any solution so far showed, (len(columns),).
    """

    def __init__(self, attacker: Attacker, rows: Integers, columns: Integers, movable: Bools) -> None:
        self.attacker, self.rows, self.columns = attacker, rows, columns
        self.low, self.high = np.zeros(len(columns)), np.zeros(len(columns))
        self.place = {int(cell): number for number, cell in enumerate(columns)}
        self.down = np.where(movable, attacker.down[columns], 0.0)
        self.up = np.where(movable, attacker.up[columns], 0.0)
        self.whole = attacker.table.counted
        self.moved: list[Bools] = []
        self.low_from, self.high_from = np.full(len(columns), -1), np.full(len(columns), -1)
        self._solver: Any = None

    @property
    def solver(self) -> Any:
        """The solver, made when it is first needed."""
        if self._solver is None:
            still = np.zeros(len(self.rows))
            self._solver = quiet_solver()
            self._solver.setOptionValue("presolve", "off")
            self._solver.passModel(
                programme(
                    self.attacker.matrix[self.rows][:, self.columns],
                    costs=np.zeros(len(self.columns)),
                    lower=-self.down,
                    upper=self.up,
                    row_lower=still,
                    row_upper=still,
                )
            )
        return self._solver

    def largest(self, direction: Floats) -> float:
        """Return the largest value of direction @ d, and let `low` and `high` learn from the d that reaches it."""
        self.solver.changeColsCost(len(direction), np.arange(len(direction)), -direction)
        self.solver.run()
        self._refuse_failure()
        found = np.array(self.solver.getSolution().col_value)
        lower, higher = found < self.low, found > self.high
        self.low[lower], self.high[higher] = found[lower], found[higher]
        self.low_from[lower] = self.high_from[higher] = len(self.moved)
        self.moved.append(found != 0)
        return float(direction @ found)

    def duals(self) -> Floats:
        """Return the duals of the equations in the last programme, (len(rows),)."""
        return np.array(self.solver.getSolution().row_dual)

    def move(self, columns: Integers, down: Floats, up: Floats) -> None:
        """Let cells, as places in `columns`, change between -down and up."""
        self.solver.changeColsBounds(len(columns), columns, -down, up)

    def widen(self, places: Integers, *, first: bool = False) -> Integers:
        """Move `places` until each is shown to be protected; return those that cannot be.

        Parameters
        ----------
        first: one that cannot be is enough to know.
        """
        at = np.array([self.place[int(cell)] for cell in places])
        need = self.attacker.need[places]
        left = np.ones(len(at), dtype=bool)
        sign = np.where(np.arange(len(at)) % 2, 1.0, -1.0)
        for attempt in range(TOGETHER if len(at) > 1 else 0):
            direction = np.zeros(len(self.columns))
            direction[at[left]] = (
                sign[left] * (1 if attempt % 2 else -1) * (1 + (np.arange(left.sum()) * (attempt // 2)) % 3)
            )
            self.largest(direction)
            before = int(left.sum())
            left &= ~self.enough(at, need)
            if left.sum() < 2 or (attempt % 2 and left.sum() == before):
                break
        for number in np.flatnonzero(left):
            for way in (1.0, -1.0):
                if self.enough(at, need)[number]:
                    left[number] = False
                    break
                self.reach(int(at[number]), way)
            else:
                left[number] = not self.enough(at, need)[number]
            if first and left[number]:
                return places[[number]]
        return places[left]

    def enough(self, at: Integers, need: Floats) -> Bools:
        """Return whether the intervals of cells, as places in `columns`, are shown to be as wide as needed."""
        low, high = self.low[at], self.high[at]
        if self.whole:
            return np.floor(high + SLACK) - np.ceil(low - SLACK) >= need
        return high - low >= need * (1 - SLACK)

    def reach(self, column: int, way: float) -> float:
        """Return how far one cell can rise (`way` 1) or fall (-1)."""
        direction = np.zeros(len(self.columns))
        direction[column] = way
        return self.largest(direction)

    def _refuse_failure(self) -> None:
        import highspy

        status = self.solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            self.solver.clearSolver()
            self.solver.run()
            status = self.solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ProtectionError(
                f"The solver gave up on an interval: {self.solver.modelStatusToString(status)}.",
                expected="values of comparable size",
                action="publish the table in larger units, or protect it by perturbation",
            )


def interval(
    table: AdditiveTable,
    protect: Protect,
    hidden: Bools,
    places: Integers | None = None,
    *,
    ceiling: float | None = None,
) -> Bounds:
    """Return what an attacker can compute of hidden cells.

    Parameters
    ----------
    hidden: (C,) cells that are not published. places: the cells attacked; default: all hidden ones.
    ceiling: see `Attacker`.

    Returns
    -------
    Lower and upper end for each place; both are the value where the attacker can compute it.
    """
    attacker = Attacker(table, protect, ceiling)
    places = np.flatnonzero(hidden) if places is None else np.asarray(places)
    left = attacker.open(hidden)
    low, high = np.zeros(len(table)), np.zeros(len(table))
    for system, inside in attacker.systems(left, places[left[places]]):
        for cell in inside:
            column = system.place[int(cell)]
            high[cell], low[cell] = system.reach(column, 1.0), -system.reach(column, -1.0)
    return Bounds(
        places,
        table.values[places] + low[places] * attacker.scale,
        table.values[places] + high[places] * attacker.scale,
    )


def unprotected(table: AdditiveTable, protect: Protect, hidden: Bools, *, ceiling: float | None = None) -> Integers:
    """Return the unsafe cells whose interval is narrower than required, as places.

    Parameters
    ----------
    hidden: (C,) cells that are not published. An unsafe cell that is published is not protected.
    ceiling: see `Attacker`.

    Notes
    -----
    The interval of a count must hold two whole numbers, and `width` + 1 of them where a width is asked for.
    """
    return narrow(Attacker(table, protect, ceiling), hidden, np.flatnonzero(protect.unsafe))


def narrow(attacker: Attacker, hidden: Bools, places: Integers) -> Integers:
    """Return those of `places` whose interval is narrower than required."""
    left = attacker.open(hidden)
    found = [places[~left[places]]]
    found += [system.widen(inside) for system, inside in attacker.systems(left, places[left[places]])]
    return np.sort(np.concatenate(found))
