"""Occupancy: the share of sites where something is, when a visit may miss it (MacKenzie et al. 2002)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import betaincinv, expit, log_expit, logit, ndtri

from countersign.errors import EstimationError
from countersign.estimation.effort.presence_only import refuse_presence_only
from countersign.model.cells import Floats, Integers
from countersign.model.estimate import Estimate, Status
from countersign.model.regressors import Regressors
from countersign.model.tabular import Tabular

METHOD = "single-season occupancy, maximum likelihood"
ASSUMES = (
    "model-based interval, assuming that sites do not change state between visits; that nothing is recorded where it is"
    " not; that visits to a site find independently of each other; that the covariates hold all that makes finding"
    " easier"
)
FARTHEST = 12.0
SAME = 1e-7

Look: TypeAlias = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class OccupancyModel(Tabular):
    """A fitted occupancy model.

    Parameters
    ----------
    occupied: names and coefficients of logit psi; detected: of logit p. covariance: of both, occupancy first.
    estimates: mean psi over the sites, mean p over the visits, and the naive share of sites with a detection.
    boundary: ``""``, ``psi`` or ``p`` where the likelihood is largest at 1.
    """

    columns: tuple[str, ...]
    b: Floats
    covariance: Floats
    log_likelihood: float
    sites: int
    visits: int
    boundary: str
    estimates: tuple[Estimate, ...]
    level: float = 0.95

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a coefficient, on the logit scale."""
        z = float(ndtri(0.5 + self.level / 2))
        known = not self.boundary
        errors = np.sqrt(np.diag(self.covariance)) if known else np.full(len(self.b), np.nan)
        return [
            {
                "column": name,
                "coefficient": float(b) if known else None,
                "standard_error": float(se) if known else None,
                "lower": float(b - z * se) if known else None,
                "upper": float(b + z * se) if known else None,
            }
            for name, b, se in zip(self.columns, self.b, errors, strict=True)
        ]


def fit_occupancy(
    detected: Floats,
    site: Integers,
    occupied_by: Regressors,
    detected_by: Regressors,
    *,
    level: float = 0.95,
    name: str = "occupancy",
) -> OccupancyModel:
    """Fit psi, the chance that a site is occupied, and p, the chance that a visit to an occupied site finds it.

    Likelihood of a site: psi prod p^y (1 - p)^(1 - y), plus 1 - psi where nothing was ever found; logit psi = X b,
    logit p = W c; standard errors from the second derivative.

    Parameters
    ----------
    detected: 0 or 1 for each visit, (n,). site: number of the visit's site from 0, (n,).
    occupied_by: regressors of the G sites. detected_by: regressors of the n visits.

    Raises
    ------
    EstimationError: a visit without 0 or 1; nothing ever found; only visits that found it (presence only); no site
        visited twice; no largest likelihood.

    Notes
    -----
    Where psi has no covariates and the likelihood is largest at psi = 1, as happens by chance when p is small, that is
    said: the value is 1 and the lower limit comes from the profile likelihood. MacKenzie et al. (2002), Ecology 83.
    """
    sites = len(occupied_by)
    often = np.bincount(site, minlength=sites)
    found = _checked(detected, site, sites, often)
    look = _likelihood(detected, site, found, occupied_by, detected_by)
    plain_psi, plain_p = occupied_by.size == 1, detected_by.size == 1
    common = _Common(detected, site, found, occupied_by, detected_by, level, name)
    if plain_p and detected[found[site] > 0].all():
        return _certain_detection(common)
    best = _climbed(look, occupied_by.size, detected_by.size, found, detected, site)
    if plain_psi:
        full = _with_psi(common, None)
        if -full[0] >= -best[0] - SAME or best[1][0] > FARTHEST:
            return _everywhere(common, full)
    at, covariance = _polished(look, best[1], (*_named(occupied_by, "psi"), *_named(detected_by, "p")))
    psi_figure = _share(common, at, covariance, occupied_by, 0, name, sites)
    p_figure = _share(common, at, covariance, detected_by, occupied_by.size, "detection", len(detected))
    return OccupancyModel(
        columns=(*_named(occupied_by, "psi"), *_named(detected_by, "p")),
        b=at,
        covariance=covariance,
        log_likelihood=-look(at)[0],
        sites=sites,
        visits=len(detected),
        boundary="",
        estimates=(psi_figure, p_figure, _naive(common)),
        level=level,
    )


@dataclass(frozen=True)
class _Common:
    detected: Floats
    site: Integers
    found: Floats
    x: Regressors
    w: Regressors
    level: float
    name: str


def _named(x: Regressors, part: str) -> tuple[str, ...]:
    return tuple(f"{part}: {column}" for column in x.columns)


