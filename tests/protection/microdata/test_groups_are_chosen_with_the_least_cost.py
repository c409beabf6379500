"""Which group each class at risk joins: every choice is tried in small tables, and the solver finds the cheapest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pytest

from countersign.protection.microdata import improving
from countersign.protection.microdata.gathering import gather
from countersign.protection.microdata.groups import Groups, groups_of, sets_of_keys
from countersign.protection.microdata.improving import improve, price
from countersign.protection.microdata.regrouping import regroup

pytestmark = pytest.mark.usefixtures("ends")

SEEDS = range(30)
MOST_AT_RISK = {2: 4, 3: 3}
"""By the number of keys."""


@dataclass
class Case:
    """Classes of a drawn table, and what groups those at risk could join."""

    codes: np.ndarray
    counts: np.ndarray
    weights: np.ndarray
    k: int
    most: int

    @cached_property
    def risk(self) -> np.ndarray:
        return np.flatnonzero(self.counts < self.k)

    @cached_property
    def safe(self) -> np.ndarray:
        return np.flatnonzero(self.counts >= self.k)

    @cached_property
    def spare(self) -> np.ndarray:
        return self.counts[self.safe] - self.k

    @cached_property
    def masks(self) -> np.ndarray:
        return sets_of_keys(self.weights, fewest=1, most=self.most)

    @cached_property
    def groups(self) -> Groups:
        return groups_of(self.codes, self.risk, self.safe, masks=self.masks, weights=self.weights)

    def start(self) -> np.ndarray:
        return gather(self.groups, self.counts, k=self.k, spare=self.spare.copy())[0]

    @cached_property
    def all_costs(self) -> dict[tuple[int, ...], float]:
        """Return what every choice costs, infinite for those that cannot be carried out."""
        return {choice: self.cost(choice) for choice in product(range(len(self.masks)), repeat=len(self.risk))}

    def least(self, start: np.ndarray, free: np.ndarray) -> float:
        """Return the least that a choice costs which leaves the classes that are not free as they are."""
        return min(cost for choice, cost in self.all_costs.items() if (free | (np.array(choice) == start)).all())

    def cost(self, choice: tuple[int, ...]) -> float:
        """Count the blanks of a choice of keys for each class at risk; infinite where rows are lacking to make k."""
        together: dict[tuple, list[int]] = defaultdict(list)
        for place, set_ in enumerate(choice):
            together[(set_, *self.codes[self.risk[place]][~self.masks[set_]])].append(place)
        total = 0.0
        for (set_, *answers), places in together.items():
            mask = self.masks[set_]
            rows = 0
            for place in places:
                class_ = self.risk[place]
                rows += self.counts[class_]
                total += self.counts[class_] * self.weights[mask & (self.codes[class_] >= 0)].sum()
            lacking = max(0, self.k - int(rows))
            ready = sum(
                spare
                for class_, spare in zip(self.safe, self.spare, strict=True)
                if (self.codes[class_][~mask] == answers).all() and (self.codes[class_][mask] >= 0).all()
            )
            if lacking > ready:
                return np.inf
            total += lacking * self.weights[mask].sum()
        return total


def drawn(number: int) -> Case:
    """Draw a table in which a few classes are at risk and rows of others can be spared."""
    draw = np.random.default_rng(number)
    keys = 2 + number % 2
    table = draw.choice(3, size=(int(draw.integers(9, 14)), keys), p=[0.6, 0.25, 0.15])
    if number % 3 == 0:
        table[draw.random(table.shape) < 0.1] = -1
    codes, counts = np.unique(table, axis=0, return_counts=True)
    k = int(draw.integers(2, 4))
    few = np.flatnonzero(counts < k)[MOST_AT_RISK[keys] :]  # so that all choices can be tried
    codes, counts = np.delete(codes, few, axis=0), np.delete(counts, few)
    return Case(codes, counts, draw.choice([1.0, 2.0, 5.0], keys), k, 2)


def reachable() -> list[tuple[Case, np.ndarray]]:
    cases = [(case, case.start()) for case in map(drawn, SEEDS) if (case.counts < case.k).any()]
    return [(case, start) for case, start in cases if (start >= 0).all()]


CASES = reachable()


def test_there_is_enough_to_try() -> None:
    assert len(CASES) > 10


def test_a_price_is_the_blanks_of_the_rows_and_of_those_that_fill_groups_up() -> None:
    for case, _ in CASES[:8]:
        for choice, cost in case.all_costs.items():
            if np.isfinite(cost):
                assert price(case.groups, case.counts, np.array(choice), k=case.k) == pytest.approx(cost)


def test_classes_are_grouped_anew_with_the_least_cost_of_all_choices() -> None:
    for number, (case, start) in enumerate(CASES):
        draw = np.random.default_rng(number)
        for share in (1.0, 0.6):
            free = draw.random(len(start)) < share
            free[0] = True
            least = case.least(start, free)
            found, bound = regroup(case.groups, case.counts, start, free, case.spare, k=case.k, nodes=200)
            assert (found[~free] == start[~free]).all()
            assert case.cost(tuple(found)) == pytest.approx(least), number
            assert bound == pytest.approx(least), number


def test_a_class_that_lacks_an_answer_may_join_by_the_dearer_key() -> None:
    # Two rows and one that helps: without the first key for three blanks of it; without the second for one of it only,
    # as the two have no answer there.
    case = Case(np.array([[0, -1], [0, 1], [1, -1]]), np.array([2, 4, 4]), np.array([2.0, 3.0]), 3, 1)
    assert case.all_costs == {(0,): 6.0, (1,): 3.0}
    for start in (0, 1):
        found, bound = regroup(case.groups, case.counts, np.array([start]), np.array([True]), case.spare, k=3, nodes=9)
        assert found.tolist() == [1]
        assert bound == pytest.approx(3.0)


def test_a_class_that_could_fill_up_two_groups_for_nothing_joins_one() -> None:
    codes = np.array([[-1, -1, 0], [-1, 1, 0], [-1, 2, 0], [1, -1, 0]])
    case = Case(codes, np.array([1, 1, 3, 1]), np.array([1.0, 1.0, 1.0]), 2, 1)
    start = np.array([0, 1, 0])
    assert case.cost(tuple(start)) == min(case.all_costs.values()) == 3
    found, bound = regroup(case.groups, case.counts, start, np.ones(3, dtype=bool), case.spare, k=2, nodes=9)
    assert case.cost(tuple(found)) == pytest.approx(3)
    assert bound == pytest.approx(3)


def test_a_group_that_has_members_anyway_is_filled_up_row_by_row() -> None:
    case = Case(np.array([[0, 0], [0, 1], [0, 2]]), np.array([1, 1, 6]), np.array([9.0, 1.0]), 4, 1)
    start = case.masks[:, 1].argmax() * np.ones(2, dtype=int)
    free = np.array([False, True])
    found, bound = regroup(case.groups, case.counts, start, free, case.spare, k=4, nodes=9)
    assert found.tolist() == start.tolist()
    assert bound == pytest.approx(case.least(start, free)) == 4


def test_a_choice_is_kept_where_the_search_has_no_nodes_to_find_a_better_one() -> None:
    for case, start in CASES:
        free = np.ones(len(start), dtype=bool)
        found, bound = regroup(case.groups, case.counts, start, free, case.spare, k=case.k, nodes=0)
        assert case.cost(tuple(found)) <= case.cost(tuple(start)) + 1e-9
        assert bound <= case.least(start, free) + 1e-6


def starts(case: Case, start: np.ndarray, number: int) -> list[np.ndarray]:
    """Return a start and other choices that can be carried out, drawn by lot."""
    able = [choice for choice, cost in case.all_costs.items() if np.isfinite(cost)]
    lot = np.random.default_rng(number).permutation(len(able))[:8]
    return [start, *[np.array(able[place]) for place in lot.tolist()]]


def test_no_single_class_is_cheaper_in_another_group_after_moving() -> None:
    better = 0
    for number, (case, first) in enumerate(CASES):
        for start in starts(case, first, number):
            found, bound = improve(case.groups, case.counts, start, case.spare, k=case.k, exact=False)
            cost = case.cost(tuple(found))
            assert bound == 0.0
            assert cost <= case.cost(tuple(start))
            better += cost < case.cost(tuple(start))
            for place in range(len(found)):
                for set_ in range(len(case.masks)):
                    other = found.copy()
                    other[place] = set_
                    assert case.cost(tuple(other)) >= cost - 1e-9
    assert better > 20


@pytest.mark.parametrize(("help_", "moved"), [(0, False), (1, True)])
def test_a_class_does_not_leave_a_group_that_nobody_can_fill_up_then(help_: int, moved: bool) -> None:
    # Two classes of two rows share the dear blank. One could move to the cheap one, if a row takes its place.
    codes = np.array([[0, 0], [0, 1], [0, 2], [1, 1]])
    case = Case(codes, np.array([2, 2, 3 + help_, 4]), np.array([1.0, 5.0]), 3, 1)
    assert case.masks.tolist() == [[True, False], [False, True]]
    found, _ = improve(case.groups, case.counts, np.array([1, 1]), case.spare, k=3, exact=False)
    assert found.tolist() == [1, 0 if moved else 1]
    assert case.cost(tuple(found)) == (18 if moved else 20)


def test_neighbours_are_as_many_as_a_programme_may_hold_and_all_are_asked_about_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, start = several()
    classes, sets = len(start), len(case.masks)
    asked: list[tuple[int, int]] = []

    def noted(*given: object, nodes: int, k: int) -> tuple[np.ndarray, float]:
        asked.append((int(np.sum(given[3])), nodes))  # type: ignore[arg-type]
        return regroup(*given, nodes=nodes, k=k)  # type: ignore[arg-type]

    monkeypatch.setattr(improving, "regroup", noted)
    last = [(classes, improving.LAST_NODES)]
    for most, largest, near in [
        (classes, 20_000, 0), (classes - 1, 20_000, classes - 1), (2, 20_000, 2), (99, 4 * sets, 2), (99, 0, 2),
        (99, 6 * sets - 1, 2), (99, 6 * sets, 3), (99, 2 * sets * classes, 0),
    ]:  # fmt: skip
        monkeypatch.setattr(improving, "NEIGHBOURS", most)
        monkeypatch.setattr(improving, "LARGEST", largest)
        asked.clear()
        improve(case.groups, case.counts, start, case.spare, k=case.k, exact=True)
        rounds = [(near, improving.NODES)] * improving.ROUNDS if near else []
        assert asked == rounds + (last if classes * sets <= largest else [])


def test_the_same_neighbours_are_grouped_anew_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    case, start = several()
    asked: list[bytes] = []

    def noted(*given: object, nodes: int, k: int) -> tuple[np.ndarray, float]:
        asked.append(np.asarray(given[3]).tobytes())
        return regroup(*given, nodes=nodes, k=k)  # type: ignore[arg-type]

    monkeypatch.setattr(improving, "regroup", noted)
    monkeypatch.setattr(improving, "NEIGHBOURS", 2)
    for _ in range(2):
        improve(case.groups, case.counts, start, case.spare, k=case.k, exact=True)
    half = len(asked) // 2
    assert asked[:half] == asked[half:]
    assert len(set(asked)) > 2


def test_few_classes_are_grouped_with_a_proof() -> None:
    for case, start in CASES:
        least = min(case.all_costs.values())
        found, bound = improve(case.groups, case.counts, start, case.spare, k=case.k, exact=True)
        assert case.cost(tuple(found)) == pytest.approx(least)
        assert bound == pytest.approx(least)


def several() -> tuple[Case, np.ndarray]:
    return max(CASES, key=lambda case: len(case[1]))


@pytest.mark.parametrize(("above", "searched"), [(-1, False), (0, True), (1, True)])
def test_all_are_grouped_anew_up_to_a_number_of_classes(
    monkeypatch: pytest.MonkeyPatch, above: int, searched: bool
) -> None:
    case, start = several()
    monkeypatch.setattr(improving, "ALL", len(start) + above)
    _, bound = improve(case.groups, case.counts, start, case.spare, k=case.k, exact=True)
    assert (bound > 0) == searched


@pytest.mark.parametrize(("above", "searched"), [(-1, False), (0, True), (1, True)])
def test_neighbours_are_grouped_anew_up_to_a_number_of_classes(
    monkeypatch: pytest.MonkeyPatch, above: int, searched: bool
) -> None:
    case, start = several()
    monkeypatch.setattr(improving, "SEVERAL", len(start) + above)
    _, bound = improve(case.groups, case.counts, start, case.spare, k=case.k, exact=True)
    assert (bound > 0) == searched


@pytest.mark.parametrize(("above", "searched"), [(-1, False), (0, True), (1, True)])
def test_all_are_grouped_anew_up_to_a_number_of_pairs_of_a_class_and_a_set(
    monkeypatch: pytest.MonkeyPatch, above: int, searched: bool
) -> None:
    case, start = several()
    monkeypatch.setattr(improving, "LARGEST", len(start) * len(case.masks) + above)
    _, bound = improve(case.groups, case.counts, start, case.spare, k=case.k, exact=True)
    assert (bound > 0) == searched


def test_neighbours_are_grouped_anew_where_all_at_once_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(improving, "NEIGHBOURS", 6)
    better = 0
    for number in (8, 10):
        draw = np.random.default_rng(number)
        codes, counts = np.unique(draw.choice(4, size=(40, 3), p=[0.4, 0.3, 0.2, 0.1]), axis=0, return_counts=True)
        case = Case(codes, counts, np.array([1.0, 2.0, 3.0]), 3, 2)
        start = case.start()
        cost = [price(case.groups, counts, start, k=3)]
        for exact, all_ in ((False, 0), (True, 0), (True, 300)):
            monkeypatch.setattr(improving, "ALL", all_)
            found, bound = improve(case.groups, counts, start, case.spare, k=3, exact=exact)
            cost.append(price(case.groups, counts, found, k=3))
        assert sorted(cost, reverse=True) == cost
        assert bound <= cost[-1] + 1e-6
        better += cost[2] < cost[1]
    assert better == 2
