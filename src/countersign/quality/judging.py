"""Judging: Findings -> Fitness, the highest use all of whose musts are met, and what blocks or leaves open the others.

A failed must is never averaged away, and a criterion nobody assessed is open: neither failed nor passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from countersign.catalogue import Must, Use, criteria, uses
from countersign.model.finding import Finding, Fitness, State
from countersign.model.plan import Plan
from countersign.quality.context import is_of

_ASSESSED = (State.PASS, State.WARN, State.FAIL)


class Answer(StrEnum):
    """What the findings say about one must."""

    MET = "met"
    FAILED = "failed"
    OPEN = "open"


def judge(findings: Iterable[Finding], *, plan: Plan, subject: str = "") -> Fitness:
    """Return the verdict.

    The ladder is cumulative: a use is reached when its musts and those of all lower uses are met. A warning meets a
    must; only a failure blocks. A use is blocked when one of its musts failed, open when none failed and some were
    not assessed; a use can be both, and then both lists name its criteria.

    Parameters
    ----------
    subject: an indicator: findings about other indicators do not count. Empty = the whole study.
    """
    others = set(plan.indicators) - {subject}
    told = [finding for finding in findings if not subject or finding.subject not in others]
    by_criterion: dict[str, list[Finding]] = {}
    for finding in told:
        by_criterion.setdefault(finding.criterion, []).append(finding)
    blocked: dict[str, tuple[str, ...]] = {}
    open_: dict[str, tuple[str, ...]] = {}
    failing: dict[str, None] = {}
    unknown: dict[str, None] = {}
    reached = ""
    for use in uses():
        for must in use.musts:
            match answer(must, by_criterion.get(must.criterion, ()), plan=plan):
                case Answer.FAILED:
                    failing[must.criterion] = None
                case Answer.OPEN:
                    unknown[must.criterion] = None
        if failing:
            blocked[use.id] = tuple(failing)
        if left := tuple(name for name in unknown if name not in failing):
            open_[use.id] = left
        if not failing and not left:
            reached = use.id
    return Fitness(
        use=reached,
        wanted=plan.use,
        subject=subject,
        blocked=blocked,
        open=open_,
        next_step=_next_step(reached, plan, by_criterion, failing, unknown),
    )


def answer(must: Must, findings: Sequence[Finding], *, plan: Plan) -> Answer:
    """Return whether one must is met, failed or open.

    ``pass``: something was assessed and nothing failed. ``stated``, ``reported``, ``answered``: something was assessed
    (a person's answer may still fail). ``at_most``, ``at_least``: the values of the named measure keep to the limit.
    """
    if plan.initiative.selection in must.unless or (must.only and not is_of(plan.main.unit, must.only)):
        return Answer.MET
    if any(finding.state is State.NOT_APPLICABLE for finding in findings) and not _assessed(findings):
        return Answer.MET
    if must.condition in ("at_most", "at_least"):
        values = [f.value for f in findings if f.check == must.check and f.value is not None and f.state in _ASSESSED]
        if not values or must.limit is None:
            return Answer.OPEN
        room = 1e-9 * max(1.0, abs(must.limit))  # rounding, not a difference
        at_most = must.condition == "at_most"
        kept = max(values) <= must.limit + room if at_most else min(values) >= must.limit - room
        return Answer.MET if kept else Answer.FAILED
    assessed = _assessed(findings)
    if not assessed:
        return Answer.OPEN
    if must.condition in ("stated", "reported"):
        return Answer.MET
    return Answer.FAILED if any(finding.state is State.FAIL for finding in assessed) else Answer.MET


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
    ladder = list(uses())
    following = ladder[[use.id for use in ladder].index(reached) + 1 :] if reached else ladder
    for use in following:
        wanted = [must.criterion for must in use.musts if must.criterion in failing or must.criterion in unknown]
        if wanted:
            return f"For {use.id} ({_lower(use)}): {_fix(min(wanted, key=_cost), findings)}"
    return ""


def _cost(criterion: str) -> tuple[int, str]:
    """Order of effort: what can be written down at once, what people must answer, what must be measured."""
    return ({"semi": 0, "human": 1, "auto": 2}[criteria()[criterion].mode], criterion)


def _fix(criterion: str, findings: Mapping[str, Sequence[Finding]]) -> str:
    told = sorted(findings.get(criterion, ()), key=lambda f: f.state is not State.FAIL)
    return next((finding.fix for finding in told if finding.fix), criteria()[criterion].fix)


def _lower(use: Use) -> str:
    return use.title[:1].lower() + use.title[1:]
