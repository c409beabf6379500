"""Tables + known totals -> Weights by calibration; two-phase samples -> figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from countersign.errors import ArgumentError, BenchmarkError, EstimationError, WeightingError
from countersign.model.auxiliaries import auxiliaries_of
from countersign.model.benchmark import Benchmark, Margin, NumberTotal
from countersign.model.cells import Cells, Floats
from countersign.model.dataset import Dataset
from countersign.model.distances import Distance
from countersign.model.estimate import EstimateTable
from countersign.model.plan import IndicatorPlan, WeightingPlan
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import design_from, known, opened, weighed
from countersign.study.inferring.rows import numeric as numbers
from countersign.study.inferring.spelling import is_number
from countersign.study.measuring import measures_of
from countersign.tables import compile_expression, unreduced

if TYPE_CHECKING:
    from countersign.estimation.two_phase import TwoPhase
    from countersign.model.weights import Weights

Booleans = npt.NDArray[np.bool_]
Known = Mapping[Any, "float | Mapping[Any, float]"]


@verb
def calibrate(
    table: Any,
    /,
    totals: Any,
    *,
    by: Sequence[str | Sequence[str]] = (),
    numeric: Sequence[str] = (),
    within: str | Sequence[str] = (),
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    size: float | None = None,
    weight: str = "",
    benchmark_weight: str = "",
    benchmark_error: bool = False,
) -> Weights:
    """Calibrate the weights of a table to known totals.

    Parameters
    ----------
    table: a Dataset, or anything `countersign.read` opens.
    totals: what is known of the population: a mapping such as ``{"sex": {"f": 510, "m": 490}, "turnover": 39e6}``,
        where a mapping of categories is a margin (several variables together: ``("sex", "region")`` with keys
        ``("f", "North")``) and a number is the total of a numeric column; a `Benchmark`; or a table of units, which is
        counted and summed.
    by: margins to meet, numeric: numbers to meet; of a mapping all are met if neither is named.
    within: variables whose categories are calibrated separately. In a mapping, margins then have these variables first
        and totals of numbers are mappings by part.
    distance: ``linear``, ``raking`` or ``logit``. bounds: smallest and largest factor.
    size: population size, where no margin tells it. weight: column of base weights.
    benchmark_weight: weights of a table of units. benchmark_error: that table is a sample, and its error counts.

    Returns
    -------
    Weights, for `countersign.estimate(table, weights=...)`.

    Raises
    ------
    BenchmarkError: totals contradict each other or the data. WeightingError: totals out of reach, missing values.
    """
    from countersign.study.weighing import weigh

    dataset = opened(table)
    parts = (within,) if isinstance(within, str) else tuple(within)
    groups = tuple((group,) if isinstance(group, str) else tuple(group) for group in by)
    if isinstance(totals, Mapping):
        known, amounts, groups = _from_mapping(totals, groups, tuple(numeric), parts, size)
    elif isinstance(totals, Benchmark):
        known, amounts = totals, dict.fromkeys(numeric)
        groups = groups or tuple(margin.variables for margin in totals.margins)
    else:
        amounts = dict.fromkeys(numeric)
        if not groups and not amounts:
            raise WeightingError(
                "It is not said what to calibrate to.",
                where="by",
                expected="margins under by=, or numbers under numeric=",
                action="name variables that both tables hold",
            )
    plan = WeightingPlan(
        method="calibrate",
        benchmark="totals",
        by=groups,
        base=weight,
        distance=distance,
        bounds=bounds,
        within=parts,
        numeric=amounts,
        benchmark_error=benchmark_error,
    )
    if not isinstance(totals, Mapping | Benchmark):
        known = _counted(opened(totals), plan, benchmark_weight)
    return weigh(dataset, known, plan=plan, where="calibrate")


def _from_mapping(
    totals: Known,
    by: tuple[tuple[str, ...], ...],
    numeric: tuple[str, ...],
    within: tuple[str, ...],
    size: float | None,
) -> tuple[Benchmark, dict[str, Mapping[tuple[str, ...], float] | None], tuple[tuple[str, ...], ...]]:
    """Return margins and totals of numbers; a mapping by part is a number's where `numeric` names it."""
    for told in totals.values():
        for one in told.values() if isinstance(told, Mapping) else (told,):
            if not is_number(one):
                raise BenchmarkError(
                    "A total is no number.",
                    where="totals",
                    expected="{'sex': {'f': 510, 'm': 490}, 'turnover': 39e6}",
                    action="correct the totals",
                )
    margins, amounts = [], dict[str, Mapping[tuple[str, ...], float] | None]()
    for key, held in totals.items():
        names = (key,) if isinstance(key, str) else tuple(key)
        if not isinstance(held, Mapping):
            amounts[names[0]] = {(): float(held)}
        elif len(names) == 1 and names[0] in numeric:
            amounts[names[0]] = {_key(part): float(amount) for part, amount in held.items()}
        else:
            margins.append(Margin(names, {_key(part): float(amount) for part, amount in held.items()}))
    wanted = by
    if not by and not numeric:
        groups = (tuple(name for name in one.variables if name not in within) for one in margins)
        wanted = tuple(group for group in groups if group)
    chosen = {name: amount for name, amount in amounts.items() if not numeric or name in numeric}
    chosen |= {name: None for name in numeric if name not in amounts}
    if size is not None:
        margins.append(Margin((), {(): float(size)}))
    return Benchmark("totals", tuple(margins)), chosen, wanted


