"""RawTable + ConsentRegister -> which rows may be used for a purpose, and why the others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from countersign.catalogue import load, threshold
from countersign.errors import ConsentError, nearest
from countersign.intake.raw import RawTable
from countersign.model.consent import ConsentEvent, ConsentPlan, ConsentRegister, Event, Reason
from countersign.model.source import Source

PARTS = ("consent_version", "consent_language", "consent_time")


@dataclass(frozen=True)
class JudgedRows:
    """Every row of a file beside a purpose.

    Parameters
    ----------
    records: pseudonym of each row; empty = none. reasons: why it is left out, None = it is used. recorded: part of a
    consent record -> rows used that have it. minors: children among the rows used. notes: plain sentences.
    """

    records: tuple[str, ...]
    reasons: tuple[Reason | None, ...]
    recorded: Mapping[str, int]
    minors: int = 0
    notes: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[int, ...]:
        """Numbers of the rows that are used, from 1."""
        return tuple(number for number, reason in enumerate(self.reasons, start=1) if reason is None)


def record_column(source: Source, plan: ConsentPlan) -> str:
    """Return the column of the file that holds the pseudonym; empty if the study names none for this source."""
    name = plan.record or next(iter(source.roles.get("id", ())), "")
    return _in_file(source, name) if name else ""


def pseudonyms(raw: RawTable, column: str) -> tuple[str, ...]:
    """Return the pseudonym of each row, as text; empty where the cell is."""
    return tuple(_texts(raw, [column])[0])


def judge_rows(
    raw: RawTable,
    source: Source,
    plan: ConsentPlan,
    register: ConsentRegister,
    *,
    today: str,
    where: Callable[..., str],
) -> JudgedRows:
    """Hold every row against the register and against what the data say themselves.

    A row without a pseudonym is of somebody who was never asked: nobody could take it out again.

    Parameters
    ----------
    register: with every withdrawal. today: ISO 8601 day. where: a key below ``consent`` in the study file -> in words.

    Raises
    ------
    ConsentError: a column that the study names is not in the file, or nothing says who agreed to the purpose.
    """
    records = pseudonyms(raw, _needed(raw, source, plan.record, plan, where=where("record")))
    asked = _answers(raw, source, plan, where=where)
    if asked is None and not plan.records:
        raise ConsentError(
            f"Nothing says who agreed to '{plan.purpose}'.",
            where=where("purpose"),
            expected="'records:' with a file of consent records, or 'columns:' with the column of the answer",
            action=f"add for example 'columns: {{{plan.purpose}: COLUMN}}' under 'consent'",
        )
    minor, guardian, notes = _minors(raw, source)
    reasons: list[Reason | None] = []
    recorded: Counter[str] = Counter()
    minors = 0
    for place, record in enumerate(records):
        first = asked[place](record) if asked is not None else None
        young, guarded = minor[place] if minor else None, guardian[place] if guardian else None
        reason: Reason | None = "never_asked"
        if record:
            reason = register.standing(
                record, plan.purpose, today=today, notices=plan.notices, first=first, minor=young, guardian=guarded
            )
        reasons.append(reason)
        if reason is None:
            last = register.latest(record, plan.purpose, first=first)
            recorded.update(_said(last))
            minors += bool(young)
    return JudgedRows(records, tuple(reasons), dict(recorded), minors, notes)


def _said(event: ConsentEvent | None) -> list[str]:
    if event is None:
        return []
    found = {
        "version": event.notice, "language": event.language, "time": event.time, "how": event.how,
        "collector": event.collector,
    }  # fmt: skip
    said = [name for name, value in found.items() if value]
    return [*said, "whole"] if {"version", "language", "time"} <= set(said) else said


def _needed(raw: RawTable, source: Source, name: str, plan: ConsentPlan, *, where: str) -> str:
    column = record_column(source, plan)
    if column and column in raw.names:
        return column
    if not column:
        raise ConsentError(
            f"Nothing says whose row is whose in '{source.name}'.",
            where=where,
            expected="a column with a pseudonym, named as 'record:' under 'consent' or as the role 'id'",
            action="name the column; without it nobody can be left out or taken out again",
        )
    raise ConsentError(
        f"The column '{column}' with the pseudonyms is not in '{raw.file.name}'. {nearest(column, raw.names)}".strip(),
        where=where,
        expected="a column of the file",
        action="correct the name under 'consent: record:'",
    )


def _in_file(source: Source, variable: str) -> str:
    """Return the name that a variable has in the file."""
    return str(source.variables.get(variable, {}).get("column", "") or variable)


def _texts(raw: RawTable, columns: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in columns]
    for _, batch in raw.blocks(list(dict.fromkeys(columns))):
        for place, name in enumerate(columns):
            cells = batch.column(name).to_pylist()
            found[place] += ["" if cell is None else _text(cell) for cell in cells]
    return found


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a workbook keeps whole numbers as such
    return str(cell).strip()


def _answers(
    raw: RawTable, source: Source, plan: ConsentPlan, *, where: Callable[..., str]
) -> list[Callable[[str], ConsentEvent | None]] | None:
    """Return for each row what the data themselves say, as the first event of the record; None if they say nothing."""
    variable = plan.columns.get(plan.purpose, "")
    place = where("columns", plan.purpose)
    if not variable and plan.purpose == "collect":
        variable, place = next(iter(source.roles.get("consent", ())), ""), where("purpose")
    if not variable:
        return None
    column = _in_file(source, variable)
    if column not in raw.names:
        raise ConsentError(
            f"The column '{column}' with the answers is not in '{raw.file.name}'. {nearest(column, raw.names)}".strip(),
            where=place,
            expected="a column of the file",
            action="correct the name",
        )
    roles = {role: _in_file(source, name) for role in PARTS for name in source.roles.get(role, ())[:1]}
    roles = {role: name for role, name in roles.items() if name in raw.names}
    said, *parts = _texts(raw, [column, *roles.values()])
    yes, no = (_words(source, variable, kind) for kind in ("agreed", "refused"))
    beside = dict(zip(roles, parts, strict=True))

    def row(at: int) -> Callable[[str], ConsentEvent | None]:
        def event(record: str) -> ConsentEvent | None:
            word = said[at].casefold()
            if word not in yes and word not in no:
                return None
            version, language, time = (beside[role][at] if role in beside else "" for role in PARTS)
            kind: Event = "given" if word in yes else "refused"
            return ConsentEvent(
                record, kind, (plan.purpose,), time=_iso(time), notice=_version(version), language=language
            )

        return event

    return [row(at) for at in range(len(said))]


def _version(text: str) -> str:
    return text[:-2] if text.endswith(".0") else text


def _iso(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        return ""  # how dates are written is for the codebook to say; an undated answer is the earliest event


def _words(source: Source, variable: str, what: str) -> set[str]:
    """Return what counts as a yes (or a no): the catalogue's words, and codes whose label is one of them."""
    words = {str(word).casefold() for word in load("consent_words")[what]["words"]}
    labelled = {str(code): str(text) for code, text in source.variables.get(variable, {}).get("values", {}).items()}
    found = words | {code.casefold() for code, text in labelled.items() if text.casefold() in words}
    return found - {code.casefold() for code, text in labelled.items() if text and text.casefold() not in words}


def _minors(raw: RawTable, source: Source) -> tuple[list[bool], list[bool], tuple[str, ...]]:
    """Return of each row whether it is of a child, and whether the data say that a guardian agreed."""
    age = next(iter(source.roles.get("age", ())), "")
    column = _in_file(source, age) if age else ""
    if column not in raw.names:
        if not age:
            return [], [], ("No column holds ages, so children were not looked for.",)
        return [], [], (f"'{age}' is computed from other columns, so children were not looked for by their age.",)
    adult = threshold("adult_age").good
    minor = [_below(text, adult) for text in _texts(raw, [column])[0]]
    guardian = next(iter(source.roles.get("guardian", ())), "")
    in_file = _in_file(source, guardian) if guardian else ""
    if in_file not in raw.names:
        return minor, [], ()
    yes = _words(source, guardian, "agreed")
    return minor, [text.casefold() in yes for text in _texts(raw, [in_file])[0]], ()


def _below(text: str, limit: float) -> bool:
    try:
        return 0 <= float(text.replace(",", ".")) < limit
    except ValueError:
        return False
