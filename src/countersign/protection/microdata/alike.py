"""Rows made to look alike: the fewest blanks after which every row shares its keys with k - 1 others.

Here a blank is an answer of its own: k rows show exactly the same. This is k-anonymity in the strict sense; it holds
against somebody who knows all answers of everybody, too.
"""

from __future__ import annotations

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.classes import MISSING
from countersign.protection.microdata.gathering import borrow, gather
from countersign.protection.microdata.groups import Groups, groups_of, sets_of_keys
from countersign.protection.microdata.improving import improve
from countersign.protection.microdata.patterns import Patterns

PAIRS = 10_000_000
"""Pairs of classes up to which those that lack different answers are looked for; beyond it no bound is named."""


def alike(
    codes: Integers, counts: Integers, *, k: int, weights: Floats, most: int, exact: bool
) -> tuple[list[tuple[int, Bools, int]], float]:
    """Choose blanks after which every row looks like k - 1 others.

    Parameters
    ----------
    codes, counts: all classes, (C, m) and (C,). weights: what a blank of each key costs, (m,).
    most: keys blanked in one row, unless a row cannot be helped so. exact: search further where there are few classes.

    Returns
    -------
    (class, keys blanked, rows) and a bound: no choice costs less that keeps classes at risk together, blanks at most
    `most` keys a row, and takes from safe classes only what they have in excess of k; 0 if none is known.
    """
    risk, safe = np.flatnonzero(counts < k), np.flatnonzero(counts >= k)
    patterns = Patterns(codes, counts)
    spare = counts[safe] - k
    groups = groups_of(codes, risk, safe, masks=sets_of_keys(weights, fewest=1, most=most), weights=weights)
    chosen, _, _ = gather(groups, counts, k=k, spare=spare.copy())
    reached = chosen >= 0
    bound = 0.0
    if reached.any():
        part = groups.only(reached)
        chosen[reached], bound = improve(part, counts, chosen[reached], spare, k=k, exact=exact)
    left = _realise(groups, counts, chosen, spare, patterns, k=k)
    complete = not len(left)
    for size in range(1, codes.shape[1] + 1):
        left = _join(codes, counts, risk, left, patterns, weights, k=k)
        if not len(left):
            break
        again = groups_of(codes, risk[left], safe, masks=sets_of_keys(weights, fewest=size, most=size), weights=weights)
        found, _, _ = gather(again, counts, k=k, spare=spare.copy())
        left = left[_realise(again, counts, found, spare, patterns, k=k)]
    if len(left):
        patterns.blank_all(risk[left], k=k)
    patterns.trim(weights, k=k)
    known = complete and reached.all() and not _met_outside(codes, risk, safe, most=most)
    return patterns.moves(), bound if known else 0.0


def _met_outside(codes: Integers, risk: Integers, safe: Integers, *, most: int) -> bool:
    """Whether classes that lack different answers might come to look alike, and no group holds all of them.

    A class at risk meets another where each of both needs at most `most` blanks for it. A group holds the two if its
    keys are answered by the helper, and if they are at most `most`: so helpers that lack more than a class at risk,
    helpers of which one lacks more than the other, and classes at risk that need different blanks may be in none.
    Where nobody lacks an answer none does; where there are too many pairs to look at, it is taken for granted.
    """
    if not (codes == MISSING).any():
        return False
    if len(risk) * len(codes) > PAIRS:
        return True
    there, helps = codes[np.concatenate([risk, safe])], np.arange(len(risk) + len(safe)) >= len(risk)
    for mine in codes[risk]:
        differs = there != mine
        meets = (differs & (mine != MISSING)).sum(axis=1) <= most
        meets &= (differs & (there != MISSING)).sum(axis=1) <= most
        helpers, others = there[meets & helps] == MISSING, there[meets & ~helps] == MISSING
        if (helpers & (mine != MISSING)).any() or (helpers != helpers[:1]).any():
            return True
        if most < codes.shape[1] and (others != (mine == MISSING)).any():
            return True
    return False


def _realise(
    groups: Groups, counts: Integers, chosen: Integers, spare: Integers, patterns: Patterns, *, k: int
) -> Integers:
    """Carry out a choice group by group, helpers included; return the members for which too few could be found."""
    left: list[int] = np.flatnonzero(chosen < 0).tolist()
    done = np.flatnonzero(chosen >= 0)
    if not len(done):
        return np.array(left, dtype=np.int64)
    group = groups.of[chosen[done], done]
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, group[order][1:] != group[order][:-1]])
    size = np.bincount(group, weights=counts[groups.members[done]])
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=True):
        inside = done[order[start:stop]]
        here = int(group[order[start]])
        mask = groups.masks[groups.mask[here]]
        lacking = k - int(size[here]) - patterns.others(int(groups.members[inside[0]]), mask, k=k)
        helpers = borrow(groups, here, lacking, spare) if lacking > 0 else []
        if lacking > 0 and not helpers:
            left += inside.tolist()
            continue
        for member in groups.members[inside].tolist():
            patterns.move(member, mask, int(counts[member]))
        for helper, _, rows in helpers:
            patterns.move(int(groups.helpers[helper]), mask, rows)
    return np.array(sorted(left), dtype=np.int64)


def _join(
    codes: Integers, counts: Integers, risk: Integers, left: Integers, patterns: Patterns, weights: Floats, *, k: int
) -> Integers:
    """Let classes join rows that already look alike in k or more, where that is possible; return the others."""
    if not len(left):
        return left
    shown = np.array([pattern for pattern, rows in patterns.rows.items() if rows >= k and -1 in pattern])
    still = []
    for member in left.tolist():
        class_ = int(risk[member])
        fits = ((shown == codes[class_]) | (shown < 0)).all(axis=1) if len(shown) else np.zeros(0, dtype=bool)
        if not fits.any():
            still.append(member)
            continue
        cost = ((shown[fits] < 0) & (codes[class_] >= 0)) @ weights
        best = shown[fits][int(cost.argmin())]
        patterns.move(class_, (best < 0) & (codes[class_] >= 0), int(counts[class_]))
    return np.array(still, dtype=np.int64)
