"""The way of rows through the quality gates: one bar a gate, the part set aside drawn otherwise at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from countersign.publishing.charting.axis import width_of, wrap
from countersign.publishing.charting.canvas import MAIN, MARGIN, OUTSIDE, SMALL, SOFT, Canvas, Form


@dataclass(frozen=True)
class Stage:
    """What one quality gate left: its name, rows after it and rows it set aside."""

    label: str
    rows: int
    aside: int
    text: str
    aside_text: str = ""


@dataclass(frozen=True)
class FlowChart:
    """Stages in order, the first with all rows."""

    title: str
    description: str
    stages: tuple[Stage, ...]


def specification(chart: FlowChart, form: Form) -> dict[str, Any]:
    """Return the flow as a Vega-Lite specification: bars to one scale, solid what is kept, dashed what is set aside."""
    most = max((stage.rows + stage.aside for stage in chart.stages), default=0) or 1
    edge = form.width - MARGIN
    canvas = Canvas(form, left=MARGIN, right=edge, high=float(most))
    y = 4.0
    for stage in chart.stages:
        for place, text in enumerate(wrap(stage.label, edge - MARGIN - width_of(stage.text) - 12)):
            y += 15 if place else 0
            canvas.text("label", MARGIN, y + 8, text)
        canvas.text("number", edge, y + 8, stage.text, anchor="end")
        canvas.bar("kept", 0, stage.rows, y + 18, y + 28, color=MAIN)
        if stage.aside:
            least = most * 1.5 / (edge - MARGIN)
            end = stage.rows + max(stage.aside, least)
            canvas.bar("aside", stage.rows, end, y + 18, y + 28, fill="white", stroke=OUTSIDE, strokeDash=[3, 2])
        if stage.aside_text:
            canvas.text("tick", MARGIN, y + 38, stage.aside_text, size=SMALL, colour=SOFT)
            y += 16
        y += 40
    return canvas.specification(y)
