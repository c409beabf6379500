"""NoisyTable: counts and totals of a crossed table, changed by a law that is published with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from countersign.model.additive_table import AdditiveTable
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular
from countersign.protection.noise.laws import Law

NOT_ADDITIVE = (
    "Totals are changed by themselves, so they differ a little from the sum of their parts. The published total is the"
    " better number for a total: its error does not grow with the number of parts."
)
ADDITIVE = "Totals are the sums of their parts."


@dataclass(frozen=True)
class NoisyTable(Tabular):
    """C cells.

    Parameters
    ----------
    variables: names of what is crossed. cells: (C,) tuples of categories. counts: (C,) as published. least, most: (C,)
        the true count certainly lies between. totals: (C,) as published, or None. law: what is published about the
        noise, name -> number. additive: totals are the sums of their parts. notes: for the reader.
    """

    variables: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    counts: Integers
    least: Integers
    most: Integers
    totals: Floats | None = None
    law: Mapping[str, float] = field(default_factory=dict)
    additive: bool = False
    notes: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a cell: categories, count, least, most, and total where one was asked for."""
        rows = []
        for place, cell in enumerate(self.cells):
            row: dict[str, Any] = dict(zip(self.variables, cell, strict=True))
            row |= {
                "count": int(self.counts[place]),
                "least": int(self.least[place]),
                "most": int(self.most[place]),
            }
            if self.totals is not None:
                row["total"] = float(self.totals[place])
            rows.append(row)
        return rows


def change_cells(table: AdditiveTable, sums: npt.ArrayLike, *, law: Law) -> NoisyTable:
    """Return the cells of a table changed by a law of noise.

    This is where a table goes that no pattern of hidden cells protects within reason: every cell is published, none as
    it is.

    Parameters
    ----------
    table: counts, or sums of a magnitude with the largest contributions in `largest`. sums: (C,) of the secret record
        keys of the records in each cell.
    """
    people = np.asarray(table.contributors, dtype=np.int64)
    cells = ["\x1f".join(cell) for cell in table.cells]
    counts = law.counts(people, sums, cells)
    totals = None
    if not table.counted:
        tops = table.values if table.largest is None else np.asarray(table.largest, dtype=np.float64)[:, 0]
        totals = law.amounts(table.values, tops, people, sums, cells)
    return told(table.dimensions, table.cells, counts, law=law, totals=totals)


def told(
    variables: tuple[str, ...],
    cells: tuple[tuple[str, ...], ...],
    counts: Integers,
    *,
    law: Law,
    totals: Floats | None = None,
    additive: bool = False,
) -> NoisyTable:
    """Return published counts with between which numbers the true ones lie."""
    published = np.asarray(counts, dtype=np.int64)
    largest = int(law.largest)
    return NoisyTable(
        variables,
        cells,
        published,
        least=np.maximum(published - largest, 0),
        most=published + largest,
        totals=totals,
        law=law.told(),
        additive=additive,
        notes=(ADDITIVE if additive else NOT_ADDITIVE,),
    )
