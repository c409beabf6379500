"""ConsentPlan, ConsentEvent and ConsentRegister: who agreed to what, when and how, and whose rows may be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Event = Literal["given", "refused", "withdrawn"]
Reason = Literal["withdrawn", "refused", "never_asked", "expired", "notice_unknown", "no_guardian"]
REASONS: tuple[Reason, ...] = ("withdrawn", "refused", "never_asked", "expired", "notice_unknown", "no_guardian")

ALL = "all"
"""Stands for every purpose."""


@dataclass(frozen=True)
class Notice:
    """The words people were read, of one version.

    Parameters
    ----------
    files: language -> file; the language ``""`` stands for whatever language. digests: language -> SHA-256 of the words
    (UTF-8, lines ended by one line feed, no blanks at their ends), as they are known once the files are read.
    """

    files: Mapping[str, str]
    digests: Mapping[str, str] = field(default_factory=dict)

    def knows(self, language: str, digest: str) -> bool:
        """Whether these are the words that somebody was read in a language; an empty language or digest says nothing.

        Agreement given in ``fr-CM`` is agreement to the words in ``fr``.
        """
        spoken = {language, language.split("-")[0], ""} if language else {*self.files, ""}
        known = {self.digests.get(one, "") for one in spoken if one in self.files}
        return bool(known) and (not digest or digest in known)


@dataclass(frozen=True)
class ConsentPlan:
    """What a study says of consent.

    Parameters
    ----------
    purpose: id of the catalogue's list ``purposes``, such as ``publish_aggregates``: only rows of people who agreed to
    it are used. records: file of consent records, one row an event (given, refused, withdrawn). record: column of the
    data that names the record's pseudonym; empty = the role ``id``. columns: purpose -> column of the data that holds
    the answer, where consent was asked in the form itself. notices: version -> the words people were read; empty = not
    looked at. by: variables by whose groups the excluded are counted. address: where people turn to take their
    agreement back, for the slips.
    """

    purpose: str = ""
    records: str = ""
    record: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True)
class ConsentEvent:
    """Something that happened to the agreement of one person.

    Parameters
    ----------
    record: pseudonym. purposes: ids of the catalogue, or `ALL`. time: ISO 8601, a day or a time in UTC.
    notice, language, digest: version of the words, language in which they were said, SHA-256 of them. how: spoken,
    thumbprint, signature, witness, click. collector: who asked. guardian: whether a guardian agreed; None = not said.
    expires: last day; empty = none. place: file and line.
    """

    record: str
    event: Event
    purposes: tuple[str, ...] = (ALL,)
    time: str = ""
    notice: str = ""
    language: str = ""
    digest: str = ""
    how: str = ""
    collector: str = ""
    guardian: bool | None = None
    expires: str = ""
    place: str = ""

    def covers(self, purpose: str) -> bool:
        """Whether it is about a purpose."""
        return ALL in self.purposes or purpose in self.purposes


@dataclass(frozen=True)
class ConsentRegister:
    """Everything known of people's agreement.

    Parameters
    ----------
    events: record -> its events, the earliest first.
    """

    events: Mapping[str, tuple[ConsentEvent, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[ConsentEvent]) -> ConsentRegister:
        """Return a register of events, sorted by time; see `when`."""
        found: dict[str, list[ConsentEvent]] = {}
        for one in events:
            found.setdefault(one.record, []).append(one)
        return cls({record: tuple(sorted(own, key=when)) for record, own in found.items()})

    def __contains__(self, record: object) -> bool:
        return record in self.events

    def latest(self, record: str, purpose: str, *, first: ConsentEvent | None = None) -> ConsentEvent | None:
        """Return the last event of a record about a purpose; `first` is what the data themselves say."""
        own = [one for one in self.events.get(record, ()) if one.covers(purpose)]
        if first is not None:
            own = sorted([first, *own], key=when)
        return own[-1] if own else None

    def standing(
        self,
        record: str,
        purpose: str,
        *,
        today: str,
        notices: Mapping[str, Notice],
        first: ConsentEvent | None = None,
        minor: bool | None = None,
        guardian: bool | None = None,
    ) -> Reason | None:
        """Return why a record may not be used for a purpose, or None if it may.

        Parameters
        ----------
        today: ISO 8601 day. notices: the words that are on record; empty = not looked at. first: what the data say.
        minor: whether the person is under age; guardian: whether a guardian agreed, as the data say it.
        """
        last = self.latest(record, purpose, first=first)
        if last is None:
            return "never_asked"
        if last.event != "given":
            return "withdrawn" if last.event == "withdrawn" else "refused"
        if last.expires and last.expires < today:
            return "expired"
        if notices and not (last.notice in notices and notices[last.notice].knows(last.language, last.digest)):
            return "notice_unknown"
        if minor and not (last.guardian if last.guardian is not None else guardian):
            return "no_guardian"
        return None


def when(event: ConsentEvent) -> str:
    """Return what events are sorted by.

    A yes of which only the day is known comes first on that day, a no last; of a yes and a no at one time, the no comes
    last. So of what cannot be told apart, the no counts.
    """
    yes = event.event == "given"
    time = event.time if "T" in event.time or not event.time else event.time + ("T00" if yes else "T24")
    return f"{time}/{0 if yes else 1}"


@dataclass(frozen=True)
class Excluded:
    """How many of a group were left out.

    Parameters
    ----------
    variable, category: the group; empty = everybody. rows: of the file. out: of them left out; None = not told, since
    they are few. reasons: reason -> rows, for everybody only.
    """

    variable: str
    category: str
    rows: int | None
    out: int | None
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ConsentAccount:
    """What building a data set for a purpose left out, and how its consent is recorded.

    Parameters
    ----------
    purpose: of the catalogue. source: of the data. rows: of the file. used: rows of people who agreed.
    reasons: reason -> rows left out. recorded: part -> rows used whose agreement says it (``version``, ``language``,
    ``time``, ``how``, ``collector``). minors, guarded: children among the rows used, and those with a guardian.
    groups: by group. notes: plain sentences.
    """

    purpose: str
    source: str
    rows: int
    used: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    recorded: Mapping[str, int] = field(default_factory=dict)
    minors: int = 0
    groups: tuple[Excluded, ...] = ()
    notes: tuple[str, ...] = ()
