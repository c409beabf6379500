"""The search by equations alone: no unsafe cell is determined, nothing is superfluous, and small tables are cheap."""

from __future__ import annotations

import time
from functools import cache
from math import inf

import numpy as np
import pytest
from attackers import square
from determined import cheapest, determined
from small_tables import crossed

from countersign.model.additive_table import Protect
from countersign.protection.cells import searching
from countersign.protection.cells.exact import prove
from countersign.protection.cells.moving import Moves
from countersign.protection.cells.searching import Effort, Part, search

SQUARE = square([[2, 30], [40, 50]])
LATE, NEVER = 0.0, inf


def marks(count: int, *places: int) -> np.ndarray:
    return np.isin(np.arange(count), places)


def part_of(*unsafe: int, costs: np.ndarray | None = None, fixed: tuple[int, ...] = ()) -> Part:
    """Return the square with some unsafe cells, and more that are hidden."""
    price = SQUARE.price if costs is None else costs
    return Part(SQUARE.matrix, price, marks(9, *unsafe, *fixed), marks(9, *unsafe))


def random_part(seed: int) -> Part:
    random = np.random.default_rng(seed)
    table = crossed(random.integers(1, 9, [(2, 3), (3, 2), (2, 2)][seed % 3]).astype(float))
    unsafe = marks(len(table), *random.choice(len(table), 1 + seed % 3, replace=False))
    fixed = unsafe | marks(len(table), *random.choice(len(table), seed % 2, replace=False))
    return Part(table.matrix, random.choice([1.0, 2.0, 5.0, 9.5], len(table)), fixed, unsafe)


def check(part: Part, found: np.ndarray, *, of: float = 1.0) -> None:
    """A pattern is safe, needs each of its cells, and costs the least."""
    matrix = part.matrix.toarray()
    assert found[part.fixed].all()
    assert not determined(matrix, found)[part.unsafe].any()
    for cell in np.flatnonzero(found & ~part.fixed):
        fewer = found & ~marks(len(found), cell)
        assert determined(matrix, fewer)[part.unsafe].any()
    least = cheapest(matrix, part.costs, part.fixed, part.unsafe)
    assert part.costs[found & ~part.fixed].sum() <= of * least + 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_a_small_part_is_protected_at_the_least_cost(seed: int) -> None:
    check(random_part(seed), search(random_part(seed), Effort(), until=NEVER))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("singly", [0, 40])
def test_few_rounds_are_as_safe(monkeypatch: pytest.MonkeyPatch, seed: int, singly: int) -> None:
    monkeypatch.setattr(searching, "SINGLY", singly)
    check(random_part(seed), search(random_part(seed), Effort(rounds=2, starts=1, patience=2), until=NEVER), of=3.0)


def test_one_programme_for_each_cell_comes_first_and_may_be_all() -> None:
    for seed in range(6):
        check(random_part(seed), search(random_part(seed), Effort(rounds=0), until=NEVER), of=3.0)


@pytest.mark.parametrize("effort", [Effort(), Effort(rounds=0)])
def test_the_cheapest_rectangle_is_found(effort: Effort) -> None:
    assert np.flatnonzero(search(part_of(4), effort, until=NEVER)).tolist() == [4, 5, 7, 8]


def test_cells_hidden_anyway_cost_nothing_and_stay_hidden() -> None:
    assert np.flatnonzero(search(part_of(4, fixed=(0, 1, 3)), Effort(), until=NEVER)).tolist() == [0, 1, 3, 4]
    assert np.flatnonzero(search(part_of(4, fixed=(0, 1)), Effort(), until=NEVER)).tolist() == [0, 1, 3, 4]
    assert np.flatnonzero(search(part_of(4, fixed=(2,)), Effort(), until=NEVER)).tolist() == [1, 2, 4, 5]


def test_unsafe_cells_that_protect_each_other_need_no_others() -> None:
    assert np.flatnonzero(search(part_of(4, 5, 7, 8), Effort(), until=NEVER)).tolist() == [4, 5, 7, 8]


def test_nothing_unsafe_hides_nothing_more() -> None:
    assert np.flatnonzero(search(part_of(fixed=(3,)), Effort(), until=NEVER)).tolist() == [3]


def test_a_part_without_cells_has_nothing_to_hide() -> None:
    nothing = np.zeros(0, dtype=bool)
    assert search(Part(SQUARE.matrix[:, []].tocsr(), np.zeros(0), nothing, nothing), Effort(), until=NEVER).size == 0


def test_a_cell_that_every_pattern_determines_does_not_keep_others_from_protection() -> None:
    # Cell 0 stands in an equation alone, so nothing can hide it; 1 + 2 = 3.
    matrix = crossed(np.array([2.0, 3.0, 4.0])).matrix
    part = Part(matrix, np.ones(4), marks(4, 1), marks(4, 1))
    alone = Part(matrix[:, [1]].tocsr(), np.ones(1), marks(1, 0), marks(1, 0))
    assert search(alone, Effort(), until=NEVER).tolist() == [True]
    assert search(part, Effort(), until=NEVER).sum() == 2


