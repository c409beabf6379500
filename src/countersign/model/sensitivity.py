"""Sensitivity: how far a figure moves if those who took part differ from the others in the answer itself.

No data can tell how strong such selection is. These nouns hold what would follow from stated strengths of it, and from
the strength that was seen where the truth is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from countersign.model.tabular import Tabular


@dataclass(frozen=True)
class Selected:
    """The figure under one stated strength of selection.

    Parameters
    ----------
    phi: 0, selection depends on what is known of people only; 1, on the answer only; 0.5 in equal parts.
    bias: unadjusted minus adjusted value. value: adjusted. lower, upper: interval of the adjusted value, None where
        it was not asked for.
    """

    phi: float
    bias: float
    value: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class SelectionRange(Tabular):
    """SMUB or MUBP: the figure over stated strengths of selection.

    Parameters
    ----------
    index: ``SMUB`` for means, ``MUBP`` for shares. unadjusted: value of those who took part, without weights.
    strength: correlation of the answer with its best prediction from what is known of people; the smaller, the less
        can be repaired. fraction: share of the population that took part.
    parts: one for each phi, ascending. level: of their intervals.
    """

    index: str
    unadjusted: float
    strength: float
    fraction: float
    parts: tuple[Selected, ...]
    level: float = 0.95
    method: str = ""

    @property
    def lower(self) -> float:
        """Smallest adjusted value."""
        return min(part.value for part in self.parts)

    @property
    def upper(self) -> float:
        """Largest adjusted value."""
        return max(part.value for part in self.parts)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a phi."""
        return [
            {
                "phi": part.phi,
                "bias": part.bias,
                "value": part.value,
                "lower": part.lower,
                "upper": part.upper,
                "unadjusted": self.unadjusted,
                "strength": self.strength,
                "index": self.index,
            }
            for part in self.parts
        ]


@dataclass(frozen=True)
class Defect(Tabular):
    """Data defect: the correlation of taking part with the answer that an error implies (Meng 2018).

    Parameters
    ----------
    correlation: rho. n_effective: size of a simple random sample with the same squared error.
    error: estimate minus truth. n, population: sizes.
    """

    correlation: float
    n_effective: float
    error: float
    n: float
    population: float

    def rows(self) -> list[dict[str, Any]]:
        """Return one row."""
        return [
            {
                "correlation": self.correlation,
                "n_effective": self.n_effective,
                "error": self.error,
                "n": self.n,
                "population": self.population,
            }
        ]


@dataclass(frozen=True)
class Tipping(Tabular):
    """What it would take to move a figure across a stated threshold.

    Parameters
    ----------
    threshold: the policy threshold. value: the figure.
    correlation: data defect correlation that puts the truth on the threshold; None where the population's size is not
        known. seen: typical absolute correlation on questions with a known answer, None without any. ratio: how many
        times stronger than seen; known without the population's size, which cancels.
    phi: smallest stated strength of selection, 0 to 1, at which the adjusted figure is across; None if none is.
    odds: ratio of odds between the others and those who took part that puts the truth on the threshold; None for means.
    """

    threshold: float
    value: float
    correlation: float | None
    seen: float | None
    ratio: float | None
    phi: float | None
    odds: float | None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row."""
        return [
            {
                "threshold": self.threshold,
                "value": self.value,
                "correlation": self.correlation,
                "seen": self.seen,
                "ratio": self.ratio,
                "phi": self.phi,
                "odds": self.odds,
            }
        ]


@dataclass(frozen=True)
class Bounds(Tabular):
    """Smallest and largest value the truth can have under an assumption that is stated.

    Parameters
    ----------
    assumption: in plain words; ``nothing`` for the worst case.
    """

    lower: float
    upper: float
    assumption: str

    def rows(self) -> list[dict[str, Any]]:
        """Return one row."""
        return [{"lower": self.lower, "upper": self.upper, "assumption": self.assumption}]
