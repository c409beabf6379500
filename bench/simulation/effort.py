"""Counts with effort, and visits that may miss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.errors import CountersignError
from countersign.estimation.effort import fit_counts, fit_occupancy, rate, total
from countersign.model.cells import Cells
from countersign.model.regressors import Regressors, regress_on
from simulation.scenario import Outcome, Scenario, attempt, outcome

SITES, VISITS, FRAME = 80, 3, 400
FAMILIES = ("poisson", "negative binomial", "site effects")
RATE = "rate, {}"
TOTAL = "total over 400 sites, {}"
EVERY = (*(RATE.format(family) for family in FAMILIES), TOTAL.format("poisson"))


def rows(habitat: Any) -> Cells:
    """Return rows as cells of one row each."""
    ones, none = np.ones(len(habitat)), np.zeros((len(habitat), 0))
    keys = {"habitat": np.array(habitat.tolist(), dtype=object)}
    return Cells(keys, (), ones.astype(np.int64), ones, ones, none, none, np.zeros((len(habitat), 0, 0)), none)


def counted(
    rng: np.random.Generator, *, between: float = 0.0, scatter: float = 0.0, preferred: float = 0.0, stay: float = 0.0
) -> Mapping[str, Any]:
    """Count at 80 of 400 sites, three visits each.

    `between`: spread of sites on the log scale; `scatter`: of visits (gamma); `preferred`: how much more sites are
    visited where there is more; `stay`: how much longer people stay where they find more than usual.
    """
    habitat = rng.integers(0, 3, FRAME)
    mean = np.array([2.0, 4.0, 8.0])[habitat] * np.exp(
        rng.normal(0, between, FRAME) - between**2 / 2 if between else 0.0
    )
    key = np.log(rng.random(FRAME)) / mean**preferred
    site = np.repeat(np.argsort(-key)[:SITES], VISITS)
    hours = rng.uniform(0.5, 3.0, len(site))
    lucky = rng.gamma(1 / scatter, scatter, len(site)) if scatter else np.ones(len(site))
    hours = hours * lucky**stay
    count = rng.poisson(mean[site] * lucky * hours).astype(float)
    x, everywhere = regress_on([rows(habitat[site]), rows(habitat)], ("habitat",))
    number = np.unique(site, return_inverse=True)[1]
    truth, size = float(mean.mean()), np.ones(FRAME)

    def made(family: str, what: str = RATE) -> Outcome:
        fitted = fit_counts(count, hours, x, number, family=family)
        if what == RATE:
            return outcome(truth, rate(fitted, everywhere, size, frame=True, n=len(count)))
        return outcome(truth * FRAME, total(fitted, everywhere, size, n=len(count)))

    rates = {RATE.format(family): attempt(lambda family=family: made(family)) for family in FAMILIES}  # type: ignore[misc]
    return rates | {TOTAL.format("poisson"): attempt(lambda: made("poisson", TOTAL))}


SHARE = "share of occupied sites"
FINDING = "chance to find it in a visit"
NAIVE = "share of sites where it was found"
OCCUPANCY = (SHARE, FINDING, NAIVE)


def visited(rng: np.random.Generator, *, uneven: float = 0.0, false: float = 0.0) -> Mapping[str, Any]:
    """Visit 200 sites four times; `uneven`: spread of the logit of finding; `false`: chance of a false report."""
    sites, visits = 200, 4
    there = rng.random(sites) < 0.5
    p = 1 / (1 + np.exp(-(-0.4 + (rng.normal(0, uneven, sites) if uneven else np.zeros(sites)))))
    site = np.repeat(np.arange(sites), visits)
    found = (there[site] & (rng.random(len(site)) < p[site])) | (rng.random(len(site)) < false)

    def ones(length: int) -> Regressors:
        return Regressors(("(intercept)",), (), {0: np.ones(length)})

    try:
        figures = fit_occupancy(found.astype(float), site, ones(sites), ones(len(site))).estimates
    except CountersignError as reason:
        return dict.fromkeys(OCCUPANCY, reason)
    truth = {SHARE: 0.5, FINDING: float(1 / (1 + np.exp(0.4))), NAIVE: 0.5}
    if uneven:
        truth[FINDING] = float(p.mean())
    return {name: outcome(truth[name], one) for name, one in zip(OCCUPANCY, figures, strict=True)}


def world(made: Callable[..., Mapping[str, Any]], **options: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: made(rng, **options)


MISSED = "four visits miss it at some occupied sites"
PREFERRED = "sites with more are visited more, beside what the habitat tells"
STAY = "people stay longer where they find more than usual"
SCENARIOS = (
    Scenario(
        "counts: by chance alone",
        "80 of 400 sites in three habitats are visited three times, 0.5 to 3 hours; counts are Poisson.",
        dict.fromkeys(EVERY, ""),
        world(counted),
    ),
    Scenario(
        "counts: scattered visits",
        "As before, but some visits are luckier than others: negative binomial with alpha 0.5.",
        dict.fromkeys(EVERY, "") | {RATE.format("site effects"): "visits scatter, not sites"},
        world(counted, scatter=0.5),
    ),
    Scenario(
        "counts: unlike sites",
        "As the first, but sites differ by a normal effect of 0.5 on the log scale.",
        dict.fromkeys(EVERY, ""),
        world(counted, between=0.5),
    ),
    Scenario(
        "counts: sites with more are visited more",
        "As before, and the chance to be visited rises with what there is.",
        dict.fromkeys(EVERY, PREFERRED),
        world(counted, between=0.5, preferred=1.0),
    ),
    Scenario(
        "counts: people stay where they find more",
        "As with scattered visits, and a lucky visit lasts longer.",
        dict.fromkeys(EVERY, STAY),
        world(counted, scatter=0.5, stay=0.5),
    ),
    Scenario(
        "occupancy: visits alike",
        "200 sites, half of them occupied, four visits that find it with chance 0.40.",
        {SHARE: "", FINDING: "", NAIVE: MISSED},
        world(visited),
    ),
    Scenario(
        "occupancy: easy and hard sites",
        "As before, but the logit of finding has a standard deviation of 1.5 between sites.",
        {
            SHARE: "sites differ in how easily it is found",
            FINDING: "sites differ in how easily it is found",
            NAIVE: MISSED,
        },
        world(visited, uneven=1.5),
    ),
    Scenario(
        "occupancy: reports of what is not there",
        "As the first, but in 3 % of visits it is reported where it is not.",
        dict.fromkeys(OCCUPANCY, "some reports are false"),
        world(visited, false=0.03),
    ),
)
