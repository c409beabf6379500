"""AreaShapes: a GeoJSON file -> the outline of each category that figures are broken down by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from countersign.errors import DataError
from countersign.intake.area_names import alike, area_key
from countersign.intake.boundary import read_boundary
from countersign.model.area_shapes import AreaShape, AreaShapes

NAMES = ("name", "NAME", "Name")
MOST_NAMED = 5


def read_area_shapes(
    path: Path,
    *,
    variable: str,
    categories: Iterable[str],
    also: Iterable[str] = (),
    code: str = "",
    name: str = "",
    where: str = "",
) -> AreaShapes:
    """Read the outlines of `categories` from a GeoJSON file of polygons.

    Parameters
    ----------
    variable: what the categories are of; case, accents and punctuation of their names do not matter. also: further
    categories, that may be without an outline. code: the property of a feature that holds the category; if empty, the
    one that holds most of them. name: the property that people read.

    Raises
    ------
    DataError: no GeoJSON, coordinates that are no degrees, no property that holds the categories, a category without
        an outline, two outlines of one category.
    """
    read_boundary(path, where=where)
    needed = list(dict.fromkeys(categories))
    wanted = list(dict.fromkeys([*needed, *also]))
    features = _features(json.loads(path.read_text(encoding="utf-8-sig")), path, where)
    code = code or _holding(features, wanted)
    given: dict[str, Mapping[str, Any]] = {}
    for feature in features:
        own = _text(feature["properties"].get(code))
        if not own or feature.get("geometry") is None:
            continue
        if own in given:
            raise DataError(
                f"'{path.name}' has two outlines of '{own}'.",
                where=where,
                expected="one feature for each area; a MultiPolygon where it has several parts",
                action="join the outlines, or name another property under `code`",
            )
        given[own] = feature
    joins, notes = _joins(given, wanted)
    shapes = tuple(
        AreaShape(own, _text(one["properties"].get(name or _named(one["properties"]))) or own, one["geometry"])
        for own, one in given.items()
    )
    missing = [one for one in needed if one not in joins]
    if missing:
        told = ", ".join(f"'{one}'" for one in missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        holding = f"; the property read is '{code}'" if code else ""
        raise DataError(
            f"'{path.name}' has no outline for {told}{more}, of '{variable}'.",
            where=where,
            expected=f"a feature for every category, named as in the data{holding}",
            action="add the outline, or name the property that holds the categories under `code`",
        )
    return AreaShapes(variable, path.name, shapes, joins, notes)


def _features(content: Mapping[str, Any], path: Path, where: str) -> list[Mapping[str, Any]]:
    features = content.get("features") if content.get("type") == "FeatureCollection" else None
    if not features or not all(isinstance(one, dict) and isinstance(one.get("properties"), dict) for one in features):
        raise DataError(
            f"The boundaries '{path.name}' are no collection of named areas.",
            where=where,
            expected="a GeoJSON FeatureCollection whose features have properties",
            action="export the areas with their codes again",
        )
    return list(features)


def _joins(given: Iterable[str], wanted: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return category of the data -> code of its outline, and a sentence on every guess."""
    codes = list(given)
    keyed = {area_key(one): one for one in codes}
    found = {one: one if one in codes else keyed.get(area_key(one), "") for one in wanted}
    lone = [one for one, code in found.items() if not code]
    free = [one for one in codes if one not in found.values()]
    guessed = {category: own for own, category in alike(lone, free).items()}
    # Data may spell one area in two ways; then the second has no outline left to itself.
    guessed |= {category: own for own, category in alike([one for one in lone if one not in guessed], codes).items()}
    notes = tuple(f"The outline '{own}' was taken for '{category}'." for category, own in guessed.items())
    return {one: code for one, code in (found | guessed).items() if code}, notes


def _holding(features: Iterable[Mapping[str, Any]], wanted: Iterable[str]) -> str:
    """Return the property that holds the most of the categories, in any spelling; of equals the first by name."""
    held: dict[str, set[str]] = {}
    for feature in features:
        for key, value in feature["properties"].items():
            held.setdefault(str(key), set()).add(area_key(_text(value)))
    categories = {area_key(one) for one in wanted}
    return max(sorted(held), key=lambda key: len(held[key] & categories), default="")


def _named(properties: Mapping[str, Any]) -> str:
    return next((key for key in NAMES if properties.get(key)), "")


def _text(value: Any) -> str:
    """Return a property as the data would write it: 7.0 is 7."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
