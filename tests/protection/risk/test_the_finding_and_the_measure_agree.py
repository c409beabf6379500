"""The finding `sample_uniques` and `countersign risk` count the same people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from countersign.cli import main

STUDY = """
countersign: 1
title: {{en: "A village"}}
initiative: {{organiser: {{name: us, kind: cso}}, selection: opportunistic, level: local}}
population: {{who: everybody, area: village, period: 2025}}
use: U1
data:
  people:
    file: people.csv
    unit: person
    roles: {{area: district, age: age, weight: w}}
    variables:
      district: {{type: category}}
      sex: {{type: category}}
      age: {{type: integer}}
      job: {{type: category}}
      home: {{type: category}}
      w: {{type: number}}
indicators:
  jobs: {{proportion: "job = 'a'", by: [sex]}}
{protection}
"""
ROWS = ["n,f,30,a,1,2", "n,f,30,b,1,2", "n,m,30,a,2,3", "s,f,80,b,3,1", "s,f,,b,4,1", "s,f,81,b,5,1"]


def study(folder: Path, protection: str = "") -> Path:
    (folder / "study.yaml").write_text(STUDY.format(protection=protection), encoding="utf-8")
    (folder / "people.csv").write_text("\n".join(["district,sex,age,job,home,w", *ROWS]) + "\n", encoding="utf-8")
    return folder


def said(*words: str) -> dict[str, object]:
    done = CliRunner().invoke(main, [*words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.output)
    return found


@pytest.mark.parametrize(
    ("protection", "keys", "alone"),
    [("", ["district", "age", "sex"], 4), ("protection: {keys: [district, job]}", ["district", "job"], 1)],
)
def test_they_count_alike(tmp_path: Path, protection: str, keys: list[str], alone: int) -> None:
    from countersign.study import Study

    folder = study(tmp_path, protection)
    with Study.open(folder) as opened:
        risk, special = opened.risk()
        [finding] = [one for one in opened.assess()[0] if one.check == "sample_uniques"]
    assert list(risk.keys) == keys == finding.evidence["variables"]
    assert risk.counted[0].alone == special.alone == finding.count == alone
    assert risk.counted[0].groups == finding.evidence["groups"]
    assert risk.counted[0].smallest == finding.evidence["k"]


def test_the_command_says_it_and_writes_a_page_without_a_value_of_a_row(tmp_path: Path) -> None:
    folder = study(tmp_path, "protection: {keys: [district, age, sex], sensitive: job, household: home, k: 2}")
    found = said("risk", str(folder))
    assert found["keys_from"] == "declared"
    assert found["missing"] == {"age": 1}
    measures = {(one["measure"], one["missing"]): one["value"] for one in found["measures"]}  # type: ignore[attr-defined]
    assert measures["alone", "own"] == 4
    assert measures["alone", "any"] == 1
    assert measures["expected_prosecutor", "own"] == pytest.approx(5)
    assert ("expected_household_population", "own") in measures
    assert ("job: in_groups_with_fewer_than_2_answers", "own") in measures
    page = (folder / "risk.html").read_text(encoding="utf-8")
    assert "4 (67 %) stand alone" in page
    assert ">81<" not in page


def test_before_collection_a_form_and_a_table_are_enough(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    survey.append(["type", "name", "label", "countersign::key", "countersign::sensitive"])
    survey.append(["select_one sexes", "sex", "Sex", "yes", ""])
    survey.append(["select_one yn", "seen", "Seen by a doctor", "", "yes"])
    survey.append(["select_one jobs", "job", "Job", "yes", ""])
    choices = book.create_sheet("choices")
    choices.append(["list_name", "name", "label"])
    for of, name in (("sexes", "f"), ("sexes", "m"), ("yn", "y"), ("yn", "n"), *(("jobs", f"j{n}") for n in range(9))):
        choices.append([of, name, name])
    book.save(tmp_path / "form.xlsx")
    (tmp_path / "people.csv").write_text("sex,count\nf,500\nm,500\n", encoding="utf-8")
    words = ["risk", str(tmp_path / "form.xlsx"), "--out", str(tmp_path / "page.html")]
    asked = ["--population", str(tmp_path / "people.csv"), "--respondents", "20"]
    found = said(*words, *asked)
    assert found["keys"] == ["sex", "job"]
    rows = {one["measure"]: one["value"] for one in found["rows"]}  # type: ignore[attr-defined]
    assert rows["alone"] == pytest.approx((17 / 18) ** 19)
    assert any("Nobody may learn: seen" in one for one in found["said"])  # type: ignore[attr-defined]
    assert any("equally frequent" in one for one in found["said"])  # type: ignore[attr-defined]
    assert (tmp_path / "page.html").is_file()
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == 2
    assert "--respondents 1000" in refused.output + (refused.stderr or "")


def test_keys_marked_in_the_form_are_taken_by_a_study(tmp_path: Path) -> None:
    import openpyxl

    folder = study(tmp_path, "form: form.xlsx")
    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    survey.append(["type", "name", "label", "countersign::key", "countersign::sensitive"])
    survey.append(["text", "district", "District", "yes", ""])
    survey.append(["text", "job", "Job", "", "yes"])
    book.save(folder / "form.xlsx")
    found = said("risk", str(folder))
    assert (found["keys"], found["keys_from"], found["sensitive"]) == (["district"], "form", ["job"])


def test_a_mark_that_is_none_is_refused(tmp_path: Path) -> None:
    import openpyxl

    from countersign.errors import FormError
    from countersign.forms import read_form

    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    survey.append(["type", "name", "label", "countersign::key"])
    survey.append(["text", "district", "District", "perhaps"])
    book.save(tmp_path / "form.xlsx")
    with pytest.raises(FormError, match="marked or not"):
        read_form(tmp_path / "form.xlsx")
