"""Keyring: the statements of a log, read in order -> which key may speak where, and what was said.

A key may sign from the statement that brings it in until the one that takes it away; so what was signed before a key
was rotated or revoked stays valid, and a stolen key cannot sign backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from countersign.errors import SigningError
from countersign.evidence.canonical import digest_of
from countersign.evidence.envelope import is_signed_by, open_line, statement_of
from countersign.evidence.keys import read_public
from countersign.model.key import PublicKey
from countersign.model.statement import Envelope, Statement

REASON = 1000
"""Most characters of a reason: it is shown beside the figures."""


@dataclass(frozen=True)
class Said:
    """A statement in the log.

    Parameters
    ----------
    index: place in the log. key_id: who signed. digest: SHA-256 of the payload, by which other statements name it.
    """

    index: int
    statement: Statement
    key_id: str
    digest: str

    @property
    def subject(self) -> str:
        """The digest of the first subject."""
        return self.statement.subjects[0].digest if self.statement.subjects else ""

    def get(self, name: str) -> Any:
        """Return what the predicate says under a name, or an empty text."""
        return self.statement.predicate.get(name, "")


@dataclass(frozen=True)
class Introduction:
    """A key in the log: since which statement, under which name, in which role."""

    key: PublicKey
    since: int
    name: str
    role: str


@dataclass(frozen=True)
class End:
    """How a key ended: at which statement, rotated to which key id (empty = revoked), why."""

    index: int
    reason: str
    successor: str = ""


class Keyring:
    """The keys of a log.

    Attributes
    ----------
    keys: key id -> how it came in. ends: key id -> how it ended. founder: id of the log's first key.
    """

    def __init__(self) -> None:
        self.keys: dict[str, Introduction] = {}
        self.ends: dict[str, End] = {}
        self.founder = ""

    @property
    def own(self) -> str:
        """The id of the study's key, as it is now."""
        return self.current(self.founder)

    def current(self, key_id: str) -> str:
        """Return the id of the key that took this one's place, through every rotation; its own where none did."""
        seen = {key_id}
        while (end := self.ends.get(key_id)) and end.successor and end.successor not in seen:
            key_id = end.successor
            seen.add(key_id)
        return key_id

    def take(self, envelope: Envelope, index: int, *, where: str) -> Said:
        """Check a statement against the keys so far, and let it change them.

        Raises
        ------
        SigningError: it is not canonical, nobody brought its key in, the key was taken away before, the signature does
            not fit, or it says of a key what this signer may not say.
        """
        statement = statement_of(envelope.payload, where=where)
        if statement.kind == "key":
            key = self._brought(statement, where)
            self._introduce(envelope, statement, key, index, where)
        else:
            self._check(envelope, statement, where)
        if statement.kind == "rotate":
            self._rotate(envelope, statement, index, where)
        elif statement.kind == "revoke":
            self._revoke(envelope, statement, index, where)
        return Said(index, statement, envelope.key_id, digest_of(envelope.payload))

    def refuse_ended(self, key_id: str, *, what: str, where: str) -> None:
        """Do nothing if a key may sign now.

        Raises
        ------
        SigningError: it was rotated or revoked; the message names the key, the statement and what still holds.
        """
        end = self.ends.get(key_id)
        if end is None:
            return
        how = f"was rotated to {end.successor}" if end.successor else "was revoked"
        raise SigningError(
            f"The key {key_id} {how} by statement {end.index} of the log ({end.reason}), so {what} does not count. "
            "What it signed before that stays valid.",
            where=where,
            expected="a signature by the key that counts now",
            action=f"sign with the key {self.current(key_id)}" if end.successor else "make a new key and have it named",
        )

    def _check(self, envelope: Envelope, statement: Statement, where: str) -> None:
        known = self.keys.get(envelope.key_id)
        if known is None:
            raise SigningError(
                f"No statement before this one brings in the key {envelope.key_id}.",
                where=where,
                expected="a 'key' statement first",
                action="ask for the whole log",
            )
        self.refuse_ended(envelope.key_id, what=f"this statement ({statement.kind})", where=where)
        _fits(envelope, known.key, where)

    def _introduce(self, envelope: Envelope, statement: Statement, key: PublicKey, index: int, where: str) -> None:
        if key.key_id in self.keys:
            raise SigningError(
                f"The key {key.key_id} is known already, since statement {self.keys[key.key_id].since}.", where=where,
                expected="every key brought in once", action="do not rely on this log",
            )  # fmt: skip
        if envelope.key_id == key.key_id:
            _fits(envelope, key, where)
        else:
            self._check(envelope, statement, where)
            if envelope.key_id != self.own:
                raise _may_not(envelope, "bring in the key of somebody else", where)
        said = statement.predicate
        if not self.founder:
            self.founder = key.key_id
        self.keys[key.key_id] = Introduction(key, index, str(said.get("name", "")), str(said.get("role", "")))

    def _rotate(self, envelope: Envelope, statement: Statement, index: int, where: str) -> None:
        old = self._concerned(statement, where)
        if envelope.key_id not in (old.key.key_id, self.own):
            raise _may_not(envelope, "rotate the key of somebody else", where)
        new = read_public(str(statement.predicate.get("by", "")), where=where)
        if new.key_id in self.keys:
            raise SigningError(
                f"The key {new.key_id} is known already; a rotation brings in a new one.", where=where,
                expected="a key that never signed here", action="make a new key: countersign key new FILE",
            )  # fmt: skip
        self.keys[new.key_id] = Introduction(new, index, old.name, old.role)
        self.ends[old.key.key_id] = End(index, str(statement.predicate.get("reason", "")), new.key_id)

    def _revoke(self, envelope: Envelope, statement: Statement, index: int, where: str) -> None:
        old = self._concerned(statement, where, ended=True)
        key_id = old.key.key_id
        if envelope.key_id not in (key_id, self.own, self.current(key_id)):
            raise _may_not(envelope, "revoke the key of somebody else", where)
        before = self.ends.get(key_id)
        if before is None or before.successor:
            first = before.index if before else index
            successor = before.successor if before else ""
            self.ends[key_id] = End(first, str(statement.predicate.get("reason", "")), successor)

    def _concerned(self, statement: Statement, where: str, *, ended: bool = False) -> Introduction:
        key_id = statement.subjects[0].name if statement.subjects else ""
        known = self.keys.get(key_id)
        if known is None or statement.subjects[0].digest != known.key.digest:
            raise SigningError(
                f"The key {key_id} that this statement ({statement.kind}) is about is not in the log.",
                where=where,
                expected="the id of a key in the log",
                action="look at them: countersign key show STUDY",
            )
        if not ended:
            self.refuse_ended(key_id, what=f"another {statement.kind} of it", where=where)
        return known

    def _brought(self, statement: Statement, where: str) -> PublicKey:
        key = read_public(str(statement.predicate.get("public", "")), where=where)
        subject = statement.subjects[0] if len(statement.subjects) == 1 else None
        if subject is None or (subject.name, subject.digest) != (key.key_id, key.digest):
            raise SigningError(
                "This statement names another key than it holds.", where=where, expected="the fingerprint of the key",
                action="do not rely on it",
            )  # fmt: skip
        return key


