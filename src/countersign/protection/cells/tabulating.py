"""Tabulating: rows of any engine -> AdditiveTable, with who stands behind each cell.

The engine adds rows up to the finest cells; totals are made of those. Only contributors who stand in several of the
finest cells are looked at one by one, because they count once in a total that holds them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from countersign.errors import ProtectionError, nearest
from countersign.model.additive_table import AdditiveTable
from countersign.model.cells import Floats, Integers, Texts
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.crossing import TOP, Crossing, refuse_names
from countersign.tables import aggregate, group

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
    added = {"amount": nw.col(magnitude).cast(nw.Float64).sum()} if magnitude else {}
    found = group(rows, names, records=nw.len(), **added)
    if not len(found["records"]):
        raise ProtectionError(
            "There is nothing to tabulate.",
            where=magnitude,
            expected="at least one record" + (f" with '{magnitude}'" if magnitude else ""),
            action="look at the condition on the rows",
        )
    dimensions = [
        _Dimension(one, found[name], found["records"], total=total, not_stated=not_stated)
        for one, name in zip(by, names, strict=True)
    ]
    crossing = Crossing([dimension.hierarchy for dimension in dimensions])

    def placed(columns: dict[str, Any]) -> list[Integers]:
        return [dimension.places(columns[name]) for dimension, name in zip(dimensions, names, strict=True)]

    def spread(columns: dict[str, Any], name: str) -> Any:
        at = placed(columns)
        full = np.zeros([len(leaves) for leaves in crossing.leaves], dtype=columns[name].dtype)
        np.add.at(full, tuple(at), columns[name])
        return full

    records = crossing.added(spread(found, "records"))
    contributors, largest = records, None
    if contributor:
        contributors = _distinct(rows, names, contributor, crossing, spread, placed)
    if magnitude:
        largest = _largest(rows, names, magnitude, contributor, crossing, placed)
    return crossing.table(
        crossing.added(spread(found, "amount")) if magnitude else records,
        contributors,
        households=_distinct(rows, names, household, crossing, spread, placed) if household else None,
        largest=largest,
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


class _Dimension:
    """One variable of the table: its hierarchy, completed by the parts that are not stated, and where values go."""

    def __init__(
        self, given: Hierarchy | str, values: Texts, records: Integers, *, total: str, not_stated: str
    ) -> None:
        self.name = given if isinstance(given, str) else given.variable
        counts: dict[str, int] = {}
        for value, count in zip(values.tolist(), records.tolist(), strict=True):
            code = not_stated if value is None else code_of(value)
            counts[code] = counts.get(code, 0) + count
        if isinstance(given, str):
            if total in counts:
                raise ProtectionError(
                    f"'{self.name}' has a category '{total}': the rows already hold totals.",
                    where=self.name,
                    expected="one row a record",
                    action="leave the totals out, or give another name to the total",
                )
            given = Hierarchy.flat(self.name, counts, total=total)
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

    def places(self, values: Texts) -> Integers:
        """Return for each value the number of its leaf."""
        distinct = {
            value: self.number[self.leaf[self.not_stated if value is None else code_of(value)]]
            for value in set(values.tolist())
        }
        return np.fromiter(map(distinct.__getitem__, values.tolist()), dtype=np.int64, count=len(values))


def _people(rows: nw.LazyFrame[Any], who: str) -> nw.LazyFrame[Any]:
    """Give every record a person; those without one share the empty text."""
    return rows.with_columns(_who=nw.col(who).cast(nw.String).fill_null(""))


def _distinct(
    rows: nw.LazyFrame[Any],
    names: Sequence[str],
    who: str,
    crossing: Crossing,
    spread: Callable[[dict[str, Any], str], Any],
    placed: Callable[[dict[str, Any]], list[Integers]],
) -> Integers:
    """Count different people in every cell, (C,)."""
    pairs = _people(rows, who).group_by(*names, "_who").agg(_rows=nw.len())
    pairs = pairs.with_columns(_seen=nw.col("_rows").count().over("_who"))
    once = group(pairs.filter(nw.col("_seen") == 1), names, records=nw.len())
    several = group(pairs.filter(nw.col("_seen") > 1), [*names, "_who"], records=nw.len())
    counts: Integers = np.asarray(crossing.added(spread(once, "records")), dtype=np.int64)
    person = _numbered(several["_who"])
    for places, cells in crossing.ancestors(placed(several)):
        pair = np.unique(cells * (person.max(initial=0) + 1) + person[places])
        counts += np.bincount(pair // (person.max(initial=0) + 1), minlength=len(counts))
    return counts


def _largest(
    rows: nw.LazyFrame[Any],
    names: Sequence[str],
    magnitude: str,
    who: str,
    crossing: Crossing,
    placed: Callable[[dict[str, Any]], list[Integers]],
) -> Floats:
    """Return the largest sums of single contributors in every cell, (C, TOP)."""
    value = nw.col(magnitude).cast(nw.Float64)
    least = aggregate(rows, least=value.min())["least"]
    if least < 0:
        raise ProtectionError(
            f"'{magnitude}' has values below zero.",
            where=magnitude,
            expected="contributions from 0 upwards: the rules on dominant contributors mean nothing otherwise",
            action="tabulate what is above and below zero apart",
        )
    shape = [len(leaves) for leaves in crossing.leaves]
    if who:
        pairs = _people(rows, who).group_by(*names, "_who").agg(_amount=value.sum())
        pairs = pairs.with_columns(_seen=nw.col("_amount").count().over("_who"))
        once = pairs.filter(nw.col("_seen") == 1)
    else:
        once = rows.with_columns(_amount=value)
    ranked = once.with_columns(_number=nw.col("_amount").rank("ordinal", descending=True).over(*names))
    first = {
        f"top{place}": nw.when(nw.col("_number") == place + 1).then(nw.col("_amount")).otherwise(nw.lit(0.0)).max()
        for place in range(TOP)
    }
    found = group(ranked.filter(nw.col("_number") <= TOP), names, **first)
    leaves = np.zeros((*shape, TOP))
    at = tuple(placed(found))
    for place in range(TOP):
        np.maximum.at(leaves[..., place], at, np.asarray(found[f"top{place}"], dtype=np.float64))
    largest = crossing.topped(leaves)
    if not who:
        return largest
    several = group(pairs.filter(nw.col("_seen") > 1), [*names, "_who"], amount=nw.col("_amount").sum())
    person, amount = _numbered(several["_who"]), np.asarray(several["amount"], dtype=np.float64)
    for places, cells in crossing.ancestors(placed(several)):
        pair, back = np.unique(np.stack([cells, person[places]]), axis=1, return_inverse=True)
        sums = np.bincount(np.ravel(back), weights=amount[places], minlength=pair.shape[1])
        order = np.lexsort((-sums, pair[0]))
        cell, sums = pair[0][order], sums[order]
        rank = np.arange(len(cell)) - np.searchsorted(cell, cell)
        own = np.zeros_like(largest)
        own[cell[rank < TOP], rank[rank < TOP]] = sums[rank < TOP]
        largest = -np.sort(-np.concatenate([largest, own], axis=1), axis=1)[:, :TOP]
    return largest


def _numbered(values: Texts) -> Integers:
    number: dict[object, int] = {}
    return np.fromiter((number.setdefault(value, len(number)) for value in values), dtype=np.int64, count=len(values))
