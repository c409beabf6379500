"""SdmxMapping: how the variables of a study became dimensions, and what could not be said in codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MappedVariable:
    """One variable of the study and the dimension it became.

    Parameters
    ----------
    codes: category -> code; empty for a group without codes. stated: the study says so, else it was recognised.
    without: categories that have no code, where that is why the variable became a group of its own. why: in words.
    """

    variable: str
    dimension: str
    codes: Mapping[str, str] = field(default_factory=dict)
    stated: bool = False
    without: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class MappedIndicator:
    """One indicator of the study and the series it became.

    Parameters
    ----------
    factor: what its figures were multiplied by. stated: the study says the unit, else it was recognised.
    """

    indicator: str
    series: str
    unit: str
    multiplier: str
    factor: float
    stated: bool = False


@dataclass(frozen=True)
class LeftOut:
    """Figures that are not among the observations, and why."""

    figures: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class SdmxMapping:
    """What a study became in SDMX.

    Parameters
    ----------
    structure: key. groups: code -> label of a group that has no code. notes: further decisions, in words.
    statuses: OBS_STATUS -> how many observations; reasons: and why, by id.
    """

    structure: str
    variables: tuple[MappedVariable, ...] = ()
    indicators: tuple[MappedIndicator, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
