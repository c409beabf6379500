"""Filled scorecards -> Scorecard: what users and providers scored, and what they agreed on in one meeting."""

from __future__ import annotations

import datetime as dt

from countersign.catalogue import load
from countersign.errors import AnswerError
from countersign.intake.filled import Filled, Form, Part, day
from countersign.model.answer import Score, Scorecard
from countersign.model.questionnaire import MEETING, PER_SCORE, SCORES, SIDES, START

SCORECARD = Form(
    kind="scorecard",
    head=MEETING,
    sheet=START,
    table="scores",
    table_sheet=SCORES,
    columns=PER_SCORE,
    needed=("item", *SIDES, "agreed"),
)


def read_scorecard(filled: Filled, *, today: dt.date) -> Scorecard:
    """Return the scorecard of one meeting.

    Raises
    ------
    AnswerError: the place is not said; one side's attendance is not recorded; a score is outside the scale; an item
        stands twice, or nothing was scored; the day is none.
    """
    head = filled.head
    if not head.text("place"):
        raise AnswerError(
            "It is not said where the meeting was.",
            where=head.place("place"),
            expected="a place: the next round is held against the round before by it",
        )
    attendance = {side: _people(head, f"attendance_{side}") for side in SIDES}
    scores = tuple(_score(part) for part in filled.parts["scores"] if _is_filled(part))
    if not scores:
        raise AnswerError("Nothing was scored.", where=filled.file, expected="at least one item with a score")
    seen: set[str] = set()
    for part, score in zip([p for p in filled.parts["scores"] if _is_filled(p)], scores, strict=True):
        if score.item.casefold() in seen:
            raise AnswerError(
                "This item stands twice.", where=part.place("item"), expected="each item once", action="keep one"
            )
        seen.add(score.item.casefold())
    return Scorecard(
        place=head.text("place"),
        date=day(head, "date", today=today),
        scores=scores,
        attendance=attendance,
        source=filled.file,
    )


def _is_filled(part: Part) -> bool:
    return any(part.text(key) for key in (*SIDES, "agreed")) or bool(part.text("item"))


def _people(head: Part, key: str) -> int:
    text = head.text(key)
    if not text.isdigit() or int(text) < 1:
        side = _side(key.removeprefix("attendance_"))
        raise AnswerError(
            f"It is not recorded how many {side} were there."
            if not text or text == "0"
            else "This is not a number of people.",
            where=head.place(key),
            expected="1 or more people of each side: a scorecard of one side alone is not one",
            action=f"write down how many {side} took part, or hold the meeting again with both sides",
        )
    return int(text)


def _score(part: Part) -> Score:
    if not part.text("item"):
        raise AnswerError("It is not said what was scored.", where=part.place("item"), expected="a name for the item")
    return Score(
        item=part.text("item"),
        rights_holder=_number(part, "rights_holder"),
        duty_bearer=_number(part, "duty_bearer"),
        agreed=_number(part, "agreed"),
        why={side: part.text(f"why_{side}") for side in SIDES if part.text(f"why_{side}")},
        action=part.text("action"),
        responsible=part.text("responsible"),
        due=day(part, "due", today=None) if part.text("due") else "",
    )


def _number(part: Part, key: str) -> float | None:
    text = part.text(key)
    if not text:
        return None
    scale = load("scorecard")["score"]
    least, most = float(scale["least"]), float(scale["most"])
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise AnswerError(
            "This is not a score.",
            where=part.place(key),
            expected=f"a number from {least:g} to {most:g}, or nothing",
            action="correct it",
        )
    return value


def _side(side: str) -> str:
    return {"rights_holder": "rights-holders", "duty_bearer": "duty-bearers"}[side]
