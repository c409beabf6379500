"""The bounds of all cells of a table with known margins have a formula (Fréchet); those of odd circles are counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from countersign.model.cells import Floats
from countersign.protection.cells import bounding
from countersign.protection.cells.bounding import Unknowns, closed, decided, spread


def inner_cells(seed: int, *, rows: int = 4, columns: int = 5, unit: float = 1.0) -> tuple[Unknowns, Floats, Floats]:
    """Return the cells of a table of which the margins are known, and their smallest and largest values."""
    inner = np.random.default_rng(seed).integers(0, 7, (rows, columns)) * unit
    place = np.arange(rows * columns).reshape(rows, columns)
    lines = [*place, *place.T]
    matrix = csr_array(np.array([np.isin(place.ravel(), line) for line in lines], dtype=float))
    truth = inner.ravel()
    right, down = inner.sum(axis=1, keepdims=True), inner.sum(axis=0, keepdims=True)
    low, high = np.maximum(0, right + down - inner.sum()).ravel(), np.minimum(right, down).ravel()
    free = np.full(len(truth), np.inf)
    return Unknowns(matrix, matrix @ truth, np.zeros(len(truth)), free, truth, unit == 1), low, high


@pytest.mark.parametrize("unit", [1.0, 0.25, 3e5])
@pytest.mark.parametrize("seed", range(4))
def test_every_bound_is_that_of_the_formula(seed: int, unit: float) -> None:
    unknowns, low, high = inner_cells(seed, unit=unit)
    found, programs = closed(unknowns, np.ones(20, dtype=bool))
    assert found.low == pytest.approx(low, abs=1e-5 * unit)
    assert found.high == pytest.approx(high, abs=1e-5 * unit)
    assert 1 <= programs <= 40


@pytest.mark.parametrize("seed", range(4))
def test_only_what_is_asked_for_is_bounded_exactly(seed: int) -> None:
    unknowns, low, high = inner_cells(seed)
    asked = np.random.default_rng(seed).random(20) < 0.4
    found, programs = closed(unknowns, asked)
    assert found.low[asked] == pytest.approx(low[asked], abs=1e-6)
    assert found.high[asked] == pytest.approx(high[asked], abs=1e-6)
    assert programs <= 2 * np.count_nonzero(asked)
    assert (found.low >= low - 1e-6).all()
    assert (found.high <= high + 1e-6).all()


@pytest.mark.parametrize("unit", [1.0, 0.25])
@pytest.mark.parametrize("needed", [0, 1, 3, 5, 8, 12])
@pytest.mark.parametrize("seed", range(2))
def test_an_interval_is_wide_enough_if_and_only_if_the_formula_says_so(seed: int, needed: int, unit: float) -> None:
    unknowns, low, high = inner_cells(seed, unit=unit)
    found, programs = decided(unknowns, np.ones(20, dtype=bool), np.full(20, needed * unit))
    wide = spread(found.low, found.high, whole=unknowns.whole)
    enough = high - low >= max(needed * unit, unknowns.tolerance)
    assert ((wide >= max(needed * unit, 1e-6) - 1e-6) == enough).all()
    assert ((wide > 1e-6) == (high > low)).all()
    assert programs <= 40


def circle(corners: int, times: int) -> Unknowns:
    """Circles of numbers of which two neighbours are at most 1 together, and last what all of them add up to."""
    count = corners * times
    rows = []
    for one in range(count):
        other = one // corners * corners + (one + 1) % corners
        rows.append(np.isin(np.arange(2 * count + 1), [one, other, count + one]).astype(float))
    rows.append(np.array([1.0] * count + [0.0] * count + [-1.0]))
    truth = np.array([0.0] * count + [1.0] * count + [0.0])
    matrix = csr_array(np.array(rows))
    return Unknowns(matrix, matrix @ truth, np.zeros(len(truth)), np.full(len(truth), np.inf), truth, True)


@pytest.mark.parametrize(
    ("corners", "times", "halves", "whole"), [(3, 1, 1.5, 1), (3, 2, 3, 2), (5, 2, 5, 4), (4, 1, 2, 2)]
)
def test_in_whole_numbers_an_odd_circle_holds_half_of_what_is_less_by_one(
    corners: int, times: int, halves: float, whole: int
) -> None:
    unknowns = circle(corners, times)
    last = np.arange(len(unknowns.truth)) == len(unknowns.truth) - 1
    found, programs = closed(unknowns, last)
    assert (found.low[-1], found.high[-1]) == (0, pytest.approx(halves))
    exact, more = closed(unknowns, last, exact=True)
    assert (exact.low[-1], exact.high[-1]) == (0, whole)
    assert more >= programs >= 1
    assert decided(unknowns, last, np.full(len(last), 9.0))[0].high[-1] >= 1
    assert (decided(unknowns, last, np.full(len(last), 3.0))[0].high[-1] >= 3) == (halves >= 3)
    for needed in (whole, whole + 1):
        for least, wanted in ((False, halves), (True, whole)):
            told, _ = decided(unknowns, last, np.full(len(last), float(needed)), exact=least)
            assert (spread(told.low, told.high, whole=True)[-1] >= needed) == (np.floor(wanted) >= needed)


def test_in_whole_numbers_every_unknown_of_an_odd_circle_is_bounded() -> None:
    unknowns = circle(3, 2)
    everything = np.ones(13, dtype=bool)
    exact, more = closed(unknowns, everything, exact=True)
    assert exact.low.tolist() == [0] * 13
    assert exact.high.tolist() == [1] * 12 + [2]
    assert more > closed(unknowns, everything)[1]


def test_parts_that_do_not_hang_together_are_bounded_each_and_their_programs_are_added_up() -> None:
    first, low, high = inner_cells(0, rows=2, columns=2)
    second, low_, high_ = inner_cells(1, rows=3, columns=3)
    matrix = np.zeros((10, 13))
    matrix[:4, :4], matrix[4:, 4:] = first.matrix.toarray(), second.matrix.toarray()
    truth = np.concatenate([first.truth, second.truth])
    both = Unknowns(csr_array(matrix), matrix @ truth, np.zeros(13), np.full(13, np.inf), truth, True)
    found, programs = closed(both, np.ones(13, dtype=bool))
    assert found.low == pytest.approx(np.concatenate([low, low_]))
    assert found.high == pytest.approx(np.concatenate([high, high_]))
    apart = [closed(part, np.ones(len(part.truth), dtype=bool))[1] for part in (first, second)]
    assert programs == sum(apart)


@pytest.mark.parametrize("first", ["g", "z"])
def test_what_is_wide_enough_between_halves_only_is_asked_for_again(
    first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # d = 3 + one triangle - another is 1.5 to 4.5. Where g = d - k is largest, z = d + k is 4.5, and 2.5 where it is
    # smallest: two apart, but 3 and 4 are the only whole numbers between. Asked for itself, z is 2 to 5.
    monkeypatch.setattr(bounding, "_FEW", 99)  # one after the other
    names = [first, "z" if first == "g" else "g", "k", "l", *(f"{c}{n}" for c in "abrs" for n in range(3))]
    rows, truth = [], {"z": 3.0, "g": 3.0, "l": 1.0, "a0": 1.0, "b0": 1.0, "r1": 1.0, "s1": 1.0}
    for told in ({"z": 1.0, "k": -1.0}, {"g": 1.0, "k": 1.0}):
        rows.append(told | {f"a{n}": -1.0 for n in range(3)} | {f"b{n}": 1.0 for n in range(3)})
    rows.append({"k": 1.0, "l": 1.0})
    for corner, rest in ("ar", "bs"):
        rows += [{f"{corner}{n}": 1.0, f"{corner}{(n + 1) % 3}": 1.0, f"{rest}{n}": 1.0} for n in range(3)]
    matrix = csr_array(np.array([[row.get(name, 0.0) for name in names] for row in rows]))
    values = np.array([truth.get(name, 0.0) for name in names])
    unknowns = Unknowns(matrix, matrix @ values, np.zeros(len(names)), np.full(len(names), np.inf), values, True)
    asked, needed = np.isin(names, ["g", "z"]), np.where(np.array(names) == "g", 3.0, 2.0)
    found, _ = decided(unknowns, asked, needed)
    assert (spread(found.low, found.high, whole=True) >= needed)[asked].all()
