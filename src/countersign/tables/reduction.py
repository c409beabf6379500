"""Reduction: rows to cells in one group-by pass; everything after it costs the same for 10^3 and for 10^8 rows.

Engines add in parallel, so sums of floats differ in the last digits from run to run. `reduce` adds integers instead
(Demmel and Nguyen 2013, reproducible summation, with one wide accumulator) and gives the same bits every time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce as fold
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Cells, Floats, Integers, Texts
from countersign.tables.collection import aggregate, as_array, as_arrow, sorted_keys
from countersign.tables.engine import native_module

_BITS = 61  # a summand fills at most so many bits of a 64-bit integer
_SPREAD = 22  # values further apart than 2^22 need a second integer for their last bits
_FARTHEST = 1000  # powers of two beyond it leave the range of floats
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
class _Range:
    """The largest absolute value of a column or product, and the smallest that is not zero."""

    largest: float
    smallest: float

    def power(self, times: int) -> _Range:
        return _Range(self.largest**times, self.smallest**times)


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

    def __init__(self, term: tuple[_Factor, ...], ranges: Mapping[tuple[str, ...], _Range], *, ordered: bool) -> None:
        self.term = term
        self.shift = 0
        self.folds = 0
        bound = math.prod(_bound(factor, ranges) for factor in term)
        self.whole = all(factor.whole for factor in term) and bound < 2.0**_BITS
        if ordered and not self.whole:
            found = ranges[_core(term)]
            self.shift = _BITS - math.frexp(found.largest)[1] if 0 < found.largest < math.inf else 0
            fits = math.isfinite(found.largest) and abs(self.shift) < _FARTHEST
            wide_spread = found.smallest < found.largest * 2.0**-_SPREAD
            self.folds = (2 if wide_spread else 1) if fits else 0

    def made(self, name: str, wide: Any) -> dict[str, nw.Expr]:
        """Return the sums the engine computes for it, by name."""
        if all(factor.truth for factor in self.term):  # counting is half the work of adding ones and zeros
            held = fold(lambda a, b: a & b, [nw.col(factor.name) for factor in self.term])
            return {name: nw.when(held).then(nw.lit(1)).count().cast(nw.Float64)}
        if self.whole:
            product = fold(lambda a, b: a * b, [nw.col(factor.name).cast(nw.Int64) for factor in self.term])
            return {name: wide(product).sum().cast(nw.Float64)}
        product = _product(self.term)
        if not self.folds:
            return {name: product.sum()}
        scaled = product * 2.0**self.shift if self.shift else product
        if self.folds == 1:
            return {name: wide(scaled.cast(nw.Int64)).sum().cast(nw.Float64)}
        upper = scaled.floor()
        lower = (scaled - upper) * 2.0**_BITS
        return {
            name: wide(upper.cast(nw.Int64)).sum().cast(nw.Float64),
            f"{name}_low": wide(lower.cast(nw.Int64)).sum().cast(nw.Float64),
        }

    def value(self, found: Mapping[str, Floats], name: str) -> Floats:
        """Return the sum from what the engine computed."""
        total = np.nan_to_num(found[name])
        if self.folds == 2:
            total = total + np.ldexp(np.nan_to_num(found[f"{name}_low"]), -_BITS)
        values: Floats = np.ldexp(total, -self.shift)
        return values


def _core(term: tuple[_Factor, ...]) -> tuple[str, ...]:
    """Return the factors that decide how large a product is: conditions are 1 or 0."""
    return tuple(factor.name for factor in term if not factor.truth)


def _product(term: tuple[_Factor, ...]) -> nw.Expr:
    columns = [nw.col(factor.name).cast(nw.Float64) if factor.whole else nw.col(factor.name) for factor in term]
    return fold(lambda a, b: a * b, columns)


def _bound(factor: _Factor, ranges: Mapping[tuple[str, ...], _Range]) -> float:
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
) -> dict[tuple[str, ...], _Range]:
    """Return the ranges of the products whose types do not tell them, in one pass without groups."""
    unknown = [term for term in terms if math.prod(factor.bound or math.inf for factor in term) >= 2.0**_BITS]
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
        core: _Range(float(found[f"{place}_most"] or 0.0), float(found[f"{place}_least"] or 0.0))
        for core, place in places.items()
    }
    for core in cores:
        if core not in ranges:
            try:
                ranges[core] = ranges[core[:1]].power(len(core))
            except OverflowError:
                ranges[core] = _Range(math.inf, 0.0)
    return ranges


def _grouped(
    table: nw.LazyFrame[Any], by: Sequence[str], factors: Mapping[str, _Factor], sums: Mapping[str, _Sum]
) -> tuple[Any, list[Texts], Integers]:
    """Run the one group-by; return the Arrow table, its keys in order, and that order."""
    keys = [f"k{place}" for place in range(len(by))]
    rows = [nw.col(name).alias(key) for key, name in zip(keys, by, strict=True)]
    rows += [factor.made.alias(name) for name, factor in factors.items()]
    prepared = table.select(rows) if rows else table
    wide = native_module(table).wide
    computed: dict[str, nw.Expr] = {"n": nw.len()}
    for name, each in sums.items():
        computed |= each.made(name, wide)
    found = as_arrow(prepared.group_by(*keys).agg(**computed) if keys else prepared.select(**computed))
    if not keys:
        return found, [], np.arange(found.num_rows, dtype=np.int64)
    return found, *sorted_keys([found.column(key) for key in keys])


def _matrix(totals: Mapping[str, Floats], letter: str, width: int, count: int) -> Floats:
    if not width:
        return np.zeros((count, 0))
    return np.stack([totals[f"{letter}{j}"] for j in range(width)], axis=1)
