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
    table: Any,
    /,
    *,
    by: Sequence[str],
    measures: Mapping[str, str] | None = None,
    weight: str = "",
    where: str = "",
    called: str = "",
    amount: str = "weight",
) -> Cells:
    """Reduce a table to cells in one pass.

    Parameters
    ----------
    by: variables that define the cells. measures: name -> expression of the grammar of study files, such as
        ``"water = 'piped'"``; a missing value counts 0, so ask for ``"present(x)"``-like conditions beside it.
    weight: column of base weights. where: condition on the rows.
    called, amount: what to call the table and its weights in messages.

    Raises
    ------
    DataError: an unknown column. EstimationError: a weight that is no number, missing or below zero.
    ExpressionError: a condition that is none; a measure that cannot be added up.
    """
    from countersign.tables import reduce

    dataset = opened(table)
    rows = chosen(dataset, where)
    made = {name: compiled(text, dataset, summed=True) for name, text in (measures or {}).items()}
    wanted = tuple(dict.fromkeys(name for name in by if name))
    known(dataset, wanted)
    weighed(dataset, rows, weight, called=called, amount=amount)
    return reduce(rows, by=wanted, measures=made, weight=weight or None)


def columns_of(
    table: Any, names: Sequence[str], *, measures: Mapping[str, str] | None = None, where: str = ""
) -> dict[str, Array]:
    """Collect columns, rows in the order of the file: numbers as float64 with nan, text as objects with None.

    Parameters
    ----------
    names: columns of the table. measures: further names -> expressions of the grammar of study files; conditions come
        as 0, 1 and nan. where: condition on the rows.

    Raises
    ------
    DataError: an unknown column. ExpressionError: a condition that is none. EstimationError: it selects nobody.
    """
    from countersign.errors import EstimationError
    from countersign.tables import collect

    dataset = opened(table)
    wanted = list(dict.fromkeys(name for name in names if name))
    known(dataset, wanted)
    rows = chosen(dataset, where)
    made = {name: f"_measure_{place}" for place, name in enumerate(measures or {})}
    if measures:
        rows = rows.with_columns(**{made[name]: compiled(text, dataset) for name, text in measures.items()})
    found = collect(rows, [*wanted, *made.values()])
    if where and found and not len(next(iter(found.values()))):
        raise EstimationError(
            f"'where: {where}' selects nobody.",
            where="where",
            expected="a condition that holds for some rows",
            action="correct the condition",
        )
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


def compiled(text: str, dataset: Dataset, *, summed: bool = False) -> nw.Expr:
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


def chosen(dataset: Dataset, where: str) -> nw.LazyFrame[Any]:
    """Return the rows that the gates keep and for which the condition holds."""
    rows = dataset.kept()
    return rows.filter(condition(where, dataset)) if where else rows


def condition(where: str, dataset: Dataset) -> nw.Expr:
    """Compile a condition on the rows.

    Raises
    ------
    ExpressionError: it is none.
    """
    from countersign.errors import ExpressionError
    from countersign.tables import compile_expression

    if compile_expression(where, dataset.codebook.types(), where="where")[1] != "boolean":
        raise ExpressionError(
            f"'{where}' is no condition: it does not say for which rows it holds.",
            where="where",
            expected="a condition, such as age >= 18",
            action="compare it with something",
        )
    return compiled(where, dataset)


def weighed(
    dataset: Dataset, rows: nw.LazyFrame[Any], weight: str, *, called: str = "", amount: str = "weight"
) -> None:
    """Refuse base weights that are text, missing, infinite or below zero: they would drop people silently.

    Parameters
    ----------
    called: what to call the table in messages. amount: what the verb calls the column.
    """
    import narwhals as nw

    from countersign.errors import EstimationError
    from countersign.tables import aggregate

    if not weight:
        return
    known(dataset, (weight,))
    numeric(dataset, (weight,), argument=amount)
    value = nw.col(weight).cast(nw.Float64)
    good = nw.when(value.is_finite() & (value >= 0)).then(nw.lit(1)).otherwise(nw.lit(0))
    found = aggregate(rows.select(good=good), good=nw.col("good").sum(), rows=nw.len())
    count = int(found["rows"]) - int(found["good"] or 0)
    if count:
        noun = "base weight " if amount == "weight" else ""
        raise EstimationError(
            f"{count:,} rows of {called or dataset.name} have no {noun}'{weight}', or one below zero.",
            where=amount,
            expected="a number of zero or more in every row",
            action=f"complete '{weight}', or leave these rows out, and say so",
        )


def numeric(dataset: Dataset, names: Sequence[str], *, argument: str) -> None:
    """Refuse columns that do not hold numbers."""
    from countersign.errors import EstimationError

    types = dataset.codebook.types()
    for name in names:
        if types[name] not in ("number", "integer", "boolean"):
            raise EstimationError(
                f"'{name}' does not hold numbers.",
                where=argument,
                expected="a column of numbers",
                action="correct the column, or declare it as a number",
            )


def known(dataset: Dataset, names: Sequence[str]) -> None:
    """Refuse names of columns that are not there, with the nearest that is."""
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
