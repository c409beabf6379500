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

from countersign.model.cells import Cells, Floats
from countersign.tables.collection import aggregate, as_array, as_arrow, as_objects, sorted_by
from countersign.tables.engine import native_module

_BITS = 62  # a summand fills at most so many bits of a 64-bit integer
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
        number of threads. Each summand is rounded to a multiple of B 2^-62, B the largest the column's summands can
        be, and added as an integer; the error of a sum of n is below n B 2^-62, less than that of adding floats.
        Conditions and small integers cost nothing; weights and other numbers need one more look at their columns
        for B (a tenth of a scan) and about a third more time. False = plain float sums.

    Raises
    ------
    DataError, StoreError: what the engine met on the way, in plain words.
    """
    names = tuple(measures)
    by = tuple(dict.fromkeys(by))
    factors = _factors(table, measures, weight, ordered=ordered)
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
    sums = {name: _Sum(term, ordered=ordered) for name, term in terms.items()}
    found, order = _grouped(table, by, factors, sums)

    count = len(order)
    totals = {name: sums[name].value(as_array(found.column(name))[order]) for name in sums}
    n = as_array(found.column("n"))[order].astype(np.int64)
    plain = _matrix(totals, "p", len(names), count)
    first = plain if weight is None else _matrix(totals, "f", len(names), count)
    cross = plain if weight is None else _matrix(totals, "c", len(names), count)
    second = np.zeros((count, len(names), len(names)))
    for j, k in pairs:
        second[:, j, k] = second[:, k, j] = totals[f"s{j}_{k}"] if (j, k) in open_pairs else cross[:, j]
    return Cells(
        keys={name: as_objects(found.column(f"k{place}"))[order] for place, name in enumerate(by)},
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
    """One column of the prepared rows: its largest absolute value, and whether it is whole (and a condition)."""

    name: str
    made: nw.Expr
    bound: float
    whole: bool
    truth: bool = False


class _Sum:
    """The sum of a product of factors, added as integers in units of 2^-shift."""

    def __init__(self, term: tuple[_Factor, ...], *, ordered: bool) -> None:
        self.term = term
        self.whole = all(factor.whole for factor in term)
        bound = math.prod(factor.bound for factor in term)
        self.fits = bound < 2.0**_BITS
        self.shift = 0
        self.plain = not ordered
        if ordered and not (self.whole and self.fits):
            self.whole = False
            self.shift = _BITS - 1 - math.frexp(bound)[1] if bound > 0 else 0
            # Scaled in two steps below: 2^shift itself may be beyond the largest float.
            self.plain = not math.isfinite(bound) or abs(self.shift) > 1000

    def made(self, wide: Any) -> nw.Expr:
        whole = self.whole and self.fits
        columns = [nw.col(factor.name) for factor in self.term]
        if not whole:
            columns = [
                each.cast(nw.Float64) if factor.whole else each for each, factor in zip(columns, self.term, strict=True)
            ]
        product = fold(lambda a, b: a * b, columns)
        if self.plain and not whole:
            return product.sum()
        if self.shift:
            product = product * 2.0**self.shift
        total: nw.Expr = wide(product if whole else product.cast(nw.Int64)).sum()
        return total.cast(nw.Float64)

    def value(self, found: Floats) -> Floats:
        values: Floats = np.ldexp(np.nan_to_num(found), -self.shift)
        return values


def _factors(
    table: nw.LazyFrame[Any], measures: Mapping[str, nw.Expr], weight: str | None, *, ordered: bool
) -> dict[str, _Factor]:
    """Return weight and measures as factors; the largest value is looked up only where the type does not tell it."""
    wanted = {f"v{j}": expression for j, expression in enumerate(measures.values())}
    if weight is not None:
        wanted["d"] = nw.col(weight)
    if not wanted:
        return {}
    schema = table.select(**wanted).collect_schema()
    made: dict[str, nw.Expr] = {}
    for name, expression in wanted.items():
        if schema[name] == nw.Boolean or schema[name].is_integer():
            made[name] = expression.cast(nw.Int64).fill_null(0)
        else:
            value = expression.cast(nw.Float64)
            made[name] = nw.when(value.is_finite()).then(value).otherwise(nw.lit(0.0))
    truths = {name for name in wanted if schema[name] == nw.Boolean}
    bounds = {name: 1.0 if name in truths else float(_SMALL.get(type(schema[name]), 0)) for name in wanted}
    unknown = {name: made[name] for name in wanted if not bounds[name]}
    if unknown and ordered:
        seen = aggregate(
            table.select(**unknown), **{name: nw.col(name).cast(nw.Float64).abs().max() for name in unknown}
        )
        bounds |= {name: float(value or 0.0) for name, value in seen.items()}
    elif unknown:
        bounds |= dict.fromkeys(unknown, math.inf)
    return {
        name: _Factor(
            name, made[name], bounds[name], schema[name] == nw.Boolean or schema[name].is_integer(), name in truths
        )
        for name in wanted
    }


def _grouped(
    table: nw.LazyFrame[Any], by: Sequence[str], factors: Mapping[str, _Factor], sums: Mapping[str, _Sum]
) -> tuple[Any, Any]:
    """Run the one group-by; return the Arrow table and the order of its rows by key."""
    keys = [f"k{place}" for place in range(len(by))]
    rows = [nw.col(name).alias(key) for key, name in zip(keys, by, strict=True)]
    rows += [factor.made.alias(name) for name, factor in factors.items()]
    prepared = table.select(rows) if rows else table
    wide = native_module(table).wide
    computed = {"n": nw.len()} | {name: each.made(wide) for name, each in sums.items()}
    found = as_arrow(prepared.group_by(*keys).agg(**computed) if keys else prepared.select(**computed))
    return found, sorted_by({key: as_objects(found.column(key)) for key in keys}, found.num_rows)


def _matrix(totals: Mapping[str, Floats], letter: str, width: int, count: int) -> Floats:
    if not width:
        return np.zeros((count, 0))
    return np.stack([totals[f"{letter}{j}"] for j in range(width)], axis=1)
