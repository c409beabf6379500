"""A table of cells that add up to others says what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, equations_of
from countersign.model.hierarchy import Hierarchy


def table(values: list[float], **options: Any) -> AdditiveTable:
    """A total and two parts."""
    settings: dict[str, Any] = {
        "dimensions": ("place",),
        "cells": (("Total",), ("a",), ("b",)),
        "contributors": np.array([2, 1, 1]),
        "equations": ((0, (1, 2)),),
    }
    return AdditiveTable(values=np.array(values), **{**settings, **options})


@pytest.mark.parametrize(
    ("values", "options", "problem"),
    [
        ([7.0, 3.0, 5.0], {}, "differs from the sum of its 2 parts"),
        ([7.0, -1.0, 8.0], {}, "negative or missing number of values"),
        ([7.0, float("nan"), 8.0], {}, "negative or missing number of values"),
        ([7.5, 3.5, 4.0], {}, "no whole number"),
        ([7.0, 3.0, 4.0], {"contributors": np.array([2, -1, 3])}, "negative or missing number of contributors"),
        ([7.0, 3.0, 4.0], {"households": np.array([2, -1, 3])}, "negative or missing number of households"),
        ([7.0, 3.0, 4.0], {"largest": np.array([[3.0, 2.0], [3.0, -1.0], [2.0, 2.0]])}, "number of largest"),
        ([7.0, 3.0, 4.0], {"contributors": np.array([2, 1])}, "3 cells and 2 contributors"),
        ([7.0, 3.0, 4.0], {"costs": np.array([1.0, 0.0, 1.0])}, "cost nothing"),
        ([7.0, 3.0, 4.0], {"cells": (("Total",), ("a",), ("a",))}, "occurs twice"),
        ([7.0, 3.0, 4.00001], {"counted": False}, "differs from the sum"),
    ],
)
def test_it_is_refused_with_what_to_do(values: list[float], options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProtectionError) as caught:
        table(values, **options)
    assert problem in caught.value.problem
    assert caught.value.action


def test_sums_of_decimals_may_differ_by_rounding() -> None:
    found = table([0.1 + 0.2 + 7e9, 0.3, 7e9], counted=False)
    assert found.price.tolist() == [0.1 + 0.2 + 7e9 + 1, 1.3, 7e9 + 1]


def test_the_matrix_holds_one_line_an_equation() -> None:
    assert table([7.0, 3.0, 4.0]).matrix.toarray().tolist() == [[1, -1, -1]]
    assert table([7.0, 3.0, 4.0], equations=()).matrix.shape == (0, 3)


def test_equations_are_those_whose_parts_are_all_cells() -> None:
    cells = (("T", "m"), ("a", "m"), ("b", "m"), ("T", "f"), ("a", "f"))
    groups = [{"T": ("a", "b")}, {}]
    assert equations_of(cells, groups) == ((0, (1, 2)),)


@pytest.mark.parametrize(
    ("parents", "problem"),
    [
        ({"a": "b", "b": "a"}, "0 totals"),
        ({"T": "", "U": ""}, "2 totals"),
        ({"T": "", "a": "X"}, "no code of this hierarchy"),
        ({"T": "", "a": "b", "b": "a"}, "leads back to itself"),
        ({"T": "", "a": "a"}, "leads back to itself"),
        ({}, "0 totals"),
    ],
)
def test_a_hierarchy_in_a_circle_or_without_a_parent_or_with_two_totals_is_refused(
    parents: dict[str, str], problem: str
) -> None:
    with pytest.raises(ProtectionError, match=problem):
        Hierarchy("place", parents)


@pytest.mark.parametrize(
    "lines",
    [
        [("", "T")],
        [("@@", "T")],
        [("@", "T"), ("@@@", "a")],
        [("@", "T"), ("##", "a")],
        [("@", "T"), ("@@", "a"), ("@@", "a")],
        [("@", "T"), ("@", "U")],
    ],
)
def test_an_indented_list_that_skips_a_level_or_repeats_a_code_is_refused(lines: list[tuple[str, str]]) -> None:
    with pytest.raises(ProtectionError):
        Hierarchy.indented("place", lines)


def test_an_indented_list_gives_the_parents() -> None:
    found = Hierarchy.indented("place", [("@", "T"), ("@@", "a"), ("@@@", "a1"), ("@@", "b"), ("@@@", "b1")])
    assert found.parents == {"T": "", "a": "T", "a1": "a", "b": "T", "b1": "b"}
    assert (found.total, found.leaves, found.path("a1")) == ("T", ("a1", "b1"), ("a1", "a", "T"))
