"""Adding up: expressions -> totals over rows or groups, floats added so that they come out the same every time.

A plain sum of floats differs in its last digits from run to run, because engines add in parallel. See `whole_pieces`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw

from countersign.tables.anatomy import Total, total_of, written_out
from countersign.tables.engine import native_module
from countersign.tables.failures import in_plain_words
from countersign.tables.whole_pieces import LOW, Range, Unit, unit_for

_WAYS = ("sum", "mean")


def add_up(table: nw.LazyFrame[Any], by: Sequence[str] = (), /, **expressions: nw.Expr) -> nw.LazyFrame[Any]:
    """Return totals over all rows or by groups, in no order, not computed yet.

    A sum or mean of floats has the same bits in repeated runs, whatever the number of threads. Its numbers are looked
    at once before: they are cut to multiples of B 2^-61, B the largest of them (by groups of B 2^-122, if they spread
    over more than 22 powers of two), and added as whole numbers. A number that is not finite makes a plain sum, as does
    a range that floats cannot hold. All else (counts, sums of whole numbers, expressions of several totals) is computed
    as it stands.

    Parameters
    ----------
    by: columns. expressions: name -> total.

    Raises
    ------
    DataError, StoreError: what the engine met on the way, in plain words.
    """
    floats = _floats(table, expressions)
    units = _units(table, {written_out(each): each for each in map(_summand, floats.values())}, grouped=bool(by))
    places = {key: f"_added_{place}" for place, key in enumerate(units)}
    pieces = {
        places[key] + ending: piece
        for key, (summand, unit) in units.items()
        for ending, piece in unit.cut(summand).items()
    }
    rows = table.with_columns(**pieces) if pieces else table
    wide = native_module(table).wide
    computed = dict(expressions)
    for name, each in floats.items():
        summand, key = _summand(each), written_out(_summand(each))
        added = _added(places[key], units[key][1], wide)
        computed[name] = added / summand.count() if each.way == "mean" else added
    return rows.group_by(*by).agg(**computed) if by else rows.select(**computed)


def _summand(each: Total) -> nw.Expr:
    assert each.of is not None
    return each.of.cast(nw.Float64)


def _added(column: str, unit: Unit, wide: Callable[[nw.Expr], nw.Expr]) -> nw.Expr:
    if not unit.pieces:
        return nw.col(column).sum()
    added = [wide(nw.col(column + ending)).sum().cast(nw.Float64) for ending in ("", LOW)[: unit.pieces]]
    return unit.worth(*added)


def _floats(table: nw.LazyFrame[Any], expressions: Mapping[str, nw.Expr]) -> dict[str, Total]:
    """Return the totals that are sums or means of floats."""
    found = {name: total_of(each) for name, each in expressions.items()}
    sums = {
        name: each for name, each in found.items() if each is not None and each.of is not None and each.way in _WAYS
    }
    if not sums:
        return {}
    schema = table.select(**{name: each.of for name, each in sums.items() if each.of is not None}).collect_schema()
    return {name: each for name, each in sums.items() if schema[name].is_float()}


def _units(
    table: nw.LazyFrame[Any], summands: Mapping[str, nw.Expr], *, grouped: bool
) -> dict[str, tuple[nw.Expr, Unit]]:
    """Look at the numbers once, and return the unit each is cut to."""
    if not summands:
        return {}
    native = native_module(table)
    rows = table.select(**{f"x{place}": each.abs() for place, each in enumerate(summands.values())})
    sought: dict[str, nw.Expr] = {}
    for place in range(len(summands)):
        x = nw.col(f"x{place}")
        sought[f"most{place}"] = x.max()
        if grouped:
            sought[f"least{place}"] = nw.when(x > 0).then(x).min()
        if not native.NAN_IS_LARGEST:
            sought[f"nan{place}"] = nw.when(x.is_nan()).then(x).count()
    with in_plain_words():
        found = native.as_arrow(rows.select(**sought)).to_pylist()[0]
    units: dict[str, tuple[nw.Expr, Unit]] = {}
    for place, (key, each) in enumerate(summands.items()):
        most = math.inf if found.get(f"nan{place}") else found[f"most{place}"] or 0.0
        # A group may hold small numbers only, so its sum needs bits that nobody would miss in the sum of all.
        units[key] = each, unit_for(Range(most, found.get(f"least{place}", most) or 0.0))
    return units
