"""Groups hold who would look alike after blanks; rows at risk gather where a row is saved at the least cost."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from countersign.protection.microdata.gathering import borrow, gather
from countersign.protection.microdata.groups import Groups, groups_of, sets_of_keys

Shown = tuple[int | str, ...]
BLANK = "blank"


def shown(row: np.ndarray, mask: np.ndarray) -> Shown:
    """Return what a row shows once some keys are blanked; an answer that is missing anyway shows as before."""
    return tuple(BLANK if blanked else int(code) for code, blanked in zip(row, mask, strict=True))


def groups(
    rows: list[tuple[int, ...]],
    counts: list[int],
    *,
    k: int,
    weights: list[float] | None = None,
    most: int | None = None,
    fewest: int = 1,
) -> tuple[Groups, np.ndarray, np.ndarray]:
    """Return the groups of the classes below k, the classes, and how many rows each has."""
    codes, sizes = np.array(rows), np.array(counts)
    price = np.array(weights or [1.0] * codes.shape[1])
    masks = sets_of_keys(price, fewest=fewest, most=most or codes.shape[1])
    risk, safe = np.flatnonzero(sizes < k), np.flatnonzero(sizes >= k)
    return groups_of(codes, risk, safe, masks=masks, weights=price), codes, sizes


def drawn(seed: int) -> tuple[Groups, np.ndarray, np.ndarray, int]:
    lot = np.random.default_rng(seed)
    m, k = int(lot.integers(1, 4)), int(lot.integers(2, 5))
    every = np.array(list(product([-1, 0, 1], repeat=m)))
    codes = every[np.sort(lot.permutation(len(every))[: int(lot.integers(2, 12))])]
    counts = lot.integers(1, int(lot.choice([2, 4])) * k, size=len(codes))
    counts[0] = 1
    rows, weights = [tuple(row) for row in codes.tolist()], lot.integers(1, 4, size=m).astype(float).tolist()
    found, _, _ = groups(rows, counts.tolist(), k=k, weights=weights)
    return found, codes, counts, k


@pytest.mark.parametrize("seed", range(40))
def test_a_group_holds_the_classes_that_show_the_same_after_its_blanks(seed: int) -> None:
    found, codes, counts, k = drawn(seed)
    known: dict[tuple[int, Shown], int] = {}
    for at, mask in enumerate(found.masks):
        for place, member in enumerate(found.members):
            group = int(found.of[at, place])
            assert known.setdefault((at, shown(codes[member], mask)), group) == group
            assert found.mask[group] == at
    assert sorted(known.values()) == list(range(len(found)))
    for at, mask in enumerate(found.masks):
        for place, helper in enumerate(found.helpers):
            lacks = (codes[helper][mask] < 0).any()
            assert found.of_helper[at, place] == (-1 if lacks else known.get((at, shown(codes[helper], mask)), -1))
    assert set(found.members) == set(np.flatnonzero(counts < k))
    assert set(found.helpers) == set(np.flatnonzero(counts >= k))


@pytest.mark.parametrize("seed", range(40))
def test_members_helpers_and_their_sums_are_those_of_each_group(seed: int) -> None:
    found, codes, _, _ = drawn(seed)
    lot = np.random.default_rng(seed)
    V, H = len(found.members), len(found.helpers)
    active = lot.random(V) < 0.6
    amounts, gifts = lot.integers(1, 9, size=found.of.shape).astype(float), lot.integers(1, 9, size=H).astype(float)
    theirs, given = found.sum_members(amounts, active), found.sum_helpers(gifts)
    assert len(theirs) == len(given) == len(found)
    for group in range(len(found)):
        at = int(found.mask[group])
        members = [v for v in range(V) if found.of[at, v] == group]
        helpers = [h for h in range(H) if found.of_helper[at, h] == group]
        assert found.members_in(group).tolist() == members
        assert found.helpers_in(group).tolist() == helpers
        assert theirs[group] == sum(amounts[at, v] for v in members if active[v])
        assert given[group] == sum(gifts[h] for h in helpers)
    for at, mask in enumerate(found.masks):
        price = [found.weight[np.flatnonzero((found.masks == (np.arange(len(mask)) == key)).all(axis=1))[0]]
                 for key in range(len(mask))]  # fmt: skip
        assert found.weight[at] == sum(price[key] for key in np.flatnonzero(mask))
        for v, member in enumerate(found.members):
            assert found.cost[at, v] == sum(price[key] for key in np.flatnonzero(mask) if codes[member, key] >= 0)


def test_the_same_groups_can_be_asked_about_some_members_only() -> None:
    found, _, _ = groups([(0, 0), (0, 1), (1, 1), (2, 2)], [1, 1, 1, 4], k=3)
    some = found.only(np.array([True, False, True]))
    assert some.members.tolist() == [0, 2]
    assert some.of.tolist() == found.of[:, [0, 2]].tolist()
    assert some.cost.tolist() == found.cost[:, [0, 2]].tolist()
    assert len(some) == len(found)
    assert [some.members_in(group).tolist() for group in some.of[:, 1]] == [[1], [1], [0, 1]]


@pytest.mark.parametrize(
    "weights", [[1.0, 1.0, 1.0], [3.0, 1.0, 2.0], [0.1, 0.2, 0.30000000000000004], [1.4, 1.1, 0.9]]
)
@pytest.mark.parametrize(("fewest", "most"), [(1, 1), (1, 2), (2, 3), (1, 3), (3, 3)])
def test_every_set_of_keys_is_tried_the_cheapest_first(weights: list[float], fewest: int, most: int) -> None:
    masks = sets_of_keys(np.array(weights), fewest=fewest, most=most)
    assert masks.dtype == bool
    sets = [tuple(np.flatnonzero(mask).tolist()) for mask in masks]
    expected = [each for size in range(fewest, most + 1) for each in combinations(range(3), size)]
    assert sorted(sets) == sorted(expected)
    order = [(round(sum(weights[key] for key in each), 6), len(each), each) for each in sets]
    assert order == sorted(order)


def test_of_sets_that_cost_the_same_the_smaller_comes_first() -> None:
    # 0.1 + 0.2 is a little more than 0.3 in a computer, and costs the same
    sets = [np.flatnonzero(mask).tolist() for mask in sets_of_keys(np.array([0.1, 0.2, 0.3]), fewest=1, most=2)]
    assert sets == [[0], [1], [2], [0, 1], [0, 2], [1, 2]]
    sets = [np.flatnonzero(mask).tolist() for mask in sets_of_keys(np.array([0.1, 0.7, 0.8]), fewest=1, most=2)]
    assert sets == [[0], [1], [2], [0, 1], [0, 2], [1, 2]]


def gathered(
    rows: list[tuple[int, ...]],
    counts: list[int],
    *,
    k: int,
    weights: list[float] | None = None,
    most: int | None = None,
) -> tuple[dict[int, Shown], dict[Shown, int]]:
    """Return what each class at risk shows, and how many rows of helpers show what else."""
    found, codes, sizes = groups(rows, counts, k=k, weights=weights, most=most)
    spare = sizes[found.helpers] - k
    chosen, left, helped = gather(found, sizes, k=k, spare=spare.copy())
    given = np.zeros(len(spare), dtype=int)
    joined: dict[Shown, int] = {}
    for helper, at, number in helped:
        given[helper] += number
        what = shown(codes[found.helpers[helper]], found.masks[at])
        joined[what] = joined.get(what, 0) + number
    assert (left == spare - given).all()
    assert (left >= 0).all()
    shows = {
        int(class_): shown(codes[class_], found.masks[at])
        for class_, at in zip(found.members, chosen, strict=True) if at >= 0
    }  # fmt: skip
    return shows, joined


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(60))
def test_each_row_that_gathered_looks_like_k_rows_and_the_rest_could_not(seed: int) -> None:
    found, _, counts, k = drawn(seed)
    spare = counts[found.helpers] - k
    chosen, left, helped = gather(found, counts, k=k, spare=spare.copy())
    size: dict[int, int] = {}
    for place, at in enumerate(chosen):
        if at >= 0:
            group = int(found.of[at, place])
            size[group] = size.get(group, 0) + int(counts[found.members[place]])
    for helper, at, number in helped:
        group = int(found.of_helper[at, helper])
        assert group in size, "a helper joined nobody"
        size[group] += number
        spare[helper] -= number
    assert (spare == left).all()
    assert (left >= 0).all()
    assert all(rows >= k for rows in size.values())
    # a helper fills a group up to k rows and no further
    assert all(size[int(found.of_helper[at, helper])] == k for helper, at, _ in helped)
    assert chosen.min() >= -1
    alone = np.flatnonzero(chosen == -1).tolist()
    for at in range(len(found.masks)) if alone else ():
        for place in alone:
            group = int(found.of[at, place])
            rows = sum(int(counts[found.members[other]]) for other in alone if found.of[at, other] == group)
            assert rows + sum(left[found.helpers_in(group)]) < k, "they could have been saved"


def test_the_cheaper_key_is_blanked() -> None:
    rows, counts = [(0, 0), (0, 1), (1, 0), (1, 1)], [1, 1, 1, 1]
    assert gathered(rows, counts, k=2, weights=[1.0, 2.0])[0] == {
        0: (BLANK, 0), 1: (BLANK, 1), 2: (BLANK, 0), 3: (BLANK, 1),
    }  # fmt: skip
    assert gathered(rows, counts, k=2, weights=[2.0, 1.0])[0] == {
        0: (0, BLANK), 1: (0, BLANK), 2: (1, BLANK), 3: (1, BLANK),
    }  # fmt: skip


@pytest.mark.parametrize(("size", "helped"), [(3, 0), (4, 0), (5, 1), (6, 2), (7, 2)])
def test_a_helper_gives_what_it_has_above_k_and_nothing_else(size: int, helped: int) -> None:
    # k = 4: two rows of a class lack two others; a class of `size` rows may give `size` - 4
    shows, joined = gathered([(0, 0), (0, 1)], [2, size], k=4)
    if size < 4:
        assert shows == {0: (0, BLANK), 1: (0, BLANK)}
    elif size < 6:
        assert (shows, joined) == ({}, {})
    else:
        assert (shows, joined) == ({0: (0, BLANK)}, {(0, BLANK): 2})
    assert sum(joined.values()) == (helped if size >= 6 else 0)


def test_the_blanks_of_those_who_help_are_paid_for_too() -> None:
    # one row lacks two: by the first key two helpers of weight 1 each, by the second, a little dearer, a row at risk
    rows, counts = [(0, 0), (0, 1), (1, 0), (2, 2)], [1, 2, 9, 9]
    assert gathered(rows, counts, k=3, weights=[1.0, 1.2])[0] == {0: (0, BLANK), 1: (0, BLANK)}


def test_the_blanks_of_a_class_are_paid_for_each_of_its_rows() -> None:
    # by the first key four rows of three classes come together, by the second, a little dearer, four rows of two
    shows, _ = gathered([(0, 0), (1, 0), (2, 0), (0, 1)], [2, 1, 1, 2], k=4, weights=[1.0, 1.1], most=1)
    assert shows == dict.fromkeys([0, 1, 2], (BLANK, 0))


def test_who_has_gathered_is_not_paid_for_again() -> None:
    rows, counts = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 2, 0), (0, 1, 1), (0, 3, 0)], [1, 2, 1, 1, 2, 4]
    shows, joined = gathered(rows, counts, k=3, weights=[1.0, 1.5, 2.5], most=1)
    # the first two by the first key; then, with a helper, the next two by the second, which is dearer without the first
    assert shows == {0: (BLANK, 0, 0), 1: (BLANK, 0, 0), 2: (0, BLANK, 0), 3: (0, BLANK, 0)}
    assert joined == {(0, BLANK, 0): 1}


def test_a_missing_answer_costs_nothing_to_blank() -> None:
    # by the second key the first row loses nothing: the two come together there
    shows, joined = gathered([(0, -1), (0, 0), (1, 0)], [2, 1, 2], k=3)
    assert shows[0] == shows[1] == (0, BLANK)
    assert not joined


def test_who_has_most_to_spare_helps_first_and_of_equals_the_first() -> None:
    found, _, sizes = groups([(0, 0), (0, 1), (0, 2), (0, 3)], [1, 6, 7, 7], k=5)
    group = next(g for g in range(len(found)) if found.masks[found.mask[g]].tolist() == [False, True])
    at = int(found.mask[group])
    spare = sizes[found.helpers] - 5
    assert borrow(found, group, 4, spare) == [(1, at, 2), (2, at, 2)]
    assert spare.tolist() == [1, 0, 0]
    assert borrow(found, group, 1, spare) == [(0, at, 1)]
    assert spare.tolist() == [0, 0, 0]


@pytest.mark.parametrize(("short", "given"), [(4, [(1, 3), (0, 1)]), (5, [(1, 3), (0, 2)]), (6, [])])
def test_a_group_is_filled_up_or_nobody_gives_anything(short: int, given: list[tuple[int, int]]) -> None:
    found, _, sizes = groups([(0, 0), (0, 1), (0, 2)], [1, 9, 10], k=7)
    group = next(g for g in range(len(found)) if found.masks[found.mask[g]].tolist() == [False, True])
    spare = sizes[found.helpers] - 7
    taken = borrow(found, group, short, spare)
    assert [(helper, rows) for helper, _, rows in taken] == given
    assert spare.sum() == 5 - sum(rows for _, rows in given)


def test_groups_that_do_not_compete_are_all_found() -> None:
    rows = [(a, b) for a in range(4) for b in range(2)]
    shows, joined = gathered(rows, [1] * 8, k=2, weights=[5.0, 1.0])
    assert shows == {place: (row[0], BLANK) for place, row in enumerate(rows)}
    assert not joined
