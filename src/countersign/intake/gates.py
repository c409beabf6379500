"""Derived variables, quality gates and unique records: expressions on typed rows, counted in one pass each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from countersign.errors import DataError, ExpressionError, nearest
from countersign.model.dataset import Codebook, Gate, Variable
from countersign.model.plan import Source
from countersign.tables import aggregate, compile_expression


def derive(
    table: nw.LazyFrame[Any], codebook: Codebook, source: Source, *, notes: Sequence[str] = ()
) -> tuple[nw.LazyFrame[Any], Codebook]:
    """Add the derived variables, in order; each may use those before it.

    Raises
    ------
    ExpressionError: names the variable and what cannot be understood.
    """
    for name, text in source.derive.items():
        expression, kind = _compile(text, codebook, f"data.{source.name}.derive.{name}", notes)
        table = table.with_columns(expression.alias(name))
        spec = source.variables.get(name, {})
        label = source.labels.get(name) or spec.get("label") or {}
        variable = Variable(
            name=name, type=kind, derived=text, label=label, unit=spec.get("unit", ""), values=spec.get("values", {})
        )
        codebook = codebook.extended({name: variable})
    return table, codebook


def keep(
    table: nw.LazyFrame[Any], codebook: Codebook, source: Source, *, columns: Sequence[str], notes: Sequence[str] = ()
) -> tuple[nw.LazyFrame[Any], tuple[Gate, ...]]:
    """Add ``_kept``: rows that meet every gate and are not a later repeat of a record.

    A condition that is missing counts as not met. Repeats are looked for among the rows that passed the gates before;
    the first row of each is kept.

    Parameters
    ----------
    columns: the columns of the file, for "the whole record".

    Raises
    ------
    ExpressionError: a rule that is not a condition. DataError: `unique` names an unknown variable.
    """
    gates: list[Gate] = []
    marks: list[str] = []
    for number, plan in enumerate(source.keep):
        where = f"data.{source.name}.keep.{number + 1}"
        expression, kind = _compile(plan.rule, codebook, where, notes)
        if kind != "boolean":
            raise ExpressionError(
                f"'{plan.rule}' gives a {kind}, not yes or no.",
                where=where,
                expected="a condition, such as 'length_m > 0'",
                action="compare it with something",
            )
        marks.append(f"_gate_{number}")
        table = table.with_columns(nw.coalesce(expression, nw.lit(False)).alias(marks[-1]))
        gates.append(Gate(name=plan.name or plan.rule, rule=plan.rule, why=plan.why))
    for number, group in enumerate(source.unique):
        keys = _keys(group, codebook, source, columns)
        where_mark = f"_unique_{number}"
        passed = _all(marks)
        table = table.with_columns(passed.alias("_passed"))
        table = table.with_columns(
            nw.when(nw.col("_passed")).then(nw.col("_row")).otherwise(nw.lit(None)).alias("_passed_row")
        )
        table = table.with_columns(
            nw.col("_row").min().over(*keys).alias("_first"),
            nw.col("_passed_row").min().over(*keys).alias("_first_passed"),
        )
        table = table.with_columns(
            (~nw.col("_passed") | (nw.col("_row") == nw.col("_first_passed"))).alias(where_mark),
            (nw.col("_row") == nw.col("_first")).alias(f"{where_mark}_alone"),
        )
        marks.append(where_mark)
        rule = "no two records alike" if not group else "unique: " + ", ".join(group)
        why = "a record sent twice counts once; the first is kept"
        gates.append(Gate(name="unique record" if not group else f"unique {' + '.join(group)}", rule=rule, why=why))
    if not marks:
        return table.with_columns(nw.lit(True).alias("_kept")), ()
    counts: dict[str, Any] = {}
    for place, mark in enumerate(marks):
        alone = f"{mark}_alone" if mark.startswith("_unique") else mark
        counts[f"failed_{place}"] = (~nw.col(alone)).cast(nw.Int64).sum()
        counts[f"dropped_{place}"] = (_all(marks[:place]) & ~nw.col(mark)).cast(nw.Int64).sum()
    found = aggregate(table, **counts)
    gates = [
        Gate(gate.name, gate.rule, gate.why, int(found[f"failed_{place}"] or 0), int(found[f"dropped_{place}"] or 0))
        for place, gate in enumerate(gates)
    ]
    table = table.with_columns(_all(marks).alias("_kept"))
    return table.select("_row", *codebook.names, "_kept"), tuple(gates)


def _all(marks: Sequence[str]) -> nw.Expr:
    if not marks:
        return nw.lit(True)
    passed = nw.col(marks[0])
    for mark in marks[1:]:
        passed = passed & nw.col(mark)
    return passed


def _keys(group: Sequence[str], codebook: Codebook, source: Source, columns: Sequence[str]) -> list[str]:
    for name in group:
        if name not in codebook:
            raise DataError(
                f"There is no variable '{name}'. {nearest(name, codebook.names)}".strip(),
                where=f"data.{source.name}.unique",
                expected="variables of the data",
                action="correct the name",
            )
    return list(group) or list(columns)


def _compile(text: str, codebook: Codebook, where: str, notes: Sequence[str]) -> tuple[nw.Expr, Any]:
    try:
        return compile_expression(text, codebook.types(), where=where)
    except ExpressionError as problem:
        hints = [note for note in notes if any(f"'{name}'" in note and name in text for name in codebook.names)]
        if not hints:
            raise
        raise ExpressionError(
            problem.problem,
            where=problem.where or where,
            expected=problem.expected,
            action=" ".join([problem.action, *hints]).strip(),
        ) from problem