def _key(part: Any) -> tuple[str, ...]:
    return tuple(map(str, part)) if isinstance(part, tuple) else (str(part),)


def _counted(units: Dataset, plan: WeightingPlan, weight: str) -> Benchmark:
    """Count margins and sum numbers of a table of units."""
    from countersign.intake import totals_of_units

    numbers = [(name, plan.within) for name in plan.numeric]
    return totals_of_units(units, plan.margins, numbers, weight, with_error=plan.benchmark_error)


@verb
def estimate_two_phase(
    table: Any,
    /,
    *,
    observed: str,
    mean: str = "",
    proportion: str = "",
    total: str = "",
    by: Sequence[str | Sequence[str]] = (),
    margins: Sequence[str | Sequence[str]] = (),
    numeric: Sequence[str] = (),
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    weight: str = "",
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    second_strata: str | Sequence[str] = (),
    level: float = 0.95,
) -> EstimateTable:
    """Estimate from a sample of which only a part, drawn by chance, was asked.

    Parameters
    ----------
    table: all records of the first phase.
    observed: condition that holds for the second phase, such as ``"visited = 'yes'"``. It was drawn as a simple random
        sample within `second_strata`.
    mean, proportion, total: exactly one, an expression that is known for the second phase. by: breakdowns.
    margins, numeric: what the first phase knows of everybody in it; the second phase is calibrated to the totals that
        the first estimates. Neither: no calibration.
    distance, bounds: of this calibration, as in `calibrate`.
    weight: column of first-phase weights. strata, psu, fpc, lonely: design of the first phase. level: of the intervals.

    Raises
    ------
    EstimationError: nobody is in the second phase; a stratum of either phase with fewer than two.
    WeightingError, BenchmarkError: the second phase cannot be calibrated to the first.
    """
    from countersign.estimation.figures import FigureContext
    from countersign.estimation.two_phase import two_phase_figures

    dataset = opened(table)
    statistic, expression = _statistic(mean=mean, proportion=proportion, total=total)
    groups = tuple((group,) if isinstance(group, str) else tuple(group) for group in by)
    indicator = IndicatorPlan(f"{statistic} of {expression}", statistic, expression, by=((), *groups))  # type: ignore[arg-type]
    measures = measures_of(indicator, dataset, where="estimate_two_phase")
    asked = compile_expression(observed, dataset.codebook.types(), where="observed")[0].fill_null(value=False)
    first_strata = (strata,) if isinstance(strata, str) else tuple(strata)
    seconds = (second_strata,) if isinstance(second_strata, str) else tuple(second_strata)
    calibrated = tuple((group,) if isinstance(group, str) else tuple(group) for group in margins)
    names = [*first_strata, psu, fpc, *seconds, *numeric]
    names += [name for group in (*groups, *calibrated) for name in group]
    known(dataset, [name for name in names if name])
    numbers(dataset, numeric, argument="numeric")
    weighed(dataset, dataset.kept(), weight)
    everybody, _ = unreduced(
        dataset.kept(),
        by=tuple(name for name in names if name),
        measures={"value": measures.value, "base": measures.base, "asked": asked},
        weight=weight or None,
    )
    inside = everybody.plain[:, 2] > 0
    if not inside.any():
        raise EstimationError(
            "Nobody is in the second phase.",
            where="observed",
            expected="a condition that holds for the records of the second phase",
            action="correct the condition",
        )
    sample, words = _two_phase(
        everybody, inside, first_strata, psu, fpc, lonely, seconds, calibrated, tuple(numeric), distance, bounds
    )
    part = _rows_of(everybody, inside)
    context = FigureContext(level=level)
    figures = []
    for group in indicator.by:
        domain, labels = part.codes(group)
        figures += two_phase_figures(
            sample,
            indicator,
            value=part.plain[:, 0],
            base=None if statistic == "total" else part.plain[:, 1],
            domain=domain,
            labels=labels,
            by=group,
            words=words,
            context=context,
        )
    return EstimateTable(tuple(figures), title=dataset.name)


