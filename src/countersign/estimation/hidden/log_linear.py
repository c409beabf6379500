"""Log-linear models of several lists: every model, their average, and never one alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import brentq, linprog, minimize_scalar
from scipy.special import gammaln

from countersign.errors import EstimationError
from countersign.estimation.hidden.histories import Histories
from countersign.estimation.hidden.sizes import (
    CLOSED,
    Size,
    few_recaptures,
    log_normal,
    normal_quantile,
    size_convention,
)
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

Interaction: TypeAlias = tuple[int, ...]
CRITERIA = ("aicc", "aic", "bic")
STEPS = 200
EXACT = 1e-12
FAR = 1e9


@dataclass(frozen=True)
class ListModel:
    """One log-linear model fitted to the histories.

    Parameters
    ----------
    name: its largest interactions by names of lists, or ``independence``. interactions: all of them.
    parameters: number of coefficients, with intercept. unseen: exp(intercept), persons on no list; value: N.
    standard_error: of N, N taken as fixed: sqrt(u + u^2 var(log u)). se_log_unseen: sqrt(var(log u)).
    deviance, aic, aicc, bic: of the Poisson fit; n = persons in AICc and BIC.
    weight: share in the average, 0 where it could not be fitted. reason: why it could not.
    """

    name: str
    interactions: tuple[Interaction, ...]
    parameters: int
    unseen: float | None
    value: float | None
    standard_error: float | None
    se_log_unseen: float | None
    lower: float | None
    upper: float | None
    convention: str
    deviance: float | None
    aic: float | None
    aicc: float | None
    bic: float | None
    weight: float
    reason: str = ""


@dataclass(frozen=True)
class ListModels(Tabular):
    """All models fitted to the same lists, and what they say together.

    Parameters
    ----------
    models: every one, in a fixed order; those that cannot be fitted say why. average: the weighted mean.
    criterion: what the weights are made of. lowest, highest: values among the models that have a weight.
    """

    models: tuple[ListModel, ...]
    average: Size
    criterion: str
    lists: tuple[str, ...]

    @property
    def fitted(self) -> tuple[ListModel, ...]:
        """Those with a value."""
        return tuple(one for one in self.models if one.value is not None)

    @property
    def lowest(self) -> float:
        """Smallest value of a model."""
        return min(one.value for one in self.fitted if one.value is not None)

    @property
    def highest(self) -> float:
        """Largest value of a model."""
        return max(one.value for one in self.fitted if one.value is not None)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a model, best first where the weights differ, and the average on top."""
        names = ("value", "standard_error", "lower", "upper", "convention")
        top: dict[str, Any] = {"model": "average", "weight": 1.0, "parameters": None}
        top |= {name: getattr(self.average, name) for name in names}
        rest = ("unseen", "se_log_unseen", "deviance", "aic", "aicc", "bic", "reason")
        top |= {name: "" if name == "reason" else None for name in rest}
        ordered = sorted(self.models, key=lambda one: -one.weight)
        return [top] + [
            {
                "model": one.name,
                "weight": one.weight,
                "parameters": one.parameters,
                **{name: getattr(one, name) for name in (*names, *rest)},
            }
            for one in ordered
        ]


@cache
def hierarchical(lists: int, order: int) -> tuple[tuple[Interaction, ...], ...]:
    """Return every hierarchical set of interactions of `lists` lists up to `order` lists together.

    Hierarchical: with an interaction come all those of its parts. Three lists have 8 sets, four have 113, five have
    6893; with pairs only 2^(k(k-1)/2). The interaction of all lists is never there: it is what makes N estimable.
    """
    every = [term for size in range(2, min(order, lists - 1) + 1) for term in combinations(range(lists), size)]

    def grown(held: frozenset[Interaction], at: int) -> Iterator[tuple[Interaction, ...]]:
        if at == len(every):
            yield tuple(term for term in every if term in held)
            return
        yield from grown(held, at + 1)
        term = every[at]
        if len(term) == 2 or all(part in held for part in combinations(term, len(term) - 1)):
            yield from grown(held | {term}, at + 1)

    return tuple(sorted(grown(frozenset(), 0), key=lambda terms: (len(terms), terms)))


