"""Unasked: figures without an answer because the question was not put to the group, or was not in its form.

Not asked is not missing: nobody refused, nobody was overlooked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from countersign.catalogue import threshold
from countersign.errors import ExpressionError
from countersign.model.dataset import Dataset, Variable
from countersign.model.estimate import Estimate, Status
from countersign.model.expression import names, parse
from countersign.model.plan import IndicatorPlan

if TYPE_CHECKING:
    import narwhals as nw

NOT_PUT = "The question was not put to this group ('{variable}' is asked only if {condition})."
NOT_IN_FORM = "The question ('{variable}') was not in the version of the form that this group was asked by."
NOT_IN_FILE = "The question was not asked: the file of this delivery has no column '{variable}'."


def told_apart(figures: Iterable[Estimate], indicator: IndicatorPlan, dataset: Dataset) -> list[Estimate]:
    """Return the figures, those without an answer marked *not asked* where the question was not put to anybody.

    A figure from nobody (``no_data``) becomes ``not_asked`` if a variable that the indicator rests on was asked of none
    of the records of its part of the population: its `asked_if` holds for none of them; or all of them are of versions
    of the form (role ``form_version``) in which the variable is always empty, each with at least the records of
    the catalogue's ``group_size`` (warn). A part without any record stays ``no_data``.

    Parameters
    ----------
    figures: of one indicator and one breakdown, or several.
    """
    found = list(figures)
    empty = [place for place, one in enumerate(found) if one.status is Status.NO_DATA]
    if not empty:
        return found
    rests_on = _variables(indicator, dataset)
    reasons = _reasons(rests_on, dataset)
    for by in dict.fromkeys(tuple(_breakdown(found[place], indicator)) for place in empty):
        groups = _groups(by, reasons, dataset)
        for place in empty:
            own = _breakdown(found[place], indicator)
            if tuple(own) == by and (note := groups.get(tuple(own.values()))):
                found[place] = _not_asked(found[place], note)
    return found


def absent_column(indicator: IndicatorPlan, dataset: Dataset) -> str:
    """Return the column that an indicator rests on and that this delivery lacks, or an empty string."""
    absent = {name for reading in dataset.readings for name in reading.absent}
    known = {**dict.fromkeys(absent, "number"), **dataset.codebook.types()}
    texts = [text for text in (indicator.numerator, indicator.denominator, indicator.where) if text]
    used = {name for text in texts for name in _names(text, known)}
    return next((name for name in sorted(used & absent) if name not in dataset.codebook), "")


def _breakdown(figure: Estimate, indicator: IndicatorPlan) -> Mapping[str, str]:
    """The part of the population; the category that a distribution counts is none."""
    counted = indicator.numerator if indicator.statistic == "distribution" else ""
    return {name: category for name, category in figure.domain.items() if name != counted}


def _not_asked(figure: Estimate, note: str) -> Estimate:
    return replace(figure, status=Status.NOT_ASKED, note=note, flags=())


def _variables(indicator: IndicatorPlan, dataset: Dataset) -> list[Variable]:
    """Return the variables of the file that numerator and denominator rest on; derived ones are followed."""
    types = dataset.codebook.types()
    waiting = [name for text in (indicator.numerator, indicator.denominator) if text for name in _names(text, types)]
    seen: dict[str, Variable] = {}
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in dataset.codebook:
            continue
        seen[name] = dataset.codebook[name]
        if seen[name].derived:
            waiting += _names(seen[name].derived, types)
    return [variable for variable in seen.values() if not variable.derived]


def _names(text: str, types: Mapping[str, str]) -> list[str]:
    try:
        return list(names(parse(text), list(types)))
    except ExpressionError:  # estimation says so, with its place in the study file
        return []


def _reasons(variables: Iterable[Variable], dataset: Dataset) -> list[tuple[nw.Expr, str]]:
    """Return pairs: whether a record was asked, and what to say where none was."""
    import narwhals as nw

    from countersign.tables import compile_expression

    schema = dataset.table.collect_schema().names()
    version = dataset.role("form_version")
    reasons: list[tuple[nw.Expr, str]] = []
    for variable in variables:
        if variable.name not in schema:
            continue
        if variable.asked_if:
            asked, _ = compile_expression(variable.asked_if, dataset.codebook.types())
            note = NOT_PUT.format(variable=variable.name, condition=variable.asked_if)
            reasons.append((asked.fill_null(False), note))
        if version and version in schema and version != variable.name:
            without = _versions_without(variable.name, version, dataset)
            if without:
                asked = ~nw.col(version).cast(nw.String).is_in(without).fill_null(False)
                reasons.append((asked, NOT_IN_FORM.format(variable=variable.name)))
    return reasons


def _versions_without(name: str, version: str, dataset: Dataset) -> list[str]:
    """Return the versions with enough records in which a variable is always empty, if others have it."""
    import narwhals as nw

    from countersign.tables import group

    found = group(dataset.kept(), [version], _n=nw.len(), _there=nw.col(name).count())
    least = threshold("group_size").warn or 0
    sizes = [
        (str(key), int(n), int(there))
        for key, n, there in zip(found[version].tolist(), found["_n"].tolist(), found["_there"].tolist(), strict=True)
        if key is not None
    ]
    if not any(there for _, _, there in sizes):
        return []
    return [key for key, n, there in sizes if not there and n >= least]


def _groups(by: tuple[str, ...], reasons: list[tuple[nw.Expr, str]], dataset: Dataset) -> dict[tuple[str, ...], str]:
    """Return the parts of the population with records of which none was asked, with what to say."""
    import narwhals as nw

    from countersign.tables import aggregate, group

    if not reasons:
        return {}
    counts = {
        f"_a{place}": nw.when(asked).then(nw.lit(1)).otherwise(nw.lit(0)).sum()
        for place, (asked, _) in enumerate(reasons)
    }
    if not by:
        totals = aggregate(dataset.kept(), _n=nw.len(), **counts)
        rows: dict[tuple[str, ...], dict[str, int]] = {(): {name: int(totals[name] or 0) for name in ("_n", *counts)}}
    else:
        found = group(dataset.kept(), list(by), _n=nw.len(), **counts)
        keys = zip(*(found[name].tolist() for name in by), strict=True)
        rows = {
            tuple(_text(part) for part in key): {name: int(found[name][place]) for name in ("_n", *counts)}
            for place, key in enumerate(keys)
        }
    told: dict[tuple[str, ...], str] = {}
    for key, numbers in rows.items():
        why = [note for place, (_, note) in enumerate(reasons) if not numbers[f"_a{place}"]]
        if numbers["_n"] and why:
            told[key] = why[0]
    return told


def _text(part: object) -> str:
    """A category as figures name it."""
    if part is None:
        return "(missing)"
    return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part)
