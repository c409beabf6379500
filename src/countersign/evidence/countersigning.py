"""Countersigning: what parties say of a release, who may say it, and whether enough have."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from countersign.catalogue import load
from countersign.errors import SigningError, nearest
from countersign.evidence.keyring import Keyring, Said, refuse_no_reason
from countersign.evidence.stating import about_release
from countersign.model.signing import Lack, Party, Signature, Standing
from countersign.model.statement import Statement


def releases(said: Iterable[Said]) -> tuple[Said, ...]:
    """Return the release statements of a log in order; the last is the one in force."""
    return tuple(one for one in said if one.statement.kind == "release")


def release_of(said: Sequence[Said], digest: str, *, where: str) -> Said:
    """Return the last release statement on this digest.

    Raises
    ------
    SigningError: the log knows no release with this digest.
    """
    for one in reversed(releases(said)):
        if one.subject == digest:
            return one
    known = [one.subject for one in releases(said)]
    raise SigningError(
        f"The log knows no release with the digest {digest[:16]}...",
        where=where,
        expected=f"the digest {known[-1][:16]}... of the release in force" if known else "a release, made by a run",
        action="changing anything makes another release with another digest: look at the new one, and sign that",
    )


def release_in_force(said: Sequence[Said], digest: str, *, where: str) -> Said:
    """Return the release statement on this digest if no later release was stated.

    Raises
    ------
    SigningError: the log knows no such release, or a later one took its place.
    """
    found = release_of(said, digest, where=where)
    last = releases(said)[-1]
    if last.subject != digest:
        raise SigningError(
            f"A later release has taken the place of the one with the digest {digest[:16]}...",
            where=where,
            expected=f"the digest {last.subject[:16]}... of the release in force",
            action="look at the later release, and sign that",
        )
    return found


def standing(said: Sequence[Said], ring: Keyring, digest: str, *, where: str, delivered: bool = False) -> Standing:
    """Return where a release stands: who signed it, and who is lacking.

    Parameters
    ----------
    delivered: whether it is in ``release/``; the log alone cannot tell.

    Raises
    ------
    SigningError: the log knows no such release.
    """
    release = release_of(said, digest, where=where)
    parties = {one["id"]: one for one in release.statement.predicate["parties"]}
    quorum = dict(release.statement.predicate["quorum"])
    signatures = _signatures(said, ring, digest, parties)
    lacking = _lacking(quorum, parties, signatures)
    return Standing(
        digest=digest,
        state=_state(said, release, lacking, bool(quorum), delivered),
        signatures=signatures,
        lacking=lacking,
        parties={name: Party(one["name"], one["role"], one["key"]) for name, one in parties.items()},
        quorum=quorum,
    )


def position_of(
    said: Sequence[Said], ring: Keyring, digest: str, *, party: str, position: str, reason: str, date: str, where: str
) -> tuple[Statement, str]:
    """Return the statement by which a party takes a position on a release, and the id of the key that must sign it.

    Raises
    ------
    SigningError: no such release, party or position; no reason; the party holds this position already; its key was
        revoked.
    """
    release = release_in_force(said, digest, where=where)
    parties = {one["id"]: one for one in release.statement.predicate["parties"]}
    one = parties.get(party)
    if one is None:
        raise SigningError(
            f"'{party}' is no party of this release. {nearest(party, parties)}".rstrip(),
            where=where,
            expected="one of " + ", ".join(sorted(parties)) if parties else "parties under 'signatures: parties:'",
            action="name the party in the study file, with its role and key, and run the study again",
        )
    check_words(position, reason)
    key_id = ring.current(one["key"])
    ring.refuse_ended(key_id, what=f"a signature of {party}", where=where)
    held = [each for each in _signatures(said, ring, digest, parties) if each.party == party]
    current = next((each for each in held if not each.superseded), None)
    if current is not None and current.position == position:
        raise SigningError(
            f"'{party}' has signed this release with this position already, on {current.date}.",
            where=where,
            expected="another position, if the party has changed its mind",
            action="nothing is to be done; to change the position, sign with another one",
        )
    told = {"supersedes": current.statement} if current else {}
    statement = about_release(
        "signature", digest, party=party, role=one["role"], position=position, reason=reason.strip(), date=date, **told
    )
    return statement, key_id


def check_words(position: str, reason: str) -> None:
    """Do nothing if the position is known and the reason says something.

    Raises
    ------
    SigningError: no such position; an empty reason, one that is too long or cannot be shown in a line.
    """
    positions = load("signing_positions")
    known = [entry.id for entry in positions]
    if position not in known:
        raise SigningError(
            f"There is no position '{position}'. {nearest(position, known)}".rstrip(),
            where="--position",
            expected="; ".join(f"{entry.id}: {entry.title.lower()}" for entry in positions),
            action="choose one of them",
        )
    refuse_no_reason(reason.strip())


def check_signature_statement(said: Sequence[Said], ring: Keyring, one: Said, *, where: str) -> None:
    """Do nothing if a signature that came from elsewhere is one of this log's parties, in its role, with its key.

    Raises
    ------
    SigningError: it is about another release, by nobody the release names, in another role or with another key, says it
        in words that are not taken, or the party holds that position already.
    """
    predicate: Mapping[str, Any] = one.statement.predicate
    _refuse_no_day(str(predicate.get("date", "")), where)
    party = str(predicate.get("party", ""))
    wanted, key_id = position_of(
        said, ring, one.subject, party=party, position=str(predicate.get("position", "")),
        reason=str(predicate.get("reason", "")), date=str(predicate.get("date", "")), where=where,
    )  # fmt: skip
    if predicate.get("role") != wanted.predicate["role"]:
        raise SigningError(
            f"'{party}' signed in the role '{predicate.get('role')}', and the study file gives it another.",
            where=where,
            expected=f"the role '{wanted.predicate['role']}'",
            action="sign again in this role",
        )
    if one.key_id != key_id:
        ring.refuse_ended(one.key_id, what=f"this signature of {party}", where=where)
        raise _other_key(party, one.key_id, key_id, where)
    if dict(predicate) != dict(wanted.predicate):
        raise SigningError(
            f"The signature of '{party}' does not follow from the log as it is now.",
            where=where,
            expected="a signature that names the party's earlier position on this release, if there is one",
            action="send the party the newest bundle, and let it sign again",
        )


def _refuse_no_day(text: str, where: str) -> None:
    try:
        day = datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        day = ""
    if day != text or not day:
        raise SigningError(
            "The signature does not say on which day it was made.", where=where, expected="a date such as 2026-11-30",
            action="ask the party to sign again",
        )  # fmt: skip


def refuse_other_key(party: str, given: str, wanted: str, *, where: str) -> None:
    """Do nothing if a party signs with its own key; else SigningError names both."""
    if given != wanted:
        raise _other_key(party, given, wanted, where)


def _other_key(party: str, given: str, wanted: str, where: str) -> SigningError:
    return SigningError(
        f"This is signed with the key {given}, which is not the one of '{party}'.",
        where=where,
        expected=f"the key {wanted}, which the study file pins",
        action="sign with that key; if the party has a new one, rotate it: countersign key rotate STUDY",
    )


def _signatures(
    said: Iterable[Said], ring: Keyring, digest: str, parties: Mapping[str, Mapping[str, str]]
) -> tuple[Signature, ...]:
    """The signatures on a digest that count, in the order of the log; what does not follow the rules is none."""
    found: list[Signature] = []
    for one in said:
        if one.statement.kind != "signature" or one.subject != digest:
            continue
        told = one.statement.predicate
        party = parties.get(str(told.get("party", "")))
        if party is None or told.get("role") != party["role"] or not _is_of(ring, party["key"], one.key_id):
            continue
        found = [replace(each, superseded=True) if each.party == party["id"] else each for each in found]
        found.append(
            Signature(
                party=party["id"], name=party["name"], role=party["role"], position=str(told.get("position", "")),
                reason=str(told.get("reason", "")), date=str(told.get("date", "")), key_id=one.key_id, index=one.index,
                statement=one.digest,
            )
        )  # fmt: skip
    return tuple(found)


def _is_of(ring: Keyring, pinned: str, key_id: str) -> bool:
    """Whether a key is the one pinned, or one it was rotated to; that it could sign then, the keyring has checked."""
    seen: set[str] = set()
    while pinned and pinned not in seen:
        if pinned == key_id:
            return True
        seen.add(pinned)
        end = ring.ends.get(pinned)
        pinned = end.successor if end else ""
    return False


def _lacking(
    quorum: Mapping[str, int], parties: Mapping[str, Mapping[str, str]], signatures: Iterable[Signature]
) -> tuple[Lack, ...]:
    counting = {entry.id for entry in load("signing_positions") if entry["counts"]}
    counted = {one.party: one.role for one in signatures if not one.superseded and one.position in counting}
    lacking = []
    for role, needed in sorted(quorum.items()):
        given = sum(each == role for each in counted.values())
        if given < needed:
            waiting = tuple(
                name for name, one in sorted(parties.items()) if one["role"] == role and name not in counted
            )
            lacking.append(Lack(role, needed, given, waiting))
    return tuple(lacking)


def _state(said: Sequence[Said], release: Said, lacking: Sequence[Lack], quorum: bool, delivered: bool) -> str:
    after = [one for one in said if one.index > release.index]
    if any(one.statement.kind == "release" and one.subject != release.subject for one in after):
        return "superseded"
    about = [one.statement.kind for one in after if one.subject == release.subject]
    last = next((kind for kind in reversed(about) if kind in ("correction", "withdrawal")), "")
    if last:
        return "corrected" if last == "correction" else "withdrawn"
    if lacking:
        return "proposed"
    if delivered or not quorum:
        return "released"
    return "signed"