def _checked(detected: Floats, site: Integers, sites: int, often: Integers) -> Floats:
    if not len(detected) or not np.isin(detected, (0.0, 1.0)).all():
        raise EstimationError(
            "Some visits do not say whether it was found, or there are no visits.",
            where="detected",
            expected="0 or 1 for every visit that was made",
            action="leave out visits that were not made",
        )
    refuse_presence_only(detected, effort=False, what="a share of occupied sites")
    if not detected.any():
        raise EstimationError(
            f"Nothing was found in {len(detected)} visits to {sites} sites: it may be rare, or hard to find, and"
            " nothing tells which.",
            where="detected",
            expected="at least one visit that found it",
            action="report the visits and the effort, not an occupancy of 0",
        )
    if (often < 2).all():
        raise EstimationError(
            "No site was visited twice, so missing it and its absence cannot be told apart.",
            where="visit",
            expected="at least some sites with two visits or more in the same season",
            action="visit again, or report the naive share as a lower limit",
        )
    if len(often) and (often < 1).any():
        raise EstimationError(
            f"{int((often < 1).sum())} sites have no visit.",
            where="site",
            expected="at least one visit to each site",
            action="leave them out: they say nothing about finding",
        )
    return (np.bincount(site, detected, sites) > 0).astype(float)


def _likelihood(detected: Floats, site: Integers, found: Floats, x: Regressors, w: Regressors) -> Look:
    sites, cut = len(found), x.size

    def look(at: Floats) -> tuple[float, Floats]:
        eta, zeta = x.times(at[:cut]), w.times(at[cut:])
        seen = np.bincount(site, np.where(detected > 0, log_expit(zeta), log_expit(-zeta)), sites)
        there, absent = log_expit(eta) + seen, log_expit(-eta)
        either = np.logaddexp(there, absent)
        value = np.where(found > 0, there, either).sum()
        share = np.where(found > 0, 1.0, np.exp(there - either))
        slope_b = x.sums(share - expit(eta))
        slope_c = w.sums(share[site] * (detected - expit(zeta)))
        return -float(value), -np.concatenate([slope_b, slope_c])

    return look


def _climbed(look: Look, psi: int, p: int, found: Floats, detected: Floats, site: Integers) -> tuple[float, Floats]:
    naive = float(np.clip(found.mean(), 0.05, 0.95))
    caught = float(np.clip(detected[found[site] > 0].mean(), 0.05, 0.95))
    best: tuple[float, Floats] | None = None
    for first, second in ((naive, caught), (min(0.97, naive * 1.5), caught / 2), (0.5, 0.5)):
        start = np.zeros(psi + p)
        start[0], start[psi] = logit(first), logit(second)
        ended = minimize(look, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 500})
        if best is None or ended.fun < best[0] - 1e-10:
            best = (float(ended.fun), np.asarray(ended.x, dtype=float))
    assert best is not None
    return best


def _polished(look: Look, at: Floats, columns: tuple[str, ...]) -> tuple[Floats, Floats]:
    for _ in range(30):
        curvature = np.empty((len(at), len(at)))
        for place in range(len(at)):
            step = 1e-5 * max(1.0, abs(at[place]))
            move = np.zeros(len(at))
            move[place] = step
            curvature[place] = (look(at + move)[1] - look(at - move)[1]) / (2 * step)
        curvature = (curvature + curvature.T) / 2
        if np.abs(at).max() > 2.5 * FARTHEST or np.linalg.eigvalsh(curvature)[0] <= 1e-8:
            break
        by = np.linalg.solve(curvature, look(at)[1])
        if look(at)[1] @ by < 1e-18:
            return at, np.asarray(np.linalg.inv(curvature), dtype=float)
        at = at - by
    worst = columns[int(np.argmax(np.abs(at)))]
    raise EstimationError(
        f"The occupancy model has no largest likelihood; the coefficient of '{worst}' grows without end, or columns"
        " depend on each other.",
        where="on_site, on_visit",
        expected="occupied and unoccupied sites, visits that found it and visits that did not, in every category",
        action="leave the variable out, or merge its categories",
    )


def _share(common: _Common, at: Floats, covariance: Floats, x: Regressors, place: int, name: str, n: int) -> Estimate:
    """Return the mean of expit(x b) over rows, with the delta method and limits on the logit scale."""
    here = slice(place, place + x.size)
    chance = expit(x.times(at[here]))
    value = float(chance.mean())
    gradient = x.sums(chance * (1 - chance)) / len(chance)
    se = math.sqrt(float(gradient @ covariance[here, here] @ gradient))
    wide = float(ndtri(0.5 + common.level / 2)) * se / (value * (1 - value))
    return _figure(
        common, name, value, se, float(expit(logit(value) - wide)), float(expit(logit(value) + wide)), n, "logit"
    )


def _with_psi(common: _Common, psi: float | None) -> tuple[float, Floats]:
    """Return minus the largest log likelihood with psi fixed (None = 1), and its coefficients of p."""
    look = _likelihood(common.detected, common.site, common.found, common.x, common.w)
    fixed = 40.0 if psi is None else float(logit(psi))

    def part(c: Floats) -> tuple[float, Floats]:
        value, slope = look(np.concatenate([[fixed], c]))
        return value, slope[1:]

    start = np.zeros(common.w.size)
    start[0] = logit(np.clip(common.detected.mean(), 0.02, 0.98))
    ended = minimize(part, start, jac=True, method="BFGS", options={"gtol": 1e-9})
    return float(ended.fun), np.asarray(ended.x, dtype=float)


