"""Concepts (C1): whether the mapping from an indicator to the data is complete, and who has looked at each part."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan, Plan
from countersign.quality.context import Context, listed
from countersign.quality.findings import not_assessed

ELEMENTS = ("numerator", "denominator", "period", "population")


def mapping(context: Context) -> Sequence[Finding]:
    """For each indicator with an SDG code: its numerator, denominator, period and population are stated and marked.

    Marked means that a person answered whether the element is as in the official definition. What they answered is a
    finding of its own; here only completeness counts.
    """
    if not context.is_main:
        return []
    findings = []
    for name, indicator in context.plan.indicators.items():
        if not indicator.sdg:
            continue
        stated = elements(context.plan, indicator)
        missing = [one for one in ELEMENTS if not stated[one]]
        marked = {
            answer.question.rpartition(".")[2]
            for answer in context.documents.answers
            if answer.criterion == "C1" and answer.about in ("", name)
        }
        unmarked = [one for one in ELEMENTS if one not in marked]
        evidence = {"stated": [one for one in ELEMENTS if stated[one]], "marked": sorted(marked & set(ELEMENTS))}
        if missing:
            message = f"'{name}' does not state its {listed(missing)}, so it cannot be held against {indicator.sdg}."
            fix = "State under 'population:' whom and when it is about."
            findings.append(
                Finding("C1", State.WARN, "concept_mapping", message, subject=name, count=len(missing),
                        value=1 - len(missing) / len(ELEMENTS), unit="share", evidence=evidence, fix=fix)
            )  # fmt: skip
            continue
        if unmarked:
            why = f"Nobody has said yet whether the {listed(unmarked)} of '{name}' are as in {indicator.sdg}."
            fix = "Ask a reviewer or the statistical office to mark each as same, close or different."
            finding = not_assessed("C1", "concept_mapping", why, subject=name, fix=fix)
            findings.append(finding)
            continue
        message = f"Every part of '{name}' is mapped to {indicator.sdg} and marked by a person."
        findings.append(
            Finding("C1", State.PASS, "concept_mapping", message, subject=name, count=0, value=1.0, unit="share",
                    evidence=evidence)
        )  # fmt: skip
    return findings


def elements(plan: Plan, indicator: IndicatorPlan) -> dict[str, bool]:
    """Return which elements of an indicator's definition the study states.

    The denominator of a share is the population, or those selected by `where`; a total, a mean or a quantile has none
    but its records.
    """
    about = plan.population
    whole = bool(about.who or indicator.where)
    return {
        "numerator": bool(indicator.numerator),
        "denominator": bool(indicator.denominator) or indicator.statistic in ("total", "mean", "quantile") or whole,
        "period": bool(indicator.time or about.time),
        "population": whole,
    }
