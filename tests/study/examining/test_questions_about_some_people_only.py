"""An indicator with 'where' speaks of some people; everything said of it speaks of the same."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from self_selected import countersign, fan, figures, make, office, people, run, write

from countersign import inference

VILLAGE = "  piped: {proportion: water = 'piped', where: village = 'up'}"


def test_a_distribution_keeps_to_it(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "study", weights="", indicators="  water: {distribution: water, where: village = 'up', by: [sex]}"
    )
    found = figures(run(folder))
    up = [row for row in people() if row["village"] == "up"]
    assert float(found["water:piped"]["value"]) == pytest.approx(
        sum(row["water"] == "piped" for row in up) / len(up), rel=1e-12
    )
    assert int(found["water:piped"]["n"]) == len(up)
    women = [row["water"] for row in up if row["sex"] == "f"]
    assert float(found["water:well/sex=f"]["value"]) == pytest.approx(women.count("well") / len(women), rel=1e-12)


def test_a_distribution_of_nobody_is_refused_or_reported(tmp_path: Path) -> None:
    text = "  water: {{distribution: water, where: village = 'none'{}}}"
    refused = countersign("run", make(tmp_path / "refused", indicators=text.format("")))
    assert refused.exit_code == 2
    assert "selects nobody" in refused.output
    found = figures(run(make(tmp_path / "reported", indicators=text.format(", if_empty: report"))))
    assert [row["status"] for row in found.values()] == ["no_data"]


def test_imputation_predicts_for_those_people_of_the_reference(tmp_path: Path) -> None:
    found = fan(run(make(tmp_path / "study", indicators=VILLAGE)), "piped")
    tables = [pa.Table.from_pylist([row for row in rows if row["village"] == "up"]) for rows in (people(), office())]
    expected = inference.impute_mass(
        *tables, mean={"piped": "water = 'piped'"}, model="logistic", on=["sex", "age"], weight="w", strata="area"
    ).estimates[0]
    assert float(found["mass imputation"]["value"]) == pytest.approx(expected.value, rel=1e-9)


def test_chances_to_take_part_are_those_of_everybody(tmp_path: Path) -> None:
    found = fan(run(make(tmp_path / "study", indicators=VILLAGE)), "piped")["inverse propensity"]
    every = inference.estimate_by_propensity(
        pa.Table.from_pylist(people()),
        pa.Table.from_pylist(office()),
        mean={"piped": "water = 'piped'"},
        by=["village"],
        on=["sex", "age"],
        weight="w",
        strata="area",
    )
    expected = next(one.value for one in every if one.domain == {"village": "up"})
    assert float(found["value"]) == pytest.approx(expected, rel=1e-9)


def test_a_reference_that_does_not_know_them_says_so(tmp_path: Path) -> None:
    indicators = "  piped: {proportion: water = 'piped', where: income > 12}"
    found = fan(run(make(tmp_path / "study", indicators=indicators)), "piped")
    assert found["inverse propensity"]["value"]
    for name in ("mass imputation", "doubly robust", "post-stratified model"):
        assert found[name]["reason"] == "the benchmark does not say whom this question is about"


def test_a_question_put_to_some_is_about_these(tmp_path: Path) -> None:
    folder = make(tmp_path / "study", indicators="  income: {mean: income}")
    text = (folder / "study.yaml").read_text("utf-8")
    asked = "unit: person, variables: {income: {type: number, asked_if: water = 'piped'}}}"
    (folder / "study.yaml").write_text(text.replace("unit: person}", asked), encoding="utf-8")
    rows = [row | {"income": row["income"] if row["water"] == "piped" else ""} for row in people()]
    write(folder / "people.csv", rows)
    assert not fan(run(folder), "income")["mass imputation"]["value"]
    assert fan(folder, "income")["inverse propensity"]["value"]
