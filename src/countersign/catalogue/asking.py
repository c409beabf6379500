"""Asking: the questions of a criterion, the answers one may give, and the state an answer has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from countersign.catalogue.entries import Listing
from countersign.catalogue.limits import threshold
from countersign.catalogue.loading import load, typed
from countersign.catalogue.question import Question, Scale
from countersign.errors import CatalogueError, nearest
from countersign.model.finding import State


def questions() -> Listing[Question]:
    """Return all questions to people, in the order of their criteria."""
    return typed("questions", Question)


def questions_of(criterion: str) -> tuple[Question, ...]:
    """Return the questions of one criterion, in order; none where the criterion is only computed."""
    return tuple(question for question in questions() if question.criterion == criterion)


def scales() -> Listing[Scale]:
    """Return the ways in which a question is answered."""
    return typed("scales", Scale)


def choices(question: Question) -> Mapping[str, str]:
    """Return answer -> its plain words, in order; nothing for a number, a date or a text."""
    scale = scales()[question.scale]
    if question.choices:
        return question.choices
    listing = question.choices_of or scale.choices_of
    if listing:
        return {entry.id: entry.title for entry in load(listing)}
    return scale.choices


def understand(question: Question, answer: object) -> str | float:
    """Return an answer in its own form: the id of a choice, a number, a date as ISO 8601, or the text.

    Raises
    ------
    CatalogueError: the answer is not one of the choices (the nearest is named), not a number from 0 on, or no date.
    """
    where = f"question {question.id}"
    text = {True: "yes", False: "no"}.get(answer, str(answer)) if isinstance(answer, bool) else str(answer).strip()
    known = choices(question)
    if known:
        if text not in known:
            raise CatalogueError(
                f"This is not one of the answers. {nearest(text, known)}".rstrip(),
                where=where,
                expected=f"one of {', '.join(known)}",
            )
        return text
    if question.scale == "number":
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf") or (question.unit == "percent" and number > 100):
            expected = "0 to 100" if question.unit == "percent" else f"0 or more {question.unit}".rstrip()
            raise CatalogueError("This is not a number that can be.", where=where, expected=expected)
        return number
    if question.scale == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise CatalogueError("This is not a date.", where=where, expected="year-month-day, 2026-11-30") from None
    if not text:
        raise CatalogueError("The answer is empty.", where=where, action="leave the question out if nobody knows")
    return text


def state_of(question: Question, answer: object) -> State:
    """Return what an answer means: the state the question gives it, its scale, or the limits of a threshold.

    An answer that has no state, such as a text or an amount, is stated: a pass.
    """
    given = understand(question, answer)
    scale = scales()[question.scale]
    for states in (question.states, scale.states):
        if given in states:
            return State(states[str(given)])
    limit = question.limit or scale.limit
    return threshold(limit).state(float(given)) if limit else State.PASS
