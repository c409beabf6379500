"""A radar chart as SVG: one axis a part, one ring a level, drawn here so that it prints sharply and needs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT, RADIUS = 720, 560, 190
LINE = 19  # between lines of a label
LETTERS = 17  # in a line of a label


@dataclass(frozen=True)
class Axis:
    """One axis: its label, and its value, or None where nobody answered."""

    label: str
    value: int | None


def radar(
    axes: Sequence[Axis], *, highest: int, title: str, description: str, rings: Sequence[str], missing: str
) -> Markup:
    """Return the drawing.

    Parameters
    ----------
    axes: clockwise from the top. highest: value of the outermost ring. title, description: the alternative text.
    rings: words of the rings, the innermost first. missing: word for an axis without a value; the shape is open there.
    """
    centre = (WIDTH / 2, HEIGHT / 2)
    turns = [2 * math.pi * place / len(axes) for place in range(len(axes))]

    def at(turn: float, distance: float) -> tuple[float, float]:
        return centre[0] + distance * math.sin(turn), centre[1] - distance * math.cos(turn)

    parts = [
        f'<svg class="radar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="radar-t radar-d">',
        f'<title id="radar-t">{escape(title)}</title><desc id="radar-d">{escape(description)}</desc>',
    ]
    for ring in range(1, highest + 1):
        corners = " ".join(_point(at(turn, RADIUS * ring / highest)) for turn in turns)
        parts.append(f'<polygon class="ring" points="{corners}"/>')
    for axis, turn in zip(axes, turns, strict=True):
        x, y = at(turn, RADIUS)
        style = "spoke" if axis.value is not None else "spoke open"
        parts.append(f'<line class="{style}" x1="{centre[0]:.1f}" y1="{centre[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>')
    points = [
        at(turn, RADIUS * axis.value / highest) if axis.value is not None else None
        for axis, turn in zip(axes, turns, strict=True)
    ]
    parts.append(_shape(points))
    parts += [f'<circle class="dot" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="6"/>' for point in points if point]
    for number, word in enumerate(rings, start=1):
        x, y = at(math.pi / len(axes), RADIUS * number / highest * math.cos(math.pi / len(axes)))
        parts.append(f'<text class="ring-word" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(word)}</text>')
    for axis, turn in zip(axes, turns, strict=True):
        parts.append(_label(axis, turn, at(turn, RADIUS + 24), missing))
    return Markup("\n".join([*parts, "</svg>"]))  # noqa: S704 - every text above is escaped


def _shape(points: Sequence[tuple[float, float] | None]) -> str:
    """The closed shape; where a value is missing, the lines between the neighbours that have one."""
    if all(points):
        return f'<polygon class="shape" points="{" ".join(_point(point) for point in points if point)}"/>'
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return "".join(
        f'<line class="edge" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>'
        for a, b in pairs
        if a and b
    )


def _label(axis: Axis, turn: float, place: tuple[float, float], missing: str) -> str:
    lines = [*_wrapped(axis.label), str(axis.value) if axis.value is not None else missing]
    side = math.sin(turn)
    anchor = "middle" if abs(side) < 0.2 else "start" if side > 0 else "end"
    up = math.cos(turn)
    top = place[1] - LINE * (len(lines) - 1) * (0.5 + 0.5 * up) + 5
    spans = "".join(
        f'<tspan x="{place[0]:.1f}" y="{top + LINE * number:.1f}"'
        f"{' class=' + chr(34) + 'value' + chr(34) if number == len(lines) - 1 else ''}>{escape(text)}</tspan>"
        for number, text in enumerate(lines)
    )
    return f'<text class="axis" text-anchor="{anchor}">{spans}</text>'


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > LETTERS:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _point(place: tuple[float, float]) -> str:
    return f"{place[0]:.1f},{place[1]:.1f}"
