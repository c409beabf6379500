"""Envelope: a statement's exact bytes with one signature, as one line of canonical JSON.

The form is DSSE's (Dead Simple Signing Envelope 1.0, 2021): what is signed is the pre-authentication encoding, so bytes
of one type are never taken for those of another. A key of OpenSSH signs the payload itself, in the namespace
``countersign``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from countersign.errors import SigningError
from countersign.evidence.canonical import canonical, digest_of, loads
from countersign.evidence.keys import SigningKey, decode64, ed25519_verifier
from countersign.model.key import PublicKey
from countersign.model.statement import PAYLOAD_TYPE, PREDICATE, TYPE, Envelope, Statement, Subject

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_FRONT = b"DSSEv1 %d %s " % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode())
_FORM = f'{{"payload":"%s","payloadType":"{PAYLOAD_TYPE}","signatures":[{{"keyid":"%s","%s":"%s"}}]}}'
_KEYS = {"_type", "subject", "predicateType", "predicate"}


def pae(payload: bytes) -> bytes:
    """Return the pre-authentication encoding: ``DSSEv1 SP len(type) SP type SP len(payload) SP payload``."""
    return b"%b%d %b" % (_FRONT, len(payload), payload)


def payload_of(statement: Statement) -> bytes:
    """Return the statement's bytes: canonical JSON (RFC 8785)."""
    return canonical(statement.as_dict())


def seal(payload: bytes, key: SigningKey) -> Envelope:
    """Return an envelope with the payload and the key's signature.

    Ed25519 keys sign the pre-authentication encoding; others as ``ssh-keygen -Y sign -n countersign`` would.
    """
    plain = key.ed25519
    if plain is not None:
        return Envelope(payload, key.key_id, plain.sign(pae(payload)))
    from countersign.evidence.sshsig import sign

    return Envelope(payload, key.key_id, sign(payload, key), ssh=True)


def seal_all(payloads: Iterable[bytes], key: SigningKey) -> Iterator[bytes]:
    """Yield the line of each payload's envelope; the fast way for many."""
    plain, key_id = key.ed25519, key.key_id
    if plain is None:
        for payload in payloads:
            yield line_of(seal(payload, key))
        return
    sign = plain.sign
    front = f'","payloadType":"{PAYLOAD_TYPE}","signatures":[{{"keyid":"{key_id}","sig":"'.encode()
    for payload in payloads:
        signature = sign(b"%b%d %b" % (_FRONT, len(payload), payload))
        yield b'{"payload":"%b%b%b"}]}' % (b64encode(payload), front, b64encode(signature))


def line_of(envelope: Envelope) -> bytes:
    """Return the envelope as one line of canonical JSON, without a line break."""
    return (
        _FORM
        % (
            b64encode(envelope.payload).decode(),
            envelope.key_id,
            "sshsig" if envelope.ssh else "sig",
            b64encode(envelope.signature).decode(),
        )
    ).encode("ascii")


def open_line(line: bytes, *, where: str) -> Envelope:
    """Return the envelope in a line; the signature is not checked yet.

    Raises
    ------
    SigningError: it is not an envelope, or not written canonically.
    """
    try:
        value = json.loads(line)
        (entry,) = value["signatures"]
        ssh = "sshsig" in entry
        envelope = Envelope(
            payload=decode64(value["payload"], where=where),
            key_id=str(entry["keyid"]),
            signature=decode64(entry["sshsig" if ssh else "sig"], where=where),
            ssh=ssh,
        )
        same = line_of(envelope) == line
    except (ValueError, TypeError, KeyError) as error:
        raise _not_one(where) from error
    if not same:
        raise _not_one(where)
    return envelope


def statement_of(payload: bytes, *, where: str) -> Statement:
    """Return the statement in a payload.

    Raises
    ------
    SigningError: it is not a statement of docs/bundle.md, or not in canonical JSON.
    """
    try:
        value = loads(payload)
        kind, version = value["predicateType"].removeprefix(PREDICATE).split(":")
        statement = Statement(
            kind=kind,
            subjects=tuple(Subject(one["name"], one["digest"]["sha256"]) for one in value["subject"]),
            predicate=value["predicate"],
        )
        same = (
            set(value) == _KEYS and value["_type"] == TYPE and version == "1" and isinstance(value["predicate"], dict)
        )
        same = same and all(_well_formed(one) for one in statement.subjects) and payload_of(statement) == payload
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _no_statement(where) from error
    if not same:
        raise _no_statement(where)
    return statement


def _well_formed(subject: Subject) -> bool:
    digest: Any = subject.digest
    return isinstance(subject.name, str) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")


def is_signed_by(envelope: Envelope, key: PublicKey) -> bool:
    """Say whether this key made the envelope's signature."""
    if envelope.key_id != key.key_id:
        return False
    if envelope.ssh:
        from countersign.evidence.sshsig import verify

        return verify(envelope.payload, envelope.signature, key)
    plain = ed25519_verifier(key)
    return plain is not None and _fits(plain, envelope.signature, pae(envelope.payload))


def check_signature(envelope: Envelope, keys: Mapping[str, PublicKey], *, where: str) -> PublicKey:
    """Return the key that signed.

    Raises
    ------
    SigningError: the key is not among those known, or the signature is not its.
    """
    key = keys.get(envelope.key_id)
    if key is None:
        raise SigningError(
            f"Nobody here knows the key {envelope.key_id} that signed this.",
            where=where,
            expected="a key that an earlier statement brought in",
            action="ask whoever sent it for the whole log",
        )
    if not is_signed_by(envelope, key):
        raise SigningError(
            f"The signature is not one of the key {key.key_id} over these bytes.",
            where=where,
            expected="the statement exactly as it was signed",
            action="do not rely on it; ask the signer for the original",
        )
    return key


def digest_of_payload(envelope: Envelope) -> str:
    """Return the SHA-256 of the payload, by which other statements name this one."""
    return digest_of(envelope.payload)


def _fits(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _not_one(where: str) -> SigningError:
    return SigningError(
        "This is not a signed statement in canonical form.",
        where=where,
        expected='one line {"payload":"...","payloadType":"...","signatures":[...]}, exactly as it was written',
        action="take the file as it was made",
    )


def _no_statement(where: str) -> SigningError:
    return SigningError(
        "What was signed is not a statement in canonical form.",
        where=where,
        expected="an in-toto statement of the kinds that docs/bundle.md names, in canonical JSON",
        action="take the file as it was made",
    )
