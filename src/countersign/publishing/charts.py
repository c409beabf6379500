"""Charts as SVG, drawn here: dots with intervals on one axis, and the flow of rows through the quality gates.

Twelve charts of a report took 1.65 s and 10 to 33 KB each through Vega-Lite, and milliseconds and 4 to 12 KB here;
the text also keeps the page's font and the drawing has a narrow form for a phone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from markupsafe import Markup, escape

Shape = Literal["dot", "hollow", "diamond", "bar", "band", "line"]

WIDE, NARROW = 720, 360
LETTER = 7.0  # mean width of a letter at 12.5 units, for wrapping
MARGIN = 8


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
    label: text at the left; text: what stands at the right, the numbers in words.
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
    """A vertical reference line with a word."""

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


@dataclass(frozen=True)
class Stage:
    """What one quality gate left: its name, rows after it and rows it set aside."""

    label: str
    rows: int
    aside: int
    text: str
    aside_text: str = ""


@cache
def chart_css() -> str:
    """Return the style of the drawings, as the report inlines it and a drawing on its own carries it."""
    return (files("countersign.publishing") / "templates" / "chart.css").read_text(encoding="utf-8")


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round axis marks (1, 2 or 5 times a power of ten) that cover `low` to `high`."""
    if not math.isfinite(low + high) or high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = (low - 0.5, low + 0.5) if math.isfinite(low) else (0.0, 1.0)
    rough = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def extent(chart: DotChart) -> tuple[float, float]:
    """Return the span of the axis: all points, and intervals as far as they do not dwarf the points.

    Wide ranges are there in full where the axis has two ends, else up to three times as far as intervals.
    """
    points = [mark.at for row in chart.rows for mark in row.marks] + [line.at for line in chart.lines]
    ends = [end for row in chart.rows for end in (row.low, row.high) if end is not None]
    points = [point for point in points if math.isfinite(point)] or [0.0, 1.0]
    low, high = min(points), max(points)
    reach = max(high - low, 0.5 * max(abs(low), abs(high)), 1e-9)
    wide = [end for both in (chart.band, *(row.wide for row in chart.rows)) if both for end in both]
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
    return low, high


def wrap(text: str, width: float) -> list[str]:
    """Break a label into at most two lines of `width` units; the rest is cut with an ellipsis."""
    room = max(6, int(width / LETTER))
    if len(text) <= room:
        return [text]
    space = text.rfind(" ", 0, room + 1)
    cut = space if space > room // 3 else room
    first, rest = text[:cut].rstrip(), text[cut:].lstrip()
    return [first, rest if len(rest) <= room else rest[: room - 1].rstrip() + "…"]


def draw(chart: DotChart, *, narrow: bool = False, number: str = "chart", standalone: bool = False) -> Markup:
    """Return the chart as one ``<svg>``, with title and description for those who cannot see it.

    Parameters
    ----------
    narrow: the form for a phone, labels above their line. number: makes ids on the page unique.
    standalone: carry the few styles needed outside a report.
    """
    return _DotDrawing(chart, narrow=narrow).svg(number, standalone=standalone)


