"""Rounding: counts to multiples of a base: to the nearest, at random without bias, or so that totals add up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable
from countersign.model.cells import Floats, Integers


def default_base() -> int:
    """Return the base to start from (catalogue, list ``protection``)."""
    return int(protection_limit("rounding_base"))


def round_to_nearest(values: npt.ArrayLike, base: int) -> Floats:
    """Return the nearest multiples of the base, (C,); halves go up. Changes by at most base / 2."""
    _refuse_base(base)
    found: Floats = base * np.floor(np.asarray(values, dtype=np.float64) / base + 0.5)
    return found


def round_at_random(values: npt.ArrayLike, base: int, draws: npt.ArrayLike) -> Floats:
    """Return the multiple below or above each value, (C,), above with the chance r / base, r the remainder.

    The mean of the change is 0, its variance r (base - r), and a multiple of the base stays as it is.

    Parameters
    ----------
    draws: (C,) uniform from 0 to below 1; drawn from cell keys, the same people are rounded alike everywhere.

    Source: Fellegi (1975), Controlled random rounding.
    """
    _refuse_base(base)
    value = np.asarray(values, dtype=np.float64)
    below = np.floor(value / base)
    up = np.asarray(draws, dtype=np.float64) < value / base - below
    found: Floats = base * (below + up)
    return found


@dataclass(frozen=True)
class ControlledRounding:
    """Rounded cells whose totals add up.

    Parameters
    ----------
    values: (C,) multiples of the base. base: as asked. steps: most multiples that a cell moved away from the two next
        to it: 0 = every cell went to the multiple below or above it, and multiples stayed as they were.
    distance: sum of the absolute changes.
    """

    values: Integers
    base: int
    steps: int
    distance: float


def round_controlled(table: AdditiveTable, *, base: int, seconds: float = 20.0) -> ControlledRounding:
    """Round the cells of a table so that every total is the sum of its rounded parts.

    Parameters
    ----------
    table: counts. base: 2 or more. seconds: after them the best solution found so far is taken.

    Notes
    -----
    Minimises the sum of the absolute changes, an integer program solved by HiGHS. First every cell may only go to the
    multiple below or above it and multiples stay (zero-restricted rounding); in two dimensions that is always possible.
    Where it is not, as can happen from three dimensions on, cells may go one multiple further, then two. Sums add up,
    but the changes are not free of bias cell by cell.

    Raises
    ------
    ProtectionError: values that are no counts, a base below 2, no solution in the time.

    Source: Cox (1987), A constructive procedure for unbiased controlled rounding; Salazar-Gonzalez (2006), Controlled
    rounding and cell perturbation.
    """
    _refuse_base(base)
    if not table.counted:
        raise ProtectionError(
            "Amounts cannot be rounded so that they add up.",
            where="round",
            expected="a table of counts",
            action="round amounts without control, or count people",
        )
    for steps in (0, 1, 2):
        found = _solved(table, base, steps, seconds)
        if found is not None:
            return ControlledRounding(found, base, steps, float(np.abs(found - table.values).sum()))
    raise ProtectionError(
        "No rounding was found whose totals add up.",
        where="round",
        expected=f"a small table, or more time than {seconds:g} seconds",
        action="round without control and say that totals do not add up, or make the table smaller",
    )


def _solved(table: AdditiveTable, base: int, steps: int, seconds: float) -> Integers | None:
    """Return the rounded values, or None where there are none (or none in time) within so many steps."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    below = np.floor(table.values / base)
    remainder = table.values - below * base
    lowest = np.maximum(below - steps, 0.0)
    highest = np.where(remainder > 0, below + 1, below) + steps
    cells = len(table)
    # Variables: the multiple of each cell, and its distance from the value: distance >= +- (base z - value).
    distance = np.concatenate([np.full(cells, 1e-6), np.ones(cells)])
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    one = eye_array(cells, format="csr")
    limits = [
        LinearConstraint(vstack([hstack([-base * one, one]), hstack([base * one, one])]),
                         np.concatenate([-table.values, table.values]), np.inf)
    ]  # fmt: skip
    if table.equations:
        sums = hstack([table.matrix, csr_array((len(table.equations), cells))])
        limits.append(LinearConstraint(sums, 0.0, 0.0))
    found = milp(
        distance,
        constraints=limits,
        integrality=np.concatenate([np.ones(cells), np.zeros(cells)]),
        bounds=Bounds(np.concatenate([lowest, np.zeros(cells)]), np.concatenate([highest, np.full(cells, np.inf)])),
        options={"time_limit": seconds},
    )
    if found.x is None:
        return None
    rounded: Integers = np.rint(found.x[:cells]).astype(np.int64) * base
    return rounded


def _refuse_base(base: int) -> None:
    if base < 2 or not math.isfinite(base):
        raise ProtectionError(
            f"Rounding to multiples of {base} hides nothing.",
            where="noise.base",
            expected="a whole number from 2 on; 5 is usual",
            action="choose a larger base",
        )
