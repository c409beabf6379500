"""Provenance (D6): whether every figure resolves to its inputs, and whether a step made twice came out the same."""

from __future__ import annotations

from collections.abc import Mapping

from countersign.model.finding import Finding, State
from countersign.quality.context import number
from countersign.quality.findings import not_assessed


def provenance(resolved: Mapping[str, bool] | None, *, differing: int = 0) -> list[Finding]:
    """Return what the trail says of the figures.

    Parameters
    ----------
    resolved: figure -> whether every step and input behind it is on the trail and kept; None = no trail.
    differing: steps that were taken again with the same inputs and came out otherwise.
    """
    if not resolved:
        return [not_assessed("D6", "retraceable", "There is no trail of the steps that made the figures.")]
    lost = sum(not whole for whole in resolved.values())
    message = (
        f"All {number(len(resolved))} figures resolve to their inputs."
        if not lost
        else f"{number(lost)} of {number(len(resolved))} figures do not resolve to their inputs: something is lost."
    )
    findings = [
        Finding(
            "D6",
            State.FAIL if lost else State.PASS,
            "retraceable",
            message,
            value=1 - lost / len(resolved),
            unit="share",
            count=lost,
            evidence={"figures": len(resolved)},
            fix="Run the study again from the raw files, so that the trail is complete." if lost else "",
        )
    ]
    if differing:
        why = f"{number(differing)} steps were taken again with the same inputs and came out otherwise."
        fix = "Compare the versions of the software on the trail; keep the environment with the study."
        findings.append(Finding("D6", State.WARN, "same_again", why, count=differing, unit="steps", fix=fix))
    return findings
