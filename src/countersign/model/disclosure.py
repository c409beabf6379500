"""Disclosure: what was done to protect people in a release, what it cost each group, and what the audit found.

It is published, so it holds sums only: never which rule hid which figure, for that tells how large the group is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RuleApplied:
    """One rule that was asked of every figure.

    Parameters
    ----------
    rule: its id in the catalogue's list ``protection_rules``. limit: the number it compares with, or None.
    asked: figures it was asked of. source: where the limit comes from.
    """

    rule: str
    limit: float | None
    asked: int
    source: str = ""


@dataclass(frozen=True)
class Visibility:
    """What protection took from one group.

    Parameters
    ----------
    group: variable -> category. marginalised: a group of the catalogue's or the study's list.
    figures, hidden: figures of the group, and how many of them are withheld.
    people: contributors behind all its figures, as a share hidden, 0 to 1: each person counts once a figure.
    hidden_unweighted: figures that would be withheld if the group counted no more than others.
    changed: figures shown with noise or a wider interval. coarsened: figures merged into wider ones.
    """

    group: Mapping[str, str]
    figures: int
    hidden: int
    people: float
    hidden_unweighted: int | None = None
    changed: int = 0
    coarsened: int = 0
    marginalised: bool = False

    @property
    def share(self) -> float:
        """Share of the group's figures that is withheld."""
        return self.hidden / self.figures if self.figures else 0.0


@dataclass(frozen=True)
class AuditResult:
    """What an attacker with everything published could compute.

    Parameters
    ----------
    hidden: cells attacked. points: of them known exactly. narrow: of them known better than the rule allows.
    narrowest: width of the narrowest interval, in people, or None where nothing is hidden.
    width: the rule. tables, equations: size of what the attacker knows. earlier: earlier releases he has too.
    solver: what computed it.
    """

    hidden: int
    points: int
    narrow: int
    narrowest: float | None
    width: float
    tables: int = 0
    equations: int = 0
    earlier: int = 0
    solver: str = ""

    @property
    def safe(self) -> bool:
        """Nothing can be computed that the rule forbids."""
        return not self.points and not self.narrow


@dataclass(frozen=True)
class DecisionTaken:
    """A decision of a community about being shown, and what became of it.

    Parameters
    ----------
    group: variable -> category. action: ``show``, ``coarsen`` or ``withhold``. minimum: from how many people on.
    by, role, date, statement: who decided, when, in their words.
    followed: figures it changed. refused: figures it could not change, because somebody in the group said no.
    """

    group: Mapping[str, str]
    action: str
    minimum: int
    by: str
    role: str
    date: str
    statement: str
    followed: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Disclosure:
    """The report on protection of one release.

    Parameters
    ----------
    method: ``suppress``, ``perturb`` or ``round``. reason: why this one, where it was not the study's choice.
    figures: all. withheld: how many are. merged: figures made wider before anything was withheld.
    rules, audit, visibility, decisions: see there. noise: for perturbation and rounding, name -> number: largest
    change, variance. spent: for differential privacy, the epsilon spent in all.
    optimal: the withheld figures are proven to be the fewest that are safe. notes: sentences for the reader.
    """

    method: str
    figures: int
    withheld: int
    rules: tuple[RuleApplied, ...] = ()
    audit: AuditResult | None = None
    visibility: tuple[Visibility, ...] = ()
    decisions: tuple[DecisionTaken, ...] = ()
    merged: int = 0
    noise: Mapping[str, float] = field(default_factory=dict)
    spent: float | None = None
    optimal: bool = False
    reason: str = ""
    notes: tuple[str, ...] = ()