def log_linear(
    found: Histories, *, criterion: str = "aicc", order: int = 0, interval: str = "log-normal", level: float = 0.95
) -> ListModels:
    """Fit every hierarchical log-linear model to three lists or more and average them.

    Counts are Poisson, log mu = intercept + lists + interactions; exp(intercept) is the expected number on no list.
    Weights are exp(-D/2) of the difference D to the best `criterion`, over their sum. Average N = sum w N_m, its
    unconditional standard error sum w sqrt(se_m^2 + (N_m - N)^2) (Buckland, Burnham and Augustin 1997).

    Parameters
    ----------
    criterion: ``aicc`` (n = persons), ``aic`` or ``bic``.
    order: most lists in one interaction; 0 = all but the whole for three and four lists, pairs for five.
    interval: of each model, ``log-normal`` or ``profile-likelihood``; the average has the log-normal one.

    Raises
    ------
    EstimationError: fewer than three lists; an unknown criterion or interval; no model can be fitted.

    Notes
    -----
    Fienberg (1972); Cormack (1989) for the standard error; Cormack (1992) for the profile likelihood.
    """
    k = len(found.lists)
    if k < 3:
        raise EstimationError(
            f"There are {k} lists.",
            where="lists",
            expected="three or more for models that let lists depend on each other",
            action="use Chapman's estimator for two lists",
        )
    if criterion not in CRITERIA:
        raise EstimationError(
            f"There is no criterion '{criterion}'.",
            where="criterion",
            expected=f"one of: {', '.join(CRITERIA)}",
            action="choose one of these",
        )
    if size_convention(interval) == "transformed-logit":
        raise EstimationError(
            "The transformed logit interval is for two lists.",
            where="interval",
            expected="log-normal or profile-likelihood",
            action="choose one of these",
        )
    most = order or (k - 1 if k < 5 else 2)
    fits = [_fit(found, terms, interval, level) for terms in hierarchical(k, most)]
    scores = [getattr(one, criterion) for one in fits]
    usable = [score for score in scores if score is not None]
    if not usable:
        raise EstimationError(
            "No log-linear model can be fitted: too few persons are on several lists.",
            where="lists",
            expected="persons on several lists",
            action="merge lists, or use the lower bound",
        )
    best = min(usable)
    raw = np.array([0.0 if score is None else math.exp(-(score - best) / 2) for score in scores])
    weights = raw / raw.sum()
    models = tuple(ListModel(**{**one.__dict__, "weight": float(w)}) for one, w in zip(fits, weights, strict=True))
    return ListModels(models, _average(found, models, criterion, most, level), criterion, found.lists)


def _average(found: Histories, models: Sequence[ListModel], criterion: str, order: int, level: float) -> Size:
    held = [(one.weight, one.value, one.standard_error) for one in models if one.weight > 0]
    value = sum(w * (v or 0.0) for w, v, _ in held)
    se = sum(w * math.hypot(s or 0.0, (v or 0.0) - value) for w, v, s in held)
    lower, upper = log_normal(value, se, found.persons, level=level)
    fitted = [one.value for one in models if one.value is not None]
    lost = len(models) - len(fitted)
    note = f"{len(fitted)} models, from {min(fitted):,.0f} to {max(fitted):,.0f} persons."
    if lost:
        note += f" {lost} more could not be fitted."
    size = Size(
        estimator="model average",
        value=value,
        standard_error=se,
        lower=lower,
        upper=upper,
        seen=found.persons,
        convention="log-normal",
        method=f"average of all hierarchical log-linear models of {len(found.lists)} lists, up to {order} together,"
        f" weights by {criterion.upper().replace('AICC', 'AICc')}, unconditional standard error",
        assumption="one of the models is nearly right: given its interactions, being on one list says nothing about"
        f" being on another, and there is no interaction of all lists together; {CLOSED}",
        level=level,
        note=note,
    )
    return few_recaptures(size, found.recaptures)


def _fit(found: Histories, terms: tuple[Interaction, ...], interval: str, level: float) -> ListModel:
    name = _named(terms, found.lists)
    x = _columns(found.seen.astype(float), terms)
    p = x.shape[1]
    reason = "" if _exists(x, found.counts) else "nobody has a history its interactions need"
    n = found.persons
    if not reason and n - p - 1 <= 0:
        reason = "more coefficients than persons"
    if reason:
        gone = (None,) * 6
        return ListModel(name, terms, p, *gone, "", None, None, None, None, 0.0, reason)
    b, mu = _poisson(x, found.counts)
    cov = np.linalg.inv(x.T @ (mu[:, None] * x))
    unseen, spread = math.exp(b[0]), float(cov[0, 0])
    value, se = n + unseen, math.sqrt(unseen + unseen**2 * spread)
    counts = found.counts
    log_likelihood = float((counts * np.log(mu) - mu - gammaln(counts + 1)).sum())
    full = float((counts * np.log(np.where(counts > 0, counts, 1.0)) - counts - gammaln(counts + 1)).sum())
    aic = -2 * log_likelihood + 2 * p
    if interval == "profile-likelihood":
        lower, upper = profile_limits(found, terms, level=level)
    else:
        lower, upper = log_normal(value, se, n, level=level)
    return ListModel(
        name=name,
        interactions=terms,
        parameters=p,
        unseen=unseen,
        value=value,
        standard_error=se,
        se_log_unseen=math.sqrt(spread),
        lower=lower,
        upper=upper,
        convention=interval,
        deviance=max(0.0, 2 * (full - log_likelihood)),
        aic=aic,
        aicc=aic + 2 * p * (p + 1) / (n - p - 1),
        bic=-2 * log_likelihood + math.log(n) * p,
        weight=0.0,
    )


