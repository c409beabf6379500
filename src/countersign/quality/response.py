"""Response (E1): how unevenly people took part: R-indicator with its parts, told and never graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.benchmark import Benchmark
from countersign.model.cells import Floats, Texts
from countersign.model.finding import Finding, State
from countersign.model.plan import Plan
from countersign.model.representativity import Representativity, representativity
from countersign.model.weights import Weights
from countersign.quality.confidentiality import few, fewest_told
from countersign.quality.context import Context, listed
from countersign.quality.findings import not_assessed
from countersign.tables import group


def response(context: Context) -> Sequence[Finding]:
    """R-indicator of a study without weights, by the margin of the benchmark with the most variables.

    A study with weights is judged by them, see `uneven_response`.
    """
    benchmark = context.benchmark
    if not context.is_main or context.is_published_table or benchmark is None or context.plan.weighting is not None:
        return []
    known = [m for m in benchmark.margins if m.variables and all(name in context.schema for name in m.variables)]
    if not known:
        return []
    margin = max(known, key=lambda one: len(one.variables))
    names = list(margin.variables)
    counts = group(context.dataset.kept(), names, _n=nw.len())
    took: dict[tuple[str, ...], float] = {}
    for place, n in enumerate(counts["_n"].tolist()):
        cell = tuple(str(counts[name][place]) for name in names)
        took[cell] = took.get(cell, 0.0) + n
    cells = [cell for cell, people in margin.counts.items() if people > 0]
    n = np.array([took.get(cell, 0.0) for cell in cells])
    people = np.array([margin.counts[cell] for cell in cells], dtype=float)
    if not n.sum():
        return [not_assessed("E1", "r_indicator", f"No record has {margin.name} as the benchmark writes it.")]
    keys = {name: np.array([cell[at] for cell in cells], dtype=object) for at, name in enumerate(names)}
    return [_told(keys, n / people, people, n, len(cells) - 1, plan=context.plan, benchmark=benchmark)]


def uneven_response(weights: Weights | None, *, plan: Plan, benchmark: Benchmark | None) -> list[Finding]:
    """R-indicator from weights: one over the factor of a row is its chance to take part, as the weights have it."""
    if weights is None or weights.method == "base" or not weights.count:
        return []
    if not weights.keys:
        why = "Weights that use numbers have no groups of people by which participation could be compared."
        return [not_assessed("E1", "r_indicator", why, fix="Weight by groups, such as age groups.")]
    factor = weights.factor if weights.fitted is None else weights.fitted
    held = (factor > 0) & (weights.n > 0)
    chance = 1 / np.where(held, factor, 1.0)
    people = np.where(held, weights.weight, 0.0)
    keys = {name: weights.keys[name] for name in weights.by if name in weights.keys}
    parameters = sum(len(margin.counts) - 1 for margin in weights.margins)
    return [
        _told(
            keys,
            chance,
            people,
            np.asarray(weights.n, dtype=float),
            parameters,
            plan=plan,
            benchmark=benchmark,
            designed=weights.base is not None or bool(weights.base_column),
        )
    ]


def _told(
    keys: Mapping[str, Texts],
    chance: Floats,
    people: Floats,
    n: Floats,
    parameters: int,
    *,
    plan: Plan,
    benchmark: Benchmark | None,
    designed: bool = False,
) -> Finding:
    """Bring chances to a scale and put them into words.

    Of a sample that chose itself the chances are known but for a factor, unless the size of the population is. R falls
    as they rise, so where they are scaled to a largest chance of 1 it is the smallest that it can be. Of
    categories that few took part from (`few`), and of those needed to hide them, nothing is told.
    """
    size = 0.0 if designed else plan.population.size
    rows = float(benchmark.size) if benchmark is not None else 0.0
    if size:
        chance = chance * float(people.sum()) / size
    known = (designed or bool(size) or not rows) and bool(chance.max() <= 1 + 1e-9)
    if not known:
        chance = chance / chance.max()
    found = representativity(keys, chance, people, taken_part=float(n.sum()), parameters=parameters, reference=rows)
    worst = max(found.partial, key=lambda name: found.partial[name].unconditional)
    untold = {name: few(_records(keys[name], n), fewest_told(plan, plan.main.unit)) for name in keys}
    by_part = sorted(
        (item for item in found.partial[worst].of.items() if item[0] not in untold[worst]), key=lambda item: item[1]
    )
    parted = f": {by_part[0][0]} took part least for its size, {by_part[-1][0]} most" if len(by_part) > 1 else ""
    message = (
        f"By {listed(list(keys))} the chances to take part differ by {100 * found.variation:.0f} % of their mean "
        f"(coefficient of variation); the R-indicator is {'' if known else 'at least '}{found.indicator:.2f} (1 = all "
        f"equally likely). Most goes with '{worst}'{parted}. No accepted "
        f"limit exists, so this is told and not graded."
    )
    return Finding(
        "E1",
        State.PASS,
        "r_indicator",
        message,
        value=found.indicator,
        unit="coefficient",
        count=len(keys),
        evidence={
            "r": round(found.indicator, 6),
            "r_adjusted": round(found.adjusted, 6),
            "variation": round(found.variation, 6),
            "mean_chance": float(f"{found.mean:.6g}"),
            "scale": "chances of the population" if known else "largest chance set to 1, so R is the smallest possible",
            "reference_rows": int(rows),
            "partial": _parts(found, untold),
        },
    )


def _records(keys: Texts, n: Floats) -> dict[str, float]:
    """Return category -> records, over cells."""
    found: dict[str, float] = {}
    for category, count in zip(keys.tolist(), n.tolist(), strict=True):
        found[str(category)] = found.get(str(category), 0.0) + count
    return found


def _parts(found: Representativity, untold: Mapping[str, Set[str]]) -> dict[str, Any]:
    def digits(values: Mapping[str, float], hidden: Set[str]) -> dict[str, float]:
        return {name: float(f"{value:.6g}") for name, value in values.items() if name not in hidden}

    return {
        name: {"not_told": len(untold[name]), "categories": digits(part.of, untold[name])}
        if untold[name]
        else {
            "unconditional": float(f"{part.unconditional:.6g}"),
            "conditional": float(f"{part.conditional:.6g}"),
            "categories": digits(part.of, untold[name]),
            "categories_conditional": digits(part.conditional_of, untold[name]),
        }
        for name, part in found.partial.items()
    }
