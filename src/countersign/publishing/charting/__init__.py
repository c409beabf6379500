"""Charts: a noun of what is drawn -> a Vega-Lite specification -> SVG, one module a chart.

Every chart is drawn twice, wide for a page and narrow for a phone, and mirrored where the language runs from right to
left. It says its message in words (title and description) and has a table beside it. Colours have a contrast of 3 : 1
or more on white, and shape or line says the same as colour, so that a print in grey can be read.
"""

from __future__ import annotations

from countersign.publishing.charting.bars import Bar, BarChart
from countersign.publishing.charting.dots import DotChart, Line, Mark, Row
from countersign.publishing.charting.drawing import Drawer, drawer
from countersign.publishing.charting.flow import FlowChart, Stage

__all__ = ["Bar", "BarChart", "DotChart", "Drawer", "FlowChart", "Line", "Mark", "Row", "Stage", "drawer"]
