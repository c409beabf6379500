"""Merits: Findings, Gaps and official series -> what these data do better than the official ones, per indicator.

Weaknesses are told everywhere; these stand beside them. Nothing is said here that was not measured or stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from countersign.model.finding import Better, Finding, State
from countersign.model.gap import Gap, Lack
from countersign.model.official import OfficialSeries
from countersign.model.plan import Plan
from countersign.quality.context import listed


def merits(
    plan: Plan, findings: Iterable[Finding], *, gaps: Sequence[Gap] = (), official: Sequence[OfficialSeries] = ()
) -> Mapping[str, tuple[Better, ...]]:
    """Return indicator -> in what its data go beyond the official ones; empty where nothing can be compared.

    Looked at are gaps of the official series that these data fill (A5, C4), timeliness (F1), frequency (F3), and
    participation (B1), which official statistics rarely state.

    Parameters
    ----------
    gaps: what official statistics lack. official: the series the study names.
    """
    told = list(findings)
    return {
        name: (
            *_filled([gap for gap in gaps if gap.indicator == name]),
            *_sooner(told, [one for one in official if one.indicator in ("", name)]),
            *_oftener(told, [one for one in official if one.indicator in ("", name)]),
            *_shared(told, bool(official) or any(gap.indicator == name for gap in gaps)),
        )
        for name in plan.indicators
    }


def _filled(gaps: Sequence[Gap]) -> list[Better]:
    filled = [gap for gap in gaps if gap.filled_by]
    found = []
    if whole := [gap for gap in filled if not gap.group and gap.lack is Lack.NONE]:
        # Areas without an official figure say nothing of those that have one.
        some = any(not gap.group and gap.lack not in (Lack.NONE, Lack.UNKNOWN) for gap in gaps)
        what = f"of {listed([gap.area for gap in whole])}" if some else "for it"
        found.append(Better("A5", f"No official figure exists {what}{_years(whole)}; these data have one."))
    if old := [gap for gap in filled if gap.lack is Lack.TOO_OLD]:
        last = max((gap.official_year for gap in old if gap.official_year), default="")
        found.append(
            Better("A5", f"The official figure is too old{f' (of {last})' if last else ''}; these data are newer.")
        )
    if apart := [gap for gap in filled if gap.lack is Lack.NOT_DISAGGREGATED and gap.group]:
        by = dict.fromkeys(" x ".join(gap.group) for gap in apart)
        found.append(Better("C4", f"The official figure is not broken down by {listed(list(by))}; these data are."))
    return found


def _years(gaps: Sequence[Gap]) -> str:
    years = sorted({gap.year for gap in gaps if gap.year})
    return f" ({', '.join(years[:3])})" if years else ""


def _sooner(findings: Sequence[Finding], official: Sequence[OfficialSeries]) -> list[Better]:
    names = {one.name for one in official}
    for finding in findings:
        faster = [name for name in finding.evidence.get("faster_than", ()) if name in names]
        if finding.check == "timeliness" and faster and finding.value is not None:
            took = finding.evidence["official"]
            return [
                Better(
                    "F1",
                    f"They came out {finding.value:.0f} days after their period; '{name}' took {took[name]:.0f}.",
                )
                for name in faster[:1]
            ]
    return []


def _oftener(findings: Sequence[Finding], official: Sequence[OfficialSeries]) -> list[Better]:
    ours = next((f for f in findings if f.check == "frequency" and f.value and f.state is State.PASS), None)
    if ours is None or "gaps" not in ours.evidence:
        return []
    for series in official:
        years = sorted({int(figure.year) for figure in series.figures if figure.year.isdigit()})
        if len(years) < 2:
            continue
        theirs = (len(years) - 1) / (years[-1] - years[0])
        if ours.value is not None and ours.value > theirs:
            return [Better("F3", f"They come {ours.value:.2g} times a year; '{series.name}' comes {theirs:.2g} times.")]
    return []


def _shared(findings: Sequence[Finding], comparable: bool) -> list[Better]:
    rung = next((f for f in findings if f.check == "participation_stated" and f.state is State.PASS), None)
    if rung is None or rung.value is None or not comparable:
        return []
    return [
        Better("B1", f"Citizens shared the decisions about them (rung {rung.value:g} of 5), and said so themselves.")
    ]
