"""A table cut into families: each protects its own cells, what none can is protected by all, and cheaper is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from attackers import asked, exposed, random_table, square
from determined import determined

from countersign.model.additive_table import AdditiveTable, Bools, Protect, equations_of
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells import decomposing
from countersign.protection.cells.attacking import unprotected
from countersign.protection.cells.decomposing import hide, pieces
from countersign.protection.cells.heuristic import Attempt
from countersign.protection.cells.searching import Effort, Part, search
from countersign.protection.cells.suppressing import suppress

SQUARE = square([[2, 30], [40, 50]])


def areas(*sizes: int, sexes: int = 2) -> AdditiveTable:
    """Return a table of regions with so many districts each, by sex; every lowest cell is another number."""
    parents = {"all": "", **{f"r{n}": "all" for n in range(len(sizes))}}
    parents |= {f"r{n}.{k}": f"r{n}" for n, size in enumerate(sizes) for k in range(size)}
    lists = [Hierarchy.flat("sex", [f"s{n}" for n in range(sexes)]), Hierarchy("area", parents)]
    values: dict[tuple[str, str], float] = {}
    cells = [(sex, area) for sex in lists[0].parents for area in lists[1].parents]
    lowest = [(sex, area) for sex in lists[0].leaves for area in lists[1].leaves]
    for number, (sex, area) in enumerate(lowest):
        for one in lists[0].path(sex):
            for other in lists[1].path(area):
                values[one, other] = values.get((one, other), 0.0) + 2 + 3 * number
    flat = np.array([values[cell] for cell in cells])
    equations = equations_of(cells, [one.children for one in lists])
    return AdditiveTable(("sex", "area"), tuple(cells), flat, flat.astype(int), equations)


def names(table: AdditiveTable, axis: int) -> list[list[str]]:
    """Return the codes of each family, and check that all cells with such a code are in it, in their order."""
    found = []
    for family in pieces(table):
        codes = list(dict.fromkeys(table.cells[place][axis] for place in family))
        assert family.tolist() == [place for place, cell in enumerate(table.cells) if cell[axis] in codes]
        found.append(codes)
    return found


def test_a_family_is_a_code_and_its_parts_the_lowest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decomposing, "PIECE", 1)
    assert names(areas(2, 3), 1) == [["r1", "r1.0", "r1.1", "r1.2"], ["r0", "r0.0", "r0.1"], ["all", "r0", "r1"]]
    # The dimension with the most codes is cut; the other one is whole in each family.
    assert names(areas(1, 1, sexes=6), 0) == [["Total", "s0", "s1", "s2", "s3", "s4", "s5"]]


@pytest.mark.parametrize(
    ("piece", "sizes"),
    [(9, [12, 9, 9]), (10, [12, 15]), (12, [12, 15]), (13, [21, 9]), (21, [21, 9]), (22, [24])],
)
def test_small_families_are_put_together(monkeypatch: pytest.MonkeyPatch, piece: int, sizes: list[int]) -> None:
    monkeypatch.setattr(decomposing, "PIECE", piece)
    assert [len(family) for family in pieces(areas(2, 3))] == sizes


def test_cells_of_no_family_are_one_of_their_own() -> None:
    cells = (("all",), ("x",), ("y",), ("alone",), ("too",))
    values = np.array([3.0, 1, 2, 9, 4])
    table = AdditiveTable(("a",), cells, values, values.astype(int), ((0, (1, 2)),))
    assert [family.tolist() for family in pieces(table)] == [[0, 1, 2], [3, 4]]
    apart = AdditiveTable(("a",), cells, values, values.astype(int), ())
    assert [family.tolist() for family in pieces(apart)] == [[0, 1, 2, 3, 4]]


def cut(monkeypatch: pytest.MonkeyPatch, table: AdditiveTable, protect: Protect, **options: Any) -> Any:
    monkeypatch.setattr(decomposing, "PIECE", 1)
    return hide(table, protect, **{"limit": 60.0, **options})


@pytest.mark.parametrize("sweeps", [0, 2])
@pytest.mark.parametrize("seed", range(6))
def test_a_table_in_families_is_safe_and_nearly_as_cheap_as_can_be(
    monkeypatch: pytest.MonkeyPatch, seed: int, sweeps: int
) -> None:
    table, protect = random_table(seed, shape=(2,), mean=(2.0, 5.0)[seed % 2])
    found = cut(monkeypatch, table, protect, sweeps=sweeps)
    best = suppress(table, protect, limit=60)
    lost = unprotected(table, protect, ~protect.known)
    assert best.proven
    assert found.left.tolist() == lost.tolist()
    assert found.hidden[protect.unsafe].all()
    assert not (found.hidden & protect.known).any()
    safe = protect.unsafe & ~np.isin(np.arange(len(table)), lost)
    matrix = table.matrix.toarray()
    assert not determined(matrix, found.hidden)[safe].any()
    for cell in np.flatnonzero(found.hidden & ~protect.unsafe):
        fewer = found.hidden & (np.arange(len(table)) != cell)
        assert determined(matrix, fewer)[safe].any()
    if not lost.size:
        cost = table.price[found.hidden & ~protect.unsafe].sum()
        assert best.cost - 1e-9 <= cost <= best.cost * (1.6 if sweeps == 0 else 1.25) + 1e-9


def test_what_a_family_cannot_protect_is_protected_in_the_whole_table(monkeypatch: pytest.MonkeyPatch) -> None:
    # One region of one district each: the district alone in its region has nobody to hide behind there.
    table = areas(1, 3)
    cell = table.cells.index(("s0", "r0.0"))
    protect = Protect(np.arange(len(table)) == cell, np.zeros(len(table)), np.zeros(len(table), dtype=bool))
    found = cut(monkeypatch, table, protect)
    assert found.safe
    assert exposed(table, protect, found.hidden) == []
    assert found.hidden[table.cells.index(("s0", "r0"))]


def test_hidden_cells_cost_nothing_and_stay_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    for before, hidden in (([0, 1, 3], [0, 1, 3, 4]), ([2], [1, 2, 4, 5]), ([], [4, 5, 7, 8])):
        found = cut(monkeypatch, SQUARE, asked(SQUARE, 4), hidden=np.isin(np.arange(9), before))
        assert (found.safe, np.flatnonzero(found.hidden).tolist()) == (True, hidden)


def test_what_everybody_knows_is_not_hidden_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cut(monkeypatch, SQUARE, asked(SQUARE, 4, known=(5,)))
    assert found.safe
    assert not found.hidden[5]
    assert exposed(SQUARE, asked(SQUARE, 4, known=(5,)), found.hidden) == []
    known = cut(monkeypatch, SQUARE, asked(SQUARE, 4, known=(0, 1, 2, 3, 5, 6, 7, 8)))
    assert (known.left.tolist(), np.flatnonzero(known.hidden).tolist()) == ([4], [4])
    assert known.reason == "1 of 1 unsafe cells cannot be protected by hiding other cells"
    hidden = np.isin(np.arange(9), [5])
    assert cut(monkeypatch, SQUARE, asked(SQUARE, 4, known=(5,)), hidden=hidden).hidden[5]


@pytest.mark.parametrize(("ceiling", "safe"), [(201.0, False), (202.0, True)])
def test_the_attacker_believes_no_cell_larger_than_the_ceiling(
    monkeypatch: pytest.MonkeyPatch, ceiling: float, safe: bool
) -> None:
    protect = asked(SQUARE, 4, width=202.0)
    found = cut(monkeypatch, SQUARE, protect, ceiling=ceiling)
    assert found.safe == safe
    assert (unprotected(SQUARE, protect, found.hidden, ceiling=ceiling).size == 0) == safe


def test_the_last_part_of_the_time_is_kept_for_the_attack(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[float] = []

    def search(part: Part, effort: Effort, *, until: float) -> np.ndarray:
        ends.append(until)
        return part.fixed

    monkeypatch.setattr(time, "process_time", lambda: 5.0)
    monkeypatch.setattr(decomposing, "search", search)
    cut(monkeypatch, SQUARE, asked(SQUARE, 4), limit=10.0)
    assert ends
    assert ends == pytest.approx([5 + 10 * (1 - decomposing.RESERVE)] * len(ends))


def test_without_time_it_says_how_many_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cut(monkeypatch, SQUARE, asked(SQUARE, 4), limit=0.0)
    assert (found.left.tolist(), np.flatnonzero(found.hidden).tolist()) == ([4], [4])
    assert found.reason == "after 0 seconds 1 of 1 unsafe cells were not protected yet"


@dataclass
class Spy:
    """What was searched for, each with what was found in place of it, and the pattern that was to be confirmed."""

    parts: list[tuple[Part, Effort]]
    patterns: list[Bools]
    instead: dict[Effort, str]

    def search(self, part: Part, effort: Effort, *, until: float) -> Bools:
        self.parts.append((part, effort))
        instead = self.instead.get(replace(effort, seed=7))
        if instead is None:
            return search(part, effort, until=until)
        return part.fixed if instead == "nothing" else np.ones(len(part.fixed), dtype=bool)

    def confirm(self, table: AdditiveTable, protect: Protect, hidden: Bools, fixed: Bools, **options: Any) -> Attempt:
        self.patterns.append(hidden)
        return CONFIRM(table, protect, hidden, fixed, **options)


CONFIRM = decomposing.confirm


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    found = Spy([], [], {})
    monkeypatch.setattr(decomposing, "search", found.search)
    monkeypatch.setattr(decomposing, "confirm", found.confirm)
    return found


def costed(table: AdditiveTable) -> AdditiveTable:
    """Return the table with another cost for each cell, so that cells are known by their costs."""
    return replace(table, costs=np.arange(1.0, len(table) + 1))


def called(table: AdditiveTable, costs: np.ndarray) -> set[str]:
    """Return the names of cells with these costs, such as "s0 r1.0"."""
    return {" ".join(table.cells[int(cost) - 1]) for cost in costs}


def named(table: AdditiveTable, *cells: str) -> Bools:
    return np.array([" ".join(cell) in cells for cell in table.cells])


def unsafe_in(table: AdditiveTable, *cells: str, known: tuple[str, ...] = ()) -> Protect:
    return Protect(named(table, *cells), np.zeros(len(table)), named(table, *known))


def test_a_family_is_asked_for_its_own_cells_beside_what_is_hidden_around_it(
    monkeypatch: pytest.MonkeyPatch, spy: Spy
) -> None:
    table = costed(areas(2, 3))
    # s0 r0 shares an equation with s0 r1; s0 r0.0 shares one with the cells of r0 only.
    protect, hidden = unsafe_in(table, "s0 r1.0", "s1 r0.1"), named(table, "s0 r0", "s0 r0.0")
    cut(monkeypatch, table, protect, hidden=hidden, sweeps=0)
    (first, effort), (second, _) = spy.parts
    family = {f"{sex} {area}" for sex in ("Total", "s0", "s1") for area in ("r1", "r1.0", "r1.1", "r1.2")}
    assert called(table, first.costs) == family | {"s0 r0"}
    assert called(table, first.costs[first.fixed]) == {"s0 r1.0", "s0 r0"}
    assert called(table, first.costs[first.unsafe]) == {"s0 r1.0"}
    assert effort == decomposing.FIRST
    # Only the equations in which such a cell stands.
    cells = (first.costs - 1).astype(int)
    matrix = table.matrix.toarray()[:, cells]
    assert np.array_equal(first.matrix.toarray(), matrix[matrix.any(axis=1)])
    assert called(table, second.costs[second.unsafe]) == {"s1 r0.1"}


def safe(table: AdditiveTable, pattern: Bools, *cells: str) -> bool:
    return not determined(table.matrix.toarray(), pattern)[named(table, *cells)].any()


@pytest.mark.parametrize("whole", ["searched", "nothing"])
def test_the_whole_table_is_asked_for_what_is_left_and_what_is_safe_stays_so(
    monkeypatch: pytest.MonkeyPatch, spy: Spy, whole: str
) -> None:
    table = costed(areas(1, 3))
    protect = unsafe_in(table, "s0 r0.0", "s0 r1.0", known=("s1 r1.2",))
    if whole == "nothing":
        spy.instead[decomposing.WHOLE] = whole
    cut(monkeypatch, table, protect, sweeps=0)
    own = [called(table, part.costs[part.unsafe]) for part, _ in spy.parts]
    assert own == [{"s0 r1.0"}, {"s0 r0.0"}, {"s0 r0.0"}]
    last, effort = spy.parts[-1]
    assert called(table, last.costs) == called(table, table.price[~protect.known])
    assert effort == decomposing.WHOLE
    (pattern,) = spy.patterns
    assert safe(table, pattern, "s0 r1.0")
    assert safe(table, pattern, "s0 r0.0") == (whole == "searched")
    assert not pattern[protect.known].any()


def drawn(seed: int) -> tuple[AdditiveTable, Protect]:
    """Return a table of twenty cells, five of them unsafe, in which costs have nothing to do with values."""
    table, _ = random_table(seed, shape=(1,), mean=9.0)
    random, nothing = np.random.default_rng(seed), np.zeros(20, dtype=bool)
    table = replace(table, costs=random.permutation(np.arange(1.0, 21.0)))
    return table, Protect(np.isin(np.arange(20), random.choice(20, 5, replace=False)), np.zeros(20), nothing)


@pytest.mark.parametrize("seed", [0, 4])
def test_families_that_are_protected_anew_are_cheaper(monkeypatch: pytest.MonkeyPatch, spy: Spy, seed: int) -> None:
    table, protect = drawn(seed)
    for sweeps in (0, 2):
        cut(monkeypatch, table, protect, sweeps=sweeps)
    first, last = spy.patterns
    assert table.price[last].sum() < table.price[first].sum()
    for pattern in spy.patterns:
        assert not determined(table.matrix.toarray(), pattern)[protect.unsafe].any()


@pytest.mark.parametrize("instead", ["nothing", "everything"])
def test_what_is_found_anew_is_not_taken_where_it_is_dearer_or_not_safe(
    monkeypatch: pytest.MonkeyPatch, spy: Spy, instead: str
) -> None:
    table, protect = drawn(4)
    spy.instead[replace(decomposing.AGAIN, seed=7)] = instead
    for sweeps in (0, 1):
        cut(monkeypatch, table, protect, sweeps=sweeps)
    first, last = spy.patterns
    assert len(spy.parts) > 2
    assert first.tolist() == last.tolist()


def test_a_family_is_asked_again_for_what_is_not_protected_without_its_own_cells(
    monkeypatch: pytest.MonkeyPatch, spy: Spy
) -> None:
    table = costed(areas(2, 3))
    protect = unsafe_in(table, "s0 r1.0", "s1 r0.1")
    cut(monkeypatch, table, protect, sweeps=2)
    again = [(part, effort) for part, effort in spy.parts if effort.rounds == decomposing.AGAIN.rounds]
    assert len(again) >= 4
    assert len({effort.seed for _, effort in again}) == 2
    assert all(isinstance(effort.seed, int) for _, effort in again)
    for part, _ in again:
        assert len(part.costs) < len(table)
        unsafe = called(table, part.costs[part.unsafe])
        assert unsafe
        assert unsafe <= {"s0 r1.0", "s1 r0.1"}
        assert determined(part.matrix.toarray(), part.fixed)[part.unsafe].all()


def test_families_that_hide_nothing_for_others_are_not_asked(monkeypatch: pytest.MonkeyPatch, spy: Spy) -> None:
    table = costed(areas(2, 3))
    found = cut(monkeypatch, table, unsafe_in(table, "s0 r1.0", "s0 r1.1", "s1 r1.0", "s1 r1.1"))
    assert found.safe
    assert spy.parts == []


@pytest.mark.parametrize(("limit", "asked_for"), [(0.0, ["FIRST", "WHOLE"]), (-0.1, ["WHOLE"])])
def test_families_are_asked_until_the_moment_has_passed(
    monkeypatch: pytest.MonkeyPatch, spy: Spy, limit: float, asked_for: list[str]
) -> None:
    table = costed(areas(2, 3))
    spy.instead = {decomposing.FIRST: "nothing", decomposing.WHOLE: "nothing"}
    monkeypatch.setattr(time, "process_time", lambda: 5.0)
    cut(monkeypatch, table, unsafe_in(table, "s0 r1.0"), limit=limit)
    assert [effort for _, effort in spy.parts] == [getattr(decomposing, name) for name in asked_for]
