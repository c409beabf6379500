"""Post-stratification of a multilevel model: its predictions for every census cell, added up to domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from countersign.errors import EstimationError
from countersign.estimation.multilevel.fitting import MultilevelModel
from countersign.model.cells import Cells, Floats, Integers


@dataclass(frozen=True)
class DomainPredictions:
    """Predicted means or shares of D domains.

    Parameters
    ----------
    by: variables. domains: category of each, D tuples. value, se: (D,). n: answers in the domain, (D,).
    population: (D,). unanswered: share of the population in census cells from which nobody answered, (D,).
    from_spread: share of the variance that comes from not knowing the standard deviations, (D,).
    overall_unanswered: the share in the whole population.
    """

    by: tuple[str, ...]
    domains: tuple[tuple[object, ...], ...]
    value: Floats
    se: Floats
    n: Integers
    population: Floats
    unanswered: Floats
    from_spread: Floats
    overall_unanswered: float


def post_stratify_model(
    model: MultilevelModel,
    census: Cells,
    *,
    by: Sequence[str] = (),
    answered: Cells | None = None,
    keys: Sequence[str] = (),
) -> DomainPredictions:
    """Add predictions for the census cells up to domains.

    Parameters
    ----------
    census: the cells of `model.layout.census`, their `weight` the population count. by: variables of the domains.
    answered: cells of those who answered, with `keys` and `by` as keys. keys: the variables of the model.

    Notes
    -----
    Value: sum N_c E(p_c)/sum N_c; E over the normal posterior of the linear predictor, by Gauss-Hermite quadrature.
    Variance: a'Va, a the sum of N_c E(p_c(1 - p_c)) x_c over the domain (delta method), V the covariance of the
    effects, plus the change of the value when the standard deviations move by one standard error along each of
    their principal directions (Kass and Steffey 1989).

    Raises
    ------
    EstimationError: counts that are missing, below 0 or add up to nothing.
    """
    count = census.weight
    if not np.isfinite(count).all() or (count < 0).any() or count.sum() <= 0:
        raise EstimationError(
            "The counts of the census are missing, below 0, or add up to 0.",
            where="census",
            expected="a count of 0 or more in every cell",
            action="correct the column of counts",
        )
    code, domains = census.codes(tuple(by))
    population: Floats = np.bincount(code, count, len(domains)).astype(np.float64)
    if (population <= 0).any():
        keep = population > 0
        number = np.cumsum(keep) - 1
        domains = [domain for domain, kept in zip(domains, keep, strict=True) if kept]
        count = np.where(keep[code], count, 0.0)
        code, population = np.where(keep[code], number[code], 0), population[keep]
    own, moved = model.predicted
    value = np.bincount(code, count * own.mean, len(domains)) / population
    effects = model.peak.curvature.quadratic_of_sums(
        model.layout.census_in_parts, count * own.slope / population[code], code, len(domains)
    )
    spread = np.zeros(len(domains))
    for change in moved:
        spread += (np.bincount(code, count * change, len(domains)) / population) ** 2
    n, empty = _answered(census, answered, tuple(keys), tuple(by), domains)
    unanswered = np.bincount(code, np.where(empty, count, 0.0), len(domains)) / population
    variance = effects + spread
    return DomainPredictions(
        by=tuple(by),
        domains=tuple(domains),
        value=value,
        se=np.sqrt(variance),
        n=n,
        population=population,
        unanswered=unanswered,
        from_spread=np.where(variance > 0, spread / np.where(variance > 0, variance, 1.0), 0.0),
        overall_unanswered=float(count[empty].sum() / count.sum()),
    )


def _answered(
    census: Cells,
    answered: Cells | None,
    keys: tuple[str, ...],
    by: tuple[str, ...],
    domains: list[tuple[object, ...]],
) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Return answers by domain, and which census cells nobody answered from."""
    if answered is None:
        return np.zeros(len(domains), dtype=np.int64), np.zeros(len(census), dtype=bool)
    own, levels = answered.codes(keys)
    found = np.bincount(own, answered.n, len(levels)) if len(answered) else np.zeros(len(levels))
    some = {level for level, number in zip(levels, found, strict=True) if number > 0}
    code, known = census.codes(keys)
    empty = np.array([level not in some for level in known], dtype=bool)[code]
    own, levels = answered.codes(by)
    place = dict(zip(levels, np.bincount(own, answered.n, len(levels)), strict=True))
    return np.array([int(place.get(domain, 0)) for domain in domains], dtype=np.int64), empty
