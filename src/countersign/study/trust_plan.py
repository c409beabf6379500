"""The keys `signatures`, `consent` and `agreements` of a study file -> plans of whom to trust, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countersign.model.consent import ConsentPlan
from countersign.model.signing import Party, SigningPlan
from countersign.study.document import Document


def read_signatures(spec: Mapping[str, Any] | None, document: Document) -> SigningPlan:
    """Turn `signatures` into a plan."""
    spec = spec or {}
    return SigningPlan(
        parties={
            name: Party(name=one.get("name", name), role=one["role"], key=one.get("key", ""))
            for name, one in (spec.get("parties") or {}).items()
        },
        quorum={role: int(number) for role, number in (spec.get("quorum") or {}).items()},
    )


def read_consent(spec: Mapping[str, Any] | None, document: Document) -> ConsentPlan | None:
    """Turn `consent` into a plan; None where the file says nothing."""
    if spec is None:
        return None
    by = spec.get("by") or ()
    return ConsentPlan(
        purpose=spec.get("purpose", ""),
        records=spec.get("records", ""),
        record=spec.get("record", ""),
        columns=dict(spec.get("columns") or {}),
        notices={str(version): file for version, file in (spec.get("notices") or {}).items()},
        by=(by,) if isinstance(by, str) else tuple(by),
    )
