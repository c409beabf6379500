"""Blending on plain tables: a survey and volunteers who answered the same question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.tabular import Tabular
from countersign.study.inferring.arguments import arguments, verb
from countersign.study.inferring.imputation import (
    HOLDS,
    TELLS,
    Group,
    answered,
    answers_of,
    is_share,
    reference_of,
    words,
)
from countersign.study.inferring.propensity import breakdowns, flattened
from countersign.study.inferring.rows import cells_of

if TYPE_CHECKING:
    from countersign.estimation import RatioResult
    from countersign.estimation.blending import Blend, Pair
    from countersign.model.cells import Cells, Floats
    from countersign.model.reference import Reference
    from countersign.model.regressors import Term

METHODS = ("composite", "prior")
SURVEY = "the survey"


@dataclass(frozen=True)
class _Asked:
    """What was asked for: see `blend`."""

    measure: str
    on: tuple[Term, ...]
    numeric: tuple[str, ...]
    model: str
    k: int
    id: str
    weight: str
    volunteers_weight: str
    method: str
    discount: str
    pool: bool
    bias_bound: float | None
    level: float


@dataclass(frozen=True)
class _Known:
    """One breakdown: both estimates of the domains that both samples have, and what is known of the others."""

    by: tuple[str, ...]
    labels: list[tuple[str, ...]]
    pair: Pair | None
    places: list[int]
    survey: RatioResult
    n: Floats
    both: list[int]


@verb
def blend(
    survey: Any,
    volunteers: Any,
    *,
    mean: str,
    by: Sequence[Group] = (),
    on: Sequence[Term] = (),
    numeric: Sequence[str] = (),
    model: str = "linear",
    k: int = 5,
    method: str = "composite",
    discount: str = "distance",
    pool: bool = False,
    bias_bound: float | None = None,
    weight: str = "",
    strata: Group = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    volunteers_weight: str = "",
    id: str = "",
    level: float = 0.95,
) -> EstimateTable:
    """Blend a survey and volunteers who answered the same question into one figure for each group.

    Parameters
    ----------
    survey: table with answers, `weight` and design (`strata`, `psu`, `fpc`, `lonely`). volunteers: table with answers.
    mean: an expression both tables can answer; a condition gives a share.
    by: breakdowns by variables both tables have; the figure for everybody comes first.
    on, numeric, model, k: adjust the volunteers first by mass imputation to the survey, see `impute_mass`; without `on`
        their own mean is used, by `volunteers_weight` if given.
    method: ``composite``: weights by estimated mean squared error, with the survey's own interval; ``prior``: the
        volunteers as a normal prior, its power by `discount` (``distance``, ``empirical``, ``none``).
    pool: domains of a breakdown share what is common in their biases (composite only). bias_bound: the bias of the
        volunteers is known to be at most this, which gives a shorter interval (composite only).
    level: of the intervals.
    id: column of both tables that names the same people, to take account of those in both; without it nobody, or
        people by chance only, are taken to be in both.

    Raises
    ------
    EstimationError: contradictory wishes; a group whose answers are all the same in one of the samples; see
        `countersign.estimation.blending`.
    """
    return _estimates(_parts(locals()))


@verb
def blend_parts(survey: Any, volunteers: Any, **asked: Any) -> BlendParts:
    """Return the parts of `blend` as a table: both estimates, observed bias, shares, factors for both files' weights.

    Parameters
    ----------
    survey, volunteers, asked: as in `blend`.

    Raises
    ------
    EstimationError: as in `blend`.
    """
    from inspect import unwrap

    given = arguments(unwrap(blend), (survey, volunteers), asked, called="blend_parts")
    return BlendParts(tuple(row for part in _parts(given) for row in _rows(*part)))


@dataclass(frozen=True)
class BlendParts(Tabular):
    """What each blended figure is made of, one row a figure.

    Columns: both estimates with standard errors, their covariance, the observed bias, the bias removed, the share of
    the volunteers, the figure, and `survey_factor` and `volunteers_factor`: multiply the weights of the two files by
    them, and the weighted mean of the combined file is the figure (empty where the volunteers were adjusted or a bias
    was removed).
    """

    parts: tuple[Mapping[str, Any], ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a figure."""
        return [dict(part) for part in self.parts]


