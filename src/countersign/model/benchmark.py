"""Margin and Benchmark: the statistics of the population the data speak for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        """``sex x age_group``."""
        return " x ".join(self.variables)

    def collapsed(self, *variables: str) -> Margin:
        """Return the margin of some of its variables."""
        places = [self.variables.index(name) for name in variables]
        counts: dict[tuple[str, ...], float] = {}
        for cell, count in self.counts.items():
            key = tuple(cell[place] for place in places)
            counts[key] = counts.get(key, 0.0) + count
        return Margin(tuple(variables), counts)


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
    """

    name: str
    margins: tuple[Margin, ...]
    source: str = ""
    year: str = ""
    items: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    size: int = 0
    notes: tuple[str, ...] = ()

    def margin(self, *variables: str) -> Margin | None:
        """Return the margin of exactly these variables, collapsing a finer one if need be, or None."""
        for margin in self.margins:
            if margin.variables == variables:
                return margin
        for margin in self.margins:
            if set(variables) <= set(margin.variables):
                return margin.collapsed(*variables)
        return None
