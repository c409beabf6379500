"""Statement, Envelope, TreeHead, Checkpoint: what is said, who signed it, and the head of the log that holds it.

A statement has the shape of in-toto Statement v1, an envelope that of DSSE, a checkpoint that of C2SP's signed note;
the page docs/bundle.md is the specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:countersign:statement:"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Subject:
    """What a statement is about: a name, and a SHA-256 (64 hexadecimal digits) or a salted commitment in its place."""

    name: str
    digest: str


@dataclass(frozen=True)
class Statement:
    """One thing that was done or said.

    Parameters
    ----------
    kind: id of the catalogue's list ``statement_kinds``: ``key``, ``ingest``, ``release``, ``signature``.
    predicate: what is said, as JSON values.
    """

    kind: str
    subjects: tuple[Subject, ...]
    predicate: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the in-toto statement."""
        return {
            "_type": TYPE,
            "subject": [{"name": one.name, "digest": {"sha256": one.digest}} for one in self.subjects],
            "predicateType": f"{PREDICATE}{self.kind}:1",
            "predicate": self.predicate,
        }


@dataclass(frozen=True)
class Envelope:
    """A statement's bytes and the signature under them.

    Parameters
    ----------
    payload: canonical JSON of the statement. key_id: of the key that signed.
    signature: 64 bytes of Ed25519 over the pre-authentication encoding; or OpenSSH's blob where `ssh` is true.
    """

    payload: bytes
    key_id: str
    signature: bytes
    ssh: bool = False


@dataclass(frozen=True)
class TreeHead:
    """The log at one moment: number of leaves, and root of the Merkle tree over them (RFC 9162), 32 bytes."""

    size: int
    root: bytes


@dataclass(frozen=True)
class HeadSignature:
    """A signature under a tree head.

    Parameters
    ----------
    name: the log's origin, or the key id of a witness. tag: first 4 bytes that tell the key. signature: 64 bytes.
    """

    name: str
    tag: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head: the origin of its log, and signatures, the log's own first."""

    origin: str
    head: TreeHead
    signatures: tuple[HeadSignature, ...] = ()


@dataclass(frozen=True)
class Inclusion:
    """The proof that one leaf stands in a log: its index, and the hashes on the way to the root."""

    index: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class Consistency:
    """The proof that a log of one head was only added to until another head."""

    old: TreeHead
    new: TreeHead
    proof: tuple[bytes, ...]
