"""`publish: [open-sdg, catalogue]`: what is asked for is there, or nothing is and a message says what to write."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_study import STUDY, write_study

from countersign.cli import main

SITE = """\
publish: [csv, open-sdg]
open_sdg: {numbers: {piped: 6-1-1, fetching: minutes-to-water}, boundaries: {region: data/regions.geojson}}
"""


def outlines(folder: Path, *names: str) -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    features = [{"type": "Feature", "properties": {"region": name}, "geometry": square} for name in names]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "data" / "regions.geojson").write_text(text, encoding="utf-8")


def run(folder: Path, site: str = SITE) -> Result:
    write_study(folder, study=STUDY + site)
    return CliRunner().invoke(main, ["run", str(folder)])


def test_the_folder_is_in_the_release(tmp_path: Path) -> None:
    write_study(tmp_path)
    outlines(tmp_path, "East", "West")
    done = run(tmp_path)
    assert done.exit_code == 0, done.output
    with (tmp_path / "release" / "open-sdg" / "data" / "indicator_6-1-1.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        codes = {row["region"]: row["GeoCode"] for row in csv.DictReader(file) if row["Value"]}
    assert codes == {"": "", "east": "East", "west": "West"}


@pytest.mark.parametrize(
    ("site", "names", "said"),
    [
        (SITE, ("East",), "has no outline for 'west', of 'region'"),
        (
            SITE.replace("regions.geojson", "region.geojson"),
            ("East", "West"),
            "The file 'data/region.geojson' is not there",
        ),
        (SITE.replace(", fetching: minutes-to-water", ""), (), "'fetching' has no number"),
        (SITE.replace("minutes-to-water", "6.1.1"), (), "both have the number 6-1-1"),
        (SITE.replace("region: data", "sea: data"), (), "no figure is broken down by it"),
        ("publish: [open-sdg]\n", (), "study.yaml, line 18, publish: The indicator 'piped' has no number"),
    ],
)
def test_without_a_number_or_an_outline_there_is_no_release(
    tmp_path: Path, site: str, names: tuple[str, ...], said: str
) -> None:
    write_study(tmp_path)
    outlines(tmp_path, *names)
    done = run(tmp_path, site)
    assert done.exit_code != 0
    assert said in done.output
    assert "Expected:" in done.output
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize("names", [("East", "West"), ("East",)])
def test_boundaries_make_a_map_of_the_report_without_a_site_and_one_that_is_missing_refuses_nothing(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    study = STUDY.replace("unit: person\n", "unit: person\n    roles: {area: region}\n")
    site = "publish: [csv, report]\nopen_sdg: {boundaries: {region: data/regions.geojson}}\n"
    write_study(tmp_path, study=study + site)
    outlines(tmp_path, *names)
    done = CliRunner().invoke(main, ["run", str(tmp_path)])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "release" / "report.html").read_text(encoding="utf-8")
    assert "How well each area is represented" in page
    assert not (tmp_path / "release" / "open-sdg").exists()


def test_figures_of_no_year_are_refused_before_anything_is_computed(tmp_path: Path) -> None:
    write_study(
        tmp_path,
        study=STUDY.replace(", period: 2024", "") + SITE.replace(", boundaries: {region: data/regions.geojson}", ""),
    )
    done = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert done.exit_code != 0
    assert "of which year the figures of 'piped' are" in done.output


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("record: {homepage: example.org}", "record.homepage: 'example.org' is no address"),
        ("record: {themes: [Environment]}", "record.themes: 'Environment' is no address"),
        ("record: {spatial: Kenya}", "record.spatial: 'Kenya' is no address"),
        ("record: {accrual: every year}", "record.accrual: 'every year' is no duration"),
        ("record: {accrual: P}", "'P' is no duration"),
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, record: str, said: str) -> None:
    done = run(tmp_path, f"publish: [csv, catalogue]\n{record}\n")
    assert done.exit_code != 0
    assert said in done.output
    assert not (tmp_path / "release").exists()


def test_the_records_are_in_the_release(tmp_path: Path) -> None:
    done = run(tmp_path, "publish: [csv, catalogue]\nrecord: {accrual: P1Y, homepage: 'https://example.org/w'}\n")
    assert done.exit_code == 0, done.output
    release = tmp_path / "release"
    assert {path.name for path in (release / "catalogue").iterdir()} == {
        "dcat.ttl", "dcat.jsonld", "schema-org.jsonld", "schema-org.html", "ddi-codebook.xml", "sims.json", "sims.html",
    }  # fmt: skip
    package = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    assert "estimates.csv" in {one["path"] for one in package["resources"]}
