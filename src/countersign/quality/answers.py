"""Answers: what people said -> Findings, one for each answer; disagreement is shown, never averaged.

Names of people stay in the file they wrote. A finding shows the role, the day, the answer and the digests of the
evidence. What a person wrote in words of their own stays in that file, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from countersign.catalogue import Criterion, Question, choices, criteria, load, questions_of, state_of, threshold, uses
from countersign.model.answer import Answer
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, listed
from countersign.quality.findings import judged

WITHHELD = "…"  # words that stay in the file of the answers
DESIGN, COLLECTION = "identify", "collect"  # the steps at which citizen data need citizens


def answers(context: Context) -> Sequence[Finding]:
    """Return one finding for each answer, one for each disagreement, and what is still open of what people are asked.

    Questions that several roles must score have one finding for each step instead, with all scores side by side.
    """
    if not context.is_main:
        return []
    findings: list[Finding] = []
    for criterion in criteria():
        given = [one for one in context.documents.answers if one.criterion == criterion.id and one.value]
        for question in questions_of(criterion.id):
            own = [one for one in given if one.question == question.id]
            for about in dict.fromkeys(one.about for one in own):
                same = [one for one in own if one.about == about]
                if question.min_roles > 1:
                    findings.append(_scored(question, about, same))
                else:
                    findings += [_answered(question, one, context) for one in same]
                if differ(question, same):
                    findings.append(_disagreement(question, about, same))
        findings += _open(criterion, given)
    return findings


def participation(context: Context) -> Sequence[Finding]:
    """B1 from people: the rung at design and collection as at least two roles see it; nothing where nobody scored.

    Of several scores of a step the lowest counts, of the two steps the higher: max over steps of min over scorers.
    """
    rungs = scored_rungs(context.documents.answers)
    if rungs is None or not context.is_main:
        return []
    enough = {step: min(scores) for step, scores in rungs.items() if scores and step in (DESIGN, COLLECTION)}
    if not enough:
        roles = dict.fromkeys(one.role for one in context.documents.answers if one.criterion == "B1" and one.value)
        return [
            Finding(
                "B1",
                State.NOT_ASSESSED,
                "participation_stated",
                f"Only {listed([_role(role) for role in roles])} scored how far citizens decided. At design or "
                "collection at least two roles must, and the organiser alone does not count.",
                evidence={"roles": list(roles)},
                fix=f"Ask {_who(_rung().roles, but=list(roles))} to score the steps as well.",
            )
        ]
    best = max(enough.values())
    ladder = load("participation_ladder")
    name = ladder[str(int(best))].title if str(int(best)) in ladder else ""
    return [
        judged(
            "B1",
            "participation_stated",
            best,
            f"In design or collection those who scored it see rung {best:g} of 5 ({name}); of their scores the lowest.",
            limit="rung",
            evidence={"rungs": enough, "source": "answers"},
        )
    ]


def shown(given: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the answers as they may leave: without name, comment, free words and file names, unless they agreed."""
    return tuple(
        replace(
            one,
            who=one.who if one.publish else "",
            comment=one.comment if one.publish else "",
            value=one.value if one.publish or not _is_free(one) else WITHHELD,
            evidence=one.evidence if one.publish else tuple(replace(file, name="") for file in one.evidence),
            source="",
        )
        for one in given
        if one.value
    )


def _is_free(answer: Answer) -> bool:
    return any(one.id == answer.question and one.scale == "text" for one in questions_of(answer.criterion))


def scored_rungs(given: Sequence[Answer]) -> dict[str, list[float]] | None:
    """Return step -> rungs, where enough different roles scored the step, else an empty list; None if nobody scored."""
    found: dict[str, list[float]] = {}
    question = _rung()
    own = [one for one in given if one.question == question.id and one.value]
    for step in dict.fromkeys(one.about for one in own):
        same = [one for one in own if one.about == step]
        found[step] = [float(one.value) for one in same] if is_enough(question, same) else []
    return found if own else None


def _rung() -> Question:
    return next(one for one in questions_of("B1") if one.scale == "rung")


def is_enough(question: Question, given: Sequence[Answer]) -> bool:
    """Whether enough different roles answered, and not only such as are not enough by themselves."""
    roles = {one.role for one in given}
    return len(roles) >= question.min_roles and bool(roles - set(question.not_only))


def differ(question: Question, given: Sequence[Answer]) -> bool:
    """Whether two answers to one question differ: in the choice, or for a number in what it means; words never do."""
    if choices(question):
        return len({one.value for one in given}) > 1
    return len({state_of(question, one.value) for one in given}) > 1


def _answered(question: Question, answer: Answer, context: Context) -> Finding:
    state, after = state_of(question, answer.value), ""
    said = _words(question, answer)
    if question.scale == "date" and answer.value < context.today.isoformat():
        state, after = State.FAIL, " That day has passed."
    elif question.choices_of == "uses" and _beyond(answer.value, context.plan.use):
        state, after = State.WARN, f" The figures are wanted for {context.plan.use}."
    return Finding(
        question.criterion,
        state,
        "answer",
        f"{question.ask} {_role(answer.role, upper=True)} answered on {answer.date}: {said}.{after}",
        subject=answer.about if question.per == "indicator" else "",
        value=float(answer.value) if question.scale == "number" else None,
        unit=question.unit if question.scale == "number" else "",
        evidence={"question": question.id, **_record(question, answer)},
        threshold=threshold(question.limit).record() if question.limit else {},
        fix=_fix(question, state),
    )


