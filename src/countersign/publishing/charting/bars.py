"""Bars of one length each, divided: what became of the figures of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from countersign.publishing.charting.axis import width_of, wrap
from countersign.publishing.charting.canvas import MAIN, MARGIN, OUTSIDE, Canvas, Form

KINDS: dict[str, dict[str, Any]] = {
    "shown": {"fill": MAIN, "stroke": MAIN, "strokeWidth": 1},
    "changed": {"fill": "#d4e3ea", "stroke": MAIN, "strokeWidth": 1},
    "hidden": {"fill": "white", "stroke": OUTSIDE, "strokeWidth": 1.5, "strokeDash": [3, 2]},
}


@dataclass(frozen=True)
class Bar:
    """One group: its figures that are shown, changed or put together, and withheld."""

    label: str
    shown: int
    changed: int
    hidden: int
    text: str
    marked: bool = False


@dataclass(frozen=True)
class BarChart:
    """Bars of one length each, divided by what became of the figures of a group."""

    title: str
    description: str
    bars: tuple[Bar, ...]
    legend: tuple[str, str, str]


def specification(chart: BarChart, form: Form) -> dict[str, Any]:
    """Return the bars as a Vega-Lite specification: solid is shown, pale is changed, dashed is withheld."""
    label_room = 0.0 if form.narrow else 250.0
    longest = max((width_of(bar.text) for bar in chart.bars), default=0.0)
    text_room = 0.0 if form.narrow else longest * 0.94 + 14
    edge = form.width - MARGIN
    canvas = Canvas(form, left=MARGIN + label_room, right=edge - text_room)
    y = _legend(chart, canvas, form)
    for bar in chart.bars:
        label = f"★ {bar.label}" if bar.marked else bar.label
        if form.narrow:
            for text in wrap(label, edge - MARGIN - width_of(bar.text) - 10):
                y += 15
                canvas.text("label", MARGIN, y - 6, text)
            canvas.text("number", edge, y - 6, bar.text, anchor="end")
            middle, y = y + 9, y + 22
        else:
            lines = wrap(label, label_room - 12)
            tall = 26.0 if len(lines) == 1 else 37.0
            middle = y + tall / 2
            for place, text in enumerate(lines):
                canvas.text("label", MARGIN, middle + (place - (len(lines) - 1) / 2) * 14, text)
            canvas.text("number", edge, middle, bar.text, anchor="end")
            y += tall
        _pieces(bar, canvas, middle)
    return canvas.specification(y + 6)


def _legend(chart: BarChart, canvas: Canvas, form: Form) -> float:
    x, y = MARGIN, 14.0
    for kind, word in zip(KINDS, chart.legend, strict=True):
        room = 40 + width_of(word)
        if x + room > form.width and x > MARGIN:
            x, y = MARGIN, y + 22
        canvas.bar(kind, canvas.value(x), canvas.value(x + 16), y - 6, y + 6, **KINDS[kind])
        canvas.text("legend", x + 21, y, word)
        x += room
    return y + 14


def _pieces(bar: Bar, canvas: Canvas, middle: float) -> None:
    whole = max(1, bar.shown + bar.changed + bar.hidden)
    start = 0.0
    for kind, figures in (("shown", bar.shown), ("changed", bar.changed), ("hidden", bar.hidden)):
        if figures:
            canvas.bar(kind, start, start + figures / whole, middle - 7, middle + 7, **KINDS[kind])
        start += figures / whole
