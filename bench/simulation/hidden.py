"""Hidden populations: lists that overlap, and chains of recruitment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.errors import CountersignError, EstimationError
from countersign.estimation.hidden import (
    SizeOptions,
    histories,
    population_size,
    recruitment,
    respondent_driven,
    successive_inclusion,
)
from simulation.scenario import Scenario, attempt, outcome

SIZE = 500
TWO = "two lists, Chapman"
TWO_LOGIT = "two lists, Chapman, transformed logit interval"
THREE = "three lists, average of log-linear models"
BOUND = "three lists, Chao's lower bound"
LISTS = (TWO, TWO_LOGIT, THREE, BOUND)


def listed(rng: np.random.Generator, *, uneven: float = 0.0, together: float = 0.0) -> Mapping[str, Any]:
    """Put people on three lists; `uneven`: spread of the logit of that; `together`: the first feeds the second."""
    own = rng.normal(0, uneven, SIZE) if uneven else np.zeros(SIZE)
    chance = [1 / (1 + np.exp(-(base + own))) for base in (-0.4, -0.7, -1.0)]
    on = [rng.random(SIZE) < one for one in chance]
    on[1] |= on[0] & (rng.random(SIZE) < together)
    seen = np.array(on, dtype=int).T

    def counts(k: int) -> dict[tuple[int, ...], float]:
        rows, number = np.unique(seen[:, :k], axis=0, return_counts=True)
        return {tuple(map(int, row)): float(n) for row, n in zip(rows, number, strict=True) if row.any()}

    def size(k: int, place: int = 0, interval: str = "log-normal") -> Any:
        found = population_size(
            [({}, histories([f"list {j}" for j in range(k)], counts(k)))], SizeOptions(interval=interval)
        )
        return outcome(float(SIZE), found.estimates.estimates[place])

    return {
        TWO: attempt(lambda: size(2)),
        TWO_LOGIT: attempt(lambda: size(2, interval="transformed-logit")),
        THREE: attempt(lambda: size(3)),
        BOUND: attempt(lambda: size(3, 1)),
    }


NETWORK, SEEDS, WANTED = 1500, 8, 300
RDS_II = "RDS-II, tree bootstrap"
UNWEIGHTED = "share without weights, tree bootstrap"
RDS_I = "RDS-I, tree bootstrap"
SS = "SS (Gile) with the known size, tree bootstrap"
DEGREES = (RDS_II, RDS_I, SS)
CHAINS = (*DEGREES, UNWEIGHTED)


def recruited(
    rng: np.random.Generator, *, prefer: float = 1.0, forget: float = 1.0, alike: float = 1.0
) -> Mapping[str, Any]:
    """Recruit along a network with up to three coupons each.

    `prefer`: how much more likely an acquaintance with the trait is asked; `forget`: by what those with the trait
    understate how many they know; `alike`: how much more likely ties within the same trait are.
    """
    trait = rng.random(NETWORK) < 0.3
    social = rng.gamma(3.0, 1.0, NETWORK) * np.where(trait, 1.5, 1.0)
    odds = np.outer(social, social) * np.where(trait[:, None] == trait[None, :], alike, 1.0)
    odds *= 10 * NETWORK / odds.sum()
    tie = np.triu(rng.random((NETWORK, NETWORK)) < np.minimum(odds, 1.0), 1)
    tie |= tie.T
    degree = tie.sum(axis=1)
    met = np.flatnonzero(degree > 0)
    seeds = rng.choice(met, SEEDS, replace=False, p=degree[met] / degree[met].sum())
    order, by = list(map(int, seeds)), [-1] * SEEDS
    taken = np.zeros(NETWORK, dtype=bool)
    taken[seeds] = True
    at = 0
    while at < len(order) and len(order) < WANTED:
        person = order[at]
        friends = np.flatnonzero(tie[person] & ~taken)
        number = min(int(rng.choice(4, p=[0.2, 0.3, 0.3, 0.2])), len(friends))
        if number:
            liking = np.where(trait[friends], prefer, 1.0)
            for friend in rng.choice(friends, number, replace=False, p=liking / liking.sum()).tolist():
                order.append(friend)
                by.append(person)
                taken[friend] = True
        at += 1
    order, by = order[:WANTED], by[:WANTED]
    known = np.maximum(np.rint(degree[order] * np.where(trait[order], forget, 1.0)), 1.0)
    ids = np.array([f"p{one}" for one in order], dtype=object)
    recruiters = np.array([None if one < 0 else f"p{one}" for one in by], dtype=object)
    truth, answer = float(trait[met].mean()), trait[order].astype(float)
    try:
        trees = recruitment(ids, recruiters, known)
        seed = int(rng.integers(1 << 30))
        inclusion = successive_inclusion(known, float(len(met)), seed=seed, draws=200)
        found = respondent_driven(known, answer, seed=seed, trees=trees, inclusion=inclusion, replicates=500)
    except CountersignError as reason:
        return dict.fromkeys(CHAINS, reason)
    by_kind = {one.figure_id.rpartition(":")[2]: one for one in found}
    none = EstimationError("Recruits did not cross between the groups both ways.")
    return {
        name: outcome(truth, by_kind[name.split()[0].strip(",")]) if name.split()[0].strip(",") in by_kind else none
        for name in DEGREES
    } | {UNWEIGHTED: outcome(truth, by_kind["unweighted"])}


def world(made: Callable[..., Mapping[str, Any]], **options: Any) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: made(rng, **options)


UNEVEN = "some people are on every list and some on none"
LOWER = {BOUND: "a lower bound: the truth may lie above it"}
POPULAR = "people who know many are recruited more"
CAUTIOUS = "The tree bootstrap is known to be careful: its standard error is about twice the true spread here."
AVERAGED = "Estimates that are too high come with longer intervals, so few miss (correlation 0.84 in 300 of these)."
SCENARIOS = (
    Scenario(
        "lists: independent",
        "500 people; three lists hold 40, 33 and 27 % of them, independently.",
        dict.fromkeys(LISTS, ""),
        world(listed),
        notes={THREE: AVERAGED},
    ),
    Scenario(
        "lists: one feeds the other",
        "As before, but three in ten of the first list are also put on the second.",
        dict.fromkeys((TWO, TWO_LOGIT), "being on one list makes being on the other more likely") | {THREE: ""} | LOWER,
        world(listed, together=0.3),
    ),
    Scenario(
        "lists: people differ in how visible they are",
        "As the first, but the logit of being on a list has a standard deviation of 1.2 between people.",
        dict.fromkeys(LISTS, UNEVEN) | LOWER,
        world(listed, uneven=1.2),
    ),
    Scenario(
        "chains: recruits by chance",
        "A network of 1,500; those with the trait know more people. 8 seeds, up to 3 coupons, 300 respondents who"
        " recruit acquaintances by chance and tell how many they know.",
        dict.fromkeys(DEGREES, "") | {UNWEIGHTED: POPULAR},
        world(recruited),
        notes=dict.fromkeys(DEGREES, CAUTIOUS),
    ),
    Scenario(
        "chains: acquaintances are alike",
        "As before, but ties within the same trait are three times as likely.",
        dict.fromkeys(DEGREES, "") | {UNWEIGHTED: POPULAR},
        world(recruited, alike=3.0),
        populations=200,
        notes=dict.fromkeys(DEGREES, CAUTIOUS),
    ),
    Scenario(
        "chains: some are preferred",
        "As the first, but acquaintances with the trait are asked twice as often.",
        dict.fromkeys(CHAINS, "recruits are not chosen by chance"),
        world(recruited, prefer=2.0),
        populations=200,
    ),
    Scenario(
        "chains: acquaintances understated",
        "As the first, but people with the trait admit to only half of those they know.",
        dict.fromkeys(DEGREES, "numbers of acquaintances are wrong where the trait is") | {UNWEIGHTED: POPULAR},
        world(recruited, forget=0.5),
        populations=200,
    ),
)
