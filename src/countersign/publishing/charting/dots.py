"""Dots with intervals on one axis, a row each: interval plot, fan plot, love plot, figures held against the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from countersign.publishing.charting.axis import LETTER, places_of, spread, ticks, width_of, wrap
from countersign.publishing.charting.canvas import (
    FAINT,
    GRID,
    MAIN,
    MARGIN,
    PALE,
    PALE_EDGE,
    PALER,
    SECOND,
    SMALL,
    SOFT,
    THIRD,
    ZERO,
    Canvas,
    Form,
)
from countersign.publishing.digits import number

Shape = Literal["dot", "hollow", "diamond", "bar", "band", "line"]
COLOURS = {1: MAIN, 2: SECOND, 3: THIRD, 4: FAINT}
BEYOND = {1: "M-0.6,-1L0.6,0L-0.6,1", -1: "M0.6,-1L-0.6,0L0.6,1"}  # a tip that points where the interval goes on


@dataclass(frozen=True)
class Mark:
    """A point on the axis: its place, shape and series (1 main, 2 second, 3 reference)."""

    at: float
    shape: Shape = "dot"
    series: int = 1


@dataclass(frozen=True)
class Row:
    """One line of a dot chart.

    Parameters
    ----------
    label: text at the start; text: what stands at the end, the numbers in words.
    marks: points; low, high: the interval drawn as a line, if any; faint: an unreliable figure.
    wide: a second, wider interval drawn as a pale bar behind the line.
    header: a heading among the rows, without marks.
    """

    label: str
    marks: tuple[Mark, ...] = ()
    low: float | None = None
    high: float | None = None
    text: str = ""
    faint: bool = False
    header: bool = False
    wide: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """An upright reference line with a word."""

    at: float
    label: str


@dataclass(frozen=True)
class DotChart:
    """Dots with intervals, one row each, on one axis.

    Parameters
    ----------
    title, description: the alternative text; axis: unit below the axis; lines: references across all rows.
    legend: shape, series and word of each kind of mark. join: draw a line between the marks of a row.
    floor, ceiling: ends of the axis that data must not pass, such as 0 and 100 percent. band: a range shaded behind
        all rows.
    """

    title: str
    description: str
    rows: tuple[Row, ...]
    axis: str = ""
    lines: tuple[Line, ...] = ()
    legend: tuple[tuple[Shape, int, str], ...] = ()
    join: bool = False
    floor: float | None = None
    ceiling: float | None = None
    band: tuple[float, float] | None = None


def extent(chart: DotChart) -> tuple[float, float]:
    """Return the span of the axis: all points, and intervals as far as they do not dwarf the points.

    Wide ranges are there in full where the axis has two ends, else up to three times as far as intervals. The two ends
    always differ.
    """
    points = [mark.at for row in chart.rows for mark in row.marks] + [line.at for line in chart.lines]
    ends = [end for row in chart.rows for end in (row.low, row.high) if end is not None and math.isfinite(end)]
    points = [point for point in points if math.isfinite(point)]
    wide = [
        end for both in (chart.band, *(row.wide for row in chart.rows)) if both for end in both if math.isfinite(end)
    ]
    points = points or ends or wide or [0.0, 1.0]
    low, high = min(points), max(points)
    reach = max(high - low, 0.5 * max(abs(low), abs(high)), 1e-9)
    far = math.inf if chart.floor is not None and chart.ceiling is not None else 3 * reach
    low, high = (
        min([low, *(max(end, low - reach) for end in ends), *(max(end, low - far) for end in wide)]),
        max([high, *(min(end, high + reach) for end in ends), *(min(end, high + far) for end in wide)]),
    )
    if 0 < low < 0.5 * high:
        low = 0.0
    if chart.floor is not None:
        low = max(low, chart.floor)
    if chart.ceiling is not None:
        high = min(high, chart.ceiling)
    return spread(low, high) if high <= low else (low, high)


def specification(chart: DotChart, form: Form) -> dict[str, Any]:
    """Return the chart as a Vega-Lite specification in one of its two forms."""
    return _Dots(chart, form).made()


class _Dots:
    """The geometry of one dot chart in one of its two forms."""

    def __init__(self, chart: DotChart, form: Form) -> None:
        self.chart, self.form = chart, form
        longest = max((width_of(row.label) for row in chart.rows if not row.header), default=0.0)
        texts = max((width_of(row.text) for row in chart.rows), default=0.0)
        self.label_room = 0.0 if form.narrow else min(230.0, max(90.0, longest + 12))
        self.text_room = 0.0 if form.narrow else min(230.0, texts * 0.94 + 14)
        marks = ticks(*extent(chart), 4 if form.narrow else 6)
        left, right = MARGIN + self.label_room, form.width - MARGIN - self.text_room - 4
        self.canvas = Canvas(form, left=left, right=right, low=marks[0], high=marks[-1])
        self.ticks = marks

    def made(self) -> dict[str, Any]:
        top = 6.0 + (22.0 * self._legend_lines() if self.chart.legend else 0.0) + (16 if self.chart.lines else 0)
        y, rows = top, []
        for row in self.chart.rows:
            height = self._height(row)
            rows.append((row, y, height))
            y += height
        bottom = y + 2
        if self.chart.band:
            start, end = (self._held(value) for value in self.chart.band)
            self._band(start, end, top, bottom)
        self._grid(top, bottom)
        self._reference(top, bottom)
        for row, place, tall in rows:
            self._row(row, place, tall)
        if self.chart.legend:
            self._legend()
        return self.canvas.specification(bottom + 24 + (16 if self.chart.axis else 0))

    def _held(self, value: float) -> float:
        return min(self.canvas.high, max(self.canvas.low, value))

    def _height(self, row: Row) -> float:
        if row.header:
            return 28.0
        if self.form.narrow:
            return 40.0 + 15.0 * (len(self._narrow_lines(row)) - 1)
        return 26.0 if len(wrap(row.label, self.label_room - 12)) == 1 else 37.0

    def _narrow_lines(self, row: Row) -> list[str]:
        return wrap(row.label, self.form.width - 2 * MARGIN - width_of(row.text) - 10)

    def _band(self, start: float, end: float, top: float, bottom: float, *, colour: str = PALER) -> None:
        """A pale bar with its two ends drawn, so that it is seen without colour."""
        self.canvas.bar("band", start, end, top, bottom, color=colour)
        for at in (start, end):
            self.canvas.upright("band-end", at, top, bottom, color=PALE_EDGE, strokeWidth=1)

    def _grid(self, top: float, bottom: float) -> None:
        places = places_of(self.ticks)
        for tick in self.ticks:
            self.canvas.upright("grid", tick, top, bottom, color=ZERO if tick == 0 else GRID)
            self._beside(tick, bottom + 11, number(tick, places, self.form.words), room=16, size=SMALL, colour=SOFT)
        middle = (self.canvas.left + self.canvas.right) / 2
        room = self.form.width - 2 * MARGIN
        if width_of(self.chart.axis) * SMALL / 12.5 > 2 * min(middle, self.form.width - middle):
            middle = self.form.width / 2
        self.canvas.text(
            "axis", middle, bottom + 28, self.chart.axis, anchor="middle", size=SMALL, colour=SOFT, most=room
        )

    def _beside(self, value: float, down: float, text: str, *, room: float, **style: Any) -> None:
        """Write a text at a value, moved inwards where it would pass the edge."""
        across = self.canvas.place(value)
        if across - room < MARGIN:
            self.canvas.text("tick", max(MARGIN, across - 4), down, text, anchor="start", **style)
        elif across + room > self.form.width - MARGIN:
            self.canvas.text("tick", min(self.form.width - MARGIN, across + 4), down, text, anchor="end", **style)
        else:
            self.canvas.text("tick", across, down, text, anchor="middle", **style)

    def _reference(self, top: float, bottom: float) -> None:
        for line in self.chart.lines:
            at = self._held(line.at)
            self.canvas.upright("reference", at, top - 3, bottom, color=SOFT, strokeDash=[4, 3])
            room = width_of(line.label) / 2
            self._beside(at, top - 11, line.label, room=room, strong=True, size=SMALL, colour=SOFT)

    def _row(self, row: Row, y: float, height: float) -> None:
        edge = self.form.width - MARGIN
        if row.header:
            self.canvas.text("head", MARGIN, y + 16, row.label, strong=True, most=edge - MARGIN)
            return
        if self.form.narrow:
            for place, text in enumerate(self._narrow_lines(row)):
                self.canvas.text("label", MARGIN, y + 10 + 15 * place, text)
            self.canvas.text("number", edge, y + 10, row.text, anchor="end")
            middle = y + height - 11
        else:
            middle = y + height / 2
            lines = wrap(row.label, self.label_room - 12)
            for place, text in enumerate(lines):
                self.canvas.text("label", MARGIN, middle + (place - (len(lines) - 1) / 2) * 14, text)
            self.canvas.text("number", edge, middle, row.text, anchor="end")
        if row.wide:
            start, end = (self._held(value) for value in row.wide)
            self._band(start, end, middle - 6, middle + 6, colour=PALE)
        if row.low is not None and row.high is not None:
            self._interval(row.low, row.high, middle, row.faint)
        if self.chart.join and len(row.marks) > 1:
            ends = [self._held(mark.at) for mark in row.marks[:2]]
            self.canvas.rule("join", ends[0], ends[1], middle, color="#b9b3a7", strokeWidth=2)
        for mark in row.marks:
            self._mark(mark.shape, self._held(mark.at), middle, mark.series, row.faint)

    def _interval(self, low: float, high: float, y: float, faint: bool) -> None:
        start, end = self._held(low), self._held(high)
        style: dict[str, Any] = {"strokeWidth": 2.5, "color": MAIN, "strokeCap": "round"}
        if faint:
            style |= {"color": "#8d887e", "strokeDash": [3, 3], "strokeCap": "butt"}
        self.canvas.rule("interval", start, end, y, **style)
        for beyond, at, way in ((low < self.canvas.low, start, -1), (high > self.canvas.high, end, 1)):
            if beyond:  # the interval goes on outside the axis
                shape = BEYOND[-way if self.form.mirrored else way]
                self.canvas.point("beyond", at, y, shape=shape, size=90, filled=False, color=MAIN, strokeWidth=1.5)

    def _mark(self, shape: Shape, at: float, y: float, series: int, faint: bool) -> None:
        colour = FAINT if faint else COLOURS[series]
        name = f"mark-{series}"
        if shape == "bar":
            self.canvas.upright(name, at, y - 8, y + 8, color=colour, strokeWidth=3.5)
        elif shape == "band":
            room = self.canvas.value(self.canvas.left + 7) - self.canvas.low
            self._band(at - room, at + room, y - 6, y + 6, colour=PALE)
        elif shape == "line":
            room = self.canvas.value(self.canvas.left + 7) - self.canvas.low
            self.canvas.rule("interval", at - room, at + room, y, strokeWidth=2.5, color=colour, strokeCap="round")
        else:
            hollow = shape == "hollow" or faint
            fill = "white" if hollow else colour
            self.canvas.point(
                name, at, y, shape="diamond" if shape == "diamond" else "circle",
                size=64 if hollow else 100 if shape == "diamond" else 80, fill=fill, stroke=colour, strokeWidth=2,
            )  # fmt: skip

    def _legend_places(self) -> list[tuple[float, float]]:
        x, y, places = MARGIN + 8.0, 14.0, []
        for _, _, word in self.chart.legend:
            room = 24 + width_of(word)
            if x + room > self.form.width and x > MARGIN + 8:
                x, y = MARGIN + 8.0, y + 22
            places.append((x, y))
            x += room
        return places

    def _legend_lines(self) -> int:
        return round((self._legend_places()[-1][1] - 14) / 22) + 1

    def _legend(self) -> None:
        for (shape, series, word), (x, y) in zip(self.chart.legend, self._legend_places(), strict=True):
            self._mark(shape, self.canvas.value(x), y, series, faint=False)
            self.canvas.text("legend", x + 10 + (LETTER if shape in ("band", "line") else 0) / 3, y, word)
