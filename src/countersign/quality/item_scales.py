"""Item scales: which variables of a data set are the items of one scale, and which of their answers count as yes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import narwhals as nw

from countersign.catalogue import BankSet, threshold
from countersign.errors import StudyError, nearest
from countersign.model.dataset import Variable
from countersign.model.expression import names, parse
from countersign.model.source import ScalePlan
from countersign.quality.bank_claims import claims_of, code_of, variables_of
from countersign.quality.context import Context


@dataclass(frozen=True)
class ItemScale:
    """A scale as it is in a data set.

    Parameters
    ----------
    columns: item -> column. yes: item -> whether the answer is yes; missing where there is none.
    """

    name: str
    columns: Mapping[str, str]
    yes: Mapping[str, nw.Expr]


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
    yes = {}
    for item, variable in variables.items():
        code = code_of(context, variable)
        yes[item] = nw.when(code.is_in(list(entry.codes))).then(code.is_in(list(codes)))
    return ItemScale(entry.id, {item: variable.name for item, variable in variables.items()}, yes)


def _declared(context: Context, plan: ScalePlan) -> ItemScale:
    where = f"data.{context.dataset.name}.scales.{plan.name}"
    yes = {}
    for name in plan.items:
        if name not in context.schema:
            hint = nearest(name, list(context.schema))
            raise StudyError(
                f"The data have no column '{name}'. {hint}".rstrip(),
                where=f"{where}.items", expected="names of columns", action="correct the name",
            )  # fmt: skip
        yes[name] = _is_yes(context, context.dataset.codebook[name], plan, where)
    return ItemScale(plan.name, {name: name for name in plan.items}, yes)


def _is_yes(context: Context, variable: Variable, plan: ScalePlan, where: str) -> nw.Expr:
    column = nw.col(variable.name)
    if plan.cut is None:
        codes, code = list(plan.yes), code_of(context, variable)
        return nw.when(~column.is_null()).then(code.str.to_lowercase().is_in([one.casefold() for one in codes]))
    if context.schema[variable.name].is_numeric():
        return nw.when(~column.is_null()).then(column >= plan.cut)
    numbers = dict(_numbers(variable))
    if not numbers:
        raise StudyError(
            f"The answers of '{variable.name}' are no numbers, so they cannot be held against {plan.cut:g}.",
            where=f"{where}.cut", expected="a column of numbers, or 'values:' whose codes are numbers",
            action="name the codes that count under 'yes:' instead",
        )  # fmt: skip
    above = [code for code, number in numbers.items() if number >= plan.cut]
    return nw.when(column.is_in(list(numbers))).then(column.is_in(above))


def _numbers(variable: Variable) -> Iterator[tuple[str, float]]:
    for code in variable.values:
        try:
            yield code, float(code)
        except ValueError:
            continue
