"""Count models: counts that grow with effort, as Poisson or negative binomial, or with sites that differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln, ndtr, stdtrit

from countersign.errors import EstimationError, nearest
from countersign.estimation.effort.site_effects import fit_site_effects
from countersign.model.ascent import climb, told
from countersign.model.cells import Floats, Integers
from countersign.model.regressors import Regressors
from countersign.model.tabular import Tabular

FAMILIES = ("poisson", "negative binomial", "site effects")
SANDWICH = "sandwich by site, G/(G-1)"


@dataclass(frozen=True)
class Dispersion:
    """How much more scattered counts are than Poisson.

    Parameters
    ----------
    ratio: Pearson's chi-square over degrees of freedom; 1 under Poisson. statistic: of Cameron and Trivedi (1990), the
        t value of ((y - mu)^2 - y)/mu on mu, one-sided. p: its p-value.
    """

    ratio: float | None
    statistic: float
    p: float


@dataclass(frozen=True)
class CountModel(Tabular):
    """A fitted model of counts, log mean = log effort + X b.

    Parameters
    ----------
    columns: q names. b: coefficients, (q,). covariance: (q, q), of b; for site effects (q + 1, q + 1) with the standard
        deviation between sites last. family, variance: how it was fitted and how the covariance was computed.
    alpha: negative binomial, variance mu + alpha mu^2. between: standard deviation of the logarithm between sites.
    degrees: of freedom of intervals, sites - 1. dispersion: test against Poisson. log_likelihood: with constants.
    """

    columns: tuple[str, ...]
    b: Floats
    covariance: Floats
    family: str
    variance: str
    n: int
    sites: int
    degrees: float
    dispersion: Dispersion
    log_likelihood: float
    alpha: float = 0.0
    between: float = 0.0
    level: float = 0.95
    note: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a coefficient, as a ratio of rates."""
        t = t_quantile(self.level, self.degrees)
        lines = []
        for name, b, v in zip(self.columns, self.b, np.diag(self.covariance), strict=False):
            se = math.sqrt(v)
            lines.append(
                {
                    "column": name,
                    "coefficient": float(b),
                    "standard_error": se,
                    "rate_ratio": math.exp(b),
                    "lower": math.exp(b - t * se),
                    "upper": math.exp(b + t * se),
                    "variance": self.variance,
                }
            )
        return lines


def t_quantile(level: float, degrees: float) -> float:
    """Return the two-sided quantile of t."""
    if not 0.0 < level < 1.0:
        raise EstimationError(
            f"The level is {level:g}.", where="level", expected="between 0 and 1", action="95 % is 0.95"
        )
    return float(stdtrit(degrees, 0.5 + level / 2))


