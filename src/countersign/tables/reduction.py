"""Reduction: rows to cells in one group-by pass; everything after it costs the same for 10^3 and for 10^8 rows.

Engines add in parallel, so sums of floats differ in the last digits from run to run. `reduce` adds integers instead
(Demmel and Nguyen 2013, reproducible summation, with one wide accumulator) and gives the same bits every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce as fold
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Cells, Floats, Integers, Texts
from countersign.tables.collection import aggregate, as_array, as_arrow, sorted_keys
from countersign.tables.counting import meeting
from countersign.tables.engine import native_module
from countersign.tables.whole_pieces import BITS, LOW, WHOLE, Range, Unit, unit_for

_PATTERNS = 3  # conditions that are made part of the key while adding: each may double the groups
_SMALL: dict[Any, int] = {
    nw.Int8: 2**7,
    nw.Int16: 2**15,
    nw.Int32: 2**31,
    nw.UInt8: 2**8,
    nw.UInt16: 2**16,
    nw.UInt32: 2**32,
}


def reduce(
    table: nw.LazyFrame[Any],
    *,
    by: Sequence[str],
    measures: Mapping[str, nw.Expr],
    weight: str | None = None,
    ordered: bool = True,
) -> Cells:
    """Return the moments of `measures` by the cells of `by`; see `countersign.model.cells.Cells`.

    Parameters
    ----------
    by: columns that define the cells; none = one cell.
    measures: name -> expression; a condition counts 1 or 0; missing, not-a-number and infinity count 0.
    weight: column of base weights d; None = every row counts 1. A missing base weight counts 0.
    ordered: sums come out as if rows were always added in one order: bit-identical over repeated runs, whatever the
        number of threads. Summands are added as integers: each is cut to a multiple of B 2^-61, B the largest of
        them (2^-122 where they spread over more than 22 powers of two), which is finer than adding floats.
        Conditions and small integers cost nothing; weights and other numbers need one more look at their columns
        for B, and half as much time again in all. False = plain float sums.

    Raises
    ------
    DataError, StoreError: what the engine met on the way, in plain words.
    """
    names = tuple(measures)
    by = tuple(dict.fromkeys(by))
    factors = _factors(table, measures, weight)
    v = [factors[f"v{j}"] for j in range(len(names))]
    pairs = [(j, k) for j in range(len(names)) for k in range(j, len(names))]
    # The square of a condition is the condition itself: that diagonal is read off `cross`.
    open_pairs = [(j, k) for j, k in pairs if j != k or not v[j].truth]
    terms: dict[str, tuple[_Factor, ...]] = {f"p{j}": (v[j],) for j in range(len(names))}
    if weight is None:
        terms |= {f"s{j}_{k}": (v[j], v[k]) for j, k in open_pairs}
    else:
        d = factors["d"]
        terms |= {"w": (d,), "ww": (d, d)}
        terms |= {f"f{j}": (d, v[j]) for j in range(len(names))}
        terms |= {f"c{j}": (d, d, v[j]) for j in range(len(names))}
        terms |= {f"s{j}_{k}": (d, d, v[j], v[k]) for j, k in open_pairs}
    ranges = _looked_up(table, factors, list(terms.values())) if ordered else {}
    sums = {name: _Sum(term, ranges, ordered=ordered) for name, term in terms.items()}
    found, keys, order = _grouped(table, by, factors, sums)

    count = len(order)
    columns = {name: as_array(found.column(name))[order] for name in found.column_names if name[0] not in "kn"}
    totals = {name: sums[name].value(columns, name) for name in sums}
    n = as_array(found.column("n"))[order].astype(np.int64)
    plain = _matrix(totals, "p", len(names), count)
    first = plain if weight is None else _matrix(totals, "f", len(names), count)
    cross = plain if weight is None else _matrix(totals, "c", len(names), count)
    second = np.zeros((count, len(names), len(names)))
    for j, k in pairs:
        second[:, j, k] = second[:, k, j] = totals[f"s{j}_{k}"] if (j, k) in open_pairs else cross[:, j]
    return Cells(
        keys=dict(zip(by, keys, strict=True)),
        measures=names,
        n=n,
        weight=n.astype(np.float64) if weight is None else totals["w"],
        weight2=n.astype(np.float64) if weight is None else totals["ww"],
        first=first,
        cross=cross,
        second=second,
        plain=plain,
    )


@dataclass(frozen=True)
class _Factor:
    """One column of the prepared rows: `whole` numbers, conditions (`truth`), the `bound` its type tells or 0."""

    name: str
    made: nw.Expr
    whole: bool
    truth: bool = False
    bound: float = 0.0


class _Sum:
    """The sum of a product of factors: exact where they are whole, else in units of 2^-shift, else as floats."""

    def __init__(self, term: tuple[_Factor, ...], ranges: Mapping[tuple[str, ...], Range], *, ordered: bool) -> None:
        self.term = term
        self.unit = Unit()
        bound = math.prod(_bound(factor, ranges) for factor in term)
        self.whole = all(factor.whole for factor in term) and bound < WHOLE
        if ordered and not self.whole:
            self.unit = unit_for(ranges[_core(term)])

    @property
    def core(self) -> tuple[str, ...]:
        """The factors that decide how large a product is."""
        return _core(self.term)

    @property
    def truths(self) -> frozenset[str]:
        """The conditions a row must meet to be added."""
        return frozenset(factor.name for factor in self.term if factor.truth)

    def amounts(self) -> dict[str, nw.Expr]:
        """Return what is added up of a row that meets the conditions: in one piece, or in two of different units.

        Sums of one core add up the same amounts.
        """
        core = tuple(factor for factor in self.term if not factor.truth)
        if self.whole:
            return {"": fold(lambda a, b: a * b, [nw.col(factor.name).cast(nw.Int64) for factor in core])}
        return self.unit.cut(_product(core))

    def value(self, found: Mapping[str, Floats], name: str) -> Floats:
        """Return the sum from what the engine computed."""
        total = np.nan_to_num(found[name])
        if self.unit.pieces == 2:
            total = total + np.ldexp(np.nan_to_num(found[name + LOW]), -BITS)
        values: Floats = np.ldexp(total, -self.unit.shift)
        return values


def _core(term: tuple[_Factor, ...]) -> tuple[str, ...]:
    """Return the factors that decide how large a product is: conditions are 1 or 0."""
    return tuple(factor.name for factor in term if not factor.truth)


def _product(term: tuple[_Factor, ...]) -> nw.Expr:
    columns = [nw.col(factor.name).cast(nw.Float64) if factor.whole else nw.col(factor.name) for factor in term]
    return fold(lambda a, b: a * b, columns)


def _bound(factor: _Factor, ranges: Mapping[tuple[str, ...], Range]) -> float:
    found = ranges.get((factor.name,))
    return factor.bound or (found.largest if found else math.inf)


def _factors(table: nw.LazyFrame[Any], measures: Mapping[str, nw.Expr], weight: str | None) -> dict[str, _Factor]:
    """Return measures and weight as columns without missing values."""
    wanted = {f"v{j}": expression for j, expression in enumerate(measures.values())}
    if weight is not None:
        wanted["d"] = nw.col(weight)
    schema = table.select(**wanted).collect_schema() if wanted else {}
    found: dict[str, _Factor] = {}
    for name, expression in wanted.items():
        truth = schema[name] == nw.Boolean
        if truth or schema[name].is_integer():
            bound = 1.0 if truth else float(_SMALL.get(type(schema[name]), 0))
            made = expression.fill_null(False) if truth else expression.cast(nw.Int64).fill_null(0)
            found[name] = _Factor(name, made, True, truth, bound)
        else:
            value = expression.cast(nw.Float64)
            made = nw.when(value.is_finite()).then(value).otherwise(nw.lit(0.0))
            found[name] = _Factor(name, made, False)
    return found


def _looked_up(
    table: nw.LazyFrame[Any], factors: Mapping[str, _Factor], terms: Sequence[tuple[_Factor, ...]]
) -> dict[tuple[str, ...], Range]:
    """Return the ranges of the products whose types do not tell them, in one pass without groups."""
    unknown = [term for term in terms if math.prod(factor.bound or math.inf for factor in term) >= WHOLE]
    cores = {_core(term) for term in unknown}
    seen: set[tuple[str, ...]] = {(factor.name,) for term in unknown for factor in term if not factor.truth}
    seen |= {core for core in cores if len(set(core)) > 1}
    if not seen:
        return {}
    places = {core: f"x{number}" for number, core in enumerate(sorted(seen))}
    rows = table.select(**{name: factor.made for name, factor in factors.items()}).select(
        **{place: _product(tuple(factors[name] for name in core)).abs() for core, place in places.items()}
    )
    sought = {f"{place}_most": nw.col(place).max() for place in places.values()}
    sought |= {f"{place}_least": nw.when(nw.col(place) > 0).then(nw.col(place)).min() for place in places.values()}
    found = aggregate(rows, **sought)
    ranges = {
        core: Range(float(found[f"{place}_most"] or 0.0), float(found[f"{place}_least"] or 0.0))
        for core, place in places.items()
    }
    for core in cores:
        if core not in ranges:
            try:
                ranges[core] = ranges[core[:1]].power(len(core))
            except OverflowError:
                ranges[core] = Range(math.inf, 0.0)
    return ranges


def _grouped(
    table: nw.LazyFrame[Any], by: Sequence[str], factors: Mapping[str, _Factor], sums: Mapping[str, _Sum]
) -> tuple[Any, list[Texts], Integers]:
    """Run the one group-by; return the Arrow table, its keys in order, and that order."""
    keys = [f"k{place}" for place in range(len(by))]
    rows = [nw.col(name).alias(key) for key, name in zip(keys, by, strict=True)]
    rows += [factor.made.alias(name) for name, factor in factors.items()]
    prepared = table.select(rows) if rows else table
    native = native_module(table)
    if any(each.core for each in sums.values()):
        found = as_arrow(_added(prepared, keys, sums, native.wide))
    else:
        found = native.counted(prepared, keys, {name: sorted(each.truths) for name, each in sums.items()})
    if not keys:
        return found, [], np.arange(found.num_rows, dtype=np.int64)
    return found, *sorted_keys([found.column(key) for key in keys])


def _added(
    prepared: nw.LazyFrame[Any], keys: Sequence[str], sums: Mapping[str, _Sum], wide: Callable[[nw.Expr], nw.Expr]
) -> nw.LazyFrame[Any]:
    """Return the sums by group.

    The sum over rows that meet conditions is a sum over the patterns of conditions that meet them. So each amount is
    added once by group and pattern, and the few patterns are put together in a second step, in integers all the way.
    """
    truths = sorted({name for each in sums.values() for name in each.truths})
    folded = bool(keys) and 0 < len(truths) <= _PATTERNS
    places: dict[tuple[str, ...], str] = {}
    amounts: dict[str, nw.Expr] = {}
    totals: dict[str, nw.Expr] = {}
    for each in sums.values():
        if not each.core or each.core in places:
            continue
        places[each.core] = f"a{len(places)}"
        for piece, made in each.amounts().items():
            name = places[each.core] + piece
            amounts[name] = made
            totals[name] = wide(nw.col(name)) if each.whole or each.unit.pieces else nw.col(name)
    rows = prepared.select(
        *map(nw.col, keys),
        *([_pattern(truths).alias("pattern")] if folded else map(nw.col, truths)),
        *(made.alias(name) for name, made in amounts.items()),
    )
    if folded:
        added = {name: made.sum() for name, made in totals.items()}
        rows = rows.group_by(*keys, "pattern").agg(n=nw.len(), **added)
        totals = {name: nw.col(name) for name in totals}
    computed: dict[str, nw.Expr] = {"n": nw.col("n").sum().cast(nw.Int64) if folded else nw.len()}
    for name, each in sums.items():
        meets = None
        if each.truths:
            meets = nw.col("pattern").is_in(_having(truths, each.truths)) if folded else meeting(sorted(each.truths))
        if not each.core and meets is not None:
            ones = nw.when(meets).then(nw.col("n") if folded else nw.lit(1))
            computed[name] = (ones.sum() if folded else ones.count()).cast(nw.Float64)
            continue
        for piece in each.amounts():
            amount = totals[places[each.core] + piece]
            held = amount if meets is None else nw.when(meets).then(amount)
            computed[name + piece] = held.sum().cast(nw.Float64)
    return rows.group_by(*keys).agg(**computed) if keys else rows.select(**computed)


def _pattern(truths: Sequence[str], number: int = 0) -> nw.Expr:
    """Return which of the conditions a row meets, as one small number with a bit for each."""
    if not truths:
        return nw.lit(number).cast(nw.Int8)
    yes, no = (_pattern(truths[:-1], number + bit) for bit in (2 ** (len(truths) - 1), 0))
    return nw.when(nw.col(truths[-1])).then(yes).otherwise(no)


def _having(truths: Sequence[str], wanted: frozenset[str]) -> list[int]:
    """Return the patterns in which all the `wanted` conditions are met."""
    bits = sum(1 << place for place, name in enumerate(truths) if name in wanted)
    return [number for number in range(2 ** len(truths)) if number & bits == bits]


def _matrix(totals: Mapping[str, Floats], letter: str, width: int, count: int) -> Floats:
    if not width:
        return np.zeros((count, 0))
    return np.stack([totals[f"{letter}{j}"] for j in range(width)], axis=1)
