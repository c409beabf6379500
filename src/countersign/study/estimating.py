"""Datasets + Weights -> EstimateTable: every indicator, for every part of the population the study asks for."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import DataError, EstimationError
from countersign.model.dataset import Dataset
from countersign.model.design import Design
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.weights import Weights
from countersign.quality.claims import refused_figure
from countersign.study.comparing import share_of
from countersign.study.designing import base_of, design_of, refuse_no_weight, refuse_nothing
from countersign.study.measuring import ASKED, Measures, known_breakdowns, marked, measures_of
from countersign.study.unasked import NOT_IN_FILE, absent_column, told_apart
from countersign.study.weighing import cells_for

if TYPE_CHECKING:
    from countersign.catalogue import Claim
    from countersign.estimation import FigureContext
    from countersign.model.cells import Cells

Where = Callable[..., str]

MOST_CATEGORIES = 200  # of a distribution: more is a free text, not a question


def estimate(
    plan: Plan,
    datasets: Mapping[str, Dataset],
    weights: Weights | None,
    *,
    where: Where,
    truth: Path | None = None,
) -> EstimateTable:
    """Estimate every indicator of a study.

    Parameters
    ----------
    datasets: by name. weights: of the main data set, or None. where: a place in the study file -> in words.
    truth: file of known true values, for made-up data.

    Raises
    ------
    ExpressionError: an expression does not fit the data. EstimationError: an indicator's `where` selects nobody.
    """
    table = estimate_indicators(plan, datasets, weights, where=where)
    return with_truth(table, truth) if truth else table


def estimate_indicators(
    plan: Plan, datasets: Mapping[str, Dataset], weights: Weights | None, *, where: Where
) -> EstimateTable:
    """Estimate the indicators of a plan; see `estimate`. `where` turns a place in the study file into words."""
    figures: list[Estimate] = []
    weighed = set[str]()
    for name, indicator in plan.indicators.items():
        source = indicator.data or plan.main.name
        if source not in datasets and plan.data[source].optional:
            figures.append(_no_data(indicator, _context(plan), f"This delivery does not hold '{source}'."))
            continue
        dataset = datasets[source]
        if claim := refused_figure(plan, dataset, name):
            figures.append(_refused(indicator, _context(plan), claim))
            continue
        own = weights if source == plan.main.name else None
        if own is None and source not in weighed:
            refuse_no_weight(dataset, dataset.role("weight"))
            weighed.add(source)
        if column := absent_column(indicator, dataset):
            note = NOT_IN_FILE.format(variable=column)
            figures.append(replace(_no_data(indicator, _context(plan), note), status=Status.NOT_ASKED))
            continue
        place = where("indicators", name)
        known_breakdowns(indicator, dataset, where=place)
        made = told_apart(_figures(plan, indicator, dataset, own, place), indicator, dataset)
        figures += [_placed(figure, dataset) for figure in made]
    return EstimateTable(estimates=tuple(figures), synthetic=plan.synthetic)


def _figures(
    plan: Plan, indicator: IndicatorPlan, dataset: Dataset, weights: Weights | None, place: str
) -> Iterator[Estimate]:
    refuse_nothing(dataset)
    design = design_of(dataset)
    context = _context(plan)
    if indicator.statistic == "distribution":
        yield from _distribution(indicator, dataset, design, weights, context, place)
        return
    measures = measures_of(indicator, dataset, where=place)
    if indicator.statistic == "quantile":
        yield from _quantiles(indicator, dataset, design, weights, context, measures, place)
        return
    yield from _ratios(indicator, dataset, design, weights, context, measures, place)


def _keys(indicator: IndicatorPlan, design: Design, weights: Weights | None) -> tuple[str, ...]:
    names = [*design.strata, design.psu, design.fpc]
    if weights:
        names += [*weights.by, weights.base_column if weights.base is not None else ""]
    names += [name for group in indicator.by for name in group]
    return tuple(dict.fromkeys(name for name in names if name))


def _ratios(
    indicator: IndicatorPlan,
    dataset: Dataset,
    design: Design,
    weights: Weights | None,
    context: FigureContext,
    measures: Measures,
    place: str,
) -> Iterator[Estimate]:
    from countersign.estimation import figures, prepare

    by = _keys(indicator, design, weights)
    sums = {"value": measures.value, "base": measures.base}
    if indicator.statistic in ("total", "ratio"):
        sums["present"] = measures.present
    cells = cells_for(dataset, weights, by=by, measures=sums, weight=base_of(dataset, weights))
    present = "present" if "present" in sums else "base"
    if any(reading.totals for reading in dataset.readings):
        # Rows of a published table are numbers of people: behind a figure stand those people, not the rows.
        present = "value" if indicator.statistic == "total" else "base"
    sample = prepare(cells, design=design, weights=weights, residuals=context.residuals)
    if not cells.plain[:, cells.measures.index(present)].sum():
        yield from _nobody(indicator, context, place)
        return
    denominator = None if indicator.statistic == "total" else "base"
    for group in indicator.by:
        yield from figures(
            sample,
            indicator,
            measures=("value", denominator),
            counted=present,
            by=group,
            weights=weights,
            context=context,
            selection=dataset.selection,
        )


def _nobody(indicator: IndicatorPlan, context: FigureContext, place: str) -> Iterator[Estimate]:
    if indicator.if_empty == "refuse":
        raise EstimationError(
            f"No record is left for the indicator '{indicator.name}'"
            + (f": 'where: {indicator.where}' selects nobody who answered." if indicator.where else "."),
            where=f"{place}.where" if indicator.where else place,
            expected="at least one record",
            action="correct the condition; or write 'if_empty: report' if a delivery may hold none",
        )
    yield _no_data(indicator, context, "This delivery holds no record of this indicator.")


def _refused(indicator: IndicatorPlan, context: FigureContext, claim: Claim) -> Estimate:
    note = f"Refused: {claim.title[:1].lower()}{claim.title[1:]}. {claim.why} {claim.instead}".strip()
    return replace(_no_data(indicator, context, note), status=Status.REFUSED, flags=(f"claim:{claim.id}",))


def _no_data(indicator: IndicatorPlan, context: FigureContext, note: str) -> Estimate:
    return Estimate(
        indicator=indicator.name,
        statistic=indicator.statistic,
        domain={},
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        n=0,
        method="",
        convention="",
        unit=indicator.unit,
        series=indicator.series,
        time=indicator.time or context.time,
        area=context.area,
        status=Status.NO_DATA,
        note=note,
        figure_id=indicator.name,
    )


def _distribution(
    indicator: IndicatorPlan,
    dataset: Dataset,
    design: Design,
    weights: Weights | None,
    context: FigureContext,
    place: str,
) -> Iterator[Estimate]:
    from countersign.estimation import figures, prepare

    variable = indicator.numerator
    by = tuple(dict.fromkeys((variable, *_keys(indicator, design, weights))))
    if indicator.where:
        dataset, by = marked(dataset, indicator.where, where=f"{place}.where"), (*by, ASKED)
    cells = cells_for(dataset, weights, by=by, measures={}, weight=base_of(dataset, weights))
    categories = _categories(cells, variable)
    if not categories:
        yield from _nobody(indicator, context, place)
    for category in categories:
        shares = share_of(cells, variable, category)
        sample = prepare(shares, design=design, weights=weights, residuals=context.residuals)
        for group in indicator.by:
            yield from figures(
                sample,
                indicator,
                measures=("category", "answered"),
                category=category,
                by=group,
                weights=weights,
                context=context,
                selection=dataset.selection,
            )


def _categories(cells: Cells, variable: str) -> list[str]:
    values = cells.keys[variable]
    if ASKED in cells.keys:
        values = values[cells.keys[ASKED] == "yes"]
    found = sorted({str(value) for value in values.tolist() if value is not None})
    if len(found) > MOST_CATEGORIES:
        raise EstimationError(
            f"'{variable}' has {len(found)} different answers.",
            expected=f"at most {MOST_CATEGORIES} categories for a distribution",
            action="group the answers with 'recode' or 'derive' first",
        )
    return found


def _quantiles(
    indicator: IndicatorPlan,
    dataset: Dataset,
    design: Design,
    weights: Weights | None,
    context: FigureContext,
    measures: Measures,
    place: str,
) -> Iterator[Estimate]:
    from countersign.estimation import quantile_figures
    from countersign.tables import collect

    base = base_of(dataset, weights) or ""
    table = dataset.kept().with_columns(_value=measures.value_null)
    columns = collect(
        table, list(dict.fromkeys(("_value", *_keys(indicator, design, weights), *([base] if base else ()))))
    )
    if not (columns["_value"] == columns["_value"]).any():
        yield from _nobody(indicator, context, place)
        return
    for group in indicator.by:
        yield from quantile_figures(
            columns,
            indicator,
            variable="_value",
            by=group,
            weight=base,
            design=design,
            weights=weights,
            context=context,
            selection=dataset.selection,
        )


def _context(plan: Plan) -> FigureContext:
    from countersign.estimation import FigureContext

    population = plan.population
    return FigureContext(time=population.time, area=population.area_code or population.area)


def _placed(figure: Estimate, dataset: Dataset) -> Estimate:
    """Fill area and time of a figure that is broken down by them."""
    area = figure.domain.get(dataset.role("area"), figure.area)
    time = figure.time
    for name, value in figure.domain.items():
        derived = dataset.codebook[name].derived if name in dataset.codebook else ""
        if name == dataset.role("time") or derived.replace(" ", "") == f"year({dataset.role('time')})":
            time = value
    return replace(figure, area=area, time=time) if (area, time) != (figure.area, figure.time) else figure


def with_truth(table: EstimateTable, path: Path) -> EstimateTable:
    """Add the known true values of made-up data to the figures they belong to.

    Parameters
    ----------
    path: CSV with the columns ``indicator``, one per breakdown (empty = total), ``value``.

    Raises
    ------
    DataError: the file lacks one of these columns.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        if "indicator" not in names or "value" not in names:
            raise DataError(
                "The file of true values lacks a column.",
                where=path.name,
                expected="the columns indicator, value, and one per breakdown",
                action="add it",
            )
        known = {
            (row["indicator"], frozenset((k, v) for k, v in row.items() if v and k not in ("indicator", "value"))): row[
                "value"
            ]
            for row in reader
        }
    figures = []
    for figure in table:
        true = known.get((figure.indicator, frozenset((k, str(v)) for k, v in figure.domain.items())))
        figures.append(replace(figure, truth=float(true)) if true is not None else figure)
    return replace(table, estimates=tuple(figures))
