"""Item scales: which variables of a data set are the items of one scale, and which of their answers count as yes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw

from countersign.catalogue import BankSet, threshold
from countersign.errors import StudyError, nearest
from countersign.model.dataset import Variable
from countersign.model.expression import names, parse
from countersign.model.source import ScalePlan
from countersign.quality.bank_claims import claims_of, variables_of
from countersign.quality.context import Context


@dataclass(frozen=True)
class ItemScale:
    """A scale as it is in a data set.

    Parameters
    ----------
    columns: item -> column. answers: item -> 1 for yes, 0 for no, missing where there is no answer.
    """

    name: str
    columns: Mapping[str, str]
    answers: Mapping[str, nw.Expr]


def scales_of(context: Context) -> list[ItemScale]:
    """Return the scales of a data set with enough items: those the study declares, then those of the question bank.

    A set of the bank is a scale if it says which codes count: by its score, or by the first rule of its identifier
    (WG-SS: 3 and 4). A declared scale stands in for a set of the same name.

    Raises
    ------
    StudyError: an item is no column, or has no numbers to be held against `cut`; it names the key.
    """
    declared = context.source.scales if context.source else ()
    found = {plan.name: _declared(context, plan) for plan in declared}
    for claims in claims_of(context.documents.form, variables_of(context)).values():
        codes = _yes_codes(claims.set)
        if codes and claims.set.id not in found:
            chosen = {item.id: claims.variables[item.id] for item in claims.items if item.id in claims.variables}
            found[claims.set.id] = _claimed(context, claims.set, chosen, codes)
    least = threshold("scale_items").good
    return [scale for scale in found.values() if len(scale.columns) >= least]


def rests_on(context: Context, name: str) -> set[str]:
    """Return the columns of the file that a variable is, or is computed from."""
    waiting, seen, found = [name], set[str](), set[str]()
    while waiting:
        if (one := waiting.pop()) in seen:
            continue
        seen.add(one)
        variable = context.dataset.codebook.variables.get(one)
        if variable is not None and variable.derived:
            waiting += names(parse(variable.derived), list(context.types))
        else:
            found.add(one)
    return found


def _yes_codes(entry: BankSet) -> tuple[str, ...]:
    if entry.scale:
        return tuple(entry.scale.get("codes", ()))
    return next(rule["codes"] for rule in entry.identifier["rules"]) if entry.identifier else ()


def _claimed(context: Context, entry: BankSet, variables: Mapping[str, Variable], codes: tuple[str, ...]) -> ItemScale:
    answers = {}
    for item, variable in variables.items():
        no = [code for code in entry.codes if code not in codes]
        answers[item] = _answer(_among(context, variable, codes), _among(context, variable, no))
    return ItemScale(entry.id, {item: variable.name for item, variable in variables.items()}, answers)


def _declared(context: Context, plan: ScalePlan) -> ItemScale:
    where = f"data.{context.dataset.name}.scales.{plan.name}"
    answers = {}
    for name in plan.items:
        if name not in context.schema:
            hint = nearest(name, list(context.schema))
            raise StudyError(
                f"The data have no column '{name}'. {hint}".rstrip(),
                where=f"{where}.items", expected="names of columns", action="correct the name",
            )  # fmt: skip
        answers[name] = _yes_or_no(context, context.dataset.codebook[name], plan, where)
    return ItemScale(plan.name, {name: name for name in plan.items}, answers)


def _yes_or_no(context: Context, variable: Variable, plan: ScalePlan, where: str) -> nw.Expr:
    column = nw.col(variable.name)
    if plan.cut is None:
        return _answer(_among(context, variable, plan.yes), ~column.is_null())
    if context.schema[variable.name].is_numeric():
        return _answer(column >= plan.cut, column < plan.cut)
    numbers = dict(_numbers(variable))
    if not numbers:
        raise StudyError(
            f"The answers of '{variable.name}' are no numbers, so they cannot be held against {plan.cut:g}.",
            where=f"{where}.cut", expected="a column of numbers, or 'values:' whose codes are numbers",
            action="name the codes that count under 'yes:' instead",
        )  # fmt: skip
    above = [code for code, number in numbers.items() if number >= plan.cut]
    return _answer(column.is_in(above), column.is_in([code for code in numbers if code not in above]))


def _answer(yes: nw.Expr, no: nw.Expr) -> nw.Expr:
    """1, 0 or missing, in one flat choice: engines are slow with choices inside conditions."""
    return nw.when(yes).then(nw.lit(1)).otherwise(nw.when(no).then(nw.lit(0)))


def _among(context: Context, variable: Variable, codes: Sequence[str]) -> nw.Expr:
    """Whether an answer is one of some codes; capitals make no other code, and numbers are compared as numbers."""
    column, kind = nw.col(variable.name), context.schema[variable.name]
    wanted = [code.casefold() for code in codes]
    if kind.is_integer():
        return column.is_in([int(each) for code in wanted if (each := _number(code)) is not None and each.is_integer()])
    if kind.is_numeric():
        return column.is_in([number for code in wanted if (number := _number(code)) is not None])
    if kind == nw.Boolean:
        return column.is_in([truth == "true" for truth in wanted if truth in ("true", "false")])
    return column.cast(nw.String).str.to_lowercase().is_in(wanted)


def _number(code: str) -> float | None:
    try:
        number = float(code)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _numbers(variable: Variable) -> Iterator[tuple[str, float]]:
    for code in variable.values:
        if (number := _number(code)) is not None:
            yield code, number
