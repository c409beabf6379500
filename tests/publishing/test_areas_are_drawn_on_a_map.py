"""Where the outline of every area is known, report and dossier show a map; else tiles, and never half a map."""

from __future__ import annotations

from dataclasses import replace

import pytest
from release_samples import survey

from countersign.model.area_shapes import AreaShape, AreaShapes
from countersign.model.gap import GroupCoverage
from countersign.model.release import Release
from countersign.publishing import dossier, report
from countersign.publishing.area_coverage import area_coverage
from countersign.publishing.charting.areas import AreaMap, AreaShade, specification
from countersign.publishing.charting.canvas import Form
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words


def square(west: float, size: float = 1.0) -> list[list[list[float]]]:
    return [[[west, 0, 7], [west + size, 0, 7], [west + size, size, 7], [west, size, 7], [west, 0, 7]]]


def made(*known: str) -> Release:
    groups = tuple(GroupCoverage("area", name, 100, 0.5, population=0.5, ratio=1.0) for name in ("rural", "urban"))
    many = {"type": "MultiPolygon", "coordinates": [square(3), square(5, 0.2)]}
    shapes = (AreaShape("R", "R", {"type": "Polygon", "coordinates": square(1)}), AreaShape("U", "U", many))
    joins = {name: name[0].upper() for name in known}
    return replace(survey(), groups=groups, shapes={"area": AreaShapes("area", "areas.geojson", shapes, joins)})


def layers(release: Release) -> list[str]:
    (one,) = area_coverage(release, Labels(release.plan, (), Words()), Words())
    return [layer["name"] for layer in specification(one.chart, Form())["layer"]]


def test_outlines_of_all_areas_make_a_map() -> None:
    assert [name for name in layers(made("rural", "urban")) if name.startswith("area_")] == ["area_a1", "area_a2"]
    assert not [name for name in layers(made("rural", "urban")) if name.startswith("tile")]


@pytest.mark.parametrize("known", [(), ("rural",)])
def test_if_one_outline_is_missing_all_areas_are_tiles(known: tuple[str, ...]) -> None:
    assert not [name for name in layers(made(*known)) if name.startswith("area_")]
    assert [name for name in layers(made(*known)) if name.startswith("tile")]


@pytest.mark.parametrize("page", [report, dossier])
def test_report_and_dossier_show_the_map_and_its_table(page) -> None:
    drawn = page.render(made("rural", "urban"), words=Words())
    tiles = page.render(made(), words=Words())
    assert drawn != tiles
    assert "How well each area is represented" in drawn
    assert "Share of the population" in drawn


def test_a_fine_outline_is_thinned_to_what_can_be_seen_and_a_number_stands_within_it() -> None:
    fine = [(30 + step / 1000, 0.0) for step in range(1001)]
    hook = (*fine, (31.0, 1.0), (30.9, 1.0), (30.9, 0.1), (30.0, 0.1), (30.0, 0.0))  # its middle is not inside
    chart = AreaMap("m", "words", (AreaShade("Hook", 4, "90 %", ((hook,),)),), ("low", "high"))
    made = specification(chart, Form())["layer"]
    path = next(layer["mark"]["shape"] for layer in made if layer["name"] == "area_a1")
    assert path.count("L") < 950
    (number,) = [row for layer in made if layer["name"].startswith("number") for row in layer["data"]["values"]]
    assert number["t"] == "90 %"
    assert 570 < number["p"] < 620
