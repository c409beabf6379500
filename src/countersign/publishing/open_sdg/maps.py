"""Outlines of areas -> GeoJSON layers of the site, and the codes that join them to the rows of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from countersign.model.area_shapes import AreaShapes
from countersign.publishing.delimited import cell
from countersign.publishing.open_sdg.columns import column as column_of
from countersign.publishing.open_sdg.columns import is_plain

CODE, NAME = "area_code", "area_name"
# sdg-build renames the two and then deletes the old ones: they must not have the names it gives them. An area without
# data it leaves alone, and the site then looks for the new ones: so a feature has both.
SITE_CODE, SITE_NAME = "geocode", "name"


def codes(shapes: Mapping[str, AreaShapes]) -> dict[str, dict[str, str]]:
    """Return variable -> category -> code of its outline on the site."""
    return {
        name: {category: made[code] for category, code in shapes[name].joins.items()}
        for name, made in site_codes(shapes).items()
    }


def site_codes(shapes: Mapping[str, AreaShapes]) -> dict[str, dict[str, str]]:
    """Return variable -> code of an outline -> its code on the site.

    A code that would be read as a number or as missing, or that two variables share, begins with the variable's column.
    """
    holders: dict[str, int] = {}
    for one in shapes.values():
        for shape in one.shapes:
            holders[shape.code] = holders.get(shape.code, 0) + 1
    return {
        name: {
            shape.code: cell(
                shape.code
                if is_plain(shape.code) and holders[shape.code] == 1
                else f"{column_of(name)}-{' '.join(shape.code.split())}"
            )
            for shape in one.shapes
        }
        for name, one in shapes.items()
    }


def layer(one: AreaShapes, made: Mapping[str, str]) -> str:
    """Return the outlines as a GeoJSON FeatureCollection in ASCII: sdg-build reads it in the machine's own encoding.

    Parameters
    ----------
    made: code of an outline -> its code on the site.
    """
    features = [
        {
            "type": "Feature",
            "properties": {
                CODE: made[shape.code],
                NAME: shape.name,
                SITE_CODE: made[shape.code],
                SITE_NAME: shape.name,
            },
            "geometry": shape.geometry,
        }
        for shape in one.shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")) + "\n"


def subfolder(name: str) -> str:
    """Return the folder in which sdg-build puts the layer of a variable."""
    return column_of(name)


def setting(name: str, *, left_out: tuple[str, ...]) -> dict[str, Any]:
    """Return the entry of ``map_layers`` in the configuration of the data repository."""
    return {
        "geojson_file": f"maps/{subfolder(name)}.geojson",
        "name_property": NAME,
        "id_property": CODE,
        "output_subfolder": subfolder(name),
        "filename_prefix": "indicator_",
        "exclude_columns": list(left_out),
    }
