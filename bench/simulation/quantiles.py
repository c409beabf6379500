"""Medians and other quantiles, from a sample by chance and from volunteers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.estimation.figures import quantile_figures
from countersign.model.design import Design
from countersign.model.plan import IndicatorPlan
from countersign.weighting import rake
from simulation.people import Columns, cells_from, margin, people, survey, volunteers
from simulation.scenario import Outcome, Scenario, attempt, outcome
from simulation.weighting import known

NAMES = {
    "median, Woodruff's interval": (0.5, "woodruff-mean"),
    "median, Woodruff's interval with beta limits": (0.5, "woodruff-beta"),
    "median, score interval": (0.5, "score"),
    "90 % quantile, Woodruff's interval": (0.9, "woodruff-mean"),
    "90 % quantile, Woodruff's interval with beta limits": (0.9, "woodruff-beta"),
}


def quantile(values: Any, q: float) -> float:
    """Smallest value whose share reaches q."""
    return float(np.sort(values)[int(np.ceil(q * len(values) - 1e-9)) - 1])


def estimated(everybody: Columns, sample: Columns, *, chance: bool, raked: bool) -> Mapping[str, Any]:
    """Estimate every quantile of `amount`."""
    columns: dict[str, Any] = {"amount": sample["amount"]}
    columns |= {name: np.array(sample[name].tolist(), dtype=object) for name in ("age", "school")}
    weights = None
    if raked:
        weights = rake(cells_from(sample, ("age", "school")), [margin(everybody, "age"), margin(everybody, "school")])
    design, weight = None, ""
    if chance:
        columns |= {"size": np.array(sample["size"].tolist(), dtype=object), "weight": sample["weight"]}
        design, weight = Design(fpc="size"), "weight"

    def made(q: float, interval: str) -> Outcome:
        plan = IndicatorPlan("amount", "quantile", "amount", q=q, interval=interval)
        (one,) = quantile_figures(
            columns, plan, variable="amount", weight=weight, design=design, weights=weights,
            selection="probability" if chance else "self-selected",
        )  # fmt: skip
        return outcome(quantile(everybody["amount"], q), one)

    return {name: attempt(lambda asked=asked: made(*asked)) for name, asked in NAMES.items()}  # type: ignore[misc]


def by_chance(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = people(rng)
    return estimated(everybody, survey(rng, everybody, 300), chance=True, raked=False)


def selected(score: Callable[[Columns], Any]) -> Callable[..., Mapping[str, Any]]:
    """Return a draw of volunteers, raked to age and schooling."""

    def draw(rng: np.random.Generator) -> Mapping[str, Any]:
        everybody = people(rng)
        sample = volunteers(rng, everybody, score(everybody), form="log", expected=500)
        return estimated(everybody, sample, chance=False, raked=True)

    return draw


SCENARIOS = (
    Scenario(
        "quantiles: a sample by chance",
        "A simple random sample of 300 of 20,000.",
        dict.fromkeys(NAMES, ""),
        by_chance,
    ),
    Scenario(
        "quantiles: age and schooling decide",
        "About 500 take part by age and schooling; raked to both.",
        dict.fromkeys(NAMES, ""),
        selected(known),
    ),
    Scenario(
        "quantiles: something unknown decides",
        "About 500 take part by age, schooling and an unrecorded trait that moves the answer; raked to both.",
        dict.fromkeys(NAMES, "an unrecorded trait decides, and moves the answer"),
        selected(lambda c: known(c) + 0.08 * (c["amount"] - 10)),
    ),
)
