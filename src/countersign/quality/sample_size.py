"""Sample size: how many respondents a share needs, in all and in every group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

from countersign.errors import ArgumentError
from countersign.model.sample_size import SampleSize

ROUNDING = 1e-9  # a number this close to a whole one is that whole one
SMALLEST = 1e-6
"""Margin, and distance of the level from 1, below which numbers of people mean nothing."""


def sample_size(
    share: float,
    margin: float,
    *,
    design_effect: float = 1.0,
    level: float = 0.95,
    population: int | None = None,
    groups: Mapping[str, float] | None = None,
) -> SampleSize:
    """Return how many respondents are needed to know a share within a margin.

    With z the normal quantile of the level: n0 = z^2 p (1 - p) / e^2 (Cochran 1977, section 4.4); from a population of
    N: n1 = n0 / (1 + (n0 - 1) / N); with a design effect: n = n1 deff (Kish 1965, section 8.2), rounded up, at most N.
    In a group that makes up the part s of the population the same holds with N s; so that it comes in by itself,
    n_group / s respondents are needed in all.

    Parameters
    ----------
    share: expected share, 0 to 1 (0.5 needs most). margin: half the width of the interval, in the same unit.
    design_effect: variance beside that of a simple random sample; at least that of the weights seen before.
    population: size; None = very large. groups: name -> part of the population.

    Returns
    -------
    SampleSize. It holds for samples drawn by chance; whoever chose themselves may be off by more than the margin.

    Raises
    ------
    ArgumentError: a share or level outside 0 and 1, a margin that is not positive, a design effect or population that
        is not positive, groups that are more than the population.
    """
    _between("share", share, low=0, high=1)
    _between("margin", margin, low=0, high=1)
    _between("level", level, low=0, high=1)
    if margin < SMALLEST or level > 1 - SMALLEST:
        raise ArgumentError(
            "Nobody can ask so many people.",
            where="margin" if margin < SMALLEST else "level",
            expected=f"a margin of {SMALLEST:g} or more, and a level of {1 - SMALLEST:g} or less",
        )
    if not design_effect > 0 or math.isinf(design_effect):
        raise ArgumentError("The design effect is not positive.", where="design_effect", expected="a number above 0")
    if population is not None and population < 1:
        raise ArgumentError("The population is empty.", where="population", expected="a number from 1 on")
    parts = dict(groups or {})
    for name, part in parts.items():
        if not 0 < part <= 1:
            raise ArgumentError(f"The group '{name}' is no part of the population.", where="groups",
                                expected="a part above 0 and at most 1, such as youth=0.2")  # fmt: skip
    z = NormalDist().inv_cdf(0.5 + level / 2)
    simple = z**2 * share * (1 - share) / margin**2
    needed = {name: _needed(simple, design_effect, None if population is None else population * part)
              for name, part in parts.items()}  # fmt: skip
    whole = _needed(simple, design_effect, population)
    total = None
    if parts:
        total = max(whole, *(math.ceil(needed[name] / part - ROUNDING) for name, part in parts.items()))
        total = total if population is None else min(total, population)
    return SampleSize(
        n=whole,
        share=share,
        margin=margin,
        level=level,
        design_effect=design_effect,
        population=population,
        simple=simple,
        groups=needed,
        total=total,
    )


def further(wanted: float, n: int, design_effect: float) -> int:
    """Return how many more respondents it takes until `n` count like `wanted`, with the design effect seen.

    max(0, ceil(wanted deff) - n): 30 effective respondents at a design effect of 2 are 60 people.
    """
    return max(0, math.ceil(wanted * design_effect - ROUNDING * wanted) - n)


def _needed(simple: float, design_effect: float, population: float | None) -> int:
    drawn = simple if population is None else simple / (1 + (simple - 1) / population)
    n = max(1, math.ceil(drawn * design_effect - ROUNDING * max(1.0, drawn)))
    return n if population is None else min(n, math.floor(population + ROUNDING) or 1)


def _between(name: str, value: float, *, low: float, high: float) -> None:
    if not low < value < high:
        raise ArgumentError(
            f"The {name} is not between {low} and {high}.",
            where=name,
            expected=f"a number between {low} and {high}, such as 0.05 for 5 %",
        )
