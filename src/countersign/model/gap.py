"""Gap and GroupCoverage: what official statistics lack, and whom the data of a study can speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Lack(StrEnum):
    """How an official series falls short of what is asked."""

    NONE = "none"  # no official figure at all
    TOO_OLD = "too_old"
    NOT_DISAGGREGATED = "not_disaggregated"
    COVERED = "covered"  # an adequate official figure exists
    UNKNOWN = "unknown"  # nobody has looked


@dataclass(frozen=True)
class Gap:
    """One indicator, group, area and year, and what official statistics have for it.

    Parameters
    ----------
    indicator: name in the study; sdg: code. group: breakdown variable -> category; empty = everybody. area, year.
    lack: see `Lack`. official_year: of the newest official figure that comes near, or empty.
    filled_by: data set that could fill it, or empty; use: with which use (``U0`` .. ``U6``), or empty.
    figure_id: the figure that would. why: one sentence. required: whether the IAEG-SDGs minimum set asks for it.
    status: state of our figure (`Status`), which says why none fills the gap.
    """

    indicator: str
    lack: Lack
    sdg: str = ""
    group: Mapping[str, str] = field(default_factory=dict)
    area: str = ""
    year: str = ""
    official_year: str = ""
    filled_by: str = ""
    use: str = ""
    figure_id: str = ""
    why: str = ""
    required: bool = False
    status: str = ""


@dataclass(frozen=True)
class GroupCoverage:
    """One group of the population beside what the data know of it: a row of the leave-nobody-behind table.

    Parameters
    ----------
    variable, category: the group. population: its share in the benchmark, or None where unknown.
    data: its share among the records. n, n_effective: records, and what they count like; None where they are withheld,
    which is not zero.
    ratio: data / population. publishable: ``yes``, ``with care`` or ``no``. needed: further respondents until it can be
    shown, with the design effect seen; 0 = none. precise: further respondents until it is precise. priority: a group
    the study says it speaks for.
    """

    variable: str
    category: str
    n: int | None
    data: float | None
    population: float | None = None
    ratio: float | None = None
    n_effective: float | None = None
    design_effect: float | None = None
    publishable: str = ""
    needed: int = 0
    precise: int = 0
    priority: bool = False
