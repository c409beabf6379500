"""Boundary: a GeoJSON file -> the outline of an area."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from countersign.errors import DataError
from countersign.model.boundary import Boundary


def read_boundary(path: Path, *, where: str = "") -> Boundary:
    """Read all polygons of a GeoJSON file (RFC 7946), whatever features or collections they are in.

    Raises
    ------
    DataError: no GeoJSON, no polygon in it, a ring that is not closed or too short, or coordinates that are no degrees.
    """
    expected = "GeoJSON with a Polygon or MultiPolygon in degrees of longitude and latitude (WGS 84)"
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        polygons = tuple(_polygons(content))
        if not polygons:
            raise ValueError("it holds no polygon")
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, RecursionError) as error:
        problem = str(error) if isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError) else ""
        problem = "" if isinstance(error, UnicodeDecodeError) else problem
        raise DataError(
            f"The boundary '{path.name}' cannot be used{f': {problem}' if problem else ''}.",
            where=where,
            expected=expected,
            action="export the outline of the area as GeoJSON again",
        ) from error
    return Boundary(polygons)


def read_areas(path: Path, *, name: str, where: str = "") -> dict[str, Boundary]:
    """Read the areas of a GeoJSON file, each with its name.

    Parameters
    ----------
    name: the property of a feature that holds its name. Several features of one name are one area.

    Raises
    ------
    DataError: see `read_boundary`; no features, or one without that property.
    """
    read_boundary(path, where=where)  # refuses what is no map, in the same words
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    found: dict[str, list[tuple[np.ndarray[Any, Any], ...]]] = {}
    for number, feature in enumerate(features, start=1):
        label = (feature.get("properties") or {}).get(name)
        if label is None or not str(label).strip():
            present = ", ".join(sorted(feature.get("properties") or {})[:10])
            raise DataError(
                f"Feature {number} of '{path.name}' has no '{name}'.",
                where=where,
                expected=f"a name for every area{f'; there is: {present}' if present else ''}",
                action="name the property that holds the names of the areas",
            )
        found.setdefault(str(label), []).extend(_polygons(feature))
    return {label: Boundary(tuple(polygons)) for label, polygons in found.items() if polygons}


def _polygons(content: Any) -> Iterator[tuple[np.ndarray[Any, Any], ...]]:
    if not isinstance(content, Mapping):
        raise TypeError("no object")
    kind = content.get("type")
    if kind == "FeatureCollection":
        for feature in content["features"]:
            yield from _polygons(feature)
    elif kind == "Feature":
        if content.get("geometry") is not None:
            yield from _polygons(content["geometry"])
    elif kind == "GeometryCollection":
        for geometry in content["geometries"]:
            yield from _polygons(geometry)
    elif kind == "Polygon":
        yield _rings(content["coordinates"])
    elif kind == "MultiPolygon":
        for rings in content["coordinates"]:
            yield _rings(rings)


def _rings(rings: Any) -> tuple[np.ndarray[Any, Any], ...]:
    found = []
    for ring in rings:
        points = np.array([point[:2] for point in ring], dtype=np.float64)
        if points.ndim != 2 or len(points) < 4 or not np.array_equal(points[0], points[-1]):
            raise ValueError("a ring is not closed or has fewer than four points")
        if not np.isfinite(points).all() or (np.abs(points) > (180, 90)).any():
            raise ValueError("its coordinates are not degrees")
        found.append(points)
    if not found:
        raise ValueError("a polygon has no ring")
    return tuple(found)
