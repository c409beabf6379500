"""Rows become a table with all totals, and with the people and households behind each cell."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import countersign
from cell_reference import columns_of, shared_table
from countersign.errors import ProtectionError
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.reading import hierarchies_of
from countersign.protection.cells.tabulating import tabulate
from real_data import shared

PLACES = Hierarchy("place", {"T": "", "a": "T", "a1": "a", "a2": "a", "b": "T", "b1": "b", "c": "T"})
ABOVE = {**PLACES.parents, "not stated": "T", "a, not stated": "a"}


def tabulated(table: pd.DataFrame | Path, by: Sequence[Hierarchy | str], engine: str = "duckdb", **options: str) -> Any:
    dataset = countersign.read(table, engine=engine)  # its files live as long as it does
    return tabulate(dataset.kept(), by, **options)


def people(count: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "place": draw.choice(["a1", "a2", "b1", "c", "a", None], count, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1]),
            "sex": draw.choice(["m", "f"], count),
            "who": draw.integers(0, count // 3 + 1, count).astype(float),
            "home": draw.integers(0, count // 4 + 1, count).astype(str),
            "spent": draw.gamma(1, 10, count).round(1),
        }
    )
    table.loc[draw.random(count) < 0.05, "who"] = np.nan
    table.loc[draw.random(count) < 0.05, "spent"] = np.nan
    return table


def by_hand(table: pd.DataFrame, place: str, sex: str) -> dict[str, Any]:
    """Count one cell record by record."""

    def inside(code: str) -> bool:
        while code:
            if code == place:
                return True
            code = ABOVE[code]
        return False

    at = table["place"].fillna("not stated").replace("a", "a, not stated")
    own = table[at.map(inside) & ((table["sex"] == sex) | (sex == "Total"))]
    by_person = own.assign(who=own["who"].fillna(-1)).groupby("who")["spent"].sum().sort_values(ascending=False)
    return {
        "records": len(own),
        "people": own["who"].fillna(-1).nunique(),
        "homes": own["home"].nunique(),
        "spent": own["spent"].sum(),
        "largest": [*by_person.tolist()[:3], 0.0, 0.0, 0.0][:3],
        "largest_record": [*own["spent"].sort_values(ascending=False).tolist()[:3], 0.0, 0.0, 0.0][:3],
    }


@pytest.mark.parametrize("engine", ["duckdb", "polars", pytest.param("spark", marks=pytest.mark.slow)])
def test_every_cell_is_what_counting_by_hand_gives(engine: str) -> None:
    table = people(200, seed=1)
    counts = tabulated(table, [PLACES, "sex"], engine, contributor="who", household="home")
    sums = tabulated(table, [PLACES, "sex"], engine, magnitude="spent", contributor="who")
    alone = tabulated(table, [PLACES, "sex"], engine, magnitude="spent")
    assert counts.cells == sums.cells == alone.cells
    assert len(counts) == len(ABOVE) * 3
    told = table[table["spent"].notna()]
    assert counts.households is not None
    assert sums.largest is not None
    assert alone.largest is not None
    for cell, (place, sex) in enumerate(counts.cells):
        every, some = by_hand(table, place, sex), by_hand(told, place, sex)
        assert counts.values[cell] == every["records"]
        assert counts.contributors[cell] == every["people"]
        assert counts.households[cell] == every["homes"]
        assert sums.values[cell] == pytest.approx(some["spent"])
        assert sums.contributors[cell] == some["people"]
        assert sums.largest[cell].tolist() == pytest.approx(some["largest"])
        assert alone.contributors[cell] == some["records"]
        assert alone.largest[cell].tolist() == pytest.approx(some["largest_record"])


@pytest.mark.parametrize(("count", "seed"), [(1, 5), (2, 6), (7, 7), (12, 8), (30, 9)])
def test_contributors_of_a_total_are_counted_once(count: int, seed: int) -> None:
    table = people(count, seed)
    found = tabulated(table, [PLACES, "sex"], contributor="who")
    for cell, (place, sex) in enumerate(found.cells):
        assert found.contributors[cell] == by_hand(table, place, sex)["people"]


@pytest.mark.parametrize("name", ["tab_synth2d_s11", "tab_synth3d_s21"])
def test_the_records_of_the_synthetic_tables_give_the_cells_of_sdctable(name: str) -> None:
    hierarchies = hierarchies_of(columns_of("protection", f"{name}_hierarchies.csv"))
    found = tabulated(shared("protection", f"{name}_microdata.csv"), hierarchies)
    published = shared_table(name, "primary").table
    wanted = dict(zip(published.cells, published.values.tolist(), strict=True))
    assert dict(zip(found.cells, found.values.tolist(), strict=True)) == wanted
    assert {(found.cells[t], frozenset(found.cells[p] for p in parts)) for t, parts in found.equations} == {
        (published.cells[t], frozenset(published.cells[p] for p in parts)) for t, parts in published.equations
    }


def test_the_largest_contributions_of_the_test_data_are_those_of_its_records() -> None:
    path = shared("protection", "tab_microdata1_microdata.csv")
    found = tabulated(path, ["region", "gender"], magnitude="val", total="total")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert found.largest is not None
    for cell, (region, gender) in enumerate(found.cells):
        own = sorted(
            (float(r["val"]) for r in rows if region in (r["region"], "total") and gender in (r["gender"], "total")),
            reverse=True,
        )
        assert found.largest[cell].tolist() == [*own, 0.0, 0.0, 0.0][:3]


def test_numbers_and_conditions_are_codes_as_people_write_them() -> None:
    table = pd.DataFrame({"grade": [1.0, 2.0, 2.0], "member": [True, False, True]})
    found = tabulated(table, ["grade", "member"])
    assert {cell[0] for cell in found.cells} == {"Total", "1", "2"}
    assert {cell[1] for cell in found.cells} == {"Total", "true", "false"}


def test_categories_are_sorted_as_people_do() -> None:
    table = pd.DataFrame({"sex": ["m", "f"] * 3, "grade": ["10", "9", None, "x", "b", "-1"]})
    found = tabulated(table, ["sex", "grade"])
    assert [cell[1] for cell in found.cells[:7]] == ["Total", "-1", "9", "10", "b", "x", "not stated"]


def test_a_category_named_total_is_refused_for_it_would_be_added_to_itself() -> None:
    table = pd.DataFrame({"sex": ["m", "f", "Total"]})
    with pytest.raises(ProtectionError, match="already hold totals"):
        tabulated(table, ["sex"])
    assert len(tabulated(table, ["sex"], total="All")) == 4


def test_a_category_in_no_hierarchy_is_refused_and_named_only_if_it_is_not_rare() -> None:
    table = pd.DataFrame({"place": ["a1"] * 5 + ["zzz"] * 2 + ["yyy"] * 3})
    with pytest.raises(ProtectionError) as caught:
        tabulated(table, [PLACES])
    assert "2 categories (5 records)" in caught.value.problem
    assert "'yyy'" in caught.value.problem
    assert "zzz" not in str(caught.value)


@pytest.mark.parametrize("column", ["magnitude", "contributor", "household"])
def test_an_unknown_column_is_refused_with_the_nearest(column: str) -> None:
    with pytest.raises(ProtectionError, match="Did you mean 'spent'"):
        tabulated(people(9, 1), ["sex"], **{column: "spend"})
    with pytest.raises(ProtectionError, match="There is no column 'sexe'"):
        tabulated(people(9, 1), ["sexe"])


def test_a_magnitude_below_zero_is_refused() -> None:
    table = pd.DataFrame({"sex": ["m", "f"], "balance": [3.0, -0.01]})
    with pytest.raises(ProtectionError, match="below zero"):
        tabulated(table, ["sex"], magnitude="balance")
    table["balance"] = [3.0, 0.0]
    assert tabulated(table, ["sex"], magnitude="balance").values.tolist() == [3, 0, 3]


def test_nothing_to_tabulate_is_said() -> None:
    table = pd.DataFrame({"sex": ["m", "f"], "balance": [None, None]}).astype({"balance": float})
    with pytest.raises(ProtectionError, match="nothing to tabulate"):
        tabulated(table, ["sex"], magnitude="balance")


def test_a_variable_crossed_with_itself_and_a_table_too_large_are_refused() -> None:
    table = pd.DataFrame({"sex": ["m", "f"], **{f"v{n}": [str(n), "x"] for n in range(15)}})
    with pytest.raises(ProtectionError, match="crosses itself"):
        tabulated(table, ["sex", "sex"])
    with pytest.raises(ProtectionError, match="at least one variable"):
        tabulated(table, [])
    with pytest.raises(ProtectionError, match="14,348,907 cells"):
        tabulated(table, [f"v{n}" for n in range(15)])
