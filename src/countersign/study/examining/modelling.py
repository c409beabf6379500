"""Answers + reference sample -> a multilevel model of the answer, post-stratified: one more estimator of the fan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from countersign.model.cells import Cells, Floats
from countersign.model.reference import Reference
from countersign.model.regressors import Term
from countersign.study.examining.answers import Answers, part_of

Model = tuple[object, Cells]
Predicted = tuple[Sequence[tuple[object, ...]], Floats, Floats]


def fit_model(answers: Answers, reference: Reference, terms: Sequence[Term]) -> Model:
    """Fit a multilevel model whose grouping factors are the terms.

    Returns
    -------
    The model, and the cells that answered.

    Raises
    ------
    EstimationError: everybody answered alike; categories or values that one side lacks; no convergence.
    """
    from countersign.estimation.multilevel.fitting import fit_multilevel
    from countersign.estimation.multilevel.laplace import Answers as Counted
    from countersign.estimation.multilevel.layout import layout

    there = answers.measure("present")
    at = np.flatnonzero(there > 0)
    answered = replace(
        part_of(answers.cells, at), n=np.rint(there[at]).astype(np.int64), weight=there[at], weight2=there[at]
    )
    n, total = there[at], answers.measure("value")[at]
    within = 0.0
    if not answers.shared:
        within = float(np.maximum(answers.measure("square")[at] - total**2 / n, 0.0).sum())
    laid = layout(answered, reference.cells, groups=list(terms))
    return fit_multilevel(laid, Counted(n, total, within, answers.shared)), answered


def predict(model: Model, reference: Reference, by: Sequence[str], variables: Sequence[str]) -> Predicted:
    """Add the model's predictions up to domains; the reference counts as a census, without error of its own.

    Returns
    -------
    The categories of each domain, values and standard errors.
    """
    from countersign.estimation.multilevel.post_stratifying import post_stratify_model

    fitted, answered = model
    found = post_stratify_model(fitted, reference.cells, by=by, answered=answered, keys=variables)  # type: ignore[arg-type]
    return found.domains, found.value, found.se