class _DotDrawing:
    """The geometry of one dot chart in one of its two forms."""

    def __init__(self, chart: DotChart, *, narrow: bool) -> None:
        self.chart, self.narrow = chart, narrow
        self.width = NARROW if narrow else WIDE
        longest = max((len(row.label) for row in chart.rows if not row.header), default=0)
        texts = max((len(row.text) for row in chart.rows), default=0)
        self.label_room = min(230.0, max(90.0, longest * LETTER + 12)) if not narrow else 0.0
        self.text_room = min(230.0, texts * LETTER * 0.94 + 14) if not narrow else 0.0
        self.left = MARGIN + self.label_room
        self.right = self.width - MARGIN - self.text_room - 4
        low, high = extent(chart)
        self.ticks = ticks(low, high, 4 if narrow else 6)
        self.low, self.high = self.ticks[0], self.ticks[-1]
        self.parts: list[str] = []

    def x(self, value: float) -> float:
        """Return the place of a value, held inside the axis."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.left + (self.right - self.left) * min(1.0, max(0.0, share)), 1)

    def svg(self, number: str, *, standalone: bool) -> Markup:
        top = 6.0 + (22.0 * self._legend_lines() if self.chart.legend else 0.0)
        if self.chart.lines:
            top += 16
        y, rows = top, []
        for row in self.chart.rows:
            height = self._height(row)
            rows.append((row, y, height))
            y += height
        bottom = y + 2
        height = bottom + 20 + (16 if self.chart.axis else 0)
        if self.chart.band:
            start, end = (self.x(value) for value in self.chart.band)
            self.parts.append(_bar(start, end, top, bottom - top))
        self._grid(top, bottom)
        self._reference(top, bottom)
        for row, place, tall in rows:
            self._row(row, place, tall)
        self._legend()
        style = f"<style>{chart_css()}</style>" if standalone else ""
        title, text = escape(self.chart.title), escape(self.chart.description)
        return Markup(  # noqa: S704 - every text in it is escaped where it is drawn
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height:.0f}" '
            f'class="plot {"narrow" if self.narrow else "wide"}" role="img" direction="ltr" '
            f'aria-labelledby="{number}-t {number}-d"><title id="{number}-t">{title}</title>'
            f'<desc id="{number}-d">{text}</desc>{style}{"".join(self.parts)}</svg>'
        )

    def _height(self, row: Row) -> float:
        if row.header:
            return 28.0
        if self.narrow:
            return 40.0 + 15.0 * (len(self._narrow_lines(row)) - 1)
        return 26.0 if len(wrap(row.label, self.label_room - 12)) == 1 else 37.0

    def _narrow_lines(self, row: Row) -> list[str]:
        return wrap(row.label, self.width - 2 * MARGIN - len(row.text) * LETTER - 10)

    def _text(self, x: float, y: float, text: str, kind: str) -> None:
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>')

    def _grid(self, top: float, bottom: float) -> None:
        places = _places(self.ticks)
        for tick in self.ticks:
            x = self.x(tick)
            kind = "zero" if tick == 0 else "grid"
            self.parts.append(f'<path d="M{x} {top:.0f}V{bottom:.0f}" class="{kind}"/>')
            text = f"{tick:,.{places}f}".replace("-", "−")
            edge = "" if MARGIN + 14 < x < self.width - MARGIN - 14 else (" start" if x < self.width / 2 else " end")
            self._text(x, bottom + 15, text, "tick" + edge)
        if self.chart.axis:
            self._text((self.left + self.right) / 2, bottom + 31, self.chart.axis, "tick")

    def _reference(self, top: float, bottom: float) -> None:
        for line in self.chart.lines:
            x = self.x(line.at)
            self.parts.append(f'<path d="M{x} {top - 3:.0f}V{bottom:.0f}" class="reference"/>')
            room = len(line.label) * LETTER / 2
            edge = " start" if x - room < MARGIN else " end" if x + room > self.width - MARGIN else ""
            self._text(x, top - 7, line.label, "tick strong" + edge)

    def _row(self, row: Row, y: float, height: float) -> None:
        if row.header:
            self._text(MARGIN, y + 20, row.label, "label head")
            return
        if self.narrow:
            lines = self._narrow_lines(row)
            for place, text in enumerate(lines):
                self._text(MARGIN, y + 14 + 15 * place, text, "label")
            self._text(self.width - MARGIN, y + 14, row.text, "value")
            middle = y + height - 11
        else:
            middle = y + height / 2
            lines = wrap(row.label, self.label_room - 12)
            for place, text in enumerate(lines):
                self._text(MARGIN, middle + 4.3 + (place - (len(lines) - 1) / 2) * 14, text, "label")
            self._text(self.width - MARGIN, middle + 4.3, row.text, "value")
        faint = " faint" if row.faint else ""
        if row.wide:
            start, end = (self.x(value) for value in row.wide)
            self.parts.append(_bar(start, end, middle - 6, 12))
        if row.low is not None and row.high is not None:
            self._interval(row.low, row.high, middle, faint)
        if self.chart.join and len(row.marks) > 1:
            ends = [self.x(mark.at) for mark in row.marks[:2]]
            self.parts.append(f'<path d="M{ends[0]} {middle:.1f}H{ends[1]}" class="join"/>')
        for mark in row.marks:
            self.parts.append(_shape(mark.shape, self.x(mark.at), middle, mark.series, faint))

    def _interval(self, low: float, high: float, y: float, faint: str) -> None:
        start, end = self.x(low), self.x(high)
        self.parts.append(f'<path d="M{start} {y:.1f}H{end}" class="interval{faint}"/>')
        for beyond, x, way in ((low < self.low, start, -1), (high > self.high, end, 1)):
            if beyond:  # the interval goes on outside the axis
                self.parts.append(f'<path d="M{x - 5 * way} {y - 5:.1f}l{6 * way} 5l{-6 * way} 5" class="beyond"/>')

    def _legend_lines(self) -> int:
        x, lines = MARGIN + 8.0, 1
        for _, _, word in self.chart.legend:
            room = 24 + len(word) * LETTER
            if x + room > self.width and x > MARGIN + 8:
                x, lines = MARGIN + 8.0, lines + 1
            x += room
        return lines

    def _legend(self) -> None:
        x, y = MARGIN + 8.0, 14.0
        for shape, series, word in self.chart.legend:
            room = 24 + len(word) * LETTER
            if x + room > self.width and x > MARGIN + 8:
                x, y = MARGIN + 8.0, y + 22
            self.parts.append(_shape(shape, x, y, series, ""))
            self._text(x + 10, y + 4.3, word, "label")
            x += room


def _places(marks: Sequence[float]) -> int:
    step = min((after - before for before, after in itertools.pairwise(marks)), default=1.0)
    return max(0, min(8, -math.floor(math.log10(step) + 1e-9))) if step > 0 else 0


def _bar(start: float, end: float, top: float, height: float) -> str:
    """A pale bar with its two ends drawn, so that it is seen without colour."""
    ends = f"M{start} {top:.1f}v{height:.1f}M{end} {top:.1f}v{height:.1f}"
    return (
        f'<rect x="{start}" y="{top:.1f}" width="{max(end - start, 1):.1f}" height="{height:.1f}" class="band"/>'
        f'<path d="{ends}" class="band-end"/>'
    )


def _shape(shape: Shape, x: float, y: float, series: int, faint: str) -> str:
    kind = f"s{series}{faint}"
    if shape == "band":
        return _bar(x - 7, x + 7, y - 6, 12)
    if shape == "line":
        return f'<path d="M{x - 7} {y:.1f}h14" class="interval{faint}"/>'
    if shape == "diamond":
        return f'<path d="M{x} {y - 6:.1f}l6 6l-6 6l-6 -6z" class="mark {kind}"/>'
    if shape == "bar":
        return f'<path d="M{x} {y - 8:.1f}v16" class="bar {kind}"/>'
    hollow = " hollow" if shape == "hollow" or faint else ""
    return f'<circle cx="{x}" cy="{y:.1f}" r="{5 if not hollow else 4.5}" class="mark {kind}{hollow}"/>'


def flow(
    stages: Sequence[Stage], *, title: str, description: str, narrow: bool = False, number: str = "flow"
) -> Markup:
    """Return the way of the rows through the gates: one bar a gate, the part set aside hatched at its end."""
    width = NARROW if narrow else WIDE
    room = width - 2 * MARGIN
    most = max((stage.rows + stage.aside for stage in stages), default=0) or 1
    parts, y = [], 4.0
    for stage in stages:
        kept, aside = room * stage.rows / most, room * stage.aside / most
        for place, text in enumerate(wrap(stage.label, room - len(stage.text) * LETTER - 12)):
            if place:
                y += 15
            parts.append(f'<text x="{MARGIN}" y="{y + 12:.1f}" class="label">{escape(text)}</text>')
        parts.append(f'<text x="{width - MARGIN}" y="{y + 12:.1f}" class="value">{escape(stage.text)}</text>')
        parts.append(f'<rect x="{MARGIN}" y="{y + 18:.1f}" width="{kept:.1f}" height="10" class="kept"/>')
        if stage.aside:
            start, long = MARGIN + kept, max(aside, 1.5)
            parts.append(f'<rect x="{start:.1f}" y="{y + 18:.1f}" width="{long:.1f}" height="10" class="aside"/>')
        if stage.aside_text:
            parts.append(f'<text x="{MARGIN}" y="{y + 42:.1f}" class="tick start">{escape(stage.aside_text)}</text>')
            y += 16
        y += 40
    return Markup(  # noqa: S704 - every text in it is escaped where it is drawn
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y:.0f}" class="plot '
        f'{"narrow" if narrow else "wide"}" role="img" direction="ltr" aria-labelledby="{number}-t {number}-d">'
        f'<title id="{number}-t">{escape(title)}</title><desc id="{number}-d">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )
