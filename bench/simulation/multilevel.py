"""Multilevel regression and post-stratification: a model between few volunteers in each group and a census."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign import inference
from countersign.errors import CountersignError
from simulation.scenario import Scenario, outcome
from simulation.tables import table

REGIONS = 16
ALL = "share of everybody"
EACH = "shares of 16 regions"


def estimated(rng: np.random.Generator, hidden: float, poor: float) -> Mapping[str, Any]:
    """Make a population by region, age and schooling, let people take part, and estimate.

    `hidden`: how much the logit of taking part differs between those who say yes and no. `poor`: effect of a region's
    two outlying values, not normal.
    """
    weight = rng.dirichlet(np.full(REGIONS, 8.0))
    size = 60_000
    region = rng.choice(REGIONS, size, p=weight)
    age = rng.choice(4, size, p=[0.3, 0.3, 0.25, 0.15])
    school = rng.choice(3, size, p=[0.3, 0.45, 0.25])
    effect = rng.normal(0, 0.5, REGIONS)
    effect[:2] += poor
    linear = -0.5 + effect[region] + rng.normal(0, 0.5, 4)[age] + rng.normal(0, 0.5, 3)[school]
    yes = (rng.random(size) < 1 / (1 + np.exp(-linear))).astype(int)
    taking = rng.normal(0, 0.5, REGIONS)[region] - 0.5 * age + 0.7 * school + hidden * yes
    chance = np.exp(taking)
    there = rng.random(size) < np.minimum(600 * chance / chance.sum(), 1.0)
    cells = np.bincount((region * 4 + age) * 3 + school, minlength=REGIONS * 12)
    at = np.arange(REGIONS * 12)
    used = cells > 0
    census = table(
        {"region": (at // 12)[used], "age": (at // 3 % 4)[used], "school": (at % 3)[used], "count": cells[used]}
    )
    people = table({"region": region[there], "age": age[there], "school": school[there], "yes": yes[there]})
    truths = np.bincount(region, yes, REGIONS) / np.bincount(region, minlength=REGIONS)
    try:
        found = inference.poststratify_model(
            people, census, proportion="yes = 1", groups=["region", "age", "school"], by=["region"]
        )
    except CountersignError as reason:
        return {ALL: reason, EACH: reason}
    by = {int(one.domain["region"]): one for one in found.estimates[1:]}
    return {
        ALL: outcome(float(yes.mean()), found.estimates[0]),
        EACH: outcome(truths, [by[place] for place in range(REGIONS)]),
    }


def world(hidden: float = 0.0, poor: float = 0.0) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: estimated(rng, hidden, poor)


UNKNOWN = "the answer itself decides who takes part"
SCENARIOS = (
    Scenario(
        "multilevel: groups differ normally",
        "16 regions, 4 age groups, 3 levels of schooling, whose effects vary normally; about 600 of 60,000 take part"
        " by all three. A share is wanted.",
        {ALL: "", EACH: ""},
        world(),
    ),
    Scenario(
        "multilevel: two regions unlike all others",
        "As before, but two regions lie 2.5 logits above the others.",
        {ALL: "effects of regions are not normal", EACH: "effects of regions are not normal"},
        world(poor=2.5),
        populations=200,
    ),
    Scenario(
        "multilevel: the answer itself decides",
        "As the first, and at the same region, age and schooling those who say yes take part 1.6 times as often.",
        {ALL: UNKNOWN, EACH: UNKNOWN},
        world(hidden=0.5),
        populations=200,
    ),
)
