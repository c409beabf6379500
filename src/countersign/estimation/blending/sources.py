"""Sources: how far the errors of survey and volunteers move together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from countersign.estimation.linearisation import covariance
from countersign.estimation.sample import prepare
from countersign.model.cells import Cells, Floats

if TYPE_CHECKING:
    from countersign.estimation.nonprobability.imputation import Imputation
    from countersign.estimation.ratio import RatioResult
    from countersign.model.reference import Reference

IMPUTED = "(imputed)"


def imputed_covariance(
    reference: Reference, direct: RatioResult, imputation: Imputation, measure: str, counted: str
) -> Floats:
    """Design covariance of the survey's own mean and the mean of values imputed to it, (K,) domains.

    Parameters
    ----------
    reference: cells with the measures. direct: the survey's means, by the same breakdown as `imputation`.

    Notes
    -----
    Scores d (y - mean)/sum d [y is there] and d (m - mu)/N of the same rows. The volunteers' part has no share in it.
    """
    cells = _with(reference.cells, imputation.imputed)
    sample = prepare(cells, design=reference.design)
    domain, _ = sample.domains(direct.by)
    y, x, m = (cells.measures.index(name) for name in (measure, counted, IMPUTED))
    found = np.zeros(len(direct.domains))
    for k in range(len(found)):
        if not direct.denominator[k] > 0:
            continue
        slope, constant = np.zeros((2, len(cells.measures))), np.zeros(2)
        slope[0, y], slope[0, x] = 1 / direct.denominator[k], -direct.value[k] / direct.denominator[k]
        slope[1, m], constant[1] = 1 / imputation.size[k], -imputation.value[k] / imputation.size[k]
        inside = np.repeat((domain == k).astype(float)[:, None], 2, axis=1)
        found[k] = covariance(sample, inside, constant, slope)[0, 1]
    return found


def _with(cells: Cells, value: Floats) -> Cells:
    """Add a measure that is the same for all rows of a cell."""
    wide = value[:, None]
    crossed = cells.cross * wide
    p = len(cells.measures)
    second = np.zeros((len(cells), p + 1, p + 1))
    second[:, :p, :p] = cells.second
    second[:, p, :p] = second[:, :p, p] = crossed
    second[:, p, p] = cells.weight2 * value**2
    return replace(
        cells,
        measures=(*cells.measures, IMPUTED),
        first=np.column_stack([cells.first, cells.weight * value]),
        cross=np.column_stack([cells.cross, cells.weight2 * value]),
        second=second,
        plain=np.column_stack([cells.plain, cells.n * value]),
    )


def overlap_covariance(survey: Mapping[object, float], volunteers: Mapping[object, float]) -> tuple[float, int]:
    """Covariance of two means through the people who are in both samples.

    Parameters
    ----------
    survey, volunteers: person -> score, d (y - mean) / sum d, of those in the domain.

    Returns
    -------
    Sum of the products of both scores over the people in both, and how many they are. Exact for samples drawn one by
    one from a large population (var(y) m / (n_1 n_2) for m common people and equal weights).
    """
    both = survey.keys() & volunteers.keys()
    return float(np.sum([survey[who] * volunteers[who] for who in sorted(both, key=str)])), len(both)
