"""Doubly robust estimation: a model of taking part and a model of the answer; one of them may be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from countersign.estimation.nonprobability.doubly_robust import estimate_double, fit_double
from countersign.estimation.nonprobability.target import Target
from countersign.estimation.nonprobability.two_part_figures import figures_of
from countersign.weighting.propensity import fit_propensity
from simulation.people import Columns, cells_from, means_by, people, reference, survey, volunteers
from simulation.propensity import known
from simulation.scenario import Outcome, Scenario, attempt, outcome

NUMBER = Target("amount", "amount")
SHARE = Target("yes", "yes", share=True)
FULL, SHORT = ("age", "school"), ("age",)
BOTH = "both models use age and schooling"
TAKING = "taking part by age and schooling, the answer by age alone"
ANSWER = "taking part by age alone, the answer by age and schooling"
NEITHER = "both models use age alone"
CALIBRATED = "both use age and schooling, taking part calibrated"
YES = "both use age and schooling, a share with a logistic model"
DOMAINS = "both use age and schooling, five regions"
EVERY = (BOTH, TAKING, ANSWER, NEITHER, CALIBRATED, YES, DOMAINS)


def estimated(everybody: Columns, self_selected: Columns, sample: Columns) -> Mapping[str, Any]:
    """Estimate with every pair of models."""
    cells = cells_from(self_selected, (*FULL, "region"), ("amount", "yes"))
    against = [reference(sample, (*FULL, "region"))]

    def made(
        taking: Sequence[str],
        answer: Sequence[str],
        target: Target = NUMBER,
        method: str = "mle",
        by: Sequence[str] = (),
    ) -> Outcome:
        fitted = fit_propensity(cells, against, on=taking, method=method)  # type: ignore[arg-type]
        model = fit_double(fitted, target, on=answer)
        figures = figures_of(estimate_double(model, by=by), fitted, outcome=model.outcome.family)
        truth = means_by(everybody, target.measure, "region") if by else float(everybody[target.measure].mean())
        return outcome(truth, figures if by else figures[0])

    return {
        BOTH: attempt(lambda: made(FULL, FULL)),
        TAKING: attempt(lambda: made(FULL, SHORT)),
        ANSWER: attempt(lambda: made(SHORT, FULL)),
        NEITHER: attempt(lambda: made(SHORT, SHORT)),
        CALIBRATED: attempt(lambda: made(FULL, FULL, method="calibrated")),
        YES: attempt(lambda: made(FULL, FULL, SHARE)),
        DOMAINS: attempt(lambda: made(FULL, FULL, by=("region",))),
    }


def recorded(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = people(rng)
    return estimated(everybody, volunteers(rng, everybody, known(everybody)), survey(rng, everybody))


def unrecorded(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = people(rng)
    score = known(everybody) + 0.08 * (everybody["amount"] - 10) + 0.7 * everybody["yes"]
    return estimated(everybody, volunteers(rng, everybody, score), survey(rng, everybody))


SCENARIOS = (
    Scenario(
        "doubly robust: age and schooling decide",
        "Taking part (logit) and the answer depend on age and schooling, and the answer on more that does not matter"
        " for taking part. About 800 volunteers, a survey of 600.",
        dict.fromkeys(EVERY, "") | {NEITHER: "schooling is in neither model"},
        recorded,
    ),
    Scenario(
        "doubly robust: the answer itself decides",
        "Taking part also depends on the answers themselves.",
        dict.fromkeys(EVERY, "the answer itself decides who takes part"),
        unrecorded,
    ),
)
