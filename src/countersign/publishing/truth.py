"""Raw, weighted and true or benchmark values side by side, and plain sentences on what weighting did.

Weighting that did not help says so: the average error before and after, and the questions that got worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.release import Comparison
from countersign.publishing.charting import DotChart, Mark, Row
from countersign.publishing.digits import count, number, scale, show
from countersign.publishing.exports import shown
from countersign.publishing.figures import MOST_IN_A_CHART, largest
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words

TIE = 1e-9


@dataclass(frozen=True)
class Item:
    """One held-out question: its mean absolute error over categories, before and after weighting, as shares."""

    name: str
    raw_error: float
    weighted_error: float
    categories: tuple[Comparison, ...]

    @property
    def change(self) -> float:
        """Error after minus error before; above 0 it got worse."""
        return self.weighted_error - self.raw_error

    @property
    def telling(self) -> Comparison:
        """The category that got worse most, or else is furthest off; of equals the rarest in the population."""
        measure = _change if self.change > TIE else _distance
        worst = max(measure(one) for one in self.categories)
        alike = [one for one in self.categories if measure(one) >= worst - TIE]
        return min(alike, key=lambda one: one.benchmark)


def _change(one: Comparison) -> float:
    return abs(one.weighted - one.benchmark) - abs(one.raw - one.benchmark)


def _distance(one: Comparison) -> float:
    return max(abs(one.raw - one.benchmark), abs(one.weighted - one.benchmark))


def items(comparisons: Sequence[Comparison]) -> tuple[Item, ...]:
    """Group the comparisons by question, in their order; a question nobody answered has nothing to compare."""
    groups: dict[str, list[Comparison]] = {}
    for one in comparisons:
        if math.isfinite(one.raw) and math.isfinite(one.weighted):
            groups.setdefault(one.item, []).append(one)
    return tuple(
        Item(
            name,
            sum(abs(one.raw - one.benchmark) for one in ones) / len(ones),
            sum(abs(one.weighted - one.benchmark) for one in ones) / len(ones),
            tuple(ones),
        )
        for name, ones in groups.items()
    )


def average_error(asked: Sequence[Item], *, weighted: bool) -> float:
    """Return the mean over questions of the mean absolute error over categories, in percentage points."""
    return sum(item.weighted_error if weighted else item.raw_error for item in asked) / len(asked) * 100


@dataclass(frozen=True)
class HeldOut:
    """The held-out questions: sentences, two pictures, and the table behind them."""

    sentences: tuple[str, ...]
    worse: tuple[str, ...]
    errors: DotChart
    shares: DotChart
    table: tuple[tuple[str, ...], ...]


def held_out(comparisons: Sequence[Comparison], labels: Labels, words: Words, *, weighted: bool) -> HeldOut | None:
    """Return what the held-out questions say, or None where there are none."""
    asked = items(comparisons)
    if not asked:
        return None
    rows = []
    for item in asked:
        for one in item.categories:
            shares = (one.raw, one.weighted, one.benchmark) if weighted else (one.raw, one.benchmark)
            errors = (one.raw, one.weighted) if weighted else (one.raw,)
            rows.append(
                (
                    labels.variable(item.name),
                    labels.category(item.name, one.category),
                    *(number(share * 100, 1, words) for share in shares),
                    *(number(abs(share - one.benchmark) * 100, 1, words) for share in errors),
                )
            )
    return HeldOut(
        _sentences(asked, words, weighted=weighted),
        _worse(asked, labels, words) if weighted else (),
        _error_chart(asked, labels, words, weighted=weighted),
        _share_chart(asked, labels, words, weighted=weighted),
        tuple(rows),
    )


def _sentences(asked: Sequence[Item], words: Words, *, weighted: bool) -> tuple[str, ...]:
    before, after = average_error(asked, weighted=False), average_error(asked, weighted=True)
    n, places = len(asked), 2
    if not weighted:
        return (
            words.ngettext(
                "On average the {n} question that was held against the benchmark is {before} points off.",
                "On average the {n} questions that were held against the benchmark are {before} points off.",
                n,
            ).format(n=n, before=number(before, places, words)),
        )
    said = [
        words.ngettext(
            "Weighting moved the average error of the {n} checked question from {before} to {after} points.",
            "Weighting moved the average error of the {n} checked questions from {before} to {after} points.",
            n,
        ).format(n=n, before=number(before, places, words), after=number(after, places, words))
    ]
    worse = [item for item in asked if item.change > TIE]
    better = [item for item in asked if item.change < -TIE]
    said.append(
        words.gettext("{better} got better, {worse} got worse.").format(
            better=count(len(better), words), worse=count(len(worse), words)
        )
    )
    if after > before / 2:
        said.append(
            words.gettext("Most of the error is still there after weighting: the weights do not know what causes it.")
        )
    return tuple(said)


def _worse(asked: Sequence[Item], labels: Labels, words: Words) -> tuple[str, ...]:
    """Name every question that weighting moved away from the benchmark, the largest step first."""
    said = []
    for item in sorted((item for item in asked if item.change > TIE), key=lambda item: -item.change):
        one = item.telling
        said.append(
            words.gettext(
                "{item}, {category}: {raw} % without weights, {weighted} % with weights, {benchmark} % in the benchmark"
            ).format(
                item=labels.variable(item.name),
                category=labels.category(item.name, one.category),
                raw=number(one.raw * 100, 1, words),
                weighted=number(one.weighted * 100, 1, words),
                benchmark=number(one.benchmark * 100, 1, words),
            )
        )
    return tuple(said)


def _error_chart(asked: Sequence[Item], labels: Labels, words: Words, *, weighted: bool) -> DotChart:
    ordered = sorted(asked, key=lambda item: -item.weighted_error)[:MOST_IN_A_CHART]
    rows = []
    for item in ordered:
        before, after = item.raw_error * 100, item.weighted_error * 100
        marks = (Mark(before, "hollow", 2), Mark(after)) if weighted else (Mark(before, "hollow", 2),)
        text = number(before, 1, words) + (f" → {number(after, 1, words)}" if weighted else "")
        rows.append(
            Row(labels.variable(item.name), marks, text=text + (" ▲" if weighted and item.change > TIE else ""))
        )
    worst = ordered[0]
    legend = [("hollow", 2, words.gettext("without weights")), ("dot", 1, words.gettext("with weights"))]
    return DotChart(
        title=words.gettext("How far off each question is"),
        description=words.gettext(
            "Average error of {n} questions in points. Largest: {item}, {error} points. "
            "The table below gives every number."
        ).format(n=len(ordered), item=labels.variable(worst.name), error=number(worst.weighted_error * 100, 1, words)),
        rows=tuple(rows),
        axis=words.gettext("points away from the benchmark (0 = right)"),
        legend=tuple(legend[: 2 if weighted else 1]),  # type: ignore[arg-type]
        join=True,
        floor=0.0,
    )


def _share_chart(asked: Sequence[Item], labels: Labels, words: Words, *, weighted: bool) -> DotChart:
    ordered = sorted(asked, key=lambda item: -item.weighted_error)[:MOST_IN_A_CHART]
    rows = []
    for item in ordered:
        one = item.telling
        marks = [Mark(one.benchmark * 100, "bar", 3), Mark(one.raw * 100, "hollow", 2)]
        text = [number(one.raw * 100, 1, words)]
        if weighted:
            marks.append(Mark(one.weighted * 100))
            text.append(number(one.weighted * 100, 1, words))
        text.append(number(one.benchmark * 100, 1, words))
        label = f"{labels.variable(item.name)}: {labels.category(item.name, one.category)}"
        rows.append(Row(label, tuple(marks), text=" | ".join(text)))
    legend = [
        ("hollow", 2, words.gettext("without weights")),
        *([("dot", 1, words.gettext("with weights"))] if weighted else []),
        ("bar", 3, words.gettext("benchmark")),
    ]
    return DotChart(
        title=words.gettext("One answer of each question, beside the benchmark"),
        description=words.gettext(
            "Share in percent of one answer of each of {n} questions. The table below gives every number."
        ).format(n=len(rows)),
        rows=tuple(rows),
        axis="%",
        legend=tuple(legend),  # type: ignore[arg-type]
        floor=0.0,
        ceiling=100.0,
    )


@dataclass(frozen=True)
class KnownTruth:
    """Figures whose true value is known: sentences, one picture an indicator, and the table."""

    sentences: tuple[str, ...]
    charts: tuple[DotChart, ...]
    table: tuple[tuple[str, ...], ...]


def known_truth(table: EstimateTable, labels: Labels, words: Words) -> KnownTruth | None:
    """Return raw, weighted and true values side by side, or None where no true value is known."""
    seen = [one for one in table if shown(one) and one.truth is not None and one.value is not None]
    if not seen:
        return None
    charts = []
    for name in dict.fromkeys(one.indicator for one in seen):
        own = [one for one in seen if one.indicator == name]
        charts.append(_truth_chart(name, largest(own, MOST_IN_A_CHART), labels, words))
    return KnownTruth(_verdict(seen, words), tuple(charts), tuple(_truth_row(one, labels, words) for one in seen))


def _verdict(seen: Sequence[Estimate], words: Words) -> tuple[str, ...]:
    moved = [one for one in seen if one.raw is not None and one.raw != one.value]
    closer = sum(abs(one.value - one.truth) < abs(one.raw - one.truth) for one in moved)  # type: ignore[operator]
    further = sum(abs(one.value - one.truth) > abs(one.raw - one.truth) for one in moved)  # type: ignore[operator]
    held = sum(one.lower <= one.truth <= one.upper for one in seen)  # type: ignore[operator]
    said = []
    if moved:
        said.append(
            words.gettext(
                "Weighting brought {closer} of {n} figures closer to the truth and {further} further away."
            ).format(closer=count(closer, words), n=count(len(moved), words), further=count(further, words))
        )
    said.append(
        words.gettext("The interval holds the true value for {held} of {n} figures.").format(
            held=count(held, words), n=count(len(seen), words)
        )
    )
    level = max(one.level for one in seen)
    if held < level * len(seen) - 2 * math.sqrt(len(seen) * level * (1 - level)):  # more than chance explains
        said.append(
            words.gettext(
                "Intervals that kept their promise would hold it for about {level} in 100. What is missing is what "
                "weighting could not repair."
            ).format(level=number(level * 100, 0, words))
        )
    return tuple(said)


def _truth_chart(name: str, own: Sequence[Estimate], labels: Labels, words: Words) -> DotChart:
    factor = scale(own[0].statistic, own[0].unit)
    rows = []
    for one in own:
        marks = [Mark((one.truth or 0.0) * factor.factor, "bar", 3)]
        if one.raw is not None:
            marks.append(Mark(one.raw * factor.factor, "hollow", 2))
        marks.append(Mark((one.value or 0.0) * factor.factor))
        rows.append(
            Row(
                labels.domain(one.domain),
                tuple(marks),
                low=None if one.lower is None else one.lower * factor.factor,
                high=None if one.upper is None else one.upper * factor.factor,
                text=" | ".join(_three(one, words)),
            )
        )
    raw = any(one.raw is not None for one in own)
    legend = [
        *([("hollow", 2, words.gettext("without weights"))] if raw else []),
        ("dot", 1, words.gettext("with weights, interval")),
        ("bar", 3, words.gettext("true value")),
    ]
    return DotChart(
        title=labels.indicator(name),
        description=words.gettext(
            "{n} figures without weights, with weights, and their true value. The table below gives every number."
        ).format(n=len(rows)),
        rows=tuple(rows),
        axis=factor.unit,
        legend=tuple(legend),  # type: ignore[arg-type]
        floor=0.0 if factor.percent else None,
        ceiling=100.0 if factor.percent else None,
    )


def _three(one: Estimate, words: Words) -> list[str]:
    """Raw, weighted and true value with the digits the interval supports."""
    factor = scale(one.statistic, one.unit).factor
    places = len(show(one, words).value.partition(words.signs[ord(".")])[2])
    values = [one.raw, one.value, one.truth]
    return [number(value * factor, places, words) for value in values if value is not None]


def _truth_row(one: Estimate, labels: Labels, words: Words) -> tuple[str, ...]:
    numbers = show(one, words)
    parts = _three(one, words)
    raw = parts[0] if one.raw is not None else ""
    inside = one.lower is not None and one.upper is not None and one.lower <= (one.truth or 0.0) <= one.upper
    return (
        labels.indicator(one.indicator),
        labels.domain(one.domain),
        raw,
        numbers.value,
        numbers.interval,
        parts[-1],
        words.gettext("yes") if inside else words.gettext("no"),
        numbers.unit,
    )
