"""Judging: Findings -> Fitness, the highest use all of whose musts are met, and what blocks or leaves open the others.

A failed must is never averaged away, and a criterion nobody assessed is open: neither failed nor passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from countersign.catalogue import Fix, Must, Use, criteria, uses
from countersign.model.finding import Better, Blocker, Finding, Fitness, State
from countersign.model.plan import Plan
from countersign.quality.context import is_of
from countersign.quality.routing import permitted, route

_ASSESSED = (State.PASS, State.WARN, State.FAIL)


class Answer(StrEnum):
    """What the findings say about one must."""

    MET = "met"
    FAILED = "failed"
    OPEN = "open"


def verdicts(
    findings: Iterable[Finding], *, plan: Plan, better: Mapping[str, Sequence[Better]] | None = None
) -> tuple[Fitness, ...]:
    """Return all verdicts: of the whole study, of each indicator, and of each area that findings speak of.

    Parameters
    ----------
    better: indicator -> what its data do better than the official ones.
    """
    told = tuple(findings)
    merits = better or {}
    found = [judge(told, plan=plan)]
    for name in plan.indicators:
        own = replace(judge(told, plan=plan, subject=name), better=tuple(merits.get(name, ())))
        found.append(own)
        others = set(plan.indicators) - {name}
        areas = [finding.domain for finding in told if finding.domain and finding.subject not in others]
        for domain in {tuple(sorted(area.items())): area for area in areas}.values():
            found.append(replace(judge(told, plan=plan, subject=name, domain=domain), better=own.better))
    return tuple(found)


def judge(
    findings: Iterable[Finding], *, plan: Plan, subject: str = "", domain: Mapping[str, str] | None = None
) -> Fitness:
    """Return the verdict.

    The ladder is cumulative: a use is reached when its musts and those of all lower uses are met. A warning meets a
    must; only a failure blocks. A use is blocked when one of its musts failed, open when none failed and some were
    not assessed; a use can be both, and then both lists name its criteria.

    Parameters
    ----------
    subject: an indicator: findings about other indicators do not count. Empty = the whole study.
    domain: an area or group: a finding about it takes the place of the same finding about everybody.
    """
    by_criterion = _by_criterion(findings, plan=plan, subject=subject, domain=domain or {})
    blocked: dict[str, tuple[str, ...]] = {}
    open_: dict[str, tuple[str, ...]] = {}
    failing: dict[str, None] = {}
    unknown: dict[str, None] = {}
    blockers: list[Blocker] = []
    reached = ""
    for use in uses():
        for must in use.musts:
            match answer(must, by_criterion.get(must.criterion, ()), plan=plan, others=by_criterion):
                case Answer.FAILED:
                    if must.criterion not in failing:
                        blockers.append(_blocker(use, must, by_criterion, failed=True))
                    failing[must.criterion] = None
                case Answer.OPEN:
                    if must.criterion not in unknown:
                        blockers.append(_blocker(use, must, by_criterion, failed=False))
                    unknown[must.criterion] = None
        if failing:
            blocked[use.id] = tuple(failing)
        if left := tuple(name for name in unknown if name not in failing):
            open_[use.id] = left
        if not failing and not left:
            reached = use.id
    indicator = plan.indicators.get(subject)
    source = plan.data[indicator.data] if indicator and indicator.data else plan.main
    way = route(plan, by_criterion, unit=source.unit, selection=plan.initiative.selection)
    allowed = permitted(plan, by_criterion)
    caps = [
        (way.ceiling, way.reads[:1], "the way through the decision tree leads there", way.outcome),
        (allowed, ("A6",), "the community allows it", f"The data may be used up to {allowed}, and no further."),
    ]
    for highest, because, demand, why in caps:
        beyond = [use.id for use in uses() if highest and use.id > highest]
        for level in beyond:
            blocked.setdefault(level, because)
        reached = min(reached, highest) if highest else reached
        if beyond and not any(one.failed and one.use <= beyond[0] for one in blockers):
            blockers.append(_cap(beyond[0], because[0], demand, why, by_criterion))
    fitness = Fitness(
        use=reached,
        wanted=plan.use,
        subject=subject,
        blocked=blocked,
        open=open_,
        next_step=_next_step(reached, plan, by_criterion, failing, unknown),
        population=plan.population.who + (f", where {indicator.where}" if indicator and indicator.where else ""),
        period=(indicator.time if indicator else "") or plan.population.time,
        level=" x ".join(domain or ()),
        domain=dict(domain or {}),
        blockers=tuple(sorted(blockers, key=lambda one: one.use)),
        path=way.steps,
        outcome=way.outcome or (f"Not known yet: {way.open}" if way.open else ""),
    )
    return replace(fitness, reach=ceiling(fitness))


def _by_criterion(
    findings: Iterable[Finding], *, plan: Plan, subject: str, domain: Mapping[str, str]
) -> dict[str, list[Finding]]:
    others = set(plan.indicators) - {subject}
    told = [finding for finding in findings if not subject or finding.subject not in others]
    own = {(f.criterion, f.check, f.subject) for f in told if f.domain and dict(f.domain) == dict(domain)}
    result: dict[str, list[Finding]] = {}
    for finding in told:
        if finding.domain and dict(finding.domain) != dict(domain):
            continue
        if not finding.domain and (finding.criterion, finding.check, finding.subject) in own:
            continue
        result.setdefault(finding.criterion, []).append(finding)
    return result


def _blocker(use: Use, must: Must, findings: Mapping[str, Sequence[Finding]], *, failed: bool) -> Blocker:
    own = findings.get(must.criterion, ())
    wanted = State.FAIL if failed else State.NOT_ASSESSED
    ordered = sorted(own, key=lambda f: (f.state is not wanted, bool(must.check) and f.check != must.check))
    why = ordered[0].message if ordered else f"Nobody has looked at it: {criteria()[must.criterion].title}"
    return Blocker(
        use=use.id,
        criterion=must.criterion,
        failed=failed,
        demand=must.words,
        why=why,
        fix=_fix(must.criterion, findings),
        effort=_effort(must.criterion, failed=failed),
    )


def _cap(use: str, criterion: str, demand: str, why: str, findings: Mapping[str, Sequence[Finding]]) -> Blocker:
    fix, effort = _fix(criterion, findings), _effort(criterion, failed=True)
    return Blocker(use=use, criterion=criterion, failed=True, demand=demand, why=why, fix=fix, effort=effort)


def answer(
    must: Must, findings: Sequence[Finding], *, plan: Plan, others: Mapping[str, Sequence[Finding]] | None = None
) -> Answer:
    """Return whether one must is met, failed or open.

    ``pass``: something was assessed, nothing failed, and people have answered what they are asked about it.
    ``clean``: the same, without a warning. ``stated``, ``reported``: something was assessed. ``answered``: people
    answered, and not with no. ``explained``: it agrees, or people explained why not. ``at_most``, ``at_least``: the
    values of the named measure keep to the limit.

    Parameters
    ----------
    others: findings of all criteria, for musts that another criterion may meet as well (`Must.or_else`).
    """
    if plan.initiative.selection in must.unless or (must.only and not is_of(plan.main.unit, must.only)):
        return Answer.MET
    if any(finding.state is State.NOT_APPLICABLE for finding in findings) and not _assessed(findings):
        return Answer.MET
    if must.or_else and others is not None:
        instead = _assessed(others.get(must.or_else, ()))
        if instead and not any(finding.state is State.FAIL for finding in instead):
            return Answer.MET
    if must.condition in ("at_most", "at_least"):
        return _within_limit(must, findings)
    assessed = _assessed(findings)
    if must.condition in ("stated", "reported"):
        return Answer.MET if assessed else Answer.OPEN
    said = [finding for finding in assessed if finding.check == ANSWER]
    if must.condition == "explained":
        if any(finding.state is State.FAIL for finding in said):
            return Answer.FAILED
        if said:
            return Answer.MET
        return _worst(assessed, findings)
    if any(finding.state is State.FAIL for finding in assessed):
        return Answer.FAILED
    if must.condition == "clean":
        own = [finding for finding in assessed if finding.check == must.check] if must.check else assessed
        if any(finding.state is State.WARN for finding in own):
            return Answer.FAILED
        assessed = own
    if must.condition == "answered":
        assessed = said
    return _worst(assessed, findings)


ANSWER = "answer"
OF_PEOPLE = (ANSWER, "confirmed_by")


def _worst(assessed: Sequence[Finding], findings: Sequence[Finding]) -> Answer:
    """Failed before open before met; what people are asked and have not answered leaves a must open."""
    if any(finding.state is State.FAIL for finding in assessed):
        return Answer.FAILED
    unanswered = any(f.state is State.NOT_ASSESSED and f.check in OF_PEOPLE for f in findings)
    return Answer.OPEN if unanswered or not assessed else Answer.MET


def _within_limit(must: Must, findings: Sequence[Finding]) -> Answer:
    values = [f.value for f in findings if f.check == must.check and f.value is not None and f.state in _ASSESSED]
    if not values or must.limit is None:
        return Answer.OPEN
    room = 1e-9 * max(1.0, abs(must.limit))  # rounding, not a difference
    at_most = must.condition == "at_most"
    kept = max(values) <= must.limit + room if at_most else min(values) >= must.limit - room
    return Answer.MET if kept else Answer.FAILED


def ceiling(fitness: Fitness) -> str:
    """Return the highest use that no failure blocks: what is within reach once all open musts are met."""
    free = [use.id for use in uses() if use.id not in fitness.blocked]
    return free[-1] if free else ""


def _assessed(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.state in _ASSESSED]


def _next_step(
    reached: str,
    plan: Plan,
    findings: Mapping[str, Sequence[Finding]],
    failing: Mapping[str, None],
    unknown: Mapping[str, None],
) -> str:
    """Return the cheapest step towards the next use: an answer before a repair, a repair before a new collection."""

    def cheap(criterion: str) -> tuple[int, str]:
        return Fix.CHOICES["effort"].index(_effort(criterion, failed=criterion in failing)), criterion

    ladder = list(uses())
    following = ladder[[use.id for use in ladder].index(reached) + 1 :] if reached else ladder
    for use in following:
        wanted = [must.criterion for must in use.musts if must.criterion in failing or must.criterion in unknown]
        if wanted:
            return f"For {use.id} ({_lower(use)}): {_fix(min(wanted, key=cheap), findings)}"
    return ""


def _effort(criterion: str, *, failed: bool) -> str:
    """Effort of the next step: what people can answer now, what can be repaired, what must be collected anew."""
    asked = criteria()[criterion]
    if not failed and asked.mode != "auto":
        return "answer"
    return asked.fixes[0].effort


def _fix(criterion: str, findings: Mapping[str, Sequence[Finding]]) -> str:
    told = sorted(findings.get(criterion, ()), key=lambda f: f.state is not State.FAIL)
    return next((finding.fix for finding in told if finding.fix), criteria()[criterion].fix)


def _lower(use: Use) -> str:
    return use.title[:1].lower() + use.title[1:]
