"""ProtectedTable and AttackedTable: a table as it may leave, and what a stranger can compute of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools, Bounds, Pattern
from countersign.model.disclosure import AuditResult, RuleApplied
from countersign.model.tabular import Tabular, told

SHOWN, ZERO, HIDDEN = "value", "zero", "suppressed"
"""States of a cell. Missing categories are cells of their own, and what was not asked has no cell."""


@dataclass(frozen=True)
class ProtectedTable(Tabular):
    """A table of which some cells are hidden, so that none of them can be computed.

    Parameters
    ----------
    table: with its true values: it stays inside. pattern: what is hidden. bounds: what an attacker can compute of each
        hidden cell. audit: what he finds of the unsafe ones. rules: what was asked of every cell.
    """

    table: AdditiveTable
    pattern: Pattern
    bounds: Bounds
    audit: AuditResult
    rules: tuple[RuleApplied, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as it may leave: codes, value, state, and for hidden cells what anybody can compute.

        A hidden cell has no value; `low` and `high` are the ends of the interval that follows from the other cells, so
        they tell nothing that is not told already. Whether a cell is hidden for its own sake is not said: that would
        tell how large it is.
        """
        low, high = _ends(self.table, self.bounds)
        rows = []
        for place, cell in enumerate(self.table.cells):
            hidden = bool(self.pattern.hidden[place])
            value = _number(self.table, self.table.values[place])
            row: dict[str, Any] = dict(zip(self.table.dimensions, cell, strict=True))
            row |= {
                "value": None if hidden else value,
                "state": HIDDEN if hidden else SHOWN if value else ZERO,
                "low": low[place],
                "high": high[place],
            }
            rows.append(row)
        return rows

    def inside(self) -> list[dict[str, Any]]:
        """Return the table for those who made it: true values, contributors, and why each cell is hidden."""
        state = np.where(self.pattern.unsafe, "unsafe", np.where(self.pattern.hidden, "secondary", "shown"))
        return [{**row, "hidden": str(said)} for row, said in zip(self.table.rows(), state.tolist(), strict=True)]

    @property
    def sentence(self) -> str:
        """What was done, in words for anybody."""
        cells, hidden, narrowest = len(self.table), int(self.pattern.hidden.sum()), self.audit.narrowest
        if not hidden:
            return f"All {cells:,} cells are shown: no rule speaks against any of them."
        told_ = (
            f"{hidden:,} of {cells:,} cells are hidden, so that no cell that the rules call unsafe can be computed from"
            " the others."
        )
        kind = "people" if self.table.counted else "units of the figure"
        if narrowest is not None:
            found = f"Whoever tries finds at best an interval that is {told(float(narrowest))} {kind} wide."
        elif len(self.bounds.places):
            found = "Nothing bounds what is hidden."
        else:
            found = "Whoever tries finds no interval of an unsafe cell narrower than the rules ask for."
        return f"{told_} {found} {self.pattern.reason}".strip()

    def __str__(self) -> str:
        return f"{self.sentence}\n\n{laid_out(self)}"

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence}</p>{super()._repr_html_()}"


