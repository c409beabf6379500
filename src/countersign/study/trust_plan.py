"""The keys `signatures`, `consent` and `agreements` of a study file -> plans of whom to trust, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countersign.catalogue import load
from countersign.errors import StudyError, nearest
from countersign.model.consent import ConsentPlan, Notice
from countersign.model.signing import Party, SigningPlan
from countersign.study.document import OPEN, Document


def read_signatures(spec: Mapping[str, Any] | None, document: Document) -> SigningPlan:
    """Turn `signatures` into a plan.

    Raises
    ------
    StudyError: a role that is none, or a quorum that the parties named could never reach.
    """
    spec = spec or {}
    parties = {
        name: Party(name=one.get("name", name), role=one["role"], key=one.get("key", ""))
        for name, one in (spec.get("parties") or {}).items()
    }
    quorum = {role: int(number) for role, number in (spec.get("quorum") or {}).items()}
    for name, party in parties.items():
        _refuse_role(party.role, document, "parties", name, "role")
    for role, number in quorum.items():
        _refuse_role(role, document, "quorum", role)
        able = [name for name, party in parties.items() if party.role == role and party.key]
        if number > len(able):
            raise StudyError(
                f"The quorum asks for {number} of the role '{role}', and {len(able)} with a key are named.",
                where=document.where("signatures", "quorum", role),
                expected=f"at least {number} parties of this role under 'parties', each with its public key",
                action="name them, or lower the quorum; a key is made with: countersign key new FILE",
            )
    return SigningPlan(parties=parties, quorum=quorum)


def _refuse_role(role: str, document: Document, *place: str) -> None:
    known = [entry.id for entry in load("signing_roles")]
    if role not in known:
        raise StudyError(
            f"There is no role '{role}'. {nearest(role, known)}".rstrip(),
            where=document.where("signatures", *place),
            expected="one of " + ", ".join(known),
            action="correct the role",
        )


def read_consent(spec: Mapping[str, Any] | None, document: Document) -> ConsentPlan | None:
    """Turn `consent` into a plan; None where the file says nothing."""
    if spec is None:
        return None
    by = spec.get("by") or ()
    purposes = [entry.id for entry in load("purposes")]
    for purpose, *place in (
        *([(spec["purpose"], "purpose")] if "purpose" in spec else ()),
        *((name, "columns", name) for name in spec.get("columns") or {}),
    ):
        if purpose not in (*purposes, OPEN):
            raise StudyError(
                f"There is no purpose '{purpose}'. {nearest(purpose, purposes)}".strip(),
                where=document.where("consent", *place),
                expected=f"one of {', '.join(purposes)}",
                action="correct it; docs/consent.md says what each one means",
            )
    return ConsentPlan(
        purpose=spec.get("purpose", ""),
        records=spec.get("records", ""),
        record=spec.get("record", ""),
        columns=dict(spec.get("columns") or {}),
        notices={
            str(version): Notice({"": files} if isinstance(files, str) else dict(files))
            for version, files in (spec.get("notices") or {}).items()
        },
        by=(by,) if isinstance(by, str) else tuple(by),
        address=spec.get("address", ""),
    )
