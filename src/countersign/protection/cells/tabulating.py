"""Tabulating: rows of any engine -> AdditiveTable, with who stands behind each cell.

The engine adds rows up to the finest cells; totals are made of those. Only contributors who stand in several of the
finest cells are looked at one by one, because they count once in a total that holds them twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np

from countersign.errors import ProtectionError, nearest
from countersign.model.additive_table import AdditiveTable
from countersign.model.cells import Floats, Integers, Texts
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.crossing import TOP, Crossing, refuse_names
from countersign.tables import add_up, aggregate, reduce

NOT_STATED = "not stated"
"""The part of a total that nobody told the category of."""
NAMED = 3
"""A category that is in no list is named in a message from so many rows on: rarer ones could tell of a person."""


def tabulate(
    rows: nw.LazyFrame[Any],
    by: Sequence[Hierarchy | str],
    *,
    magnitude: str = "",
    contributor: str = "",
    household: str = "",
    total: str = "Total",
    not_stated: str = NOT_STATED,
) -> AdditiveTable:
    """Return the table of counts, or of the sums of a magnitude, with all its totals.

    Parameters
    ----------
    rows: one a record.
    by: the table's variables: a hierarchy whose `variable` is a column of `rows`, or the name of a column, whose
        categories then add up to `total`.
    magnitude: column whose sums are tabulated, not negative; records without it are left out. Empty = records are
        counted.
    contributor: column that says who gave a record; empty = every record is of another person. household: column that
        says who lives together. Records in which the column is empty count as one person or household together, which
        rather hides too much.
    not_stated: code of records without a category. It becomes a part of the total; of a district, where records name
        the district but none of its villages ("DISTRICT, not stated").

    Returns
    -------
    AdditiveTable: values are records or sums; contributors and households are different ones, in each cell; for a
    magnitude, `largest` are the three largest sums of single contributors, descending.

    Raises
    ------
    ProtectionError: an unknown column, a category that is in no hierarchy, the code of a total among flat categories,
        a magnitude below zero. DataError, StoreError: what the engine met on the way.

    Source: Hundepool et al., Statistical Disclosure Control (2012), chapter 4.
    """
    names = [one if isinstance(one, str) else one.variable for one in by]
    refuse_names(names)
    _refuse_unknown(rows, [*names, magnitude, contributor, household])
    if magnitude:
        rows = rows.filter(~nw.col(magnitude).is_null())
    found = reduce(rows, by=names, measures={"amount": nw.col(magnitude)} if magnitude else {})
    if not found.n.sum():
        raise ProtectionError(
            "There is nothing to tabulate.",
            where=magnitude,
            expected="at least one record" + (f" with '{magnitude}'" if magnitude else ""),
            action="look at the condition on the rows",
        )
    dimensions = [
        _Dimension(one, found.keys[name], found.n, total=total, not_stated=not_stated)
        for one, name in zip(by, names, strict=True)
    ]
    cross = _Cross(rows, dimensions)
    at = tuple(dimension.places(*coded(found.keys[dimension.name])) for dimension in dimensions)
    records = cross.crossing.added(cross.spread(at, found.n))
    return cross.crossing.table(
        cross.crossing.added(cross.spread(at, found.plain[:, 0])) if magnitude else records.astype(np.float64),
        cross.distinct(contributor) if contributor else records,
        households=cross.distinct(household) if household else None,
        largest=cross.largest(magnitude, contributor) if magnitude else None,
        counted=not magnitude,
    )


def _refuse_unknown(rows: nw.LazyFrame[Any], names: Sequence[str]) -> None:
    known = rows.collect_schema().names()
    for name in names:
        if name and name not in known:
            shown = [column for column in known if not column.startswith("_")]
            raise ProtectionError(
                f"There is no column '{name}'. {nearest(name, shown)}".rstrip(),
                where="the table",
                expected=f"one of: {', '.join(shown)}",
                action="correct the name",
            )


def code_of(value: object) -> str:
    """Return a category as a code: whole numbers without a decimal point, true and false as such."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _order(code: str, *, last: str) -> tuple[bool, bool, float, str]:
    """Sort codes as people do: numbers by size, then texts, what is not stated last."""
    try:
        return code == last, False, float(code), code
    except ValueError:
        return code == last, True, 0.0, code


