"""Comparisons + Dataset + figures -> Experience: how wrong this sample was where it can be checked, for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from countersign.catalogue import threshold
from countersign.errors import CountersignError
from countersign.model.dataset import Dataset
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.experience import Experience, Foreseen
from countersign.model.expression import names, parse
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.release import Comparison
from countersign.model.total_error import Checked, TotalError
from countersign.model.weights import Weights
from countersign.study.inferring.total_error import estimate_with_total_error, learn_total_error

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
SHARES = ("proportion", "distribution")

NONE_CHECKED = "No question with a known answer was compared, so experience says nothing."


def foresee(
    plan: Plan,
    table: EstimateTable,
    dataset: Dataset,
    weights: Weights | None,
    official: Mapping[str, Mapping[str, float]],
    comparisons: Sequence[Comparison],
) -> Experience:
    """Learn from the questions with a known answer how wrong the shares of a study may be.

    A question never teaches about itself: where an indicator asks what the benchmark knows, that question is left out.

    Parameters
    ----------
    table: the figures. official: question -> its official shares. comparisons: of these questions; where two
        benchmarks know one, the last counts.
    """
    if not plan.uncertainty.total_error:
        return Experience(reason="The study file asks for no such interval.")
    # A question that two benchmarks know counts once: as under 'compare'.
    comparisons = list({(one.item, one.category): one for one in comparisons if one.item in official}.values())
    if not comparisons:
        return Experience(reason=NONE_CHECKED)
    level = plan.uncertainty.level
    items = tuple(dict.fromkeys(one.item for one in comparisons))
    by, shares = _known(weights, official, items)
    weighted = learn_total_error(_checked(comparisons), level=level)
    corrected = None
    try:
        corrected = learn_total_error(dataset, shares, items=items, by=by, level=level)
    except CountersignError as error:
        if weighted.refused:
            return Experience(weighted=weighted, reason=error.problem)
    if weighted.refused:
        return Experience(corrected, weighted, reason=weighted.refused)
    found: list[Foreseen] = []
    wanted: dict[tuple[str, ...], list[IndicatorPlan]] = {}
    for indicator in plan.indicators.values():
        if indicator.statistic in SHARES and (indicator.data or plan.main.name) == dataset.name:
            wanted.setdefault(tuple(item for item in items if item not in _asked(indicator)), []).append(indicator)
    for rest, indicators in wanted.items():
        learnt = weighted
        for item in (item for item in items if item not in rest):
            learnt = learnt.without(item)
        better = {} if corrected is None else _corrected(indicators, corrected, dataset, shares, rest, by)
        for indicator in indicators:
            figures = [one for one in table if one.indicator == indicator.name and one.status in SHOWN]
            found += _foreseen(indicator, figures, better, learnt, len(rest))
    return Experience(corrected, weighted, tuple(found))


def _known(
    weights: Weights | None, official: Mapping[str, Mapping[str, float]], items: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, dict[str, float]]]:
    """Return what is known of everybody: the variables of the weights, and official shares of these and the items."""
    shares = {item: dict(official[item]) for item in items}
    by = []
    for margin in weights.margins if weights else ():
        for name in margin.variables:
            if name not in shares:
                counts = margin.collapsed(name)
                shares[name] = {key[0]: count / counts.total for key, count in counts.counts.items()}
                by.append(name)
    return tuple(by), shares


def _checked(comparisons: Sequence[Comparison]) -> list[Checked]:
    smallest = threshold("total_error_share").good
    return [
        Checked(
            item=one.item,
            category=one.category,
            estimate=one.weighted,
            truth=one.benchmark,
            raw=one.raw,
            standard_error=one.standard_error,
        )
        for one in comparisons
        if one.benchmark >= smallest
    ]


def _asked(indicator: IndicatorPlan) -> set[str]:
    """Return the variables an indicator asks about."""
    if indicator.statistic == "distribution":
        return {indicator.numerator}
    return set(names(parse(indicator.numerator)))


Better: TypeAlias = dict[tuple[str, str], Foreseen]
"""Indicator and category -> the corrected figure for everybody."""


def _corrected(
    indicators: Sequence[IndicatorPlan],
    learnt: TotalError,
    dataset: Dataset,
    shares: Mapping[str, Mapping[str, float]],
    items: tuple[str, ...],
    by: tuple[str, ...],
) -> Better:
    """Return the figures for everybody, corrected by the other questions; none where it cannot be done."""
    found: Better = {}
    wanted: dict[str, IndicatorPlan] = {}
    for indicator in indicators:
        known = _left_out(indicator, learnt, len(items))
        found |= known
        if not known and not indicator.where and items and indicator.numerator not in by:
            # In brackets a variable that is true or false is a condition, not a question with two answers.
            bare = indicator.statistic == "distribution"
            wanted[indicator.numerator if bare else f"({indicator.numerator})"] = indicator
    if not wanted:
        return found
    try:
        table = estimate_with_total_error(dataset, shares, of=list(wanted), items=items, by=by, level=learnt.level)
    except CountersignError:
        return found
    for text, indicator in wanted.items():
        for one in table:
            head = f"{text} = '"
            category = one.indicator.removeprefix(head).removesuffix("'") if one.indicator.startswith(head) else ""
            if one.indicator in (text, f"{head}{category}'") and one.lower is not None and one.upper is not None:
                foreseen = Foreseen("", one.lower, one.upper, len(items), one.value, one.standard_error)
                found[indicator.name, category] = foreseen
    return found


def _left_out(indicator: IndicatorPlan, learnt: TotalError, items: int) -> Better:
    """Return what the other questions said of a checked question, where the indicator asks just that."""
    found: Better = {}
    for one in learnt.checked:
        whole = indicator.statistic == "distribution" and indicator.numerator == one.item
        single = indicator.numerator.replace('"', "'").strip() == f"{one.item} = '{one.category}'"
        if not indicator.where and (whole or single) and one.lower is not None and one.upper is not None:
            foreseen = Foreseen("", one.lower, one.upper, items, one.estimate, one.standard_error)
            found[indicator.name, one.category if whole else ""] = foreseen
    return found


def _foreseen(
    indicator: IndicatorPlan, figures: Sequence[Estimate], better: Better, learnt: TotalError, items: int
) -> Iterator[Foreseen]:
    for figure in figures:
        category = figure.domain.get(indicator.numerator, "") if indicator.statistic == "distribution" else ""
        one = better.get((indicator.name, category))
        if one is not None and len(figure.domain) == bool(category):
            yield replace(one, figure_id=figure.figure_id)
        elif not learnt.refused and figure.value is not None and 0 <= figure.value <= 1:
            raw = figure.raw if figure.raw is not None else figure.value
            lower, upper = learnt.interval(figure.value, figure.standard_error or 0.0, raw=raw)
            yield Foreseen(figure.figure_id, lower, upper, items)
