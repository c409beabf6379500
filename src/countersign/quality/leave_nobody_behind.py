"""Leave nobody behind: every group of the population beside what the data know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from countersign.catalogue import threshold
from countersign.model.benchmark import Benchmark
from countersign.model.cells import Cells, Floats
from countersign.model.dataset import Dataset
from countersign.model.finding import State
from countersign.model.gap import GroupCoverage
from countersign.model.plan import Plan
from countersign.model.weights import Weights
from countersign.quality.confidentiality import few
from countersign.quality.sample_size import further
from countersign.tables import reduce

PUBLISHABLE: Mapping[State, str] = {State.PASS: "yes", State.WARN: "with care", State.FAIL: "no"}


def group_coverage(
    dataset: Dataset, *, plan: Plan, benchmark: Benchmark | None = None, weights: Weights | None = None
) -> tuple[GroupCoverage, ...]:
    """Return one row for every group that the benchmark knows or that the study says it speaks for.

    Of the records still in, with final weights w (base weights without a weighting, 1 without either): n; share n / sum
    n over the records whose group is known; n_eff = (sum w)^2 / sum w^2 (Kish 1965); design effect n / n_eff, for a
    group without a record that of all records. Publishable by the limits ``effective_n`` of the catalogue. Needed:
    ceil(limit x design effect) - n further respondents.

    Parameters
    ----------
    benchmark: margins by several variables are collapsed to one; held-out questions are no groups.
    """
    schema = dataset.table.collect_schema().names()
    known: dict[str, dict[str, float]] = {}
    for margin in benchmark.margins if benchmark else ():
        for name in margin.variables:
            alone = margin.collapsed(name)
            if name not in known and alone.total > 0:
                known[name] = {cell[0]: count / alone.total for cell, count in alone.counts.items() if count > 0}
    groups = {name: dict.fromkeys(own) for name, own in known.items()}
    for name, categories in plan.population.groups.items():
        groups.setdefault(name, {}).update(dict.fromkeys(categories))
    rows: list[GroupCoverage] = []
    for name in groups:
        if name in schema:
            priority = plan.population.groups.get(name, ())
            rows += _rows(dataset, name, tuple(groups[name]), known.get(name, {}), priority, weights, plan)
        else:
            rows += [
                GroupCoverage(name, category, 0, 0.0, known.get(name, {}).get(category), publishable="no",
                              needed=further(_fewest(), 0, 1.0), precise=further(_enough(), 0, 1.0),
                              priority=category in plan.population.groups.get(name, ()))
                for category in groups[name]
            ]  # fmt: skip
    return tuple(rows)


def withheld(rows: Sequence[GroupCoverage], *, fewest: int) -> tuple[GroupCoverage, ...]:
    """Return the rows with the numbers of groups of fewer than `fewest` people taken out.

    Within a variable further groups, smallest first, are taken out until at least two are and together they have
    `fewest` people: a single one could be had by subtracting. What such a group needs is told as for an empty one.
    """
    hidden: set[tuple[str, str]] = set()
    for variable in dict.fromkeys(row.variable for row in rows):
        own = {row.category: row.n or 0 for row in rows if row.variable == variable}
        hidden |= {(variable, category) for category in few(own, fewest)}

    def shown(row: GroupCoverage) -> GroupCoverage:
        if (row.variable, row.category) not in hidden:
            return row
        effect = 1.0
        return replace(row, n=None, data=None, ratio=None, n_effective=None, design_effect=None,
                       needed=further(_fewest(), 0, effect), precise=further(_enough(), 0, effect))  # fmt: skip

    return tuple(shown(row) for row in rows)


def recounted(
    rows: Sequence[GroupCoverage], counts: Mapping[tuple[str, str], int], *, largest: float
) -> tuple[GroupCoverage, ...]:
    """Return the rows with published numbers of records in place of the true ones, and all that follows from them.

    Parameters
    ----------
    counts: (variable, category) -> records as they are published. largest: a number not above it may be nobody; such a
        group needs what an empty one needs.

    Notes
    -----
    The design effect is told in quarters: its digits would tell the true number.
    """
    told = []
    for row in rows:
        count = counts.get((row.variable, row.category), 0)
        answered = sum(n for (variable, _), n in counts.items() if variable == row.variable)
        effect = max(round((row.design_effect or 1.0) * 4) / 4, 0.25)
        sure = count if count > largest else 0
        state = threshold("effective_n").state(sure / effect)
        share = count / answered if answered else 0.0
        told.append(
            replace(
                row,
                n=count,
                data=share,
                ratio=share / row.population if row.population else None,
                n_effective=count / effect if count else None,
                design_effect=effect if count else None,
                publishable=PUBLISHABLE[state],
                needed=0 if state is not State.FAIL else further(_fewest(), sure, effect),
                precise=0 if state is State.PASS else further(_enough(), sure, effect),
            )
        )
    return tuple(told)


def _rows(
    dataset: Dataset,
    name: str,
    categories: Sequence[str],
    shares: Mapping[str, float],
    priority: Sequence[str],
    weights: Weights | None,
    plan: Plan,
) -> list[GroupCoverage]:
    cells, total, squares = _weighted(dataset, name, weights, plan)
    code, labels = cells.codes((name,))
    texts = [_text(label[0]) for label in labels]
    n = np.bincount(code, cells.n, len(texts))
    w, w2 = np.bincount(code, total, len(texts)), np.bincount(code, squares, len(texts))
    at = {text: place for place, text in enumerate(texts) if text is not None}
    answered = sum(n[place] for place in at.values())
    whole = float(cells.n.sum() * squares.sum() / total.sum() ** 2) if total.sum() > 0 else 1.0
    rows = []
    for category in (*categories, *(text for text in at if text not in categories and not shares)):
        place = at.get(category)
        count = int(n[place]) if place is not None else 0
        population = shares.get(category, 0.0 if shares else None)
        share = count / answered if answered else 0.0
        effective = effect = None
        if count and place is not None and w[place] > 0:
            effective = float(w[place] ** 2 / w2[place])
            effect = count / effective
        state = threshold("effective_n").state(effective or 0.0)
        seen = whole if effect is None else effect
        rows.append(
            GroupCoverage(
                variable=name,
                category=category,
                n=count,
                data=share,
                population=population,
                ratio=share / population if population else None,
                n_effective=effective,
                design_effect=effect,
                publishable=PUBLISHABLE[state],
                needed=0 if state is not State.FAIL else further(_fewest(), count, seen),
                precise=0 if state is State.PASS else further(_enough(), count, seen),
                priority=category in priority,
            )
        )
    return rows


def _weighted(dataset: Dataset, name: str, weights: Weights | None, plan: Plan) -> tuple[Cells, Floats, Floats]:
    """Return cells by the variable, and the sums of final weights and of their squares, each (C,)."""
    base = (plan.weighting.base if plan.weighting else "") or dataset.role("weight")
    by = [name]
    if weights is not None:
        by += [key for key in (*weights.by, weights.base_column) if key and key not in by]
    cells = reduce(dataset.kept(), by=by, measures={}, weight=base or None)
    factor = np.ones(len(cells)) if weights is None else weights.factor_of(cells)[0]
    return cells, factor * cells.weight, factor**2 * cells.weight2


def _fewest() -> float:
    limit = threshold("effective_n")
    return limit.good if limit.warn is None else limit.warn


def _enough() -> float:
    return threshold("effective_n").good


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