def profile_limits(
    found: Histories, interactions: Sequence[Interaction], *, level: float = 0.95
) -> tuple[float, float]:
    """Return the profile-likelihood limits of N under one model (Cormack 1992).

    For each N the N - n unseen are put into the empty cell, the model is fitted to the full table, and the multinomial
    likelihood is taken; limits are where twice its logarithm has fallen by z^2 from its largest value. The lower limit
    is n where the likelihood never falls so far; the upper one is infinite where it never does.
    """
    terms = tuple(interactions)
    x = _columns(np.vstack([np.zeros(len(found.lists)), found.seen.astype(float)]), terms)
    n = found.counts.sum()
    fall = normal_quantile(level) ** 2

    def likelihood(unseen: float) -> float:
        counts = np.concatenate([[unseen], found.counts])
        total = n + unseen
        share = _poisson(x, counts)[1] / total
        return float(gammaln(total + 1) - gammaln(counts + 1).sum() + counts @ np.log(share))

    b, _ = _poisson(x[1:], found.counts)
    start = max(math.exp(b[0]), 0.5)
    best = minimize_scalar(
        lambda log: -likelihood(math.exp(log)), bounds=(math.log(start) - 2, math.log(start) + 2), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    low = math.log(1e-6)
    peak = best.x if -best.fun >= likelihood(math.exp(low)) else low
    top = likelihood(math.exp(peak))

    def short(log: float) -> float:
        return 2 * (top - likelihood(math.exp(log))) - fall

    lower = n if short(low) < 0 else n + math.exp(brentq(short, low, peak, xtol=1e-12))
    high = peak
    while short(high) < 0:
        high += 1.0
        if math.exp(high) > FAR * n:
            return float(lower), math.inf
    return float(lower), float(n + math.exp(brentq(short, peak, high, xtol=1e-12)))


def _columns(seen: Floats, terms: Sequence[Interaction]) -> Floats:
    inter = [seen[:, list(term)].prod(axis=1) for term in terms]
    return np.column_stack([np.ones(len(seen)), seen, *inter])


def _named(terms: Sequence[Interaction], lists: Sequence[str]) -> str:
    largest = [term for term in terms if not any(set(term) < set(other) for other in terms)]
    return ", ".join(" x ".join(lists[at] for at in term) for term in largest) or "independence"


def _exists(x: Floats, counts: Floats) -> bool:
    """Whether there is a largest likelihood: no direction leaves all counts above 0 as they are (Haberman 1974)."""
    there = counts > 0
    if np.linalg.matrix_rank(x[there]) == x.shape[1]:
        return True
    if there.all():
        return False
    found = linprog(
        x[~there].sum(axis=0),
        A_ub=x[~there],
        b_ub=np.zeros(int((~there).sum())),
        A_eq=x[there],
        b_eq=np.zeros(int(there.sum())),
        bounds=[(-1, 1)] * x.shape[1],
    )
    return bool(found.status == 0 and found.fun > -1e-9 and np.linalg.matrix_rank(x) == x.shape[1])


def _poisson(x: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and expected counts of a Poisson regression, by Newton's method with halving."""
    eta = np.log(counts + 0.5)
    b = np.linalg.lstsq(x * np.sqrt(counts + 0.5)[:, None], eta * np.sqrt(counts + 0.5), rcond=None)[0]
    eta = x @ b
    mu = np.exp(np.clip(eta, -700, 700))
    value = float(counts @ eta - mu.sum())
    for _ in range(STEPS):
        step = np.linalg.solve(x.T @ (mu[:, None] * x), x.T @ (counts - mu))
        size = 1.0
        while True:
            tried = x @ (b + size * step)
            after = np.exp(np.clip(tried, -700, 700))
            new = float(counts @ tried - after.sum())
            if new >= value - 1e-10 * abs(value) or size < 1e-8:
                break
            size /= 2
        b, mu, value = b + size * step, after, new
        if np.abs(size * step).max() < EXACT * (1 + np.abs(b).max()):
            return b, mu
    if np.abs(x.T @ (counts - mu)).max() < 1e-8 * max(1.0, counts.sum()):
        return b, mu
    raise EstimationError(
        "A log-linear model did not converge.",
        where="lists",
        expected="a largest likelihood",
        action="merge lists with few persons in common",
    )
