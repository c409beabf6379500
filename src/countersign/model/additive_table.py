"""AdditiveTable, Pattern, Bounds: cells that add up to others, which of them are hidden, and what can be computed back.

The equations are all an attacker needs: each says that one cell is the sum of others. A table with hierarchies, several
linked tables and the figures of a study are all of this form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Bools = npt.NDArray[np.bool_]

TOLERANCE = 1e-6
"""Relative difference up to which a sum of numbers counts as equal to its total; counts must be equal."""


@dataclass(frozen=True)
class AdditiveTable(Tabular):
    """C cells and E equations between them.

    Parameters
    ----------
    dimensions: names of the variables that define the cells, D of them.
    cells: the code of each cell in each dimension, C tuples of D codes; a total has the code of the total.
    values: what would be published, (C,): counts, or sums of a magnitude; never negative.
    contributors: how many people stand behind each cell, (C,).
    equations: (total, parts), E of them, as places in `cells`: values[total] = sum of values[parts].
    costs: what hiding a cell costs, (C,), positive; the suppression minimises their sum. Default: value + 1.
    households: groups of people who live together, (C,), or None where that is not known.
    largest: the largest contributions to each cell, descending, (C, 1 to 3), 0 where there are fewer, or None.
    counted: values are counts of people or things, so whole numbers.

    Raises
    ------
    ProtectionError: arrays of different lengths, a negative or missing value, a total that its parts do not add up to,
        a cell twice.
    """

    dimensions: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    values: Floats
    contributors: Integers
    equations: tuple[tuple[int, tuple[int, ...]], ...]
    costs: Floats | None = None
    households: Integers | None = None
    largest: Floats | None = None
    counted: bool = True

    def __post_init__(self) -> None:
        count = len(self.cells)
        for name in ("values", "contributors", "costs", "households", "largest"):
            array = getattr(self, name)
            if array is not None and len(array) != count:
                raise ProtectionError(
                    f"There are {count} cells and {len(array)} {name}.",
                    where=name,
                    expected="one for every cell",
                    action="give both in the same order",
                )
        if len(set(self.cells)) != count:
            twice = Counter(self.cells).most_common(1)[0][0]
            raise ProtectionError(
                "A cell occurs twice.",
                where=self.named(self.cells.index(twice)),
                expected="each combination of codes once",
                action="add the two up, or take one out",
            )
        self._refuse_values()
        self._refuse_sums()

    def _refuse_values(self) -> None:
        for name in ("values", "contributors", "households", "largest"):
            array = getattr(self, name)
            if array is None:
                continue
            numbers = np.asarray(array, dtype=float).reshape(len(self.cells), -1)
            wrong = np.flatnonzero((~np.isfinite(numbers) | (numbers < 0)).any(axis=1))
            if wrong.size:
                raise ProtectionError(
                    f"A cell has a negative or missing number of {name}.",
                    where=self.named(int(wrong[0])),
                    expected="numbers from 0 upwards",
                    action="correct the table; a magnitude with negative contributions cannot be protected by hiding",
                )
        fractions = (
            np.flatnonzero(self.values != np.round(self.values)) if self.counted else np.zeros(0, dtype=np.int64)
        )
        if fractions.size:
            raise ProtectionError(
                "A count is no whole number.",
                where=self.named(int(fractions[0])),
                expected="whole numbers in a table of counts",
                action="count people or things, not weights; say counted=False for sums of a magnitude",
            )
        if self.costs is not None and (np.asarray(self.costs) <= 0).any():
            raise ProtectionError(
                "Hiding a cell would cost nothing.",
                where=self.named(int(np.flatnonzero(np.asarray(self.costs) <= 0)[0])),
                expected="costs above 0",
                action="give every cell a cost, for example its value + 1",
            )

    def _refuse_sums(self) -> None:
        if not self.equations:
            return
        totals = self.values[np.fromiter((total for total, _ in self.equations), dtype=np.int64)]
        slack = 0.5 if self.counted else TOLERANCE * np.maximum(1.0, totals)
        off = np.flatnonzero(np.abs(self.matrix @ self.values) > slack)
        if off.size:
            total, parts = self.equations[int(off[0])]
            raise ProtectionError(
                f"A total differs from the sum of its {len(parts)} parts.",
                where=self.named(total),
                expected="totals that add up; missing categories are a part of their own",
                action="add the part that is missing, for example 'not stated', or correct the total",
            )

    def __len__(self) -> int:
        return len(self.cells)

    def rows(self) -> list[dict[str, Any]]:
        """Return the cells with their true values and who stands behind them. They stay inside."""
        rows = []
        for place, cell in enumerate(self.cells):
            value = float(self.values[place])
            row: dict[str, Any] = dict(zip(self.dimensions, cell, strict=True))
            row |= {"value": round(value) if self.counted else value, "contributors": int(self.contributors[place])}
            if self.households is not None:
                row["households"] = int(self.households[place])
            rows.append(row)
        return rows

    def named(self, place: int) -> str:
        """Return a cell in words, for a message: ``region A, sex female``."""
        return ", ".join(f"{name} {code}" for name, code in zip(self.dimensions, self.cells[place], strict=True))

    @cached_property
    def matrix(self) -> csr_array:
        """The equations as a sparse matrix A, (E, C): +1 at the total, -1 at each part; A @ values = 0."""
        from scipy.sparse import csr_array

        sizes = np.fromiter((1 + len(parts) for _, parts in self.equations), dtype=np.int64, count=len(self.equations))
        columns = np.fromiter(
            (cell for total, parts in self.equations for cell in (total, *parts)),
            dtype=np.int64,
            count=int(sizes.sum()),
        )
        ends = np.cumsum(sizes)
        signs = np.full(len(columns), -1.0)
        signs[ends - sizes] = 1.0
        found = csr_array((signs, columns, np.append(0, ends)), shape=(len(self.equations), len(self.cells)))
        found.sum_duplicates()
        return found

    @cached_property
    def price(self) -> Floats:
        """What hiding each cell costs, (C,)."""
        return self.values + 1.0 if self.costs is None else np.asarray(self.costs, dtype=float)


@dataclass(frozen=True)
class Protect:
    """Which cells are unsafe by themselves, and how wide the interval must be that an attacker may compute.

    Parameters
    ----------
    unsafe: (C,) primary cells.
    width: (C,) the interval of an unsafe cell must be at least so wide (upper - lower); 0 = only not a point.
    known: (C,) cells that everybody knows whatever is published, such as zeros that are structural or shown.
    reasons: place of an unsafe cell -> the rules that spoke. Never published cell by cell: which rule spoke tells
        how large the cell is.
    """

    unsafe: Bools
    width: Floats
    known: Bools
    reasons: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pattern:
    """Which cells are hidden.

    Parameters
    ----------
    hidden, unsafe: (C,). Secondary cells are hidden and not unsafe.
    method: ``exact``, ``heuristic``, ``decomposition``; ``switched`` where suppression gave up in favour of
        perturbation: then nothing is hidden and nothing may be published as it is.
    cost: of the secondary cells. bound: no safe pattern costs less than this; equal to the cost = proven optimum.
    reason: in words, why this method was taken or given up.
    seconds: processor time.
    """

    hidden: Bools
    unsafe: Bools
    method: str
    cost: float
    bound: float = 0.0
    reason: str = ""
    seconds: float = 0.0

    @property
    def secondary(self) -> Bools:
        """(C,) hidden to protect others."""
        return self.hidden & ~self.unsafe

    @property
    def proven(self) -> bool:
        """No safe pattern costs less."""
        return self.method != "switched" and self.cost <= self.bound * (1 + 1e-9) + 1e-9


@dataclass(frozen=True)
class Bounds:
    """What an attacker can compute of hidden cells.

    Parameters
    ----------
    places: which cells, (H,). lower, upper: the interval of each that agrees with everything published, (H,).
    """

    places: Integers
    lower: Floats
    upper: Floats

    @property
    def width(self) -> Floats:
        """Upper less lower, (H,)."""
        return self.upper - self.lower


def equations_of(
    cells: Sequence[tuple[str, ...]], groups: Sequence[Mapping[str, tuple[str, ...]]]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return the equations of a crossed table.

    Parameters
    ----------
    cells: codes of each cell, one per dimension. groups: per dimension, code -> the codes that add up to it.

    Returns
    -------
    One equation for each cell and dimension in which its code has parts, where all parts are cells of the table.
    """
    place = {cell: number for number, cell in enumerate(cells)}
    found = []
    for cell, number in place.items():
        for axis, children in enumerate(groups):
            parts = [(*cell[:axis], code, *cell[axis + 1 :]) for code in children.get(cell[axis], ())]
            if parts and all(part in place for part in parts):
                found.append((number, tuple(place[part] for part in parts)))
    return tuple(found)
