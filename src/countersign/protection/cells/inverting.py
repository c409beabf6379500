"""Inverting: what is published beside a figure -> the number of people behind it, as an attacker would compute it.

A share, its standard error, the ends of its interval, its effective number of people and its design effect are all
functions of that number. Each of them is compared with what every number from 1 on would give; what is left is what the
attacker knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import Bools
from countersign.model.cells import Floats

MOST = 2_000
EXACT = 1e-9
"""Numbers that are not rounded agree to so much, relative to 1 or their size."""
CONVENTIONS = (
    "t", "mean", "logit", "xlogit", "asin", "wilson", "wilson-svy", "beta", "korn-graubard", "likelihood",
    "wilson-plain", "clopper-pearson",
)  # fmt: skip
"""Interval conventions whose ends can be inverted: those of the catalogue's list ``intervals``."""


@dataclass(frozen=True)
class Base:
    """How many people stand behind a figure, as far as it can be computed back.

    Parameters
    ----------
    lowest, highest: the smallest and the largest number that agrees with everything; `highest` is infinite where
        nothing bounds it. agreeing: how many numbers up to the largest looked at do.
    told: what gave it away: ``share``, ``degrees``, ``n_effective``, ``standard_error``, ``interval``.
    """

    lowest: float
    highest: float
    agreeing: int
    told: tuple[str, ...]

    @property
    def width(self) -> float:
        """Highest less lowest."""
        return self.highest - self.lowest


@dataclass(frozen=True)
class Published:
    """What is published beside a figure; None is not.

    Parameters
    ----------
    value: the figure. lower, upper: of its interval, at `level`, by a `convention` of the catalogue's list
        ``intervals``; empty = any. standard_error, degrees: of freedom, n_effective: n / design_effect.
    share: the figure is a share of people; else a mean or total, of whose spread nothing is known.
    weighted: people have different weights: the share is not k of n, and the design effect is not 1.
    clustered: there are clusters or strata, so the degrees of freedom are not n - 1.
    rounding: half of the last digit that is published, 0.0005 for three decimals; 0 = all digits are.

    Raises
    ------
    ProtectionError: a level that is none, a share outside 0 to 1, a negative rounding.
    """

    value: float
    lower: float | None = None
    upper: float | None = None
    standard_error: float | None = None
    degrees: float | None = None
    n_effective: float | None = None
    design_effect: float | None = None
    level: float = 0.95
    convention: str = ""
    share: bool = True
    weighted: bool = False
    clustered: bool = False
    rounding: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.level < 1 or self.rounding < 0 or (self.share and not 0 <= self.value <= 1):
            raise ProtectionError(
                "These are no published numbers of a figure.",
                where="base_from_interval",
                expected="a level between 0 and 1, a share from 0 to 1, a rounding from 0 on",
                action="correct the argument",
            )

    @property
    def effect(self) -> float | None:
        """The design effect where it is known."""
        return self.design_effect if self.design_effect is not None else None if self.weighted else 1.0

    @property
    def shares(self) -> tuple[float, ...]:
        """What a share may have been before it was rounded: the ends, and the published one; else the figure itself."""
        if not self.share:
            return (self.value,)
        ends = (self.value - self.rounding, self.value, self.value + self.rounding)
        return tuple(dict.fromkeys(min(max(p, 0.0), 1.0) for p in ends))


def base_from_interval(published: Published, *, most: int = MOST) -> Base:
    """Return the numbers of people that agree with what is published beside a figure.

    Evidence that fits no number at all, because the variance was computed in another way, is left out. Where the design
    effect is neither published nor 1, standard error and interval tell an effective number of people only, and say
    nothing here.

    Parameters
    ----------
    most: numbers of people up to which is looked.
    """
    n = np.arange(1, most + 1, dtype=np.float64)
    left = np.ones(most, dtype=bool)
    told = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, agrees in _evidence(published, n):
            if (left & agrees).any() and not agrees[left].all():
                left &= agrees
                told.append(name)
    found = np.flatnonzero(left) + 1
    return Base(
        lowest=float(found[0]),
        highest=math.inf if left[-1] or told in ([], ["share"]) else float(found[-1]),
        agreeing=len(found),
        told=tuple(told),
    )


def _evidence(published: Published, n: Floats) -> Iterator[tuple[str, Bools]]:
    """Yield what is published, and for each number of people whether it agrees with that."""
    effect = published.effect
    if published.share and not published.weighted:
        yield "share", _between(published, [np.round(n * published.value) / n], published.value)
    if published.degrees is not None and not published.clustered:
        yield "degrees", _between(published, [n - 1], published.degrees)
    if published.n_effective is not None and effect is not None:
        wide = published.rounding if published.design_effect is not None else 0.0
        sizes = [n / (effect - wide), n / (effect + wide), *([n - 1] if effect == 1 else [])]
        yield "n_effective", _between(published, sizes, published.n_effective)
    if published.share and published.standard_error is not None and effect is not None:
        agrees = np.zeros(len(n), dtype=bool)
        for less in (0, 1):
            errors = [_error(n - less, p, effect) for p in published.shares]
            agrees |= _between(published, errors, published.standard_error)
        yield "standard_error", agrees
    if published.lower is not None and published.upper is not None:
        agrees = np.zeros(len(n), dtype=bool)
        for convention in (published.convention,) if published.convention in CONVENTIONS else CONVENTIONS:
            for pairs in _errors(published, n):
                for degrees in _degrees(published, n):
                    ends = [_ends(convention, p, error, n, degrees, published.level) for p, error in pairs]
                    agrees |= _between(published, [low for low, _ in ends], published.lower) & _between(
                        published, [high for _, high in ends], published.upper
                    )
        yield "interval", agrees


