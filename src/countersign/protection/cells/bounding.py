"""Bounding: the interval of every unknown that agrees with a set of equations, by linear programs.

The unknowns y fulfil A y = b and lower <= y <= upper. What is found is kept from both sides: *attained* are values that
some solution takes, *possible* are values that no solution exceeds. Where both meet, the bound is exact. One solution
serves all unknowns at once, so most linear programs never need to be solved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CLOSE = 1e-6
"""Differences up to this, relative to 1 or the largest number, are the solver's rounding."""
OPTIONS: Mapping[str, float | bool] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 1,
    "simplex_strategy": 4,  # primal: another sum is asked of the same equations, so the last solution still is one
    "mip_abs_gap": 0.5,
    "mip_rel_gap": 0.0,
}
"""How HiGHS is set."""
_SWEEPS = 60
_SEED = 1
_FEW = 4  # so few are asked for one by one
_LARGEST = 1e6  # numbers are scaled to at most this, for the solver's tolerances are absolute
_LITTLE = 0.02  # a program for all unknowns at once that settles less than this share of them is the last one


@dataclass
class Intervals:
    """What is known of n unknowns, each (n,).

    Parameters
    ----------
    lowest, highest: possible at most. low, high: attained. whole_low, whole_high: attained by solutions in whole
        numbers.
    """

    lowest: Floats
    low: Floats
    high: Floats
    highest: Floats
    whole_low: Floats
    whole_high: Floats

    def attain(self, solution: Floats, places: Integers) -> None:
        """Take in one solution of the unknowns at `places`."""
        self.low[places] = np.minimum(self.low[places], solution)
        self.high[places] = np.maximum(self.high[places], solution)
        near = np.round(solution)
        if np.abs(solution - near).max() <= CLOSE:
            self.whole_low[places] = np.minimum(self.whole_low[places], near)
            self.whole_high[places] = np.maximum(self.whole_high[places], near)

    def in_whole_numbers(self) -> Intervals:
        """Return the same with nothing attained but by whole numbers."""
        return Intervals(
            np.ceil(self.lowest - CLOSE), self.whole_low, self.whole_high, np.floor(self.highest + CLOSE),
            self.whole_low.copy(), self.whole_high.copy(),
        )  # fmt: skip


