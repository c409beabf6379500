"""Description: what the study file itself says, as findings (A1, A4, A6, B1, C3, D1, D4, D7).

A field that is filled in is *stated*, not proven: where a criterion needs a person's confirmation, that is a finding of
its own (`countersign.quality.answers`).
"""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import criteria, load
from countersign.model.finding import Finding, State
from countersign.quality.answers import participation as from_people
from countersign.quality.answers import scored_rungs
from countersign.quality.context import Context, is_given, listed, percent
from countersign.quality.findings import judged, not_assessed


def rights(context: Context) -> Sequence[Finding]:
    """A1, A4, A6: consent, organiser and rights, as the study states them."""
    if not context.is_main:
        return []
    who = context.plan.initiative
    return [
        _stated("A1", "consent_stated", {"consent": who.consent}),
        _stated(
            "A4",
            "organiser_stated",
            {"organiser": who.organiser, "funder": who.funder, "contact": who.contact, "protocol": who.protocol},
        ),
        _stated("A6", "rights_stated", {"licence": who.licence, "steward": who.steward}),
    ]


def participation(context: Context) -> Sequence[Finding]:
    """B1: the higher rung of design and collection as the study states it; not assessed unless two people scored it."""
    if not context.is_main:
        return []
    who = context.plan.initiative
    if scored_rungs(context.documents.answers) is not None:
        return from_people(context)
    rungs = dict(who.participation)
    if not rungs:
        return [
            not_assessed(
                "B1",
                "participation_stated",
                "The study does not say how far citizens decided.",
                fix="Add 'initiative: participation:' with a rung from 1 to 5 for design and collection, "
                "scored by the community and the organiser.",
            )
        ]
    best = max(rungs.get("design", rungs.get("identify", 0)), rungs.get("collection", rungs.get("collect", 0)))
    scorers = len(set(who.scored_by))
    ladder = load("participation_ladder")
    name = ladder[str(best)].title if str(best) in ladder else "no engagement"
    message = f"In design or collection the study states rung {best} of 5 ({name})."
    evidence = {"rungs": rungs, "scorers": scorers}
    if scorers < 2:
        return [
            Finding(
                "B1",
                State.NOT_ASSESSED,
                "participation_stated",
                f"{message} Fewer than two people scored it; the organiser alone must not.",
                evidence=evidence,
                fix=criteria()["B1"].fix,
            )
        ]
    return [judged("B1", "participation_stated", best, message, limit="rung", evidence=evidence)]


def population(context: Context) -> Sequence[Finding]:
    """C3: who, area, area code and period are stated."""
    if not context.is_main:
        return []
    about = context.plan.population
    parts = {"who": about.who, "area": about.area, "area_code": about.area_code, "period": about.time}
    filled = [name for name, text in parts.items() if is_given(text)]
    missing = [name for name in parts if name not in filled]
    message = (
        "It is stated whom, where and when the figures are about."
        if not missing
        else f"The study does not state {listed([name.replace('_', ' ') for name in missing])} of the population."
    )
    return [
        judged(
            "C3",
            "population_stated",
            len(filled) / len(parts),
            message,
            limit="population_stated",
            count=len(missing),
            evidence={"stated": filled, "missing": missing},
            fix=f"Fill in 'population: {', '.join(missing)}' in the study file.",
        )
    ]


def protocol(context: Context) -> Sequence[Finding]:
    """D1: the study says where the protocol is written down."""
    if not context.is_main:
        return []
    return [_stated("D1", "protocol_stated", {"protocol": context.plan.initiative.protocol})]


def selection(context: Context) -> Sequence[Finding]:
    """D4: how units got in. Stated is enough for the criterion; what it allows is another matter."""
    chosen = context.dataset.selection
    known = load("selections")
    if not is_given(chosen) or chosen not in known:
        return [not_assessed("D4", "selection_stated", "The study does not say how units got in.")]
    entry = known[chosen]
    message = f"Units got in so: {entry.title[:1].lower()}{entry.title[1:]} ({chosen})."
    if entry["self_selected"]:
        message += " The sample selected itself; figures need a model and stay an experiment for official use."
    return [
        Finding(
            "D4",
            State.WARN if entry["self_selected"] else State.PASS,
            "selection_stated",
            message,
            subject="" if context.is_main else context.dataset.name,
            evidence={"selection": chosen, "route": entry["route"], "ceiling": entry["ceiling"]},
            fix=criteria()["D4"].fix if entry["self_selected"] else "",
        )
    ]


def metadata(context: Context) -> Sequence[Finding]:
    """D7: share of the mandatory description that is filled in: of the study, its data and each indicator."""
    if not context.is_main:
        return []
    plan = context.plan
    who, about = plan.initiative, plan.population
    fields = {
        "title": plan.title,
        "summary": plan.summary,
        "initiative.organiser": who.organiser,
        "initiative.funder": who.funder,
        "initiative.contact": who.contact,
        "initiative.level": who.level,
        "initiative.selection": who.selection,
        "initiative.consent": who.consent,
        "initiative.licence": who.licence,
        "initiative.steward": who.steward,
        "initiative.protocol": who.protocol,
        "population.who": about.who,
        "population.area": about.area,
        "population.area_code": about.area_code,
        "population.period": about.time,
        "data.unit": "" if context.dataset.unit == "record" else context.dataset.unit,
        "data.obtain": context.source.obtain if context.source else "",
    }
    for name, indicator in plan.indicators.items():
        fields[f"indicators.{name}.title"] = indicator.title
        if indicator.statistic not in ("proportion", "distribution"):
            fields[f"indicators.{name}.unit"] = indicator.unit
    missing = [name for name, content in fields.items() if not is_given(content)]
    filled = 1 - len(missing) / len(fields)
    message = (
        f"{len(fields) - len(missing)} of {len(fields)} fields of the description are filled in ({percent(filled)})."
    )
    if missing:
        message += f" Still open: {listed(missing)}."
    return [
        judged(
            "D7",
            "metadata_complete",
            filled,
            message,
            limit="metadata",
            count=len(missing),
            evidence={"fields": len(fields), "missing": missing},
            fix=f"Fill in {listed(missing, most=3)} in the study file.",
        )
    ]


def later(context: Context) -> Sequence[Finding]:
    """Criteria that need evidence nobody has given yet: listed as not assessed, never as failed or passed."""
    if not context.is_main:
        return []
    said = {
        "E5": "No units were measured twice, or the study does not say which.",
        "E6": "There is no reference sample to hold these data against.",
    }
    for criterion, measured in (("E5", context.plan.repeats), ("E6", context.plan.gold)):
        if measured:
            del said[criterion]
    return [not_assessed(key, "reference", why) for key, why in said.items()]


def _stated(criterion: str, check: str, parts: dict[str, str]) -> Finding:
    filled = [name for name, text in parts.items() if is_given(text)]
    missing = [name for name in parts if name not in filled]
    evidence = {"stated": filled, "missing": missing}
    title = criteria()[criterion].technical
    if not filled:
        return Finding(
            criterion,
            State.NOT_ASSESSED,
            check,
            f"{title}: the study says nothing about it ({listed(missing)}).",
            evidence=evidence,
            count=len(missing),
            fix=criteria()[criterion].fix,
        )
    return Finding(
        criterion,
        State.FAIL if missing else State.PASS,
        check,
        f"{title}: {listed(filled)} stated{f', {listed(missing)} not' if missing else ''}.",
        evidence=evidence,
        count=len(missing),
        fix=f"Fill in 'initiative: {', '.join(missing)}' in the study file." if missing else "",
    )
