"""Reliability: whether a figure is precise enough to be quoted, by published rules.

Rules and limits are entries of the reference list ``reliability``; nothing here knows a number. A rule that speaks
leaves a flag; the worst flag decides the status. Withholding to protect people is another matter (protection).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from countersign import catalogue
from countersign.model.estimate import Status

APPLIES = {
    "proportion": ("nchs-proportion",),
    "distribution": ("nchs-proportion",),
    "total": ("nchs-count", "statistics-canada-cv"),
    "count": ("nchs-count", "statistics-canada-cv"),
    "mean": ("statistics-canada-cv",),
    "ratio": ("statistics-canada-cv",),
    "quantile": ("statistics-canada-cv",),
}
"""Statistic -> rules that judge it."""


@dataclass(frozen=True)
class Precision:
    """What the rules look at.

    Parameters
    ----------
    value, se, lower, upper: of the figure; n, n_effective: rows and effective rows; degrees: PSUs minus strata.
    """

    value: float
    se: float
    lower: float
    upper: float
    n: float
    n_effective: float
    degrees: float


def judge(precision: Precision, rules: Sequence[str]) -> tuple[Status, tuple[str, ...]]:
    """Apply rules and return the worst status with all flags.

    Parameters
    ----------
    rules: ids in the reference list ``reliability``.

    Returns
    -------
    ``published``, ``caution`` or ``unreliable``, and flags such as ``nchs-proportion:effective-n``.
    """
    worst, flags = Status.PUBLISHED, []
    for rule in rules:
        for status, reason in _RULES[rule](precision):
            flags.append(f"{rule}:{reason}")
            if status is Status.UNRELIABLE or worst is Status.PUBLISHED:
                worst = status
    return worst, tuple(flags)


def _proportion(it: Precision) -> list[tuple[Status, str]]:
    """Parker et al. (2017): size, then absolute width, then relative width; the rest asks for a review."""
    limit = catalogue.load("reliability")["nchs-proportion"]
    if it.n < limit["smallest_n"]:
        return [(Status.UNRELIABLE, "n")]
    if it.n_effective < limit["smallest_effective_n"]:
        return [(Status.UNRELIABLE, "effective-n")]
    width = it.upper - it.lower
    if width >= limit["wide"]:
        return [(Status.UNRELIABLE, "width")]
    found = []
    if width > limit["narrow"]:
        if it.value <= 0 or width / it.value > limit["relative"]:
            found.append((Status.UNRELIABLE, "relative-width"))
        elif it.value >= 1 or width / (1 - it.value) > limit["relative"]:
            found.append((Status.CAUTION, "complement"))
    if it.degrees < limit["degrees"]:
        found.append((Status.CAUTION, "degrees"))
    if it.value <= 0 or it.value >= 1:
        found.append((Status.CAUTION, "zero-or-all"))
    return found


def _count(it: Precision) -> list[tuple[Status, str]]:
    limit = catalogue.load("reliability")["nchs-count"]
    if it.n < limit["smallest_n"]:
        return [(Status.UNRELIABLE, "n")]
    found = []
    if _relative(it.upper - it.lower, it.value) > limit["relative"]:
        found.append((Status.UNRELIABLE, "relative-width"))
    if it.degrees < limit["degrees"]:
        found.append((Status.CAUTION, "degrees"))
    return found


def _variation(it: Precision) -> list[tuple[Status, str]]:
    """Limits as printed: up to 16.5 % is good, above 33.3 % is too much; nothing is rounded first."""
    limit = catalogue.load("reliability")["statistics-canada-cv"]
    cv = _relative(it.se, it.value)
    if cv > limit["unreliable"]:
        return [(Status.UNRELIABLE, "cv")]
    if cv > limit["caution"]:
        return [(Status.CAUTION, "cv")]
    return []


def _relative(amount: float, value: float) -> float:
    if value == 0:
        return 0.0 if amount == 0 else math.inf
    return amount / abs(value)


_RULES = {"nchs-proportion": _proportion, "nchs-count": _count, "statistics-canada-cv": _variation}
