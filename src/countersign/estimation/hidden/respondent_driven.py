"""Respondent-driven samples: shares and means with every estimator beside each other, and what they hang on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.estimation.hidden.recruitment import Recruitment
from countersign.estimation.hidden.sizes import normal_quantile
from countersign.estimation.hidden.tree_bootstrap import resampled_trees
from countersign.model.cells import Floats, Integers
from countersign.model.estimate import Estimate, Status

ESTIMATORS = ("RDS-II", "SS", "RDS-I", "unweighted")
WALK = (
    "recruitment is a random walk on a connected network of mutual acquaintances; degrees are reported right; seeds do"
    " not matter any more after the waves reached"
)
ASSUMES = {
    "RDS-II": f"{WALK}; the population is much larger than the sample",
    "SS": f"{WALK}, and nobody is recruited twice; the size of the population is as given",
    "RDS-I": f"{WALK}; recruitment across the two groups is even in both directions",
    "unweighted": "everybody has the same chance to be recruited",
}
TREES = "tree bootstrap (Baraff et al. 2016), seeds and recruits drawn again with replacement"


@dataclass(frozen=True)
class _Rows:
    """Respondents with an answer."""

    answer: Floats
    there: Floats
    weights: dict[str, Floats]
    degree: Floats
    share: bool


def inverse_degree_mean(answer: Floats, degree: Floats) -> float:
    """Return the RDS-II estimate sum(y / d) / sum(1 / d) of Volz and Heckathorn (2008), missing answers left out."""
    there = ~np.isnan(answer)
    return float((answer[there] / degree[there]).sum() / (1 / degree[there]).sum())


def cross_recruitment_share(answer: Floats, degree: Floats, parent: Integers) -> float:
    """Return the RDS-I estimate of a share (Salganik and Heckathorn 2004).

    P = D0 S01 / (D0 S01 + D1 S10), S01 the share of recruits of the group without the trait that have it, S10 the other
    way, D the harmonic means of degrees. nan where a group recruited nobody or nobody crosses.
    """
    counts = _pairs(answer, parent)
    there = ~np.isnan(answer)
    one = answer[there] == 1
    return float(
        _rds_one(
            counts[None],
            np.array([[(~one).sum(), one.sum()]], dtype=float),
            np.array([[(1 / degree[there][~one]).sum(), (1 / degree[there][one]).sum()]]),
        )[0]
    )


def respondent_driven(
    degree: Floats,
    answer: Floats,
    *,
    seed: int,
    trees: Recruitment | None = None,
    inclusion: Floats | None = None,
    share: bool = True,
    estimator: str = "",
    replicates: int = 1000,
    level: float = 0.95,
    name: str = "share",
) -> tuple[Estimate, ...]:
    """Estimate a share or a mean with every estimator that can be computed, the chosen one first.

    Parameters
    ----------
    degree: how many of the population each respondent knows, (n,). answer: 0/1 or numbers, nan for missing, (n,).
    trees: of recruitment, for the tree bootstrap and RDS-I; without them the interval assumes the design effect of the
        catalogue entry ``recruitment_design_effect``.
    inclusion: chances of `successive_inclusion`, (n,), needed for SS. share: the answer is 0 or 1. estimator: the
        chosen one; SS where `inclusion` is given, otherwise RDS-II. seed: of the bootstrap.

    Raises
    ------
    EstimationError: fewer than two answers; answers other than 0 and 1 for a share; an estimator that cannot be
        computed; fewer than 100 replicates.

    Notes
    -----
    Intervals are percentiles of the tree bootstrap. Degree weights of SS are not computed again in each replicate.
    Where all answers are alike the bootstrap says nothing: exact binomial limits with n / 2 are given instead.
    """
    there = ~np.isnan(answer)
    if int(there.sum()) < 2 or (share and not np.isin(answer[there], (0.0, 1.0)).all()) or replicates < 100:
        raise EstimationError(
            f"{int(there.sum())} respondents have an answer; {replicates} replicates.",
            where="table",
            expected="at least two answers, 0 or 1 for a share, and at least 100 replicates",
            action="use mean= for numbers, or correct the expression",
        )
    weights = {"RDS-II": 1 / degree, "unweighted": np.ones(len(degree))}
    if inclusion is not None:
        weights["SS"] = 1 / inclusion
    rows = _Rows(np.where(there, answer, 0.0), there.astype(float), weights, degree, share)
    points = {kind: float((w * rows.answer).sum() / (w * rows.there).sum()) for kind, w in weights.items()}
    if share and trees is not None and len(trees) > len(trees.seeds):
        cross = cross_recruitment_share(answer, degree, trees.parent)
        if not math.isnan(cross):
            points["RDS-I"] = cross
    chosen = estimator or ("SS" if inclusion is not None else "RDS-II")
    if chosen not in points:
        raise EstimationError(
            f"The estimator '{chosen}' cannot be computed.",
            where="estimator",
            expected=f"one of: {', '.join(kind for kind in ESTIMATORS if kind in points)}",
            action="SS needs population=; RDS-I needs recruiter=, a share, and recruits across the groups both ways",
        )
    again = _replicated(trees, rows, replicates, seed) if trees is not None else {}
    kinds = [chosen, *(kind for kind in ESTIMATORS if kind in points and kind != chosen)]
    return tuple(
        _figure(kind, points[kind], rows, again.get(kind), trees, replicates, level, name, chosen=kind == chosen)
        for kind in kinds
    )


def _pairs(answer: Floats, parent: Integers) -> Floats:
    """Return recruitments by group of recruiter and recruit, (2, 2); those without an answer are left out."""
    child = np.flatnonzero(parent >= 0)
    child = child[~np.isnan(answer[child]) & ~np.isnan(answer[parent[child]])]
    code = 2 * answer[parent[child]].astype(np.int64) + answer[child].astype(np.int64)
    return np.bincount(code, minlength=4).reshape(2, 2).astype(float)


def _rds_one(pairs: Floats, n: Floats, inverse: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        across01 = pairs[:, 0, 1] / pairs[:, 0].sum(axis=1)
        across10 = pairs[:, 1, 0] / pairs[:, 1].sum(axis=1)
        mean = n / inverse
        found: Floats = mean[:, 0] * across01 / (mean[:, 0] * across01 + mean[:, 1] * across10)
    return found


def _replicated(trees: Recruitment, rows: _Rows, replicates: int, seed: int) -> dict[str, Floats]:
    """Return each estimator in every replicate of the tree bootstrap, nan where it cannot be computed."""
    held: dict[str, list[Floats]] = {}
    inverse = rows.there / rows.degree
    for count, replicate, row, recruiter in resampled_trees(trees, replicates=replicates, seed=seed):
        with np.errstate(divide="ignore", invalid="ignore"):
            for kind, w in rows.weights.items():
                above = np.bincount(replicate, (w * rows.answer)[row], count)
                below = np.bincount(replicate, (w * rows.there)[row], count)
                held.setdefault(kind, []).append(above / below)
        if rows.share:
            group = rows.answer.astype(np.int64)
            known = rows.there[row] > 0
            place = 2 * replicate[known] + group[row[known]]
            n = np.bincount(place, minlength=2 * count).reshape(count, 2).astype(float)
            sums = np.bincount(place, inverse[row[known]], 2 * count).reshape(count, 2).astype(float)
            both = known & (recruiter >= 0)
            both[both] &= rows.there[recruiter[both]] > 0
            code = 4 * replicate[both] + 2 * group[recruiter[both]] + group[row[both]]
            pairs = np.bincount(code, minlength=4 * count).reshape(count, 2, 2).astype(float)
            held.setdefault("RDS-I", []).append(_rds_one(pairs, n, sums))
    return {kind: np.concatenate(parts) for kind, parts in held.items()}


def _figure(
    kind: str,
    value: float,
    rows: _Rows,
    again: Floats | None,
    trees: Recruitment | None,
    replicates: int,
    level: float,
    name: str,
    *,
    chosen: bool,
) -> Estimate:
    there = rows.there > 0
    n, answers = int(there.sum()), rows.answer[there]
    limit = catalogue.threshold("recruitment_design_effect")
    simple = float(value * (1 - value) / n) if rows.share else float(answers.var() / n)
    flags: tuple[str, ...] = ()
    note, status = "", Status.PUBLISHED
    if rows.share and value in (0.0, 1.0):
        se, (lower, upper) = 0.0, _exact(value, n / limit.good, level)
        convention, method = "clopper-pearson", f"{kind}, all answers alike: design effect {limit.good:g} assumed"
    elif again is not None:
        usable = again[np.isfinite(again)]
        if len(usable) < replicates:
            note = f"{replicates - len(usable)} of {replicates} replicates had no value and are left out."
        if len(usable) < replicates / 2:
            reason = f"Only {len(usable)} of {replicates} replicates of the tree bootstrap have a value."
            if chosen:
                raise EstimationError(
                    reason,
                    where="recruiter",
                    expected="trees with answers, and recruits across both groups for RDS-I",
                    action="use RDS-II, or collect longer chains",
                )
            return _without_value(kind, n, level, name, reason, share=rows.share)
        se = float(usable.std(ddof=1))
        lower, upper = (float(v) for v in np.quantile(usable, [(1 - level) / 2, (1 + level) / 2]))
        convention, method = "tree-bootstrap percentile", f"{kind}; {TREES}, {replicates} replicates"
        if trees is not None and len(trees.seeds) == 1:
            note = f"{note} With one seed the bootstrap cannot show what other seeds would have given.".strip()
            flags, status = ("one_seed",), Status.CAUTION
    else:
        w = rows.weights[kind][there]
        linear = w * (answers - value) / w.sum()
        se = math.sqrt(limit.good * n / (n - 1) * float((linear**2).sum()))
        z = normal_quantile(level)
        if rows.share:
            wide, middle = z * se / (value * (1 - value)), math.log(value / (1 - value))
            lower, upper = (1 / (1 + math.exp(-(middle + side * wide))) for side in (-1, 1))
            convention = "logit"
        else:
            lower, upper, convention = value - z * se, value + z * se, "normal"
        method = f"{kind}; linearised variance times a design effect of {limit.good:g} that is assumed"
        note = "No recruiters are known, so the interval rests on an assumed design effect."
        flags, status = ("no_trees",), Status.CAUTION
    deff = se**2 / simple if simple > 0 and se > 0 else None
    return Estimate(
        indicator=name,
        statistic="proportion" if rows.share else "mean",
        domain={},
        value=value,
        standard_error=se,
        lower=lower,
        upper=upper,
        n=n,
        n_effective=n / deff if deff else None,
        design_effect=deff,
        method=method,
        convention=convention,
        level=level,
        assumption=f"model-based interval, assuming {ASSUMES[kind]}",
        status=status,
        flags=flags,
        note=note,
        raw=float(answers.mean()),
        figure_id=f"{name}:{kind}",
    )


def _without_value(kind: str, n: int, level: float, name: str, reason: str, *, share: bool) -> Estimate:
    return Estimate(
        indicator=name,
        statistic="proportion" if share else "mean",
        domain={},
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        n=n,
        method=kind,
        convention="none",
        level=level,
        status=Status.TOO_FEW,
        note=reason,
        figure_id=f"{name}:{kind}",
    )


def _exact(value: float, n: float, level: float) -> tuple[float, float]:
    """Return the exact binomial limits at 0 and 1."""
    tail = (1 - level) / 2
    if value == 0.0:
        return 0.0, float(betaincinv(1.0, n, 1 - tail))
    return float(betaincinv(n, 1.0, tail)), 1.0
