"""Propensity weighting: everybody who took part stands for 1/pi people, pi being the chance to take part.

Those who took part are held against a probability sample B with base weights d (or known totals). With the logit model
pi = 1/(1 + exp(-x'b)) the coefficients solve

    mle               sum_A x        = sum_B d pi x     pseudo-likelihood; Chen, Li and Wu (2020)
    calibrated        sum_A x / pi   = sum_B d x        totals of x are met; the same, with h = x / pi

and with the chance p = pi / (1 + pi) of a row being one of those who took part, where they and the population are put
together,

    adjusted-logistic sum_A (1-p) x  = sum_B d p x      pi = exp(x'b); Wang, Valliant and Li (2021)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn, get_args

import numpy as np

from countersign.errors import WeightingError, nearest
from countersign.model.ascent import Ascent, Look, climb, told
from countersign.model.cells import Cells, Floats
from countersign.model.propensity import KnownTotals, Propensity, PropensityMethod, Restriction
from countersign.model.reference import Reference, columns_of
from countersign.model.regressors import INTERCEPT, Regressors, Term, regress_on
from countersign.weighting.propensity_factors import balanced, factors
from countersign.weighting.propensity_support import supported
from countersign.weighting.propensity_totals import totals_of

METHODS: tuple[PropensityMethod, ...] = get_args(PropensityMethod)


def fit_propensity(
    volunteers: Cells,
    against: Sequence[Reference] | KnownTotals,
    *,
    on: Sequence[Term],
    method: PropensityMethod = "mle",
    numeric: Sequence[str] = (),
    shares: Sequence[float] | None = None,
    restrict: bool = False,
) -> Propensity:
    """Fit the chances of taking part.

    Parameters
    ----------
    volunteers: those who took part, reduced without base weights by the auxiliary variables (and domains).
    against: reference samples of the same population, or known totals (then only ``calibrated``).
    on: auxiliary variables; crossed ones as tuples. numeric: those used as numbers; the others are factors.
    shares: what each reference sample counts, adding up to 1; None = in proportion to its rows. Each speaks for the
        whole population, so the scores are averaged.
    restrict: leave out categories that one side lacks, and rename what is estimated; else they are refused.

    Raises
    ------
    WeightingError: categories that one side lacks; at least as many volunteers as people in a category; columns that
        depend on each other; chances that run to 0 or 1 (separation); no convergence.
    """
    if method not in METHODS:
        raise WeightingError(
            f"There is no propensity method '{method}'. {nearest(str(method), METHODS)}".strip(),
            where="method",
            expected=f"one of: {', '.join(METHODS)}",
        )
    if not len(volunteers) or not volunteers.n.sum():
        raise WeightingError(
            "There are no volunteers.", expected="at least one row", action="check the condition on the rows"
        )
    terms = tuple(on)
    if isinstance(against, KnownTotals):
        return _from_totals(volunteers, against, terms, method, numeric)
    if not against:
        raise WeightingError(
            "There is nothing to hold the volunteers against.",
            expected="a reference sample, or known totals",
            action="give a probability sample of the same population",
        )
    held, references, restriction = supported(volunteers, against, terms, numeric=numeric, restrict=restrict)
    regressors, seen = columns_of(held, references, terms, numeric=numeric)
    counted = _shares(references, shares)
    size = sum(share * reference.size for share, reference in zip(counted, references, strict=True))
    goal = sum(
        (share * x.sums(reference.cells.weight) for share, reference, x in zip(counted, references, seen, strict=True)),
        np.zeros(regressors.size),
    )
    weights = [share * reference.cells.weight for share, reference in zip(counted, references, strict=True)]
    if method != "adjusted-logistic":
        _room(held, references, terms, numeric, counted, regressors, goal)
    top = _solve(method, regressors, held.n.astype(float), seen, weights, goal)
    made = _propensity(held, regressors, top, method, _names(terms), size, restriction)
    reach = tuple(_reach(x.times(top.at), method) for x in seen)
    by = made.by
    unseen = sum(
        share * _unseen(held, reference, by) for share, reference in zip(counted, references, strict=True)
    )  # fmt: skip
    made = replace(made, references=references, seen=seen, reach=reach, shares=counted, unseen=unseen)
    return replace(made, weights=factors(made, balanced(made, terms, numeric)))


def _from_totals(
    volunteers: Cells, known: KnownTotals, terms: tuple[Term, ...], method: PropensityMethod, numeric: Sequence[str]
) -> Propensity:
    if method != "calibrated":
        raise WeightingError(
            f"The method '{method}' needs a reference sample: totals do not tell who is like whom.",
            where="method",
            expected="calibrated, where only totals are known",
            action="choose method: calibrated, or give a probability sample",
        )
    (regressors,) = regress_on([volunteers], terms, names=["the volunteers"], numeric=numeric)
    goal, covariance = totals_of(known, volunteers, regressors, terms, numeric)
    counts = regressors.sums(volunteers.n.astype(float))
    _too_many(regressors.columns, counts, goal, [place for place in range(len(goal)) if not _number(regressors, place)])
    for code, term in zip(regressors.codes, [term for term in terms if term not in numeric], strict=True):
        first = np.zeros(regressors.size)
        first[code[code >= 0]] = 1.0  # people and volunteers of the first category are what the others leave
        own, people = float(volunteers.n[code < 0].sum()), float(goal[0] - first @ goal)
        name = " x ".join((term,) if isinstance(term, str) else term)
        _too_many([f"the first category of {name}"], np.array([own]), np.array([people]), [0])
    top = _solve(method, regressors, volunteers.n.astype(float), (), (), goal)
    made = _propensity(volunteers, regressors, top, method, _names(terms), float(goal[0]), None)
    made = replace(made, totals=goal, covariance=covariance)
    return replace(made, weights=factors(made, ()))


def refit(fitted: Propensity, volunteers: Cells, weights: Sequence[Floats], totals: Floats | None = None) -> Propensity:
    """Fit the same model again to resampled counts: of the volunteers by cell, and weights of each reference by cell.

    Raises
    ------
    WeightingError: the resampled data have no solution.
    """
    scaled = [share * weight for share, weight in zip(fitted.shares, weights, strict=True)]
    goal = sum((x.sums(d) for x, d in zip(fitted.seen, scaled, strict=True)), np.zeros(fitted.regressors.size))
    goal = goal if totals is None else totals
    n = volunteers.n.astype(float)
    top = _solve(fitted.method, fitted.regressors, n, fitted.seen, scaled, goal)
    made = _propensity(volunteers, fitted.regressors, top, fitted.method, fitted.by, float(goal[0]), fitted.restriction)
    references = tuple(
        replace(reference, cells=replace(reference.cells, weight=weight))
        for reference, weight in zip(fitted.references, weights, strict=True)
    )
    reach = tuple(_reach(x.times(top.at), fitted.method) for x in fitted.seen)
    return replace(made, references=references, seen=fitted.seen, reach=reach, shares=fitted.shares, totals=totals)


def _solve(
    method: PropensityMethod,
    regressors: Regressors,
    n: Floats,
    seen: Sequence[Regressors],
    weights: Sequence[Floats],
    goal: Floats,
) -> Ascent:
    share = n.sum() / goal[0]
    match method:
        case "mle":
            look, level = _likelihood(n, regressors, seen, weights), _odds(share)
        case "calibrated":
            look, level = _calibration(n, regressors, goal), _odds(share)
        case _:
            look, level = _adjusted(n, regressors, seen, weights), float(np.log(share))
    with np.errstate(over="ignore", invalid="ignore"):
        top = climb(look, _level(regressors, level))
    _reached(top, regressors, method)
    return top


def _likelihood(n: Floats, regressors: Regressors, seen: Sequence[Regressors], weights: Sequence[Floats]) -> Look:
    counts = regressors.sums(n)

    def look(b: Floats) -> tuple[float, Floats, Floats, float]:
        value, slope = float(counts @ b), counts.copy()
        curvature, far = np.zeros((len(b), len(b))), float(np.abs(regressors.times(b)[n > 0]).max())
        for x, d in zip(seen, weights, strict=True):
            linear = x.times(b)
            rate = _expit(linear)
            value -= float(d @ np.logaddexp(0.0, linear))
            slope -= x.sums(d * rate)
            curvature += x.gram(d * rate * (1 - rate))
            far = max(far, float(np.abs(linear[d > 0]).max(initial=0.0)))
        return value, slope, curvature, far

    return look


def _calibration(n: Floats, regressors: Regressors, goal: Floats) -> Look:
    rest = goal - regressors.sums(n)  # what those who did not take part add up to

    def look(b: Floats) -> tuple[float, Floats, Floats, float]:
        linear = regressors.times(b)
        odds = n * np.exp(-linear)
        value = -float(odds.sum()) - float(rest @ b)
        return value, regressors.sums(odds) - rest, regressors.gram(odds), float(np.abs(linear[n > 0]).max())

    return look


def _adjusted(n: Floats, regressors: Regressors, seen: Sequence[Regressors], weights: Sequence[Floats]) -> Look:
    def look(b: Floats) -> tuple[float, Floats, Floats, float]:
        linear = regressors.times(b)
        p = _expit(linear)
        value = float(n @ (linear - np.logaddexp(0.0, linear)))
        slope, curvature = regressors.sums(n * (1 - p)), regressors.gram(n * p * (1 - p))
        far = float(np.abs(linear[n > 0]).max())
        for x, d in zip(seen, weights, strict=True):
            linear = x.times(b)
            p = _expit(linear)
            value -= float(d @ np.logaddexp(0.0, linear))
            slope -= x.sums(d * p)
            curvature += x.gram(d * p * (1 - p))
            far = max(far, float(np.abs(linear[d > 0]).max(initial=0.0)))
        return value, slope, curvature, far

    return look


def _propensity(
    volunteers: Cells,
    regressors: Regressors,
    top: Ascent,
    method: PropensityMethod,
    by: tuple[str, ...],
    size: float,
    restriction: Restriction | None,
) -> Propensity:
    linear = regressors.times(top.at)
    if method == "adjusted-logistic":
        rate = np.exp(linear)
        decline, pull = 1 / rate, 1 / (1 + rate)
        if (rate > 1).any():
            raise WeightingError(
                f"{int(volunteers.n[rate > 1].sum())} volunteers have an estimated chance of taking part above 1.",
                where="method",
                expected="a model whose chances stay below 1",
                action="choose method: mle or calibrated",
            )
    else:
        rate = _expit(linear)
        decline = (1 - rate) / rate
        pull = np.ones(len(rate)) if method == "mle" else 1 / rate
    return Propensity(
        method=method,
        by=by,
        coefficients=top.at,
        steps=top.steps,
        volunteers=volunteers,
        regressors=regressors,
        rate=rate,
        decline=decline,
        pull=pull,
        curvature=top.curvature,
        size=size,
        restriction=restriction,
    )


def _reach(linear: Floats, method: PropensityMethod) -> Floats:
    return np.ones(len(linear)) if method == "calibrated" else _expit(linear)


def _expit(linear: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(linear), dtype=np.float64)


def _odds(share: float) -> float:
    if not 0 < share < 1:
        raise WeightingError(
            "There are at least as many volunteers as people in the population that the reference speaks for.",
            where="weight",
            expected="reference weights that add up to the population size",
            action="check that the weights of the reference sample are expansion weights, not scaled to its rows",
        )
    return float(np.log(share / (1 - share)))


def _level(regressors: Regressors, value: float) -> Floats:
    start = np.zeros(regressors.size)
    start[regressors.columns.index(INTERCEPT)] = value
    return start


def _shares(references: Sequence[Reference], shares: Sequence[float] | None) -> tuple[float, ...]:
    if shares is None:
        rows = [reference.n for reference in references]
        return tuple(n / sum(rows) for n in rows)
    if len(shares) != len(references) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise WeightingError(
            "The shares of the reference samples do not add up to 1.",
            where="shares",
            expected=f"{len(references)} numbers, none below zero, that add up to 1",
        )
    return tuple(float(share) for share in shares)


def _names(terms: Sequence[Term]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for term in terms for name in ((term,) if isinstance(term, str) else term)))


def _number(regressors: Regressors, place: int) -> bool:
    return place in regressors.numbers and regressors.columns[place] != INTERCEPT


def _room(
    volunteers: Cells,
    references: Sequence[Reference],
    terms: Sequence[Term],
    numeric: Sequence[str],
    shares: Sequence[float],
    regressors: Regressors,
    goal: Floats,
) -> None:
    """Refuse categories with at least as many volunteers as people: no chance below 1 explains them."""
    _too_many(regressors.columns, regressors.sums(volunteers.n.astype(float)), goal, [0])
    for term in terms:
        variables = (term,) if isinstance(term, str) else tuple(term)
        if len(variables) == 1 and variables[0] in numeric:
            continue
        code, levels = volunteers.codes(variables)
        own = np.bincount(code, volunteers.n, len(levels)).astype(float)
        people = np.zeros(len(levels))
        for reference, share in zip(references, shares, strict=True):
            theirs, known = reference.cells.codes(variables)
            weight = dict(zip(known, np.bincount(theirs, reference.cells.weight, len(known)), strict=True))
            people += share * np.array([weight.get(level, 0.0) for level in levels])
        name = " x ".join(variables)
        told_ = [f"{name}={' x '.join(map(str, level))}" for level in levels]
        _too_many(told_, own, people, range(len(levels)))


def _too_many(names: Sequence[str], own: Floats, people: Floats, places: Sequence[int] | range) -> None:
    for place in places:
        if own[place] >= people[place]:
            where = "" if names[place] == INTERCEPT else f" with {names[place]}"
            raise WeightingError(
                f"There are {own[place]:,.0f} volunteers{where}, and the reference counts {people[place]:,.6g} people"
                " there.",
                where="on",
                expected="fewer volunteers than people in every category",
                action="check that the reference weights add up to the population; or merge this category",
            )


def _reached(top: Ascent, regressors: Regressors, method: PropensityMethod) -> None:
    if top.end == "top":
        return
    columns = told(regressors.columns, top.bound)
    if top.end == "flat":
        _stop(
            f"Columns of the model depend on each other: {columns}.",
            "auxiliary variables none of which follows from the others",
            "leave one of them out",
        )
    if top.end == "away":
        _stop(
            f"Some combinations of auxiliary variables decide who took part (separation); the coefficients of {columns}"
            " grow without end.",
            "some who took part, and some who did not, in every direction of the model",
            "merge categories, or leave a variable out",
        )
    _stop(
        f"The propensity model ({method}) did not converge in {top.steps} steps.",
        "a solution to the precision of the computer",
        "use fewer auxiliary variables, or merge rare categories",
    )


def _stop(problem: str, expected: str, action: str) -> NoReturn:
    raise WeightingError(problem, where="on", expected=expected, action=action)


def _unseen(volunteers: Cells, reference: Reference, by: Sequence[str]) -> float:
    """Share of the weight in combinations of the auxiliary variables that no volunteer has."""
    _, there = volunteers.codes(by)
    code, known = reference.cells.codes(by)
    took_part = set(there)
    alone = np.array([level not in took_part for level in known])[code]
    return float(reference.cells.weight[alone].sum() / reference.size)
