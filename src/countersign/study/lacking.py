"""What the data are good for and what is lacking: verdicts, gaps of official statistics, groups hardly known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from countersign import quality
from countersign.model.benchmark import Benchmark
from countersign.model.dataset import Dataset
from countersign.model.estimate import EstimateTable
from countersign.model.finding import Finding, Fitness
from countersign.model.gap import Gap, GroupCoverage
from countersign.model.official import OfficialSeries
from countersign.model.plan import Plan
from countersign.model.weights import Weights
from countersign.quality.areas import coverage_by_area
from countersign.quality.confidentiality import fewest_people, fewest_told, told_balance
from countersign.quality.disaggregated import required_variables
from countersign.quality.gaps import find_gaps, with_requirement, with_use
from countersign.quality.leave_nobody_behind import group_coverage, recounted, withheld
from countersign.quality.merits import merits

if TYPE_CHECKING:
    from countersign.protection.noise.laws import Law

if TYPE_CHECKING:
    from countersign.study.study import Study


def verdicts(
    plan: Plan,
    findings: Sequence[Finding],
    estimates: EstimateTable,
    official: Sequence[OfficialSeries],
    *,
    area: str = "",
) -> tuple[Fitness, ...]:
    """Return the verdicts of the study, of each indicator and of each area, with what is better than official data.

    Parameters
    ----------
    area: variable of the main data that holds the area.
    """
    gaps_ = find_gaps(plan, estimates, official)
    better = merits(plan, findings, gaps=gaps_, official=official)
    areas = (*coverage_by_area(area, findings), *quality.precision_by_area(plan, estimates))
    return quality.verdicts([*findings, *areas], plan=plan, better=better)


def gaps(
    plan: Plan, estimates: EstimateTable, official: Sequence[OfficialSeries], fitness: Sequence[Fitness]
) -> tuple[Gap, ...]:
    """Return the gaps with the data that could fill them and the use these are good enough for."""
    found = with_use(find_gaps(plan, estimates, official), fitness, estimates)
    return with_requirement(found, lambda indicator: required_variables(plan, indicator))


def groups(
    plan: Plan, dataset: Dataset, benchmark: Benchmark | None, weights: Weights | None, law: Law | None = None
) -> tuple[GroupCoverage, ...]:
    """Return the table that leaves nobody behind; nothing for published tables, whose rows are no people.

    Parameters
    ----------
    law: of the noise, where numbers are changed instead of withheld.
    """
    if any(reading.totals for reading in dataset.readings):
        return ()
    table = group_coverage(dataset, plan=plan, benchmark=benchmark, weights=weights)
    if law is not None:
        from countersign.study.changing import counts_of_groups

        return recounted(table, counts_of_groups(plan, dataset, table, law), largest=law.largest)
    return withheld(table, fewest=fewest_people(plan))


def told_weights(study: Study) -> Weights | None:
    """Return the weights as they are told of: without what they say of groups of few people."""
    return told_balance(study.weights, fewest=fewest_told(study.plan, study.main.unit))
