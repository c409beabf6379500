"""Outlines of areas: joined to the categories of the data whatever their spelling, or refused with what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from countersign.errors import DataError
from countersign.intake.area_shapes import read_area_shapes

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def written(folder: Path, *properties: dict[str, Any], **more: Any) -> Path:
    features = [{"type": "Feature", "properties": one, "geometry": SQUARE} for one in properties]
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | more), encoding="utf-8")
    return path


def test_the_property_that_holds_the_categories_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": 7.0, "kind": "area", "name": "North"}, {"id": 8.0, "kind": "area", "name": "South"})
    found = read_area_shapes(path, variable="area", categories=["7", "8"])
    assert [(one.code, one.name) for one in found.shapes] == [("7", "North"), ("8", "South")]
    assert found.joins == {"7": "7", "8": "8"}
    assert found.notes == ()


def test_spelling_does_not_matter_and_a_guess_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, {"county": "MURANG'A"}, {"county": "NAIROBI"}, {"county": "ELEGEYO-MARAKWET"})
    found = read_area_shapes(
        path, variable="county", categories=["Murang\u2019a", "Nairobi", "Nairobi City", "Elgeyo/Marakwet"]
    )
    assert set(found.joins) == {"Murang\u2019a", "Nairobi", "Nairobi City", "Elgeyo/Marakwet"}
    assert found.joins["Nairobi City"] == "NAIROBI"
    assert len(found.notes) == 2


@pytest.mark.parametrize(
    ("properties", "settings", "said"),
    [
        (({"name": "North"},), {}, "no outline for 'South', of 'area'"),
        (({"name": "North"}, {"name": "North"}, {"name": "South"}), {}, "two outlines of 'North'"),
        (({"name": "North"}, {"name": "South"}), {"code": "id"}, "no outline for 'North', 'South'"),
    ],
)
def test_areas_without_or_with_two_outlines_are_refused(
    tmp_path: Path, properties: tuple[dict[str, Any], ...], settings: dict[str, str], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        read_area_shapes(written(tmp_path, *properties), variable="area", categories=["North", "South"], **settings)


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"type": "Feature", "properties": {}, "geometry": null}'])
def test_what_is_no_map_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read_area_shapes(path, variable="area", categories=["North"])


def test_a_lone_outline_is_no_collection(tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps(SQUARE), encoding="utf-8")
    with pytest.raises(DataError, match="no collection of named areas"):
        read_area_shapes(path, variable="area", categories=["North"])
