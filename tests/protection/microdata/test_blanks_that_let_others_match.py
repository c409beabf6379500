"""Blanks that let others match: what is chosen in small tables is written down, and every row is counted."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from countersign.protection.microdata import covering
from countersign.protection.microdata.classes import KeyClasses, classes_of, matches
from countersign.protection.microdata.covering import Cover, cover, covered, shown_after
from countersign.protection.microdata.groups import groups_of, sets_of_keys

for slow in ("highspy", "scipy.sparse"):  # loaded here, so that no test waits for it
    pytest.importorskip(slow)

pytestmark = pytest.mark.usefixtures("ends")

Case = tuple[KeyClasses, int, np.ndarray, int]

QUICK = {
    1: "4:.** 8:*.. 1:.** 6:.*.",
    2: "5:.*** 3:*.*.",
    4: "5:.** 7:*.* 3:*.* 1:..* 8:*..",
    6: "2:.* 6:*. 5:*.",
    10: "8:*** 7:*** 6:.** 9:*..",
    13: "8:*.. 9:*.. 7:*.. 10:*.. 6:.** 4:.** 3:.** 1:..*",
    14: "2:**** 4:.*.. 3:***. 1:...* 6:.**.",
    22: "5:**. 4:*.. 0:..* 2:..*",
    23: "1:**** 4:...* 0:.**. 5:*..*",
    27: "3:*. 0:*. 0:*. 2:.* 1:.*",
    35: "2:*.** 4:****",
    38: "6:.*.. 3:.*.* 2:...*",
    47: "2:**** 1:..*. 5:**.* 4:*..*",
    50: "3:*..* 8:*..* 9:..*. 4:..*. 0:.*..",
    55: "12:..* 4:*.* 11:**. 9:*.* 10:.*. 3:..*",
}
EXACT = {
    0: ("4:*. 3:*.", 7.0),
    1: ("4:.** 8:*.. 1:.** 6:.*.", 0.0),
    7: ("11:*.. 5:.** 1:.** 8:.*.", 0.0),
    8: ("3:**.. 4:...* 0:...*", 8.5),
    9: ("6:** 1:** 3:.* 5:*.", 16.5),
    16: ("5:.*. 2:.*. 6:*.*", 0.0),
    20: ("6:..** 4:...* 1:..*.", 4.0),
    25: ("0:**. 0:..* 5:..* 2:..*", 7.5),
    39: ("6:*. 4:.*", 0.0),
    57: ("2:.* 3:*. 1:.*", 10.5),
}
"""By the number of the table: class, and a star for each key that is blanked in one row of it, in the order of choice;
then the bound."""


def drawn(number: int) -> Case:
    """Draw a table of 6 to 14 rows with 2 to 4 keys, and what is asked of it: classes, k, weights, keys a row."""
    draw = np.random.default_rng(number)
    keys = 2 + number % 3
    chances = [0.5, 0.2, 0.2, 0.1] if number % 2 else [0.6, 0.25, 0.15]
    rows = draw.choice(len(chances), size=(int(draw.integers(6, 15)), keys), p=chances)
    if number % 4 > 1:
        rows[draw.random(rows.shape) < 0.12] = -1
    return (
        classes_of(list(rows.T)),
        int(draw.integers(2, 5)),
        draw.choice([1.0, 2.0, 3.5], keys),
        int(draw.integers(1, 3)),
    )


def chosen(case: Case, *, exact: bool) -> tuple[list[tuple[int, np.ndarray, int]], float]:
    classes, k, weights, most = case
    found = matches(classes.codes, classes.counts)
    return covered(classes.codes, classes.counts, found, k=k, weights=weights, most=most, exact=exact)


def written(moves: list[tuple[int, np.ndarray, int]]) -> str:
    return " ".join(f"{class_}:" + "".join("*" if one else "." for one in mask) for class_, mask, _ in moves)


def fewest_matched(case: Case, moves: list[tuple[int, np.ndarray, int]]) -> int:
    """Count pair by pair: how many rows the row matches that matches fewest."""
    classes = case[0]
    shown = {class_: [classes.codes[class_]] * int(count) for class_, count in enumerate(classes.counts)}
    for class_, mask, rows in moves:
        assert rows == 1
        shown[class_].pop(0)
        shown[class_].append(np.where(mask, -1, classes.codes[class_]))
    all_ = np.array([row for rows in shown.values() for row in rows])
    one, other = all_[:, None], all_[None, :]
    return int(((one == other) | (one < 0) | (other < 0)).all(axis=2).sum(axis=1).min())


@pytest.mark.parametrize("number", QUICK)
def test_the_quick_choice_in_small_tables_is_the_one_written_down(number: int) -> None:
    case = drawn(number)
    moves, bound = chosen(case, exact=False)
    assert written(moves) == QUICK[number]
    assert bound == 0
    assert fewest_matched(case, moves) >= case[1]


@pytest.mark.parametrize("number", EXACT)
def test_the_searched_choice_in_small_tables_is_the_one_written_down(number: int) -> None:
    case = drawn(number)
    moves, bound = chosen(case, exact=True)
    assert (written(moves), round(bound, 6)) == EXACT[number]
    assert fewest_matched(case, moves) >= case[1]


@pytest.mark.parametrize(("above", "searched"), [(-1, False), (0, True), (1, True)])
def test_the_fewest_blanks_are_searched_up_to_a_number_of_classes_at_risk(
    monkeypatch: pytest.MonkeyPatch, above: int, searched: bool
) -> None:
    classes, k, *_ = case = drawn(9)
    risk = int((matches(classes.codes, classes.counts) < k).sum())
    monkeypatch.setattr(covering, "EXACT", risk + above)
    assert (chosen(case, exact=True)[1] > 0) == searched
    assert chosen(case, exact=False)[1] == 0


@pytest.mark.parametrize(("above", "searched"), [(-1, False), (0, True), (1, True)])
def test_the_fewest_blanks_are_searched_up_to_a_number_of_pairs_of_a_class_and_a_set(
    monkeypatch: pytest.MonkeyPatch, above: int, searched: bool
) -> None:
    classes, k, weights, most = case = drawn(9)
    sets = sum(comb(len(weights), size) for size in range(1, most + 1))
    risk = int((matches(classes.codes, classes.counts) < k).sum())
    monkeypatch.setattr(covering, "LARGEST", risk * sets + above)
    assert (chosen(case, exact=True)[1] > 0) == searched


def test_rows_that_lack_different_answers_are_blanked_until_each_matches_k() -> None:
    # every two of them differ in one key, so the first blank leaves two rows short
    rows = np.array([(0, -1, 1), (1, 0, -1), (-1, 1, 0)])
    case = (classes_of(list(rows.T)), 3, np.ones(3), 1)
    moves, _ = chosen(case, exact=False)
    assert fewest_matched(case, moves) == 3
    assert sum(mask.sum() for _, mask, _ in moves) == 3


@pytest.mark.parametrize("small", [-1, 300_000])
def test_a_blank_on_which_another_blanked_row_leans_is_not_taken_back(
    monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    rows = np.array([(-1, 0), (-1, 0), (2, -1), (0, -1), (-1, -1), (1, 1)])
    case = (classes_of(list(rows.T)), 5, np.array([1.0, 2.0]), 2)
    monkeypatch.setattr(covering, "SMALL", small)
    moves, _ = chosen(case, exact=False)
    assert fewest_matched(case, moves) == 5


def test_what_is_said_to_be_needed_after_covering_is_what_a_count_of_everybody_says() -> None:
    alone = helped = 0
    tables = [drawn(number) for number in range(60) if number % 4 < 2]  # without missing answers
    two = classes_of([np.array([0, 0, 1, 1, 1, 1, 1, 1])])  # two rows that need two of six
    for classes, k, weights, most in [*tables, (two, 4, np.ones(1), 1)]:
        codes, counts = classes.codes, classes.counts
        found = matches(codes, counts)
        risk, safe = np.flatnonzero(found < k), np.flatnonzero(found >= k)
        if not len(risk):
            continue
        groups = groups_of(codes, risk, safe, masks=sets_of_keys(weights, fewest=1, most=most), weights=weights)
        holding = [
            [*groups.members[groups.members_in(one)], *groups.helpers[groups.helpers_in(one)]]
            for one in range(len(groups))
        ]
        within = np.array([counts[here].sum() for here in holding])
        state = Cover(k - found[risk], [], counts.copy())
        cover(groups, counts, state, k=k, within=within)
        shown, rows, _ = shown_after(codes, state)
        for place, class_ in enumerate(risk.tolist()):
            needed = k - sum(
                int(count)
                for one, count in zip(shown, rows, strict=True)
                if all(a == b or a < 0 for a, b in zip(one, codes[class_], strict=True))
            )
            if state.whole[class_]:
                assert max(0, int(state.needs[place])) == max(0, needed)
                helped += needed <= 0
            else:
                assert state.needs[place] == 0
                alone += 1
    assert min(alone, helped) > 20
