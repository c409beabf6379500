"""Microaggregation: numbers replaced by the mean of small groups of people who are alike in them.

One column is grouped with the least loss there is; several by MDAV, which takes the most distant people first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers

BLOCK = 10_000
"""Up to this many rows MDAV compares everybody with everybody; above it, within blocks of neighbours of this size."""


@dataclass(frozen=True)
class Averaged:
    """Numbers after microaggregation.

    Parameters
    ----------
    values: (N, p). group: of each row, (N,); -1 where too few rows answered the same questions: their values are gone.
    loss: within-group sum of squares as a share of the total, columns standardised: 0 to 1 for means.
    """

    values: Floats
    group: Integers
    loss: float

    @property
    def blanked(self) -> int:
        """Rows whose values are gone."""
        return int((self.group < 0).sum())


def microaggregate(values: Floats, *, k: int, method: str = "mean", block: int = BLOCK) -> Averaged:
    """Replace numbers by the mean or median of groups of k to 2 k - 1 rows.

    Parameters
    ----------
    values: (N, p), nan for missing. k: fewest rows of a group, 2 or more. method: ``mean`` or ``median``.
    block: most rows that are compared with each other.

    Notes
    -----
    Rows are grouped with those that lack the same numbers; where these are fewer than k, what they have is taken out.
    One column: the partition with the least sum of squares, found by shortest path (Hansen and Mukherjee 2003).
    Several: columns are divided by their standard deviation; MDAV (Domingo-Ferrer and Torra 2005): r is the row
    farthest from the mean of those left, s the row farthest from r; each gets its k - 1 nearest; while 3 k rows are
    left. Between 2 k and 3 k - 1 one more group is made around r; the rest is the last group. Of rows that are equally
    far the first in ascending order of their values counts, so the order of rows does not matter.

    Raises
    ------
    ProtectionError: k below 2 or above the number of rows; infinite numbers; an unknown method.
    """
    _check(values, k, method)
    spread = _spreads(values)
    scaled = values / spread
    lacking = np.isnan(values)
    group = np.full(len(values), -1, dtype=np.int64)
    _, pattern = np.unique(lacking, axis=0, return_inverse=True)
    made = 0
    for each in range(int(pattern.max()) + 1):
        rows = np.flatnonzero(pattern.ravel() == each)
        used = ~lacking[rows[0]]
        if not used.any() or len(rows) < k:
            continue
        here = scaled[rows][:, used]
        order = np.lexsort(here.T[::-1])
        inside = _partition(here[order], k=k, block=block)
        group[rows[order]] = made + inside
        made += int(inside.max()) + 1
    kept = group >= 0
    result = np.full(values.shape, np.nan)
    if kept.any():
        result[kept] = _centres(values[kept], group[kept], method)[group[kept]]
    return Averaged(result, group, _loss(scaled[kept], result[kept] / spread))


def _check(values: Floats, k: int, method: str) -> None:
    if k < 2 or k > len(values):
        raise ProtectionError(
            f"Groups of {k} rows cannot be made of {len(values)} rows.",
            where="k",
            expected="a whole number from 2 on, and no more than there are rows",
            action="correct it",
        )
    if np.isinf(values).any():
        raise ProtectionError(
            "A number is infinite.", where="columns", expected="finite numbers", action="correct the column"
        )
    if method not in ("mean", "median"):
        raise ProtectionError(
            f"'{method}' is no way to replace numbers.", where="method", expected="mean or median", action="correct it"
        )


def _spreads(values: Floats) -> Floats:
    """Return the standard deviation of each column, (p,), and 1 where all its numbers are the same."""
    columns = [np.sort(column[~np.isnan(column)]) for column in values.T]
    return np.array([known.std() if len(known) and known[-1] > known[0] else 1.0 for known in columns])


def _centres(values: Floats, group: Integers, method: str) -> Floats:
    """Return the mean or median of each group in each column, (groups, p); nan where its rows have no number."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(int(group.max()) + 1))
    if method == "mean":
        return np.asarray(np.add.reduceat(values[order], starts) / np.bincount(group)[:, None], dtype=float)
    return np.array([np.median(part, axis=0) for part in np.split(values[order], starts[1:])])


