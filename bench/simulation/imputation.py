"""Mass imputation: volunteers' answers are carried to a survey that did not ask them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from countersign.estimation.nonprobability.imputation import impute
from countersign.model.reference import Reference
from countersign.study.inferring.imputation import _figures, answered
from simulation.people import Columns, cells_from, means_by, people, reference, survey, volunteers
from simulation.propensity import known
from simulation.scenario import Outcome, Scenario, attempt, outcome

ON = ("age", "school", "hours")
LINEAR = "linear model"
LOGISTIC = "logistic model"
NEAREST = "5 nearest volunteers"
PREDICTIVE = "5 volunteers with the nearest prediction"
LINEAR_DOMAINS = "linear model, five regions"
NEAREST_DOMAINS = "5 nearest volunteers, five regions"
EVERY = (LINEAR, LOGISTIC, NEAREST, PREDICTIVE, LINEAR_DOMAINS, NEAREST_DOMAINS)
MODELS = (LINEAR, LOGISTIC, LINEAR_DOMAINS)


def estimated(everybody: Columns, self_selected: Columns, sample: Columns) -> Mapping[str, Any]:
    """Estimate the mean of `amount`, and the share of yes by the logistic model."""
    self_selected = {**self_selected, "one": np.ones(len(self_selected["age"]))}
    donors = {
        name: cells_from({**self_selected, answered(name): self_selected["one"]}, ON, (name, answered(name)))
        for name in ("amount", "yes")
    }
    whole, regional = reference(sample, ON), reference(sample, (*ON, "region"))

    def made(measure: str, model: str, by: Sequence[str] = ()) -> Outcome:
        held: Reference = regional if by else whole
        found = impute(
            donors[measure],
            held,
            measure,
            ON,
            counted=answered(measure),
            model=model,
            numeric=("hours",),
            by=by,  # type: ignore[arg-type]
        )
        figures = _figures(found, measure, donors[measure], ON, model, 5, "", 0.95)
        return (
            outcome(means_by(everybody, measure, "region"), figures)
            if by
            else outcome(float(everybody[measure].mean()), figures[0])
        )

    return {
        LINEAR: attempt(lambda: made("amount", "linear")),
        LOGISTIC: attempt(lambda: made("yes", "logistic")),
        NEAREST: attempt(lambda: made("amount", "nearest")),
        PREDICTIVE: attempt(lambda: made("amount", "predictive-mean")),
        LINEAR_DOMAINS: attempt(lambda: made("amount", "linear", ("region",))),
        NEAREST_DOMAINS: attempt(lambda: made("amount", "nearest", ("region",))),
    }


def selected(score: Callable[[Columns], Any], **world: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw of volunteers and a survey."""

    def draw(rng: np.random.Generator) -> Mapping[str, Any]:
        everybody = people(rng, **world)
        return estimated(everybody, volunteers(rng, everybody, score(everybody)), survey(rng, everybody))

    return draw


def by_hours(c: Columns) -> Any:
    """People with many hours take part more, beside age and schooling."""
    return known(c) + 0.3 * (c["hours"] - 3.5)


CURVED = "the effect of hours is curved, in the model it is a straight line"
SCENARIOS = (
    Scenario(
        "imputation: the answer adds effects",
        "Taking part depends on age, schooling and hours. The answer adds effects of the same. About 800 volunteers, a"
        " survey of 600.",
        dict.fromkeys(EVERY, ""),
        selected(by_hours),
    ),
    Scenario(
        "imputation: a curved answer",
        "As before, but the answer is high for few and for many hours.",
        dict.fromkeys(EVERY, "")
        | dict.fromkeys(MODELS, CURVED)
        | {PREDICTIVE: f"{CURVED}, so people with unlike hours get the same prediction"},
        selected(by_hours, curved=0.35),
    ),
    Scenario(
        "imputation: the answer itself decides",
        "Taking part depends on age, schooling and hours, and beside them on the answers themselves.",
        dict.fromkeys(EVERY, "the answer itself decides who takes part"),
        selected(lambda c: by_hours(c) + 0.08 * (c["amount"] - 10) + 0.7 * c["yes"]),
    ),
)
