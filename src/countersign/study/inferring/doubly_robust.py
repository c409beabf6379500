"""Doubly robust estimation on plain tables: right if the model of taking part or the model of the answer is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from countersign.errors import EstimationError
from countersign.model.estimate import EstimateTable
from countersign.model.propensity import PropensityMethod
from countersign.model.regressors import Term
from countersign.model.replicates import ReplicateWeights
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.propensity import Asked, breakdowns, fit, known, resampled, restricted

if TYPE_CHECKING:
    from countersign.estimation.nonprobability.target import Denominator, Population

Model = Literal["auto", "linear", "logistic"]


@verb
def estimate_doubly_robust(
    volunteers: Any,
    survey: Any,
    *,
    mean: Asked = (),
    total: Asked = (),
    on: Sequence[Term],
    outcome: Model = "auto",
    outcome_on: Sequence[Term] | None = None,
    by: Sequence[str | Sequence[str]] = (),
    numeric: Sequence[str] = (),
    weight: str = "",
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    replicates: ReplicateWeights | None = None,
    shares: Sequence[float] | None = None,
    method: PropensityMethod = "mle",
    estimator: Denominator = "hajek",
    population: Population = None,
    restrict: bool = False,
    interval: str = "",
    level: float = 0.95,
    bootstrap: int = 0,
    seed: int = 20260101,
) -> EstimateTable:
    """Estimate means and totals from volunteers, by a model of the answer corrected with weighted residuals.

    Parameters
    ----------
    outcome: model of the answer: ``linear``, ``logistic``, or ``auto``: logistic for conditions and 0/1.
    outcome_on: auxiliary variables of that model; None = those of `on`.
    by: breakdowns by variables that both sides have.
    volunteers, survey, mean, total, on, numeric, weight, strata, psu, fpc, lonely, replicates, shares, method,
    estimator, population, restrict, interval, level, bootstrap, seed: as in `estimate_by_propensity`.

    Raises
    ------
    WeightingError: no support, separation, no convergence. EstimationError: what cannot be estimated.
    """
    from countersign.estimation.nonprobability.bootstrap import bootstrap_double
    from countersign.estimation.nonprobability.doubly_robust import estimate_double, fit_double
    from countersign.estimation.nonprobability.two_part_figures import figures_of
    from countersign.estimation.nonprobability.two_parts import ReferencePart
    from countersign.weighting.propensity import refit

    if outcome not in ("auto", "linear", "logistic"):
        raise EstimationError(
            f"There is no outcome model '{outcome}'.", where="outcome", expected="auto, linear or logistic"
        )
    groups = breakdowns(by)
    fitted, targets = fit(
        volunteers, survey, mean=mean, total=total, on=on, by=groups, numeric=numeric, weight=weight, strata=strata,
        psu=psu, fpc=fpc, lonely=lonely, replicates=replicates, shares=shares, totals=None, method=method,
        restrict=restrict, both=True, more=outcome_on or (),
    )  # fmt: skip
    part = ReferencePart(fitted)
    made = []
    for target in targets:
        model = fit_double(
            fitted, target, family=None if outcome == "auto" else outcome, on=outcome_on, numeric=numeric
        )  # fmt: skip
        for group in groups:
            size = known(population, group)
            result = estimate_double(model, by=group, estimator=estimator, population=size, part=part)
            notes: list[str] = []
            if bootstrap:
                spread = bootstrap_double(
                    model, refit, by=group, estimator=estimator, population=size, replicates=bootstrap, seed=seed,
                )  # fmt: skip
                notes = resampled(spread.se, bootstrap)
            made += figures_of(
                result, fitted, outcome=model.outcome.family, estimator=estimator, level=level, convention=interval,
                notes=notes,
            )  # fmt: skip
    return EstimateTable(tuple(made), notes=restricted(fitted))
