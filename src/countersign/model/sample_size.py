"""SampleSize: how many respondents a share needs, and what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SampleSize:
    """How many respondents are needed to know a share within a margin.

    Parameters
    ----------
    n: respondents. share: expected, 0 to 1. margin: half the width of the interval, 0 to 1. level: of the interval.
    design_effect: variance beside that of a simple random sample. population: size, or None where it is very large.
    simple: n of a simple random sample from a very large population, not rounded.
    groups: group -> respondents needed in it, each known within the same margin. total: respondents in all if the
    groups come in as in the population; None without groups.
    """

    n: int
    share: float
    margin: float
    level: float = 0.95
    design_effect: float = 1.0
    population: int | None = None
    simple: float = 0.0
    groups: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None