def _between(published: Published, found: list[Floats], said: float) -> Bools:
    """Whether a published number lies between the least and the greatest it could be, its own rounding allowed."""
    slack = published.rounding + EXACT * max(1.0, abs(said))
    least, most = np.min(found, axis=0), np.max(found, axis=0)
    return np.asarray((least <= said + slack) & (most >= said - slack))


def _error(n: Floats, p: float, effect: float) -> Floats:
    return np.sqrt(effect * p * (1 - p) / n)


def _errors(published: Published, n: Floats) -> Iterator[list[tuple[float, Floats]]]:
    """Yield the shares and standard errors an attacker can reckon with, one list for each way to compute them.

    A number that is rounded is reckoned with at both ends of what it may have been.
    """
    if published.standard_error is not None:
        said = published.standard_error
        ends = (max(said - published.rounding, min(said, EXACT)), said, said + published.rounding)
        yield [(p, np.full_like(n, error)) for p in published.shares for error in dict.fromkeys(ends)]
    elif published.share and published.effect is not None:
        for less in (0, 1):
            yield [(p, _error(n - less, p, published.effect)) for p in published.shares]
    elif published.share:  # some conventions need none
        yield [(p, np.full_like(n, np.nan)) for p in published.shares]


def _degrees(published: Published, n: Floats) -> Iterator[Floats]:
    if published.degrees is not None:
        yield np.full_like(n, published.degrees)
    elif not published.clustered:
        yield np.maximum(n - 1, 1.0)
    yield np.full_like(n, np.inf)


def _ends(convention: str, p: float, error: Floats, n: Floats, degrees: Floats, level: float) -> tuple[Floats, Floats]:
    """Return lower and upper ends for each number of people, nan where the convention says nothing.

    Formulas as in the catalogue's list ``intervals``.
    """
    from scipy.special import expit, logit

    t = _quantile(level, degrees)
    if convention in ("t", "mean"):
        return p - t * error, p + t * error
    spread = p * (1 - p)
    effective = spread / error**2 if spread else n.copy()
    adjusted = effective * (_quantile(level, np.maximum(n - 1, 1.0)) / t) ** 2
    if convention == "clopper-pearson":
        return _exact(p, n, level)
    if convention == "wilson-plain":
        return _wilson(p, n, _quantile(level, np.full_like(n, np.inf)))
    if not spread or convention == "korn-graubard":
        return _exact(p, np.minimum(n, adjusted), level)
    if convention in ("logit", "xlogit"):
        half = t * error / spread
        return expit(logit(p) - half), expit(logit(p) + half)
    if convention == "asin":
        angle, half = math.asin(math.sqrt(p)), t * error / (2 * math.sqrt(spread))
        return (
            np.sin(np.maximum(angle - half, 0.0)) ** 2,
            np.sin(np.minimum(angle + half, math.pi / 2)) ** 2,
        )
    if convention == "beta":
        return _exact(p, adjusted, level)
    if convention == "likelihood":
        return _likelihood(p, t**2 * error**2 / spread * n / (n - 1))
    return _wilson(p, effective if convention == "wilson" else adjusted, t)


def _quantile(level: float, degrees: Floats) -> Floats:
    from scipy.special import ndtri, stdtrit

    tail = (1 + level) / 2
    finite = np.isfinite(degrees)
    return np.asarray(np.where(finite, stdtrit(np.where(finite, degrees, 1.0), tail), ndtri(tail)))


def _wilson(p: float, size: Floats, t: Floats) -> tuple[Floats, Floats]:
    centre = (p + t**2 / (2 * size)) / (1 + t**2 / size)
    half = t * np.sqrt(p * (1 - p) / size + t**2 / (4 * size**2)) / (1 + t**2 / size)
    return centre - half, centre + half


def _exact(p: float, size: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the limits of Clopper and Pearson."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = np.zeros(len(size)) if p == 0 else betaincinv(size * p, size * (1 - p) + 1, tail)
    high = np.ones(len(size)) if p == 1 else betaincinv(size * p + 1, size * (1 - p), 1 - tail)
    return low, high


def _likelihood(p: float, goal: Floats) -> tuple[Floats, Floats]:
    """Return the shares q at which 2 [p log(p/q) + (1-p) log((1-p)/(1-q))] reaches the goal, by halving."""

    def solved(inner: float, outer: float) -> Floats:
        near, far = np.full(len(goal), inner), np.full(len(goal), outer)
        for _ in range(60):
            q = (near + far) / 2
            ratio = 2 * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
            near, far = np.where(ratio < goal, q, near), np.where(ratio < goal, far, q)
        return np.asarray((near + far) / 2)

    return solved(p, 0.0), solved(p, 1.0)
