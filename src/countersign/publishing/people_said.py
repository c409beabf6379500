"""What people answered, role beside role: disagreement is shown and never averaged; and the scores of meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.catalogue import choices, languages, load, questions
from countersign.catalogue import words as in_language
from countersign.model.answer import Answer, Score, Scorecard
from countersign.publishing.digits import number
from countersign.publishing.language import Words
from countersign.publishing.reference import criterion_title, place


@dataclass(frozen=True)
class Said:
    """One answer as text; files: evidence with the first letters of its digest."""

    role: str
    who: str
    date: str
    language: str
    value: str
    comment: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """One question about one criterion with everybody's answer; `split`: they do not agree."""

    criterion: str
    title: str
    question: str
    about: str
    split: bool
    said: tuple[Said, ...]


@dataclass(frozen=True)
class CardTable:
    """The scorecard of one meeting: item, three scores side by side, their distance, reasons, what was agreed."""

    title: str
    attendance: str
    rows: tuple[tuple[str, str, str, str, str, str, str], ...]


def asked(answers: Sequence[Answer], words: Words) -> tuple[Asked, ...]:
    """Group answers by criterion, question and what they are about, in the order of the criteria."""
    groups: dict[tuple[str, str, str], list[Answer]] = {}
    for one in answers:
        groups.setdefault((one.criterion, one.question, one.about), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (place(item[0][0]), item[0][1], item[0][2]))
    return tuple(
        Asked(
            criterion=criterion,
            title=_question(question, words) or criterion_title(criterion, words),
            question=question,
            about=about,
            split=len({one.value.strip().casefold() for one in same}) > 1,
            said=tuple(_said(one, words) for one in sorted(same, key=lambda one: (one.role, one.date))),
        )
        for (criterion, question, about), same in ordered
    )


def _question(question: str, words: Words) -> str:
    """The question as it was put, in the language of the page where the catalogue has it."""
    spoken = words.language.split("-")[0]
    if question not in questions():
        return ""
    return in_language(spoken if spoken in languages() else "en")[f"questions.{question}.ask"]


def _in_words(one: Answer, words: Words) -> str:
    """The answer in the words it was chosen by, such as 'Nobody asked' for ``nobody``; with its number for a rung."""
    text = choices(questions()[one.question]).get(one.value, "") if one.question in questions() else ""
    if not text:
        return one.value
    return f"{one.value}: {words.gettext(text)}" if one.value.isdigit() else words.gettext(text)


def _said(one: Answer, words: Words) -> Said:
    roles = load("roles")
    return Said(
        role=words.gettext(roles[one.role].title) if one.role in roles else one.role,
        who=one.who,
        date=one.date,
        language=one.language,
        value=_in_words(one, words),
        comment=one.comment,
        files=tuple((file.name, file.digest[:12]) for file in one.evidence),
    )


def scorecards(found: Sequence[Scorecard], words: Words) -> tuple[CardTable, ...]:
    """Return each scorecard as a table."""
    return tuple(
        CardTable(
            title=", ".join(filter(None, (card.place, card.date))),
            attendance=", ".join(f"{_side(side, words)}: {n}" for side, n in card.attendance.items()),
            rows=tuple(_row(score, words) for score in card.scores),
        )
        for card in found
    )


def _row(score: Score, words: Words) -> tuple[str, str, str, str, str, str, str]:
    def said(value: float | None, *, signed: bool = False) -> str:
        if value is None:
            return "–"
        text = number(value, 0 if float(value).is_integer() else 1, words)
        return f"+{text}" if signed and value > 0 else text

    reasons = "; ".join(f"{why} ({_side(side, words)})" for side, why in score.why.items())
    agreed = ", ".join(filter(None, (score.action, score.responsible, score.due)))
    scores = said(score.rights_holder), said(score.duty_bearer), said(score.agreed), said(score.gap, signed=True)
    return (score.item, *scores, reasons, agreed)


def _side(side: str, words: Words) -> str:
    return {
        "rights_holder": words.gettext("rights-holders"),
        "duty_bearer": words.gettext("duty-bearers"),
        "agreed": words.gettext("agreed"),
    }.get(side, side)
