"""File of consent records -> ConsentRegister: one row an event; every row is understood, or refused with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from countersign.catalogue import load
from countersign.errors import ConsentError, nearest
from countersign.intake.raw import RawTable, read_raw
from countersign.model.consent import ALL, ConsentEvent, ConsentRegister, Event, Notice

NEEDED = ("record", "event", "purpose", "time")
KNOWN = (*NEEDED, "notice", "language", "digest", "how", "collector", "guardian", "expires")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEVERAL = re.compile(r"[;,|\s]+")
FORM = "columns record, event, purpose, time; and if known " + ", ".join(KNOWN[len(NEEDED) :])


def read_consent(path: Path, *, folder: Path, today: str) -> tuple[ConsentRegister, tuple[str, ...]]:
    """Read a CSV file or a workbook of consent events.

    Parameters
    ----------
    folder: for intermediate files. today: ISO 8601 day; an event after it is refused.

    Returns
    -------
    The register, and plain sentences on what was found in the file.

    Raises
    ------
    ConsentError: a column is lacking; a row has no pseudonym, an unknown purpose or event, or no time; two events of
    one person contradict each other at one time. DataError: the file cannot be read.
    """
    raw = read_raw(path, folder=folder)
    try:
        columns = _columns(raw, path)
        events = list(_events(raw, columns, path, today))
    finally:
        if raw.path != raw.file:
            raw.path.unlink(missing_ok=True)
    once = list({(one.record, one.event, one.purposes, one.time, one.notice): one for one in events}.values())
    _refuse_conflicts(once, raw, path)
    notes = (
        (f"{len(events) - len(once)} consent records stand twice and count once.",) if len(events) > len(once) else ()
    )
    return ConsentRegister.of(once), notes


def read_notice(notice: Notice, find: Mapping[str, Path]) -> Notice:
    """Return a notice with the digests of its words; `find` gives the file of each language."""
    return Notice(notice.files, {language: digest_of_words(path.read_bytes()) for language, path in find.items()})


def digest_of_words(data: bytes) -> str:
    """Return the SHA-256 of a text, whatever its line breaks and the blanks at their ends."""
    lines = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return sha256("\n".join(line.rstrip() for line in lines).encode()).hexdigest()


def _columns(raw: RawTable, path: Path) -> dict[str, str]:
    folded = {name.strip().casefold().replace(" ", "_"): name for name in raw.names}
    found = {word: folded[word] for word in KNOWN if word in folded}
    lacking = [word for word in NEEDED if word not in found]
    if lacking:
        hints = [hint for word in lacking if (hint := nearest(word, [n for n in raw.names if n not in found.values()]))]
        raise ConsentError(
            f"The file of consent records lacks the column{'s' if len(lacking) > 1 else ''} "
            f"{', '.join(repr(word) for word in lacking)}. {' '.join(hints)}".strip(),
            where=f"{path.name}, line 1",
            expected=FORM,
            action="name the columns so; one row is one event of one person",
        )
    return found


def _events(raw: RawTable, columns: Mapping[str, str], path: Path, today: str) -> Iterator[ConsentEvent]:
    latest = (date.fromisoformat(today) + timedelta(days=1)).isoformat()
    wanted = list(columns.values())
    for first, batch in raw.blocks(wanted):
        cells = {word: _texts(batch.column(name)) for word, name in columns.items()}
        for place in range(len(batch)):
            row = {word: values[place] for word, values in cells.items()}
            if any(row.values()):
                yield _Row(raw, path, first + place, row).event(latest)


def _texts(column: Any) -> list[str]:
    return ["" if value is None else str(value).strip() for value in column.to_pylist()]


@cache
def _purposes() -> tuple[str, ...]:
    return tuple(entry.id for entry in load("purposes"))


@cache
def _words(kind: str) -> dict[str, str]:
    """Return word -> id of the events, or of the ways in which agreement is given."""
    entries = [entry for entry in load("consent_events") if entry["kind"] == kind]
    return {word: one.id for one in entries for word in (one.id, *(str(each).casefold() for each in one["words"]))}


class _Row:
    """One row of the file, as text."""

    def __init__(self, raw: RawTable, path: Path, number: int, row: Mapping[str, str]) -> None:
        self.raw, self.path, self.number, self.row = raw, path, number, row

    @property
    def place(self) -> str:
        return f"{self.path.name}, {self.raw.places([self.number])}"

    def refuse(self, problem: str, expected: str, action: str = "correct the row") -> ConsentError:
        return ConsentError(problem, where=self.place, expected=expected, action=action)

    def get(self, word: str) -> str:
        return self.row.get(word, "")

    def event(self, latest: str) -> ConsentEvent:
        if not self.get("record"):
            raise self.refuse("The row says nothing of whom it is about.", "a pseudonym under 'record'")
        time = self.time("time")
        if not time:
            raise self.refuse("The row does not say when it happened.", "a day or a time, such as 2026-03-01T14:30")
        if time[:10] > latest:
            raise self.refuse("The event lies in the future.", f"a day up to {latest}")
        return ConsentEvent(
            record=self.get("record"),
            event=cast(Event, self.word("event", "event")),
            purposes=self.purposes(),
            time=time,
            notice=self.get("notice"),
            language=self.get("language"),
            digest=self.get("digest").casefold(),
            how=self.word("how", "way") if self.get("how") else "",
            collector=self.get("collector"),
            guardian=self.guardian(),
            expires=self.time("expires")[:10],
            place=str(self.number),
        )

    def purposes(self) -> tuple[str, ...]:
        known = _purposes()
        found = tuple(sorted({one.casefold() for one in _SEVERAL.split(self.get("purpose")) if one}))
        for one in found:
            if one not in known and one != ALL:
                raise self.refuse(
                    f"There is no purpose '{one}'. {nearest(one, known)}".strip(),
                    f"one of {', '.join(known)}, or {ALL}",
                    "correct the purpose; several are separated by blanks",
                )
        if not found:
            raise self.refuse("The row does not say what for.", f"one of {', '.join(known)}, or {ALL}")
        return found

    def word(self, column: str, kind: str) -> str:
        said, words = self.get(column).casefold(), _words(kind)
        if said in words:
            return words[said]
        known = list(dict.fromkeys(words.values()))
        raise self.refuse(
            f"'{column}' is not one of the words it may be. {nearest(said, known)}".strip(),
            f"one of {', '.join(known)}",
        )

    def guardian(self) -> bool | None:
        said = self.get("guardian").casefold()
        if not said:
            return None
        # A name in this column is the guardian who agreed; it is read as a yes and kept nowhere.
        return said not in {str(word).casefold() for word in load("consent_words")["refused"]["words"]}

    def time(self, column: str) -> str:
        said = self.get(column)
        if not said:
            return ""
        try:
            if _DAY.fullmatch(said):
                return date.fromisoformat(said).isoformat()
            moment = datetime.fromisoformat(said)
        except ValueError:
            raise self.refuse(
                f"'{column}' is no day and no time.", "year-month-day, such as 2026-03-01 or 2026-03-01T14:30"
            ) from None
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
        if column == "expires" or said.endswith(" 00:00:00"):  # a workbook writes days so
            return moment.date().isoformat()
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _refuse_conflicts(events: Sequence[ConsentEvent], raw: RawTable, path: Path) -> None:
    """Refuse two events of one person at one time that do not say the same: nobody can tell which one counts."""
    seen: dict[tuple[str, str, str], ConsentEvent] = {}
    for one in events:
        for purpose in one.purposes:
            other = seen.setdefault((one.record, purpose, one.time), one)
            same = (other.event, other.notice, other.expires) == (one.event, one.notice, one.expires)
            if same:
                continue
            what = (
                "to different words or for a different time"
                if other.event == one.event
                else f"that contradict each other: {other.event} and {one.event}"
            )
            raise ConsentError(
                f"One person has two records at the same time {what}.",
                where=f"{path.name}, {raw.places([int(other.place), int(one.place)])}",
                expected="one event at a time for a person and a purpose",
                action="write the hour (2026-03-01T14:30), or take out the one that is wrong",
            )
