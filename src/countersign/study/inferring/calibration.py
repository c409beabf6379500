"""Tables + known totals -> Weights by calibration; two-phase samples -> figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from countersign.errors import WeightingError
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.dataset import Dataset
from countersign.model.distances import Distance
from countersign.model.plan import WeightingPlan
from countersign.study.inferring.rows import opened

if TYPE_CHECKING:
    from countersign.model.weights import Weights

Known = Mapping[Any, "float | Mapping[Any, float]"]


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
    margins, amounts = [], dict[str, Mapping[tuple[str, ...], float] | None]()
    for key, known in totals.items():
        names = (key,) if isinstance(key, str) else tuple(key)
        if not isinstance(known, Mapping):
            amounts[names[0]] = {(): float(known)}
        elif len(names) == 1 and names[0] in numeric:
            amounts[names[0]] = {_key(part): float(amount) for part, amount in known.items()}
        else:
            margins.append(Margin(names, {_key(part): float(amount) for part, amount in known.items()}))
    wanted = by
    if not by and not numeric:
        groups = (tuple(name for name in one.variables if name not in within) for one in margins)
        wanted = tuple(group for group in groups if group)
    chosen = {name: known for name, known in amounts.items() if not numeric or name in numeric}
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
