"""Thresholds no figure can cross and models of what one side lacks are refused, with the line and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_selected import countersign, fan, figures, make, office, people, run


@pytest.mark.parametrize(
    ("indicators", "said"),
    [
        ("  a: {proportion: water = 'piped', threshold: 5}", "never crosses 5"),
        ("  a: {proportion: water = 'piped', threshold: 0}", "never crosses 0"),
        ("  a: {distribution: water, threshold: 1}", "never crosses 1"),
        ("  a: {median: income, threshold: 10}", "'a' is a median"),
        ("  a: {total: income, threshold: 10}", "'a' is a total"),
    ],
)
def test_a_threshold_that_says_nothing(indicators: str, said: str, tmp_path: Path) -> None:
    done = countersign("check", make(tmp_path / "study", indicators=indicators))
    assert done.exit_code == 2
    assert said in done.output
    assert "indicators.a.threshold" in done.output


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("[sexx]", "'sexx' is not a column of 'people'. Did you mean 'sex'?"),
        ("[water]", "'water' is not a column of 'office'"),
        ("[income]", "'income' holds numbers"),
    ],
)
def test_a_model_of_what_one_side_lacks(on: str, said: str, tmp_path: Path) -> None:
    rows = [row | {"income": 3} for row in office()]
    done = countersign("run", make(tmp_path / "study", reference=rows, rest=f"uncertainty: {{on: {on}}}"))
    assert done.exit_code == 2
    assert said in done.output
    assert "uncertainty.on" in done.output


def test_a_role_of_the_reference_sample_that_is_none(tmp_path: Path) -> None:
    folder = make(tmp_path / "study")
    text = (folder / "study.yaml").read_text("utf-8").replace("{stratum: area}", "{collector: area}")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    assert "collector" in countersign("check", folder).output


def test_variables_may_have_the_names_of_counts(tmp_path: Path) -> None:
    def renamed(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        return [
            {"size" if key == "sex" else "n" if key == "age" else key: value for key, value in row.items()}
            for row in rows
        ]

    indicators = "  piped: {proportion: water = 'piped', by: [size, n]}"
    run(
        make(
            tmp_path / "study",
            volunteers=renamed(people()),
            reference=renamed(office()),
            weights="weights: {rake: office, by: [size, n]}",
            indicators=indicators,
        )
    )


def test_calibrating_to_numbers_alone_makes_no_groups(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "study",
        volunteers=[row | {"age": int(row["id"]) % 50 + 20} for row in people()],
        reference=[row | {"age": place % 60 + 20} for place, row in enumerate(office())],
        weights="weights: {calibrate: office, numeric: {age: total}}",
    )
    row = figures(run(folder))["piped"]
    assert row["value"]
    assert not row["fan_lower"]
    if (folder / "release" / "fan.csv").exists():
        assert not fan(folder, "piped")