@dataclass(frozen=True)
class Unknowns:
    """Equations between n unknowns.

    Parameters
    ----------
    matrix: A, (E, n). right: b, (E,). lower, upper: bounds known beforehand, (n,), `upper` may be infinite.
    truth: a solution, (n,). whole: the unknowns are whole numbers.
    """

    matrix: csr_array
    right: Floats
    lower: Floats
    upper: Floats
    truth: Floats
    whole: bool

    @property
    def tolerance(self) -> float:
        """Difference that is the solver's rounding."""
        return CLOSE * (1.0 if self.whole else max(1.0, float(self.truth.max(initial=0.0)) / _LARGEST))

    def tightened(self) -> Intervals:
        """Return the bounds that follow from one equation after the other, repeated until nothing changes.

        In an equation with all other unknowns at their bounds, the last one has no choice (Savelsbergh 1994,
        preprocessing of mixed-integer programs).
        """
        lower, upper = self.lower.copy(), self.upper.copy()
        coefficients, columns = self.matrix.data, self.matrix.indices
        rows = np.repeat(np.arange(self.matrix.shape[0]), np.diff(self.matrix.indptr))
        positive = coefficients > 0
        slack = 0.0 if self.whole else 1e-12 * float(np.abs(self.truth).max(initial=1.0))
        for _ in range(_SWEEPS):
            least = np.where(positive, coefficients * lower[columns], coefficients * upper[columns])
            most = np.where(positive, coefficients * upper[columns], coefficients * lower[columns])
            below = (self.right[rows] - _others(most, rows)) / coefficients
            above = (self.right[rows] - _others(least, rows)) / coefficients
            new_lower, new_upper = lower.copy(), upper.copy()
            np.maximum.at(new_lower, columns, np.where(positive, below, above) - slack)
            np.minimum.at(new_upper, columns, np.where(positive, above, below) + slack)
            if self.whole:
                new_lower, new_upper = np.ceil(new_lower - CLOSE), np.floor(new_upper + CLOSE)
            moved = (new_lower > lower + slack) | (new_upper < upper - slack)
            lower, upper = new_lower, new_upper
            if not moved.any():
                break
        lower, upper = np.minimum(lower, self.truth), np.maximum(upper, self.truth)
        low, high, whole_low, whole_high = (self.truth.copy() for _ in range(4))
        return Intervals(lower, low, high, upper, whole_low, whole_high)

    def components(self, loose: Bools) -> list[tuple[Integers, Integers]]:
        """Return the loose unknowns that hang together, and the equations between them: (unknowns, equations) each."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        places = np.flatnonzero(loose)
        part = csr_array(self.matrix[:, places])
        used = np.flatnonzero(np.diff(part.indptr))
        part = part[used]
        bridge = abs(part).T @ abs(part)
        count, label = connected_components(bridge)
        row_label = label[part.indices[part.indptr[:-1]]]
        unknowns = np.split(places[np.argsort(label)], np.cumsum(np.bincount(label))[:-1])
        equations = np.split(used[np.argsort(row_label)], np.cumsum(np.bincount(row_label, minlength=count))[:-1])
        return list(zip(unknowns, equations, strict=True))


def _others(activity: Floats, rows: Integers) -> Floats:
    """Return for each entry the sum of the others in its row; infinite where another one is."""
    finite = np.isfinite(activity)
    numbers = np.where(finite, activity, 0.0)
    sums = np.bincount(rows, weights=numbers)[rows] - numbers
    infinite = np.bincount(rows, weights=~finite)[rows] - ~finite
    sign = np.sign(np.where(finite, 0.0, activity))
    direction = np.bincount(rows, weights=sign)[rows]
    return np.where(infinite > 0, np.where(direction < 0, -np.inf, np.inf), sums)


def spread(low: Floats, high: Floats, *, whole: bool) -> Floats:
    """Return how wide intervals are, those of whole numbers counted from the first to the last one inside."""
    return np.floor(high + CLOSE) - np.ceil(low - CLOSE) if whole else high - low


class Programs:
    """Linear programs over one set of unknowns, each started from the end of the one before.

    Parameters
    ----------
    whole: solutions in whole numbers only, which is a harder kind of program.
    """

    def __init__(self, unknowns: Unknowns, *, whole: bool) -> None:
        import highspy

        self.count = len(unknowns.truth)
        self.scale = 1.0 if unknowns.whole else max(1.0, float(unknowns.truth.max()) / _LARGEST)
        self.solver = highspy.Highs.__mro__[1]()  # the class itself prints a line before it can be silenced
        for option, value in OPTIONS.items():
            self.solver.setOptionValue(option, value)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self.count, unknowns.matrix.shape[0]
        program.col_cost_ = np.zeros(self.count)
        program.col_lower_ = unknowns.lower / self.scale
        program.col_upper_ = unknowns.upper / self.scale
        program.row_lower_ = program.row_upper_ = unknowns.right / self.scale
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = unknowns.matrix.indptr
        program.a_matrix_.index_ = unknowns.matrix.indices
        program.a_matrix_.value_ = unknowns.matrix.data
        if whole:
            program.integrality_ = [highspy.HighsVarType.kInteger] * self.count
        self.solver.passModel(program)
        self.solved = 0
        self._set = np.zeros(0, dtype=np.int32)

    def most(self, places: Integers, weights: Floats) -> tuple[float, Floats]:
        """Return the largest value of sum weights y[places] and a solution that has it.

        Raises
        ------
        ProtectionError: the solver did not come to an end.
        """
        import highspy

        changed = np.union1d(self._set, places).astype(np.int32)
        costs = np.zeros(len(changed))
        costs[np.searchsorted(changed, places)] = -weights
        self.solver.changeColsCost(len(changed), changed, costs)
        self._set = np.asarray(places, dtype=np.int32)
        self.solver.run()
        self.solved += 1
        status = self.solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return np.inf, np.zeros(self.count)  # a solution there is: the truth
        if status != highspy.HighsModelStatus.kOptimal:
            raise ProtectionError(
                "The attack on the table could not be computed to its end.",
                where="audit",
                expected=f"a linear program of {self.count:,} hidden cells that HiGHS can solve",
                action="audit parts of the release apart, or perturb it instead of hiding cells",
            )
        solution = np.asarray(self.solver.getSolution().col_value) * self.scale
        return float(weights @ solution[places]), solution


def closed(unknowns: Unknowns, asked: Bools, *, exact: bool = False) -> tuple[Intervals, int]:
    """Return the exact bounds of the asked unknowns as `low` and `high`, and how many programs that took.

    Parameters
    ----------
    exact: bounds of solutions in whole numbers, where the unknowns are whole.
    """
    close = unknowns.tolerance

    def gaps(found: Intervals, places: Integers) -> tuple[Bools, Bools]:
        return (
            found.highest[places] > found.high[places] + close,
            found.lowest[places] < found.low[places] - close,
        )

    return _searched(unknowns, asked, gaps, exact=exact)


def decided(unknowns: Unknowns, asked: Bools, needed: Floats, *, exact: bool = False) -> tuple[Intervals, int]:
    """Return for every asked unknown two values that differ by what is needed, or else its exact bounds.

    Parameters
    ----------
    needed: (n,) a spread; 0 = any. Where so much is not possible, it is decided whether there is any.
    exact: only solutions in whole numbers count, where the unknowns are whole.
    """
    close = unknowns.tolerance

    def gaps(found: Intervals, places: Integers) -> tuple[Bools, Bools]:
        possible = spread(found.lowest[places], found.highest[places], whole=unknowns.whole)
        wanted = np.maximum(np.where(possible >= needed[places] - close, needed[places], 0.0), 2 * close) - close
        open_ = (possible >= wanted) & (spread(found.low[places], found.high[places], whole=unknowns.whole) < wanted)
        return (
            open_ & (found.highest[places] > found.high[places] + close),
            open_ & (found.lowest[places] < found.low[places] - close),
        )

    return _searched(unknowns, asked, gaps, exact=exact)


Gaps = Callable[[Intervals, Integers], tuple[Bools, Bools]]
"""What is known, and places -> which of them must be asked for upwards, and which downwards."""


def _searched(unknowns: Unknowns, asked: Bools, gaps: Gaps, *, exact: bool) -> tuple[Intervals, int]:
    found = unknowns.tightened()
    programs = _search(unknowns, found, asked, gaps, whole=False)
    if exact and unknowns.whole:
        found = found.in_whole_numbers()
        programs += _search(unknowns, found, asked, gaps, whole=True)
    return found, programs


def _search(unknowns: Unknowns, found: Intervals, asked: Bools, gaps: Gaps, *, whole: bool) -> int:
    """Solve programs, in every part that hangs together, until no asked unknown has a gap; return how many."""
    loose = found.highest - found.lowest > unknowns.tolerance
    programs = 0
    for places, rows in unknowns.components(loose) if (asked & loose).any() else ():
        wanted = np.flatnonzero(asked[places])
        if any(gap.any() for gap in gaps(found, places[wanted])):
            solver = Programs(_part(unknowns, found, places, rows), whole=whole)
            _search_part(solver, found, places, wanted, gaps)
            programs += solver.solved
    return programs


def _search_part(solver: Programs, found: Intervals, places: Integers, wanted: Integers, gaps: Gaps) -> None:
    """Solve programs of one part: `places` are its unknowns, `wanted` those of them that are asked for."""
    draw = np.random.default_rng(_SEED)
    while True:  # all at once, each in a direction drawn by lot, as long as that settles many
        up, down = gaps(found, places[wanted])
        left = int(up.sum() + down.sum())
        if left < _FEW:
            break
        direction = np.where(up & down, draw.choice([-1.0, 1.0], len(wanted)), np.where(up, 1.0, -1.0))
        best, solution = solver.most(wanted[up | down], direction[up | down])
        if np.isinf(best):
            break
        found.attain(solution, places)
        up, down = gaps(found, places[wanted])
        if left - int(up.sum() + down.sum()) < _LITTLE * left:
            break
    for one in wanted:
        place = places[[one]]
        for side, direction_ in enumerate((1.0, -1.0)):
            if not gaps(found, place)[side]:
                continue
            best, solution = solver.most(np.array([one]), np.array([direction_]))
            if np.isfinite(best):
                found.attain(solution, places)
            if direction_ > 0:
                found.highest[place] = found.high[place] = best
            else:
                found.lowest[place] = found.low[place] = -best


def parts_of(unknowns: Unknowns) -> list[tuple[Integers, Unknowns]]:
    """Return the unknowns that still have a choice in parts that hang together: their places, and their equations."""
    found = unknowns.tightened()
    loose = found.highest - found.lowest > unknowns.tolerance
    if not loose.any():
        return []
    return [(places, _part(unknowns, found, places, rows)) for places, rows in unknowns.components(loose)]


def _part(unknowns: Unknowns, found: Intervals, places: Integers, rows: Integers) -> Unknowns:
    """Return one part; unknowns without a choice left are no unknowns any more."""
    lines = unknowns.matrix[rows]
    return Unknowns(
        matrix=lines[:, places],
        right=lines[:, places] @ unknowns.truth[places],
        lower=found.lowest[places],
        upper=found.highest[places],
        truth=unknowns.truth[places],
        whole=unknowns.whole,
    )