def _parts(given: Mapping[str, Any]) -> list[tuple[_Asked, _Known, Blend | None, bool]]:
    """Reduce both tables, estimate from each, blend every breakdown."""
    asked = _Asked(
        measure=given["mean"],
        on=tuple(given["on"]),
        numeric=tuple(given["numeric"]),
        model=given["model"],
        k=given["k"],
        id=given["id"],
        weight=given["weight"],
        volunteers_weight=given["volunteers_weight"],
        method=given["method"],
        discount=given["discount"],
        pool=given["pool"],
        bias_bound=given["bias_bound"],
        level=given["level"],
    )
    _sensible(asked)
    groups = breakdowns(given["by"])
    variables = flattened(asked.on)
    names = [*variables, *(name for group in groups for name in group)]
    measure = asked.measure
    reference = reference_of(
        given["survey"],
        names,
        weight=given["weight"],
        strata=given["strata"],
        psu=given["psu"],
        fpc=given["fpc"],
        lonely=given["lonely"],
        measures={measure: measure, answered(measure): f"({measure}) is not missing"},
    )
    if asked.on:
        donors = answers_of(given["volunteers"], {measure: measure}, variables)
    else:
        donors = _measured(given["volunteers"], [name for group in groups for name in group], asked)
    people = None
    if asked.id:
        people = tuple(
            _measured(given[side], [asked.id, *(name for group in groups for name in group)], asked, side=side)
            for side in ("survey", "volunteers")
        )
    found = []
    share = is_share(donors, measure) and is_share(reference.cells, measure)
    for group in groups:
        known = _known(asked, reference, donors, group, people)
        found.append((asked, known, _blended(asked, known), share))
    return found


def _sensible(asked: _Asked) -> None:
    problem = ""
    if asked.method not in METHODS:
        problem = f"There is no method '{asked.method}'; there are {' and '.join(METHODS)}."
    elif asked.method == "prior" and (asked.pool or asked.bias_bound is not None):
        problem = "Pooling and a bound on the bias belong to the composite, not to the prior."
    elif asked.pool and asked.bias_bound is not None:
        problem = "Either biases are pooled, or they are bounded."
    elif asked.on and asked.id:
        problem = "People in both samples are accounted for only where the volunteers' own mean is used, without 'on'."
    elif asked.on and asked.volunteers_weight:
        problem = "Imputation counts each volunteer once: use weights for the volunteers, or 'on', not both."
    if problem:
        raise EstimationError(problem, where="blend", action="choose one of the two, see the page of the method")


def _measured(table: Any, names: Sequence[str], asked: _Asked, *, side: str = "volunteers") -> Cells:
    measures = {asked.measure: asked.measure, answered(asked.measure): f"({asked.measure}) is not missing"}
    weight = asked.weight if side == "survey" else asked.volunteers_weight
    return cells_of(table, by=list(dict.fromkeys(names)), measures=measures, weight=weight)


def _known(
    asked: _Asked, reference: Reference, donors: Cells, by: tuple[str, ...], people: tuple[Cells, ...] | None
) -> _Known:
    """Estimate from both samples in the domains of the survey."""
    from countersign.estimation import estimate_ratio
    from countersign.estimation.blending import Pair, imputed_covariance
    from countersign.estimation.nonprobability.imputation import impute

    measure, counted = asked.measure, answered(asked.measure)
    direct = estimate_ratio(reference.cells, measure, counted, by=by, design=reference.design)
    count = len(direct.domains)
    joint, both = np.zeros(count), [0] * count
    if asked.on:
        made = impute(
            donors,
            reference,
            measure,
            asked.on,
            counted=counted,
            model=asked.model,  # type: ignore[arg-type]
            k=asked.k,
            numeric=asked.numeric,
            by=by,
        )
        value, variance, n = made.value, made.se**2, np.full(count, float(made.answered))
        joint = imputed_covariance(reference, direct, made, measure, counted)
    else:
        own = estimate_ratio(donors, measure, counted, by=by)
        place = {tuple(map(words, label)): at for at, label in enumerate(own.domains)}
        at = np.array([place.get(tuple(map(words, label)), -1) for label in direct.domains])
        there = at >= 0
        value, variance, n = (
            np.where(there, amount[at], fill)
            for amount, fill in ((own.value, np.nan), (own.se**2, np.nan), (own.n.astype(float), 0.0))
        )
        if people is not None:
            joint, both = _overlap(asked, people, by, direct, value)
    labels = [tuple(map(words, label)) for label in direct.domains]
    usable = (
        np.isfinite(value)
        & np.isfinite(direct.value)
        & (np.nan_to_num(direct.se) > 0)
        & (np.nan_to_num(variance) > 0)
        & (direct.degrees >= 1)
    )
    places = np.flatnonzero(usable)
    pair = None
    if len(places):
        pair = Pair(
            direct.value[places],
            direct.se[places] ** 2,
            value[places],
            variance[places],
            joint[places],
            direct.degrees[places].astype(float),
        )
    return _Known(by, labels, pair, places.tolist(), direct, n, both)


