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
        path = "".join(_path(map(at, ring)) for rings in area.polygons for ring in rings)
        mark = {"type": "point", "shape": path, "size": 4, "filled": True, "opacity": 1, **_shade(area)}
        zero = {"value": 0}
        shapes.append(
            {"name": f"area_a{place}", "data": {"values": [{}]}, "mark": mark, "encoding": {"x": zero, "y": zero}}
        )
    _words(chart, form, at, canvas)
    made = canvas.specification(top + tall + 8)
    return {**made, "layer": [*shapes, *made["layer"]]}


def _words(chart: AreaMap, form: Form, at: Any, canvas: Canvas) -> None:
    """Write the number of each area in the middle of its largest outline. A map keeps east at the right."""
    for area in chart.areas:
        largest = max((rings[0] for rings in area.polygons), key=lambda ring: abs(_area(ring)))
        points = [at(point) for point in largest]
        if abs(_area(points)) < 20 * width_of(area.text):
            continue  # no room: the table has it
        x = (min(p[0] for p in points) + max(p[0] for p in points)) / 2
        y = (min(p[1] for p in points) + max(p[1] for p in points)) / 2
        across = form.width - MARGIN - x if form.mirrored else MARGIN + x
        canvas.text("number", across, y, area.text, anchor="middle", colour=_ink(area), strong=True, size=SMALL)


def _shade(area: AreaShade) -> dict[str, Any]:
    """Fill and edge; an area without a number has a dashed edge of another colour."""
    if area.shade is None:
        return {"fill": "white", "stroke": OUTSIDE, "strokeDash": [3, 2], "strokeWidth": 1.5}
    return {"fill": SHADES[area.shade], "stroke": INK, "strokeWidth": 0.5}


def _ink(area: AreaShade) -> str:
    return "white" if area.shade is not None and area.shade >= DARK else INK


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x},{y}" for x, y in points) + "Z"


def _area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