def test_after_its_time_the_search_returns_what_was_given() -> None:
    part = part_of(4)
    assert search(part, Effort(), until=LATE).tolist() == part.fixed.tolist()


@pytest.mark.parametrize(("until", "found"), [(9.9, [4]), (10.0, [4, 5, 7, 8])])
def test_the_moment_itself_is_in_time(monkeypatch: pytest.MonkeyPatch, until: float, found: list[int]) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 10.0)
    assert np.flatnonzero(search(part_of(4), Effort(rounds=0), until=until)).tolist() == found


@cache
def wide_part(seed: int) -> tuple[Part, float]:
    """Return a hundred cells with eight unsafe ones, and what their cheapest pattern costs."""
    random = np.random.default_rng(seed)
    values = random.integers(20, 99, (4, 4, 3))
    unsafe = marks(100, *random.choice(100, 8, replace=False))
    costs = random.choice([1.0, 2.0, 5.0, 9.5, 20.0], 100)
    table = crossed(values, costs=costs)
    proof = prove(table, Protect(unsafe, np.zeros(100), np.zeros(100, dtype=bool)))
    assert proof.cost == proof.bound
    return Part(table.matrix, costs, unsafe, unsafe), proof.cost


@pytest.mark.parametrize("starts", [0, 5])
@pytest.mark.parametrize("seed", range(3))
def test_more_rounds_come_nearer_to_the_cheapest_pattern(
    monkeypatch: pytest.MonkeyPatch, seed: int, starts: int
) -> None:
    monkeypatch.setattr(searching, "SINGLY", 0)
    part, least = wide_part(seed)
    none, some = (search(part, Effort(rounds=rounds, starts=starts), until=NEVER) for rounds in (0, 20))
    first, cost = (part.costs[found & ~part.fixed].sum() for found in (none, some))
    assert first > 1.2 * least
    assert least - 1e-9 <= cost <= 1.2 * least
    assert not determined(part.matrix.toarray(), some)[part.unsafe].any()


def test_the_same_seed_gives_the_same_pattern_and_others_give_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SINGLY", 0)
    part, _ = wide_part(0)
    for more, seeds in (({"rounds": 1, "starts": 1}, (3, 3, 4, 5, 6)), ({"rounds": 12, "starts": 0}, (3, 3, 3, 4))):
        found = [search(part, Effort(**more, seed=seed), until=NEVER).tolist() for seed in seeds]
        same = [other == found[0] for other in found]
        assert all(one for one, seed in zip(same, seeds, strict=True) if seed == 3)
        assert not all(same)


@pytest.fixture
def programmes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that takes in how many cells each programme moves."""
    asked: list[int] = []

    class Counted(Moves):
        def together(self, cells: np.ndarray, sides: np.ndarray) -> np.ndarray | None:
            asked.append(len(cells))
            return super().together(cells, sides)

    monkeypatch.setattr(searching, "Moves", Counted)
    return asked


@pytest.mark.parametrize("patience", [0, 1, 4])
def test_no_more_patterns_are_tried_after_so_many_in_a_row_that_are_no_better(
    monkeypatch: pytest.MonkeyPatch, programmes: list[int], patience: int
) -> None:
    # In the square nothing is cheaper than the first pattern.
    monkeypatch.setattr(searching, "SINGLY", 0)
    search(part_of(4), Effort(patience=patience), until=NEVER)
    assert programmes == [1] * patience


def test_no_more_patterns_are_tried_than_rounds(monkeypatch: pytest.MonkeyPatch, programmes: list[int]) -> None:
    monkeypatch.setattr(searching, "SINGLY", 0)
    search(part_of(4), Effort(rounds=3), until=NEVER)
    assert programmes == [1] * 3


@pytest.mark.parametrize(("singly", "programmes_before"), [(7, 0), (8, 8), (9, 8)])
def test_up_to_so_many_cells_have_a_programme_of_their_own(
    monkeypatch: pytest.MonkeyPatch, programmes: list[int], singly: int, programmes_before: int
) -> None:
    part, _ = wide_part(0)
    programmes.clear()
    monkeypatch.setattr(searching, "SINGLY", singly)
    search(part, Effort(rounds=1), until=NEVER)
    assert programmes == [1] * programmes_before + [8]


@pytest.mark.parametrize(("until", "rounds"), [(9.9, 0), (10.0, 2)])
def test_patterns_are_tried_until_the_moment_has_passed(
    monkeypatch: pytest.MonkeyPatch, programmes: list[int], until: float, rounds: int
) -> None:
    monkeypatch.setattr(searching, "SINGLY", 0)
    monkeypatch.setattr(time, "process_time", lambda: 10.0)
    search(part_of(4), Effort(rounds=2), until=until)
    assert programmes == [1] * rounds


def test_what_is_hidden_anyway_does_not_count() -> None:
    # Beside 0 and 1 the cell 3 is enough, for 0.5; the other rectangle costs 0.9.
    costs = np.select([np.arange(9) == 3, np.isin(np.arange(9), [5, 7, 8])], [0.5, 0.3], 5.0)
    found = search(part_of(4, costs=costs, fixed=(0, 1)), Effort(), until=NEVER)
    assert np.flatnonzero(found).tolist() == [0, 1, 3, 4]
