"""Tables of counts and sums: made with all their totals, protected by hiding cells, and attacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable
from countersign.model.hierarchy import Hierarchy
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import as_keys, chosen, columns_of, condition, known, numeric, opened
from countersign.study.inferring.spelling import spelled

if TYPE_CHECKING:
    from countersign.model.disclosure import RuleApplied
    from countersign.model.protected_table import AttackedTable, ProtectedTable
    from countersign.protection.cells.reading import CellTable

ANSWER = "answer"
"""The dimension of a share: yes, no, not stated."""
BOUNDED = 10_000
"""Where more cells are hidden, it is checked that each is safe, and their intervals are not computed one by one."""
_LEVEL, _CODE, _PARENT = ("level",), ("code", "name"), ("parent", "part_of")
_DIMENSION = ("dim", "dimension", "variable")


SHORT, LONGER, MANY = 60.0, 300.0, 20_000
"""Seconds for a table, for a large one, and from how many cells on a table is large."""


@verb
def tabulate(
    table: Any,
    *,
    by: Sequence[str],
    hierarchies: Any = None,
    magnitude: str = "",
    share: str = "",
    contributor: str = "",
    household: str = "",
    value: str = "",
    total: str = "Total",
    where: str = "",
) -> AdditiveTable:
    """Count records, or add up a magnitude, in every cell and every total of a table; nothing is hidden.

    Parameters
    ----------
    table: one row a record; or one row a cell, where `value` names the column of its number.
    by: variables that are crossed.
    hierarchies: how categories add up. A table of an indented list (columns level, name, and dim where it is of several
        variables; a level is as many signs @ as the code is deep) or of code, parent and dim; or a mapping variable ->
        such a table, or -> {code: the code it is part of}. Variables without one add up to `total`.
    magnitude: column that is added up, instead of counting. share: condition, such as ``"water = 'piped'"``: a
        dimension ``answer`` with yes, no and not stated is added, so that both numbers behind the share are cells.
    contributor, household: columns: who gave a record, who lives together. where: condition on the rows.

    Returns
    -------
    Cells with value, contributors and households. They stay inside.

    Raises
    ------
    DataError: an unknown column. ProtectionError: a hierarchy with a circle or a parent that is none, a category that
    is in no hierarchy, numbers below zero, cells that do not add up.
    """
    return _read(table, by, hierarchies, magnitude, share, contributor, household, value, total, where)


@verb
def suppress(
    table: Any,
    *,
    by: Sequence[str],
    hierarchies: Any = None,
    magnitude: str = "",
    share: str = "",
    contributor: str = "",
    household: str = "",
    value: str = "",
    total: str = "Total",
    where: str = "",
    minimum: int = 3,
    households: int = 0,
    p_percent: float | None = None,
    dominance: tuple[float, float] | None = None,
    group_disclosure: Sequence[str] = (),
    zeros: Literal["show", "protect"] = "show",
    width: float | None = None,
    spare: Any = None,
    seconds: float = 0.0,
) -> ProtectedTable:
    """Hide the cells of a table that the rules call unsafe, and as few others as make them impossible to compute.

    Parameters
    ----------
    table, by, hierarchies, magnitude, share, contributor, household, value, total, where: as in `tabulate`.
    minimum: fewest contributors behind a cell that is shown. households: fewest households.
    p_percent: p: no contributor may be able to estimate another's part to within p %. dominance: (n, k): the n largest
        may not make up more than k % of a cell. Both need a magnitude.
    group_disclosure: variables along which no category may hold all of its total; a share has ``answer`` without being
        asked.
    zeros: ``protect``: cells of nobody are unsafe too.
    width: how wide the interval must be that anybody can compute of an unsafe cell; None = the minimum, in people.
    spare: groups whose cells are the last to be hidden for others: a variable, several, or variable -> categories.
    seconds: processor time that may be spent on finding the cheapest pattern; 0 = 60, and 300 for a table of more than
        20,000 cells.

    Returns
    -------
    ProtectedTable: the table as it may leave, what an attacker can compute of it, and a sentence.

    Raises
    ------
    DataError, ProtectionError: as in `tabulate`; a rule that cannot be asked; no safe pattern in time; an attack that
    finds a cell.
    """
    from countersign.model.protected_table import ProtectedTable
    from countersign.protection.cells.auditing import audit as bound
    from countersign.protection.cells.auditing import refuse_unsafe
    from countersign.protection.cells.guarding import alone, ceiling_of, guard
    from countersign.protection.cells.rules import judge
    from countersign.protection.cells.suppressing import suppress as hide

    cells = _read(table, by, hierarchies, magnitude, share, contributor, household, value, total, where)
    pair = None if dominance is None else (int(dominance[0]), dominance[1])
    protect = judge(
        cells,
        minimum=minimum,
        households=households,
        p_percent=p_percent,
        dominance=pair,
        group_disclosure=tuple(group_disclosure) or ((ANSWER,) if share else ()),
        zeros=zeros,
        width=width,
    )
    cells = _sparing(cells, spare, total)
    seconds = seconds or (LONGER if len(cells) > MANY else SHORT)
    pattern = hide(cells, protect, limit=seconds, ceiling=ceiling_of(cells, protect))
    if pattern.method == "switched":
        raise ProtectionError(
            "No safe pattern was found in time, so nothing of this table may be shown as it is.",
            where="suppress",
            expected=f"a table that can be protected in {seconds:g} seconds of processor time",
            action="merge categories, allow more seconds, or change the counts a little instead: disclosure.perturb",
        )
    if alone(cells):
        pattern = guard(cells, protect, pattern, limit=seconds)
    result = refuse_unsafe(cells, pattern.hidden, protect, narrowest=False)
    places = np.flatnonzero(pattern.hidden)
    bounds = bound(cells, pattern.hidden, known=protect.known, ask=places if len(places) <= BOUNDED else places[:0])
    widths = bounds.width[protect.unsafe[bounds.places]]
    least = float(widths.min(initial=np.inf))
    return ProtectedTable(
        table=cells,
        pattern=pattern,
        bounds=bounds,
        audit=replace(result, narrowest=least if np.isfinite(least) else None),
        rules=_applied(cells, minimum, households, p_percent, pair, group_disclosure, zeros),
    )


@verb
def audit(
    table: Any,
    *,
    by: Sequence[str],
    value: str,
    status: str = "",
    hierarchies: Any = None,
    contributor: str = "",
    total: str = "Total",
    minimum: int = 3,
    width: float | None = None,
    zeros: Literal["show", "protect"] = "show",
    earlier: Any = None,
) -> AttackedTable:
    """Compute what a stranger can find out about the hidden cells of a table, whoever hid them and how.

    Parameters
    ----------
    table: one row a cell: its codes, its number, and whether it is hidden. Where the number of a hidden cell is left
        empty, any number that fits is taken in its place: the intervals are the same.
    value: column of the numbers. status: column of words; u and x (as sdcTable and tau-Argus write), c (as SDMX),
        hidden or suppressed are hidden; every other word is shown. Empty = cells without a number are hidden.
    by, hierarchies, total: as in `tabulate`. contributor: column with the number of contributors; empty = the value.
    minimum: which hidden cells are unsafe, where their numbers are given; without numbers all of them are.
    width: how wide their intervals must be; None = the minimum. zeros: as in `suppress`.
    earlier: tables published before, of the same columns; what they show is known.

    Returns
    -------
    AttackedTable: the interval of every hidden cell, which are exact or too narrow, and a sentence.

    Raises
    ------
    DataError, ProtectionError: as in `tabulate`; shown numbers that contradict each other.
    """
    from countersign.protection.cells.attacked import attacked
    from countersign.protection.cells.reading import cells_of_file, overlaid

    before = () if earlier is None else tuple(earlier) if isinstance(earlier, list | tuple) else (earlier,)
    tables = [_columns(one, by, [value, *filter(None, [contributor])], status, "") for one in (table, *before)]
    trees = _hierarchies(hierarchies, by)
    made = [trees.get(name) or _flat(name, tables[0][name], total) for name in by]

    def cells(columns: Mapping[str, Sequence[Any]]) -> CellTable:
        return cells_of_file(columns, made, value=value, status=status, contributors=contributor)

    now = cells(tables[0])
    if now.guessed:
        now = cells(overlaid(tables[0], tables[1:], by, value=value, status=status))
        return attacked(now, shown_before=len(before), minimum=minimum, width=width, zeros=zeros)
    return attacked(cells(tables[0]), [cells(one) for one in tables[1:]], minimum=minimum, width=width, zeros=zeros)


def _columns(table: Any, by: Sequence[str], numbers: Sequence[str], status: str, where: str) -> dict[str, list[Any]]:
    """Return the columns of a table of cells: codes and words as texts, numbers as they are."""
    dataset = opened(table)
    known(dataset, [*by, *numbers, *filter(None, [status])])
    found = columns_of(dataset, [*by, *numbers, *filter(None, [status])], where=where)
    columns: dict[str, list[Any]] = {name: [spelled(code) for code in as_keys(found[name])] for name in by}
    columns |= {name: found[name].tolist() for name in numbers}
    return columns | ({status: [spelled(word) for word in found[status].tolist()]} if status else {})


def _read(
    table: Any,
    by: Sequence[str],
    hierarchies: Any,
    magnitude: str,
    share: str,
    contributor: str,
    household: str,
    value: str,
    total: str,
    where: str,
) -> AdditiveTable:
    import narwhals as nw

    from countersign.protection.cells.reading import cells_of_file
    from countersign.protection.cells.tabulating import tabulate as count

    trees = _hierarchies(hierarchies, by)
    if value:
        columns = _columns(table, by, [name for name in (value, contributor, household) if name], "", where)
        made = [trees.get(name) or _flat(name, columns[name], total) for name in by]
        cells = cells_of_file(columns, made, value=value, contributors=contributor, households=household)
        if cells.guessed:
            raise ProtectionError(
                "Some cells have no number.",
                where=value,
                expected="a number in every cell",
                action="complete the column; disclosure.audit looks at tables in which cells are hidden already",
            )
        return cells.table
    dataset = opened(table)
    known(dataset, [*by, *filter(None, (magnitude, contributor, household))])
    rows = chosen(dataset, where)
    dimensions: list[Hierarchy | str] = [trees.get(name, name) for name in by]
    if share:
        told = condition(share, dataset)
        rows = rows.with_columns(
            nw.when(told).then(nw.lit("yes")).when(~told).then(nw.lit("no")).otherwise(nw.lit(None)).alias(ANSWER)
        )
        dimensions.append(ANSWER)
    if magnitude:
        numeric(dataset, (magnitude,), argument="magnitude")
    return count(rows, dimensions, magnitude=magnitude, contributor=contributor, household=household, total=total)


def _flat(name: str, codes: Sequence[str], total: str) -> Hierarchy:
    if total not in codes:
        raise ProtectionError(
            f"No line of '{name}' is the total.",
            where=name,
            expected=f"cells with the code '{total}'",
            action="say total=, or give hierarchies= with the total of this variable",
        )
    return Hierarchy.flat(name, [code for code in dict.fromkeys(codes) if code != total], total=total)


def _hierarchies(given: Any, by: Sequence[str]) -> dict[str, Hierarchy]:
    """Return variable -> hierarchy, from whatever was given."""
    from countersign.errors import nearest
    from countersign.protection.cells.reading import hierarchies_of, hierarchy_of_parents

    found: dict[str, Hierarchy] = {}
    if given is None:
        return found
    if not isinstance(given, Mapping):
        columns = _lines(given)
        dimension = _column(columns, _DIMENSION, "hierarchies")
        names = list(dict.fromkeys(columns[dimension]))
        parts = {
            name: {key: [v for v, of in zip(values, columns[dimension], strict=True) if of == name]
                   for key, values in columns.items()}
            for name in names
        }  # fmt: skip
        given = parts
    for name, one in given.items():
        if name not in by:
            raise ProtectionError(
                f"There is a hierarchy of '{name}', which is not in the table. {nearest(name, by)}".rstrip(),
                where="hierarchies",
                expected=f"hierarchies of: {', '.join(by)}",
                action="correct the name, or add the variable to by=",
            )
        if isinstance(one, Mapping) and not all(isinstance(value, list | tuple) for value in one.values()):
            found[name] = Hierarchy(name, {spelled(code): spelled(parent) for code, parent in one.items()})
            continue
        columns = dict(one) if isinstance(one, Mapping) else _lines(one)
        code = _column(columns, _CODE, name)
        if any(level in columns for level in _LEVEL):
            (found[name],) = hierarchies_of(
                {**columns, "dim": [name] * len(columns[code])}, level=_LEVEL[0], code=code, dimension="dim"
            )
        else:
            found[name] = hierarchy_of_parents(name, columns[code], columns[_column(columns, _PARENT, name)])
    return found


def _lines(table: Any) -> dict[str, list[str]]:
    dataset = opened(table)
    return {
        name: [spelled(value) for value in as_keys(values)]
        for name, values in columns_of(dataset, list(dataset.codebook.names)).items()
    }


def _column(columns: Mapping[str, Any], names: Sequence[str], where: str) -> str:
    for name in names:
        if name in columns:
            return name
    raise ProtectionError(
        f"A hierarchy has no column '{names[0]}'.",
        where=where,
        expected=f"columns level or parent, code, and dim; there are: {', '.join(columns)}",
        action="name the columns so",
    )


def _sparing(table: AdditiveTable, spare: Any, total: str) -> AdditiveTable:
    """Make cells of some groups dearer, so that others are hidden in their place."""
    if spare is None:
        return table
    groups = {spare: None} if isinstance(spare, str) else spare if isinstance(spare, Mapping) else dict.fromkeys(spare)
    factor = np.ones(len(table))
    dearer = protection_limit("visible_weight")
    for name, categories in groups.items():
        if name not in table.dimensions:
            raise ProtectionError(
                f"'{name}' is no variable of the table.",
                where="spare",
                expected=f"one of: {', '.join(table.dimensions)}",
                action="correct the name",
            )
        axis = table.dimensions.index(name)
        wanted = {categories} if isinstance(categories, str) else set(categories or ())
        codes = {cell[axis] for cell in table.cells}
        if wanted - codes:
            raise ProtectionError(
                f"'{name}' has no category '{sorted(wanted - codes)[0]}'.",
                where="spare",
                expected=f"categories of '{name}' in the table",
                action="correct the category",
            )
        spared = [cell[axis] in wanted if wanted else cell[axis] != total for cell in table.cells]
        factor[np.array(spared)] = dearer
    return replace(table, costs=table.price * factor)


def _applied(
    table: AdditiveTable,
    minimum: int,
    households: int,
    p_percent: float | None,
    dominance: tuple[int, float] | None,
    group_disclosure: Sequence[str],
    zeros: str,
) -> tuple[RuleApplied, ...]:
    from countersign.catalogue import load
    from countersign.model.disclosure import RuleApplied

    asked: list[tuple[str, float | None]] = []
    asked += [("minimum_contributors", float(minimum))] if minimum else []
    asked += [("minimum_households", float(households))] if households else []
    asked += [("p_percent", p_percent)] if p_percent is not None else []
    asked += [("dominance", dominance[1])] if dominance is not None else []
    asked += [("group_disclosure", None)] if group_disclosure else []
    asked += [("zeros", None)] if zeros == "protect" else []
    rules = load("protection_rules")
    return tuple(RuleApplied(rule, limit, len(table), rules[rule].source) for rule, limit in asked)
