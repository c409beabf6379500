"""The files other people build on: exact columns, exact numbers, nothing withheld, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from judged_samples import judged
from release_samples import SECRET, estimate, findings, litter, survey

from countersign.errors import StoreError
from countersign.model.estimate import CSV_PLAUSIBLE, EstimateTable, Status
from countersign.model.fan import Alternative, Fan, Part, PartKind, PlausibleRange
from countersign.model.finding import Finding, State
from countersign.publishing import write_assessment, write_comparison, write_estimates, write_fan
from countersign.publishing.assessment import schema
from countersign.publishing.delimited import cell, delimited
from countersign.publishing.sentences import write_sentences


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_estimates_have_the_published_columns_with_breakdowns_between(tmp_path: Path) -> None:
    assert write_estimates(survey().estimates, tmp_path / "estimates.csv") == len(survey().estimates)
    header = (tmp_path / "estimates.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "figure_id,indicator,series,unit,time,area,sex,by_area,value,standard_error,lower,upper,n,n_effective,"
        "method,convention,status,flags,note,plausible_lower,plausible_upper,fan_lower,fan_upper,"
        "total_error_lower,total_error_upper,selection_lower,selection_upper,limits_changed"
    )


def test_a_breakdown_named_like_a_fixed_column_does_not_overwrite_it(tmp_path: Path) -> None:
    write_estimates(survey().estimates, tmp_path / "estimates.csv")
    rows = read(tmp_path / "estimates.csv")
    assert {row["area"] for row in rows} == {"Example Land"}
    assert {row["by_area"] for row in rows} == {"", "urban", "rural"}


def test_a_total_has_an_empty_breakdown_and_numbers_survive_to_15_digits(tmp_path: Path) -> None:
    value = 0.123456789012345678
    table = EstimateTable(
        (estimate("x", "mean", value, 1 / 3, 47_564_296), estimate("x", "mean", 1e-7, 1e-9, 5, domain={"sex": "f"}))
    )
    write_estimates(table, tmp_path / "estimates.csv")
    first, second = read(tmp_path / "estimates.csv")
    assert first["sex"] == ""
    assert second["sex"] == "f"
    assert first["value"] == "0.123456789012346"
    assert float(second["value"]) == 1e-7
    assert first["n"] == "47564296"


def test_a_withheld_figure_keeps_its_row_and_loses_its_numbers_in_every_file(tmp_path: Path) -> None:
    release = survey()
    write_estimates(release.estimates, tmp_path / "estimates.csv")
    write_comparison(release.comparisons, release.estimates, tmp_path / "comparison.csv")
    (row,) = [row for row in read(tmp_path / "estimates.csv") if row["status"] == "suppressed"]
    assert [row[name] for name in ("value", "standard_error", "lower", "upper", "n", "n_effective")] == [""] * 6
    for file in tmp_path.iterdir():
        assert str(SECRET) not in file.read_text(encoding="utf-8")
        assert "0.1234567" not in file.read_text(encoding="utf-8")


def test_every_row_of_synthetic_data_says_so_and_no_other(tmp_path: Path) -> None:
    for release, marked in ((survey(), True), (survey(synthetic=False), False)):
        write_estimates(release.estimates, tmp_path / "estimates.csv")
        assert {row["note"].startswith("Synthetic data") for row in read(tmp_path / "estimates.csv")} == {marked}


def test_no_data_and_withheld_and_not_asked_stay_three_states(tmp_path: Path) -> None:
    gone = dict.fromkeys(("value", "lower", "upper", "standard_error"))
    states = (Status.NO_DATA, Status.SUPPRESSED, Status.NOT_ASKED)
    table = EstimateTable(tuple(replace(estimate("x", "mean", 1.0, 0.1, 0), status=state, **gone) for state in states))
    write_estimates(table, tmp_path / "estimates.csv")
    assert [row["status"] for row in read(tmp_path / "estimates.csv")] == ["no_data", "suppressed", "not_asked"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"
    (row,) = csv.DictReader(StringIO(delimited(["=evil"], [[text]]), newline=""))
    assert row == {"'=evil": f"'{text}"}


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert [cell(value) for value in (-1.5, -3, None, float("nan"), np.float64(-0.25), np.int64(-7), True, 2.0)] == [
        "-1.5", "-3", "", "", "-0.25", "-7", "true", "2",
    ]  # fmt: skip


def test_lines_end_with_a_line_feed_and_cells_with_commas_are_quoted() -> None:
    assert delimited(["a", "b"], [["x, y", 'say "no"'], ["é\n", 1]]) == 'a,b\n"x, y","say ""no"""\n"é\n",1\n'


def test_comparison_says_raw_weighted_and_reference_with_their_errors(tmp_path: Path) -> None:
    release = survey()
    write_comparison(release.comparisons, release.estimates, tmp_path / "comparison.csv")
    rows = read(tmp_path / "comparison.csv")
    food = next(row for row in rows if row["item"] == "Food help" and row["category"] == "yes")
    assert food["kind"] == "benchmark"
    assert float(food["raw_error"]) == pytest.approx(0.233 - 0.138)
    assert float(food["weighted_error"]) == pytest.approx(0.251 - 0.138)
    water = next(row for row in rows if row["figure_id"] == "water")
    assert (water["kind"], water["raw"], water["weighted"], water["reference"]) == ("truth", "0.571", "0.4413", "0.402")


