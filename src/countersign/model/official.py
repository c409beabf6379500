"""OfficialFigure and OfficialSeries: what official statistics say, or do not say, of the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OfficialFigure:
    """One published figure.

    Parameters
    ----------
    value: in the unit of this study. standard_error: or None where it is not published. year: reference year.
    area: name; empty = the whole. domain: breakdown variable -> category; empty = everybody.
    """

    value: float
    year: str = ""
    area: str = ""
    domain: Mapping[str, str] = field(default_factory=dict)
    standard_error: float | None = None


@dataclass(frozen=True)
class OfficialSeries:
    """An official series with what is known about it.

    Parameters
    ----------
    name: as in the study file. citation: source. indicator: of this study, or empty. sdg: code.
    figures: in the order of the file. concept: ``same``, ``close``, ``different`` or empty; why: the reason.
    published: day on which its newest figures came out, or empty.
    """

    name: str
    figures: tuple[OfficialFigure, ...]
    citation: str = ""
    indicator: str = ""
    sdg: str = ""
    concept: str = ""
    why: str = ""
    published: str = ""

    @property
    def last_year(self) -> str:
        """The newest reference year, or empty."""
        return max((figure.year for figure in self.figures), default="")
