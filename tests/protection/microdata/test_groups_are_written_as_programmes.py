"""What the solver is asked when classes are grouped anew: where it starts, what that costs, and no more than needed."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from countersign.protection.microdata import regrouping
from countersign.protection.microdata.groups import Groups, groups_of, sets_of_keys
from countersign.protection.microdata.improving import price
from countersign.protection.microdata.optimising import Programme
from countersign.protection.microdata.regrouping import regroup

BELOW = 7.25
"""What a search that stays where it starts says its bound lies below the start."""


class Standing(Programme):
    """A programme whose search stays where it starts, after a look at whether it may start there."""

    def solve(self, *, nodes: int, start: np.ndarray | None = None) -> tuple[np.ndarray | None, float]:
        """Return the start, and a bound a known amount below what it costs."""
        assert start is not None
        assert nodes == 3
        assert len(start) == len(self.cost)
        assert ((start >= 0) & (start <= self.most)).all()
        sums = np.zeros(len(self.lower))
        for row, column, value in self.entries:
            sums[row] += value * start[column]
        assert (sums >= self.lower).all()
        assert (sums <= self.upper).all()
        asked.append(self)
        return start, float(np.dot(self.cost, start)) - BELOW


class Silent(Programme):
    """A programme whose search finds nothing."""

    def solve(self, *, nodes: int, start: np.ndarray | None = None) -> tuple[np.ndarray | None, float]:
        """Return nothing, and a bound of nothing."""
        return None, 0.0


asked: list[Programme] = []


@pytest.fixture(autouse=True)
def _asked() -> None:
    asked.clear()


def drawn(number: int) -> tuple[Groups, np.ndarray, np.ndarray, int, np.random.Generator]:
    """Draw classes, the groups that those below k could join, and what the others can spare."""
    draw = np.random.default_rng(number)
    every = np.array(list(product([-1, 0, 1, 2], repeat=2 + number % 2)))
    codes = every[np.sort(draw.permutation(len(every))[: int(draw.integers(6, 14))])]
    k = int(draw.integers(2, 6))
    counts = draw.integers(1, 2 * k, size=len(codes))
    counts[:2] = 1, k + 1
    weights = draw.choice([1.0, 2.0, 5.0], codes.shape[1])
    risk, safe = np.flatnonzero(counts < k), np.flatnonzero(counts >= k)
    groups = groups_of(codes, risk, safe, masks=sets_of_keys(weights, fewest=1, most=2), weights=weights)
    return groups, counts, counts[safe] - k, k, draw


def held(groups: Groups, counts: np.ndarray, chosen: np.ndarray, among: np.ndarray) -> Counter[int]:
    """Count the rows of some members in each group."""
    rows: Counter[int] = Counter()
    for place in np.flatnonzero(among).tolist():
        rows[int(groups.of[chosen[place], place])] += int(counts[groups.members[place]])
    return rows


def donors(groups: Groups, spare: np.ndarray, group: int) -> int:
    return int(spare[groups.helpers_in(group)].sum())


def choices() -> list[tuple[Groups, np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]]:
    """Return choices that can be carried out, drawn by lot, with some members that are free to join another group."""
    found = []
    for number in range(60):
        groups, counts, spare, k, draw = drawn(number)
        members = len(groups.members)
        for _ in range(20):
            chosen = draw.integers(len(groups.masks), size=members)
            rows = held(groups, counts, chosen, np.ones(members, dtype=bool))
            if all(donors(groups, spare, group) >= k - held_ for group, held_ in rows.items()):
                free = draw.random(members) < 0.6
                free[int(draw.integers(members))] = True
                found.append((groups, counts, spare, chosen, free, k))
                break
    return found


CASES = choices()


def test_there_is_enough_to_ask() -> None:
    assert len(CASES) > 25
    assert any(free.all() for _, _, _, _, free, _ in CASES)
    assert sum(not free.all() for _, _, _, _, free, _ in CASES) > 10


def test_the_search_starts_from_the_choice_there_is_and_knows_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrouping, "Programme", Standing)
    for groups, counts, spare, chosen, free, k in CASES:
        result, bound = regroup(groups, counts, chosen, free, spare, k=k, nodes=3)
        assert (result == chosen).all()
        assert bound == pytest.approx(price(groups, counts, chosen, k=k) - BELOW)


def test_the_choice_there_is_stays_where_the_search_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrouping, "Programme", Silent)
    for groups, counts, spare, chosen, free, k in CASES:
        result, _ = regroup(groups, counts, chosen, free, spare, k=k, nodes=3)
        assert (result == chosen).all()


def possible(
    groups: Groups, counts: np.ndarray, spare: np.ndarray, chosen: np.ndarray, free: np.ndarray, k: int
) -> set[int]:
    """Return the groups worth asking about: they can reach k, and no cheaper one has the same free members and help."""
    others = held(groups, counts, chosen, ~free)
    known: list[tuple[list[int], int, np.ndarray]] = []
    found = {int(groups.of[chosen[place], place]) for place in np.flatnonzero(free)}
    for group in range(len(groups)):
        members = [place for place in groups.members_in(group).tolist() if free[place]]
        help_ = donors(groups, spare, group)
        reach = others[group] + sum(int(counts[groups.members[place]]) for place in members) + help_
        if not members or reach < k:
            continue
        pays = groups.cost[groups.mask[group], members]
        if others[group]:
            found.add(group)
            continue
        if not any(same == members and min(help_, k) == min(h, k) and (p <= pays).all() for same, h, p in known):
            found.add(group)
        known.append((members, help_, pays))
    return found


def test_the_solver_is_asked_about_no_group_that_a_cheaper_one_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrouping, "Programme", Standing)
    fewer = 0
    for groups, counts, spare, chosen, free, k in CASES:
        regroup(groups, counts, chosen, free, spare, k=k, nodes=3)
        useful = possible(groups, counts, spare, chosen, free, k)
        others = held(groups, counts, chosen, ~free)
        joins = sum(int(group) in useful for group in groups.of[:, free].ravel())
        fills = sum(1 if others[group] else 2 for group in useful)
        assert len(asked.pop().cost) == joins + fills
        fewer += joins < free.sum() * len(groups.masks)
    assert fewer > 10
