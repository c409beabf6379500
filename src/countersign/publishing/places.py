"""Regions and moved points -> GeoJSON, CSV, what was done as JSON, and a page with a map."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from countersign.model.place import Displacement, Region, Regions
from countersign.publishing.delimited import write_delimited
from countersign.publishing.language import Words
from countersign.publishing.pages import environment
from countersign.publishing.report import style
from countersign.publishing.writing import write_whole

METHOD = "method.json"
WIDTH, HEIGHT, EDGE = 720.0, 560.0, 14.0
SHADES = 5
MANY = 800  # points: more are drawn smaller


def write_places(
    regions: Regions,
    displacement: Displacement | None,
    folder: Path,
    *,
    title: str,
    words: Words,
    synthetic: bool = False,
) -> None:
    """Write ``regions.geojson``, ``regions.csv``, ``points.geojson``, ``points.csv``, ``method.json``, ``places.html``.

    Raises
    ------
    StoreError: the disk refused.
    """
    write_whole(folder / "regions.geojson", _json(region_features(regions)))
    _write_rows(
        folder / "regions.csv",
        regions.rows(),
        ("region", "resolution", "cells", "contributors", "records", "residents"),
    )
    if displacement is not None:
        write_whole(folder / "points.geojson", _json(point_features(displacement)))
        _write_rows(folder / "points.csv", displacement.rows(), ("latitude", "longitude", "records", "area"))
    write_whole(folder / METHOD, _json(method(regions, displacement)))
    view = {
        "title": title,
        "words": words,
        "synthetic": synthetic,
        "picture": draw(regions, displacement),
        "sentences": sentences(regions, displacement),
        "lived_in": any(one.residents is not None for one in regions.regions),
        "regions": sorted(regions.regions, key=lambda one: -one.contributors)[:20],
        "more": max(0, len(regions.regions) - 20),
        "law": displacement.law if displacement else None,
        "style": style() + (files("countersign.publishing") / "templates" / "places.css").read_text(encoding="utf-8"),
    }
    write_whole(folder / "places.html", environment(words).get_template("places.html").render(view))


def _write_rows(path: Path, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    write_delimited(path, columns=columns, rows=[[row[name] for name in columns] for row in rows])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def region_features(regions: Regions) -> dict[str, Any]:
    """Return the regions as a GeoJSON FeatureCollection (RFC 7946)."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": one.name,
                "geometry": {"type": "MultiPolygon", "coordinates": outline(one)},
                "properties": {**row, "cells": list(one.cells)},
            }
            for one, row in zip(regions.regions, regions.rows(), strict=True)
        ],
    }


def outline(region: Region) -> list[list[list[list[float]]]]:
    """Return polygons, rings, points of a region: longitude and latitude in degrees, six decimals."""
    import h3

    shape = h3.cells_to_geo(list(region.cells))
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [[[[round(x, 6), round(y, 6)] for x, y in ring] for ring in polygon] for polygon in polygons]


