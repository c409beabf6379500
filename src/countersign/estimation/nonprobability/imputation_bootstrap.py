"""Imputation bootstrap: both samples drawn again, everything fitted again, to hold beside the two-part standard error.

Volunteers are drawn one by one with replacement. Of the reference n_h - 1 of the n_h sampling units of each stratum
are drawn with replacement and count n_h/(n_h - 1) times (Rao and Wu 1988). Nearest neighbours with few donors are not
a smooth function of the sample: there the bootstrap is not valid in general (Abadie and Imbens 2008), although sharing
between tied donors smooths it where variables are categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.imputation import Model, impute
from countersign.estimation.sample import Sample, prepare
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.reference import Reference
from countersign.model.regressors import Term


@dataclass(frozen=True)
class Spread:
    """What resampling gave: standard errors (K,), fits that failed of those `tried`."""

    se: Floats
    failed: int
    tried: int


def bootstrap_imputation(
    volunteers: Cells,
    reference: Reference,
    measure: str,
    terms: Sequence[Term],
    *,
    counted: str = "",
    model: Model = "linear",
    k: int = 5,
    numeric: Sequence[str] = (),
    by: Sequence[str] = (),
    population: float | None = None,
    replicates: int = 200,
    seed: int = 20260101,
) -> Spread:
    """Resample both samples and impute again; the parameters are those of `impute`.

    Parameters
    ----------
    volunteers: cells within which all have one answer: reduced by the answer too. reference: cells within which all
        rows have one weight, unless it has PSUs.

    Raises
    ------
    EstimationError: cells that mix answers or weights; replicate weights, which bring their own resampling; more than
        a tenth of the fits fail.
    """
    at = volunteers.measures.index(measure)
    mixed = volunteers.second[:, at, at] * volunteers.n - volunteers.plain[:, at] ** 2
    held = reference.cells
    uneven = held.weight2 * held.n - held.weight**2 > 1e-9 * held.weight**2
    if (mixed > 1e-9 * volunteers.plain[:, at] ** 2).any() or (uneven.any() and not reference.design.psu):
        raise EstimationError(
            "These cells mix answers or weights, so their rows cannot be drawn again.",
            where="bootstrap",
            expected="cells by the answer and by the weight too",
        )
    if reference.replicates is not None or reference.design.enumeration:
        raise EstimationError(
            f"{reference.called} cannot be resampled.".capitalize(),
            where="bootstrap",
            expected="a sample with strata and sampling units",
            action="leave bootstrap out: replicate weights already are in the standard error",
        )
    sample, rng = prepare(held, design=reference.design), np.random.default_rng(seed)
    people = int(volunteers.n.sum())
    found, failed = [], 0
    width = len(held.codes(by)[1])
    for _ in range(replicates):
        drawn = rng.multinomial(people, volunteers.n / people)
        times = _drawn(sample, rng)
        kept, present = np.flatnonzero(drawn), np.flatnonzero(times)
        try:
            made = impute(
                _times(volunteers, drawn, kept),
                Reference(_weighted(held, times, present), replace(reference.design, lonely="adjust")),
                measure,
                terms,
                counted=counted,
                model=model,
                k=k,
                numeric=numeric,
                by=by,
                population=population,
            )
        except EstimationError:
            failed += 1
            continue
        if len(made.value) == width:
            found.append(made.value)
        else:
            failed += 1
    if failed > replicates / 10:
        raise EstimationError(
            f"{failed} of {replicates} resampled fits failed: some categories are too small to be drawn every time.",
            where="bootstrap",
            expected="categories with enough rows on both sides",
            action="merge small categories, or rely on the two-part standard error",
        )
    return Spread(np.std(np.array(found), axis=0, ddof=1), failed, replicates)


def _drawn(sample: Sample, rng: np.random.Generator) -> Floats:
    """Return how often the rows of each cell count, on average over the cell, (C,)."""
    times = np.zeros(len(sample.cells))
    for h in range(len(sample.sampled)):
        n = int(sample.sampled[h])
        if n < 2:
            times[sample.stratum == h] = 1.0
            continue
        if sample.unit is not None and sample.of_unit is not None:
            units = np.flatnonzero(sample.of_unit == h)
            counts = np.zeros(len(sample.of_unit))
            counts[units] = rng.multinomial(n - 1, np.full(n, 1 / n))
            inside = sample.stratum == h
            times[inside] = counts[sample.unit[inside]] * n / (n - 1)
        else:
            inside = np.flatnonzero(sample.stratum == h)
            rows = sample.cells.n[inside]
            times[inside] = rng.multinomial(n - 1, rows / n) * n / (n - 1) / rows
    return times


def _times(cells: Cells, drawn: Integers, kept: Integers) -> Cells:
    """Return cells with other numbers of equal rows."""
    count = drawn[kept].astype(np.float64)
    mean = cells.plain[kept] / cells.n[kept][:, None]  # every row of a cell is like the others, so this is exact
    first = mean * count[:, None]
    return Cells(
        {name: values[kept] for name, values in cells.keys.items()},
        cells.measures,
        drawn[kept],
        count,
        count,
        first,
        first,
        mean[:, :, None] * first[:, None, :],
        first,
    )


def _weighted(cells: Cells, times: Floats, kept: Integers) -> Cells:
    """Return cells with other weights; counts stay, they only serve degrees of freedom."""
    share = times[kept]
    return Cells(
        {name: values[kept] for name, values in cells.keys.items()},
        cells.measures,
        cells.n[kept],
        cells.weight[kept] * share,
        cells.weight2[kept] * share**2,
        cells.first[kept] * share[:, None],
        cells.cross[kept] * share[:, None] ** 2,
        cells.second[kept] * share[:, None, None] ** 2,
        cells.plain[kept],
    )
