"""Differencing: what somebody learns who subtracts the published counts of two groups that differ by few people.

Two groups of different people have independent noises; two groups of the same people have the same noise. So a
difference tells next to nothing of how many people lie between two groups, and one that is not 0 tells that there is
somebody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.cells import Floats
from countersign.protection.noise.perturbation_table import PerturbationTable


@dataclass(frozen=True)
class Differencing:
    """What the difference of two published counts tells, at worst over all counts.

    Parameters
    ----------
    one_or_two: how much better than by tossing a coin somebody can tell whether one or two people lie between the
        groups, 0 to 1: total variation between the laws of the difference. certain: chance that the difference proves
        that it was two and not one, or one and not two.
    unnoticed: chance that the difference is 0 although one person lies between the groups, at least.
    deviation: standard deviation of the difference, root of 2 V.
    """

    one_or_two: float
    certain: float
    unnoticed: float
    deviation: float


def differencing(table: PerturbationTable, *, smallest: int = 0) -> Differencing:
    """Return what subtraction tells at worst.

    Parameters
    ----------
    smallest: fewest people in the smaller group. Below 2 D + `hidden` the laws differ from count to count.
    """
    last = len(table.laws) - 1
    counts = range(min(smallest, last), last + 1)
    told = []
    for count in counts:
        one, two = difference_law(table, count, 1), difference_law(table, count, 2)
        apart = 0.5 * float(np.abs(one - two).sum())
        only = max(float(one[two == 0].sum()), float(two[one == 0].sum()))
        told.append((apart, only, float(one[_zero(table)])))
    worst = [max(column) for column in zip(*told, strict=True)]
    return Differencing(worst[0], worst[1], min(line[2] for line in told), float(np.sqrt(2 * table.variance)))


def difference_law(table: PerturbationTable, count: int, more: int) -> Floats:
    """Return the law of the difference between the published counts of `count` + `more` and of `count` people.

    Returns
    -------
    (4 D + 3,) probabilities of the differences -2 D to 2 D + 2, for `more` from 0 to 2. With 0 more, the groups are the
    same people and the difference is 0.
    """
    law = np.zeros(4 * table.largest + 3)
    if not more:
        law[_zero(table)] = 1.0
        return law
    found = np.convolve(table.law(count + more), table.law(count)[::-1])
    law[more : more + len(found)] = found
    return law


def _zero(table: PerturbationTable) -> int:
    return 2 * table.largest
