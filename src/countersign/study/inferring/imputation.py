"""Mass imputation on plain tables: the survey has the right people, the volunteers have the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.expression import names, parse
from countersign.model.propensity import KnownTotals
from countersign.model.reference import Reference
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.propensity import breakdowns, flattened, reference_sample, resampled
from countersign.study.inferring.rows import cells_of, design_from

if TYPE_CHECKING:
    from countersign.estimation.nonprobability.imputation import Imputation
    from countersign.model.cells import Cells
    from countersign.model.regressors import Term
    from countersign.model.replicates import ReplicateWeights
    from countersign.study.inferring.propensity import Asked, Totals

Group = str | Sequence[str]
TELLS = {
    "linear": "linear model",
    "logistic": "logistic model",
    "nearest": "nearest volunteers",
    "predictive-mean": "volunteers with the nearest predictions",
}
MODELLED = (
    "model-based interval, assuming that among people alike in {on} those who took part answer like those who did not,"
    " and that {holds}"
)
HOLDS = {
    "linear": "the mean answer is a linear function of these",
    "logistic": "the chance of a yes is a logistic function of these",
    "nearest": "everybody has volunteers close enough",
    "predictive-mean": "the prediction orders people as their answers do",
}


@verb
def impute_mass(
    volunteers: Any,
    survey: Any = None,
    *,
    mean: Asked,
    on: Sequence[Term],
    numeric: Sequence[str] = (),
    model: str = "linear",
    k: int = 5,
    by: Sequence[Group] = (),
    weight: str = "",
    strata: Group = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    replicates: ReplicateWeights | None = None,
    totals: Totals | None = None,
    population: float | None = None,
    interval: str = "",
    level: float = 0.95,
    bootstrap: int = 0,
    seed: int = 20260101,
) -> EstimateTable:
    """Estimate means of a population from volunteers' answers and a survey that did not ask them.

    Parameters
    ----------
    volunteers: table with the answers; every row counts one.
    survey: table of a probability sample with the auxiliary variables, or a sample from `reference_sample`.
    mean: expression, several, or name -> expression; a condition gives a share. Volunteers without an answer are left
        out, and counted in the note.
    on: auxiliary variables that both sides have, crossed ones as tuples. numeric: those used as numbers; all others are
        categories.
    model: ``linear``, ``logistic`` (for conditions), ``nearest`` or ``predictive-mean`` with the `k` nearest.
    by: breakdowns by variables of the survey; the figure for everybody comes first.
    weight, strata, psu, fpc, lonely: design of the survey. replicates: its replicate weights, from
        `countersign.inference.replicate`; then variances come from them.
    totals: known population totals in place of a survey, variable -> category -> people (numeric variable -> total), or
        `KnownTotals` with a covariance; linear model only.
    population: known number of people, for the figure of everybody; None = the sum of the survey's weights.
    interval: convention; empty = ``t`` with Satterthwaite's degrees of freedom. bootstrap: resamplings of both samples,
        to hold beside the standard error. seed: of the resampling. level: of the intervals.

    Raises
    ------
    EstimationError, BenchmarkError: see `countersign.estimation.nonprobability.imputation`.
    """
    from countersign.estimation.nonprobability.imputation import impute, impute_from_totals
    from countersign.estimation.nonprobability.imputation_bootstrap import bootstrap_imputation

    measures = _named(mean)
    variables, groups = flattened(on), breakdowns(by)
    donors = answers_of(volunteers, measures, variables)
    if (survey is None) == (totals is None):
        raise EstimationError(
            "Mass imputation needs a survey or known totals, and not both.",
            where="survey",
            expected="survey=, or totals=",
            action="give the table of the survey, or the totals of the population",
        )
    found: list[Estimate] = []
    if totals is not None:
        if len(groups) > 1 or bootstrap:
            raise EstimationError(
                "Totals of the whole population say nothing about its parts, and cannot be drawn again.",
                where="totals",
                expected="no breakdown and no bootstrap, or a survey",
                action="impute each part from its own totals",
            )
        given = totals if isinstance(totals, KnownTotals) else KnownTotals(totals)
        for measure in measures:
            made = impute_from_totals(
                donors,
                given.counts,  # type: ignore[arg-type]
                measure,
                tuple(variables),
                counted=answered(measure),
                model=model,  # type: ignore[arg-type]
                numeric=numeric,
                population=population,
                covariance=given.covariance,
            )
            found += _figures(made, measure, donors, variables, model, k, interval, level, totals=True)
        return EstimateTable(tuple(found))
    reference = (
        survey
        if isinstance(survey, Reference)
        else reference_sample(
            survey, on=on, by=groups, weight=weight, strata=strata, psu=psu, fpc=fpc, lonely=lonely,
            replicates=replicates, name="the survey",
        )
    )  # fmt: skip
    for measure, expression in measures.items():
        again = (donors, reference)
        if bootstrap:
            again = (
                cells_of(
                    volunteers,
                    by=[*variables, *names(parse(expression))],
                    measures={measure: expression, answered(measure): f"({expression}) is not missing"},
                ),
                survey
                if isinstance(survey, Reference)
                else reference_sample(
                    survey, on=[*on, *((weight,) if weight else ())], by=groups, weight=weight, strata=strata, psu=psu,
                    fpc=fpc, lonely=lonely, name="the survey",
                ),
            )  # fmt: skip
        for group in groups:
            asked: dict[str, Any] = {
                "counted": answered(measure),
                "model": model,
                "k": k,
                "numeric": numeric,
                "by": group,
                "population": population,
            }
            made = impute(donors, reference, measure, on, **asked)
            notes: list[str] = []
            if bootstrap:
                spread = bootstrap_imputation(*again, measure, on, **asked, replicates=bootstrap, seed=seed)
                notes = resampled(spread.se, bootstrap)
            found += _figures(made, measure, donors, variables, model, k, interval, level, notes=notes)
    return EstimateTable(tuple(found))


def _named(mean: Asked) -> dict[str, str]:
    """Return name -> expression."""
    if isinstance(mean, Mapping):
        return dict(mean)
    return {each: each for each in ((mean,) if isinstance(mean, str) else mean)}


def answered(measure: str) -> str:
    """Return the name of the measure that is 1 where `measure` is there."""
    return f"{measure} is there"


def answers_of(volunteers: Any, measures: Mapping[str, str], variables: Sequence[str]) -> Cells:
    """Reduce the volunteers to cells with each measure and where it is there."""
    wanted = dict(measures)
    wanted |= {answered(name): f"({expression}) is not missing" for name, expression in measures.items()}
    return cells_of(volunteers, by=variables, measures=wanted)


def reference_of(
    survey: Any,
    variables: Sequence[str],
    *,
    weight: str = "",
    strata: Group = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    measures: Mapping[str, str] | None = None,
) -> Reference:
    """Reduce a survey to a reference sample by `variables` and the variables of its design."""
    design = design_from(strata=strata, psu=psu, fpc=fpc, lonely=lonely)
    names = [*variables, *design.strata, psu, fpc]
    return Reference(
        cells_of(survey, by=names, measures=measures, weight=weight, called="the survey"), design, name="the survey"
    )


def is_share(cells: Cells, measure: str) -> bool:
    """Whether all answers are 0 or 1."""
    at = cells.measures.index(measure)
    total, square = cells.plain[:, at], cells.second[:, at, at]
    there = cells.plain[:, cells.measures.index(answered(measure))]
    unweighted = (cells.weight2 == cells.n).all()
    same = np.allclose(square, total, rtol=1e-12, atol=0) if unweighted else np.allclose(square, cells.cross[:, at])
    return bool((total >= 0).all() and (total <= there).all() and same)


def words(part: object) -> str:
    """Return a category as the figures name it."""
    if part is None:
        return "(missing)"
    return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part)


def _figures(
    made: Imputation,
    measure: str,
    donors: Cells,
    variables: Sequence[str],
    model: str,
    k: int,
    convention: str,
    level: float,
    *,
    totals: bool = False,
    notes: Sequence[str] = (),
) -> list[Estimate]:
    listed = ", ".join(variables)
    matched = model in ("nearest", "predictive-mean")
    method = f"mass imputation by {f'the {k} ' if matched else ''}{TELLS[model]} on {listed}; " + (
        "variance of the volunteers; totals count as exact"
        if totals
        else "variance of volunteers and survey"
        + (", loads of the donors (Abadie and Imbens 2006)" if matched else " (Kim et al. 2021)")
    )
    assumption = MODELLED.format(on=listed, holds=HOLDS[model])
    lost = int(donors.n.sum()) - made.answered
    share = is_share(donors, measure)
    found = []
    for at, labels in enumerate(made.domains):
        one, two = float(made.volunteers_part[at]), float(made.reference_part[at])
        parts = [
            f"standard error: {one:.4g} from the volunteers, {two:.4g} from the {'totals' if totals else 'survey'}"
        ]
        if made.tied is not None:
            parts.append(f"up to {made.tied:,.0f} volunteers tied at the distance of the {k}-th, all used")
        if lost:
            parts.append(f"{lost:,} volunteers without an answer left out")
        parts += notes[at : at + 1]
        found.append(
            figure(
                measure,
                dict(zip(made.by, map(words, labels), strict=True)),
                value=float(made.value[at]),
                se=math.hypot(one, two),
                n=made.answered,
                degrees=float(made.degrees[at]),
                share=share,
                method=method,
                assumption=assumption,
                note="; ".join(parts),
                raw=made.raw,
                convention=convention,
                level=level,
            )
        )
    return found


def figure(
    measure: str,
    domain: Mapping[str, str],
    *,
    value: float,
    se: float,
    n: int,
    degrees: float,
    share: bool,
    method: str,
    assumption: str,
    note: str,
    raw: float | None,
    convention: str = "",
    level: float = 0.95,
) -> Estimate:
    """Make one figure with its interval and what the release rules say; without degrees of freedom it has no value."""
    from countersign.estimation import Precision, figure_id, interval, judge
    from countersign.estimation.reliability import APPLIES

    statistic = "proportion" if share else "mean"
    common: dict[str, Any] = {
        "indicator": measure,
        "statistic": statistic,
        "domain": domain,
        "n": n,
        "method": method,
        "level": level,
        "assumption": assumption,
        "raw": raw,
        "figure_id": figure_id(measure, domain=domain),
    }
    if degrees < 1:
        return Estimate(
            **common,
            value=None,
            standard_error=None,
            lower=None,
            upper=None,
            convention="none",
            status=Status.TOO_FEW,
            flags=("too-few",),
            note="too few sampling units for an interval, so no figure is shown",
        )
    effective = min(float(n), value * (1 - value) / se**2) if share and se > 0 and 0 < value < 1 else float(n)
    asked = convention or ("korn-graubard" if share and value in (0.0, 1.0) else "t")
    limits = interval(asked, value=value, se=se, n=n, degrees=degrees, level=level, n_effective=effective)
    status, flags = judge(
        Precision(value, se, limits.lower, limits.upper, float(n), effective, degrees), APPLIES[statistic]
    )
    return Estimate(
        **common,
        value=value,
        standard_error=se,
        lower=limits.lower,
        upper=limits.upper,
        convention=limits.convention,
        n_effective=effective,
        degrees=degrees,
        status=status,
        flags=flags,
        note="; ".join(part for part in (note, limits.note) if part),
    )
