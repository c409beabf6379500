"""Checkpoint: the head of a log as a signed note, which anybody can keep and hold against a later one.

Text: origin, size in decimal, root in base64, an empty line, one line a signature (C2SP signed note and
tlog-checkpoint, 2024; written from memory of those pages and fixed in docs/bundle.md).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace

from countersign.errors import SigningError
from countersign.evidence.keys import ED25519, SigningKey, decode64, verifier
from countersign.model.key import PublicKey
from countersign.model.statement import Checkpoint, HeadSignature, TreeHead

ORIGIN = "countersign/"
DASH = "—"


def origin_of(key_id: str) -> str:
    """Return the name of the log that begins with this key."""
    return f"{ORIGIN}{key_id}"


def text_of_head(origin: str, head: TreeHead) -> bytes:
    """Return the bytes that are signed: origin, size and root, a line each."""
    return f"{origin}\n{head.size}\n{b64encode(head.root).decode()}\n".encode()


def text_of(checkpoint: Checkpoint) -> bytes:
    """Return the signed note."""
    lines = [
        f"{DASH} {one.name} {b64encode(one.tag + one.signature).decode()}\n".encode() for one in checkpoint.signatures
    ]
    return text_of_head(checkpoint.origin, checkpoint.head) + b"\n" + b"".join(lines)


def read_checkpoint(data: bytes, *, where: str) -> Checkpoint:
    """Return the checkpoint in a signed note; its signatures are not checked yet.

    Raises
    ------
    SigningError: it is not a note, or not written as notes are.
    """
    try:
        head, signed = data.decode("utf-8").split("\n\n", 1)
        origin, size, root = head.split("\n")
        signatures = []
        for line in signed.splitlines():
            dash, name, code = line.split(" ")
            raw = decode64(code, where=where)
            if dash != DASH or len(raw) != 68:
                raise ValueError(line)
            signatures.append(HeadSignature(name, raw[:4], raw[4:]))
        found = Checkpoint(origin, TreeHead(int(size), decode64(root, where=where)), tuple(signatures))
        same = text_of(found) == data and len(found.head.root) == 32
    except ValueError as error:
        raise _not_one(where) from error
    if not same:
        raise _not_one(where)
    return found


def sign_head(checkpoint: Checkpoint, key: SigningKey, *, name: str = "") -> Checkpoint:
    """Return the checkpoint with the key's signature added; one that stands there under this name is replaced.

    Parameters
    ----------
    name: the origin for the log's own key; empty = the key's id, as witnesses sign.

    Raises
    ------
    SigningError: the key is not one of Ed25519.
    """
    plain = key.ed25519
    if plain is None:
        raise SigningError(
            "A head of the log is signed with a key of Ed25519.",
            where=key.key_id,
            expected="a key that 'countersign key new' or 'ssh-keygen -t ed25519' made",
            action="make such a key: countersign key new FILE",
        )
    name = name or key.key_id
    made = HeadSignature(name, _tag(name, key.public), plain.sign(text_of_head(checkpoint.origin, checkpoint.head)))
    return with_signature(checkpoint, made)


def with_signature(checkpoint: Checkpoint, signature: HeadSignature) -> Checkpoint:
    """Return the checkpoint with a signature: the log's own first, witnesses in the order in which they came."""
    kept = [one for one in checkpoint.signatures if (one.name, one.tag) != (signature.name, signature.tag)]
    first = signature.name == checkpoint.origin
    return replace(checkpoint, signatures=tuple([signature, *kept] if first else [*kept, signature]))


def head_is_signed_by(checkpoint: Checkpoint, key: PublicKey, *, name: str = "") -> bool:
    """Say whether this key signed the head, under `name` or under its own id."""
    from cryptography.exceptions import InvalidSignature

    name = name or key.key_id
    if key.algorithm != ED25519:
        return False
    text, tag = text_of_head(checkpoint.origin, checkpoint.head), _tag(name, key)
    for one in checkpoint.signatures:
        if (one.name, one.tag) == (name, tag):
            try:
                verifier(key).verify(one.signature, text)
            except InvalidSignature:
                continue
            return True
    return False


def _tag(name: str, key: PublicKey) -> bytes:
    """The 4 bytes by which a note tells keys apart; the raw key is the end of OpenSSH's form."""
    return hashlib.sha256(name.encode() + b"\n\x01" + key.wire[-32:]).digest()[:4]


def _not_one(where: str) -> SigningError:
    return SigningError(
        "This is not the signed head of a log.",
        where=where,
        expected="origin, size, root, an empty line and signatures, exactly as 'checkpoint.txt' was written",
        action="take the file as it was made",
    )