def _everywhere(common: _Common, full: tuple[float, Floats]) -> OccupancyModel:
    """Return the model where the likelihood is largest at psi = 1."""
    z = float(ndtri(0.5 + common.level / 2))

    def short(psi: float) -> float:
        return 2 * (_with_psi(common, psi)[0] - full[0]) - z * z

    low, high = 1e-6, 1 - 1e-9
    lower = float(brentq(short, low, high, xtol=1e-10)) if short(low) > 0 > short(high) else low
    note = (
        "The likelihood is largest where every site is occupied: it was found so rarely at one and the same site that"
        " sites without a find may all have been missed. The lower limit is what the data say; more visits would help."
    )
    status = Status.UNRELIABLE
    if common.found.all():
        status, note = (
            Status.PUBLISHED,
            "It was found at every site; the lower limit allows for sites like them without it.",
        )
    psi = _figure(common, common.name, 1.0, None, max(lower, 0.0), 1.0, len(common.found), "profile-likelihood",
                  status=status, flags=("boundary",), note=note)  # fmt: skip
    c = full[1]
    chance = expit(common.w.times(c))
    inverse = np.linalg.inv(common.w.gram(chance * (1 - chance)))
    padded = np.zeros((1 + common.w.size, 1 + common.w.size))
    padded[1:, 1:] = inverse
    p = _share(common, np.concatenate([[40.0], c]), padded, common.w, 1, "detection", len(common.detected))
    return OccupancyModel(
        columns=(*_named(common.x, "psi"), *_named(common.w, "p")),
        b=np.concatenate([[np.inf], c]),
        covariance=padded,
        log_likelihood=-full[0],
        sites=len(common.found),
        visits=len(common.detected),
        boundary="psi",
        estimates=(psi, p, _naive(common)),
        level=common.level,
    )


def _certain_detection(common: _Common) -> OccupancyModel:
    """Return the model where every visit to a site with a find has found it: p = 1, psi is the naive share."""
    naive = _naive(common)
    visits = int(common.found[common.site].sum())
    tail = (1 - common.level) / 2
    note = "Every visit to a site with a find has found it, so nothing speaks for sites that were missed."
    if common.x.size > 1:
        raise EstimationError(
            f"{note} Covariates of psi cannot be fitted together with p here.",
            where="on_site",
            expected="some visits that missed it",
            action="leave the covariates out",
        )
    psi = _figure(common, common.name, naive.value or 0.0, naive.standard_error, naive.lower or 0.0, naive.upper or 1.0,
                  len(common.found), "wilson-plain", flags=("boundary",), note=note)  # fmt: skip
    p = _figure(common, "detection", 1.0, None, float(betaincinv(visits, 1.0, tail)), 1.0, len(common.detected),
                "clopper-pearson", flags=("boundary",), note=note)  # fmt: skip
    size = 1 + common.w.size
    return OccupancyModel(
        columns=(*_named(common.x, "psi"), *_named(common.w, "p")),
        b=np.concatenate([[logit(min(naive.value or 0.0, 1 - 1e-15))], np.full(common.w.size, np.inf)]),
        covariance=np.zeros((size, size)),
        log_likelihood=math.nan,
        sites=len(common.found),
        visits=len(common.detected),
        boundary="p",
        estimates=(psi, p, naive),
        level=common.level,
    )


def _naive(common: _Common) -> Estimate:
    """Return the share of sites where it was found at least once, with Wilson's interval."""
    n, share = len(common.found), float(common.found.mean())
    z = float(ndtri(0.5 + common.level / 2))
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    se = math.sqrt(share * (1 - share) / n)
    figure = _figure(common, "naive", share, se, max(0.0, middle - half), min(1.0, middle + half), n, "wilson-plain")
    return Estimate(
        **{
            **figure.__dict__,
            "method": "share of sites with at least one detection, not corrected",
            "assumption": "every occupied site was recognised; otherwise the share is too small",
            "raw": share,
        }
    )


def _figure(
    common: _Common,
    name: str,
    value: float,
    se: float | None,
    lower: float,
    upper: float,
    n: int,
    convention: str,
    *,
    status: Status = Status.PUBLISHED,
    flags: tuple[str, ...] = (),
    note: str = "",
) -> Estimate:
    return Estimate(
        indicator=name,
        statistic="proportion",
        domain={},
        value=value,
        standard_error=se,
        lower=lower,
        upper=upper,
        n=n,
        method=METHOD,
        convention=convention,
        level=common.level,
        assumption=ASSUMES,
        status=status,
        flags=flags,
        note=note,
        raw=float(common.found.mean()) if name == common.name else None,
        figure_id=name,
    )
