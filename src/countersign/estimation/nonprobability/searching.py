"""Searching: the donors not farther than the k-th nearest, by the way that is quickest for these variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from countersign.model.cells import Floats, Integers

TIE = 1e-9
"""Standardised distances that differ by less than this share of themselves (of 1, below 1) are equal."""
BLOCK = 4_000_000
"""Distances held at once."""
LOOK_UP = 50
"""Distances that can be measured in the time that looking one point up in one tree takes."""


@dataclass(frozen=True)
class Points:
    """Where cells stand: U cells.

    Parameters
    ----------
    codes: (U, F), the categories. numbers: (U, Q), standardised.
    """

    codes: Integers
    numbers: Floats

    def __len__(self) -> int:
        return len(self.codes)


Found: TypeAlias = tuple[Integers, Integers, Floats, Floats]
"""Recipient, donor and distance of each pair, in this order, and the distance of each recipient's k-th donor."""


def search(recipients: Points, donors: Points, count: Floats, k: int) -> Found:
    """Find all pairs of a recipient and a donor not farther than its k-th nearest.

    Parameters
    ----------
    recipients: U cells. donors: J cells. count: volunteers in each donor cell, (J,), at least 1 each and k together.

    Returns
    -------
    The pairs and the radius, the same by every way of searching: see `Found`.
    """
    factors = donors.codes.shape[1]
    if not factors:
        return by_tree(recipients, donors, count, k)
    looked_up = 2.0**factors * LOOK_UP * (len(recipients) + len(donors))
    measured = float(len(recipients)) * len(donors)
    return (by_layers if looked_up < measured else by_blocks)(recipients, donors, count, k)


def _radius(order: Integers, gaps: Floats, count: Floats, k: int) -> Floats:
    """Distance at which k donors are reached: (U, m) cells, nearest first, and their distances."""
    reached = (np.cumsum(count[order], axis=1) >= k).argmax(1)
    found: Floats = gaps[np.arange(len(gaps)), reached]
    return found


