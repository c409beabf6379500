"""Every value of every record of the published reference results, to 1e-9."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as csv
import pytest

import countersign
from countersign import disclosure
from real_data import shared

KEYS = ["urbrur", "roof", "walls", "water", "electcon", "relat", "sex"]


def read(name: str, engine: str = "duckdb") -> Any:
    return countersign.read(shared("protection", f"micro_{name}_input.csv"), engine=engine)


def expected(name: str) -> dict[str, Any]:
    table = csv.read_csv(shared("protection", f"micro_{name}.csv"))
    return {column: table.column(column).to_numpy() for column in table.column_names}


def facts(name: str) -> Any:
    return json.loads(Path(shared("protection", f"micro_{name}_expected.json")).read_text(encoding="utf-8"))


def same(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_every_record_of_the_household_survey(engine: str) -> None:
    data, wanted = read("testdata7", engine), expected("testdata7_per_record")
    risk = disclosure.measure_risk(
        data, keys=KEYS, weight="sampling_weight", household="ori_hid", sensitive="age", missing="any"
    )
    found = risk.by_record().columns
    assert found["row"].tolist() == wanted["row"].tolist()
    for name, ours in (
        ("fk", "fk"),
        ("Fk", "Fk"),
        ("risk", "risk"),
        ("l_distinct", "l_distinct_age"),
        ("l_entropy", "l_entropy_age"),
    ):
        same(found[ours], wanted[name])
    same(found["household_risk"], expected("testdata7_household_per_record")["hier_risk"])
    special = disclosure.measure_suda(data, keys=KEYS).by_record().columns
    same(special["suda_score"], wanted["suda_score"])
    same(special["suda_dis"], wanted["suda_dis"])


def test_every_record_of_the_textbook_case() -> None:
    keys = ["Key1", "Key2", "Key3", "Key4"]
    data, wanted = read("francdat"), expected("francdat_per_record")
    found = disclosure.measure_risk(data, keys=keys, weight="w").by_record().columns
    for name in ("fk", "Fk", "risk"):
        same(found[name], wanted[name])
    special = disclosure.measure_suda(data, keys=keys).by_record().columns
    same(special["suda_score"], wanted["suda_score"])
    same(special["suda_dis"], wanted["suda_dis"])


@pytest.mark.parametrize(("name", "weight"), [("testdata7", "sampling_weight"), ("francdat", "w")])
def test_the_sums(name: str, weight: str) -> None:
    wanted = facts(name)
    [found] = disclosure.measure_risk(read(name), keys=wanted["keys"], weight=weight).counted
    assert found.alone == wanted["sample_uniques"]
    assert found.below == {k: wanted[f"k{k}_violations"] for k in (2, 3, 5)}
    assert found.groups == wanted["n_equivalence_classes"]
    assert found.population == pytest.approx(wanted["expected_reidentifications"], rel=1e-12)
    assert found.highest_population == pytest.approx(wanted["risk"]["max"], rel=1e-12)
    special = disclosure.measure_suda(read(name), keys=wanted["keys"])
    assert special.score == wanted["suda2"]["score"]["sum"]
    assert special.alone == wanted["suda2"]["n_score_gt0"]
    assert special.expected == pytest.approx(wanted["suda2"]["dis"]["sum"], rel=1e-9)


def test_the_sums_of_households_and_answers() -> None:
    wanted, living = facts("testdata7"), facts("testdata7_household")
    risk = disclosure.measure_risk(
        read("testdata7"), keys=KEYS, weight="sampling_weight", household="ori_hid", sensitive=["age"]
    )
    [found], [learnt] = risk.counted, risk.learnt
    assert found.household_population == pytest.approx(living["hier_exp_reid"], rel=1e-12)
    assert learnt.distinct == wanted["ldiversity"]["min_distinct"]
    assert learnt.below == {
        2: wanted["ldiversity"]["n_records_distinct_lt2"],
        3: wanted["ldiversity"]["n_records_distinct_lt3"],
    }