@dataclass(frozen=True)
class AttackedTable(Tabular):
    """What a stranger can compute of the hidden cells of a table.

    Parameters
    ----------
    table: the cells. unsafe: (C,) those that must not be known. bounds: of the hidden cells. audit: the result.
    width: (C,) how wide the interval of an unsafe cell must be.
    """

    table: AdditiveTable
    unsafe: Bools
    bounds: Bounds
    audit: AuditResult

    def rows(self) -> list[dict[str, Any]]:
        """Return the hidden cells: codes, the ends of the interval, its width, and what that means.

        `found` is ``exact`` where the cell is known, ``narrow`` where an unsafe cell is known better than the rule
        allows, else ``open``.
        """
        rows = []
        for place, low, high in zip(
            self.bounds.places.tolist(), self.bounds.lower.tolist(), self.bounds.upper.tolist(), strict=True
        ):
            row: dict[str, Any] = dict(zip(self.table.dimensions, self.table.cells[place], strict=True))
            close = bool(self.unsafe[place]) and high - low < self.audit.width
            row |= {
                "low": _number(self.table, low),
                "high": _number(self.table, high),
                "width": _number(self.table, high - low),
                "found": "exact" if high - low <= 0 else "narrow" if close else "open",
            }
            rows.append(row)
        return rows

    @property
    def sentence(self) -> str:
        """What was found, in words for anybody."""
        result, exact = self.audit, int((self.bounds.width <= 0).sum())
        if not result.hidden:
            return f"All {len(self.table):,} cells are shown."
        before = f", or was shown in {result.earlier:,} earlier tables" if result.earlier else ""
        if exact or not result.safe:
            narrow = (
                f" {result.narrow:,} more unsafe cells can be computed to less than a width of {told(result.width)}."
                if result.narrow
                else ""
            )
            return (
                f"{exact:,} of {result.hidden:,} hidden cells can be computed exactly from what is shown{before};"
                f" {result.points:,} of them are unsafe.{narrow}"
            )
        least = (
            f" The narrowest interval of an unsafe cell is {told(float(result.narrowest))} wide."
            if result.narrowest is not None
            else ""
        )
        return f"None of the {result.hidden:,} hidden cells can be computed from what is shown{before}.{least}"

    def __str__(self) -> str:
        return f"{self.sentence}\n\n{super().__str__()}"

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence}</p>{super()._repr_html_()}"


MOST_ROWS, MOST_COLUMNS = 60, 12


def laid_out(protected: ProtectedTable) -> str:
    """Return the table as text, the last dimension across, hidden cells as a cross; a long table as its first rows."""
    rows, names = protected.rows(), protected.table.dimensions
    across = list(dict.fromkeys(row[names[-1]] for row in rows))
    if len(names) < 2 or len(across) > MOST_COLUMNS:
        lines = [[*names, "value"], *([*(row[name] for name in names), _shown(row)] for row in rows)]
    else:
        grid: dict[tuple[str, ...], dict[str, str]] = {}
        for row in rows:
            grid.setdefault(tuple(row[name] for name in names[:-1]), {})[row[names[-1]]] = _shown(row)
        lines = [
            [*names[:-1], *across],
            *([*key, *(cells.get(one, "") for one in across)] for key, cells in grid.items()),
        ]
    more = len(lines) - 1 - MOST_ROWS
    text = aligned(lines[: MOST_ROWS + 1], left=len(names) if len(lines[0]) == len(names) + 1 else len(names) - 1)
    return text + (f"... and {more:,} more rows\n" if more > 0 else "") + "x: hidden to protect people\n"


def aligned(lines: Sequence[Sequence[str]], *, left: int) -> str:
    """Return lines of cells as text in columns, the first `left` columns to the left, numbers to the right."""
    widths = [max(len(str(line[column])) for line in lines) for column in range(len(lines[0]))]
    return "".join(
        "  ".join(
            str(cell).ljust(width) if column < left else str(cell).rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )


def _shown(row: dict[str, Any]) -> str:
    value = row["value"]
    if row["state"] == HIDDEN:
        return "x"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else told(value)


def _ends(table: AdditiveTable, bounds: Bounds) -> tuple[list[float | int | None], list[float | int | None]]:
    low: list[float | int | None] = [None] * len(table)
    high: list[float | int | None] = [None] * len(table)
    for place, least, most in zip(bounds.places.tolist(), bounds.lower.tolist(), bounds.upper.tolist(), strict=True):
        low[place], high[place] = _number(table, least), _number(table, most)
    return low, high


def _number(table: AdditiveTable, value: float) -> float | int | None:
    """Return a count as a whole number; what nothing bounds is None."""
    if not np.isfinite(value):
        return None
    return round(value) if table.counted else float(value)
