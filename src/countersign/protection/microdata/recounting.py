"""Recounting: rows at risk counted after the fact, by code that shares nothing with the one that chose the blanks.

Every answer gets a random number of 63 bits, a row the sum of those of its answers: rows are alike if their sums are.
Two different ones among a million have the same sum with a chance of about 1 in 20 million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.cells import Floats, Integers

SPAN = 2**62
"""The random numbers of answers lie from minus this up to this."""


@dataclass(frozen=True)
class Recount:
    """How many rows are at risk.

    Parameters
    ----------
    own: rows that look like fewer than k rows, a missing answer being an answer of its own.
    matches: rows that match fewer than k, a missing answer being any answer.
    exposed: rows with which somebody who knows what everybody answered gets below k: fewer than k rows can be the
        person's, or fewer than k people can be the row's.
    """

    own: int
    matches: int
    exposed: int

    def violations(self, missing: str) -> int:
        """Return the rows at risk by a convention, ``own`` or ``matches``."""
        return self.own if missing == "own" else self.matches


def recount(true: Integers, shown: Integers, counts: Integers, *, k: int) -> Recount:
    """Count the rows at risk.

    Parameters
    ----------
    true: what rows answered, (T, m), negative for missing.
    shown: what they show, (T, m), negative for missing or blanked.
    counts: rows of each, (T,). k: rows that must share their keys.
    """
    lot = np.random.default_rng(20140).integers(
        -SPAN, SPAN, size=(shown.shape[1], int(max(true.max(), shown.max())) + 2), dtype=np.int64
    )
    alike = _alike(shown, counts, lot)
    own = int(counts[alike < k].sum())
    if not own:  # k rows that look alike match each other, and leave nobody below k
        return Recount(0, 0, 0)
    matching = fitting(shown, shown, counts, lot)
    exposed = (fitting(true, shown, counts, lot) < k) | (fitting(shown, true, counts, lot) < k)
    return Recount(own, int(counts[matching < k].sum()), int(counts[exposed].sum()))


def _alike(shown: Integers, counts: Integers, lot: Integers) -> Floats:
    _, which = np.unique(_sums(shown, lot), return_inverse=True)
    rows = np.asarray(np.bincount(which.ravel(), weights=counts), dtype=float)
    return rows[which.ravel()]


def _sums(codes: Integers, lot: Integers) -> Integers:
    total = np.zeros(len(codes), dtype=lot.dtype)
    for key in range(codes.shape[1]):
        total += lot[key][np.maximum(codes[:, key], -1) + 1]
    return total


def fitting(codes: Integers, others: Integers, counts: Integers, lot: Integers) -> Integers:
    """Count the rows of `others`, (O, m), that agree with each of `codes`, (T, m), in every key that both have."""
    found = np.zeros(len(codes), dtype=np.int64)
    bits = 1 << np.arange(codes.shape[1])
    lacking, others_lacking = (codes < 0) @ bits, (others < 0) @ bits
    for one in np.unique(lacking):
        here = np.flatnonzero(lacking == one)
        for other in np.unique(others_lacking):
            there = np.flatnonzero(others_lacking == other)
            both = ((one | other) & bits) == 0
            known, which = np.unique(_sums(others[there][:, both], lot[both]), return_inverse=True)
            rows = np.bincount(which.ravel(), weights=counts[there])
            asked = _sums(codes[here][:, both], lot[both])
            place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            found[here] += np.where(known[place] == asked, rows[place], 0).astype(np.int64)
    return found
