"""Classes -> rows: what was measured of a class, brought back to the records in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.model.cells import Integers
from countersign.protection.risk.classes import Classes
from countersign.tables.collection import as_arrow
from countersign.tables.engine import native_module
from countersign.tables.failures import in_plain_words


def with_classes(
    rows: nw.LazyFrame[Any], classes: Classes, values: Mapping[str, npt.NDArray[Any]], *, keep: Sequence[str] = ()
) -> nw.LazyFrame[Any]:
    """Return the rows with what is known of their classes.

    Parameters
    ----------
    values: name -> of each class, (C,). keep: further columns of the rows.
    """
    import pyarrow as pa

    table = classes.table
    for name, column in values.items():
        table = table.append_column(name, pa.array(column))
    chosen = rows.select(*dict.fromkeys([*classes.keys, *keep]))
    with in_plain_words():
        joined: nw.LazyFrame[Any] = native_module(rows).attach(chosen, table, on=list(classes.keys))
    return joined.select(*keep, *values)


def class_of_rows(
    rows: nw.LazyFrame[Any], classes: Classes, household: str = ""
) -> tuple[dict[str, npt.NDArray[Any]], Integers, Integers | None]:
    """Return the rows' numbers, the number of the class of each, and that of its household.

    Returns
    -------
    ``{"row": (n,)}``, or nothing where rows have no number; classes, (n,); households from 0 on, (n,), or None.
    """
    numbered = "_row" in rows.collect_schema().names()
    keep = [name for name, wanted in (("_row", numbered), (household, bool(household))) if wanted]
    found = as_arrow(with_classes(rows, classes, {"_class": np.arange(len(classes))}, keep=keep))
    of = found.column("_class").to_numpy()
    living: Integers | None = None
    if household:
        living = found.column(household).combine_chunks().dictionary_encode().indices.to_numpy()
    if not numbered:
        return {}, of, living
    row = found.column("_row").to_numpy()
    order = np.argsort(row)
    return {"row": row[order]}, of[order], None if living is None else living[order]
