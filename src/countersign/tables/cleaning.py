"""Cleaning: not-a-number and infinity are missing, from the moment a table is read."""

from __future__ import annotations

from typing import Any

import narwhals as nw


def without_nan(table: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Return the table with every not-a-number and infinity missing."""
    floats = [name for name, type_ in table.collect_schema().items() if type_ in (nw.Float64, nw.Float32)]
    return table.with_columns(nw.when(nw.col(name).is_finite()).then(nw.col(name)).alias(name) for name in floats)


def empty_is_missing(table: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Return a table of texts with every empty text missing."""
    return table.with_columns(
        nw.when(nw.col(name) != "").then(nw.col(name)).alias(name) for name in table.collect_schema().names()
    )
