"""Filled questionnaires -> Answers: who said what about which question, checked against what may be answered.

Nothing is guessed: an answer that is not one of the allowed ones, a role that may not answer, a day that is none and
evidence that is not there are refused, with file, line or row, and key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from countersign.catalogue import Question, choices, criteria, load, questions, state_of, understand
from countersign.errors import AnswerError, CatalogueError, nearest
from countersign.intake.filled import Filled, Form, Part, day, read_filled
from countersign.intake.scorecards import SCORECARD, read_scorecard
from countersign.model.answer import Answer, EvidenceFile, Scorecard
from countersign.model.finding import State
from countersign.model.questionnaire import PER_ANSWER, PERSON, QUESTIONS, START

QUESTIONNAIRE = Form(
    kind="questionnaire",
    head=PERSON,
    sheet=START,
    table="answers",
    table_sheet=QUESTIONS,
    columns=PER_ANSWER,
    needed=("question", "answer"),
)

# A file -> its SHA-256; whoever reads answers says how files are kept.
Keep = Callable[[Path], str]


@dataclass(frozen=True)
class Given:
    """What people gave: answers and scorecards."""

    answers: tuple[Answer, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()


def read_given(files: Sequence[Path], *, folder: Path, indicators: Iterable[str], today: dt.date, keep: Keep) -> Given:
    """Read all files that people filled in.

    Parameters
    ----------
    files: questionnaires and scorecards, YAML or XLSX. folder: of the study; evidence is looked for beside the file
    and here. indicators: names of the study's indicators. today: no answer may be of a later day.
    keep: takes an evidence file and returns its SHA-256.

    Raises
    ------
    AnswerError: something cannot be taken as an answer; it says where, what was expected and what to do.
    """
    answers: list[Answer] = []
    cards: list[Scorecard] = []
    for file in files:
        filled = read_filled(file, (QUESTIONNAIRE, SCORECARD))
        if filled.kind == SCORECARD.kind:
            cards.append(read_scorecard(filled, today=today))
            continue
        answers += _answers(filled, beside=file.parent, folder=folder, known=tuple(indicators), today=today, keep=keep)
    _refuse_twice(answers)
    return Given(tuple(answers), tuple(cards))


def _answers(
    filled: Filled, *, beside: Path, folder: Path, known: tuple[str, ...], today: dt.date, keep: Keep
) -> list[Answer]:
    answers = []
    for part in filled.parts["answers"]:
        if not (part.text("answer") or part.text("comment") or part.several("evidence")):
            continue
        question = _question(part)
        role = _role(part, filled.head, question)
        value = _value(part, question)
        evidence = tuple(
            EvidenceFile(said.text, keep(_find(said.text, said.where, beside=beside, folder=folder)))
            for said in part.several("evidence")
        )
        _needs_evidence(part, question, value, evidence)
        answers.append(
            Answer(
                criterion=question.criterion,
                question=question.id,
                role=role,
                who=_who(part, filled.head),
                date=day(part, "date", filled.head, today=today),
                value=value,
                language=part.text("language") or filled.head.text("language") or "en",
                about=_about(part, question, known),
                comment=part.text("comment"),
                evidence=evidence,
                source=part.where,
                publish=_publish(part, filled.head),
            )
        )
    return answers


def _question(part: Part) -> Question:
    listing = questions()
    name, where = part.text("question"), part.place("question")
    if name in listing:
        return listing[name]
    criterion = name.partition(".")[0]
    if not name:
        problem = "It is not said which question this answers."
    elif criterion not in criteria():
        problem = f"There is no criterion '{criterion}'. {nearest(criterion, criteria().ids)}".rstrip()
    else:
        own = [one.id for one in listing if one.criterion == criterion]
        if not own:
            problem = f"Nothing is asked of people about {criterion}; it is computed."
        else:
            hint = f"Did you mean '{own[0]}'?" if len(own) == 1 else nearest(name, own)
            problem = f"There is no question '{name}'. {hint}".rstrip()
            raise AnswerError(problem, where=where, expected="one of " + ", ".join(own))
    raise AnswerError(
        problem,
        where=where,
        expected="the id of a question, such as A1.understood",
        action="do not change 'question'; docs/criteria.md lists all of them",
    )


def _role(part: Part, head: Part, question: Question) -> str:
    holder = part if part.text("role") else head
    role, where, roles = holder.text("role"), holder.place("role"), load("roles")
    if role in question.roles:
        return role
    may = " or ".join(f"{one} ({_small(roles[one].title)})" for one in question.roles)
    if not role:
        problem = "It is not said in which role this was answered."
    elif role not in roles:
        problem = f"There is no role '{role}'. {nearest(role, roles.ids)}".rstrip()
    else:
        problem = f"The role '{role}' ({_small(roles[role].title)}) may not answer {question.id}."
    raise AnswerError(
        problem,
        where=where if holder is part else f"{part.where} ({where})",
        expected=may,
        action="ask one of them, or leave the answer empty",
    )


def _value(part: Part, question: Question) -> str:
    text = part.text("answer")
    if not text:
        return ""
    try:
        value = understand(question, text)
    except CatalogueError as error:
        raise AnswerError(
            f"This is not an answer to {question.id}. {nearest(text, choices(question))}".rstrip(),
            where=part.place("answer"),
            expected=error.expected,
            action="correct it; put anything else under 'comment'",
        ) from None
    return f"{value:.15g}" if isinstance(value, float) else value


def _who(part: Part, head: Part) -> str:
    who = part.text("who") or head.text("who")
    if not who:
        raise AnswerError(
            "It is not said who answered.",
            where=f"{part.where}, who",
            expected="a name or a pseudonym",
            action="write it once at the top of the file, or beside the answer; it stays in this file",
        )
    return who


def _publish(part: Part, head: Part) -> bool:
    holder = part if part.text("publish") else head
    text = holder.text("publish").casefold()
    if text not in ("yes", "no", ""):
        raise AnswerError(
            "It is not clear whether name and comment may be shown.",
            where=holder.place("publish"),
            expected="yes, no or nothing; nothing means no",
        )
    return text == "yes"


def _about(part: Part, question: Question, indicators: tuple[str, ...]) -> str:
    about, where = part.text("about"), part.place("about")
    if question.per == "study":
        if about:
            raise AnswerError(
                f"{question.id} is asked once for the whole study, not about '{about[:40]}'.",
                where=where,
                expected="nothing under 'about'",
            )
        return ""
    known = load("value_chain").ids if question.per == "step" else indicators
    if about in known:
        return about
    kind = "step of the value chain" if question.per == "step" else "indicator of this study"
    raise AnswerError(
        f"There is no {kind} '{about[:40]}'. {nearest(about, known)}".rstrip()
        if about
        else f"It is not said which {kind} {question.id} is about.",
        where=where,
        expected="one of " + ", ".join(known),
        action="do not change 'about'",
    )


def _needs_evidence(part: Part, question: Question, value: str, evidence: Sequence[EvidenceFile]) -> None:
    """Evidence is asked of what speaks for the data: bad news needs no proof."""
    if question.evidence != "required" or evidence or not value or state_of(question, value) is State.FAIL:
        return
    raise AnswerError(
        f"The answer '{value}' to {question.id} needs evidence, and none is named.",
        where=part.place("evidence"),
        expected=f"the name of a file: {criteria()[question.criterion].evidence}",
        action="put the file beside this one and write its name under 'evidence', or leave the answer empty",
    )


def _find(name: str, where: str, *, beside: Path, folder: Path) -> Path:
    for base in (beside, folder):
        path = base / name
        # A file sent by somebody else must not reach for files elsewhere on this computer.
        inside = any(path.resolve().is_relative_to(home.resolve()) for home in (beside, folder))
        if inside and path.is_file():
            return path
    present = {
        path.relative_to(base).as_posix()
        for base in dict.fromkeys((beside, folder, (beside / name).parent, (folder / name).parent))
        if base.is_dir()
        for path in base.iterdir()
        if path.is_file()
    }
    raise AnswerError(
        f"The evidence file '{name[:80]}' is not there. {nearest(Path(name).name, present)}".rstrip(),
        where=where,
        expected="a file in the folder of this file or of the study",
        action="put the file there, or correct its name; several names are separated by ';'",
    )


def _refuse_twice(answers: Sequence[Answer]) -> None:
    first: dict[tuple[str, ...], Answer] = {}
    for answer in answers:
        key = (" ".join(answer.who.casefold().split()), answer.question, answer.about)
        if key in first:
            raise AnswerError(
                f"The same person answered {answer.question} twice"
                + (f" about '{answer.about}'" if answer.about else "")
                + f" (first: {first[key].source}).",
                where=answer.source,
                expected="one answer of one person to one question",
                action="take out the older one",
            )
        first[key] = answer


def _small(title: str) -> str:
    return title[:1].lower() + title[1:]
