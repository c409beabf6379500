"""Chao's lower bound: at least so many, whatever differs between persons."""

from __future__ import annotations

import math
from collections.abc import Mapping

from countersign.errors import EstimationError
from countersign.estimation.hidden.histories import Histories
from countersign.estimation.hidden.sizes import CLOSED, Size, few_recaptures, log_normal

FORMS = ("bias-corrected", "classical")


def chao_of_lists(found: Histories, *, form: str = "bias-corrected", level: float = 0.95) -> Size:
    """Return Chao's lower bound from k lists that may differ in size, persons that may differ in visibility.

    N >= n + (f1^2 - sum Z_j^2) / (2 (f2 + 1)), with f1 and f2 persons on exactly one and two lists, Z_j those on list j
    alone; the classical form divides by 2 f2. With two lists the bias-corrected form is Chapman's estimate.

    Variance: sum over the counts c of (dg/dc)^2 c, plus g, where g is the unseen part (multinomial delta method).

    Raises
    ------
    EstimationError: an unknown form; the classical form with nobody on exactly two lists.

    Notes
    -----
    Chao (1987, 1989). Being on one list must not change the chance to be on another for one and the same person.
    """
    on = found.seen.sum(axis=1)
    f2 = float(found.counts[on == 2].sum())
    alone = [float(found.counts[(on == 1) & (found.seen[:, at] == 1)].sum()) for at in range(len(found.lists))]
    f1 = sum(alone)
    below = 2 * _divisor(f2, form)
    unseen = (f1 * f1 - sum(z * z for z in alone)) / below
    variance = unseen + sum((2 * (f1 - z) / below) ** 2 * z for z in alone) + (2 * unseen / below) ** 2 * f2
    size = _bound(unseen, variance, found.persons, form, f"{len(found.lists)} lists", level)
    return few_recaptures(size, found.recaptures)


def chao_of_counts(times: Mapping[int, float], *, form: str = "bias-corrected", level: float = 0.95) -> Size:
    """Return Chao's lower bound from how often persons were seen in one source.

    N >= n + f1 (f1 - 1) / (2 (f2 + 1)), the classical form n + f1^2 / (2 f2), with f1 and f2 persons seen exactly once
    and twice.

    Parameters
    ----------
    times: number of times seen, from 1 -> persons.

    Raises
    ------
    EstimationError: nobody seen; a number of times below 1; persons not whole; an unknown form; the classical form with
        nobody seen exactly twice.
    """
    wrong = [m for m, f in times.items() if m < 1 or m != int(m) or f < 0 or f != int(f)]
    if wrong or not sum(times.values()):
        raise EstimationError(
            "The times persons were seen are not whole numbers from 1, or nobody was seen.",
            where="seen",
            expected="for each number of times, from 1, how many persons",
            action="correct the column; persons never seen are what is to be estimated",
        )
    f1, f2 = float(times.get(1, 0)), float(times.get(2, 0))
    below = 2 * _divisor(f2, form)
    first = f1 * (f1 - 1) if form == "bias-corrected" else f1 * f1
    unseen = first / below
    slope = (2 * f1 - 1 if form == "bias-corrected" else 2 * f1) / below
    variance = unseen + slope**2 * f1 + (2 * unseen / below) ** 2 * f2
    persons = round(sum(times.values()))
    size = _bound(unseen, variance if f1 else 0.0, persons, form, "how often persons were seen", level)
    return few_recaptures(size, round(sum(f for m, f in times.items() if m >= 2)))


def _divisor(f2: float, form: str) -> float:
    if form not in FORMS:
        raise EstimationError(
            f"There is no form '{form}' of Chao's bound.",
            where="form",
            expected=f"one of: {', '.join(FORMS)}",
            action="choose one of these",
        )
    if form == "bias-corrected":
        return f2 + 1
    if not f2:
        raise EstimationError(
            "Nobody was seen exactly twice, so the classical form of Chao's bound is infinite.",
            where="form",
            expected="persons seen exactly twice",
            action="use the bias-corrected form",
        )
    return f2


def _bound(unseen: float, variance: float, seen: int, form: str, source: str, level: float) -> Size:
    se = math.sqrt(max(variance, 0.0))
    lower, upper = log_normal(seen + unseen, se, seen, level=level)
    return Size(
        estimator="lower bound (Chao)",
        value=seen + unseen,
        standard_error=se,
        lower=lower,
        upper=upper,
        seen=seen,
        convention="log-normal",
        method=f"Chao's lower bound from {source}, {form}",
        assumption="persons may differ in how visible they are, but being seen once changes nobody's chance to be seen"
        f" again; the true number is at least this on average; {CLOSED}",
        level=level,
        note="A lower bound: the true number may be much larger.",
    )
