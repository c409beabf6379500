"""The ways to search give the same pairs, the same distances and the same radius, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.estimation.nonprobability import searching
from countersign.estimation.nonprobability.searching import Found, Points, by_blocks, by_layers, by_tree, search


def points(rng: np.random.Generator, size: int, levels: list[int], numbers: int, grid: int) -> Points:
    codes = np.column_stack([rng.integers(0, count, size) for count in levels]) if levels else np.zeros((size, 0), int)
    # a coarse grid makes many ties; 0.6 and 0.8 make ties between a number and a category
    values = rng.choice(np.r_[0.0, 0.6, 0.8, 1.0, np.arange(grid) / 3], (size, numbers))
    return Points(codes.astype(np.int64), values)


def same(one: Found, other: Found) -> None:
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    levels=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    numbers=st.integers(0, 2),
    grid=st.sampled_from([1, 4, 3000]),
    sizes=st.tuples(st.integers(1, 25), st.integers(1, 40)),
    k=st.integers(1, 7),
)
def test_layers_find_what_measuring_every_distance_finds(
    seed: int, levels: list[int], numbers: int, grid: int, sizes: tuple[int, int], k: int
) -> None:
    rng = np.random.default_rng(seed)
    recipients, donors = (points(rng, size, levels, numbers, grid) for size in sizes)
    count = rng.integers(1, 4, sizes[1]).astype(float)
    k = min(k, int(count.sum()))
    same(by_layers(recipients, donors, count, k), by_blocks(recipients, donors, count, k))


def test_a_tree_finds_what_measuring_every_distance_finds() -> None:
    rng = np.random.default_rng(1)
    recipients, donors = points(rng, 60, [], 3, 5000), points(rng, 90, [], 3, 5000)
    tree = by_tree(recipients, donors, np.ones(90), 4)
    blocks = by_blocks(recipients, donors, np.ones(90), 4)
    np.testing.assert_array_equal(tree[1], blocks[1])
    np.testing.assert_allclose(tree[2], blocks[2], rtol=1e-12)


def test_far_away_people_find_those_who_share_nothing_with_them() -> None:
    donors = Points(np.array([[0, 0], [1, 1], [1, 1]]), np.array([[1e6], [0.0], [0.1]]))
    recipients = Points(np.array([[0, 0], [2, 2]]), np.array([[0.0], [1e6]]))
    found = by_layers(recipients, donors, np.ones(3), 1)
    assert found[1].tolist() == [1, 0]
    same(found, by_blocks(recipients, donors, np.ones(3), 1))


def test_many_cells_are_looked_up_and_few_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    asked: list[str] = []
    for name in ("by_layers", "by_blocks"):
        found = getattr(searching, name)
        monkeypatch.setattr(searching, name, lambda *a, f=found, n=name: (asked.append(n), f(*a))[1])
    for size in (50, 1200):
        some = points(rng, size, [40, 10], 1, 10**6)
        search(some, some, np.ones(size), 3)
    assert asked == ["by_blocks", "by_layers"]