def read_statements(lines: Iterable[bytes], *, where: str = "log/statements.jsonl") -> tuple[tuple[Said, ...], Keyring]:
    """Return the statements of a log in order, each checked, and its keys.

    Raises
    ------
    SigningError: the first statement that does not hold, named by its line.
    """
    ring = Keyring()
    said = []
    for index, line in enumerate(lines):
        place = f"{where}, line {index + 1}"
        said.append(ring.take(open_line(line, where=place), index, where=place))
    return tuple(said), ring


def refuse_no_reason(reason: str) -> None:
    """Do nothing if a reason says something; else SigningError."""
    if not reason.strip() or len(reason) > REASON or not reason.isprintable():
        raise SigningError(
            "This needs a reason that can be shown.",
            where="--reason",
            expected=f"one line of 1 to {REASON:,} characters",
            action="say why in a sentence",
        )


def refuse_strange_words(statement: Statement, *, where: str) -> None:
    """Do nothing if every text of a statement from elsewhere can be shown in a line.

    Raises
    ------
    SigningError: a text is too long, or holds characters that move the cursor or turn the direction of writing.
    """
    waiting: list[Any] = [statement.predicate, *(one.name for one in statement.subjects)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and (len(one) > REASON or not one.isprintable()):
            raise SigningError(
                f"A text in this statement ({statement.kind}) cannot be shown.",
                where=where,
                expected=f"texts of at most {REASON:,} characters, all of which can be printed",
                action="ask the party to say it in plain letters, and to sign again",
            )


def latest(said: Iterable[Said], kind: str, **wanted: Any) -> Said | None:
    """Return the last statement of a kind whose predicate says what is wanted, or None."""
    found = None
    for one in said:
        if one.statement.kind == kind and _says(one.statement.predicate, wanted):
            found = one
    return found


def _says(predicate: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(predicate.get(name) == value for name, value in wanted.items())


def _fits(envelope: Envelope, key: PublicKey, where: str) -> None:
    if not is_signed_by(envelope, key):
        raise SigningError(
            f"The signature is not one of the key {key.key_id} over this statement.",
            where=where,
            expected="the statement exactly as it was signed",
            action="do not rely on it; ask the signer for the original",
        )


def _may_not(envelope: Envelope, what: str, where: str) -> SigningError:
    return SigningError(
        f"The key {envelope.key_id} may not {what}.",
        where=where,
        expected="a signature by that key itself, or by the study's key",
        action="have it signed by whoever may",
    )
