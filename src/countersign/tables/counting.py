"""Counting: rows by group, and how many of them meet conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce as fold
from typing import TYPE_CHECKING, Any

import narwhals as nw

from countersign.tables.collection import as_arrow

if TYPE_CHECKING:
    import pyarrow as pa


def meeting(truths: Sequence[str]) -> nw.Expr:
    """Return the condition that all of these columns are true."""
    return fold(lambda a, b: a & b, [nw.col(name) for name in truths])


def counted(rows: nw.LazyFrame[Any], keys: Sequence[str], conditions: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return rows by group as ``n``, and under each other name how many of them meet all of its conditions."""
    computed: dict[str, nw.Expr] = {"n": nw.len()}
    for name, truths in conditions.items():  # counting is half the work of adding ones and zeros
        computed[name] = nw.when(meeting(truths)).then(nw.lit(1)).count().cast(nw.Float64)
    return as_arrow(rows.group_by(*keys).agg(**computed) if keys else rows.select(**computed))
