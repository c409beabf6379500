"""countersign sign: a party takes a position on a release, here or elsewhere."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import SigningError
from countersign.study.delivering import still_to_sign
from countersign.study.sending import KINDS, lines_of, send
from countersign.study.signing_target import Target, find_target, read_evidence, read_log, remake
from countersign.study.stating import opened
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.evidence.keyring import Keyring, Said
    from countersign.evidence.keys import Ask, SigningKey
    from countersign.model.signing import Standing
    from countersign.model.statement import Statement

Make = Callable[["Sequence[Said]", "Keyring", str], "tuple[Statement, str]"]
"""Statements so far, keys and the digest of the release -> a statement, and the key that must sign it (empty = any)."""


def sign(
    path: Path, *, party: str, position: str, reason: str, key: Path | None, ask: Ask | None, prepare: bool = False,
    out: Path | None = None,
) -> Account:  # fmt: skip
    """Let a party sign a release.

    In the study's folder the signature goes into the log, and the bundle is made again with it. Elsewhere, with a
    bundle alone, it is written to ``<party>.signature.json``, to be sent back.

    Parameters
    ----------
    path: a study's folder, or a bundle. party: its id in the study file. key: file with its private key.
    ask: asks for the passphrase. prepare: write the exact bytes for ``ssh-keygen -Y sign`` in the place of signing.
    out: file to write, where one is written.

    Raises
    ------
    SigningError: wrong party, key or position, no reason, a revoked key, a bundle that is not whole.
    """
    from countersign.evidence.countersigning import position_of

    target = find_target(path)
    where = str(target.bundle)
    day = today()

    def make(said: Sequence[Said], ring: Keyring, digest: str) -> tuple[Statement, str]:
        return position_of(said, ring, digest, party=party, position=position, reason=reason, date=day, where=where)

    if prepare:
        return _prepare(target, make, party=party, out=out)
    if key is None:
        raise SigningError(
            "Signing needs a key.",
            where="--key",
            expected="the file with the party's private key",
            action="name it with --key FILE; to make one: countersign key new FILE; to sign with ssh-keygen: --prepare",
        )
    lines = [f"Signed by {party}: {position}. {reason.strip()}"]
    return speak(path, make, key=key, ask=ask, name=party, kind="signature", lines=lines, out=out, who=party)


def speak(
    path: Path, make: Make, *, key: Path, ask: Ask | None, name: str, kind: str, lines: Sequence[str],
    out: Path | None = None, who: str = "", role: str = "", target: Target | None = None,
) -> Account:  # fmt: skip
    """Sign one statement about a release: into the log where that is, else into a file to be sent back.

    Parameters
    ----------
    name: of the file, and of the key where the log does not know it yet. who: the party, where it must sign with its
    own key. role: of a key that is new. lines: what to tell.
    """
    from countersign.evidence.countersigning import refuse_other_key
    from countersign.evidence.envelope import line_of, payload_of, seal
    from countersign.evidence.keys import read_private

    target = target or find_target(path)
    verb = {"signature": "sign", "attestation": "attest"}.get(kind, kind)

    def signed(said: Sequence[Said], ring: Keyring, digest: str, private: SigningKey) -> list[bytes]:
        statement, wanted = make(said, ring, digest)
        if wanted:
            refuse_other_key(who, private.key_id, wanted, where=str(key))
        ring.refuse_ended(private.key_id, what=f"this statement ({kind})", where=str(key))
        made = [] if private.key_id in ring.keys else [introduction(private, name=name, role=role)]
        return [*made, line_of(seal(payload_of(statement), private))]

    if target.home is None:
        evidence = read_evidence(target.bundle)
        made = signed(evidence.said, evidence.ring, evidence.digest, read_private(key, ask=ask))
        return send(made, target, name=name, kind=kind, lines=lines, out=out, verb=verb)
    digest = _digest(target)
    log, said, ring, _ = read_log(target.home)
    make(said, ring, digest)  # refuse what cannot be signed before anybody types a passphrase
    private = read_private(key, ask=ask)
    with log.writing():
        said, ring, own = opened(log, target.home)
        log.append(signed(said, ring, digest, private))
        log.sign_head(own)
    remake(target, log)
    standing = standing_of_target(target)
    told = [*lines, f"It is statement {len(log) - 1} of the log, on the release {digest}."]
    return Account(verb, (*told, *tell_standing(standing, target)), next_after(standing, target), said_of(standing))


def introduction(key: SigningKey, *, name: str, role: str) -> bytes:
    """Return the line by which a key brings itself in."""
    from countersign.evidence.envelope import line_of, payload_of, seal
    from countersign.evidence.stating import state_key

    return line_of(seal(payload_of(state_key(key.public, name=name, role=role)), key))


def add(path: Path, files: Sequence[Path]) -> Account:
    """Take in what parties elsewhere signed: signatures, reviews, attestations, keys, and heads that were witnessed.

    All files are checked first; if one is refused, none is taken in.

    Raises
    ------
    SigningError: not a file of signed statements, or one that this log cannot take; the message names the file.
    """
    from countersign.evidence.canonical import digest_of
    from countersign.evidence.envelope import open_line, statement_of
    from countersign.evidence.keyring import refuse_strange_words

    target = find_target(path)
    if target.home is None:
        raise SigningError(
            "A bundle takes in no signatures; the study's folder does.",
            where=str(path),
            expected="the folder in which 'countersign run' made the release",
            action="send the file to whoever has that folder",
        )
    told: list[str] = []
    log, _, _, _ = read_log(target.home)
    with log.writing():
        said, ring, own = opened(log, target.home)
        all_said, new, witnessed = list(said), list[bytes](), list[Any]()
        for file in files:
            statements, heads = lines_of(file, all_said, ring)
            witnessed += [(file, head) for head in heads]
            for line in statements:
                envelope = open_line(line, where=str(file))
                if any(one.digest == digest_of(envelope.payload) for one in all_said):
                    told.append(f"{file.name}: this is in the log already.")
                    continue
                kind = statement_of(envelope.payload, where=str(file)).kind
                _refuse_kind(kind, str(file))
                refuse_strange_words(statement_of(envelope.payload, where=str(file)), where=str(file))
                one = ring.take(envelope, len(all_said), where=str(file))
                _check(all_said, ring, one, where=str(file))
                all_said.append(one)
                new.append(line)
                told.append(f"{file.name}: {describe(one)}")
        if new:
            log.append(new)
            log.sign_head(own)
        for file, head in witnessed:
            told += _witnessed(log, ring, file, head)
    remake(target, log)
    standing = standing_of_target(target)
    return Account("sign", (*told, *tell_standing(standing, target)), next_after(standing, target), said_of(standing))


def describe(one: Said) -> str:
    """Return in a few words what a statement says."""
    kind = one.statement.kind
    if kind == "signature":
        return f"{one.get('party')} signed: {one.get('position')}. {one.get('reason')}"
    if kind == "key":
        return f"the key {one.statement.subjects[0].name} is in the log now."
    if kind in ("rotate", "revoke"):
        return f"the key {one.statement.subjects[0].name} was {kind}d. {one.get('reason')}"
    return f"{kind} taken in."


def tell_standing(standing: Standing, target: Target) -> list[str]:
    """Return where the release stands with its parties, in sentences."""
    told = []
    for one in standing.signatures:
        later = " (it said something else later)" if one.superseded else ""
        told.append(f"  {one.name}, {one.role}: {one.position} on {one.date}{later}. {one.reason}")
    if told:
        told.insert(0, "Who signed this release:")
    if standing.lacking:
        told.append(still_to_sign(standing))
    elif target.proposed:
        told.append("Enough parties have signed this very digest: it can be released.")
    return told


def next_after(standing: Standing, target: Target) -> str:
    """Return the next sensible command."""
    if target.proposed and not standing.lacking:
        return command("publish", target.home or target.release)
    if target.proposed:
        return f"let the others sign; send them {target.bundle}"
    return command("verify", target.bundle)


def said_of(standing: Standing) -> dict[str, Any]:
    """Return where a release stands, for machines."""
    from dataclasses import asdict

    return {"standing": asdict(standing)}


def standing_of_target(target: Target) -> Standing:
    """Return where the release of a study's folder stands."""
    from countersign.study.delivering import standing_of

    assert target.home is not None
    return standing_of(target.release, target.home)


