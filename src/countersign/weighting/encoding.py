"""Encoding: cells and margins as integers, and every way in which they cannot fit together.

Fitting then only adds up and multiplies; all refusals happen here, before the first pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.catalogue import threshold
from countersign.errors import BenchmarkError, WeightingError, nearest
from countersign.model.benchmark import Margin
from countersign.model.cells import Cells, Floats, Integers, Texts

TOTALS_DIFFER = 1e-6
"""Relative difference from which two margin totals count as different: more than the rounding of printed tables
summed in another order, less than one person in a million."""


@dataclass(frozen=True)
class Encoded:
    """The weighting problem in integers.

    Parameters
    ----------
    by: the variables of all margins, in order of appearance. keys: variable -> category per weighting cell, (W,).
    n, weight, weight2: rows, sum d and sum d^2 per weighting cell, (W,).
    codes: for each margin the number of each cell's category, (W,). targets: for each margin its counts, in the
    order of those numbers. names: for each margin the labels of its categories.
    base: base weight per weighting cell, or None.
    """

    by: tuple[str, ...]
    keys: dict[str, Texts]
    n: Floats
    weight: Floats
    weight2: Floats
    codes: list[Integers]
    targets: list[Floats]
    names: list[list[str]]
    margins: tuple[Margin, ...]
    base: Floats | None = None


def encode(cells: Cells, margins: Sequence[Margin], *, base: str = "", totals: str = "refuse") -> Encoded:
    """Reduce `cells` to the variables of `margins`, number the categories and check that both sides fit.

    Parameters
    ----------
    base: key of the cells that holds the base weight, for weights per (cell, distinct base weight).
    totals: ``refuse`` margins whose totals differ by more than 1e-6 of the first, or ``scale`` them to the first.

    Raises
    ------
    BenchmarkError: margins and data do not fit: totals, categories without rows, categories without count.
    WeightingError: missing values in a weighting variable; a variable that is not there.
    """
    if not margins:
        raise WeightingError(
            "There is no margin to weight to.",
            where="weights.by",
            expected="at least one variable that the benchmark and the data share",
            action="name the variables under weights.by",
        )
    by = tuple(dict.fromkeys(name for margin in margins for name in margin.variables))
    _check_keys(cells, by, base)
    scaled = _one_total(margins, totals)
    levels, columns = {}, {}
    for name in by:
        levels[name], columns[name] = _numbered(cells, name)
    first, inverse = _distinct(cells, by, columns, levels, base)
    size = len(first)
    order: Integers | slice
    if size == len(cells):  # already reduced to the weighting variables
        order = slice(None)
        n, weight, weight2 = cells.n.astype(np.float64), cells.weight, cells.weight2
    else:
        order = first
        n = np.bincount(inverse, cells.n, size).astype(np.float64)
        weight = np.bincount(inverse, cells.weight, size).astype(np.float64)
        weight2 = np.bincount(inverse, cells.weight2, size).astype(np.float64)
    if (weight <= 0).any():
        raise WeightingError(
            f"{int(n[weight <= 0].sum())} rows are in cells whose base weights sum to zero or less.",
            where="weights.base",
            expected="positive base weights",
            action="set these rows aside with a quality gate, or correct the base weight",
        )
    codes, targets, names = [], [], []
    for margin in scaled:
        code, target, labels = _margin_codes(margin, levels, columns, order, n)
        codes.append(code)
        targets.append(target)
        names.append(labels)
    wanted = [*by, base] if base else list(by)
    return Encoded(
        by=by,
        keys={name: cells.keys[name][order] for name in wanted},
        n=n,
        weight=weight,
        weight2=weight2,
        codes=codes,
        targets=targets,
        names=names,
        margins=scaled,
        base=cells.keys[base][order].astype(float) if base else None,
    )


def _check_keys(cells: Cells, by: tuple[str, ...], base: str) -> None:
    for name in (*by, base) if base else by:
        if name not in cells.keys:
            raise WeightingError(
                f"The weighting variable '{name}' is not among the cells. {nearest(name, cells.keys)}".strip(),
                where="weights.by",
                expected=f"one of: {', '.join(cells.keys)}",
                action="derive the variable in the study, under data.<name>.derive",
            )


def _one_total(margins: Sequence[Margin], totals: str) -> tuple[Margin, ...]:
    """Bring all margins to the total of the first, or refuse."""
    head = margins[0]
    if not head.total > 0:
        raise BenchmarkError(
            f"The margin {head.name} has a total of {head.total:g}.",
            expected="a positive total",
            action="check the column of counts in the benchmark",
        )
    scaled = [head]
    for margin in margins[1:]:
        gap = abs(margin.total - head.total) / head.total
        if gap > TOTALS_DIFFER and totals != "scale":
            raise BenchmarkError(
                f"The margins {head.name} and {margin.name} have different totals:"
                f" {head.total:.10g} and {margin.total:.10g} ({gap:.2%} apart).",
                where="weights.by",
                expected="margins of the same population, with the same total",
                action="check that both tables cover the same people; if they are meant to differ, scale them",
            )
        if margin.total != head.total:
            ratio = head.total / margin.total
            margin = Margin(margin.variables, {key: count * ratio for key, count in margin.counts.items()})
        scaled.append(margin)
    return tuple(scaled)


def _numbered(cells: Cells, name: str) -> tuple[list[str], Integers]:
    """Number the categories of one variable; refuse missing values."""
    values = cells.keys[name].tolist()
    place = {value: number for number, value in enumerate(dict.fromkeys(values))}
    code = np.fromiter(map(place.__getitem__, values), np.int64, len(values))
    gone = [number for value, number in place.items() if value is None or value != value]
    if gone:
        count = int(cells.n[np.isin(code, gone)].sum())
        raise WeightingError(
            f"{count} rows have no value of the weighting variable '{name}'.",
            where="weights.by",
            expected="a category for every row",
            action=f"set these rows aside (keep: {name} is not missing), or give them a category of their own"
            " that the benchmark has too",
        )
    return [str(value) for value in place], code


def _distinct(
    cells: Cells,
    by: tuple[str, ...],
    columns: dict[str, Integers],
    levels: dict[str, list[str]],
    base: str,
) -> tuple[Integers, Integers]:
    """Return the first cell of every combination of the weighting variables, and each cell's combination."""
    code = np.zeros(len(cells), dtype=np.int64)
    for name in by:
        code = code * len(levels[name]) + columns[name]
    if base:
        distinct, own = np.unique(cells.keys[base].astype(float), return_inverse=True)
        code = code * len(distinct) + own
    span = math.prod(len(levels[name]) for name in by)
    if not base and span <= 16 * len(code) and np.bincount(code).max(initial=0) <= 1:
        every = np.arange(len(code), dtype=np.int64)
        return every, every
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    return first.astype(np.int64), inverse.astype(np.int64)


