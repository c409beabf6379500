"""Gaps (A5): which indicator, group, area and year official statistics lack, and which data could fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, Fitness, State
from countersign.model.gap import Gap, Lack
from countersign.model.official import OfficialSeries
from countersign.model.plan import IndicatorPlan, Plan
from countersign.quality.context import listed, number
from countersign.quality.findings import not_assessed
from countersign.quality.official import Place, of_area, of_group, place_of, series_for

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
WORDS: Mapping[Lack, str] = {
    Lack.NONE: "have no official figure",
    Lack.TOO_OLD: "have one that is too old",
    Lack.NOT_DISAGGREGATED: "have none for this group",
    Lack.COVERED: "have an adequate one",
}


def find_gaps(plan: Plan, estimates: EstimateTable, official: Sequence[OfficialSeries]) -> tuple[Gap, ...]:
    """Return one gap, or its absence, for every figure that the study asks for.

    ``none``: no official figure of the area. ``not_disaggregated``: one of the area, but not of the group.
    ``too_old``: the newest of the group is more years before ours than the limit ``official_age`` allows. ``covered``:
    there is one. ``unknown``: the study names no official series for the indicator. A series whose concept was judged
    different does not count. Totals and groups are taken as the study asks for them.
    """
    found = []
    for one in estimates:
        indicator = plan.indicators.get(one.indicator)
        if indicator is None or one.status is Status.NOT_ASKED:
            continue
        series = series_for(indicator, official)
        usable = [each for each in series if each.concept != "different"]
        place = place_of(one, plan)
        lack, year, why = _lack(place, usable, anybody=bool(series))
        found.append(
            Gap(
                indicator=one.indicator,
                lack=lack,
                sdg=indicator.sdg,
                group=dict(place.group),
                area=place.area,
                year=max(place.years, default=""),
                official_year=year,
                filled_by=_source(one, indicator, plan, lack),
                figure_id=one.figure_id,
                why=why,
                status=str(one.status),
            )
        )
    return tuple(found)


def with_use(gaps: Iterable[Gap], fitness: Sequence[Fitness], estimates: EstimateTable) -> tuple[Gap, ...]:
    """Return the gaps with the use that the data which could fill each are good enough for.

    The verdict is that of the figure's own area or group where there is one, else of its indicator, else of the study.
    """
    domains = {one.figure_id: dict(one.domain) for one in estimates}

    def use(gap: Gap) -> str:
        own = domains.get(gap.figure_id, {})
        fitting = [
            verdict for verdict in fitness
            if verdict.subject in ("", gap.indicator) and verdict.domain.items() <= own.items()
        ]  # fmt: skip
        best = max(fitting, key=lambda verdict: (len(verdict.domain), bool(verdict.subject)), default=None)
        return best.use if best else ""

    return tuple(replace(gap, use=use(gap)) if gap.filled_by else gap for gap in gaps)


def with_requirement(gaps: Iterable[Gap], required: Callable[[str], Sequence[str]]) -> tuple[Gap, ...]:
    """Return the gaps marked where the minimum set of the SDG indicator asks for all variables of the group.

    Parameters
    ----------
    required: indicator of the study -> the variables that its minimum set asks for.
    """
    return tuple(
        replace(gap, required=bool(gap.group) and set(gap.group) <= set(required(gap.indicator))) for gap in gaps
    )


def need(plan: Plan, gaps: Sequence[Gap]) -> list[Finding]:
    """A5: for each indicator, the share of its figures that official statistics lack.

    Fails where every figure has an adequate official one: then the data serve to check it, not to replace it.
    """
    findings = []
    for name in plan.indicators:
        own = [gap for gap in gaps if gap.indicator == name]
        if not own:
            continue
        if all(gap.lack is Lack.UNKNOWN for gap in own):
            why = f"Nobody has looked yet whether there is an official figure for '{name}'."
            fix = "Name the official series under 'official:', or ask the statistical office."
            findings.append(not_assessed("A5", "gap", why, subject=name, fix=fix))
            continue
        counts = {lack: sum(gap.lack is lack for gap in own) for lack in WORDS}
        open_ones = len(own) - counts[Lack.COVERED]
        told = [f"{number(n)} {WORDS[lack]}" for lack, n in counts.items() if n]
        message = f"Of {number(len(own))} figures of '{name}', {listed(told)}."
        message += " A person of the statistical office should confirm it." if open_ones else ""
        findings.append(
            Finding(
                "A5",
                State.PASS if open_ones else State.FAIL,
                "gap",
                message,
                subject=name,
                value=open_ones / len(own),
                unit="share",
                count=open_ones,
                evidence={str(lack): n for lack, n in counts.items()},
                threshold=threshold("official_age").record(),
                fix="" if open_ones else "Use the data to check the official figure, or show in what they are better.",
            )
        )
    return findings


def _lack(place: Place, series: Sequence[OfficialSeries], *, anybody: bool) -> tuple[Lack, str, str]:
    """Return what is lacking, the newest official year that comes near, and why, in a sentence."""
    if not series:
        if anybody:
            return Lack.NONE, "", "The official series named measure something else."
        return Lack.UNKNOWN, "", "No official series is named for this indicator."
    here = [figure for each in series for figure in of_area(each.figures, place)]
    if not here:
        return Lack.NONE, "", f"No official figure of {place.area or 'this area'} is known."
    own = of_group(here, place)
    newest = max((figure.year for figure in own or here), default="")
    if not own:
        return Lack.NOT_DISAGGREGATED, newest, "Official figures of this area are not broken down so."
    wanted = max(place.years, default="")
    if newest and wanted:
        age = int(wanted) - int(newest)
        if threshold("official_age").state(age) is not State.PASS:
            return Lack.TOO_OLD, newest, f"The newest official figure is {age} years older than ours."
    return Lack.COVERED, newest, "There is an official figure."


def _source(one: Estimate, indicator: IndicatorPlan, plan: Plan, lack: Lack) -> str:
    fills = lack is not Lack.COVERED and one.status in SHOWN and one.value is not None
    return (indicator.data or plan.main.name) if fills else ""
