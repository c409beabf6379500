"""The fan and the plausible range: all that could have been said instead of one number, and why.

A self-selected sample has no margin of error. It has a family of estimators that rest on different assumptions, a
record of how wrong it was where that can be checked, and a range under stated selection. Each part has its name and
its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Alternative:
    """One estimator of the fan.

    Parameters
    ----------
    estimator: ``unweighted``, ``raking``, ``inverse propensity``, ``calibrated propensity``, ``mass imputation``,
        ``doubly robust``, ``post-stratified model`` ...
    value, standard_error, lower, upper: None where `reason` says why it could not be computed.
    assumption: what must hold for it to be right, in plain words.
    chosen: this is the one published as the figure.
    reason: why it could not be computed.
    """

    estimator: str
    value: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    assumption: str
    chosen: bool = False
    reason: str = ""


UNWEIGHTED, CHECKED = "unweighted", "corrected by checked questions"
ASIDE = (UNWEIGHTED, CHECKED)
"""Estimators that do not count in the spread of methods: one uses nothing, one uses more than the others."""


@dataclass(frozen=True)
class Fan:
    """Every estimator that could be computed for one figure, in a fixed order."""

    alternatives: tuple[Alternative, ...]

    @property
    def computed(self) -> tuple[Alternative, ...]:
        """Those with a value."""
        return tuple(one for one in self.alternatives if one.value is not None)

    @property
    def chosen(self) -> Alternative | None:
        """The one published as the figure."""
        return next((one for one in self.alternatives if one.chosen), None)

    @property
    def lowest(self) -> float:
        """Smallest value."""
        return min(one.value for one in self.computed if one.value is not None)

    @property
    def highest(self) -> float:
        """Largest value."""
        return max(one.value for one in self.computed if one.value is not None)

    @property
    def spread(self) -> float:
        """Largest minus smallest value of the estimators that use what is known of people, see `ASIDE`."""
        values = [one.value for one in self.computed if one.value is not None and one.estimator not in ASIDE]
        return max(values) - min(values) if values else 0.0


class PartKind(StrEnum):
    """Where a part of a plausible range comes from."""

    SAMPLING = "sampling"  # the interval of the published estimator
    METHODS = "methods"  # the values of the fan
    TOTAL_ERROR = "total error"  # learnt from questions with an official answer
    SELECTION = "selection"  # stated strength of selection on the answer itself


@dataclass(frozen=True)
class Part:
    """One reason why the truth may lie elsewhere, with the range it gives."""

    kind: PartKind
    lower: float
    upper: float
    reason: str


@dataclass(frozen=True)
class PlausibleRange:
    """The smallest range that holds all its parts; each part keeps its name and reason."""

    parts: tuple[Part, ...]

    @property
    def lower(self) -> float:
        """Lowest lower end."""
        return min(part.lower for part in self.parts)

    @property
    def upper(self) -> float:
        """Highest upper end."""
        return max(part.upper for part in self.parts)

    @property
    def beyond_chance(self) -> bool:
        """Whether anything but chance was looked at; if not, it is an interval and no plausible range."""
        return any(part.kind is not PartKind.SAMPLING for part in self.parts)

    @classmethod
    def of(cls, parts: Iterable[Part]) -> PlausibleRange | None:
        """Return the range of the parts there are, or None without any."""
        held = tuple(parts)
        return cls(held) if held else None
