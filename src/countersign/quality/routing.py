"""Routing: Findings -> the way through the decision tree of the catalogue, as far as the facts lead.

What only people can answer and nobody has answered is taken as hoped for, and marked so: the way shows what would be
possible. What must be measured or decided and is not known ends the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countersign.catalogue import decision_tree, load, threshold, uses, walk
from countersign.model.finding import Finding, State
from countersign.model.plan import Plan
from countersign.quality.context import is_of

_ASSESSED = (State.PASS, State.WARN, State.FAIL)
DESIGN, CONTROLLED = ("probability", "enumeration"), ("quota", "respondent-driven", "list")
HOPED = {"gate": "yes", "allowed": "yes", "adequate": "no"}
"""Question of the tree that people answer -> the answer the way goes on with while nobody has."""


@dataclass(frozen=True)
class Route:
    """The way of one indicator.

    Parameters
    ----------
    steps: question and answer, in words. outcome: the sentence at the end, or empty; open: the question that is not
    answered, or empty. ceiling: highest use at the end, or empty. reads: criteria behind the last answer.
    """

    steps: tuple[tuple[str, str], ...]
    outcome: str = ""
    open: str = ""
    ceiling: str = ""
    reads: tuple[str, ...] = ()


def route(plan: Plan, findings: Mapping[str, Sequence[Finding]], *, unit: str, selection: str) -> Route:
    """Return the way through the tree.

    Parameters
    ----------
    findings: criterion -> what was found about the indicator. unit: what a row is. selection: how units got in.
    """
    facts = _facts(plan, findings, unit=unit, selection=selection)
    hoped = {node for node, answer in HOPED.items() if facts.get(node) is None}
    path = walk(decision_tree(), {**facts, **{node: HOPED[node] for node in hoped}})
    steps = tuple(
        (node.title, branch.words + (" (if people confirm it)" if node.id in hoped else ""))
        for node, branch in path.steps
    )
    return Route(
        steps=steps,
        outcome=path.outcome.title if path.outcome else "",
        open=path.open.title if path.open else "",
        ceiling=path.outcome.ceiling if path.outcome else "",
        reads=path.steps[-1][0].reads if path.steps else (),
    )


def permitted(plan: Plan, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the highest use that is allowed: the lowest of what is stated and answered; empty = unknown."""
    ladder = uses().ids
    stated = [use for use in plan.initiative.permitted_uses if use in ladder]
    allowed = [max(stated)] if stated else []
    allowed += [
        str(one.evidence["answer"])
        for one in findings.get("A6", ())
        if one.evidence.get("question") == "A6.uses" and one.evidence.get("answer") in ladder
    ]
    return min(allowed, default="")


def _facts(
    plan: Plan, findings: Mapping[str, Sequence[Finding]], *, unit: str, selection: str
) -> dict[str, str | None]:
    exact = _passed(findings, "E2")
    small = _small_error(findings)
    steady = _passed(findings, "E12")
    return {
        "gate": _both(_passed(findings, "A1", people=True), _passed(findings, "A2", people=True)),
        "allowed": _yes(_passed(findings, "A6", people=True)),
        "adequate": _adequate(findings),
        "unit": _unit(unit),
        "benchmark": "yes" if _assessed(findings, "E1") else None if plan.benchmarks else "no",
        "selection": _way(selection),
        "selection_alone": "design" if selection in DESIGN else "other",
        "places": "design" if selection in DESIGN else "other",
        "exact": _yes(exact),
        "exact_controlled": _both(exact, small),
        "exact_open": _both(exact, small, steady),
        "effort": _both(_effort(findings), True if _assessed(findings, "D4") else None),
    }


def _assessed(findings: Mapping[str, Sequence[Finding]], criterion: str) -> list[Finding]:
    return [one for one in findings.get(criterion, ()) if one.state in _ASSESSED]


def _passed(findings: Mapping[str, Sequence[Finding]], criterion: str, *, people: bool = False) -> bool | None:
    """Whether nothing failed; None where nothing was assessed, or where people have not answered yet."""
    assessed = _assessed(findings, criterion)
    if any(one.state is State.FAIL for one in assessed):
        return False
    waiting = any(
        one.state is State.NOT_ASSESSED and one.check in ("answer", "confirmed_by")
        for one in findings.get(criterion, ())
    )
    return None if not assessed or (people and waiting) else True


def _small_error(findings: Mapping[str, Sequence[Finding]]) -> bool | None:
    """Whether known answers are off by no more than the limit of U5."""
    limit = next((must.limit for must in uses()["U5"].musts if must.criterion == "E3"), None)
    limit = threshold("mean_absolute_bias").warn if limit is None else limit
    values = [one.value for one in findings.get("E3", ()) if one.check == "residual_bias" and one.value is not None]
    return None if not values or limit is None else max(values) <= limit + 1e-9


def _effort(findings: Mapping[str, Sequence[Finding]]) -> bool | None:
    own = [one for key in ("E10", "E11") for one in _assessed(findings, key) if one.check == "effort_stated"]
    return None if not own else all(one.state is not State.FAIL for one in own)


def _adequate(findings: Mapping[str, Sequence[Finding]]) -> str | None:
    """Whether official statistics have it: A5 fails where they do."""
    passed = _passed(findings, "A5")
    return None if passed is None else "no" if passed else "yes"


def _unit(unit: str) -> str | None:
    kinds = {"told": "told", "published": "published", "collective": "collective", "case": "case", "event": "place",
             "place": "place", "person": "person"}  # fmt: skip
    known = load("units")
    return next((kinds[kind] for kind in kinds if kind in known and is_of(unit, (kind,))), None)


def _way(selection: str) -> str:
    return "design" if selection in DESIGN else "controlled" if selection in CONTROLLED else "open"


def _yes(passed: bool | None) -> str | None:
    return None if passed is None else "yes" if passed else "no"


def _both(*passed: bool | None) -> str | None:
    """``no`` if one is no, else not known if one is not known, else ``yes``."""
    if any(one is False for one in passed):
        return "no"
    return None if any(one is None for one in passed) else "yes"