def by_blocks(recipients: Points, donors: Points, count: Floats, k: int) -> Found:
    """Measure all distances, some rows at a time."""
    most = min(k, len(donors))
    step = max(1, BLOCK // len(donors))
    rows, columns, gaps = [], [], []
    radius = np.zeros(len(recipients))
    for low in range(0, len(recipients), step):
        high = min(low + step, len(recipients))
        squares = np.zeros((high - low, len(donors)))
        for f in range(donors.codes.shape[1]):
            squares += recipients.codes[low:high, f, None] != donors.codes[None, :, f]
        for q in range(donors.numbers.shape[1]):
            squares += (recipients.numbers[low:high, q, None] - donors.numbers[None, :, q]) ** 2
        gap = np.sqrt(squares)
        order = np.argpartition(gap, most - 1, axis=1)[:, :most]
        own = np.take_along_axis(gap, order, 1)
        inner = np.argsort(own, axis=1, kind="stable")
        order, own = np.take_along_axis(order, inner, 1), np.take_along_axis(own, inner, 1)
        radius[low:high] = _radius(order, own, count, k)
        limit = radius[low:high] + TIE * np.maximum(1.0, radius[low:high])
        row, column = np.nonzero(gap <= limit[:, None])
        rows.append(row + low)
        columns.append(column)
        gaps.append(gap[row, column])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(gaps), radius


def by_tree(recipients: Points, donors: Points, count: Floats, k: int) -> Found:
    """Look numbers up in a k-d tree: no distance is measured in vain."""
    from scipy.spatial import KDTree

    most = min(k, len(donors))
    tree = KDTree(donors.numbers)
    own, order = tree.query(recipients.numbers, k=range(1, most + 1))
    radius = _radius(order, own, count, k)
    limit = radius + TIE * np.maximum(1.0, radius)
    lists = tree.query_ball_point(recipients.numbers, limit, return_sorted=True)
    row = np.repeat(np.arange(len(recipients)), [len(each) for each in lists])
    column = np.concatenate([np.asarray(each, dtype=np.int64) for each in lists])
    gap = np.sqrt(((recipients.numbers[row] - donors.numbers[column]) ** 2).sum(1))
    return row, column, gap, radius


def by_layers(recipients: Points, donors: Points, count: Floats, k: int) -> Found:
    """Search among those who agree in all categories, then in all but one, and so on.

    Who differs in m categories is at least sqrt(m) away, so the search ends for those with k nearer donors. Those who
    agree in some categories are found in one tree for all: it has one coordinate more, in which different categories
    are farther apart than anybody looks.
    """
    most = min(k, len(donors))
    best = np.zeros((len(recipients), most), dtype=np.int64)
    gaps = np.full((len(recipients), most), np.inf)
    radius = np.full(len(recipients), np.inf)
    far = _far(recipients, donors)
    for differing, shared in _layers(donors.codes.shape[1]):
        asking = np.flatnonzero(radius**2 > differing)
        if not len(asking):
            break
        tree, at = _among(recipients, donors, shared, far)
        order = tree.query(at[asking], k=range(1, most + 1), distance_upper_bound=far / 2)[1]
        there = order < len(donors)
        order = np.where(there, order, 0)
        gap, differ = _gap(recipients, donors, np.repeat(asking, most), order.ravel())
        own = np.where(there & (differ == differing).reshape(order.shape), gap.reshape(order.shape), np.inf)
        own, order = np.hstack([gaps[asking], own]), np.hstack([best[asking], order])
        inner = np.argsort(own, axis=1, kind="stable")[:, :most]
        gaps[asking], best[asking] = np.take_along_axis(own, inner, 1), np.take_along_axis(order, inner, 1)
        held = np.where(np.isfinite(gaps[asking]), count[best[asking]], 0.0)
        enough = held.sum(1) >= k
        radius[asking[enough]] = _radius(best[asking[enough]], gaps[asking[enough]], count, k)
    limit = radius + TIE * np.maximum(1.0, radius)
    rows, columns, distances = [], [], []
    for differing, shared in _layers(donors.codes.shape[1]):
        asking = np.flatnonzero(limit**2 >= differing)
        if not len(asking):
            break
        tree, at = _among(recipients, donors, shared, far)
        reach = np.sqrt(np.maximum(limit[asking] ** 2 - differing, 0.0) + 1e-12 * (1 + limit[asking] ** 2))
        lists = tree.query_ball_point(at[asking], reach, return_sorted=False)
        row = np.repeat(asking, [len(each) for each in lists])
        column = np.concatenate([np.asarray(each, dtype=np.int64) for each in lists])
        gap, differ = _gap(recipients, donors, row, column)
        keep = (differ == differing) & (gap <= limit[row])
        rows.append(row[keep])
        columns.append(column[keep])
        distances.append(gap[keep])
    row, column, gap = np.concatenate(rows), np.concatenate(columns), np.concatenate(distances)
    sorted_ = np.lexsort((column, row))
    return row[sorted_], column[sorted_], gap[sorted_], radius


def _layers(factors: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the number of categories that differ, and those that are shared."""
    for differing in range(factors + 1):
        for shared in combinations(range(factors), factors - differing):
            yield differing, shared


def _far(recipients: Points, donors: Points) -> float:
    """Return a power of two, more than twice as far as any two points are apart."""
    every = np.vstack([recipients.numbers, donors.numbers])
    across = float(np.sqrt((np.ptp(every, axis=0) ** 2).sum())) if every.size else 0.0
    return float(2.0 ** np.ceil(np.log2(4 * (1 + across + np.sqrt(donors.codes.shape[1])))))


def _among(recipients: Points, donors: Points, shared: tuple[int, ...], far: float) -> tuple[Any, Floats]:
    """Return a tree of the donors, and the places of the recipients in it, where only those who share are near."""
    from scipy.spatial import KDTree

    both = np.vstack([recipients.codes, donors.codes])
    code = np.zeros(len(both), dtype=np.int64)
    for f in shared:
        code = np.unique(code * (int(both[:, f].max()) + 1) + both[:, f], return_inverse=True)[1]
    place = far * code
    tree = KDTree(np.column_stack([place[len(recipients) :], donors.numbers]))
    return tree, np.column_stack([place[: len(recipients)], recipients.numbers])


def _gap(recipients: Points, donors: Points, row: Integers, column: Integers) -> tuple[Floats, Floats]:
    """Return the distance of pairs, and in how many categories they differ."""
    differ = np.zeros(len(row))
    for f in range(donors.codes.shape[1]):
        differ += recipients.codes[row, f] != donors.codes[column, f]
    squares = differ.copy()
    for q in range(donors.numbers.shape[1]):
        squares += (recipients.numbers[row, q] - donors.numbers[column, q]) ** 2
    return np.sqrt(squares), differ
