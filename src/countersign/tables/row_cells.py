"""Row cells: rows as cells of one row each, for weights that differ from row to row.

Where a continuous number enters the weights, no two rows need share a cell. The methods are the same; the arrays are as
long as the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Cells, Floats, Integers, Texts, _order
from countersign.tables.collection import _plain, as_array, as_arrow


def unreduced(
    table: nw.LazyFrame[Any],
    *,
    by: Sequence[str],
    measures: Mapping[str, nw.Expr],
    weight: str | None = None,
) -> tuple[Cells, Integers | None]:
    """Return every row as a cell; as `countersign.tables.reduce`, without adding up.

    Parameters
    ----------
    by: columns kept as keys: numbers as floats (n,), categories as objects. measures, weight: as in `reduce`: missing,
        not-a-number and infinity count 0.

    Returns
    -------
    Cells in the order of ``_row``, and the ``_row`` of each; None where the table has none.

    Raises
    ------
    DataError, StoreError: what the engine met on the way, in plain words.
    """
    by = tuple(dict.fromkeys(by))
    wanted = {f"k{place}": nw.col(name) for place, name in enumerate(by)}
    wanted |= {f"v{place}": made for place, made in enumerate(measures.values())}
    if weight is not None:
        wanted["d"] = nw.col(weight)
    numbered = "_row" in table.collect_schema().names()
    if numbered or not wanted:
        wanted["r"] = nw.col("_row")
    found = as_arrow(table.select(**wanted))
    rows, order = None, None
    if numbered:
        rows = as_array(found.column("r"), whole=True).astype(np.int64)
        if (rows[1:] < rows[:-1]).any():
            order = np.argsort(rows, kind="stable")
            rows = rows[order]
    count = found.num_rows

    def amounts(name: str) -> Floats:
        value = as_array(found.column(name)).astype(np.float64)
        value = np.where(np.isfinite(value), value, 0.0)
        return value if order is None else value[order]

    keys: dict[str, Texts] = {}
    coded: dict[str, tuple[Integers, list[object]]] = {}
    for place, name in enumerate(by):
        column = found.column(f"k{place}")
        if _is_number(column):
            value = as_array(column)
            keys[name] = value if order is None else value[order]
            continue
        code, distinct = _coded(column)
        code = code if order is None else code[order]
        objects = np.empty(len(distinct), dtype=object)
        objects[:] = distinct
        keys[name], coded[name] = objects[code], (code, distinct)
    d = np.ones(count) if weight is None else amounts("d")
    p = len(measures)
    v = np.stack([amounts(f"v{place}") for place in range(p)], axis=1) if p else np.zeros((count, 0))
    weighted = v * d[:, None]
    cells = Cells(
        keys=keys,
        measures=tuple(measures),
        n=np.ones(count, dtype=np.int64),
        weight=d,
        weight2=d**2,
        first=weighted,
        cross=weighted * d[:, None],
        second=weighted[:, :, None] * weighted[:, None, :],
        plain=v,
    )
    cells._coded.update(coded)
    return cells, rows


def _is_number(column: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(column.type))


def _coded(column: Any) -> tuple[Integers, list[object]]:
    """Return the number of each row's category, in sorted order, and the categories."""
    held = column.combine_chunks().dictionary_encode()
    values = [_plain(value) for value in held.dictionary.to_pylist()]
    indices = np.asarray(held.indices.fill_null(len(values)), dtype=np.int64)
    if held.indices.null_count:
        values.append(None)
    order = sorted(range(len(values)), key=lambda place: _order(values[place]))
    rank = np.empty(len(values) + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[indices], [values[place] for place in order]
