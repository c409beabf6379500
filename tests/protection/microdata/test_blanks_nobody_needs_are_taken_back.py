"""Blanks that nobody needs are taken back: a slow look at every row, blank by blank, takes back the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from countersign.protection.microdata import covering
from countersign.protection.microdata.classes import matches
from countersign.protection.microdata.covering import Cover, covered, trim

pytestmark = pytest.mark.usefixtures("ends")

Blank = tuple[int, tuple[int, ...]]


@dataclass
class Case:
    """Classes of a drawn table of which too many rows are blanked."""

    codes: list[tuple[int, ...]]
    counts: list[int]
    weights: list[float]
    k: int
    blanks: list[Blank] = field(default_factory=list)

    @property
    def found(self) -> np.ndarray:
        return matches(np.array(self.codes), np.array(self.counts))

    @property
    def risk(self) -> list[int]:
        return np.flatnonzero(self.found < self.k).tolist()

    @property
    def whole(self) -> list[int]:
        return [count - sum(one == class_ for one, _ in self.blanks) for class_, count in enumerate(self.counts)]

    def helped(self, blank: Blank) -> set[int]:
        """Return the classes at risk that match a row once it is blanked, and did not before."""
        class_, keys = blank
        mine = self.codes[class_]
        differs = {
            other: {
                key for key, (a, b) in enumerate(zip(mine, self.codes[other], strict=True)) if a != b and min(a, b) >= 0
            }
            for other in self.risk
        }
        return {other for other, where in differs.items() if where and where <= set(keys)}

    def shared(self, blank: Blank) -> int:
        """Count the rows that gave the same answers to the keys that a blanked row still shows."""
        class_, keys = blank
        shown = [key for key in range(len(self.weights)) if key not in keys]
        return sum(
            count
            for codes, count in zip(self.codes, self.counts, strict=True)
            if all(codes[key] == self.codes[class_][key] for key in shown)
        )


def taken_back(case: Case) -> tuple[list[Blank], list[int], dict[int, int]]:
    """Look at the dearest blank first; return what stays blanked, the rows left whole, and what each has above k."""
    above = {class_: int(case.found[class_]) - case.k for class_ in case.risk}
    for blank in case.blanks:
        for other in case.helped(blank):
            above[other] += 1
    whole, kept = case.whole, []
    order = [(-sum(case.weights[key] for key in keys), -at) for at, (_, keys) in enumerate(case.blanks)]
    for _, at in sorted(order):
        class_, keys = case.blanks[-at]
        for _, key in sorted((-case.weights[key], key) for key in keys):
            fewer = tuple(one for one in keys if one != key)
            lost = case.helped((class_, keys)) - case.helped((class_, fewer))
            if any(above[other] < 1 for other in lost if whole[other]):
                continue
            if class_ in above and not (case.shared((class_, fewer)) >= case.k if fewer else above[class_] >= 0):
                continue
            for other in lost:
                above[other] -= 1
            keys = fewer
        if keys:
            kept.append((class_, keys))
        else:
            whole[class_] += 1
    return kept, whole, above


def drawn(number: int) -> Case:
    draw = np.random.default_rng(number)
    keys = 2 + number % 2
    rows = draw.choice(3, size=(int(draw.integers(8, 16)), keys), p=[0.6, 0.25, 0.15])
    if number % 3 == 0:
        rows[draw.random(rows.shape) < 0.15] = -1
    codes, counts = np.unique(rows, axis=0, return_counts=True)
    weights = draw.choice([1.0, 2.0, 3.5], keys).tolist()
    case = Case([tuple(row) for row in codes.tolist()], counts.tolist(), weights, int(draw.integers(2, 5)))
    for class_, count in enumerate(case.counts):
        answered = [key for key in range(keys) if case.codes[class_][key] >= 0]
        for _ in range(int(draw.integers(0, count + 1))):
            some = tuple(key for key in answered if draw.random() < 0.6)
            case.blanks += [(class_, some)] if some else []
    case.blanks = [case.blanks[at] for at in draw.permutation(len(case.blanks))]
    return case


EITHER = Case([(0, 0), (0, 1), (1, 0)], [1, 3, 3], [1.0, 2.0], 2, [(0, (0, 1))])
"""Each answer of the lonely row could be shown, and not both."""
TABLES = [*[case for case in map(drawn, range(16)) if case.risk and case.blanks], EITHER]


@pytest.mark.parametrize("case", TABLES, ids=range(len(TABLES)))
def test_what_is_taken_back_is_what_a_slow_look_takes_back(case: Case) -> None:
    codes, counts, risk = np.array(case.codes), np.array(case.counts), np.array(case.risk)
    needs = case.k - case.found[risk]
    blanks = [(class_, np.isin(np.arange(codes.shape[1]), keys)) for class_, keys in case.blanks]
    state = Cover(needs.copy(), blanks, np.array(case.whole))
    found = trim(codes, counts, state, risk, needs, k=case.k, weights=np.array(case.weights))
    kept, whole, above = taken_back(case)
    assert [(class_, tuple(np.flatnonzero(mask).tolist())) for class_, mask in found.blanks] == kept
    assert found.whole.tolist() == whole
    assert (-found.needs).tolist() == list(above.values())


def test_the_dearest_answer_of_a_row_is_shown_first() -> None:
    assert taken_back(EITHER)[0] == [(0, (0,))]


def quick(case: Case, most: int = 2) -> tuple[float, int]:
    """Return what the quick choice costs, and how many rows it blanks."""
    weights = np.array(case.weights)
    moves, _ = covered(
        np.array(case.codes), np.array(case.counts), case.found, k=case.k, weights=weights, most=most, exact=False
    )
    return float(sum(weights[mask].sum() for _, mask, _ in moves)), len(moves)


@pytest.mark.parametrize(("above", "costs"), [(-1, 7.5), (0, 4.0), (1, 4.0)])
def test_everybody_is_counted_again_up_to_a_number_of_pairs_of_a_blank_and_a_class(
    monkeypatch: pytest.MonkeyPatch, above: int, costs: float
) -> None:
    case = TABLES[0]
    monkeypatch.setattr(covering, "SMALL", -1)
    without, rows = quick(case)
    assert without == 7.5
    monkeypatch.setattr(covering, "SMALL", rows * len(case.counts) + above)
    assert quick(case)[0] == costs


def test_a_row_shows_what_it_shares_with_k_rows_of_however_few_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, counts = [(0, -1, 1), (0, 0, 0), (0, 2, 0), (1, 2, 2)], [1, 2, 1, 1]
    monkeypatch.setattr(covering, "SMALL", -1)
    assert quick(Case(codes, counts, [1.0, 5.0, 1.0], 4), most=3) == (14, 3)
