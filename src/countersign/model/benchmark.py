"""Margin and Benchmark: the statistics of the population the data speak for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Column: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""What one total stands for: variables and their categories; a number's own name comes first, its category empty."""


@dataclass(frozen=True)
class Margin:
    """Known population counts by one variable, or by several jointly.

    Parameters
    ----------
    variables: names as in the data, for example ``("sex", "age_group")``.
    counts: category of each variable -> number of population units (or a share, if `shares`).
    """

    variables: tuple[str, ...]
    counts: Mapping[tuple[str, ...], float]

    @property
    def total(self) -> float:
        """Sum over all cells."""
        return float(sum(self.counts.values()))

    @property
    def name(self) -> str:
        """``sex x age_group``; ``everybody`` for the size alone."""
        return " x ".join(self.variables) or "everybody"

    def collapsed(self, *variables: str) -> Margin:
        """Return the margin of some of its variables."""
        places = [self.variables.index(name) for name in variables]
        counts: dict[tuple[str, ...], float] = {}
        for cell, count in self.counts.items():
            key = tuple(cell[place] for place in places)
            counts[key] = counts.get(key, 0.0) + count
        return Margin(tuple(variables), counts)


@dataclass(frozen=True)
class NumberTotal:
    """Known population total of a number, such as turnover, for everybody or in each part of the population.

    Parameters
    ----------
    variable: the number. within: variables that define the parts. amounts: categories of a part -> total; ``()`` for
        everybody.
    """

    variable: str
    amounts: Mapping[tuple[str, ...], float]
    within: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``turnover``; ``turnover within region``."""
        return self.variable + (f" within {' x '.join(self.within)}" if self.within else "")


@dataclass(frozen=True)
class TotalsCovariance:
    """How far chance moves totals that come from a sample themselves.

    Parameters
    ----------
    columns: what each total stands for.
    covariance: of the L totals, (L, L).
    """

    columns: tuple[Column, ...]
    covariance: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Benchmark:
    """Statistics of the same population from another source.

    Parameters
    ----------
    name: as in the study file; source: citation; year: reference year.
    margins: what weights may use.
    items: variable -> category -> share in the population: questions both sides asked, held out of weighting to see
        how wrong the data are (criterion E3).
    size: number of records behind it if it is itself a sample, else 0.
    notes: findings of the reader, such as totals that were hidden among the rows.
    numbers: known totals of numbers. error: how far chance moves the totals, where they come from a sample.
    """

    name: str
    margins: tuple[Margin, ...]
    source: str = ""
    year: str = ""
    items: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    size: int = 0
    notes: tuple[str, ...] = ()
    numbers: tuple[NumberTotal, ...] = ()
    error: TotalsCovariance | None = None

    def number(self, variable: str, within: tuple[str, ...] = ()) -> NumberTotal | None:
        """Return the total of a number by exactly these parts, or None."""
        for number in self.numbers:
            if (number.variable, number.within) == (variable, within):
                return number
        return None

    def margin(self, *variables: str) -> Margin | None:
        """Return the margin of exactly these variables, collapsing a finer one if need be, or None."""
        for margin in self.margins:
            if margin.variables == variables:
                return margin
        for margin in self.margins:
            if set(variables) <= set(margin.variables):
                return margin.collapsed(*variables)
        return None
