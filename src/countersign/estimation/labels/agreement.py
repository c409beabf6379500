"""Agreement: whether workers who saw the same task say the same, beyond chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.estimation.labels.answers import Answers, groups_of
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

Scale = Literal["nominal", "ordinal", "interval"]
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


def pairwise(votes: Floats) -> float:
    """Return the mean over tasks of the share of pairs of answers that are equal; tasks of one answer do not count."""
    n = votes.sum(1)
    if not (n >= 2).any():
        raise EstimationError("No task has two answers.", where="answers")
    some = votes[n >= 2]
    n = n[n >= 2]
    return float((((some**2).sum(1) - n) / (n * (n - 1))).mean())


def fleiss_kappa(votes: Floats) -> float:
    """Return Fleiss' kappa, (P - Pe) / (1 - Pe).

    P is `pairwise`. Pe is the sum of squares of the mean share of each label over tasks, so that with unequal numbers
    of answers every task counts the same (Gwet 2014; equal numbers give Fleiss 1971).

    Parameters
    ----------
    votes: answers by task and label, (T, K).

    Raises
    ------
    EstimationError: no task with two answers; only one label was ever given.
    """
    observed = pairwise(votes)
    answered = votes[votes.sum(1) > 0]
    share = (answered / answered.sum(1, keepdims=True)).mean(0)
    chance = float(share @ share)
    if chance >= 1 - 1e-12:
        raise _constant()
    return (observed - chance) / (1 - chance)


def krippendorff_alpha(votes: Floats, *, scale: Scale = "nominal", numbers: Floats | None = None) -> float:
    """Return Krippendorff's alpha, 1 - D_observed / D_expected.

    With n_uc answers c to task u, m_u = sum_c n_uc >= 2 and n = sum m_u, the coincidences are
    ``o_ck = sum_u n_uc (n_uk - [c = k]) / (m_u - 1)`` and alpha is
    ``1 - (n - 1) sum o_ck d_ck / sum n_c n_k d_ck``; d is 1 for different labels (nominal), ``(c - k)^2`` (interval),
    or the squared number of answers from c to k, ends by half (ordinal). Missing answers need no treatment.

    Parameters
    ----------
    votes: (T, K). numbers: of the labels, (K,), for ordinal (only their order counts) and interval.

    Raises
    ------
    EstimationError: no task with two answers; only one label was ever given.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability.
    """
    m = votes.sum(1)
    held, m = votes[m >= 2], m[m >= 2]
    if not len(held):
        raise EstimationError("No task has two answers.", where="answers")
    scaled = held / (m - 1)[:, None]
    seen = held.T @ scaled - np.diag(scaled.sum(0))
    n = held.sum(0)
    if scale == "nominal" or numbers is None:
        distance: Floats = 1.0 - np.eye(len(n))
    elif scale == "interval":
        distance = np.subtract.outer(numbers, numbers) ** 2
    else:
        rank = np.argsort(np.argsort(numbers))
        running = np.concatenate([[0.0], np.cumsum(n[np.argsort(numbers)])])
        middle = (running[:-1] + running[1:])[rank] / 2
        distance = np.subtract.outer(middle, middle) ** 2
    expected = float(n @ distance @ n)
    if expected <= 0:
        raise _constant()
    return 1 - float(n.sum() - 1) * float((seen * distance).sum()) / expected


def _constant() -> EstimationError:
    return EstimationError(
        "Every answer is the same, so agreement beyond chance is not defined.",
        where="answers",
        expected="at least two labels in use",
        action="report the share of equal answers instead",
    )
