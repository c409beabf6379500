"""What the weights did, as a page shows it: distance to the benchmark before and after, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

from countersign.catalogue import threshold
from countersign.errors import CatalogueError
from countersign.model.weights import Weights
from countersign.publishing.charting import DotChart, Line, Mark, Row
from countersign.publishing.digits import count, number, percent
from countersign.publishing.figures import MOST_IN_A_CHART
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words


@dataclass(frozen=True)
class WeightsPage:
    """Facts (name, value, plain words), the love plot, and the table of shares."""

    sentence: str
    facts: tuple[tuple[str, str, str], ...]
    chart: DotChart | None
    left_out: int
    table: tuple[tuple[str, ...], ...]


def weights_page(weights: Weights | None, labels: Labels, words: Words) -> WeightsPage | None:
    """Return what to say about the weights, or None where the release has none."""
    if weights is None:
        return None
    chart, left_out = love_plot(weights, labels, words)
    table = tuple(
        (
            labels.variable(one.variable), labels.category(one.variable, one.category), percent(one.share_data, words),
            percent(one.share_weighted, words), percent(one.share_benchmark, words), number(one.before, 3, words),
            number(one.after, 3, words),
        )
        for one in weights.balance
    )  # fmt: skip
    return WeightsPage(_sentence(weights, words), _facts(weights, words), chart, left_out, table)


def _sentence(weights: Weights, words: Words) -> str:
    margins = "; ".join(weights.met)
    if not margins:
        return words.gettext("The weights that came with the data are used as they are.")
    return words.gettext(
        "Each record counts as much as its group needs to reach its share in the benchmark \u201c{benchmark}\u201d. "
        "Method: {method}. Groups: {margins}."
    ).format(benchmark=weights.benchmark, method=weights.method, margins=margins)


def _facts(weights: Weights, words: Words) -> tuple[tuple[str, str, str], ...]:
    facts = [
        (
            words.gettext("Design effect of the weights (Kish)"),
            number(weights.design_effect, 2, words),
            words.gettext("How many times wider the variance gets because records count unequally. 1 = no loss."),
        ),
        (
            words.gettext("Effective number of records"),
            words.gettext("{effective} of {n}").format(
                effective=count(weights.effective_n, words), n=count(weights.count, words)
            ),
            words.gettext("As many equally weighted records would tell as much."),
        ),
    ]
    filled = weights.n > 0
    if filled.any():
        ratio = float((weights.weight[filled] / weights.n[filled]).max() / (weights.total / weights.count))
        facts.append(
            (
                words.gettext("Largest weight"),
                words.gettext("{ratio} times the mean").format(ratio=number(ratio, 1, words)),
                words.gettext("Mean weight of the group that counts most, beside the mean of all."),
            )
        )
    if weights.iterations:
        last = weights.iterations[-1]
        facts.append(
            (
                words.gettext("Rounds until the weights fit"),
                count(last.number, words),
                words.gettext("Largest distance left between a margin and its target: {distance}.").format(
                    distance=f"{last.distance:.1e}"
                ),
            )
        )
    if weights.trimmed:
        facts.append(
            (
                words.gettext("Trimming"),
                ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in weights.trimmed.items()),
                words.gettext("Weights beyond a bound were cut; this is the record of it."),
            )
        )
    return tuple(facts)


def love_plot(weights: Weights, labels: Labels, words: Words) -> tuple[DotChart | None, int]:
    """Return the standardised differences before and after weighting, by category, and how many were left out."""
    if not weights.balance:
        return None, 0
    order = sorted(range(len(weights.balance)), key=lambda place: -weights.balance[place].before)
    kept = [weights.balance[place] for place in sorted(order[:MOST_IN_A_CHART])]
    rows: list[Row] = []
    group = ""
    for one in kept:
        if one.variable != group:
            group = one.variable
            rows.append(Row(labels.variable(group), header=True))
        rows.append(
            Row(
                labels.category(one.variable, one.category),
                (Mark(one.before, "hollow", 2), Mark(one.after)),
                text=f"{number(one.before, 2, words)} → {number(one.after, 2, words)}",
            )
        )
    worst = max(weights.balance, key=lambda one: one.before)
    chart = DotChart(
        title=words.gettext("Distance to the benchmark before and after weighting"),
        description=words.gettext(
            "Standardised difference of {n} categories. Largest before weighting: {label}, {before}; after it {after}. "
            "The table below gives every number."
        ).format(
            n=len(kept),
            label=labels.category(worst.variable, worst.category),
            before=number(worst.before, 2, words),
            after=number(worst.after, 2, words),
        ),
        rows=tuple(rows),
        axis=words.gettext("standardised difference (0 = same share as in the benchmark)"),
        lines=_limits(words),
        legend=(("hollow", 2, words.gettext("without weights")), ("dot", 1, words.gettext("with weights"))),
        join=True,
        floor=0.0,
    )
    return chart, len(weights.balance) - len(kept)


def _limits(words: Words) -> tuple[Line, ...]:
    try:
        limit = threshold("asmd")
    except CatalogueError:  # a deployer may have taken the limit out of the catalogue
        return ()
    return (Line(limit.good, words.gettext("limit {value}").format(value=f"{limit.good:g}")),)
