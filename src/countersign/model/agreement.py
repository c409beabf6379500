"""Agreement: whether several observations of the same thing say the same, beyond chance, as statistics of counts.

Everything is computed from counts of answers, so that a crowd of any size is first reduced to them. With `weight` a row
of counts stands for so many units alike.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats

Scale: TypeAlias = Literal["nominal", "ordinal", "interval"]


def pairwise(votes: Floats, *, weight: Floats | None = None) -> float:
    """Return the mean over tasks of the share of pairs of answers that are equal; tasks of one answer do not count.

    Parameters
    ----------
    votes: answers by task and label, (T, K). weight: of tasks, (T,).

    Raises
    ------
    EstimationError: no task with two answers.
    """
    n = votes.sum(1)
    w = np.ones(len(votes)) if weight is None else weight
    counted = (n >= 2) & (w > 0)
    if not counted.any():
        raise EstimationError("No task has two answers.", where="answers")
    some, w, n = votes[counted], w[counted], n[counted]
    return float((w * (((some**2).sum(1) - n) / (n * (n - 1)))).sum() / w.sum())


def fleiss_kappa(votes: Floats, *, weight: Floats | None = None) -> float:
    """Return Fleiss' kappa, (P - Pe) / (1 - Pe).

    P is `pairwise`. Pe is the sum of squares of the mean share of each label over tasks, so that with unequal numbers
    of answers every task counts the same (Gwet 2014; equal numbers give Fleiss 1971).

    Parameters
    ----------
    votes: answers by task and label, (T, K). weight: of tasks, (T,).

    Raises
    ------
    EstimationError: no task with two answers; only one label was ever given.
    """
    observed = pairwise(votes, weight=weight)
    w = np.ones(len(votes)) if weight is None else weight
    held = (votes.sum(1) > 0) & (w > 0)
    answered, w = votes[held], w[held]
    share = (w[:, None] * (answered / answered.sum(1, keepdims=True))).sum(0) / w.sum()
    chance = float(share @ share)
    if chance >= 1 - 1e-12:
        raise _constant()
    return (observed - chance) / (1 - chance)


def krippendorff_alpha(
    votes: Floats, *, scale: Scale = "nominal", numbers: Floats | None = None, weight: Floats | None = None
) -> float:
    """Return Krippendorff's alpha, 1 - D_observed / D_expected.

    With n_uc answers c to task u, m_u = sum_c n_uc >= 2 and n = sum m_u, the coincidences are
    ``o_ck = sum_u n_uc (n_uk - [c = k]) / (m_u - 1)`` and alpha is
    ``1 - (n - 1) sum o_ck d_ck / sum n_c n_k d_ck``; d is 1 for different labels (nominal), ``(c - k)^2`` (interval),
    or the squared number of answers from c to k, ends by half (ordinal). Missing answers need no treatment.

    Parameters
    ----------
    votes: (T, K). numbers: of the labels, (K,), for ordinal (only their order counts) and interval.
    weight: of tasks, (T,).

    Raises
    ------
    EstimationError: no task with two answers; only one label was ever given.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability.
    """
    m = votes.sum(1)
    w = np.ones(len(votes)) if weight is None else weight
    counted = (m >= 2) & (w > 0)
    held, m, w = votes[counted], m[counted], w[counted]
    if not len(held):
        raise EstimationError("No task has two answers.", where="answers")
    scaled = held * (w / (m - 1))[:, None]
    seen = held.T @ scaled - np.diag(scaled.sum(0))
    n = (w[:, None] * held).sum(0)
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


def cohen_kappa(table: Floats) -> float:
    """Return Cohen's kappa of two observers, (p_o - p_e) / (1 - p_e).

    p_o is the share of units on the diagonal, p_e = sum_k p_k. p_.k the share expected from the two margins.

    Parameters
    ----------
    table: units by the label of the first (rows) and the second observer (columns), (K, K); counts or weights.

    Raises
    ------
    EstimationError: an empty table; both observers only ever gave the same one label.

    Notes
    -----
    Cohen (1960), Educational and Psychological Measurement 20, 37-46.
    """
    total = float(table.sum())
    if total <= 0:
        raise EstimationError("No unit was seen by both.", where="answers")
    p = table / total
    chance = float(p.sum(0) @ p.sum(1))
    if chance >= 1 - 1e-12:
        raise _constant()
    return (float(np.trace(p)) - chance) / (1 - chance)


def wilson(share: float, size: float, quantile: float) -> tuple[float, float]:
    """Return Wilson's (1927) limits of a share; 0 and 1 are reached where the share is 0 or 1.

    Parameters
    ----------
    size: number of units behind it, which need not be whole. quantile: of the normal or t distribution, such as 1.96.
    """
    centre = (share + quantile**2 / (2 * size)) / (1 + quantile**2 / size)
    half = quantile * math.sqrt(share * (1 - share) / size + quantile**2 / (4 * size**2)) / (1 + quantile**2 / size)
    return (0.0 if share == 0 else centre - half), (1.0 if share == 1 else centre + half)


def _constant() -> EstimationError:
    return EstimationError(
        "Every answer is the same, so agreement beyond chance is not defined.",
        where="answers",
        expected="at least two labels in use",
        action="report the share of equal answers instead",
    )
