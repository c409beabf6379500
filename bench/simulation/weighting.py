"""Weights from known totals: no weights, post-stratification, raking, calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign import inference
from countersign.estimation.figures import figures
from countersign.model.design import Design
from countersign.model.plan import IndicatorPlan
from countersign.weighting import calibrate_to, post_stratify, rake
from simulation.people import AGE, SCHOOL, Columns, cells_from, margin, people, survey, total_of, volunteers
from simulation.scenario import Outcome, Scenario, attempt, outcome
from simulation.tables import table

MEAN = IndicatorPlan("amount", "mean", "amount")
NONE = "mean without weights"
CELLS = "post-stratified by age and schooling"
RAKED = "raked to age and schooling"
GREG = "calibrated to age, schooling and total hours (linear, GREG)"
EXPONENTIAL = "calibrated to the same (raking distance)"
BOUNDED = "calibrated to the same (linear, factors 0.2 to 5)"
LOGIT = "calibrated to the same (logit, factors 0.2 to 5)"
WEIGHTED = (CELLS, RAKED, GREG, EXPONENTIAL, BOUNDED, LOGIT)
EVERY = (NONE, *WEIGHTED)


def estimated(everybody: Columns, sample: Columns, *, chance: bool = False) -> Mapping[str, Any]:
    """Estimate the mean of `amount` with every kind of weights."""
    truth = float(everybody["amount"].mean())
    weight = sample.get("weight")
    names = ["age", "school", "hours", *(["size"] if chance else [])]
    cells = cells_from({**sample, "one": np.ones(len(sample["age"]))}, names, ("amount", "one"), weight)
    design = Design(fpc="size") if chance else None
    selection = "probability" if chance else "self-selected"
    margins = [margin(everybody, "age"), margin(everybody, "school")]
    hours = [total_of(everybody, "hours")]

    def by(weights: Callable[[], Any]) -> Any:
        def made() -> Outcome:
            (one,) = figures(
                cells, MEAN, measures=("amount", "one"), weights=weights(), design=design, selection=selection
            )
            return outcome(truth, one)

        return attempt(made)

    return {
        NONE: by(lambda: None),
        CELLS: by(lambda: post_stratify(cells, margin(everybody, "age", "school"))),
        RAKED: by(lambda: rake(cells, margins)),
        GREG: by(lambda: calibrate_to(cells, margins, hours, negative=True)),
        EXPONENTIAL: by(lambda: calibrate_to(cells, margins, hours, distance="raking")),
        BOUNDED: by(lambda: calibrate_to(cells, margins, hours, bounds=(0.2, 5.0))),
        LOGIT: by(lambda: calibrate_to(cells, margins, hours, distance="logit", bounds=(0.2, 5.0))),
    }


def by_chance(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = people(rng)
    return estimated(everybody, survey(rng, everybody), chance=True)


def selected(score: Callable[[Columns], Any], form: str = "log", **world: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw of volunteers whose chance depends on a score."""

    def draw(rng: np.random.Generator) -> Mapping[str, Any]:
        everybody = people(rng, **world)
        return estimated(everybody, volunteers(rng, everybody, score(everybody), form=form))

    return draw


WITH_ERROR = "calibrated to a survey, whose error counts"
WITHOUT_ERROR = "calibrated to a survey, taken as exact"


def from_a_survey(rng: np.random.Generator) -> Mapping[str, Any]:
    """Calibrate volunteers to age and schooling in a small survey."""
    everybody = people(rng)
    own = volunteers(rng, everybody, known(everybody), form="log", expected=1500)
    asked = survey(rng, everybody, 200)
    for sample in (own, asked):
        sample |= {name: np.char.add(f"{name} ", sample[name].astype(str)) for name in ("age", "school")}
    own["one"] = np.ones(len(own["age"]))
    cells = cells_from(own, ("age", "school"), ("amount", "one"))
    rows = table({name: own[name] for name in ("age", "school")})
    other = table({name: asked[name] for name in ("age", "school", "weight")})

    def made(counts: bool) -> Outcome:
        weights = inference.calibrate(
            rows, other, by=["age", "school"], benchmark_weight="weight", benchmark_error=counts
        )  # fmt: skip
        (one,) = figures(cells, MEAN, measures=("amount", "one"), weights=weights, selection="self-selected")
        return outcome(float(everybody["amount"].mean()), one)

    return {WITH_ERROR: attempt(lambda: made(True)), WITHOUT_ERROR: attempt(lambda: made(False))}


def known(c: Columns) -> Any:
    """Younger and more schooled people take part more."""
    return -1.0 * AGE[c["age"]] + 1.2 * SCHOOL[c["school"]]


def together(c: Columns) -> Any:
    """Old people with much schooling take part far more than age and schooling alone say."""
    return known(c) + 2.0 * ((c["age"] >= 2) & (c["school"] == 2))


UNUSED = "who takes part depends on age and schooling, which are not used"
SCENARIOS = (
    Scenario(
        "weights: a sample by chance",
        "A simple random sample of 600 of 20,000.",
        dict.fromkeys(EVERY, ""),
        by_chance,
    ),
    Scenario(
        "weights: everybody equally likely",
        "About 800 of 20,000 take part by themselves, everybody with the same chance.",
        dict.fromkeys(EVERY, ""),
        selected(lambda c: np.zeros(len(c["age"]))),
    ),
    Scenario(
        "weights: age and schooling decide",
        "About 800 take part; the chance is a product of a factor of age and one of schooling. The answer adds effects"
        " of age, schooling and hours.",
        {NONE: UNUSED} | dict.fromkeys(WEIGHTED, ""),
        selected(known),
    ),
    Scenario(
        "weights: age and schooling decide together",
        "As before, but older people with much schooling are seven times as likely to take part, and their answers"
        " differ too. Only the joint table of age and schooling shows that.",
        {NONE: UNUSED, CELLS: ""}
        | dict.fromkeys(WEIGHTED[1:], "the margins do not show that age and schooling work together"),
        selected(together, crossed=1.0),
    ),
    Scenario(
        "weights: totals from a small survey",
        "About 1,500 take part by age and schooling; the totals come from a simple random sample of 200, so they err.",
        {WITH_ERROR: "", WITHOUT_ERROR: "the totals err by chance, and that is left out"},
        from_a_survey,
    ),
    Scenario(
        "weights: something unknown decides",
        "Who takes part depends on age, schooling and a trait that nobody recorded and that moves the answer.",
        dict.fromkeys(EVERY, "an unrecorded trait decides, and moves the answer"),
        selected(lambda c: known(c) + 0.08 * (c["amount"] - 10)),
    ),
)
