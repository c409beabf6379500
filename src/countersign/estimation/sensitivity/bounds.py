"""Bounds: what can be said of those who did not take part without a model (Manski 1990, 2003).

The worst case assumes nothing and is wide; partial information narrows it, and each piece of it is told.
"""

from __future__ import annotations

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats
from countersign.model.sensitivity import Bounds


def bound(
    value: float,
    *,
    fraction: float,
    smallest: float = 0.0,
    largest: float = 1.0,
    told: str = "",
) -> Bounds:
    """Bound a mean of the population: value f + m (1 - f) for every mean m of the others in [smallest, largest].

    Parameters
    ----------
    value: mean of those who took part. fraction: f, their share of the population, 0 to 1.
    smallest, largest: what the mean of the others can be; the worst case of a share is 0 and 1.
    told: where narrower limits come from, in plain words.

    Raises
    ------
    EstimationError: limits in the wrong order, a fraction that is none.
    """
    if not 0 <= fraction <= 1 or not smallest <= largest:
        raise EstimationError(
            f"The share {fraction:g} and the limits {smallest:g} and {largest:g} do not fit together.",
            expected="a share between 0 and 1 and a smallest value below the largest",
            action="correct them",
        )
    lower, upper = (fraction * value + (1 - fraction) * limit for limit in (smallest, largest))
    words = told or f"the others lie anywhere between {smallest:g} and {largest:g}"
    return Bounds(lower, upper, words)


def bound_by_direction(value: float, *, fraction: float, overstates: bool, limit: float) -> Bounds:
    """Bound a mean when it is stated in which direction those who took part differ (monotone selection).

    Parameters
    ----------
    overstates: those who took part have values at least as high as the others. limit: the furthest the others can lie
        on the other side, such as 0 for a share.
    """
    end = fraction * value + (1 - fraction) * limit
    lower, upper = (end, value) if overstates else (value, end)
    if lower > upper:
        raise EstimationError(
            f"The limit {limit:g} lies on the wrong side of {value:g}.",
            expected="a limit below the value where it overstates, above where it understates",
            action="correct the limit or the direction",
        )
    words = "those who took part are at least as likely to say yes" if overstates else (
        "those who took part are at most as likely to say yes"
    )  # fmt: skip
    return Bounds(lower, upper, words)


def bound_by_odds(share: Floats, weight: Floats, *, odds: float, fraction: float = 0.0) -> Bounds:
    """Bound a share when, alike in what weights use, odds of the others differ by a factor of at most `odds`.

    p_c(G) = G p_c / (1 - p_c + G p_c) for each cell c; the bound is sum W_c [f p_c + (1 - f) p_c(G)] / sum W_c at
    G = 1 / odds and G = odds.

    Parameters
    ----------
    share: of those who took part, in each cell, (C,). weight: population of each cell, (C,).
    odds: at least 1. fraction: share of the population that took part.

    Raises
    ------
    EstimationError: odds below 1, shares outside 0 to 1.
    """
    if odds < 1:
        raise EstimationError(
            f"A ratio of odds of {odds:g} cannot bound anything.",
            expected="1 (no difference) or more",
            action="give how many times higher or lower the odds of the others may be",
        )
    if (share < 0).any() or (share > 1).any():
        raise EstimationError(
            "A ratio of odds needs shares.", expected="values between 0 and 1", action="use 'bound' for means"
        )
    both = (shift(share, weight, odds=each, fraction=fraction) for each in (1 / odds, odds))
    lower, upper = both
    return Bounds(lower, upper, f"odds of the others at most {odds:.3g} times higher or lower, in every weighting cell")


def shift(share: Floats, weight: Floats, *, odds: float, fraction: float = 0.0) -> float:
    """Return the share of the population if the odds of the others are `odds` times those of who took part."""
    moved = odds * share / (1 - share + odds * share)
    return float(np.average(fraction * share + (1 - fraction) * moved, weights=weight))