def today() -> str:
    """Return the day in UTC, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _digest(target: Target) -> str:
    from countersign.study.delivering import digest_of_release

    return digest_of_release(target.bundle)


def _prepare(target: Target, make: Make, *, party: str, out: Path | None) -> Account:
    from countersign.evidence import disk
    from countersign.evidence.envelope import payload_of

    if target.home is None:
        evidence = read_evidence(target.bundle)
        said, ring, digest = evidence.said, evidence.ring, evidence.digest
    else:
        _, said, ring, _ = read_log(target.home)
        digest = _digest(target)
    statement, wanted = make(said, ring, digest)
    place = out or Path(f"{party}.statement.json")
    disk.replace(place, payload_of(statement))
    lines = (
        f"These are the exact bytes that {party} signs, with the key {wanted}: {place}",
        "Read them, do not change them. ssh-keygen leaves the signature beside them.",
        f"Then, in the study's folder: {command('sign', 'STUDY', add=f'{place}.sig')}",
    )
    following = f"ssh-keygen -Y sign -n countersign -f KEY {place}"
    return Account("sign", lines, following, {"file": str(place), "digest": digest, "key": wanted})


def _refuse_kind(kind: str, where: str) -> None:
    if kind not in KINDS:
        raise SigningError(
            f"A statement of the kind '{kind}' is not taken in from elsewhere.",
            where=where,
            expected="one of " + ", ".join(KINDS),
            action="the study states its own steps when it runs",
        )


def _check(said: Sequence[Said], ring: Keyring, one: Said, *, where: str) -> None:
    from countersign.evidence.countersigning import check_signature_statement, release_in_force

    if one.statement.kind == "signature":
        check_signature_statement(said, ring, one, where=where)
    elif one.statement.kind in ("review", "attestation"):
        release_in_force(said, one.subject, where=where)


def _witnessed(log: Any, ring: Keyring, file: Path, checkpoint: Any) -> list[str]:
    """Add the signatures of witnesses that a note carries; each is checked with a key of the log."""
    from countersign.evidence.checkpoint import head_is_signed_by

    told = []
    for one in checkpoint.signatures:
        if one.name == checkpoint.origin:
            continue
        known = ring.keys.get(one.name)
        if known is None or not head_is_signed_by(checkpoint, known.key):
            raise SigningError(
                f"The signature of the witness {one.name} does not fit, or its key is not in the log.",
                where=str(file),
                expected="a head that a witness signed, whose key the study file or the file itself brings in",
                action="ask the witness to sign again: countersign witness BUNDLE --key FILE",
            )
        ring.refuse_ended(one.name, what="this head", where=str(file))
        log.add_witness(checkpoint.head, one)
        told.append(f"{file.name}: {known.name} has witnessed the head of {checkpoint.head.size} statements.")
        if checkpoint.head.size != len(log):
            told.append("The log has grown since, so the bundle shows a newer head. Send it to the witness again.")
    return told
