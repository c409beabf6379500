"""A radar chart: one axis a part, one ring a level; an axis without a value stays open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from countersign.publishing.charting.canvas import INK, MAIN, SOFT, ZERO, Anchor, Canvas, Form

HEIGHT, RADIUS = 560.0, 190.0
LINE = 19.0  # between lines of a label
LETTERS, FEW = 17, 9  # in a line of a label, wide and narrow


@dataclass(frozen=True)
class Axis:
    """One axis: its label, and its value, or None where nobody answered."""

    label: str
    value: int | None


@dataclass(frozen=True)
class RadarChart:
    """Axes clockwise from the top.

    Parameters
    ----------
    highest: value of the outermost ring. rings: words of the rings, the innermost first. missing: word for an axis
        without a value.
    """

    title: str
    description: str
    axes: tuple[Axis, ...]
    highest: int
    rings: tuple[str, ...]
    missing: str


def specification(chart: RadarChart, form: Form) -> dict[str, Any]:
    """Return the radar as a Vega-Lite specification; places across are values of an axis one unit a unit."""
    wide, scale = (form.width, 1.0) if not form.narrow else (form.width, 0.55)
    height, radius, line = HEIGHT * (scale if scale == 1 else 0.75), RADIUS * scale, LINE * (1 if scale == 1 else 0.85)
    canvas = Canvas(form, left=0.0, right=wide, low=0.0, high=wide)
    turns = [2 * math.pi * place / len(chart.axes) for place in range(len(chart.axes))]

    def at(turn: float, distance: float) -> tuple[float, float]:
        return wide / 2 + distance * math.sin(turn), height / 2 - distance * math.cos(turn)

    for ring in range(1, chart.highest + 1):
        corners = [at(turn, radius * ring / chart.highest) for turn in turns]
        _closed(canvas, "ring", corners, color=ZERO, strokeWidth=1)
    for axis, turn in zip(chart.axes, turns, strict=True):
        dash = {} if axis.value is not None else {"strokeDash": [3, 4]}
        _segment(canvas, "spoke", at(turn, 0), at(turn, radius), color=ZERO, strokeWidth=1, **dash)
    points = [
        at(turn, radius * axis.value / chart.highest) if axis.value is not None else None
        for axis, turn in zip(chart.axes, turns, strict=True)
    ]
    for a, b in zip(points, [*points[1:], points[0]], strict=True):
        if a and b:  # where a value is missing, only the lines between neighbours that have one
            _segment(canvas, "edge", a, b, color=MAIN, strokeWidth=3)
    for point in points:
        if point:
            canvas.point("dot", point[0], point[1], size=110, fill=MAIN, stroke="white", strokeWidth=1)
    for place, word in enumerate(chart.rings, start=1):
        half = math.pi / len(chart.axes)
        x, y = at(half, radius * place / chart.highest * math.cos(half))
        canvas.text("ring-word", x, y, word, anchor="middle", size=11.5, colour=SOFT)
    for axis, turn in zip(chart.axes, turns, strict=True):
        _label(canvas, axis, turn, at(turn, radius + 24 * scale), chart.missing, line, 14.0 if scale == 1 else 11.5)
    return canvas.specification(height)


def _closed(canvas: Canvas, name: str, corners: Sequence[tuple[float, float]], **style: Any) -> None:
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        _segment(canvas, name, a, b, **style)


def _segment(canvas: Canvas, name: str, a: tuple[float, float], b: tuple[float, float], **style: Any) -> None:
    canvas.slope(name, a, b, **style)


def _label(
    canvas: Canvas, axis: Axis, turn: float, place: tuple[float, float], missing: str, line: float, size: float
) -> None:
    lines = [
        *wrapped(axis.label, LETTERS if size > 12 else FEW),
        str(axis.value) if axis.value is not None else missing,
    ]
    side, up = math.sin(turn), math.cos(turn)
    top = place[1] - line * (len(lines) - 1) * (0.5 + 0.5 * up)
    anchor: Anchor = "middle" if abs(side) < 0.2 else "start" if side > 0 else "end"
    for number, text in enumerate(lines):
        last = number == len(lines) - 1
        canvas.text(
            "label",
            place[0],
            top + line * number,
            text,
            anchor=anchor,
            strong=last,
            size=size,
            colour=INK,
        )


def wrapped(text: str, letters: int = LETTERS) -> list[str]:
    """Break a label into short lines between its words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > letters:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
