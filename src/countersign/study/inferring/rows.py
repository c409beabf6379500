"""Tables -> what methods need: cells, or columns, through the table's own engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.model.cells import Texts
from countersign.model.dataset import Dataset
from countersign.model.design import Design

if TYPE_CHECKING:
    import narwhals as nw

    from countersign.model.cells import Cells
    from countersign.tables.collection import Array


def opened(table: Any) -> Dataset:
    """Return a data set: itself, or a path, data frame or Arrow table opened with `countersign.read`."""
    from countersign.study.plain import read

    return table if isinstance(table, Dataset) else read(table)


def cells_of(
    table: Any, /, *, by: Sequence[str], measures: Mapping[str, str] | None = None, weight: str = "", where: str = ""
) -> Cells:
    """Reduce a table to cells in one pass.

    Parameters
    ----------
    by: variables that define the cells. measures: name -> expression of the grammar of study files, such as
        ``"water = 'piped'"``; a missing value counts 0, so ask for ``"present(x)"``-like conditions beside it.
    weight: column of base weights. where: condition on the rows.
    """
    from countersign.tables import reduce

    dataset = opened(table)
    rows = dataset.kept()
    if where:
        rows = rows.filter(_compiled(where, dataset))
    made = {name: _compiled(text, dataset, summed=True) for name, text in (measures or {}).items()}
    wanted = tuple(dict.fromkeys(name for name in by if name))
    _known(dataset, (*wanted, *((weight,) if weight else ())))
    return reduce(rows, by=wanted, measures=made, weight=weight or None)


def columns_of(
    table: Any, names: Sequence[str], *, measures: Mapping[str, str] | None = None, where: str = ""
) -> dict[str, Array]:
    """Collect columns, rows in the order of the file: numbers as float64 with nan, text as objects with None.

    Parameters
    ----------
    names: columns of the table. measures: further names -> expressions of the grammar of study files; conditions come
        as 0, 1 and nan. where: condition on the rows.
    """
    from countersign.tables import collect

    dataset = opened(table)
    wanted = list(dict.fromkeys(name for name in names if name))
    _known(dataset, wanted)
    rows = dataset.kept()
    if where:
        rows = rows.filter(_compiled(where, dataset))
    made = {name: f"_measure_{place}" for place, name in enumerate(measures or {})}
    if measures:
        rows = rows.with_columns(**{made[name]: _compiled(text, dataset) for name, text in measures.items()})
    found = collect(rows, [*wanted, *made.values()])
    return {name: found[name] for name in wanted} | {name: found[column] for name, column in made.items()}


def as_keys(column: Array) -> Texts:
    """Return a collected column as categories: whole numbers as int, missing as None."""
    return np.fromiter((_key(value) for value in column.tolist()), dtype=object, count=len(column))


def _key(value: Any) -> Any:
    if isinstance(value, float):
        if value != value:
            return None
        return int(value) if value.is_integer() else value
    return value


def _compiled(text: str, dataset: Dataset, *, summed: bool = False) -> nw.Expr:
    """Compile an expression, a condition of constants spread over the rows.

    Parameters
    ----------
    summed: it must be something that can be added up.
    """
    import narwhals as nw

    from countersign.errors import ExpressionError
    from countersign.model.expression import names, parse
    from countersign.tables import compile_expression

    made, kind = compile_expression(text, dataset.codebook.types(), where=f"'{text}'")
    if summed and kind not in ("number", "integer", "boolean"):
        raise ExpressionError(
            f"'{text}' is {kind}, which cannot be added up.",
            where=dataset.name,
            expected="a number, or a condition such as water = 'piped'",
            action="compare it with something, or correct the column",
        )
    if not names(parse(text)):
        made = nw.when(nw.col("_row").is_null()).then(nw.lit(None)).otherwise(made)
    return made


def _known(dataset: Dataset, names: Sequence[str]) -> None:
    from countersign.errors import DataError, nearest

    for name in names:
        if name not in dataset.codebook:
            raise DataError(
                f"There is no column '{name}'. {nearest(name, dataset.codebook.names)}".strip(),
                where=dataset.name,
                expected=f"one of: {', '.join(dataset.codebook.names)}",
                action="correct the name",
            )


def design_from(*, strata: str | Sequence[str] = (), psu: str = "", fpc: str = "", lonely: str = "refuse") -> Design:
    """Return the design from plain words: column names, several strata variables meaning their interaction."""
    names = (strata,) if isinstance(strata, str) else tuple(strata)
    return Design(strata=tuple(name for name in names if name), psu=psu, fpc=fpc, lonely=lonely)  # type: ignore[arg-type]
