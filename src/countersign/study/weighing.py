"""Dataset + Benchmark -> Weights: the margins the study names, fitted to the rows that passed the gates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from countersign.errors import BenchmarkError, StudyError, nearest
from countersign.model.benchmark import Benchmark, Margin, NumberTotal
from countersign.model.cells import Cells
from countersign.model.dataset import Dataset
from countersign.model.plan import WeightingPlan
from countersign.model.weights import Weights
from countersign.study.designing import refuse_no_weight, refuse_nothing

if TYPE_CHECKING:
    from countersign.study.reading import StudyFile
    from countersign.tables import Engine

FEW = 1000
"""Numbers with at most so many combinations of values are calibrated by cell; others row by row."""

ROW_WEIGHT = "weight"
"""Column of the final weights in weights.parquet."""


def weigh(dataset: Dataset, benchmark: Benchmark, *, plan: WeightingPlan, where: str = "weights") -> Weights:
    """Weight a data set to a benchmark.

    Parameters
    ----------
    plan: method, margins, base weights, trimming. where: the key in the study file, for messages.

    Raises
    ------
    StudyError: a weighting variable is not in the data, or is not a category.
    BenchmarkError: the benchmark lacks a margin, or margins and data contradict each other.
    WeightingError: see `rake`, `post_stratify`, `trim`.
    """
    from countersign.tables import reduce
    from countersign.weighting import post_stratify, rake, trim

    refuse_nothing(dataset)
    if plan.method == "calibrate":
        return _calibrate(dataset, benchmark, plan=plan, where=where)
    variables = tuple(dict.fromkeys(name for group in plan.by for name in group))
    for name in variables:
        _category(name, dataset, where=f"{where}.by")
    margins = [_margin(group, benchmark, where=where) for group in plan.by]
    base = plan.base or dataset.role("weight")
    if base:
        _base(base, dataset, where=f"{where}.base")
    trimming = plan.upper is not None or plan.lower is not None
    by = (*variables, base) if trimming and base else variables
    cells = reduce(dataset.kept(), by=by, measures={}, weight=base or None)
    key = base
    if trimming and not base:
        cells, key = _with_equal_base(cells), "_base"
    if plan.method == "rake":
        weights = rake(cells, margins, base=key if trimming else "", base_column=base, benchmark=benchmark.name)
    else:
        weights = post_stratify(
            cells, margins[0], base=key if trimming else "", base_column=base, benchmark=benchmark.name
        )
    if trimming:
        weights = trim(weights, upper=plan.upper, lower=plan.lower)
        if not base:
            weights = replace(weights, base=None, base_column="")
    return weights


def _calibrate(dataset: Dataset, benchmark: Benchmark, *, plan: WeightingPlan, where: str) -> Weights:
    from countersign.tables import reduce, unreduced
    from countersign.weighting import calibrate_to

    margins = [_margin(group, benchmark, where=where) for group in plan.margins]
    for name in dict.fromkeys(name for margin in margins for name in margin.variables):
        _category(name, dataset, where=f"{where}.by")
    numbers = []
    for name, amounts in plan.numeric.items():
        _number(name, dataset, where=f"{where}.numeric", what="have a total")
        numbers.append(_total(name, amounts, plan, benchmark, where=where))
    base = plan.base or dataset.role("weight")
    if base:
        _base(base, dataset, where=f"{where}.base")
    by = tuple(dict.fromkeys([*(name for margin in margins for name in margin.variables), *plan.numeric]))
    by_row = not _few(dataset, tuple(plan.numeric))
    if by_row:
        cells, _ = unreduced(dataset.kept(), by=by, measures={}, weight=base or None)
    else:
        cells = reduce(dataset.kept(), by=by, measures={}, weight=base or None)
    return calibrate_to(
        cells,
        margins,
        numbers,
        distance=plan.distance,
        bounds=plan.bounds,
        by_row=by_row,
        base_column=base,
        benchmark=benchmark.name,
        error=benchmark.error if plan.benchmark_error else None,
    )


def _few(dataset: Dataset, numbers: tuple[str, ...]) -> bool:
    """Whether the numbers have so few values together that rows share cells."""
    from countersign.tables import aggregate

    if not numbers:
        return True
    found = aggregate(dataset.kept(), **{f"n{place}": nw.col(name).n_unique() for place, name in enumerate(numbers)})
    return bool(math.prod(found.values()) <= FEW)


def _total(
    name: str,
    amounts: Mapping[tuple[str, ...], float] | None,
    plan: WeightingPlan,
    benchmark: Benchmark,
    *,
    where: str,
) -> NumberTotal:
    if amounts is not None:
        return NumberTotal(name, amounts, plan.within)
    known = benchmark.number(name, plan.within)
    if known is None:
        raise BenchmarkError(
            f"The benchmark '{benchmark.name}' has no total of '{name}'"
            + (f" by {' x '.join(plan.within)}." if plan.within else "."),
            where=f"{where}.numeric",
            expected="a benchmark of kind units that holds the number, or the total itself",
            action=f"write the total: 'numeric: {{{name}: 3914069}}'",
        )
    return known


def cells_for(
    dataset: Dataset,
    weights: Weights | None,
    *,
    by: Sequence[str],
    measures: Mapping[str, nw.Expr],
    weight: str | None,
) -> Cells:
    """Reduce a data set to cells; where its weights differ from row to row, each row is a cell.

    Parameters
    ----------
    by: the variables of the cells, those of `weights` among them. measures, weight: as in `countersign.tables.reduce`.
    """
    from countersign.tables import reduce, unreduced

    if weights is not None and weights.formula is not None:
        return unreduced(dataset.kept(), by=by, measures=measures, weight=weight)[0]
    return reduce(dataset.kept(), by=by, measures=measures, weight=weight)


def _with_equal_base(cells: Cells) -> Cells:
    ones = np.empty(len(cells), dtype=object)
    ones[:] = 1.0
    return replace(cells, keys={**cells.keys, "_base": ones})


def _known(name: str, dataset: Dataset, *, where: str) -> str:
    """Return the type of a column, or refuse a name the data set does not have."""
    if name not in dataset.codebook:
        raise StudyError(
            f"'{name}' is not a column of '{dataset.name}'. {nearest(name, dataset.codebook.names)}".strip(),
            where=where,
            expected="a column of the data or a name under 'derive'",
            action="correct the name, or derive it first",
        )
    return dataset.codebook[name].type


def _category(name: str, dataset: Dataset, *, where: str) -> None:
    if _known(name, dataset, where=where) not in ("category", "text"):
        raise StudyError(
            f"'{name}' holds numbers or dates; margins are known by category.",
            where=where,
            expected="a category, such as an age group",
            action=f"declare 'type: category' for '{name}' under 'variables', or derive groups: band({name}, 18, 30)",
        )


def _base(name: str, dataset: Dataset, *, where: str) -> None:
    """Refuse base weights that are no numbers, missing or negative, or written as final weights by a study before."""
    _number(name, dataset, where=where)
    columns = {key: variable.column or key for key, variable in dataset.codebook.variables.items()}
    if columns[name] == ROW_WEIGHT and "_row" in columns.values():  # as `write_row_weights` writes them
        raise StudyError(
            f"'{name}' is a weight that an earlier run has fitted and written to weights.parquet.",
            where=where,
            expected="the weights of the sampling design, or none",
            action="weight once: take this column out of 'base' and of the role 'weight', and name the design weights",
        )
    refuse_no_weight(dataset, name)


def _number(name: str, dataset: Dataset, *, where: str, what: str = "be a base weight") -> None:
    if _known(name, dataset, where=where) not in ("number", "integer"):
        raise StudyError(
            f"'{name}' does not hold numbers, so it cannot {what}.",
            where=where,
            expected="a column of numbers above 0" if what == "be a base weight" else "a column of numbers",
            action=f"name another column, or declare 'type: number' for '{name}' under 'variables'",
        )


def _margin(group: tuple[str, ...], benchmark: Benchmark, *, where: str) -> Margin:
    margin = benchmark.margin(*group)
    if margin is None and not group:
        raise BenchmarkError(
            "It is not known how many people or units the population has.",
            where=where,
            expected="a margin under 'by', or the size",
            action="add a margin (in Python: size=), so that the weights add up to the population",
        )
    if margin is None:
        known = ", ".join(margin.name for margin in benchmark.margins) or "none"
        raise BenchmarkError(
            f"The benchmark '{benchmark.name}' has no margin of {' x '.join(group)}.",
            where=f"{where}.by",
            expected=f"one of its margins: {known}",
            action="take another margin, or add this one to the benchmark's file",
        )
    return margin


def write_row_weights(dataset: Dataset, weights: Weights, *, engine: Engine, path: Path) -> int:
    """Write the final weight of every kept row: ``_row``, the id columns, ``weight``; return the number of rows."""
    from countersign.tables import join_back

    table = join_back(dataset.kept(), weights, name="_weight")
    columns = ["_row", *dataset.roles.get("id", ())]
    return engine.write(table.select(*columns, **{ROW_WEIGHT: nw.col("_weight")}), path, order_by=["_row"])


def no_weights(file: StudyFile) -> StudyError:
    """Return the error for a study that names no weights."""
    return StudyError(
        "The study names no weights.",
        where=file.document.where(),
        expected="a benchmark, and for example 'weights: {rake: BENCHMARK, by: [sex, age_group]}'",
        action="add both to the study file; docs/study-file.md shows how",
    )
