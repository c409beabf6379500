"""Finding and Fitness: what was found, and which use that allows.

A finding is one criterion, one measured value or answer, one state. *Not assessed* is neither *failed* nor *passed*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import Any


class State(StrEnum):
    """The five states a criterion can be in (quality page of the field, rule 4: three-state logic and more)."""

    PASS = "pass"  # noqa: S105 - a state, not a password
    WARN = "warn"
    FAIL = "fail"
    NOT_ASSESSED = "not_assessed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Finding:
    """One thing found about the data or the estimates.

    Parameters
    ----------
    criterion: id in the criteria table, ``A1`` .. ``I3``.
    state: see `State`.
    check: short stable name of the measure, such as ``exact_duplicates``; unique with `criterion` and `subject`.
    subject: what it is about: a variable, an indicator, a group; empty = the whole data set.
    value: the measured value (share, ratio, number), or None where nothing was measured.
    unit: unit of `value`, such as ``share``, ``records``, ``points``.
    count: how many records, cells or groups are concerned, or None.
    message: one or two plain sentences.
    evidence: the numbers behind it, as JSON values; never a row's values.
    threshold: the limits applied, each with its source.
    fix: the cheapest next step, one sentence.
    domain: part of the population it is about, variable -> category, such as one county; empty = all of it.
    inside: what only those who hold the data may read, such as codes that a single record has. Never published.
    """

    criterion: str
    state: State
    check: str
    message: str
    subject: str = ""
    value: float | None = None
    unit: str = ""
    count: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    threshold: Mapping[str, Any] = field(default_factory=dict)
    fix: str = ""
    domain: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""

    def _repr_html_(self) -> str:
        """Show the finding in a notebook: state in words, message, next step."""
        step = f"<br><em>{escape(self.fix)}</em>" if self.fix else ""
        subject = f" ({escape(self.subject)})" if self.subject else ""
        word = str(self.state).replace("_", " ")
        return f"<p><strong>{escape(self.criterion)} {word}</strong>{subject}: {escape(self.message)}{step}</p>"


@dataclass(frozen=True)
class Blocker:
    """One must of a use that is not met.

    Parameters
    ----------
    use, criterion: of the ladder. failed: it failed; else nobody has assessed it. demand: what is demanded, in words.
    why: what was found. fix: the cheapest step; effort: ``answer``, ``repair`` or ``collect``.
    """

    use: str
    criterion: str
    failed: bool
    demand: str
    why: str
    fix: str
    effort: str = ""


@dataclass(frozen=True)
class Better:
    """Something in which these data go beyond the official ones: the criterion, and why, in a sentence."""

    criterion: str
    why: str


@dataclass(frozen=True)
class Fitness:
    """The highest use all of whose musts pass, and what blocks the others.

    Parameters
    ----------
    subject: the indicator the verdict is about; empty = the data set.
    use: ``U0`` .. ``U6``, or empty if not even U0 is established.
    wanted: the use the study asks for.
    blocked: use -> criteria that fail; `open`: use -> criteria not assessed yet.
    next_step: the cheapest fix among the blockers, one sentence.
    population, period: whom and when it is about. level: variable that divides the population into areas or groups,
    empty = all of it; domain: the area or group. reach: highest use that nothing found so far speaks against.
    blockers: every must not met, in the order of the ladder. better: what is better than the official data.
    path: nodes of the decision tree with the answers that led here; outcome: where it ended.
    """

    use: str
    wanted: str
    subject: str = ""
    blocked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    next_step: str = ""
    population: str = ""
    period: str = ""
    level: str = ""
    domain: Mapping[str, str] = field(default_factory=dict)
    reach: str = ""
    blockers: tuple[Blocker, ...] = ()
    better: tuple[Better, ...] = ()
    path: tuple[tuple[str, str], ...] = ()
    outcome: str = ""