def _overlap(
    asked: _Asked, people: tuple[Cells, ...], by: tuple[str, ...], direct: RatioResult, value: Floats
) -> tuple[Floats, list[int]]:
    """Covariance through the people in both samples, and their number, for each domain."""
    from countersign.estimation.blending import overlap_covariance

    scores: list[list[dict[object, float]]] = []
    means = (direct.value, value)
    for cells, mean in zip(people, means, strict=True):
        domain, labels = cells.codes(by)
        place = {tuple(map(words, label)): at for at, label in enumerate(direct.domains)}
        to = np.array([place.get(tuple(map(words, label)), -1) for label in labels])[domain]
        names = cells.keys[asked.id].tolist()
        y, x = cells.first[:, 0], cells.first[:, 1]
        held: list[dict[object, float]] = [{} for _ in direct.domains]
        for k in range(len(held)):
            inside = np.flatnonzero((to == k) & (x > 0))
            total = x[inside].sum()
            for c in inside.tolist():
                if names[c] is None:
                    continue
                who = words(names[c])
                held[k][who] = held[k].get(who, 0.0) + float(y[c] - mean[k] * x[c]) / total
        scores.append(held)
    found = [overlap_covariance(one, other) for one, other in zip(*scores, strict=True)]
    return np.array([joint for joint, _ in found]), [both for _, both in found]


def _blended(asked: _Asked, known: _Known) -> Blend | None:
    from countersign.estimation import blending

    if known.pair is None:
        return None
    if asked.method == "prior":
        made = blending.compose_with_prior(known.pair, discount=asked.discount, level=asked.level)  # type: ignore[arg-type]
    elif asked.bias_bound is not None:
        made = blending.compose_bounded(known.pair, bound=asked.bias_bound, level=asked.level)
    elif asked.pool and known.by:
        made = blending.compose_pooled(known.pair, level=asked.level)
    else:
        made = blending.compose(known.pair, level=asked.level)
    labels = [
        ", ".join(f"{name}={part}" for name, part in zip(known.by, known.labels[place], strict=True)) or "all"
        for place in known.places
    ]
    return replace(made, domains=tuple(labels))


def _rows(asked: _Asked, known: _Known, made: Blend | None, share: bool) -> list[dict[str, Any]]:
    if made is None:
        return []
    found = []
    for row, place in zip(made.rows(), known.places, strict=True):
        total = float(known.survey.denominator[place])
        plain = not asked.on and row["bias_removed"] == 0 and not asked.volunteers_weight
        part = row["share_of_volunteers"]
        found.append(
            {
                "indicator": asked.measure,
                **row,
                "survey_factor": 1 - part if plain else None,
                "volunteers_factor": part * total / float(known.n[place]) if plain else None,
            }
        )
    return found


def _estimates(parts: Sequence[tuple[_Asked, _Known, Blend | None, bool]]) -> EstimateTable:
    return EstimateTable(tuple(one for part in parts for one in _figures(*part)))


