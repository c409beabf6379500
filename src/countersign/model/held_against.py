"""What data are held against, as planned: forms, repeated and gold measurements, all places, official series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countersign.model.source import Source


@dataclass(frozen=True)
class FormPlan:
    """The forms by which data were collected: name -> file; the first is the one in use, the others came before it."""

    files: Mapping[str, str]


@dataclass(frozen=True)
class RepeatPlan:
    """Units measured more than once.

    Parameters
    ----------
    data: data source with the observations (empty = the main one); second: another source with the second
    observations of the same units, if they are not in the same table.
    unit: columns that name the unit. rater: column that names who observed, or empty.
    of: variables whose agreement is measured.
    """

    unit: tuple[str, ...]
    of: tuple[str, ...]
    data: str = ""
    second: str = ""
    rater: str = ""


@dataclass(frozen=True)
class GoldPlan:
    """Units that an expert or a reference instrument measured too.

    Parameters
    ----------
    gold: data source with the reference values. unit: columns that name the unit in both.
    of: variable of the data -> variable of the gold source. rater: who observed, or empty.
    positive: variable -> the answer whose sensitivity and specificity are told; empty = the rarer of two.
    """

    gold: str
    unit: tuple[str, ...]
    of: Mapping[str, str]
    data: str = ""
    rater: str = ""
    positive: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlacesPlan:
    """All places that could have been visited.

    Parameters
    ----------
    frame: data source with one row a place; empty = there is none. by: columns that name the place in both.
    strata, covariates: variables of the frame by which visited and all places are compared. data: data source of the
    visits (empty = the main one). boundary: GeoJSON file with the outline of the area, or empty.
    """

    frame: str
    by: tuple[str, ...]
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    data: str = ""
    boundary: str = ""


@dataclass(frozen=True)
class OfficialPlan:
    """An official series that speaks of the same thing.

    Parameters
    ----------
    source: the file and how to read it, as under ``data``. citation: where it comes from.
    indicator: name of the indicator of this study it belongs to, or empty where it only tells what exists.
    sdg: code of the SDG indicator. value, standard_error, lower, upper, year, area: columns. by: breakdown variables,
    named as in this study. scale: factor that brings the official unit to that of the study, such as 0.01.
    concept: ``same``, ``close`` or ``different``, as somebody judged it; why: in words.
    published: day on which the newest figures came out.
    """

    source: Source
    citation: str = ""
    indicator: str = ""
    sdg: str = ""
    value: str = "value"
    standard_error: str = ""
    lower: str = ""
    upper: str = ""
    year: str = ""
    area: str = ""
    by: tuple[str, ...] = ()
    scale: float = 1.0
    concept: str = ""
    why: str = ""
    published: str = ""


@dataclass(frozen=True)
class LimitChange:
    """A limit that this study sets otherwise than the catalogue: who, when, why are part of every output.

    Parameters
    ----------
    limit: id in the list of thresholds, or ``USE.CRITERION`` of the use ladder. good, warn: None = as it was.
    """

    limit: str
    why: str
    by: str
    date: str
    good: float | None = None
    warn: float | None = None