def fit_counts(
    count: Floats, effort: Floats, x: Regressors, site: Integers, *, family: str = "poisson", level: float = 0.95
) -> CountModel:
    """Fit counts with effort as offset.

    Parameters
    ----------
    count: whole numbers from 0, (n,). effort: above 0, (n,). x: regressors with intercept. site: number of each row's
        site from 0, (n,); rows of one site may depend on each other.
    family: ``poisson``, standard errors robust to any scatter and any dependence within sites; ``negative binomial``
        (variance mu + alpha mu^2), robust likewise; ``site effects``, Poisson with a normal effect of each site on the
        log scale, integrated by adaptive Gauss-Hermite quadrature, model-based standard errors.

    Raises
    ------
    EstimationError: counts that are missing, negative or not whole; effort that is missing, 0 or below; fewer than two
        sites, or no more sites than coefficients; a category with one site only, where the scatter between sites would
        come out as 0 (site effects are allowed: they take it from the others); columns
        that depend on each other; a category where every count is 0; no convergence.
    """
    _checked(count, effort, family)
    sites = len(np.unique(site))
    if sites < 2 or sites <= x.size:
        raise EstimationError(
            f"There are {sites} sites for {x.size} coefficients.",
            where="site",
            expected="at least two sites, and more sites than coefficients",
            action="leave covariates out, or record more sites: their scatter is what the interval comes from",
        )
    if family != "site effects":
        _several_sites(x, site)
    offset = np.log(effort)
    b, mu = _poisson(count, offset, x)
    dispersion = _dispersion(count, mu, x.size)
    common: dict[str, Any] = {"columns": x.columns, "family": family, "n": len(count), "sites": sites}
    common |= {"dispersion": dispersion, "level": level}
    if family == "site effects":
        found = fit_site_effects(count, offset, x, site, start=b)
        return CountModel(
            **common,
            b=found.b,
            covariance=found.covariance,
            variance="model-based (Hessian)",
            degrees=float(sites - 1),
            log_likelihood=found.log_likelihood,
            between=found.between,
            note=found.note,
        )
    alpha, note = 0.0, ""
    if family == "negative binomial":
        alpha, b, mu = _negative_binomial(count, offset, x, b, mu)
        if alpha == 0.0:
            note = "Counts are no more scattered than Poisson, so this is the Poisson model."
    weight = 1 / (1 + alpha * mu)
    bread = np.linalg.inv(x.gram(mu * weight))
    scores = site_sums(x, site, (count - mu) * weight)
    meat = scores.T @ scores * sites / (sites - 1)
    return CountModel(
        **common,
        b=b,
        covariance=bread @ meat @ bread,
        variance=SANDWICH,
        degrees=float(sites - 1),
        log_likelihood=_log_likelihood(count, mu, alpha),
        alpha=alpha,
        note=note,
    )


def site_sums(x: Regressors, site: Integers, amount: Floats) -> Floats:
    """Return the sums of x times amount by site, (G, q)."""
    sites, wide = int(site.max()) + 1, x.size + 1
    flat = np.zeros(sites * wide)
    for code in x.codes:
        flat += np.bincount(site * wide + np.where(code < 0, x.size, code), amount, sites * wide)
    found = flat.reshape(sites, wide)
    for place, value in x.numbers.items():
        found[:, place] += np.bincount(site, amount * value, sites)
    return np.asarray(found[:, : x.size])


def _checked(count: Floats, effort: Floats, family: str) -> None:
    if family not in FAMILIES:
        raise EstimationError(
            f"There is no family '{family}'. {nearest(family, FAMILIES)}".strip(),
            where="family",
            expected=f"one of: {', '.join(FAMILIES)}",
            action="choose one of these",
        )
    wrong = int((~np.isfinite(count) | (count < 0) | (count % 1 != 0)).sum())
    if wrong or not len(count):
        raise EstimationError(
            f"{wrong} of {len(count)} counts are missing, negative or not whole.",
            where="count",
            expected="a whole number from 0 in every row",
            action="0 where it was looked for and nothing was found; leave out rows where nobody looked",
        )
    none = int((~np.isfinite(effort) | (effort <= 0)).sum())
    if none:
        raise EstimationError(
            f"{none} rows have no effort: missing, 0 or below.",
            where="effort",
            expected="effort above 0 in every row: hours, kilometres, visits, square metres",
            action="a visit without effort is no visit: correct the effort or leave these rows out by name with where=",
        )


def _several_sites(x: Regressors, site: Integers) -> None:
    for code in x.codes:
        pairs = np.unique(np.column_stack([code, site]), axis=0)
        level, sites = np.unique(pairs[:, 0], return_counts=True)
        alone = level[sites < 2]
        if len(alone):
            named = [x.columns[at] if at >= 0 else "the reference category" for at in alone.tolist()]
            raise EstimationError(
                f"There is only one site in: {', '.join(named)}. How much sites differ there cannot be told.",
                where="on",
                expected="at least two sites in every category",
                action="merge the category with another, leave the variable out, or use family='site effects'",
            )