def _figures(asked: _Asked, known: _Known, made: Blend | None, share: bool) -> list[Estimate]:
    from countersign.estimation import DEFAULTS, Precision, figure_id, interval, judge
    from countersign.estimation.reliability import APPLIES

    statistic = "proportion" if share else "mean"
    own = asked.method == "composite" and asked.bias_bound is None and not (asked.pool and known.by)
    at = {place: row for row, place in enumerate(known.places)}
    found = []
    for place, labels in enumerate(known.labels):
        domain = dict(zip(known.by, labels, strict=True))
        n = int(known.survey.n[place] + known.n[place])
        common: dict[str, Any] = {
            "indicator": asked.measure,
            "statistic": statistic,
            "domain": domain,
            "n": n,
            "level": asked.level,
            "figure_id": figure_id(asked.measure, domain=domain),
            "method": _method(asked, known),
            "assumption": _assumption(asked, known),
        }
        if made is None or place not in at:
            found.append(
                Estimate(
                    **common,
                    value=None,
                    standard_error=None,
                    lower=None,
                    upper=None,
                    convention="none",
                    status=Status.TOO_FEW if n else Status.NO_DATA,
                    flags=("too-few",) if n else (),
                    note=_why(known, place),
                )
            )
            continue
        row = at[place]
        value, se = float(made.value[row]), float(made.se[row])
        degrees, convention = float(made.pair.degrees[row]), made.convention
        lower, upper = float(made.lower[row]), float(made.upper[row])
        if own:
            limits = interval(
                DEFAULTS[statistic],
                value=float(made.pair.survey[row]),
                se=float(made.pair.survey_variance[row]) ** 0.5,
                n=float(known.survey.n[place]),
                degrees=degrees,
                level=asked.level,
                n_effective=float(known.survey.n_effective[place]),
            )
            lower, upper, convention = limits.lower, limits.upper, f"{limits.convention}, of the survey alone"
        effective = min(float(n), value * (1 - value) / se**2) if share and 0 < value < 1 else float(n)
        precision = Precision(value, se, lower, upper, float(n), effective, degrees)
        status, flags = judge(precision, APPLIES[statistic])
        found.append(
            Estimate(
                **common,
                value=value,
                standard_error=se,
                lower=lower,
                upper=upper,
                convention=convention,
                n_effective=effective,
                degrees=degrees,
                status=status,
                flags=flags,
                note=_told(asked, known, made, row, place),
                raw=float(made.pair.volunteers[row]),
            )
        )
    return found


def _why(known: _Known, place: int) -> str:
    if known.n[place] == 0:
        return "no volunteers here: use the survey alone"
    if known.survey.n[place] == 0:
        return "nobody in the survey here answered, so nothing is known of the volunteers' bias"
    return "all answers of one sample are the same, or too few: nobody can say how much each should count"


def _told(asked: _Asked, known: _Known, made: Blend, row: int, place: int) -> str:
    pair = made.pair
    parts = [
        f"survey {pair.survey[row]:.4g} (SE {pair.survey_variance[row] ** 0.5:.2g})",
        f"volunteers {pair.volunteers[row]:.4g} (SE {pair.volunteers_variance[row] ** 0.5:.2g})",
        f"observed bias {pair.bias[row]:+.3g} (SE {pair.bias_variance[row] ** 0.5:.2g})",
        f"the volunteers count {made.share[row]:.0%}",
    ]
    beyond = abs(float(pair.bias[row])) - (asked.bias_bound or 0.0)
    if asked.bias_bound is not None and beyond > 2 * pair.bias_variance[row] ** 0.5:
        parts.append(
            "the survey contradicts the bound: the observed bias is beyond it by more than two standard errors"
        )
    if made.bias[row]:
        parts.append(f"common bias {made.bias[row]:+.3g} taken off")
    if asked.id:
        parts.append(f"{known.both[place]:,} people in both samples")
    return "; ".join(parts)


def _method(asked: _Asked, known: _Known) -> str:
    source = (
        f"volunteers' mean imputed to the survey by {TELLS[asked.model]} on {', '.join(flattened(asked.on))}"
        if asked.on
        else "volunteers' own mean"
    )
    if asked.method == "prior":
        how = f"normal prior, power by {asked.discount} (Wisniowski et al. 2020)"
    elif asked.bias_bound is not None:
        how = f"composite for a bias of at most {asked.bias_bound:g} (Armstrong and Kolesar 2018)"
    elif asked.pool and known.by:
        how = "composite with biases pooled over domains (Fay and Herriot 1979)"
    else:
        how = "composite by estimated mean squared error (Elliott and Haviland 2007)"
    return f"blend of survey and volunteers; {source}; {how}"


def _assumption(asked: _Asked, known: _Known) -> str:
    if asked.id:
        met = "the people in both samples are those with the same id"
    else:
        met = "nobody, or people by chance only, are in both samples"
    if asked.method == "prior":
        return f"model-based interval, assuming that the discount has caught the bias of the volunteers; {met}"
    if asked.bias_bound is not None:
        return f"model-based interval, assuming that the volunteers are off by at most {asked.bias_bound:g}; {met}"
    if asked.pool and known.by:
        return (
            "model-based interval, assuming that the biases of the domains are drawn from one normal distribution;"
            f" right on average over the domains; {met}"
        )
    adjusted = f"; the volunteers' figure rests on: {HOLDS[asked.model]}" if asked.on else ""
    return f"design-based: the survey's own interval, which no bias of the volunteers can spoil; {met}{adjusted}"
