"""TwoRounds: an earlier and a later release of one study side by side: what moved, what broke, what may be said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RoundFigure:
    """One figure as a release published it; numbers are None where it was withheld, refused or not there."""

    value: float | None
    lower: float | None
    upper: float | None
    status: str
    n: float | None = None
    plausible_lower: float | None = None
    plausible_upper: float | None = None

    @property
    def shown(self) -> bool:
        """Whether it has a value and an interval."""
        return None not in (self.value, self.lower, self.upper)


@dataclass(frozen=True)
class Difference:
    """Later minus earlier, with its interval; farthest: the ends if the errors of the rounds have nothing in common."""

    value: float
    lower: float
    upper: float
    farthest: tuple[float, float] | None = None

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.lower > 0 or self.upper < 0


@dataclass(frozen=True)
class FigurePair:
    """The same figure in both rounds.

    Parameters
    ----------
    domain: variable -> category. why_no_change: reasons for which the difference is not called a change; empty = none.
    """

    figure_id: str
    indicator: str
    unit: str
    statistic: str
    domain: Mapping[str, str]
    old: RoundFigure | None
    new: RoundFigure | None
    difference: Difference | None = None
    why_no_change: tuple[str, ...] = ()


@dataclass(frozen=True)
class Break:
    """Something done otherwise: kind (``form``, ``definition``, ``method``, ``limits``, ...), place and values."""

    kind: str
    place: str
    before: str
    after: str
    indicator: str = ""


@dataclass(frozen=True)
class MovedFinding:
    """A finding that appeared, went away or changed its state; empty state = it was not there."""

    criterion: str
    check: str
    subject: str
    before: str
    after: str
    message: str


@dataclass(frozen=True)
class MovedVerdict:
    """A verdict then and now; newly and no_longer: criteria that began or ceased to block or to be open."""

    subject: str
    area: str
    use_before: str
    use_after: str
    reach_before: str
    reach_after: str
    newly: tuple[str, ...]
    no_longer: tuple[str, ...]


@dataclass(frozen=True)
class RoundHead:
    """What is said of one release: title, period, records, how units got in, version of the software."""

    title: str
    period: str
    made: str
    selection: str
    version: str
    self_selected: bool
    synthetic: bool


@dataclass(frozen=True)
class TwoRounds:
    """Everything a comparison of two releases shows."""

    old: RoundHead
    new: RoundHead
    figures: tuple[FigurePair, ...]
    breaks: tuple[Break, ...]
    findings: tuple[MovedFinding, ...]
    verdicts: tuple[MovedVerdict, ...]
    visible: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    versions: tuple[tuple[str, str, str], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)


def difference(old: RoundFigure, new: RoundFigure) -> Difference | None:
    """Return later minus earlier with its interval, for two independent samples; None unless both are shown.

    Method of variance estimates recovery (MOVER, Zou and Donner 2008), from the two intervals alone, whatever their
    convention::

        L = d - sqrt((new - lower_new)² + (upper_old - old)²)
        U = d + sqrt((upper_new - new)² + (old - lower_old)²)

    Its level is that of the two intervals. For symmetric intervals of equal multiples it is d ± z sqrt(se² + se²).

    Source: Zou, G. Y. and Donner, A. (2008), Statistics in Medicine 27, 1693 to 1702.
    """
    if old.value is None or old.lower is None or old.upper is None:
        return None
    if new.value is None or new.lower is None or new.upper is None:
        return None
    moved = new.value - old.value
    lower = moved - math.hypot(new.value - new.lower, old.upper - old.value)
    upper = moved + math.hypot(new.upper - new.value, old.value - old.lower)
    ends = (old.plausible_lower, old.plausible_upper, new.plausible_lower, new.plausible_upper)
    low, high, later_low, later_high = ends
    if low is None or high is None or later_low is None or later_high is None:
        return Difference(moved, lower, upper)
    return Difference(moved, lower, upper, (later_low - high, later_high - low))
