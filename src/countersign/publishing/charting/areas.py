"""Areas on a map, each shaded by one number and named; without outlines a field of tiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.publishing.charting.axis import width_of, wrap
from countersign.publishing.charting.canvas import INK, MARGIN, OUTSIDE, SMALL, Canvas, Form

SHADES = ("#f3f7f9", "#c9dce5", "#8fb5c6", "#4c86a0", "#14506b")
DARK = 3  # from this shade on text on it is white
MOST_TALL = 520.0
SEEN = 0.6  # units between two points of an outline below which they are one
FEWEST = 3  # points of a ring that is closed and has no inside

Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class AreaShade:
    """One area: its name, class of shade (0 to 4; None where there is no number), text, and outline if known.

    Parameters
    ----------
    polygons: each its rings, the outline first, then its holes; longitude and latitude in degrees.
    """

    label: str
    shade: int | None
    text: str
    polygons: tuple[tuple[Ring, ...], ...] = ()


@dataclass(frozen=True)
class AreaMap:
    """Areas, the words of the five classes from the palest on, and the word for an area without a number."""

    title: str
    description: str
    areas: tuple[AreaShade, ...]
    classes: tuple[str, ...]
    missing: str = ""


def specification(chart: AreaMap, form: Form) -> dict[str, Any]:
    """Return the map as a Vega-Lite specification: outlines where every area has one, else tiles of one size."""
    drawn = [one for one in chart.areas if one.polygons]
    if drawn and len(drawn) == len(chart.areas):
        return _map(chart, form)
    return _tiles(chart, form)


def _key(chart: AreaMap, canvas: Canvas, form: Form) -> float:
    """Draw what the shades mean; return where the map may begin."""
    x, y = MARGIN, 14.0
    entries: list[tuple[dict[str, Any], str]] = [
        (_shade(AreaShade("", place, "")), word) for place, word in enumerate(chart.classes)
    ]
    if chart.missing and any(one.shade is None for one in chart.areas):
        entries.append((_shade(AreaShade("", None, "")), chart.missing))
    for style, word in entries:
        room = 40 + width_of(word)
        if x + room > form.width and x > MARGIN:
            x, y = MARGIN, y + 22
        canvas.bar("key", canvas.value(x), canvas.value(x + 16), y - 6, y + 6, **style)
        canvas.text("legend", x + 21, y, word)
        x += room
    return y + 16


def _tiles(chart: AreaMap, form: Form) -> dict[str, Any]:
    columns = 2 if form.narrow else 4
    wide = (form.width - 2 * MARGIN) / columns
    canvas = Canvas(form, left=MARGIN, right=form.width - MARGIN, high=float(columns))
    top, tall = _key(chart, canvas, form), 50.0
    for place, area in enumerate(chart.areas):
        column, y = place % columns, top + place // columns * tall
        canvas.bar("tile", column + 2 / wide, column + 1 - 2 / wide, y, y + tall - 4, **_shade(area))
    for place, area in enumerate(chart.areas):
        x, y = MARGIN + (place % columns + 0.5) * wide, top + place // columns * tall
        style: dict[str, Any] = {"anchor": "middle", "colour": _ink(area), "most": wide - 12}
        canvas.text("name", x, y + 15, wrap(area.label, wide - 16)[0], **style)
        canvas.text("number", x, y + 32, area.text, strong=True, **style)
    return canvas.specification(top + tall * math.ceil(len(chart.areas) / columns))


def _map(chart: AreaMap, form: Form) -> dict[str, Any]:
    """Plate carrée, shrunk across by the cosine of the middle latitude; enough for one country."""
    corners = [point for area in chart.areas for rings in area.polygons for point in rings[0]]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    squeeze = math.cos(math.radians((south + north) / 2)) or 1.0
    canvas = Canvas(form, left=MARGIN, right=form.width - MARGIN)
    top = _key(chart, canvas, form)
    room = form.width - 2 * MARGIN
    factor = min(
        room / max((east - west) * squeeze, 1e-9), (MOST_TALL if not form.narrow else 360.0) / max(north - south, 1e-9)
    )
    wide, tall = (east - west) * squeeze * factor, (north - south) * factor
    start = (room - wide) / 2

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return round(start + (point[0] - west) * squeeze * factor, 2), round(top + (north - point[1]) * factor, 2)

    shapes = []
    for place, area in enumerate(chart.areas, start=1):
        path = "".join(_path(thinned) for thinned in _thinned(area, at))
        mark = {"type": "point", "shape": path, "size": 4, "filled": True, "opacity": 1, **_shade(area)}
        zero = {"value": 0}
        shapes.append(
            {"name": f"area_a{place}", "data": {"values": [{}]}, "mark": mark, "encoding": {"x": zero, "y": zero}}
        )
    _words(chart, form, at, canvas)
    made = canvas.specification(top + tall + 8)
    return {**made, "layer": [*shapes, *made["layer"]]}


def _words(chart: AreaMap, form: Form, at: Any, canvas: Canvas) -> None:
    """Write the number of each area where it is widest, if it is wide enough. A map keeps east at the right."""
    for area in chart.areas:
        largest = max((rings[0] for rings in area.polygons), key=lambda ring: abs(_area(ring)))
        x, y, room = _widest([at(point) for point in largest])
        if room < width_of(area.text) + 2:
            continue  # no room: the table has it
        across = form.width - MARGIN - x if form.mirrored else MARGIN + x
        canvas.text("number", across, y, area.text, anchor="middle", colour=_ink(area), strong=True, size=SMALL)


def _widest(points: Ring) -> tuple[float, float, float]:
    """Return the middle of the widest stretch within an outline that is as high as a line of text, and its width."""
    low, high = min(y for _, y in points), max(y for _, y in points)
    best = (points[0][0], points[0][1], 0.0)
    for part in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
        y = low + (high - low) * part
        lines = [_stretches(points, y + step) for step in (-SMALL / 2, 0.0, SMALL / 2)]
        for start, end in lines[1]:
            middle = (start + end) / 2
            for other in (lines[0], lines[2]):
                start, end = next(
                    ((max(start, a), min(end, b)) for a, b in other if a <= middle <= b), (middle, middle)
                )
            if end - start > best[2] + 0.01:
                best = ((start + end) / 2, y, end - start)
    return best


def _stretches(points: Ring, y: float) -> list[tuple[float, float]]:
    """Return where a level line runs within an outline."""
    met = sorted(
        a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        for a, b in zip(points, [*points[1:], points[0]], strict=True)
        if (a[1] > y) != (b[1] > y)
    )
    return list(zip(met[::2], met[1::2], strict=True))


def _shade(area: AreaShade) -> dict[str, Any]:
    """Fill and edge; an area without a number has a dashed edge of another colour."""
    if area.shade is None:
        return {"fill": "white", "stroke": OUTSIDE, "strokeDash": [3, 2], "strokeWidth": 1.5}
    return {"fill": SHADES[area.shade], "stroke": INK, "strokeWidth": 0.5}


def _ink(area: AreaShade) -> str:
    return "white" if area.shade is not None and area.shade >= DARK else INK


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x},{y}" for x, y in points) + "Z"


def _thinned(area: AreaShade, at: Any) -> list[list[tuple[float, float]]]:
    """Return the rings of an area in units, without points too near to the last to be seen and rings that are dots."""
    rings = []
    for ring in (ring for polygon in area.polygons for ring in polygon):
        points = [at(point) for point in ring]
        kept = points[:1]
        for point in points[1:-1]:
            if math.dist(point, kept[-1]) >= SEEN:
                kept.append(point)
        rings.append([*kept, points[-1]])
    return [ring for ring in rings if len(ring) > FEWEST] or [max(rings, key=len)]


def _area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
