"""A study with an official series says what it fills, and who is left behind, in files of its release."""

from __future__ import annotations

import csv

from small_study import STUDY, countersign, write_study

from countersign import Study
from countersign.model.finding import State
from countersign.model.gap import Lack
from real_data import shared

OFFICIAL = """\
official:
  bureau:
    file: data/official.csv
    source: Bureau, household survey 2019
    indicator: piped
    value: percent
    scale: 0.01
    year: year
    by: sex
    variables: {sex: {column: Sex, recode: {FEMALE: f, MALE: m}}}
    concept: same
    published: 2021-06-30
"""
FIGURES = "year,Sex,percent\n2019,BOTHSEX,36\n2019,FEMALE,41\n2012,MALE,30\n"


def write(folder):
    write_study(folder, study=STUDY + OFFICIAL)
    (folder / "data" / "official.csv").write_text(FIGURES, encoding="utf-8")
    return folder


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_release_says_what_is_lacking_and_what_could_fill_it(tmp_path):
    with Study.open(write(tmp_path)) as study:
        release = study.run()
        findings = {(f.check, f.subject): f for f in study.findings}
        digests = study.digests()
    rows = read(release / "gaps.csv")
    assert len(rows) == len(read(release / "estimates.csv"))
    lack = {row["figure_id"]: row["lack"] for row in rows if row["indicator"] == "piped"}
    assert {row["lack"] for row in rows if row["indicator"] == "fetching"} == {"unknown"}
    kinds = {
        (row["group"], row["lack"], row["official_year"], row["filled_by"] != "")
        for row in rows
        if row["indicator"] == "piped" and "region" not in row["group"]
    }
    assert ("", "covered", "2019", False) in kinds
    assert ("sex=f", "covered", "2019", False) in kinds
    assert ("sex=m", "too_old", "2012", True) in kinds
    assert list(lack.values()).count("not_disaggregated") == 6
    assert findings["gap", "piped"].count == 7
    assert findings["gap", "fetching"].state is State.NOT_ASSESSED
    # 2019 and 2012 are not 2024: nothing to compare.
    assert findings["coherence", "piped"].evidence["pairs"] == 0
    assert len(digests) == len(set(digests))


def test_the_file_of_an_official_series_is_kept_and_on_the_trail(tmp_path):
    with Study.open(write(tmp_path)) as study:
        study.run()
        verbs = [activity.verb for activity in study.release.trail]
        names = {artefact.name for artefact in study.release.artefacts.values()}
    assert "take_in_official" in verbs
    assert "official.csv" in names


def test_the_release_says_who_is_left_behind(tmp_path):
    with Study.open(write(tmp_path)) as study:
        release = study.run()
        table = study.coverage_table
    rows = {(row["variable"], row["category"]): row for row in read(release / "leave_nobody_behind.csv")}
    assert set(rows) == {("sex", "f"), ("sex", "m"), ("region", "east"), ("region", "west")}
    assert rows["sex", "f"]["n"] == "24"
    assert rows["sex", "f"]["publishable"] == "no"
    assert int(rows["sex", "f"]["needed"]) >= 6
    assert [row.n for row in table if row.variable == "region"] == [32, 16]


def test_a_column_that_the_official_file_lacks_is_refused_with_line_and_key(tmp_path):
    write_study(tmp_path, study=STUDY + OFFICIAL.replace("year: year", "year: yaer"))
    (tmp_path / "data" / "official.csv").write_text(FIGURES, encoding="utf-8")
    refused = countersign("run", tmp_path)
    assert refused.exit_code == 2
    assert "official.bureau.year" in refused.output
    assert "Did you mean 'year'?" in refused.output


def test_hours_of_a_web_survey_are_not_compared_with_shares_of_a_day(tmp_path):
    file = shared("cases", "geah_unpaid_work", "sdg-indicator-5-4-1.xlsx")
    text = f"""\
official:
  unsd:
    file: {file}
    source: UNSD, SDG indicators database, 5.4.1
    indicator: piped
    sheet: Goal5
    repair_names: true
    value: Value
    scale: 0.01
    year: TimePeriod
    area: GeoAreaName
    by: [sex, location, age]
    variables:
      sex: {{column: Sex, recode: {{FEMALE: f, MALE: m}}}}
      location: {{column: Location}}
      age: {{column: Age}}
    keep: ["SeriesCode = 'SL_DOM_TSPD'"]
    concept: different
    why: a share of the day by diary, not hours as people recall them
"""
    study_text = STUDY.replace("area: Hilltown, period: 2024", "area: Thailand, period: 2020") + text
    write_study(tmp_path, study=study_text)
    with Study.open(tmp_path) as study:
        found = {f.check: f for f in study.findings if f.subject == "piped"}
        gaps = [gap for gap in study.gaps if gap.indicator == "piped"]
        series = study.documents.official[0]
    assert len(series.figures) == 2794
    assert found["coherence"].state is State.NOT_ASSESSED
    assert "by diary" in found["coherence"].message
    assert {gap.lack for gap in gaps} == {Lack.NONE}


def test_percents_beside_a_share_are_refused_with_the_scale_that_helps(tmp_path):
    folder = write_study(tmp_path, study=STUDY + OFFICIAL.replace("    scale: 0.01\n", ""))
    (folder / "data" / "official.csv").write_text(FIGURES, encoding="utf-8")
    result = countersign("assess", folder)
    assert result.exit_code == 2, result.output
    assert "'scale: 0.01' for percent" in result.output
    assert "official.bureau" in result.output


def test_an_official_figure_by_area_is_found_where_the_study_calls_the_column_its_area(tmp_path):
    study = STUDY.replace("benchmark:", "    roles: {area: region}\nbenchmark:")
    folder = write_study(tmp_path, study=study + OFFICIAL.replace("by: sex", "by: [sex, region]"))
    figures = "year,Sex,region,percent\n2019,,,36\n2019,,east,30\n"
    (folder / "data" / "official.csv").write_text(figures, encoding="utf-8")
    with Study.open(folder) as opened:
        lack = {gap.figure_id: gap.lack for gap in opened.gaps if gap.indicator == "piped"}
        merits = {better.why for one in opened.fitness for better in one.better if better.criterion == "A5"}
    assert lack["piped/region=east"] is Lack.COVERED
    assert lack["piped/region=west"] is Lack.NONE
    assert merits == {"No official figure exists of west (2024); these data have one."}
