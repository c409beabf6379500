"""File of an agreement -> DataAgreement: every term checked, or refused with its line."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from countersign.catalogue import load
from countersign.errors import AgreementError, StudyError, nearest
from countersign.model.data_agreement import AgreementParty, DataAgreement, NamedPerson
from countersign.study.document import Document, read_document
from countersign.study.schema import agreement_schema, check_schema

TEMPLATE = """\
# An agreement between organisations on data. The program keeps what it can: purpose, days, named people.
# Read it aloud together: countersign agreement show {name} --language en
agreement: 1
title: {{en: "Agreement on the data of the residents", fr: "Accord sur les données des habitants"}}
parties:
  residents: {{name: "Residents' council", role: cso, contact: "", key: ""}}   # key: one line, as in KEYFILE.pub
  office: {{name: "National Statistical Office", role: nso, contact: "", key: ""}}
gives: residents
receives: office
datasets: {{homes: "Answers of the survey of homes, without names and places"}}   # names as under 'data' in the study
purposes: [share_with_nso, publish_aggregates]                                  # and nothing else
statistical_use_only: true                # no administrative and no police use
no_reidentification: true
starts: "{starts}"
expires: "{expires}"
delete_by: "{delete_by}"
deletion: destroy                         # or return
persons: []                               # - {{name: "...", party: office, key: "SHA256:..."}}; empty: everybody
credit: "Data of the residents"
review_days: 14
dissent: true
breach_hours: 72
exit_days: 30
languages: [en, fr]
"""


def new_agreement(path: Path) -> None:
    """Write a draft; AgreementError if there is a file already."""
    from countersign.evidence import disk

    if path.exists():
        raise AgreementError(
            f"There is a file '{path.name}' already.", where=str(path), expected="the name of a new file",
            action="choose another name",
        )  # fmt: skip
    today = datetime.datetime.now(datetime.UTC).date()
    days = {
        "starts": today.isoformat(),
        "expires": (today + datetime.timedelta(days=730)).isoformat(),
        "delete_by": (today + datetime.timedelta(days=820)).isoformat(),
    }
    disk.replace(path, TEMPLATE.format(name=path.name, **days).encode())


def read_agreement(path: Path) -> tuple[DataAgreement, Document]:
    """Read and check an agreement.

    Raises
    ------
    AgreementError: a term is missing, of another form, or contradicts another; the line is named.
    """
    try:
        document = read_document(path)
        check_schema(document, agreement_schema())
    except StudyError as error:
        action = error.action.replace("docs/study-file.md shows an example", "docs/consent.md shows an example")
        problem = error.problem.replace("The study file", "The agreement")
        raise AgreementError(problem, where=error.where, expected=error.expected, action=action) from error
    values = document.values
    agreement = DataAgreement(
        title=_text(values["title"]),
        parties={name: AgreementParty(**one) for name, one in values["parties"].items()},
        gives=values["gives"],
        receives=values["receives"],
        datasets=dict(values["datasets"]),
        purposes=tuple(values["purposes"]),
        starts=values["starts"],
        expires=values["expires"],
        delete_by=values["delete_by"],
        persons=tuple(NamedPerson(**one) for one in values.get("persons") or ()),
        languages=tuple(values.get("languages") or ("en",)),
        further=_text(values.get("further")),
        **{name: values[name] for name in _PLAIN if name in values},
    )
    for place, problem, expected in _problems(agreement):
        raise AgreementError(
            problem, where=document.where(*place), expected=expected, action="correct the term; nothing is in force yet"
        )
    return agreement, document


_PLAIN = (
    "deletion", "statistical_use_only", "credit", "review_days", "dissent", "breach_hours", "exit_days",
)  # fmt: skip


def _text(value: Any) -> dict[str, str]:
    return dict(value) if isinstance(value, dict) else {"en": value} if value else {}


def _problems(one: DataAgreement) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield place, problem and expected form of every term that cannot be."""
    known = ", ".join(one.parties)
    for name in ("gives", "receives"):
        party = getattr(one, name)
        if party not in one.parties:
            yield (name,), f"There is no party '{party}'. {nearest(party, one.parties)}".strip(), f"one of {known}"
    if one.gives == one.receives:
        yield ("receives",), "The same party gives and receives.", f"another of {known}"
    purposes = load("purposes")
    ids = [entry.id for entry in purposes]
    for place, purpose in enumerate(one.purposes):
        if purpose not in ids:
            hint = f"There is no purpose '{purpose}'. {nearest(purpose, ids)}".strip()
            yield ("purposes", place), hint, f"one of {', '.join(ids)}"
        elif one.statistical_use_only and not purposes[purpose]["statistical"]:
            yield (
                ("purposes", place), f"'{purpose}' is no statistical use, and the data are for statistics only.",
                f"one of {', '.join(entry.id for entry in purposes if entry['statistical'])}",
            )  # fmt: skip
    if one.parties[one.receives].role == "nso" and not one.statistical_use_only:
        yield (
            ("statistical_use_only",), "A statistical office receives data for statistics only.",
            "true (UN Fundamental Principles of Official Statistics, principle 6)",
        )  # fmt: skip
    days = {}
    for name in ("starts", "expires", "delete_by"):
        try:
            days[name] = datetime.date.fromisoformat(str(getattr(one, name)))
        except ValueError:
            yield (name,), f"'{getattr(one, name)}' is no day.", "year-month-day, such as 2026-12-31"
            return
    if days["expires"] < days["starts"]:
        yield ("expires",), "The agreement ends before it starts.", f"a day from {one.starts} on"
    if days["delete_by"] < days["expires"]:
        yield ("delete_by",), "The rows would be gone while they may still be used.", f"a day from {one.expires} on"
    for place, person in enumerate(one.persons):
        if person.party not in one.parties:
            yield ("persons", place, "party"), f"There is no party '{person.party}'.", f"one of {known}"
        if not person.key.startswith(("SHA256:", "ssh-", "ecdsa-")):
            yield (
                ("persons", place, "key"), "This is no key.",
                "the fingerprint (SHA256:...) or the line of the key that the person signs with",
            )  # fmt: skip
