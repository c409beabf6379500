"""Disaggregated (C4): breakdowns that the name of an indicator asks for, and the share of cells that can be shown."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import disaggregation, load, recognise
from countersign.errors import CatalogueError
from countersign.model.estimate import EstimateTable, Status
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan, Plan
from countersign.quality.context import listed, number
from countersign.quality.findings import judged, not_assessed

FIT = (Status.PUBLISHED, Status.CAUTION)


def disaggregated(plan: Plan, estimates: EstimateTable) -> list[Finding]:
    """Return, for each indicator, whether the required breakdowns are there, and the share of its cells fit to publish.

    A dimension is there if a variable by which the indicator is broken down is recognised as it by its name or label.
    """
    findings = []
    for name, indicator in plan.indicators.items():
        findings.append(_required(plan, indicator))
        cells = [
            one for one in estimates if one.indicator == name and one.domain and one.status is not Status.NOT_ASKED
        ]
        if cells:
            fit = sum(one.status in FIT for one in cells)
            message = f"{number(fit)} of {number(len(cells))} cells of '{name}' can be published as they are."
            findings.append(
                judged("C4", "cells_publishable", fit / len(cells), message, limit="cells_publishable", subject=name,
                       count=len(cells) - fit, harshest=State.WARN, fix="Collect more in weak groups, or widen them.")
            )  # fmt: skip
    return findings


def required_variables(plan: Plan, indicator: str) -> tuple[str, ...]:
    """Return the variables by which an indicator is broken down and that its minimum set asks for."""
    asked = plan.indicators.get(indicator)
    if asked is None or not asked.sdg:
        return ()
    try:
        needed = set(disaggregation(asked.sdg).required)
    except CatalogueError:
        return ()
    return tuple(name for name in _variables(asked) if needed & set(_dimensions(plan, asked, name)))


def _required(plan: Plan, indicator: IndicatorPlan) -> Finding:
    name = indicator.name
    if not indicator.sdg:
        why = f"'{name}' names no SDG indicator, so no breakdown is required of it."
        return not_assessed("C4", "disaggregation", why, subject=name, fix="Name the indicator under 'sdg:'.")
    try:
        needed = disaggregation(indicator.sdg)
    except CatalogueError:
        why = f"'{name}' names an SDG indicator that the catalogue does not know."
        return not_assessed("C4", "disaggregation", why, subject=name, fix="Correct the code under 'sdg:'.")
    status = str(load("disaggregation").status)
    evidence = {"sdg": needed.id, "required": list(needed.required), "status": status}
    if not needed.examined:
        why = f"Nobody has read yet by what {needed.id} must be broken down."
        return Finding("C4", State.NOT_ASSESSED, "disaggregation", why, subject=name, evidence=evidence,
                       fix="Read the metadata of the indicator and add it to the catalogue.")  # fmt: skip
    present = {one for variable in _variables(indicator) for one in _dimensions(plan, indicator, variable)}
    missing = [one for one in needed.required if one not in present]
    further = [one for one in needed.recommended if one not in present]
    evidence |= {"missing": missing, "recommended_missing": further}
    if not needed.required:
        message = f"{needed.id} names no group by which it must be broken down."
        return Finding("C4", State.PASS, "disaggregation", message, subject=name, count=0, evidence=evidence)
    value = 1 - len(missing) / len(needed.required)
    message = f"'{name}' is broken down by {len(needed.required) - len(missing)} of {len(needed.required)} dimensions "
    message += f"that {needed.id} asks for (table {status})."
    message += f" Missing: {listed(missing)}." if missing else ""
    return Finding(
        "C4",
        State.FAIL if missing else State.PASS,
        "disaggregation",
        message,
        subject=name,
        value=value,
        unit="share",
        count=len(missing),
        evidence=evidence,
        fix=f"Break it down by {listed(missing, most=3)} under 'by', or ask for it in the next round."
        if missing
        else "",
    )


def _variables(indicator: IndicatorPlan) -> Sequence[str]:
    return list(dict.fromkeys(name for by in indicator.by for name in by))


def _dimensions(plan: Plan, indicator: IndicatorPlan, variable: str) -> tuple[str, ...]:
    source = plan.data.get(indicator.data, plan.main)
    label = source.variables.get(variable, {}).get("label", {})
    texts = label.values() if isinstance(label, dict) else [str(label)]
    named = recognise(variable, *map(str, texts), *source.labels.get(variable, {}).values())
    return (*named, "location") if variable in source.roles.get("area", ()) else named
