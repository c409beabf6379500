"""Reduction: rows to cells in one group-by pass; everything after it costs the same for 10^3 and for 10^8 rows.

Engines add in parallel, so plain sums of floats differ in the last digits from run to run. `reduce` adds integers
instead and gives the same bits every time; see `_Exact`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Cells, Floats
from countersign.tables.collection import as_array, as_arrow, as_objects, sorted_by


def reduce(
    table: nw.LazyFrame[Any],
    *,
    by: Sequence[str],
    measures: Mapping[str, nw.Expr],
    weight: str | None = None,
) -> Cells:
    """Return the moments of `measures` by the cells of `by`; see `countersign.model.cells.Cells`.

    Parameters
    ----------
    by: columns that define the cells; none = one cell.
    measures: name -> expression; a condition counts 1 or 0, a missing value counts 0.
    weight: column of base weights d; None = every row counts 1. A missing base weight counts 0.
    """
    names = tuple(measures)
    schema = table.select(**measures).collect_schema() if measures else {}
    truths = {name for name in names if schema[name] == nw.Boolean}
    rows = [nw.col(name) for name in dict.fromkeys(by)]
    rows += [measure.cast(nw.Float64).fill_null(0.0).alias(f"v{j}") for j, measure in enumerate(measures.values())]
    sums: dict[str, nw.Expr] = {"n": nw.len()}
    v = [nw.col(f"v{j}") for j in range(len(names))]
    pairs = [(j, k) for j in range(len(names)) for k in range(j, len(names))]
    sums |= {f"p{j}": v[j].sum() for j in range(len(names))}
    if weight is None:
        sums |= {f"s{j}_{k}": (v[j] * v[k]).sum() for j, k in pairs if j != k or names[j] not in truths}
    else:
        rows.append(nw.col(weight).cast(nw.Float64).fill_null(0.0).alias("d"))
        d = nw.col("d")
        sums |= {"w": d.sum(), "ww": (d * d).sum()}
        sums |= {f"f{j}": (d * v[j]).sum() for j in range(len(names))}
        sums |= {f"c{j}": (d * d * v[j]).sum() for j in range(len(names))}
        sums |= {f"s{j}_{k}": (d * d * v[j] * v[k]).sum() for j, k in pairs if j != k or names[j] not in truths}
    prepared = table.select(rows) if rows else table.select(nw.lit(1).alias("one"))
    found = as_arrow(prepared.group_by(*by).agg(**sums) if by else prepared.select(**sums))
    keys = {name: as_objects(found.column(name)) for name in by}
    order = sorted_by(keys, found.num_rows)

    def column(name: str) -> Floats:
        values: Floats = np.nan_to_num(as_array(found.column(name))[order])
        return values

    def matrix(letter: str) -> Floats:
        return np.stack([column(f"{letter}{j}") for j in range(len(names))], axis=1) if names else empty

    count = found.num_rows
    empty = np.zeros((count, 0))
    n = column("n")
    plain = matrix("p")
    first = plain if weight is None else matrix("f")
    cross = plain if weight is None else matrix("c")
    second = np.zeros((count, len(names), len(names)))
    for j, k in pairs:
        second[:, j, k] = cross[:, j] if j == k and names[j] in truths else column(f"s{j}_{k}")
        second[:, k, j] = second[:, j, k]
    return Cells(
        keys={name: values[order] for name, values in keys.items()},
        measures=names,
        n=n.astype(np.int64),
        weight=n if weight is None else column("w"),
        weight2=n if weight is None else column("ww"),
        first=first,
        cross=cross,
        second=second,
        plain=plain,
    )
