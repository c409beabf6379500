"""A figure over time with its intervals; across a break in how it was measured no line is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from countersign.publishing.charting.axis import places_of, ticks, width_of, wrap
from countersign.publishing.charting.canvas import (
    GRID,
    MAIN,
    MARGIN,
    OUTSIDE,
    PALE,
    PALE_EDGE,
    SMALL,
    SOFT,
    ZERO,
    Anchor,
    Canvas,
    Form,
)
from countersign.publishing.digits import number

TALL = 210.0
MOST_STEPS = 60  # of the shortest distance, that the longest series may have to scale


@dataclass(frozen=True)
class Moment:
    """One period: its name, the figure and its interval, or the word that says why there is none.

    Parameters
    ----------
    at: where it stands in time, in any unit, such as a year; periods without it stand side by side. faint: an
        unreliable figure. wide: where the truth may lie beyond chance, drawn as a pale band.
    """

    period: str
    value: float | None
    low: float | None = None
    high: float | None = None
    at: float | None = None
    word: str = ""
    faint: bool = False
    wide: tuple[float, float] | None = None


@dataclass(frozen=True)
class Rupture:
    """A break: from the moment with this place in the series on, figures are measured otherwise; and why."""

    before: int
    why: str


@dataclass(frozen=True)
class TrendChart:
    """A figure over time.

    Parameters
    ----------
    moments: in order of time. ruptures: breaks between moments. axis: unit. floor, ceiling: ends of the axis.
    band: what the pale band means; empty = there is none. joined: whether lines join the moments at all.
    """

    title: str
    description: str
    moments: tuple[Moment, ...]
    ruptures: tuple[Rupture, ...] = ()
    axis: str = ""
    floor: float | None = None
    ceiling: float | None = None
    band: str = ""
    joined: bool = True


def pieces(chart: TrendChart) -> tuple[tuple[Moment, ...], ...]:
    """Return the stretches of moments that a line may join: none across a break, none across a moment without value."""
    starts = {rupture.before for rupture in chart.ruptures}
    made: list[list[Moment]] = [[]]
    for place, moment in enumerate(chart.moments):
        if place in starts or moment.value is None or not chart.joined:
            made.append([])
        if moment.value is not None:
            made[-1].append(moment)
    return tuple(tuple(one) for one in made if one)


def specification(chart: TrendChart, form: Form) -> dict[str, Any]:
    """Return the trend as a Vega-Lite specification: dots with intervals, lines only where nothing broke."""
    seen = [one for one in chart.moments if one.value is not None]
    ends = [
        end
        for one in seen
        for end in (one.value, one.low, one.high, *(one.wide or ()))
        if end is not None and math.isfinite(end)
    ]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    low = 0.0 if 0 < low < 0.5 * high else low
    low = low if chart.floor is None else max(low, chart.floor)
    high = high if chart.ceiling is None else min(high, chart.ceiling)
    marks = ticks(low, high, 5)
    places = places_of(marks)
    words = [number(tick, places, form.words) for tick in marks]
    left = MARGIN + max(width_of(word) for word in words) + 6
    across = _places(chart.moments)
    canvas = Canvas(form, left=left, right=form.width - MARGIN, low=-0.5, high=max(across, default=0.0) + 0.5)
    top = 14.0 + (18 if chart.axis or chart.band else 0) + 16 * len(chart.ruptures)

    def down(value: float) -> float:
        held = min(marks[-1], max(marks[0], value))
        return round(top + TALL * (marks[-1] - held) / (marks[-1] - marks[0]), 1)

    room = _legend(chart, canvas)
    canvas.text("axis", MARGIN, 10, chart.axis, size=SMALL, colour=SOFT, most=room)
    for tick, word in zip(marks, words, strict=True):
        canvas.rule("grid", canvas.low, canvas.high, down(tick), color=ZERO if tick == 0 else GRID)
        canvas.text("tick", left - 6, down(tick), word, anchor="end", size=SMALL, colour=SOFT)
    _ruptures(chart, canvas, across, top)
    at = dict(zip(map(id, chart.moments), across, strict=True))
    for piece in pieces(chart):
        for a, b in itertools.pairwise(piece):
            points = [(at[id(one)], down(one.value or 0.0)) for one in (a, b)]
            canvas.slope("trend", points[0], points[1], color=MAIN, strokeWidth=2)
    for moment in chart.moments:
        _moment(moment, at[id(moment)], canvas, down, top)
    _periods(chart.moments, across, canvas, top + TALL + 14)
    return canvas.specification(top + TALL + 46)


def _legend(chart: TrendChart, canvas: Canvas) -> float:
    """Say at the end of the first line what the pale band means; return the room that is left there."""
    edge = canvas.form.width - MARGIN
    if not chart.band:
        return edge - MARGIN
    start = edge - width_of(chart.band) - 26
    canvas.bar("key", canvas.value(start), canvas.value(start + 16), 4, 16, fill=PALE, stroke=PALE_EDGE)
    canvas.text("legend", start + 22, 10, chart.band, size=SMALL, colour=SOFT)
    return start - MARGIN - 12


def _places(moments: Sequence[Moment]) -> list[float]:
    """Return where moments stand: by time where all have one, in steps of the shortest distance; else side by side."""
    times = [one.at for one in moments]
    known = [time for time in times if time is not None]
    steps = [b - a for a, b in itertools.pairwise(known)]
    if len(known) < len(times) or not steps or min(steps) <= 0:
        return [float(place) for place in range(len(moments))]
    if (known[-1] - known[0]) / min(steps) > MOST_STEPS:
        return [float(place) for place in range(len(moments))]
    return [round((time - known[0]) / min(steps), 6) for time in known]


def _ruptures(chart: TrendChart, canvas: Canvas, across: Sequence[float], top: float) -> None:
    edge = canvas.form.width - MARGIN
    for line, rupture in enumerate(chart.ruptures):
        if not 0 < rupture.before < len(across):
            continue
        at = (across[rupture.before - 1] + across[rupture.before]) / 2
        y = top - 4 - 16 * (len(chart.ruptures) - 1 - line) - 8
        canvas.upright("rupture", at, y + 8, top + TALL, color=OUTSIDE, strokeDash=[6, 3], strokeWidth=1.5)
        text = wrap(rupture.why, canvas.form.width - 2 * MARGIN)[0]
        half, x = width_of(text) / 2, canvas.place(at)
        anchor: Anchor = "start" if x - half < MARGIN else "end" if x + half > edge else "middle"
        x = MARGIN if anchor == "start" else edge if anchor == "end" else x
        canvas.text("why", x, y, text, anchor=anchor, size=SMALL, colour=OUTSIDE, strong=True)


def _moment(moment: Moment, at: float, canvas: Canvas, down: Any, top: float) -> None:
    if moment.value is None:
        canvas.text("word", canvas.place(at), top + TALL - 8, moment.word, anchor="middle", size=SMALL, colour=SOFT)
        return
    if moment.wide is not None:
        canvas.upright("band", at, down(moment.wide[1]), down(moment.wide[0]), color=PALE_EDGE, strokeWidth=13)
        canvas.upright("inner", at, down(moment.wide[1]) + 1, down(moment.wide[0]) - 1, color=PALE, strokeWidth=11)
    if moment.low is not None and moment.high is not None:
        style: dict[str, Any] = {"color": MAIN, "strokeWidth": 2.5, "strokeCap": "round"}
        if moment.faint:
            style |= {"color": "#8d887e", "strokeDash": [3, 3], "strokeCap": "butt"}
        canvas.upright("interval", at, down(moment.high), down(moment.low), **style)
    fill = "white" if moment.faint else MAIN
    canvas.point("moment", at, down(moment.value), size=90, fill=fill, stroke=MAIN, strokeWidth=2)


def _periods(moments: Sequence[Moment], across: Sequence[float], canvas: Canvas, down: float) -> None:
    """Write the periods on two lines; one that has room on neither stands in the table only."""
    last = [-math.inf, -math.inf]
    for moment, at in zip(moments, across, strict=True):
        x, half = canvas.place(at), min(150.0, width_of(moment.period)) / 2
        line = next((line for line in (0, 1) if x - half > last[line] + 6), None)
        if line is None:
            continue
        canvas.text("period", x, down + 15.0 * line, moment.period, anchor="middle", size=SMALL, colour=SOFT, most=150)
        last[line] = x + half
