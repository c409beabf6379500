"""DataAgreement: what organisations promise each other about data, as terms that a program can keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from countersign.model.source import Text


@dataclass(frozen=True)
class AgreementParty:
    """An organisation. name: in words. role: id of ``signing_roles``. key: public key it signs with, or its file."""

    name: str
    role: str
    contact: str = ""
    key: str = ""


@dataclass(frozen=True)
class NamedPerson:
    """Somebody who may work with the data. party: id of theirs. key: fingerprint (``SHA256:...``) or line of it."""

    name: str
    party: str
    key: str


@dataclass(frozen=True)
class DataAgreement:
    """An agreement.

    Parameters
    ----------
    title: per language. parties: id -> party. gives, receives: ids. datasets: name of a data source -> what it is.
    purposes: ids of ``purposes`` that are allowed; nothing else is. statistical_use_only: no administrative or police
    use. starts, expires: first and last day of use. delete_by: day by which rows are destroyed or given back.
    deletion: which of the two. persons: who may work with the data; empty = everybody of the receiver.
    credit: how the giver is named. review_days: in which the giver sees results first. dissent: the giver may publish a
    statement of its own beside the results. breach_hours: within which the other is told of a breach. exit_days: notice
    with which either side ends it. languages: of the text that people sign.
    """

    title: Text
    parties: Mapping[str, AgreementParty]
    gives: str
    receives: str
    datasets: Mapping[str, str]
    purposes: tuple[str, ...]
    starts: str
    expires: str
    delete_by: str
    deletion: Literal["destroy", "return"] = "destroy"
    statistical_use_only: bool = True
    persons: tuple[NamedPerson, ...] = ()
    credit: str = ""
    review_days: int = 0
    dissent: bool = True
    breach_hours: int = 72
    exit_days: int = 30
    languages: tuple[str, ...] = ("en",)
    further: Text = field(default_factory=dict)
