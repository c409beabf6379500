"""Release -> a quality report in the order of SIMS, as statistical offices send it: JSON, and a page for people.

Every concept is there. What nobody assessed is told as such, and so is how far the wording of
the concepts was verified.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from countersign.catalogue import arrange, load, view
from countersign.model.finding import Finding, State
from countersign.model.release import Release
from countersign.publishing import statements
from countersign.publishing.judgement import measured
from countersign.publishing.labels import Labels, state_word
from countersign.publishing.language import Words
from countersign.publishing.pages import environment
from countersign.publishing.records.codebook import weighting
from countersign.publishing.records.description import Description
from countersign.publishing.reference import criterion_title
from countersign.publishing.report import style

VIEW = "sims"
COMMENT = "S.19"


@dataclass(frozen=True)
class Assessed:
    """One criterion under a concept: what was found. state: ``not_assessed`` where nobody looked."""

    criterion: str
    title: str
    state: str
    state_word: str
    subject: str
    value: float | None
    unit: str
    shown: str
    message: str
    limits: dict[str, Any]


@dataclass(frozen=True)
class Concept:
    """One concept: what the study says of it, and what was found. assessed: whether anybody looked at any of it."""

    code: str
    title: str
    text: str
    assessed: bool
    status: str
    findings: tuple[Assessed, ...]


@dataclass(frozen=True)
class QualityReport:
    """The whole report. verified: whether the wording of the concepts was checked against its source."""

    title: str
    identifier: str
    made: str
    language: str
    structure: str
    verified: bool
    missing: str
    synthetic: bool
    concepts: tuple[Concept, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": 1, **asdict(self)}


def report(release: Release, said: Description, words: Words) -> QualityReport:
    """Return the findings of a release under the concepts of SIMS, with what the study says of each."""
    known = view(VIEW)
    keys = tuple(dict.fromkeys(one.criterion for one in release.findings))
    texts = _texts(release, said, words)
    concepts = []
    for item, _ in arrange(known, keys).items:
        found = tuple(
            assessed
            for key in item.criteria
            for assessed in _assessed(key, [one for one in release.findings if one.criterion == key], words)
        )
        concepts.append(
            Concept(
                code=item.id,
                title=words.gettext(item.title),
                text=texts.get(item.id, ""),
                assessed=any(one.state != State.NOT_ASSESSED for one in found),
                status=str(item.status or known.status),
                findings=found,
            )
        )
    comment = statements.citizen_data(release, words)
    concepts.append(Concept(COMMENT, words.gettext("Comment"), comment, True, str(known.status), ()))
    return QualityReport(
        title=said.title,
        identifier=said.identifier,
        made=said.issued,
        language=words.language,
        structure=known.label,
        verified=str(known.status) == "read",
        missing=known.missing,
        synthetic=said.synthetic,
        concepts=tuple(concepts),
    )


def render(found: QualityReport, release: Release, said: Description, words: Words) -> str:
    """Return the report as a page: no script, no outside request."""
    view_of_page = {
        "heading": words.gettext("Quality report"),
        "title": said.title,
        "style": style(),
        "found": found,
        "release": release,
        "synthetic": found.synthetic,
        "unassessed": sum(not one.assessed for one in found.concepts),
        "words": words,
    }
    return environment(words).get_template("quality_report.html").render(view_of_page)


def _assessed(key: str, findings: list[Finding], words: Words) -> tuple[Assessed, ...]:
    title = criterion_title(key, words)
    if not findings:
        state = State.NOT_ASSESSED
        text = words.gettext("Nobody has assessed this.")
        return (Assessed(key, title, str(state), state_word(state, words), "", None, "", "", text, {}),)
    return tuple(
        Assessed(
            criterion=key,
            title=title,
            state=str(one.state),
            state_word=state_word(one.state, words),
            subject=one.subject,
            value=one.value,
            unit=one.unit,
            shown=measured(one.value, one.unit, words),
            message=one.message,
            limits=dict(one.threshold),
        )
        for one in findings
    )


def _texts(release: Release, said: Description, words: Words) -> dict[str, str]:
    """Return concept -> what the study itself says of it."""
    plan = release.plan
    labels = Labels(plan, tuple(note.codebook for note in release.data), words)
    titles = "; ".join(labels.indicator(name) for name in plan.indicators)
    units = "; ".join(dict.fromkeys(one.unit for one in plan.indicators.values() if one.unit))
    conventions = dict.fromkeys(one.convention for one in release.estimates if one.value is not None)
    known = load("frequencies")
    how_often = words.gettext(known[said.accrual].title) if said.accrual in known else said.accrual
    announced = (
        words.gettext("Announced for {day}.").format(day=plan.calendar.announced) if plan.calendar.announced else ""
    )
    corrections = " ".join(f"{one.date}: {one.what} {one.why}" for one in plan.calendar.corrections)
    revision = words.gettext("Revises the release {vintage}.").format(vintage=said.before) if said.before else ""
    intervals = ", ".join(conventions)
    return {
        "S.1": "; ".join(filter(None, (said.creator, said.contact))),
        "S.2": said.issued,
        "S.3": " ".join(filter(None, (said.description, f"{titles}." if titles else ""))),
        "S.4": units,
        "S.5": plan.population.time,
        "S.6": plan.initiative.organiser,
        "S.7": statements.consent(plan, words),
        "S.8": announced,
        "S.9": how_often,
        "S.10": said.licence.name,
        "S.12": statements.use(release, "", words),
        "S.13.2": words.gettext("Intervals beside the figures: {conventions}.").format(conventions=intervals)
        if intervals
        else "",
        "S.17": " ".join(filter(None, (revision, said.notes, corrections))),
        "S.18": weighting(release, words),
    }
