"""Blending: a small survey and many volunteers who answered the same question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign import inference
from simulation.people import Columns, people, survey, volunteers
from simulation.scenario import Outcome, Scenario, attempt, outcome
from simulation.tables import table

COMPOSITE = "composite, the survey's own interval"
ADJUSTED = "composite, volunteers adjusted by mass imputation"
BOUNDED = "composite, bias known to be at most 0.5"
DISTANCE = "volunteers as a prior, discounted by distance"
EMPIRICAL = "volunteers as a prior, discounted empirically"
UNDISCOUNTED = "volunteers as a prior, not discounted"
EVERY = (COMPOSITE, ADJUSTED, BOUNDED, DISTANCE, EMPIRICAL, UNDISCOUNTED)


def estimated(everybody: Columns, self_selected: Columns, sample: Columns) -> Mapping[str, Any]:
    """Blend the means of `amount`."""
    names = ("age", "school", "amount")
    own = table({name: self_selected[name] for name in names})
    asked = table({name: sample[name] for name in (*names, "weight", "size")})
    truth = float(everybody["amount"].mean())

    def made(**options: Any) -> Outcome:
        found = inference.blend(asked, own, mean="amount", weight="weight", fpc="size", **options)
        return outcome(truth, found.estimates[0])

    return {
        COMPOSITE: attempt(made),
        ADJUSTED: attempt(lambda: made(on=["age", "school"])),
        BOUNDED: attempt(lambda: made(bias_bound=0.5)),
        DISTANCE: attempt(lambda: made(method="prior")),
        EMPIRICAL: attempt(lambda: made(method="prior", discount="empirical")),
        UNDISCOUNTED: attempt(lambda: made(method="prior", discount="none")),
    }


def selected(strength: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw in which the answer itself decides who takes part, by `strength`."""

    def draw(rng: np.random.Generator) -> Mapping[str, Any]:
        everybody = people(rng)
        score = strength * (everybody["amount"] - 10)
        return estimated(everybody, volunteers(rng, everybody, score, expected=1500), survey(rng, everybody, 200))

    return draw


PRIOR = "the volunteers are off, and a prior takes their word"
SCENARIOS = (
    Scenario(
        "blending: volunteers without bias",
        "A survey of 200 and about 1,500 volunteers who take part whatever their answer.",
        dict.fromkeys(EVERY, ""),
        selected(0.0),
    ),
    Scenario(
        "blending: volunteers a little off",
        "As before, but those with high answers take part somewhat more: the volunteers' mean is off by about 0.2,"
        " some 0.6 standard errors of the survey.",
        {COMPOSITE: "", ADJUSTED: "", BOUNDED: ""} | dict.fromkeys((DISTANCE, EMPIRICAL, UNDISCOUNTED), PRIOR),
        selected(0.012),
    ),
    Scenario(
        "blending: volunteers far off",
        "As before, and stronger: the volunteers' mean is off by about 0.9, some 2.6 standard errors of the survey.",
        {COMPOSITE: "", ADJUSTED: "", BOUNDED: "the bias is larger than was said"}
        | dict.fromkeys((DISTANCE, EMPIRICAL, UNDISCOUNTED), PRIOR),
        selected(0.05),
    ),
)