def _poisson(count: Floats, offset: Floats, x: Regressors) -> tuple[Floats, Floats]:
    def look(b: Floats) -> tuple[float, Floats, Floats, float]:
        eta = x.times(b)
        mu = np.exp(np.minimum(offset + eta, 700))
        return float(count @ eta - mu.sum()), x.sums(count - mu), x.gram(mu), -float((eta - level).min())

    level = math.log((count.sum() + 0.5) / np.exp(offset).sum())
    start = np.zeros(x.size)
    start[0] = level
    return _reached(look, start, offset, x)


def _reached(look: Any, start: Floats, offset: Floats, x: Regressors) -> tuple[Floats, Floats]:
    found = climb(look, start)
    if found.end == "top":
        return found.at, np.exp(offset + x.times(found.at))
    reasons = {
        "flat": "depend on each other, or have no rows",
        "away": "have no finite coefficient: all counts there are 0",
        "tired": "did not converge",
    }
    raise EstimationError(
        f"The columns {told(x.columns, found.bound) or 'of the model'} {reasons[found.end]}.",
        where="on",
        expected="every category with some count above 0, and no column made of others",
        action="merge the category with another, or leave the variable out",
    )


def _negative_binomial(
    count: Floats, offset: Floats, x: Regressors, b: Floats, mu: Floats
) -> tuple[float, Floats, Floats]:
    """Return alpha, b and mu of largest likelihood: for each alpha the best b, then the root of alpha's score."""
    if ((count - mu) ** 2 - count).sum() <= 0:
        return 0.0, b, mu
    held = {"b": b, "mu": mu}

    def score(log_alpha: float) -> float:
        alpha = math.exp(log_alpha)

        def look(b: Floats) -> tuple[float, Floats, Floats, float]:
            eta = x.times(b)
            mu = np.exp(np.minimum(offset + eta, 700))
            low = 1 / (1 + alpha * mu)
            value = float(count @ eta - ((count + 1 / alpha) * np.log1p(alpha * mu)).sum())
            far = -float((eta - eta.max()).min()) / 2
            return value, x.sums((count - mu) * low), x.gram(mu * (1 + alpha * count) * low**2), far

        held["b"], held["mu"] = _reached(look, held["b"], offset, x)
        r, m = 1 / alpha, held["mu"]
        return float((digamma(count + r) - digamma(r) - np.log1p(m / r) + (m - count) / (r + m)).sum())

    low, high = -12.0, 8.0
    if score(low) <= 0:  # d/dr: negative while more alpha is better
        if score(high) <= 0:
            raise EstimationError(
                "The scatter of the counts has no largest likelihood.",
                where="count",
                expected="counts that vary around a mean",
                action="use family='poisson', whose intervals hold for any scatter",
            )
        found = float(brentq(score, low, high, xtol=1e-13, rtol=1e-13))
        score(found)
        return math.exp(found), held["b"], held["mu"]
    return 0.0, b, mu


def _log_likelihood(count: Floats, mu: Floats, alpha: float) -> float:
    if alpha == 0:
        return float((count * np.log(mu) - mu - gammaln(count + 1)).sum())
    r = 1 / alpha
    return float(
        (
            gammaln(count + r)
            - gammaln(r)
            - gammaln(count + 1)
            + count * np.log(alpha * mu)
            - (count + r) * np.log1p(alpha * mu)
        ).sum()
    )


def _dispersion(count: Floats, mu: Floats, parameters: int) -> Dispersion:
    n = len(count)
    ratio = float(((count - mu) ** 2 / mu).sum() / (n - parameters)) if n > parameters else None
    excess = ((count - mu) ** 2 - count) / mu
    slope = float(excess @ mu / (mu @ mu))
    left = excess - slope * mu
    spread = math.sqrt(float(left @ left) / max(n - 1, 1) / float(mu @ mu))
    statistic = slope / spread if spread > 0 else 0.0
    return Dispersion(ratio, statistic, float(1 - ndtr(statistic)))
