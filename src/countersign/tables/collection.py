"""Collection: rows, groups and totals brought out of the engine as arrays and plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.model.cells import Texts, _order
from countersign.tables.adding_up import add_up
from countersign.tables.engine import native_module
from countersign.tables.failures import in_plain_words

if TYPE_CHECKING:
    import pyarrow as pa

Array = npt.NDArray[Any]


def as_arrow(table: nw.LazyFrame[Any]) -> pa.Table:
    """Read a whole table into Arrow.

    Raises
    ------
    DataError, StoreError: what the engine met on the way, in plain words.
    """
    with in_plain_words():
        return native_module(table).as_arrow(table)


def collect(table: nw.LazyFrame[Any], columns: Sequence[str]) -> dict[str, Array]:
    """Return columns as arrays, rows sorted by ``_row`` if the table has it.

    Returns
    -------
    Column -> (n,): numbers and conditions float64 with nan for missing, texts object with None, dates datetime64[D]
    with NaT.
    """
    ordered = "_row" in table.collect_schema().names()
    wanted = [nw.col(name) for name in dict.fromkeys(columns)]
    if ordered and "_row" not in columns:
        wanted.append(nw.col("_row"))
    found = as_arrow(table.select(wanted))
    order = np.argsort(as_array(found.column("_row"), whole=True), kind="stable") if ordered else slice(None)
    return {name: as_array(found.column(name))[order] for name in columns}


def aggregate(table: nw.LazyFrame[Any], **expressions: nw.Expr) -> dict[str, Any]:
    """Compute totals over all rows in one pass, with one more look at floats that are added up.

    Returns
    -------
    Name -> Python number, text, date or None. Sums and means of floats are the same bits every time (`add_up`).
    """
    if not expressions:
        return {}
    with in_plain_words():
        found = as_arrow(add_up(table, **expressions))
    return {name: _plain(found.column(name)[0].as_py()) for name in expressions}


def group(table: nw.LazyFrame[Any], by: Sequence[str], **expressions: nw.Expr) -> dict[str, Array]:
    """Compute totals by groups, as `aggregate` does over all rows; groups sorted by their keys, missing last.

    Returns
    -------
    Each key -> (C,) objects (None for missing); each expression -> (C,): integers int64 if none is missing, other
    numbers float64 with nan, texts object, dates datetime64[D].
    """
    with in_plain_words():
        found = as_arrow(add_up(table, by, **expressions))
    keys, order = sorted_keys([found.column(name) for name in by])
    if not by:
        order = np.arange(found.num_rows)
    groups: dict[str, Array] = dict(zip(by, keys, strict=True))
    return groups | {name: as_array(found.column(name), whole=True)[order] for name in expressions}


def sorted_keys(columns: Sequence[Any]) -> tuple[list[Texts], npt.NDArray[np.int64]]:
    """Return key columns as objects, sorted (numbers before texts, missing last), and the order that sorts them.

    Works on the few distinct values of each column, not on its rows.
    """
    ranked: list[tuple[npt.NDArray[np.int64], Texts]] = []
    for column in columns:
        coded = column.combine_chunks().dictionary_encode()
        values = [_plain(value) for value in coded.dictionary.to_pylist()] + [None]
        codes = np.asarray(coded.indices.fill_null(len(values) - 1), dtype=np.int64)
        places = [place for _, place in sorted((_order(value), place) for place, value in enumerate(values))]
        distinct = np.fromiter((values[place] for place in places), dtype=object, count=len(places))
        ranked.append((np.argsort(places)[codes], distinct))
    if not ranked:
        return [], np.zeros(0, dtype=np.int64)
    order = np.lexsort([rank for rank, _ in reversed(ranked)]).astype(np.int64)
    return [distinct[rank][order] for rank, distinct in ranked], order


def as_objects(column: Any) -> Texts:
    """Return an Arrow column as objects with None."""
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts: Texts = np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)
        return texts
    return np.fromiter((_plain(value) for value in column.to_pylist()), dtype=object, count=len(column))


def as_array(column: Any, *, whole: bool = False) -> Array:
    """Return an Arrow column as an array; see `collect` and `group`.

    Parameters
    ----------
    whole: keep integers as int64 where none is missing.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    type_ = column.type
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_):
        days: Array = column.cast(pa.timestamp("us")).to_numpy().astype("datetime64[D]")
        return days
    if pa.types.is_boolean(type_):
        column = column.cast(pa.int8())
        type_ = column.type
    if pa.types.is_null(type_):
        return np.full(len(column), np.nan)
    if whole and pa.types.is_integer(type_) and not column.null_count:
        integers: Array = column.to_numpy().astype(np.int64)
        return integers
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy(), dtype=np.float64)
    if pa.types.is_decimal(type_):
        return np.array([np.nan if value is None else float(value) for value in column.to_pylist()], dtype=np.float64)
    return as_objects(column)


def _plain(value: Any) -> Any:
    """Return engine's own kinds of number as Python's; not-a-number is missing."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value != value:
        return None
    return value
