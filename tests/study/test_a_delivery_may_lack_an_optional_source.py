"""A part of the country, or next year's round, may come without a table: the rest is reported, the gap is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from small_study import STUDY, countersign, write_study

EXTRA = STUDY.replace(
    "benchmark:",
    """  wells:
    optional: true
    file: data/wells.csv
    unit: well
benchmark:""",
).replace("indicators:\n", "indicators:\n  depth: {mean: metres, data: wells}\n")


def test_its_indicators_have_no_data_and_a_finding_says_why(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=EXTRA)
    result = countersign("run", folder)
    assert result.exit_code == 0, result.output
    with (folder / "release" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["figure_id"]: row for row in csv.DictReader(file)}
    assert (rows["depth"]["status"], rows["depth"]["value"]) == ("no_data", "")
    assert rows["piped"]["value"]
    found = json.loads((folder / "release" / "assessment.json").read_text(encoding="utf-8"))
    assert [(f["subject"], f["state"]) for f in found if f["check"] == "source_absent"] == [("wells", "warn")]


def test_where_it_is_there_it_is_used(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=EXTRA)
    (folder / "data" / "wells.csv").write_text("well,metres\n1,10\n2,20\n3,30\n", encoding="utf-8")
    assert countersign("run", folder).exit_code == 0
    with (folder / "release" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["figure_id"]: row for row in csv.DictReader(file)}
    assert rows["depth"]["value"] == "20"


def test_a_source_that_is_not_optional_is_needed(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=EXTRA.replace("    optional: true\n", ""))
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "wells.csv" in result.output
