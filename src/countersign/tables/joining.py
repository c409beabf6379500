"""Joining: the weights of cells brought back to the rows they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from countersign.errors import WeightingError
from countersign.tables.engine import native_module
from countersign.tables.failures import in_plain_words

if TYPE_CHECKING:
    from countersign.model.weights import Weights

_FACTOR = "_factor"


def join_back(table: nw.LazyFrame[Any], weights: Weights, *, name: str = "weight") -> nw.LazyFrame[Any]:
    """Return the rows with their final weight w = d g in column `name`.

    Parameters
    ----------
    weights: calibration factors g by cell; d is its ``base_column``, or 1. Where its ``base`` is given, a cell is also
        known by its base weight. A missing category matches a missing category.

    Returns
    -------
    All rows; the weight of a row whose cell has no factor is missing.

    Raises
    ------
    WeightingError: the table lacks a column the weights are by, or already has `name`.
    """
    import pyarrow as pa

    columns = table.collect_schema().names()
    on = [*weights.by, *([weights.base_column] if weights.base is not None and weights.base_column else [])]
    lacking = [each for each in dict.fromkeys([*on, weights.base_column]) if each and each not in columns]
    if lacking or name in columns:
        raise WeightingError(
            f"The table has no column {', '.join(map(repr, lacking))}."
            if lacking
            else f"The table has '{name}' already.",
            expected="a table with the columns the weights are by, and none named like the new one",
        )
    if weights.formula is not None:
        return _by_row(table, weights, name=name)
    arrays = {each: pa.array(weights.keys[each].tolist()) for each in weights.by}
    if len(on) > len(weights.by):
        arrays[weights.base_column] = pa.array(weights.base)
    with in_plain_words():
        joined: nw.LazyFrame[Any] = native_module(table).attach(
            table, pa.table(arrays | {_FACTOR: pa.array(weights.factor)}), on=on
        )
    factor = nw.col(_FACTOR)
    if weights.base_column:
        factor = factor * nw.col(weights.base_column).cast(nw.Float64)
    return joined.with_columns(factor.alias(name)).drop(_FACTOR)


def _by_row(table: nw.LazyFrame[Any], weights: Weights, *, name: str) -> nw.LazyFrame[Any]:
    """Return the rows with weights that follow from a formula of their auxiliaries."""
    import pyarrow as pa

    from countersign.tables.row_cells import unreduced

    cells, rows = unreduced(table, by=weights.by, measures={}, weight=weights.base_column or None)
    if rows is None:
        raise WeightingError(
            "The rows have no number, so their weights cannot be joined to them.",
            expected="a table with the column _row",
            action="open it with countersign.read first",
        )
    final = pa.table({"_row": pa.array(rows), name: pa.array(cells.weight * weights.factor_of(cells)[0])})
    with in_plain_words():
        joined: nw.LazyFrame[Any] = native_module(table).attach(table, final, on=["_row"])
    return joined
