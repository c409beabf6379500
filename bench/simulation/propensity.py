"""Inverse propensity weighting: volunteers beside a survey that did not ask the question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from countersign.estimation.nonprobability.propensity_weighted import estimate_weighted
from countersign.estimation.nonprobability.target import Target
from countersign.estimation.nonprobability.two_part_figures import figures_of
from countersign.model.propensity import KnownTotals, Propensity
from countersign.weighting.propensity import fit_propensity
from simulation.people import (
    AGE,
    SCHOOL,
    SIZE,
    Columns,
    cells_from,
    means_by,
    people,
    reference,
    survey,
    volunteers,
)
from simulation.scenario import Outcome, Scenario, attempt, outcome

ON = ("age", "school")
YES = Target("yes", "yes", share=True)
MLE = "pseudo maximum likelihood"
CALIBRATED = "calibrated"
TOTALS = "calibrated to known totals"
ADJUSTED = "adjusted logistic"
HT = "pseudo maximum likelihood, Horvitz-Thompson with known size"
HT_CALIBRATED = "calibrated, Horvitz-Thompson with known size"
DOMAINS = "pseudo maximum likelihood, five regions"
DOMAINS_CALIBRATED = "calibrated, five regions"
LOGIT = (MLE, CALIBRATED, TOTALS, HT, HT_CALIBRATED, DOMAINS, DOMAINS_CALIBRATED)
EVERY = (*LOGIT, ADJUSTED)


def estimated(everybody: Columns, self_selected: Columns, sample: Columns) -> Mapping[str, Any]:
    """Estimate the share of yes with every method."""
    truth = float(everybody["yes"].mean())
    cells = cells_from(self_selected, (*ON, "region"), ("yes",))
    against = [reference(sample, ON)]
    fitted: dict[str, Propensity] = {}

    def fit(method: str) -> Propensity:
        if method not in fitted:
            fitted[method] = fit_propensity(cells, against, on=ON, method=method)  # type: ignore[arg-type]
        return fitted[method]

    def with_totals() -> Propensity:
        counts = {name: dict(enumerate(np.bincount(everybody[name]).astype(float).tolist())) for name in ON}
        return fit_propensity(cells, KnownTotals(counts), on=ON, method="calibrated")

    def made(fitted: Propensity, by: Sequence[str] = (), **options: Any) -> Outcome:
        found = figures_of(
            estimate_weighted(fitted, YES, by=by, **options), fitted, estimator=options.get("estimator", "hajek")
        )
        return outcome(means_by(everybody, "yes", "region"), found) if by else outcome(truth, found[0])

    known: dict[str, Any] = {"estimator": "horvitz-thompson", "population": float(SIZE)}
    return {
        MLE: attempt(lambda: made(fit("mle"))),
        CALIBRATED: attempt(lambda: made(fit("calibrated"))),
        TOTALS: attempt(lambda: made(with_totals())),
        ADJUSTED: attempt(lambda: made(fit("adjusted-logistic"))),
        HT: attempt(lambda: made(fit("mle"), **known)),
        HT_CALIBRATED: attempt(lambda: made(fit("calibrated"), **known)),
        DOMAINS: attempt(lambda: made(fit("mle"), ("region",))),
        DOMAINS_CALIBRATED: attempt(lambda: made(fit("calibrated"), ("region",))),
    }


def selected(score: Callable[[Columns], Any], form: str = "logit", **world: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw of volunteers and a survey."""

    def draw(rng: np.random.Generator) -> Mapping[str, Any]:
        everybody = people(rng, **world)
        return estimated(everybody, volunteers(rng, everybody, score(everybody), form=form), survey(rng, everybody))

    return draw


def known(c: Columns) -> Any:
    """Younger and more schooled people take part more."""
    return -1.0 * AGE[c["age"]] + 1.2 * SCHOOL[c["school"]]


def together(c: Columns) -> Any:
    """Older people with much schooling take part more than age and schooling alone say."""
    return known(c) + 1.5 * ((c["age"] >= 2) & (c["school"] == 2))


def answer(c: Columns) -> Any:
    """Those who would say yes take part more, at the same age and schooling."""
    return known(c) + 0.7 * c["yes"]


UNKNOWN = "those who say yes take part twice as often, at the same age and schooling"
SCENARIOS = (
    Scenario(
        "propensity: age and schooling decide, logit",
        "About 800 of 20,000 take part; the logit of the chance adds effects of age and schooling. Survey: a simple"
        " random sample of 600. A share of yes is wanted.",
        dict.fromkeys(EVERY, "")
        | {ADJUSTED: "the logarithm, not the logit, of the chance is modelled; chances are small, so both are close"},
        selected(known),
    ),
    Scenario(
        "propensity: age and schooling decide, logarithm",
        "As before, but the logarithm of the chance adds the effects: the model of the adjusted logistic.",
        dict.fromkeys(
            EVERY, "the logit, not the logarithm, of the chance is modelled; chances are small, so both are close"
        )
        | {ADJUSTED: ""},
        selected(known, "log"),
    ),
    Scenario(
        "propensity: age and schooling decide together",
        "Older people with much schooling take part four to five times as often as age and schooling alone would say,"
        " and answer differently.",
        dict.fromkeys(
            EVERY, "age and schooling work together, in taking part and in the answer, and are not crossed in the model"
        ),
        selected(together, crossed=1.0),
    ),
    Scenario(
        "propensity: the answer itself decides",
        "At the same age and schooling those who say yes are twice as likely to take part.",
        dict.fromkeys(EVERY, UNKNOWN),
        selected(answer),
    ),
)
