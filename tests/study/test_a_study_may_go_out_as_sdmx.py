"""A study that asks for SDMX: files in the release, what was recognised told, bad codes refused before any data."""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from pathlib import Path

import pytest
from small_study import STUDY, countersign, write_study

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from sdmx_samples import national

SDMX = STUDY + """\
publish: [csv, sdmx]
sdmx:
  area: 404
  series: {piped: SH_H2O_SAFE}
  formats: [csv, ml21, ml30, json]
"""  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = write_study(tmp_path_factory.mktemp("sdmx"), study=SDMX)
    done = countersign("run", str(folder))
    assert done.exit_code == 0, done.output
    return folder / "release", done.output


def rows(release: Path) -> list[dict[str, str]]:
    with (release / "sdmx" / "data.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_release_holds_the_files_and_a_page(made: tuple[Path, str]) -> None:
    names = {path.name for path in (made[0] / "sdmx").iterdir()}
    assert names == {"data.csv", "data-2.1.xml", "data-3.0.xml", "data.json", "README.md"}
    page = (made[0] / "sdmx" / "README.md").read_text(encoding="utf-8")
    assert "f = `F`, m = `M`" in page
    assert "`C01` | Region: east" in page
    json.loads((made[0] / "sdmx" / "data.json").read_text(encoding="utf-8"))


def test_the_figures_are_those_of_the_release(made: tuple[Path, str]) -> None:
    with (made[0] / "estimates.csv").open(encoding="utf-8", newline="") as file:
        figures = [row for row in csv.DictReader(file) if row["indicator"] == "piped"]
    sent = rows(made[0])
    assert len(sent) == len(figures)
    values = sorted(float(row["OBS_VALUE"]) for row in sent if row["OBS_VALUE"])
    assert values == pytest.approx(sorted(100 * float(row["value"]) for row in figures if row["value"]), rel=1e-14)
    withheld = [row for row in figures if row["status"] == "suppressed"]
    assert len([row for row in sent if row["OBS_STATUS"] == "Q"]) == len(withheld)


def test_the_command_says_what_it_recognised(made: tuple[Path, str]) -> None:
    for words in (
        "observations of IAEG-SDGs:SDG(1.4)",
        "sex: recognised as SEX (f = F, m = M)",
        "region: sent as a group of its own (CUST_BREAKDOWN)",
        "piped: unit recognised as PT, multiplied by 100",
        "Not sent: fetching",
    ):
        assert words in made[1]


MISTAKES = [
    ("area: 404", "area: 4040", ["sdmx.area", "'4040' is not in the list IAEG-SDGs:CL_AREA(1.4)"]),
    ("SH_H2O_SAFE", "SH_H2O_SAFEE", ["sdmx.series.piped", "SH_H2O_SAFE ("]),
    ("series: {piped:", "series: {pipd:", ["sdmx.series.pipd", "Did you mean 'piped'?"]),
    ("area: 404", "area: 404\n  structure: nowhere.xml", ["sdmx.structure", "There is no file 'nowhere.xml'"]),
    ("area: 404", "area: 404\n  structure: data/people.csv", ["sdmx.structure", "is not a structure message"]),
    ("area: 404", "area: 404\n  aera: 8", ["aera", "area"]),
    ("formats: [csv", "formats: [csw", ["formats", "csv"]),
]


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES, ids=[wrong for _, wrong, _ in MISTAKES])
@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_mistake_is_refused_with_its_line_before_data_are_read(
    verb: str, right: str, wrong: str, told: list[str], tmp_path: Path
) -> None:
    folder = write_study(tmp_path, study=SDMX.replace(right, wrong), people="never read")
    done = countersign(verb, str(folder))
    assert done.exit_code == 2
    assert "study.yaml, line " in done.output
    assert [words for words in told if words not in done.output] == []
    assert not (folder / "release").exists()


def test_a_release_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    folder = write_study(tmp_path, study=SDMX)
    assert countersign("run", str(folder)).exit_code == 0
    before = {path: path.read_bytes() for path in (folder / "release").rglob("*") if path.is_file()}
    # The series allows no breakdown by sex.
    (folder / "study.yaml").write_text(SDMX.replace("SH_H2O_SAFE", "SP_ACS_BSRVH2O"), encoding="utf-8")
    done = countersign("run", str(folder))
    assert done.exit_code == 2
    assert "the series SP_ACS_BSRVH2O allows no SEX 'F'" in done.output
    assert "constraints: false" in done.output
    assert {path: path.read_bytes() for path in (folder / "release").rglob("*") if path.is_file()} == before


def test_a_national_structure_is_read_from_the_folder_of_the_study(tmp_path: Path) -> None:
    study = STUDY + """\
publish: [csv, sdmx]
sdmx:
  structure: national.21.xml
  structure_id: "KX:NAT(2.1)"
  series: {piped: NAT_WATER}
  breakdowns:
    sex: {dimension: GENDER, codes: {f: 2, m: 1}}
    region: {dimension: TERRITORY, codes: {east: KX-N, west: KX-S}}
  constants: {TERRITORY: KX, TITLE: "Neighbours"}
"""  # fmt: skip
    folder = write_study(tmp_path, study=study)
    national(folder / "national.21.xml", second=True)
    done = countersign("run", str(folder))
    assert done.exit_code == 0, done.output
    sent = rows(folder / "release")
    assert {row["STRUCTURE_ID"] for row in sent} == {"KX:NAT(2.1)"}
    assert {(row["GENDER"], row["TERRITORY"]) for row in sent} >= {("_T", "KX"), ("2", "KX"), ("1", "KX-S")}
    assert {row["UNIT_MEASURE"] for row in sent} == {"PERCENT"}
    beside = folder / "release" / "sdmx" / "structure.xml"  # so that a stranger can hold the figures against it
    assert beside.read_bytes() == (folder / "national.21.xml").read_bytes()
    with zipfile.ZipFile(folder / "release" / "bundle.zip") as bundle:
        assert "release/sdmx/structure.xml" in bundle.namelist()


def test_the_same_study_gives_the_same_bytes(tmp_path: Path, made: tuple[Path, str]) -> None:
    folder = write_study(tmp_path, study=SDMX)
    assert countersign("run", str(folder)).exit_code == 0
    assert [{**row, "DATA_LAST_UPDATE": ""} for row in rows(folder / "release")] == [
        {**row, "DATA_LAST_UPDATE": ""} for row in rows(made[0])
    ]