def _statistic(**given: str) -> tuple[str, str]:
    named = [(name, text) for name, text in given.items() if text]
    if len(named) != 1:
        raise ArgumentError(
            f"{'None' if not named else 'More than one'} of {', '.join(f'{name}=' for name in given)} is given.",
            where="estimate_two_phase",
            expected="exactly one of them, with an expression",
            action='give one, such as mean="income"',
        )
    return named[0]


def _two_phase(
    everybody: Cells,
    inside: Booleans,
    strata: tuple[str, ...],
    psu: str,
    fpc: str,
    lonely: str,
    seconds: tuple[str, ...],
    margins: tuple[tuple[str, ...], ...],
    numeric: tuple[str, ...],
    distance: Distance,
    bounds: tuple[float, float] | None,
) -> tuple[TwoPhase, str]:
    """Return the second phase with its weights, and how they were made in words."""
    from countersign.estimation.sample import prepare
    from countersign.estimation.two_phase import TwoPhase
    from countersign.weighting import calibrate_to

    whole = prepare(everybody, design=design_from(strata=strata, psu=psu, fpc=fpc, lonely=lonely))
    second, labels = everybody.codes(seconds)
    asked = np.bincount(second, minlength=len(labels)).astype(float)
    answered = np.bincount(second[inside], minlength=len(labels)).astype(float)
    if (answered == 0).any():
        lost = " x ".join(str(one) for one in labels[int(np.flatnonzero(answered == 0)[0])])
        raise EstimationError(
            f"Nobody of the stratum {lost or '(all)'} is in the second phase.",
            where="second_strata",
            expected="records of the second phase in every stratum",
            action="merge strata of the second phase",
        )
    part = _rows_of(everybody, inside, (asked / answered)[second])
    factor, x, words = np.ones(len(part)), None, "not calibrated"
    if margins or numeric:
        known = [_counted_in(everybody, group) for group in margins] or [_counted_in(everybody, ())]
        totals = [_summed_in(everybody, name) for name in numeric]
        weights = calibrate_to(part, known, totals, distance=distance, bounds=bounds, base_column="first phase")
        factor, x = weights.factor, auxiliaries_of(part, known, totals)
        words = f"{weights.method} to {', '.join(weights.met)} of the first phase"
    sampled = whole.sampled
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = 1 - np.where(sampled > 1, whole.scale * (sampled - 1) / sampled, 0.0)
    return TwoPhase(
        base=part.weight,
        factor=factor,
        x=x,
        stratum=whole.stratum[inside],
        unit=None if whole.unit is None else whole.unit[inside],
        sampled=sampled,
        fraction=fraction,
        second=second[inside],
        asked=asked,
    ), words


def _counted_in(cells: Cells, group: tuple[str, ...]) -> Margin:
    code, labels = cells.codes(group)
    counts = np.bincount(code, cells.weight, len(labels))
    return Margin(
        group, {tuple(str(one) for one in label): float(n) for label, n in zip(labels, counts.tolist(), strict=True)}
    )


def _summed_in(cells: Cells, name: str) -> NumberTotal:
    """Sum a number that everybody in the first phase must have."""
    held = cells.keys[name].tolist()
    lost = sum(value is None or not np.isfinite(value) for value in held)
    if lost:
        raise EstimationError(
            f"{lost:,} rows of the first phase have no '{name}'.",
            where="numeric",
            expected="a number for everybody in the first phase",
            action=f"complete '{name}', or leave it out of numeric=",
        )
    return NumberTotal(name, {(): float(cells.weight @ np.array(held, dtype=np.float64))})


def _rows_of(cells: Cells, inside: Booleans, factor: Floats | None = None) -> Cells:
    """Return some of the cells, their weights times a factor."""
    f = np.ones(int(inside.sum())) if factor is None else factor[inside]
    return Cells(
        keys={name: values[inside] for name, values in cells.keys.items()},
        measures=cells.measures,
        n=cells.n[inside],
        weight=cells.weight[inside] * f,
        weight2=cells.weight2[inside] * f**2,
        first=cells.first[inside] * f[:, None],
        cross=cells.cross[inside] * f[:, None] ** 2,
        second=cells.second[inside] * f[:, None, None] ** 2,
        plain=cells.plain[inside],
    )
