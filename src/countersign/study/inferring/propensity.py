"""Propensity weighting on plain tables: those who took part are held against a survey of the same population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Cells
from countersign.model.estimate import EstimateTable
from countersign.model.propensity import KnownTotals, Propensity, PropensityMethod
from countersign.model.reference import Reference, Replicates
from countersign.model.regressors import Term
from countersign.model.replicates import ReplicateWeights
from countersign.model.weights import Weights
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of, design_from, opened

if TYPE_CHECKING:
    from countersign.estimation.nonprobability.target import Denominator, Population, Target

Asked: TypeAlias = str | Sequence[str] | Mapping[str, str]
Totals: TypeAlias = KnownTotals | Mapping[Any, Mapping[Any, float] | float]


@verb
def estimate_by_propensity(
    volunteers: Any,
    survey: Any = None,
    *,
    mean: Asked = (),
    total: Asked = (),
    on: Sequence[Term],
    by: Sequence[str | Sequence[str]] = (),
    numeric: Sequence[str] = (),
    weight: str = "",
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    replicates: ReplicateWeights | None = None,
    shares: Sequence[float] | None = None,
    totals: Totals | None = None,
    method: PropensityMethod = "mle",
    estimator: Denominator = "hajek",
    population: Population = None,
    restrict: bool = False,
    interval: str = "",
    level: float = 0.95,
    bootstrap: int = 0,
    seed: int = 20260101,
) -> EstimateTable:
    """Estimate means and totals of a population from volunteers, weighted by one over their chance to take part.

    Parameters
    ----------
    volunteers: table with the answers; every row counts one.
    survey: table of a probability sample with the same auxiliary variables, a list of such tables, or samples from
        `reference_sample`.
    mean, total: expression, several, or name -> expression. A condition gives a share.
    on: auxiliary variables that both sides have, crossed ones as tuples. numeric: those used as numbers.
    by: breakdowns, each a variable of the volunteers or several together; the figure for everybody comes first.
    weight, strata, psu, fpc, lonely: design of the survey. replicates: its replicate weights, from
        `countersign.inference.replicate`; then variances come from them.
    shares: what each of several surveys counts; None = in proportion to rows.
    totals: known population totals in place of a survey, variable -> category -> people (numeric variable -> total), or
        `KnownTotals` with a covariance; only for ``calibrated``.
    method: ``mle``, ``calibrated`` or ``adjusted-logistic``.
    estimator: ``hajek``, or ``horvitz-thompson`` with the known `population` (a number, or category -> number).
    restrict: leave out categories that only one side has, and rename the figures; else they are refused.
    interval: convention; empty = ``t``. level: of the intervals.
    seed: of the resampling. bootstrap: resamplings of both samples, to hold beside the standard error.

    Raises
    ------
    WeightingError: no support, separation, no convergence. EstimationError: what cannot be estimated.
    """
    from countersign.estimation.nonprobability.bootstrap import bootstrap_weighted
    from countersign.estimation.nonprobability.propensity_weighted import estimate_weighted
    from countersign.estimation.nonprobability.two_part_figures import figures_of
    from countersign.estimation.nonprobability.two_parts import ReferencePart
    from countersign.weighting.propensity import refit

    groups = breakdowns(by)
    fitted, targets = fit(
        volunteers, survey, mean=mean, total=total, on=on, by=groups, numeric=numeric, weight=weight, strata=strata,
        psu=psu, fpc=fpc, lonely=lonely, replicates=replicates, shares=shares, totals=totals, method=method,
        restrict=restrict,
    )  # fmt: skip
    part = ReferencePart(fitted)
    made = []
    for target in targets:
        for group in groups:
            result = estimate_weighted(
                fitted, target, by=group, estimator=estimator, population=known(population, group), part=part
            )
            notes: list[str] = []
            if bootstrap:
                spread = bootstrap_weighted(
                    fitted, target, refit, by=group, estimator=estimator, population=known(population, group),
                    replicates=bootstrap, seed=seed,
                )  # fmt: skip
                notes = resampled(spread.se, bootstrap)
            made += figures_of(
                result, fitted, estimator=estimator, level=level, convention=interval, notes=notes
            )  # fmt: skip
    return EstimateTable(tuple(made), notes=restricted(fitted))


@verb
def weigh_by_propensity(
    volunteers: Any,
    survey: Any = None,
    *,
    on: Sequence[Term],
    numeric: Sequence[str] = (),
    weight: str = "",
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    shares: Sequence[float] | None = None,
    totals: Totals | None = None,
    method: PropensityMethod = "mle",
    restrict: bool = False,
) -> Weights:
    """Return weights, one over the chance to take part, for everything that takes weights.

    A variance that takes these weights as given leaves out that they were estimated; `estimate_by_propensity` has both
    parts.

    Parameters
    ----------
    volunteers, survey, on, numeric, weight, strata, psu, fpc, lonely, shares, totals, method, restrict: as in
        `estimate_by_propensity`.

    Raises
    ------
    WeightingError: no support, separation, no convergence.
    """
    fitted, _ = fit(
        volunteers, survey, mean=(), total=(), on=on, by=[()], numeric=numeric, weight=weight, strata=strata, psu=psu,
        fpc=fpc, lonely=lonely, replicates=None, shares=shares, totals=totals, method=method, restrict=restrict,
        asking=False,
    )  # fmt: skip
    return fitted.weights


@verb
def reference_sample(
    survey: Any,
    *,
    on: Sequence[Term],
    by: Sequence[str | Sequence[str]] = (),
    weight: str = "",
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    replicates: ReplicateWeights | None = None,
    name: str = "",
) -> Reference:
    """Reduce a probability sample to what the methods need of it, with a design of its own.

    Parameters
    ----------
    survey: table of the sample. weight, strata, psu, fpc, lonely: its design. replicates: its replicate weights.
    on: auxiliary variables; by: breakdowns, for methods that need them on this side too.
    name: what to call it in notes and messages.

    Raises
    ------
    EstimationError: weights that are missing or below zero; replicates of single records.
    """
    if replicates is not None and "_row" in replicates.needed:
        raise EstimationError(
            "These replicate weights were made of single records, and a reference sample is kept by cells.",
            where="replicates",
            expected="replicates of primary sampling units, or columns of replicate weights",
            action="give strata, psu and fpc instead: the variance by linearisation is the same for these totals",
        )
    design = design_from(strata=strata, psu=psu, fpc=fpc, lonely=lonely)
    names = [*flattened(on), *(each for group in breakdowns(by) for each in group), *design.strata, psu, fpc]
    names += list(replicates.needed) if replicates else []
    wanted = list(dict.fromkeys(each for each in names if each))
    cells = cells_of(survey, by=wanted, weight=weight, called=name or "the survey")
    held = None if replicates is None else _replicated(survey, cells, wanted, weight, replicates)
    return Reference(cells, design, held, name or "the reference sample")


def fit(
    volunteers: Any,
    survey: Any,
    *,
    mean: Asked,
    total: Asked,
    on: Sequence[Term],
    by: Sequence[tuple[str, ...]],
    numeric: Sequence[str],
    weight: str,
    strata: str | Sequence[str],
    psu: str,
    fpc: str,
    lonely: str,
    replicates: ReplicateWeights | None,
    shares: Sequence[float] | None,
    totals: Totals | None,
    method: PropensityMethod,
    restrict: bool,
    both: bool = False,
    more: Sequence[Term] = (),
    asking: bool = True,
) -> tuple[Propensity, list[Target]]:
    """Reduce both sides and fit the chances of taking part.

    Parameters
    ----------
    both: the survey is broken down by `by` too. more: further variables that both sides are reduced by. asking: at
        least one figure is wanted.
    """
    from countersign.weighting.propensity import fit_propensity

    if (survey is None) == (totals is None):
        raise EstimationError(
            "There is nothing to hold the volunteers against." if survey is None else "There are a survey and totals.",
            where="survey",
            expected="a survey of the same population, or known totals (totals=), and not both",
            action="give one of them",
        )
    if not on:
        raise EstimationError(
            "There is no auxiliary variable.", where="on", expected="at least one that both sides have"
        )
    asked = [(name, text, "mean") for name, text in named(mean).items()]
    asked += [(name, text, "total") for name, text in named(total).items()]
    if asking and not asked:
        raise EstimationError(
            "Nothing is asked for.", where="mean", expected="mean= or total=, with one expression or several"
        )
    measures: dict[str, str] = {}
    for place, (_, text, _) in enumerate(asked):
        measures[f"y{place}"] = text
        measures[f"r{place}"] = f"({text}) is not missing"
    broken = [each for group in by for each in group]
    variables = [*flattened(on), *flattened(more), *broken]
    cells = cells_of(volunteers, by=variables, measures=measures)
    targets = targets_of(cells, asked)
    against: Sequence[Reference] | KnownTotals
    if totals is not None:
        against = totals if isinstance(totals, KnownTotals) else KnownTotals(totals)
    else:
        several = list(survey) if isinstance(survey, (list, tuple)) else [survey]
        against = [
            each
            if isinstance(each, Reference)
            else reference_sample(
                each, on=[*on, *more], by=[*(by if both else ())], weight=weight, strata=strata, psu=psu, fpc=fpc,
                lonely=lonely, replicates=replicates,
                name="" if len(several) == 1 else f"reference sample {place}",
            )
            for place, each in enumerate(several, start=1)
        ]  # fmt: skip
    fitted = fit_propensity(
        cells, against, on=on, method=method, numeric=numeric, shares=shares, restrict=restrict
    )  # fmt: skip
    return fitted, targets


def targets_of(cells: Cells, asked: Sequence[tuple[str, str, Any]]) -> list[Target]:
    """Return what is asked for, with measures ``y0, r0, y1 ...`` in the cells."""
    from countersign.estimation.nonprobability.target import Target

    made = []
    for place, (name, _, statistic) in enumerate(asked):
        y, there = cells.plain[:, 2 * place], cells.plain[:, 2 * place + 1]
        square = cells.second[:, 2 * place, 2 * place]
        share = bool((y >= 0).all() and (y <= there).all() and np.allclose(square, y, rtol=1e-12, atol=0))
        if not there.any():
            raise EstimationError(
                f"None of the volunteers gave an answer to '{name}'.",
                where=statistic,
                expected="at least one answer",
                action="check the expression",
            )
        made.append(Target(name, f"y{place}", f"r{place}", statistic, share))
    return made


def named(asked: Asked) -> dict[str, str]:
    """Return name -> expression."""
    if isinstance(asked, str):
        return {asked: asked} if asked else {}
    if isinstance(asked, Mapping):
        return dict(asked)
    return {each: each for each in asked}


def breakdowns(by: Sequence[str | Sequence[str]] | str) -> list[tuple[str, ...]]:
    """Return the breakdowns, that of everybody first."""
    groups = [by] if isinstance(by, str) else list(by)
    found = [(), *((group,) if isinstance(group, str) else tuple(group) for group in groups)]
    return list(dict.fromkeys(found))


def flattened(on: Sequence[Term]) -> list[str]:
    """Return the variables of terms, each once."""
    return list(dict.fromkeys(name for term in on for name in ((term,) if isinstance(term, str) else term)))


def known(population: Population, group: tuple[str, ...]) -> Population:
    """Return the known size that applies to a breakdown: sizes by category add up to that of everybody."""
    if isinstance(population, Mapping) and not group:
        return float(sum(population.values()))
    return population


def restricted(fitted: Propensity) -> tuple[str, ...]:
    """Say what the population is, where it had to be restricted."""
    if fitted.restriction is None:
        return ()
    words, share = fitted.restriction.words, fitted.restriction.share
    return (f"These figures are about the population {words}: nobody can speak for the other {share:.1%}.",)


def resampled(spread: Any, times: int) -> list[str]:
    """Say what resampling both samples gives for each standard error."""
    return [
        f"resampling both samples {times} times gives a standard error of {each:.4g}" for each in spread.tolist()
    ]  # fmt: skip


def _replicated(survey: Any, cells: Cells, by: Sequence[str], weight: str, replicates: ReplicateWeights) -> Replicates:
    """Sum replicate weights by cell."""
    import narwhals as nw

    from countersign.tables import group

    if replicates.calibration is not None:
        raise EstimationError(
            "These replicate weights are calibrated again in every replicate, which a reference sample cannot be.",
            where="replicates",
            expected="replicates of the survey's own weights",
            action="make the replicates without 'weights'",
        )
    if replicates.factors is not None:
        summed = cells.weight[:, None] * replicates.factors[replicates.unit_of(cells)]
    else:
        dataset = opened(survey)
        full = nw.col(weight).cast(nw.Float64) if weight and not replicates.combined else nw.lit(1.0)
        rows = dataset.kept().select(
            *by, **{f"_w{r}": nw.col(name).cast(nw.Float64) * full for r, name in enumerate(replicates.columns)}
        )
        sums = {f"_w{r}": nw.col(f"_w{r}").sum() for r in range(len(replicates))}
        found = group(rows, by, **sums)
        summed = np.stack([found[name] for name in sums], axis=1)
    return Replicates(summed, replicates.scale, replicates.rscales, replicates.centre, replicates.degrees)
