"""Agreements in force: a data set is built only for what organisations agreed on, in time, by a person they named.

A named person is known on a laptop by the key that they sign with: whoever runs the study shows that they hold it
(`--person KEYFILE`, or COUNTERSIGN_PERSON in the environment).
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.catalogue import load
from countersign.errors import AgreementError, nearest
from countersign.study.agreement_file import new_agreement, read_agreement
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.evidence.keys import Ask
    from countersign.model.data_agreement import DataAgreement
    from countersign.model.key import PublicKey
    from countersign.study.study import Study

VARIABLE = "COUNTERSIGN_PERSON"


def obey(study: Study) -> None:
    """Refuse to build a data set that an agreement does not allow.

    Raises
    ------
    AgreementError: the purpose of the study is not in an agreement it names, the agreement has not begun or has run
    out, a party has not signed it as it is, or the one who runs this is not a person it names.
    """
    if study.place.unsealed:
        return
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    for number, name in enumerate(study.plan.agreements):
        where = study.file.document.where("agreements", number)
        path = study.place.find(name, where=where)
        agreement, document = read_agreement(path)
        _covers(study, agreement, document.file, where)
        _purpose(study, agreement, where)
        _in_time(agreement, document, today)
        _signed(agreement, path)
        _named(study, agreement, document)


def _covers(study: Study, agreement: DataAgreement, file: str, where: str) -> None:
    if not set(agreement.datasets) & set(study.plan.data):
        known = ", ".join(agreement.datasets)
        hint = nearest(next(iter(agreement.datasets)), study.plan.data)
        raise AgreementError(
            f"'{file}' is about no data source of this study. {hint}".strip(),
            where=where,
            expected=f"a data source of the name {known}",
            action="name the data source as in the agreement, or take the agreement out of the study",
        )


def _purpose(study: Study, agreement: DataAgreement, where: str) -> None:
    purpose = study.plan.consent.purpose if study.plan.consent else ""
    allowed = ", ".join(agreement.purposes)
    if purpose in ("", "?"):
        raise AgreementError(
            "The study is under an agreement and does not say what it is built for.",
            where=where,
            expected=f"'consent: {{purpose: ...}}' with one of {allowed}",
            action="add the purpose to the study file",
        )
    if purpose not in agreement.purposes:
        raise AgreementError(
            f"The agreement does not allow the data to be used to {load('purposes')[purpose].title.lower()}.",
            where=where,
            expected=f"one of {allowed}",
            action="build the study for one of these, or agree on more with the other party",
        )


def _in_time(agreement: DataAgreement, document: Any, today: str) -> None:
    if today > agreement.expires:
        raise AgreementError(
            f"The agreement ran out on {agreement.expires}.",
            where=document.where("expires"),
            expected=f"a run until {agreement.expires}",
            action=f"renew it with the other party; the rows are to be gone by {agreement.delete_by}",
        )
    if today < agreement.starts:
        raise AgreementError(
            f"The agreement begins on {agreement.starts}.", where=document.where("starts"),
            expected=f"a run from {agreement.starts} on", action="wait until then",
        )  # fmt: skip


def _named(study: Study, agreement: DataAgreement, document: Any) -> None:
    if not agreement.persons:
        return
    given = study.place.person or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    names = ", ".join(one.name for one in agreement.persons)
    if given is None:
        raise AgreementError(
            "Only named people may work with these data, and nobody said who this is.",
            where=document.where("persons"),
            expected=f"the key of one of: {names}",
            action=f"start again with --person KEYFILE, or set {VARIABLE}: the file of the key you sign with",
        )
    from countersign.evidence.keys import read_private

    key = read_private(given, ask=study.place.ask).public
    if not any(_is(one.key, key) for one in agreement.persons):
        raise AgreementError(
            f"The holder of the key {key.key_id} is not among the people the agreement names.",
            where=document.where("persons"),
            expected=f"the key of one of: {names}",
            action="let one of them run it, or agree on another name with the other party",
        )


def _is(said: str, key: PublicKey) -> bool:
    return said == key.key_id or said.split()[:2] == key.line.split()[:2]


# Signatures ----------------------------------------------------------------------------------------------------------


def signatures_file(path: Path) -> Path:
    """Return where the signatures under an agreement lie: one envelope a line."""
    return path.with_name(f"{path.stem}.signed.jsonl")


def _payload(agreement: DataAgreement, path: Path) -> bytes:
    from countersign.evidence.canonical import digest_of_file
    from countersign.evidence.envelope import payload_of
    from countersign.model.statement import Statement, Subject

    said = {
        "parties": {name: {"name": one.name, "role": one.role} for name, one in sorted(agreement.parties.items())},
        "purposes": list(agreement.purposes),
        "expires": agreement.expires,
    }
    return payload_of(Statement("agreement", (Subject(path.name, digest_of_file(path)),), said))


def statements_of(study: Study) -> list[bytes]:
    """Return the payload of the statement about each agreement that the study names, for the log."""
    found = []
    for number, name in enumerate(study.plan.agreements):
        path = study.place.find(name, where=study.file.document.where("agreements", number))
        found.append(_payload(read_agreement(path)[0], path))
    return found


def _keys(agreement: DataAgreement, path: Path) -> dict[str, PublicKey]:
    """Return party -> public key, of those that have one in the file; a key is a line or a file beside it."""
    from countersign.evidence.keys import read_public, read_public_file

    found = {}
    for name, party in agreement.parties.items():
        if party.key:
            inline = party.key.startswith(("ssh-", "ecdsa-"))
            where = f"{path.name}, parties.{name}.key"
            found[name] = read_public(party.key, where=where) if inline else read_public_file(path.parent / party.key)
    return found


def signed_by(agreement: DataAgreement, path: Path) -> tuple[str, ...]:
    """Return the parties that have signed the agreement as it is now; signatures under other terms do not count."""
    from countersign.evidence.envelope import is_signed_by, open_line

    file, payload = signatures_file(path), _payload(agreement, path)
    lines = file.read_bytes().splitlines() if file.is_file() else []
    envelopes = [open_line(line, where=f"{file.name}, line {number}") for number, line in enumerate(lines, start=1)]
    return tuple(
        name
        for name, key in _keys(agreement, path).items()
        if any(one.payload == payload and is_signed_by(one, key) for one in envelopes)
    )


def _signed(agreement: DataAgreement, path: Path) -> None:
    waiting = sorted(set(_keys(agreement, path)) - set(signed_by(agreement, path)))
    if waiting:
        names = ", ".join(agreement.parties[one].name for one in waiting)
        raise AgreementError(
            f"The agreement, as it is now, is not signed by {names}.",
            where=path.name,
            expected="the signature of every party whose key stands in it",
            action=f"sign it: {command('agreement', 'sign', path, party=waiting[0], key='KEYFILE')}",
        )


# What the commands do ----------------------------------------------------------------------------------------------


def new(path: Path) -> Account:
    """Write a draft of an agreement."""
    new_agreement(path)
    lines = (f"Wrote {path}: a draft to talk about. Nothing is in force before a study names it under 'agreements'.",)
    return Account("agreement new", lines, command("agreement", "show", path), {"file": str(path)})


def show(path: Path, *, language: str = "", out: Path | None = None) -> Account:
    """Say an agreement in plain words, or write it as a page to print and sign."""
    from countersign.evidence.canonical import digest_of_file
    from countersign.publishing.agreement_text import as_page, as_text
    from countersign.publishing.writing import write_whole

    agreement, _ = read_agreement(path)
    tongue = language or agreement.languages[0]
    digest = digest_of_file(path)
    if out is not None:
        write_whole(out, as_page(agreement, tongue, digest=digest))
        lines = [f"Wrote {out}: to print and sign."]
    else:
        lines = as_text(agreement, tongue).splitlines()
    lines += list(_standing(agreement, path))
    data = {"digest": digest, "language": tongue, "signed_by": list(signed_by(agreement, path))}
    return Account("agreement show", tuple(lines), command("agreement", "odrl", path), data)


def _standing(agreement: DataAgreement, path: Path) -> Iterator[str]:
    keys, signed = _keys(agreement, path), signed_by(agreement, path)
    if not keys:
        yield "No party has a key in the file, so nobody can sign it here."
        return
    for name in keys:
        said = "has signed it" if name in signed else "has not signed it as it is now"
        yield f"{agreement.parties[name].name} {said}."


def odrl(path: Path, *, out: Path | None = None) -> Account:
    """Write an agreement as ODRL, for machines."""
    from countersign.evidence.canonical import digest_of_file
    from countersign.publishing.odrl import odrl_text
    from countersign.publishing.writing import write_whole

    agreement, _ = read_agreement(path)
    target = out or path.with_suffix(".jsonld")
    write_whole(target, odrl_text(agreement, digest=digest_of_file(path)))
    lines = (f"Wrote {target}: permissions, prohibitions and duties in ODRL 2.2.",)
    return Account("agreement odrl", lines, command("agreement", "show", path), {"file": str(target)})


def sign(path: Path, *, party: str, key: Path, ask: Ask | None = None) -> Account:
    """Sign an agreement as it is; the signature stands beside it.

    Raises
    ------
    AgreementError: no such party, or the key is not the one that stands in the file for it.
    """
    from countersign.evidence import disk
    from countersign.evidence.envelope import line_of, seal
    from countersign.evidence.keys import read_private

    agreement, document = read_agreement(path)
    keys = _keys(agreement, path)
    if party not in keys:
        raise AgreementError(
            f"'{party}' is no party with a key. {nearest(party, keys)}".strip(),
            where=document.where("parties"),
            expected=f"one of {', '.join(keys) or 'the parties; none has a key yet'}",
            action="write the public key of the party into the file; it is the line in KEYFILE.pub",
        )
    private = read_private(key, ask=ask)
    if private.key_id != keys[party].key_id:
        raise AgreementError(
            f"This is not the key that stands in the file for '{party}'.",
            where=document.where("parties", party, "key"),
            expected=keys[party].key_id,
            action="sign with that key; a new key is written into the file first, and then all sign anew",
        )
    if party not in signed_by(agreement, path):
        disk.append(signatures_file(path), line_of(seal(_payload(agreement, path), private)))
    lines = (f"{agreement.parties[party].name} has signed {path.name}.", *_standing(agreement, path))
    return Account("agreement sign", lines, command("agreement", "show", path), {"signed_by": party})
