"""Coherence (G1): own figures beside official ones, as differences in standard errors, or the reason why not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, State
from countersign.model.official import OfficialFigure, OfficialSeries
from countersign.model.plan import IndicatorPlan, Plan
from countersign.quality.context import number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.quality.official import of_area, of_group, place_of, series_for

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
SHARES = ("proportion", "distribution")


@dataclass(frozen=True)
class Pair:
    """An own figure beside an official one of the same area, year and group.

    z: (ours - official) / sqrt(SE^2 + SE_official^2); over our own error alone where the official one is unknown; None
    where neither is known.
    """

    ours: Estimate
    official: OfficialFigure
    difference: float
    z: float | None


def coherence(plan: Plan, estimates: EstimateTable, official: Sequence[OfficialSeries]) -> list[Finding]:
    """Return one finding for each indicator and official series: the largest |z|, or why they are not compared.

    They are not compared where somebody judged the concept different, where the units cannot be the same (a share
    beside numbers above 1), where no area, year and group overlaps, or where the official file has several figures for
    one of them.
    """
    if not plan.official:
        why = "No official series is named that speaks of the same thing."
        fix = "Name one under 'official:', or ask the statistical office whether there is one."
        return [not_assessed("G1", "coherence", why, fix=fix)]
    findings = []
    for name, indicator in plan.indicators.items():
        for series in series_for(indicator, official):
            figures = [one for one in estimates if one.indicator == name and one.status in SHOWN]
            findings.append(_of(indicator, series, figures, plan))
    if not findings:
        why = "The official series named speak of no indicator of this study."
        findings = [not_assessed("G1", "coherence", why, fix="Say under 'official:' which indicator each belongs to.")]
    return findings


def pairs(figures: Sequence[Estimate], series: OfficialSeries, plan: Plan) -> tuple[tuple[Pair, ...], int]:
    """Return the figures that both have, and for how many own figures the official file has several."""
    found, several = [], 0
    for one in figures:
        place = place_of(one, plan)
        same = [
            figure for figure in of_group(of_area(series.figures, place), place)
            if figure.year in place.years or not figure.year
        ]  # fmt: skip
        newest = max((figure.year for figure in same), default="")
        same = [figure for figure in same if figure.year == newest]
        if len({figure.value for figure in same}) > 1:
            several += 1
        elif same and one.value is not None:
            found.append(_pair(one, same[0]))
    return tuple(found), several


def refusal(indicator: IndicatorPlan, series: OfficialSeries) -> str:
    """Return why figures of an indicator and a series may not be compared at all, or an empty text."""
    if series.concept == "different":
        return f"the official series measures something else{f' ({series.why})' if series.why else ''}"
    if indicator.statistic in SHARES and any(abs(figure.value) > 1 for figure in series.figures):
        return "ours is a share between 0 and 1, and official figures are above 1: the units differ"
    return ""


def _pair(one: Estimate, figure: OfficialFigure) -> Pair:
    difference = float(one.value or 0.0) - figure.value
    own, other = one.standard_error, figure.standard_error
    error = math.hypot(own or 0.0, other or 0.0)
    return Pair(one, figure, difference, difference / error if error > 0 else None)


def _of(indicator: IndicatorPlan, series: OfficialSeries, figures: Sequence[Estimate], plan: Plan) -> Finding:
    subject = indicator.name
    evidence: dict[str, object] = {"series": series.name, "concept": series.concept, "official": len(series.figures)}
    if why := refusal(indicator, series):
        return Finding(
            "G1",
            State.NOT_ASSESSED,
            "coherence",
            f"'{subject}' is not compared with '{series.name}': {why}.",
            subject=subject,
            evidence={**evidence, "refused": why},
            fix="Compare with a series of the same concept and unit, or bring the unit to ours with 'scale'.",
        )
    both, several = pairs(figures, series, plan)
    evidence |= {"pairs": len(both), "several": several}
    if not both:
        why = f"'{series.name}' has no figure of the same area, year and group as '{subject}'"
        why += f"; its newest year is {series.last_year}." if series.last_year else "."
        if several:
            why += f" For {several} figures it has more than one, so it is not known which to take."
        fix = "Keep one official figure for each area, year and group with 'keep', or name its areas as in this study."
        return Finding("G1", State.NOT_ASSESSED, "coherence", why, subject=subject, evidence=evidence, fix=fix)
    held = [(pair, pair.z) for pair in both if pair.z is not None]
    if not held:
        apart = max(both, key=lambda pair: abs(pair.difference))
        message = f"{len(both)} figures of '{subject}' stand beside '{series.name}'; neither gives an error"
        message += f", so the largest difference ({_relative(apart)}) cannot be judged."
        return Finding("G1", State.NOT_ASSESSED, "coherence", message, subject=subject, evidence=evidence)
    far, z = max(held, key=lambda item: abs(item[1]))
    alone = sum(not pair.official.standard_error for pair, _ in held)
    beyond = sum(threshold("coherence").state(abs(value)) is not State.PASS for _, value in held)
    message = (
        f"{number(beyond)} of {number(len(held))} figures of '{subject}' differ from '{series.name}' by more than "
        f"chance explains; the furthest is {_relative(far)} off ({abs(z):.1f} standard errors)."
    )
    if alone:
        message += (
            f" For {number(alone)} of them the official error is not published: they are held against ours alone."
        )
    if series.concept == "close":
        message += " The concept is close, not the same."
    evidence |= {
        "z": round(z, 6),
        "difference": round(far.difference, 9),
        "figure": far.ours.figure_id,
        "official_year": far.official.year,
        "without_official_error": alone,
    }
    return judged(
        "G1", "coherence", abs(z), message, limit="coherence", subject=subject, count=beyond, evidence=evidence,
        harshest=State.WARN, fix="Ask the statistical office and the organiser what explains the difference.",
    )  # fmt: skip


def _relative(pair: Pair) -> str:
    if not pair.official.value:
        return f"{pair.difference:.3g}"
    return percent(abs(pair.difference / pair.official.value)) + " of the official value"
