"""A page for each indicator: the figure for everybody, every breakdown as picture and table, and the way over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from countersign.publishing.charting import DotChart
from countersign.publishing.charting.trend import TrendChart
from countersign.publishing.figures import FigureRow, by_indicator
from countersign.publishing.site.figure_pages import Point, study_crumbs, trend, trend_chart
from countersign.publishing.site.gaps import SUMS, gap
from countersign.publishing.site.layout import Layout
from countersign.publishing.site.views import StudyView

MOST_ROWS = 200
"""Figures of one breakdown that stand on the page of an indicator: more would be too much to load on a phone."""


@dataclass(frozen=True)
class Line:
    """One row of a table: the figure, its page, its gap to everybody, and how it was computed."""

    row: FigureRow
    path: str
    gap: str
    method: str


@dataclass(frozen=True)
class Block:
    """One breakdown: a heading, a picture and its table. more: figures that stand in the list of all figures only."""

    heading: str
    chart: DotChart | TrendChart | None
    left_out: int
    lines: tuple[Line, ...]
    more: int = 0

    @cached_property
    def gapped(self) -> bool:
        """Whether some figure has a gap."""
        return any(line.gap for line in self.lines)

    @cached_property
    def ranged(self) -> bool:
        """Whether some figure has a plausible range."""
        return any(line.row.plausible for line in self.lines)


def write_indicators(layout: Layout, study: StudyView) -> None:
    """Write the page of every indicator of the newest release."""
    view = study.newest
    words = view.words
    for shown_one in by_indicator(view.release.estimates, view.labels, words):
        name = shown_one.name
        estimates = view.indicators[name]
        everybody = view.everybody(name)
        blocks = []
        for panel in shown_one.panels:
            lines = []
            for row in panel.rows[:MOST_ROWS]:
                one = view.figures[row.figure_id]
                inner = next(reversed(tuple(one.domain)), "")
                text = gap(one, view.everybody(name) if len(one.domain) == 1 else view.without(one, inner), words)
                lines.append(Line(row, view.paths[row.figure_id], text if one.domain else "", one.method))
            chart = panel.chart
            if isinstance(chart, DotChart) and estimates[0].statistic in SUMS:
                chart = replace(chart, lines=())  # beside the sum of all, every part would look like nothing
            more = len(panel.rows) - len(lines)
            blocks.append(Block(panel.heading, chart, panel.left_out, tuple(lines), more))
        methods = dict.fromkeys((one.method, one.convention) for one in estimates if one.method)
        points: Sequence[Point] = trend(study, view, everybody) if everybody else ()
        layout.page(
            view.indicator_path(name),
            "indicator",
            title=shown_one.title,
            crumbs=[*study_crumbs(layout, study), (shown_one.title, "")],
            address=view.study.address,
            view=view,
            release=view.release,
            indicator=shown_one,
            everybody=everybody,
            everybody_line=view.line(everybody) if everybody else "",
            everybody_path=view.paths[everybody.figure_id] if everybody else "",
            sentence=view.sentence(everybody.figure_id) if everybody else None,
            blocks=blocks,
            methods=list(methods),
            points=points,
            trend=trend_chart(study, view, everybody, tuple(points)) if everybody else None,
            others=[one for one in study.releases[1:] if one.has(name)],
        )
