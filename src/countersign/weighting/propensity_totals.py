"""Totals: what is known of the population, in the columns of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

import numpy as np

from countersign.errors import WeightingError
from countersign.model.cells import Cells, Floats
from countersign.model.propensity import KnownTotals
from countersign.model.regressors import Regressors, Term

DIFFER = 1e-6
"""Relative difference from which the sizes told by two variables count as different."""


def totals_of(
    known: KnownTotals, volunteers: Cells, regressors: Regressors, terms: Sequence[Term], numeric: Sequence[str]
) -> tuple[Floats, Floats | None]:
    """Return the totals of the columns, (q,), and their covariance, (q, q) or None.

    Raises
    ------
    WeightingError: a variable or a category without total; categories that nobody has; sizes that differ.
    """
    goal = np.zeros(regressors.size)
    size, first, start = 0.0, "", 1
    for term in terms:
        variables = (term,) if isinstance(term, str) else tuple(term)
        name = " x ".join(variables)
        told = known.counts.get(term, known.counts.get(variables))
        if told is None:
            _refuse(f"There are no totals of {name}.", "a total for every category of every variable")
        if isinstance(told, Mapping):
            if len(variables) == 1 and variables[0] in numeric:
                _refuse(f"{name} is a number, but its totals are by category.", "one number")
            _, levels = volunteers.codes(variables)
            given = {_key(category): float(count) for category, count in told.items()}
            mine = [tuple(map(str, level)) for level in levels]
            if lacking := [" x ".join(level) for level in mine if level not in given]:
                _refuse(f"There is no total of {name} = {'; '.join(lacking)}.", "a total for every category")
            held = set(mine)
            if alone := [" x ".join(level) for level, count in given.items() if level not in held and count > 0]:
                _refuse(f"None of the volunteers has {name} = {'; '.join(alone)}.", "volunteers in every category")
            total = sum(given.values())
            if first and abs(total - size) > DIFFER * size:
                _refuse(
                    f"The totals of {name} add up to {total:,.10g}, those of {first} to {size:,.10g}.",
                    "totals of one population",
                )
            if not first:
                size, first = total, name
            for level in mine[1:]:
                goal[start] = given[level]
                start += 1
        else:
            goal[start] = float(told)
            start += 1
    if not size > 0:
        _refuse("The totals do not tell the size of the population.", "the counts of at least one categorical variable")
    goal[0] = size
    return goal, _covariance(known, regressors)


def _covariance(known: KnownTotals, regressors: Regressors) -> Floats | None:
    if known.covariance is None:
        return None
    names, matrix = known.covariance
    unknown = [name for name in names if name not in regressors.columns]
    if unknown:
        _refuse(
            f"The covariance names {', '.join(unknown)}, which is no column of the model.",
            f"some of: {', '.join(regressors.columns)}",
        )
    places = [regressors.columns.index(name) for name in names]
    found = np.zeros((regressors.size, regressors.size))
    found[np.ix_(places, places)] = matrix
    return found


def _key(category: object) -> tuple[str, ...]:
    return tuple(map(str, category)) if isinstance(category, tuple) else (str(category),)


def _refuse(problem: str, expected: str) -> NoReturn:
    raise WeightingError(
        problem, where="totals", expected=expected, action="complete the totals, or leave the variable out of 'on'"
    )
