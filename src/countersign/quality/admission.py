"""Admission: whether data are citizen data, citizen-contributed data or data about citizens (B1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countersign.catalogue import Rung, load
from countersign.model.answer import Answer
from countersign.model.finding import Finding, State
from countersign.model.plan import Initiative
from countersign.quality.answers import COLLECTION, DESIGN, scored_rungs
from countersign.quality.context import Context
from countersign.quality.findings import not_assessed

# Two names for one step: what people call it, and the step of the value chain.
NAMES: Mapping[str, tuple[str, ...]] = {DESIGN: (DESIGN, "design"), COLLECTION: (COLLECTION, "collection")}


@dataclass(frozen=True)
class Admission:
    """What data are called.

    Parameters
    ----------
    is_citizen_data: None where nobody has said enough to tell. label: id in the ``admission`` list, or empty.
    title: of the label. why: one sentence.
    """

    is_citizen_data: bool | None
    label: str = ""
    title: str = ""
    why: str = ""


def admit(initiative: Initiative, *, answers: Sequence[Answer] = ()) -> Admission:
    """Return what data are called.

    Citizen data are started by citizens (``starts_with_citizens`` of the organiser's kind), or have a sufficient rung
    at design or collection: max(rung[design], rung[collection]) >= 4. Else they are citizen-contributed if there is any
    rung at collection, and data about citizens if not.

    Parameters
    ----------
    answers: of people. As soon as anybody scored a rung, the scores count (the lowest of at least two roles), and not
    what the study file states; that counts only if at least two people scored it.
    """
    kinds, labels = load("organisers"), load("admission")
    rungs = _rungs(initiative, answers)
    enough = min(rung.number for rung in load("participation_ladder") if isinstance(rung, Rung) and rung.sufficient)
    best = max((rungs[step] for step in (DESIGN, COLLECTION) if step in rungs), default=0)

    def called(label: str, why: str) -> Admission:
        return Admission(label == "citizen", label, labels[label].title, why)

    if initiative.kind in kinds and kinds[initiative.kind]["starts_with_citizens"]:
        title = kinds[initiative.kind].title
        return called("citizen", f"It was started by {title[:1].lower()}{title[1:]}.")
    if best >= enough:
        return called("citizen", f"At design or collection citizens reach rung {best:g} of 5.")
    if not rungs or initiative.kind not in kinds:
        return Admission(None, why="It is not known who started it, or at least two people have not scored the rungs.")
    if rungs.get(COLLECTION, 0) >= 1:
        return called("contributed", f"Citizens reach rung {best:g} of 5 at design or collection; {enough} is needed.")
    return called("about", "Citizens take no part in design or collection.")


def admission(context: Context) -> Sequence[Finding]:
    """B1: what the data are called, and why."""
    if not context.is_main:
        return []
    found = admit(context.plan.initiative, answers=context.documents.answers)
    if found.is_citizen_data is None:
        fix = "Say under 'initiative: organiser: kind' who started it, and have two roles score the steps."
        return [not_assessed("B1", "citizen_data", found.why, fix=fix)]
    return [
        Finding(
            "B1",
            State.PASS if found.is_citizen_data else State.WARN,
            "citizen_data",
            f"{found.title}. {found.why}",
            evidence={"label": found.label, "title": found.title},
            fix="" if found.is_citizen_data else "Call them so, and decide the next round together with citizens.",
        )
    ]


def _rungs(initiative: Initiative, answers: Sequence[Answer]) -> dict[str, float]:
    scored = scored_rungs(answers)
    if scored is not None:
        return {step: min(rungs) for step, rungs in scored.items() if rungs}
    if len(set(initiative.scored_by)) < 2:  # the organiser alone does not score the ladder
        return {}
    return {
        step: float(initiative.participation[name])
        for step, names in NAMES.items()
        for name in names
        if name in initiative.participation
    }
