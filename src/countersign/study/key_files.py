"""countersign key: make, show, rotate and revoke keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import SigningError, nearest
from countersign.study.countersigning import today
from countersign.study.sending import send
from countersign.study.signing_target import Target, find_target, read_evidence, read_log, remake
from countersign.study.stating import opened
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.evidence.keyring import Keyring, Said
    from countersign.evidence.keys import Ask, SigningKey


def new(path: Path, *, passphrase: Callable[[], bytes], comment: str) -> Account:
    """Make a key for a person or an organisation.

    Parameters
    ----------
    passphrase: asked for once the place is known to be free; empty = no protection, which is told.

    Raises
    ------
    SigningError: a file is there already.
    """
    from countersign.evidence.keys import new_key, refuse_taken

    refuse_taken(path)
    words = passphrase()
    key = new_key(path, passphrase=words, comment=comment)
    lines = [
        f"Made the key {key.key_id}",
        f"  private: {path}. Keep it; show it to nobody. A copy in a safe place is wise.",
        f"  public: {path}.pub. Hand it to whoever writes the study file:",
        f"  {key.public.line}",
    ]
    if not words:
        lines.append("It has no passphrase: whoever has the file can sign in your name.")
    data = {"key": key.key_id, "public": key.public.line, "protected": bool(words)}
    return Account("key new", tuple(lines), command("key show", f"{path}.pub").replace("'key show'", "key show"), data)


def show(path: Path) -> Account:
    """Say which key a file holds, or which keys the log of a study or bundle knows and what became of them.

    Raises
    ------
    SigningError: the file holds no key.
    """
    if path.is_file() and path.suffix not in (".zip", ".yaml", ".yml", ".xlsx"):
        return _show_file(path)
    target = find_target(path)
    said, ring, _ = _read(target)
    lines = [f"The log of {len(said)} statements knows {len(ring.keys)} keys:"]
    data = []
    for key_id, one in ring.keys.items():
        state = "may sign"
        if key_id in ring.ends:
            end = ring.ends[key_id]
            state = f"rotated to {end.successor}" if end.successor else "revoked"
            state += f" by statement {end.index}: {end.reason}"
        whose = "the study's own" if key_id == ring.own else " ".join(filter(None, (one.name, f"({one.role})")))
        lines.append(f"  {key_id}  {whose}, since statement {one.since}, {state}")
        data.append({"key": key_id, "name": one.name, "role": one.role, "since": one.since, "state": state,
                     "public": one.key.line})  # fmt: skip
    return Account("key show", tuple(lines), command("verify", target.bundle), {"keys": data})


def _show_file(path: Path) -> Account:
    from countersign.evidence.keys import read_public_file

    public = path
    if path.suffix != ".pub" and path.with_name(f"{path.name}.pub").is_file():
        public = path.with_name(f"{path.name}.pub")
    key = read_public_file(public)
    lines = (f"{key.key_id}  {key.algorithm}", "In the study file, under signatures, parties:", f'  key: "{key.line}"')
    return Account("key show", lines, "hand the public key to whoever writes the study file",
                   {"key": key.key_id, "public": key.line})  # fmt: skip


def rotate(
    path: Path, *, party: str, old: Path | None, new_public: Path | None, own: bool, reason: str, ask: Ask | None,
    out: Path | None = None,
) -> Account:  # fmt: skip
    """Put a new key in the place of an old one; what the old one signed before stays valid.

    Parameters
    ----------
    path: a study's folder, or a bundle (then the statement is written to a file to be sent back).
    party: whose key. old: its old private key; None = it is lost, and the study vouches for the new one.
    new_public: the new public key. own: rotate the key of the study's folder itself.

    Raises
    ------
    SigningError: no reason, no such party or key, a key that has ended already, or the old key is not the party's.
    """
    from countersign.evidence.keyring import refuse_no_reason

    target = find_target(path)
    refuse_no_reason(reason)
    if own:
        return _rotate_own(target, reason)
    from countersign.evidence.keys import read_private, read_public_file
    from countersign.evidence.stating import state_rotation

    if new_public is None:
        raise SigningError(
            "A rotation names the new key.",
            where="--new",
            expected="the file with the new public key, FILE.pub",
            action="make one: countersign key new FILE",
        )
    coming = read_public_file(new_public)
    said, ring, digest = _read(target)
    key_id = _key_of(said, ring, digest, party, where=str(target.bundle))
    statement = state_rotation(ring.keys[key_id].key, coming, reason=reason.strip(), since=today())
    signer = read_private(old, ask=ask) if old else None
    if signer is not None and signer.key_id != key_id:
        raise SigningError(
            f"This is the key {signer.key_id}, and '{party}' signs with {key_id}.",
            where=str(old),
            expected="the key that is to be replaced",
            action="name that key with --key; if it is lost, leave --key out in the study's folder",
        )
    lines = (
        f"The key of {party} is {coming.key_id} from here on. What {key_id} signed before stays valid.",
        "Put the new public key into the study file, so that the next release names it.",
    )
    return _log(target, statement, signer, name=party, kind="rotate", lines=lines, out=out)


def revoke(
    path: Path, *, party: str, key_id: str, key: Path | None, reason: str, ask: Ask | None, out: Path | None = None
) -> Account:
    """Say that a key is not trusted any more; what it signed before stays valid, what it signs after is refused.

    Parameters
    ----------
    party, key_id: whose key, or which one. key: private key that says so: that key itself, or the one that took its
    place; None = the study's own.

    Raises
    ------
    SigningError: no reason, no such key, or the signer may not revoke it.
    """
    from countersign.evidence.keyring import refuse_no_reason
    from countersign.evidence.keys import read_private
    from countersign.evidence.stating import state_revocation

    target = find_target(path)
    refuse_no_reason(reason)
    said, ring, digest = _read(target)
    found = key_id or _key_of(said, ring, digest, party, where=str(target.bundle))
    if found not in ring.keys:
        raise SigningError(
            f"The log does not know the key {found}. {nearest(found, ring.keys)}".rstrip(),
            where=str(target.bundle),
            expected="a key of the log",
            action=f"look at them: countersign key show {path}",
        )
    if found == ring.own:
        raise SigningError(
            "The study's own key cannot be revoked: nobody could write to the log any more.",
            where=found,
            expected="a rotation",
            action=f"countersign key rotate {path} --own --reason '...'",
        )
    statement = state_revocation(ring.keys[found].key, reason=reason.strip(), since=today())
    signer = read_private(key, ask=ask) if key else None
    lines = (f"The key {found} is revoked. What it signed before stays valid; what it signs from here on is refused.",)
    return _log(target, statement, signer, name=party or "key", kind="revoke", lines=lines, out=out)


def _rotate_own(target: Target, reason: str) -> Account:
    from countersign.evidence.envelope import line_of, payload_of, seal
    from countersign.evidence.keys import coming_key, own_key
    from countersign.evidence.stating import state_rotation

    if target.home is None:
        raise SigningError("The study's own key lies in the study's folder.", where=str(target.bundle),
                           expected="the study's folder", action="name that folder")  # fmt: skip
    log, _, _, _ = read_log(target.home)
    with log.writing():
        _, ring, key = opened(log, target.home)
        coming = coming_key(target.home)
        statement = state_rotation(key.public, coming.public, reason=reason.strip(), since=today())
        log.append([line_of(seal(payload_of(statement), key))])
        key = own_key(target.home, wanted=coming.key_id)
        log.sign_head(key)
    remake(target, log)
    lines = (f"The study signs with {key.key_id} from here on. What {ring.own} signed before stays valid.",
             "The old key lies beside the new one in .secrets, under its digest.")  # fmt: skip
    return Account("key rotate", lines, command("verify", target.bundle), {"key": key.key_id})


def _log(
    target: Target, statement: object, signer: SigningKey | None, *, name: str, kind: str, lines: Sequence[str],
    out: Path | None,
) -> Account:  # fmt: skip
    from countersign.evidence.envelope import line_of, payload_of, seal
    from countersign.model.statement import Statement

    assert isinstance(statement, Statement)
    if target.home is None:
        if signer is None:
            raise SigningError("With a bundle alone, the key that speaks must be named.", where="--key",
                               expected="a file with a private key", action="name it with --key FILE")  # fmt: skip
        made = [line_of(seal(payload_of(statement), signer))]
        evidence = read_evidence(target.bundle)
        _try(evidence.ring, made, len(evidence.said), where=str(target.bundle))
        return send(made, target, name=name, kind=kind, lines=lines, out=out, verb=f"key {kind}")
    log, _, _, _ = read_log(target.home)
    with log.writing():
        said, ring, own = opened(log, target.home)
        made = [line_of(seal(payload_of(statement), signer or own))]
        _try(ring, made, len(said), where=str(target.bundle))
        log.append(made)
        log.sign_head(own)
    remake(target, log)
    told = (*lines, f"It is statement {len(log) - 1} of the log.")
    return Account(f"key {kind}", told, f"countersign key show {target.home}", {"statement": len(log) - 1})


def _try(ring: Keyring, made: Sequence[bytes], index: int, *, where: str) -> None:
    """Hold statements against the keys before they are written."""
    from countersign.evidence.envelope import open_line

    for place, line in enumerate(made, start=index):
        ring.take(open_line(line, where=where), place, where=where)


def _key_of(said: Sequence[Said], ring: Keyring, digest: str, party: str, *, where: str) -> str:
    """The key id of a party of a release, as it is now."""
    from countersign.evidence.countersigning import release_of

    parties = {one["id"]: one["key"] for one in release_of(said, digest, where=where).statement.predicate["parties"]}
    if party not in parties:
        raise SigningError(
            f"'{party}' is no party of this release. {nearest(party, parties)}".rstrip(),
            where="--as",
            expected="one of " + (", ".join(sorted(parties)) or "the parties of the study file, which names none"),
            action="correct the name",
        )
    return ring.current(parties[party])


def _read(target: Target) -> tuple[tuple[Said, ...], Keyring, str]:
    from countersign.study.delivering import digest_of_release

    if target.home is None:
        evidence = read_evidence(target.bundle)
        return evidence.said, evidence.ring, evidence.digest
    _, said, ring, _ = read_log(target.home)
    return said, ring, digest_of_release(target.bundle)
