"""Strips: a chart of dots and intervals as lines of a list, a small drawing between the words and numbers of each.

A site has thousands of pages. Words and numbers are those of the page, so they fit a phone and are read aloud; only
bars and ticks are drawn, in microseconds, and no drawing needs a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from countersign.publishing.charting.axis import places_of, ticks
from countersign.publishing.charting.canvas import GRID, MAIN, PALE, PALE_EDGE, SOFT, ZERO
from countersign.publishing.charting.dots import DotChart, Row, extent
from countersign.publishing.digits import number
from countersign.publishing.language import Words

WIDTH, HEIGHT = 1000, 20


def strips(chart: DotChart, words: Words) -> Markup:
    """Return a chart as HTML: a legend, one line a row, and the axis below."""
    low, high = extent(chart)
    marks = ticks(low, high, 4)
    mirrored = words.direction == "rtl"

    def x(value: float) -> float:
        share = min(1.0, max(0.0, (value - marks[0]) / (marks[-1] - marks[0])))
        return round(WIDTH * (1 - share if mirrored else share), 1)

    below = "".join(_upright(x(mark), ZERO if mark == 0 else GRID, 2) for mark in marks)
    below += "".join(_upright(x(line.at), SOFT, 3, dashed=True) for line in chart.lines)
    lines = [_line(row, x, below) for row in chart.rows]
    places = places_of(marks)
    ends = "".join(f"<span>{escape(number(mark, places, words))}</span>" for mark in marks)
    unit = f'<span class="unit">{escape(chart.axis)}</span>' if chart.axis else "<span></span>"
    legend = "".join(
        f'<span class="key-{shape}">{escape(word)}</span>' for shape, _, word in chart.legend if shape in SHAPES
    )
    said = " · ".join(escape(line.label) for line in chart.lines)
    if said:
        legend += f'<span class="key-line">{said}</span>'
    return Markup(  # noqa: S704 - every text in it is escaped where it is written
        (f'<p class="legend">{legend}</p>' if legend else "")
        + f'<ul class="strips">{"".join(lines)}<li class="axis" aria-hidden="true"><span></span>'
        f'<span class="ends">{ends}</span>{unit}</li></ul>'
    )


SHAPES = ("dot", "hollow", "band")


def _line(row: Row, x: Callable[[float], float], below: str) -> str:
    label = f'<span class="label">{escape(row.label)}</span>'
    if row.header:
        return f'<li class="head">{label}</li>'
    drawn = below
    if row.wide:
        a, b = sorted((x(row.wide[0]), x(row.wide[1])))
        drawn += _bar(a, b, 3, HEIGHT - 6, PALE) + _bar(a - 1, a + 1, 3, HEIGHT - 6, PALE_EDGE)
        drawn += _bar(b - 1, b + 1, 3, HEIGHT - 6, PALE_EDGE)
    colour = "#6f6a61" if row.faint else MAIN
    if row.low is not None and row.high is not None:
        a, b = sorted((x(row.low), x(row.high)))
        drawn += _bar(a, max(b, a + 1), HEIGHT / 2 - 1.5, 3, colour)
    for mark in row.marks:
        at = x(mark.at)
        drawn += _bar(at - 4, at + 4, 2, HEIGHT - 4, "#ffffff" if row.faint else colour, edge=colour)
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{drawn}</svg>"
    )
    return f'<li>{label}{svg}<span class="value">{escape(row.text)}</span></li>'


def _bar(a: float, b: float, top: float, tall: float, colour: str, *, edge: str = "") -> str:
    border = f' stroke="{edge}" vector-effect="non-scaling-stroke"' if edge else ""
    return f'<rect x="{a:g}" y="{top:g}" width="{b - a:g}" height="{tall:g}" fill="{colour}"{border}/>'


def _upright(at: float, colour: str, width: float, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<path d="M{at:g} 0V{HEIGHT}" stroke="{colour}" stroke-width="{width / 2:g}"{dash} '
        'vector-effect="non-scaling-stroke"/>'
    )
