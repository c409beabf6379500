"""Constraints: margins and totals of numbers beside the columns of the data, and every way in which they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import BenchmarkError, WeightingError, nearest
from countersign.model.auxiliaries import Auxiliaries, auxiliaries_of, covered
from countersign.model.benchmark import Column, Margin, NumberTotal
from countersign.model.cells import Cells, Floats
from countersign.weighting.encoding import TOTALS_DIFFER, targets_of


@dataclass(frozen=True)
class Constraints:
    """What is to be met.

    Parameters
    ----------
    x: the columns. totals: T, (L,). centred: T of the centred columns, (L,). scale: size of each total, (L,).
    plain: for each margin or number its values before centring, (C,), or None for margins.
    sizes: size of the part that the total of a number is of, 0 where it is not known and for margins, (L,).
    """

    x: Auxiliaries
    totals: Floats
    centred: Floats
    scale: Floats
    plain: tuple[Floats | None, ...]
    sizes: Floats


def constraints_of(cells: Cells, margins: Sequence[Margin], numbers: Sequence[NumberTotal]) -> Constraints:
    """Put margins and totals beside the data.

    Raises
    ------
    WeightingError: nothing to meet; a variable that is not there, or missing in some rows.
    BenchmarkError: totals that differ, a category or part that only one side has.
    """
    if not margins and not numbers:
        raise WeightingError(
            "There is no total to calibrate to.",
            where="weights.by",
            expected="at least one margin or one total of a number",
            action="name variables under weights.by, or numbers under weights.numeric",
        )
    for name in dict.fromkeys([name for margin in margins for name in margin.variables]):
        _complete(cells, name, "a category")
    for number in numbers:
        for name in number.within:
            _complete(cells, name, "a category")
        _complete(cells, number.variable, "a number")
    _same_size(margins)
    x = auxiliaries_of(cells, margins, numbers)
    totals: list[float] = []
    plain: list[Floats | None] = []
    for margin in margins:
        code, labels = cells.codes(margin.variables)
        texts = [tuple(str(part) for part in label) for label in labels]
        totals += targets_of(margin, texts, np.bincount(code, cells.n, len(labels)).astype(np.float64)).tolist()
        plain.append(None)
    for number in numbers:
        totals += _amounts(cells, number)
        plain.append(cells.keys[number.variable].astype(float))
    wanted = np.array(totals)
    centred = wanted.copy()
    sizes = np.zeros(x.size)
    counted = sum(len(cells.codes(margin.variables)[1]) for margin in margins)
    for place in range(counted, x.size):
        (_, *within), (_, *part) = x.columns[place]
        if any(covered(NumberTotal("", {}, tuple(within)), [margin]) for margin in margins):
            sizes[place] = _size(margins, tuple(within), tuple(part))
    centred -= x.centre * sizes
    return Constraints(x, wanted, centred, np.abs(wanted), tuple(plain), sizes)


def told(column: Column) -> str:
    """Return what a column stands for, as people say it: ``sex = 'f'``; ``turnover in region = 'North'``."""
    names, labels = column
    if not names:
        return "everybody"
    number = labels[0] == "" if labels else False
    pairs = ", ".join(f"{name} = '{label}'" for name, label in zip(names, labels, strict=True) if label != "")
    if not number:
        return pairs
    return names[0] + (f" in {pairs}" if pairs else "")


def _complete(cells: Cells, name: str, what: str) -> None:
    if name not in cells.keys:
        raise WeightingError(
            f"The auxiliary variable '{name}' is not among the cells. {nearest(name, cells.keys)}".strip(),
            where="weights",
            expected=f"one of: {', '.join(cells.keys)}",
            action="derive the variable in the study, under data.<name>.derive",
        )
    if what == "a number":
        try:
            wrong = ~np.isfinite(cells.keys[name].astype(float))
        except (TypeError, ValueError):
            raise WeightingError(
                f"'{name}' does not hold numbers, so it has no total.",
                where="weights.numeric",
                expected="a column of numbers",
                action=f"name it under weights.by if it is a category, or declare 'type: number' for '{name}'",
            ) from None
    else:
        code, distinct = cells.coded(name)
        wrong = np.isin(code, [number for number, value in enumerate(distinct) if value is None or value != value])
    if wrong.any():
        raise WeightingError(
            f"{int(cells.n[wrong].sum())} rows have no value of the auxiliary variable '{name}'.",
            where="weights",
            expected=f"{what} in every row",
            action=f"set these rows aside (keep: {name} is not missing), or give them a category of their own that the"
            " benchmark has too; nothing is filled in silently",
        )


def _same_size(margins: Sequence[Margin]) -> None:
    for margin in margins:
        if not margin.total > 0:
            raise BenchmarkError(
                f"The margin {margin.name} has a total of {margin.total:g}.",
                expected="a positive total",
                action="check the column of counts in the benchmark",
            )
    for margin in margins[1:]:
        head = margins[0]
        gap = abs(margin.total - head.total) / head.total
        if gap > TOTALS_DIFFER:
            raise BenchmarkError(
                f"The margins {head.name} and {margin.name} have different totals:"
                f" {head.total:.10g} and {margin.total:.10g} ({gap:.2%} apart).",
                where="weights.by",
                expected="margins of the same population, with the same total",
                action="check that both tables cover the same people",
            )


def _amounts(cells: Cells, number: NumberTotal) -> list[float]:
    """Return the totals of a number in the order of the data's parts."""
    code, labels = cells.codes(number.within)
    found = []
    rows = np.bincount(code, cells.n, len(labels))
    for label, count in zip(labels, rows.tolist(), strict=True):
        key = tuple(str(part) for part in label)
        amount = number.amounts.get(key)
        if amount is None or not np.isfinite(amount):
            raise BenchmarkError(
                f"There is no total of {told(((number.variable, *number.within), ('', *key)))}, but {int(count)} rows"
                " of the data are there.",
                where="weights.numeric",
                expected="a total for every part of the data",
                action="add it, or restrict the data to the parts whose totals are known",
            )
        found.append(float(amount))
    known = {tuple(str(part) for part in label) for label in labels}
    for key, amount in number.amounts.items():
        if key not in known and amount:
            raise BenchmarkError(
                f"{told(((number.variable, *number.within), ('', *key)))} has a total of {amount:.10g} and no row in"
                " the data.",
                where="weights.numeric",
                expected="at least one row in every part that is weighted to",
                action="restrict the totals to the parts that can be seen",
            )
    return found


def _size(margins: Sequence[Margin], within: tuple[str, ...], part: tuple[str, ...]) -> float:
    """Return the size of a part, from the first margin that tells it."""
    margin = next(one for one in margins if covered(NumberTotal("", {}, within), [one]))
    places = [margin.variables.index(name) for name in within]
    return float(sum(count for key, count in margin.counts.items() if tuple(key[p] for p in places) == part))
