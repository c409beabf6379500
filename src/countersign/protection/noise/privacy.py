"""Differential privacy: counts that hardly depend on whether any one person took part, through OpenDP.

For public counters that anybody may ask again and again. Not for figures of small groups: the noise does not shrink
with the group, and small counts drown in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Integers
from countersign.model.tabular import Tabular

INSTALL = "pip install 'countersign[privacy]'"


@dataclass(frozen=True)
class PrivateCounts(Tabular):
    """Counts with discrete Laplace noise.

    Parameters
    ----------
    variables: names of what is counted by. categories: (C,) tuples of categories. noisy: (C,) counts with noise, which
        may be below 0. epsilon: what they cost together. at_most: records of one person that count. scale: of the
        noise. half: with probability `level` the noise of a count is not larger.
    """

    variables: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    noisy: tuple[int, ...]
    epsilon: float
    at_most: int
    scale: float
    half: int
    level: float = 0.95

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a category: count (never below 0), the noise interval around it, and the noisy number."""
        return [
            dict(zip(self.variables, names, strict=True))
            | {
                "count": max(noisy, 0),
                "lower": max(noisy - self.half, 0),
                "upper": max(noisy + self.half, 0),
                "noisy": noisy,
            }
            for names, noisy in zip(self.categories, self.noisy, strict=True)
        ]


def bounded(people: npt.ArrayLike, cells: npt.ArrayLike, counts: npt.ArrayLike, *, at_most: int, size: int) -> Integers:
    """Return how many records there are in each cell if no person counts more than `at_most` times in all, (size,).

    Parameters
    ----------
    people, cells, counts: (G,) number of a person, of a cell, and of the person's records in it; each pair once.

    Notes
    -----
    A person's records are taken cell by cell, in the order of the cells, until there are `at_most`. What is kept of one
    person does not depend on anybody else: so adding or leaving out a person changes the counts by at most `at_most` in
    all.
    """
    person, cell = np.asarray(people, dtype=np.int64), np.asarray(cells, dtype=np.int64)
    order = np.lexsort([cell, person])
    count = np.asarray(counts, dtype=np.int64)[order]
    person, cell = person[order], cell[order]
    before = np.cumsum(count) - count
    earlier = before - before[np.searchsorted(person, person)]  # of the same person
    kept = np.clip(at_most - earlier, 0, count)
    found: Integers = np.bincount(cell, weights=kept, minlength=size).astype(np.int64)
    return found


def prepare(*, epsilon: float, at_most: int = 1) -> tuple[float, float]:
    """Return the scale of the noise, and the epsilon it costs by OpenDP's reckoning, which is never above `epsilon`.

    Nothing is spent yet; this fails where spending would be in vain.

    Raises
    ------
    ProtectionError: OpenDP is not installed; an epsilon of 0 or less; people who count less than once.
    """
    _refuse(epsilon, at_most)
    scale = at_most / epsilon
    while (cost := float(_mechanism(scale).map(at_most))) > epsilon:  # rounded up in the last digit
        scale = math.nextafter(scale, math.inf)
    return scale, cost


def noisy_counts(counts: Sequence[int], *, scale: float) -> tuple[int, ...]:
    """Return counts with discrete Laplace noise.

    Parameters
    ----------
    counts: (C,) whole numbers. scale: of the noise, see `prepare`.

    Notes
    -----
    P(noise = k) ~ exp(-|k| / scale), drawn by OpenDP in exact arithmetic from the system's random numbers: no seed,
    nothing to repeat. If no person counts more than m times in all, then for any two data sets that differ by one
    person no answer is more than e^(m / scale) times as likely with the one than with the other.

    Source: Ghosh, Roughgarden and Sundararajan (2012); Canonne, Kamath and Steinke (2020); OpenDP.
    """
    return tuple(_mechanism(scale)([int(count) for count in counts]))


def _mechanism(scale: float) -> Any:
    dp = _opendp()
    dp.enable_features("contrib")
    return dp.m.make_laplace(dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int), scale=scale)


def noise_half_width(scale: float, *, level: float = 0.95) -> int:
    """Return the smallest t for which discrete Laplace noise is from -t to t with probability `level`.

    P(|noise| > t) = 2 p^(t + 1) / (1 + p), p = exp(-1 / scale).
    """
    p = math.exp(-1 / scale)
    if not p:  # so little noise that no float holds its chance
        return 0
    return max(math.ceil(math.log((1 - level) * (1 + p) / 2) / math.log(p) - 1 - 1e-12), 0)


def noise_deviation(scale: float) -> float:
    """Return the standard deviation of discrete Laplace noise, root of 2 p / (1 - p)^2."""
    p = math.exp(-1 / scale)
    return math.sqrt(2 * p) / (1 - p)


@dataclass(frozen=True)
class EpsilonTable(Tabular):
    """What each epsilon would do to counts."""

    lines: tuple[dict[str, Any], ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return one row an epsilon."""
        return [dict(line) for line in self.lines]


def weigh(
    epsilons: Sequence[float],
    *,
    at_most: int = 1,
    value: float | None = None,
    half_width: float | None = None,
    level: float = 0.95,
) -> EpsilonTable:
    """Return what the noise of each epsilon means, beside what chance does anyway.

    Parameters
    ----------
    at_most: records of one person that count. value, half_width: of a count of people you have in mind, and half the
        width of its own interval; half_width None = that of a count by chance, 1.96 root of value.

    Returns
    -------
    epsilon; deviation and half_width of the noise; drowns_below: counts below it are smaller than twice the half width
    of the noise, so that the noise may be half of them; likelier: how many times likelier one person can make an answer
    at most; with a value: its own half width, that of both together, and how much wider the interval becomes.

    Raises
    ------
    ProtectionError: an epsilon of 0 or less, people who count less than once.
    """
    lines = []
    for epsilon in epsilons:
        _refuse(epsilon, at_most)
        scale = at_most / epsilon
        half = noise_half_width(scale, level=level)
        line = {
            "epsilon": float(epsilon),
            "deviation": noise_deviation(scale),
            "half_width": half,
            "drowns_below": 2 * half,
            "likelier": math.exp(epsilon),
        }
        if value is not None:
            from scipy.special import ndtri

            own = float(ndtri((1 + level) / 2)) * math.sqrt(value) if half_width is None else half_width
            both = math.hypot(own, half)
            line |= {"own_half_width": own, "both": both, "wider": both / own if own else math.inf}
        lines.append(line)
    return EpsilonTable(tuple(lines))


def _refuse(epsilon: float, at_most: int) -> None:
    if not (epsilon > 0 and math.isfinite(epsilon)):
        raise ProtectionError(
            f"An epsilon of {epsilon:g} gives no answer, or no privacy.",
            where="epsilon",
            expected="a number above 0; 0.1 to 1 are usual for a question",
            action="choose one with 'weigh_epsilon'",
        )
    if at_most < 1:
        raise ProtectionError(
            "Nobody would be counted.", where="at_most", expected="1 or more records of one person", action="correct it"
        )


def _opendp() -> Any:
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise ProtectionError(
            "Differential privacy needs OpenDP, which is not installed.",
            where="count_privately",
            expected="the package opendp",
            action=f"install it with: {INSTALL}; or use 'perturb', which needs nothing more",
        ) from error
    return dp
