"""Classes and their answers to a sensitive question -> what somebody learns who knows the keys of a person.

Being one of many does not help if all of them gave the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.protection.risk.classes import Classes, Codes, counted
from countersign.protection.risk.matching import patterns

_MOST_AT_ONCE = 2**24  # answers of classes held at once


@dataclass(frozen=True)
class Answers:
    """Answers by class: class, code of the answer, and how many records gave it, all (v,); missing ones left out."""

    of: Codes
    answer: Codes
    count: Integers


@dataclass(frozen=True)
class Diversity:
    """How diverse the answers are in each class, (C,); 0 where nobody in a class answered.

    Parameters
    ----------
    distinct: different answers. entropy: exp of the entropy of the answers: as many equally frequent ones would be as
    hard to guess. recursive: the largest l for which the class is recursively (c, l)-diverse. closeness: distance
    between the answers of the class and those of everybody, 0 alike to 1 (t-closeness, all answers equally far apart).
    """

    distinct: Integers
    entropy: Floats
    recursive: Integers
    closeness: Floats


def answers_of(classes: Classes, fine: Classes) -> Answers:
    """Return the answers by class.

    Parameters
    ----------
    classes: by the keys. fine: by the keys and, as the last one, the sensitive column, of the same rows.
    """
    keys = range(len(classes.keys))
    mine, _ = classes.part(keys)
    theirs, _ = fine.part(keys)
    there = ~fine.absent[-1]
    return Answers(np.searchsorted(mine, theirs[there]), fine.codes[-1][there], fine.size[there])


def diversity(classes: Classes, answers: Answers, *, wild: bool, c: float = 2.0) -> Diversity:
    """Measure the diversity of the answers to one sensitive question.

    Parameters
    ----------
    c: of recursive diversity. wild: a missing key matches every answer, so a class sees the answers of all records
        that match it.

    Returns
    -------
    With shares p_1 >= p_2 >= ... of the answers in a class and q of the same answers among everybody::

        distinct    how many there are
        entropy     exp(- sum p ln p)
        recursive   largest l with p_1 < c (p_l + p_(l+1) + ...); 0 if p_1 >= c
        closeness   1/2 sum |p - q|

    Source: Machanavajjhala et al. (2007), l-diversity, ACM TKDD 1; Li, Li and Venkatasubramanian (2007), t-closeness.
    """
    size = len(classes)
    values = int(answers.answer.max(initial=-1)) + 1
    everybody = counted(answers.answer, values, answers.count) / max(1, answers.count.sum())
    found = Diversity(np.zeros(size, dtype=np.int64), np.zeros(size), np.zeros(size, dtype=np.int64), np.zeros(size))
    if not wild or not classes.absent.any():
        _measure(answers, everybody, c, found)
        return found
    seen = _by_pattern(classes, answers)
    for absent, mine in patterns(classes):
        at_once = max(1, _MOST_AT_ONCE // max(1, values * len(seen)))
        for start in range(0, len(mine), at_once):
            _measure(_seen(classes, mine[start : start + at_once], absent, seen, values), everybody, c, found)
    return found


def _by_pattern(classes: Classes, answers: Answers) -> list[tuple[int, Codes, Answers]]:
    """Return each pattern of missingness with its classes and their answers."""
    found = []
    for absent, mine in patterns(classes):
        inside = np.zeros(len(classes), dtype=bool)
        inside[mine] = True
        own = inside[answers.of]
        found.append((absent, mine, Answers(answers.of[own], answers.answer[own], answers.count[own])))
    return found


def _seen(classes: Classes, mine: Codes, absent: int, seen: list[tuple[int, Codes, Answers]], values: int) -> Answers:
    """Return the answers of all records that match each of some classes of one pattern of missingness."""
    of, answer, count = [], [], []
    for other, _, theirs in seen:
        kept = [place for place in range(len(classes.keys)) if not (absent | other) >> place & 1]
        cell, _ = classes.part(kept, np.concatenate([mine, theirs.of]))
        order = np.argsort(cell[len(mine) :])
        sought = cell[len(mine) :][order]
        first = np.searchsorted(sought, cell[: len(mine)])
        many = np.searchsorted(sought, cell[: len(mine)], side="right") - first
        place = order[np.repeat(first - np.cumsum(many) + many, many) + np.arange(many.sum())]
        of.append(np.repeat(mine, many))
        answer.append(theirs.answer[place])
        count.append(theirs.count[place])
    pair = np.concatenate(of) * values + np.concatenate(answer)
    distinct, back = np.unique(pair, return_inverse=True)
    return Answers(distinct // values, distinct % values, counted(back, len(distinct), np.concatenate(count)))


def _measure(answers: Answers, everybody: Floats, c: float, found: Diversity) -> None:
    """Fill in the measures of the classes that the answers belong to."""
    order = np.lexsort((-answers.count, answers.of))
    of, count = answers.of[order], answers.count[order]
    mine, first = np.unique(of, return_index=True)
    if not len(mine):
        return
    last = np.append(first[1:], len(of))
    place = np.repeat(np.arange(len(mine)), last - first)
    total = np.add.reduceat(count, first)
    share = count / total[place]
    found.distinct[mine] = last - first
    found.entropy[mine] = np.exp(-np.add.reduceat(share * np.log(share), first))
    # From the l-th answer on: in whole numbers, so that a boundary is met exactly.
    behind = total[place] - (np.cumsum(count) - count - (np.cumsum(total) - total)[place])
    meets = count[first][place] < c * behind
    found.recursive[mine] = np.add.reduceat(1 * meets, first)
    apart = np.abs(share - everybody[answers.answer[order]]) - everybody[answers.answer[order]]
    found.closeness[mine] = (np.add.reduceat(apart, first) + 1) / 2
