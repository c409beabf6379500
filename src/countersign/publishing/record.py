"""Method and evidence as a page shows them: how each figure was computed, the limits applied, what came from what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.catalogue import load
from countersign.model.artefact import Activity, Artefact
from countersign.model.estimate import EstimateTable
from countersign.model.finding import Finding
from countersign.model.plan import Plan
from countersign.model.release import Release
from countersign.publishing.digits import count, number
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, plain
from countersign.publishing.language import Words
from countersign.publishing.reference import UNVERIFIED


@dataclass(frozen=True)
class Method:
    """One way of computing, and the indicators that used it."""

    indicators: str
    method: str
    convention: str
    level: str
    assumption: str


def methods(table: EstimateTable, labels: Labels, words: Words) -> tuple[Method, ...]:
    """Return each combination of method, convention, level and assumption once."""
    groups: dict[tuple[str, str, float, str], list[str]] = {}
    for one in table:
        if shown(one):
            key = (one.method, one.convention, one.level, one.assumption)
            groups.setdefault(key, []).append(labels.indicator(one.indicator))
    return tuple(
        Method("; ".join(dict.fromkeys(names)), method, convention, f"{number(level * 100, 0, words)} %", assumption)
        for (method, convention, level, assumption), names in groups.items()
    )


@dataclass(frozen=True)
class Limit:
    """One threshold that was applied, with its source."""

    name: str
    limits: str
    source: str
    unverified: bool


def limits(findings: Sequence[Finding]) -> tuple[Limit, ...]:
    """Return the thresholds that the findings applied, each once, with their source."""
    found: dict[str, Limit] = {}
    for one in findings:
        parts = [one.threshold]
        if one.threshold and all(isinstance(value, Mapping) for value in one.threshold.values()):
            parts = [{"id": name, **value} for name, value in one.threshold.items()]
        for part in parts:
            if part:
                name = str(part.get("id") or one.check)
                found.setdefault(name, _limit(name, part))
    return tuple(found.values())


def _limit(name: str, part: Mapping[str, Any]) -> Limit:
    words = ("id", "source", "status", "author", "date")
    said = ", ".join(f"{key} {value}" for key, value in part.items() if key not in words)
    source = ", ".join(str(part[key]) for key in ("source", "author", "date") if part.get(key))
    listing = load("thresholds")
    title = listing[name].title if name in listing else plain(name)
    return Limit(title, said, source, part.get("status") == UNVERIFIED)


def participation(plan: Plan, words: Words) -> tuple[tuple[str, str], ...]:
    """Return step of the value chain -> how far citizens took part, in words."""
    steps, rungs = load("value_chain"), load("participation_ladder")
    rows = []
    for step, rung in plan.initiative.participation.items():
        title = words.gettext(steps[step].title) if step in steps else plain(step)
        key = str(rung)
        rows.append((title, f"{key}: {words.gettext(rungs[key].title)}" if key in rungs else key))
    return tuple(rows)


@dataclass(frozen=True)
class Step:
    """One step of the trail as text."""

    verb: str
    inputs: str
    outputs: str
    when: str


def inputs(release: Release, words: Words) -> tuple[tuple[str, str, str, str, str], ...]:
    """Return kind, name, size, rows and digest of every artefact."""
    return tuple(
        (
            plain(one.kind),
            one.name,
            count(one.size, words) if one.size else "",
            "" if one.rows is None else count(one.rows, words),
            one.digest,
        )
        for one in release.artefacts.values()
    )


def steps(release: Release) -> tuple[Step, ...]:
    """Return the steps of the trail in order."""
    return tuple(
        Step(
            one.verb.replace("_", " "),
            _names(one.inputs, release.artefacts),
            _names(one.outputs, release.artefacts),
            (one.ended or one.started)[:19].replace("T", " "),
        )
        for one in release.trail
    )


def _names(digests: Mapping[str, str], artefacts: Mapping[str, Artefact]) -> str:
    return ", ".join(
        f"{artefacts[digest].name} ({digest[:12]})" if digest in artefacts else f"{role} ({digest[:12]})"
        for role, digest in digests.items()
    )


def software(trail: Sequence[Activity]) -> tuple[tuple[str, str], ...]:
    """Return name and version of everything that computed a step."""
    versions: dict[str, dict[str, None]] = {}
    for activity in trail:
        for name, version in activity.software.items():
            versions.setdefault(name, {})[version] = None
    return tuple((name, ", ".join(found)) for name, found in sorted(versions.items()))
