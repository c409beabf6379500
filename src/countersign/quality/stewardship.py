"""Stewardship (A6): whether the licence is a known one, what the data may be used for, and until when."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import uses
from countersign.model.finding import Finding, State
from countersign.model.period import last_day
from countersign.quality.context import Context, listed
from countersign.quality.findings import judged, not_assessed
from countersign.quality.openness import licence_of


def stewardship(context: Context) -> Sequence[Finding]:
    """A6: licence by its SPDX id or in words; permitted uses named and wide enough for the wanted one; not expired."""
    if not context.is_main:
        return []
    return [*_licence(context), _permitted(context), *_expiry(context)]


def _licence(context: Context) -> list[Finding]:
    stated = context.plan.initiative.licence
    if not stated:
        return []
    licence = licence_of(stated)
    if licence is not None:
        message = f"The licence is {licence.id}, {'an open one' if licence['open'] else 'one with limits on use'}."
        evidence = {"licence": licence.id, "open": bool(licence["open"])}
        return [Finding("A6", State.PASS, "licence_known", message, evidence=evidence)]
    message = "The licence is stated in words; it is none of the known ones, so somebody has to read what it allows."
    fix = "If it is a common licence, state its SPDX id, such as CC-BY-4.0."
    return [Finding("A6", State.PASS, "licence_known", message, evidence={"licence": ""}, fix=fix)]


def _permitted(context: Context) -> Finding:
    allowed, wanted = context.plan.initiative.permitted_uses, context.plan.use
    ladder = uses().ids
    rungs = [ladder.index(use) for use in allowed if use in ladder]
    if not allowed:
        why = "It is not stated what the data may be used for."
        fix = "Agree on it with the community and add 'initiative: permitted_uses:', such as [U0, U1, U2]."
        return not_assessed("A6", "permitted_uses", why, fix=fix)
    message = f"The data may be used for: {listed(allowed, most=8)}."
    if not rungs or wanted not in ladder:
        return Finding("A6", State.PASS, "permitted_uses", message, count=0, evidence={"uses": list(allowed)})
    beyond = max(0, ladder.index(wanted) - max(rungs))
    if beyond:
        message += f" The study wants {wanted}, which is not among them."
    return judged(
        "A6",
        "permitted_uses",
        beyond,
        message,
        limit="permitted_use",
        count=beyond,
        evidence={"uses": list(allowed), "wanted": wanted},
        fix=f"Ask the community whether the data may be used for {wanted}, or want less.",
    )


def _expiry(context: Context) -> list[Finding]:
    until = last_day(context.plan.initiative.expires)
    if until is None:
        return []
    left = (until - context.today).days
    over = left < 0
    message = f"The agreement on use {'ended' if over else 'holds until'} {'on ' if over else ''}{until.isoformat()}."
    fix = "Renew the agreement with the community before using the data further." if over else ""
    state = State.FAIL if over else State.PASS
    evidence = {"until": until.isoformat()}
    return [Finding("A6", state, "agreement_in_force", message, evidence=evidence, fix=fix)]
