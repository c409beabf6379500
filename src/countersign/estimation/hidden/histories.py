"""Histories: how many persons were found on which of several incomplete lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular

MOST_LISTS = 5


@dataclass(frozen=True)
class Histories(Tabular):
    """Persons by the lists they are on.

    Parameters
    ----------
    lists: names of the k lists.
    seen: (2^k - 1, k), 0 or 1: every way to be on at least one list, first list slowest, from 0..01 to 1..11.
    counts: persons with each history, (2^k - 1,). Nobody is counted twice.
    repeats: list -> records that repeat a person already on that list; counted once and told.
    """

    lists: tuple[str, ...]
    seen: Integers
    counts: Floats
    repeats: Mapping[str, int]

    @property
    def persons(self) -> int:
        """Different persons on any list, n."""
        return round(float(self.counts.sum()))

    @property
    def sizes(self) -> dict[str, int]:
        """Different persons on each list."""
        return {name: round(float(self.counts @ self.seen[:, at])) for at, name in enumerate(self.lists)}

    @property
    def recaptures(self) -> int:
        """Persons on at least two lists."""
        return round(float(self.counts[self.seen.sum(axis=1) >= 2].sum()))

    def times(self) -> dict[int, int]:
        """Return on how many lists -> how many persons."""
        on = self.seen.sum(axis=1)
        return {m: round(float(self.counts[on == m].sum())) for m in range(1, len(self.lists) + 1)}

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a history."""
        return [
            {**dict(zip(self.lists, map(int, on), strict=True)), "persons": round(float(count))}
            for on, count in zip(self.seen, self.counts, strict=True)
        ]


def histories(
    lists: Sequence[str], counts: Mapping[tuple[int, ...], float], *, repeats: Mapping[str, int] | None = None
) -> Histories:
    """Return the histories of k lists from the number of persons with each.

    Parameters
    ----------
    lists: k names, 2 to 5. counts: a 0 or 1 for each list -> persons; a history that is not there counts 0.
    repeats: list -> records that repeat a person.

    Raises
    ------
    EstimationError: fewer than two or more than five lists; a count that is no whole number from 0; nobody on a list.
    """
    names = tuple(lists)
    if not 2 <= len(names) <= MOST_LISTS or len(set(names)) < len(names):
        raise EstimationError(
            f"{len(names)} lists were given ({', '.join(names) or 'none'}).",
            where="lists",
            expected=f"2 to {MOST_LISTS} lists with different names",
            action="one list alone says nothing about those who are on none; merge lists if there are more",
        )
    seen = np.array([on for on in product((0, 1), repeat=len(names)) if any(on)], dtype=np.int64)
    known = {tuple(map(int, on)) for on in seen}
    if any(tuple(on) not in known for on in counts):
        raise EstimationError(
            "A history is not made of a 0 or a 1 for each list, or has a 1 nowhere.",
            where="lists",
            expected=f"{len(names)} values of 0 or 1, at least one of them 1",
            action="take out those who are on no list: how many they are is the question",
        )
    amount = np.array([float(counts.get(tuple(map(int, on)), 0)) for on in seen])
    if not np.isfinite(amount).all() or (amount < 0).any() or (amount != np.round(amount)).any():
        raise EstimationError(
            "A number of persons is missing, negative or not whole.",
            where="count",
            expected="a whole number from 0 for each history",
            action="correct the column of counts",
        )
    found = Histories(names, seen, amount, dict(repeats or {}))
    empty = [name for name, size in found.sizes.items() if not size]
    if empty:
        raise EstimationError(
            f"Nobody is on the list {', '.join(empty)}.",
            where="lists",
            expected="persons on every list",
            action="leave the empty list out",
        )
    return found
