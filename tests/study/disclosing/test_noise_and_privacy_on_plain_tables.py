"""disclosure.perturb, round_counts and count_privately on tables of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from countersign import disclosure
from countersign.errors import ArgumentError, DataError, ProtectionError, StoreError
from countersign.evidence.ledger import Ledger


@pytest.fixture
def records() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    n = 600
    return pd.DataFrame(
        {
            "id": [f"r{number}" for number in range(n)],
            "who": rng.integers(0, 150, n),
            "area": rng.choice(["North", "South", "West"], n, p=[0.6, 0.39, 0.01]),
            "sex": rng.choice(["f", "m", None], n),
            "kg": rng.gamma(2, 10, n).round(1),
        }
    )


@pytest.fixture
def secret(tmp_path: Path) -> str:
    return str(tmp_path / ".secrets" / "noise.key")


def cells(found: Any, *names: str) -> dict[tuple[str, ...], dict[str, Any]]:
    return {tuple(row[name] for name in names): row for row in found.rows()}


def test_every_cell_and_total_is_within_the_largest_change(records: pd.DataFrame, secret: str) -> None:
    found = cells(disclosure.perturb(records, by=["area", "sex"], id="id", secret=secret), "area", "sex")
    filled = records.fillna({"sex": ""})
    for area in ("North", "South", "West", "Total"):
        for sex in ("f", "m", "", "Total"):
            true = len(filled[((filled.area == area) | (area == "Total")) & ((filled.sex == sex) | (sex == "Total"))])
            if (area, sex) in found:
                row = found[area, sex]
                assert abs(row["count"] - true) <= 5
                assert row["least"] <= true <= row["most"]
                assert row["count"] not in (1, 2)
            else:
                assert true == 0


def test_tables_of_every_kind_and_order_give_the_same(records: pd.DataFrame, secret: str) -> None:
    shuffled = records.sample(frac=1, random_state=1)
    first = disclosure.perturb(records, by=["area", "sex"], id="id", secret=secret, total="kg")
    for table in (
        shuffled,
        pl.from_pandas(shuffled),
        pa.Table.from_pandas(shuffled, preserve_index=False),
    ):
        again = disclosure.perturb(table, by=["sex", "area"], id="id", secret=secret, total="kg")
        assert {k: (r["count"], round(r["total"], 6)) for k, r in cells(first, "area", "sex").items()} == {
            k: (r["count"], round(r["total"], 6)) for k, r in cells(again, "area", "sex").items()
        }


def test_another_secret_gives_other_noise_and_the_secret_is_for_its_owner(
    records: pd.DataFrame, tmp_path: Path
) -> None:
    counts = []
    for name in ("a", "b"):
        path = tmp_path / ".secrets" / name
        counts.append(disclosure.perturb(records, by=["area", "sex"], id="id", secret=str(path)).counts.tolist())
        assert path.stat().st_mode & 0o077 == 0
        assert path.read_text().strip() not in str(disclosure.perturb(records, by=["area"], id="id", secret=str(path)))
    assert counts[0] != counts[1]


def test_people_are_counted_once(records: pd.DataFrame, secret: str) -> None:
    found = cells(disclosure.perturb(records, by="area", id="id", person="who", secret=secret, total="kg"), "area")
    for area, true in records.groupby("area").who.nunique().items():
        assert abs(found[(str(area),)]["count"] - true) <= 5
    assert abs(found[("Total",)]["count"] - records.who.nunique()) <= 5
    top = records.groupby("who").kg.sum().max()
    unit = next(step for step in (100, 200, 500) if step >= top)
    assert 0 < abs(found[("Total",)]["total"] - records.kg.sum()) <= 5.5 * unit


def test_the_same_people_by_another_filter_have_the_same_count(records: pd.DataFrame, secret: str) -> None:
    by_table = cells(disclosure.perturb(records, by=["sex", "area"], id="id", secret=secret), "sex", "area")
    by_filter = disclosure.perturb(
        records, by=[], id="id", secret=secret, where="area = 'North' and sex = 'f' and kg >= 0"
    )
    assert by_filter.rows()[0]["count"] == by_table["f", "North"]["count"]


def test_where_presence_is_hidden_a_total_may_differ_from_its_only_part(records: pd.DataFrame, secret: str) -> None:
    only = records[records.area == "North"]

    def shown(*, hide: bool) -> list[bool]:
        found = [
            cells(
                disclosure.perturb(only, by="area", id="id", secret=secret, hide_presence=hide, where=f"kg > {least}"),
                "area",
            )
            for least in range(8)
        ]
        return [each[("North",)]["count"] == each[("Total",)]["count"] for each in found]

    assert all(shown(hide=False))
    assert not all(shown(hide=True))


def test_rounded_counts_are_multiples(records: pd.DataFrame, secret: str) -> None:
    for how in ("random", "nearest", "controlled"):
        found = disclosure.round_counts(records, by=["area", "sex"], how=how, id="id", secret=secret)
        assert not (found.counts % 5).any()
        assert found.additive == (how == "controlled")
    whole = cells(found, "area", "sex")
    assert whole["North", "Total"]["count"] == sum(whole["North", sex]["count"] for sex in ("f", "m", ""))
    assert whole["West", "Total"]["count"] == sum(whole["West", sex]["count"] for sex in ("f", "m", ""))
    assert disclosure.round_counts(records, by="area", how="nearest", base=100).counts.tolist()[-1] == 600


def test_rounding_at_random_needs_to_know_records_again(records: pd.DataFrame, secret: str) -> None:
    for settings in ({}, {"id": "id"}, {"secret": secret}):
        with pytest.raises(ArgumentError, match="needs to know each record again"):
            disclosure.round_counts(records, by="area", **settings)
    with pytest.raises(ArgumentError):
        disclosure.round_counts(records, by="area", how="up")


def test_odd_input_is_refused_in_plain_words(records: pd.DataFrame, secret: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column 'are'"):
        disclosure.perturb(records, by="are", id="id", secret=secret)
    with pytest.raises(ProtectionError, match="variance from 2 to 5"):
        disclosure.perturb(records, by="area", id="id", secret=secret, variance=9)
    lacking = records.assign(id=records.id.where(records.index > 2))
    with pytest.raises(ProtectionError, match="3 rows have no 'id'"):
        disclosure.perturb(lacking, by="area", id="id", secret=secret)
    (tmp_path / "bad.key").write_text("guess me\n")
    with pytest.raises(StoreError, match="64 hexadecimal digits"):
        disclosure.perturb(records, by="area", id="id", secret=str(tmp_path / "bad.key"))


def test_an_empty_table_has_nothing_to_show(records: pd.DataFrame, secret: str) -> None:
    assert disclosure.perturb(records, by="area", id="id", secret=secret, where="kg > 1e9").rows() == []


# Public counters ----------------------------------------------------------------------------------------------------

AREAS = {"area": ["North", "South", "West", "East"]}


def counter(records: Any, ledger: str, **more: Any) -> Any:
    settings = {"categories": AREAS, "epsilon": 0.5, "budget": 1.0, "question": "visits by area", "person": "who"}
    return disclosure.count_privately(records, ledger=ledger, **(settings | more))


def test_a_public_counter_counts_each_person_as_often_as_said(records: pd.DataFrame, tmp_path: Path) -> None:
    found = cells(counter(records, str(tmp_path / "l"), epsilon=900.0, budget=1000.0, at_most=2), "area")
    first_two = records.assign(place=records.area.map({"North": 0, "South": 1, "West": 2}))
    kept = first_two.sort_values(["who", "place"]).groupby("who").head(2).area.value_counts()
    assert [found[(area,)]["count"] for area in AREAS["area"]] == [kept.get(area, 0) for area in AREAS["area"]]
    every = cells(counter(records, str(tmp_path / "m"), epsilon=900.0, budget=1000.0, person="", at_most=1), "area")
    assert every[("North",)]["count"] == (records.area == "North").sum()
    assert every[("East",)]["count"] == 0


def test_the_ledger_remembers_and_refuses(records: pd.DataFrame, tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.jsonl")
    first = counter(records, ledger)
    assert counter(records, ledger) == first
    assert disclosure.privacy_spent(ledger).spent == 0.5
    counter(records, ledger, where="sex = 'f'")
    assert disclosure.privacy_spent(ledger).left == 0
    with pytest.raises(StoreError, match="budget is used up"):
        counter(records, ledger, question="another")
    assert disclosure.allow_privacy(ledger, budget=2, by="The assembly", reason="A second year").left == 1.0
    counter(records, ledger, question="another", budget=2.0)


def test_a_wrong_question_costs_nothing(records: pd.DataFrame, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    for wrong, error in (
        ({"epsilon": 0.0}, ProtectionError),
        ({"categories": ["area"]}, ArgumentError),
        ({"categories": {"area": "North"}}, ArgumentError),
        ({"categories": {"area": []}}, ArgumentError),
        ({"question": "  "}, ArgumentError),
        ({"person": "", "at_most": 3}, ArgumentError),
        ({"categories": {"aera": ["North"]}}, DataError),
        ({"person": "whom"}, DataError),
    ):
        with pytest.raises(error):
            counter(records, str(ledger), **wrong)
    assert Ledger(ledger).read().spent == 0.0


def test_records_of_other_categories_do_not_use_up_what_a_person_counts(tmp_path: Path) -> None:
    table = pd.DataFrame({"who": ["a", "a", "b"], "area": ["Mars", "North", "North"]})
    found = counter(table, str(tmp_path / "l"), epsilon=900.0, budget=900.0)
    assert cells(found, "area")[("North",)]["count"] == 2
