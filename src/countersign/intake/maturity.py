"""A filled maturity form, YAML or XLSX -> SelfRating."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from countersign.catalogue import maturity as form
from countersign.errors import AnswerError, nearest
from countersign.intake.filled import Form, Part, day, read_filled
from countersign.model.maturity import HEAD, LEVELS, PER_PART, SelfRating
from countersign.model.questionnaire import START

MATURITY = Form(
    kind="maturity",
    head=HEAD,
    sheet=START,
    table="answers",
    table_sheet=LEVELS,
    columns=PER_PART,
    needed=("part", "level"),
)


def read_maturity(path: Path, *, today: dt.date) -> SelfRating:
    """Return what an organisation says of itself; parts without a level are left out.

    Raises
    ------
    AnswerError: the file cannot be read; a part or level does not exist, a part stands twice, the day is none or lies
        in the future; it names line or row.
    """
    filled = read_filled(path, (MATURITY,))
    levels: dict[str, int] = {}
    comments: dict[str, str] = {}
    seen: set[str] = set()
    for part in filled.parts["answers"]:
        key = _part(part)
        if key in seen:
            raise AnswerError(f"The part '{key}' stands twice.", where=part.place("part"), expected="each part once")
        seen.add(key)
        if part.text("level"):
            levels[key] = _level(part, key)
        if part.text("comment"):
            comments[key] = part.text("comment")
    if not levels:
        raise AnswerError(
            "No part is answered.", where=filled.file, expected="a level from 1 to 4 for at least one part"
        )
    return SelfRating(
        levels=levels,
        organisation=filled.head.text("organisation"),
        date=day(filled.head, "date", today=today) if filled.head.text("date") else "",
        language=filled.head.text("language") or "en",
        comments=comments,
        source=filled.file,
    )


def _part(part: Part) -> str:
    key, known = part.text("part"), form().ids
    if key in known:
        return key
    raise AnswerError(
        f"There is no part '{key}'. {nearest(key, known)}".rstrip() if key else "It is not said which part this is.",
        where=part.place("part"),
        expected="one of " + ", ".join(known),
        action="do not change 'part'",
    )


def _level(part: Part, key: str) -> int:
    known = {level.level: level.number for level in form()[key].levels}
    if part.text("level") in known:
        return known[part.text("level")]
    raise AnswerError(
        "This is not a level.",
        where=part.place("level"),
        expected="one of " + ", ".join(known) + ", or nothing",
        action="choose the level that fits best",
    )
