"""Findings: how one is made from a measured value and the limits of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countersign.catalogue import criteria, threshold
from countersign.model.finding import Finding, State

_ORDER = (State.NOT_APPLICABLE, State.PASS, State.NOT_ASSESSED, State.WARN, State.FAIL)


def worst(*states: State) -> State:
    """Return the worst of several assessed states; not assessed only where nothing else is known."""
    assessed = [state for state in states if state in (State.PASS, State.WARN, State.FAIL)]
    return max(assessed, key=_ORDER.index) if assessed else State.NOT_ASSESSED


def judged(
    criterion: str,
    check: str,
    value: float,
    message: str,
    *,
    limit: str,
    fix: str = "",
    subject: str = "",
    count: int | None = None,
    unit: str = "",
    evidence: Mapping[str, Any] | None = None,
    mildest: State = State.PASS,
    harshest: State = State.FAIL,
    inside: str = "",
) -> Finding:
    """Return a finding whose state follows from a value and the limits of the catalogue.

    Parameters
    ----------
    limit: id in the ``thresholds`` list. fix: shown unless the state is *pass*; the criterion's own one if empty.
    mildest, harshest: bounds of the state, where a measure is only a hint. inside: see `Finding`.
    """
    limits = threshold(limit)
    state = limits.state(value)
    state = max(state, mildest, key=_ORDER.index)
    state = min(state, harshest, key=_ORDER.index)
    return Finding(
        criterion=criterion,
        state=state,
        check=check,
        subject=subject,
        value=float(value),
        unit=unit or limits.unit,
        count=count,
        message=message,
        evidence=dict(evidence or {}),
        threshold=limits.record(),
        fix="" if state is State.PASS else fix or criteria()[criterion].fix,
        inside=inside,
    )


def not_assessed(criterion: str, check: str, why: str, *, subject: str = "", fix: str = "") -> Finding:
    """Return a finding that says why nothing could be measured and what would make it possible."""
    return Finding(
        criterion=criterion,
        state=State.NOT_ASSESSED,
        check=check,
        subject=subject,
        message=why,
        fix=fix or criteria()[criterion].fix,
    )
