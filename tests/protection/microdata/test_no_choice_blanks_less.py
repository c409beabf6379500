"""Every choice of blanks in small tables is tried: none reaches k with less, and none beats a bound that is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, reduce
from itertools import combinations

import numpy as np
import pytest

from countersign.protection.microdata import alike
from countersign.protection.microdata.suppressing import Suppression, suppress_locally

pytestmark = pytest.mark.usefixtures("ends")

Row = tuple[int, ...]
Case = tuple[list[Row], int, list[float], int]


def shapes(row: Row, weights: list[float], most: int) -> list[tuple[float, Row]]:
    """Return what a row may show with at most so many blanks, with what that costs."""
    answered = [key for key, code in enumerate(row) if code >= 0]
    return [
        (sum(weights[key] for key in blank), tuple(-1 if key in blank else code for key, code in enumerate(row)))
        for size in range(most + 1)
        for blank in combinations(answered, size)
    ]


@cache
def fits(one: Row, other: Row) -> bool:
    """Whether two rows agree in all that both show."""
    return all(a == b or a < 0 or b < 0 for a, b in zip(one, other, strict=True))


def by_cost(choices: list[list[tuple[float, Row]]]) -> Iterator[tuple[float, tuple[Row, ...]]]:
    """Yield every combination of a shape for each, the cheapest first, with its cost."""
    costs = reduce(np.add.outer, [np.array([paid for paid, _ in each]) for each in choices])
    for place in np.argsort(costs, axis=None):
        at = np.unravel_index(place, costs.shape)
        yield float(costs[at]), tuple(each[one][1] for each, one in zip(choices, at, strict=True))


def fewest_alike(rows: list[Row], k: int, weights: list[float], most: int) -> float:
    """Try all: rows of a class below k together, each row above the first k of another class by itself."""
    sizes = Counter(rows)
    parts = [(row, size) for row, size in sizes.items() if size < k]
    parts += [(row, 1) for row, size in sizes.items() for _ in range(k, size)]
    staying = Counter({row: k for row, size in sizes.items() if size >= k})
    for cost, shapes_ in by_cost(
        [[(size * paid, one) for paid, one in shapes(row, weights, most)] for row, size in parts]
    ):
        shown = staying.copy()
        for (_, size), shape in zip(parts, shapes_, strict=True):
            shown[shape] += size
        if min(shown.values()) >= k:
            return cost
    return np.inf


def fewest_matching(rows: list[Row], k: int, weights: list[float], most: int) -> float:
    """Try all: every row may be blanked where it matches k rows by their answers, or stay as it is."""
    choices = [
        [(paid, shape) for paid, shape in shapes(row, weights, most) if shape == row or matched(shape, rows) >= k]
        for row in rows
    ]
    for cost, shown in by_cost(choices):
        if all(matched(row, shown) >= k for row in shown):
            return cost
    return np.inf


def matched(row: Row, rows: Iterable[Row]) -> int:
    return sum(fits(row, other) for other in rows)


FEWEST = {"own": fewest_alike, "matches": fewest_matching}


def blanked(case: Case, missing: str, **options: object) -> Suppression:
    rows, k, weights, most = case
    keys = [np.array(column) for column in zip(*rows, strict=True)]
    return suppress_locally(keys, k=k, importance=weights, missing=missing, most=most, **options)  # type: ignore[arg-type]


def drawn(number: int, missing: str, *, lowest: int) -> Case:
    draw = np.random.default_rng(number)
    keys = int(draw.integers(2, 4))
    most = 2 if missing == "own" else 1 + number % 2
    count = int(draw.integers(4, 7 if keys == 2 else 6))
    rows = [tuple(draw.integers(lowest, 2 + number % 2, keys).tolist()) for _ in range(count)]
    return rows, int(draw.integers(2, 4)), draw.choice([1.0, 2.0, 5.0], keys).tolist(), most


@pytest.mark.parametrize("missing", ["own", "matches"])
def test_a_bound_is_the_least_of_all_choices_and_what_is_proven_costs_no_more(missing: str) -> None:
    proven = 0
    for number in range(40):
        case = drawn(number, missing, lowest=0)
        found = blanked(case, missing)
        assert found.violations == 0
        if found.bound:
            assert found.bound == pytest.approx(FEWEST[missing](*case)), case
            assert found.cost >= found.bound - 1e-6
            proven += found.proven
    assert proven > 10


@pytest.mark.parametrize("missing", ["own", "matches"])
def test_no_choice_is_below_a_bound_where_answers_are_missing(missing: str) -> None:
    for number in range(40):
        case = drawn(number, missing, lowest=-1)
        found = blanked(case, missing)
        assert found.violations == 0
        if found.bound:
            assert found.bound <= FEWEST[missing](*case) + 1e-6, case


ROUNDABOUT = [
    # The lonely row comes to look like two that lack both answers, without a blank in them: 11 for all three at risk.
    ("own", [(0, -1), (1, 1), (1, 0), (-1, -1), (-1, -1)], [1, 5], 2, 2, 11),
    # One blank in the first row and one in the second let them look alike, though each lacks what the other answered.
    ("own", [(-1, 0), *[(0, -1)] * 3, *[(-1, 1)] * 3], [1, 5], 2, 1, 6),
    # The same of two rows at risk: both blank what the other lacks.
    ("own", [(-1, 0), (0, -1), *[(-1, 1)] * 3, *[(1, -1)] * 3], [1, 1], 2, 1, 2),
    # Two that help, and only one of them lacks the first answer.
    ("own", [(-1, 0), *[(-1, 1)] * 4, *[(0, 1)] * 4, *[(1, 0)] * 5], [7, 1], 3, 2, 10),
    # The third row lacks the first answer: one blank in it lets it match the first two.
    ("matches", [(1, -1), (3, 2), (3, -1), (0, 2)], [1, 1], 2, 1, 1),
]


@pytest.mark.parametrize(("missing", "rows", "weights", "k", "most", "least"), ROUNDABOUT)
def test_no_bound_is_named_where_rows_that_lack_answers_make_a_cheaper_choice(
    missing: str, rows: list[Row], weights: list[float], k: int, most: int, least: float
) -> None:
    found = blanked((rows, k, weights, most), missing)
    assert least == FEWEST[missing](rows, k, weights, most)
    assert found.cost >= least
    assert found.bound <= least
    assert found.violations == 0


def test_a_bound_looks_at_blanked_rows_that_match_k_rows_by_their_answers() -> None:
    # (2, 2) and (2, 1) could be shown as (*, 2) and (2, *), for 3: each would match the other by its blank only
    rows, weights = [(1, 1), (1, 0), (1, 1), (2, 2), (2, 1)], [1.0, 2.0]
    found = blanked((rows, 2, weights, 1), "matches")
    assert (found.cost, found.bound, fewest_matching(rows, 2, weights, 1)) == (4, 4, 4)


@pytest.mark.parametrize(("together", "cost", "bound"), [(1, 12, 0), (2, 7, 7), (3, 7, 7)])
def test_no_bound_is_named_where_a_blanked_row_needs_the_blanks_of_others(
    together: int, cost: float, bound: float
) -> None:
    # (0, *) and (*, 0) match three rows by their answers where (0, 0) was given twice; else by a blank in (0, 0) too
    rows, weights = [(0, 1), (1, 0), *[(0, 0)] * together], [5.0, 2.0]
    found = blanked((rows, 3, weights, 2), "matches")
    assert (found.cost, found.bound, found.proven, found.violations) == (cost, bound, bound > 0, 0)
    assert fewest_matching(rows, 3, weights, 2) == (bound or 14)


@pytest.mark.parametrize(("weights", "shown"), [([1, 2], (-1, 1)), ([2, 1], (0, -1))])
def test_a_row_that_finds_no_group_joins_those_it_looks_like_with_the_cheapest_blank(
    weights: list[float], shown: Row
) -> None:
    rows = [(0, 1), (0, -1), (0, -1), (-1, 1), (-1, 1)]
    found = blanked((rows, 2, weights, 2), "own")
    assert found.blanked.tolist() == [[code < 0 for code in shown], *[[False, False]] * 4]
    assert (found.cost, found.violations) == (1, 0)


@pytest.mark.parametrize("last", [False, True])
def test_a_row_whose_help_is_given_to_another_is_helped_by_as_few_blanks_elsewhere(last: bool) -> None:
    # (1, 0, 0) has one row to spare. (1, 2, 0) takes it first, and (0, 0, 0) finds (0, 0, 1) by its dearest key.
    rows: list[Row] = [(1, 2, 0), (0, 0, 0), *[(1, 0, 0)] * 3, *[(0, 0, 1)] * 3]
    rows += [(3, 3, 0), *[(3, 3, 1)] * 3] if last else []  # those come after the one that is left over
    found = blanked((rows, 2, [2, 1, 5], 1), "own", exact=False)
    assert found.blanked[:2].tolist() == [[False, True, False], [False, False, True]]
    assert (found.cost, found.violations) == (22 if last else 12, 0)


ASIDE = [
    # The last two could come to look alike by two blanks in each, and no group holds both.
    ([(1, 1, 0), *[(1, 0, 0)] * 4, *[(-1, -1, 0)] * 3], 1, 2),
    # The lonely row has one answer that the last two give otherwise or not at all, and they have two more.
    ([(-1, -1, 0), *[(-1, -1, 1)] * 4, *[(1, 1, -1)] * 3], 1, 2),
    # Two at risk that meet by two blanks in the first and one in the other, which lacks an answer.
    ([(2, 3, 0), *[(2, 1, 0)] * 4, (-1, 3, 1), *[(-1, 4, 1)] * 4], 1, 4),
]


@pytest.mark.parametrize(("rows", "apart", "least"), ASIDE)
def test_a_bound_is_named_where_rows_that_lack_answers_are_further_apart_than_blanks_reach(
    rows: list[Row], apart: int, least: float
) -> None:
    near, far = (blanked((rows, 2, [1, 1, 1], most), "own") for most in (apart + 1, apart))
    assert near.bound == 0
    assert near.cost <= least
    assert (far.cost, far.bound) == (least, least)
    assert fewest_alike(rows, 2, [1, 1, 1], apart) == least


def test_a_bound_is_named_where_rows_at_risk_that_lack_answers_may_be_blanked_all_over() -> None:
    rows = [(-1, 0), (-1, 1), (0, 0)]
    assert fewest_alike(rows, 3, [5, 5], 2) == 20
    found = blanked((rows, 3, [5, 5], 2), "own")
    assert (found.cost, found.bound) == (20, 20)


@pytest.mark.parametrize("which", [0, 2])
def test_no_bound_is_named_where_there_are_too_many_pairs_to_look_at(
    which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, apart, least = ASIDE[which]
    classes = Counter(rows)
    pairs = sum(size < 2 for size in classes.values()) * len(classes)
    for limit, bound in ((pairs, least), (pairs - 1, 0)):
        monkeypatch.setattr(alike, "PAIRS", limit)
        assert blanked((rows, 2, [1, 1, 1], apart), "own").bound == bound


def test_where_nobody_lacks_an_answer_no_pair_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "PAIRS", -1)
    found = blanked(([(0, 0), (0, 1), (1, 0), (1, 0)], 2, [1, 1], 2), "own")
    assert (found.cost, found.bound) == (2, 2)
