"""Missing numbers of a published table are filled with some that could be the true ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize

from countersign.errors import ProtectionError
from countersign.protection.cells.completing import completed

# Three totals of 1, each of two of three cells: halves are the only numbers that add up.
ODD = ((3, (0, 1)), (4, (1, 2)), (5, (0, 2)))
SUMS = np.array([np.nan, np.nan, np.nan, 1.0, 1.0, 1.0])
LEAVES = np.array([True, True, True, False, False, False])


def test_people_are_whole_and_amounts_need_not_be() -> None:
    assert completed(SUMS, ODD, counted=False, missing=LEAVES).tolist() == [0.5, 0.5, 0.5, 1, 1, 1]
    with pytest.raises(ProtectionError, match="does not add up"):
        completed(SUMS, ODD, counted=True, missing=LEAVES)


def test_a_number_in_no_equation_may_be_anything_from_0_on() -> None:
    values, missing = np.array([np.nan, 3.0, 5.0, np.nan]), np.array([True, False, False, True])
    found = completed(values, ((2, (0, 1)),), counted=True, missing=missing)
    assert found[:3].tolist() == [2, 3, 5]
    assert found[3] >= 0
    alone = completed(np.array([np.nan]), (), counted=True, missing=np.array([True]))
    assert alone[0] >= 0


def test_a_table_without_gaps_stays_as_it_is() -> None:
    values = np.array([2.0, 3.0, 6.0])  # that it does not add up is another's to find
    assert completed(values, ((2, (0, 1)),), counted=True, missing=np.zeros(3, dtype=bool)) is values


def test_no_number_below_0_is_found() -> None:
    with pytest.raises(ProtectionError, match="from 0 on"):
        completed(np.array([np.nan, 7.0, 5.0]), ((2, (0, 1)),), counted=False, missing=np.array([True, False, False]))


@pytest.mark.parametrize(("counted", "found"), [(True, [2, 3]), (False, [2 - 1e-7, 3 + 1e-7])])
def test_what_the_solver_misses_whole_people_by_is_taken_off(
    counted: bool, found: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = SimpleNamespace(x=np.array([2 - 1e-7, 3 + 1e-7]))
    monkeypatch.setattr(scipy.optimize, "milp", lambda *_, **__: answer)
    missing = np.array([False, True, True])
    values = completed(np.array([5.0, np.nan, np.nan]), ((0, (1, 2)),), counted=counted, missing=missing)
    assert values.tolist() == [5, *found]
