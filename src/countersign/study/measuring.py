"""IndicatorPlan -> measures: what is summed per row for an indicator, as expressions of the engine.

Everything linear is a ratio: the numerator counts where the row is in the indicator's population and answered, the
denominator likewise. A missing answer counts in neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from countersign.errors import ExpressionError, nearest
from countersign.model.dataset import Dataset
from countersign.model.plan import IndicatorPlan
from countersign.tables import compile_expression

if TYPE_CHECKING:
    import narwhals as nw

ASKED = "_asked"
"""Column that says whether a row belongs to those an indicator is about."""


@dataclass(frozen=True)
class Measures:
    """Row expressions of one indicator, each never missing.

    Parameters
    ----------
    value: the numerator, 0 outside. base: the denominator (1 for means and proportions), 0 outside. present: 1 where
    the row counts, else 0. value_null: for quantiles, the value itself, missing outside.
    """

    value: nw.Expr
    base: nw.Expr
    present: nw.Expr
    value_null: nw.Expr


def measures_of(indicator: IndicatorPlan, dataset: Dataset, *, where: str) -> Measures:
    """Compile the expressions of an indicator.

    Parameters
    ----------
    where: the key in the study file, for messages.

    Raises
    ------
    ExpressionError: an unknown column or function, or a type that does not fit the statistic.
    """
    import narwhals as nw

    types = dataset.codebook.types()
    key = "ratio.numerator" if indicator.denominator else _key(indicator)
    value, kind = compile_expression(indicator.numerator, types, where=f"{where}.{key}")
    wanted = "boolean" if indicator.statistic == "proportion" else "number"
    if wanted == "boolean" and kind != "boolean":
        raise ExpressionError(
            f"A proportion needs a condition, but '{indicator.numerator}' is {_word(kind)}.",
            where=f"{where}.{key}",
            expected="something that is true or false for each record, for example: age >= 18",
            action="compare it with something, or ask for a mean or a distribution",
        )
    if wanted == "number" and kind not in ("number", "integer", "boolean"):
        raise ExpressionError(
            f"A {key.partition('.')[0]} needs numbers, but '{indicator.numerator}' is {_word(kind)}.",
            where=f"{where}.{key}",
            expected="a number for each record",
            action="if these are numbers, declare 'type: number' under 'variables': the next run then names the cells "
            "that are not, such as codes for missing; else ask for a proportion or a distribution",
        )
    if kind == "boolean":
        value = _as_number(value)
    value = value.cast(nw.Float64)
    inside = ~value.is_null()
    base = nw.lit(1.0)
    if indicator.denominator:
        below, _ = compile_expression(indicator.denominator, types, where=f"{where}.ratio.denominator")
        base = below.cast(nw.Float64)
        inside = inside & ~base.is_null()
    if indicator.where:
        inside = inside & held(indicator.where, dataset, where=f"{where}.where")
    zero, one = nw.lit(0.0), nw.lit(1.0)
    return Measures(
        value=nw.when(inside).then(value).otherwise(zero),
        base=nw.when(inside).then(base).otherwise(zero),
        present=nw.when(inside).then(one).otherwise(zero),
        value_null=nw.when(inside).then(value),
    )


def held(condition: str, dataset: Dataset, *, where: str) -> nw.Expr:
    """Compile a condition on rows; where it cannot be decided it does not hold.

    Raises
    ------
    ExpressionError: an unknown column or function, or no condition.
    """
    compiled, kind = compile_expression(condition, dataset.codebook.types(), where=where)
    if kind != "boolean":
        raise ExpressionError(
            f"'where' needs a condition, but '{condition}' is {_word(kind)}.",
            where=where,
            expected="something that is true or false for each record, for example: age >= 18",
            action="compare it with something",
        )
    return compiled.fill_null(False)


def marked(dataset: Dataset, condition: str, *, where: str) -> Dataset:
    """Add the column `ASKED` to the rows of a data set: whether a condition holds, ``yes`` or ``no``."""
    import narwhals as nw

    asked = nw.when(held(condition, dataset, where=where)).then(nw.lit("yes")).otherwise(nw.lit("no"))
    return replace(dataset, table=dataset.table.with_columns(asked.alias(ASKED)))


def _as_number(condition: nw.Expr) -> nw.Expr:
    import narwhals as nw

    return nw.when(condition.is_null()).then(nw.lit(None)).otherwise(nw.when(condition).then(1.0).otherwise(0.0))


def _key(indicator: IndicatorPlan) -> str:
    return "median" if indicator.statistic == "quantile" and indicator.q == 0.5 else indicator.statistic


_WORDS: Mapping[str, str] = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "category": "a category",
    "text": "text",
    "date": "a date",
}


def _word(kind: str) -> str:
    return _WORDS.get(kind, kind)


def known_breakdowns(indicator: IndicatorPlan, dataset: Dataset, *, where: str) -> None:
    """Refuse a breakdown by a column that the data set does not have.

    Raises
    ------
    ExpressionError: names the column and the nearest known one.
    """
    for group in indicator.by:
        for name in group:
            if name not in dataset.codebook:
                raise ExpressionError(
                    f"'{name}' is not a column of '{dataset.name}'. {nearest(name, dataset.codebook.names)}".strip(),
                    where=f"{where}.by",
                    expected="a column of the data or a name under 'derive'",
                    action="correct the name, or derive it first",
                )
