"""Whom the data hold in each area, beside its share of the population -> a map, or tiles where outlines are missing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from countersign.model.area_shapes import AreaShapes
from countersign.model.gap import GroupCoverage
from countersign.model.release import Release
from countersign.publishing.charting.areas import AreaMap, AreaShade, Ring
from countersign.publishing.digits import count, number, percent
from countersign.publishing.labels import Labels, lowered
from countersign.publishing.language import Words

LIMITS = (0.5, 0.8, 1.25, 2.0)  # of data share over population share, between the five shades
MOST_TILES = 60

Polygons = tuple[tuple[Ring, ...], ...]


@dataclass(frozen=True)
class AreaCoverage:
    """Picture and table of one variable of areas."""

    title: str
    chart: AreaMap
    table: tuple[tuple[str, str, str, str, str], ...]
    left_out: int


def area_coverage(release: Release, labels: Labels, words: Words) -> tuple[AreaCoverage, ...]:
    """Return how well each area is represented, one picture for each variable of areas the benchmark knows.

    It is a map where the release has the outline of every area, else a field of tiles.
    """
    found = []
    outlines = {name: _outlines(shapes) for name, shapes in release.shapes.items()}
    variables = _area_variables(release) | set(outlines)
    for variable in dict.fromkeys(one.variable for one in release.groups):
        own = [one for one in release.groups if one.variable == variable and one.population is not None]
        if variable in variables and len(own) > 1:
            found.append(_of_variable(variable, own, labels, words, outlines.get(variable, {})))
    return tuple(found)


def _area_variables(release: Release) -> set[str]:
    """The variables that the study names as areas."""
    named = {name for source in release.plan.data.values() for name in source.roles.get("area", ())}
    return named | set(release.plan.open_sdg.boundaries)


def _outlines(shapes: AreaShapes) -> dict[str, Polygons]:
    """Return category -> the polygons of its outline."""
    geometries = {one.code: one.geometry for one in shapes.shapes}
    return {category: _polygons(geometries[code]) for category, code in shapes.joins.items()}


def _polygons(geometry: Mapping[str, Any]) -> Polygons:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return tuple(tuple(tuple((float(x), float(y)) for x, y, *_ in ring) for ring in rings) for rings in parts)


def _of_variable(
    variable: str, own: list[GroupCoverage], labels: Labels, words: Words, outlines: Mapping[str, Polygons]
) -> AreaCoverage:
    drawn = own
    if len(own) > MOST_TILES and not all(one.category in outlines for one in own):
        drawn = sorted(own, key=lambda one: one.ratio if one.ratio is not None else -1.0)[:MOST_TILES]
    title = words.gettext("How well each area is represented: {variable}").format(
        variable=lowered(labels.variable(variable))
    )
    chart = AreaMap(
        title=title,
        description=_described(own, variable, labels, words),
        areas=tuple(_shade(one, labels, words, outlines) for one in drawn),
        classes=tuple(_classes(words)),
        missing=words.gettext("withheld or unknown"),
    )
    return AreaCoverage(title, chart, tuple(_row(one, labels, words) for one in own), len(own) - len(drawn))


def _classes(words: Words) -> list[str]:
    ends = [number(limit, 2, words).rstrip("0").rstrip(".,٫") for limit in LIMITS]
    return [
        words.gettext("under {limit} times its share").format(limit=ends[0]),
        *(f"{low}–{high}" for low, high in itertools.pairwise(ends)),
        words.gettext("over {limit}").format(limit=ends[-1]),
    ]


def _shade(one: GroupCoverage, labels: Labels, words: Words, outlines: Mapping[str, Polygons]) -> AreaShade:
    label = labels.category(one.variable, one.category)
    polygons = outlines.get(one.category, ())
    if one.data is None or one.ratio is None:
        return AreaShade(label, None, words.gettext("withheld") if one.data is None else "", polygons)
    shade = sum(one.ratio >= limit for limit in LIMITS)
    return AreaShade(label, shade, number(one.ratio, 2, words), polygons)


def _row(one: GroupCoverage, labels: Labels, words: Words) -> tuple[str, str, str, str, str]:
    withheld = words.gettext("withheld")
    return (
        labels.category(one.variable, one.category),
        percent(one.population or 0.0, words),
        withheld if one.data is None else percent(one.data, words),
        "" if one.ratio is None else number(one.ratio, 2, words),
        withheld if one.n is None else count(one.n, words),
    )


def _described(own: list[GroupCoverage], variable: str, labels: Labels, words: Words) -> str:
    seen = [one for one in own if one.ratio is not None and one.data is not None]
    hidden = len(own) - len(seen)
    if not seen:
        return words.gettext("No area can be shown.")
    low, high = (pick(seen, key=lambda one: one.ratio or 0.0) for pick in (min, max))
    few = sum((one.ratio or 0.0) < LIMITS[1] for one in seen)
    said = words.ngettext(
        "{few} of {n} area has much less of the data than of the population.",
        "{few} of {n} areas have much less of the data than of the population.",
        len(seen),
    ).format(few=few, n=len(seen))
    said += " " + words.gettext("Least: {low_label}, {low} times its share. Most: {high_label}, {high} times.").format(
        low_label=labels.category(variable, low.category), low=number(low.ratio or 0.0, 2, words),
        high_label=labels.category(variable, high.category), high=number(high.ratio or 0.0, 2, words),
    )  # fmt: skip
    if hidden:
        said += " " + words.ngettext(
            "{n} area is withheld or unknown.", "{n} areas are withheld or unknown.", hidden
        ).format(n=hidden)
    return said + " " + words.gettext("The table below gives every number.")
