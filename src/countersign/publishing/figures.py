"""The figures of a release as the report shows them: per indicator a picture and a table for every breakdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.release import Release
from countersign.publishing.charting import DotChart, Line, Mark, Row
from countersign.publishing.charting.trend import TrendChart
from countersign.publishing.digits import Shown, count, scale, show
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, plain, statistic_of, status_word
from countersign.publishing.language import Words
from countersign.publishing.plausible import column, told
from countersign.publishing.trends import trend

MOST_IN_A_CHART = 40


@dataclass(frozen=True)
class FigureRow:
    """One figure as text, for a table."""

    figure_id: str
    label: str
    numbers: Shown
    n: str
    effective: str
    word: str
    note: str
    shown: bool
    plausible: str = ""


@dataclass(frozen=True)
class Panel:
    """One breakdown of one indicator. `left_out`: figures of the table that the picture leaves out."""

    by: str
    heading: str
    rows: tuple[FigureRow, ...]
    chart: DotChart | TrendChart | None
    left_out: int = 0
    caution: bool = False

    @property
    def remarks(self) -> bool:
        """Whether some figure that is shown has a remark."""
        return any(row.shown and (row.word or row.note) for row in self.rows)

    @property
    def ranged(self) -> bool:
        """Whether some figure has a plausible range."""
        return any(row.plausible for row in self.rows)


@dataclass(frozen=True)
class IndicatorFigures:
    """One indicator: the figure for everybody, and its breakdowns."""

    name: str
    title: str
    statistic: str
    unit: str
    sdg: str
    panels: tuple[Panel, ...]


def figure_row(estimate: Estimate, labels: Labels, words: Words) -> FigureRow:
    """Return one figure as text; a withheld one shows its state and nothing else."""
    visible = shown(estimate)
    withheld = estimate.status is Status.SUPPRESSED
    numbers = show(estimate, words) if visible else Shown("", "", "", "", scale(estimate.statistic, estimate.unit).unit)
    effective = estimate.n_effective
    return FigureRow(
        figure_id=estimate.figure_id,
        label=labels.domain(estimate.domain),
        numbers=numbers,
        n="" if withheld else count(estimate.n, words),
        effective="" if effective is None or not visible else count(effective, words),
        word=status_word(estimate.status, words),
        note=estimate.note,
        shown=visible,
        plausible=column(estimate, words),
    )


def by_indicator(
    table: EstimateTable, labels: Labels, words: Words, *, release: Release | None = None
) -> tuple[IndicatorFigures, ...]:
    """Group the figures by indicator and breakdown, in the order of the study.

    Parameters
    ----------
    release: tells which breakdowns are periods, drawn as a trend, and what broke between them.
    """
    groups: dict[str, dict[tuple[str, ...], list[Estimate]]] = {}
    for estimate in table:
        groups.setdefault(estimate.indicator, {}).setdefault(tuple(estimate.domain), []).append(estimate)
    result = []
    for name, parts in groups.items():
        first = next(iter(parts.values()))[0]
        everybody = next((one for one in parts.get((), ()) if shown(one)), None)
        ordered = sorted(parts.items(), key=lambda item: bool(item[0]))
        panels = tuple(_panel(by, ones, everybody, labels, words, release) for by, ones in ordered)
        plan = labels.plan.indicators.get(name) if labels.plan else None
        result.append(
            IndicatorFigures(
                name=name,
                title=labels.indicator(name),
                statistic=plain(statistic_of(first, labels, words)),
                unit=scale(first.statistic, first.unit).unit,
                sdg=plan.sdg if plan else "",
                panels=panels,
            )
        )
    return tuple(result)


def _panel(
    by: tuple[str, ...],
    estimates: list[Estimate],
    everybody: Estimate | None,
    labels: Labels,
    words: Words,
    release: Release | None,
) -> Panel:
    heading = words.gettext("By {variables}").format(variables=labels.by(by)) if by else words.gettext("Everybody")
    title = f"{labels.indicator(estimates[0].indicator)}: {heading}"
    picked = largest(estimates, MOST_IN_A_CHART)
    chart: DotChart | TrendChart | None = None
    if len(by) == 1 and release is not None:
        told_so = describe(estimates, labels, words)
        chart = trend(estimates, release, labels, words, title=title, description=told_so)
    if chart is not None:
        picked = estimates
    elif len(estimates) > 1 or by:
        chart = interval_chart(picked, labels, words, title=title, everybody=everybody if by else None)
    return Panel(
        by=labels.by(by),
        heading=heading,
        rows=tuple(figure_row(one, labels, words) for one in estimates),
        chart=chart,
        left_out=len(estimates) - len(picked),
        caution=any(one.status is Status.CAUTION for one in picked),
    )


def largest(estimates: Sequence[Estimate], most: int) -> list[Estimate]:
    """Return at most `most` figures, those with the most records behind them, in their own order."""
    if len(estimates) <= most:
        return list(estimates)
    order = sorted(range(len(estimates)), key=lambda place: (not shown(estimates[place]), -estimates[place].n, place))
    return [estimates[place] for place in sorted(order[:most])]


def interval_chart(
    estimates: Sequence[Estimate], labels: Labels, words: Words, *, title: str, everybody: Estimate | None = None
) -> DotChart:
    """Return the interval plot of some figures of one indicator: a dot and its interval, one row each."""
    own = scale(estimates[0].statistic, estimates[0].unit)
    rows: list[Row] = []
    group = ""
    inner = _inner([one.domain for one in estimates])
    for one in estimates:
        outer = {name: code for name, code in one.domain.items() if name != inner}
        label = labels.domain(one.domain)
        if inner and outer:
            label = labels.category(inner, str(one.domain.get(inner, "")))
            if labels.domain(outer) != group:
                group = labels.domain(outer)
                rows.append(Row(group, header=True))
        rows.append(_chart_row(one, label, own.factor, words))
    lines: tuple[Line, ...] = ()
    if everybody is not None and everybody.value is not None:
        text = words.gettext("everybody: {value}").format(value=show(everybody, words).value)
        lines = (Line(everybody.value * own.factor, text),)
    weak = any(one.status is Status.UNRELIABLE for one in estimates)
    ranged = any(told(one) for one in estimates)
    legend = [
        *([("band", 1, words.gettext("plausible range"))] if ranged else []),
        ("dot", 1, words.gettext("figure and interval of chance") if ranged else words.gettext("figure and interval")),
        *([("hollow", 4, words.gettext("unreliable"))] if weak else []),
    ]
    return DotChart(
        title=title,
        description=describe(estimates, labels, words),
        rows=tuple(rows),
        axis=own.unit,
        lines=lines,
        legend=tuple(legend) if weak or ranged else (),  # type: ignore[arg-type]
        floor=0.0 if own.percent else None,
        ceiling=100.0 if own.percent else None,
    )


def _inner(domains: Sequence[Mapping[str, str]]) -> str:
    """Return the variable that changes from row to row, so that the others make the fewest headings."""
    names = list(dict.fromkeys(name for domain in domains for name in domain))

    def headings(name: str) -> int:
        outer = [tuple(code for other, code in domain.items() if other != name) for domain in domains]
        return sum(before != after for before, after in pairwise(outer))

    return min(reversed(names), key=headings, default="")


def _chart_row(one: Estimate, label: str, factor: float, words: Words) -> Row:
    word = status_word(one.status, words)
    if not shown(one) or one.value is None:
        return Row(label, text=word)
    weak = one.status is Status.UNRELIABLE
    numbers = show(one, words)
    found = told(one)
    text = f"{numbers.value} ({column(one, words)})" if found else numbers.line
    return Row(
        label,
        marks=(Mark(one.value * factor, "hollow" if weak else "dot"),),
        low=None if one.lower is None else one.lower * factor,
        high=None if one.upper is None else one.upper * factor,
        text=f"{text} *" if one.status is Status.CAUTION else text,
        faint=weak,
        wide=(found.lower * factor, found.upper * factor) if found else None,
    )


def describe(estimates: Sequence[Estimate], labels: Labels, words: Words) -> str:
    """Return the alternative text of an interval plot: how many, the lowest, the highest, where the numbers are."""
    seen = [one for one in estimates if shown(one) and one.value is not None]
    if not seen:
        return words.gettext("No figure can be shown.")
    low = min(seen, key=lambda one: one.value or 0.0)
    high = max(seen, key=lambda one: one.value or 0.0)
    return words.gettext(
        "{n} figures with their intervals. Lowest: {low_label}, {low}. Highest: {high_label}, {high}. "
        "The table below gives every number."
    ).format(
        n=len(seen),
        low_label=labels.domain(low.domain),
        low=show(low, words).line,
        high_label=labels.domain(high.domain),
        high=show(high, words).line,
    )
