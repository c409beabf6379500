"""Each estimator beside a published figure is the verb of `countersign.inference` on the same two tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from self_selected import fan, figures, make, office, people, run

from countersign import inference

DESIGN = {"on": ["sex", "age"], "weight": "w", "strata": "area"}
ASKED = {"piped": "water = 'piped'", "income": "income"}


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows)


def verb(name: str, measure: str, by: list[str]) -> Any:
    model = "logistic" if measure == "piped" else "linear"
    volunteers, survey = table(people()), table(office())
    asked = {"mean": {measure: ASKED[measure]}, "by": by}
    if name == "mass imputation":
        return inference.impute_mass(volunteers, survey, **asked, model=model, **DESIGN)
    if name == "doubly robust":
        return inference.estimate_doubly_robust(volunteers, survey, **asked, **DESIGN)
    methods = {
        "inverse propensity": "mle",
        "calibrated propensity": "calibrated",
        "adjusted logistic propensity": "adjusted-logistic",
    }
    return inference.estimate_by_propensity(volunteers, survey, **asked, method=methods[name], **DESIGN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(make(tmp_path_factory.mktemp("fan") / "study"))


@pytest.mark.parametrize("measure", ["piped", "income"])
@pytest.mark.parametrize(
    "name",
    [
        "inverse propensity",
        "calibrated propensity",
        "adjusted logistic propensity",
        "mass imputation",
        "doubly robust",
    ],
)
def test_for_everybody(name: str, measure: str, folder: Path) -> None:
    found, expected = fan(folder, measure)[name], verb(name, measure, []).estimates[0]
    assert float(found["value"]) == pytest.approx(expected.value, rel=1e-9)
    assert float(found["standard_error"]) == pytest.approx(expected.standard_error, rel=1e-9)


@pytest.mark.parametrize("name", ["inverse propensity", "mass imputation", "doubly robust"])
def test_for_a_breakdown_that_the_reference_has(name: str, folder: Path) -> None:
    expected = {one.domain.get("village"): one for one in verb(name, "piped", ["village"])}
    for village in ("up", "down"):
        found = fan(folder, f"piped/village={village}")[name]
        assert float(found["value"]) == pytest.approx(expected[village].value, rel=1e-9)
        assert float(found["standard_error"]) == pytest.approx(expected[village].standard_error, rel=1e-9)


def test_the_unweighted_one_is_the_plain_share(folder: Path) -> None:
    rows = people()
    share = sum(row["water"] == "piped" for row in rows) / len(rows)
    assert float(fan(folder, "piped")["unweighted"]["value"]) == pytest.approx(share, rel=1e-12)


def test_one_is_chosen_and_it_is_the_published_figure(folder: Path) -> None:
    chosen = [one for one in fan(folder, "piped").values() if one["chosen"] == "yes"]
    assert [one["estimator"] for one in chosen] == ["raking"]
    for column in ("value", "lower", "upper"):
        assert chosen[0][column] == figures(folder)["piped"][column]


def test_the_totals_of_the_fan_are_its_smallest_and_largest_value(folder: Path) -> None:
    values = [float(one["value"]) for one in fan(folder, "piped").values() if one["value"]]
    row = figures(folder)["piped"]
    assert (float(row["fan_lower"]), float(row["fan_upper"])) == (min(values), max(values))


def test_what_the_reference_does_not_hold_is_said_not_dropped(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "village"} for row in office()]
    found = fan(run(make(tmp_path / "study", reference=rows)), "piped/village=up")
    assert found["inverse propensity"]["value"]
    for name in ("mass imputation", "doubly robust", "post-stratified model"):
        assert not found[name]["value"]
        assert "village" in found[name]["reason"]


def test_no_estimator_gives_a_share_below_nought(tmp_path: Path) -> None:
    """Nobody old has it and hardly anybody young: a linear model would go below 0 for some."""
    rows = people()
    for row in rows:
        row["water"] = "piped" if row["id"] in (2, 3) else "well"
    for one in fan(run(make(tmp_path / "study", volunteers=rows)), "piped").values():
        assert not one["value"] or 0 <= float(one["lower"]) <= float(one["value"]) <= float(one["upper"]) <= 1


def test_where_nobody_says_yes_the_intervals_are_not_empty(tmp_path: Path) -> None:
    rows = people()
    for row in rows:
        row["water"] = "well"
    folder = run(make(tmp_path / "study", volunteers=rows, rest="protection: {minimum_contributors: 0}"))
    assert float(fan(folder, "piped")["unweighted"]["upper"]) > 0.02  # 3 / n, the rule of three