def test_the_assessment_is_a_list_of_findings_that_meets_its_schema(tmp_path: Path) -> None:
    wild = {("a", "b"): np.arange(2), "set": {"y", "x"}, "nan": float("nan")}
    odd = Finding("E2", State.WARN, "cv", "Wide.", value=np.float64("inf"), count=np.int64(3), evidence=wild)
    assert write_assessment((*findings(), odd), survey().fitness, tmp_path / "assessment.json") == len(findings()) + 1
    found = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))
    assert isinstance(found, list)
    jsonschema.Draft202012Validator(schema("assessment")).validate(found)
    assert found[-1]["evidence"] == {"a x b": [0, 1], "set": ["x", "y"], "nan": None}
    assert (found[-1]["value"], found[-1]["count"]) == (None, 3)
    verdicts = json.loads((tmp_path / "fitness.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("fitness")).validate(verdicts)
    assert verdicts[0]["blocked"] == {"U4": ["E1"]}


def test_changed_limits_are_named_in_every_file(tmp_path: Path) -> None:
    release = judged()
    limits = release.plan.limits
    write_estimates(release.estimates, tmp_path / "estimates.csv", limits=limits)
    write_sentences(release.sentences, tmp_path / "sentences.csv", limits=limits)
    write_assessment(release.findings, release.fitness, tmp_path / "assessment.json", limits=limits)
    for name in ("estimates.csv", "sentences.csv"):
        assert {row["limits_changed"] for row in read(tmp_path / name)} == {"dissimilarity;U5.E3"}
    found = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("assessment")).validate(found)
    assert {one["criterion"]: one["limits_changed"] for one in found if one["limits_changed"]} == {
        "E1": ["dissimilarity"]
    }
    verdicts = json.loads((tmp_path / "fitness.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("fitness")).validate(verdicts)
    assert all(
        [change["by"] for change in one["limits_changed"]] == ["A. Statistician", "B. Office"] for one in verdicts
    )
    assert verdicts[2]["domain"] == {"area": "urban"}
    assert verdicts[0]["blockers"][1]["fix"].startswith("Recruit")
    write_estimates(release.estimates, tmp_path / "estimates.csv")
    assert {row["limits_changed"] for row in read(tmp_path / "estimates.csv")} == {""}


def test_the_schema_refuses_what_is_not_a_finding() -> None:
    record = {"criterion": "E1", "state": "maybe"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema("assessment")).validate([record])
    jsonschema.Draft202012Validator.check_schema(schema("assessment"))
    jsonschema.Draft202012Validator.check_schema(schema("fitness"))


def test_a_disk_that_refuses_is_an_error_that_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("countersign.publishing.writing.os.fsync", full)
    with pytest.raises(StoreError, match=r"No space left[\s\S]*What to do"):
        write_estimates(litter().estimates, tmp_path / "estimates.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_formats_page_names_every_column_and_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    from countersign.model.estimate import CSV_AFTER, CSV_BEFORE, CSV_LIMITS, CSV_PLAUSIBLE, CSV_VERSION
    from countersign.publishing.assessment import ASSESSMENT_VERSION, FITNESS_VERSION
    from countersign.publishing.exports import COMPARISON_COLUMNS, FAN_COLUMNS

    columns = (*CSV_BEFORE, *CSV_AFTER, *CSV_PLAUSIBLE, *CSV_LIMITS, *COMPARISON_COLUMNS, *FAN_COLUMNS)
    keys = schema("assessment")["items"]["properties"], schema("fitness")["items"]["properties"]
    for name in (*columns, *keys[0], *keys[1], *Status):
        assert f"`{name}`" in page, name
    assert f"estimates.csv, version {CSV_VERSION}" in page
    assert f"assessment.json, version {ASSESSMENT_VERSION}" in page
    assert f"fitness.json, version {FITNESS_VERSION}" in page


def test_a_withheld_figure_has_no_fan_and_the_others_list_every_estimator(tmp_path: Path) -> None:
    fan = Fan(
        (
            Alternative("unweighted", 0.3, 0.01, 0.28, 0.32, "those who took part are like the others"),
            Alternative("raking", 0.25, 0.02, 0.21, 0.29, "alike within cells", chosen=True),
            Alternative("doubly robust", None, None, None, None, "one of two models", reason="no reference sample"),
        )
    )
    whole = PlausibleRange((Part(PartKind.METHODS, 0.25, 0.3, "estimators"), Part(PartKind.SELECTION, 0.2, 0.4, "phi")))
    open_one = replace(estimate("x", "proportion", 0.25, 0.02, 50), fan=fan, plausible=whole)
    few = replace(estimate("y", "proportion", 0.5, 0.2, 4), fan=fan, plausible=whole)
    table = EstimateTable((open_one, few.withheld()))
    assert write_fan(table, tmp_path / "fan.csv") == 3
    rows = read(tmp_path / "fan.csv")
    assert [row["estimator"] for row in rows] == ["unweighted", "raking", "doubly robust"]
    assert [row["chosen"] for row in rows] == ["no", "yes", "no"]
    assert rows[2]["value"] == ""
    assert rows[2]["reason"] == "no reference sample"
    write_estimates(table, tmp_path / "estimates.csv")
    first, second = read(tmp_path / "estimates.csv")
    assert (first["plausible_lower"], first["plausible_upper"], first["fan_upper"]) == ("0.2", "0.4", "0.3")
    assert {second[name] for name in CSV_PLAUSIBLE} == {""}
