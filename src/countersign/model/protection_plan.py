"""ProtectionPlan: how a study protects the people in its data, as its file says under ``protection``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class VisibleGroup:
    """A group that hiding shall spare: its figures are the last that are withheld to protect others.

    Parameters
    ----------
    category: empty = every category of the variable. weight: how many times dearer it is to hide one of its figures.
    """

    variable: str
    category: str = ""
    weight: float = 100.0


@dataclass(frozen=True)
class GroupDecision:
    """A decision of a community on how a group of few people is shown.

    Parameters
    ----------
    group: variable -> category. action: ``show`` from `minimum` people on, ``coarsen``, or ``withhold``.
    by, role, date, statement: who decided, when, in their words.
    """

    group: Mapping[str, str]
    action: Literal["show", "coarsen", "withhold"]
    by: str
    role: str
    date: str
    statement: str
    minimum: int = 1


@dataclass(frozen=True)
class ProtectionPlan:
    """How people in the data are protected.

    Parameters
    ----------
    method: ``suppress`` figures, ``perturb`` them by cell keys, or ``round`` them.
    minimum_contributors: fewest people behind a figure that is shown; 0 = no rule. minimum_households: fewest groups
    of people living together.
    contributor, household, refusal: columns: who gave the record, who lives together, and a condition that is true for
    people who do not want to be shown in a small group.
    numerators: the minimum also holds for the people a share counts, and for those it does not count.
    group_disclosure: a share of 0 % or 100 % is withheld, since it tells what everybody in the group answered.
    zeros: ``show`` or ``protect`` figures from nobody.
    dominance: (n, k): withheld if the n largest contributors make up more than k % of a total.
    p_percent: withheld if a contributor could estimate another's value to within p %.
    width: how wide an interval an attacker may at best compute, in people; None = the minimum.
    visible: groups that hiding spares. coarsen: variable -> category -> wider category, tried before hiding.
    pool: variable of time whose neighbouring periods may be put together before hiding, and over how many.
    earlier: folders of releases that are already out. decisions: of communities.
    keys: what neighbours know of people. sensitive: what must not be learnt about them. k: people who share all keys.
    noise: options of the method ``perturb`` or ``round``: base, largest, variance, secret.
    microdata, places, texts, photos: options of those verbs.
    declared: the study file has a section ``protection``. by_default: the minimum is the catalogue's, not the study's:
    it holds for data whose rows are people, not for events and things.
    """

    method: Literal["suppress", "perturb", "round"] = "suppress"
    minimum_contributors: int = 0
    minimum_households: int = 0
    contributor: str = ""
    household: str = ""
    refusal: str = ""
    numerators: bool = True
    group_disclosure: bool = True
    zeros: Literal["show", "protect"] = "show"
    dominance: tuple[int, float] | None = None
    p_percent: float | None = None
    width: float | None = None
    visible: tuple[VisibleGroup, ...] = ()
    coarsen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pool: tuple[str, int] | None = None
    earlier: tuple[str, ...] = ()
    decisions: tuple[GroupDecision, ...] = ()
    keys: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    k: int = 0
    noise: Mapping[str, Any] = field(default_factory=dict)
    microdata: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    photos: Mapping[str, Any] = field(default_factory=dict)
    declared: bool = False
    by_default: bool = False