class _Dimension:
    """One variable of the table: its hierarchy, completed by the parts that are not stated, and where values go."""

    def __init__(
        self, given: Hierarchy | str, values: Texts, records: Integers, *, total: str, not_stated: str
    ) -> None:
        self.name = given if isinstance(given, str) else given.variable
        counts: dict[str, int] = {
            not_stated if value is None else code_of(value): count
            for value, count in zip(values.tolist(), records.tolist(), strict=True)
        }
        if isinstance(given, str):
            if total in counts:
                raise ProtectionError(
                    f"'{self.name}' has a category '{total}': the rows already hold totals.",
                    where=self.name,
                    expected="one row a record",
                    action="leave the totals out, or give another name to the total",
                )
            given = Hierarchy.flat(self.name, sorted(counts, key=partial(_order, last=not_stated)), total=total)
        parents = dict(given.parents)
        self.leaf: dict[str, str] = {}
        strange: dict[str, int] = {}
        for code, count in counts.items():
            if code in given.children:  # known only at a higher level
                self.leaf[code] = f"{code}, {not_stated}" if code != given.total else not_stated
                parents.setdefault(self.leaf[code], code)
            elif code in parents:
                self.leaf[code] = code
            elif code == not_stated:
                self.leaf[code] = code
                parents[code] = given.total
            else:
                strange[code] = count
        if strange:
            self._refuse(strange)
        self.hierarchy = Hierarchy(self.name, parents)
        self.not_stated = not_stated
        self.number = {leaf: place for place, leaf in enumerate(self.hierarchy.leaves)}

    def _refuse(self, strange: dict[str, int]) -> None:
        shown = sorted(code for code, count in strange.items() if count >= NAMED)[:5]
        raise ProtectionError(
            f"{len(strange)} categories ({sum(strange.values()):,} records) are in no line of the hierarchy"
            + (f", such as {', '.join(repr(code) for code in shown)}." if shown else "."),
            where=self.name,
            expected="every category of the rows as a code of the hierarchy",
            action="add the lines, or correct how the category is written; rare ones are not named here",
        )

    def places(self, codes: Integers, values: Sequence[Any]) -> Integers:
        """Return for each row the number of its leaf, from the number of its value among `values`."""
        numbers = [self.number[self.leaf[self.not_stated if value is None else code_of(value)]] for value in values]
        return np.array(numbers, dtype=np.int64)[codes]


def coded(column: Texts) -> tuple[Integers, list[Any]]:
    """Number the distinct values of a column: (numbers (n,), values)."""
    number: dict[object, int] = {}
    codes = np.fromiter((number.setdefault(value, len(number)) for value in column), dtype=np.int64)
    return codes, list(number)


