"""Factors: chances of taking part as weights, for everything that takes weights, with the balance they reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countersign.model.benchmark import Margin
from countersign.model.propensity import Propensity
from countersign.model.regressors import Term
from countersign.model.weights import Balance, Iteration, Weights
from countersign.weighting.balance import balance

WORDS = {
    "mle": "inverse propensity, maximum likelihood",
    "calibrated": "inverse propensity, calibrated",
    "adjusted-logistic": "inverse propensity, adjusted logistic",
}


def factors(fitted: Propensity, reached: tuple[Balance, ...]) -> Weights:
    """Return 1/pi by combination of the auxiliary variables."""
    cells, by = fitted.volunteers, fitted.by
    code, combinations = cells.codes(by)
    count = len(combinations)
    factor = np.zeros(count)
    factor[code] = 1 / fitted.rate
    n = np.bincount(code, cells.n, count).astype(np.float64)
    first = np.zeros(count, dtype=np.int64)
    first[code] = np.arange(len(cells))
    return Weights(
        method=WORDS[fitted.method],
        by=by,
        keys={name: cells.keys[name][first] for name in by},
        factor=factor,
        n=n,
        weight=n * factor,
        weight2=n * factor**2,
        benchmark=fitted.source,
        iterations=(Iteration(fitted.steps, 0.0),),
        balance=reached,
    )


def balanced(fitted: Propensity, terms: Sequence[Term], numeric: Sequence[str]) -> tuple[Balance, ...]:
    """Compare shares of the volunteers, before and after, with those of the reference, for every factor."""
    margins = []
    for term in terms:
        variables = (term,) if isinstance(term, str) else tuple(term)
        if len(variables) == 1 and variables[0] in numeric:
            continue
        counts: dict[tuple[str, ...], float] = {}
        for reference, share in zip(fitted.references, fitted.shares, strict=True):
            code, known = reference.cells.codes(variables)
            people = np.bincount(code, reference.cells.weight, len(known)).tolist()
            for level, weight in zip(known, people, strict=True):
                if weight > 0:
                    key = tuple(map(str, level))
                    counts[key] = counts.get(key, 0.0) + share * weight
        margins.append(Margin(variables, counts))
    return balance(fitted.volunteers, margins, weights=factors(fitted, ())) if margins else ()
