"""Dataset + Benchmark -> Comparisons: the questions both sides asked, held out of weighting.

How far the weighted answers still are from the benchmark's tells how wrong the other figures may be.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from countersign.errors import BenchmarkError, StudyError, nearest
from countersign.model.benchmark import Benchmark
from countersign.model.cells import Cells
from countersign.model.dataset import Dataset
from countersign.model.release import Comparison
from countersign.model.weights import Weights
from countersign.study.designing import base_of, design_of
from countersign.study.measuring import ASKED
from countersign.study.weighing import cells_for


def compare(
    dataset: Dataset,
    benchmark: Benchmark,
    *,
    items: Sequence[str],
    weights: Weights | None,
    fewest: int = 0,
    where: str = "compare.items",
) -> tuple[Comparison, ...]:
    """Compare the distribution of each item with the benchmark's.

    The benchmark's categories are compared; an answer that only the data know, such as a refusal, counts among those
    who answered, as it does in the published shares of such questions. Answers of fewer than `fewest` people are
    compared together with the next smallest: `a + b`.

    Raises
    ------
    StudyError: an item is not a column of the data. BenchmarkError: the benchmark does not have it.
    """
    found: list[Comparison] = []
    for item in items:
        if item not in dataset.codebook:
            raise StudyError(
                f"'{item}' is not a column of '{dataset.name}'. {nearest(item, dataset.codebook.names)}".strip(),
                where=where,
                expected="a question of the data that the benchmark asked too",
                action="correct the name or remove it",
            )
        if item not in benchmark.items:
            raise BenchmarkError(
                f"The benchmark '{benchmark.name}' has no '{item}'. {nearest(item, benchmark.items)}".strip(),
                where=where,
                expected="a question that both sides asked, under the same name",
                action="correct the name, or rename the column under the benchmark's 'variables'",
            )
        found += _compare_item(dataset, benchmark, item, weights, fewest=fewest)
    return tuple(found)


def _compare_item(
    dataset: Dataset, benchmark: Benchmark, item: str, weights: Weights | None, *, fewest: int
) -> list[Comparison]:
    from countersign.estimation import estimate_ratio

    design = design_of(dataset)
    base = base_of(dataset, weights)
    keys = [item, *design.strata, design.psu, design.fpc, *(weights.by if weights else ())]
    if weights and weights.base is not None:
        keys.append(weights.base_column)
    by = tuple(dict.fromkeys(key for key in keys if key))
    cells = cells_for(dataset, weights, by=by, measures={}, weight=base)
    truth = benchmark.items[item]
    _alike(item, {str(value) for value in cells.keys[item].tolist() if value is not None}, truth, benchmark.name)
    result = []
    for categories in _together(cells, item, truth, fewest=fewest):
        shared = share_of(cells, item, *categories)
        weighted = estimate_ratio(shared, "category", "answered", design=design, weights=weights)
        n = shared.plain[:, 1].sum()
        raw = float(shared.plain[:, 0].sum() / n) if n else float("nan")
        result.append(
            Comparison(
                item=item,
                category=" + ".join(categories),
                raw=raw,
                weighted=float(weighted.value[0]),
                benchmark=float(sum(truth[category] for category in categories)),
                standard_error=float(weighted.se[0]),
            )
        )
    return result


def _together(cells: Cells, item: str, truth: Collection[str], *, fewest: int) -> list[tuple[str, ...]]:
    """Return the categories one by one, those of few people together at the end."""
    from countersign.quality.confidentiality import few

    records = dict.fromkeys(sorted(truth), 0.0)
    for value, n in zip(cells.keys[item].tolist(), cells.n.tolist(), strict=True):
        if str(value) in records:
            records[str(value)] += n
    small = few(records, fewest)
    found: list[tuple[str, ...]] = [(category,) for category in records if category not in small]
    return [*found, tuple(category for category in records if category in small)] if small else found


def _alike(item: str, answers: Collection[str], truth: Collection[str], benchmark: str) -> None:
    """Refuse an answer that the data and the benchmark spell in two ways: it would count as nobody's answer."""
    spelled = {_plain(answer): answer for answer in answers if answer not in truth}
    for category in sorted(truth):
        other = spelled.get(_plain(category))
        if category not in answers and other is not None:
            raise BenchmarkError(
                f"The data write '{other}' in '{item}', the benchmark '{benchmark}' writes '{category}'.",
                where="compare.items",
                expected="the same spelling on both sides",
                action=f"add 'recode: {{{json.dumps(other)}: {json.dumps(category)}}}' to the variable '{item}' of "
                "the data",
            )


def _plain(label: str) -> str:
    return "".join(letter for letter in label.casefold() if letter.isalnum()) or label


def share_of(cells: Cells, variable: str, *categories: str) -> Cells:
    """Return the cells with two measures: ``category`` (1 where `variable` is one of `categories`) and ``answered``.

    `variable` must be a key of the cells, so both measures are constant within a cell and need no further pass. Cells
    of those an indicator is not about (key `ASKED`) count in neither.
    """
    values = cells.keys[variable].tolist()
    answered = np.array([value is not None for value in values], dtype=float)
    if ASKED in cells.keys:
        answered *= cells.keys[ASKED] == "yes"
    chosen = answered * np.array([str(value) in categories for value in values], dtype=float)
    marks = np.column_stack([chosen, answered])
    return replace(
        cells,
        measures=("category", "answered"),
        first=cells.weight[:, None] * marks,
        cross=cells.weight2[:, None] * marks,
        second=cells.weight2[:, None, None] * marks[:, :, None] * marks[:, None, :],
        plain=cells.n[:, None] * marks,
    )
