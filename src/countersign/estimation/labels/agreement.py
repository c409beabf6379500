"""Agreement: whether workers who saw the same task say the same, beyond chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.estimation.labels.answers import Answers, groups_of
from countersign.model.agreement import Scale, fleiss_kappa, krippendorff_alpha, pairwise
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

GROUPS = 50
"""Random groups of tasks for jackknife standard errors."""


@dataclass(frozen=True)
class Agreement(Tabular):
    """Coefficients of agreement.

    Parameters
    ----------
    coefficients: name -> value, standard error, lower and upper limit; the interval is by jackknife over tasks.
    tasks: tasks with two answers or more: only they tell about agreement. single: tasks with one answer.
    """

    coefficients: dict[str, tuple[float, float, float, float]]
    tasks: int
    single: int

    def __getitem__(self, name: str) -> float:
        return self.coefficients[name][0]

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a coefficient; alpha with the state the catalogue gives it; no ends where nobody knows."""
        names = ("value", "standard_error", "lower", "upper")
        return [
            {
                "coefficient": name,
                **{key: None if math.isnan(each) else each for key, each in zip(names, four, strict=True)},
                "tasks": self.tasks,
                "single": self.single,
                "state": str(catalogue.threshold("agreement_alpha").state(four[0])) if "alpha" in name else "",
                "note": "too few tasks for an interval" if math.isnan(four[1]) else "",
            }
            for name, four in self.coefficients.items()
        ]


def agree(
    answers: Answers,
    *,
    scale: Scale = "nominal",
    order: tuple[str, ...] = (),
    level: float = 0.95,
    seed: int = 1,
) -> Agreement:
    """Return pairwise agreement, Fleiss' kappa and Krippendorff's alpha, each with a jackknife interval.

    Parameters
    ----------
    scale: of the labels, for alpha. order: of the labels, where they are not numbers.

    Raises
    ------
    EstimationError: no task with two answers; every answer is the same, so there is nothing to agree beyond chance.
    """
    votes = answers.votes
    numbers = np.zeros(0) if scale == "nominal" else answers.numbers(order)
    several = votes.sum(1) >= 2
    if not several.any():
        raise EstimationError(
            "No task has two answers, so agreement is not known.",
            where="answers",
            expected="some tasks with two workers or more",
            action="give some tasks to several workers",
        )
    statistics: dict[str, Callable[[Floats], float]] = {
        "pairwise agreement": pairwise,
        "fleiss kappa": fleiss_kappa,
        f"krippendorff alpha, {scale}": lambda held: krippendorff_alpha(held, scale=scale, numbers=numbers),
    }
    group = groups_of(len(votes), GROUPS, seed)
    count = int(group.max()) + 1
    found = {}
    for name, statistic in statistics.items():
        value = statistic(votes)
        left = np.array([_or_nan(statistic, votes[group != g]) for g in range(count)]) if count > 1 else np.zeros(0)
        if len(left) < 2 or np.isnan(left).any():
            found[name] = (value, math.nan, math.nan, math.nan)
            continue
        se = math.sqrt((count - 1) / count * float(((left - left.mean()) ** 2).sum()))
        ends = interval("t", value=value, se=se, n=count, degrees=count - 1, level=level)
        found[name] = (value, se, ends.lower, ends.upper)
    return Agreement(found, int(several.sum()), int((~several).sum()))


def _or_nan(statistic: Callable[[Floats], float], votes: Floats) -> float:
    try:
        return statistic(votes)
    except EstimationError:
        return math.nan