def _loss(before: Floats, after: Floats) -> float:
    """Return what the squares between before and after are of those around the mean of each column."""
    known = [column[~np.isnan(column)] for column in before.T]
    squares = [np.square(column - column.mean()).sum() for column in known if len(column) and np.ptp(column)]
    return float(np.nansum(np.square(before - after)) / sum(squares)) if squares else 0.0


def _partition(rows: Floats, *, k: int, block: int) -> Integers:
    """Return the group of each row, (n,); rows in ascending order."""
    if rows.shape[1] == 1:
        return shortest(rows[:, 0], k=k)
    if len(rows) <= max(block, 2 * k):
        return mdav(rows, k=k)
    axis = int(np.argmax(rows.max(axis=0) - rows.min(axis=0)))
    order = np.argsort(rows[:, axis], kind="stable")
    half = len(rows) // 2
    low, high = np.sort(order[:half]), np.sort(order[half:])
    group = np.empty(len(rows), dtype=np.int64)
    group[low] = _partition(rows[low], k=k, block=block)
    group[high] = _partition(rows[high], k=k, block=block) + int(group[low].max()) + 1
    return group


def shortest(values: Floats, *, k: int) -> Integers:
    """Return groups of k to 2 k - 1 neighbours with the least sum of squares, (n,); values in ascending order."""
    n = len(values)
    centred = values - values.mean()
    first = np.concatenate([[0.0], np.cumsum(centred)])
    second = np.concatenate([[0.0], np.cumsum(centred**2)])
    cost = np.full(n + 1, np.inf)
    cost[0] = 0.0
    came = np.zeros(n + 1, dtype=np.int64)
    for stop in range(k, n + 1):
        starts = np.arange(max(0, stop - 2 * k + 1), stop - k + 1)
        size = stop - starts
        within = second[stop] - second[starts] - (first[stop] - first[starts]) ** 2 / size
        total = cost[starts] + np.maximum(within, 0.0)
        best = int(total.argmin())
        cost[stop], came[stop] = total[best], starts[best]
    group = np.empty(n, dtype=np.int64)
    bounds = []
    stop = n
    while stop:
        bounds.append((int(came[stop]), stop))
        stop = int(came[stop])
    for number, (start, end) in enumerate(reversed(bounds)):
        group[start:end] = number
    return group


def mdav(rows: Floats, *, k: int) -> Integers:
    """Return groups of k to 2 k - 1 rows by MDAV, (n,)."""
    group = np.empty(len(rows), dtype=np.int64)
    left = np.arange(len(rows))
    here = rows
    made = 0
    while len(left) >= 2 * k:
        far = int(_distance(here, here.mean(axis=0)).argmax())
        from_far = _distance(here, here[far])
        other = here[int(from_far.argmax())]
        left, here, made = _take(group, left, here, from_far, made, k=k)
        if len(left) >= 2 * k:
            left, here, made = _take(group, left, here, _distance(here, other), made, k=k)
    group[left] = made
    return group


def _distance(rows: Floats, one: Floats) -> Floats:
    difference = rows - one
    return np.asarray(np.einsum("ij,ij->i", difference, difference), dtype=float)


def _take(
    group: Integers, left: Integers, here: Floats, distance: Floats, made: int, *, k: int
) -> tuple[Integers, Floats, int]:
    """Make a group of the k nearest rows; of rows equally far the first counts."""
    last = k - 1
    limit = np.partition(distance, last)[last]
    nearer = np.flatnonzero(distance < limit)
    ties = np.flatnonzero(distance == limit)[: k - len(nearer)]
    taken = np.zeros(len(left), dtype=bool)
    taken[nearer] = taken[ties] = True
    group[left[taken]] = made
    return left[~taken], here[~taken], made + 1
