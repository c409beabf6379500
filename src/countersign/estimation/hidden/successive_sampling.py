"""Successive sampling: chances to be in the sample when nobody can be recruited twice (Gile 2011)."""

from __future__ import annotations

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats, Integers


def successive_inclusion(
    degree: Floats, population: float, *, seed: int, draws: int = 0, iterations: int = 5
) -> Floats:
    """Return Gile's inclusion probabilities of the respondents, by simulation.

    Recruitment is taken as successive sampling: each next person is drawn with probability proportional to degree among
    those not drawn yet. From a guess of how many of the population have each degree, `draws` samples are drawn; the
    share of each degree's people in them gives pi(degree); that gives a better guess; and so on. pi = (U + 1)/(M N_d +
    1), U times drawn in M samples, N_d people of that degree.

    Parameters
    ----------
    degree: (n,), above 0. population: N, at least n. seed: of the random numbers.
    draws: M; 0 = 500 for up to 1000 respondents and fewer for more, since each sample then says more, at least 50.

    Returns
    -------
    pi of each respondent, (n,). With N = n all are 1; as N grows they become proportional to degree.

    Raises
    ------
    EstimationError: a population smaller than the sample or not finite; no iteration.
    """
    n = len(degree)
    size = round(population) if np.isfinite(population) else -1
    draws = draws or max(50, min(500, 500_000 // max(n, 1)))
    if size < n or draws < 1 or iterations < 1:
        raise EstimationError(
            f"The population has {population:g} members, the sample {n}; {draws} draws, {iterations} iterations.",
            where="population",
            expected="a population at least as large as the sample, at least one draw and one iteration",
            action="give the size of the population, estimated or assumed, and try several",
        )
    values, code = np.unique(degree, return_inverse=True)
    here = np.bincount(code).astype(np.int64)
    random = np.random.default_rng(seed)
    pi = values / values.max()
    for _ in range(iterations):
        people = _shared_out(size, here, here / pi)
        drawn = _drawn(values, people, n, draws, random)
        pi = (drawn + 1.0) / (draws * people + 1.0)
    return np.asarray(pi[code])


def _shared_out(size: int, here: Integers, share: Floats) -> Integers:
    """Return whole numbers of people that add up to `size`, in proportion to `share`, none below those seen."""
    people: Integers = np.maximum(here, np.floor(size * share / share.sum())).astype(np.int64)
    while (gap := size - int(people.sum())) != 0:
        off = size * share / share.sum() - people
        if gap > 0:
            order = np.argsort(-off, kind="stable")[:gap]
            people[order] += 1
        else:
            free = np.flatnonzero(people > here)
            order = free[np.argsort(off[free], kind="stable")][:-gap]
            people[order] -= 1
    return people


def _drawn(values: Floats, people: Integers, n: int, draws: int, random: np.random.Generator) -> Floats:
    """Return how often people of each degree are in `draws` successive samples of n, all drawn side by side."""
    left = np.repeat(people[None, :].astype(float), draws, axis=0)
    each = np.arange(draws)
    for _ in range(n):
        reach = np.cumsum(left * values, axis=1)
        aim = random.random(draws) * reach[:, -1]
        hit = np.minimum((reach <= aim[:, None]).sum(axis=1), len(values) - 1)
        left[each, hit] -= 1.0
    return np.asarray(draws * people - left.sum(axis=0))
