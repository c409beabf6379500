"""Mass imputation: the survey has the right people, the volunteers have the answers.

What volunteers who are alike answered is written to every unit of a reference sample, and the survey's weights do the
rest (Kim, Park, Chen and Wu 2021, doi 10.1111/rssa.12696): mu = sum_B d m(x) / sum_B d. Standard errors have two
parts: which volunteers there are (the model is estimated), and which units the survey drew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from countersign.errors import BenchmarkError, EstimationError
from countersign.errors import nearest as hint
from countersign.estimation.nonprobability.matching import Matches, nearest, spread, stand
from countersign.estimation.nonprobability.matching_variance import load_variances, local_variance
from countersign.estimation.nonprobability.outcome import Outcome, fit_outcome
from countersign.estimation.nonprobability.reference_variance import degrees_of, design_covariance
from countersign.estimation.nonprobability.searching import Points
from countersign.estimation.sample import prepare, sums
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.reference import Reference
from countersign.model.regressors import INTERCEPT, Regressors, Term, regress_on

if TYPE_CHECKING:
    import numpy.typing as npt

Model = Literal["linear", "logistic", "nearest", "predictive-mean"]
VOLUNTEERS = "the volunteers"


@dataclass(frozen=True)
class Imputation:
    """Imputed means of K domains.

    Parameters
    ----------
    by: breakdown; domains: the categories of each, in sorted order.
    value: (K,). volunteers_part, reference_part: the two parts of the standard error, (K,).
    answered: volunteers with an answer. asked: rows of the reference sample in each domain, (K,); 0 for totals.
    degrees: of freedom (Satterthwaite), (K,). size: population size the domain was divided by, (K,).
    raw: mean of the volunteers' own answers.
    imputed: value written to the cells of the reference sample, (C,); empty for totals.
    farthest: largest standardised distance to the k-th donor, and `tied`: largest number of donors tied there; None
        without matching.
    """

    by: tuple[str, ...]
    domains: tuple[tuple[object, ...], ...]
    value: Floats
    volunteers_part: Floats
    reference_part: Floats
    answered: int
    asked: Floats
    degrees: Floats
    size: Floats
    raw: float
    imputed: Floats
    farthest: float | None = None
    tied: float | None = None

    @property
    def se(self) -> Floats:
        """Standard errors: root of the sum of both parts squared, (K,)."""
        return np.hypot(self.volunteers_part, self.reference_part)


def impute(
    volunteers: Cells,
    reference: Reference,
    measure: str,
    terms: Sequence[Term],
    *,
    counted: str = "",
    model: Model = "linear",
    k: int = 5,
    numeric: Sequence[str] = (),
    by: Sequence[str] = (),
    population: float | None = None,
) -> Imputation:
    """Impute the answers of volunteers to a reference sample and estimate means of domains.

    Parameters
    ----------
    volunteers: cells by the variables of `terms`, without base weights; `measure` is 0 where it is missing.
    counted: measure that is 1 where the answer is there; empty = everywhere.
    terms, numeric: see `regress_on`; crossed terms serve the models, matching uses their variables.
    model: ``linear``, ``logistic``; ``nearest``: mean of the k nearest volunteers; ``predictive-mean``: the k whose
        prediction by the linear model (logistic for answers 0 and 1) is nearest.
    by: variables of the reference sample. population: known number of units, for the mean of everybody; None = sum d.

    Notes
    -----
    Models: V_A = sum_A e^2 (x'c)^2, c = (sum_A m' x x')^-1 sum_B d m' x / N, m' the derivative of the mean; V_B the
    design variance of the total of d (m - mu)/N in the domain (d m/N with known N). Logistic by the delta method, which
    gives the same form. Matching: see `matching_variance`; predictive mean matching adds to the load of a volunteer
    what her answer does to the coefficients: x'(sum_A m' x x')^-1 G, G = the mean of m' x over the reference sample
    minus its mean over the matched volunteers (derived as in Abadie and Imbens 2016).

    Raises
    ------
    EstimationError: unknown model; what `regress_on`, `fit_outcome`, `nearest` and `design_covariance` refuse.
    """
    if model not in get_args(Model):
        raise EstimationError(
            f"There is no model '{model}'. {hint(str(model), get_args(Model))}".strip(),
            where="model",
            expected=f"one of: {', '.join(get_args(Model))}",
        )
    names = (VOLUNTEERS, reference.called)
    own, other = regress_on([volunteers, reference.cells], terms, names=names, numeric=numeric)
    domain, labels = prepare(reference.cells, design=reference.design).domains(by)
    size = sums(domain, reference.cells.weight, len(labels))
    known = population is not None and not by
    if known:
        size = np.array([_positive(population)])
    place = volunteers.measures.index(measure) if measure in volunteers.measures else -1
    far: tuple[float | None, float | None] = (None, None)
    if model in ("linear", "logistic"):
        outcome = fit_outcome(volunteers, measure, own, model, counted=counted)
        imputed, noise = outcome.predict(other), np.zeros(len(labels))
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = [
                other.sums(reference.cells.weight * (domain == at) * outcome.slope(other)) / size[at]
                for at in range(len(labels))
            ]
        lever = own.times(outcome.inverse @ np.column_stack(slopes))
        first = outcome.residual2 @ lever**2
        answered, freedom = outcome.answered, float(outcome.answered.sum()) - own.size
    else:
        if place < 0:
            fit_outcome(volunteers, measure, own)  # says which measures there are
        found = _matched(volunteers, reference, (own, other), place, counted, terms, numeric, model, k)
        imputed, first, noise = found.settle(reference, domain, size, centred=not known)
        answered, freedom = found.count, float(found.count.sum()) - 1.0
        far = (float(found.matches.distance.max()), float(found.matches.tied.max()))
    value = sums(domain, reference.cells.weight * imputed, len(labels)) / size
    scores = np.zeros((len(domain), len(labels)))
    scores[np.arange(len(domain)), domain] = (imputed - (0.0 if known else value[domain])) / size[domain]
    second = np.maximum(_by_blocks(reference, scores) - noise, 0.0)
    degrees = _satterthwaite(first, freedom, second, _degrees(reference, domain, len(labels)))
    return Imputation(
        by=tuple(by),
        domains=tuple(labels),
        value=value,
        volunteers_part=np.sqrt(first),
        reference_part=np.sqrt(second),
        answered=int(answered.sum()),
        asked=sums(domain, reference.cells.n, len(labels)),
        degrees=degrees,
        size=size,
        raw=float(volunteers.plain[:, place].sum() / answered.sum()),
        imputed=imputed,
        farthest=far[0],
        tied=far[1],
    )


def impute_from_totals(
    volunteers: Cells,
    totals: Mapping[str, Mapping[object, float] | float],
    measure: str,
    terms: Sequence[str],
    *,
    counted: str = "",
    model: Model = "linear",
    numeric: Sequence[str] = (),
    population: float | None = None,
    covariance: tuple[Sequence[str], Floats] | None = None,
) -> Imputation:
    """Estimate the mean of the population from volunteers and known totals, by a linear model.

    Parameters
    ----------
    totals: variable -> category -> number of units; numeric variable -> its sum. population: number of units, needed
        if no variable has categories. covariance: names of columns, ``sex=f``, and the covariance of their totals, the
        size of the population being exact; None = totals are free of error.

    Notes
    -----
    mu = xbar'b, xbar the means of the regressors in the population. V_A = sum_A e^2 [x'(X'X)^-1 xbar]^2, V_B =
    b'Cov(T)b/N^2.

    Raises
    ------
    EstimationError: any model but the linear one: the mean of a curve is not the curve at the mean.
    BenchmarkError: totals that lack a variable or a category, or disagree about the size of the population.
    """
    if model != "linear":
        raise EstimationError(
            f"Totals alone do not carry a '{model}' model: the mean of its predictions is not its prediction at the"
            " mean.",
            where="totals",
            expected="model='linear', or a reference sample with units",
            action="use the linear model, which also serves shares, or give a survey",
        )
    (own,) = regress_on([volunteers], terms, names=[VOLUNTEERS], numeric=numeric)
    size, mean = _population_means(own, volunteers, totals, terms, numeric, population)
    outcome: Outcome = fit_outcome(volunteers, measure, own, "linear", counted=counted)
    lever = own.times(outcome.inverse @ mean)
    first = np.array([outcome.residual2 @ lever**2])
    answered = float(outcome.answered.sum())
    return Imputation(
        by=(),
        domains=((),),
        value=np.array([mean @ outcome.coefficients]),
        volunteers_part=np.sqrt(first),
        reference_part=np.sqrt(_of_totals(outcome, covariance, size)),
        answered=int(answered),
        asked=np.zeros(1),
        degrees=np.array([max(answered - own.size, 0.0)]),
        size=np.array([size]),
        raw=float(volunteers.plain[:, volunteers.measures.index(measure)].sum() / answered),
        imputed=np.zeros(0),
    )


def _of_totals(outcome: Outcome, covariance: tuple[Sequence[str], Floats] | None, size: float) -> Floats:
    """Variance that the error of the totals brings, (1,)."""
    if covariance is None:
        return np.zeros(1)
    names, matrix = covariance
    of = dict(zip(outcome.regressors.columns, outcome.coefficients.tolist(), strict=True))
    slope = np.array([of.get(name, 0.0) for name in names]) / size  # a reference category has no column
    return np.array([max(float(slope @ matrix @ slope), 0.0)])


def _population_means(
    own: Regressors,
    volunteers: Cells,
    totals: Mapping[str, Mapping[object, float] | float],
    terms: Sequence[str],
    numeric: Sequence[str],
    population: float | None,
) -> tuple[float, Floats]:
    """Return the size of the population and the means of the regressors in it."""
    lacking = [name for name in terms if name not in totals]
    if lacking:
        raise BenchmarkError(
            f"There are no totals of {', '.join(map(str, lacking))}.",
            where="totals",
            expected="totals of every auxiliary variable",
            action="add them, or leave the variable out of the model",
        )
    sizes = {"population": _positive(population)} if population is not None else {}
    found = {INTERCEPT: 1.0}
    for name in terms:
        known = totals[name]
        if name in numeric:
            if isinstance(known, Mapping):
                raise BenchmarkError(f"'{name}' is used as a number, so its total is one number.", where="totals")
            found[name] = float(known)
            continue
        if not isinstance(known, Mapping):
            raise BenchmarkError(f"'{name}' has categories, so it needs a total for each.", where="totals")
        given = {str(level): float(amount) for level, amount in known.items()}
        levels = [str(level) for level in volunteers.coded(name)[1]]
        if set(given) != set(levels):
            apart = sorted(set(given) ^ set(levels))
            raise BenchmarkError(
                f"The categories of '{name}' differ between {VOLUNTEERS} and the totals: {', '.join(apart[:8])}.",
                where="totals",
                expected="the same categories on both sides",
                action="merge categories; nothing is lumped together silently",
            )
        sizes[name] = sum(given.values())
        found |= {f"{name}={level}": amount for level, amount in given.items()}
    if not sizes:
        raise BenchmarkError(
            "Totals of numbers do not say how many units the population has.",
            where="population",
            expected="population=, or a variable with categories",
        )
    size = next(iter(sizes.values()))
    apart = [name for name, other in sizes.items() if not math.isclose(other, size, rel_tol=1e-9)]
    if apart:
        told = ", ".join(f"{name} {amount:,.10g}" for name, amount in sizes.items())
        raise BenchmarkError(
            f"The totals disagree about the size of the population: {told}.",
            where="totals",
            expected="one size",
            action="scale them to one population, knowingly",
        )
    return size, np.array([1.0 if name == INTERCEPT else found[name] / size for name in own.columns])


@dataclass(frozen=True)
class _Matched:
    """Matches of a reference sample, and what the answers do to them."""

    matches: Matches
    place: Integers
    count: Floats
    mean: Floats
    variance: Floats
    outcome: Outcome | None
    regressors: tuple[Regressors, Regressors]

    def settle(
        self, reference: Reference, domain: Integers, size: Floats, *, centred: bool
    ) -> tuple[Floats, Floats, Floats]:
        """Return imputed values (C,), the volunteers' variance (K,), and the noise in the design variance (K,)."""
        imputed = (self.matches.shares @ self.mean)[self.place]
        first, noise = np.zeros(len(size)), np.zeros(len(size))
        there = self.count > 0
        each = np.where(there, self.variance / np.where(there, self.count, 1.0), 0.0)
        for at in range(len(size)):
            inside = domain == at
            weight = reference.cells.weight * inside
            load = self.matches.shares.T @ sums(self.place, weight, self.matches.shares.shape[0])
            lever = load / np.where(there, self.count, 1.0)
            if self.outcome is not None:
                own, other = self.regressors
                gap = other.sums(weight * self.outcome.slope(other)) - own.sums(load * self.outcome.slope(own))
                lever = lever + own.times(self.outcome.inverse @ gap)
            first[at] = (self.count * self.variance) @ lever**2 / size[at] ** 2
            loads = load_variances(reference, self.place, self.matches, inside, centred=centred)
            noise[at] = each @ loads / size[at] ** 2
        return imputed, first, noise


def _matched(
    volunteers: Cells,
    reference: Reference,
    regressors: tuple[Regressors, Regressors],
    at: int,
    counted: str,
    terms: Sequence[Term],
    numeric: Sequence[str],
    model: Model,
    k: int,
) -> _Matched:
    count = volunteers.n.astype(float) if not counted else volunteers.plain[:, volunteers.measures.index(counted)]
    total, square = volunteers.plain[:, at], volunteers.second[:, at, at]
    variables = list(dict.fromkeys(v for term in terms for v in ((term,) if isinstance(term, str) else term)))
    place, labels = reference.cells.codes(variables)
    outcome = None
    recipients, donors = stand(
        reference.cells, volunteers, terms, numeric=numeric, names=(reference.called, VOLUNTEERS)
    )
    head = np.zeros(len(labels), dtype=np.int64)
    head[place] = np.arange(len(place))
    if model == "predictive-mean":
        share = bool((total >= 0).all() and (total <= count).all() and np.allclose(square, total, rtol=1e-12, atol=0))
        outcome = fit_outcome(
            volunteers,
            volunteers.measures[at],
            regressors[0],
            "logistic" if share else "linear",
            counted=counted,
        )
        one, other = outcome.predict(regressors[1]), outcome.predicted
        unit = spread(one, reference.cells.weight) or spread(other, count) or 1.0
        recipients, donors = (
            Points(np.zeros((len(value), 0), dtype=np.int64), value[:, None] / unit) for value in (one, other)
        )
    matches = nearest(Points(recipients.codes[head], recipients.numbers[head]), donors, count, k=k)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count > 0, total / count, 0.0)
    variance = local_variance(donors, count, total, square, k=k)
    return _Matched(matches, place, count, mean, variance, outcome, regressors)


def _by_blocks(reference: Reference, scores: Floats) -> Floats:
    """Design variances of many totals, some at a time."""
    step = 64
    return np.concatenate(
        [
            np.diag(design_covariance(reference, scores[:, low : low + step])).copy()
            for low in range(0, scores.shape[1], step)
        ]
    )


def _degrees(reference: Reference, domain: Integers, count: int) -> Floats:
    """Sampling units minus strata among the rows of each domain; those of the replicates; infinite for a full count."""
    if reference.replicates is not None:
        return np.full(count, degrees_of(reference))
    if reference.design.enumeration:
        return np.full(count, math.inf)
    sample = prepare(reference.cells, design=reference.design)
    strata = np.unique(domain * len(sample.sampled) + sample.stratum) // len(sample.sampled)
    if sample.unit is None or sample.of_unit is None:
        units = sums(domain, reference.cells.n, count)
    else:
        units = sums(np.unique(domain * len(sample.of_unit) + sample.unit) // len(sample.of_unit), None, count)
    found: Floats = units - sums(strata, None, count)
    return found


def _satterthwaite(first: Floats, freedom: float, second: Floats, degrees: Floats) -> Floats:
    """Degrees of freedom of the sum of two variances (Satterthwaite 1946); none where the reference has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below = first**2 / max(freedom, 1.0) + np.where(second > 0, second**2 / np.maximum(degrees, 1e-300), 0.0)
        found = np.where(below > 0, (first + second) ** 2 / below, degrees)
    result: npt.NDArray[np.float64] = np.where((degrees < 1) & (second > 0), 0.0, found)
    return result


def _positive(population: float | None) -> float:
    if population is None or not population > 0 or not math.isfinite(population):
        raise EstimationError(
            "The number of people of the population is not above zero.",
            where="population",
            expected="a number above zero",
            action="give the known number, or leave it out",
        )
    return float(population)
