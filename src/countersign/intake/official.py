"""Official: a taken-in file of official figures -> OfficialSeries, in the unit and with the names of the study."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import narwhals as nw

from countersign.errors import DataError, nearest
from countersign.intake.words import fold, known
from countersign.model.dataset import Dataset
from countersign.model.held_against import OfficialPlan
from countersign.model.official import OfficialFigure, OfficialSeries
from countersign.tables import collect

NORMAL_95 = 1.959963984540054
EVERYBODY = "_T"  # SDMX: the total over a dimension


def read_official(dataset: Dataset, *, plan: OfficialPlan, where: Callable[..., str]) -> OfficialSeries:
    """Turn the rows of a taken-in file into official figures.

    A figure's value is the column's times the plan's scale. Its standard error is the column's times the scale, or half
    of its 95 % interval over 1.96, or None. A breakdown whose cell is empty, ``_T`` or a word for everybody
    (words.yaml) is not in the domain. Rows without a value, and rows set aside by a gate, give no figure. The year
    is that of a date or number; a period such as ``2010-2011`` is known by the year in which it ends.

    Parameters
    ----------
    where: key after ``official`` -> place in the study file, for errors.

    Raises
    ------
    DataError: a column is not in the file, the value is not a number, no row has a value, a year cannot be read, or an
        interval ends before it begins or has one end only.
    """
    schema = dict(dataset.table.collect_schema())
    numbers = {"value": plan.value, "standard_error": plan.standard_error, "lower": plan.lower, "upper": plan.upper}
    wanted = {**numbers, "year": plan.year, "area": plan.area, **{f"by.{name}": name for name in plan.by}}
    wanted = {role: column for role, column in wanted.items() if column}
    for role, column in wanted.items():
        key = role.split(".")[0]
        if column not in schema or column.startswith("_"):
            names = dataset.codebook.names
            raise DataError(
                f"The file has no column '{column}'. {nearest(column, names)}".strip(),
                where=where(key),
                expected=f"one of {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}",
                action="correct the name, or bring the column to it under 'variables'",
            )
        if key in numbers and not schema[column].is_numeric():
            raise DataError(
                f"The column '{column}' does not hold numbers.",
                where=where(key),
                expected="numbers",
                action=f"declare it under 'variables: {column}: {{type: number}}', with the decimal mark if need be",
            )
    if bool(plan.lower) != bool(plan.upper):
        key, other = ("lower", "upper") if plan.lower else ("upper", "lower")
        raise DataError(
            f"Only the {key} end of the interval is named.",
            where=where(key),
            expected="both ends, 'lower' and 'upper', or a standard error",
            action=f"name the column of the other end under '{other}', or take '{key}' out",
        )
    found = collect(dataset.kept().with_columns(_texts(schema, wanted)), list(dict.fromkeys(wanted.values())))
    figures = []
    for row in range(len(found[plan.value])):
        cell = {role: found[column][row] for role, column in wanted.items()}
        value = float(cell["value"])
        if not math.isfinite(value):
            continue
        _refuse_odd(cell, plan, where)
        figures.append(
            OfficialFigure(
                value=value * plan.scale,
                year=_year(cell.get("year")),
                area=_category(cell.get("area")),
                domain={name: text for name in plan.by if (text := _category(cell[f"by.{name}"]))},
                standard_error=_error(cell.get("standard_error"), cell.get("lower"), cell.get("upper"), plan.scale),
            )
        )
    if not figures:
        raise DataError(
            f"No row of '{plan.source.file}' holds an official figure.",
            where=where("value"),
            expected=f"numbers in the column '{plan.value}'",
            action="look at the column, and at the gates under 'keep'",
        )
    return OfficialSeries(
        name=plan.source.name,
        figures=tuple(figures),
        citation=plan.citation,
        indicator=plan.indicator,
        sdg=plan.sdg,
        concept=plan.concept,
        why=plan.why,
        published=plan.published,
    )


def _refuse_odd(cell: dict[str, Any], plan: OfficialPlan, where: Callable[..., str]) -> None:
    """Refuse a year that is none, a negative standard error and an interval that ends before it begins."""
    if plan.year and not _year(cell["year"]):
        raise DataError(
            f"A figure of '{plan.source.file}' has no year: its cell in '{plan.year}' is empty or holds no year.",
            where=where("year"),
            expected="a year of four digits, a date or a period such as 2010-2011 for every figure",
            action=f"correct the cell, set the row aside under 'keep', or recode it under 'variables: {plan.year}'",
        )
    if (cell.get("standard_error") or 0) < 0:
        raise DataError(
            f"A standard error in '{plan.standard_error}' is below zero.",
            where=where("standard_error"),
            expected="numbers of zero or more",
            action="look at the column; a code for missing belongs under 'missing'",
        )
    if plan.lower and plan.upper and cell["lower"] > cell["upper"]:
        raise DataError(
            f"An interval begins above its end: '{plan.lower}' is more than '{plan.upper}'.",
            where=where("lower"),
            expected="a lower end that is at most the upper one",
            action="exchange the two names, or correct the row",
        )


def _texts(schema: dict[str, nw.dtypes.DType], wanted: dict[str, str]) -> list[nw.Expr]:
    """Years, areas and categories as text, whatever the file holds; a number without a fraction stays whole."""
    made = []
    for role, column in wanted.items():
        if role in ("year", "area") or role.startswith("by."):
            whole = nw.col(column).cast(nw.Int64) if schema[column].is_float() else nw.col(column)
            made.append(whole.cast(nw.String))
    return made


def _year(cell: object) -> str:
    years = re.findall(r"\d{4}", str(cell)) if cell is not None else []
    if not years:
        return ""
    # A date begins with its year; a period ends with the one it is known by.
    return str(years[0] if re.match(r"\d{4}-\d{2}-\d{2}", str(cell)) else years[-1])


def _category(cell: object) -> str:
    text = "" if cell is None or cell != cell else str(cell).strip()
    folded = fold(text)
    return "" if text == EVERYBODY or folded in known("total") or folded in known("everybody") else text


def _error(error: float | None, lower: float | None, upper: float | None, scale: float) -> float | None:
    if error is not None and math.isfinite(error):
        return abs(float(error) * scale)
    if lower is not None and upper is not None and math.isfinite(lower) and math.isfinite(upper):
        return abs(float(upper - lower) * scale) / (2 * NORMAL_95)
    return None
