"""SdmxPlan: what a study says about its figures as SDMX observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FORMATS = ("csv", "ml21", "ml30", "json")
"""SDMX-CSV 2.0, SDMX-ML 2.1 structure-specific time series, SDMX-ML 3.0, SDMX-JSON 2.0."""


@dataclass(frozen=True)
class BreakdownPlan:
    """One variable of the study as a dimension of the structure.

    Parameters
    ----------
    dimension: id in the structure, such as ``SEX``; ``CUST_BREAKDOWN`` for a group that has no code.
    codes: category of the study -> code of the dimension's list.
    """

    dimension: str
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SdmxPlan:
    """How the figures of a study become observations.

    Parameters
    ----------
    structure: file of a structure message (SDMX-ML or SDMX-JSON); empty = the global SDG structure that comes along.
    structure_id: which one, where the file holds several. agency: who sends the data.
    reporting_type, area, frequency: codes of the structure. breakdowns: variable of the study -> dimension.
    series: indicator of the study -> series. units: indicator -> (UNIT_MEASURE, UNIT_MULT). scale: indicator -> factor
    that brings the study's unit to that of the series. constants: further dimensions or attributes with one code for
    all observations; own: indicator -> the same for that indicator alone. constraints: hold the figures against the
    content constraints of the structure. experimental: the figures are experimental statistics (OBS_STATUS G).
    validated: by whom and when an office validated them, as the study states it; empty = not. breaks: indicator ->
    periods at which the series breaks (OBS_STATUS B). formats: see `FORMATS`.
    """

    structure: str = ""
    structure_id: str = ""
    agency: str = ""
    reporting_type: str = "N"
    area: str = ""
    frequency: str = "A"
    breakdowns: Mapping[str, BreakdownPlan] = field(default_factory=dict)
    series: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constraints: bool = True
    experimental: bool = False
    validated: str = ""
    breaks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formats: tuple[str, ...] = ("csv",)
