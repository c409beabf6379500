"""Local suppression: single answers are blanked in few rows, so that nobody stands alone by what neighbours know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.alike import alike
from countersign.protection.microdata.classes import MISSING, KeyClasses, classes_of, matches
from countersign.protection.microdata.covering import covered
from countersign.protection.microdata.recounting import Recount, recount

Missing = Literal["own", "matches"]
MOST: dict[str, int] = {"own": 3, "matches": 1}
"""Keys blanked in one row, where nothing else is asked for. Where a blank matches anything, rows with many blanks would
match everybody, and few of them would make everything look safe."""
NUMBERS = 40_000_000
"""Most pairs of a class and a set of keys that are held at once; above it fewer keys are blanked in a row."""


@dataclass(frozen=True)
class Suppression:
    """Which answers are blanked.

    Parameters
    ----------
    blanked: (N, m). k, missing, most: as asked for.
    cost: sum of the weights of the blanked answers. bound: no choice of its kind costs less; 0 if none is known.
    before, after: how many rows are at risk, counted by code that shares nothing with the choice.
    """

    blanked: Bools
    k: int
    missing: Missing
    most: int
    cost: float
    bound: float
    before: Recount
    after: Recount

    @property
    def cells(self) -> Integers:
        """Answers blanked in each key, (m,)."""
        cells: Integers = self.blanked.sum(axis=0)
        return cells

    @property
    def proven(self) -> bool:
        """No choice of its kind costs less."""
        return bool(self.cost <= self.bound * (1 + 1e-9) + 1e-6)

    @property
    def violations(self) -> int:
        """Rows that are still at risk by the convention asked for."""
        return self.after.violations(self.missing)


def suppress_locally(
    keys: Sequence[Integers],
    *,
    k: int,
    importance: Sequence[float] = (),
    missing: Missing = "own",
    most: int | None = None,
    lot: Integers | None = None,
    exact: bool = True,
) -> Suppression:
    """Blank answers to keys until every row shares them with k - 1 others.

    Parameters
    ----------
    keys: codes of each key, m arrays (N,): whole numbers from 0, -1 for a missing answer.
    k: rows that must share all keys, 2 or more.
    importance: what an answer to each key is worth, (m,), above 0; the sum over blanked answers is made small.
    missing: ``own``: a blank is an answer of its own, so k rows look the same (k-anonymity). ``matches``: a blank may
        be any answer, as sdcMicro counts: far fewer blanks and a weaker promise.
    most: keys blanked in one row, unless a row cannot be helped so; 3 for ``own``, 1 for ``matches`` if None.
    lot: a number for each row, (N,), that decides which rows of a class are blanked; row numbers if None.
    exact: search further, up to the proven optimum, where few classes are at risk.

    Returns
    -------
    Suppression. Nothing that is blanked could be shown again by itself.

    Raises
    ------
    ProtectionError: k below 2 or above the number of rows, an importance of 0 or less or for another number of keys.
    """
    classes = classes_of(keys)
    weights = _checked(classes, k=k, importance=importance)
    before = recount(classes.codes, classes.codes, classes.counts, k=k)
    limit = _limit(classes, MOST[missing] if most is None else most)
    found = classes.counts if missing == "own" else matches(classes.codes, classes.counts)
    moves: list[tuple[int, Bools, int]] = []
    bound = 0.0
    if (found < k).any():
        if missing == "own":
            moves, bound = alike(classes.codes, classes.counts, k=k, weights=weights, most=limit, exact=exact)
        else:
            moves, bound = covered(classes.codes, classes.counts, found, k=k, weights=weights, most=limit, exact=exact)
    blanked = _rows(classes, moves, lot)
    blanked &= np.column_stack(keys) != MISSING
    shown, counts, true = _shown(classes, moves)
    return Suppression(
        blanked=blanked,
        k=k,
        missing=missing,
        most=limit,
        cost=float(blanked.sum(axis=0) @ weights),
        bound=bound,
        before=before,
        after=recount(true, shown, counts, k=k),
    )


def _checked(classes: KeyClasses, *, k: int, importance: Sequence[float]) -> Floats:
    rows = len(classes.of_row)
    if k < 2:
        raise ProtectionError(
            f"With k = {k} everybody may stand alone.",
            where="k",
            expected="a whole number from 2 on; 3 inside an organisation, 5 in public",
            action="raise it",
        )
    if k > rows:
        raise ProtectionError(
            f"{k} rows cannot share their answers where there are {rows}.",
            where="k",
            expected=f"at most {rows}",
            action="lower it, or publish no rows of so few people",
        )
    weights = np.array(importance if len(importance) else np.ones(classes.keys), dtype=float)
    if weights.shape != (classes.keys,) or not np.isfinite(weights).all() or (weights <= 0).any():
        raise ProtectionError(
            "The importance of a key is 0 or less, or not known.",
            where="importance",
            expected=f"a number above 0 for each of the {classes.keys} keys; the larger, the later it is blanked",
            action="give every key its importance, or none",
        )
    return weights


def _limit(classes: KeyClasses, most: int) -> int:
    """Return how many keys are blanked at once: fewer where there are too many sets of keys to hold."""
    from math import comb

    most = max(1, min(most, classes.keys))
    while most > 1 and len(classes.counts) * sum(comb(classes.keys, size) for size in range(1, most + 1)) > NUMBERS:
        most -= 1
    return most


def _rows(classes: KeyClasses, moves: Sequence[tuple[int, Bools, int]], lot: Integers | None) -> Bools:
    """Return which answers are blanked in which rows, (N, m)."""
    count = len(classes.of_row)
    order = np.lexsort((np.arange(count) if lot is None else lot, classes.of_row))
    starts = np.concatenate([[0], np.cumsum(classes.counts)])
    taken: dict[int, int] = {}
    blanked = np.zeros((count, classes.keys), dtype=bool)
    for class_, mask, rows in moves:
        start = int(starts[class_]) + taken.get(class_, 0)
        blanked[order[start : start + rows]] = mask
        taken[class_] = taken.get(class_, 0) + rows
    return blanked


def _shown(classes: KeyClasses, moves: Sequence[tuple[int, Bools, int]]) -> tuple[Integers, Integers, Integers]:
    """Return what rows show afterwards, how many show it, and what they answered."""
    whole = classes.counts.copy()
    shown, counts, true = [], [], []
    for class_, mask, rows in moves:
        whole[class_] -= rows
        shown.append(np.where(mask, MISSING, classes.codes[class_]))
        counts.append(rows)
        true.append(classes.codes[class_])
    left = whole > 0
    return (
        np.vstack([classes.codes[left], *shown]),
        np.concatenate([whole[left], np.array(counts, dtype=np.int64)]),
        np.vstack([classes.codes[left], *true]),
    )
