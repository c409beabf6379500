"""`countersign places`: a map from a study's points, its files, and what is refused."""

import json
from pathlib import Path

import h3
import pytest
from click.testing import CliRunner

from countersign.cli import main

NORTH, EAST = h3.cell_to_latlng(h3.latlng_to_cell(45.0, 10.0, 4))  # far from the edge of the coarsest cell
STUDY = """countersign: 1
title: "Wells"
data:
  visits:
    file: visits.csv
    unit: {unit}
    roles: {{latitude: lat, longitude: lon}}
indicators:
  dry: {{proportion: dry = 'yes'}}
protection:
  minimum_contributors: 3
  places: {places}
"""


def study(folder: Path, places: str, *, unit: str = "visit", rows: list[str] | None = None) -> Path:
    (folder / "study.yaml").write_text(STUDY.format(unit=unit, places=places), encoding="utf-8")
    rows = rows or [
        *(f"v{number},{NORTH + number % 10 / 1000:.4f},{EAST:.4f},no,t{number}" for number in range(30)),
        "lonely,-12.3456,33.9876,yes,t99",
    ]
    (folder / "visits.csv").write_text("\n".join(["who,lat,lon,dry,kind", *rows]) + "\n", encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["places", str(folder), *words])
    return result.exit_code, result.output


def test_a_map_is_written_and_told(tmp_path: Path) -> None:
    code, said = run(study(tmp_path, "{contributor: who, k: 5, law: donut}"))
    assert code == 0, said
    assert "each with at least 5 contributors" in said
    assert "1 records come from places with too few people" in said
    regions = json.loads((tmp_path / "places" / "regions.geojson").read_text())
    assert sum(one["properties"]["contributors"] for one in regions["features"]) == 30
    for one in regions["features"]:
        assert one["properties"]["contributors"] >= 5
        ring = one["geometry"]["coordinates"][0][0]
        assert ring[0] == ring[-1]
        assert all(h3.is_valid_cell(cell) for cell in one["properties"]["cells"])
    points = json.loads((tmp_path / "places" / "points.geojson").read_text())
    assert len(points["features"]) == 31
    law = json.loads((tmp_path / "places" / "method.json").read_text())["displacement"]
    assert law["distance_km"]["rural"] == [1.0, 5.0]


def test_no_true_coordinate_and_no_name_is_in_any_file(tmp_path: Path) -> None:
    code, said = run(study(tmp_path, "{contributor: who, k: 5, law: dhs}"))
    assert code == 0, said
    for file in (tmp_path / "places").iterdir():
        text = file.read_text()
        for planted in ("12.3456", "33.9876", "lonely", "t99"):
            assert planted not in text, (file.name, planted)


def test_the_moves_are_the_same_the_next_time(tmp_path: Path) -> None:
    run(study(tmp_path, "{contributor: who, law: donut}"))
    first = (tmp_path / "places" / "points.csv").read_bytes()
    run(tmp_path)
    assert (tmp_path / "places" / "points.csv").read_bytes() == first


@pytest.mark.parametrize(
    ("unit", "places", "key"),
    [
        ("person", "{law: donut}", "who"),
        ("person", "{law: donut}", "[dry, kind, who]"),
        ("visit", "{contributor: each record, law: dhs}", "who"),
    ],
)
def test_records_with_a_key_move_the_same_way_in_a_later_release_whatever_rows_are_before_them(
    tmp_path: Path, unit: str, places: str, key: str
) -> None:
    rows = [f"v{number},{NORTH + number % 10 / 10:.4f},{EAST:.4f},no,t" for number in range(30)]
    seen = []
    for delivered in (rows, ["new,-12.3456,33.9876,yes,t", *rows[::-1]]):
        study(tmp_path, places, unit=unit, rows=delivered)
        text = (tmp_path / "study.yaml").read_text()
        (tmp_path / "study.yaml").write_text(text.replace("latitude: lat", f"id: {key}, latitude: lat"))
        code, said = run(tmp_path)
        assert code == 0, said
        seen.append(set((tmp_path / "places" / "points.csv").read_text().splitlines()))
    assert len(seen[0]) == 31
    assert len(seen[1] - seen[0]) == 1
    assert seen[0] < seen[1]


def test_residents_sites_and_units_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(f"lat,lon,n\n{NORTH},{EAST},5000\n-12.3,33.9,9\n")
    (tmp_path / "shelters.csv").write_text(f"latitude,longitude\n{NORTH},{EAST}\n")
    square = [[9.0, 44.0], [11.0, 44.0], [11.0, 46.0], [9.0, 46.0], [9.0, 44.0]]
    feature = {
        "type": "Feature",
        "properties": {"d": "North"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    (tmp_path / "units.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    code, said = run(
        study(
            tmp_path,
            "{contributor: who, law: donut, residents: {file: people.csv, latitude: lat, longitude: lon, people: n},"
            " least_residents: 100, sites: shelters.csv, within: {file: units.geojson, name: d}}",
        )
    )
    assert code == 0, said
    assert "at least 100 residents" in said
    method = json.loads((tmp_path / "places" / "method.json").read_text())
    assert method["displacement"]["points_withheld"] == 1  # the lonely one lies in no unit
    rows = (tmp_path / "places" / "regions.csv").read_text().splitlines()
    assert len(rows) == 2
    assert rows[1].split(",")[1] == "4"  # with a shelter in it the cell is not split


@pytest.mark.parametrize(
    ("places", "unit", "word"),
    [
        ("{k: 5}", "visit", "one person"),
        ("{contributor: nobody}", "visit", "nobody"),
        ("{contributor: who, k: 1}", "visit", "places.k"),
        ("{contributor: who, law: hop}", "visit", "law"),
        ("{contributor: who, sites: none.csv}", "visit", "none.csv"),
        ("{contributor: who, law: donut, kind: kind}", "visit", "31 points are of a kind"),
        ("{contributor: who, least_residents: 5}", "visit", "residents"),
        ("{contributor: who, colour: red}", "visit", "colour"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path, places: str, unit: str, word: str) -> None:
    code, said = run(study(tmp_path, places, unit=unit))
    assert code == 2, said
    assert word in said
    assert "t0" not in said
    assert not (tmp_path / "places").exists()


def test_people_are_one_record_each_and_visits_may_be_said_to_be(tmp_path: Path) -> None:
    assert run(study(tmp_path, "{}", unit="person"))[0] == 0
    assert run(study(tmp_path, "{contributor: each record}"))[0] == 0


def test_nothing_to_show_is_told(tmp_path: Path) -> None:
    code, said = run(study(tmp_path, "{contributor: who}", rows=["a,1.0,2.0,no,x", "b,40.0,2.0,no,x"]))
    assert code == 0
    assert "nothing can be shown" in said
    assert "<svg" not in (tmp_path / "places" / "places.html").read_text()
