"""Process: what happened around the data, as the study file tells it: rounds, pilot, training, feedback, releases.

None of it can be read off the rows. The study states it, people confirm it (see `countersign.model.answer`), and the
measures of quality compute what they can from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Withdrawal:
    """Somebody took their agreement back: asked and carried out on which day (ISO 8601, empty = not yet)."""

    asked: str
    done: str = ""


@dataclass(frozen=True)
class Feedback:
    """Results brought back to those who gave the data.

    Parameters
    ----------
    date: ISO 8601. how: meeting, radio, message. reached: people. opted_in: contributors who asked for results, or
    None. sent: those of them to whom results were sent, or None. round: period it is about; empty = the study's.
    """

    date: str
    how: str = ""
    reached: int | None = None
    opted_in: int | None = None
    sent: int | None = None
    round: str = ""


@dataclass(frozen=True)
class Round:
    """One round of collection.

    Parameters
    ----------
    period: ISO 8601 year, month, day or ``start/end``. form: name of the form used (key under ``form: files``), or
    empty. method: how it was done, in a few words; the same words mean the same way.
    announced, released: days on which results were announced for and came out.
    """

    period: str
    form: str = ""
    method: str = ""
    announced: str = ""
    released: str = ""


@dataclass(frozen=True)
class ProtocolPlan:
    """The protocol: where it is, its version and date, and which sections it has (catalogue: ``protocol_sections``)."""

    file: str = ""
    version: str = ""
    date: str = ""
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class PilotPlan:
    """The try-out before: records, day, what was changed after it."""

    records: int | None = None
    date: str = ""
    changes: str = ""


@dataclass(frozen=True)
class TrainingPlan:
    """Training of those who collect: how many were trained and how many of them passed a test."""

    trained: int | None = None
    passed: int | None = None
    date: str = ""


@dataclass(frozen=True)
class BackChecks:
    """Records checked again by somebody else: how many, how many agreed, median days until a record was reviewed."""

    checked: int | None = None
    agreed: int | None = None
    days: float | None = None


@dataclass(frozen=True)
class Cost:
    """What it cost, in a currency (ISO 4217)."""

    amount: float
    currency: str = ""


@dataclass(frozen=True)
class Process:
    """Everything the study states about how the data came about.

    Parameters
    ----------
    languages: language (BCP 47) -> share of the target population that speaks it best, 0 to 1.
    accessible: ways besides reading on a small screen: ``audio``, ``large type``, ``pictures``, ``sign language``.
    stable_id: an identifier that stays, such as a DOI. formats: file formats offered. catalogue: where it is listed.
    api: where machines read it. plain_version: where the plain-language version is; audio_version: the spoken one.
    asks_per_year: how often one person is asked within a year.
    """

    withdrawals: tuple[Withdrawal, ...] | None = None
    protocol: ProtocolPlan | None = None
    pilot: PilotPlan | None = None
    training: TrainingPlan | None = None
    back_checks: BackChecks | None = None
    rounds: tuple[Round, ...] = ()
    feedback: tuple[Feedback, ...] | None = None
    announced: str = ""
    released: str = ""
    cost: Cost | None = None
    languages: Mapping[str, float] = field(default_factory=dict)
    accessible: tuple[str, ...] = ()
    stable_id: str = ""
    formats: tuple[str, ...] = ()
    catalogue: str = ""
    api: str = ""
    plain_version: str = ""
    audio_version: str = ""
    asks_per_year: float | None = None
