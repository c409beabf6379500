"""Reading: columns of a file -> hierarchies, and a published table of cells -> AdditiveTable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.errors import ProtectionError, nearest
from countersign.model.additive_table import AdditiveTable, Bools
from countersign.model.cells import Floats
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.completing import completed

HIDDEN = frozenset({"u", "x", "c", "hidden", "suppressed", "primary", "secondary", "confidential"})
"""Words of a status column that mean: not published. u and x are those of tau-Argus and sdcTable, c that of SDMX."""


@dataclass(frozen=True)
class CellTable:
    """A table of cells as a file holds it.

    Parameters
    ----------
    table: its cells, true values included. hidden: (C,) those its status column marks as not published.
    unsafe: (C,) those marked as unsafe by themselves (status ``u`` or ``primary``). guessed: numbers of hidden cells
        were missing, and others that fit stand in their place.
    """

    table: AdditiveTable
    hidden: Bools
    unsafe: Bools
    guessed: bool = False


def hierarchies_of(
    columns: Mapping[str, Sequence[Any]], *, level: str = "level", code: str = "name", dimension: str = "dim"
) -> tuple[Hierarchy, ...]:
    """Return the hierarchies of an indented list, one line a code.

    Parameters
    ----------
    columns: name -> values. level: as many signs ``@`` as the code is deep. dimension: which variable the code is of.

    Raises
    ------
    ProtectionError: a column that is not there, a level that does not follow, a code twice.
    """
    _refuse_lacking(columns, (level, code, dimension))
    lines: dict[str, list[tuple[str, str]]] = {}
    for deep, name, variable in zip(columns[level], columns[code], columns[dimension], strict=True):
        lines.setdefault(str(variable), []).append((str(deep), _text(name)))
    return tuple(Hierarchy.indented(variable, found) for variable, found in lines.items())


def hierarchy_of_parents(variable: str, codes: Sequence[Any], parents: Sequence[Any]) -> Hierarchy:
    """Return the hierarchy of a list of codes with the code each is a part of; the total has none.

    Raises
    ------
    ProtectionError: a code twice, no total or several, a parent that is no code, codes in a circle.
    """
    found: dict[str, str] = {}
    for number, (code, parent) in enumerate(zip(codes, parents, strict=True), start=1):
        if _text(code) in found:
            raise ProtectionError(
                f"'{_text(code)}' occurs twice.",
                where=f"{variable}, line {number}",
                expected="each code once, with one parent",
                action="take one of the two lines out",
            )
        found[_text(code)] = "" if parent is None or parent != parent else _text(parent)
    return Hierarchy(variable, found)


def cells_of_file(
    columns: Mapping[str, Sequence[Any]],
    hierarchies: Sequence[Hierarchy],
    *,
    value: str = "freq",
    status: str = "",
    contributors: str = "",
    households: str = "",
    cost: str = "",
    counted: bool = True,
) -> CellTable:
    """Return the table of a file with one line a cell: its codes, its value, and perhaps its status.

    Cells that are not in the file have the value 0, so totals must add up without them.

    Parameters
    ----------
    columns: name -> values; each hierarchy's variable is a column of codes.
    value: column of values; a hidden one may be missing. status: column of words, see `HIDDEN`; empty = what has no
        number is hidden. contributors: column; empty = the values, which is right for counts only. households, cost:
        columns, or empty.

    Raises
    ------
    ProtectionError: a column that is not there, a code in no hierarchy, a cell twice, a value that is no number, totals
        that do not add up, magnitudes without contributors.
    """
    dimensions = tuple(hierarchy.variable for hierarchy in hierarchies)
    _refuse_lacking(columns, [*dimensions, value, *filter(None, (status, contributors, households, cost))])
    if not counted and not contributors:
        raise ProtectionError(
            "It is not said how many people stand behind the sums.",
            where="contributors",
            expected="a column of numbers of contributors",
            action="name it",
        )
    for hierarchy in hierarchies:
        strange = [
            code for code in dict.fromkeys(map(_text, columns[hierarchy.variable])) if code not in hierarchy.parents
        ]
        if strange:
            raise ProtectionError(
                f"{len(strange)} codes are in no line of the hierarchy, such as '{strange[0]}'."
                f" {nearest(strange[0], hierarchy.parents)}".rstrip(),
                where=hierarchy.variable,
                expected="every code of the table as a code of the hierarchy",
                action="add the lines, or correct the code",
            )
    cells = tuple(zip(*([_text(code) for code in columns[name]] for name in dimensions), strict=True))
    words = [str(word).strip().casefold() for word in columns[status]] if status else [""] * len(cells)
    values = _numbers(columns, value, missing=True)
    missing = np.isnan(values)
    hidden = np.array([word in HIDDEN for word in words], dtype=bool) if status else missing
    if (missing & ~hidden).any():
        raise ProtectionError(
            f"{int((missing & ~hidden).sum())} cells have no number and are not marked as hidden.",
            where=value,
            expected="a number in every cell that is shown",
            action=f"complete '{value}', or mark the cells in '{status}'",
        )
    equations = equations_between(cells, hierarchies)
    values = completed(values, equations, counted=counted, missing=missing)
    people = _numbers(columns, contributors) if contributors else values
    return CellTable(
        table=AdditiveTable(
            dimensions=dimensions,
            cells=cells,
            values=values,
            contributors=np.asarray(people, dtype=np.int64),
            equations=equations,
            households=np.asarray(_numbers(columns, households), dtype=np.int64) if households else None,
            costs=_numbers(columns, cost) if cost else None,
            counted=counted,
        ),
        hidden=hidden,
        unsafe=np.array([word in ("u", "primary") for word in words], dtype=bool),
        guessed=bool(missing.any()),
    )


def overlaid(
    now: Mapping[str, Sequence[Any]],
    earlier: Sequence[Mapping[str, Sequence[Any]]],
    by: Sequence[str],
    *,
    value: str,
    status: str = "",
) -> dict[str, list[Any]]:
    """Return a published table with the cells filled in that earlier tables of the same columns showed.

    It is for tables whose hidden numbers are not known, of days between which the data did not change.
    """
    found = {name: list(values) for name, values in now.items()}
    place = {cell: number for number, cell in enumerate(zip(*(found[name] for name in by), strict=True))}
    for before in earlier:
        for line, cell in enumerate(zip(*(before[name] for name in by), strict=True)):
            at = place.get(cell)
            if at is None or _hidden(before, line, value, status) or not _hidden(found, at, value, status):
                continue
            found[value][at] = before[value][line]
            if status:
                found[status][at] = before[status][line]
    return found


def _hidden(columns: Mapping[str, Sequence[Any]], line: int, value: str, status: str) -> bool:
    if status:
        return str(columns[status][line]).strip().casefold() in HIDDEN
    return _number(columns[value][line]) is None


def equations_between(
    cells: Sequence[tuple[str, ...]], hierarchies: Sequence[Hierarchy]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return (total, parts) for every cell and dimension in which some of its parts are cells too."""
    place = {cell: number for number, cell in enumerate(cells)}
    found = []
    for axis, hierarchy in enumerate(hierarchies):
        for cell, number in place.items():
            before, after = cell[:axis], cell[axis + 1 :]
            parts = [place.get((*before, part, *after), -1) for part in hierarchy.children.get(cell[axis], ())]
            there = tuple(part for part in parts if part >= 0)
            if there:
                found.append((number, there))
    return tuple(found)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _numbers(columns: Mapping[str, Sequence[Any]], name: str, *, missing: bool = False) -> Floats:
    """Return a column of numbers; what is none is nan where it may be `missing`."""
    numbers = [_number(value) for value in columns[name]]
    if None in numbers and not missing:
        raise ProtectionError(
            f"'{name}' does not hold a number in every line.",
            where=name,
            expected="numbers from 0 on",
            action="correct the column",
        )
    return np.array([np.nan if number is None else number for number in numbers])


def _refuse_lacking(columns: Mapping[str, Sequence[Any]], names: Sequence[str]) -> None:
    for name in names:
        if name not in columns:
            raise ProtectionError(
                f"There is no column '{name}'. {nearest(name, columns)}".rstrip(),
                where="the table",
                expected=f"one of: {', '.join(columns)}",
                action="correct the name",
            )
