"""Classes -> the smallest sets of questions that tell a person apart: special uniques (SUDA2).

A record is unique on a set of questions if nobody else gave these answers, and minimally so if it is unique on no part
of the set. Who is unique on few questions is easily recognised. A set is looked at by one group-by, and only for
records that none of its parts tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats
from countersign.protection.risk.classes import Classes, Codes, counted
from countersign.protection.risk.matching import matched

MOST_KEYS = 12
"""Questions that may be looked at together: 2^12 sets; more sets than that take hours and are read by nobody."""

Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Uniques:
    """What tells the records apart that share all keys with nobody.

    Parameters
    ----------
    classes: numbers of the classes of one record, (u,). scores: SUDA score of each, (u,). by_key: part of the score
    from sets with each key, (m, u). minimal: size of set -> minimal uniques of that size. alone: set of places of keys
    -> records that are unique on it; only sets that were looked at. pairs: records in classes of two.
    """

    classes: Codes
    scores: Floats
    by_key: Floats
    minimal: Mapping[int, int]
    alone: Mapping[tuple[int, ...], int]
    pairs: int

    def disclosure(self, fraction: float, keys: int) -> Floats:
        """Return the DIS-SUDA score of each: the chance that a match with an outside list is right, (u,).

        Parameters
        ----------
        fraction: part of the population in the data, above 0 and below 1. keys: how many there are, m.

        Returns
        -------
        With U records that are alone, P records in classes of two, scores s, Q = 1 + (8 - m)/20 and A = sum s^-Q::

            DIS = U f / (U f + P (1 - f))                                a match with anybody alone is right
            dis = 1 / (1 + (U/DIS - U) / (s^Q A))

        1 where nobody is in a class of two. Q and DIS are rounded to single precision, because R's sdcMicro does and
        its digits are what others hold ours against; it moves the seventh digit.

        Source: Skinner and Elliot (2002), J. R. Statist. Soc. B 64; Elliot, Manning and Ford (2002), Int. J.
        Uncertainty, Fuzziness and Knowledge-Based Systems 10; Q as in sdcMicro.
        """
        if not self.pairs * len(self.scores):
            return np.ones_like(self.scores)
        single = np.float32
        f, unique, paired = single(fraction), single(len(self.classes)), single(self.pairs)
        right = unique * f / (unique * f + paired * (single(1) - f))
        against = float(unique / right - unique)
        power = self.scores ** float(single(1) + single(8 - keys) / single(20))
        chance: Floats = 1 / (1 + against / (power * (1 / power).sum()))
        return chance


def find_uniques(classes: Classes, *, largest: int = 0, wild: bool = False) -> Uniques:
    """Find all minimal sample uniques.

    Parameters
    ----------
    largest: most questions in a set; 0 = all. Of larger sets nothing is then known, and scores are those of smaller
        ones alone. wild: a missing answer matches every answer, instead of being one of its own.

    Returns
    -------
    The score of a record is the sum of (m - k)! over its minimal uniques, k their size, m the number of keys.

    Raises
    ------
    ProtectionError: more than 12 keys and no smaller `largest`.

    Source: Elliot, Manning and Ford (2002); Manning, Haglin and Keane (2008), Data Mining and Knowledge Discovery 16.
    """
    keys = len(classes.keys)
    largest = min(largest or keys, keys)
    sets = sum(1 for _ in _sets(keys, largest))
    if sets > 2**MOST_KEYS:
        raise ProtectionError(
            f"{keys} keys have {sets:,} sets of up to {largest} questions to look at.",
            where="keys",
            expected=f"{MOST_KEYS} keys, or smaller sets of more",
            action="name the questions that neighbours know most likely, or set largest=3",
        )
    size = matched(classes)[0] if wild else classes.size
    alone = np.flatnonzero(size == 1)
    scores, by_key = np.zeros(len(alone)), np.zeros((keys, len(alone)))
    minimal: dict[int, int] = {}
    told: dict[tuple[int, ...], int] = {}
    before: dict[tuple[int, ...], Truths] = {(): np.full(len(alone), classes.size.sum() == 1)}
    for chosen in _sets(keys, largest):
        unique = np.zeros(len(alone), dtype=bool)
        for left_out in combinations(chosen, len(chosen) - 1):
            unique |= before[left_out]
        fresh = ~unique
        if fresh.any():
            fresh &= _unique_on(classes, chosen, alone, wild=wild)
        worth = factorial(keys - len(chosen))
        scores[fresh] += worth
        for place in chosen:
            by_key[place, fresh] += worth
        minimal[len(chosen)] = minimal.get(len(chosen), 0) + int(fresh.sum())
        unique |= fresh
        told[chosen] = int(unique.sum())
        before[chosen] = unique
    return Uniques(alone, scores, by_key, minimal, told, int(classes.size[size == 2].sum()))


def _sets(keys: int, largest: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, largest + 1):
        yield from combinations(range(keys), size)


def _unique_on(classes: Classes, places: tuple[int, ...], among: Codes, *, wild: bool) -> Truths:
    """Return which of some classes of one record nobody else matches in some of the keys."""
    cell, cells = classes.part(places)
    people = counted(cell, cells)  # classes, not records: one who is alone has a class of his own
    if wild and classes.absent[list(places)].any():
        first = np.unique(cell, return_index=True)[1]
        part = classes.folded(places, first, people[cell[first]])
        size = np.zeros(cells, dtype=np.int64)
        size[cell[first]] = matched(part)[0]
        people = size
    unique: Truths = people[cell[among]] == 1
    return unique
