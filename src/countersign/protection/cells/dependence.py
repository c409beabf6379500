"""What follows from the equations alone: which hidden cells are determined, and which stand or fall together.

Let A_H be the columns of the hidden cells. A cell is determined when its unit vector lies in the row space of A_H, so
when every v with A_H v = 0 is 0 there. A few random such v tell this for all cells at once: v is the projection of
random numbers on the null space, found by conjugate gradients on A_H A_H' (Hestenes and Stiefel 1952), and with
probability 1 it is 0 only where every v is. Two cells whose entries are proportional in every v stand or fall together:
publishing one determines the other.

Where no hidden value is 0, or the largest possible, a small step along v stays possible, so "not determined" and "the
attacker's interval is more than a point" are the same. How wide the interval is needs linear programs (`proving`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

EXACT = 1e-9
"""Relative residual at which the conjugate gradients stop."""
NOTHING = 1e-5
"""An entry of a direction below it is 0: free cells have entries of some hundredths and more."""


class Dependence:
    """The equations of a table, made ready to be asked many times.

    Parameters
    ----------
    matrix: A, (E, C). seed: of the random numbers; the same seed gives the same answers.
    """

    def __init__(self, matrix: csr_array, *, seed: int = 7) -> None:
        self._columns: csc_array = matrix.tocsc()
        self._touches: csr_array = abs(matrix).tocsr()
        self._touched: csr_array = self._touches.T.tocsr()
        self._random = np.random.default_rng(seed)

    def unsolved(self, hidden: Bools) -> Bools:
        """Return the hidden cells, (C,), that are left when equations with one unknown are solved, again and again."""
        left = hidden.copy()
        while True:
            single = (self._touches @ left.astype(float)) == 1
            if not single.any():
                return left
            left &= (self._touched @ single.astype(float)) == 0

    def directions(
        self,
        hidden: Bools,
        count: int,
        *,
        near: Bools | None = None,
        ease: Floats | None = None,
        start: Floats | None = None,
    ) -> Floats:
        """Return random v with A v = 0 that move hidden cells only, (C, count); rows of determined cells are 0.

        Parameters
        ----------
        hidden: (C,). near: move mainly these cells. ease: (C,) cells move roughly in proportion to it.
        start: (C, count) directions of a wider pattern, from which it is less far.
        """
        found = np.zeros((len(hidden), count))
        places = np.flatnonzero(self.unsolved(hidden))
        if not places.size:
            return found
        system = self._columns[:, places].tocsr()
        system = system[np.flatnonzero(np.diff(system.indptr))]
        begin = self._random.standard_normal((len(places), count)) if start is None else start[places]
        if near is not None:
            begin *= near[places, None]
        if ease is None:
            moves = _projected(system, begin)
        else:
            scale = ease[places]
            moves = _projected(system.multiply(scale[None, :]).tocsr(), begin) * scale[:, None]
        moves[np.abs(moves).max(axis=1) < NOTHING] = 0.0
        found[places] = moves
        return found

    def linked(self, cells: Bools) -> Bools:
        """Return the cells that share an equation with one of `cells`, and these, (C,)."""
        equations = (self._touches @ cells.astype(float)) > 0
        return np.asarray(cells | ((self._touched @ equations.astype(float)) > 0))

    def near(self, cell: int, hidden: Bools) -> Bools:
        """Return the hidden cells at most two equations away from a cell, (C,)."""
        one = np.zeros(len(hidden), dtype=bool)
        one[cell] = True
        return np.asarray(self.linked(self.linked(one)) & hidden)

    def free(self, hidden: Bools) -> Bools:
        """Return the hidden cells that the equations do not determine, (C,)."""
        found: Bools = np.abs(self.directions(hidden, 2)).max(axis=1) > 0
        return found

    def together(self, directions: Floats) -> Integers:
        """Return a number for each cell, (C,): cells of one number stand or fall together; -1 where determined.

        Parameters
        ----------
        directions: (C, 3 or more) of `directions`.
        """
        length = np.linalg.norm(directions, axis=1)
        places = np.flatnonzero(length)
        ray = directions[places] / length[places, None]
        strongest = np.abs(ray).argmax(axis=1)
        ray *= np.sign(ray[np.arange(len(places)), strongest])[:, None]
        numbers = np.full(len(directions), -1, dtype=np.int64)
        order = np.lexsort(np.round(ray, 5).T[::-1])
        # Neighbours in the order of rounded rays may still differ in the last digit: compare the rays themselves.
        apart = np.abs(np.diff(ray[order], axis=0)).max(axis=1) > 1e-4
        numbers[places[order]] = np.concatenate([[0], np.cumsum(apart)])[: len(places)]
        return numbers


def _projected(system: csr_array, start: Floats) -> Floats:
    """Return the part of each column of `start` that A sends to 0."""
    from scipy.sparse import diags_array

    # Equations of one length converge in fewer steps.
    system = diags_array(1 / np.sqrt((system.multiply(system)).sum(axis=1))) @ system
    transposed = system.T.tocsr()
    rest = start.copy()
    gradient = system @ rest
    step = gradient.copy()
    size = (gradient * gradient).sum(axis=0)
    goal = EXACT**2 * (start * start).sum(axis=0)
    for _ in range(10 * len(start)):
        if (size <= goal).all():
            return rest
        change = transposed @ step
        length = (change * change).sum(axis=0)
        rest -= change * _ratio(size, length)
        gradient = system @ rest
        before, size = size, (gradient * gradient).sum(axis=0)
        step *= _ratio(size, before)
        step += gradient
    return np.zeros_like(start)  # not solved: call every cell determined, which is the safe side


def _ratio(one: Floats, other: Floats) -> Floats:
    """Return one / other, where both may be 0 and 0 is the answer."""
    return np.asarray(one / np.where(other > 0, other, 1.0))
