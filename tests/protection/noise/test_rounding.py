"""Rounding: to the nearest, at random without bias, and with totals that add up."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, equations_of
from countersign.protection.noise.laws import Rounding
from countersign.protection.noise.rounding import (
    default_base,
    round_at_random,
    round_controlled,
    round_to_nearest,
)


def crossed(values: np.ndarray) -> AdditiveTable:
    """A table of any number of dimensions with all its totals."""
    names = [[f"{axis}{code}" for code in range(size)] + ["T"] for axis, size in enumerate(values.shape)]
    whole = values
    for axis in range(values.ndim):
        whole = np.concatenate([whole, whole.sum(axis=axis, keepdims=True)], axis=axis)
    cells = tuple(product(*names))
    return AdditiveTable(
        dimensions=tuple(f"v{axis}" for axis in range(values.ndim)),
        cells=cells,
        values=whole.ravel().astype(float),
        contributors=whole.ravel().astype(np.int64),
        equations=equations_of(cells, [{"T": tuple(codes[:-1])} for codes in names]),
    )


@pytest.mark.parametrize(
    ("value", "rounded"), [(0, 0), (1, 0), (2, 0), (2.4, 0), (2.5, 5), (3, 5), (5, 5), (7, 5), (8, 10)]
)
def test_to_the_nearest(value: float, rounded: float) -> None:
    assert round_to_nearest([value], 5).tolist() == [rounded]


def test_half_goes_up() -> None:
    assert round_to_nearest([3, 9, 15], 6).tolist() == [6, 12, 18]


@pytest.mark.parametrize(
    ("value", "draw", "rounded"),
    [(7, 0.399, 10), (7, 0.401, 5), (5, 0.0, 5), (0, 0.0, 0), (9, 0.799, 10), (9, 0.801, 5), (1, 0.199, 5)],
)
def test_at_random_it_goes_up_with_the_chance_of_the_remainder(value: int, draw: float, rounded: int) -> None:
    assert round_at_random([value], 5, [draw]).tolist() == [rounded]


def test_at_random_the_mean_stays_and_the_variance_is_r_times_b_less_r() -> None:
    draws = (np.arange(100_000) + 0.5) / 100_000
    for value in range(11):
        change = round_at_random(np.full(len(draws), value), 5, draws) - value
        assert change.mean() == pytest.approx(0, abs=1e-9)
        assert change.var() == pytest.approx((value % 5) * (5 - value % 5), abs=1e-3)
    assert Rounding(5, b"s" * 16).variance == pytest.approx((25 - 1) / 6)
    assert Rounding(5, how="nearest").variance == pytest.approx((25 - 1) / 12)
    assert Rounding(6, how="nearest").variance == pytest.approx((0 + 1 + 4 + 9 + 4 + 1) / 6)


def test_the_largest_change_is_told() -> None:
    assert Rounding(5, b"s" * 16).largest == 4
    assert Rounding(5, how="nearest").largest == 2
    assert Rounding(6, how="nearest").largest == 3


def test_the_same_people_are_rounded_alike() -> None:
    law = Rounding(5, b"s" * 16)
    assert len({int(law.counts([7], [123])[0]) for _ in range(20)}) == 1
    assert len({int(each) for each in law.counts(np.full(50, 7), np.arange(50))}) == 2


@pytest.mark.parametrize("base", [1, 0, -5])
def test_a_base_that_hides_nothing_is_refused(base: int) -> None:
    for call in (
        lambda: round_to_nearest([1], base),
        lambda: round_at_random([1], base, [0.5]),
        lambda: round_controlled(crossed(np.ones((2, 2))), base=base),
    ):
        with pytest.raises(ProtectionError, match="hides nothing"):
            call()
    assert round_to_nearest([1], 2).tolist() == [2]


def test_the_base_to_start_from_is_in_the_catalogue() -> None:
    assert default_base() == 5


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(2, 7), st.integers(0, 10**6))
def test_controlled_rounding_of_two_dimensions_adds_up_with_neighbouring_multiples(
    rows: int, columns: int, base: int, seed: int
) -> None:
    table = crossed(np.random.default_rng(seed).integers(0, 20, (rows, columns)))
    found = round_controlled(table, base=base)
    assert found.steps == 0
    assert not (found.values % base).any()
    assert (found.values >= 0).all()
    assert (np.abs(found.values - table.values) < base).all()
    assert not (table.matrix @ found.values).any()
    assert found.distance == np.abs(found.values - table.values).sum()


def test_controlled_rounding_is_the_nearest_that_adds_up() -> None:
    """Every other zero-restricted rounding of a 2 x 2 table, tried one by one."""
    table = crossed(np.array([[3, 7], [6, 1]]))
    found = round_controlled(table, base=5)
    best = min(
        sum(abs(np.array(try_) - table.values))
        for try_ in product(*[{5 * (v // 5), 5 * -(-v // 5)} for v in table.values.astype(int).tolist()])
        if not (table.matrix @ np.array(try_)).any()
    )
    assert found.distance == best


def test_three_dimensions_may_need_one_multiple_more() -> None:
    """Cells of which no rounding to neighbours adds up: 1 of base 2 in each half of a cube's corners (Cox 1987)."""
    seen = set()
    for seed in range(12):
        cube = np.random.default_rng(seed).integers(0, 3, (3, 3, 3))
        found = round_controlled(crossed(cube), base=3)
        assert not (crossed(cube).matrix @ found.values).any()
        assert (np.abs(found.values - crossed(cube).values) < 3 * (1 + found.steps)).all()
        seen.add(found.steps)
    assert 0 in seen


def alike(value: int, count: int) -> AdditiveTable:
    """A total of so many parts that must all be equal."""
    cells = (*((str(number),) for number in range(count)), ("T",))
    equal = tuple((number, (0,)) for number in range(1, count))
    values = np.array([*[float(value)] * count, float(value * count)])
    return AdditiveTable(("a",), cells, values, values.astype(int), (*equal, (count, tuple(range(count)))))


@pytest.mark.parametrize(
    ("value", "count", "steps", "rounded"),
    [(2, 2, 0, 0), (3, 3, 1, 5), (2, 4, 1, 0), (3, 4, 1, 5), (2, 6, 2, 0), (3, 6, 2, 5), (5, 6, 0, 5)],
)
def test_cells_go_as_many_multiples_further_as_they_must_and_no_more(
    value: int, count: int, steps: int, rounded: int
) -> None:
    found = round_controlled(alike(value, count), base=5)
    assert (found.steps, found.base) == (steps, 5)
    assert found.values.tolist() == [*[rounded] * count, rounded * count]
    assert found.distance == 2 * count * abs(rounded - value)


def test_no_cell_goes_three_multiples_further() -> None:
    with pytest.raises(ProtectionError, match="No rounding was found whose totals add up") as refused:
        round_controlled(alike(2, 8), base=5, seconds=7)
    assert "more time than 7 seconds" in refused.value.expected


def test_amounts_are_not_rounded_with_control() -> None:
    table = AdditiveTable(("a",), (("x",), ("T",)), np.array([1.5, 1.5]), np.array([1, 1]), ((1, (0,)),), counted=False)
    with pytest.raises(ProtectionError, match="Amounts cannot be rounded so that they add up"):
        round_controlled(table, base=5)