class _Cross:
    """Rows, and the crossed table they are counted in."""

    def __init__(self, rows: nw.LazyFrame[Any], dimensions: Sequence[_Dimension]) -> None:
        self.rows, self.dimensions = rows, dimensions
        self.names = [dimension.name for dimension in dimensions]
        self.crossing = Crossing([dimension.hierarchy for dimension in dimensions])

    def spread(self, at: tuple[Integers, ...], numbers: Any) -> Any:
        """Return numbers of rows as an array of the finest cells, (L_1, .. L_D)."""
        full = np.zeros([len(leaves) for leaves in self.crossing.leaves], dtype=numbers.dtype)
        np.add.at(full, at, numbers)
        return full

    def brought(self, frame: nw.LazyFrame[Any], *columns: str) -> tuple[tuple[Integers, ...], dict[str, Any]]:
        """Bring rows out of the engine: places of their finest cells, and further columns as numbers.

        People (``_who``) come as the number each of them was given.
        """
        from countersign.tables.collection import as_array, as_arrow

        table = as_arrow(frame.select(*self.names, *columns))

        def numbered(name: str) -> tuple[Integers, list[Any]]:
            column = table.column(name).combine_chunks().dictionary_encode()
            values = column.dictionary.to_pylist() if name != "_who" else []
            codes = np.asarray(column.indices.fill_null(len(values)), dtype=np.int64)
            return codes, [*values, None] if column.null_count else values

        at = tuple(dimension.places(*numbered(dimension.name)) for dimension in self.dimensions)
        return at, {name: numbered(name)[0] if name == "_who" else as_array(table.column(name)) for name in columns}

    def people(self, who: str, **computed: nw.Expr) -> nw.LazyFrame[Any]:
        """Return one row for each person and finest cell; ``_seen`` is in how many cells the person is.

        Records without a person share the empty text.
        """
        rows = self.rows.with_columns(_who=nw.col(who).cast(nw.String).fill_null(""))
        pairs = add_up(rows, [*self.names, "_who"], _rows=nw.len(), **computed)
        return pairs.with_columns(_seen=nw.col("_rows").count().over("_who"))

    def distinct(self, who: str) -> Integers:
        """Count different people in every cell, (C,)."""
        pairs = self.people(who)
        once = pairs.filter(nw.col("_seen") == 1).group_by(*self.names).agg(_rows=nw.len())
        at, numbers = self.brought(once, "_rows")
        counts: Integers = np.asarray(self.crossing.added(self.spread(at, numbers["_rows"])), dtype=np.int64)
        at, numbers = self.brought(pairs.filter(nw.col("_seen") > 1), "_who")
        person = numbers["_who"]
        for places, cells in self.crossing.ancestors(at):
            pair = np.sort(cells * (len(person) + 1) + person[places])
            first = np.concatenate([[True], pair[1:] != pair[:-1]])[: len(pair)]
            counts += np.bincount(pair[first] // (len(person) + 1), minlength=len(counts))
        return counts

    def largest(self, magnitude: str, who: str) -> Floats:
        """Return the largest sums of single contributors in every cell, (C, TOP)."""
        value = nw.col(magnitude).cast(nw.Float64)
        if aggregate(self.rows, least=value.min())["least"] < 0:
            raise ProtectionError(
                f"'{magnitude}' has values below zero.",
                where=magnitude,
                expected="contributions from 0 upwards: the rules on dominant contributors mean nothing otherwise",
                action="tabulate what is above and below zero apart",
            )
        pairs = self.people(who, _amount=value.sum()) if who else self.rows.with_columns(_amount=value)
        once = pairs.filter(nw.col("_seen") == 1) if who else pairs
        ranked = once.with_columns(_number=nw.col("_amount").rank("ordinal", descending=True).over(*self.names))
        at, numbers = self.brought(ranked.filter(nw.col("_number") <= TOP), "_amount")
        shape = [len(leaves) for leaves in self.crossing.leaves]
        # Categories that are not stated in several ways are one leaf, so it may have several rows of one rank.
        leaves = _largest(np.ravel_multi_index(at, shape), numbers["_amount"], int(np.prod(shape)))
        largest = self.crossing.topped(leaves.reshape(*shape, TOP))
        if not who:
            return largest
        at, numbers = self.brought(pairs.filter(nw.col("_seen") > 1), "_who", "_amount")
        order = np.argsort(numbers["_amount"])  # engines bring them out in any order, and their sums are to repeat
        at = tuple(place[order] for place in at)
        person, amount = numbers["_who"][order], numbers["_amount"][order]
        for places, cells in self.crossing.ancestors(at):
            pair, back = np.unique(cells * (len(person) + 1) + person[places], return_inverse=True)
            sums = np.asarray(np.bincount(back, weights=amount[places]), dtype=np.float64)
            own = _largest(pair // (len(person) + 1), sums, len(largest))
            largest = -np.sort(-np.concatenate([largest, own], axis=1), axis=1)[:, :TOP]
        return largest


def _largest(cells: Integers, amounts: Floats, count: int) -> Floats:
    """Return the largest amounts in each of `count` cells, (count, TOP), descending, from the cell of each amount."""
    order = np.lexsort((-amounts, cells))
    cell, amount = cells[order], amounts[order]
    rank = np.arange(len(cell)) - np.searchsorted(cell, cell)
    found = np.zeros((count, TOP))
    found[cell[rank < TOP], rank[rank < TOP]] = amount[rank < TOP]
    return found