def _margin_codes(
    margin: Margin,
    levels: dict[str, list[str]],
    columns: dict[str, Integers],
    order: Integers | slice,
    n: Floats,
) -> tuple[Integers, Floats, list[str]]:
    """Number each cell by the category of `margin`; refuse categories that only one side has."""
    code: Integers = np.zeros(len(n), dtype=np.int64)
    for name in margin.variables:
        code = code * len(levels[name]) + columns[name][order]
    if math.prod(len(levels[name]) for name in margin.variables) <= 16 * len(code):
        seen = np.bincount(code) > 0
        used, code = np.flatnonzero(seen), (np.cumsum(seen) - 1)[code]
    else:
        used, code = np.unique(code, return_inverse=True)
    labels = [_labels(int(number), margin, levels) for number in used.tolist()]
    rows = np.bincount(code, n, len(used)).astype(np.float64)
    target = targets_of(margin, labels, rows)
    return code, target, [", ".join(label) for label in labels]


def targets_of(margin: Margin, labels: Sequence[tuple[str, ...]], rows: Floats) -> Floats:
    """Return the counts of a margin for the categories that the data have; refuse what only one side has.

    Parameters
    ----------
    labels: the categories of the data, each (one text a variable). rows: of each.

    Raises
    ------
    BenchmarkError: names the category.
    """
    target = np.array([margin.counts.get(label, 0.0) for label in labels], dtype=float)
    known = [label in margin.counts for label in labels]
    for label, count, goal, there in zip(labels, rows.tolist(), target.tolist(), known, strict=True):
        if not there or goal <= 0:
            what = "is not in the benchmark" if not there else "has a count of zero in the benchmark"
            if not there and count < threshold("group_shown").good:  # what so few rows have may be a person's own words
                raise _unknown(margin)
            raise BenchmarkError(
                f"{_told(margin, label)} {what}, but {int(count)} rows of the data have it.",
                where="weights.by",
                expected=f"the same categories of {margin.name} on both sides",
                action="merge categories with recode, or restrict the data to the benchmark's population",
            )
    present = set(labels)
    for key, goal in margin.counts.items():
        if goal > 0 and key not in present:
            raise BenchmarkError(
                f"{_told(margin, key)} has {goal:.10g} people in the benchmark ({goal / margin.total:.1%})"
                " and no row in the data.",
                where="weights.by",
                expected="at least one row in every category that is weighted to",
                action="merge categories with recode, or restrict the population to those who can be seen",
            )
    return target


def _unknown(margin: Margin) -> BenchmarkError:
    known = {name: sorted({key[place] for key in margin.counts}) for place, name in enumerate(margin.variables)}
    least = threshold("group_shown").good
    told = "; ".join(f"{name}: {', '.join(labels[:12])}" for name, labels in known.items())
    return BenchmarkError(
        f"A category of {margin.name} that fewer than {least:g} rows of the data have is not in the benchmark.",
        where="weights.by",
        expected=f"the categories of the benchmark ({told})",
        action="merge categories with recode, or restrict the data to the benchmark's population",
    )


def _labels(number: int, margin: Margin, levels: dict[str, list[str]]) -> tuple[str, ...]:
    parts = []
    for name in reversed(margin.variables):
        number, place = divmod(number, len(levels[name]))
        parts.append(levels[name][place])
    return tuple(reversed(parts))


def _told(margin: Margin, label: tuple[str, ...]) -> str:
    pairs = (f"{name} = '{value}'" for name, value in zip(margin.variables, label, strict=True))
    return f"The category {', '.join(pairs)}"
