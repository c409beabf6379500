"""Why nonprobsvy reports 0.6799537 for five nearest neighbours: the order in which its search tree meets equal donors.

The tree here is a copy in Python of what the ANN library (Mount and Arya, behind the R package RANN) does by default:
sliding midpoint cuts, one point a leaf, the first found of equal distances stays. It gives the published figure to all
digits. Other orders of the same donors give other figures; sharing between tied donors gives one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from vacancies import answers, matrix, weights

from countersign.model.cells import Floats


class Tree:
    """k-d tree of ANN with its default rule, ``ANN_KD_SUGGEST``."""

    def __init__(self, points: Floats) -> None:
        self.points, self.order = points, np.arange(len(points))
        self.low, self.high = points.min(0).copy(), points.max(0).copy()
        self.root = self._cut(0, len(points))
        self.low, self.high = points.min(0), points.max(0)

    def _cut(self, start: int, n: int) -> tuple[Any, ...]:
        if n <= 1:
            return (self.order[start : start + n].copy(),)
        held = self.points[self.order[start : start + n]]
        length, spread = self.high - self.low, held.max(0) - held.min(0)
        long = length >= 0.999 * length.max()
        at = int(np.argmax(np.where(long, spread, -1.0)))
        ideal = (self.low[at] + self.high[at]) / 2
        least, most = held[:, at].min(), held[:, at].max()
        value = float(np.clip(ideal, least, most))
        first, second = self._split(start, n, at, value)
        if ideal < least:
            below = 1
        elif ideal > most:
            below = n - 1
        else:
            below = (
                min(max(n // 2, first), second) if first <= n // 2 <= second else first if first > n // 2 else second
            )
        low, high = self.low[at], self.high[at]
        self.high[at] = value
        left = self._cut(start, below)
        self.high[at], self.low[at] = high, value
        right = self._cut(start + below, n - below)
        self.low[at] = low
        return at, value, low, high, left, right

    def _split(self, start: int, n: int, at: int, value: float) -> tuple[int, int]:
        """Swap points as ANN does; return how many lie below, and at or below, the cut."""
        order = self.order[start : start + n].tolist()
        held = self.points[order, at].tolist()
        breaks = []
        left = 0
        for strict in (True, False):
            floor, right = left, n - 1
            while True:
                while left < n and (held[left] < value if strict else held[left] <= value):
                    left += 1
                while right >= floor and (held[right] >= value if strict else held[right] > value):
                    right -= 1
                if left > right:
                    break
                for each in (order, held):
                    each[left], each[right] = each[right], each[left]
                left, right = left + 1, right - 1
            breaks.append(left)
        self.order[start : start + n] = order
        return breaks[0], breaks[1]

    def nearest(self, point: Floats, k: int) -> list[int]:
        """Return the k nearest as ANN's standard search finds them."""
        gaps: list[float] = []
        found: list[int] = []

        def worst() -> float:
            return gaps[-1] if len(gaps) == k else float("inf")

        def look(node: tuple[Any, ...], box: float) -> None:
            if len(node) == 1:
                for i in node[0].tolist():
                    gap = float(((self.points[i] - point) ** 2).sum())
                    place = len(gaps)
                    while place > 0 and gaps[place - 1] > gap:
                        place -= 1
                    gaps.insert(place, gap)
                    found.insert(place, i)
                    del gaps[k:], found[k:]
                return
            at, value, low, high, left, right = node
            cut = point[at] - value
            near, far, edge = (left, right, low - point[at]) if cut < 0 else (right, left, point[at] - high)
            look(near, box)
            box += cut**2 - max(edge, 0.0) ** 2
            if box < worst():
                look(far, box)

        look(self.root, float((np.maximum(self.low - point, 0) ** 2 + np.maximum(point - self.high, 0) ** 2).sum()))
        return found


def mean_of(imputed: Floats, place: Any) -> float:
    return float(weights() @ imputed[place.ravel()] / weights().sum())


@pytest.mark.slow
def test_the_published_figure_comes_from_the_order_of_the_tree() -> None:
    donors, y = matrix("admin.csv"), answers()
    points, place = np.unique(matrix("jvs.csv"), axis=0, return_inverse=True)
    tree = Tree(donors)
    assert mean_of(np.array([y[tree.nearest(point, 5)].mean() for point in points]), place) == pytest.approx(
        0.679953730480046, rel=1e-12
    )


@pytest.mark.slow
def test_other_orders_of_equally_near_donors_give_other_figures() -> None:
    donors, y = matrix("admin.csv"), answers()
    points, place = np.unique(matrix("jvs.csv"), axis=0, return_inverse=True)
    gaps = [((donors - point) ** 2).sum(1) for point in points]
    rank = np.arange(len(y))
    first = np.array([y[np.lexsort((rank, gap))[:5]].mean() for gap in gaps])
    last = np.array([y[np.lexsort((-rank, gap))[:5]].mean() for gap in gaps])
    shared = []
    for gap in gaps:
        limit = np.partition(gap, 4)[4]
        near, tied = gap < limit - 1e-9, np.abs(gap - limit) < 1e-9
        shared.append((y[near].sum() + (5 - near.sum()) * y[tied].mean()) / 5)
    assert mean_of(first, place) == pytest.approx(0.677976, abs=1e-6)
    assert mean_of(last, place) == pytest.approx(0.726381, abs=1e-6)
    assert mean_of(np.array(shared), place) == pytest.approx(0.703710158179411, rel=1e-10)