def _fix(question: Question, state: State) -> str:
    if state in (State.PASS, State.NOT_APPLICABLE):
        return ""
    if question.choices_of == "uses" or question.scale == "date":
        return f"Ask {_who(question.roles)} for a new agreement, or stay within the one there is."
    return criteria()[question.criterion].fix


def _scored(question: Question, step: str, given: Sequence[Answer]) -> Finding:
    """All scores of one step side by side."""
    evidence = {"question": question.id, "step": step, "scores": [_record(question, one) for one in given]}
    scores = "; ".join(f"{_role(one.role)} {one.value}" for one in given)
    if not is_enough(question, given):
        return Finding(
            question.criterion,
            State.NOT_ASSESSED,
            "rung",
            f"Step '{step}': {scores}. At least {question.min_roles} different roles must score it, and "
            f"{listed([_role(role) for role in question.not_only])} alone does not count.",
            evidence=evidence,
            fix=f"Ask {_who(question.roles, but=[one.role for one in given])} to score it as well.",
        )
    numbers = [float(one.value) for one in given]
    return judged(
        question.criterion,
        "rung",
        min(numbers),
        f"Step '{step}': {scores}. The lowest counts; they are {max(numbers) - min(numbers):g} apart.",
        limit="rung",
        evidence={**evidence, "lowest": min(numbers), "highest": max(numbers), "spread": max(numbers) - min(numbers)},
        harshest=State.WARN,  # one step alone is no failure; design and collection are judged together
    )


def _disagreement(question: Question, about: str, given: Sequence[Answer]) -> Finding:
    sides = "; ".join(f"{_role(one.role)}: {_words(question, one)}" for one in given)
    where = f" about '{about}'" if about else ""
    return Finding(
        question.criterion,
        State.WARN,
        "disagreement",
        f"{question.ask} People answer differently{where}. {sides[:1].upper()}{sides[1:]}. "
        "Both stand; nothing is averaged.",
        subject=about if question.per == "indicator" else "",
        count=len(given),
        evidence={"question": question.id, "about": about, "answers": [_record(question, one) for one in given]},
        fix="Bring those who answered together, and write down what they agree on and what they do not.",
    )


def _open(criterion: Criterion, given: Sequence[Answer]) -> list[Finding]:
    """Say what nobody has answered, where people must: criteria computed in part, and those only people can answer."""
    asked = questions_of(criterion.id)
    if criterion.mode == "auto" or not asked or any(one.min_roles > 1 for one in asked):
        return []
    done = {one.question for one in given}
    left = [one for one in asked if one.id not in done]
    if not left:
        return []
    roles = tuple(dict.fromkeys(role for one in left for role in one.roles))
    confirming = criterion.mode == "semi"
    if len(left) < len(asked):
        names = listed([one.ask for one in left], most=3)
        said = f"{len(left)} of {len(asked)} questions about it are still open: {names}"
    elif confirming:
        said = f"Nobody has confirmed it: {listed([one.ask for one in left], most=1)}"
    else:
        said = f"Nobody has answered it: {listed([one.ask for one in left], most=1)}"
    return [
        Finding(
            criterion.id,
            State.NOT_ASSESSED,
            "confirmed_by" if confirming else "answer",
            f"{criterion.technical}. {said}",
            count=len(left),
            evidence={"open": [one.id for one in left], "roles": list(roles)},
            fix=f"Ask {_who(roles)}: countersign questionnaire --role {roles[0]}",
        )
    ]


def _words(question: Question, answer: Answer) -> str:
    known = choices(question)
    if known:
        return known.get(answer.value, answer.value)
    if question.scale == "text":
        return "in words of their own (they are in the file of the answers)"
    return f"{answer.value} {question.unit}".strip() if question.unit != "money" else answer.value


def _record(question: Question, answer: Answer) -> Mapping[str, object]:
    record: dict[str, object] = {"role": answer.role, "date": answer.date, "language": answer.language}
    if question.scale != "text":
        record["answer"] = answer.value
    if answer.evidence:
        record["evidence"] = [file.digest for file in answer.evidence]
    if answer.comment:
        record["comment"] = True
    return record


def _role(role: str, *, upper: bool = False) -> str:
    listing = load("roles")
    title = listing[role].title if role in listing else role
    return title if upper else title[:1].lower() + title[1:]


def _who(roles: Sequence[str], *, but: Sequence[str] = ()) -> str:
    return " or ".join(_role(role) for role in roles if role not in but) or "somebody of another role"


def _beyond(allowed: str, wanted: str) -> bool:
    ladder = uses().ids
    return wanted in ladder and allowed in ladder and ladder.index(wanted) > ladder.index(allowed)