def point_features(displacement: Displacement) -> dict[str, Any]:
    """Return the moved points as a GeoJSON FeatureCollection."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
                "properties": {"records": row["records"], "area": row["area"]},
            }
            for row in displacement.rows()
        ],
    }


def method(regions: Regions, displacement: Displacement | None) -> dict[str, Any]:
    """Return what was done, with the law of the moves, for those who analyse the points."""
    told: dict[str, Any] = {
        "version": 1,
        "regions": {
            "grid": "H3",
            "finest_resolution": regions.finest,
            "coarsest_resolution": regions.coarsest,
            "fewest_contributors": regions.k,
            "fewest_residents": regions.least_residents,
            "records_hidden": regions.hidden_records,
            "records_without_place": regions.without_place,
            "note": "Cells of different size follow H3's tree; a part of a hexagon may reach a little over its edge.",
        },
    }
    if displacement is not None:
        law = displacement.law
        told["displacement"] = {
            "law": law.id,
            "title": law.title,
            "source": law.source,
            "distance_km": {kind: [law.nearest[kind], law.farthest[kind]] for kind in law.farthest},
            "some_farther": {kind: {"share": share, "km": km} for kind, (share, km) in law.far.items()},
            "uniform_in": law.uniform,
            "direction": "uniform, drawn again until the point lies in its administrative unit, where units are given",
            "points_withheld": displacement.withheld,
            "records_put_together": displacement.repeated,
            "points_moved_farther": displacement.widened,
            "residents_as_near": dict(zip(("least", "percentile_5", "median"), displacement.nearer, strict=True))
            if displacement.nearer
            else None,
        }
    return told


def sentences(regions: Regions, displacement: Displacement | None) -> tuple[str, ...]:
    """Return what was done in plain words."""
    count = len(regions.regions)
    lived = f" and at least {regions.least_residents:,.0f} residents" if regions.least_residents else ""
    told = [
        f"{count:,} {'region' if count == 1 else 'regions'}, each with at least {regions.k} contributors{lived}."
        if count
        else f"No part of the map has {regions.k} contributors{lived}: nothing can be shown on it."
    ]
    if regions.hidden_records:
        told.append(f"{regions.hidden_records:,} records come from places with too few people and are on no map.")
    if regions.without_place:
        told.append(f"{regions.without_place:,} records have no place.")
    if displacement is not None:
        told.append(
            f"{len(displacement.latitude):,} points were moved ({displacement.law.title}). The law of the moves is"
            f" in {METHOD}, so that others can allow for it."
        )
        if displacement.repeated:
            told.append(f"{displacement.repeated:,} records were put together with another one of the same person.")
        if displacement.withheld:
            told.append(f"{displacement.withheld:,} points could not be moved safely and are left out.")
        if displacement.nearer is not None:
            told.append(
                f"At least {displacement.nearer[0]:,.0f} people live as near to each point as the true place does;"
                f" {displacement.nearer[2]:,.0f} at half of them."
            )
    return tuple(told)


def draw(regions: Regions, displacement: Displacement | None) -> Markup:
    """Return the map as SVG: darker regions have more contributors, dots are moved points."""
    shapes = [(one, outline(one)) for one in regions.regions]
    corners = [point for _, polygons in shapes for polygon in polygons for ring in polygon for point in ring]
    if displacement is not None:
        corners += [
            [x, y] for x, y in zip(displacement.longitude.tolist(), displacement.latitude.tolist(), strict=True)
        ]
    if not corners:
        return Markup("")
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    narrow = math.cos(math.radians((south + north) / 2))
    wide, tall = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / tall)
    height = tall * scale + 2 * EDGE
    shift = (WIDTH - wide * scale) / 2

    def at(x: float, y: float) -> str:
        return f"{shift + (x - west) * narrow * scale:.1f},{EDGE + (north - y) * scale:.1f}"

    most = max((one.contributors for one in regions.regions), default=1)
    parts = []
    for one, polygons in shapes:
        path = "".join(f"M{'L'.join(at(x, y) for x, y in ring)}Z" for polygon in polygons for ring in polygon)
        shade = shade_of(one.contributors, regions.k, most)
        told = escape(f"{one.contributors} contributors")
        parts.append(f'<path class="region s{shade}" d="{path}"><title>{told}</title></path>')
    if displacement is not None:
        size = 2.4 if len(displacement.latitude) <= MANY else 1.1
        for x, y in zip(displacement.longitude.tolist(), displacement.latitude.tolist(), strict=True):
            cx, cy = at(x, y).split(",")
            parts.append(f'<circle class="moved" cx="{cx}" cy="{cy}" r="{size}"/>')
    name = f"Map of {len(regions.regions)} regions with {regions.k} to {most} contributors"
    return Markup(  # noqa: S704 - numbers and an escaped name
        f'<svg class="places-map" role="img" aria-label="{escape(name)}" viewBox="0 0 {WIDTH:.0f} {height:.0f}">'
        f"{''.join(parts)}</svg>"
    )


def shade_of(contributors: int, least: int, most: int) -> int:
    """Return 1 (fewest) to `SHADES` (most), even steps of the logarithm."""
    if most <= least:
        return SHADES
    return 1 + min(SHADES - 1, int(SHADES * math.log(contributors / least) / math.log(most / least)))
