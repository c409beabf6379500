"""What a study says of noise becomes a law; what it leaves out is taken from the catalogue."""

from __future__ import annotations

import pytest

from countersign.catalogue import protection_limit
from countersign.protection.noise.laws import CellKeyNoise, Rounding
from countersign.protection.noise.perturbation_table import variances
from countersign.protection.noise.settings import law_of, table_of

SECRET = b"k" * 32


@pytest.mark.parametrize("presence", [False, True])
def test_rounding_with_its_options(presence: bool) -> None:
    law = law_of("round", {"base": 7, "how": "nearest"}, SECRET, hide_presence=presence)
    assert law == Rounding(7, SECRET, "nearest", presence)
    assert law_of("round", {}, SECRET) == Rounding(int(protection_limit("rounding_base")), SECRET, "random", False)


@pytest.mark.parametrize("presence", [False, True])
def test_cell_keys_with_their_options(presence: bool) -> None:
    law = law_of("perturb", {"largest": 4, "variance": 1.5, "hidden": 1}, SECRET, hide_presence=presence)
    assert isinstance(law, CellKeyNoise)
    assert (law.table.largest, law.table.variance, law.table.hidden) == (4, 1.5, 1)
    assert (law.secret, law.hide_presence) == (SECRET, presence)
    assert isinstance(law_of("perturb", {}, SECRET), CellKeyNoise)
    assert law_of("perturb", {}, SECRET).hide_presence is False  # type: ignore[attr-defined]


def test_what_is_left_out_is_that_of_the_catalogue() -> None:
    law = law_of("perturb", {}, SECRET)
    assert isinstance(law, CellKeyNoise)
    for table in (law.table, table_of()):
        assert table.largest == protection_limit("noise_largest")
        assert table.hidden == protection_limit("noise_hidden")
        low, high = variances(table.largest, hidden=table.hidden)
        assert table.variance == min(max(protection_limit("noise_variance"), low), high)


def test_no_count_is_hidden_where_0_is_asked_for() -> None:
    assert table_of(hidden=0).hidden == 0
    assert table_of(hidden=-1).hidden == protection_limit("noise_hidden")


def test_a_variance_that_is_left_out_lies_between_those_that_are_possible() -> None:
    assert table_of(largest=1, hidden=0).variance == 1.0
    assert table_of(largest=12, hidden=5).variance == variances(12, hidden=5)[0]
